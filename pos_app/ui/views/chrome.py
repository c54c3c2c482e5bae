"""What surrounds every body: header, banner, the loud frame, and the toast."""

from __future__ import annotations

import math

from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import glyphs, tokens
from pos_app.ui.screen import Action, Banner, Frame, Header, Pill, Toast
from pos_app.ui.theme import Look
from pos_app.ui.widgets.surface import STATE_TONE, Box, Icon, Text, h, plain, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit, Pane

_FAINT = 0.07


def _pill(kit: Kit, pill: Pill, narrow: bool) -> Pane:
    look = kit.look
    tone = STATE_TONE[pill.glyph]
    calm = pill.glyph == "ok" or tone.startswith("ink")
    words = pill.short if narrow else pill.words
    icon = state_icon(look, pill.glyph, 20, "surface" if calm else f"{tone}_fill")
    text = Text(look, words, "body" if calm else "strong", "ink2" if calm else tone) if words else None
    side = look.px(12 if words else 9)
    pane = Pane(
        kit,
        h(icon, text, gap=look.px(8), pad=(side, 0, side, 0)),
        "pill-plain" if calm else f"pill-{tone}",
        Action(pill.words, pill.event),
        "floor",
    )
    pane.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    pane.setFixedHeight(max(look.px(36), look.mm("floor")))
    pane.setMaximumWidth(pane.sizeHint().width())
    return pane


def _person(kit: Kit, person: Action, named: bool) -> Button:
    """Who is signed on: a target of its own; where there is no room for the name, the figure says it."""
    look = kit.look
    shown = replace(person, words=person.words if named else "", name=person.name or person.words)
    button = Button(kit, shown, "floor", "strong")
    button.setFixedHeight(min(max(look.px(44), look.mm("floor")), look.places.header.height() - 4))
    return button


def _sign(kit: Kit, action: Action | None) -> Button | None:
    """A target of the header that is its icon alone."""
    if action is None:
        return None
    look = kit.look
    button = Button(kit, replace(action, words="", kind="quiet", name=action.name or action.words), "floor")
    button.setFixedWidth(max(look.mm("floor"), min(look.mm("button"), look.places.header.height() - 6)))
    button.setFixedHeight(min(button.width(), look.places.header.height() - 4))
    return button


def _tab_width(look: Look, frame: Frame | None) -> int:
    """The room that the tab of a frame wants in the header, with air on both sides. Units: px."""
    return _advance(look, "strong", plain(frame.words, 120)) + look.px(22 + 9 + 2 * 16 + 2 * 12) if frame else 0


def _fitting(look: Look, header: Header, frame: Frame | None) -> tuple[str, bool, bool]:
    """The place's words, whether the pills are short, and whether the person is named: the fullest on one line."""
    if look.compact:
        return header.place_short, True, False
    room = look.width - 2 * look.mm("button") - look.px(28 + 12 * 5) - _tab_width(look, frame)
    room -= _advance(look, "h3", header.title) + _advance(look, "strong", header.clock)
    named = _advance(look, "strong", header.person.words) + look.px(24 + 10 + 2 * 16) if header.person else 0
    full = sum(_advance(look, "strong", pill.words) + look.px(20 + 8 + 26 + 8) for pill in header.pills)
    short = sum(_advance(look, "strong", pill.short) + look.px(20 + 8 + 26 + 8) for pill in header.pills)
    for where, narrow in ((header.place, False), (header.place_short, False), (header.place_short, True)):
        if _advance(look, "body", where) + (short if narrow else full) + named <= room:
            return where, narrow, True
    figure = look.mm("floor") if header.person else 0
    fits = _advance(look, "body", header.place_short) + short + figure <= room
    return header.place_short if fits else "", True, False


def _advance(look: Look, role: str, words: str) -> int:
    return QFontMetrics(look.font(role)).horizontalAdvance(words)


