"""The devices at the till, as far as the till knows them: scanner, slip printer, and the last slip."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.domain.codes import Ref


@dataclass(frozen=True)
class ScannerLink:
    state: str = "searching"
    port: str = ""
    detail: str = ""


@dataclass(frozen=True)
class PrinterLink:
    """The slip printer; "off" when none is set up."""

    state: str = "off"
    port: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Printing:
    """What became of the last slip: printing, printed, failed (with a problem).

    `is_copy`: one was out before it; `is_begun`: it failed, and some of it may be on paper.
    """

    ref: Ref | None = None
    state: str = ""
    problem: str = ""
    is_copy: bool = False
    is_begun: bool = False
