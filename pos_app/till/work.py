"""Does what steps ask for: asks Perx, writes to the database, prints. Answers come back as events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from pos_app.domain.chimes import Chime
from pos_app.domain.codes import Ref
from pos_app.domain.commands import Kind
from pos_app.domain.customers import Balance, Customer
from pos_app.domain.entries import Entry
from pos_app.domain.kinds import KINDS
from pos_app.domain.sale import SaleRecord, from_body
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.outbox.bound import Bound
from pos_app.outbox.database import StorageError
from pos_app.outbox.facts import Facts
from pos_app.outbox.journal import Journal
from pos_app.outbox.opensale import DRAFT
from pos_app.outbox.outbox import Outbox
from pos_app.outbox.people import People
from pos_app.outbox.sales import Sales, StoredSale
from pos_app.outbox.salvage import SALVAGE_FACT
from pos_app.perx import errors
from pos_app.perx.client import PerxClient
from pos_app.till import claiming, customers, history, paying, pinning, speech, training
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.counterwork import CounterWork
from pos_app.till.customerwork import CustomerWork, NotFoundError, identifier_of
from pos_app.till.dayend import DayEnd
from pos_app.till.daywork import DayWork
from pos_app.till.deskwork import DeskWork
from pos_app.till.draft import refs_of
from pos_app.till.historywork import HistoryWork
from pos_app.till.keeping import Coalesced, Keeper
from pos_app.till.kept import TRAINING, kept_before
from pos_app.till.pinning import Pins
from pos_app.till.servicework import Bench, ServiceWork
from pos_app.till.shiftwork import Desk, ShiftWork
from pos_app.till.sidework import Sides
from pos_app.till.speechwork import speak
from pos_app.till.staffwork import StaffWork

log = logging.getLogger(__name__)

FOLLOW_AFTER_S = (0.7, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 15.0)
"""Pauses between looks at the points history: within the cadence that Perx's own pages keep (perx-api 21)."""


class Remembered(Struct, frozen=True):
    """What Perx last said of a customer, kept for the time when it cannot be asked."""

    customer: Customer
    balance: Balance | None = None
    vouchers: tuple[Voucher, ...] = ()


def _remembered(value: Any) -> Remembered | None:
    """What was kept of a customer; None when it makes no sense (another version's, or a damaged row)."""
    try:
        return msgspec.convert(value, Remembered)
    except msgspec.ValidationError:
        log.warning("what was remembered of a customer cannot be read and is left out")
        return None


def _with_uses(vouchers: Iterable[Voucher], uses: Sequence[Entry]) -> tuple[Voucher, ...]:
    """The vouchers as they stand after what this till did with them, which Perx's word does not tell yet."""
    used = {voucher_id for entry in uses for voucher_id in entry.command.vouchers}
    return tuple(replace(one, state=VoucherState.REDEEMED) if one.id in used else one for one in vouchers)


