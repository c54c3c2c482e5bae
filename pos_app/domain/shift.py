"""A shift of a till, and what its report says: X while it is open, Z when it ends, the day where there is no shift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pos_app.domain.money import Money

AGES_S = (15 * 60, 60 * 60, 24 * 60 * 60)
"""What is not sent yet is told by its age: younger than each of these, and older. Units: seconds."""


@dataclass(frozen=True)
class Shift:
    """One shift. `number` counts per till from 1; `opened_by` is "" where nobody signs on. Units: times aware UTC."""

    number: int
    opened_at: datetime
    opened_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""


class ReportKind(StrEnum):
    """X: the shift so far; Z: the shift as it was closed; DAY: the calendar day, where no shift is open."""

    X = "x"
    Z = "z"
    DAY = "day"


@dataclass(frozen=True)
class Tally:
    """So many, and what they come to. Units: `minor` in minor units of the report's currency."""

    count: int = 0
    minor: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.count + other.count, self.minor + other.minor)


NONE = Tally()


@dataclass(frozen=True)
class RewardLine:
    """The vouchers of one reward, by what Perx said of them. Each voucher stands in one of the first three.

    `used`: Perx has it as used; `open`: not said yet, on trust or in a sale that is on its way; `refused`: given on
    trust, and refused later. `undone`: of the used ones, asked back afterwards.
    """

    title: str
    used: Tally = NONE
    open: Tally = NONE
    refused: Tally = NONE
    undone: int = 0


@dataclass(frozen=True)
class PointsTold:
    """Points in and out. `about_...`: the till's own estimate, where Perx has not decided yet.

    `given` and `spent` are Perx's word. `taken_back` and `returned`: what reversals moved.
    """

    given: int = 0
    about_given: int = 0
    given_sales: int = 0
    spent: int = 0
    about_spent: int = 0
    spent_sales: int = 0
    taken_back: int = 0
    returned: int = 0


@dataclass(frozen=True)
class CashierLine:
    """What one person sold; `name` is "" where nobody was signed on."""

    name: str
    sales: Tally
    points: int = 0


@dataclass(frozen=True)
class Correction:
    """What was put right by hand: what it was (the journal's word), its end, who did it, who agreed, and why."""

    what: str
    outcome: str
    person: str
    approved_by: str
    why: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class Open:
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


