"""What an installer, an update and an uninstaller must know of a data file, and the copy that they make of it first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import apsw
from msgspec import Struct

from pos_app.outbox import copies
from pos_app.outbox.checksums import bad_pages, connect
from pos_app.outbox.disk import StorageError, beside, named
from pos_app.outbox.opensale import draft
from pos_app.outbox.schema import FACTS_FROM, MIGRATIONS, SHIFTS_FROM

FOLDER = "before-update"


class Standing(Struct, frozen=True):
    """How a data file stands. `open`: a till has it, so nothing else is known of it.

    Shape: `version` is the file's own, `known` the highest that this program can read; `waiting` are the entries that
    Perx has not settled yet, those that need a person among them; `sale_open` and `shift_open` tell what the last run
    left unfinished; `trouble` is why it could not be read, "" if it was.
    """

    path: Path
    open: bool = False
    version: int = 0
    waiting: int = 0
    sale_open: bool = False
    shift_open: bool = False
    trouble: str = ""
    known: int = len(MIGRATIONS)

    @property
    def is_newer(self) -> bool:
        """Whether a newer program wrote it, so that this one must not touch it."""
        return self.version > self.known


def standing(path: Path) -> Standing:
    """Look at a data file without changing it; one that cannot be read is told as such, never raised."""
    try:
        connection = connect(path, apsw.SQLITE_OPEN_READONLY)
    except apsw.Error as exc:
        return Standing(path, trouble=str(exc))
    try:
        version = int(connection.pragma("user_version"))
        if version == 0 or version > len(MIGRATIONS):
            return Standing(path, version=version)
        waiting = connection.execute("SELECT count(*) FROM outbox WHERE state NOT IN ('done', 'refused')").get
        sale, shift = _has_sale(connection, version), _has_shift(connection, version)
        return Standing(path, version=version, waiting=int(waiting or 0), sale_open=sale, shift_open=shift)
    except apsw.BusyError:
        return Standing(path, open=True)
    except apsw.Error as exc:
        return Standing(path, trouble=str(exc))
    finally:
        connection.close()


def _has_sale(connection: apsw.Connection, version: int) -> bool:
    """Whether a sale was begun and neither completed nor cancelled."""
    left = draft(connection) if version >= FACTS_FROM else {}
    if not left or left.get("stored"):
        return False
    ref = left.get("ref")
    return not isinstance(ref, str) or connection.execute("SELECT 1 FROM outbox WHERE ref = ?", (ref,)).get is None


def _has_shift(connection: apsw.Connection, version: int) -> bool:
    asked = "SELECT 1 FROM shifts WHERE closed_at IS NULL"
    return version >= SHIFTS_FROM and connection.execute(asked).get is not None


def copy_before_update(path: Path, now: datetime | None = None) -> Path:
    """Copy a data file that no till has open, prove the copy whole, and return where it is; one copy a day is kept.

    Errors: StorageError: DISK-01 full, DISK-02 cannot be read or written, DISK-03 damaged.
    """
    at = now or datetime.now(UTC)
    target = path.parent / FOLDER / f"{at:%Y-%m-%d}.sqlite3"
    try:
        target.parent.mkdir(exist_ok=True)
        with named():
            connection = connect(path)
            try:
                connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # its log stays as it is
                copies.copy(connection, target)
            finally:
                connection.close()
            spoilt = bad_pages(target)
            verdict = _verdict(target)
            for suffix in ("-wal", "-shm"):
                beside(target, suffix).unlink(missing_ok=True)
    except OSError as exc:
        raise StorageError("DISK-02", str(exc)) from exc
    if spoilt or verdict != "ok":
        raise StorageError("DISK-03", f"the copy is not whole: {verdict}, pages {spoilt[:3]}")
    return target


def _verdict(copy: Path) -> str:
    connection = connect(copy, apsw.SQLITE_OPEN_READONLY)
    try:
        return str(connection.execute("PRAGMA integrity_check(1)").get)
    finally:
        connection.close()
