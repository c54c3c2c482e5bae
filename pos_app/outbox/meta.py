"""What the data file knows of itself, and what stands beside it of its newest state.

In the table `meta`: `run` ("open" while a till has the file, "closed" after a good end), `checksums` ("on" once every
page has one), `journal_head` (number and digest of the last journal line), `backup` (how the last one went).
Beside the file, in `….heads`: how far the queue and the journal had come at the last good end or backup.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import apsw

from pos_app.outbox.disk import beside

log = logging.getLogger(__name__)


def write(connection: apsw.Connection, key: str, value: str) -> None:
    """Write one value inside the caller's transaction."""
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def read(connection: apsw.Connection, key: str) -> str:
    """One value, or "" when it is not there."""
    value = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).get
    return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Heads:
    """How far a file had come: the number of its last outbox row, and its last journal line."""

    outbox: int = 0
    journal: int = 0
    digest: str = ""


def heads(connection: apsw.Connection) -> Heads:
    """How far this file has come."""
    outbox = connection.execute("SELECT ifnull(max(id), 0) FROM outbox").get
    number, _, digest = read(connection, "journal_head").partition(" ")
    return Heads(int(outbox), int(number or 0), digest)


def keep_heads(path: Path, known: Heads) -> None:
    """Write the heads beside the data file; a failure is logged only, they are a second witness."""
    try:
        fresh = beside(path, ".heads.new")
        fresh.write_text(json.dumps(asdict(known)), "utf-8")
        os.replace(fresh, beside(path, ".heads"))
    except OSError as exc:
        log.info("the heads of the data file could not be written: %s", exc)


def kept_heads(path: Path) -> Heads:
    """What stands beside the data file; nothing when it cannot be read."""
    try:
        found = json.loads(beside(path, ".heads").read_text("utf-8"))
        return Heads(int(found["outbox"]), int(found["journal"]), str(found["digest"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Heads()
