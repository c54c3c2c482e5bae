"""What `doctor` can say of the data file, without disturbing a till that is using it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import apsw

from pos_app.outbox import copies, meta
from pos_app.outbox.checksums import RESERVED, checksum_vfs, connect
from pos_app.outbox.disk import is_damage
from pos_app.outbox.salvage import SALVAGE_FACT
from pos_app.outbox.schema import MIGRATIONS, SEALED_FROM
from pos_app.outbox.values import from_ms

Finding = tuple[str, str, str]

_SOUND_SQLITE = (3, 51, 3)
_LITTLE_BYTES = 200_000_000


def probe(path: Path) -> list[Finding]:
    """Findings on SQLite, the folder and the data file.

    The file is only read, and left alone at once when a till has it. Never raises for a bad file.
    Shape: (level "ok" | "warn" | "bad", what, how to fix it).
    """
    findings = [_sqlite(), _checksums(), *_folder(path.parent), *_backups(path)]
    if not path.exists():
        return [*findings, ("ok", "There is no data file yet; the first start makes it.", "")]
    try:
        connection = connect(path, apsw.SQLITE_OPEN_READONLY)
    except apsw.Error as exc:
        return [*findings, ("bad", f"The data file cannot be opened ({exc}).", "Check who may read the folder.")]
    try:
        findings += _file(connection)
    except apsw.BusyError:
        findings.append(("ok", "The till is running and uses its data file.", ""))
    except apsw.Error as exc:
        unreadable = ("bad", f"The data file cannot be read ({exc}).", "Check who may write in the folder.")
        findings.append(_damaged(str(exc)) if is_damage(exc) else unreadable)
    finally:
        connection.close()
    return findings


def _sqlite() -> Finding:
    text = apsw.sqlite_lib_version()
    if tuple(int(part) for part in text.split(".")) < _SOUND_SQLITE:
        return ("warn", f"SQLite {text} has a known fault in WAL mode.", "Install a newer apsw.")
    return ("ok", f"SQLite {text}.", "")


def _checksums() -> Finding:
    if checksum_vfs() is None:
        what = "SQLite's checksum extension is missing, so a flipped bit in the data file may go unnoticed."
        return ("warn", what, "Install apsw from its wheel.")
    return ("ok", "Page checksums can be kept and checked here.", "")


def _backups(path: Path) -> list[Finding]:
    found = copies.newest_first(path)
    if not found:
        return [("ok", "There is no backup yet; a running till makes one a day.", "")] if path.exists() else []
    return [("ok", f"{len(found)} backups, the newest of {copies.day(found[0])}.", "")]


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
    fix = "Start the till: it sets the file aside and brings back what can be read (DISK-03)."
    return ("bad", f"The data file is damaged ({detail}).", fix)


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
    findings: list[Finding] = [("ok", "The data file is sound.", ""), *_of_itself(connection, version)]
    if isinstance(oldest, int):
        since = from_ms(oldest).isoformat(timespec="seconds")
        findings.append(("ok", f"{count} commands are not settled yet, the oldest from {since}.", ""))
    if attention:
        findings.append(("warn", f"{attention} commands need a person.", "Settle them in the till."))
    return findings


def _of_itself(connection: apsw.Connection, version: int) -> list[Finding]:
    """What the file knows of its checksums, its last backup, and a salvage that nobody has seen."""
    if version < SEALED_FROM:
        return []
    findings: list[Finding] = []
    if checksum_vfs() and connection.reserve_bytes() != RESERVED:
        what = "The pages of the data file have no checksums yet."
        findings.append(("warn", what, "Start the till with room on the disk for a second file of this size."))
    report = json.loads(meta.read(connection, "backup") or "{}")
    if report.get("trouble"):
        findings.append(("warn", f"The last backup failed: {report['trouble']}.", "Make room, or call IT."))
    notice = connection.execute("SELECT value FROM facts WHERE key = ?", (SALVAGE_FACT,)).get
    if isinstance(notice, str):
        told = json.loads(notice)
        what = (
            f"The data file was damaged: {told['came_back']} rows came back, {told['may_be_missing']} may be missing"
            f"{', and perhaps more that cannot be counted' if told['is_uncertain'] else ''}."
        )
        findings.append(("warn", what, f"Keep {told['kept']}, compare the last slips, and call support (DISK-07)."))
    return findings
