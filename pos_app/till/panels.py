"""The side screens: the menu, typing a code, earlier sales, what waits. The sale under them is untouched."""

from __future__ import annotations

from dataclasses import replace

from pos_app.domain import codes
from pos_app.till import day
from pos_app.till import events as ev
from pos_app.till.effects import Effect, FindSale, FollowPoints, ListEntries, ListSales
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
        effects = [ListEntries()]
    elif kind is PanelKind.DAY:
        state, effects = day.on_opened(state, moment)
    return replace(state, panel=Panel(kind)), effects


def on_listed(
    state: State, event: ev.SaleFound | ev.SaleMissing | ev.SalesListed | ev.EntriesListed, moment: Moment
) -> Step:
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
            serial = state.hint.serial + 1 if state.hint else 1
            missing = Hint(HintKind.SALE_MISSING, codes.shown(event.text, 40), serial, state.now)
            return replace(state, hint=missing), []
        case ev.SalesListed() if panel is not None and panel.kind is PanelKind.SALES:
            return replace(state, panel=replace(panel, records=event.records)), []
        case ev.EntriesListed() if panel is not None and panel.kind is PanelKind.WAITING:
            return replace(state, panel=replace(panel, entries=event.entries)), []
    return state, []


def on_key(state: State, event: ev.KeyTapped) -> State:
    """A key while a side screen is open: only typing takes it."""
    panel = state.panel
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
