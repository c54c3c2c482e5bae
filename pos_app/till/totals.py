"""What a sale comes to: which vouchers count, what they take off, what points pay, what is left to collect."""

from __future__ import annotations

from decimal import Decimal

from pos_app.domain.money import Money
from pos_app.domain.paying import needed
from pos_app.domain.vouchers import discount, missing_spend
from pos_app.till.paying import Pay, PayState
from pos_app.till.state import Line, LineState, Phase, Sale, Terms


def counted(sale: Sale, terms: Terms) -> tuple[Line, ...]:
    """The rows that count: held, or while Perx is away held before, or on trust, and the bill reaches their minimum.

    What was used by its PIN counts whatever happens: it is gone. Once the sale is made, what it was made with counts.
    """
    counts = {LineState.USED}
    if terms.online or terms.trust.signed or sale.phase is not Phase.OPEN:
        counts.add(LineState.HELD)
    if not terms.online and terms.trust.signed:
        counts.add(LineState.ON_TRUST)
    bill = sale.bill(terms.currency)
    return tuple(
        line
        for line in sale.lines
        if line.state in counts
        and line.voucher is not None
        and (line.is_spent or missing_spend(line.voucher, bill) is None)
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


def after_vouchers(sale: Sale, terms: Terms) -> Money:
    """The bill less what the vouchers take off."""
    total = sale.bill(terms.currency)
    for amount in taken_off(sale, terms).values():
        total = total - amount
    return total


def counted_pay(sale: Sale, terms: Terms) -> Pay | None:
    """The points that pay: those that Perx keeps back, while it can be asked to take them."""
    pay = sale.pay
    if pay is None or pay.state not in (PayState.HELD, PayState.USED):
        return None
    return pay if terms.online or sale.phase is not Phase.OPEN else None


def paid(sale: Sale, terms: Terms) -> Money:
    """What points pay of this sale, never more than there is to pay."""
    pay = counted_pay(sale, terms)
    worth = Money(pay.worth_minor if pay is not None else 0, terms.currency)
    return min(worth, after_vouchers(sale, terms), key=lambda money: money.minor)


def is_overpaid(sale: Sale, terms: Terms) -> bool:
    """Whether fewer points would pay as much: the bill has shrunk since they were kept back."""
    pay = counted_pay(sale, terms)
    if pay is None or not pay.value:
        return False
    return needed(after_vouchers(sale, terms), Decimal(pay.value)) < pay.points


def due(sale: Sale, terms: Terms) -> Money:
    """What the customer pays: the bill less what the vouchers take off and the points pay."""
    return after_vouchers(sale, terms) - paid(sale, terms)


def estimate(amount: Money) -> int:
    """A guess at the points: one for each whole unit. Perx's rules decide, and may differ.

    Source: perx-api 6.1, 14 (a till cannot preview; say so beside the figure).
    """
    return int(amount.decimal)
