"""The practice shop's codes: in a window beside the till, where a tap scans one, and as a sheet to print.

The bars are real Code 128 in whole pixels of the device, so that a hand scanner reads them from the glass, at any
scale of the desktop, and from paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QPageSize, QPainter, QPaintEvent, QPdfWriter, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui.screen import Action
from pos_app.ui.slip import QUIET_MODULES, modules
from pos_app.ui.theme import Look, load_fonts
from pos_app.ui.widgets.finger import Finger
from pos_app.ui.widgets.pages import Pages, Row
from pos_app.ui.widgets.surface import Text, h, v
from pos_app.ui.widgets.taps import Kit, Pane

MOST_BARRED = 14
BARS_PX = (212, 48)  # the least in which the longest code has a pixel for each module
_MOST_DOTS = 5
_TITLE_BAR_PX = 40
_LEAST_TILL_PX = (819, 614)
_WIDE_PX = (440, 480)  # the least and the usual width of the window of codes
_DPI = 300
_COLUMNS, _ROWS = 2, 8


class PracticeCode(Struct, frozen=True):
    """One code of the practice shop: what it is, how it stands, and the text that a scanner would send."""

    title: str
    detail: str
    text: str

    @property
    def has_bars(self) -> bool:
        """Whether it fits under a hand scanner as Code 128; a phone's JSON code does not."""
        return len(self.text) <= MOST_BARRED and self.text.isascii()


class Bars(QWidget):
    """A barcode on white, whatever the theme."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._bits = modules(text)
        self.setAccessibleName(f"Barcode {text}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(*BARS_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#FFFFFF"))
        draw_bars(painter, self._bits, QRectF(self.rect()).adjusted(0, 4, 0, -4))


def draw_bars(painter: QPainter, bits: str, box: QRectF) -> None:
    """Draw a barcode as wide as a box allows, with its quiet zones and in the middle of it.

    A module is a whole number of the device's pixels: a desktop at 125 % would else make some bars twice as wide.
    """
    device = painter.deviceTransform()
    back, _ = device.inverted()
    place = device.mapRect(box)
    count = len(bits) + 2 * QUIET_MODULES
    step = max(1, min(_MOST_DOTS, int(place.width() / count + 1e-6)))
    left = round(place.center().x() - step * len(bits) / 2)
    for number, bit in enumerate(bits):
        if bit == "1":
            bar = QRectF(left + number * step, place.y(), step, place.height())
            painter.fillRect(back.mapRect(bar), QColor("#000000"))


class Palette(QWidget):
    """A window of codes; a tap hands the code's text to `on_scan`, as the scanner would."""

    def __init__(self, look: Look, codes: Sequence[PracticeCode], on_scan: Callable[[str], None]) -> None:
        super().__init__()
        load_fonts()
        self.setWindowTitle("Codes to scan")
        self._look = look
        self._kit = Kit(look, self._tapped, Finger())
        self._on_scan = on_scan
        self._head = Text(look, "Tap a code, or scan it from here", "h3")
        self._head.setParent(self)
        self._pages = Pages(self._kit, gap=look.gap)
        self._pages.setParent(self)
        self._pages.put([Row((i, one.text), one, partial(self._row, one)) for i, one in enumerate(codes)])
        self.resize(look.px(_WIDE_PX[1]), look.height)

    def _tapped(self, text: object) -> None:
        self._on_scan(str(text))

    def _row(self, code: PracticeCode) -> QWidget:
        look = self._look
        words = v(
            Text(look, code.title, "strong"),
            Text(look, code.detail, "caption", "ink2"),
            Text(look, code.text, "code", "ink2"),
            gap=look.px(1),
        )
        bars = Bars(code.text) if code.has_bars else None
        pad = (look.px(14), look.px(6), look.px(12), look.px(6))
        return Pane(
            self._kit,
            h((words, 1), bars, gap=look.gap, pad=pad),
            "tile",
            Action(f"Scan {code.title}, {code.detail}", code.text),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._look.colour("canvas"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        gap, head = self._look.gap, self._look.mm("floor")
        self._head.setGeometry(gap, gap, self.width() - 2 * gap, head)
        self._pages.setGeometry(gap, head + 2 * gap, self.width() - 2 * gap, self.height() - head - 3 * gap)


def side_by_side(desk: QRect, till: QSize) -> tuple[QRect, QRect]:
    """Where the till and the window of codes stand, so that neither covers the other when the desk has the room.

    Units:   px of the desktop; `desk` is what the task bar leaves of it, `till` what the till would like.
    """
    least, usual = _WIDE_PX
    wide = min(usual, max(least, desk.width() - till.width()))
    left = min(till.width(), max(_LEAST_TILL_PX[0], desk.width() - wide))
    tall = min(till.height(), max(_LEAST_TILL_PX[1], desk.height() - _TITLE_BAR_PX))
    beside = min(desk.x() + left, desk.right() + 1 - wide)
    return QRect(desk.x(), desk.y(), left, tall), QRect(beside, desk.y(), wide, tall)


def write_sheet(codes: Sequence[PracticeCode], path: Path) -> None:
    """Write the codes that have bars as an A4 sheet to print.

    Errors:  OSError when the file cannot be written.    Thread: main, after QApplication.
    """
    load_fonts()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb"):
        pass  # the writer would only warn about a place that cannot be written
    writer = QPdfWriter(str(path))
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setTitle("Codes to scan")
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"the sheet {path} cannot be written")
    wide, tall = writer.width() / _COLUMNS, writer.height() / _ROWS
    for number, code in enumerate(one for one in codes if one.has_bars):
        place = number % (_COLUMNS * _ROWS)
        if number and place == 0:
            writer.newPage()
        _cell(painter, code, QRectF(place % _COLUMNS * wide, place // _COLUMNS * tall, wide, tall))
    if not painter.end():
        raise OSError(f"the sheet {path} cannot be written")


def _cell(painter: QPainter, code: PracticeCode, box: QRectF) -> None:
    font = QFont("Inter")
    line = box.height() / 6
    y = box.y()
    for words, bold in ((code.title, True), (f"{code.detail}   {code.text}", False)):
        font.setPixelSize(int(line * 0.62))
        font.setBold(bold)
        painter.setFont(font)
        painter.drawText(QRectF(box.x(), y, box.width() * 0.95, line), 0, words)
        y += line
    bits = modules(code.text)
    wide = _MOST_DOTS * (len(bits) + 2 * QUIET_MODULES)
    draw_bars(painter, bits, QRectF(box.x(), y, wide, line * 2.6))
