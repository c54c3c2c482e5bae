"""Opening the till's data file: locked, judged, brought to this program's version, with a checksum on every page.

Until all of that has gone well nothing of the file is changed, so that a damaged one can be set aside as it was.
"""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

import apsw
from msgspec.structs import replace

from pos_app.outbox import copies, mending, meta, wal
from pos_app.outbox.checksums import RESERVED, connect, wanted_reserve
from pos_app.outbox.disk import StorageError, assert_thread, beside, named, transaction
from pos_app.outbox.schema import MIGRATIONS, SEALED_FROM
from pos_app.outbox.seals import teach

log = logging.getLogger(__name__)

OPEN_TIMEOUT_MS = 2000
"""How long opening waits for a predecessor that is just closing, or for a probe."""


def open_file(path: Path) -> apsw.Connection:
    """Open or make the data file.

    Errors: StorageError: DISK-01 full, DISK-02 cannot be opened, DISK-03 damaged (then it was not changed),
    DISK-04 newer than this program, DISK-05 in use by another program.
    """
    assert_thread()
    _refuse_an_empty_file_with_a_past(path)
    connection = _opened(path)
    try:
        with named(connection):
            _lock(connection)
            _judge_log(path)
            _check(connection, had_log=_has_log(path))
            _refuse_an_older_state(connection, path)
            _prepare(connection)
            _migrate(connection, path)
            if _switch_checksums_on(connection):
                # The checksum VFS learns of a changed page layout when it opens the file.
                connection.close()
                connection = _opened(path)
                _lock(connection)
                _prepare(connection)
            _mark_open(connection, path)
            mending.keep(connection, path)
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    except BaseException:
        connection.close()
        raise
    return connection


def close_file(connection: apsw.Connection, path: Path) -> None:
    """Close the file in good order, its log folded in; or leave the log where it is when that cannot be written."""
    assert_thread()
    try:
        with named(connection), transaction(connection):
            meta.write(connection, "run", "closed")
        known = meta.heads(connection)
    except StorageError as exc:
        log.info("the data file is left with its log: %s", exc)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    else:
        meta.keep_heads(path, known)
    connection.close()


def make_schema(connection: apsw.Connection) -> None:
    """Make every table of this program's version inside the caller's transaction."""
    teach(connection)
    for number in range(connection.pragma("user_version"), len(MIGRATIONS)):
        connection.execute(MIGRATIONS[number])
    connection.pragma("user_version", len(MIGRATIONS))


def _refuse_an_empty_file_with_a_past(path: Path) -> None:
    """SQLite would take an empty file for a new one, and drop the log beside it."""
    try:
        if path.exists() and path.stat().st_size:
            return
        has_past = _has_log(path) or copies.newest_first(path) or meta.kept_heads(path) != meta.Heads()
    except OSError as exc:
        raise StorageError("DISK-02", str(exc)) from exc
    if has_past:
        raise StorageError("DISK-03", "the file is gone or empty, and it was not always so")


def _judge_log(path: Path) -> None:
    """Refuse a log that SQLite would take as the shorter one that it seems. Only under the lock: a till writes it."""
    try:
        trouble = wal.damage(beside(path, "-wal"))
    except OSError as exc:
        raise StorageError("DISK-02", str(exc)) from exc
    if trouble:
        raise StorageError("DISK-03", trouble)


def _has_log(path: Path) -> bool:
    log_file = beside(path, "-wal")
    return log_file.exists() and log_file.stat().st_size > wal.HEADER_BYTES


def _opened(path: Path) -> apsw.Connection:
    is_new = not path.exists() or not path.stat().st_size
    with named():
        connection = connect(path)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    if is_new:
        connection.reserve_bytes(reserve=wanted_reserve())
    return connection


