"""Sheets to print once and keep: the command codes for the counter, and a badge to cut out and laminate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPageSize, QPainter, QPdfWriter, QPen

from pos_app.ui.slip import modules
from pos_app.ui.theme import Look, load_fonts

_DPI = 600
_MM = _DPI / 25.4
_MARGIN_MM = 15.0
_COMMAND_MM, _BAR_MM, _MODULE_MM = 52.0, 22.0, 0.42
_CARD_MM, _CARD_BAR_MM = (85.6, 54.0), 16.0  # ISO/IEC 7810 ID-1, what card holders take
_CARD_MODULE_MM = 0.25
_LOOK = Look()


class CommandCard(Struct, frozen=True):
    """One command: its word, what it does, and the text that a scanner sends."""

    title: str
    detail: str
    text: str


def write_commands(title: str, cards: Sequence[CommandCard], path: Path) -> None:
    """Write the command codes as an A4 sheet.

    Errors:  OSError when the file cannot be written.    Thread: main, after QGuiApplication.
    """
    with _Sheet(path, title) as sheet:
        sheet.words(title, _MARGIN_MM, _MARGIN_MM, 9.0, bold=True)
        for number, card in enumerate(cards):
            top = 36.0 + number * (_COMMAND_MM + 6)
            sheet.frame(_MARGIN_MM, top, 180.0, _COMMAND_MM)
            sheet.words(card.title, _MARGIN_MM + 6, top + 4, 8.0, bold=True)
            sheet.words(card.detail, _MARGIN_MM + 6, top + 14, 5.0)
            sheet.bars(card.text, _MARGIN_MM + 6, top + 22, (_MODULE_MM, _BAR_MM))
            sheet.words(card.text, _MARGIN_MM + 6, top + 45, 3.6)


def write_badge(card: CommandCard, path: Path) -> None:
    """Write a staff badge in the size of a bank card, with lines to cut along. Its code is not written in letters.

    Errors:  OSError when the file cannot be written.    Thread: main, after QGuiApplication.
    """
    with _Sheet(path, "Staff badge") as sheet:
        x = y = _MARGIN_MM
        sheet.frame(x, y, *_CARD_MM)
        sheet.words(card.title, x + 6, y + 6, 7.0, bold=True)
        sheet.words(card.detail, x + 6, y + 17, 4.2)
        sheet.bars(card.text, x + _CARD_MM[0] / 2, y + 29, (_CARD_MODULE_MM, _CARD_BAR_MM), middle=True)


class _Sheet:
    """An A4 page of a PDF. Units: mm from its upper left corner."""

    def __init__(self, path: Path, title: str) -> None:
        load_fonts()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb"):
            pass  # the writer would only warn about a place that cannot be written
        self._path = path
        self._writer = QPdfWriter(str(path))
        self._writer.setResolution(_DPI)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setTitle(title)
        layout = self._writer.pageLayout()
        layout.setMode(layout.Mode.FullPageMode)
        self._writer.setPageLayout(layout)
        self._painter = QPainter()

    def __enter__(self) -> _Sheet:
        if not self._painter.begin(self._writer):
            raise OSError(f"the sheet {self._path} cannot be written")
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if not self._painter.end() and error is None:
            raise OSError(f"the sheet {self._path} cannot be written")

    def words(self, text: str, x: float, y: float, size: float, *, bold: bool = False) -> None:
        font = _LOOK.font("strong" if bold else "body", max(1, round(size * _MM * 0.75)))
        for tag in font.featureTags():
            font.unsetFeature(tag)  # with them a PDF's text cannot be searched
        self._painter.setFont(font)
        self._painter.setPen(QColor("#000000"))
        box = QRectF(x * _MM, y * _MM, 180 * _MM, size * _MM * 1.3)
        self._painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip), text)

    def frame(self, x: float, y: float, wide: float, tall: float) -> None:
        self._painter.setPen(QPen(QColor("#8A8A8A"), 0.2 * _MM))
        self._painter.drawRoundedRect(QRectF(x * _MM, y * _MM, wide * _MM, tall * _MM), 3 * _MM, 3 * _MM)

    def bars(self, text: str, x: float, y: float, size: tuple[float, float], *, middle: bool = False) -> None:
        """A Code 128 in whole dots of the page. `size`: a module's width, and the height; x: first bar, or middle."""
        (module, tall), bits = size, modules(text)
        step = round(module * _MM)
        left = x * _MM - step * len(bits) / 2 if middle else x * _MM
        for number, bit in enumerate(bits):
            if bit == "1":
                bar = QRectF(round(left) + number * step, round(y * _MM), step, round(tall * _MM))
                self._painter.fillRect(bar, QColor("#000000"))
