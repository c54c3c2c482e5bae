"""What the data file knows of itself, and what stands beside it of its newest state.

In the table `meta`: `run` ("open" while a till has the file, "closed" after a good end), `run_id` (which run that is),
`checksums` ("on" once every page has one), `journal_head` (number and digest of the last journal line), `backup` (how
the last one went). Beside the file, in `….heads`: how far the queue and the journal had come when the file was last
opened, closed or backed up, and which run opened it last.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import apsw
from msgspec import Struct, to_builtins

from pos_app.outbox.disk import beside, make_durable

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


class Heads(Struct, frozen=True):
    """How far a file had come: the last number that its outbox has given, its last journal line, and in which run.

    There are two runs while one gives the file to the next.
    """

    outbox: int = 0
    journal: int = 0
    digest: str = ""
    runs: tuple[str, ...] = ()

    def is_behind(self, known: Heads) -> bool:
        """Whether this is an earlier state than the known one, or one that another run has left."""
        is_of_another = bool(known.runs) and not set(self.runs) & set(known.runs)
        return self.outbox < known.outbox or self.journal < known.journal or is_of_another


def heads(connection: apsw.Connection) -> Heads:
    """How far this file has come."""
    # The counter and not the last row: after a salvage the newest rows may be missing.
    outbox = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").get or 0
    number, _, digest = read(connection, "journal_head").partition(" ")
    return Heads(int(outbox), int(number or 0), digest, (read(connection, "run_id"),))


def keep_heads(path: Path, known: Heads) -> bool:
    """Write the heads beside the data file, durably; a failure is logged and told, they are a second witness."""
    try:
        fresh = beside(path, ".heads.new")
        fresh.write_text(json.dumps(to_builtins(known)), "utf-8")
        make_durable(fresh)
        os.replace(fresh, beside(path, ".heads"))
        make_durable(path.parent)
    except OSError as exc:
        log.info("the heads of the data file could not be written: %s", exc)
        return False
    return True


def kept_heads(path: Path) -> Heads:
    """What stands beside the data file; nothing when it cannot be read."""
    try:
        found = json.loads(beside(path, ".heads").read_text("utf-8"))
        runs = tuple(str(one) for one in found.get("runs") or ())
        return Heads(int(found["outbox"]), int(found["journal"]), str(found["digest"]), runs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Heads()
