"""The start of the till: the sale of the last run comes back, and forgotten holds are given back."""

from __future__ import annotations

from collections.abc import Mapping, Set

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, Command, RecordSale, to_body
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.problems import BY_HAND
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.till import claim as claims
from pos_app.till import pay, pin
from pos_app.till.basket import moment_of, release
from pos_app.till.claiming import Claim, ClaimState
from pos_app.till.draft import from_draft, sold_as
from pos_app.till.effects import Effect, FindCustomer, FollowPoints, Note, SeeVoucher, Store
from pos_app.till.events import Restored
from pos_app.till.paying import PayState
from pos_app.till.state import Hint, HintKind, Line, LineState, Looking, Moment, Phase, Sale, Shop, State, Trouble

DAMAGED = "DISK-06"

Step = tuple[State, list[Effect]]


def on_restored(state: State, event: Restored, moment: Moment) -> Step:
    """Put the sale of the last run back on the counter, or show what came of it."""
    if event.draft is None:
        return state, [*_give_back(event, set(), moment), *_ended(event, set(), moment)]
    try:
        sale = from_draft(event.draft)
    except ValueError as exc:
        note = Note("draft not readable", "", {"why": str(exc)})
        return state, [note, *_give_back(event, set(), moment), *_ended(event, set(), moment)]
    settled = _bound(_lines(sale, event), event)
    record = _record(event, settled, state, moment)
    told = record is not None and _was_told(event.draft, record)
    if record is not None and (record.state != EntryState.REFUSED or told or record.problem == BY_HAND["refused"]):
        done, effects = _completed(replace(settled, told=told), event.entry, record)
        # What a sale that came to nothing had held is given back, as when that is heard while the till runs.
        came_to_nothing = record.state == EntryState.REFUSED
        kept = set() if came_to_nothing else _vouchers(settled, record)
        return replace(state, sale=done), [
            *effects,
            *_for_a_person(event, settled, record, state.shop),
            *_give_back(event, kept, moment),
            *_ended(event, set() if came_to_nothing else _refs(settled), moment),
        ]
    kept = {line.voucher_id for line in settled.lines}
    sale, effects = _look_again(replace(settled, look=state.sale.look + 1))
    sale, asked = pay.check(sale, moment)
    if record is not None:
        sale = replace(sale, trouble=Trouble(record.problem or "PX-000", record.said))
    state = replace(state, sale=sale)
    if not sale.is_empty:
        state = replace(state, hint=Hint(HintKind.RESTORED, "", 1, moment.now))
    return state, [
        *effects,
        *asked,
        *_give_back(event, kept, moment),
        *_ended(event, _refs(sale), moment),
    ]


def _was_told(draft: Mapping[str, object], record: SaleRecord) -> bool:
    """Whether the customer has gone with the slip: opened again, the sale would be completed a second time."""
    return bool(draft.get("told")) or record.printed > 0


def _record(event: Restored, sale: Sale, state: State, moment: Moment) -> SaleRecord | None:
    """What is known of the sale that was completed; None when nothing of it was stored, so that it is still open.

    The file may have been damaged in between. Whatever is left says that the sale was completed, and it may have been
    sent: opened again, it would be sold twice. Without its entry a person has to see what became of it.
    """
    draft = event.draft or {}
    # A draft of an older program does not say whether its sale was stored; after a damage it may have been.
    was_stored = bool(draft.get("ref") and draft.get("stored", state.salvaged is not None))
    if event.entry is None and event.record is None and not event.is_spoilt and not was_stored:
        return None
    record = event.record or _rebuilt(event, sale, state, moment)
    if event.entry is not None:
        return record.settled(event.entry.state.value, event.entry.problem, event.entry.said)
    if record.state in (EntryState.DONE, EntryState.REFUSED):
        return record
    return record.settled(EntryState.ATTENTION.value, DAMAGED)


def _rebuilt(event: Restored, sale: Sale, state: State, moment: Moment) -> SaleRecord:
    """The record of a sale whose own was lost, from its entry and the draft."""
    draft = event.draft or {}
    command = event.entry.command if event.entry is not None else None
    sold = command if isinstance(command, Checkout | RecordSale) else None
    record = SaleRecord(
        ref=Ref(str(draft.get("ref") or "")),
        sold_at=sold.sold_at if sold is not None else moment.now.isoformat(),
        currency=sold.currency if sold is not None else state.shop.currency,
        bill_minor=sale.bill_minor,
        due_minor=sold.amount_minor if sold is not None else sale.bill_minor,
        identifier=sale.known.identifier if sale.known is not None else "",
        name=sale.known.customer.name if sale.known is not None else "",
        vouchers=tuple(UsedVoucher(line.voucher_id or 0, line.text) for line in sale.lines),
        till=state.shop.till,
    )
    return sold_as(record, draft.get("sold"))


