"""What an ESC/POS printer says about itself. Source: Epson's reference, DLE EOT n and GS r n."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

PrinterState = Literal["off", "searching", "ready", "no_paper", "cover_open", "failed", "unreachable", "unknown"]

ASK: Final = tuple(bytes([0x10, 0x04, n]) for n in (1, 2, 3, 4))
"""Real-time questions, answered at once even while the printer prints: printer, cause of offline, error, paper."""

ASK_DONE: Final = b"\x1dr\x01"
"""Answered in its turn: everything before it has been worked off."""

FORGET: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""Clear what is left of a broken slip; a printer that does not know it does nothing."""


class Said(Struct, frozen=True):
    """The four answers as one state; `is_low`: the roll ends soon."""

    state: PrinterState
    is_low: bool = False


def is_answer(byte: int) -> bool:
    """Whether a byte answers a real-time question; others are answers to GS r, or status that nobody asked for."""
    return byte & 0x93 == 0x12


def is_done(byte: int) -> bool:
    """Whether a byte answers GS r 1: paper sensors in the low half, nothing above; XON and XOFF are none."""
    return byte & 0xF0 == 0


def read_answers(answers: bytes) -> Said:
    """The state of a printer by its answers to ASK, in that order; a missing one counts as all well.

    An open cover comes first: behind it the paper sensor tells nothing.
    """
    printer, cause, error, paper = answers.ljust(4, b"\x12")[:4]
    if cause & 0x04:
        return Said("cover_open")
    if cause & 0x20 or paper & 0x60:
        return Said("no_paper")
    if cause & 0x40 or error & 0x6C:
        return Said("failed")
    if printer & 0x08 and not cause & 0x08:  # offline, and not because its paper button is held down
        return Said("failed")
    return Said("ready", bool(paper & 0x0C))
