"""A damaged data file: set aside as it is, and what can be read brought into a new one. Nothing is deleted.

Rows come from the damaged file first; what is missing there from the newest good backup. From a page whose checksum
does not fit a row is taken when it proves itself, by its seal or by its place in the journal's chain; at the very end
also what is merely readable, an entry then for a person to judge, never to be sent. What may have been sent since the
state that was found is looked up before it is sent: it becomes `checking`.

The new file is whole and durable under a name of its own before the first rename, and `finish` goes on where a power
cut ended the renames, so at every moment either the damaged file or the new one stands whole.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import apsw
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from pos_app.outbox import copies, mending, meta, wal
from pos_app.outbox.chain import Line, write_line
from pos_app.outbox.checksums import connect, wanted_reserve
from pos_app.outbox.disk import FULL, StorageError, assert_thread, beside, make_durable, named, transaction
from pos_app.outbox.gathering import Gathering
from pos_app.outbox.opening import make_schema
from pos_app.outbox.schema import SEALED_FROM
from pos_app.outbox.sources import UNREADABLE, Source
from pos_app.outbox.values import to_ms

log = logging.getLogger(__name__)

SALVAGE_FACT = "salvage"
"""The key in `Facts` under which a salvage stands until a person has seen it."""

_PARTS = ("-wal", "-shm", "-journal", "")  # the log first: without it the file would look whole


class Salvage(Struct, frozen=True):
    """What became of a damaged file.

    `may_be_missing` counts the gaps that can be known; with `is_uncertain` more may be missing than that, most likely
    the newest.
    `kept` is the name of the file that was set aside. `at` ISO 8601 UTC.
    """

    at: str
    why: str
    kept: str
    came_back: int
    may_be_missing: int
    is_uncertain: bool
    problem: str = "DISK-07"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the right to move the files of this till about. Errors: StorageError DISK-05 when another program does."""
    with named():
        lock = apsw.Connection(str(beside(path, ".salvage-lock")))
    try:
        with named(lock):
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except apsw.BusyError as exc:
                raise StorageError("DISK-05", "another program is salvaging this file") from exc
        yield
    finally:
        lock.close()


def finish_what_was_cut_off(path: Path) -> None:
    """Put a salvaged file in its place, if a start that was cut off has left one. Errors: StorageError."""
    if _ready(path):
        with alone(path):
            finish(path)


def bring_back(path: Path, why: str) -> Salvage:
    """Set a damaged file aside and start a new one with all that can be read. Only while `alone`.

    Errors: StorageError, when that cannot be done and the damaged file is as it was: DISK-01 for want of room, else
    DISK-03.
    """
    assert_thread()
    now = datetime.now(UTC)
    stamp = f"{now:%Y%m%dT%H%M%S%f}Z"
    draft = beside(path, ".salvaging")
    try:
        for part in (draft, beside(draft, "-journal")):
            part.unlink(missing_ok=True)
        with named():
            salvage = _rebuild(path, draft, Salvage(now.isoformat(), why, f"{path.name}.damaged-{stamp}", 0, 0, False))
        make_durable(draft)
        draft.replace(beside(path, f".salvaged-{stamp}"))
    except (OSError, StorageError) as exc:
        is_full = exc.problem == "DISK-01" if isinstance(exc, StorageError) else exc.errno in FULL
        detail = f"{why}; it could not be salvaged: {exc}"
        raise StorageError("DISK-01" if is_full else "DISK-03", detail) from exc
    finish(path)
    missing = (
        "how many are missing is not known" if salvage.is_uncertain else f"{salvage.may_be_missing} may be missing"
    )
    log.warning("%d rows came back, %s; the damaged file is kept as %s", salvage.came_back, missing, salvage.kept)
    return salvage


def finish(path: Path) -> None:
    """Put a salvaged file in its place, the damaged one aside; does nothing when there is none. Only while `alone`.

    Errors: StorageError DISK-03.
    """
    try:
        for one in _ready(path)[:1]:
            aside = beside(path, f".damaged-{one.name.rpartition('-')[2]}")
            for suffix in _PARTS:
                part, kept = beside(path, suffix), beside(aside, suffix)
                if part.exists() and not kept.exists():
                    part.rename(kept)
            beside(path, ".doubted").unlink(missing_ok=True)  # that was the damaged one; the new one is whole
            make_durable(path.parent)
            one.rename(path)
            make_durable(path.parent)
    except OSError as exc:
        raise StorageError("DISK-03", f"the salvaged file could not be put in its place: {exc}") from exc


def _ready(path: Path) -> list[Path]:
    try:
        return [one for one in path.parent.iterdir() if one.name.startswith(f"{path.name}.salvaged-")]
    except OSError as exc:
        raise StorageError("DISK-02", str(exc)) from exc


def _rebuild(path: Path, draft: Path, salvage: Salvage) -> Salvage:
    connection = connect(draft)
    try:
        connection.reserve_bytes(reserve=wanted_reserve())
        connection.pragma("journal_mode", "MEMORY")  # a draft that a power cut spoils is begun again
        connection.pragma("synchronous", "OFF")
        with transaction(connection):
            make_schema(connection)
        with mending.mended(path) as mended, transaction(connection):
            return _fill(connection, Damaged(path, mended), salvage)
    finally:
        connection.close()


