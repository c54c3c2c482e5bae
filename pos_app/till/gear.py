"""The devices at the till, as far as the till knows them: scanner, slip printer, and the last slip."""

from __future__ import annotations

from msgspec import Struct

from pos_app.domain.codes import Ref


class ScannerLink(Struct, frozen=True):
    state: str = "searching"
    port: str = ""
    detail: str = ""


class PrinterLink(Struct, frozen=True):
    """The slip printer; "off" when none is set up."""

    state: str = "off"
    port: str = ""
    detail: str = ""


class Printing(Struct, frozen=True):
    """What became of the last slip: printing, printed, failed (with a problem).

    `is_copy`: one was out before it; `is_begun`: it failed, and some of it may be on paper.
    """

    ref: Ref | None = None
    state: str = ""
    problem: str = ""
    is_copy: bool = False
    is_begun: bool = False
