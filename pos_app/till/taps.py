"""Taps of the cashier on the sale: keys, the next customer, the customer taken off. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.money import type_digit
from pos_app.till import events as ev
from pos_app.till import giveback, panels
from pos_app.till.effects import Effect
from pos_app.till.scans import begun, fresh, hint
from pos_app.till.state import HintKind, Moment, Phase, State

Step = tuple[State, list[Effect]]


def on_key(state: State, event: ev.KeyTapped, moment: Moment) -> Step:
    """A key: into the code that is being typed, or into the bill."""
    if state.panel is not None:
        return panels.on_key(state, event), []
    sale = state.sale
    if sale.phase is not Phase.OPEN or sale.offer or sale.trouble:
        return state, []
    if event.key == "clear":
        return replace(state, sale=replace(sale, bill_minor=0)), []
    if event.key != "delete" and not (event.key.isascii() and event.key.isdigit()):
        return state, []
    bill = type_digit(sale.bill_minor, event.key)
    if bill == sale.bill_minor:
        return state, []
    return replace(state, sale=replace(begun(sale, moment), bill_minor=bill)), []


def on_next(state: State) -> Step:
    """The next customer. What is still being checked goes on being checked."""
    sale = state.sale
    if sale.phase is Phase.CHECKING and sale.record is not None:
        state = hint(replace(state, last=sale.record), HintKind.SAVED_LAST)
        return replace(state, sale=fresh(sale), panel=None), []
    if sale.phase is Phase.DONE:
        return replace(state, sale=fresh(sale), panel=None), []
    return state, []


def on_customer_removed(state: State, moment: Moment) -> Step:
    """Take the customer off the sale, and with them every voucher; the bill stays."""
    sale = state.sale
    if sale.phase is not Phase.OPEN:
        return state, []
    effects = giveback.everything(sale, moment)
    return replace(state, sale=replace(fresh(sale), id=sale.id, bill_minor=sale.bill_minor)), effects
