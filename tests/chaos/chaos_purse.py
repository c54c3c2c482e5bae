"""Points at the counter, as the till's core would move them: the commands are there, and no screen uses them yet.

A supervisor's correction gives or takes points. Paying with points keeps them back for a sale; then the sale takes
them, or they are let go. What is asked for is the effect that a step would ask for, done by the till's own work and
outbox. What is kept back is written down before Perx is asked, as the open sale is, so that the next life lets it go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from chaos_plan import Visit
from chaos_points import Tell

from pos_app.app import Counter, mint
from pos_app.domain.codes import Ref
from pos_app.domain.commands import BurnPoints, Checkout, Command, EarnPoints, HoldPoints, ReleasePoints, ReversePoints
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.sale import SaleRecord
from pos_app.outbox.database import StorageError
from pos_app.perx.errors import PerxError
from pos_app.till.effects import Store
from pos_app.till.events import EntryChanged, Event

FACT, ANSWER_S, CURRENCY = "open_points", 1.2, "SGD"
_CORRECTIONS = {"earn": EarnPoints, "burn": BurnPoints, "reverse": ReversePoints}
_OVER = (EntryState.DONE, EntryState.REFUSED, EntryState.CHECKING, EntryState.ATTENTION)


class Purse:
    """The points of the customer at the counter. `resume` first; then what comes true late is let go by itself."""

    def __init__(self, running: Counter, at: Callable[[str], None], tell: Tell) -> None:
        self._work = running.till._work
        self._outbox, self._at, self._tell = running.outbox, at, tell
        self._facts, self._perx = self._work._tools.facts, self._work._tools.perx
        self._open: dict[str, str] = {}  # sales that points may be kept back for, and whose
        self._here = ""  # the sale at the counter
        self._heard: dict[str, Entry] = {}
        self._news = asyncio.Event()
        self._settling = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        post = running.till.post

        def posted(event: Event) -> None:
            post(event)
            if isinstance(event, EntryChanged):
                self._hear(event.entry)

        running.till.post = posted  # type: ignore[method-assign]

    async def resume(self) -> None:
        """Take up what the last life left."""
        kept = await self._facts.get(FACT)
        self._open = dict(kept[0]) if kept else {}
        for sale in list(self._open):
            await self.settle(sale)

    async def is_settled(self) -> bool:
        """Whether nothing is kept back any more that is not used, given back, or with a person."""
        for sale in list(self._open):
            await self.settle(sale)
        return not self._open

    def close(self) -> None:
        """Listen no more: the till ends."""
        for task in self._tasks:
            task.cancel()

    async def step(self, visit: Visit, identifier: str) -> None:
        """What this visit does with points."""
        self._tell(step=visit.points)
        if visit.points in _CORRECTIONS:
            await self._correct(visit, identifier, _CORRECTIONS[visit.points])
        else:
            await self._keep_back(visit, identifier)

    async def settle(self, sale: str) -> None:
        """Let go what is kept back for a sale that did not take it, as soon as that is known; harmless."""
        async with self._settling:
            with suppress(StorageError):
                if sale in self._open and sale != self._here and await self._is_over(Ref(sale)):
                    self._open.pop(sale, None)

    async def _is_over(self, sale: Ref) -> bool:
        """Whether nothing of this sale's is kept back any more, after it was let go when nobody would use it."""
        entries = await self._outbox.for_sale(sale)
        takes = [one for one in entries if isinstance(one.command, Checkout)]
        hold = next((one for one in entries if isinstance(one.command, HoldPoints)), None)
        if any(one.state.is_open for one in takes) or (hold is not None and hold.state.is_open):
            return False
        is_used = any(one.state is not EntryState.REFUSED for one in takes)
        is_let_go = any(isinstance(one.command, ReleasePoints) for one in entries)
        if hold is not None and hold.state is EntryState.DONE and not is_used and not is_let_go:
            await self._ask(_release(hold), wait=False)
            return False
        return True

    # ---------------------------------------------------------------- one visit

    async def _correct(
        self, visit: Visit, identifier: str, what: type[EarnPoints | BurnPoints | ReversePoints]
    ) -> None:
        command = what(
            ref=mint(), identifier=identifier, points=visit.points_moved, properties={"reason": "correction"}
        )
        await self._ask(command, twice=visit.twice)

    async def _keep_back(self, visit: Visit, identifier: str) -> None:
        """Keep points back, and use them or not.

        Perx tells how much it keeps back, and not for what: so one sale of a customer at a time, asked right before.
        """
        is_one_open = identifier in self._open.values()
        if is_one_open or any(one.state.is_open for one in await self._outbox.unsettled(f"customer:{identifier}")):
            return
        sale, points = mint(), visit.points_moved
        try:
            before = (await self._perx.balance(identifier)).held
            await self._facts.keep(FACT, {**self._open, str(sale): identifier})
        except (PerxError, StorageError):
            return
        self._open[str(sale)] = identifier
        self._here = str(sale)
        command = HoldPoints(ref=mint(), identifier=identifier, points=points, sale=sale, held_before=int(before))
        hold = await self._ask(command, twice=visit.twice)
        if hold is not None and hold.state is EntryState.DONE:
            self._at("counter:points_held")
            await self._use(visit, hold)
        self._here = ""
        await self.settle(str(sale))

    async def _use(self, visit: Visit, hold: Entry) -> None:
        if visit.points == "pay":
            sale = _sale(visit, hold)
            record = SaleRecord(
                sale.ref, sale.sold_at, CURRENCY, sale.amount_minor, sale.amount_minor, sale.identifier, till="Till 2"
            )
            await self._ask(sale, record, twice=visit.twice)
        elif visit.points in ("release", "exchange"):
            released = await self._ask(_release(hold), twice=visit.twice)
            if visit.points == "exchange" and released is not None and released.state is EntryState.DONE:
                await self._correct(visit, hold.command.identifier, BurnPoints)

    async def _ask(
        self, command: Command, record: SaleRecord | None = None, *, twice: bool = False, wait: bool = True
    ) -> Entry | None:
        """Write it down, and wait for what becomes of it: the last that was heard. A second tap asks for the same."""
        for _ in range(2 if twice else 1):
            await self._work.do(Store(command, record))
        try:
            async with asyncio.timeout(ANSWER_S if wait else 0):
                while command.ref not in self._heard or self._heard[command.ref].state not in _OVER:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        return self._heard.get(command.ref)

    def _hear(self, entry: Entry) -> None:
        self._heard[entry.ref] = entry
        self._news.set()
        sale = str(getattr(entry.command, "sale", "") or entry.ref)
        if sale in self._open and not entry.state.is_open:
            task = asyncio.get_running_loop().create_task(self.settle(sale))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


def _release(hold: Entry) -> ReleasePoints:
    kept: Any = hold.command
    return ReleasePoints(
        ref=mint(),
        identifier=kept.identifier,
        points=kept.points,
        sale=kept.sale,
        hold_id=str(hold.answer["hold_id"]),
    )


def _sale(visit: Visit, hold: Entry) -> Checkout:
    kept: Any = hold.command
    return Checkout(
        ref=kept.sale,
        identifier=kept.identifier,
        amount_minor=visit.bill_minor,
        currency=CURRENCY,
        sold_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        points_hold=str(hold.answer["hold_id"]),
        points=kept.points,
    )
