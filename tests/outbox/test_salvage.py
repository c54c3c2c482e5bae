"""Faults 24: a damaged file is set aside, what can be read is brought back, and nothing is sent twice for it."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from outbox_bench import START, Clock, Server, bench, checkout, hold, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.entries import EntryState
from pos_app.domain.problems import PROBLEMS
from pos_app.outbox import (
    SALVAGE_FACT,
    Backups,
    Database,
    Facts,
    Journal,
    Sales,
    Salvage,
    StorageError,
    StoredSale,
    database,
    probe,
    verify,
)

DONE, WAITING, CHECKING, SENDING = EntryState.DONE, EntryState.WAITING, EntryState.CHECKING, EntryState.SENDING
pytestmark = pytest.mark.log_warnings  # each of these starts says that its file was damaged

ENTRIES = 80


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "till.db"


async def work(till) -> None:
    """A day: most of it delivered, some of it waiting, one on its way."""
    journal, facts = Journal(till.db, clock=till.clock.wall), Facts(till.db, clock=till.clock.wall)
    for n in range(ENTRIES):
        one = sale(f"D{n}", f"C-{n}", 100 + n)
        await till.outbox.put(one, StoredSale(one.ref, START, {"bill": 100 + n, "note": "x" * 200}))
        await journal.note("Ann", "sale", one.ref, {"n": n})
    await till.put(hold("H", 7))
    await till.settled()
    await facts.keep("open_sale", {"lines": [1]})
    till.server.gates[Ref("S")] = asyncio.Event()
    await till.put(sale("S", "C-900"))
    await till.settled()
    till.outbox.pause(True)
    await till.put(*(sale(f"W{n}", f"C-{n % 9}") for n in range(20)))


def a_day(path: Path, clock: Clock, server: Server, *, backup: bool = False) -> bytes:
    async def scene() -> None:
        async with bench(path, clock, server) as till:
            await work(till)
            if backup:
                assert not (await Backups(till.db).back_up()).trouble

    run(scene)
    server.gates.clear()
    return path.read_bytes()


async def salvaged(path: Path) -> Salvage:
    database = await Database.open(path)
    await database.aclose()
    assert database.salvaged is not None, "the damage was not noticed"
    return database.salvaged


def pages_of(path: Path, table: str) -> list[int]:
    """The leaf pages of a table, in their order."""
    db = apsw.Connection(str(path))
    try:
        query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path"
        return [row[0] for row in db.execute(query, (table,))]
    finally:
        db.close()


def spoil(path: Path, pages: list[int], how: str = "zero") -> None:
    data = bytearray(path.read_bytes())
    for page in pages:
        start = (page - 1) * 4096
        if how == "zero":
            data[start : start + 4096] = bytes(4096)
        else:
            data[start + 4000] ^= 1  # in the content of a row
    path.write_bytes(data)


def everything_is_done_once(path: Path, clock: Clock, server: Server, *, lost: set[str] = frozenset()) -> None:
    async def scene() -> None:
        async with bench(path, clock, server) as till:
            await till.pass_s(200)
            backlog = await till.outbox.backlog()
            assert (backlog.waiting, backlog.checking) == (0, 0)

    run(scene)
    doubled = [ref for ref, at in server.effects.items() if len(at) > 1]
    assert not doubled
    wanted = {f"D{n}" for n in range(ENTRIES)} | {f"W{n}" for n in range(20)} | {"S", "H"}
    assert wanted - {ref for ref, at in server.effects.items() if at} <= lost


# ---------------------------------------------------------------- what is noticed


@pytest.mark.fault("row 24")
def test_a_flipped_bit_anywhere_is_noticed_and_costs_nothing(path):
    """The page cannot be trusted, but its rows prove themselves one by one; the rest is read as it is."""
    data = a_day(path, Clock(), Server(Clock()))
    rng = random.Random(24)

    async def scene() -> None:
        for _ in range(40):
            for old in path.parent.iterdir():
                old.unlink() if old.is_file() else shutil.rmtree(old)
            bad = bytearray(data)
            bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
            path.write_bytes(bad)
            told = await salvaged(path)
            assert told.may_be_missing <= 40, told  # at most what stood on one page
            kept = path.with_name(told.kept)
            assert kept.read_bytes() == bytes(bad), "the damaged file was touched"

    asyncio.run(scene())


@pytest.mark.fault("row 24")
@pytest.mark.parametrize(
    "damage", ["garbage", "empty", "gone", "first page", "half", "one page", "one bit", "log gone", "log cut"]
)
@pytest.mark.parametrize("backup", [True, False], ids=["with backup", "without"])
def test_what_can_be_read_comes_back_and_nothing_is_sent_twice(path, damage, backup):
    clock = Clock()
    server = Server(clock)
    a_day(path, clock, server, backup=backup)
    if damage.startswith("log"):
        killed_copy(path, clock, server, damage)
    elif damage == "one page":
        spoil(path, pages_of(path, "outbox")[3:4])
    elif damage == "one bit":
        spoil(path, pages_of(path, "outbox")[3:4], "bit")
    elif damage == "gone":
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes(
            {
                "garbage": b"not a database at all " * 2000,
                "empty": b"",
                "first page": bytes(4096) + data[4096:],
                "half": data[: len(data) // 8192 * 4096],
            }[damage]
        )
    bad = path.read_bytes() if path.exists() else None
    told = asyncio.run(salvaged(path))
    if bad is not None:
        assert path.with_name(told.kept).read_bytes() == bad
    if backup or damage in ("one bit", "first page"):
        assert told.may_be_missing == 0
        assert told.came_back > 2 * ENTRIES
        everything_is_done_once(path, clock, server)
    elif damage in ("garbage", "empty", "gone"):
        # The heads beside the file still know how far the queue and the journal had come.
        assert (told.came_back, told.may_be_missing) == (0, 2 * ENTRIES + 2 + 20)
    else:
        everything_is_done_once(path, clock, server, lost={f"W{n}" for n in range(20)} | {"S"})
    assert any("DISK-07" in fix for _, _, fix in probe(path))


def killed_copy(path: Path, clock: Clock, server: Server, damage: str) -> None:
    """What a killed till leaves, its log lost or spoilt in the middle. Two sales more were delivered meanwhile."""
    live = path.with_name("live.db")
    shutil.copyfile(path, live)

    def leave() -> None:
        shutil.copyfile(live, path)
        log = bytearray(Path(f"{live}-wal").read_bytes())
        if damage == "log cut":
            log[len(log) // 3] ^= 1
            path.with_name(path.name + "-wal").write_bytes(log)

    async def scene() -> None:
        async with bench(live, clock, server) as till:
            till.outbox.pause(False)
            await till.put(sale("L1", "C-801"), sale("L2", "C-802"))
            await till.settled()
            leave()

    run(scene)
    for part in path.parent.glob("live.db*"):
        part.unlink()


# ---------------------------------------------------------------- what a person is told


def test_the_till_says_how_much_came_back_until_a_person_has_seen_it(path):
    a_day(path, Clock(), Server(Clock()))
    lost = pages_of(path, "outbox")[2:4]
    spoil(path, lost)

    async def scene() -> None:
        told = await salvaged(path)
        assert told.problem == "DISK-07"
        assert 0 < told.may_be_missing < 60
        assert not told.is_uncertain
        database = await Database.open(path)
        assert database.salvaged is None
        facts = Facts(database)
        notice, _ = await facts.get(SALVAGE_FACT)
        assert (notice["came_back"], notice["may_be_missing"]) == (told.came_back, told.may_be_missing)
        [line] = await Journal(database).recent(1)
        assert (line.what, line.facts["may_be_missing"]) == ("data file salvaged", told.may_be_missing)
        entries = await database.call(lambda db: db.execute("SELECT count(*), max(id) FROM outbox").fetchall()[0])
        assert entries[1] - entries[0] == told.may_be_missing
        assert (await facts.get("open_sale"))[0] == {"lines": [1]}
        assert (await Sales(database).sale(Ref("D5"))).body["bill"] == 105
        await facts.keep(SALVAGE_FACT, None)
        await database.aclose()

    asyncio.run(scene())
    assert {"DISK-06", "DISK-07"} <= PROBLEMS.keys()
    assert verify(path).is_sound
    assert not any("DISK-07" in fix for _, _, fix in probe(path))


def test_a_journal_that_came_back_with_a_gap_says_where(path):
    a_day(path, Clock(), Server(Clock()))
    spoil(path, pages_of(path, "journal")[1:2])
    told = asyncio.run(salvaged(path))
    verdict = verify(path)
    assert verdict.lines == ENTRIES - told.may_be_missing + 1
    assert "missing before it" in verdict.breaks[0][1]
    assert len(verdict.breaks) == 1


# ---------------------------------------------------------------- exactly once


@pytest.mark.parametrize("state", ["done", "waiting", "sending"])
def test_an_entry_from_an_older_backup_is_looked_up_before_it_is_sent(path, state):
    clock = Clock()
    server = Server(clock)

    async def first() -> None:
        async with bench(path, clock, server) as till:
            till.outbox.pause(True)
            if state == "sending":
                till.outbox.pause(False)
                server.gates[Ref("A")] = asyncio.Event()
            await till.put(sale("A"))
            await till.settled()
            await Backups(till.db).back_up()
            if state != "sending":
                till.outbox.pause(False)
            else:
                server.gates[Ref("A")].set()
            if state != "waiting":
                await till.settled()
            till.outbox.pause(state == "waiting")
            await till.put(checkout("X", "C-2"))
            await till.settled()

    run(first)
    server.gates.clear()
    path.write_bytes(b"not a database at all " * 2000)
    told = asyncio.run(salvaged(path))
    assert told.is_uncertain

    async def second() -> None:
        async with bench(path, clock, server) as till:
            await till.settled()
            assert till.told[0] == ("A", CHECKING)
            await till.pass_s(100)
            assert await till.state("A") is DONE

    run(second)
    assert [len(at) for at in server.effects.values()] == [1, 1]


def test_a_lane_whose_first_entry_was_lost_goes_on(path):
    clock = Clock()
    server = Server(clock)

    async def first() -> None:
        async with bench(path, clock, server, deliver=False) as till:
            await till.put(*(sale(f"A{n}", "C-1", 100 + n) for n in range(40)))

    run(first)
    spoil(path, pages_of(path, "outbox")[:1])
    told = asyncio.run(salvaged(path))
    assert told.may_be_missing > 0

    async def second() -> None:
        async with bench(path, clock, server) as till:
            await till.pass_s(5)
            assert (await till.outbox.backlog()).waiting == 0

    run(second)
    assert len(server.effects) == 40 - told.may_be_missing


# ---------------------------------------------------------------- a salvage that is cut off


OTHER = """
import asyncio, pathlib, sys
from pos_app.outbox import Database, StorageError
async def main():
    try:
        database = await Database.open(pathlib.Path(sys.argv[1]))
    except StorageError as exc:
        print(exc.problem)
        return
    print("salvaged" if database.salvaged else "open", flush=True)
    sys.stdin.read()
    await database.aclose()