@dataclass(frozen=True)
class Report:
    """What a till did in a shift or on a day, and what is open at that moment.

    `since` to `until` is what it covers; a shift covers everything since the last one, also what was sold before it
    was opened (`early` sales). `done` are the sales that Perx has, `pending` those that it has not confirmed,
    `refused` those that it refused for good. Of another currency than the report's only the number is told
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
    early: int = 0
    done: Tally = NONE
    pending: Tally = NONE
    refused: Tally = NONE
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


# ---------------------------------------------------------------- from rows to a report


@dataclass(frozen=True)
class SalesRow:
    """Sales of one state, cashier and currency. Units: `minor` minor units; the rest points, sales and vouchers."""

    state: str
    cashier: str
    currency: str
    sales: int
    minor: int
    given: int
    given_sales: int
    taken: int
    about: int
    about_sales: int
    spent: int
    spent_sales: int
    vouchers: int


@dataclass(frozen=True)
class VoucherRow:
    """Vouchers of one reward whose sale, or whose own entry (`on_trust`), is in one state."""

    title: str
    on_trust: bool
    state: str
    count: int
    minor: int


@dataclass(frozen=True)
class KindRow:
    """Entries of one other kind in one state. `title` names a voucher; `gives_back`: a reversal that returns points."""

    kind: str
    state: str
    title: str
    gives_back: bool
    count: int
    points: int


@dataclass(frozen=True)
class OpenRow:
    """Entries that are not settled: of this span or not, in need of a person or not, of one age (index of AGES_S)."""

    here: bool
    attention: bool
    age: int
    count: int
    minor: int


@dataclass(frozen=True)
class Rows:
    """What was counted for a report. `lines`: how often the journal has a word; `early`: sales before the opening."""

    sales: tuple[SalesRow, ...] = ()
    vouchers: tuple[VoucherRow, ...] = ()
    kinds: tuple[KindRow, ...] = ()
    open: tuple[OpenRow, ...] = ()
    corrections: tuple[Correction, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()
    early: int = 0


@dataclass(frozen=True)
class Frame:
    """What a report is about, besides its rows: which, of what, from when to when, and where."""

    kind: ReportKind
    since: datetime
    until: datetime
    currency: str
    shop: str = ""
    till: str = ""
    shift: Shift | None = None


def report_of(frame: Frame, rows: Rows) -> Report:
    """The report that the rows make."""
    ours = [one for one in rows.sales if one.currency in ("", frame.currency)]
    sold = [one for one in ours if one.state != "refused"]
    shift, lines = frame.shift, dict(rows.lines)
    return Report(
        kind=frame.kind,
        currency=frame.currency,
        since=frame.since,
        until=frame.until,
        number=shift.number if shift else 0,
        shop=frame.shop,
        till=frame.till,
        opened_at=shift.opened_at if shift else None,
        opened_by=shift.opened_by if shift else "",
        closed_by=shift.closed_by if shift else "",
        early=rows.early,
        done=_sales(one for one in ours if one.state == "done"),
        pending=_sales(one for one in sold if one.state != "done"),
        refused=_sales(one for one in ours if one.state == "refused"),
        other_currency=sum(one.sales for one in rows.sales if one not in ours),
        points=_points([one for one in rows.sales if one.state != "refused"], rows.kinds),
        rewards=_rewards(rows),
        cashiers=_cashiers(sold),
        corrections=rows.corrections,
        holds_returned=_count(rows.kinds, "release_voucher"),
        new_members=_count(rows.kinds, "create_customer"),
        parked=lines.get("parked", 0),
        cancelled=lines.get("cancelled", 0),
        open=_open(rows.open),
    )


def _sales(rows: Iterable[SalesRow]) -> Tally:
    return sum((Tally(one.sales, one.minor) for one in rows), NONE)


def _count(rows: Iterable[KindRow], kind: str) -> int:
    return sum(one.count for one in rows if one.kind == kind and one.state == "done")


_SPENDS = ("burn_points", "confirm_reward")


def _points(sales: list[SalesRow], kinds: tuple[KindRow, ...]) -> PointsTold:
    def moved(kind: str, *, done: bool, back: bool | None = None) -> int:
        fits = [one for one in kinds if one.kind == kind and (back is None or one.gives_back is back)]
        return sum(one.points for one in fits if (one.state == "done") is done and one.state != "refused")

    return PointsTold(
        given=sum(one.given for one in sales) + moved("earn_points", done=True),
        about_given=sum(one.about for one in sales) + moved("earn_points", done=False),
        given_sales=sum(one.given_sales + one.about_sales for one in sales),
        spent=sum(one.taken + (one.spent if one.state == "done" else 0) for one in sales)
        + sum(moved(kind, done=True) for kind in _SPENDS),
        about_spent=sum(one.spent for one in sales if one.state != "done")
        + sum(moved(kind, done=False) for kind in _SPENDS),
        spent_sales=sum(one.spent_sales for one in sales),
        taken_back=moved("reverse_points", done=True, back=False),
        returned=moved("reverse_points", done=True, back=True),
    )


def _rewards(rows: Rows) -> tuple[RewardLine, ...]:
    """One line a reward, by name. A sale that was refused at the counter used no voucher."""
    used: dict[str, Tally] = {}
    open_: dict[str, Tally] = {}
    refused: dict[str, Tally] = {}
    for row in rows.vouchers:
        if row.state == "refused" and not row.on_trust:
            continue
        into = used if row.state == "done" else refused if row.state == "refused" else open_
        into[row.title] = into.get(row.title, NONE) + Tally(row.count, row.minor)
    undone = [one for one in rows.kinds if one.kind == "revert_voucher" and one.state == "done"]
    titles = {*used, *open_, *refused, *(one.title for one in undone)}
    return tuple(
        RewardLine(
            title,
            used.get(title, NONE),
            open_.get(title, NONE),
            refused.get(title, NONE),
            sum(one.count for one in undone if one.title == title),
        )
        for title in sorted(titles, key=lambda title: (title.casefold(), title))
    )


def _cashiers(sold: list[SalesRow]) -> tuple[CashierLine, ...]:
    names = sorted({one.cashier for one in sold})
    return tuple(
        CashierLine(
            name,
            _sales(one for one in sold if one.cashier == name),
            sum(one.given + one.about for one in sold if one.cashier == name),
        )
        for name in names
    )


def _open(rows: tuple[OpenRow, ...]) -> Open:
    def tally(*, attention: bool, here: bool = False, age: int | None = None) -> Tally:
        fits = [one for one in rows if one.attention is attention and (one.here or not here)]
        return sum((Tally(one.count, one.minor) for one in fits if age in (None, one.age)), NONE)

    return Open(
        tuple(tally(attention=False, age=age) for age in range(len(AGES_S) + 1)),
        tally(attention=False, here=True),
        tally(attention=True),
        tally(attention=True, here=True),
    )


def to_body(value: Any) -> Any:
    """A report as plain JSON values; times ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [to_body(one) for one in value]
    if is_dataclass(value):
        return {one.name: to_body(getattr(value, one.name)) for one in fields(value)}
    return str(value) if isinstance(value, StrEnum) else value
