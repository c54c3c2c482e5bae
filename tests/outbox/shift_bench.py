"""A till's file with shifts on a bench: sales of any state are put by hand, and the clock can be set back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
from msgspec.structs import replace
from outbox_bench import START

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command, RecordSale, RedeemVoucher
from pos_app.domain.day import Day
from pos_app.domain.kinds import KINDS
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.domain.shift import Report
from pos_app.outbox import Database, Journal, StoredSale, rows, values
from pos_app.outbox.sales import write_sale
from pos_app.outbox.shifts import Place, Shifts
from pos_app.till.shiftwork import report_from

PLACE = Place("Lumen & Oak, Riverside", "Till 2", "SGD")


@dataclass
class Wall:
    """The clock of a till."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def settle(db: apsw.Connection, ref: str, state: str) -> None:
    db.execute("UPDATE outbox SET state = ?, due_at = NULL WHERE ref = ?", (state, ref))


def insert(db: apsw.Connection, command: Command, state: str, now_ms: int) -> None:
    rows.insert(db, command, KINDS, rows.Clocks(now_ms, now_ms), hurry=False)
    settle(db, command.ref, state)


@dataclass
class ShiftBench:
    """One run of it."""

    db: Database
    shifts: Shifts
    journal: Journal
    wall: Wall
    made: int = 0

    async def put(self, command: Command, state: str = "done") -> None:
        await self.db.call(insert, command, state, values.to_ms(self.wall.now))

    async def sell(self, minor: int = 1000, state: str = "done", **told: Any) -> str:
        """A sale and what the till keeps of it; `told` are fields of its record."""
        self.made += 1
        ref, at = Ref(f"S{self.made}"), self.wall.now
        known = {name: value for name, value in told.items() if name in SaleRecord.__struct_fields__}
        record = replace(SaleRecord(ref, at.isoformat(), "SGD", minor, minor, "C-1", estimate=minor // 100), **known)
        body = record.to_body() | {name: value for name, value in told.items() if name not in known}
        sold = RecordSale(ref=ref, identifier="C-1", amount_minor=minor, currency="SGD", sold_at=record.sold_at)

        def write(db: apsw.Connection) -> None:
            write_sale(db, StoredSale(ref, at, body))
            insert(db, sold, state, values.to_ms(at))

        await self.db.call(write)
        return ref

    async def trust(self, title: str, minor: int, state: str) -> None:
        """A sale with a voucher on trust, which has come to a state of its own."""
        sale = await self.sell(5000, vouchers=(UsedVoucher(9, title, "", minor, on_trust=True, state="waiting"),))
        redeem = RedeemVoucher(ref=Ref(f"R{sale}"), identifier="C-1", voucher_id=9, sale=Ref(sale), title=title,
                               amount_minor=minor, currency="SGD")  # fmt: skip
        await self.put(redeem, state)

    async def settle(self, ref: str, state: str) -> None:
        await self.db.call(settle, ref, state)

    async def close(self, *, sure: bool = True) -> Report:
        """Close the open shift and read its report back."""
        shift = await self.shifts.current()
        assert shift is not None
        return await self.z(await self.shifts.close(shift.number, "Noor H.", sure=sure))

    async def z(self, number: int) -> Report:
        kept = await self.shifts.stored(number)
        assert kept is not None
        assert kept.is_sound
        report = report_from(kept.body)
        assert report is not None
        return report


@asynccontextmanager
async def shift_bench(path: Path, wall: Wall | None = None) -> AsyncIterator[ShiftBench]:
    wall = wall or Wall()
    db = await Database.open(path)
    try:
        yield ShiftBench(db, Shifts(db, PLACE, clock=wall), Journal(db, clock=wall), wall)
    finally:
        await db.aclose()


def day_of(now: datetime) -> Day:
    """The day of a moment, in UTC."""
    start = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return Day(start.date(), start, start + timedelta(days=1))
