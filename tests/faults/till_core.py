"""A whole till but for the glass: core, queue, client and file, on real HTTP, with a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fault_bench import START, FastClock

from pos_app.app import exchange_seen, mint
from pos_app.domain.day import Custom
from pos_app.domain.sale import SaleRecord
from pos_app.outbox import Database, Outbox, Pace, Timepieces
from pos_app.outbox.bound import Bound
from pos_app.outbox.facts import Facts
from pos_app.outbox.inquiry import Inquiry
from pos_app.outbox.journal import Journal
from pos_app.outbox.people import People
from pos_app.outbox.sales import Sales
from pos_app.outbox.shifts import Place, Shifts
from pos_app.perx.client import PerxClient
from pos_app.perx.profile import Profile
from pos_app.till import events as ev
from pos_app.till.dayend import Books, DayEnd
from pos_app.till.deliver import Delivery
from pos_app.till.shiftwork import Desk
from pos_app.till.state import Shop, State
from pos_app.till.till import Till
from pos_app.till.work import Tools
from pos_app.ui.present import present
from pos_app.ui.screen import Screen

WAIT_S = 10.0


class Wall:
    """The till's wall clock, which only a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Core:
    """One till that runs."""

    till: Till
    outbox: Outbox
    perx: PerxClient
    journal: Journal
    sales: Sales
    wall: Wall
    database: Database
    wrong: list[BaseException] = field(default_factory=list)
    slips: list[SaleRecord] = field(default_factory=list)

    @property
    def state(self) -> State:
        return self.till.state

    @property
    def screen(self) -> Screen:
        return present(self.till.state)

    def happen(self, *events: ev.Event) -> None:
        for event in events:
            self.till.post(event)

    async def rest(self) -> None:
        """Wait until everything that was asked for has been done."""
        await self.until(lambda: not self.till.is_busy)

    async def until(self, fact: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not fact():  # noqa: ASYNC110 - a fact of the till, not an event
                await asyncio.sleep(0.002)

    async def tick(self, seconds: float = 1.0) -> None:
        """Let a second pass on the wall clock, and what it leads to."""
        self.wall.now += timedelta(seconds=seconds)
        self.happen(ev.Ticked())
        await self.rest()

    async def serve(self, code: str, *keys: str) -> None:
        """Scan a member and type the bill."""
        self.happen(ev.Scanned(code))
        await self.until(lambda: self.state.sale.known is not None and self.state.sale.known.detailed)
        self.happen(*(ev.KeyTapped(key) for key in keys))


@asynccontextmanager
async def core(folder: Path, profile: Profile, shop: Shop | None = None, **pace: Any) -> AsyncIterator[Core]:
    """Run a till on this folder's file until the block is left."""
    wall, fast, wrong, slips = Wall(), FastClock(), [], []

    async def print_slip(record: SaleRecord) -> None:
        slips.append(record)

    async with AsyncExitStack() as stack:
        till = Till(State(wall.now, shop or Shop()), clock=wall, mint=mint, on_wrong=wrong.append)
        database = await Database.open(folder / "till.sqlite3")
        stack.push_async_callback(database.aclose)
        perx = await stack.enter_async_context(
            PerxClient(profile, on_exchange=lambda one: till.post(exchange_seen(one)))
        )
        outbox = Outbox(
            database,
            pace=Pace(**pace),
            on_change=lambda entry: till.post(ev.EntryChanged(entry)),
            timepieces=Timepieces(fast.wall, fast.monotonic, fast.sleep),
        )
        stack.push_async_callback(outbox.aclose)
        stack.push_async_callback(till.aclose)
        journal, sales = Journal(database), Sales(database)
        day_end = DayEnd(Books(outbox, Inquiry(database)), perx, Custom(), wall)
        kept = outbox, Facts(database), journal, sales, People(database, b"pepper")
        await till.start(
            Tools(perx, *kept, print_slip, day_end, Desk(Shifts(database, Place())), Bound(database), (0.02, 0.02))
        )
        delivery = Delivery(perx, outbox.asked_hold, outbox.unsettled)
        runner = asyncio.create_task(outbox.run(delivery.send, delivery.read_back))
        try:
            yield Core(till, outbox, perx, journal, sales, wall, database, wrong, slips)
        finally:
            runner.cancel()
            await asyncio.wait({runner})
        assert not wrong, wrong
