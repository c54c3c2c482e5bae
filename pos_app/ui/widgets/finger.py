"""The finger: what it holds, what it tapped last, and which of its taps were aimed at another screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QWidget

LATE_MS = 2_000
"""A busy machine may hand a press out so long after the finger came down: it was aimed at the screen before."""
JUST_S = 0.3
"""A screen that comes within this after a tap is what the tap asked for."""


class Target(QAbstractButton):
    """What can be tapped; `meaning` is the event that a tap posts."""

    meaning: Any


def _double_tap_ms() -> int:
    """How far apart the two halves of a double tap may be on this system."""
    return QGuiApplication.styleHints().mouseDoubleClickInterval()


@dataclass
class Finger:
    """Knows which target is being pressed, so that nothing is rebuilt under a finger. Thread: main.

    It also knows the last press: its time by the system's clock in ms, what it meant, and where on the glass it was;
    and when the screen last moved by itself, for how long it then rests, and what lay where before.
    """

    on_lift: Callable[[], None] = lambda: None
    tap: QAbstractButton | None = None
    last: tuple[int, object, QPointF] | None = None
    _heard_s: float = 0.0
    _moved_ms: float = -1e12
    _rest_ms: float = 0.0
    _before: Sequence[tuple[QRectF, object]] = ()

    def is_on(self, widget: QWidget) -> bool:
        """True while a target at or inside the widget is held down."""
        return self.tap is not None and self.tap.isDown() and (self.tap is widget or widget.isAncestorOf(self.tap))

    def press(self, tap: QAbstractButton) -> None:
        self.tap = tap

    def moved(self, rest_s: float, before: Sequence[tuple[QRectF, object]]) -> None:
        """The screen moved by itself: whoever aims at what was there must not hit what is there now.

        The moment is told on the clock of the presses, so that a press that a busy machine delays is judged by when
        the finger came down. Before the first press there is no such clock, and nobody who aimed.

        Units: `rest_s` seconds; `before` each target's place on the glass, in px, and what it meant.
        """
        if self.last is None:
            return
        since_ms = (time.monotonic() - self._heard_s) * 1000
        self._moved_ms, self._rest_ms, self._before = self.last[0] + since_ms, rest_s * 1000, before

    @property
    def has_tapped(self) -> bool:
        """Whether a finger has just tapped something, so that what moves now moves because of it."""
        return time.monotonic() - self._heard_s < JUST_S

    def is_surprised(self, tap: Target, at_ms: int, spot: QPointF) -> bool:
        """True for a press that was aimed at the screen before it moved, and would mean something else on this one."""
        if not at_ms or not -LATE_MS < at_ms - self._moved_ms < self._rest_ms:
            return False
        return not any(meaning == tap.meaning and place.contains(spot) for place, meaning in self._before)

    def is_echo(self, tap: Target, at_ms: int, spot: QPointF) -> bool:
        """True for the rest of a double tap whose place has become another action meanwhile.

        Nobody has read the new words yet: the result of a sale, or the row that moved up, must not be tapped away.
        """
        if self.last is not None and at_ms:
            last_ms, meaning, place = self.last
            is_quick = 0 <= at_ms - last_ms <= _double_tap_ms()
            if is_quick and meaning != tap.meaning and tap.rect().contains(tap.mapFromGlobal(place).toPoint()):
                self.last, self._heard_s = (at_ms, meaning, place), time.monotonic()
                return True
        is_surprised = self.is_surprised(tap, at_ms, spot)
        self.last, self._heard_s = (at_ms, tap.meaning, spot), time.monotonic()
        return is_surprised

    def drum(self, at_ms: int) -> None:
        """A press on what cannot be used now: a finger that goes on tapping still means what it tapped first."""
        if self.last is not None and 0 <= at_ms - self.last[0] <= _double_tap_ms():
            self.last, self._heard_s = (at_ms, *self.last[1:]), time.monotonic()

    def lift(self) -> None:
        self.tap = None
        QTimer.singleShot(0, self.on_lift)  # after the click, which comes in the same turn
