"""How far the comparison of a day with Perx has come."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from pos_app.domain.day import Day, Figures
from pos_app.till.reconcile import Compared


class Report(Struct, frozen=True):
    """How far a comparison came, and what it found. `after` is the last customer that was compared.

    `unread`: customers whose lists Perx would not give, each with a support code. `stopped`: why it went no further.
    Units: `as_of` aware UTC.
    """

    day: Day
    as_of: datetime
    customers: int = 0
    compared: int = 0
    found: Compared = field(default_factory=Compared)
    unread: tuple[tuple[str, str], ...] = ()
    stopped: str = ""
    after: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every customer of the day was looked at."""
        return not self.stopped and self.compared + len(self.unread) >= self.customers


class DayView(Struct, frozen=True):
    """The end of the day: its figures, and how it compares with Perx, as last seen."""

    figures: Figures | None = None
    report: Report | None = None
    comparing: bool = False
