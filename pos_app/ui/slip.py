"""The slip on the screen and as a PDF: both drawn from the same receipt by the same hand.

Code 128 is drawn in whole pixels of the device with its quiet zones, so that a scanner reads the screen as well.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPageLayout,
    QPageSize,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPdfWriter,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.domain.receipt import Receipt, SlipLine
from pos_app.ui import tokens
from pos_app.ui.theme import Look, load_fonts
from pos_app.ui.widgets.surface import plain

QUIET_MODULES = 10
_PDF_DPI = 1016  # a multiple of 203: thermal printers have 8 dots in a millimetre, this has 40
_TEXT_MM, _BAR_MM, _EDGE_MM = 3.1, 11.0, 4.0
_TEETH_PX = 12
_QR_MODULE = 0.22  # of the height of the text: 0.7 mm on paper


def modules(digits: str) -> str:
    """The bars of a Code 128 as a text of ones and zeros, without quiet zones.

    Errors:  barcode.errors.BarcodeError when a character cannot be drawn.
    """
    import barcode  # with its pictures it is large, and the first screen draws none

    return str(barcode.get("code128", digits).build()[0])


class Pen(Struct, frozen=True):
    """What a slip is drawn with. Units: whatever the painter's unit is."""

    width: float
    text: float
    bar: float
    module: float
    features: bool = True

    def font(self, bold: bool) -> QFont:
        font = QFont(tokens.FAMILIES["text"][0])
        font.setFamilies(list(tokens.FAMILIES["text"]))
        font.setPixelSize(max(1, round(self.text)))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        if self.features:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    @property
    def gap(self) -> float:
        return self.text * 0.28


def _wrapped(font: QFont, words: str, width: float) -> list[str]:
    """Words in lines of a width; a long word is cut where the line ends."""
    metrics, lines, line = QFontMetricsF(font), [], ""
    for word in plain(words, 400).split(" "):
        candidate = f"{line} {word}" if line else word
        if metrics.horizontalAdvance(candidate) <= width:
            line = candidate
            continue
        lines += [line] if line else []
        line = word
        while metrics.horizontalAdvance(line) > width and len(line) > 1:
            cut = max(1, int(len(line) * width / metrics.horizontalAdvance(line)))
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line]


def draw_line(painter: QPainter | None, pen: Pen, line: SlipLine, y: float) -> float:
    """Draw one line, or only measure it; returns the y below it."""
    if not line.left and not line.right:
        return y + pen.text * 0.6
    font = pen.font(line.bold)
    metrics = QFontMetricsF(font)
    tall = metrics.height()
    figure = metrics.horizontalAdvance(line.right)
    beside = line.right and figure <= pen.width * 0.6
    room = pen.width - (figure + pen.text if beside else 0)
    lines = _wrapped(font, line.left, room) if line.left else [""]
    if painter is not None:
        painter.setFont(font)
        flags = Qt.AlignmentFlag.AlignHCenter if line.centre else Qt.AlignmentFlag.AlignLeft
        for i, words in enumerate(lines):
            box = QRectF(0, y + i * tall, pen.width if line.centre else room, tall)
            painter.drawText(box, int(flags | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip), words)
    under = [] if beside or not line.right else _wrapped(font, line.right, pen.width)
    y += tall * len(lines)
    for i, words in enumerate([line.right] if beside else under):
        top = y - tall * len(lines) if beside else y + i * tall
        if painter is not None:
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
            painter.drawText(QRectF(0, top, pen.width, tall), int(flags), words)
    return y + tall * len(under) + pen.gap


def _bars(painter: QPainter | None, pen: Pen, digits: str, y: float) -> float:
    """Draw the barcode in whole device pixels, or only measure it; returns the y below it."""
    bits = modules(digits)
    if painter is not None:
        device = painter.deviceTransform()
        back, _ = device.inverted()
        scale = device.m11()
        step = max(1, int(pen.module * scale + 1e-6))
        left = round(device.map(QPointF(pen.width / 2, y)).x() - step * len(bits) / 2)
        top = back.map(device.map(QPointF(0, y))).y()
        run = 0
        for i, bit in enumerate([*bits, "0"]):
            if bit == "1":
                run += 1
            elif run:
                x0 = back.map(QPointF(left + (i - run) * step, 0)).x()
                painter.fillRect(QRectF(x0, top, run * step / scale, pen.bar), painter.pen().color())
                run = 0
    return y + pen.bar


