"""A till's outbox on a bench: a real file and thread, a server that records effects, and a clock moved by hand."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pos_app.domain.codes import Ref
from pos_app.domain.commands import (
    CannotTell,
    Checkout,
    Command,
    Done,
    Finding,
    Found,
    HoldVoucher,
    NoAnswer,
    NotFound,
    NotSent,
    Outcome,
    RecordSale,
    Refused,
    ReleaseVoucher,
)
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox import Database, Outbox, Pace, Timepieces

DEADLINE_S = 60.0
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    """Time that stands still until it is moved; the wall can be set apart from it."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.set_by_s = 0.0
        self.sleeps = 0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        return self.now_s

    def wall(self) -> datetime:
        return START + timedelta(seconds=self.now_s - 1000.0 + self.set_by_s)

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sleeper = (self.now_s + seconds, woken)
        self._sleepers.append(sleeper)
        try:
            await woken
        finally:
            self._sleepers.remove(sleeper)

    def next_at_s(self) -> float | None:
        return min((at_s for at_s, woken in self._sleepers if not woken.done()), default=None)

    def move_to(self, now_s: float) -> None:
        self.now_s = now_s
        for at_s, woken in self._sleepers:
            if at_s <= now_s and not woken.done():
                woken.set_result(None)


class Server:
    """Perx as the outbox sees it: it refuses no duplicate, and each send may go wrong by script."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.effects: dict[Ref, list[float]] = defaultdict(list)
        self.sends: list[Ref] = []
        self.looks: list[tuple[Ref, float]] = []
        self.script: dict[Ref, list[str | Outcome]] = defaultdict(list)
        self.look_script: dict[Ref, list[str]] = defaultdict(list)
        self.always: str = ""
        self.gates: dict[Ref, asyncio.Event] = {}
        self.at_work: set[Ref] = set()
        self.most_at_work = 0
        self.on_send: Callable[[], None] = lambda: None

    async def send(self, command: Command) -> Outcome:
        ref = command.ref
        self.sends.append(ref)
        self.on_send()
        self.at_work.add(ref)
        self.most_at_work = max(self.most_at_work, len(self.at_work))
        try:
            if ref in self.gates:
                await self.gates[ref].wait()
            what = self.script[ref].pop(0) if self.script[ref] else self.always or "ok"
            if what in ("hang", "hang_done"):  # until the till ends
                self.effects[ref] += [self.clock.now_s] if what == "hang_done" else []
                await asyncio.Event().wait()
            return self._outcome(ref, what)
        finally:
            self.at_work.discard(ref)

    def _outcome(self, ref: Ref, what: str | Outcome) -> Outcome:
        if not isinstance(what, str):
            return what
        what, _, figure = what.partition(":")
        match what:
            case "ok":
                self.effects[ref].append(self.clock.now_s)
                return Done({"points": 5})
            case "lost":
                self.effects[ref].append(self.clock.now_s + float(figure or 0))
                return NoAnswer("NET-02")
            case "dropped":
                return NoAnswer("NET-02")
            case "refused":
                return Refused("PX-010", "no")
            case "offline":
                return NotSent("NET-01")
            case "busy":
                return NotSent("NET-05", retry_after_s=float(figure))
            case "stop":
                return NotSent("KEY-01", stop=True)
        raise ZeroDivisionError(what)

    async def read_back(self, command: Command, age_s: float) -> Finding:
        ref = command.ref
        self.looks.append((ref, age_s))
        match self.look_script[ref].pop(0) if self.look_script[ref] else "":
            case "cannot":
                return CannotTell("NET-01")
            case "person":
                return CannotTell("PX-000", person=True)
            case "boom":
                raise ZeroDivisionError(ref)
        done = [at_s for at_s in self.effects[ref] if at_s <= self.clock.now_s]
        return Found({"points": 5}) if done else NotFound()


@dataclass
class Bench:
    """One run of the till's outbox."""

    path: Path
    clock: Clock
    server: Server
    db: Database
    outbox: Outbox
    told: list[tuple[Ref, EntryState]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    async def settled(self) -> None:
        """Wait until nothing moves any more without time."""
        quiet = 0
        while quiet < 4:
            before = (self.clock.sleeps, len(self.told), len(self.server.sends), len(self.server.looks))
            await self.db.call(lambda connection: None)
            for _ in range(6):
                await asyncio.sleep(0)
            after = (self.clock.sleeps, len(self.told), len(self.server.sends), len(self.server.looks))
            quiet = quiet + 1 if before == after else 0

    async def pass_s(self, seconds: float) -> None:
        """Let time pass, stopping wherever somebody sleeps until."""
        end_s = self.clock.now_s + seconds
        await self.settled()
        while (at_s := self.clock.next_at_s()) is not None and at_s <= end_s:
            self.clock.move_to(max(at_s, self.clock.now_s))
            await self.settled()
        self.clock.move_to(end_s)
        await self.settled()

    async def state(self, ref: str) -> EntryState:
        entry = await self.outbox.entry(Ref(ref))
        assert entry is not None
        return entry.state

    async def put(self, *commands: Command) -> None:
        for command in commands:
            await self.outbox.put(command)


@asynccontextmanager
async def bench(
    path: Path, clock: Clock | None = None, server: Server | None = None, *, deliver: bool = True, **options: Any
) -> AsyncIterator[Bench]:
    clock = clock or Clock()
    server = server or Server(clock)
    db = await Database.open(path)
    told: list[tuple[Ref, EntryState]] = []
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))

    def on_change(entry: Entry) -> None:
        told.append((entry.ref, entry.state))

    outbox = Outbox(
        db,
        pace=Pace(rng=random.Random(7), **options),
        on_change=on_change,
        timepieces=Timepieces(clock.wall, clock.monotonic, clock.sleep),
    )
    made = Bench(path, clock, server, db, outbox, told, problems)
    runner = asyncio.create_task(outbox.run(server.send, server.read_back)) if deliver else None
    try:
        yield made
    finally:
        await outbox.aclose()
        if runner is not None:
            await asyncio.wait({runner})
            assert runner.cancelled() or runner.exception() is None, "the delivery died"
        await db.aclose()


def run(scene: Callable[[], Awaitable[None]]) -> None:
    """Run one scene, with a deadline on the real clock."""

    async def bounded() -> None:
        async with asyncio.timeout(DEADLINE_S):
            await scene()

    asyncio.run(bounded())


def sale(ref: str, who: str = "C-1", amount_minor: int = 1000) -> RecordSale:
    return RecordSale(
        ref=Ref(ref), identifier=who, amount_minor=amount_minor, currency="SGD", sold_at=START.isoformat()
    )


def checkout(ref: str, who: str = "C-1", vouchers: tuple[int, ...] = ()) -> Checkout:
    return Checkout(
        ref=Ref(ref),
        identifier=who,
        amount_minor=1000,
        currency="SGD",
        sold_at=START.isoformat(),
        voucher_ids=list(vouchers),
    )


def hold(ref: str, voucher_id: int = 7) -> HoldVoucher:
    return HoldVoucher(ref=Ref(ref), identifier="C-1", voucher_id=voucher_id, sale=Ref("S"))


def release(ref: str, voucher_id: int = 7) -> ReleaseVoucher:
    return ReleaseVoucher(ref=Ref(ref), identifier="C-1", voucher_id=voucher_id, sale=Ref("S"))
