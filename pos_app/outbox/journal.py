"""The journal: what people did, append-only. The file refuses a change or a deletion, and each line proves the last."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import apsw
from msgspec import Struct

from pos_app.outbox.chain import Line, write_line
from pos_app.outbox.database import Database
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.values import from_ms, to_ms

__all__ = ["Journal", "Line", "Note", "write_line"]


class Note(Struct, frozen=True):
    """One line of the journal. Units: `at` aware UTC."""

    id: int
    at: datetime
    person: str
    what: str
    ref: str
    facts: dict[str, Any]


class Journal:
    """The journal as the till writes and reads it. Errors: StorageError.   Thread: main."""

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = db
        self._clock = clock

    async def note(self, person: str, what: str, ref: str = "", facts: Mapping[str, Any] | None = None) -> None:
        """Write one line; it is durable when this returns."""
        await self._db.call(write_line, to_ms(self._clock()), Line(person, what, ref, facts or {}))

    async def recent(self, limit: int = 50) -> list[Note]:
        """The last lines, newest first."""
        return await self._db.call(_recent, limit)

    async def of_ref(self, ref: str, limit: int = 10) -> list[Note]:
        """The last lines about one reference, oldest first."""
        return await self._db.call(_of_ref, ref, limit)


def _recent(connection: apsw.Connection, limit: int) -> list[Note]:
    assert_thread()
    rows = connection.execute("SELECT id, at, person, what, ref, facts FROM journal ORDER BY id DESC LIMIT ?", (limit,))
    return [Note(row[0], from_ms(row[1]), row[2], row[3], row[4], json.loads(row[5])) for row in rows]


def _of_ref(connection: apsw.Connection, ref: str, limit: int) -> list[Note]:
    assert_thread()
    rows = connection.execute(
        "SELECT id, at, person, what, ref, facts FROM journal WHERE ref = ? AND ref <> '' ORDER BY id DESC LIMIT ?",
        (ref, limit),
    )
    return [Note(row[0], from_ms(row[1]), row[2], row[3], row[4], json.loads(row[5])) for row in rows][::-1]
