"""What is asked of the data file from outside the counter, in pages that hold up no sale.

Every page is one short job on the database's thread, so a running till sells between two of them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import apsw
from msgspec import Struct

from pos_app.domain.codes import Ref
from pos_app.domain.entries import Entry
from pos_app.outbox import counting
from pos_app.outbox.database import Database, assert_thread
from pos_app.outbox.journal import Note
from pos_app.outbox.reading import COLUMNS, from_row
from pos_app.outbox.values import from_ms, to_ms

PAGE = 200
MAX_NOTES = 200
CLOCK_SLACK = timedelta(days=1)
"""Entries are stored in the order of their making; a clock that was set back may shift their times by so much."""


class SoldCount(Struct, frozen=True):
    """The sales of a time span in one state. Units: `value_minor` minor units of the till's currency."""

    state: str
    sales: int
    value_minor: int
    vouchers: int


class UndoneCount(Struct, frozen=True):
    """What was reversed in a time span. Units: `value_minor` minor units; points as Perx confirmed them."""

    sales: int
    value_minor: int
    points_taken: int
    points_returned: int


class Inquiry:
    """Reads the data file page by page. Errors: StorageError.   Thread: main."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, after: int, limit: int = PAGE) -> list[Entry]:
        """Entries after this id, oldest first, also those that cannot be read."""
        return await self._db.call(_oldest_first, after, limit)

    async def entries(self, refs: Sequence[Ref]) -> list[Entry]:
        """These entries as they are now, as far as they can be read, oldest first."""
        found: list[Entry] = []
        for start in range(0, len(refs), PAGE):
            page = await self._db.call(_by_refs, list(refs[start : start + PAGE]))
            found += [one for one in page if not one.is_spoilt]
        return sorted(found, key=lambda entry: entry.id)

    async def notes(self, refs: Sequence[Ref]) -> list[Note]:
        """What the journal says of these references, oldest first; the last ones when there are very many."""
        return await self._db.call(_notes, list(refs))

    async def made(self, start: datetime, end: datetime) -> AsyncIterator[Entry]:
        """Every readable entry that was made in this span, newest first."""
        until, before = start - CLOCK_SLACK, None
        while True:
            page = await self._db.call(_newest_first, before, PAGE)
            readable = [one for one in page if not one.is_spoilt]
            for entry in readable:
                if start <= entry.made_at < end:
                    yield entry
            if len(page) < PAGE or (readable and all(entry.made_at < until for entry in readable)):
                return
            before = page[-1].id

    async def sold(self, start: datetime, end: datetime) -> list[SoldCount]:
        """The sales that were completed in this span, by their state."""
        return await self._db.call(_sold, to_ms(start), to_ms(end))

    async def undone(self, start: datetime, end: datetime) -> UndoneCount:
        """What was reversed in this span, whenever it was sold."""
        return await self._db.call(_undone, to_ms(start), to_ms(end))

    async def known(self, refs: Sequence[Ref]) -> frozenset[Ref]:
        """Which of these references are this till's, whether their rows can be read or not."""
        return await self._db.call(_known, list(refs))

    async def settled_by_hand(self, refs: Sequence[Ref]) -> set[Ref]:
        """Which of these entries a person settled."""
        return await self._db.call(_by_hand, list(refs))


def _oldest_first(connection: apsw.Connection, after: int, limit: int) -> list[Entry]:
    assert_thread()
    query = f"SELECT {COLUMNS} FROM outbox WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608 - our own columns
    return [from_row(row) for row in connection.execute(query, (after, limit))]


def _newest_first(connection: apsw.Connection, before: int | None, limit: int) -> list[Entry]:
    assert_thread()
    query = f"SELECT {COLUMNS} FROM outbox WHERE id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own columns
    return [from_row(row) for row in connection.execute(query, (before or 2**62, limit))]


def _by_refs(connection: apsw.Connection, refs: list[str]) -> list[Entry]:
    assert_thread()
    query = f"SELECT {COLUMNS} FROM outbox WHERE ref IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own columns
    return [from_row(row) for row in connection.execute(query, (json.dumps(refs),))]


def _notes(connection: apsw.Connection, refs: list[str]) -> list[Note]:
    """Without an index on purpose: a reference is asked for by hand, now and then."""
    assert_thread()
    query = (
        "SELECT id, at, person, what, ref, facts FROM journal WHERE ref IN (SELECT value FROM json_each(?))"
        " ORDER BY id DESC LIMIT ?"
    )
    rows = connection.execute(query, (json.dumps(refs), MAX_NOTES)).fetchall()
    return [Note(row[0], from_ms(row[1]), row[2], row[3], row[4], json.loads(row[5])) for row in reversed(rows)]


def _sold(connection: apsw.Connection, start_ms: int, end_ms: int) -> list[SoldCount]:
    assert_thread()
    counts: dict[str, SoldCount] = {}
    for row in counting.sales(connection, counting.between(start_ms, end_ms)):
        so_far = counts.get(row.state, SoldCount(row.state, 0, 0, 0))
        sales, minor, vouchers = (
            so_far.sales + row.sales,
            so_far.value_minor + row.minor,
            so_far.vouchers + row.vouchers,
        )
        counts[row.state] = SoldCount(row.state, sales, minor, vouchers)
    return list(counts.values())


def _undone(connection: apsw.Connection, start_ms: int, end_ms: int) -> UndoneCount:
    span = counting.between(start_ms, end_ms)
    sales = counting.reversals(connection, span)
    return UndoneCount(sales.count, sales.minor, *counting.points_undone(connection, span))


def _known(connection: apsw.Connection, refs: list[str]) -> frozenset[Ref]:
    assert_thread()
    query = "SELECT ref FROM outbox WHERE ref IN (SELECT value FROM json_each(?))"
    return frozenset(Ref(str(row[0])) for row in connection.execute(query, (json.dumps(refs),)))


def _by_hand(connection: apsw.Connection, refs: list[str]) -> set[Ref]:
    assert_thread()
    query = "SELECT ref FROM journal WHERE what = 'settled by hand' AND ref IN (SELECT value FROM json_each(?))"
    return {Ref(str(row[0])) for row in connection.execute(query, (json.dumps(refs),))}
