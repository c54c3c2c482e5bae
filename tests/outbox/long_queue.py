"""A till's file after a very long outage, and a meter of what SQLite does with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import apsw
from outbox_bench import sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import RecordSale
from pos_app.domain.kinds import KINDS
from pos_app.domain.sale import SaleRecord
from pos_app.outbox import StoredSale, rows, seals, values
from pos_app.outbox.sales import write_sale

ENTRIES = 100_000
CUSTOMERS = 20_000
COPIES = 50
_OUTBOX = "kind, amount_minor, rank, presses, state, made_at, due_at"


def put_for_real(db: apsw.Connection, command: RecordSale, now: rows.Clocks) -> None:
    """Store a sale and its entry, as the till does it."""
    record = SaleRecord(
        Ref(command.ref), command.sold_at, "SGD", command.amount_minor, command.amount_minor, command.identifier
    )
    write_sale(db, StoredSale(Ref(command.ref), datetime.fromtimestamp(now.wall_ms / 1000, UTC), record.to_body()))
    rows.insert(db, command, KINDS, now, hurry=False)  # nobody stands at the counter for it any more


def fill(db: apsw.Connection, wall: datetime, entries: int = ENTRIES, first: Sequence[str] = ()) -> None:
    """Fill the file: the first customers' sales, then a fiftieth of the rest for real, and that 49 times more.

    A copy differs from its pattern only in the names, so that it is what the till would have written.
    """
    now = rows.Clocks(values.to_ms(wall), values.to_ms(wall))
    for number, who in enumerate(first):
        put_for_real(db, sale(f"F{number}", who), now)
    for number in range(entries // COPIES):
        put_for_real(db, pattern(number, 0, entries), now)
    copied = "replace({0}, '@0', '@' || k)".format
    for table, names, kept in (("sales", ("ref", "body"), "at"), ("outbox", ("ref", "lane", "sale", "body"), _OUTBOX)):
        db.execute(
            f"WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {COPIES - 1})"  # noqa: S608
            f" INSERT INTO {table} ({', '.join(names)}, {kept}) SELECT {', '.join(map(copied, names))}, {kept}"
            f" FROM {table}, n WHERE ref LIKE '%@0' ORDER BY k, {table}.rowid"
        )
    seals.teach(db)
    db.execute("UPDATE outbox SET seal = seal(ref, kind, body, amount_minor)")


def pattern(number: int, copy: int, entries: int = ENTRIES) -> RecordSale:
    """One sale of the queue: five a customer."""
    customers = max(1, entries * CUSTOMERS // ENTRIES // COPIES)
    return sale(f"A{number}@{copy}", f"C{number % customers}@{copy}", 100 + number)


class Meter:
    """What SQLite did: statements, steps of its machine, and rows that it went through one after the other."""

    def __init__(self) -> None:
        self.figures: Counter[str] = Counter()
        self.scans: Counter[str] = Counter()

    def __call__(self, event: dict[str, Any]) -> None:
        status = event["stmt_status"]
        scanned = status["SQLITE_STMTSTATUS_FULLSCAN_STEP"]
        self.figures += Counter(statements=1, steps=status["SQLITE_STMTSTATUS_VM_STEP"], scanned=scanned)
        self.scans[event["sql"]] += scanned

    @contextmanager
    def on(self, db: apsw.Connection) -> Iterator[None]:
        db.trace_v2(apsw.SQLITE_TRACE_PROFILE, self, id=self)
        try:
            yield
        finally:
            db.trace_v2(0, None, id=self)
