"""The customer part of a sale: who is it, what does Perx say of them, and what if it says nothing."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.commands import CreateCustomer
from pos_app.domain.customers import Customer
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.offline import NO_TRUST
from pos_app.domain.phone import is_phone
from pos_app.till import basket
from pos_app.till.effects import Effect, FindCustomer, Note, Store
from pos_app.till.events import (
    BareIsMember,
    CustomerDetailed,
    CustomerFailed,
    CustomerFound,
    CustomerRemembered,
    CustomerUnknown,
)
from pos_app.till.state import HintKind, Known, Line, LineState, Looking, Moment, Offer, Sale, Terms, Trouble

Step = tuple[Sale, list[Effect]]


def look_for(sale: Sale, identifier: str, text: str, *, raw: bool = True, bare: bool = False) -> Step:
    """Start a look-up. A newer one makes the older one's answer harmless."""
    look = sale.look + 1
    looking = Looking(look, identifier, text, bare, raw, identifier if raw else "")
    sale = replace(sale, look=look, looking=looking, offer=None, trouble=None)
    return sale, [FindCustomer(look, identifier, raw)]


def blocks_other(sale: Sale) -> HintKind | None:
    """Why this sale cannot go over to another customer; None when it can."""
    is_paying = sale.pay is not None and sale.pay.is_live
    is_claiming = sale.claim is not None and sale.claim.is_live
    is_held = any(line.may_be_held or line.is_spent or line.state is LineState.PIN_SENT for line in sale.lines)
    return HintKind.OTHER_CUSTOMER if sale.known and (is_held or is_paying or is_claiming) else None


def on_found(sale: Sale, event: CustomerFound, moment: Moment) -> Step:
    """Perx knows the customer; balance and vouchers are on their way."""
    if event.look != sale.look:
        return sale, []
    scanned = sale.looking.scanned if sale.looking else ""
    known = Known(event.customer, as_of=moment.now, scanned=scanned, look=event.look, found=event.look)
    if sale.known is not None and sale.known.identifier == event.customer.identifier:
        known = replace(sale.known, customer=event.customer, as_of=moment.now, checked=True, found=event.look)
    return _with_customer(sale, known), []


def _with_customer(sale: Sale, known: Known) -> Sale:
    """The sale with this customer. Another's rows stay behind; but a sale that Perx holds vouchers for stays theirs."""
    lines = sale.lines
    if sale.known is not None and sale.known.identifier != known.identifier:
        if blocks_other(sale):
            trouble = Trouble("SALE-03", "", sale.looking.text if sale.looking else "")
            return replace(sale, looking=None, offer=None, trouble=trouble)
        lines = tuple(line for line in lines if line.state is LineState.WAITING)
        sale = replace(sale, pay=None, claim=None)
    return replace(sale, looking=None, offer=None, known=known, lines=lines, tried=())


def on_bare_member(sale: Sale, event: BareIsMember) -> Step:
    """A bare code turned out to be a member: this one's again, or the sale goes over to that one."""
    if sale.known is None or event.look != sale.known.look:
        return sale, []
    sale = replace(sale, lines=tuple(line for line in sale.lines if line.text != event.text or line.may_be_held))
    shown = codes.shown(event.text)
    if blocks_other(sale) and sale.known and sale.known.identifier != event.identifier:
        return replace(sale, trouble=Trouble("SALE-03", "", shown)), []
    return look_for(sale, event.identifier, shown, raw=False)


def on_detailed(sale: Sale, event: CustomerDetailed, moment: Moment, terms: Terms) -> Step:
    """Balance and vouchers are here: show them, and take in what was scanned before the customer was known."""
    if sale.known is None or event.look != sale.known.found:
        return sale, []
    known = replace(
        sale.known,
        balance=event.balance or sale.known.balance,
        vouchers=event.vouchers,
        as_of=moment.now,
        detailed=True,
        problem="",
    )
    return basket.customer_known(replace(sale, known=known), moment, replace(terms, online=True))


def on_remembered(sale: Sale, event: CustomerRemembered, moment: Moment, terms: Terms) -> Step:
    """Perx cannot be asked; the till shows what it last said, and says when."""
    if event.look != sale.look:
        return sale, []
    known = Known(
        event.customer,
        event.balance,
        event.vouchers,
        event.as_of,
        detailed=True,
        problem=event.problem,
        scanned=sale.looking.scanned if sale.looking else "",
        look=event.look,
    )
    sale = _with_customer(sale, known)
    if sale.known is not known:
        return sale, []
    trust = terms.trust if not terms.online else NO_TRUST  # one failure is not yet an outage
    return basket.customer_known(sale, moment, replace(terms, online=False, trust=trust))


