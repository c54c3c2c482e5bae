"""Completing a sale: what is sent, what its outbox entry says of it, and what Perx gave in the end."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from pos_app.domain.commands import Checkout, Command, RecordSale, RedeemVoucher, to_body
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import SAVED_AFTER
from pos_app.domain.money import Money
from pos_app.domain.problems import BY_HAND
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.till import pay, pin
from pos_app.till.basket import give_back_all, release
from pos_app.till.claiming import ClaimState
from pos_app.till.effects import Effect, FollowPoints, Note, SeeVoucher, Store, UpdateSale
from pos_app.till.events import PointsSeen, StoreFailed
from pos_app.till.paying import PayState
from pos_app.till.state import Known, Line, LineState, Moment, Phase, Sale, Shop, Terms, Trouble
from pos_app.till.totals import counted as counted
from pos_app.till.totals import counted_pay as counted_pay
from pos_app.till.totals import due as due
from pos_app.till.totals import estimate as estimate
from pos_app.till.totals import is_overpaid, paid
from pos_app.till.totals import taken_off as taken_off

CLOCK_OFF = timedelta(minutes=2)

Step = tuple[Sale, list[Effect]]


def blocked(sale: Sale, terms: Terms) -> str:
    """Why the sale cannot be completed now, as a key; "" when it can."""
    online = terms.online
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
    return _blocked_by_points(sale, terms) or _blocked_by_claim(sale) or ("" if sale.bill_minor else "bill")


def _blocked_by_points(sale: Sale, terms: Terms) -> str:
    if sale.pay is None:
        return ""
    if sale.pay.is_busy:
        return "points"
    if terms.online and sale.pay.state is PayState.NO_ANSWER:
        return "points_lost"
    return "overpaid" if is_overpaid(sale, terms) else ""


def _blocked_by_claim(sale: Sale) -> str:
    """A reward that is held, or being taken, is taken or let go first: its customer stands here."""
    if pin.waiting(sale) is not None:
        return "pin"
    return "claim" if sale.claim is not None and sale.claim.is_live else ""


def complete(sale: Sale, shop: Shop, moment: Moment, terms: Terms, cashier: str = "") -> Step:
    """Write the sale down. A second tap finds the sale already under way.

    Online it is one command. Offline it is a sale that is sent later, with one more command for each voucher that
    was used on trust. Rows that are, or may be, held but do not count leave it; a hold that comes true later is given
    back then. Answers about the customer that are still on their way no longer fit.
    """
    known = sale.known
    if blocked(sale, terms) or known is None:
        return sale, []
    rows = counted(sale, terms)
    made = _command(sale, known, shop, terms, moment) if terms.online else None
    command = made or _saved(sale, known, shop, terms, moment)
    record = replace(_record(sale, known, shop, command, terms), cashier=cashier)
    also = () if terms.online else _on_trust(sale, command, terms, moment)
    spare = tuple(line for line in sale.lines if line not in rows)
    note = Note("completed", command.ref, _facts(command, rows, len(also), moment))
    effects: list[Effect] = [Store(command, record, also), *give_back_all(replace(sale, lines=spare), moment)]
    kept = tuple(line for line in sale.lines if line in rows or not line.may_be_held)
    if counted_pay(sale, terms) is None:
        effects += pay.give_back(sale, moment)
        sale = pay.let_go(sale)
    effects.append(note)
    sale = replace(sale, look=sale.look + 1, looking=None, offer=None, trouble=None, lines=kept, claim=None)
    return replace(sale, phase=Phase.COMMITTING, record=record, completed_at=moment.now), effects


def _facts(command: Checkout | RecordSale, used: tuple[Line, ...], on_trust: int, moment: Moment) -> dict[str, object]:
    """What the journal keeps of a sale; with a clock that is far off also by how much, since its time is wrong too."""
    facts: dict[str, object] = {"due_minor": command.amount_minor, "vouchers": [row.voucher_id for row in used]}
    if isinstance(command, Checkout) and command.points:
        facts["points"] = command.points
    if on_trust:
        facts["on_trust"] = on_trust
    if abs(moment.drift) >= CLOCK_OFF:
        facts["clock_off_s"] = round(moment.drift.total_seconds())
    return facts


def _saved(sale: Sale, known: Known, shop: Shop, terms: Terms, moment: Moment) -> RecordSale:
    """The sale as it is sent later. What was used on trust stands in its properties, as an invoice would say it."""
    return replace(_record_sale(sale, known, shop, terms, moment), deferred=True)


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
        if row.voucher_id is not None and not row.is_spent
    )


def _command(sale: Sale, known: Known, shop: Shop, terms: Terms, moment: Moment) -> Checkout | RecordSale:
    """An invoice where something that is held has to be used by it, or the shop wants one; else the sale alone."""
    held = [row for row in counted(sale, terms) if not row.is_spent]
    points = counted_pay(sale, terms)
    plain = _record_sale(sale, known, shop, terms, moment)
    if not held and points is None and shop.record_with != "invoice":
        return plain
    return Checkout(
        **to_body(plain),
        merchant_identifier=shop.merchant_identifier,
        voucher_ids=[row.voucher_id for row in held if row.voucher_id is not None],
        points_hold=points.hold_id if points is not None else "",
        points=points.points if points is not None else 0,
        points_ref=str(points.hold_ref or "") if points is not None else "",
    )


def _record_sale(sale: Sale, known: Known, shop: Shop, terms: Terms, moment: Moment) -> RecordSale:
    total = due(sale, terms)
    rows = counted(sale, terms)
    applied = [str(row.voucher_id) for row in rows if not terms.online or row.is_spent]
    return RecordSale(
        ref=moment.mint(),
        identifier=known.identifier,
        perx_id=known.customer.perx_id,
        amount_minor=total.minor,
        currency=total.currency,
        sold_at=moment.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        transaction_type=shop.transaction_type,
        properties=dict(shop.properties) | ({"applied_vouchers": ",".join(applied)} if applied else {}),
        spent={str(row.pin_ref): row.voucher_id or 0 for row in rows if row.is_spent},
    )


def _record(sale: Sale, known: Known, shop: Shop, command: Checkout | RecordSale, terms: Terms) -> SaleRecord:
    off, points = taken_off(sale, terms), counted_pay(sale, terms)
    used = tuple(
        UsedVoucher(
            row.voucher_id or 0,
            row.voucher.name if row.voucher else row.text,
            (row.voucher.code or "")[-4:] if row.voucher else "",
            off[row.key].minor if row.key in off else None,
            on_trust=not terms.online and not row.is_spent,
            state="" if terms.online or row.is_spent else EntryState.WAITING.value,
            by_pin=row.is_spent,
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
        paid_points=points.points if points is not None else 0,
        paid_minor=paid(sale, terms).minor,
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
            used = replace(sale.pay, state=PayState.USED) if sale.pay is not None else None
            sale = replace(sale, phase=Phase.DONE, lines=lines, pay=used)
            return sale, [FollowPoints(record.ref, record.identifier)]
        case EntryState.ATTENTION:
            return replace(sale, phase=Phase.DONE), []
        case EntryState.REFUSED if sale.told or entry.problem == BY_HAND["refused"]:
            # The customer may have gone with the slip, or a person has decided: open again, it would be sold twice.
            return replace(sale, phase=Phase.DONE), unused(sale, entry, moment)
        case EntryState.REFUSED:
            sale, asked = pay.check(_refused(sale, entry), moment)
            return sale, [*_look_again(sale), *asked]


def _refused(sale: Sale, entry: Entry) -> Sale:
    """Perx said no: the sale is open again, as it was, with the reason to read."""
    trouble = Trouble(entry.problem or "PX-000", entry.said)
    return replace(
        sale, phase=Phase.OPEN, record=None, entry=None, trouble=trouble, completed_at=None, checking_at=None
    )


def unused(sale: Sale, entry: Entry, moment: Moment) -> list[Effect]:
    """What a sale that is over and was refused, or given up, had held or used: nobody else would give it back."""
    command = entry.command
    if entry.state is not EntryState.REFUSED or not isinstance(command, Checkout | RecordSale | RedeemVoucher):
        return []
    free = pay.of_refused(command, moment) if isinstance(command, Checkout) else None
    more: list[Command] = [*([free] if free is not None else []), *pin.of_refused(command, moment)]
    return [*_unheld(sale, command, moment), *(Store(one) for one in more)]


def _unheld(sale: Sale, command: Checkout | RecordSale | RedeemVoucher, moment: Moment) -> list[Effect]:
    if isinstance(command, RecordSale) or (isinstance(command, RedeemVoucher) and not command.was_held):
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
    lost = _not_stored(sale, event)
    if lost != sale:
        return replace(lost, trouble=Trouble(event.problem))
    if sale.offer is not None and sale.offer.enrolling == event.ref:
        return replace(sale, offer=None, trouble=Trouble(event.problem, "", sale.offer.text))
    return sale


def _not_stored(sale: Sale, event: StoreFailed) -> Sale:
    """The sale with what was to be asked for, and could not be written down, refused."""
    lines = tuple(
        replace(line, state=LineState.REFUSED, problem=event.problem)
        if event.ref in (line.hold_ref, line.pin_ref) and line.state is not LineState.USED
        else line
        for line in sale.lines
    )
    points, claim = sale.pay, sale.claim
    if points is not None and points.hold_ref == event.ref:
        points = replace(points, state=PayState.REFUSED, problem=event.problem)
    if claim is not None and event.ref == claim.reserve_ref:
        claim = replace(claim, state=ClaimState.REFUSED, problem=event.problem)
    if claim is not None and event.ref == claim.confirm_ref:  # it is held as before
        claim = replace(claim, state=ClaimState.RESERVED, confirm_ref=None, problem=event.problem)
    return replace(sale, lines=lines, pay=points, claim=claim)


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
