"""The program's own window: how it opens, what closing it means, and what it shows when the till cannot start."""

from __future__ import annotations

import asyncio
from typing import cast

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication

from pos_app.instance import LineError
from pos_app.outbox.database import StorageError
from pos_app.settings import ScreenSection, SettingsError, VaultError
from pos_app.till.leaving import CloseTapped
from pos_app.ui.present import stopped
from pos_app.ui.present.sentences import problem
from pos_app.ui.screen import Screen
from pos_app.ui.theme import Look, Theme
from pos_app.ui.window import TillWindow
from pos_app.watch import farewell

SESSION_WITHIN_S = 4.0
Unstarted = SettingsError | VaultError | StorageError | LineError
_SETTINGS_WRONG = "The settings of this till are not right."


class _Window(TillWindow):
    """The till's window as a program: closing it ends the till in good order."""

    def __init__(self, look: Look, closed: asyncio.Event) -> None:
        super().__init__(look)
        self._closed = closed
        self.is_kiosk = False
        self.setWindowTitle("Till")

    def session_ends(self) -> None:
        """The user logs off, or the machine goes down: close the till, a kiosk too, before the system is answered.

        With the answer the program is ended at once, in the middle of whatever it does, so the loop goes round in here
        until the till has closed; Windows calls a program hung after five seconds.
        """
        self._closed.set()
        farewell(0)  # the watchdog must not take this for a crash, however it ends
        last = QEventLoop()
        QTimer.singleShot(int(1000 * SESSION_WITHIN_S), last.quit)
        last.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.is_kiosk and not self._closed.is_set():
            event.ignore()
            self.happened.emit(CloseTapped())
            return
        self._closed.set()
        super().closeEvent(event)


def open_window(screen: ScreenSection, closed: asyncio.Event) -> TillWindow:
    """Open the till's window as the settings say; closing it sets `closed`, unless the till stands as a kiosk."""
    theme = cast("Theme", screen.theme)
    covers = screen.full_screen or screen.kiosk
    glass = QGuiApplication.primaryScreen()
    look = Look(theme, mirror=screen.left_hand)  # a window on a desk: as on a 15 inch till
    if covers:
        look = Look.of_screen(glass, theme=theme, diagonal_in=screen.diagonal_in, mirror=screen.left_hand)
    window = _Window(look, closed)
    if screen.kiosk:
        window.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        window.is_kiosk = True
    application = QGuiApplication.instance()
    if isinstance(application, QGuiApplication):
        application.commitDataRequest.connect(lambda _session: window.session_ends())
    if covers:
        window.showFullScreen()
    else:
        window.show()
    return window


def stopped_screen(exc: Unstarted) -> Screen:
    """Why the till does not start. What is wrong with its settings is for IT, and stays English."""
    if isinstance(exc, StorageError | LineError):
        known = problem(exc.problem)
        return stopped(known.happened, (known.kept, known.do_next), known.code)
    if isinstance(exc, VaultError):
        return stopped(exc.what, (exc.fix,), exc.support_code)
    first = exc.problems[0]
    lines = tuple(f"{one.key}: {one.expected}" for one in exc.problems[:4])
    return stopped(_SETTINGS_WRONG, (*lines, str(first.fix)), first.code)
