"""What can happen to the slip and its printer, as events of the till."""

from __future__ import annotations

from msgspec import Struct

from pos_app.domain.codes import Ref


class SlipPrinted(Struct, frozen=True):
    """A slip is out, or (`problem`) is not. `is_begun`: some of it may be on paper all the same."""

    ref: Ref
    problem: str = ""
    is_begun: bool = False


class PrinterSeen(Struct, frozen=True):
    """The printer's state changed: off, searching, ready, no_paper, cover_open, failed, unreachable, unknown."""

    state: str
    port: str = ""
    detail: str = ""