class HeaderBar(QWidget):
    """Menu, screen and place; then pills, clock and person. The clock ticks in place."""

    def __init__(self, kit: Kit, header: Header, frame: Frame | None) -> None:
        super().__init__()
        self.look = look = kit.look
        where, narrow, named = _fitting(look, header, frame)
        place = Text(look, where, "body", "ink3")
        self._title = Text(look, header.title, "h3")
        menu, lost = _sign(kit, header.menu), _sign(kit, header.help)
        self._clock = Text(look, header.clock, "strong")
        person = _person(kit, header.person, named) if header.person else None
        self._pills = [_pill(kit, p, narrow) for p in header.pills]
        left = h(menu, self._title, place, gap=look.px(12))
        right = h(*self._pills, look.px(2), self._clock, look.px(2), person, lost, gap=look.px(8))
        side, end = look.px(10 if header.menu else 24), look.px(8 if person or lost else 20)
        self._left, self._right = left, right
        self._whole = h(left, 1.0, right, gap=look.px(12), pad=(side, 0, end, look.line_px))
        self.setLayout(self._whole)
        for label in (self._title, place, self._clock):
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def tick(self, header: Header) -> None:
        """Move the clock in place."""
        self._clock.say(header.clock)

    def free(self) -> QRect:
        """The part of the header that nothing stands in."""
        self._whole.activate()
        left = self._left.geometry().right() + self.look.px(10)
        first = self._pills[0].x() if self._pills else self._clock.x()
        return QRect(left, 0, max(0, first - self.look.px(10) - left), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.colour("surface"))
        line = self.look.line_px
        painter.fillRect(0, self.height() - line, self.width(), line, self.look.colour("line"))


def banner_box(kit: Kit, banner: Banner) -> QWidget:
    """A full-width message: cause first, then what it means, then one action."""
    look = kit.look
    tone = STATE_TONE[banner.glyph]
    kind = "chip-plain" if tone.startswith("ink") else tone
    icon = state_icon(look, banner.glyph, 36, "sunken" if kind == "chip-plain" else f"{tone}_fill")
    words = v(Text(look, banner.title, "h3", tone), Text(look, banner.text) if banner.text else None, gap=look.px(2))
    action = Button(kit, banner.action, "button_big") if banner.action else None
    pad = (look.px(18), look.px(11), look.px(12), look.px(11))
    return Box(look, kind, h(icon, (words, 1), v(1.0, action, 1.0), gap=look.px(16), pad=pad))


