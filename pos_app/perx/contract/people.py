"""Facts of customers, their points and their sales, read only."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pos_app.perx.call import APPLICATION, Call
from pos_app.perx.contract.bench import Bench, Book, Differs, Seen, fields, first, want
from pos_app.perx.contract.signing import NOBODY
from pos_app.perx.wire import Row

BOOK = Book()
LATE = Book()
"""What there is to be read once the suite has written."""
_SEARCH = "/v4/pos/user_accounts/search"
_BY_ID = "/v4/pos/user_accounts/{id}"
_WITH_MS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_LISTED = "count, size, page, current_page, per_page, prev_page, next_page, total_count, total_pages"


async def _customer(bench: Bench) -> Row:
    return (await bench.app(_SEARCH, **bench.account)).row


@BOOK.fact("customer-search", "3", "B", "A customer is found by identifier: one object, with Perx's number.")
async def search(bench: Bench) -> None:
    row = await _customer(bench)
    fields(row, "id number, identifier text, state text")
    want(row.text("identifier") == bench.plan.customer, "another identifier came")


@BOOK.fact("customer-unknown", "3", "C", "An identifier that no customer has is refused with code 1.")
async def unknown(bench: Bench) -> None:
    seen = await bench.ask(Call("GET", _SEARCH, APPLICATION, query={"identifier": NOBODY}))
    want(400 <= seen.status < 500 and seen.code == 1, bench.brief(seen))


@BOOK.fact("customer-by-number", "3", "A-live", "A customer is found by Perx's number.")
async def by_number(bench: Bench) -> None:
    number = (await _customer(bench)).need("id")
    row = (await bench.get(_BY_ID, number, grant=APPLICATION)).row
    want(row.whole("id") == number, "another customer came")


@BOOK.fact("customer-profile", "3", "A-nock", "A profile holds the names, and personal_properties as an object.")
async def profile(bench: Bench) -> None:
    told = "first_name text|null, last_name text|null, phone text|null, email text|null, personal_properties object"
    fields(await _customer(bench), told)


@BOOK.fact("customer-me", "3", "A-live", "A customer's token reads their own profile.")
async def me(bench: Bench) -> None:
    row = (await bench.get("/v4/customers/me")).row
    want(row.text("identifier") == bench.plan.customer, "another customer came")


@BOOK.fact(
    "customer-by-phone",
    "3",
    "B*",
    "A merchant's token finds a customer by phone: digits, country code first.",
    offers='identifiers.phone = "search"',
)
async def by_phone(bench: Bench) -> None:
    phone = "".join(sign for sign in (await _customer(bench)).text("phone") if sign in "0123456789")
    if not phone:
        first([], "phone number")
    path = "/v4/merchant_admin/user_accounts/search"
    row = (await bench.get(path, grant=bench.merchant, phone=phone)).row
    want(row.text("identifier") == bench.plan.customer, "another customer came")


@BOOK.fact("customer-phone-unknown", "3", "B*", "A phone that no customer has is refused with code 40.")
async def phone_unknown(bench: Bench) -> None:
    path, query = "/v4/merchant_admin/user_accounts/search", {"phone": "99900000000001"}
    seen = await bench.ask(Call("GET", path, bench.merchant, query=query))
    want(400 <= seen.status < 500 and seen.code == 40, bench.brief(seen))


@BOOK.fact("points-programs", "5", "A-live", "The programmes of a customer are a list, each with its points.")
async def programs(bench: Bench) -> None:
    told = "id number, points_balance number, redemption_in_progress_points number, tier_points number"
    fields(first((await bench.get("/v4/loyalty")).rows, "loyalty programme"), told)


@BOOK.fact("points-program", "5", "A-live", "One programme is read by its number.")
async def program(bench: Bench) -> None:
    row = (await bench.get("/v4/loyalty/{id}", bench.profile.loyalty_program_id)).row
    fields(row, "id number, points_balance number, redemption_in_progress_points number")
    want(row.whole("id") == bench.profile.loyalty_program_id, "another programme came")


@BOOK.fact("points-tiers", "5", "B*", "It tells the tiers, which are attained, and how far the next one is.")
async def tiers(bench: Bench) -> None:
    row = (await bench.get("/v4/loyalty/{id}", bench.profile.loyalty_program_id)).row
    fields(row, "membership_state text, current_membership_tier_name text|null, tiers list")
    tier = first(row.rows("tiers"), "tier")
    fields(tier, "name text, attained bool, points_requirement number, points_difference number")


async def _history(bench: Bench, **query: str | int) -> Seen:
    asked = {"page": 1, "size": 5} | query
    return bench.ok(await bench.ask(Call("GET", "/v4/loyalty/transactions_history", bench.user, query=asked)))


@LATE.fact("history-rows", "5", "A-live", "The history tells points as a number and the money as text.")
async def history(bench: Bench) -> None:
    row = first((await _history(bench)).rows, "points history")
    fields(row, "id number, amount number, transacted_amount text, properties object, transaction_details object|null")
    want(bool(_WITH_MS.fullmatch(row.text("transacted_at"))), "transacted_at is no instant with milliseconds and Z")


@BOOK.fact("history-meta", "1.3", "A-live", "A list tells its pages in the long form, total_pages included.")
async def history_meta(bench: Bench) -> None:
    fields((await _history(bench)).meta, _LISTED)


@BOOK.fact(
    "history-reference", "6.5", "A-nock", "The history is filtered by reference: one that nobody used has no rows."
)
async def reference(bench: Bench) -> None:
    rows = (await _history(bench, transaction_reference=NOBODY)).rows
    want(not rows, f"{len(rows)} rows came")


@BOOK.fact("history-program", "5", "B", "One programme's history comes inside of it, as points_history.")
async def program_history(bench: Bench) -> None:
    path = "/v4/loyalty/{id}/transactions"
    seen = await bench.get(path, bench.profile.loyalty_program_id, page=1, size=5)
    fields(seen.row, "points_history list")
    fields(seen.meta, "count, size, total_pages, page")


@BOOK.fact("points-expiry", "5", "B", "The points that end are told by day, in date or timestamp.")
async def expiry(bench: Bench) -> None:
    today = datetime.now(UTC).date()
    seen = await bench.app(
        "/v4/pos/loyalty/aggregated_expiry",
        user_identifier=bench.account["identifier"],
        loyalty_program_id=bench.profile.loyalty_program_id,
        start_date=today.isoformat(),
        end_date=(today + timedelta(days=365)).isoformat(),
    )
    row = first(seen.rows, "points that end within a year")
    fields(row, "aggregated_points number")
    if row.day("date", "timestamp") is None:
        raise Differs("neither date nor timestamp")


@LATE.fact("sales-list", "5", "B*", "A customer's sales are a list, each with its reference and state.")
async def sales(bench: Bench) -> None:
    row = first((await bench.get("/v4/transactions", page=1, size=5)).rows, "sales")
    fields(row, "id number, transaction_reference text|null, state text, amount number|text")
