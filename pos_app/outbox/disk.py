"""What the disk and SQLite may say, as our own error; the one thread; the transaction."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

THREAD = "outbox"

# What the operating system calls a full disk: ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows.
FULL = {39, 112} if sys.platform == "win32" else {errno.ENOSPC, errno.EDQUOT}

_CANNOT_WRITE = (
    apsw.IOError,
    apsw.ReadOnlyError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.CantOpenError,
    apsw.PermissionsError,
    apsw.ProtocolError,
)
# A page whose checksum does not fit, and what else means that the file is not what was written.
_SPOILT = (apsw.SQLITE_IOERR_DATA, apsw.SQLITE_IOERR_CORRUPTFS, apsw.SQLITE_IOERR_SHORT_READ)


class StorageError(Exception):
    """The till's disk or data file is at fault: a sentence for the shop, not a bug.

    `problem` is the support code (DISK-01 to DISK-05), `detail` SQLite's own words for the log.
    """

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(f"{problem}: {detail}")
        self.problem = problem
        self.detail = detail


def assert_thread() -> None:
    """Refuse to go on anywhere but on the database's thread.

    Errors: RuntimeError.   Thread: outbox.
    """
    name = threading.current_thread().name
    if name != THREAD:
        raise RuntimeError(f"the database was touched on thread {name!r}")


def is_damage(exc: apsw.Error) -> bool:
    """Tell whether SQLite found the file damaged, rather than the disk unwilling."""
    if isinstance(exc, apsw.IOError):
        return getattr(exc, "extendedresult", 0) in _SPOILT
    return isinstance(exc, apsw.CorruptError | apsw.NotADBError)


@contextmanager
def named(connection: apsw.Connection | None = None) -> Iterator[None]:
    """Turn what SQLite says of the disk or the file into a StorageError; other errors are bugs and pass."""
    try:
        yield
    except apsw.FullError as exc:
        raise StorageError("DISK-01", str(exc)) from exc
    except (apsw.CorruptError, apsw.NotADBError) as exc:
        raise StorageError("DISK-03", str(exc)) from exc
    except _CANNOT_WRITE as exc:
        if is_damage(exc):
            raise StorageError("DISK-03", f"the checksum of a page does not fit ({exc})") from exc
        is_full = connection is not None and connection.system_errno in FULL
        raise StorageError("DISK-01" if is_full else "DISK-02", str(exc)) from exc


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commit what is done inside, or take all of it back."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        # SQLite may have rolled back by itself (disk full); otherwise a failed block ends here.
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def beside(path: Path, suffix: str) -> Path:
    """The file of that name beside the data file."""
    return path.with_name(path.name + suffix)


def make_durable(path: Path) -> None:
    """Bring a whole file or, where the system can, a folder's names to the disk. Errors: OSError."""
    if path.is_dir() and sys.platform == "win32":
        return  # NTFS keeps its names by itself; a folder cannot be opened there
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
