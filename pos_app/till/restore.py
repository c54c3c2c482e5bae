"""The start of the till: the sale of the last run comes back, and forgotten holds are given back."""

from __future__ import annotations

from dataclasses import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, RecordSale
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.till.basket import release
from pos_app.till.draft import from_draft
from pos_app.till.effects import Effect, FindCustomer, FollowPoints, Note, SeeVoucher
from pos_app.till.events import Restored
from pos_app.till.state import Hint, HintKind, Line, LineState, Looking, Moment, Phase, Sale, State, Trouble

DAMAGED = "DISK-06"

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
    record = _record(event, settled, state, moment)
    if record is not None and record.state != EntryState.REFUSED:
        done, effects = _completed(settled, event.entry, record)
        return replace(state, sale=done), [*effects, *give_back]
    sale, effects = _look_again(replace(settled, look=state.sale.look + 1))
    if record is not None:
        sale = replace(sale, trouble=Trouble(record.problem or "PX-000", record.said))
    state = replace(state, sale=sale)
    if not sale.is_empty:
        state = replace(state, hint=Hint(HintKind.RESTORED, "", 1, moment.now))
    return state, [*effects, *give_back]


def _record(event: Restored, sale: Sale, state: State, moment: Moment) -> SaleRecord | None:
    """What is known of the sale that was completed; None when nothing of it was stored, so that it is still open.

    The file may have been damaged in between. Whatever of the two rows is left says that the sale was completed, and it
    may have been sent: opened again, it would be sold twice. Without its entry a person has to see what became of it.
    """
    if event.entry is None and event.record is None and not event.is_spoilt:
        return None
    record = event.record or _rebuilt(event, sale, state, moment)
    if event.entry is not None:
        return record.settled(event.entry.state.value, event.entry.problem, event.entry.said)
    if record.state in (EntryState.DONE, EntryState.REFUSED):
        return record
    return record.settled(EntryState.ATTENTION.value, DAMAGED)


def _rebuilt(event: Restored, sale: Sale, state: State, moment: Moment) -> SaleRecord:
    """The record of a sale whose own was lost, from its entry and the draft."""
    command = event.entry.command if event.entry is not None else None
    sold = command if isinstance(command, Checkout | RecordSale) else None
    return SaleRecord(
        ref=Ref(str((event.draft or {}).get("ref") or "")),
        sold_at=sold.sold_at if sold is not None else moment.now.isoformat(),
        currency=sold.currency if sold is not None else state.shop.currency,
        bill_minor=sale.bill_minor,
        due_minor=sold.amount_minor if sold is not None else sale.bill_minor,
        identifier=sale.known.identifier if sale.known is not None else "",
        name=sale.known.customer.name if sale.known is not None else "",
        vouchers=tuple(UsedVoucher(line.voucher_id or 0, line.text) for line in sale.lines),
        till=state.shop.till,
    )


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


def _completed(sale: Sale, entry: Entry | None, record: SaleRecord) -> tuple[Sale, list[Effect]]:
    """The sale had been written down: its entry, if it can be read, says where it stands."""
    is_asking = record.state in (EntryState.SENDING, EntryState.CHECKING)
    sale = replace(sale, phase=Phase.CHECKING if is_asking else Phase.DONE, record=record, entry=entry)
    sale = replace(sale, completed_at=entry.made_at if entry is not None else record.sold)
    if is_asking and entry is not None:
        sale = replace(sale, checking_at=entry.sent_at)
    follow: list[Effect] = []
    if record.state == EntryState.DONE and record.points is None:
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
