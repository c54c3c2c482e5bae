"""The end of the day to draw: as `present` makes it, with the longest sentences that it can say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.day import Figures, today
from pos_app.domain.entries import Backlog
from pos_app.domain.money import Money
from pos_app.till.reconcile import Compared, Difference, What
from pos_app.till.report import Report
from pos_app.till.state import DayView, Panel, PanelKind, State

NOW = datetime(2026, 6, 1, 14, 32, tzinfo=UTC)
DAY = today(NOW)
FIGURES = Figures(DAY, NOW, 42, 186_450, 9, 2, Backlog(6, 1, 1, 31_240, NOW - timedelta(minutes=12)))
REF = Ref("482100017739205518264093")
MEMBER = "6591234821"


def difference(what: What, **more: object) -> Difference:
    told = Difference(
        what, REF, MEMBER, Money(4600, "SGD"), Money(4500, "SGD"), "refused", voucher_id=7101, at=NOW, times=2
    )
    return replace(told, **more)


LARGE = {"ours": Money(1_256_000_000, "IDR"), "perx": Money(1_256_000_100, "IDR"), "times": 12, "by_hand": True}
FOUND = Compared(
    (*map(difference, What), *(difference(what, **LARGE) for what in What)), (REF,) * 12_345, (REF,) * 3
)  # fmt: skip
WHOLE = Report(DAY, NOW, 30, 30)
CUT = Report(DAY, NOW, 30, 12, Compared((difference(What.MISSING),), (REF,)), ((MEMBER, "PX-001"),), "NET-03")


def drawn(day: DayView) -> State:
    return State(NOW, panel=Panel(PanelKind.DAY), day=day)


DAYS: dict[str, State] = {
    "18-day": drawn(DayView(replace(FIGURES, refused=0, backlog=Backlog()))),
    "19-day-comparing": drawn(DayView(FIGURES, replace(CUT, stopped=""), comparing=True)),
    "20-day-agrees": drawn(DayView(FIGURES, WHOLE)),
    "21-day-differs": drawn(DayView(FIGURES, replace(WHOLE, found=FOUND, unread=((MEMBER, "NET-07"),)))),
    "22-day-cut-short": drawn(DayView(FIGURES, CUT)),
}