class FrameOverlay(QWidget):
    """A hatched frame in the dead margin and a tab at the top edge. It lies over the screen and moves nothing."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self._frame: Frame | None = None
        self._free = QRect()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def put(self, frame: Frame | None, free: QRect) -> None:
        """Show a frame, its tab as near to the middle as the free part of the header lets it."""
        if (frame, free) == (self._frame, self._free):
            return
        self._frame, self._free = frame, QRect(free)
        self.setAccessibleName(plain(frame.words) if frame else "")
        self.setVisible(frame is not None)
        self.update()

    def _tones(self, frame: Frame) -> tuple[str, str]:
        if frame.tone == "plain":
            return "action", "on_action"
        return "train_mark", "canvas" if self.look.theme != "light" else "on_action"

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._frame is None:
            return
        painter, look = QPainter(self), self.look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, on = self._tones(self._frame)
        box, thick = QRectF(self.rect()), look.px(9)
        ring, inner = QPainterPath(), QPainterPath()
        ring.addRect(box)
        inner.addRoundedRect(box.adjusted(thick, thick, -thick, -thick), 8, 8)
        ring = ring.subtracted(inner)
        painter.fillPath(ring, look.colour(fill))
        painter.save()
        painter.setClipPath(ring)
        stripe = look.colour(on)
        faint = stripe.toRgb()
        faint.setAlpha(110)
        painter.setPen(QPen(faint, look.px(7)))
        for x in range(-int(box.height()), int(box.width()), look.px(26)):
            painter.drawLine(QPointF(x, box.height()), QPointF(x + box.height(), 0))
        painter.restore()
        if self._frame.tone == "train":
            self._watermark(painter)
        self._tab(painter, self._frame, fill, on)

    def _watermark(self, painter: QPainter) -> None:
        """A large word across the whole glass, so faint that everything is read through it."""
        look = self.look
        ink = look.colour("train_mark").toRgb()
        ink.setAlphaF(_FAINT)
        font = look.font("hero")
        font.setPixelSize(max(40, self.width() // 8))
        painter.save()
        painter.setFont(font)
        painter.setPen(ink)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.rotate(-math.degrees(math.atan2(self.height(), self.width())))
        room = QRectF(-self.width(), -self.height() / 4, 2 * self.width(), self.height() / 2)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), look.words.training)
        painter.restore()

    def _tab(self, painter: QPainter, frame: Frame, fill: str, on: str) -> None:
        look = self.look
        icon, side, tall = look.px(22), look.px(16), look.px(38)
        lead = icon + look.px(9) if frame.tone == "train" else 0
        room = max(look.px(120), self._free.width()) - 2 * side - lead
        font = look.font("strong")
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.setFont(font)
        need = painter.boundingRect(QRectF(0, 0, room, 200), flags, plain(frame.words, 120))
        if need.height() > tall:
            font.setPixelSize(max(13, font.pixelSize() - 2))
            painter.setFont(font)
            need = painter.boundingRect(QRectF(0, 0, room, 200), flags, plain(frame.words, 120))
        wide, tall = need.width() + 2 * side + lead, max(tall, round(need.height()) + look.px(4))
        x = (self.width() - wide) / 2
        x = max(self._free.left(), min(x, self._free.right() - wide)) if self._free.width() >= wide else x
        path = QPainterPath()
        path.addRoundedRect(QRectF(x, -12, wide, tall + 12), 12, 12)
        painter.fillPath(path, look.colour(fill))
        if lead:
            at = QRectF(x + side, (tall - icon) / 2, icon, icon)
            glyphs.draw(painter, "train", at, look.colour(on), look.colour(fill))
        painter.setPen(look.colour(on))
        painter.drawText(QRectF(x + side + lead, 0, need.width() + 2, tall), flags, plain(frame.words, 120))


class ToastBox(QWidget):
    """A small, harmless message over the work area for five seconds. It takes no taps."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self._serial: int | None = None
        self._words = Text(look, "", "body", "on_action")
        self._icon = Icon(look, "badge-check", 24, "on_action", "action")
        self._inner = h(self._icon, (self._words, 1), gap=look.px(12), pad=look.px(14))
        self._box = Box(look, "toast", self._inner)
        self._whole = v(self._box)
        self.setLayout(self._whole)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self, singleShot=True, interval=tokens.TOAST_STAY_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def put(self, toast: Toast | None, work: QRect) -> None:
        """Show a message that has not been shown yet, at the foot of the work area."""
        if toast is None or toast.serial == self._serial:
            if toast is None:
                self.hide()
            return
        self._serial = toast.serial
        self._words.say(toast.words)
        self._icon.show_as(toast.icon)
        compact = self.look.compact
        wide = min(work.width(), self.look.px(520 if compact else 400))
        self._inner.invalidate()  # longer words than those before must not be cut until Qt is back in its loop
        self._box.updateGeometry()
        self._whole.activate()
        tall = self._whole.totalHeightForWidth(wide)
        y = work.bottom() + 1 - tall - (1 if compact else 2) * (self.look.mm("button_big") + self.look.px(12))
        beside_till = 0 if self.look.mirror else work.width() - wide  # over this sale, not over the lists
        self.setGeometry(work.x() + ((work.width() - wide) // 2 if compact else beside_till), y, wide, tall)
        self.show()
        self.raise_()
        self._timer.start()
