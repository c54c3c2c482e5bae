"""Money as whole minor units with a currency, and points as whole numbers.

A float never enters: `Money` refuses it, and the wire gets a `Decimal`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NewType

from msgspec import Struct

Points = NewType("Points", int)

# ISO 4217 minor units; a currency that is not listed has two.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_WHOLE.split(" "), 0) | dict.fromkeys(_THOUSANDTHS.split(" "), 3)

MAX_MINOR = 10**12
"""No till takes more than this in one sale; a larger figure is a mistake or an attack."""


def exponent(currency: str) -> int:
    """The number of decimals of an ISO 4217 currency.

    Source: ISO 4217, list one.
    """
    return _EXPONENTS.get(currency, 2)


class Money(Struct, frozen=True):
    """An amount in one currency.

    Units: `minor` is whole minor units (cents for SGD, whole yen for JPY, fils for KWD).
    Errors: TypeError for anything but an int; ValueError when two currencies meet.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole numbers, not {type(self.minor).__name__}")

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with the currency's own number of decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")
        return other.minor

    def percent(self, share: Decimal) -> Money:
        """This share of the amount, in per cent, rounded half up to a minor unit."""
        exact = (Decimal(self.minor) * share / 100).quantize(Decimal(1), ROUND_HALF_UP)
        return Money(int(exact), self.currency)


def from_wire(raw: object, currency: str) -> Money | None:
    """Money from what a console or a server wrote: a JSON number or a numeric string, in major units.

    None when it is absent, not a plain decimal number, or finer than the currency: then nobody knows
    what was meant, and a guess would be wrong by a factor.
    """
    if isinstance(raw, bool) or not isinstance(raw, (int, str, Decimal)):
        return None
    if isinstance(raw, int) and abs(raw) > MAX_MINOR:  # also because Python refuses to write a very long one out
        return None
    text = str(raw).strip()
    if not text.isascii() or "_" in text or len(text) > 24:
        return None
    if isinstance(raw, str) and any(char.isalpha() for char in text):
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) > MAX_MINOR:
        return None
    minor = value.scaleb(exponent(currency))
    if minor != minor.to_integral_value() or abs(minor) > MAX_MINOR:
        return None
    return Money(int(minor), currency)


def type_digit(minor: int, key: str) -> int:
    """Minor units after one key of a cash-register keypad: digits fill from the right.

    `key` is "0" to "9", "00" or "delete". A key that would pass the largest amount changes nothing.
    """
    if key == "delete":
        return minor // 10
    grown = minor * 10 ** len(key) + int(key)
    return grown if grown <= MAX_MINOR else minor
