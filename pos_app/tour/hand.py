"""A finger on the glass and an eye on it: how the tour and the journeys use the real window."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from pos_app.ui.window import TillWindow

WAIT_S = 20.0


class DisagreementError(Exception):
    """The screen and the ledger do not say the same."""


class Hand:
    """A finger on the glass and an eye on it."""

    def __init__(self, window: TillWindow) -> None:
        self.window = window

    def said(self) -> str:
        """Everything that the screen says now: words, figures, names."""
        shown = [one for one in self.window.findChildren(QWidget) if one.isVisibleTo(self.window)]
        words = [one.text() for one in shown if isinstance(one, QLabel)]
        return "\n".join([*words, *(one.accessibleName() for one in shown)]).replace("\u00a0", " ")

    def tap(self, name: str) -> None:
        """Press and release the button whose name begins so.

        Errors: DisagreementError when it is not on the screen, or cannot be used.
        """
        for target in self.window.targets():
            if target.accessibleName().replace("\u00a0", " ").startswith(name):
                press(target)
                return
        raise DisagreementError(f"there is no button {name!r} that can be used")

    async def sees(self, *texts: str, within_s: float = WAIT_S) -> None:
        """Wait until the screen says all of this."""
        await until(lambda: all(text in self.said() for text in texts), f"the screen never said {texts}", within_s)


def press(target: QWidget) -> None:
    """One finger, one tap: the same events that Qt makes of a touch."""
    spot = QPointF(target.rect().center())
    held, free = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    no_keys = Qt.KeyboardModifier.NoModifier
    glass = QPointF(target.mapToGlobal(target.rect().center()))
    down = QMouseEvent(QEvent.Type.MouseButtonPress, spot, glass, held, held, no_keys)
    up = QMouseEvent(QEvent.Type.MouseButtonRelease, spot, glass, held, free, no_keys)
    QApplication.sendEvent(target, down)
    QApplication.sendEvent(target, up)


async def until(fact: Callable[[], bool], otherwise: str, within_s: float = WAIT_S) -> None:
    """Wait for a fact, looking often. Errors: DisagreementError with `otherwise`."""
    end = time.monotonic() + within_s
    while not fact():
        if time.monotonic() > end:
            raise DisagreementError(otherwise)
        await asyncio.sleep(0.02)
