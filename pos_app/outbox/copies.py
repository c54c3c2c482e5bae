"""The copies of the data file: the daily backups in `backup/`, and the one that is made before a migration."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import apsw

from pos_app.outbox.checksums import connect
from pos_app.outbox.disk import beside, make_durable
from pos_app.outbox.meta import Heads

FOLDER = "backup"

_NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d{6}Z)_journal-(\d+)-([0-9a-f]*)\.sqlite3")


def folder(path: Path) -> Path:
    """Where the backups of this data file are."""
    return path.parent / FOLDER


def name(at: datetime, known: Heads) -> str:
    """The name of a backup: when it was made, and the journal's last line, so that a cut journal is noticed."""
    return f"{at:%Y-%m-%dT%H%M%SZ}_journal-{known.journal}-{known.digest}.sqlite3"


def newest_first(path: Path) -> list[Path]:
    """The finished backups of this data file."""
    try:
        found = [one for one in folder(path).iterdir() if _NAME.fullmatch(one.name)]
    except OSError:
        return []
    return sorted(found, key=lambda one: one.name, reverse=True)


def before_migration(path: Path) -> list[Path]:
    """The copies that were made before a migration, of the highest version first."""
    try:
        found = [one for one in path.parent.iterdir() if re.fullmatch(re.escape(path.name) + r"\.v\d+", one.name)]
    except OSError:
        return []
    return sorted(found, key=lambda one: int(one.suffix[2:]), reverse=True)


def journal_head(copy: Path) -> tuple[int, str]:
    """The number and the digest of the journal's last line, from the name of a backup; (0, "") for another name."""
    match = _NAME.fullmatch(copy.name)
    return (int(match[2]), match[3]) if match else (0, "")


def day(copy: Path) -> str:
    """The UTC day of a backup, as 2026-03-01."""
    return copy.name[:10]


def copy(connection: apsw.Connection, target: Path) -> None:
    """Copy the whole file in one go, durable when this returns. Errors: apsw.Error."""
    draft = beside(target, ".new")
    draft.unlink(missing_ok=True)
    whole = connect(draft)
    try:
        whole.reserve_bytes(reserve=connection.reserve_bytes())
        whole.pragma("user_version", 1)  # a first page in place: from now on each page gets its checksum
        with whole.backup("main", connection, "main") as backup:
            backup.step()
    finally:
        whole.close()
    draft.replace(target)
    make_durable(target.parent)
