"""The rules of earlier sales: finding them, looking at one, reversing it. Pure.

A sale is reversed in three steps: what there is to undo is looked up, somebody agrees, and it is written down in one
go. Only the last one changes anything; a second tap, a late answer or a closed screen before it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.commands import ReversePoints, RevertVoucher
from pos_app.domain.day import local_day, today
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.people import Person
from pos_app.domain.reversal import NOT_MADE, Reversal, Undo
from pos_app.domain.sale import SaleRecord
from pos_app.till import approve, panels, undo
from pos_app.till import events as ev
from pos_app.till.effects import Effect, FindSale, FollowPoints, PrintSlip, UpdateSale
from pos_app.till.history import (
    BalanceSeen,
    DayTapped,
    Event,
    FindLeft,
    FindTapped,
    History,
    Listed,
    ListSales,
    ListTapped,
    LookInto,
    OfCustomerTapped,
    OlderTapped,
    Plan,
    Query,
    ReversalSeen,
    ReverseConfirmed,
    Reversed,
    ReverseLeft,
    ReverseTapped,
    SeeBalance,
    Tapped,
)
from pos_app.till.scans import hint
from pos_app.till.state import HintKind, Moment, Panel, PanelKind, Phase, Printing, State

Step = tuple[State, list[Effect]]

NOBODY_ASKED = "no approval is asked for here"


def opened(state: State, query: Query | None = None) -> Step:
    """The list: what is looked for, or today's sales."""
    query = query or Query(today(state.now))
    return replace(state, panel=Panel(PanelKind.SALES, history=History(query))), [ListSales(query)]


def on_history(state: State, event: Event | ev.SaleFound | ev.SaleMissing, moment: Moment) -> Step:
    """Something that concerns earlier sales."""
    match event:
        case ev.SaleFound() | ev.SaleMissing():
            return on_found(state, event)
        case Listed():
            return _listed(state, event), []
        case ReversalSeen():
            return _seen(state, event, moment)
        case Reversed():
            return _reversed(state, event)
        case BalanceSeen():
            return _balance(state, event)
    panel = state.panel
    if panel is None or panel.history is None or panel.ask is not None:
        return state, []
    return _tapped(state, panel, panel.history, event, moment)


def _tapped(state: State, panel: Panel, now: History, event: Tapped, moment: Moment) -> Step:
    match event:
        case DayTapped():
            return opened(state, Query(local_day(event.on)))
        case OfCustomerTapped():
            return opened(state, Query(identifier=event.identifier))
        case FindTapped():
            return _with(state, replace(now, typing=True), typed=""), []
        case FindLeft():
            return _with(state, replace(now, typing=False), typed=""), []
        case OlderTapped() if now.more and panel.records:
            return _with(state, replace(now, more=False)), [ListSales(now.query, panel.records[-1])]
        case ListTapped() if panel.kind is PanelKind.FOUND:
            return opened(state, now.query if now.listed else None)
        case ReverseTapped() if not now.busy and now.plan is None:
            return _look_into(state, panel, now, event)
        case ReverseLeft() if now.plan is not None:
            return _with(state, replace(now, plan=None)), []
        case ReverseConfirmed() if now.plan is not None and not state.shop.reversal.approval:
            decision = Reversal(NOT_MADE, moment.now.isoformat(), NOBODY_ASKED, state.staff.name)
            order = undo.orders(now.plan, state.shop, decision, moment)
            return _with(state, replace(now, plan=None, busy=True)), [order]
    return state, []


def takes(state: State, code: codes.Code) -> bool:
    """Whether a scanned code is meant for the list of sales; anything else goes to the sale, as everywhere."""
    is_list = state.panel is not None and state.panel.kind is PanelKind.SALES and state.panel.ask is None
    return is_list and isinstance(code, codes.CustomerCode | codes.BareCode | codes.ReceiptCode)


def on_scan(state: State, code: codes.Code, text: str) -> Step:
    """A slip was scanned at the list, or a member's code: their sales."""
    match code:
        case codes.ReceiptCode():
            return state, [FindSale(code.ref, text)]
        case codes.CustomerCode():
            return opened(state, Query(text=code.identifier))
    return opened(state, Query(text=text))