asyncio.run(main())
"""


def test_two_starts_at_once_salvage_once_and_one_of_them_works(path):
    a_day(path, Clock(), Server(Clock()))
    spoil(path, pages_of(path, "outbox")[2:3])
    tills = [
        subprocess.Popen([sys.executable, "-c", OTHER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    said = sorted(till.stdout.readline().decode().strip() for till in tills)
    for till in tills:
        till.communicate()
    # On a busy machine each may find another one looking; then a later start does it. Never two.
    assert said.count("salvaged") <= 1
    assert set(said) <= {"DISK-05", "salvaged"}

    async def later() -> None:
        database = await Database.open(path)
        assert (database.salvaged is None) is ("salvaged" in said)
        await database.aclose()

    asyncio.run(later())
    assert len(list(path.parent.glob("till.db.damaged-*Z"))) == 1


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_salvage_that_was_cut_off_is_finished_at_the_next_start(path, moved):
    """The power may go between any two renames."""
    a_day(path, Clock(), Server(Clock()), backup=True)
    good = path.read_bytes()
    ready = path.with_name(path.name + ".salvaged-20260301T120000000000Z")
    ready.write_bytes(good)
    path.write_bytes(b"damaged")
    path.with_name(path.name + "-wal").write_bytes(b"its log")
    aside = path.with_name(path.name + ".damaged-20260301T120000000000Z")
    for suffix in ("-wal", "")[:moved]:
        path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))

    async def scene() -> None:
        database = await Database.open(path)
        assert database.salvaged is None
        assert await database.call(lambda db: db.execute("SELECT count(*) FROM outbox").get) == ENTRIES + 22
        await database.aclose()

    asyncio.run(scene())
    assert aside.read_bytes() == b"damaged"
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"its log"
    assert not ready.exists()


@pytest.mark.fault("row 24")
def test_a_damage_that_only_reading_finds_is_mended_at_the_next_start(path):
    """The check at opening finds nothing in this file, and yet a page of it could not be read in the last run."""
    clock, server = Clock(), Server(Clock())
    a_day(path, clock, server)

    def unreadable(_connection: apsw.Connection) -> None:
        raise apsw.CorruptError("database disk image is malformed")

    async def meets_it() -> None:
        database = await Database.open(path)
        assert database.salvaged is None
        with pytest.raises(StorageError, match="DISK-03"):
            await database.call(unreadable)
        await database.aclose()

    async def next_start() -> None:
        database = await Database.open(path)
        assert database.salvaged is not None
        assert database.salvaged.why == "database disk image is malformed"
        assert database.salvaged.may_be_missing == 0
        await database.aclose()
        again = await Database.open(path)
        assert again.salvaged is None, "mended once is enough"
        await again.aclose()

    asyncio.run(meets_it())
    asyncio.run(next_start())


@pytest.mark.fault("row 24")
def test_a_sound_file_is_not_salvaged_again_after_a_start_that_was_cut_off(path, monkeypatch):
    """The damage was found while the last run read; the power went when the new file had just taken its place."""

    def cut_off(*args: object) -> Salvage:
        bring_back(*args)
        raise RuntimeError("the power went")

    async def first() -> None:
        async with bench(path, deliver=False) as till:
            await till.put(sale("A"))

    async def cut_off_start() -> None:
        with pytest.raises(RuntimeError):
            await Database.open(path)

    async def scene() -> None:
        async with bench(path, deliver=False) as till:
            assert till.db.salvaged is None, "what was whole is doubted once more"
            assert await till.outbox.entry(Ref("A")) is not None

    bring_back = database.bring_back
    run(first)
    Path(f"{path}.doubted").write_text("a page could not be read", "utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(database, "bring_back", cut_off)
        run(cut_off_start)
    run(scene)
