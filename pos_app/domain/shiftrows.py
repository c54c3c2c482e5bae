"""What the database counted of a till, and the report of a shift or a day that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from pos_app.domain.shift import (
    AGES_S,
    NONE,
    CashierLine,
    Correction,
    Open,
    PointsTold,
    Report,
    ReportKind,
    RewardLine,
    Shift,
    Tally,
)


class SalesRow(Struct, frozen=True):
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


class VoucherRow(Struct, frozen=True):
    """Vouchers of one reward whose sale, or whose own entry (`on_trust`), is in one state."""

    title: str
    on_trust: bool
    state: str
    count: int
    minor: int


class KindRow(Struct, frozen=True):
    """Entries of one other kind in one state. `title` names a voucher; `gives_back`: a reversal that returns points."""

    kind: str
    state: str
    title: str
    gives_back: bool
    count: int
    points: int


class OpenRow(Struct, frozen=True):
    """Entries that are not settled: of this span or not, in need of a person or not, of one age (index of AGES_S)."""

    here: bool
    attention: bool
    age: int
    count: int
    minor: int


class Rows(Struct, frozen=True):
    """What was counted for a report. `lines`: how often the journal has a word; `early`: sales before the opening.

    `reversed`: sales that were reversed in this span.
    """

    sales: tuple[SalesRow, ...] = ()
    vouchers: tuple[VoucherRow, ...] = ()
    kinds: tuple[KindRow, ...] = ()
    open: tuple[OpenRow, ...] = ()
    corrections: tuple[Correction, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()
    early: int = 0
    reversed: Tally = NONE


class Frame(Struct, frozen=True):
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
        reversed=rows.reversed,
        other_currency=sum(one.sales for one in rows.sales if one not in ours),
        points=_points([one for one in rows.sales if one.state != "refused"], rows.kinds),
        rewards=_rewards(rows),
        cashiers=_cashiers(sold),
        corrections=rows.corrections,
        holds_returned=_count(rows.kinds, "release_voucher"),
        new_members=_count(rows.kinds, "create_customer") + _count(rows.kinds, "join_later"),
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
        by_hand=moved("earn_points", done=True),
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