@lru_cache(maxsize=16)
def _qr_rows(text: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of a QR code with their quiet zone. Errors: ValueError when no QR code holds so much."""
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    return tuple(tuple(bool(dark) for dark in row) for row in code.get_matrix())


def _square(painter: QPainter | None, pen: Pen, text: str, y: float) -> float:
    """Draw the QR code in whole device pixels, or only measure it; returns the y below it."""
    rows = _qr_rows(text)
    scale = painter.deviceTransform().m11() if painter is not None else 1.0
    step = max(1, int(min(pen.text * _QR_MODULE, pen.width / len(rows)) * scale + 1e-6)) / scale
    if painter is not None:
        device = painter.deviceTransform()
        back, _ = device.inverted()
        corner = device.map(QPointF((pen.width - step * len(rows)) / 2, y))
        corner = back.map(QPointF(round(corner.x()), round(corner.y())))
        for down, row in enumerate(rows):
            for across, dark in enumerate(row):
                if dark:
                    spot = QRectF(corner.x() + across * step, corner.y() + down * step, step, step)
                    painter.fillRect(spot, painter.pen().color())
    return y + step * len(rows)


def draw_slip(painter: QPainter | None, pen: Pen, receipt: Receipt, y: float) -> float:
    """Draw a receipt from y downwards, or only measure it; returns the y below it."""
    if receipt.mark:
        y = draw_line(painter, pen, SlipLine(receipt.mark, bold=True, centre=True), y)
    for line in receipt.lines:
        y = draw_line(painter, pen, line, y)
    if receipt.barcode:
        y = _bars(painter, pen, receipt.barcode, y + pen.text * 0.6)
        y = draw_line(painter, pen, SlipLine(receipt.barcode_words or receipt.barcode, centre=True), y + pen.gap)
    return _square(painter, pen, receipt.qr, y) if receipt.qr else y


class SlipView(QWidget):
    """The slip as it will be on paper: torn edge below, soft shadow. A very long slip is drawn smaller."""

    def __init__(self, look: Look, receipt: Receipt) -> None:
        super().__init__()
        self.look, self.receipt = look, receipt
        words = [f"{line.left} {line.right}".strip() for line in receipt.lines]
        self.setAccessibleName(plain(". ".join(w for w in words if w)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def _pen(self, width: float, text_px: float) -> Pen:
        room = width - 2 * self.look.px(16)
        ratio = self.devicePixelRatioF()
        count = len(modules(self.receipt.barcode)) + 2 * QUIET_MODULES if self.receipt.barcode else 1
        module = max(1, int(width * ratio / count)) / ratio
        return Pen(room, text_px, self.look.px(50), min(module, 3.0))

    def wish(self, width: int) -> int:
        """The height of the whole slip at a width, in px."""
        pen = self._pen(width, tokens.TYPE["slip"][0] * self.look.unit)
        return int(draw_slip(None, pen, self.receipt, self.look.px(16))) + self.look.px(26)

    def _fitting(self) -> Pen:
        text = tokens.TYPE["slip"][0] * self.look.unit
        while True:
            pen = self._pen(self.width(), text)
            fits = draw_slip(None, pen, self.receipt, self.look.px(16)) + self.look.px(22) <= self.height()
            if fits or text < 7:
                return pen
            text -= 1

    def _paper(self) -> QPainterPath:
        wide, tall, tooth = self.width() - 4, self.height() - 4, self.look.px(8)
        path = QPainterPath(QPointF(2, 2))
        path.lineTo(wide, 2)
        path.lineTo(wide, tall - tooth)
        count = max(2, int((wide - 2) / _TEETH_PX))
        step = (wide - 2) / count
        for i in range(count):
            x = wide - i * step
            path.lineTo(x - step / 2, tall)
            path.lineTo(x - step, tall - tooth)
        path.closeSubpath()
        return path

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paper, shade = self._paper(), self.look.colour("shade").toRgb()
        shade.setAlpha(shade.alpha() // 2)
        for down in (3, 2, 1):
            painter.fillPath(paper.translated(0, down), shade)
        painter.fillPath(paper, self.look.colour("paper"))
        painter.setClipPath(paper)
        painter.setPen(self.look.colour("on_paper"))
        painter.translate(self.look.px(16), 0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        draw_slip(painter, self._fitting(), self.receipt, self.look.px(16))


def write_pdf(receipt: Receipt, path: Path, width_mm: int = 80) -> None:
    """Write the slip as a PDF page of the paper's width and of exactly the length that it needs.

    Units:   mm of paper; text and bars are vectors.
    Errors:  OSError when the file cannot be written.    Thread: main, after QApplication.
    """
    load_fonts()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb"):
        pass  # the writer would only warn about a place that cannot be written
    dot = _PDF_DPI / 25.4
    room = (width_mm - 2 * _EDGE_MM) * dot
    pen = Pen(room, _TEXT_MM * dot, _BAR_MM * dot, 0.0, features=False)  # with them a PDF's text cannot be searched
    if receipt.barcode:
        count = len(modules(receipt.barcode)) + 2 * QUIET_MODULES
        dots = max(2, min(3, int(room / dot * 8 / count)))  # whole dots of a thermal printer, eight in a millimetre
        pen = replace(pen, module=dots * dot / 8)
    length = draw_slip(None, pen, receipt, 0) / dot + 2 * _EDGE_MM
    writer = QPdfWriter(str(path))
    writer.setResolution(_PDF_DPI)
    writer.setPageSize(
        QPageSize(QSizeF(width_mm, length), QPageSize.Unit.Millimeter, "slip", QPageSize.SizeMatchPolicy.ExactMatch)
    )
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    writer.setTitle("Slip")
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"the PDF {path} cannot be written")
    painter.setPen(QColor("#000000"))
    painter.translate(_EDGE_MM * dot, _EDGE_MM * dot)
    draw_slip(painter, pen, receipt, 0)
    if not painter.end():
        raise OSError(f"the PDF {path} cannot be written")
