"""When the guide is open, at which page, and what closes it. Pure.

It lies over the screen and changes nothing under it. Whatever a hand does besides reading closes it and is served as
ever: a scan goes to the sale. It makes way by itself for what has to be read now: a result, a question, the lock.
"""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.till import events as ev
from pos_app.till import guide, shift, signon, staff
from pos_app.till.state import PanelKind, Phase, State

_OF_PANELS = {
    PanelKind.TYPING: "customer",
    PanelKind.SALES: "earlier",
    PanelKind.FOUND: "earlier",
    PanelKind.WAITING: "waiting",
    PanelKind.WHAT_TO_DO: "offline",
    PanelKind.SERVICE: "devices",
    PanelKind.SOUNDS: "devices",
    PanelKind.DAY: "shift",
    PanelKind.SHIFT: "shift",
    PanelKind.PERSON: "people",
    PanelKind.PARKED: "sale",
    PanelKind.POINTS: "sale",
    PanelKind.REWARDS: "vouchers",
    PanelKind.PIN: "vouchers",
}
_FAULTS = ("missing", "held", "denied", "failed")


def fitting(state: State) -> str:
    """The page about what is on the screen; the list of all where none is about it."""
    panel = state.panel
    if state.staff.gate is not None or (panel is not None and panel.ask is not None):
        return "people"
    if panel is not None:
        return _OF_PANELS.get(panel.kind, guide.CONTENTS)
    sale = state.sale
    if sale.trouble is not None or sale.offer is not None:
        return "customer"
    if shift.is_asked_for(state):
        return "shift"
    if sale.phase is Phase.CHECKING:
        return "no-answer"
    if sale.phase is Phase.DONE:
        return "done"
    if not state.link.online:
        return "offline"
    if state.scanner.state in _FAULTS:
        return "devices"
    return "vouchers" if sale.lines else "sale"


def on_event(state: State, event: guide.Event) -> State:
    """A tap that opens the guide, turns to a page of it, or closes it."""
    if isinstance(event, guide.GuideClosed):
        return replace(state, guide="")
    known = event.page in guide.PAGES or event.page == guide.CONTENTS
    return replace(state, guide=event.page if known else fitting(state))


def read(state: State, event: ev.Event) -> tuple[State, ev.Event]:
    """The state and the event as they count when the guide is open: no key reaches what it covers."""
    if not state.guide or not isinstance(event, signon.HANDS) or isinstance(event, guide.Event | staff.Touched):
        return state, event
    if isinstance(event, ev.KeyTapped):
        return state, staff.Touched()
    return replace(state, guide=""), event


def after(old: State, new: State) -> State:
    """The state without the guide when something came that has to be seen."""
    if not new.guide or not old.guide:
        return new
    return replace(new, guide="") if _pressing(old) != _pressing(new) else new


def _pressing(state: State) -> tuple[object, ...]:
    sale, gate = state.sale, state.staff.gate
    asked = state.panel.ask.number if state.panel is not None and state.panel.ask is not None else 0
    return sale.phase, sale.trouble, sale.offer, state.wrong, gate.why if gate is not None else "", asked
