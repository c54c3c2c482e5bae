"""How an approval comes to lie over a side screen. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.till import approve
from pos_app.till.approve import Ask, CloseShift, CloseTill, OpenService, Subject
from pos_app.till.state import State


def asking(state: State, subject: Subject) -> State:
    """The state with an approval asked for, over the side screen that is open."""
    now, panel = state.staff, state.panel
    if panel is None:
        return state
    is_by_two = state.shop.people.two_persons and not isinstance(subject, CloseTill | CloseShift | OpenService)
    not_by = now.name if is_by_two else ""
    ask = approve.opened(now.proofs + 1, subject, now.people, not_by)
    return replace(state, staff=replace(now, proofs=ask.number), panel=replace(panel, ask=ask))


def is_asked(state: State, ask: Ask) -> bool:
    """Whether this approval is still asked for; else its screen was left meanwhile."""
    now = state.panel.ask if state.panel is not None else None
    return now is not None and now.number == ask.number