def on_typed(state: State, typed: str) -> Step:
    """What is looked for was typed: a whole reference, a part of one, or a member's code."""
    digits = typed.replace(" ", "").replace("-", "")
    if codes.is_ref(digits):
        return state, [FindSale(codes.Ref(digits), typed)]
    return opened(state, Query(text=typed))


def on_found(state: State, event: ev.SaleFound | ev.SaleMissing) -> Step:
    """One sale was looked for by its reference."""
    if isinstance(event, ev.SaleMissing):
        return hint(state, HintKind.SALE_MISSING, codes.shown(event.text, 40)), []
    record, panel = event.record, state.panel
    effects: list[Effect] = []
    if record.state == "done" and record.points is None and not record.points_error:
        effects = [FollowPoints(record.ref, record.identifier)]
    from_list = panel is not None and panel.kind is PanelKind.SALES and panel.history is not None
    query = panel.history.query if from_list and panel is not None and panel.history is not None else Query()
    history = History(query, listed=from_list)
    return replace(state, panel=Panel(PanelKind.FOUND, record=record, history=history)), effects


def _listed(state: State, event: Listed) -> State:
    """A page is here; one of what is no longer looked for is dropped."""
    panel = state.panel
    if panel is None or panel.kind is not PanelKind.SALES or panel.history is None:
        return state
    now, records = panel.history, panel.records or ()
    if now.query != event.query:
        return state
    if event.follows is None:
        now = replace(now, before=event.before, after=event.after)
        records = event.records
    elif records and records[-1].ref == event.follows:
        records = (*records, *event.records)
    else:
        return state
    return replace(state, panel=replace(panel, records=records, history=replace(now, more=event.more)))


# ---------------------------------------------------------------- reversing


def offer(state: State, record: SaleRecord) -> str:
    """Why this sale cannot be reversed now, as a support code; "" when it can be asked for."""
    sale = state.sale
    is_under_way = sale.record is not None and sale.record.ref == record.ref and sale.phase is not Phase.DONE
    return undo.offer(record, state.shop.reversal, state.now) or ("REV-04" if is_under_way else "")


def _look_into(state: State, panel: Panel, now: History, event: ReverseTapped) -> Step:
    record = panel.record
    if panel.kind is not PanelKind.FOUND or record is None or record.ref != event.ref:
        return state, []
    problem = offer(state, record)
    if problem:
        return _with(state, replace(now, problem=problem)), []
    return _with(state, replace(now, busy=True, problem="")), [LookInto(record.ref, ask=state.link.online)]


def _seen(state: State, event: ReversalSeen, moment: Moment) -> Step:
    """What there is to undo is known: somebody has to agree. Nobody waits for it any more: nothing happens."""
    panel = state.panel
    now = panel.history if panel is not None else None
    is_it = panel is not None and panel.record is not None and panel.record.ref == event.ref
    if panel is None or now is None or not is_it or not now.busy or panel.ask is not None:
        return state, []
    if event.record is None:
        return _with(state, replace(now, busy=False, problem="REV-07")), []
    record = event.record
    state = retold(state, record.ref, lambda _: record)
    found = offer(state, record) or undo.plan(record, event.seen, state.shop.reversal, moment.now)
    if isinstance(found, str):
        return _with(state, replace(now, busy=False, problem=found)), []
    if state.shop.reversal.approval:
        return panels.asking(_with(state, replace(now, busy=False)), approve.ReverseSale(found)), []
    return _with(state, replace(now, busy=False, plan=found)), []


def approved(state: State, ask: approve.Ask, plan: Plan, by: Person, moment: Moment) -> Step:
    """Somebody approved it: it is done, also when its screen was left meanwhile."""
    decision = Reversal(NOT_MADE, moment.now.isoformat(), ask.reason, state.staff.name, by.name)
    panel = state.panel
    if panel is not None and panel.history is not None and panel.ask is not None and panel.ask.number == ask.number:
        state = replace(state, panel=replace(panel, ask=None, history=replace(panel.history, busy=True)))
    return state, [undo.orders(plan, state.shop, decision, moment)]


