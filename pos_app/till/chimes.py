"""Which sound a step makes: a function of the state before and after it, so drawing again never rings again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from pos_app.domain.chimes import Chime
from pos_app.domain.sale import SaleRecord
from pos_app.domain.vouchers import Why, missing_spend
from pos_app.till.state import HintKind, Line, LineState, Phase, Sale, State

SOON_S = 60
"""A hold that ends sooner than this is said to end, once. Units: seconds."""

_OF_LINE = {
    LineState.REFUSED: Chime.REFUSED,
    LineState.NOT_NOW: Chime.NOT_NOW,
    LineState.NO_ANSWER: Chime.NO_ANSWER,
    LineState.ON_TRUST: Chime.WAITING,
}
_OF_RESULT = {"done": Chime.ACCEPTED, "refused": Chime.REFUSED, "waiting": Chime.WAITING}
NOT_TAKEN = (
    HintKind.OTHER_CUSTOMER,
    HintKind.STILL_CHECKING,
    HintKind.STILL_BUSY,
    HintKind.SALE_MISSING,
    HintKind.NOTHING_TO_DO,
    HintKind.PARKED_FULL,
    HintKind.TRAIN_LATER,
)
"""What was scanned or asked was not taken, and only a small message says so."""


def chime(before: State, after: State) -> Chime | None:
    """The sound of what has just become of the till; the most urgent one, or none."""
    heard = {*_of_lines(before, after), *_of_sale(before.sale, after.sale), *_of_person(before, after)}
    heard |= set(_of_reversal(before, after))
    hint = after.hint
    if hint is not None and hint.kind in NOT_TAKEN and (before.hint is None or before.hint.serial != hint.serial):
        heard.add(Chime.NOT_NOW)
    return next((one for one in Chime if one in heard), None)


def with_warnings(sale: Sale, perx_now: datetime) -> Sale:
    """The sale with every hold marked that ends soon. The mark stays, also when the clocks are found to differ."""
    lines = tuple(replace(one, ends_soon=True) if _ends_soon(one, perx_now) else one for one in sale.lines)
    return replace(sale, lines=lines) if lines != sale.lines else sale


def _ends_soon(line: Line, perx_now: datetime) -> bool:
    until = line.voucher.held_until if line.voucher and line.held_at and line.state is LineState.HELD else None
    return until is not None and int((until - perx_now).total_seconds()) < SOON_S


def _of_lines(before: State, after: State) -> Iterator[Chime]:
    old = {line.key: line for line in before.sale.lines} if before.sale.id == after.sale.id else {}
    for line in after.sale.lines:
        was = old.get(line.key)
        if was is None or was.state is not line.state:
            yield from _of_line(line, after)
        if line.ends_soon and was is not None and not was.ends_soon:
            yield Chime.HOLD_ENDS


def _of_line(line: Line, state: State) -> Iterator[Chime]:
    """The sound of a voucher's new state: the one whose shape its row shows."""
    if _is_not_yet(line, state):
        yield Chime.NOT_NOW
    elif line.state in _OF_LINE:
        yield _OF_LINE[line.state]
    elif line.state is LineState.HELD and state.shop.sound_of_holds:
        yield Chime.ACCEPTED


def _is_not_yet(line: Line, state: State) -> bool:
    """Whether it is good, but not before a day that comes, or not for so small a bill."""
    if line.state is LineState.REFUSED:
        return line.no is not None and line.no.why is Why.NOT_YET
    bill = state.sale.bill(state.shop.currency)
    if line.state not in (LineState.HELD, LineState.ON_TRUST):
        return False
    return line.voucher is not None and bill.minor > 0 and missing_spend(line.voucher, bill) is not None


def _of_sale(before: Sale, after: Sale) -> Iterator[Chime]:
    """The sound of the sale's result, and of what must be read first."""
    result = _result(after)
    if result is not None and (before.id, _result(before)) != (after.id, result):
        yield result
    if after.trouble is not None and after.trouble is not before.trouble:  # a second misread is told again
        yield Chime.REFUSED
    if after.offer is not None and before.offer is None:
        yield Chime.NO_ANSWER if after.offer.unasked else Chime.NOT_NOW


def _result(sale: Sale) -> Chime | None:
    if sale.phase is Phase.CHECKING:
        return Chime.NO_ANSWER
    return _OF_RESULT.get(sale.record.state) if sale.phase is Phase.DONE and sale.record is not None else None


def _of_reversal(before: State, after: State) -> Iterator[Chime]:
    """The sound of a reversal's result, and of why there is none, on the sale that is looked at; once."""
    old, new = before.panel, after.panel
    if old is None or new is None or old.record is None or new.record is None or old.record.ref != new.record.ref:
        return
    result = _undone(new.record, online=after.link.online)
    if result is not None and result is not _undone(old.record, online=after.link.online):
        yield result
    problem = new.history.problem if new.history is not None else ""
    if problem and (old.history is None or old.history.problem != problem):
        yield Chime.NOT_NOW


def _undone(record: SaleRecord, *, online: bool) -> Chime | None:
    """The sound of a reversal as it stands; None while it is only on its way."""
    states = {one.state for one in record.reversal.parts} if record.reversal is not None else set()
    if "checking" in states:
        return Chime.NO_ANSWER
    if "sending" in states or not states or "attention" in states:  # who is needed is said by the queue
        return None
    if "waiting" in states:
        return None if online else Chime.WAITING
    return Chime.REFUSED if "refused" in states else Chime.ACCEPTED


def _of_person(before: State, after: State) -> Iterator[Chime]:
    """A supervisor is asked for: by an approval, or by something in the outbox that only a person settles."""
    if after.backlog.attention > before.backlog.attention or (_asks(after) and not _asks(before)):
        yield Chime.SUPERVISOR


def _asks(state: State) -> bool:
    return state.panel is not None and state.panel.ask is not None
