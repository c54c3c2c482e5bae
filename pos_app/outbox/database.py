"""One SQLite connection on one thread: the only place where the till's data file is opened.

What waits for the thread at the same time is committed together: one flush of the disk for all of it. The file is in
WAL mode with `synchronous=FULL`, so that a commit which has returned survives a power cut,
and locked exclusively, so that two programs never work on one queue. The operating system drops the lock
when a program dies. Never open the file with plain `open()` in this process: on POSIX, closing it would drop
the lock.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import apsw

from pos_app.outbox.ballast import Ballast
from pos_app.outbox.disk import THREAD, StorageError, assert_thread, beside, named, transaction
from pos_app.outbox.opening import close_file, open_file
from pos_app.outbox.salvage import Salvage, alone, bring_back, finish_what_was_cut_off

__all__ = ["THREAD", "Database", "Salvage", "StorageError", "assert_thread", "named", "transaction"]

log = logging.getLogger(__name__)

T = TypeVar("T")
P = ParamSpec("P")

MOST_TOGETHER = 16


@dataclass(eq=False)
class _Job:
    """What one caller wants done in a transaction, and what came of it. `is_new`: see `submit_new`."""

    do: Callable[[apsw.Connection], Any]
    is_new: bool
    is_done: bool = False
    result: Any = None


class Database:
    """The till's data file, and the one thread that may touch it.

    Errors: StorageError.   Thread: any for the methods; what is given to `call` runs on "outbox".
    """

    def __init__(self, path: Path, *, is_till: bool = True) -> None:
        self.path = path
        self._is_till = is_till
        self._doubted = beside(path, ".doubted")
        self.salvaged: Salvage | None = None
        self._ballast = Ballast(path)
        self._connection: apsw.Connection | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, initializer=_name_thread)
        self._jobs: deque[_Job] = deque()

    @classmethod
    async def open(cls, path: Path, *, is_till: bool = True) -> Database:
        """Open or make the file, check it, and bring it to this program's version.

        A damaged file is set aside, and what can be read of it is brought into a new one: `salvaged` says so. Only
        the till does that (`is_till`), where somebody sees it; for everybody else a damaged file is DISK-03.
        Errors: StorageError: DISK-01 full, DISK-02 cannot be opened, DISK-03 damaged and not to be salvaged,
        DISK-04 newer than this program, DISK-05 in use by another program.
        """
        database = cls(path, is_till=is_till)
        try:
            await asyncio.shield(database.on_thread(database._open))
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
        return self._hand_over(partial(_called, fn, args, kwargs), is_new=False)

    def submit_new(
        self, fn: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[T]:
        """Like `submit`, for what is new: refused with DISK-01 while the disk has room only for what is under way."""
        return self._hand_over(partial(_called, fn, args, kwargs), is_new=True)

    async def call_new(self, fn: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `call`, for what is new (see `submit_new`)."""
        return await asyncio.shield(self.submit_new(fn, *args, **kwargs))

    async def outside(self, fn: Callable[[apsw.Connection], T]) -> T:
        """Run `fn` on the thread outside of any transaction, for a copy that goes on over several calls."""
        return await asyncio.shield(self.on_thread(lambda: self._run_outside(fn)))

    async def aclose(self) -> None:
        """Finish what was handed over, close the file, end the thread. A second call does nothing."""
        try:
            closing = self.on_thread(self._close)
        except RuntimeError:  # the executor has been shut down already
            return
        try:
            await asyncio.shield(closing)
        except BaseException:
            self._executor.shutdown(wait=False)
            raise
        self._executor.shutdown()

    def on_thread(self, fn: Callable[[], T]) -> asyncio.Future[T]:
        """Run `fn` on the thread; without a connection, a transaction or our words for errors. Never cancel it."""
        return asyncio.get_running_loop().run_in_executor(self._executor, fn)

    def _hand_over(self, do: Callable[[apsw.Connection], Any], *, is_new: bool) -> asyncio.Future[Any]:
        job = _Job(do, is_new)
        self._jobs.append(job)
        return self.on_thread(lambda: self._turn(job))

    def _turn(self, job: _Job) -> Any:
        """A job's own turn on the thread: it may have been done in the turn of one before it, else it is the first."""
        if job.is_done:
            return job.result
        jobs = list(islice(self._jobs, MOST_TOGETHER))
        if len(jobs) > 1 and self._do_together(jobs):
            for one in jobs:
                self._jobs.remove(one)
                one.is_done = True
            return job.result
        self._jobs.remove(job)  # the others have turns of their own
        return self._do_alone(job)

    def _do_together(self, jobs: list[_Job]) -> bool:
        """One commit for all. False when that fails: then nothing was done, and each is tried alone.

        So it is also when the commit itself failed: its pages are no part of the file then, and the next ones take
        their place in the log.
        """
        if any(job.is_new for job in jobs) and not self._ballast.has_room():
            return False
        connection, are_done = self._open_connection(), False
        with suppress(Exception):  # whoever is at fault meets it again, alone
            with named(connection), transaction(connection):
                for job in jobs:
                    job.result = job.do(connection)
            are_done = True
        return are_done

    def _do_alone(self, job: _Job) -> Any:
        if job.is_new and not self._ballast.has_room():
            raise StorageError("DISK-01", "what room is left is kept for what is under way")
        connection = self._open_connection()
        try:
            with named(connection), transaction(connection):
                return job.do(connection)
        except StorageError as exc:
            self._learn(exc)
            raise

    def _learn(self, exc: StorageError) -> None:
        """What an error says of the disk or the file."""
        if exc.problem == "DISK-01":
            self._make_room(self._open_connection())
        elif exc.problem == "DISK-03":
            self._doubt_it(exc.detail)

    def _doubt_it(self, detail: str) -> None:
        """Opening found nothing wrong, and yet a page cannot be read: the next start must not trust the check alone."""
        try:
            self._doubted.write_text(detail, "utf-8")
        except OSError as exc:
            log.warning("the next start cannot be told of the damage: %s", exc)

    def _run_outside(self, fn: Callable[[apsw.Connection], T]) -> T:
        connection = self._open_connection()
        with named(connection):
            return fn(connection)

    def _open_connection(self) -> apsw.Connection:
        assert_thread()
        if self._connection is None:
            raise RuntimeError("the database is closed")
        return self._connection

    def _make_room(self, connection: apsw.Connection) -> None:
        """The disk is full: let the ballast go, and begin the log again in the space that it has."""
        self._ballast.let_go()
        with suppress(apsw.Error):  # there may be no room for this either; the next try is the caller's
            connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _open(self) -> None:
        assert_thread()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StorageError("DISK-02", str(exc)) from exc
        finish_what_was_cut_off(self.path)
        try:
            self._connection = self._open_file()
            if self._is_till and self._doubted.exists():
                self._close()
                raise StorageError("DISK-03", "a page could not be read in the last run")
        except StorageError as exc:
            if exc.problem != "DISK-03" or not self._is_till:
                raise
            with alone(self.path):
                self._connection = self._salvage()
        self._ballast.has_room()

    def _salvage(self) -> apsw.Connection:
        """Nobody else salvages now; somebody may have, so the file is judged once more."""
        try:
            connection = open_file(self.path)
            if not self._doubted.exists():
                return connection
            close_file(connection, self.path)
            raise StorageError("DISK-03", self._doubted.read_text("utf-8"))
        except StorageError as exc:
            if exc.problem != "DISK-03":
                raise
            log.warning("the data file is damaged: %s", exc.detail)
            self.salvaged = bring_back(self.path, exc.detail)
        return open_file(self.path)

    def _open_file(self) -> apsw.Connection:
        try:
            return open_file(self.path)
        except StorageError as exc:
            if exc.problem != "DISK-01" or not self._ballast.let_go():
                raise
        return open_file(self.path)

    def _close(self) -> None:
        assert_thread()
        connection, self._connection = self._connection, None
        if connection is not None:
            close_file(connection, self.path)


def _called(fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], connection: apsw.Connection) -> T:
    return fn(connection, *args, **kwargs)


def _name_thread() -> None:
    threading.current_thread().name = THREAD
