"""Facts of tokens: how the till signs in, and what is refused."""

from __future__ import annotations

from typing import Any

from pos_app.perx.auth import TOKEN_PATH, USER_TOKEN_LIFE_S, request_body
from pos_app.perx.call import APPLICATION, Call, user
from pos_app.perx.contract.bench import Bench, Book, Differs, Seen, Untried, fields, want

BOOK = Book()
NOBODY = "pos-app-contract-nobody"
"""An identifier that no customer has."""
_NO_TOKEN = "pos-app-contract-no-token"  # noqa: S105 - it is none


async def _mint(bench: Bench, body: dict[str, Any]) -> Seen:
    return await bench.ask(Call("POST", TOKEN_PATH, None, body=body))


@BOOK.fact("token-application", "2", "A-live", "An application token comes as access_token, with its life in seconds.")
async def application(bench: Bench) -> None:
    seen = bench.ok(await _mint(bench, request_body(APPLICATION, bench.profile)))
    fields(seen.root, "access_token text, expires_in number")


@BOOK.fact("token-no-refresh", "2", "A-live", "No refresh token comes: a token is asked for again.")
async def no_refresh(bench: Bench) -> None:
    seen = bench.ok(await _mint(bench, request_body(APPLICATION, bench.profile)))
    want("refresh_token" not in seen.root, "a refresh_token came")


@BOOK.fact("token-user-life", "2", "A-live", "A customer's token lives exactly as long as was asked for.")
async def user_life(bench: Bench) -> None:
    seen = bench.ok(await _mint(bench, request_body(bench.user, bench.profile)))
    came = seen.root.whole("expires_in")
    want(came == USER_TOKEN_LIFE_S, f"{came} seconds came for {USER_TOKEN_LIFE_S}")


@BOOK.fact("token-user-scope", "2", "A-live", "Its scope is told as user_account, without the identifier.")
async def user_scope(bench: Bench) -> None:
    seen = bench.ok(await _mint(bench, request_body(bench.user, bench.profile)))
    want(seen.root.text("scope") == "user_account", "another scope came")


@BOOK.fact("token-unknown-customer", "2", "A-nock", "A token for an identifier that no customer has is refused by 401.")
async def unknown_customer(bench: Bench) -> None:
    seen = await _mint(bench, request_body(user(NOBODY), bench.profile))
    want(seen.status == 401, bench.brief(seen))


@BOOK.fact("token-wrong-secret", "2", "A-nock", "A token request with a wrong secret is refused by 401.")
async def wrong_secret(bench: Bench) -> None:
    if bench.profile.token_url:
        raise Untried("a broker keeps the secret")
    seen = await _mint(bench, request_body(APPLICATION, bench.profile) | {"client_secret": "wrong"})
    want(seen.status == 401, bench.brief(seen))


@BOOK.fact("token-refusal-words", "1.4", "A-nock", "A refused token request tells error and error_description.")
async def refusal_words(bench: Bench) -> None:
    seen = await _mint(bench, request_body(user(NOBODY), bench.profile))
    if seen.is_ok:
        raise Differs(bench.brief(seen))
    fields(seen.root, "error text, error_description text")


@BOOK.fact("token-merchant", "2", "A-live", "A merchant's token comes as bearer_token.")
async def merchant(bench: Bench) -> None:
    seen = bench.ok(await _mint(bench, request_body(bench.merchant, bench.profile)))
    fields(seen.root, "bearer_token text")


@BOOK.fact("bearer-unknown", "21", "B", "A call with a token that nobody has is refused by 401.")
async def unknown_bearer(bench: Bench) -> None:
    query = {"identifier": NOBODY}
    seen = await bench.ask(Call("GET", "/v4/pos/user_accounts/search", APPLICATION, query=query), _NO_TOKEN)
    want(seen.status == 401, bench.brief(seen))


@BOOK.fact(
    "bearer-without-right", "21", "B", "A customer's token does not open the calls of a point of sale: 401 or 403."
)
async def without_right(bench: Bench) -> None:
    seen = await bench.ask(Call("GET", "/v4/pos/user_accounts/search", bench.user, query={"identifier": NOBODY}))
    want(seen.status in (401, 403), bench.brief(seen))
