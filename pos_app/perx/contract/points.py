"""Facts of points that only a write can show, each undone at once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from pos_app.perx.call import APPLICATION, Call
from pos_app.perx.contract.bench import Bench, Book, Seen, Untried, fields, want
from pos_app.perx.profile import Profile

BOOK = Book()
_MOVE, _HOLD = "/v4/pos/loyalty_transactions", "/v4/pos/loyalty_transactions/reserve"
_FREE = "/v4/pos/loyalty_transactions/{id}/revert_redemption"
_IS_AT_ONCE = timedelta(seconds=60)


class Purse(Struct, frozen=True):
    """A customer's points and how many of them are held."""

    points: int
    held: int


async def nothing(_bench: Bench) -> None:
    """The check of a fact that the suite itself looks at."""


async def purse(bench: Bench) -> Purse:
    """How the test customer stands now."""
    row = (await bench.get("/v4/loyalty/{id}", bench.profile.loyalty_program_id)).row
    return Purse(row.need("points_balance"), abs(row.whole("redemption_in_progress_points") or 0))


def fresh_ref() -> str:
    return f"CONTRACT-{secrets.token_hex(8)}"


async def moved(bench: Bench, points: int, ref: str, *, undo: bool = True) -> Seen:
    program = bench.profile.loyalty_program_id
    body = {"user_account": bench.account, "loyalty_program_id": program, "points": points}
    body |= {"transaction_reference": ref, "properties": {"transaction_reference": ref}}
    bench.made += 1
    seen = await bench.ask(Call("POST", _MOVE, APPLICATION, body=body))
    if seen.is_ok and undo:
        bench.undo(lambda: moved(bench, -points, fresh_ref(), undo=False))
    return seen


async def held(bench: Bench, points: int) -> Seen:
    body = {"user_account": bench.account, "amount_to_deduct": points}
    body |= {"loyalty_program_id": bench.profile.loyalty_program_id}
    bench.made += 1
    seen = await bench.ask(Call("POST", _HOLD, APPLICATION, body=body))
    number = seen.row.text("id", limit=64)
    if seen.is_ok and number:
        bench.undo(lambda: freed(bench, number), f"hold {number}")
    return seen


async def freed(bench: Bench, number: str) -> Seen:
    call = Call("PUT", _FREE, APPLICATION, (number,), body={"user_account": bench.account})
    return bench.over(await bench.ask(call), f"hold {number}")


async def can_spare(bench: Bench) -> Purse:
    now = await purse(bench)
    if now.points - now.held < 1:
        raise Untried("the test customer has no points")
    return now


@BOOK.fact("points-move", "6.2", "A-live", "Points are moved by 201, with the same sign, at once.", writes=True)
async def move(bench: Bench) -> None:
    before = await purse(bench)
    seen = bench.ok(await moved(bench, 1, fresh_ref()))
    want(seen.status == 201, bench.brief(seen))
    want(seen.row.whole("points") == 1, "other points came")
    after = await purse(bench)
    want(after.points == before.points + 1, f"the balance rose by {after.points - before.points}")


@BOOK.fact("points-move-time", "6.2", "A-live", "The answer tells when, with milliseconds: now.", writes=True)
async def move_time(bench: Bench) -> None:
    at = bench.ok(await moved(bench, 1, fresh_ref())).row.at("transacted_at")
    want(at is not None and abs(datetime.now(UTC) - at) < _IS_AT_ONCE, "another time, or none, came")


def unless_unique(what: str) -> dict[str, Any]:
    def is_recorded(profile: Profile) -> bool:
        return what in profile.refuses_duplicates

    return {"writes": True, "record": f'wire.refuses_duplicates = ["{what}"]', "is_recorded": is_recorded}


@BOOK.fact(
    "points-duplicate", "6.5", "C", "A second move with the same reference is a second move.", **unless_unique("points")
)
async def move_twice(bench: Bench) -> None:
    ref = fresh_ref()
    bench.ok(await moved(bench, 1, ref))
    bench.ok(await moved(bench, 1, ref))


@BOOK.fact("points-hold", "6.3", "A-live", "A hold leaves the balance and raises the points in progress.", writes=True)
async def hold(bench: Bench) -> None:
    before = await can_spare(bench)
    seen = bench.ok(await held(bench, 1))
    fields(seen.row, "id, points number")
    after = await purse(bench)
    want(after.points == before.points, f"the balance moved by {after.points - before.points}")
    want(after.held == before.held + 1, f"the points in progress rose by {after.held - before.held}")


@BOOK.fact("points-hold-sign", "6.3", "B*", "The points of a hold come back negative.", writes=True)
async def hold_sign(bench: Bench) -> None:
    await can_spare(bench)
    came = bench.ok(await held(bench, 1)).row.whole("points")
    want(came == -1, f"{came} came for 1")


@BOOK.fact("points-free", "6.3", "A-live", "A hold that is let go frees its points, and its number comes as text.",
           writes=True)  # fmt: skip
async def free(bench: Bench) -> None:
    before = await can_spare(bench)
    number = bench.ok(await held(bench, 1)).row.text("id", limit=64)
    seen = bench.ok(await freed(bench, number))
    after = await purse(bench)
    want(after == before, "the points are not as before")
    want(seen.row.raw("id") == number, "the number came as a number, or is another")


@BOOK.fact("points-free-twice", "1.4", "C", "A hold is let go once: again is refused as a transition, code 7.",
           writes=True)  # fmt: skip
async def free_twice(bench: Bench) -> None:
    await can_spare(bench)
    number = bench.ok(await held(bench, 1)).row.text("id", limit=64)
    bench.ok(await freed(bench, number))
    seen = await freed(bench, number)
    want(seen.code == 7, bench.brief(seen))


@BOOK.fact("points-short", "6.3", "A-live", "A hold of more than the balance is refused: not enough points.",
           writes=True)  # fmt: skip
async def short(bench: Bench) -> None:
    seen = await held(bench, (await purse(bench)).points + 1)
    bench.refused(seen, r"\bnot\b.*enough points")
