"""What `doctor` can say of the data file, without disturbing a till that is using it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import apsw

from pos_app.outbox.rows import from_ms
from pos_app.outbox.schema import MIGRATIONS

Finding = tuple[str, str, str]

_SOUND_SQLITE = (3, 51, 3)
_LITTLE_BYTES = 200_000_000


def probe(path: Path) -> list[Finding]:
    """Findings on SQLite, the folder and the data file.

    The file is only read, and left alone at once when a till has it. Never raises for a bad file.
    Shape: (level "ok" | "warn" | "bad", what, how to fix it).
    """
    findings = [_sqlite(), *_folder(path.parent)]
    if not path.exists():
        return [*findings, ("ok", "There is no data file yet; the first start makes it.", "")]
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.Error as exc:
        return [*findings, ("bad", f"The data file cannot be opened ({exc}).", "Check who may read the folder.")]
    try:
        findings += _file(connection)
    except apsw.BusyError:
        findings.append(("ok", "The till is running and uses its data file.", ""))
    except (apsw.CorruptError, apsw.NotADBError) as exc:
        findings.append(_damaged(str(exc)))
    except apsw.Error as exc:
        findings.append(("bad", f"The data file cannot be read ({exc}).", "Check who may write in the folder."))
    finally:
        connection.close()
    return findings


def _sqlite() -> Finding:
    text = apsw.sqlite_lib_version()
    if tuple(int(part) for part in text.split(".")) < _SOUND_SQLITE:
        return ("warn", f"SQLite {text} has a known fault in WAL mode.", "Install a newer apsw.")
    return ("ok", f"SQLite {text}.", "")


def _folder(folder: Path) -> list[Finding]:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    findings: list[Finding] = []
    if not os.access(folder, os.W_OK):
        findings.append(("bad", f"The folder {folder} cannot be written.", "Give the till's user the right to."))
    if free < _LITTLE_BYTES:
        findings.append(("warn", f"Only {free // 1_000_000} MB are free on the disk.", "Free some space."))
    else:
        findings.append(("ok", f"{free // 1_000_000} MB are free on the disk.", ""))
    return findings


def _damaged(detail: str) -> Finding:
    return ("bad", f"The data file is damaged ({detail}).", "Keep it, and call support with code DISK-03.")


def _file(connection: apsw.Connection) -> list[Finding]:
    version = connection.pragma("user_version")
    if version > len(MIGRATIONS):
        return [("bad", "The data file was written by a newer program.", "Install the newer program again.")]
    verdict = connection.execute("PRAGMA quick_check(1)").get
    if verdict != "ok":
        return [_damaged(str(verdict))]
    if version == 0:
        return [("ok", "The data file is empty.", "")]
    count, oldest, attention = connection.execute(
        "SELECT count(*), min(made_at), sum(state = 'attention') FROM outbox WHERE state NOT IN ('done', 'refused')"
    ).fetchall()[0]
    findings: list[Finding] = [("ok", "The data file is sound.", "")]
    if isinstance(oldest, int):
        since = from_ms(oldest).isoformat(timespec="seconds")
        findings.append(("ok", f"{count} commands are not settled yet, the oldest from {since}.", ""))
    if attention:
        findings.append(("warn", f"{attention} commands need a person.", "Settle them in the till."))
    return findings
