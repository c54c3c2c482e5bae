"""100,000 entries wait, of 20,000 customers: every step costs what it costs in an almost empty file. Faults 27.

Nothing here looks at a clock. SQLite counts the steps of its own machine and the rows that it goes through one by
one; a look at the whole queue anywhere would make them a thousand times as many.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from long_queue import ENTRIES, Meter, fill, pattern, put_for_real
from outbox_bench import START, Bench, Clock, bench, checkout, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.entries import EntryState
from pos_app.domain.kinds import KINDS
from pos_app.outbox import Database, Facts, Sales, claims, reading, rows, tally, values

FEW = 500
PAGE = 41
OPEN = [EntryState.ATTENTION, EntryState.CHECKING, EntryState.SENDING, EntryState.WAITING]
NOW = rows.Clocks(values.to_ms(START) + 1000, values.to_ms(START) + 1000)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Files with so many entries, each made once."""
    made: dict[int, Path] = {}

    def give(entries: int) -> Path:
        if entries not in made:
            made[entries] = path = tmp_path_factory.mktemp("filled") / "till.db"

            async def make() -> None:
                db = await Database.open(path)
                await db.call(fill, START, entries)
                await db.aclose()

            asyncio.run(make())
        return made[entries]

    return give


@pytest.fixture
def files(filled, tmp_path) -> dict[int, Path]:
    """A copy of the short and of the long queue."""
    return {count: Path(shutil.copy(filled(count), tmp_path / f"{count}.db")) for count in (FEW, ENTRIES)}