class Damaged(Struct, frozen=True):
    """The damaged file, and a copy of it whose first page and schema can be read again, where that was needed."""

    path: Path
    mended: Path | None

    @property
    def readings(self) -> list[Path]:
        """The files to read it from, the better one first."""
        return [self.path] if self.mended is None else [self.mended, self.path]


def _fill(connection: apsw.Connection, damaged: Damaged, salvage: Salvage) -> Salvage:
    known = meta.kept_heads(damaged.path)
    now_ms = to_ms(datetime.fromisoformat(salvage.at))
    gathering = Gathering(connection, {"outbox": known.outbox, "journal": known.journal}, now_ms)
    tail_lost = _tail_is_lost(damaged)
    is_current = not tail_lost and not _is_mixed(damaged)
    is_anything_read = False
    for source, is_last_resort in _sources(damaged, is_current=is_current):
        if source.is_copy or is_last_resort:
            gathering.take_loose(damaged.path)
        try:
            gathering.take(source, is_last_resort=is_last_resort)
            is_anything_read = True
        finally:
            source.close()
    gathering.take_loose(damaged.path)
    salvage = replace(
        salvage,
        came_back=gathering.came_back(),
        may_be_missing=gathering.missing(),
        is_uncertain=tail_lost or not is_anything_read or gathering.is_uncertain(),
    )
    for run_id in known.runs[:1]:
        meta.write(connection, "run_id", run_id)
    gathering.settle(is_uncertain=salvage.is_uncertain)
    facts = {name: value for name, value in to_builtins(salvage).items() if name != "at"}
    facts["why"] = salvage.why[:300]
    if gathering.has_dropped_draft:
        facts["open_sale"] = "left out: it may have been completed since"
    write_line(connection, now_ms, Line("", "data file salvaged", "", facts))
    connection.execute(
        "INSERT OR REPLACE INTO facts (key, family, value, at) VALUES (?, '', ?, ?)",
        (SALVAGE_FACT, json.dumps(to_builtins(salvage)), now_ms),
    )
    return salvage


def _tail_is_lost(damaged: Damaged) -> bool:
    """Whether acknowledged transactions may be lost as a whole, beyond the rows that cannot be read."""
    path = damaged.path
    if not path.exists() or path.stat().st_size < 512 or wal.damage(beside(path, "-wal")):
        return True
    has_log = beside(path, "-wal").exists() and beside(path, "-wal").stat().st_size > wal.HEADER_BYTES
    try:
        source = Source(damaged.readings[0], is_verified=False, is_current=False)
    except UNREADABLE:
        return not has_log
    try:
        if source.connection.pragma("user_version") < SEALED_FROM:
            return False  # such a file does not say; its log is folded in at a good end
        if meta.heads(source.connection).is_behind(meta.kept_heads(path)):
            return True
        return not has_log and meta.read(source.connection, "run") == "open"
    except UNREADABLE:
        return not has_log
    finally:
        source.close()


def _is_mixed(damaged: Damaged) -> bool:
    """Whether pages may not be where they belong: then one with a good checksum may be an older one.

    A page whose checksum does not fit cannot be taken for another, nor can one that is empty or was cut off.
    """
    if _has_empty_page(damaged.path):
        return False
    try:
        source = Source(damaged.readings[0])
    except UNREADABLE:
        return True
    try:
        size = source.connection.pragma("page_count") * source.connection.pragma("page_size")
        if damaged.path.stat().st_size < size and not beside(damaged.path, "-wal").exists():
            return False
        verdict = source.connection.execute("PRAGMA integrity_check(1)").get
        return bool(verdict != "ok")
    except UNREADABLE as exc:
        return not isinstance(exc, apsw.IOError)
    finally:
        source.close()


def _has_empty_page(path: Path, size: int = 4096) -> bool:
    """Whether a page is all zeros, as one that the disk never got or lost; its checksum would seem to fit."""
    empty = bytes(size)
    if not path.exists():
        return False
    with path.open("rb") as file:
        return any(page == empty for page in iter(lambda: file.read(size), b""))


def _sources(damaged: Damaged, *, is_current: bool) -> Iterator[tuple[Source, bool]]:
    """Where rows may come from, the most trustworthy first; each is closed by the one who takes it."""
    for file in damaged.readings:
        yield from ((one, False) for one in _opened(file, is_current=is_current))
    for file in damaged.readings:
        yield from ((one, False) for one in _opened(file, is_verified=False))
    for copy in (*copies.newest_first(damaged.path), *copies.before_migration(damaged.path)):
        yield from ((one, False) for one in _opened(copy, is_copy=True))
    for file in damaged.readings:
        yield from ((one, True) for one in _opened(file, is_verified=False))


def _opened(path: Path, **kind: bool) -> list[Source]:
    """The file as a source, or nothing when it is not there or nothing of it can be read."""
    if not path.exists() or not path.stat().st_size:
        return []
    try:
        source = Source(path, **kind)
    except UNREADABLE as exc:
        log.info("nothing can be read of %s: %s", path.name, exc)
        return []
    try:
        source.connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except UNREADABLE as exc:
        log.info("nothing can be read of %s: %s", path.name, exc)
        source.close()
        return []
    return [source]
