"""Damage of every kind to files with a sale in every phase, and what is still true of an older state.

`python tests/outbox/damages.py SECONDS SEED` is the long form.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import apsw
import damages
import pytest
from damages import PHASES, counter, serve, snapshot
from outbox_bench import Clock, Server, bench, sale
from till_bench import SOMCHAI

from pos_app.outbox import Backups, Database, Facts, Journal
from pos_app.outbox.gathering import holds_now
from pos_app.till import events as ev

pytestmark = [pytest.mark.log_warnings, pytest.mark.timeout(120)]

GARBAGE = b"not a database at all " * 2000


@pytest.fixture
def work() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=damages.disk()) as folder:
        yield Path(folder)


def run(scene: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scene())


@pytest.mark.fault("FM-01", "row 24")
def test_no_damage_makes_a_sale_be_sold_twice_or_vanish_unseen(work):
    async def scene() -> None:
        snaps = [
            await snapshot(work, phase, 20, backup=number % 2 == 0, closed=number % 3 == 0)
            for number, phase in enumerate(PHASES)
        ]
        tally = await damages.fuzz(work, snaps, 24, runs=44)
        assert not tally.wrong, "\n".join(tally.wrong)
        assert tally.salvaged > 20, "these damages damage nothing"

    run(scene)


@pytest.mark.fault("row 24")
@pytest.mark.parametrize("damage", ["everything", "the draft"])
def test_an_open_sale_of_an_older_backup_that_was_completed_since_is_not_open_again(work, damage):
    async def scene() -> None:
        clock = Clock()
        server = Server(clock)
        async with counter(work, clock, server, 1) as one:
            await one.basket("5600", voucher=False)
            assert not (await Backups(one.db).back_up()).trouble
            one.till.post(ev.CompleteTapped())
            await one.settled()
            one.till.post(ev.NextTapped())
            await one.settled()
        path = work / "till.db"
        path.write_bytes(GARBAGE) if damage == "everything" else without(path, "facts")
        async with counter(work, clock, server, 100) as one:
            assert one.db.salvaged is not None
            assert one.till.state.sale.is_empty, "it can be completed again"
            await one.pass_s(200)
        assert [len(at) for at in server.effects.values()] == [1]

    run(scene)


@pytest.mark.fault("FM-12", "row 24")
def test_a_hold_of_an_older_backup_is_not_given_back_a_second_time(work):
    async def scene() -> None:
        clock = Clock()
        server = Server(clock)
        async with counter(work, clock, server, 1) as one:
            await one.basket("5600", voucher=True)
            assert not (await Backups(one.db).back_up()).trouble
            one.till.post(ev.CancelTapped())
            await one.settled()
            assert not await one.outbox.holds()
        without(work / "till.db", "holds")
        async with counter(work, clock, server, 100) as one:
            assert one.db.salvaged is not None
            assert not await one.outbox.holds()
            await one.settled()
            kinds = [entry.command.kind.value for entry in await one.outbox.entries()]
        assert kinds.count("release_voucher") == 1

    run(scene)


@pytest.mark.fault("FM-12", "row 24")
def test_a_hold_whose_row_was_lost_is_still_given_back(work):
    async def scene() -> None:
        clock = Clock()
        server = Server(clock)
        async with counter(work, clock, server, 1) as one:
            await one.basket("5600", voucher=True)
        without(work / "till.db", "holds")
        database = await Database.open(work / "till.db")
        assert database.salvaged is not None
        assert await database.call(lambda db: db.execute("SELECT voucher_id, identifier FROM holds").fetchall()) == [
            (2, SOMCHAI.identifier)
        ]
        await database.aclose()

    run(scene)


@pytest.mark.parametrize("phase", PHASES)
def test_the_holds_follow_from_the_commands(work, phase):
    async def scene() -> None:
        clock = Clock()
        async with counter(work, clock, Server(clock), 1) as one:
            await serve(one, phase)
            await one.db.call(lambda db: db.execute("SELECT 1").fetchall())
            kept = await one.db.call(lambda db: db.execute("SELECT * FROM holds ORDER BY entry_id").fetchall())
            assert await one.db.call(holds_now) == kept
            await one.outbox.free_hold(2, "Perx no longer holds it")
            assert await one.db.call(holds_now) == []

    run(scene)


@pytest.mark.fault("FM-01", "row 24")
@pytest.mark.parametrize("what", ["file", "log"])
def test_a_file_or_a_log_that_was_put_back_is_noticed_and_nothing_in_it_is_sent_blindly(work, what):
    """What waits in it was sent since."""
    path, clock = work / "till.db", Clock()
    server = Server(clock)

    async def scene() -> None:
        async with bench(path, clock, server) as till:
            till.outbox.pause(True)
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(5)))
            await till.settled()
            shutil.copyfile(f"{path}-wal", work / "old-wal")
        shutil.copyfile(path, work / "old")
        async with bench(path, clock, server) as till:
            await till.settled()
            assert len(server.effects) == 5
            await Journal(till.db).note("Ann", "later")
            shutil.copyfile(path, work / "new")
        shutil.copyfile(work / ("old" if what == "file" else "new"), path)
        if what == "log":
            shutil.copyfile(work / "old-wal", f"{path}-wal")
        async with bench(path, clock, server) as till:
            assert till.db.salvaged is not None
            await till.pass_s(200)
        assert [len(at) for at in server.effects.values()] == [1] * 5

    run(scene)


def test_after_a_salvage_the_till_starts_again_without_another(work):
    async def scene() -> None:
        path, clock = work / "till.db", Clock()
        async with bench(path, clock) as till:
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(200)))
            await till.settled()
        data = bytearray(path.read_bytes())
        data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
        path.write_bytes(data)
        for expected in (True, False, False):
            database = await Database.open(path)
            assert (database.salvaged is not None) is expected
            await database.aclose()

    run(scene)


@pytest.mark.fault("row 24")
def test_indexes_that_have_changed_places_are_noticed_at_the_start_after_a_crash(work):
    """Every page is sound by itself, and so is each tree; only what they point at is not theirs."""

    async def scene() -> None:
        path, clock = work / "till.db", Clock()
        async with bench(path, clock, deliver=False) as till:
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(20)))
            query = "SELECT rootpage FROM sqlite_schema WHERE name IN ('outbox_state', 'outbox_lane')"
            one, two = await till.db.call(lambda db: [row[0] for row in db.execute(query)])
            await till.db.outside(lambda db: db.execute("PRAGMA wal_checkpoint(RESTART)").fetchall())
            await Journal(till.db).note("Ann", "in a log of its own")
            killed = work / "killed" / "till.db"
            killed.parent.mkdir()
            shutil.copyfile(f"{path}-wal", f"{killed}-wal")
            data = bytearray(path.read_bytes())
        first, second = slice((one - 1) * 4096, one * 4096), slice((two - 1) * 4096, two * 4096)
        data[first], data[second] = data[second], data[first]
        killed.write_bytes(data)
        async with bench(killed, clock) as till:
            assert till.db.salvaged is not None
            await till.pass_s(200)
            assert len(till.server.effects) == 20

    run(scene)


def test_sales_that_were_put_aside_do_not_come_back_from_an_older_backup(work):
    """They may have been taken up again, and completed."""
    path = work / "till.db"

    async def scene() -> None:
        async with bench(path, deliver=False) as till:
            await Facts(till.db).keep("parked_sales", [{"bill_minor": 5600}])
            assert not (await Backups(till.db).back_up()).trouble
            await Facts(till.db).keep("parked_sales", None)
        path.write_bytes(GARBAGE)
        async with bench(path, deliver=False) as till:
            assert await Facts(till.db).get("parked_sales") is None

    run(scene)


def without(path: Path, table: str) -> None:
    """Zero every page of a table."""
    db = apsw.Connection(str(path))
    query = "SELECT pageno FROM dbstat WHERE name = ?"
    pages = [row[0] for row in db.execute(query, (table,))]
    db.close()
    data = bytearray(path.read_bytes())
    for page in pages:
        data[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(data)