def _lock(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(OPEN_TIMEOUT_MS)
    connection.pragma("locking_mode", "EXCLUSIVE")
    try:
        connection.execute("BEGIN EXCLUSIVE; COMMIT")
    except apsw.BusyError as exc:
        raise StorageError("DISK-05", str(exc)) from exc


def _check(connection: apsw.Connection, *, had_log: bool) -> None:
    version = connection.pragma("user_version")
    if version > len(MIGRATIONS):
        raise StorageError("DISK-04", f"version {version}, this program knows {len(MIGRATIONS)}")
    had_no_end = version >= SEALED_FROM and _ended_badly(connection)
    # Indexes that do not belong to their table are seen by the slow check alone; a till that met them has died of it.
    verdict = connection.execute(f"PRAGMA {'integrity_check' if had_no_end else 'quick_check'}(1)").get
    if verdict != "ok":
        raise StorageError("DISK-03", str(verdict))
    if version < SEALED_FROM:
        return
    if meta.read(connection, "checksums") == "on" and connection.reserve_bytes() != RESERVED:
        raise StorageError("DISK-03", "the checksums of the pages are gone")
    if had_no_end and not had_log:
        raise StorageError("DISK-03", "the log of the last run is missing")


def _ended_badly(connection: apsw.Connection) -> bool:
    return meta.read(connection, "run") == "open"


def _refuse_an_older_state(connection: apsw.Connection, path: Path) -> None:
    """A file, or a log, that was put back from earlier: what waits in it may have been sent since."""
    if connection.pragma("user_version") < SEALED_FROM:
        return
    here, known = meta.heads(connection), meta.kept_heads(path)
    if here.is_behind(known):
        detail = f"{here.outbox} entries and {here.journal} journal lines, it was {known.outbox} and {known.journal}"
        raise StorageError("DISK-03", f"the file or its log is another one than it was: {detail}")


def _prepare(connection: apsw.Connection) -> None:
    mode = connection.pragma("journal_mode", "WAL")
    if mode != "wal":
        raise StorageError("DISK-02", f"the file system allows only journal mode {mode}")
    connection.pragma("synchronous", "FULL")
    connection.pragma("foreign_keys", True)


def _migrate(connection: apsw.Connection, path: Path) -> None:
    """Bring the file to this program's version in one transaction; an older file is copied first."""
    version = connection.pragma("user_version")
    if version == len(MIGRATIONS):
        return
    if version:
        copies.copy(connection, beside(path, f".v{version}"))
    with transaction(connection):
        make_schema(connection)
    log.info("the data file is now version %d", len(MIGRATIONS))


def _switch_checksums_on(connection: apsw.Connection) -> bool:
    """Give every page of an older file its checksum; True when the file has to be opened afresh."""
    if connection.reserve_bytes() == RESERVED or wanted_reserve() != RESERVED:
        return False
    connection.reserve_bytes(reserve=RESERVED)
    try:
        connection.execute("VACUUM")
    except apsw.FullError as exc:
        log.info("the disk has no room to give the pages their checksums: %s", exc)
    else:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        log.info("every page of the data file has a checksum now")
    return True


def _mark_open(connection: apsw.Connection, path: Path) -> None:
    """Say in the main file that a till has it: if its log is gone at the next start, that was no good end.

    Each run has a name, in the file and beside it, and the log begins with it: so the log of another run, or a file
    that was put back, is noticed. The two are never written at once, so beside the file both names stand for a while.
    """
    known = meta.heads(connection)
    run_id = secrets.token_hex(8)
    if not meta.keep_heads(path, replace(known, runs=(*known.runs, run_id))):
        run_id = known.runs[0]
    _write_mark(connection, run_id)
    connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    _write_mark(connection, run_id)
    meta.keep_heads(path, meta.heads(connection))


def _write_mark(connection: apsw.Connection, run_id: str) -> None:
    with transaction(connection):
        meta.write(connection, "run", "open")
        meta.write(connection, "checksums", "on" if connection.reserve_bytes() == RESERVED else "off")
        meta.write(connection, "run_id", run_id)
