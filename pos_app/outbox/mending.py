"""The first page and the schema of the data file, kept beside it: when they are damaged, no other page can be found.

They change only when a till opens its file (a migration, the switch to checksums), so what was kept then fits every
later state. A backup has the same pages, as it is a copy page by page.

Format: https://www.sqlite.org/fileformat.html#the_database_header
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from msgspec import Struct

from pos_app.outbox import copies
from pos_app.outbox.checksums import RESERVED, page_checksum
from pos_app.outbox.disk import beside, make_durable
from pos_app.outbox.schema import MIGRATIONS
from pos_app.outbox.sources import UNREADABLE, Source

log = logging.getLogger(__name__)

_PAGES = "SELECT pageno FROM dbstat WHERE name IN ('sqlite_schema', 'sqlite_master') ORDER BY pageno"
# Of the first page: the count of changes, the size in pages, the list of free pages, and which count the size is of.
_SIZE, _FREE, _COUNTERS = slice(28, 32), slice(32, 40), (slice(24, 40), slice(92, 100))


class Frame(Struct, frozen=True):
    """The pages that hold the schema, by their number; the first is among them. Units: `size` bytes of a page."""

    size: int
    pages: dict[int, bytes]

    @property
    def has_checksums(self) -> bool:
        return self.pages[1][20] == RESERVED

    def is_sound(self) -> bool:
        """Whether the checksum of each of its pages fits."""
        return not self.has_checksums or all(page_checksum(page) == page[-RESERVED:] for page in self.pages.values())

    def fits(self, there: bytes, number: int) -> bool:
        """Whether a page that stands in the file is the kept one, but for what changes with every write."""
        if len(there) < self.size or (self.has_checksums and page_checksum(there) != there[-RESERVED:]):
            return False
        return _lasting(there, number) == _lasting(self.pages[number], number)


def keep(connection: apsw.Connection, path: Path) -> None:
    """Keep the frame of the open file, whose log was just folded in. A failure is logged only: it is a second witness.

    The file is read through SQLite's own handle of it: on POSIX, closing another one would drop the lock.
    """
    try:
        size = int(connection.pragma("page_size"))
        numbers = [int(row[0]) for row in connection.execute(_PAGES)]
        file = apsw.VFSFile("", str(path.absolute()), [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0])
        try:
            frame = Frame(size, {number: file.xRead(size, (number - 1) * size) for number in numbers})
        finally:
            file.xClose()
        known = _kept(path)
        is_known = known is not None and known.pages.keys() == frame.pages.keys()
        if known is not None and is_known and all(known.fits(page, n) for n, page in frame.pages.items()):
            return
        if frame.is_sound():
            _write(path, frame)
    except (apsw.Error, OSError, KeyError) as exc:
        log.info("the schema's pages could not be kept: %s", exc)


@contextmanager
def mended(path: Path) -> Iterator[Path | None]:
    """A copy of a damaged file in which its frame is whole again; None when it is whole, or nobody knows it any more.

    Errors: OSError.
    """
    copy = beside(path, ".mending")
    _remove(copy)
    try:
        frame = _frame_for(path)
        if frame is not None:
            for suffix in ("", "-wal"):
                if beside(path, suffix).exists():
                    shutil.copyfile(beside(path, suffix), beside(copy, suffix))
            _mend(copy, frame)
            log.info("the first page or the schema was damaged and is read from what was kept of it")
        yield copy if frame is not None else None
    finally:
        _remove(copy)


def _frame_for(path: Path) -> Frame | None:
    """The frame that is to be put in; None when there is none, or the file has its own."""
    if not path.exists():
        return None
    frame = _kept(path) or next((one for one in map(_of_copy, copies.newest_first(path)) if one is not None), None)
    if frame is None or path.stat().st_size < 2 * frame.size:
        return None
    with path.open("rb") as file:
        for number in frame.pages:
            file.seek((number - 1) * frame.size)
            if not frame.fits(file.read(frame.size), number):
                return frame
    return None


def _mend(copy: Path, frame: Frame) -> None:
    count = copy.stat().st_size // frame.size
    first = bytearray(frame.pages[1])
    first[_SIZE], first[_FREE] = count.to_bytes(4, "big"), bytes(8)
    if frame.has_checksums:
        first[-RESERVED:] = page_checksum(first)
    with copy.open("r+b") as file:
        for number, page in {**frame.pages, 1: bytes(first)}.items():
            file.seek((number - 1) * frame.size)
            file.write(page)


def _of_copy(copy: Path) -> Frame | None:
    """The frame of a backup, when it is of this program's version."""
    try:
        source = Source(copy, is_copy=True)
        try:
            size, version = int(source.connection.pragma("page_size")), source.connection.pragma("user_version")
            numbers = [int(row[0]) for row in source.connection.execute(_PAGES)]
        finally:
            source.close()
        with copy.open("rb") as file:
            pages = {}
            for number in numbers:
                file.seek((number - 1) * size)
                pages[number] = file.read(size)
    except (*UNREADABLE, OSError) as exc:
        log.info("%s does not tell of the schema: %s", copy.name, exc)
        return None
    return Frame(size, pages) if version == len(MIGRATIONS) and 1 in pages else None


def _write(path: Path, frame: Frame) -> None:
    pages = {str(number): b64encode(page).decode() for number, page in frame.pages.items()}
    body = json.dumps({"size": frame.size, "pages": pages})
    fresh = beside(path, ".frame.new")
    fresh.write_text(json.dumps({"body": body, "digest": _digest(body)}), "utf-8")
    make_durable(fresh)
    os.replace(fresh, beside(path, ".frame"))


def _kept(path: Path) -> Frame | None:
    try:
        found = json.loads(beside(path, ".frame").read_text("utf-8"))
        if _digest(found["body"]) != found["digest"]:
            return None
        body = json.loads(found["body"])
        pages = {int(number): b64decode(page) for number, page in body["pages"].items()}
        return Frame(int(body["size"]), pages) if 1 in pages else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _digest(body: str) -> str:
    return hashlib.blake2b(body.encode(), digest_size=16).hexdigest()


def _lasting(page: bytes, number: int) -> bytes:
    """A page without what changes with every write, and without the checksum of it."""
    lasting = bytearray(page[:-RESERVED])
    if number == 1:
        for part in _COUNTERS:
            lasting[part] = bytes(part.stop - part.start)
    return bytes(lasting)


def _remove(copy: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        beside(copy, suffix).unlink(missing_ok=True)
