"""Fault 24: one flipped bit in a row that its seal does not cover. The till starts, and no entry is stuck or lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from outbox_bench import START, Clock, Server, bench, hold, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.entries import EntryState
from pos_app.outbox import Sales, StoredSale
from pos_app.outbox.values import to_ms

pytestmark = [pytest.mark.log_warnings, pytest.mark.fault("row 24")]

REFS = ("R0", "R1", "R2")
LAST = 2**63 - 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def a_queue(path: Path) -> tuple[bytes, Server]:
    """Three sales that wait, and the file that has them."""
    clock = Clock()
    server = Server(clock)

    async def scene() -> None:
        async with bench(path, clock, server, deliver=False) as till:
            await till.put(*(sale(ref, f"C-{ref}") for ref in REFS))

    run(scene)
    return path.read_bytes(), server


def what_becomes_of_them(path: Path, starts: int = 1) -> tuple[list[EntryState | None], Server]:
    """The states of the three after the till was started and had Perx for an hour."""
    clock = Clock()
    server = Server(clock)
    found: list[EntryState | None] = []

    async def scene() -> None:
        async with bench(path, clock, server) as till:
            await till.outbox.backlog()
            await till.pass_s(3600)
            entries = {entry.ref: entry.state for entry in await till.outbox.entries()}
            found[:] = [entries.get(Ref(ref)) for ref in REFS]
            assert till.problems == []

    for _ in range(starts):
        run(scene)
    return found, server


def flip(path: Path, whole: bytes, at: int, bit: int) -> None:
    for one in path.parent.glob(f"{path.name}*"):
        one.unlink()
    data = bytearray(whole)
    data[at] ^= 1 << bit
    path.write_bytes(data)


def the_time(whole: bytes, ref: int) -> tuple[int, int]:
    return whole.index(to_ms(START).to_bytes(6, "big"), ref), 7


def the_rank(whole: bytes, ref: int) -> tuple[int, int]:
    return whole.index(b"\x02waiting", ref), 6


def a_type(whole: bytes, ref: int) -> tuple[int, int]:
    return ref - 5, 2


@pytest.mark.parametrize("spot", [the_time, the_rank, a_type], ids=lambda spot: spot.__name__)
def test_it_costs_no_sale_and_no_start(path, spot: Callable[[bytes, int], tuple[int, int]]):
    whole, _ = a_queue(path)
    flip(path, whole, *spot(whole, whole.index(b"R1record_sale")))
    states, server = what_becomes_of_them(path, starts=2)
    assert [state for state in states if state is not None] == [EntryState.DONE] * (3 - states.count(None))
    assert states[0] is states[2] is EntryState.DONE
    if spot is not a_type:
        assert states[1] is EntryState.DONE, "its seal proves what is to be sent"
    assert not [ref for ref, at in server.effects.items() if len(at) > 1]


def test_wherever_it_is_in_the_row_nothing_is_stuck(path):
    whole, _ = a_queue(path)
    ref = whole.index(b"R1record_sale")
    body = range(whole.index(b'{"', ref) + 1, whole.index(b"waiting", ref) - 8)  # what the seal covers
    spots = [at for at in range(ref - 26, whole.index(b"{}", ref) + 4) if at not in body]
    for number, at in enumerate(spots[::2]):
        flip(path, whole, at, number * 5 % 8)
        states, server = what_becomes_of_them(path)
        ends = {EntryState.DONE, EntryState.ATTENTION, None}
        assert set(states) <= ends, f"byte {at - ref}, bit {number * 5 % 8}: {states}"
        assert states[0] is states[2] is EntryState.DONE
        assert all(len(at) == 1 for at in server.effects.values())


SPOILT = {
    "an amount": f"amount_minor = {LAST}",
    "two amounts": f"amount_minor = {LAST // 2 + 9} + id",
    "a time far ahead": f"made_at = {LAST // 2}",
    "a time long ago": f"made_at = -{LAST // 2}",
    "due never": f"due_at = {LAST}",
    "counts": f"tries = {LAST}, looks = -7",
    "losses": f"lost = {LAST}, lost_at = -{LAST}",
    "a rank": "rank = 66",
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_figure_that_cannot_be_stops_no_start_and_no_other_sale(path, what):
    a_queue(path)

    async def spoil() -> None:
        async with bench(path, deliver=False) as till:
            rows = "id < 3" if what == "two amounts" else "id = 1"
            sql = f"UPDATE outbox SET {SPOILT[what]} WHERE {rows}"  # noqa: S608 - from the table above
            await till.db.call(lambda db: db.execute(sql).fetchall())
            await till.outbox.backlog()

    run(spoil)
    states, _ = what_becomes_of_them(path)
    assert states[2] is EntryState.DONE
    assert states[0] is (EntryState.ATTENTION if "amount" in what else EntryState.DONE)


def test_a_hold_and_a_sale_with_an_impossible_time_are_still_listed(path):
    async def scene() -> None:
        async with bench(path) as till:
            await till.put(hold("H"))
            await till.outbox.put(sale("A"), StoredSale(Ref("A"), START, {"bill": 1}))
            await till.settled()
            for sql in ("UPDATE holds SET since = ?", "UPDATE sales SET at = ?"):
                await till.db.call(lambda db, sql=sql: db.execute(sql, (-(2**47),)).fetchall())
            assert [one.voucher_id for one in await till.outbox.holds()] == [7]
            assert [one.ref for one in await Sales(till.db).recent_sales()] == ["A"]

    run(scene)
