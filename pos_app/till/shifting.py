"""Shifts as state, events and effects: the one that is open, and the report that is looked at.

Their rules stand in `shift`; what counts is decided in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pos_app.domain.day import Day
from pos_app.domain.shift import Approval, Report, Shift


class Page(StrEnum):
    """What of the shifts is shown: the report so far, the question before closing, the earlier ones, one of them."""

    NOW = "now"
    CLOSING = "closing"
    PAST = "past"
    PAST_ONE = "past_one"


@dataclass(frozen=True)
class Shifting:
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


@dataclass(frozen=True)
class ShiftKnown:
    """Which shift is open now: at the start, and after one was opened or closed, from the screen or from outside."""

    open: Shift | None


@dataclass(frozen=True)
class OpenTapped:
    pass


@dataclass(frozen=True)
class CloseTapped:
    """Close the open shift. `sure`: what waits has been shown."""

    sure: bool = False


@dataclass(frozen=True)
class PageTapped:
    """Show another page: the report so far, or the earlier ones."""

    page: Page


@dataclass(frozen=True)
class PastTapped:
    """Show one earlier Z report."""

    number: int


@dataclass(frozen=True)
class PrintReportTapped:
    pass


@dataclass(frozen=True)
class SaveTapped:
    """Write the shown report into files."""


@dataclass(frozen=True)
class ReportSeen:
    """The shift so far was counted."""

    report: Report


@dataclass(frozen=True)
class StillOpen:
    """Closing was not done: this is not settled, and nobody has said that it may be so."""

    report: Report


@dataclass(frozen=True)
class ShiftClosed:
    number: int


@dataclass(frozen=True)
class PastListed:
    past: tuple[Shift, ...]


@dataclass(frozen=True)
class PastSeen:
    """One Z report as it was kept; None: it cannot be read."""

    number: int
    report: Report | None
    printed: int = 0
    is_sound: bool = True


@dataclass(frozen=True)
class ReportOut:
    """A report was printed, or saved as these files; or it was not, with a support code.

    `is_begun`: printing failed, and some of it may be on paper.
    """

    problem: str = ""
    saved: tuple[str, ...] = ()
    is_begun: bool = False


@dataclass(frozen=True)
class ShiftFailed:
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


@dataclass(frozen=True)
class OpenShift:
    by: str = ""


@dataclass(frozen=True)
class CloseShift:
    number: int
    by: str = ""
    sure: bool = False
    approval: Approval | None = None


@dataclass(frozen=True)
class SeeReport:
    """Count the shift so far; the day, where none is open."""

    day: Day


@dataclass(frozen=True)
class ListPast:
    pass


@dataclass(frozen=True)
class SeePast:
    number: int


@dataclass(frozen=True)
class PrintReport:
    """`copy`: it is on paper already."""

    report: Report
    copy: bool = False
    by: str = ""


@dataclass(frozen=True)
class SaveReport:
    report: Report
    copy: bool = False


Effect = OpenShift | CloseShift | SeeReport | ListPast | SeePast | PrintReport | SaveReport
