"""The slip on paper by Qt: through the system's spooler, and line by line as pictures for an ESC/POS printer."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QMarginsF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from pos_app.domain.receipt import Picture, Receipt, SlipLine
from pos_app.ui.slip import QUIET_MODULES, Pen, draw_line, draw_slip, modules
from pos_app.ui.theme import load_fonts

_EDGE_MM = {58: 5.0, 80: 4.0}  # what print heads of 48 and 72 mm leave of the paper
_TEXT_MM, _BAR_MM = 3.1, 11.0
_HEAD_DPI = 203
_TEXT_DOTS = 25  # 3.1 mm, as high as the printer's own letters
_MARKS_DOTS = 10  # above and below the line: Thai stacks marks higher than a line of Latin letters
_BLACK_BELOW = 150  # of 255: a little bold, for a thermal head loses thin strokes
_BITS = bytes(b"1"[0] if grey < _BLACK_BELOW else b"0"[0] for grey in range(256))


def picture_of(line: SlipLine, dots: int) -> Picture:
    """Draw one line of a slip as wide as the paper.

    Units:   dots of the printer.    Thread: any, once the fonts are loaded on the main one.
    """
    pen = Pen(dots, _TEXT_DOTS, 0, 0)
    tall = max(1, int(draw_line(None, pen, line, 0) + 0.999))
    image = QImage(dots, tall + 2 * _MARKS_DOTS, QImage.Format.Format_Grayscale8)
    image.fill(255)
    painter = QPainter(image)
    painter.setPen(QColor("#000000"))
    draw_line(painter, pen, line, _MARKS_DOTS)
    painter.end()
    wide = (dots + 7) // 8
    grey, step = bytes(image.constBits()), image.bytesPerLine()
    bits = (grey[y * step : y * step + dots].translate(_BITS).ljust(wide * 8, b"0") for y in range(image.height()))
    rows = [int(row, 2).to_bytes(wide, "big") for row in bits]
    white, top, end = bytes(wide), 0, len(rows)
    while top < _MARKS_DOTS and rows[top] == white:
        top += 1
    while end > len(rows) - _MARKS_DOTS and rows[end - 1] == white:
        end -= 1
    return Picture(dots, (white, *rows[top:end], white))


def has_letters(text: str) -> bool:
    """Whether this computer's fonts have every letter of a text. Thread: main, after QApplication."""
    load_fonts()
    metrics = QFontMetricsF(Pen(384, _TEXT_DOTS, 0, 0).font(bold=False))
    return all(metrics.inFontUcs4(ord(sign)) for sign in text if not sign.isspace())


def system_printers() -> list[str]:
    """The names of the printers of the system. Thread: main, after QApplication."""
    return list(QPrinterInfo.availablePrinterNames())


def system_printer(name: str) -> QPrinter | None:
    """A printer of the system by its name, or the usual one for no name; None when there is none."""
    info = QPrinterInfo.printerInfo(name) if name else QPrinterInfo.defaultPrinter()
    return None if info.isNull() else QPrinter(info, QPrinter.PrinterMode.HighResolution)


def state_of(name: str) -> str:
    """How the system says that a printer is: "ready", "failed", or "missing" when it has none of that name."""
    info = QPrinterInfo.printerInfo(name) if name else QPrinterInfo.defaultPrinter()
    if info.isNull():
        return "missing"
    bad = (QPrinter.PrinterState.Aborted, QPrinter.PrinterState.Error)
    return "failed" if info.state() in bad else "ready"


def print_on(printer: QPrinter, receipt: Receipt, width_mm: int) -> bool:
    """Print a slip as a page of the paper's width and of the length that it needs; False when the system refuses it.

    Thread: any; blocks while the system takes it. The fonts are loaded before, on the main thread.
    """
    printer.setFullPage(True)
    printer.setDocName("Slip")
    edge = _EDGE_MM[width_mm]
    resolution = printer.resolution()
    dot = resolution / 25.4
    pen = Pen((width_mm - 2 * edge) * dot, _TEXT_MM * dot, _BAR_MM * dot, 0.0, features=False)
    if receipt.barcode:
        count = len(modules(receipt.barcode)) + 2 * QUIET_MODULES
        dots = max(1, min(3, int(pen.width / resolution * _HEAD_DPI / count)))
        pen = replace(pen, module=dots * resolution / _HEAD_DPI)
    length = draw_slip(None, pen, receipt, 0) / dot + 2 * edge
    page = QPageSize(QSizeF(width_mm, length), QPageSize.Unit.Millimeter, "slip", QPageSize.SizeMatchPolicy.ExactMatch)
    printer.setPageSize(page)
    printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    painter = QPainter()
    if not painter.begin(printer):
        return False
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.GlobalColor.black)
    painter.translate(edge * dot, edge * dot)
    draw_slip(painter, pen, receipt, 0)
    return bool(painter.end())
