"""The cashier of a life of chaos: serves drawn customers, waits for each answer, taps twice, gives up, goes on.

Never knows of a fault or a kill. What is on the counter after a start is dealt with first, as a person would.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

from chaos_plan import Life, Visit, owner, visits
from chaos_points import Clock, Tell
from chaos_purse import Purse

from pos_app.app import Counter
from pos_app.domain.entries import Entry, EntryState
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.state import LineState, Phase, State
from pos_app.tour.hand import Hand, press

FIRST_CUSTOMER, FIRST_VOUCHER = 10_000, 100_000
ANSWER_S, SALE_S, DRAIN_S, HELD_S = 1.2, 1.5, 90.0, 5.0
_BUTTONS = {
    ev.CompleteTapped: ("Complete", "Save sale"),
    ev.CancelTapped: ("Cancel sale",),
    ev.NextTapped: ("Next customer", "Serve the next customer"),
    ev.EnrolTapped: ("Add",),
    ev.UseAnywayTapped: ("It is",),
    ev.NoticeClosed: ("Back",),
}


def identifier(customer: int) -> str:
    """What a planted customer is known by."""
    return f"65{FIRST_CUSTOMER + customer:08d}"


def newcomer(number: int) -> str:
    """What somebody new is known by."""
    return f"66{number:08d}"


class Cashier:
    """Serves at one till, by finger where there is a window, else by the events that a finger makes."""

    def __init__(
        self, running: Counter, hand: Hand | None, clock: Clock, at: Callable[[str], None], tell: Tell
    ) -> None:
        self._till, self._running, self._hand, self._clock = running.till, running, hand, clock
        self._at, self._tell = at, tell
        self._purse = Purse(running, at, tell)

    @property
    def state(self) -> State:
        return self._till.state

    async def serve(self, life: Life) -> None:
        """Serve the life's customers until it ends."""
        for served, visit in enumerate(visits(life)):
            if served >= life.visits:
                return
            if life.full and served in life.full:
                _disk_is_full(served == life.full[0])
                self._tell(spoiled="disk_full" if served == life.full[0] else "disk_has_room_again")
            if visit.jump_s:
                self._tell(spoiled="clock_jump")
                self._clock.jump_s += visit.jump_s
            await self.clear()
            if visit.on_trust:
                await self._trusting(visit)
            else:
                await self._visit(visit)
            self._tell(visit=visit.number)

    async def clear(self) -> None:
        """Bring whatever is on the counter to its end."""
        for _ in range(4):
            sale = self.state.sale
            if sale.trouble is not None or self.state.wrong:
                self.tap(ev.NoticeClosed())
            if sale.is_empty and sale.record is None:
                return
            self._till.post(ev.PanelClosed())
            if sale.phase is Phase.OPEN and sale.known and sale.bill_minor and not sale.looking:
                await self._complete(twice=False)
            elif sale.phase is Phase.OPEN:
                self.tap(ev.CancelTapped())
            self.tap(ev.NextTapped())
            self.tap(ev.CancelTapped())
            await asyncio.sleep(0)

    async def drain(self) -> None:
        """End what is open, and wait until nothing waits, is checked, or is held."""
        began_s = time.monotonic()
        quiet_s: float | None = None
        while time.monotonic() - began_s < DRAIN_S:
            if not self.state.sale.is_empty or self.state.sale.record is not None:
                await self.clear()
            backlog = await self._running.outbox.backlog()
            is_quiet = self.state.sale.is_empty and not (backlog.waiting or backlog.checking or self._till.is_busy)
            quiet_s = (quiet_s or time.monotonic()) if is_quiet else None
            if quiet_s and (not await self._running.outbox.holds() or time.monotonic() - quiet_s > HELD_S):
                return
            await asyncio.sleep(0.05)
        left = [f"{one.command.kind} {one.ref} {one.state} {one.due_at}" for one in await self._open()]
        self._tell(stuck=left, link=repr(self.state.link), sale=repr(self.state.sale), busy=self._till.is_busy)

    async def _open(self) -> list[Entry]:
        states = [one for one in EntryState if one.is_open]
        return await self._running.outbox.entries(states)

    def tap(self, event: ev.Event) -> bool:
        """Press the button of this event, when it is there; without a window, post it."""
        if self._hand is None:
            self._till.post(event)
            return True
        names = (event.key,) if isinstance(event, ev.KeyTapped) else _BUTTONS.get(type(event), ())
        for target in self._hand.window.targets():
            if names and target.accessibleName().replace("\u00a0", " ").startswith(names):
                press(target)
                return True
        return False

    async def _until(self, fact: Callable[[State], bool], within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                while not fact(self.state):
                    await self._till.changed()
        except TimeoutError:
            return False
        return True

    async def _visit(self, visit: Visit) -> None:
        scans = [_voucher(one) for one in visit.vouchers]
        who = newcomer(visit.number) if visit.customer is None else identifier(visit.customer)
        first = scans.pop(0) if visit.voucher_first and scans else who if visit.number % 2 else _member(who)
        self._till.post(ev.Scanned(first))
        if not await self._is_known(ask=visit.customer is None):
            return
        if visit.points:
            await self._besides(visit, who)
            return
        await self._vouchers(scans, twice=visit.twice)
        if any(line.state is LineState.HELD for line in self.state.sale.lines):
            self._at("counter:held")
        self._type(visit)
        await self._end(visit)

    async def _besides(self, visit: Visit, who: str) -> None:
        """Points, a reward or a PIN; then the sale is completed with it, left as it is, or cancelled."""
        self._type(visit)
        if await self._purse.step(visit, who):
            await self._complete(twice=visit.twice)
            self.tap(ev.NextTapped())
        elif visit.points != "forget":
            self.tap(ev.CancelTapped())

    async def _vouchers(self, scans: list[str], *, twice: bool) -> None:
        for code in scans:
            self._till.post(ev.Scanned(code))
            if twice:
                self._till.post(ev.Scanned(code))
        await self._until(lambda state: not any(line.is_busy for line in state.sale.lines), ANSWER_S)

    def _type(self, visit: Visit) -> None:
        for key in str(visit.bill_minor):
            self.tap(ev.KeyTapped(key))

    async def _trusting(self, visit: Visit) -> None:
        """A customer whom the till has seen, and then the line is cut: their vouchers are used on trust."""
        who, scans = _member(identifier(visit.customer or 0)), [_voucher(one) for one in visit.vouchers]
        self._till.post(ev.Scanned(who))
        if not await self._is_known(ask=False):
            return
        if visit.on_trust == "held":
            await self._vouchers(scans, twice=visit.twice)
        else:
            self.tap(ev.CancelTapped())
        self._tell(line="cut", trusted=visit.vouchers, elsewhere=visit.elsewhere)
        if await self._comes(online=False):
            if visit.on_trust != "held":
                self._till.post(ev.Scanned(who))
                await self._is_known(ask=False)
                await self._vouchers(scans, twice=visit.twice)
            self._type(visit)
            await self._complete(twice=visit.twice)
            self.tap(ev.NextTapped())
        self._tell(line="back")
        if await self._comes(online=True):
            await self._until(lambda state: not state.backlog.unconfirmed.count, SALE_S)

    async def _comes(self, *, online: bool) -> bool:
        """Wait until the till has noticed that the line is cut, or back; what it asks for shows it."""
        end_s = time.monotonic() + 2 * ANSWER_S
        while self.state.link.online is not online:
            if time.monotonic() > end_s:
                return False
            if not online:
                self._till._begin(ef.Probe())
            await asyncio.sleep(0.05)
        return True

    async def _is_known(self, *, ask: bool) -> bool:
        """Wait for the customer; enrol somebody new, take on trust whoever Perx cannot be asked about."""

        def is_settled(state: State) -> bool:
            sale = state.sale
            return bool(sale.trouble or sale.offer or (sale.known and sale.known.detailed and not sale.looking))

        await self._until(is_settled, ANSWER_S)
        offer = self.state.sale.offer
        if offer is not None and offer.unasked:
            self.tap(ev.UseAnywayTapped())
        elif offer is not None and ask:
            self.tap(ev.EnrolTapped())
            self.tap(ev.EnrolTapped())
            await self._until(lambda state: bool(state.sale.trouble or state.sale.known), ANSWER_S)
        return self.state.sale.known is not None

    async def _end(self, visit: Visit) -> None:
        match visit.ends:
            case "cancel":
                self.tap(ev.CancelTapped())
                return
            case "walk_away":
                self._till.post(ev.CustomerRemoved())
                self.tap(ev.CancelTapped())
                return
            case "leave":
                return
            case "take_out":
                for line in self.state.sale.lines[:1]:
                    self._till.post(ev.LineRemoved(line.key))
        await self._complete(twice=visit.twice)
        self.tap(ev.NextTapped())

    async def _complete(self, *, twice: bool) -> None:
        """Complete, once it can be; then wait for what becomes of it."""

        def is_over(state: State) -> bool:
            return state.sale.phase in (Phase.DONE, Phase.CHECKING) or state.sale.trouble is not None

        await self._until(lambda state: not any(line.is_busy for line in state.sale.lines), ANSWER_S)
        self.tap(ev.CompleteTapped())
        if twice:
            self.tap(ev.CompleteTapped())
        if self.state.sale.phase is Phase.COMMITTING:
            self._at("counter:completed")
        if self.state.sale.phase is not Phase.OPEN:
            await self._until(is_over, SALE_S)


def _voucher(number: int) -> str:
    """What the phone of a voucher's owner shows."""
    code = {"identifier": identifier(owner(number)), "voucherId": FIRST_VOUCHER + number}
    return json.dumps(code, separators=(",", ":"))


def _member(who: str) -> str:
    return json.dumps({"identifier": who})


def _disk_is_full(full: bool) -> None:
    """No file may grow past its first page, until the disk has room again. Only POSIX has such a limit."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096 if full else hard, hard))