def _reversed(state: State, event: Reversed) -> Step:
    """It is written down, or it is not."""
    record = event.record
    if record is not None:
        state = retold(state, event.ref, lambda _: record)
    panel = state.panel
    is_seen = panel is not None and panel.record is not None and panel.record.ref == event.ref
    if panel is None or panel.history is None or not is_seen:
        return hint(state, HintKind.REVERSED, event.problem), []
    state = _with(state, replace(panel.history, busy=False, problem=event.problem))
    return _with_slip(state)


def on_part(state: State, entry: Entry) -> Step:
    """A part of a reversal changed its state."""
    command = entry.command
    if not isinstance(command, ReversePoints | RevertVoucher):
        return state, []

    def told(record: SaleRecord) -> SaleRecord:
        part = record.reversal.part(entry.ref) if record.reversal else None
        if record.reversal is None or part is None:
            return record
        settled = part.settled(entry.state.value, entry.problem, entry.said, entry.answer)
        return replace(record, reversal=record.reversal.with_part(settled))

    state = retold(state, command.sale, told)
    panel = state.panel
    if panel is None or panel.history is None or panel.record is None or panel.record.ref != command.sale:
        return state, []
    is_moved = isinstance(command, ReversePoints) and entry.state is EntryState.DONE
    if is_moved and panel.history.balanced != entry.ref:
        return state, [SeeBalance(command.sale, command.identifier)]
    return _with_slip(state)


def _balance(state: State, event: BalanceSeen) -> Step:
    """Perx's figure after the reversal: it is kept with the sale, and the slip need not wait for it any more."""

    def told(record: SaleRecord) -> SaleRecord:
        undone = record.reversal
        return record if undone is None else replace(record, reversal=replace(undone, points_after=event.points))

    if event.points is not None:
        state = retold(state, event.ref, told)
    panel = state.panel
    undone = panel.record.reversal if panel is not None and panel.record is not None else None
    if (
        panel is None
        or panel.history is None
        or undone is None
        or panel.record is None
        or panel.record.ref != event.ref
    ):
        return state, []
    points = next((one.ref for one in undone.parts if one.what is Undo.POINTS), None)
    state, slip = _with_slip(_with(state, replace(panel.history, balanced=points)))
    kept = [UpdateSale(event.ref, {"reversal": panel.record.to_body()["reversal"]})] if event.points is not None else []
    return state, [*kept, *slip]


def _with_slip(state: State) -> Step:
    """The reversal's own slip, once, as soon as nothing of it is on its way any more."""
    panel = state.panel
    record = panel.record if panel is not None else None
    undone = record.reversal if record is not None else None
    if panel is None or panel.history is None or record is None or undone is None or panel.history.slip == undone.ref:
        return state, []
    rests = {"done", "refused", "attention"} | (set() if state.link.online else {"waiting"})
    points = next((one for one in undone.parts if one.what is Undo.POINTS and one.state == "done"), None)
    is_unknown = points is not None and undone.points_after is None and panel.history.balanced != points.ref
    if record.printed or is_unknown or any(one.state not in rests for one in undone.parts):
        return state, []
    state = _with(state, replace(panel.history, slip=undone.ref))
    return replace(state, printing=Printing(record.ref, "printing")), [PrintSlip(record)]


def _with(state: State, history: History, **changes: object) -> State:
    panel = state.panel
    if panel is None:
        return state
    return replace(state, panel=replace(panel, history=history, **changes))


def retold(state: State, ref: str, tell: Callable[[SaleRecord], SaleRecord]) -> State:
    """The state with what is newly known of a sale, wherever it is shown."""

    def one(record: SaleRecord | None) -> SaleRecord | None:
        return tell(record) if record is not None and record.ref == ref else record

    panel, sale = state.panel, state.sale
    if panel is not None:
        listed = panel.records and tuple(tell(each) if each.ref == ref else each for each in panel.records)
        panel = replace(panel, record=one(panel.record), records=listed)
    if sale.phase is Phase.DONE:
        sale = replace(sale, record=one(sale.record))
    return replace(state, panel=panel, sale=sale, last=one(state.last))
