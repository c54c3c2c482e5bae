"""The rules of printing: which slip is the first of its sale, and which a copy. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.sale import SaleRecord
from pos_app.till.effects import Effect, PrintSlip
from pos_app.till.events import PrintTapped
from pos_app.till.paper import SlipPrinted
from pos_app.till.scans import hint
from pos_app.till.state import HintKind, Printing, State

Step = tuple[State, list[Effect]]


def on_slip(state: State, event: PrintTapped | SlipPrinted) -> Step:
    """A slip is asked for again, or one is out; what was out already is printed as a copy."""
    if isinstance(event, SlipPrinted):
        done = "failed" if event.problem else "printed"
        if state.printing.is_copy and not event.problem:
            state = hint(state, HintKind.PRINTED)
        was_copy = state.printing.ref == event.ref and state.printing.is_copy
        printing = Printing(event.ref, done, event.problem, is_copy=was_copy, is_begun=event.is_begun)
        return replace(state, printing=printing), []
    found = state.panel.record if state.panel else None
    record = next((one for one in (found, state.sale.record, state.last) if one and one.ref == event.ref), None)
    if record is None or (state.printing.ref, state.printing.state) == (event.ref, "printing"):
        return state, []
    if _is_first(state, record):
        return replace(state, printing=Printing(event.ref, "printing")), [PrintSlip(record)]
    copy = replace(record, printed=max(1, record.printed))
    return replace(state, printing=Printing(event.ref, "printing", is_copy=True)), [PrintSlip(copy)]


def _is_first(state: State, record: SaleRecord) -> bool:
    """Whether no slip of this sale is on paper yet. What the till holds of a sale does not count its slips."""
    if record.printed:
        return False
    printing = state.printing
    if printing.ref == record.ref:
        return printing.state == "failed" and not printing.is_begun and not printing.is_copy
    return state.panel is not None and state.panel.record is record  # read from the disk, where they are counted
