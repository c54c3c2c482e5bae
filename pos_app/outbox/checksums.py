"""The checksum on every page of the till's file: SQLite's own cksumvfs, which apsw ships for Linux and Windows.

Eight reserved bytes at the end of each page hold its checksum; one that does not fit is an error of the read, so a
flipped bit is never taken for a fact. Where the extension is missing the till works without, and `doctor` says so.
Source: https://www.sqlite.org/cksumvfs.html, https://rogerbinns.github.io/apsw/extra.html
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import apsw
import apsw.sqlite_extra

from pos_app.outbox import wal

log = logging.getLogger(__name__)

RESERVED = 8
_EXTENSION, _VFS = "cksumvfs", "cksmvfs"


@cache
def checksum_vfs() -> str | None:
    """The name of the checksum VFS, or None where it cannot be had. Every other file keeps the system's own VFS."""
    usual = apsw.vfs_names()[0]
    loader = apsw.Connection(":memory:")
    try:
        apsw.sqlite_extra.load(loader, _EXTENSION)
    except (apsw.sqlite_extra.NotAvailable, LookupError, apsw.Error, OSError) as exc:
        log.info("there are no page checksums here: %s", exc)
        return None
    finally:
        loader.close()
    apsw.set_default_vfs(usual)
    return _VFS


def connect(path: Path, flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) -> apsw.Connection:
    """Open a data file with its checksums verified and kept. Errors: apsw.Error."""
    return apsw.Connection(str(path), flags=flags, vfs=checksum_vfs())


def connect_unverified(path: Path) -> apsw.Connection:
    """Open a data file and take every page as it is: only for a file that is known to be damaged."""
    return apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)


def wanted_reserve() -> int:
    """How many bytes of each page are to be set aside here."""
    return RESERVED if checksum_vfs() else 0


def page_checksum(page: bytes | bytearray) -> bytes:
    """What the extension writes at the end of this page. A test compares the two."""
    return b"".join(one.to_bytes(4, "little") for one in wal.checksum(bytes(page[:-RESERVED]), (0, 0), "<"))


def bad_pages(path: Path) -> list[int]:
    """The numbers of the pages of a closed file whose checksum does not fit; [] without checksums. Errors: OSError."""
    with path.open("rb") as file:
        head = file.read(100)
        if checksum_vfs() is None or len(head) < 100 or head[20] != RESERVED:
            return []
        size = int.from_bytes(head[16:18], "big")
        size = 65_536 if size == 1 else size
        judge = apsw.Connection(":memory:")
        try:
            file.seek(0)
            pages = iter(lambda: file.read(size), b"")
            sql = "SELECT verify_checksum(?)"
            return [number for number, page in enumerate(pages, 1) if judge.execute(sql, (page,)).get != 1]
        finally:
            judge.close()
