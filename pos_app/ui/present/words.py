"""Figures, dates and names as a cashier reads them: from the CLDR, in local time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_skeleton, format_time
from babel.numbers import format_decimal
from msgspec import Struct

from pos_app.domain.money import Money, exponent
from pos_app.language import ENGLISH, _, language, ngettext

MINUS = "−"
NBSP = "\u00a0"


class Words(Struct, frozen=True):
    """How figures and dates are written. `locale` is a CLDR name such as en_SG; `dates` that of the months' names."""

    locale: str = ENGLISH.locale
    dates: str = ""

    @staticmethod
    def of(shop_locale: str, code: str) -> Words:
        """The words of a language; figures as the shop writes them, where it says so."""
        own = language(code).locale
        return Words(shop_locale or own, shop_locale if shop_locale.partition("_")[0] == own.partition("_")[0] else own)

    def money(self, amount: Money) -> str:
        """12,560.00: without the currency, which stands beside it once."""
        decimals = exponent(amount.currency)
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return _minus(format_decimal(amount.decimal, pattern, locale=self.locale))

    def off(self, amount: Money) -> str:
        """An amount that is taken off."""
        return MINUS + self.money(amount)

    def points(self, count: int) -> str:
        return _minus(format_decimal(Decimal(count), "#,##0", locale=self.locale))

    def gained(self, count: int) -> str:
        """Points with their sign."""
        return self.points(count) if count < 0 else f"+{self.points(count)}"

    def day(self, day: date | datetime, today: date | None = None) -> str:
        """30 Jun; with the year when it is another one."""
        on = _local(day).date() if isinstance(day, datetime) else day
        skeleton = "MMMd" if today is not None and on.year == today.year else "yMMMd"
        return format_skeleton(skeleton, on, locale=self.dates or self.locale).replace(" ", NBSP)

    def clock(self, at: datetime) -> str:
        """14:32, local."""
        return format_time(_local(at).time(), "HH:mm", locale=self.locale)

    def clock_s(self, at: datetime) -> str:
        """14:32:05, local."""
        return format_time(_local(at).time(), "HH:mm:ss", locale=self.locale)


def _local(at: datetime) -> datetime:
    """The shop's time. "Never ends" is often written 9999-12-31, which no clock of a system can shift."""
    try:
        return at.astimezone()
    except (OverflowError, ValueError, OSError):
        return at


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def span(length: timedelta) -> str:
    """How long something has lasted, in the largest unit that says enough."""
    minutes = max(0, int(length.total_seconds())) // 60
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("{n} min").format(n=minutes).replace(" ", NBSP)
    if minutes < 48 * 60:
        return _("{h} h {m} min").format(h=minutes // 60, m=minutes % 60).replace(" ", NBSP)
    days = minutes // (24 * 60)
    return ngettext("{n} day", "{n} days", days).format(n=days).replace(" ", NBSP)


def short_name(name: str) -> str:
    """A name that can be read out but not copied down: Som••• P."""
    parts = name.split()
    if not parts:
        return ""
    first = parts[0][:3] + "•••"
    return f"{first} {parts[-1][0]}." if len(parts) > 1 else first


def tail(identifier: str) -> str:
    """The last four characters of an identifier, the rest hidden; short ones show less."""
    shown = min(4, max(0, len(identifier) - 2))
    return f"•••• {identifier[-shown:]}" if shown else "••••"
