"""Finished sales, one row each, so that a receipt's reference finds its sale again.

What became of a sale is its outbox entry's to say and is read from there, so that the two cannot disagree after a
crash; the row adds what the entry does not know: the slip, the points.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import apsw

from pos_app.domain.codes import Ref
from pos_app.outbox.database import Database
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.values import from_ms, plain, to_json, to_ms

MAX_SALE_CHARS = 262_144

_SELECT = "SELECT s.ref, s.at, s.body, o.state, o.problem, o.said FROM sales s LEFT JOIN outbox o ON o.ref = s.ref"


@dataclass(frozen=True)
class StoredSale:
    """A finished sale as it was kept. Units: `at` aware UTC. Shape: `body` plain JSON values.

    When it is read, `state`, `problem` and `said` in the body are those of its entry, if it has one.
    """

    ref: Ref
    at: datetime
    body: dict[str, Any]


class Sales:
    """The finished sales of this till. Errors: StorageError.   Thread: main."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def keep_sale(self, ref: Ref, at: datetime, body: Mapping[str, Any]) -> None:
        """Keep a sale, or what is newly known of it; its time stays the first one.

        Errors: ValueError for a body that is no JSON or too large; StorageError.
        """
        await self._db.call_new(write_sale, StoredSale(ref, at, dict(body)))

    async def update_sale(self, ref: Ref, changes: Mapping[str, Any]) -> None:
        """Change some fields of a kept sale in one transaction; a sale that is not there stays absent.

        Errors: ValueError for changes that are no JSON or make the sale too large; StorageError.
        """
        await self._db.call(_update, plain(ref, 100), dict(changes))

    async def sale(self, ref: Ref) -> StoredSale | None:
        """The sale of a reference, or None."""
        found = await self._db.call(_find, plain(ref, 100))
        return found[0] if found else None

    async def recent_sales(self, limit: int = 50) -> list[StoredSale]:
        """The last sales, newest first."""
        return await self._db.call(_recent, limit)


def write_sale(connection: apsw.Connection, sale: StoredSale) -> None:
    """Write a sale inside the caller's transaction; the time of one that is there already stays.

    Errors: ValueError for a body that is no JSON or too large.   Thread: outbox.
    """
    assert_thread()
    connection.execute(
        "INSERT INTO sales (ref, at, body) VALUES (?, ?, ?) ON CONFLICT (ref) DO UPDATE SET body = excluded.body",
        (plain(sale.ref, 100), to_ms(sale.at), to_json(sale.body, MAX_SALE_CHARS)),
    )


def _update(connection: apsw.Connection, ref: str, changes: dict[str, Any]) -> None:
    assert_thread()
    for kept in _find(connection, ref):
        body = to_json({**kept.body, **changes}, MAX_SALE_CHARS)
        connection.execute("UPDATE sales SET body = ? WHERE ref = ?", (body, ref))


def _find(connection: apsw.Connection, ref: str) -> list[StoredSale]:
    assert_thread()
    return [_with_vouchers(connection, _sale(*row)) for row in connection.execute(f"{_SELECT} WHERE s.ref = ?", (ref,))]


def _with_vouchers(connection: apsw.Connection, sale: StoredSale) -> StoredSale:
    """The sale with the state of each voucher that was used on trust, as its own entry says it."""
    query = (  # a damaged row is kept for a person, and its body may be no JSON any more
        "SELECT iif(json_valid(body), json_extract(body, '$.voucher_id'), NULL), state FROM outbox"
        " WHERE sale = ? AND kind = 'redeem_voucher'"
    )
    states: dict[Any, Any] = {row[0]: row[1] for row in connection.execute(query, (sale.ref,))}
    for voucher in sale.body.get("vouchers", ()):
        voucher["state"] = states.get(voucher["voucher_id"], voucher.get("state", ""))
    return sale


def _recent(connection: apsw.Connection, limit: int) -> list[StoredSale]:
    assert_thread()
    rows = connection.execute(f"{_SELECT} ORDER BY s.at DESC, s.rowid DESC LIMIT ?", (limit,))
    return [_sale(*row) for row in rows]


def _sale(ref: str, at_ms: int, body: str, *entry: str | None) -> StoredSale:
    values = json.loads(body)
    if entry[0] is not None:
        values |= dict(zip(("state", "problem", "said"), entry, strict=True))
    return StoredSale(Ref(ref), from_ms(at_ms), values)