@pytest.mark.parametrize("number", [0, 77, ENTRIES // 50 - 1])
def test_the_long_file_is_what_the_till_would_have_written(files, tmp_path, number):
    columns = ", ".join(reading.NAMES.split(" ")[1:]) + ", rank, presses, sale"

    def row(db: apsw.Connection) -> list[object]:
        ref = pattern(number, 7).ref
        query = f"SELECT {columns}, s.at, s.body FROM outbox JOIN sales s USING (ref) WHERE ref = ?"  # noqa: S608
        return db.execute(query.replace(" body,", " outbox.body,"), (ref,)).fetchall()

    async def scene() -> None:
        long = await Database.open(files[ENTRIES])
        real = await Database.open(tmp_path / "real.db")
        at_start = rows.Clocks(values.to_ms(START), values.to_ms(START))
        customers = ENTRIES // 250
        for before in range(number % customers, number + 1, customers):  # the customer's sales, in their order
            await real.call(put_for_real, pattern(before, 7), at_start)
        kept, made = await long.call(row), await real.call(row)
        count = await long.call(lambda db: db.execute("SELECT count(*), count(DISTINCT lane) FROM outbox").fetchone())
        await long.aclose()
        await real.aclose()
        assert kept == made
        assert len(kept) == 1
        assert count == (ENTRIES, ENTRIES // 5)

    run(scene)


def _start(db: apsw.Connection) -> None:
    claims.recover(db, NOW.run_ms + 60_000, KINDS, NOW)
    reading.held(db)


def _claim(db: apsw.Connection) -> list[object]:
    return claims.claim(db, claims.Wanted(places=3, places_for_people=4), KINDS, NOW).work


def _deliver(db: apsw.Connection) -> None:
    for work in claims.claim(db, claims.Wanted(places=3, places_for_people=4), KINDS, NOW).work:
        assert rows.apply(db, work, rows.Change(EntryState.DONE), KINDS, NOW)


def _cut_off(db: apsw.Connection) -> None:
    assert _claim(db)
    assert len(claims.recover(db, NOW.run_ms + 60_000, KINDS, NOW)) == 3


def _settle(db: apsw.Connection) -> None:
    for state in (EntryState.CHECKING, EntryState.WAITING, EntryState.REFUSED):
        claims.settle(db, claims.Decision(pattern(0, 0).ref, state, "Ann", "why", 0), KINDS, NOW)


STEPS: dict[str, Callable[[apsw.Connection], object]] = {
    "start": _start,
    "start after a crash": _cut_off,
    "claim": _claim,
    "claim and write down": _deliver,
    "put": lambda db: put_for_real(db, sale("NEW", "C-NEW"), NOW),
    "put behind others": lambda db: put_for_real(db, sale("NEW", pattern(0, 0).identifier), NOW),
    "put what a person waits for": lambda db: rows.insert(db, checkout("NEW", pattern(0, 0).identifier), KINDS, NOW),
    "figures": tally.backlog,
    "first page": lambda db: reading.page(db, OPEN, PAGE, None),
    "a page in the middle": lambda db: reading.page(db, OPEN, PAGE, FEW // 2),
    "one entry": lambda db: reading.by_ref(db, pattern(0, 0).ref),
    "of one sale": lambda db: reading.of_sale(db, Ref(pattern(0, 0).ref)),
    "the link is back": lambda db: claims.hasten(db, 1000, 7, NOW),
    "settle by hand": _settle,
}


@pytest.mark.fault("row 27")
@pytest.mark.parametrize("step", STEPS)
def test_each_step_costs_the_same_in_a_long_queue(filled, step):
    async def scene() -> None:
        figures = {}
        for count in (FEW, ENTRIES):
            db = await Database.open(filled(count))
            try:
                figures[count] = await db.call(_measured, STEPS[step])
            finally:
                await db.aclose()
        few, many = figures[FEW], figures[ENTRIES]
        assert many["statements"] == few["statements"]
        assert many["steps"] <= 1.5 * few["steps"] + 100, figures
        assert many["scanned"] <= few["scanned"] + 10, figures

    run(scene)


def _measured(db: apsw.Connection, step: Callable[[apsw.Connection], object]) -> dict[str, int]:
    """What a step costs; it is taken back, so that the file can be used again."""
    tally.backlog(db)
    meter = Meter()
    db.execute("SAVEPOINT here")
    try:
        with meter.on(db):
            step(db)
    finally:
        db.execute("ROLLBACK TO here")
        db.execute("RELEASE here")
    return {name: meter.figures[name] for name in ("statements", "steps", "scanned")}


def test_the_meter_sees_a_step_that_counts_the_queue(filled):
    async def scene() -> None:
        db = await Database.open(filled(ENTRIES))
        figures = await db.call(_measured, lambda db: db.execute("SELECT sum(amount_minor) FROM outbox").fetchall())
        await db.aclose()
        assert figures["scanned"] >= ENTRIES - 1
        assert figures["steps"] > ENTRIES

    run(scene)


async def _drained(till: Bench, count: int) -> dict[str, float]:
    """Deliver so many entries; what one of them cost."""
    meter = Meter()
    await till.outbox.backlog()
    await till.db.call(lambda db: db.trace_v2(apsw.SQLITE_TRACE_PROFILE, meter, id=meter))
    before = len(till.server.sends)
    running = asyncio.create_task(till.outbox.run(till.server.send, till.server.read_back))
    while len(till.server.sends) < before + count:
        await till.outbox.backlog()
    sent = len(till.server.sends) - before
    await till.db.call(lambda db: db.trace_v2(0, None, id=meter))
    await till.outbox.aclose()
    await asyncio.wait({running})
    return {name: meter.figures[name] / sent for name in ("statements", "steps", "scanned")}


def test_delivering_an_entry_costs_the_same_in_a_long_queue(files):
    async def scene() -> None:
        costs = {}
        for count, path in files.items():
            clock = Clock()
            clock.set_by_s = 10
            async with bench(path, clock, deliver=False) as till:
                costs[count] = await _drained(till, 200)
        for name, few in costs[FEW].items():
            assert costs[ENTRIES][name] <= 1.5 * few + 2, costs

    run(scene)


def test_a_new_customer_goes_before_a_hundred_thousand_and_in_order_behind_their_own(files):
    """What a person waits for has rank 0; the sales of its own customer that are ahead of it are lifted with it."""

    async def scene() -> None:
        clock = Clock()
        clock.set_by_s = timedelta(minutes=1).total_seconds()
        async with bench(files[ENTRIES], clock) as till:
            while len(till.server.sends) < 20:
                await till.outbox.entry(Ref("none"))
            own = [pattern(399 + 400 * n, 49) for n in range(5)]
            await till.put(checkout("X", "C-NEW"))
            at = len(till.server.sends)
            await till.put(checkout("Y", own[0].identifier))
            while not {"X", "Y"} <= set(till.server.sends):
                await till.outbox.entry(Ref("none"))
            sends = till.server.sends
            assert sends.index(Ref("X")) <= at + 4
            order = [sends.index(ref) for ref in (*(one.ref for one in own), "Y")]
            assert order == sorted(order)
            assert order[-1] <= at + 6 * 4
            assert (await till.outbox.backlog()).waiting > ENTRIES - 1000

    run(scene)


@pytest.mark.fault("row 27")
def test_the_sale_that_was_just_made_goes_before_what_has_waited_long(files):
    async def scene() -> None:
        clock = Clock()
        clock.set_by_s = 60
        async with bench(files[ENTRIES], clock) as till:
            while len(till.server.sends) < 20:
                await till.outbox.entry(Ref("none"))
            await till.put(sale("NEW1", "C-NEW1"), sale("NEW2", "C-NEW2"))
            at = len(till.server.sends)
            while "NEW2" not in till.server.sends:  # time goes on: the next of each lane comes due after the new ones
                clock.move_to(clock.now_s + 0.01)
                await till.outbox.entry(Ref("none"))
            sends = till.server.sends
            assert sends.index(Ref("NEW1")) < sends.index(Ref("NEW2")) <= at + 8, (at, sends)

    run(scene)


def test_what_the_start_reads_besides_the_queue_does_not_grow_with_it(filled):
    async def scene() -> None:
        figures = {}
        for count in (FEW, ENTRIES):
            db = await Database.open(filled(count))
            meter = Meter()
            await db.call(lambda db, meter=meter: db.trace_v2(apsw.SQLITE_TRACE_PROFILE, meter, id=meter))
            await Sales(db).recent_sales(40)
            await Sales(db).sale(pattern(0, 0).ref)
            await Facts(db).get("open_sale")
            await db.call(lambda db, meter=meter: db.trace_v2(0, None, id=meter))
            await db.aclose()
            figures[count] = meter.figures
        assert figures[ENTRIES]["steps"] <= 1.5 * figures[FEW]["steps"] + 100, figures

    run(scene)
