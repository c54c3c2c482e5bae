"""The last known answers of the server, each with its time, and the draft of the open sale.

A key is `family:rest` ("customer:C-1"). Each family keeps its newest `keep` rows; a key without a family
("open_sale") stays until it is written again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import apsw

from pos_app.outbox.database import Database
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.opensale import DRAFT, MAX_FACT_CHARS, PARKED, with_stored
from pos_app.outbox.values import from_ms, plain, to_json, to_ms

log = logging.getLogger(__name__)

MAX_KEY_CHARS = 300


class Facts:
    """What was last known, "as of". Errors: StorageError.   Thread: main."""

    def __init__(
        self, db: Database, *, keep: int = 500, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._db = db
        self._keep = keep
        self._clock = clock

    async def keep(self, key: str, value: Any) -> None:
        """Store a plain JSON value under a key; None forgets it.

        Errors: ValueError for a value that is no JSON or too large; StorageError.
        """
        await self.keep_all({key: value})

    async def keep_all(self, values: Mapping[str, Any]) -> None:
        """Store several values in one transaction, so that a crash leaves all of them or none. Errors: as `keep`."""
        texts = {
            plain(key, MAX_KEY_CHARS): None if value is None else to_json(value, MAX_FACT_CHARS)
            for key, value in values.items()
        }
        only_frees = all(_only_frees(key, text) for key, text in texts.items())
        write = self._db.call if only_frees else self._db.call_new
        await write(_keep_all, texts, to_ms(self._clock()), self._keep)

    async def get(self, key: str) -> tuple[Any, datetime] | None:
        """The value and when it was stored, or None when it is not known; one that cannot be read is not known."""
        return await self._db.call(_get, plain(key, MAX_KEY_CHARS))


def _keep_all(connection: apsw.Connection, texts: Mapping[str, str | None], at_ms: int, keep: int) -> None:
    assert_thread()
    for key, text in texts.items():
        _keep(connection, key, text, at_ms, keep)


def _keep(connection: apsw.Connection, key: str, text: str | None, at_ms: int, keep: int) -> None:
    assert_thread()
    if text is None:
        connection.execute("DELETE FROM facts WHERE key = ?", (key,))
        return
    if key == DRAFT:
        text = with_stored(connection, text)
    family = key.partition(":")[0] if ":" in key else ""
    connection.execute(
        "INSERT INTO facts (key, family, value, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at",
        (key, family, text, at_ms),
    )
    connection.execute(
        "DELETE FROM facts WHERE family = ?1 AND ?1 <> '' AND key IN"
        " (SELECT key FROM facts WHERE family = ?1 AND key <> ?2 ORDER BY at DESC LIMIT -1 OFFSET ?3)",
        (family, key, keep - 1),
    )


def _get(connection: apsw.Connection, key: str) -> tuple[Any, datetime] | None:
    assert_thread()
    row = connection.execute("SELECT value, at FROM facts WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    try:
        return json.loads(row[0]), from_ms(row[1])
    except ValueError:
        log.warning("what was kept as %r cannot be read", key.partition(":")[0])  # what follows may name a customer
        return None


def _only_frees(key: str, text: str | None) -> bool:
    """Whether a value may use the room that is kept for what is under way: it ends a sale, or puts one aside."""
    return text is None or key == PARKED or (key == DRAFT and text == "{}")
