"""The side screens: the menu, typing a code, earlier sales, what waits. The sale under them is untouched."""

from __future__ import annotations

from dataclasses import replace

from pos_app.domain import codes
from pos_app.till import attention, day, desk, shift
from pos_app.till import events as ev
from pos_app.till.effects import Effect, FindSale, FollowPoints, ListSales
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
    if kind is PanelKind.SALES:
        effects = [ListSales()]
    elif kind is PanelKind.WAITING:
        made, asked = attention.opened(state.backlog)
        return replace(state, panel=Panel(kind, desk=made)), list(asked)
    elif kind is PanelKind.DAY:
        state, effects = day.on_opened(state, moment)
    elif kind is PanelKind.SHIFT:
        state, effects = shift.on_opened(state, moment)
    return replace(state, panel=Panel(kind)), effects


def on_listed(state: State, event: ev.SaleFound | ev.SaleMissing | ev.SalesListed, moment: Moment) -> Step:
    """What was asked for is here. A list that is no longer looked at is dropped."""
    panel = state.panel
    match event:
        case ev.SaleFound():
            record = event.record
            effects: list[Effect] = []
            if record.state == "done" and record.points is None and not record.points_error:
                effects = [FollowPoints(record.ref, record.identifier)]
            return replace(state, panel=Panel(PanelKind.FOUND, record=record)), effects
        case ev.SaleMissing():
            return _hint(state, HintKind.SALE_MISSING, codes.shown(event.text, 40)), []
        case ev.SalesListed() if panel is not None and panel.kind is PanelKind.SALES:
            return replace(state, panel=replace(panel, records=event.records)), []
    return state, []


def on_desk(state: State, event: desk.Event | ev.EntryChanged | ev.BacklogSeen | ev.Ticked) -> Step:
    """Something that concerns the list of what waits, if that is what is looked at."""
    panel = state.panel
    if panel is None or panel.desk is None:
        if isinstance(event, desk.Decided) and event.entry is not None and not event.problem:
            return _hint(state, HintKind.DECIDED, event.entry.state.value), []  # its screen was left meanwhile
        return state, []
    made: desk.Desk = panel.desk
    asked: list[desk.Effect] = []
    match event:
        case ev.EntryChanged():
            made, asked = attention.on_entry(made, event.entry)
        case ev.BacklogSeen():
            asked = attention.on_backlog(made)
        case ev.Ticked():
            made = attention.on_tick(made, state.now)
        case desk.DeskListed() | desk.EntryRead() | desk.ApproversListed() | desk.Decided():
            made, asked = attention.on_answer(made, event, state.now)
        case _:
            made, asked = attention.on_tapped(made, event, state.now)
    return replace(state, panel=replace(panel, desk=made)), list(asked)


def on_badge(state: State, badge: str) -> Step:
    """A staff badge: it approves what is asked for, and is only named where nothing is."""
    panel = state.panel
    if panel is None or panel.desk is None:
        return _hint(state, HintKind.STAFF, ""), []
    made, asked = attention.on_badge(panel.desk, badge)
    if not asked:
        return _hint(state, HintKind.STAFF, "reason" if made.ask is not None else "action"), []
    return replace(state, panel=replace(panel, desk=made)), list(asked)


def _hint(state: State, kind: HintKind, detail: str) -> State:
    serial = state.hint.serial + 1 if state.hint else 1
    return replace(state, hint=Hint(kind, detail, serial, state.now))


def on_key(state: State, event: ev.KeyTapped) -> State:
    """A key while a side screen is open: only typing takes it."""
    panel = state.panel
    if panel is not None and panel.desk is not None:
        return replace(state, panel=replace(panel, desk=attention.on_key(panel.desk, event.key, state.now)))
    if panel is None or panel.kind is not PanelKind.TYPING:
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
