"""The customer's own display: on the second screen, as long as there is one and the till covers the first."""

from __future__ import annotations

from types import TracebackType
from typing import Self, cast

from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from pos_app.settings import ScreenSection
from pos_app.till.state import State
from pos_app.ui.facing import FacingScreen
from pos_app.ui.present.facing import facing
from pos_app.ui.theme import Look, Theme
from pos_app.ui.views.facing import FacingWindow


class CustomerDisplay:
    """Opens with a second screen, closes without one; `show` draws the till's state on it. Thread: main."""

    def __init__(self, section: ScreenSection, till: QWidget) -> None:
        self._section, self._till = section, till
        self._window: FacingWindow | None = None
        self._screen: FacingScreen | None = None

    @property
    def window(self) -> FacingWindow | None:
        """The window, while there is a screen for it."""
        return self._window

    def show(self, state: State) -> None:
        """Draw what the customer may see of this state."""
        self._screen = facing(state)
        if self._window is not None:
            self._window.render(self._screen)

    def _screens_changed(self, _screen: QScreen | None = None) -> None:
        other = self._other()
        if self._window is not None and (other is None or self._window.screen() is not other):
            self._window.close()
            self._window.deleteLater()
            self._window = None
        if other is None or self._window is not None:
            return
        place = other.geometry()
        self._window = FacingWindow(Look.of_screen(other, theme=cast("Theme", self._section.theme)))
        self._window.setScreen(other)
        self._window.setGeometry(place)
        self._window.show()
        if self._screen is not None:
            self._window.render(self._screen)

    def _other(self) -> QScreen | None:
        """A screen that shows something else than the till's; one that mirrors it is none."""
        covers = self._section.full_screen or self._section.kiosk
        if self._section.customer_display == "off" or not covers:
            return None
        mine = self._till.screen()
        others = [one for one in QGuiApplication.screens() if one is not mine]
        return next((one for one in others if not one.geometry().intersects(mine.geometry())), None)

    def __enter__(self) -> Self:
        application = cast("QGuiApplication", QGuiApplication.instance())
        application.screenAdded.connect(self._screens_changed)
        application.screenRemoved.connect(self._screens_changed)
        self._screens_changed()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        application = cast("QGuiApplication", QGuiApplication.instance())
        application.screenAdded.disconnect(self._screens_changed)
        application.screenRemoved.disconnect(self._screens_changed)
        if self._window is not None:
            self._window.close()
            self._window.deleteLater()
            self._window = None
