"""Paying with points: what they are worth, how many a bill needs, how many a customer can spend. Pure.

What a point is worth is the tenant's: the till's own setting, or what Perx tells of the programme where its figures
fit each other. Nothing is ever given for free by rounding: points are worth the whole minor units that they reach.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from pos_app.domain.customers import Balance
from pos_app.domain.money import MAX_MINOR, Money, exponent

FITS = Decimal("0.02")
"""How far Perx's converted balance may be from points times rate, as a share: it is rounded to the currency."""


def per_point(rate: Decimal | None, points: int, converted: Decimal | None) -> Decimal | None:
    """What one point is worth, in major units; None when Perx's figures do not tell it for certain.

    Nothing says whether the rate is money for a point or points for money (perx-api 5, B). The converted balance does:
    only one of the two readings fits it, but where there is none, or both fit, only a rate of 1 needs no reading.
    """
    if rate is None or rate <= 0 or not rate.is_finite():
        return None
    if rate == 1:
        return rate
    if points <= 0 or converted is None or converted <= 0:
        return None
    fits = [one for one in (rate, 1 / rate) if abs(one * points - converted) <= max(FITS * converted, Decimal("0.01"))]
    return fits[0] if len(fits) == 1 else None


def value_of(balance: Balance | None, own: Decimal | None, currency: str) -> Decimal | None:
    """What one point of this balance is worth in this currency, major units; None when nobody knows.

    `own` is the till's own setting, which decides where there is one.
    """
    if own is not None:
        return own if own > 0 else None
    if balance is None or balance.worth is None or balance.currency not in ("", currency):
        return None
    return balance.worth


def worth(points: int, value: Decimal, currency: str) -> Money:
    """What so many points pay: whole minor units, never rounded up."""
    exact = (Decimal(max(0, points)) * value).scaleb(exponent(currency))
    return Money(int(min(exact, Decimal(MAX_MINOR)).to_integral_value(ROUND_FLOOR)), currency)


def needed(amount: Money, value: Decimal) -> int:
    """The fewest points that pay this amount."""
    return int((amount.decimal / value).to_integral_value(ROUND_CEILING)) if amount.minor > 0 else 0


def most(balance: Balance, amount: Money, value: Decimal) -> int:
    """How many points this customer can use for this amount."""
    return min(int(balance.spendable), needed(amount, value))