class SlipError(Exception):
    """A slip did not come out; `problem` is its support code. `is_begun`: some of it may be on paper all the same."""

    def __init__(self, problem: str, *, is_begun: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.is_begun = problem, is_begun


class Tools(Struct, frozen=True):
    """What the work is done with."""

    perx: PerxClient
    outbox: Outbox
    facts: Facts
    journal: Journal
    sales: Sales
    people: People
    print_slip: Callable[[SaleRecord], Awaitable[None]]
    day_end: DayEnd
    shifts: Desk
    bound: Bound
    follow_after_s: tuple[float, ...] = FOLLOW_AFTER_S
    ring: Callable[[Chime], None] = lambda chime: None
    pins: Pins = field(default_factory=Pins)
    bench: Bench = field(default_factory=Bench)


class Work:
    """Runs one effect at a time per call; the till calls it in a task of its own."""

    def __init__(self, tools: Tools, post: Callable[[ev.Event], None]) -> None:
        self._tools = tools
        self._post = post
        self._keeper = Keeper(tools.facts)
        self._count = Coalesced(self._count_now)
        desk = DeskWork(tools.outbox, tools.journal, post)
        self._sides = Sides(
            desk,
            StaffWork(tools.people, post),
            ShiftWork(tools.shifts, post),
            DayWork(tools.day_end, post),
            ServiceWork(tools.bench, post),
        )
        self._counter = CounterWork(tools.perx, tools.outbox, tools.bound, tools.pins, post)
        self._customers = CustomerWork(tools.perx, tools.facts, post)
        self._history = HistoryWork(tools.perx, tools.outbox, tools.sales, post)

    async def do(self, effect: ef.Effect) -> None:
        """Do one effect. A storage failure becomes an event; anything unforeseen propagates."""
        try:
            await self._do(effect)
        except StorageError as exc:
            log.error("storage failed: %s (%s)", exc, type(effect).__name__)
            self._post(ev.WentWrong(exc.problem))

    async def _do(self, effect: ef.Effect) -> None:
        tools = self._tools
        match effect:
            case ef.FindCustomer():
                await self._find(effect)
            case ef.FindBare():
                await self._find_bare(effect)
            case ef.SeeVoucher():
                await self._see_voucher(effect)
            case ef.Store():
                await self._store(effect)
            case ef.ForgetHold():
                await tools.outbox.free_hold(effect.voucher_id, "Perx no longer holds it")
            case ef.UpdateSale():
                await tools.sales.update_sale(effect.ref, effect.changes)
            case ef.KeepDraft():
                await self._keeper.keep(effect)
            case ef.FollowPoints():
                await self._follow(effect)
            case ef.FindSale():
                await self._find_sale(effect)
            case ef.PrintSlip():
                await self._print(effect.record)
            case ef.Probe():
                await self._probe(effect.deep)
            case ef.HoldBack():
                tools.outbox.pause(effect.paused)
                if not effect.paused:
                    tools.outbox.kick()
            case ef.ForgetSalvage():
                await tools.facts.keep(SALVAGE_FACT, None)
            case ef.CountBacklog():
                await self._count.run()
            case ef.Ring():
                tools.ring(effect.chime)
            case ef.Note():
                await tools.journal.note(effect.person, effect.what, effect.ref, effect.facts)
            case paying.SeePoints() | claiming.SeeRewards():
                await self._counter.do(effect)
            case pinning.StorePin():
                await self._keeper.kept()
                await self._counter.use_by_pin(effect)
            case history.ListSales() | history.LookInto() | history.Reverse() | history.SeeBalance():
                await self._history.do(effect)
            case training.KeepProgress():
                await tools.facts.keep(TRAINING, dict(effect.kept))
            case customers.CheckNewcomer() | customers.KeepRecent():
                await self._customers.do(effect)
            case speech.AskIn() | speech.KeepLanguages():
                await speak(tools.perx, tools.facts, effect)
            case _:
                await self._sides.do(effect)

    # ------------------------------------------------------------ customers

    async def _find(self, effect: ef.FindCustomer) -> None:
        perx, identifier = self._tools.perx, effect.identifier
        try:
            if effect.raw:
                identifier = await identifier_of(perx, identifier, ask=effect.ask)
            if not effect.ask:
                raise errors.Unreachable("NET-01")
            customer = await perx.customer(identifier)
        except NotFoundError as exc:
            self._post(ev.CustomerFailed(effect.look, exc.problem))
            return
        except errors.PerxError as exc:
            await self._not_found(effect.look, identifier, exc)
            return
        customer = replace(customer, identifier=identifier)
        self._post(ev.CustomerFound(effect.look, customer))
        await self._detail(effect.look, customer)

    async def _not_found(self, look: int, identifier: str, exc: errors.PerxError) -> None:
        if exc.problem == "PX-001":
            self._post(ev.CustomerUnknown(look, identifier))
            return
        kept = None if isinstance(exc, errors.Refused) else await self._tools.facts.get(f"customer:{identifier}")
        known = None if kept is None else _remembered(kept[0])
        if kept is None or known is None:
            self._post(ev.CustomerFailed(look, exc.problem, exc.said, identifier=identifier))
            return
        uses = await self._tools.outbox.uses(identifier, [one.id for one in known.vouchers])
        vouchers = _with_uses(known.vouchers, uses)
        self._post(ev.CustomerRemembered(look, known.customer, known.balance, vouchers, kept[1], exc.problem))

    async def _detail(self, look: int, customer: Customer) -> None:
        perx = self._tools.perx
        try:
            balance, vouchers = await asyncio.gather(
                perx.balance(customer.identifier), perx.vouchers(customer.identifier)
            )
        except errors.PerxError as exc:
            self._post(ev.CustomerFailed(look, exc.problem, exc.said, partly=True))
            return
        uses = await self._tools.outbox.uses(customer.identifier, [one.id for one in vouchers])
        open_uses = [one for one in uses if one.settled_at is None]  # of the others Perx's word is the newer one
        self._post(ev.CustomerDetailed(look, balance, _with_uses(vouchers, open_uses)))
        known = Remembered(customer, balance, tuple(vouchers))
        await self._tools.facts.keep(f"customer:{customer.identifier}", msgspec.to_builtins(known))

    async def _find_bare(self, effect: ef.FindBare) -> None:
        """An older voucher of this customer's, or else a member's identifier."""
        perx = self._tools.perx
        try:
            voucher = await perx.voucher_by_code(effect.identifier, effect.text)
            if voucher is not None:
                self._post(ev.VoucherSeen(effect.look, voucher, effect.text))
                return
            customer = await perx.customer(perx.token_of(effect.text))
        except errors.PerxError as exc:
            self._post(ev.BareUnknown(effect.look, effect.text, exc.problem, exc.said))
            return
        self._post(ev.BareIsMember(effect.look, effect.text, customer.identifier))

    async def _see_voucher(self, effect: ef.SeeVoucher) -> None:
        try:
            voucher = await self._tools.perx.voucher(effect.identifier, effect.voucher_id)
        except errors.PerxError as exc:
            self._post(ev.VoucherMissing(effect.look, effect.voucher_id, exc.problem, exc.said))
            return
        self._post(ev.VoucherSeen(effect.look, voucher))

    # ------------------------------------------------------------ sales

    async def _store(self, effect: ef.Store) -> None:
        tools = self._tools
        ref, record = effect.command.ref, effect.record
        sale = StoredSale(ref, record.sold, record.to_body()) if record is not None else None
        try:
            if (
                sale is not None or KINDS[effect.command.kind].binds
            ):  # a crash between the two must find the reference in the draft, or it would sell twice
                await self._keeper.kept()
            if effect.lost:
                with suppress(ValueError):  # its row is there after all, and a person sees that it cannot be read
                    await tools.outbox.put(effect.command, sale, lost=True)
            else:
                await tools.outbox.put(effect.command, sale, effect.also)
        except StorageError as exc:
            log.error("a command could not be stored: %s", exc)
            self._post(ev.StoreFailed(ref, exc.problem))

    async def _count_now(self) -> None:
        self._post(ev.BacklogSeen(await self._tools.outbox.backlog()))

    async def _follow(self, effect: ef.FollowPoints) -> None:
        """Look for the sale's points until they show. Perx decides them later than it answers."""
        perx = self._tools.perx
        for pause in self._tools.follow_after_s:
            await asyncio.sleep(pause)
            try:
                rows = await perx.movements(effect.identifier, effect.ref)
                if not rows:
                    continue
                balance = await perx.balance(effect.identifier)
            except errors.PerxError:
                continue
            error = next((row.error for row in rows if row.error), "")
            points = sum(row.points for row in rows if not row.error)
            self._post(ev.PointsSeen(effect.ref, points, error, balance))
            key = f"customer:{effect.identifier}"  # without Perx they are known by this later on
            kept = await self._tools.facts.get(key)
            known = None if kept is None else _remembered(kept[0])
            if known is not None:
                await self._tools.facts.keep(key, msgspec.to_builtins(replace(known, balance=balance)))
            return

    async def _find_sale(self, effect: ef.FindSale) -> None:
        kept = await self._tools.sales.sale(effect.ref)
        self._post(ev.SaleMissing(effect.text) if kept is None else ev.SaleFound(from_body(kept.body)))

    async def _print(self, record: SaleRecord) -> None:
        try:
            await self._tools.print_slip(record)
        except SlipError as exc:
            self._post(ev.SlipPrinted(record.ref, exc.problem, exc.is_begun))
            if not exc.is_begun:
                return
        else:
            self._post(ev.SlipPrinted(record.ref))
        await self._tools.sales.update_sale(record.ref, {"printed": record.printed + 1})

    async def _probe(self, deep: bool) -> None:
        try:
            await self._tools.perx.probe(deep=deep)
        except errors.PerxError as exc:
            log.debug("no sign of life: %s", exc.problem)

    # ------------------------------------------------------------ start

    async def restore(self) -> None:
        """Read what the last run left, and post it as one event; and what came of a damaged file."""
        tools = self._tools
        async for told in kept_before(tools.facts):
            self._post(told)
        kept = await tools.facts.get(DRAFT)
        draft = kept[0] if kept and kept[0] and isinstance(kept[0], dict) else None
        ref = draft.get("ref") if draft else None
        completed = await _completed(tools, Ref(ref)) if ref and isinstance(ref, str) else (None, None, False)
        entry, record, is_spoilt = completed
        holds = tuple(await tools.outbox.holds())
        hold_entries: list[Entry] = []
        releasing: set[int] = set()
        selling: set[int] = set()
        for hold in holds:
            for one in await tools.outbox.for_sale(hold.sale):
                if one.command.kind is Kind.HOLD_VOUCHER:
                    hold_entries.append(one)
            for one in await tools.outbox.unsettled(f"voucher:{hold.voucher_id}"):
                if one.command.kind in (Kind.RELEASE_VOUCHER, Kind.REDEEM_VOUCHER):
                    releasing.update(one.command.vouchers)
            for one in await tools.outbox.unsettled(f"customer:{hold.identifier}"):
                selling.update((hold.voucher_id,) if one.is_spoilt else one.command.vouchers)
        last = ev.Restored(draft, entry, record, holds, tuple(hold_entries), frozenset(releasing), frozenset(selling))
        own = [made for ref in refs_of(draft or {}) if (made := await tools.outbox.entry(ref)) is not None]
        self._post(replace(last, is_spoilt=is_spoilt, own=tuple(own), loose=tuple(await tools.bound.loose())))
        self._post(ev.BacklogSeen(await tools.outbox.backlog()))
        await self._customers.restore()
        await self._sides.shifts.restore()


async def _completed(tools: Tools, ref: Ref) -> tuple[Entry | None, SaleRecord | None, bool]:
    """What is stored of a completed sale, and whether some of it cannot be read."""
    record = None
    entry = await tools.outbox.entry(ref)
    is_spoilt = entry is not None and entry.is_spoilt
    if entry is not None and is_spoilt and entry.settled_at is None:
        entry = None
    try:
        sold = await tools.sales.sale(ref)
        record = from_body(sold.body) if sold is not None else None
    except ValueError:
        is_spoilt = True
    if is_spoilt:
        log.warning("what is stored of the last sale, %s, cannot be read whole", ref)
    return entry, record, is_spoilt
