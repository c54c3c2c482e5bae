"""The test of the screen: every part of the glass is a field that ticks when it is touched, then plain colours."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui import glyphs
from pos_app.ui.glass import GlassBody
from pos_app.ui.widgets.pages import Zone
from pos_app.ui.widgets.surface import Box, Text, v
from pos_app.ui.widgets.taps import Button, Kit, Tap


class Field(Tap):
    """One part of the glass."""

    def __init__(self, kit: Kit, number: int, name: str, event: object) -> None:
        super().__init__(kit, "key", event, name)
        self.number = number
        self.is_hit = False

    def show_hit(self, is_hit: bool) -> None:
        """Show whether it was touched; once it was, it only shows so."""
        if is_hit != self.is_hit:
            self.is_hit = is_hit
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self.look
        fill = look.colour("ok_fill" if self.is_hit else "surface")
        painter.fillRect(self.rect(), fill)
        painter.setPen(QPen(look.colour("control_line"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        if self.is_hit:
            size = look.px(28)
            box = QRectF((self.width() - size) / 2, (self.height() - size) / 2, size, size)
            glyphs.draw(painter, "ok", box, look.colour("ok_mark"), fill)
        if self.hasFocus():
            painter.setPen(QPen(look.colour("focus"), 3))
            painter.drawRect(self.rect().adjusted(2, 2, -3, -3))


class Plain(Tap):
    """The whole glass in one colour; a touch anywhere goes on."""

    def __init__(self, kit: Kit, body: GlassBody) -> None:
        super().__init__(kit, "key", body.next.event, body.next.name or body.next.words)
        self._colour = QColor(body.colour)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._colour)


class GlassView(QWidget):
    """The body of the screen test; it lies over the whole window."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._fields: list[Field] = []
        self._plain = Zone(kit)
        self._card = Zone(kit)
        for part in (self._plain, self._card):
            part.setParent(self)
        self._body: GlassBody | None = None

    def put(self, body: GlassBody) -> None:
        """Show the fields, or a colour."""
        self._body = body
        if body.colour:
            for field in self._fields:
                field.hide()
            self._card.put(None, lambda: None)
            self._plain.put(body.colour, lambda: Plain(self.kit, body))
        else:
            self._plain.put(None, lambda: None)
            if not self._fields:
                self._fields = [self._field(body, number) for number in range(body.columns * body.rows)]
            covered = self._covered(body)
            for field in self._fields:
                field.show_hit(field.number in body.hit)
                field.setVisible(field.number not in covered)
            self._card.put((body.text, body.next), lambda: self._build(body))
        self._place()

    def _covered(self, body: GlassBody) -> frozenset[int]:
        """The fields whose place the card takes: those in the middle, and once the others are done, some of those."""
        middle, top = body.rows // 2 - 1, 0
        columns = range(body.columns // 2 - 2, body.columns // 2 + 2)
        in_rows = [frozenset((row + i) * body.columns + c for i in range(2) for c in columns) for row in (middle, top)]
        others_done = body.hit >= frozenset(range(body.columns * body.rows)) - in_rows[0]
        return in_rows[others_done]

    def _field(self, body: GlassBody, number: int) -> Field:
        made = Field(self.kit, number, body.name.format(n=number + 1), body.event(number))
        made.setParent(self)
        return made

    def _build(self, body: GlassBody) -> QWidget:
        look = self.kit.look
        pad = (look.px(14), look.px(10), look.px(14), look.px(10))
        words = Text(look, body.text, "body", "ink", "centre")
        return Box(look, "card", v(1.0, words, Button(self.kit, body.next, "button"), 1.0, gap=look.px(8), pad=pad))

    def _place(self) -> None:
        body = self._body
        if body is None:
            return
        self._plain.setGeometry(self.rect())
        xs = [round(self.width() * i / body.columns) for i in range(body.columns + 1)]
        ys = [round(self.height() * i / body.rows) for i in range(body.rows + 1)]
        for field in self._fields:
            column, row = field.number % body.columns, field.number // body.columns
            field.setGeometry(xs[column], ys[row], xs[column + 1] - xs[column], ys[row + 1] - ys[row])
        covered = self._covered(body)
        left, top = xs[min(covered) % body.columns], ys[min(covered) // body.columns]
        right, bottom = xs[max(covered) % body.columns + 1], ys[max(covered) // body.columns + 1]
        self._card.setGeometry(left, top, right - left, bottom - top)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self.kit.look.colour("canvas"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()
