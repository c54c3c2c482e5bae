"""The window on the customer's own display. It takes no touch and shows nothing but what it is given."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.facing import FacingScreen
from pos_app.ui.theme import Look, load_fonts
from pos_app.ui.views.chrome import FrameOverlay
from pos_app.ui.widgets.finger import Finger
from pos_app.ui.widgets.pages import Zone
from pos_app.ui.widgets.surface import STATE_TONE, Box, Figure, Text, h, state_icon, v
from pos_app.ui.widgets.taps import Kit


class FacingWindow(QWidget):
    """Draws a `FacingScreen`, again and again. Thread: main."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        load_fonts()
        self.setWindowTitle("Customer")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # the till keeps the keyboard
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self._asked, self._shown = look, look
        self._screen: FacingScreen | None = None
        self._zone: Zone | None = None
        self._frame: FrameOverlay | None = None
        self.resize(look.width, look.height)

    def render(self, screen: FacingScreen) -> None:  # type: ignore[override]
        """Draw a screen; the same one twice changes nothing."""
        if screen == self._screen and self._zone is not None:
            return
        self._screen = screen
        look = Look(self._asked.theme, self.width(), self.height(), self._asked.ppi).speaking(screen.language)
        if self._zone is None or look != self._shown:
            self._furnish(look)
        if self._zone is not None and self._frame is not None:
            self._zone.put(screen, lambda: self._build(screen))
            self._frame.put(screen.frame, QRect(0, 0, self.width(), look.px(40)))
            self._frame.raise_()

    def _furnish(self, look: Look) -> None:
        for part in (self._zone, self._frame):
            if part is not None:
                part.hide()
                part.deleteLater()
        self._shown = look
        self._zone = Zone(Kit(look, lambda event: None, Finger()))
        self._frame = FrameOverlay(look)
        for whole in (self._zone, self._frame):
            whole.setParent(self)
            whole.setGeometry(self.rect())
            whole.show()

    def _build(self, screen: FacingScreen) -> QWidget:
        look = self._shown
        tone = STATE_TONE[screen.glyph] if screen.glyph else "ink"
        icon = state_icon(look, screen.glyph, 64, "canvas") if screen.glyph else None
        gap = look.px(8)
        figure = self._figure(screen.total_label, screen.total, "amount_xl")
        total = Box(look, "card", v(*figure, gap=gap, pad=look.px(20))) if screen.total else None
        points = self._figure(screen.points_label, screen.points, "amount_m") if screen.points else ()
        parts = (
            Text(look, screen.place, "h3", "ink2", "centre"),
            1.0,
            h(1.0, icon, 1.0) if icon else None,
            Text(look, screen.title, "h1", tone, "centre"),
            Text(look, screen.text, "h3", "ink2", "centre") if screen.text else None,
            Text(look, screen.name, "h2", "ink", "centre") if screen.name else None,
            1.0,
            total,
            *points,
            1.0,
        )
        whole = QWidget()
        whole.setLayout(v(*parts, gap=look.px(14), pad=look.px(48)))
        return whole

    def _figure(self, label: str, figure: str, role: str) -> tuple[QWidget, QWidget]:
        look = self._shown
        return Text(look, label, "h3", "ink2", "centre"), Figure(look, figure, role, "ink", "centre")

    def resizeEvent(self, event: QResizeEvent) -> None:
        screen, self._screen = self._screen, None
        if screen is not None:
            self.render(screen)

    def closeEvent(self, event: QCloseEvent) -> None:
        if event.spontaneous():  # nobody at the customer's side closes it
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._shown.colour("canvas"))
