"""The till's own sounds: what each one means and how it is made. A scanner's beep only says that bars were read.

Low and long is bad, high and short is good, and no two are alike. Each has a visible twin: the word and the shape
that stand on the screen for the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class Chime(StrEnum):
    """What a sound says, the most urgent first: of two at once only that one is heard."""

    SUPERVISOR = "supervisor"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    NOT_NOW = "not_now"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    HOLD_ENDS = "hold_ends"


class Note(Struct, frozen=True):
    """One note of a sound. Units: hertz, milliseconds; `then_ms` is the silence after it."""

    hz: int
    ms: int
    then_ms: int = 0


NOTES: Mapping[Chime, tuple[Note, ...]] = MappingProxyType(
    {
        Chime.SUPERVISOR: (Note(660, 120), Note(880, 120)),
        Chime.REFUSED: (Note(220, 350),),
        Chime.NO_ANSWER: (Note(440, 120, 80), Note(440, 120)),
        Chime.NOT_NOW: (Note(330, 250),),
        Chime.WAITING: (Note(660, 120),),
        Chime.ACCEPTED: (Note(880, 160),),
        Chime.HOLD_ENDS: (Note(520, 60),),
    }
)
"""Frequencies and lengths of design.md, section 4; the tick's length and the pause between two notes are our own."""
