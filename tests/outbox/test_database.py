"""The data file: who may open it, what is refused in words, and how old files come up to date."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest
from outbox_bench import Clock, Server, bench, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.entries import EntryState
from pos_app.outbox import Database, Outbox, StorageError, probe
from pos_app.outbox.database import assert_thread
from pos_app.outbox.schema import MIGRATIONS
from pos_app.outbox.undoing import TooLateError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "till.db"


def _refused(path: Path) -> str:
    async def open_it() -> None:
        database = await Database.open(path)
        await database.aclose()

    with pytest.raises(StorageError) as refused:
        asyncio.run(open_it())
    return refused.value.problem


@pytest.mark.fault("FM-04", "row 1")
def test_the_file_is_opened_to_survive_a_power_cut(path):
    async def scene():
        database = await Database.open(path)
        settings = await database.call(
            lambda db: [db.pragma(name) for name in ("journal_mode", "synchronous", "locking_mode", "foreign_keys")]
        )
        assert settings == ["wal", 2, "exclusive", 1]
        name = await database.call(lambda db: threading.current_thread().name)
        assert name == "outbox"
        await database.aclose()
        await database.aclose()

    run(scene)


def test_nothing_of_it_runs_on_another_thread(path):
    with pytest.raises(RuntimeError, match="MainThread"):
        assert_thread()


OTHER_TILL = """
import asyncio, pathlib, sys
from pos_app.outbox import Database
async def main():
    database = await Database.open(pathlib.Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.read()
asyncio.run(main())
"""


@pytest.mark.fault("FM-02", "row 25")
def test_a_second_program_is_refused_and_a_killed_one_leaves_no_lock(path):
    """FM-02, faults 25."""
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER_TILL, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "open\n"
        assert _refused(path) == "DISK-05"
        assert ("ok", "The till is running and uses its data file.", "") in probe(path)
    finally:
        other.kill()
        other.communicate()

    async def scene():
        async with bench(path) as till:
            await till.put(sale("A"))
            await till.settled()
            assert await till.state("A") is EntryState.DONE

    run(scene)


@pytest.mark.fault("FM-20", "row 26")
def test_a_newer_file_is_refused_and_left_alone(path):
    path.parent.mkdir()
    newer = apsw.Connection(str(path))
    newer.execute("CREATE TABLE future (x); PRAGMA user_version = 99")
    newer.close()
    before = path.read_bytes()
    assert _refused(path) == "DISK-04"
    assert path.read_bytes() == before
    assert [level for level, *_ in probe(path)][-1] == "bad"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert _refused(tmp_path / "file" / "till.db") == "DISK-02"
    (tmp_path / "folder").mkdir()
    assert _refused(tmp_path / "folder") == "DISK-02"


@pytest.mark.fault("FM-03", "FM-20", "row 26")
def test_an_old_file_is_copied_then_brought_up_to_date_with_its_queue(path):
    """Faults 26: version 1 as it was published, with an entry that was being sent."""
    path.parent.mkdir()
    old = apsw.Connection(str(path))
    old.execute(MIGRATIONS[0] + "; PRAGMA user_version = 1")
    old.execute(
        "INSERT INTO outbox (ref, kind, lane, sale, body, rank, presses, state, made_at, sent_at, tries) VALUES"
        """ ('A', 'record_sale', 'customer:C-1', 'A', '{"ref":"A","identifier":"C-1","amount_minor":1000,"""
        """"currency":"SGD","sold_at":"2026-03-01T12:00:00+00:00","later":1}', 1, 0, 'sending', 5, 5, 1)"""
    )
    old.close()

    async def scene():
        async with bench(path) as till:
            assert await till.db.call(lambda db: db.pragma("user_version")) == len(MIGRATIONS)
            tables = await till.db.call(
                lambda db: [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            )
            assert {"outbox", "holds", "journal", "facts", "sales"} <= set(tables)
            await till.pass_s(61)
            entry = await till.outbox.entry(Ref("A"))
            assert (entry.state, entry.command) == (EntryState.DONE, sale("A"))

    run(scene)
    copy = apsw.Connection(str(path) + ".v1")
    assert copy.pragma("user_version") == 1
    assert copy.execute("SELECT state FROM outbox").get == "sending"
    copy.close()


@pytest.mark.fault("FM-20", "row 26")
def test_a_migration_that_fails_takes_all_of_its_step_back(path, monkeypatch):
    run(lambda: _open_and_close(path))
    broken = (*MIGRATIONS, "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)")
    monkeypatch.setattr("pos_app.outbox.opening.MIGRATIONS", broken)
    with pytest.raises(apsw.SQLError):
        run(lambda: _open_and_close(path))
    monkeypatch.undo()

    async def scene():
        database = await Database.open(path)
        names = await database.call(lambda db: db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").get)
        assert names == 0
        await database.aclose()

    run(scene)


async def _open_and_close(path: Path) -> None:
    database = await Database.open(path)
    await database.aclose()


def test_a_failed_call_is_taken_back_and_a_bug_passes_as_itself(path):
    async def scene():
        database = await Database.open(path)

        def half(db: apsw.Connection) -> None:
            db.execute("INSERT INTO sales VALUES ('A', 1, '{}')")
            db.execute("INSERT INTO nowhere VALUES (1)")

        with pytest.raises(apsw.SQLError):
            await database.call(half)
        assert await database.call(lambda db: db.execute("SELECT count(*) FROM sales").get) == 0
        await database.aclose()
        with pytest.raises(RuntimeError):
            await database.call(half)

    run(scene)


@pytest.mark.parametrize(
    "wrong", [ZeroDivisionError(), ValueError(), TooLateError("1"), StorageError("DISK-01", "")], ids=repr
)
def test_what_waits_together_is_done_each_once_and_in_order_whatever_one_of_them_raises(path, wrong):
    def note(db: apsw.Connection, number: int) -> int:
        db.execute("INSERT INTO sales (ref, at, body) VALUES (?, 0, '{}')", (f"n{number:02d}",))
        if number == 7:
            raise wrong
        return number

    async def scene():
        db = await Database.open(path)
        gate = threading.Event()
        first = db.submit(lambda _db: gate.wait(10))  # the others come while the thread is busy
        jobs = [db.submit(note, number) for number in range(40)]
        gate.set()
        await first
        results = await asyncio.gather(*jobs, return_exceptions=True)
        rows = await db.call(lambda one: [ref for (ref,) in one.execute("SELECT ref FROM sales ORDER BY rowid")])
        await db.aclose()
        assert [one for one in results if one != results[7]] == [n for n in range(40) if n != 7]
        assert results[7] is wrong
        assert rows == [f"n{number:02d}" for number in range(40) if number != 7]

    run(scene)


def test_a_cancelled_waiter_changes_nothing(path):
    async def scene():
        database = await Database.open(path)
        loop, at_work, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def slow(db: apsw.Connection) -> None:
            db.execute("INSERT INTO sales VALUES ('A', 1, '{}')")
            loop.call_soon_threadsafe(at_work.set)
            assert go_on.wait(5)

        waiting = asyncio.create_task(database.call(slow))
        await at_work.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go_on.set()
        assert await database.call(lambda db: db.execute("SELECT count(*) FROM sales").get) == 1
        await database.aclose()

    run(scene)


def test_probe_says_what_waits_and_leaves_the_file_as_it_is(path):
    assert probe(path)[-1][0] == "ok"
    assert not path.parent.exists()

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["person"]
            await till.put(sale("A"))
            await till.pass_s(2)
            assert "running" in probe(path)[-1][1]

    run(scene)
    before = path.read_bytes()
    assert [level for level, *_ in probe(path)][-3:] == ["ok", "ok", "warn"]
    assert path.read_bytes() == before


async def test_it_works_on_the_loop_of_the_screen(tmp_path):
    clock = Clock()
    server = Server(clock)
    database = await Database.open(tmp_path / "till.db")
    done = asyncio.Event()
    outbox = Outbox(database, on_change=lambda entry: done.set() if entry.state is EntryState.DONE else None)
    running = asyncio.create_task(outbox.run(server.send, server.read_back))
    try:
        await outbox.put(sale("A"))
        async with asyncio.timeout(5):
            await done.wait()
    finally:
        await outbox.aclose()
        await asyncio.wait({running})
        await database.aclose()
    assert server.sends == ["A"]
