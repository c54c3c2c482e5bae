"""The daily backup: copied in slices between the sales, proved whole, the newest seven kept.

The pages are read through the till's own connection, so each is checked by its checksum on the way; the copy is then
made durable and judged (every checksum, `integrity_check`) on a thread of its own, because neither can be done in
slices. What holds of the copy holds of the file: they are the same pages.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import apsw
from msgspec import Struct, to_builtins

from pos_app.outbox import copies, meta
from pos_app.outbox.ballast import LEAST_FREE_BYTES
from pos_app.outbox.checksums import bad_pages, connect
from pos_app.outbox.database import Database
from pos_app.outbox.disk import StorageError, beside, make_durable

log = logging.getLogger(__name__)

KEPT = 7
SLICE_PAGES = 64
PAUSE_S = 0.002
"""Between two slices: whoever waits for the database thread has it then."""
FIRST_AFTER_S, LOOK_AGAIN_S = 60.0, 3600.0
END_WITHIN_S = 2.0


class BackupReport(Struct, frozen=True):
    """How a backup went. `trouble` "" when it is good; `name` is its file in `backup/`. `at` ISO 8601 UTC."""

    at: str
    name: str = ""
    pages: int = 0
    trouble: str = ""


class Backups:
    """The backups of one data file.   Thread: main (one event loop)."""

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = db
        self._clock = clock

    async def tend(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Back up once a UTC day, for ever, until cancelled; a backup that failed is tried again within the hour."""
        await sleep(FIRST_AFTER_S)
        while True:
            known = copies.newest_first(self._db.path)
            if not known or copies.day(known[0]) < f"{self._clock():%Y-%m-%d}":
                await self.back_up()
            await sleep(LOOK_AGAIN_S)

    async def back_up(self) -> BackupReport:
        """Make one backup now and tell how it went, also in the log and in the file. Errors: none of the disk's."""
        at = self._clock()
        try:
            report = await self._made(at)
        except (StorageError, apsw.Error, OSError) as exc:
            report = BackupReport(at.isoformat(), trouble=str(exc)[:300] or type(exc).__name__)
        if report.trouble:
            log.error("the backup failed: %s", report.trouble)
        else:
            log.info("backup %s: %d pages, every one sound", report.name, report.pages)
        try:
            await self._db.call(meta.write, "backup", json.dumps(to_builtins(report)))
        except StorageError as exc:
            log.info("how the backup went could not be written down: %s", exc)
        return report

    async def _made(self, at: datetime) -> BackupReport:
        folder = copies.folder(self._db.path)
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / "unfinished.new"
        _remove(draft)
        pages = await self._copy(draft)
        judge = ThreadPoolExecutor(max_workers=1, thread_name_prefix="backup")
        try:
            known = await asyncio.shield(asyncio.get_running_loop().run_in_executor(judge, _judged, draft))
        finally:
            judge.shutdown(wait=False)
        kept = folder / copies.name(at, known)
        draft.replace(kept)
        make_durable(folder)
        for old in copies.newest_first(self._db.path)[KEPT:]:
            _remove(old)
        meta.keep_heads(self._db.path, known)
        return BackupReport(at.isoformat(), kept.name, pages)

    async def _copy(self, draft: Path) -> int:
        running = await self._db.outside(lambda connection: _Copying(connection, draft))
        try:
            is_done = False
            while not is_done:
                is_done = await self._db.outside(lambda connection: running.step())
                await asyncio.sleep(PAUSE_S)
        finally:
            await asyncio.shield(self._db.on_thread(running.end))
        return running.pages


@asynccontextmanager
async def tended(path: Path) -> AsyncIterator[Database]:
    """The till's data file with its daily backups, both closed in good order. Errors: as `Database.open`."""
    database = await Database.open(path)
    try:
        tending = asyncio.create_task(Backups(database).tend(), name="backups")
        try:
            yield database
        finally:
            tending.cancel()
            await asyncio.wait([tending], timeout=END_WITHIN_S)
    finally:
        await database.aclose()


class _Copying:
    """A copy under way. Thread: outbox."""

    def __init__(self, source: apsw.Connection, draft: Path) -> None:
        size = source.pragma("page_count") * source.pragma("page_size")
        if shutil.disk_usage(draft.parent).free < size + 4 * LEAST_FREE_BYTES:
            raise StorageError("DISK-01", f"a backup of {size // 1_000_000} MB has no room")
        self.pages = 0
        self._target = connect(draft)
        try:
            self._target.pragma("journal_mode", "OFF")  # a draft that is cut off is begun again
            self._target.pragma("synchronous", "OFF")
            # With a first page in place the checksum VFS gives each page that is written a checksum of its own.
            self._target.reserve_bytes(reserve=source.reserve_bytes())
            self._target.pragma("user_version", 1)
            self._backup = self._target.backup("main", source, "main")
        except BaseException:
            self._target.close()
            raise

    def step(self) -> bool:
        self._backup.step(SLICE_PAGES)
        self.pages = self._backup.page_count
        return self._backup.done

    def end(self) -> None:
        self._backup.close(True)
        self._target.close()


def _judged(draft: Path) -> meta.Heads:
    """Make a draft durable and prove it whole; how far it has come. Errors: StorageError DISK-03.   Thread: backup."""
    make_durable(draft)
    spoilt = bad_pages(draft)
    if spoilt:
        raise StorageError("DISK-03", f"the checksum of page {spoilt[0]} does not fit")
    connection = connect(draft)
    try:
        verdict = connection.execute("PRAGMA integrity_check(1)").get
        if verdict != "ok":
            raise StorageError("DISK-03", str(verdict))
        known = meta.heads(connection)
    finally:
        connection.close()
    for suffix in ("-wal", "-shm"):
        beside(draft, suffix).unlink(missing_ok=True)
    return known


def _remove(draft: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        beside(draft, suffix).unlink(missing_ok=True)
