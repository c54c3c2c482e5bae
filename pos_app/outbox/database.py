"""One SQLite connection on one thread: the only place where the till's data file is opened.

The file is in WAL mode with `synchronous=FULL`, so that a commit which has returned survives a power cut,
and locked exclusively, so that two programs never work on one queue. The operating system drops the lock
when a program dies. Never open the file with plain `open()` in this process: on POSIX, closing it would drop
the lock.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import apsw

from pos_app.outbox.schema import MIGRATIONS

log = logging.getLogger(__name__)

T = TypeVar("T")
P = ParamSpec("P")

THREAD = "outbox"
_OPEN_TIMEOUT_MS = 2000
"""How long opening waits for a predecessor that is just closing, or for a probe."""

# What the operating system calls a full disk: ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows.
_FULL = {39, 112} if sys.platform == "win32" else {errno.ENOSPC, errno.EDQUOT}

_CANNOT_WRITE = (
    apsw.IOError,
    apsw.ReadOnlyError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.CantOpenError,
    apsw.PermissionsError,
    apsw.ProtocolError,
)


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


@contextmanager
def named(connection: apsw.Connection | None = None) -> Iterator[None]:
    """Turn what SQLite says of the disk or the file into a StorageError; other errors are bugs and pass."""
    try:
        yield
    except apsw.FullError as exc:
        raise StorageError("DISK-01", str(exc)) from exc
    except _CANNOT_WRITE as exc:
        is_full = connection is not None and connection.system_errno in _FULL
        raise StorageError("DISK-01" if is_full else "DISK-02", str(exc)) from exc
    except (apsw.CorruptError, apsw.NotADBError) as exc:
        raise StorageError("DISK-03", str(exc)) from exc


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


class Database:
    """The till's data file, and the one thread that may touch it.

    Errors: StorageError.   Thread: any for the methods; what is given to `call` runs on "outbox".
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: apsw.Connection | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, initializer=_name_thread)

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Open or make the file, check it, and bring it to this program's version.

        Errors: StorageError: DISK-02 cannot be opened, DISK-03 damaged (the file is left as it is),
        DISK-04 newer than this program, DISK-05 in use by another program.
        """
        database = cls(path)
        try:
            await asyncio.shield(database._submit(database._open))
        except BaseException:
            await database.aclose()
            raise
        return database

    async def call(self, fn: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(connection, ...)` on the thread, in one transaction; return its result once that is durable.

        A cancelled waiter changes nothing: what was handed over is run to its end.
        Errors: StorageError; whatever `fn` raises, after all of it was taken back.
        """
        return await asyncio.shield(self.submit(fn, *args, **kwargs))

    def submit(
        self, fn: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        """Like `call`, for a caller who wants the future (never cancel it)."""
        return self._submit(lambda: self._run(fn, *args, **kwargs))

    async def aclose(self) -> None:
        """Finish what was handed over, close the file, end the thread. A second call does nothing."""
        try:
            closing = self._submit(self._close)
        except RuntimeError:  # the executor has been shut down already
            return
        try:
            await asyncio.shield(closing)
        except BaseException:
            self._executor.shutdown(wait=False)
            raise
        self._executor.shutdown()

    def _submit(self, fn: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, fn)

    def _run(self, fn: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        assert_thread()
        connection = self._connection
        if connection is None:
            raise RuntimeError("the database is closed")
        with named(connection), transaction(connection):
            return fn(connection, *args, **kwargs)

    def _open(self) -> None:
        assert_thread()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StorageError("DISK-02", str(exc)) from exc
        with named():
            connection = apsw.Connection(str(self.path))
        try:
            with named(connection):
                _lock(connection)
                _check(connection)
                _prepare(connection)
                _migrate(connection, self.path)
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _close(self) -> None:
        assert_thread()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _name_thread() -> None:
    threading.current_thread().name = THREAD


def _lock(connection: apsw.Connection) -> None:
    assert_thread()
    connection.set_busy_timeout(_OPEN_TIMEOUT_MS)
    connection.pragma("locking_mode", "EXCLUSIVE")
    try:
        connection.execute("BEGIN EXCLUSIVE; COMMIT")
    except apsw.BusyError as exc:
        raise StorageError("DISK-05", str(exc)) from exc


def _check(connection: apsw.Connection) -> None:
    assert_thread()
    version = connection.pragma("user_version")
    if version > len(MIGRATIONS):
        raise StorageError("DISK-04", f"version {version}, this program knows {len(MIGRATIONS)}")
    verdict = connection.execute("PRAGMA quick_check(1)").get
    if verdict != "ok":
        raise StorageError("DISK-03", str(verdict))


def _prepare(connection: apsw.Connection) -> None:
    assert_thread()
    mode = connection.pragma("journal_mode", "WAL")
    if mode != "wal":
        raise StorageError("DISK-02", f"the file system allows only journal mode {mode}")
    connection.pragma("synchronous", "FULL")
    connection.pragma("foreign_keys", True)


def _migrate(connection: apsw.Connection, path: Path) -> None:
    """Bring the file to this program's version, one transaction per step; an older file is copied first."""
    assert_thread()
    version = connection.pragma("user_version")
    if 0 < version < len(MIGRATIONS):
        _copy(connection, path.with_name(f"{path.name}.v{version}"))
    for number in range(version, len(MIGRATIONS)):
        with transaction(connection):
            connection.execute(MIGRATIONS[number])
            connection.pragma("user_version", number + 1)
        log.info("the data file is now version %d", number + 1)


def _copy(connection: apsw.Connection, target: Path) -> None:
    assert_thread()
    copy = apsw.Connection(str(target))
    try:
        with copy.backup("main", connection, "main") as backup:
            backup.step()
    finally:
        copy.close()
