"""Every page has a checksum, where the extension is; where it is not the till works and says so."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import apsw
import apsw.sqlite_extra
import pytest
from outbox_bench import bench, run, sale

from pos_app.outbox import Database, probe, wal
from pos_app.outbox.checksums import RESERVED, bad_pages, checksum_vfs, connect
from pos_app.outbox.disk import StorageError, named


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def fill(path: Path, count: int = 60) -> bytes:
    async def scene() -> None:
        async with bench(path, deliver=False) as till:
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(count)))

    run(scene)
    return path.read_bytes()


def test_the_extension_is_here_and_nobody_elses_files_go_through_it():
    assert checksum_vfs() == "cksmvfs"
    assert apsw.vfs_names()[0] != "cksmvfs"
    assert apsw.sqlite_extra.has("cksumvfs") == "extension"


@pytest.mark.fault("row 24")
def test_any_flipped_bit_is_noticed(path):
    """Also those of the first hundred bytes, which tell how a file is to be read. Faults 24; M11 without: half."""
    data = fill(path)
    assert data[20] == RESERVED
    rng = random.Random(11)
    places = [*range(800), *(rng.randrange(len(data) * 8) for _ in range(400))]
    unnoticed = []
    for bit in places:
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bad)
        if not _is_noticed(path):
            unnoticed.append(bit)
    assert unnoticed == []


def _is_noticed(path: Path) -> bool:
    connection = None
    try:
        with named():
            connection = connect(path)
            connection.pragma("user_version")
            return connection.execute("PRAGMA quick_check(1)").get != "ok"
    except StorageError as exc:
        return exc.problem == "DISK-03"
    finally:
        if connection is not None:
            connection.close()


def test_a_missing_extension_is_a_warning_and_no_obstacle(path, monkeypatch):
    def missing(db: apsw.Connection, extension: str) -> None:
        raise apsw.sqlite_extra.NotAvailable(extension)

    monkeypatch.setattr(apsw.sqlite_extra, "load", missing)
    checksum_vfs.cache_clear()
    try:
        data = fill(path)
        assert data[20] == 0
        assert any(level == "warn" and "checksum extension is missing" in what for level, what, _ in probe(path))
        assert bad_pages(path) == []
    finally:
        monkeypatch.undo()
        checksum_vfs.cache_clear()
    # With the extension back the same file gets its checksums, and nothing of it is taken for damaged.
    fill(path, 0)
    assert path.read_bytes()[20] == RESERVED
    assert bad_pages(path) == []
    assert not any(level != "ok" for level, *_ in probe(path))


@pytest.mark.log_warnings("is damaged", "came back")
def test_a_file_with_checksums_is_served_without_the_extension_and_again_with_it(path, monkeypatch):
    """The pages that were written meanwhile have stale checksums: salvaged, nothing of it missing."""
    fill(path, 5)

    async def write(expected: int) -> Database:
        database = await Database.open(path)
        count = await database.call(lambda db: db.execute("SELECT count(*) FROM outbox").get)
        assert count == expected
        await database.aclose()
        return database

    def missing(db: apsw.Connection, extension: str) -> None:
        raise apsw.sqlite_extra.NotAvailable(extension)

    monkeypatch.setattr(apsw.sqlite_extra, "load", missing)
    checksum_vfs.cache_clear()
    try:

        async def more() -> None:
            async with bench(path, deliver=False) as till:
                await till.put(sale("B1"), sale("B2"))

        run(more)
    finally:
        monkeypatch.undo()
        checksum_vfs.cache_clear()
    assert asyncio.run(write(7)) is not None


# ---------------------------------------------------------------- the log


def log_of(path: Path) -> bytes:
    return Path(f"{path}-wal").read_bytes()


def killed(path: Path) -> bytes:
    """The log of a till that was killed."""
    kept = b""

    async def scene() -> None:
        nonlocal kept
        async with bench(path, deliver=False) as till:
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(12)))
            kept = log_of(path)

    run(scene)
    return kept


def test_a_spoilt_log_is_told_from_a_torn_end(path):
    log = killed(path)
    spoilt = path.with_name("spoilt-wal")
    frames = (len(log) - 32) // 4120
    assert frames > 40
    spoilt.write_bytes(log)
    assert wal.damage(spoilt) == ""
    assert wal.damage(path.with_name("nothing-wal")) == ""
    for cut in (0, 32, 33, 4000, 32 + 4120 * 7, len(log) - 1, len(log) - 5000):
        spoilt.write_bytes(log[:cut])
        assert wal.damage(spoilt) == "", "a torn end is no damage"
    for place in (5, 40, 32 + 24 + 100, 32 + 4120 * 9 + 30, 32 + 4120 * (frames // 2)):
        bad = bytearray(log)
        bad[place] ^= 4
        spoilt.write_bytes(bad)
        assert "spoilt" in wal.damage(spoilt), place
    bad = bytearray(log)
    bad[-100] ^= 4  # the last transaction: not to be told from one that was never acknowledged
    spoilt.write_bytes(bad)
    assert wal.damage(spoilt) == ""
