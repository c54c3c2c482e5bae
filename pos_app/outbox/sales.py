"""Finished sales, one row each, so that a receipt's reference finds its sale again.

What became of a sale is its outbox entry's to say and is read from there, so that the two cannot disagree after a
crash; the row adds what the entry does not know: the slip, the points.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import apsw
from msgspec import Struct

from pos_app.domain.codes import Ref
from pos_app.outbox.database import Database
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.values import from_ms, plain, to_json, to_ms

MAX_SALE_CHARS = 262_144
_FAR_MS = 2**62

_SELECT = "SELECT s.ref, s.at, s.body, o.state, o.problem, o.said FROM sales s LEFT JOIN outbox o ON o.ref = s.ref"


class StoredSale(Struct, frozen=True):
    """A finished sale as it was kept. Units: `at` aware UTC. Shape: `body` plain JSON values.

    When it is read, `state`, `problem` and `said` in the body are those of its entry, if it has one.
    """

    ref: Ref
    at: datetime
    body: dict[str, Any]


class Wanted(Struct, frozen=True):
    """Which sales are looked for: all that is given must fit.

    `start` to before `end`, aware; `either`: a customer's identifier, or digits that a reference begins or ends with.
    """

    start: datetime | None = None
    end: datetime | None = None
    either: tuple[str, str] = ("", "")


SHORT_REF = 4
_CUSTOMER = "iif(json_valid(s.body), json_extract(s.body, '$.identifier'), NULL)"  # as its index has it, to the letter


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

    async def page(self, wanted: Wanted, limit: int, after: StoredSale | None = None) -> list[StoredSale]:
        """A page of what is wanted, newest first. `after`: the last one of the page before."""
        return await self._db.call(_page, wanted, limit, after)

    async def beside(self, start: datetime, end: datetime) -> tuple[datetime | None, datetime | None]:
        """When the nearest sales before and after a span of time were, None where there are none."""
        return await self._db.call(_beside, to_ms(start), to_ms(end))


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


def find_sale(connection: apsw.Connection, ref: str) -> StoredSale | None:
    """The sale of a reference inside the caller's transaction, or None.   Thread: outbox."""
    found = _find(connection, ref)
    return found[0] if found else None


def _find(connection: apsw.Connection, ref: str) -> list[StoredSale]:
    assert_thread()
    return [with_entries(connection, _sale(*row)) for row in connection.execute(f"{_SELECT} WHERE s.ref = ?", (ref,))]


def with_entries(connection: apsw.Connection, sale: StoredSale) -> StoredSale:
    """The sale with the state of each voucher that was used on trust, and of each part that was undone.

    Both are their own entries' to say.   Thread: outbox.
    """
    assert_thread()
    if not sale.body.get("vouchers") and not sale.body.get("reversal"):
        return sale
    query = (  # a damaged row is kept for a person, and its body may be no JSON any more
        "SELECT ref, kind, iif(json_valid(body), json_extract(body, '$.voucher_id'), NULL), state, problem, said,"
        " iif(json_valid(answer), answer, '{}')"
        " FROM outbox WHERE sale = ? AND kind IN ('redeem_voucher', 'reverse_points', 'revert_voucher')"
    )
    rows = connection.execute(query, (sale.ref,)).fetchall()
    used: dict[Any, Any] = {row[2]: row[3] for row in rows if row[1] == "redeem_voucher"}
    for voucher in sale.body.get("vouchers", ()):
        voucher["state"] = used.get(voucher["voucher_id"], voucher.get("state", ""))
    undone: dict[Any, Any] = {row[0]: row for row in rows}
    for part in (sale.body.get("reversal") or {}).get("parts", ()):
        is_asked = part["ref"] and part["what"] != "unsent"
        if is_asked and part["ref"] not in undone:  # a damage took its entry, and it may have been sent
            part |= {"state": "attention", "problem": "DISK-07"}
        elif is_asked:
            _, _, _, state, problem, said, answer = undone[part["ref"]]
            told = json.loads(answer)
            part |= {"state": state, "problem": problem, "said": said}
            part |= {"moved": told.get("points", part.get("moved")), "back": told.get("state", part.get("back", ""))}
    return sale


def _recent(connection: apsw.Connection, limit: int) -> list[StoredSale]:
    assert_thread()
    rows = connection.execute(f"{_SELECT} ORDER BY s.at DESC, s.rowid DESC LIMIT ?", (limit,))
    return [_sale(*row) for row in rows]


def _page(connection: apsw.Connection, wanted: Wanted, limit: int, after: StoredSale | None) -> list[StoredSale]:
    """Each way of looking is a seek in an index of its own, so that a long history costs no more than a short one."""
    assert_thread()
    span = (to_ms(wanted.start) if wanted.start else -_FAR_MS, to_ms(wanted.end) if wanted.end else _FAR_MS)
    before = (to_ms(after.at), after.ref) if after is not None else (_FAR_MS, "")
    found: dict[str, Any] = {}
    for where, given in _ways(*wanted.either):
        query = (
            f"{_SELECT} WHERE {where} AND s.at >= ? AND s.at < ? AND (s.at, s.ref) < (?, ?)"
            " ORDER BY s.at DESC, s.ref DESC LIMIT ?"
        )
        found |= {str(row[0]): row for row in connection.execute(query, (*given, *span, *before, limit))}
    newest_first = sorted(found.values(), key=lambda row: (row[1], row[0]), reverse=True)
    return [with_entries(connection, _sale(*row)) for row in newest_first[:limit]]


def _ways(identifier: str, digits: str) -> list[tuple[str, tuple[str, ...]]]:
    """How a customer's sales, or those of a part of a reference, are found; all sales when neither is named."""
    ways: list[tuple[str, tuple[str, ...]]] = []
    if identifier:
        ways.append((f"{_CUSTOMER} = ?", (plain(identifier, 1000),)))
    if len(digits) >= SHORT_REF and digits.isascii() and digits.isdigit():
        ways.append(("substr(s.ref, -4) = ? AND s.ref LIKE ?", (digits[-SHORT_REF:], f"%{digits}")))
        ways.append(("s.ref >= ? AND s.ref < ?", (digits, f"{digits}:")))  # ":" follows "9"
    return ways or [("1" if not (identifier or digits) else "0", ())]


def _beside(connection: apsw.Connection, start_ms: int, end_ms: int) -> tuple[datetime | None, datetime | None]:
    assert_thread()
    before: Any = connection.execute("SELECT max(at) FROM sales WHERE at < ?", (start_ms,)).get
    after: Any = connection.execute("SELECT min(at) FROM sales WHERE at >= ?", (end_ms,)).get
    return (None if before is None else from_ms(before)), (None if after is None else from_ms(after))


def _sale(ref: str, at_ms: int, body: str, *entry: str | None) -> StoredSale:
    values = json.loads(body)
    if entry[0] is not None:
        values |= dict(zip(("state", "problem", "said"), entry, strict=True))
    return StoredSale(Ref(ref), from_ms(at_ms), values)
