"""Faults 26: data files as earlier programs wrote them, with a queue in every state, brought up to date.

`old/version-N.db` is a file of the program that wrote version N: entries done, refused, waiting, sending, checking and
with a person, holds, a journal, facts and sales.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import apsw
import pytest
from outbox_bench import Clock, Server, bench, run

from pos_app.domain.codes import Ref
from pos_app.domain.entries import EntryState
from pos_app.outbox import Database, probe, verify
from pos_app.outbox.checksums import RESERVED, bad_pages
from pos_app.outbox.schema import MIGRATIONS
from pos_app.outbox.seals import seal

OLD = Path(__file__).with_name("old")
ATTENTION, DONE, REFUSED = EntryState.ATTENTION, EntryState.DONE, EntryState.REFUSED
TABLES = ("outbox", "holds", "journal", "facts", "sales")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "till.db"
    shutil.copyfile(OLD / "version-2.db", found)
    return found


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the tables of version 2 hold, in the columns of version 2."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    old = apsw.Connection(str(OLD / "version-2.db"), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        held = {}
        for table in TABLES:
            names = ", ".join(str(row[1]) for row in old.execute(f"PRAGMA table_info({table})"))
            query = f"SELECT {names} FROM {table} ORDER BY 1"  # noqa: S608 - the names are the schema's
            held[table] = db.execute(query).fetchall()
        return held
    finally:
        db.close()
        old.close()


async def _open_and_close(path: Path) -> None:
    database = await Database.open(path)
    assert database.salvaged is None
    await database.aclose()


@pytest.mark.fault("FM-20", "row 26")
def test_nothing_is_lost_and_everything_is_sealed_and_chained(path):
    before = contents(path)
    original = path.read_bytes()
    assert [len(rows) for rows in before.values()] == [32, 1, 3, 2, 21]
    asyncio.run(_open_and_close(path))
    assert contents(path) == before
    assert contents(path.with_name("till.db.v2")) == before
    assert verify(path).lines == 3
    assert verify(path).is_sound
    assert path.read_bytes()[20] == RESERVED
    assert bad_pages(path) == []
    assert original[20] == 0, "the old file had checksums already: it proves nothing"
    db = apsw.Connection(str(path))
    query = "SELECT ref, kind, body, amount_minor, seal FROM outbox"
    assert all(seal(*row[:4]) == row[4] for row in db.execute(query))
    assert db.pragma("user_version") == len(MIGRATIONS)
    db.close()
    assert all(level == "ok" for level, what, _ in probe(path) if "need a person" not in what)


@pytest.mark.fault("FM-20", "row 26")
def test_its_queue_goes_on_where_it_stood(path):
    clock = Clock()
    server = Server(clock)
    server.effects[Ref("S1")].append(clock.now_s)  # it had taken effect when that till ended
    server.effects[Ref("Q1")].append(clock.now_s)

    async def scene() -> None:
        async with bench(path, clock, server) as till:
            await till.pass_s(300)
            assert await till.state("P1") is ATTENTION
            assert await till.state("X1") is REFUSED
            refs = ["S1", "S2", "Q1", *(f"W{n}" for n in range(9))]
            assert [await till.state(ref) for ref in refs] == [DONE] * 12
            assert {ref: len(at) for ref, at in server.effects.items()} == dict.fromkeys(refs, 1)

    run(scene)


@pytest.mark.fault("FM-20", "row 26")
def test_a_migration_that_fails_leaves_the_old_file_as_it_was(path, monkeypatch):
    """The copy is made, every step is taken back, and the next program that can do it starts from the same file."""
    before = contents(path)
    broken = (*MIGRATIONS, "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)")
    monkeypatch.setattr("pos_app.outbox.opening.MIGRATIONS", broken)
    with pytest.raises(apsw.SQLError):
        asyncio.run(_open_and_close(path))
    monkeypatch.undo()
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    assert db.pragma("user_version") == 2
    assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name IN ('half', 'meta')").get == 0
    db.close()
    assert contents(path) == before
    assert contents(path.with_name("till.db.v2")) == before
    asyncio.run(_open_and_close(path))
    assert contents(path) == before


@pytest.mark.log_warnings("is damaged", "came back")
def test_a_damaged_old_file_is_salvaged_into_a_new_one(path):
    """What an older file has no seal or chain for is sealed and chained on the way."""
    before = contents(path)
    data = bytearray(path.read_bytes())
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    query = "SELECT pageno FROM dbstat WHERE name = 'sales' AND pagetype = 'leaf' ORDER BY path LIMIT 1"
    page = db.execute(query).get
    db.close()
    data[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(data)

    async def scene() -> None:
        database = await Database.open(path)
        assert database.salvaged is not None
        assert (database.salvaged.may_be_missing, database.salvaged.is_uncertain) == (21, False)
        await database.aclose()

    asyncio.run(scene())
    after = contents(path)
    assert [row[1:10] for row in after["outbox"]] == [row[1:10] for row in before["outbox"]]
    assert after["journal"][:3] == before["journal"]
    assert verify(path).is_sound
