"""The rules of points given by hand: a supervisor agrees, with a reason, and there is a slip of their own. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.commands import EarnPoints
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.people import Person
from pos_app.domain.sale import SaleRecord
from pos_app.till import approve
from pos_app.till.asking import asking, is_asked
from pos_app.till.earlier import retold
from pos_app.till.effects import Effect, Note, PrintSlip, Store
from pos_app.till.events import StoreFailed
from pos_app.till.history import History, Query
from pos_app.till.scans import hint
from pos_app.till.state import HintKind, Moment, Panel, PanelKind, Printing, State

Step = tuple[State, list[Effect]]

MAX_DIGITS = 7


def may_give(state: State) -> bool:
    """Whether there is a customer to give them to: one whom Perx knows."""
    known = state.sale.known
    return bool(state.shop.members.most_by_hand) and known is not None and known.checked


def points_typed(state: State) -> int:
    """The points as typed. Units: points."""
    typed = state.panel.typed if state.panel is not None else ""
    return int(typed) if typed.isascii() and typed.isdigit() else 0


def on_key(state: State, key: str) -> State:
    """A digit of the points."""
    panel = state.panel
    if panel is None:
        return state
    typed = "" if key == "clear" else panel.typed[:-1] if key == "delete" else (panel.typed + key).lstrip("0")
    if len(typed) > MAX_DIGITS or (typed and not (typed.isascii() and typed.isdigit())):
        return state
    return replace(state, panel=replace(panel, typed=typed))


def on_entered(state: State) -> State:
    """The points are typed: somebody has to agree."""
    panel, known, points = state.panel, state.sale.known, points_typed(state)
    if panel is None or panel.kind is not PanelKind.GIVING or panel.ask is not None or known is None:
        return state
    if not may_give(state) or not 0 < points <= state.shop.members.most_by_hand:
        return state
    return asking(state, approve.GivePoints(known.identifier, points))


def approved(state: State, ask: approve.Ask, asked: approve.GivePoints, by: Person, moment: Moment) -> Step:
    """A supervisor agreed: it is written down, unless the screen was left or the customer is another one by now."""
    known = state.sale.known
    if not is_asked(state, ask) or known is None or known.identifier != asked.identifier:
        return state, []
    ref, shop, customer = moment.mint(), state.shop, known.customer
    properties = {**dict(shop.properties), "reason": "manual"}
    command = EarnPoints(ref=ref, identifier=asked.identifier, points=asked.points, properties=properties)
    record = SaleRecord(
        ref=ref,
        sold_at=moment.now.isoformat(),
        currency=shop.currency,
        bill_minor=0,
        due_minor=0,
        identifier=asked.identifier,
        name=customer.name,
        points=asked.points,
        till=shop.till,
        language=customer.language,
        cashier=state.staff.name,
        by_hand=ask.reason,
    )
    facts = {"points": asked.points, "why": ask.reason, "approved_by": by.name}
    panel = Panel(PanelKind.FOUND, record=record, history=History(Query()))
    effects: list[Effect] = [Store(command, record), Note("points given by hand", ref, facts)]
    return replace(state, panel=panel), effects


def on_entry(state: State, entry: Entry) -> Step:
    """What came of points that were given by hand; their slip comes once Perx has them, or keeps them waiting."""
    command = entry.command
    if not isinstance(command, EarnPoints):
        return state, []
    state = retold(state, entry.ref, lambda one: one.settled(entry.state.value, entry.problem, entry.said))
    panel = state.panel
    record = panel.record if panel is not None else None
    if panel is None or record is None or record.ref != entry.ref:
        is_bad = entry.state in (EntryState.REFUSED, EntryState.ATTENTION)
        return (hint(state, HintKind.POINTS_NOT_GIVEN, entry.problem) if is_bad else state), []
    is_saved = entry.state is EntryState.WAITING and bool(entry.problem)
    if (entry.state is not EntryState.DONE and not is_saved) or state.printing.ref == entry.ref:
        return state, []
    return replace(state, printing=Printing(entry.ref, "printing")), [PrintSlip(record)]


def on_store_failed(state: State, event: StoreFailed) -> State:
    """It could not be written down, so nothing was sent."""
    record = state.panel.record if state.panel is not None else None
    if record is None or record.ref != event.ref or not record.by_hand:
        return state
    return retold(state, event.ref, lambda one: one.settled("refused", event.problem))
