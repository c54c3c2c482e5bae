"""Faults 24: the first page or the schema is damaged, and there is no backup: nothing is lost by it."""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path

import apsw
import pytest
from outbox_bench import START, Clock, Server, bench, run, sale

from pos_app.outbox import Backups, Database, Facts, Journal, Salvage, StoredSale
from pos_app.outbox.checksums import checksum_vfs, page_checksum

pytestmark = pytest.mark.log_warnings  # each of these starts says that its file was damaged

ENTRIES = 400
PAGE = 4096


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day's file, closed in good order: some hundred entries, with what the till keeps beside them."""
    path = tmp_path_factory.mktemp("day") / "till.db"
    clock = Clock()

    async def scene() -> None:
        async with bench(path, clock, deliver=False) as till:
            journal, facts = Journal(till.db, clock=clock.wall), Facts(till.db, clock=clock.wall)
            for n in range(ENTRIES):
                one = sale(f"D{n}", f"C-{n % 50}", 100 + n)
                await till.outbox.put(
                    one, StoredSale(one.ref, START, {"ref": one.ref, "bill": 100 + n, "note": "x" * 300})
                )
                await journal.note("Ann", "sale", one.ref, {"n": n})
                await facts.keep(f"customer:C-{n % 50}", {"n": n})
            await facts.keep("open_sale", {"ref": None, "bill_minor": 5})

    run(scene)
    return path


@pytest.fixture
def path(tmp_path: Path, day: Path) -> Path:
    shutil.copytree(day.parent, tmp_path / "data")
    return tmp_path / "data" / "till.db"


def schema_pages(path: Path) -> list[int]:
    db = apsw.Connection(str(path))
    try:
        return [row[0] for row in db.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema' ORDER BY pageno")]
    finally:
        db.close()


def contents(path: Path) -> dict[str, list[tuple]]:
    tables = {"outbox": "id", "sales": "ref", "facts": "key", "journal": "id"}
    db = apsw.Connection(str(path))
    try:
        return {
            name: db.execute(f"SELECT * FROM {name} ORDER BY {key}").fetchall()  # noqa: S608
            for name, key in tables.items()
        }
    finally:
        db.close()


def zero(path: Path, *pages: int) -> None:
    data = bytearray(path.read_bytes())
    for page in pages:
        data[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    path.write_bytes(data)


async def opened(path: Path) -> Salvage:
    database = await Database.open(path)
    await database.aclose()
    assert database.salvaged is not None, "the damage was not noticed"
    return database.salvaged


def nothing_is_lost(path: Path, before: dict[str, list[tuple]]) -> None:
    told = asyncio.run(opened(path))
    assert (told.may_be_missing, told.is_uncertain) == (0, False)
    assert told.came_back == sum(len(rows) for rows in before.values())
    after = contents(path)
    after["facts"] = [row for row in after["facts"] if row[0] != "salvage"]
    after["journal"] = [row for row in after["journal"] if row[3] != "data file salvaged"]
    assert after == before
    assert not list(path.parent.glob("*.mending*")), "the copy was left behind"


@pytest.mark.fault("row 24")
def test_without_its_first_page_and_a_backup_everything_comes_back(path):
    before = contents(path)
    zero(path, 1)
    nothing_is_lost(path, before)


@pytest.mark.fault("row 24")
def test_without_any_page_of_the_schema_everything_comes_back(path):
    before, pages = contents(path), schema_pages(path)
    assert len(pages) > 2
    zero(path, *pages)
    nothing_is_lost(path, before)


@pytest.mark.fault("row 24")
@pytest.mark.timeout(90)
def test_a_flipped_bit_in_the_words_of_the_schema_costs_no_table(tmp_path, path):
    before, pages = contents(path), schema_pages(path)
    data, rng = path.read_bytes(), random.Random(3)
    for number in range(12):
        copy = tmp_path / f"copy{number}" / "till.db"
        shutil.copytree(path.parent, copy.parent)
        bad = bytearray(data)
        page = rng.choice(pages)
        words = [at for at in range((page - 1) * PAGE + 600, page * PAGE - 8) if bad[at]]
        bad[rng.choice(words)] ^= 1 << rng.randrange(7)
        copy.write_bytes(bad)
        nothing_is_lost(copy, before)


@pytest.mark.parametrize("frame", ["gone", "spoilt", "of another size"])
def test_without_a_good_frame_beside_it_a_backup_has_one(path, frame):
    async def scene() -> None:
        database = await Database.open(path)
        assert not (await Backups(database).back_up()).trouble
        await Journal(database).note("Ann", "later")
        await database.aclose()

    asyncio.run(scene())
    before = contents(path)
    kept = path.with_name("till.db.frame")
    if frame == "gone":
        kept.unlink()
    else:
        text = kept.read_text()
        kept.write_text(text.replace("4096", "8192") if frame == "of another size" else text[:-40])
    zero(path, 1)
    nothing_is_lost(path, before)


@pytest.mark.fault("row 24")
@pytest.mark.parametrize("gone", ["first page", "root of the queue", "both"])
def test_with_neither_the_entries_and_sales_still_come_back_from_their_own_pages(path, gone):
    """Only the journal and what was last known hang on the first page then."""
    before = contents(path)
    path.with_name("till.db.frame").unlink()
    zero(path, *({"first page": (1,), "root of the queue": (2,), "both": (1, 2)}[gone]))
    told = asyncio.run(opened(path))
    after = contents(path)
    assert [row[:2] for row in after["outbox"]] == [row[:2] for row in before["outbox"]]
    assert after["sales"] == before["sales"]
    assert told.may_be_missing == (0 if gone == "root of the queue" else ENTRIES)
    assert told.is_uncertain is (gone != "root of the queue")
    assert {row[9] for row in after["outbox"]} == {"checking"}, "they may have been sent since"


def test_what_waits_is_sent_once_after_the_first_page_was_lost(path):
    zero(path, 1)
    clock = Clock()
    server = Server(clock)

    async def scene() -> None:
        async with bench(path, clock, server) as till:
            await till.pass_s(120)
            assert (await till.outbox.backlog()).waiting == 0

    run(scene)
    assert sorted(server.effects) == sorted(f"D{n}" for n in range(ENTRIES))
    assert {len(at) for at in server.effects.values()} == {1}


def test_the_frame_is_written_once_and_keeps_the_lock(path):
    kept = path.with_name("till.db.frame")
    written = kept.stat().st_mtime_ns, kept.read_bytes()

    async def scene() -> None:
        database = await Database.open(path)
        await Journal(database).note("Ann", "more")
        await database.aclose()

    asyncio.run(scene())
    assert (kept.stat().st_mtime_ns, kept.read_bytes()) == written


@pytest.mark.skipif(checksum_vfs() is None, reason="there are no checksums here")
def test_the_checksum_of_a_page_is_the_one_of_sqlite(path):
    data = path.read_bytes()
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    assert all(page_checksum(page) == page[-8:] for page in pages)
