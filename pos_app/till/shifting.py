"""Shifts as state, events and effects: the one that is open, and the report that is looked at.

Their rules stand in `shift`; what counts is decided in the database.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from pos_app.domain.day import Day
from pos_app.domain.shift import Approval, Report, Shift


class Page(StrEnum):
    """What of the shifts is shown: the report so far, the question before closing, the earlier ones, one of them."""

    NOW = "now"
    CLOSING = "closing"
    PAST = "past"
    PAST_ONE = "past_one"


class Shifting(Struct, frozen=True):
    """The shifts as the till knows them.

    `known`: the start has read whether one is open. `report` belongs to `page`. `busy`: opening, closing, printing or
    saving; a second tap finds it under way. `printed`: how often the shown Z report was; `is_sound` False: it is not
    what was closed. `problem`: a support code. `saved`: the names of the files that were written last.
    `approval`: closing was approved, and waits only for the word that what is not settled may be so.
    """

    known: bool = False
    open: Shift | None = None
    page: Page = Page.NOW
    report: Report | None = None
    past: tuple[Shift, ...] | None = None
    busy: str = ""
    printed: int = 0
    is_sound: bool = True
    problem: str = ""
    saved: tuple[str, ...] = ()
    out: str = ""
    approval: Approval | None = None


# ---------------------------------------------------------------- what happens


class ShiftKnown(Struct, frozen=True):
    """Which shift is open now: at the start, and after one was opened or closed, from the screen or from outside."""

    open: Shift | None


class OpenTapped(Struct, frozen=True):
    pass


class CloseTapped(Struct, frozen=True):
    """Close the open shift. `sure`: what waits has been shown."""

    sure: bool = False


class PageTapped(Struct, frozen=True):
    """Show another page: the report so far, or the earlier ones."""

    page: Page


class PastTapped(Struct, frozen=True):
    """Show one earlier Z report."""

    number: int


class PrintReportTapped(Struct, frozen=True):
    pass


class SaveTapped(Struct, frozen=True):
    """Write the shown report into files."""


class ReportSeen(Struct, frozen=True):
    """The shift so far was counted."""

    report: Report


class StillOpen(Struct, frozen=True):
    """Closing was not done: this is not settled, and nobody has said that it may be so."""

    report: Report


class ShiftClosed(Struct, frozen=True):
    number: int


class PastListed(Struct, frozen=True):
    past: tuple[Shift, ...]


class PastSeen(Struct, frozen=True):
    """One Z report as it was kept; None: it cannot be read."""

    number: int
    report: Report | None
    printed: int = 0
    is_sound: bool = True


class ReportOut(Struct, frozen=True):
    """A report was printed, or saved as these files; or it was not, with a support code.

    `is_begun`: printing failed, and some of it may be on paper.
    """

    problem: str = ""
    saved: tuple[str, ...] = ()
    is_begun: bool = False


class ShiftFailed(Struct, frozen=True):
    """The database did not do it; `problem` says why."""

    problem: str


Event = (
    ShiftKnown
    | OpenTapped
    | CloseTapped
    | PageTapped
    | PastTapped
    | PrintReportTapped
    | SaveTapped
    | ReportSeen
    | StillOpen
    | ShiftClosed
    | PastListed
    | PastSeen
    | ReportOut
    | ShiftFailed
)


# ---------------------------------------------------------------- what is asked for


class OpenShift(Struct, frozen=True):
    by: str = ""


class CloseShift(Struct, frozen=True):
    number: int
    by: str = ""
    sure: bool = False
    approval: Approval | None = None


class SeeReport(Struct, frozen=True):
    """Count the shift so far; the day, where none is open."""

    day: Day


class ListPast(Struct, frozen=True):
    pass


class SeePast(Struct, frozen=True):
    number: int


class PrintReport(Struct, frozen=True):
    """`copy`: it is on paper already."""

    report: Report
    copy: bool = False
    by: str = ""


class SaveReport(Struct, frozen=True):
    report: Report
    copy: bool = False


Effect = OpenShift | CloseShift | SeeReport | ListPast | SeePast | PrintReport | SaveReport
