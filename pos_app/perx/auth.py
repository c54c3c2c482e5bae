"""Tokens: minted when needed, shared by everybody who waits, kept in memory only.

There is no refresh: a token is used until shortly before its end and then asked for again; a 401 on a call
throws it away once. Source: perx-api 2, A-live.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from pos_app.domain.records import Discreet
from pos_app.perx.call import APPLICATION, Answer, Call, Grant, Holder
from pos_app.perx.errors import Facts, NotAllowed, PerxError, Refused, Uncertain, Unreachable
from pos_app.perx.profile import Profile

TOKEN_PATH = "/v4/oauth/token"  # noqa: S105 - a path
USER_TOKEN_LIFE_S = 300
_UNSTATED_LIFE_S = 300.0
_MARGIN_S = 30.0
_MOST_TOKENS = 256


class Token(Discreet, frozen=True):
    """A bearer and when to stop using it. Units: `good_until_s` on the monotonic clock, margin included."""

    HIDDEN = ("bearer",)
    bearer: str
    good_until_s: float


def request_body(grant: Grant, profile: Profile) -> dict[str, Any]:
    """The token request of a grant. A broker (`token_url`) that keeps the secret gets none.

    Errors: NotAllowed (KEY-02) when the profile lacks the credentials.
    Source: perx-api 2: application and user A-live, merchant by identifier A-live, by password B* (which
    names no grant_type); all of it in the body, so that no secret is ever part of an address.
    """
    merchant = profile.merchant
    if not profile.client_id or not (profile.client_secret or profile.token_url):
        raise NotAllowed("KEY-02", Facts(call=f"POST {TOKEN_PATH}"))
    body: dict[str, Any] = {"client_id": profile.client_id}
    if profile.client_secret:
        body["client_secret"] = profile.client_secret
    match grant.holder:
        case Holder.APPLICATION:
            return body | {"grant_type": "client_credentials"}
        case Holder.USER:
            scope = f"user_account(identifier:{grant.identifier})"
            life = {"scope": scope, "expires_in": USER_TOKEN_LIFE_S}
            return body | {"grant_type": "client_credentials"} | life
        case Holder.MERCHANT if merchant and merchant.identifier:
            scope = "merchant_user_account"
            return body | {
                "grant_type": "client_credentials", "scope": scope, "identifier": merchant.identifier,
            }  # fmt: skip
        case Holder.MERCHANT if merchant and merchant.username and merchant.password:
            login = {"username": merchant.username.lower(), "password": merchant.password}
            return body | login | {"scope": "merchant_credentials"}
        case _:
            raise NotAllowed("KEY-02", Facts(call=f"POST {TOKEN_PATH}", detail="no merchant"))


class Tokens:
    """The tokens in use, one request at a time for each.

    `send` carries one token request. Whoever asks while a request is under way waits for that one.
    """

    def __init__(
        self,
        profile: Profile,
        send: Callable[[Call], Awaitable[Answer]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._profile = profile
        self._send = send
        self._monotonic = monotonic
        self._tokens: dict[Grant, Token] = {}
        self._minting: dict[Grant, asyncio.Task[Token]] = {}

    async def bearer(self, grant: Grant) -> str:
        """A token that is good now.

        Errors: Unreachable (nothing of the call itself was sent), NotAllowed (our credentials),
        Refused (PX-001: Perx does not know this identifier).
        """
        token = self._tokens.get(grant)
        if token and self._monotonic() < token.good_until_s:
            return token.bearer
        task = self._minting.get(grant)
        if task is None or task.done():  # one that has just failed is no answer to somebody who asks now
            task = asyncio.create_task(self._mint(grant), name=f"token {grant.holder}")
            self._minting[grant] = task
            task.add_done_callback(lambda done: self._minted(grant, done))
        return (await asyncio.shield(task)).bearer

    def forget(self, grant: Grant, bearer: str | None = None) -> None:
        """Do not use this token again; a newer one stays."""
        token = self._tokens.get(grant)
        if token and bearer in (None, token.bearer):
            del self._tokens[grant]

    async def aclose(self) -> None:
        """End what is under way and drop every token."""
        under_way = list(self._minting.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        self._tokens.clear()

    def _minted(self, grant: Grant, task: asyncio.Task[Token]) -> None:
        if self._minting.get(grant) is task:
            del self._minting[grant]
        if task.cancelled() or task.exception():  # looked at, so that asyncio does not complain of it
            return
        self._tokens.pop(grant, None)
        while len(self._tokens) >= _MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        self._tokens[grant] = task.result()

    async def _mint(self, grant: Grant) -> Token:
        call = Call("POST", TOKEN_PATH, None, body=request_body(grant, self._profile))
        asked_at_s = self._monotonic()
        try:
            answer = await self._send(call)
        except Uncertain as exc:
            raise Unreachable(exc.problem, exc.facts) from exc
        except (Refused, NotAllowed) as exc:
            raise await self._turned_down(grant, exc) from exc
        bearer = next((one for name in ("access_token", "bearer_token") if (one := answer.data[name])), None)
        if not isinstance(bearer, str) or not bearer.isascii() or not bearer.isprintable():
            raise Unreachable("NET-07", answer.facts)
        stated = answer.row.number("expires_in")
        life_s = _UNSTATED_LIFE_S if stated is None else float(stated)
        return Token(bearer, asked_at_s + life_s - min(_MARGIN_S, life_s / 10))

    async def _turned_down(self, grant: Grant, exc: PerxError) -> PerxError:
        """What a refused token request means.

        For a customer a 401 is either an unknown identifier or our own bad credentials; the same words come
        for both, so the application token decides. Source: perx-api 2: 401 cases A-nock.
        """
        if exc.problem in ("KEY-02", "KEY-04", "KEY-05"):
            return exc
        if exc.status == 404 and grant.holder is not Holder.USER:
            return Unreachable("NET-08", exc.facts)
        if grant.holder is not Holder.USER or exc.problem == "KEY-03":
            return NotAllowed("KEY-03" if exc.problem == "KEY-03" else "KEY-01", exc.facts)
        if exc.problem == "PX-001":
            return exc
        await self.bearer(APPLICATION)
        return Refused("PX-007" if exc.problem == "PX-007" else "PX-001", exc.facts)
