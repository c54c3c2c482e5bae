"""Text, figures, icons and surfaces. The only file that may construct a label; every text is plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLayout, QSizePolicy, QVBoxLayout, QWidget

from pos_app.ui import glyphs, tokens
from pos_app.ui.theme import Look

Align = Literal["left", "right", "centre"]
Part = QWidget | QLayout | int | float | tuple[QWidget | QLayout, int] | None

TEXT_LIMIT = 2000
_TIED = 14  # characters: two last words of that length stay together
_WORD_PX = 120
_ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "centre": Qt.AlignmentFlag.AlignHCenter,
}
# Controls become visible pictures; marks that turn the direction of text, and other invisible marks, go.
_DIRECTION = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF)
_CLEAN: dict[int, str | None] = {
    **{code: chr(0x2400 + code) for code in range(32) if code not in (9, 10)},
    9: " ",
    10: "\u2028",
    0x7F: "\u2421",
    **{code: "\u2426" for code in range(0x80, 0xA0)},
    **dict.fromkeys(_DIRECTION),
}

STATE_TONE = {
    "ok": "ok",
    "bad": "bad",
    "unknown": "unknown",
    "wait": "wait",
    "held": "wait",
    "notyet": "wait",
    "offline": "wait",
    "train": "train",
    "super": "ink",
    "estimate": "ink2",
    "looking": "ink2",
    "later": "ink3",
}


def plain(words: str, limit: int = TEXT_LIMIT) -> str:
    """Text from outside as it may be drawn: bounded, controls made visible, no marks that turn its direction."""
    cut = words if len(words) <= limit else words[:limit] + " […]"
    return cut.translate(_CLEAN)


def tied(words: str) -> str:
    """Words whose short last one is bound to the one before it, so that it does not stand alone on a line."""
    head, _, last = words.rpartition(" ")
    if head.count(" ") < 2 or len(head.rpartition(" ")[2]) + len(last) > _TIED:
        return words
    return f"{head}\u00a0{last}"


def row_of(
    direction: Literal["v", "h"], parts: Sequence[Part], gap: int, pad: int | tuple[int, int, int, int]
) -> QBoxLayout:
    """A layout of widgets, layouts, ints (space in px), floats (stretch) and (part, stretch) pairs."""
    lay: QBoxLayout = QVBoxLayout() if direction == "v" else QHBoxLayout()
    lay.setSpacing(gap)
    lay.setContentsMargins(*((pad,) * 4 if isinstance(pad, int) else pad))
    for part in parts:
        stretch = 0
        if isinstance(part, tuple):
            part, stretch = part
        if isinstance(part, QWidget):
            lay.addWidget(part, stretch)
        elif isinstance(part, QLayout):
            lay.addLayout(part, stretch)
        elif isinstance(part, float):
            lay.addStretch(max(1, int(part)))
        elif isinstance(part, int):
            lay.addSpacing(part)
    return lay


def v(*parts: Part, gap: int = 0, pad: int | tuple[int, int, int, int] = 0) -> QBoxLayout:
    """A column."""
    return row_of("v", parts, gap, pad)


def h(*parts: Part, gap: int = 0, pad: int | tuple[int, int, int, int] = 0) -> QBoxLayout:
    """A row."""
    return row_of("h", parts, gap, pad)


def bare(layout: QLayout) -> QWidget:
    """A widget without looks that holds a layout."""
    widget = QWidget()
    widget.setLayout(layout)
    return widget


def height_of(widget: QWidget, width: int) -> int:
    """The height that a widget needs at a width."""
    needed = widget.heightForWidth(width) if widget.hasHeightForWidth() else widget.sizeHint().height()
    return min(max(needed, widget.minimumHeight()), widget.maximumHeight())


class Text(QLabel):
    """Plain text in a type role and a colour token. It wraps, also inside a long word; nothing is ever elided.

    It draws itself: a label's own painter may take text for rich text and cannot break a long word.
    """

    def __init__(self, look: Look, words: str, role: str = "body", tone: str = "ink", align: Align = "left") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.look, self.role, self.tone = look, role, tone
        self._align: Align = align
        self._face = look.font(role)
        self._cache: dict[int, tuple[QTextLayout, float, float]] = {}
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.say(words)

    def say(self, words: str) -> None:
        """Change the words in place."""
        shown = plain(words)
        if shown == self.text():
            return
        self._cache.clear()
        self.setText(shown)
        self.updateGeometry()
        self.update()

    def paint_as(self, tone: str) -> None:
        """Change the colour in place."""
        if tone != self.tone:
            self.tone = tone
            self.update()

    def set_role(self, role: str) -> None:
        """Change the type role in place."""
        if role != self.role:
            self.role, self._face = role, self.look.font(role)
            self._cache.clear()
            self.updateGeometry()

    def _set(self, width: int) -> tuple[QTextLayout, float, float]:
        """The text set at a width: layout, height, natural width. Units: px."""
        if width in self._cache:
            return self._cache[width]
        if len(self._cache) > 8:
            self._cache.clear()
        option = QTextOption(_ALIGN[self._align])
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        layout = QTextLayout(tied(self.text()), self._face)
        layout.setTextOption(option)
        layout.beginLayout()
        y = natural = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, y))
            y += line.height()
            natural = max(natural, line.naturalTextWidth())
        layout.endLayout()
        self._cache[width] = (layout, y, natural)
        return self._cache[width]

    @property
    def natural_width(self) -> int:
        """The width of the text on one line, in px."""
        return int(self._set(100_000 if self._align == "left" else 8_000)[2]) + 2

    def hasHeightForWidth(self) -> bool:
        return True  # a label would say so only while its own wrapping is on

    def sizeHint(self) -> QSize:
        return QSize(self.natural_width, self.heightForWidth(self.natural_width))

    def minimumSizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._face)
        longest = max((metrics.horizontalAdvance(word) for word in tied(self.text()).split(" ")), default=0.0)
        least = min(int(longest) + 2, self.look.px(_WORD_PX))
        return QSize(least, int(metrics.height()))

    def heightForWidth(self, width: int) -> int:
        return int(self._set(width)[1] + 0.999)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        layout, height, _ = self._set(self.width())
        painter.setPen(self.look.colour(self.tone))
        layout.draw(painter, QPointF(0, max(0.0, (self.height() - height) / 2)))


class Figure(Text):
    """An amount on one line. It shrinks where the place is narrow; no digit is ever lost."""

    def __init__(
        self, look: Look, words: str, role: str = "amount_s", tone: str = "ink", align: Align = "right"
    ) -> None:
        self._least = look.px(16)
        super().__init__(look, words, role, tone, align)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def fitting(self, width: int) -> QFont:
        """The font at which the figure fits a width."""
        font = QFont(self._face)
        while font.pixelSize() > self._least and QFontMetricsF(font).horizontalAdvance(self.text()) > width:
            font.setPixelSize(font.pixelSize() - 1)
        return font

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._face)
        return QSize(int(metrics.horizontalAdvance(self.text())) + 3, int(metrics.height()))

    def minimumSizeHint(self) -> QSize:
        font = QFont(self._face)
        font.setPixelSize(self._least)
        return QSize(int(QFontMetricsF(font).horizontalAdvance(self.text())) + 3, self.sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.fitting(self.width()))
        painter.setPen(self.look.colour(self.tone))
        flags = _ALIGN[self._align] | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        painter.drawText(QRectF(self.rect()), int(flags), self.text())


class Icon(QWidget):
    """A state glyph or a line icon. `on` is the colour token behind it."""

    def __init__(self, look: Look, name: str, px: int = 24, tone: str = "ink", on: str = "surface") -> None:
        super().__init__()
        self.look, self.name, self.tone, self.on = look, name, tone, on
        self.setFixedSize(look.px(px), look.px(px))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_as(self, name: str) -> None:
        """Change the picture in place."""
        self.name = name
        self.update()

    def paint_as(self, tone: str, on: str) -> None:
        """Change the colours in place."""
        if (tone, on) != (self.tone, self.on):
            self.tone, self.on = tone, on
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        box = QRectF(self.rect())
        glyphs.draw(QPainter(self), self.name, box, self.look.colour(self.tone), self.look.colour(self.on))


def state_icon(look: Look, state: str, px: int = 24, on: str = "surface") -> Icon:
    """The glyph of a state in its own colour."""
    tone = STATE_TONE[state]
    return Icon(look, state, px, tone if tone.startswith("ink") else f"{tone}_mark", on)


def round_box(painter: QPainter, box: QRectF, fill: QColor | None, edge: QPen | None, radius: float) -> None:
    """Draw a rounded box whose outline lies wholly inside it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = edge.widthF() / 2 if edge is not None else 0.0
    painter.setPen(edge if edge is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)


