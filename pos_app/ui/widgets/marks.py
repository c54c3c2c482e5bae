"""Painted marks: countdown ring, meter, tier badge, steps, and the invitation to scan. None of them can be tapped."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from pos_app.ui import glyphs
from pos_app.ui.screen import MeterLine, Step
from pos_app.ui.screen import Ring as Countdown
from pos_app.ui.theme import Look
from pos_app.ui.widgets.surface import Text, h, v

_WARN_SHARE = 0.8
# tier: (light metal, dark metal, facets)
_METAL = {
    "Silver": ("#F4F6FA", "#AEB6C6", 6),
    "Gold": ("#FFE9B0", "#D9A441", 6),
    "Platinum": ("#FFFFFF", "#B9C7DA", 8),
    "Member": ("#E9E4D8", "#BDB5A3", 4),
}
_ENGRAVED = "#3A2C07"
_BARS = (4, 2, 2, 6, 3, 2, 8, 2, 3, 5, 2, 2, 6, 4, 2, 3, 8, 2, 2, 5, 3, 2, 6, 2, 4, 3, 2, 7, 2, 3, 4)


class Ring(QWidget):
    """A countdown that Perx gave. The figure is the truth, the arc the glance; it never turns red."""

    def __init__(self, look: Look, countdown: Countdown) -> None:
        super().__init__()
        self.look = look
        size = max(look.px(52), look.mm("ring"))
        self.setFixedSize(size, size)
        self.tick(countdown)

    def tick(self, countdown: Countdown) -> None:
        """Show another second, in place."""
        self.countdown = countdown
        minutes, seconds = divmod(max(0, countdown.left_s), 60)
        self.setAccessibleName(self.look.words.time_left.format(minutes=minutes, seconds=seconds))
        self.update()

    @property
    def figure(self) -> str:
        minutes, seconds = divmod(max(0, self.countdown.left_s), 60)
        if minutes >= 60:
            return f"{minutes // 60} h" if minutes < 1440 else f"{minutes // 1440} d"
        return f"{minutes}:{seconds:02d}"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self.look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = look.px(5)
        inset = width / 2 + 1
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.setPen(QPen(look.colour("key_down" if look.contrast else "line"), width))
        painter.drawEllipse(box)
        pen = QPen(look.colour("wait_mark"), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        share = min(1.0, max(0.0, self.countdown.left_s / max(1, self.countdown.total_s)))
        painter.drawArc(box, 90 * 16, round(360 * 16 * share))
        painter.setFont(look.font("slip_b", max(13, round(self.width() * 0.26))))
        painter.setPen(look.colour("wait"))
        painter.drawText(QRectF(self.rect()), int(Qt.AlignmentFlag.AlignCenter), self.figure)


class _Bar(QWidget):
    def __init__(self, look: Look, share: float) -> None:
        super().__init__()
        self.look, self.share = look, share
        self.setFixedHeight(look.px(10))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self.look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box, radius = QRectF(self.rect()), self.height() / 2
        painter.setPen(QPen(look.colour("line"), 1) if look.contrast else Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("surface" if look.contrast else "line"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("bad_mark" if self.share >= 1 else "wait_mark"))
        filled = max(self.height(), box.width() * min(1.0, self.share)) if self.share > 0 else 0
        painter.drawRoundedRect(QRectF(0, 0, filled, box.height()), radius, radius)
        painter.fillRect(QRectF(box.width() * _WARN_SHARE - 1, 0, 2, box.height()), look.colour("control_line"))


class Meter(QWidget):
    """A bar with its words and figures above; the tick marks the warning level; red only when full."""

    def __init__(self, look: Look, line: MeterLine) -> None:
        super().__init__()
        words = h(Text(look, line.label, "body", "ink2"), 1.0, Text(look, line.value, "strong"), gap=look.px(8))
        self.setLayout(v(words, _Bar(look, line.share), gap=look.px(6)))
        self.setAccessibleName(f"{line.label}: {line.value}")


class TierBadge(QWidget):
    """The metal of a tier with its number of facets. The word beside it never goes away."""

    def __init__(self, look: Look, metal: str) -> None:
        super().__init__()
        self.metal = metal if metal in _METAL else "Member"
        self.setFixedSize(look.px(26), look.px(26))

    def _path(self, points: int, radius: float, inner: float) -> QPainterPath:
        centre, path = QPointF(13, 13), QPainterPath()
        for i in range(points):
            angle = pi * 2 * i / points - pi / 2
            reach = radius if i % 2 == 0 else inner
            point = centre + QPointF(cos(angle), sin(angle)) * reach
            if i == 0:
                path.moveTo(point)
            else:
                path.lineTo(point)
        path.closeSubpath()
        return path

    def paintEvent(self, event: QPaintEvent) -> None:
        light, dark, facets = _METAL[self.metal]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / 26, self.height() / 26)
        shine = QLinearGradient(0, 0, 26, 26)
        shine.setColorAt(0, QColor(light))
        shine.setColorAt(1, QColor(dark))
        painter.fillPath(self._path(facets, 12, 12), shine)
        painter.fillPath(self._path(10, 5.6, 2.5), QColor(_ENGRAVED))


class _StepMark(QWidget):
    def __init__(self, look: Look, state: str, first: bool, last: bool) -> None:
        super().__init__()
        self.look, self.state, self.first, self.last = look, state, first, last
        self.setFixedWidth(look.px(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self.look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = look.px(12), self.height() / 2
        painter.setPen(QPen(look.colour("control_line"), 2))
        painter.drawLine(QPointF(x, y if self.first else 0), QPointF(x, y if self.last else self.height()))
        painter.setBrush(look.colour("surface"))
        if self.state == "later":
            painter.drawEllipse(QPointF(x, y), look.px(7), look.px(7))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(x, y), look.px(13), look.px(13))
        side = look.px(22)
        box = QRectF(x - side / 2, y - side / 2, side, side)
        glyphs.draw(painter, self.state, box, look.colour(f"{self.state}_mark"), look.colour("surface"))


class Steps(QWidget):
    """What has happened so far as a short vertical line, newest last."""

    def __init__(self, look: Look, steps: Sequence[Step]) -> None:
        super().__init__()
        lines = []
        for i, step in enumerate(steps):
            tone = {"unknown": "unknown", "later": "ink3", "bad": "bad", "wait": "wait"}.get(step.state, "ink")
            words = Text(look, step.text, "strong" if step.state in ("unknown", "bad") else "body", tone)
            when = Text(look, step.when, "caption", "ink3") if step.when else None
            padded = v(words, pad=(0, look.px(7), 0, look.px(7)))
            mark = _StepMark(look, step.state, i == 0, i == len(steps) - 1)
            lines.append(h(mark, (padded, 1), when, gap=look.px(10)))
        self.setLayout(v(*lines))


class ScanArt(QWidget):
    """The invitation to scan: bars inside four corners, one light line. No words in it."""

    def __init__(self, look: Look, width: int, height: int) -> None:
        super().__init__()
        self.look = look
        self.setFixedSize(look.px(width), look.px(height))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        self._corners(painter, box)
        self._bars(painter, box)
        self._light(painter, box)

    def _corners(self, painter: QPainter, box: QRectF) -> None:
        reach, bend = self.look.px(30), self.look.px(14)
        pen = QPen(self.look.colour("ink"), self.look.px(5), Qt.PenStyle.SolidLine)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for x, dx in ((box.left(), 1), (box.right(), -1)):
            for y, dy in ((box.top(), 1), (box.bottom(), -1)):
                path = QPainterPath(QPointF(x, y + dy * reach))
                path.lineTo(x, y + dy * bend)
                path.quadTo(x, y, x + dx * bend, y)
                path.lineTo(x + dx * reach, y)
                painter.drawPath(path)

    def _bars(self, painter: QPainter, box: QRectF) -> None:
        side, top = self.look.px(38), self.look.px(32)
        scale = (box.width() - 2 * side) / (sum(_BARS) + 3.2 * len(_BARS))
        x = box.left() + side
        for wide in _BARS:
            bar = QRectF(x, box.top() + top, wide * scale, box.height() - 2 * top)
            painter.fillRect(bar, self.look.colour("ink"))
            x += (wide + 3.2) * scale

    def _light(self, painter: QPainter, box: QRectF) -> None:
        beam = self.look.colour("focus")
        clear, glow = QColor(beam), QColor(beam)
        clear.setAlpha(0)
        glow.setAlpha(70)
        middle, reach = box.center().y(), self.look.px(14)
        halo = QLinearGradient(0, middle - reach, 0, middle + reach)
        line = QLinearGradient(box.left() - 4, 0, box.right() + 4, 0)
        for at, colour in ((0.0, clear), (0.5, glow), (1.0, clear)):
            halo.setColorAt(at, colour)
        for at, colour in ((0.0, clear), (0.12, beam), (0.88, beam), (1.0, clear)):
            line.setColorAt(at, colour)
        side = self.look.px(38)
        painter.fillRect(QRectF(box.left() + side, middle - reach, box.width() - 2 * side, 2 * reach), halo)
        painter.fillRect(QRectF(box.left(), middle - 2, box.width(), 4), line)
