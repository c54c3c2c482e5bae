"""Facts of vouchers and rewards that only a hold can show, each given back at once."""

from __future__ import annotations

from datetime import UTC, datetime

from pos_app.perx.call import APPLICATION, Call
from pos_app.perx.contract.bench import Bench, Book, Differs, Seen, Untried, first, want

BOOK = Book()
_REVERT = "/v4/pos/vouchers/{id}/revert_redemption"
_QUARTER_MS = 900_000


async def _hold_voucher(bench: Bench) -> tuple[int, Seen]:
    rows = (await bench.get("/v4/vouchers", state="issued", page=1, size=20)).rows
    usable = [row for row in rows if (row.at("valid_from") or datetime.min.replace(tzinfo=UTC)) <= datetime.now(UTC)]
    number = first(usable, "voucher to be used").need("id")
    return number, await _redeem(bench, number)


async def _redeem(bench: Bench, number: int) -> Seen:
    bench.made += 1
    call = Call("POST", "/v4/vouchers/{id}/redeem", bench.user, (number,), {"confirm": "false"}, {})
    seen = await bench.ask(call)
    if seen.is_ok:
        bench.undo(lambda: _give_back(bench, number), f"voucher {number}")
    return seen


async def _give_back(bench: Bench, number: int) -> Seen:
    return bench.over(await bench.ask(Call("PUT", _REVERT, APPLICATION, (number,))), f"voucher {number}")


@BOOK.fact("voucher-hold", "4", "A-live", "redeem?confirm=false holds a voucher: redemption_in_progress.", writes=True)
async def hold_voucher(bench: Bench) -> None:
    _, seen = await _hold_voucher(bench)
    came = bench.ok(seen).row.text("state")
    want(came == "redemption_in_progress", f"state {bench.clean(came)}")


@BOOK.fact("voucher-hold-twice", "4", "A-live", "A held voucher cannot be held again: not permitted.", writes=True)
async def hold_voucher_twice(bench: Bench) -> None:
    number, seen = await _hold_voucher(bench)
    bench.ok(seen)
    bench.refused(await _redeem(bench, number), "not permit")


@BOOK.fact("voucher-give-back", "4", "A-live", "A held voucher that is given back is issued.", writes=True)
async def give_back(bench: Bench) -> None:
    number, seen = await _hold_voucher(bench)
    bench.ok(seen)
    came = bench.ok(await _give_back(bench, number)).row.text("state")
    want(came == "issued", f"state {bench.clean(came)}")


@BOOK.fact(
    "voucher-hold-open",
    "21",
    "A-live",
    "A hold names no end: reservation_expires_at stays null.",
    writes=True,
    record="wire.hold_minutes",
    is_recorded=lambda profile: profile.hold_minutes > 0,
)
async def hold_open(bench: Bench) -> None:
    _, seen = await _hold_voucher(bench)
    until = bench.ok(seen).row.at("reservation_expires_at")
    if until is not None:
        raise Differs(f"it ends after {round((until - datetime.now(UTC)).total_seconds() / 60)} minutes")


async def _reserve(bench: Bench) -> tuple[int, Seen]:
    """Hold a reward that may be had: the first one that Perx lets the test customer have."""
    rows = (await bench.get("/v4/rewards", filter_by_points_balance="true", page=1, size=20)).rows
    seen = None
    for row in rows[:5]:
        number = row.need("id")
        seen = await _reserve_one(bench, number)
        if seen.is_ok:
            return number, seen
    raise Untried("no reward that the test customer may have" if seen is None else bench.brief(seen))


async def _reserve_one(bench: Bench, number: int) -> Seen:
    bench.made += 1
    query = {"timeout": _QUARTER_MS}
    seen = await bench.ask(Call("POST", "/v4/rewards/{id}/reserve", bench.user, (number,), query))
    voucher = seen.row.whole("id")
    if seen.is_ok and voucher is not None:
        bench.undo(lambda: _release(bench, voucher), f"voucher {voucher}")
    return seen


async def _release(bench: Bench, voucher: int) -> Seen:
    call = Call("PATCH", "/v4/vouchers/{id}/release", bench.user, (voucher,))
    return bench.over(await bench.ask(call), f"voucher {voucher}")


@BOOK.fact("reward-reserve", "4", "A-live", "A reward is held as a voucher in state reserved, its code masked.",
           writes=True)  # fmt: skip
async def reserve(bench: Bench) -> None:
    _, seen = await _reserve(bench)
    row = bench.ok(seen).row
    want(row.text("state") == "reserved", "another state came")
    code = row.text("voucher_code")
    want(not code or set(code) == {"*"}, "the code is not masked")


@BOOK.fact("reward-reserve-again", "4", "A-live", "Asked again, the same hold comes back.", writes=True)
async def reserve_again(bench: Bench) -> None:
    number, seen = await _reserve(bench)
    again = bench.ok(await _reserve_one(bench, number))
    want(again.row.whole("id") == seen.row.whole("id"), "another hold came")


@BOOK.fact("reward-release", "4", "A-live", "A held reward that is let go is released.", writes=True)
async def release(bench: Bench) -> None:
    _, seen = await _reserve(bench)
    came = bench.ok(await _release(bench, seen.row.need("id"))).row.text("state")
    want(came == "released", f"state {bench.clean(came)}")


@BOOK.fact("reward-timeout", "21", "C", "timeout=900000 is a quarter of an hour: milliseconds.", writes=True)
async def timeout(bench: Bench) -> None:
    _, seen = await _reserve(bench)
    until = seen.row.at("reserved_expires_at")
    if until is None:
        raise Differs("no reserved_expires_at")
    minutes = round((until - datetime.now(UTC)).total_seconds() / 60)
    want(minutes == _QUARTER_MS // 60_000, f"it ends after {minutes} minutes")


@BOOK.fact("trigger-unknown", "16", "A-live", "A trigger that does not exist is refused in these words.", writes=True)
async def trigger(bench: Bench) -> None:
    seen = await bench.ask(Call("PUT", "/v4/app_triggers/{id}", bench.user, ("pos-app-contract-none",)))
    bench.refused(seen, "record requested does not exist")