def on_unknown(sale: Sale, event: CustomerUnknown) -> Step:
    """Perx does not know the identifier. A bare code may have been a voucher's, and the next one the member's.

    When nothing that was scanned is a member, offer to make one.
    """
    looking = sale.looking
    if event.look != sale.look or looking is None:
        return sale, []
    code = looking.scanned or looking.text  # what is shown may be cut short
    sale = replace(sale, looking=None, tried=(*sale.tried, code))
    other = next((line for line in sale.lines if _may_be_member(sale, line)), None)
    if looking.bare and other is not None:
        sale = waiting_line(basket.drop(sale, other.key), code)
        return look_for(sale, other.text, codes.shown(other.text), bare=True)
    offer = Offer(event.identifier, looking.text, looking.scanned, bare=looking.bare)
    return replace(sale, offer=offer), []


def _may_be_member(sale: Sale, line: Line) -> bool:
    return line.state is LineState.WAITING and line.voucher_id is None and line.text not in sale.tried


def with_pending(sale: Sale) -> Sale:
    """The sale, the bare code that is looked for, or offered for enrolment, now waiting as a possible voucher."""
    pending = sale.offer or sale.looking
    if pending is None or not pending.bare or (sale.offer and sale.offer.enrolling):
        return sale
    return waiting_line(sale, pending.scanned or pending.text)


def on_failed(sale: Sale, event: CustomerFailed, moment: Moment, terms: Terms) -> Step:
    """No answer. Details alone may be missing; else the code can still be taken on trust."""
    looking, known = sale.looking, sale.known
    if event.partly:
        if known is None or event.look != known.found:
            return sale, []
        known = replace(known, detailed=True, problem=event.problem)
        return basket.customer_known(replace(sale, known=known), moment, replace(terms, online=True))
    if event.look != sale.look or looking is None:
        return sale, []
    sale = replace(sale, looking=None)
    if event.problem.startswith(("PX-", "KEY-", "CUS-")):
        return replace(sale, trouble=Trouble(event.problem, event.said, looking.text)), []
    if looking.bare or is_phone(looking.scanned):  # a number that was heard and typed proves even less
        offer = Offer(event.identifier, looking.text, looking.scanned, unasked=True, bare=looking.bare)
        return replace(sale, offer=offer), []
    return take_on_trust(sale, event.identifier, looking.scanned), []


def take_on_trust(sale: Sale, identifier: str, scanned: str) -> Sale:
    """The customer as scanned, unchecked: earning can be queued for them, nothing can be used."""
    customer = Customer(identifier, state="")
    known = Known(customer, checked=False, detailed=True, problem="NET-01", scanned=scanned, look=sale.look)
    sale = _with_customer(sale, known)
    return basket.not_now(sale) if sale.known is known else sale


def on_enrol(sale: Sale, moment: Moment) -> Step:
    """The cashier makes a member of the unknown identifier. A second tap finds the first one's mark."""
    offer = sale.offer
    if offer is None or offer.enrolling is not None or offer.unasked:
        return sale, []
    ref = moment.mint()
    sale = replace(sale, offer=replace(offer, enrolling=ref))
    return sale, [
        Store(CreateCustomer(ref=ref, identifier=offer.identifier)),
        Note("enrol", ref),
    ]


def on_enrol_entry(sale: Sale, entry: Entry) -> Step:
    """What came of making a member."""
    offer = sale.offer
    if offer is None or offer.enrolling != entry.ref:
        return sale, []
    if entry.state is EntryState.DONE:
        sale, effects = look_for(replace(sale, offer=None), offer.identifier, offer.text, raw=False)
        looking = replace(sale.looking, scanned=offer.scanned) if sale.looking else None
        return replace(sale, looking=looking), effects
    if entry.state in (EntryState.REFUSED, EntryState.ATTENTION):
        trouble = Trouble(entry.problem or "PX-000", entry.said, offer.text)
        return replace(sale, offer=None, trouble=trouble), []
    return sale, []


def waiting_line(sale: Sale, text: str, voucher_id: int | None = None) -> Sale:
    """Keep a code that is, or may be, a voucher's until the customer is known."""
    row = sale.row + 1
    line = Line(f"row{row}", LineState.WAITING, text, voucher_id)
    others = tuple(one for one in sale.lines if one.text != text or one.state is not LineState.WAITING)
    return replace(sale, row=row, offer=None, lines=(*others, line))