def _for_a_person(event: Restored, sale: Sale, record: SaleRecord, shop: Shop) -> list[Effect]:
    """The entry that a damage took, made anew for a person: it can be looked up, and is not sent by itself."""
    if event.entry is not None or record.state != EntryState.ATTENTION or not record.identifier:
        return []
    held = [one.voucher_id for one in record.vouchers if not one.on_trust and not one.by_pin]
    sold = RecordSale(
        ref=record.ref,
        identifier=record.identifier,
        perx_id=sale.known.customer.perx_id if sale.known is not None else None,
        amount_minor=record.due_minor,
        currency=record.currency,
        sold_at=record.sold_at,
        transaction_type=shop.transaction_type,
        properties=dict(shop.properties),
        deferred=True,
        spent={str(line.pin_ref): line.voucher_id or 0 for line in sale.lines if line.is_spent},
    )
    points = sale.pay if sale.pay is not None and sale.pay.hold_id and record.paid_points else None
    if not held and points is None and shop.record_with != "invoice":
        return [Store(sold, record, lost=True)]
    invoice = Checkout(
        **to_body(sold),
        merchant_identifier=shop.merchant_identifier,
        voucher_ids=held,
        points_hold=points.hold_id if points is not None else "",
        points=points.points if points is not None else 0,
        points_ref=str(points.hold_ref or "") if points is not None else "",
    )
    return [Store(invoice, record, lost=True)]


def _vouchers(sale: Sale, record: SaleRecord) -> set[int | None]:
    return {line.voucher_id for line in sale.lines} | {one.voucher_id for one in record.vouchers}


def _lines(sale: Sale, event: Restored) -> Sale:
    """Rows as their entries say; a hold, or a use by PIN, that was never made leaves no row."""
    by_ref = {entry.ref: entry for entry in (*event.own, *event.hold_entries)}
    lines: list[Line] = []
    for line in sale.lines:
        use = by_ref.get(line.pin_ref or Ref(""))
        if use is not None and use.state is EntryState.DONE:
            lines.append(replace(line, state=LineState.USED))
        elif use is not None and use.state.is_open:
            lines.append(line)
        if line.pin_ref is not None:
            continue
        entry = by_ref.get(line.hold_ref or Ref(""))
        if entry is None:
            continue
        if entry.state is EntryState.DONE:
            lines.append(replace(line, state=LineState.HELD, held_at=entry.settled_at))
        elif entry.state.is_open:
            lines.append(replace(line, state=LineState.NO_ANSWER))
    return replace(sale, lines=tuple(lines))


def _bound(sale: Sale, event: Restored) -> Sale:
    """The points and the reward of the sale as their entries say; what was never asked for is not there."""
    by_ref = {entry.ref: entry for entry in event.own}
    paying, claim = sale.pay, sale.claim
    if paying is not None:
        hold = by_ref.get(paying.hold_ref or Ref(""))
        hold_id = str(hold.answer.get("hold_id") or "") if hold is not None else ""
        if hold is not None and hold.state is EntryState.DONE and hold_id:
            paying = replace(paying, state=PayState.HELD, hold_id=hold_id)
        elif hold is None or not hold.state.is_open:
            paying = None
    if claim is not None:
        claim = _claim(claim, by_ref)
    return replace(sale, pay=paying, claim=claim)


def _claim(claim: Claim, by_ref: Mapping[Ref, Entry]) -> Claim | None:
    reserve, confirm = by_ref.get(claim.reserve_ref or Ref("")), by_ref.get(claim.confirm_ref or Ref(""))
    if reserve is None or not (reserve.state.is_open or reserve.state is EntryState.DONE):
        return None
    if reserve.state.is_open:
        return replace(claim, is_lost=True)
    number, until = reserve.answer.get("voucher_id"), moment_of(reserve.answer.get("until"))
    claim = replace(claim, voucher_id=number if isinstance(number, int) else 0, until=until)
    claim = replace(claim, reserved_at=reserve.settled_at, state=ClaimState.RESERVED)
    if confirm is None:
        return replace(claim, confirm_ref=None)
    if confirm.state is EntryState.DONE:
        return replace(claim, state=ClaimState.ISSUED)
    return replace(claim, state=ClaimState.CONFIRMING, is_lost=True) if confirm.state.is_open else None


def _refs(sale: Sale) -> set[Ref | None]:
    """Our references of what this sale has bound at Perx."""
    own = {line.pin_ref for line in sale.lines}
    own.add(sale.pay.hold_ref if sale.pay is not None else None)
    own.add(sale.claim.reserve_ref if sale.claim is not None else None)
    return own


def _ended(event: Restored, kept: Set[Ref | None], moment: Moment) -> list[Effect]:
    """Bring to an end what is bound at Perx for no sale. What is not settled yet follows by itself."""
    commands: list[Command] = []
    for entry in event.loose:
        if entry.ref not in kept:
            commands += [*pay.released(entry, moment), *claims.released(entry, moment), *pin.reverted(entry, moment)]
    return [Store(one) for one in commands]


def _completed(sale: Sale, entry: Entry | None, record: SaleRecord) -> tuple[Sale, list[Effect]]:
    """The sale had been written down: its entry, if it can be read, says where it stands.

    One that the counter was told of stays over, whatever is still asked about it.
    """
    is_asking = record.state in (EntryState.SENDING, EntryState.CHECKING) and not sale.told
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


def _give_back(event: Restored, kept: Set[int | None], moment: Moment) -> list[Effect]:
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
