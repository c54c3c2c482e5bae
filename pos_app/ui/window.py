"""The window of the till: draws a `Screen`, and says by one signal what was tapped or typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.language import speaking
from pos_app.till.staff import Touched
from pos_app.ui.access import announce
from pos_app.ui.desk import ApprovalBody, DeskBody
from pos_app.ui.gate import SignOnBody
from pos_app.ui.glass import GlassBody
from pos_app.ui.guide import GuideBody
from pos_app.ui.keys import back_of, is_of_a_scan, meaning_of
from pos_app.ui.present.spoken import spoken
from pos_app.ui.report import ReportBody
from pos_app.ui.screen import (
    Banner,
    Body,
    CheckingBody,
    DoneBody,
    ListBody,
    NoticeBody,
    SaleBody,
    Screen,
    Till,
    TypeBody,
)
from pos_app.ui.theme import Look, load_fonts
from pos_app.ui.views.approval import ApprovalView
from pos_app.ui.views.checking import CheckingView
from pos_app.ui.views.chrome import FrameOverlay, HeaderBar, ToastBox, banner_box
from pos_app.ui.views.desk import DeskFoot, DeskView
from pos_app.ui.views.done import DoneView
from pos_app.ui.views.glass import GlassView
from pos_app.ui.views.guide import GuideView
from pos_app.ui.views.keying import KeyingView
from pos_app.ui.views.lesson import lesson_box
from pos_app.ui.views.listing import ListView
from pos_app.ui.views.notice import NoticeView
from pos_app.ui.views.report import ReportView
from pos_app.ui.views.sale import SaleView
from pos_app.ui.views.signon import SignOnView
from pos_app.ui.views.till import TillZone
from pos_app.ui.widgets.finger import Finger
from pos_app.ui.widgets.pages import Zone, discard
from pos_app.ui.widgets.taps import Kit, Tap

_VIEWS: dict[type, type[Any]] = {
    SaleBody: SaleView,
    CheckingBody: CheckingView,
    DoneBody: DoneView,
    TypeBody: KeyingView,
    NoticeBody: NoticeView,
    ListBody: ListView,
    DeskBody: DeskView,
    ApprovalBody: ApprovalView,
    ReportBody: ReportView,
    SignOnBody: SignOnView,
    GlassBody: GlassView,
    GuideBody: GuideView,
}
_RESULTS = (DoneBody, CheckingBody, NoticeBody)
RESULT_RESTS_S = 0.7
"""A result that has come must be seen before it can be tapped away: a second tap on Complete is no Next customer."""
MOVE_RESTS_S = 0.35
"""A finger that is on its way does not turn round sooner than this; then the moved screen is what it aims at."""
_STEPS = {Qt.Key.Key_Right: True, Qt.Key.Key_Down: True, Qt.Key.Key_Left: False, Qt.Key.Key_Up: False}


def _glass(tap: Tap) -> QRectF:
    return QRectF(QPointF(tap.mapToGlobal(QPointF(0, 0))), QSizeF(tap.size()))


def _nothing(body: object) -> None:
    return None


class TillWindow(QWidget):
    """The one window. `happened` carries the event of what was tapped; `render` draws a screen, again and again.

    Thread: main. There are no dialogs and no text fields; keys of a keyboard press the keys on the screen.
    """

    happened = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        load_fonts()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(640, 480))
        self._screen: Screen | None = None
        self._parts: QWidget | None = None
        self._typed_at_ms = 0
        self._asked = look
        self._furnish(look)
        self.resize(look.width, look.height)
        self.setFocus()  # no target has the ring before a key asks for it

    @property
    def look(self) -> Look:
        """The look that the window has at its present size."""
        return self._kit.look

    def dress(self, look: Look) -> None:
        """Take on another look: theme, hand, size of the glass."""
        self._asked = look
        self._furnish(replace(look, width=self.width(), height=self.height()))

    def _furnish(self, look: Look) -> None:
        """Build the empty zones of a look and fill them with the present screen."""
        if self._parts is not None:
            discard(self._parts)
        self.setAccessibleName(look.words.till)
        self._kit = Kit(look, self.happened.emit, Finger(self._render_again))
        self._parts = parts = QWidget(self)
        parts.setGeometry(0, 0, look.width, look.height)
        self._header = Zone(self._kit)
        self._banner = Zone(self._kit)
        self._foot = Zone(self._kit)
        self._lesson = Zone(self._kit)
        for zone in (self._header, self._banner, self._foot, self._lesson):
            zone.setParent(parts)
        self._header.setGeometry(look.places.header)
        self._till = TillZone(self._kit, parts)
        self._view: QWidget | None = None
        self._has_banner: Banner | None = None
        self._put_body: Callable[[Any], None] = _nothing
        self._frame = FrameOverlay(look)
        self._toast = ToastBox(look)
        for over in (self._frame, self._toast):
            over.setParent(parts)
        self._frame.setGeometry(parts.rect())
        parts.show()
        self._render_again()

    def render(self, screen: Screen) -> None:  # type: ignore[override]
        """Draw a screen. The same screen twice changes nothing; what is under a finger changes when it is lifted."""
        if screen == self._screen:
            return
        before, self._screen = self._screen, screen
        if screen.language != self.look.lang:
            self.dress(self._asked.speaking(screen.language))
        else:
            self._draw(screen)
        with speaking(screen.language):
            announce(self, spoken(before, screen))

    def _render_again(self) -> None:
        if self._screen is not None:
            self._draw(self._screen)

    def _draw(self, screen: Screen) -> None:
        """Draw it; when that moves targets that no finger has just asked to move, they rest for a moment."""
        view, banner = self._view, self._banner.content
        is_same = type(view) is _VIEWS[type(screen.body)] and screen.banner == self._has_banner
        may_move = view is not None and not is_same
        before = [(_glass(tap), tap.meaning) for tap in self.targets()] if may_move else []
        with speaking(screen.language):  # a row is named as it is read aloud when it is drawn
            self._draw_parts(screen)
        is_result = isinstance(screen.body, _RESULTS) and self._view is not view
        has_moved = self._banner.content is not banner or (self._view is not view and not self._kit.finger.has_tapped)
        if may_move and (is_result or has_moved):
            self._kit.finger.moved(RESULT_RESTS_S if is_result else MOVE_RESTS_S, before)

    def _draw_parts(self, screen: Screen) -> None:
        self._header.put(
            (replace(screen.header, clock=""), screen.frame),
            lambda: HeaderBar(self._kit, screen.header, screen.frame),
        )
        bar = self._header.content
        if isinstance(bar, HeaderBar):
            bar.tick(screen.header)
        banner = screen.banner
        if self._view is None or not self._kit.finger.is_on(self._view):  # it would push away what is pressed
            self._has_banner = banner
            self._banner.put(banner, lambda: banner_box(self._kit, banner) if banner else None)
        self._place_body(screen)
        till = self._place_foot(screen.body)
        points = screen.body.points if isinstance(screen.body, DoneBody) and not self.look.compact else None
        self._till.put(till, points)
        if isinstance(bar, HeaderBar):
            is_colour = isinstance(screen.body, GlassBody) and bool(screen.body.colour)
            self._frame.put(None if is_colour else screen.frame, bar.free())  # a plain colour is all that is seen
        self._toast.put(screen.toast, self.look.places.work)
        self._uncover(not isinstance(screen.body, GlassBody))
        self._frame.raise_()
        self._toast.raise_()

    def _uncover(self, is_bare: bool) -> None:
        """Show what stands round the body, unless the body lies over all of it."""
        till = self._till
        for zone in (self._header, self._banner, self._foot, self._lesson, till.card, till.pad):
            zone.setVisible(is_bare and zone.content is not None)
        till.main.setVisible(is_bare)

    def _place_foot(self, body: Body) -> Till:
        """A body over the whole width has its foot left of the main action. Returns what the till zone shows."""
        if not isinstance(body, DeskBody):
            self._foot.put(None, lambda: None)
            return body.till
        places = self.look.places
        main, work = places.main, places.work
        self._foot.setGeometry(work.x(), main.y(), work.width(), main.height())
        shown = (body.note, body.opened, body.actions, body.to_list)
        self._foot.put(shown, lambda: DeskFoot(self._kit, body))
        return body.shown_till(self.look.compact)

    def _area(self, body: Body) -> QRect:
        """Where a body and its banner stand: left of the till zone, or over the whole width down to its main action."""
        places = self.look.places
        if isinstance(body, GlassBody):
            return QRect(0, 0, self.width(), self.height())
        if not isinstance(body, DeskBody):
            return places.work
        whole = places.work.united(places.till)
        return whole.adjusted(0, 0, 0, places.main.y() - self.look.px(12) - whole.y() - whole.height())

    def _place_body(self, screen: Screen) -> None:
        work, gap = self._area(screen.body), self.look.px(12)
        tall = self._banner.height_at(work.width())
        self._banner.setGeometry(work.x(), work.y(), work.width(), tall)
        self._banner.setVisible(tall > 0)
        if tall and not isinstance(screen.body, GlassBody):
            work = work.adjusted(0, tall + gap, 0, 0)
        if not isinstance(screen.body, GlassBody):
            work = self._place_lesson(screen, work)
        kind = _VIEWS[type(screen.body)]
        if not isinstance(self._view, kind):
            if self._view is not None and self._kit.finger.is_on(self._view):
                return
            if self._view is not None:
                discard(self._view)
            view = kind(self._kit)
            self._view, self._put_body = view, view.put
            view.setParent(self._parts)
        if self._view is not None:
            self._view.setGeometry(work)
            self._put_body(screen.body)
            self._view.show()

    def _place_lesson(self, screen: Screen, work: QRect) -> QRect:
        """The card of the guided shift stands above the body; returns what is left for that."""
        card = screen.lesson_card
        if self._view is None or not self._kit.finger.is_on(self._view):
            self._lesson.put(card, lambda: lesson_box(self._kit, card) if card else None)
        tall = self._lesson.height_at(work.width())
        self._lesson.setGeometry(work.x(), work.y(), work.width(), tall)
        return work.adjusted(0, tall + self.look.gap, 0, 0) if tall else work

    def come_to_front(self) -> None:
        """Show the window before all others, also when it was minimised."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized | Qt.WindowState.WindowActive)
        self.show()
        self.raise_()
        self.activateWindow()

    def targets(self) -> list[Tap]:
        """Every target that can be used now, in the order of the keyboard focus."""
        if isinstance(self._view, GlassView):
            return [tap for tap in self._view.findChildren(Tap) if tap.isVisibleTo(self)]
        till = (self._till.card, self._till.pad, self._till.main)
        body = getattr(self._view, "by_keyboard", (self._view,))  # this sale first, then the customer
        zones: list[QWidget | None] = [*till, *body, self._lesson, self._banner, self._foot, self._header]
        found: list[Tap] = []
        for zone in zones:
            if isinstance(zone, Tap):
                found.append(zone)
            elif zone is not None:
                taps = [t for t in zone.findChildren(Tap) if t.isVisibleTo(self)]
                taps.sort(key=lambda t: (t.mapTo(self, t.rect().center()).y(), t.mapTo(self, t.rect().center()).x()))
                found += [tap for tap in taps if tap not in found]
        return [tap for tap in found if tap.isEnabled()]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._screen is None:
            return
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat() and not is_of_a_scan(event, self._typed_at_ms):
                self._enter(event)
        elif key == Qt.Key.Key_Escape:
            back = None if event.isAutoRepeat() else back_of(self._screen)
            if back is not None and back.event is not None:
                self.happened.emit(back.event)
        elif Qt.Key(key) in _STEPS:
            self.focusNextPrevChild(_STEPS[Qt.Key(key)])
        else:
            self._typed_at_ms = event.timestamp()
            meaning = meaning_of(event, self._screen)
            if meaning is not None:
                self.setFocus(Qt.FocusReason.OtherFocusReason)  # who types has left the target that had the ring
                self.happened.emit(meaning)

    def _enter(self, event: QKeyEvent) -> None:
        """Enter presses what has the focus ring, and without one the main action."""
        focus = self.focusWidget()
        target = focus if isinstance(focus, Tap) else self._till.main
        if target is not self._till.main or self._till.main.is_ready:
            target.aim(event.timestamp(), QPointF(target.mapToGlobal(target.rect().center())))
            target.click()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802, a name of Qt
        targets = self.targets()
        if not targets:
            return False
        focus = self.focusWidget()
        at = next((i for i, tap in enumerate(targets) if tap is focus), -1 if forward else 0)
        targets[(at + (1 if forward else -1)) % len(targets)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        if (self.width(), self.height()) != (self.look.width, self.look.height):
            self._furnish(replace(self._asked, width=self.width(), height=self.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self.look.colour("canvas"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.happened.emit(Touched())  # nothing lies there, but somebody is here
        super().mousePressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._toast.hide()
        super().closeEvent(event)


__all__ = ["TillWindow"]
