"""The side screens: the menu, typing a code, earlier sales, what waits. The sale under them is untouched."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.attention import may
from pos_app.domain.day import today
from pos_app.domain.entries import Entry
from pos_app.domain.people import Denied
from pos_app.till import approve, attention, byhand, day, desk, leaving, newcomers, pay, proof, shift
from pos_app.till import events as ev
from pos_app.till.approve import Ask, CloseTill, SettleEntry
from pos_app.till.asking import asking as asking
from pos_app.till.effects import Effect, FindSale, Note
from pos_app.till.history import History, ListSales, Query
from pos_app.till.state import Hint, HintKind, Moment, Panel, PanelKind, State

MAX_TYPED = 64

Step = tuple[State, list[Effect]]


def on_panel(state: State, event: ev.PanelOpened | ev.PanelClosed | ev.SaleTapped, moment: Moment) -> Step:
    """Open, close, or go one deeper."""
    match event:
        case ev.PanelClosed():
            return replace(state, panel=None), []
        case ev.SaleTapped():
            return state, [FindSale(event.ref, codes.show_ref(event.ref))]
    try:
        kind = PanelKind(event.panel)
    except ValueError:
        return state, []
    effects: list[Effect] = []
    if kind in (PanelKind.POINTS, PanelKind.REWARDS, PanelKind.PIN):  # they are opened by taps of their own
        return state, []
    if kind is PanelKind.JOIN:
        return newcomers.opened(state), []
    if kind is PanelKind.SALES:
        query = Query(today(state.now))
        return replace(state, panel=Panel(kind, history=History(query))), [ListSales(query)]
    if kind is PanelKind.WAITING:
        made, asked = attention.opened(state.backlog)
        return replace(state, panel=Panel(kind, desk=made)), list(asked)
    if kind is PanelKind.DAY:
        state, effects = day.on_opened(state, moment)
    elif kind is PanelKind.SERVICE:
        state = replace(state, service=state.service.anew())
    elif kind is PanelKind.SHIFT:
        state, effects = shift.on_opened(state, moment)
    return replace(state, panel=Panel(kind)), effects


def on_desk(state: State, event: desk.Event | ev.EntryChanged | ev.BacklogSeen) -> Step:
    """Something that concerns the list of what waits, if that is what is looked at."""
    panel = state.panel
    if panel is None or panel.desk is None:
        if isinstance(event, desk.Decided) and event.entry is not None and not event.problem:
            return _hint(state, HintKind.DECIDED, event.entry.state.value), []  # its screen was left meanwhile
        return state, []
    made: desk.Desk = panel.desk
    asked: list[desk.Effect] = []
    ask = panel.ask
    match event:
        case ev.EntryChanged():
            made, asked = attention.on_entry(made, event.entry)
            if ask is not None and _is_settled(ask, event.entry):
                made, ask = replace(made, problem="ATT-01"), None
        case ev.BacklogSeen():
            asked = attention.on_backlog(made) if ask is None else []
        case desk.Decided() if event.number and (ask is None or ask.number != event.number):
            return state, []
        case desk.DeskListed() | desk.EntryRead() | desk.Decided():
            made, asked = attention.on_answer(made, event)
            ask = None if isinstance(event, desk.Decided) and event.number else ask
        case _ if ask is not None:  # while an approval is asked for only what belongs to it counts
            return state, []
        case _:
            return _on_desk_tapped(state, panel, made, event)
    return replace(state, panel=replace(panel, desk=made, ask=ask)), list(asked)


def _on_desk_tapped(state: State, panel: Panel, made: desk.Desk, event: desk.Tapped) -> Step:
    made, asked = attention.on_tapped(made, event, state.staff.name)
    state = replace(state, panel=replace(panel, desk=made))
    if isinstance(event, desk.ActTapped) and made.entry is not None and attention.is_open_to(made, event.act):
        state = asking(state, SettleEntry(made.entry.ref, event.act))
    return state, list(asked)


def _is_settled(ask: Ask, entry: Entry) -> bool:
    """Whether the decision that is asked for is no longer open to anybody. One that is looked at waits for its end."""
    subject = ask.subject
    is_its = isinstance(subject, SettleEntry) and subject.ref == entry.ref
    return is_its and isinstance(subject, SettleEntry) and subject.act not in may(entry) and not ask.busy


# ---------------------------------------------------------------- approvals


def on_ask(state: State, event: approve.Tapped) -> Step:
    """A tap that belongs to an approval, if one is asked for."""
    panel = state.panel
    if panel is None or panel.ask is None:
        return state, []
    ask, asked = approve.on_tapped(panel.ask, event, state.now)
    return replace(state, panel=replace(panel, ask=ask)), list(asked)


def on_leaving(state: State, event: leaving.Event) -> Step:
    """The till is to be closed. A kiosk asks a supervisor first; what is approved already is not broken off."""
    if isinstance(event, leaving.Let):
        facts: dict[str, object] = {"approved_by": event.by} if event.by else {}
        return replace(state, left=True), [Note("till closed", facts=facts)]
    if not state.shop.kiosk:
        return replace(state, left=True), [Note("till closed")]
    ask = state.panel.ask if state.panel is not None else None
    if ask is not None and (ask.busy or isinstance(ask.subject, CloseTill)):
        return state, []
    return asking(replace(state, panel=Panel(PanelKind.MENU)), CloseTill()), []


def let_out(state: State, ask: Ask, by: str) -> Step:
    """A supervisor approved that the kiosk closes, unless the approval was left meanwhile."""
    if state.panel is None or state.panel.ask is None or state.panel.ask.number != ask.number:
        return state, []
    facts = {"why": ask.reason, "approved_by": by}
    return replace(state, panel=None, left=True), [Note("till closed", facts=facts)]


def on_denied(state: State, number: int, denied: Denied) -> State:
    """The approval was not given; it can be tried again."""
    panel = state.panel
    if panel is None or panel.ask is None or panel.ask.number != number:
        return state
    return replace(state, panel=replace(panel, ask=proof.refused(panel.ask, denied, state.now)))


def on_tick(state: State) -> State:
    """A half-typed PIN does not stay."""
    panel = state.panel
    if panel is None or panel.ask is None:
        return state
    return replace(state, panel=replace(panel, ask=proof.aged(panel.ask, state.now)))


def takes_badges(state: State) -> bool:
    """Whether a staff badge is meant for this side screen; anywhere else it signs its owner on."""
    return state.panel is not None and (state.panel.ask is not None or state.panel.desk is not None)


def on_badge(state: State, badge: str) -> Step:
    """A staff badge: it approves what is asked for, and is only named where nothing is."""
    panel = state.panel
    if panel is None or panel.ask is None:
        return _hint(state, HintKind.STAFF, "action"), []
    ask, asked = approve.on_badge(panel.ask, badge)
    if not asked:
        return _hint(state, HintKind.STAFF, "reason"), []
    return replace(state, panel=replace(panel, ask=ask)), list(asked)


def _hint(state: State, kind: HintKind, detail: str) -> State:
    serial = state.hint.serial + 1 if state.hint else 1
    return replace(state, hint=Hint(kind, detail, serial, state.now))


def on_key(state: State, event: ev.KeyTapped) -> State:
    """A key while a side screen is open: only typing and approvals take it."""
    panel = state.panel
    if panel is not None and panel.ask is not None:
        return replace(state, panel=replace(panel, ask=approve.on_key(panel.ask, event.key, state.now)))
    if panel is not None and panel.kind is PanelKind.POINTS:
        return replace(state, panel=replace(panel, typed=pay.keyed(panel.typed, event.key)))
    if panel is not None and panel.kind is PanelKind.JOIN:
        return newcomers.on_key(state, event.key)
    if panel is not None and panel.kind is PanelKind.GIVING:
        return byhand.on_key(state, event.key)
    if panel is None or not (
        panel.kind in (PanelKind.TYPING, PanelKind.PHONE) or (panel.history is not None and panel.history.typing)
    ):
        return state
    if event.key == "delete":
        typed = panel.typed[:-1]
    elif event.key == "clear":
        typed = ""
    else:
        typed = panel.typed + event.key
    if len(typed) > MAX_TYPED:
        return state
    return replace(state, panel=replace(panel, typed=typed))
