"""The rules of parking: a sale is put aside, taken up again, and a cancelled one can be brought back. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.till import find, giveback, pin
from pos_app.till.effects import Effect, Note
from pos_app.till.parking import MOST_PARKED, Event, Parked, ParkedRead, ParkTapped, RecallTapped
from pos_app.till.paying import Pay, PayState
from pos_app.till.scans import begun, fresh, hint
from pos_app.till.state import HintKind, Moment, Phase, Sale, State

Step = tuple[State, list[Effect]]


def on_event(state: State, event: Event, moment: Moment) -> Step:
    """Put aside, taken up again, or read from the last run."""
    match event:
        case ParkTapped():
            return on_park(state, moment)
        case RecallTapped():
            return on_recall(state, event, moment)
    return on_read(state, event, moment)


def on_park(state: State, moment: Moment) -> Step:
    """Put the open sale aside; what Perx holds for it is given back."""
    sale = state.sale
    if sale.phase is not Phase.OPEN or not _is_worth_it(sale):
        return hint(state, HintKind.NOTHING_TO_DO), []
    if pin.spent(sale):
        return hint(state, HintKind.PIN_SPENT), []
    if sum(not one.cancelled for one in state.parked) >= MOST_PARKED:
        return hint(state, HintKind.PARKED_FULL), []
    state, effects = _aside(state, moment, cancelled=False)
    return hint(state, HintKind.PARKED), effects


def on_cancel(state: State, moment: Moment) -> Step:
    """Give everything back and start again; for a minute it can be brought back.

    A sale that was sent cannot be cancelled any more.
    """
    sale = state.sale
    if sale.phase is not Phase.OPEN or (sale.is_empty and sale.trouble is None):
        return state, []
    if not _is_worth_it(sale):
        return replace(state, sale=fresh(sale), panel=None), [*giveback.everything(sale, moment), _note(sale)]
    return _aside(state, moment, cancelled=True)


def on_recall(state: State, event: RecallTapped, moment: Moment) -> Step:
    """Take a sale up again, its vouchers asked for anew; one that is on the counter is put aside for it."""
    found = next((one for one in state.parked if one.id == event.id), None)
    if found is None or state.sale.phase not in (Phase.OPEN, Phase.DONE):
        return hint(state, HintKind.STILL_BUSY if found else HintKind.NOTHING_TO_DO), []
    effects: list[Effect] = []
    if state.sale.phase is Phase.OPEN and pin.spent(state.sale):
        return hint(state, HintKind.PIN_SPENT), []
    if state.sale.phase is Phase.OPEN and _is_worth_it(state.sale):
        state, effects = _aside(state, moment, cancelled=False)
    left = tuple(one for one in state.parked if one.id != found.id)
    sale, asked = _taken_up(fresh(state.sale), found, moment)
    state = replace(state, sale=sale, panel=None, parked=left)
    note = Note("taken up again", str(sale.id or ""), {"parked_as": found.id, "cancelled": found.cancelled})
    return state, [*effects, *asked, note]


def on_read(state: State, event: ParkedRead, moment: Moment) -> Step:
    """The till started: a sale that was cancelled before is gone, the parked ones are there."""
    kept = tuple(one for one in event.parked if one.stays(moment.now) and not one.cancelled)
    return replace(state, parked=kept[:MOST_PARKED]), []


def on_tick(state: State, moment: Moment) -> Step:
    """Forget what can no longer be taken up; nothing of it is held at Perx."""
    left = tuple(one for one in state.parked if one.stays(moment.now))
    if left == state.parked:
        return state, []
    gone = [one for one in state.parked if one not in left and not one.cancelled]
    notes: list[Effect] = [Note("parked sale forgotten", one.id, {"bill_minor": one.bill_minor}) for one in gone]
    return replace(state, parked=left), notes


def _is_worth_it(sale: Sale) -> bool:
    return bool(sale.known or sale.lines or sale.bill_minor)


def _aside(state: State, moment: Moment, *, cancelled: bool) -> Step:
    sale = begun(state.sale, moment)
    known = sale.known
    vouchers = tuple(
        (line.voucher_id, line.text)
        for line in sale.lines
        if line.voucher_id is not None and line.is_live and not line.is_spent
    )
    parked = Parked(
        id=sale.id or moment.mint(),
        at=moment.now,
        identifier=known.identifier if known else "",
        name=known.customer.name if known else "",
        bill_minor=sale.bill_minor,
        vouchers=vouchers,
        cancelled=cancelled,
        points=sale.pay.points if sale.pay is not None and sale.pay.is_live else 0,
    )
    others = [one for one in state.parked if not (cancelled and one.cancelled)]
    all_parked = (parked, *others)
    note = _note(sale) if cancelled else Note("parked", parked.id, {"vouchers": [number for number, _ in vouchers]})
    effects = [*giveback.everything(sale, moment), note]
    state = replace(state, sale=fresh(sale), panel=None, parked=all_parked)
    return (hint(state, HintKind.ASKED_BACK) if pin.spent(sale) else state), effects


def _note(sale: Sale) -> Note:
    return Note("cancelled", sale.id or "", {"vouchers": [line.voucher_id for line in sale.lines]})


def _taken_up(sale: Sale, parked: Parked, moment: Moment) -> tuple[Sale, list[Effect]]:
    """A sale with a name of its own: what comes late for the old one must not meet this one."""
    sale = replace(sale, id=moment.mint(), bill_minor=parked.bill_minor)
    if not parked.identifier:
        return sale, []
    if parked.points:
        sale = replace(sale, pay=Pay(parked.points, PayState.WAITING))
    for number, code in parked.vouchers:
        sale = find.waiting_line(sale, code or str(number), number)
    return find.look_for(sale, parked.identifier, codes.mask(parked.identifier), raw=False)
