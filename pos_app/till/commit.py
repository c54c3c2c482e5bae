"""Completing a sale: what is sent, what its outbox entry says of it, and what Perx gave in the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pos_app.domain.commands import Checkout, RecordSale, RedeemVoucher, to_body
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import SAVED_AFTER
from pos_app.domain.money import Money
from pos_app.domain.problems import BY_HAND
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.domain.vouchers import discount, missing_spend
from pos_app.till.basket import give_back_all, release
from pos_app.till.effects import Effect, FollowPoints, Note, SeeVoucher, Store, UpdateSale
from pos_app.till.events import PointsSeen, StoreFailed
from pos_app.till.state import Known, Line, LineState, Moment, Phase, Sale, Shop, Terms, Trouble

CLOCK_OFF = timedelta(minutes=2)

Step = tuple[Sale, list[Effect]]


def counted(sale: Sale, terms: Terms) -> tuple[Line, ...]:
    """The rows that count: held (while Perx is away: held before, or on trust), and the bill reaches their minimum."""
    if not terms.online and not terms.trust.signed:
        return ()
    bill = sale.bill(terms.currency)
    counts = {LineState.HELD, LineState.USED} | (set() if terms.online else {LineState.ON_TRUST})
    return tuple(
        line
        for line in sale.lines
        if line.state in counts and line.voucher is not None and missing_spend(line.voucher, bill) is None
    )


def taken_off(sale: Sale, terms: Terms) -> dict[str, Money]:
    """What each counted row takes off the bill, by row key, in scan order and never below nothing."""
    left = sale.bill(terms.currency)
    off: dict[str, Money] = {}
    for line in counted(sale, terms):
        amount = discount(line.voucher, left) if line.voucher else None
        if amount:
            off[line.key] = amount
            left = left - amount
    return off


def due(sale: Sale, terms: Terms) -> Money:
    """What the customer pays: the bill less what the vouchers take off."""
    total = sale.bill(terms.currency)
    for amount in taken_off(sale, terms).values():
        total = total - amount
    return total


def estimate(amount: Money) -> int:
    """A guess at the points: one for each whole unit. Perx's rules decide, and may differ.

    Source: perx-api 6.1, 14 (a till cannot preview; say so beside the figure).
    """
    return int(amount.decimal)


def blocked(sale: Sale, *, online: bool) -> str:
    """Why the sale cannot be completed now, as a key; "" when it can."""
    if sale.phase is not Phase.OPEN:
        return "busy"
    if sale.known is None:
        return "looking" if sale.looking else ("nothing" if not sale.bill_minor else "customer")
    looking = sale.looking
    if looking is not None and looking.identifier not in (sale.known.identifier, sale.known.scanned):
        return "looking"
    if any(line.is_busy or line.state is LineState.WAITING for line in sale.lines):
        return "asking"
    if online and any(line.state is LineState.NO_ANSWER for line in sale.lines):
        return "checking"
    if not sale.bill_minor:
        return "bill"
    return ""


def complete(sale: Sale, shop: Shop, moment: Moment, terms: Terms, cashier: str = "") -> Step:
    """Write the sale down. A second tap finds the sale already under way.

    Online it is one command. Offline it is a sale that is sent later, with one more command for each voucher that
    was used on trust. Rows that are, or may be, held but do not count leave it; a hold that comes true later is given
    back then. Answers about the customer that are still on their way no longer fit.
    """
    known = sale.known
    if blocked(sale, online=terms.online) or known is None:
        return sale, []
    rows = counted(sale, terms)
    command = _command(known, shop, due(sale, terms), rows, moment) if terms.online else None
    command = command or _saved(known, shop, due(sale, terms), rows, moment)
    record = replace(_record(sale, known, shop, command, terms), cashier=cashier)
    also = () if terms.online else _on_trust(sale, command, terms, moment)
    spare = tuple(line for line in sale.lines if line not in rows)
    note = Note("completed", command.ref, _facts(command, rows, len(also), moment))
    effects: list[Effect] = [Store(command, record, also), *give_back_all(replace(sale, lines=spare), moment), note]
    kept = tuple(line for line in sale.lines if line in rows or not line.may_be_held)
    sale = replace(sale, look=sale.look + 1, looking=None, offer=None, trouble=None, lines=kept)
    return replace(sale, phase=Phase.COMMITTING, record=record, completed_at=moment.now), effects


def _facts(command: Checkout | RecordSale, used: tuple[Line, ...], on_trust: int, moment: Moment) -> dict[str, object]:
    """What the journal keeps of a sale; with a clock that is far off also by how much, since its time is wrong too."""
    facts: dict[str, object] = {"due_minor": command.amount_minor, "vouchers": [row.voucher_id for row in used]}
    if on_trust:
        facts["on_trust"] = on_trust
    if abs(moment.drift) >= CLOCK_OFF:
        facts["clock_off_s"] = round(moment.drift.total_seconds())
    return facts


def _saved(known: Known, shop: Shop, total: Money, rows: tuple[Line, ...], moment: Moment) -> RecordSale:
    """The sale as it is sent later. What was used on trust stands in its properties, as an invoice would say it."""
    sale = _record_sale(known, shop, total, moment)
    if rows:
        applied = ",".join(str(row.voucher_id) for row in rows)
        sale = replace(sale, properties={**sale.properties, "applied_vouchers": applied})
    return replace(sale, deferred=True)


def _on_trust(sale: Sale, command: RecordSale | Checkout, terms: Terms, moment: Moment) -> tuple[RedeemVoucher, ...]:
    off = taken_off(sale, terms)
    return tuple(
        RedeemVoucher(
            ref=moment.mint(),
            identifier=command.identifier,
            voucher_id=row.voucher_id,
            sale=command.ref,
            was_held=row.state is LineState.HELD,
            title=row.voucher.name if row.voucher else row.text,
            amount_minor=off[row.key].minor if row.key in off else 0,
            currency=command.currency,
        )
        for row in counted(sale, terms)
        if row.voucher_id is not None
    )


def _command(known: Known, shop: Shop, total: Money, rows: tuple[Line, ...], moment: Moment) -> Checkout | RecordSale:
    sale = _record_sale(known, shop, total, moment)
    if not rows and shop.record_with != "invoice":
        return sale
    return Checkout(
        **to_body(sale),
        merchant_identifier=shop.merchant_identifier,
        voucher_ids=[row.voucher_id for row in rows if row.voucher_id is not None],
    )


def _record_sale(known: Known, shop: Shop, total: Money, moment: Moment) -> RecordSale:
    return RecordSale(
        ref=moment.mint(),
        identifier=known.identifier,
        perx_id=known.customer.perx_id,
        amount_minor=total.minor,
        currency=total.currency,
        sold_at=moment.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        transaction_type=shop.transaction_type,
        properties=dict(shop.properties),
    )


def _record(sale: Sale, known: Known, shop: Shop, command: Checkout | RecordSale, terms: Terms) -> SaleRecord:
    off = taken_off(sale, terms)
    used = tuple(
        UsedVoucher(
            row.voucher_id or 0,
            row.voucher.name if row.voucher else row.text,
            (row.voucher.code or "")[-4:] if row.voucher else "",
            off[row.key].minor if row.key in off else None,
            on_trust=not terms.online,
            state="" if terms.online else EntryState.WAITING.value,
        )
        for row in counted(sale, terms)
    )
    return SaleRecord(
        ref=command.ref,
        sold_at=command.sold_at,
        currency=command.currency,
        bill_minor=sale.bill_minor,
        due_minor=command.amount_minor,
        identifier=known.identifier,
        name=known.customer.name,
        vouchers=used,
        points_before=known.balance.points if known.balance else None,
        estimate=estimate(Money(command.amount_minor, command.currency)),
        till=shop.till,
        language=known.customer.language,
    )


def on_entry(sale: Sale, entry: Entry, moment: Moment) -> Step:
    """A sale's entry changed its state: this one's, or one that the counter no longer waits for."""
    record = sale.record
    if record is None or record.ref != entry.ref:
        return sale, unused(sale, entry, moment)
    record = record.settled(entry.state.value, entry.problem, entry.said)
    sale = replace(sale, record=record, entry=entry)
    match entry.state:
        case EntryState.SENDING:
            return sale, []
        case EntryState.WAITING if entry.tries == 0:
            return sale, []
        case EntryState.WAITING:
            return replace(sale, phase=Phase.DONE), []
        case EntryState.CHECKING if sale.told:
            return sale, []
        case EntryState.CHECKING:
            since = sale.checking_at or moment.now
            return replace(sale, phase=Phase.CHECKING, checking_at=since), []
        case EntryState.DONE:
            lines = tuple(
                replace(line, state=LineState.USED) if line.state is LineState.HELD else line for line in sale.lines
            )
            sale = replace(sale, phase=Phase.DONE, lines=lines)
            return sale, [FollowPoints(record.ref, record.identifier)]
        case EntryState.ATTENTION:
            return replace(sale, phase=Phase.DONE), []
        case EntryState.REFUSED if sale.told or entry.problem == BY_HAND["refused"]:
            # The customer may have gone with the slip, or a person has decided: open again, it would be sold twice.
            return replace(sale, phase=Phase.DONE), unused(sale, entry, moment)
        case EntryState.REFUSED:
            return _refused(sale, entry), _look_again(sale)


def _refused(sale: Sale, entry: Entry) -> Sale:
    """Perx said no: the sale is open again, as it was, with the reason to read."""
    trouble = Trouble(entry.problem or "PX-000", entry.said)
    return replace(
        sale, phase=Phase.OPEN, record=None, entry=None, trouble=trouble, completed_at=None, checking_at=None
    )


def unused(sale: Sale, entry: Entry, moment: Moment) -> list[Effect]:
    """The held vouchers of a sale that is over and was refused, or given up: nobody else would give them back."""
    command = entry.command
    was_held = isinstance(command, Checkout) or (isinstance(command, RedeemVoucher) and command.was_held)
    if entry.state is not EntryState.REFUSED or not was_held:
        return []
    sold = command.sale if isinstance(command, RedeemVoucher) else command.ref
    is_own = sale.record is not None and sale.record.ref == sold
    here = {line.voucher_id for line in sale.lines if not is_own and (line.is_busy or line.may_be_held)}
    return [
        release(command.identifier, voucher_id, sold, moment)
        for voucher_id in command.vouchers
        if voucher_id not in here
    ]


def _look_again(sale: Sale) -> list[Effect]:
    """Ask how the held vouchers stand, since a refusal may come from one of them."""
    if sale.known is None:
        return []
    return [
        SeeVoucher(sale.known.look, sale.known.identifier, line.voucher_id)
        for line in sale.lines
        if line.state is LineState.HELD and line.voucher_id is not None
    ]


def saved_for_later(sale: Sale, entry: Entry, *, online: bool) -> Sale:
    """A sale that was made for later is saved as soon as it waits; any other only when it has waited for a while.

    The outbox knows of no other sale at once that its refusal would be heard by nobody.
    """
    mine = sale.record is not None and sale.record.ref == entry.ref
    if (
        mine
        and getattr(entry.command, "deferred", False)
        and not online
        and sale.phase is Phase.COMMITTING
        and entry.state is EntryState.WAITING
    ):
        return replace(sale, phase=Phase.DONE)
    return sale


def on_tick(sale: Sale, moment: Moment) -> Sale:
    """A sale that is written down but still not sent after a while is shown as saved; the counter goes on."""
    entry = sale.entry
    stuck = entry is not None and entry.state is EntryState.WAITING
    if sale.phase is not Phase.COMMITTING or sale.completed_at is None or not stuck:
        return sale
    is_young = timedelta(0) <= moment.now - sale.completed_at <= SAVED_AFTER  # a clock set back makes nobody wait
    return sale if is_young else replace(sale, phase=Phase.DONE)


def on_store_failed(sale: Sale, event: StoreFailed) -> Sale:
    """The sale could not be written down, so nothing was sent; it stays on the screen as it was.

    One that was over is no such sale: it came back after a damage, and what is written down of it is a second witness.
    """
    if sale.record is not None and sale.record.ref == event.ref:
        if sale.phase is not Phase.COMMITTING:
            return replace(sale, trouble=Trouble(event.problem))
        return replace(
            sale, phase=Phase.OPEN, record=None, entry=None, trouble=Trouble(event.problem), completed_at=None
        )
    lines = tuple(
        replace(line, state=LineState.REFUSED, problem=event.problem) if line.hold_ref == event.ref else line
        for line in sale.lines
    )
    if lines != sale.lines:
        return replace(sale, lines=lines, trouble=Trouble(event.problem))
    if sale.offer is not None and sale.offer.enrolling == event.ref:
        return replace(sale, offer=None, trouble=Trouble(event.problem, "", sale.offer.text))
    return sale


def on_points(sale: Sale, event: PointsSeen) -> Step:
    """Perx has decided the points, now or for an earlier sale."""
    changes = {"points": event.points, "points_error": event.error, "points_after": _points_after(event)}
    effects: list[Effect] = [UpdateSale(event.ref, changes)]
    if sale.record is None or sale.record.ref != event.ref:
        return sale, effects
    return replace(sale, record=with_points(sale.record, event)), effects


def with_points(record: SaleRecord, event: PointsSeen) -> SaleRecord:
    """The record with what Perx has decided."""
    return replace(record, points=event.points, points_error=event.error, points_after=_points_after(event))


def _points_after(event: PointsSeen) -> int | None:
    return int(event.balance.points) if event.balance else None
