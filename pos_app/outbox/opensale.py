"""The draft of the open sale as the file keeps it: it says whether its sale is stored, as the transaction knows."""

from __future__ import annotations

import json
from typing import Any

import apsw

from pos_app.outbox.disk import assert_thread
from pos_app.outbox.values import to_json

MAX_FACT_CHARS = 1_000_000

DRAFT = "open_sale"
PARKED = "parked_sales"
"""The keys of the draft and of the sales that were put aside, among the facts."""


def mark_stored(connection: apsw.Connection, ref: str) -> None:
    """Let the draft say that its sale is stored, inside the transaction that stores it.

    Should a damage take the rows of the sale and leave the draft, it is known that it must not be sold again.
    """
    assert_thread()
    open_sale = draft(connection)
    if open_sale.get("ref") == ref and not open_sale.get("stored"):
        text = to_json({**open_sale, "stored": True}, MAX_FACT_CHARS)
        connection.execute("UPDATE facts SET value = ? WHERE key = ?", (text, DRAFT))


def with_stored(connection: apsw.Connection, text: str) -> str:
    """A new draft that goes on saying so; the one that writes it does not know yet, or no more."""
    open_sale = json.loads(text)
    ref = open_sale.get("ref") if isinstance(open_sale, dict) else None
    if not isinstance(ref, str):
        return text
    before = draft(connection)
    stored = before.get("ref") == ref and bool(before.get("stored"))
    stored = stored or connection.execute("SELECT 1 FROM outbox WHERE ref = ?", (ref,)).get is not None
    return to_json({**open_sale, "stored": stored}, MAX_FACT_CHARS + 20)


def draft(connection: apsw.Connection) -> dict[str, Any]:
    """The draft of the open sale; {} when there is none that can be read."""
    try:
        found = json.loads(connection.execute("SELECT value FROM facts WHERE key = ?", (DRAFT,)).get or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