class Box(QWidget):
    """A surface: card, sunken, member, inset, toast, a state's fill ("ok", "bad"), or a chip ("chip-ok")."""

    def __init__(self, look: Look, kind: str, layout: QLayout | None = None) -> None:
        super().__init__()
        self.look, self.kind = look, kind
        if layout is not None:
            self.setLayout(layout)

    def _dress(self) -> tuple[QColor, QColor | None, int]:
        look, kind = self.look, self.kind
        line = look.colour("line") if look.contrast else None
        if kind == "card":
            return look.colour("surface"), look.colour("line"), tokens.RADIUS["card"]
        if kind in ("sunken", "member"):
            return look.colour(kind), line, tokens.RADIUS["card"]
        if kind == "inset":
            return look.colour("member2"), line, tokens.RADIUS["control"]
        if kind == "toast":
            return look.colour("action"), line, tokens.RADIUS["control"]
        chip = kind.startswith("chip-")
        tone = kind.removeprefix("chip-")
        radius = tokens.RADIUS["chip" if chip else "card"]
        if tone == "plain":
            return look.colour("sunken"), line, radius
        return look.colour(f"{tone}_fill"), look.colour(tone) if look.contrast else None, radius

    def paintEvent(self, event: QPaintEvent) -> None:
        fill, edge, radius = self._dress()
        pen = QPen(edge, self.look.line_px) if edge is not None else None
        round_box(QPainter(self), QRectF(self.rect()), fill, pen, self.look.px(radius))


class Rule(QWidget):
    """A thin line across."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.setFixedHeight(look.line_px)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self.look.colour("line"))


def chip(look: Look, state: str, words: str) -> Box:
    """A word and its glyph on the state's fill."""
    tone = STATE_TONE[state]
    kind = "plain" if tone.startswith("ink") else tone
    icon = state_icon(look, state, 18, "sunken" if kind == "plain" else f"{tone}_fill")
    inner = h(
        icon, Text(look, words, "strong", tone), gap=look.px(8), pad=(look.px(9), look.px(4), look.px(11), look.px(4))
    )
    return Box(look, f"chip-{kind}", inner)
