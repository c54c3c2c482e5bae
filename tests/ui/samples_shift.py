"""The shift to draw: as `present` makes it, with an ordinary report, the longest one, and every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from pos_app.domain.shift import (
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
from pos_app.till.shifting import Page, Shifting
from pos_app.till.state import Panel, PanelKind, Shop, State

NOW = datetime(2026, 6, 1, 6, 32, tzinfo=UTC)
OPENED = NOW - timedelta(hours=6, minutes=30)
SHIFT = Shift(417, OPENED, "Noor H.")
UNSENT = Open((Tally(5, 21_240), Tally(2, 10_000), Tally(), Tally()), Tally(7, 31_240))
X = Report(
    ReportKind.X,
    "SGD",
    OPENED,
    NOW,
    417,
    "Lumen & Oak, Riverside",
    "Till 2",
    OPENED,
    "Noor H.",
    done=Tally(34, 200_000),
    pending=Tally(7, 31_240),
    points=PointsTold(given=2_900, about_given=280, given_sales=41, spent=1_250, spent_sales=6),
    rewards=(
        RewardLine("10.00 off from 50.00", Tally(12, 12_000), undone=1),
        RewardLine("15 % off beans", Tally(3, 4_250)),
        RewardLine("Coffee for 1.00", Tally(8, 5_200)),
    ),
    cashiers=(CashierLine("Ben T.", Tally(11, 61_240), 830), CashierLine("Mai A.", Tally(30, 170_000), 2_350)),
    corrections=(
        Correction("sale reversed", "", "Ben T.", "Noor H.", "wrong customer", 1, NOW - timedelta(minutes=51)),
    ),
    holds_returned=4,
    new_members=2,
    parked=3,
    cancelled=1,
    open=UNSENT,
)
EMPTY = Report(ReportKind.DAY, "SGD", OPENED, NOW, shop="Lumen & Oak, Riverside", till="Till 2")
LONG = replace(
    X,
    currency="IDR",
    number=12_417,
    opened_by="Siti Nurhaliza binti Tarudin, cashier",
    early=12_345,
    other_currency=3,
    done=Tally(12_345, 123_456_789_000),
    refused=Tally(3, 300_000_000),
    points=PointsTold(9_999_999, 123_456, 12_345, 9_999_999, 1_000, 6_000, 12_000, 4_000),
    rewards=tuple(
        RewardLine(
            f"{n}. Free dessert of the day with every main course on weekdays before noon",
            Tally(1_234, 123_400_000_000),
            Tally(12, 1_200_000_000),
            Tally(2, 200_000_000),
            11,
        )
        for n in range(1, 14)
    ),
    cashiers=tuple(CashierLine(f"Siti Nurhaliza {n}", Tally(1_234, 123_400_000_000), 99_999) for n in range(9)),
    corrections=tuple(
        Correction("settled by hand", "done", f"Ben T. {n}", "Noor H.", "Perx support said so", n, NOW)
        for n in range(1, 9)
    ),
    open=Open((Tally(5, 21_240_000),) * 4, Tally(7, 31_240_000), Tally(3, 12_000), Tally(1, 3_000)),
)
Z = replace(X, kind=ReportKind.Z, closed_by="Noor H.", open=UNSENT)
PAST = tuple(
    Shift(n, NOW - timedelta(days=417 - n, hours=8), "Mai A.", NOW - timedelta(days=417 - n), "Noor H.")
    for n in range(416, 400, -1)
)
SEEN = Shifting(known=True, open=SHIFT, report=X)
NONE_OPEN = replace(SEEN, open=None)

COPIED = replace(NONE_OPEN, page=Page.PAST_ONE, report=Z, printed=1)


def drawn(shift: Shifting, **more: object) -> State:
    return State(NOW, panel=Panel(PanelKind.SHIFT), shift=shift, **more)  # type: ignore[arg-type]


SHIFTS: dict[str, State] = {
    "80-shift-x": drawn(SEEN),
    "81-shift-reading": drawn(replace(SEEN, report=None)),
    "82-shift-day": drawn(replace(NONE_OPEN, report=EMPTY)),
    "83-shift-long": drawn(replace(SEEN, report=LONG, problem="SHF-02")),
    "84-shift-closing": drawn(replace(SEEN, page=Page.CLOSING, report=replace(X, open=LONG.open))),
    "85-shift-closed": drawn(replace(NONE_OPEN, page=Page.PAST_ONE, report=Z, out="closed")),
    "86-shift-copy": drawn(
        replace(NONE_OPEN, page=Page.PAST_ONE, report=Z, printed=1, out="printed", saved=("Z-0417.pdf",))
    ),
    "87-shift-unsound": drawn(replace(NONE_OPEN, page=Page.PAST_ONE, report=Z, is_sound=False, problem="SHF-01")),
    "88-shift-past": drawn(replace(SEEN, page=Page.PAST, past=PAST)),
    "89-shift-busy": drawn(replace(SEEN, busy="closing")),
    "90-shift-first": State(NOW, shop=Shop(shift_required=True), shift=replace(NONE_OPEN, report=None)),
    "91-shift-first-failed": State(
        NOW, shop=Shop(shift_required=True), shift=replace(NONE_OPEN, report=None, problem="DISK-01")
    ),
}
