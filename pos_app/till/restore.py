"""The start of the till: the sale of the last run comes back, and forgotten holds are given back."""

from __future__ import annotations

from dataclasses import replace

from pos_app.domain.codes import Ref
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.sale import SaleRecord
from pos_app.till.basket import release
from pos_app.till.draft import from_draft
from pos_app.till.effects import Effect, FindCustomer, FollowPoints, Note, SeeVoucher
from pos_app.till.events import Restored
from pos_app.till.state import Hint, HintKind, Line, LineState, Looking, Moment, Phase, Sale, State, Trouble

Step = tuple[State, list[Effect]]


def on_restored(state: State, event: Restored, moment: Moment) -> Step:
    """Put the sale of the last run back on the counter, or show what came of it."""
    if event.draft is None:
        return state, _give_back(event, (), moment)
    try:
        sale = from_draft(event.draft)
    except ValueError as exc:
        return state, [Note("draft not readable", "", {"why": str(exc)}), *_give_back(event, (), moment)]
    settled = _lines(sale, event.hold_entries)
    kept = tuple(line.voucher_id for line in settled.lines)
    give_back = _give_back(event, kept, moment)
    refused = event.entry is not None and event.entry.state is EntryState.REFUSED
    if event.entry is not None and event.record is not None and not refused:
        done, effects = _completed(settled, event.entry, event.record)
        return replace(state, sale=done), [*effects, *give_back]
    sale, effects = _look_again(replace(settled, look=state.sale.look + 1))
    if refused and event.entry is not None:
        sale = replace(sale, trouble=Trouble(event.entry.problem or "PX-000", event.entry.said))
    state = replace(state, sale=sale)
    if not sale.is_empty:
        state = replace(state, hint=Hint(HintKind.RESTORED, "", 1, moment.now))
    return state, [*effects, *give_back]


def _lines(sale: Sale, holds: tuple[Entry, ...]) -> Sale:
    """Rows as their hold entries say; a hold that was never made leaves no row."""
    by_ref = {entry.ref: entry for entry in holds}
    lines: list[Line] = []
    for line in sale.lines:
        entry = by_ref.get(line.hold_ref or Ref(""))
        if entry is None:
            continue
        if entry.state is EntryState.DONE:
            lines.append(replace(line, state=LineState.HELD, held_at=entry.settled_at))
        elif entry.state.is_open:
            lines.append(replace(line, state=LineState.NO_ANSWER))
    return replace(sale, lines=tuple(lines))


def _completed(sale: Sale, entry: Entry, record: SaleRecord) -> tuple[Sale, list[Effect]]:
    """The sale had been written down: its entry says where it stands."""
    record = record.settled(entry.state.value, entry.problem, entry.said)
    phase = {
        EntryState.WAITING: Phase.DONE,
        EntryState.SENDING: Phase.CHECKING,
        EntryState.CHECKING: Phase.CHECKING,
    }.get(entry.state, Phase.DONE)
    sale = replace(sale, phase=phase, record=record, entry=entry, completed_at=entry.made_at)
    if phase is Phase.CHECKING:
        sale = replace(sale, checking_at=entry.sent_at)
    follow: list[Effect] = []
    if entry.state is EntryState.DONE and record.points is None:
        follow = [FollowPoints(record.ref, record.identifier)]
    return sale, follow


def _look_again(sale: Sale) -> tuple[Sale, list[Effect]]:
    """Ask Perx about the customer and the vouchers of the sale that came back."""
    if sale.known is None:
        return sale, []
    identifier = sale.known.identifier
    looking = Looking(sale.look, identifier, identifier, raw=False)
    effects: list[Effect] = [FindCustomer(sale.look, identifier, raw=False)]
    effects += [
        SeeVoucher(sale.look, identifier, line.voucher_id) for line in sale.lines if line.voucher_id is not None
    ]
    return replace(sale, looking=looking, known=replace(sale.known, look=sale.look)), effects


def _give_back(event: Restored, kept: tuple[int | None, ...], moment: Moment) -> list[Effect]:
    """Give back every voucher that this till holds for no sale. Holds not yet settled follow by themselves."""
    settled = {
        voucher for entry in event.hold_entries if entry.state is EntryState.DONE for voucher in entry.command.vouchers
    }
    is_taken = event.entry is not None and event.entry.state is not EntryState.REFUSED
    completed = set(event.entry.command.vouchers) if event.entry is not None and is_taken else set()
    return [
        release(hold.identifier, hold.voucher_id, hold.sale, moment)
        for hold in event.holds
        if hold.voucher_id in settled
        and hold.voucher_id not in kept
        and hold.voucher_id not in completed
        and hold.voucher_id not in event.releasing | event.selling
    ]
