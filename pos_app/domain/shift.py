"""A shift of a till, and what its report says: X while it is open, Z when it ends, the day where there is no shift."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from pos_app.domain.money import Money

AGES_S = (15 * 60, 60 * 60, 24 * 60 * 60)
"""What is not sent yet is told by its age: younger than each of these, and older. Units: seconds."""


class Shift(Struct, frozen=True):
    """One shift. `number` counts per till from 1; `opened_by` is "" where nobody signs on. Units: times aware UTC."""

    number: int
    opened_at: datetime
    opened_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""


class Approval(Struct, frozen=True):
    """Who agreed that a shift is closed, and why."""

    by: str
    why: str = ""


class ReportKind(StrEnum):
    """X: the shift so far; Z: the shift as it was closed; DAY: the calendar day, where no shift is open."""

    X = "x"
    Z = "z"
    DAY = "day"


class Tally(Struct, frozen=True):
    """So many, and what they come to. Units: `minor` in minor units of the report's currency."""

    count: int = 0
    minor: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.count + other.count, self.minor + other.minor)


NONE = Tally()


class RewardLine(Struct, frozen=True):
    """The vouchers of one reward, by what Perx said of them. Each voucher stands in one of the first three.

    `used`: Perx has it as used; `open`: not said yet, on trust or in a sale that is on its way; `refused`: given on
    trust, and refused later. `undone`: of the used ones, asked back afterwards.
    """

    title: str
    used: Tally = NONE
    open: Tally = NONE
    refused: Tally = NONE
    undone: int = 0


class PointsTold(Struct, frozen=True):
    """Points in and out. `about_...`: the till's own estimate, where Perx has not decided yet.

    `given` and `spent` are Perx's word. `taken_back` and `returned`: what reversals moved.
    `by_hand`: of those given, what a supervisor agreed to.
    """

    given: int = 0
    about_given: int = 0
    given_sales: int = 0
    spent: int = 0
    about_spent: int = 0
    spent_sales: int = 0
    taken_back: int = 0
    returned: int = 0
    by_hand: int = 0


class CashierLine(Struct, frozen=True):
    """What one person sold; `name` is "" where nobody was signed on."""

    name: str
    sales: Tally
    points: int = 0


class Correction(Struct, frozen=True):
    """What was put right by hand: what it was (the journal's word), its end, who did it, who agreed, and why."""

    what: str
    outcome: str
    person: str
    approved_by: str
    why: str
    count: int
    last_at: datetime


class Open(Struct, frozen=True):
    """What Perx has not been told, or not answered. `by_age`: as in `AGES_S`, then the older ones.

    `here` was made in the span of the report; the rest is older. `attention`: a person has to decide.
    """

    by_age: tuple[Tally, ...] = (NONE, NONE, NONE, NONE)
    here: Tally = NONE
    attention: Tally = NONE
    attention_here: Tally = NONE

    @property
    def unsent(self) -> Tally:
        return sum(self.by_age, NONE)

    @property
    def is_any(self) -> bool:
        """Whether something has to be said before a shift is closed."""
        return bool(self.unsent.count or self.attention.count)


class Report(Struct, frozen=True):
    """What a till did in a shift or on a day, and what is open at that moment.

    `since` to `until` is what it covers; a shift covers everything since the last one, also what was sold before it
    was opened (`early` sales). `done` are the sales that Perx has, `pending` those that it has not confirmed,
    `refused` those that it refused for good.
    `reversed`: sales of this span or an earlier one that were reversed in it; they stand in the figures of the span in
    which they were sold. Of another currency than the report's only the number is told
    (`other_currency`). Units: times aware UTC.
    """

    kind: ReportKind
    currency: str
    since: datetime
    until: datetime
    number: int = 0
    shop: str = ""
    till: str = ""
    opened_at: datetime | None = None
    opened_by: str = ""
    closed_by: str = ""
    approved_by: str = ""
    early: int = 0
    done: Tally = NONE
    pending: Tally = NONE
    refused: Tally = NONE
    reversed: Tally = NONE
    other_currency: int = 0
    points: PointsTold = PointsTold()
    rewards: tuple[RewardLine, ...] = ()
    cashiers: tuple[CashierLine, ...] = ()
    corrections: tuple[Correction, ...] = ()
    holds_returned: int = 0
    new_members: int = 0
    parked: int = 0
    cancelled: int = 0
    open: Open = Open()

    @property
    def sales(self) -> Tally:
        """What was sold: all but what was refused."""
        return self.done + self.pending

    @property
    def kept(self) -> Tally:
        """What is left of the sales after what was reversed; below zero when earlier ones were."""
        return Tally(self.sales.count - self.reversed.count, self.sales.minor - self.reversed.minor)

    @property
    def vouchers(self) -> RewardLine:
        """All vouchers together."""
        lines = self.rewards
        return RewardLine(
            "",
            sum((one.used for one in lines), NONE),
            sum((one.open for one in lines), NONE),
            sum((one.refused for one in lines), NONE),
            sum(one.undone for one in lines),
        )

    @property
    def name(self) -> str:
        """X-0417, Z-0417; a day has none."""
        return "" if self.kind is ReportKind.DAY else report_name(self.kind, self.number)

    def money(self, minor: int) -> Money:
        """An amount of the report's currency."""
        return Money(minor, self.currency)


def report_name(kind: ReportKind, number: int) -> str:
    """How a report is called on paper and in the journal."""
    return f"{kind.value.upper()}-{number:04d}"


def to_body(value: Any) -> Any:
    """A report as plain JSON values; times ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [to_body(one) for one in value]
    if isinstance(value, Struct):
        return {name: to_body(getattr(value, name)) for name in value.__struct_fields__}
    return str(value) if isinstance(value, StrEnum) else value
