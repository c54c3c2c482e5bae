"""The daily backup: whole, proved, bounded in number, and never in the way of a sale."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from outbox_bench import START, Clock, bench, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.kinds import KINDS
from pos_app.outbox import Backups, Database, Outbox, probe, rows
from pos_app.outbox.backup import KEPT, tended
from pos_app.outbox.checksums import bad_pages, connect
from pos_app.outbox.copies import newest_first


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


async def until(fact: Callable[[], bool]) -> None:
    for _ in range(5000):
        if fact():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came")


def fill(db, count: int) -> None:
    now = rows.Clocks(wall_ms=5, run_ms=5)
    for n in range(count):
        rows.insert(db, sale(f"A{n}", f"C-{n % 700}"), KINDS, now)


def test_a_backup_is_whole_and_the_newest_seven_are_kept(path):
    async def scene() -> None:
        async with bench(path, deliver=False) as till:
            clock = Clock()
            backups = Backups(till.db, clock=clock.wall)
            for day in range(KEPT + 3):
                await till.put(sale(f"A{day}"))
                clock.now_s = 1000 + day * 86_400
                report = await backups.back_up()
                assert not report.trouble
            found = newest_first(path)
            assert (len(found), found[0].name) == (KEPT, report.name)
            assert found[0].name.startswith("2026-03-10")

    run(scene)
    newest = newest_first(path)[0]
    assert bad_pages(newest) == []
    copy = connect(newest)
    assert copy.execute("PRAGMA integrity_check").get == "ok"
    assert copy.execute("SELECT count(*) FROM outbox").get == KEPT + 3
    copy.close()
    assert ("ok", "7 backups, the newest of 2026-03-10.", "") in probe(path)


def test_it_is_made_once_a_day_while_the_till_runs(path):
    async def scene() -> None:
        clock = Clock()
        db = await Database.open(path)
        tending = asyncio.create_task(Backups(db, clock=clock.wall).tend(clock.sleep))
        counts = []
        for _ in range(61):
            await until(lambda: clock.next_at_s() is not None)  # until then it is at work
            counts.append(len(newest_first(path)))
            clock.move_to(clock.next_at_s() or 0)
        assert counts[:2] == [0, 1]
        assert counts[-1] == 3  # sixty hours from noon: three days
        tending.cancel()
        await asyncio.wait({tending})
        await db.aclose()

    run(scene)


def test_sales_go_on_while_it_is_made_and_are_in_it_or_after_it(path):
    """Measured on the thread itself: no slice holds it for long, whatever the size of the file."""

    async def scene() -> None:
        db = await Database.open(path)
        await db.call(fill, 4000)
        outbox, put = Outbox(db), []
        is_over = asyncio.Event()

        async def sell() -> None:
            while not is_over.is_set():
                await outbox.put(sale(f"N{len(put)}", f"Z-{len(put)}"))
                put.append(len(newest_first(path)))
                await asyncio.sleep(0)

        selling = asyncio.create_task(sell())
        report = await Backups(db).back_up()
        is_over.set()
        await selling
        assert not report.trouble
        assert report.pages > 400
        assert put.count(0) > 3  # so many were durable before the backup was there
        await db.aclose()

    run(scene)


def test_a_till_that_ends_meanwhile_leaves_no_half_backup(path):
    async def scene() -> None:
        async with tended(path) as db:
            await db.call(fill, 1500)
            making = asyncio.create_task(Backups(db).back_up())
            await until((path.parent / "backup" / "unfinished.new").exists)
            making.cancel()
            await asyncio.wait({making})
        assert newest_first(path) == []
        async with tended(path) as db:
            assert not (await Backups(db).back_up()).trouble
            assert db.salvaged is None

    run(scene)
    assert len(newest_first(path)) == 1


@pytest.mark.log_warnings("the backup failed")
def test_a_page_that_went_bad_is_found_and_the_good_backups_stay(path):
    async def scene() -> None:
        db = await Database.open(path)
        await db.call(fill, 3000)
        backups = Backups(db, clock=lambda: START)
        good = await backups.back_up()
        await db.outside(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
        await db.outside(lambda connection: connection.execute("PRAGMA cache_size = 0").fetchall())
        await db.outside(_spoil_a_page)
        bad = await Backups(db, clock=lambda: START + timedelta(days=1)).back_up()
        assert "checksum" in bad.trouble
        assert [one.name for one in newest_first(path)] == [good.name]
        await db.aclose()

    run(scene)
    assert probe(path)[-1][0] == "bad"


def _spoil_a_page(connection) -> None:
    """Change the file under the running till, from another process: here `open` would drop the lock."""
    script = (
        "import sys\n"
        "with open(sys.argv[1], 'r+b') as file:\n"
        "    file.seek(4096 * 300 + 2000)\n"
        "    byte = file.read(1)[0]\n"
        "    file.seek(-1, 1)\n"
        "    file.write(bytes([byte ^ 1]))\n"
    )
    subprocess.run([sys.executable, "-c", script, connection.filename], check=True)


@pytest.mark.log_warnings("the backup failed")
def test_a_folder_in_the_way_is_told_and_disturbs_nobody(path):
    async def scene() -> None:
        async with bench(path) as till:
            (path.parent / "backup").write_text("in the way")
            report = await Backups(till.db).back_up()
            assert report.trouble
            await till.put(sale("A"))
            await till.settled()
            assert (await till.outbox.entry(Ref("A"))).tries == 1

    run(scene)


def test_how_long_the_thread_is_held_does_not_grow_with_the_file(path):
    """A slice is a fixed number of pages; the slowest of the many may be the machine's fault, not the median."""

    async def scene() -> None:
        db = await Database.open(path)
        await db.call(fill, 5000)
        held = []

        async def ask() -> None:
            while True:
                began = time.perf_counter()
                await db.call(lambda connection: None)
                held.append(time.perf_counter() - began)

        asking = asyncio.create_task(ask())
        await Backups(db).back_up()
        asking.cancel()
        await asyncio.wait({asking})
        assert sorted(held)[len(held) // 2] < 0.05
        await db.aclose()

    run(scene)
