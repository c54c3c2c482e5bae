"""A day of the shop, and what a till did in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from msgspec import Struct, field

from pos_app.domain.entries import Backlog


class Day(Struct, frozen=True):
    """One calendar day where the till stands. Units: `start` and `end` aware; `end` is the next day's start."""

    on: date
    start: datetime
    end: datetime

    @property
    def zone(self) -> str:
        """The time zone that the day is counted in, as the system names it, with its distance from UTC."""
        name, offset = self.start.tzname() or "", f"{self.start:%z}"
        shown = f"UTC{offset[:3]}:{offset[3:5]}"
        return shown if name in ("", "UTC") else f"{name} ({shown})"


def local_day(on: date) -> Day:
    """The day in the system's own time zone; 23 or 25 hours long when the clocks change."""
    midnights = (datetime.combine(one, time.min).astimezone() for one in (on, on + timedelta(days=1)))
    return Day(on, *midnights)


def today(now: datetime) -> Day:
    """The local day of a moment."""
    return local_day(now.astimezone().date())


class Figures(Struct, frozen=True):
    """What the till did on a day, and what Perx has not been told yet, of whatever day.

    `sales`, `value_minor` and `vouchers` are of sales that Perx has; `refused` were sent and refused.
    `reversed...`: sales of any day that were reversed on this one; theirs stay in the figures of their own day.
    `points_taken`, `points_returned`: what reversals took back from customers, and gave back to them.
    Units: `value_minor` in minor units of the till's currency; `as_of` aware UTC.
    """

    day: Day
    as_of: datetime
    sales: int = 0
    value_minor: int = 0
    vouchers: int = 0
    refused: int = 0
    backlog: Backlog = field(default_factory=Backlog)
    reversed_sales: int = 0
    reversed_minor: int = 0
    points_taken: int = 0
    points_returned: int = 0


class Custom(Struct, frozen=True):
    """How this shop's sales are told: the mark that they carry, how late a row of Perx's may show, the currency."""

    mark: Mapping[str, str] = field(default_factory=dict)
    young: timedelta = timedelta(seconds=60)
    currency: str = ""
