"""A slip as the bytes of an ESC/POS printer. Pure: the same slip on the same paper gives the same bytes.

Lines whose letters stand in one of the printer's code pages go out as text; all others (Thai, Vietnamese, Chinese)
are drawn by whoever knows fonts, and go out as a picture. Commands: Epson's ESC/POS reference; which code pages and
bar codes a model knows comes from the profiles of python-escpos.
"""

from __future__ import annotations

import logging
import os
import shutil
import textwrap
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from pos_app.devices.symbols import CODE128_QUIET, code128, qr_code
from pos_app.domain.receipt import Picture, Receipt, SlipLine

FONT_A_DOTS: Final = 12
DOTS: Final = {58: 384, 80: 576}
"""Dots in a line of 203 dpi printers, by the width of the paper in mm."""

AUTO_PAGES: Final = ("CP437", "CP850", "CP858", "CP1252")
"""Pages that every printer may be trusted with under their Epson numbers; anything rarer is named in the settings."""

_BAR_DOTS: Final = 80
_GAP_DOTS: Final = 12
_QR_DOTS: Final = 6
_MOST_ROWS: Final = 256  # printers of small memory take no taller picture in one command
_PART_BYTES: Final = 1024
_REAL_TIME: Final = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
_PLAIN: Final = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "…": "...", "•": "*", "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ",
     "\u202f": " ", "\u2009": " "}
)  # fmt: skip
"""Typographic signs that no code page has, as a typewriter writes them."""


Draw = Callable[[SlipLine, int], Picture]
"""Draws one line of a slip as wide as the paper, in dots."""


class Paper(Struct, frozen=True):
    """What the printer prints on, and what it knows.

    Units:   `width_mm` 58 or 80; `dots` in a line, 0 for what is usual for the width.
    Shape:   `codepage` "auto", "raster" (every line is drawn), or the name of a page of the profile, e.g. CP874.
    Errors:  ValueError for a profile or a code page that does not exist.
    """

    width_mm: int = 80
    dots: int = 0
    codepage: str = "auto"
    profile: str = "default"
    cut: bool = True

    def __post_init__(self) -> None:
        pages = _pages(self.profile)
        if self.codepage not in ("auto", "raster") and self.codepage not in pages:
            known = ", ".join(sorted(pages))
            raise ValueError(f"the printer profile {self.profile} has no code page {self.codepage}; it has {known}")

    @property
    def line_dots(self) -> int:
        return self.dots or DOTS[self.width_mm]

    @property
    def columns(self) -> int:
        return self.line_dots // FONT_A_DOTS

    def page_for(self, text: str) -> str:
        """The code page that has every letter of a text, "" when the text must be drawn."""
        if self.codepage == "raster":
            return ""
        named = () if self.codepage == "auto" else (self.codepage,)
        encoder = _encoder(self.profile)
        for page in (*named, *(one for one in AUTO_PAGES if one in encoder.codepages and not named)):
            if all(encoder.can_encode(page, sign) for sign in text):
                return str(page)
        return ""


def render(receipt: Receipt, paper: Paper, draw: Draw, *, drawer: int = 0) -> tuple[bytes, ...]:
    """The bytes that print a slip; its last command is the cut. `drawer`: the pin that opens it first, 2 or 5, or 0.

    Shape:   parts between which the printer may be asked how it is; none of them ends inside a command.
    """
    made = _Job(paper, draw)
    if drawer:
        made.printer.cashdraw(drawer)
    if receipt.mark:
        made.line(SlipLine(receipt.mark, bold=True, centre=True), tall=True)
    for line in receipt.lines:
        made.line(line)
    if receipt.barcode:
        made.bars(receipt.barcode)
        made.line(SlipLine(receipt.barcode_words or receipt.barcode, centre=True))
    if receipt.qr:
        made.qr(receipt.qr)
    return made.finished()


@lru_cache(maxsize=1)
def _library() -> Any:
    """python-escpos, loaded when the first slip is made: it parses a large table, and leaves a folder behind."""
    from escpos import capabilities, magicencode, printer

    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    logging.getLogger("escpos").setLevel(logging.WARNING)
    return capabilities, magicencode, printer


def profiles() -> tuple[str, ...]:
    """The printer profiles that can be named in the settings."""
    return tuple(sorted(_library()[0].CAPABILITIES["profiles"]))


@lru_cache(maxsize=8)
def _encoder(profile: str) -> Any:
    return _library()[1].Encoder(_pages(profile))


@lru_cache(maxsize=8)
def _pages(profile: str) -> dict[str, int]:
    """The code pages of a profile and their numbers.

    Errors:  ValueError when there is no such profile.
    """
    capabilities = _library()[0]
    if profile not in capabilities.CAPABILITIES["profiles"]:
        raise ValueError(f"there is no printer profile {profile}; there are {', '.join(profiles())}")
    found = capabilities.get_profile(profile).get_code_pages()
    return {name: int(number) for name, number in found.items() if name != "Unknown"}


class _Job:
    """One slip on its way into bytes."""

    def __init__(self, paper: Paper, draw: Draw) -> None:
        self.paper, self.draw = paper, draw
        self.printer = _library()[2].Dummy(profile=paper.profile)
        self.printer.hw("INIT")
        self._parts: list[bytes] = []
        self._page = ""
        self._style = (False, False, False)

    def finished(self) -> tuple[bytes, ...]:
        self._set(bold=False, centre=False, tall=False)
        if self.paper.cut:
            self.printer.cut(mode="PART")
        else:
            self.printer.print_and_feed(4)
        self._part()
        return tuple(self._parts)

    def _part(self) -> None:
        """A command has ended here."""
        made = bytes(self.printer.output)
        self.printer.clear()
        if self._parts and len(self._parts[-1]) + len(made) <= _PART_BYTES:
            self._parts[-1] += made
        else:
            self._parts.append(made)

    def line(self, line: SlipLine, *, tall: bool = False) -> None:
        """One line of the slip, as text where a code page has all of it, else as a picture."""
        words = SlipLine(_typed(line.left), _typed(line.right), line.bold, line.centre)
        if not line.left and not line.right:
            self._raw(b"\n")
            return
        page = self.paper.page_for(words.left + words.right)
        if not page:
            self._set(bold=False, centre=False, tall=False)
            self._picture(self.draw(line, self.paper.line_dots))
            return
        self._set(bold=line.bold, centre=line.centre, tall=tall)
        if page != self._page:
            self._page = page
            self._raw(b"\x1bt" + bytes([_pages(self.paper.profile)[page]]))
        for text in in_columns(words, self.paper.columns):
            self._raw(_encoder(self.paper.profile).encode(text, page) + b"\n")
        self._part()

    def bars(self, digits: str) -> None:
        """The Code 128, by the printer itself where its profile can, else as a picture; left out if it does not fit."""
        bits = code128(digits)
        room = self.paper.line_dots // (len(bits) + 2 * CODE128_QUIET)
        if room < 1:
            return
        self._feed()
        self._set(bold=False, centre=True, tall=False)
        width = min(3, room)
        if width >= 2 and len(digits) % 2 == 0 and self.printer.profile.supports("barcodeB"):
            pairs = "".join(chr(int(digits[i : i + 2])) for i in range(0, len(digits), 2))
            options = {"height": _BAR_DOTS, "width": width, "pos": "OFF", "align_ct": False, "function_type": "B"}
            self.printer._hw_barcode("{C" + pairs, "CODE128", **options)
            self._part()
        else:
            self._picture(_scaled([bits], width, self.paper.line_dots, tall=_BAR_DOTS))

    def qr(self, text: str) -> None:
        rows = qr_code(text)
        size = max(1, min(_QR_DOTS, self.paper.line_dots // len(rows)))
        self._set(bold=False, centre=False, tall=False)
        self._picture(_scaled(rows, size, self.paper.line_dots, tall=size))

    def _feed(self) -> None:
        self._raw(b"\x1bJ" + bytes([_GAP_DOTS]))

    def _raw(self, data: bytes) -> None:
        self.printer._raw(data)

    def _set(self, *, bold: bool, centre: bool, tall: bool) -> None:
        was_bold, was_centre, was_tall = self._style
        if tall != was_tall:
            self._raw(b"\x1d!" + (b"\x01" if tall else b"\x00"))
        if bold != was_bold or centre != was_centre:
            align = None if centre == was_centre else "center" if centre else "left"
            self.printer.set(bold=None if bold == was_bold else bold, align=align)
        self._style = (bold, centre, tall)

    def _picture(self, picture: Picture) -> None:
        wide = (picture.width + 7) // 8
        for top in range(0, len(picture.rows), _MOST_ROWS):
            rows = picture.rows[top : top + _MOST_ROWS]
            head = b"\x1dv0\x00" + wide.to_bytes(2, "little") + len(rows).to_bytes(2, "little")
            dots = b"".join(rows)
            for start in _REAL_TIME:  # a printer obeys these wherever they stand; one dot more is not seen
                dots = dots.replace(start, b"\x18" + start[1:])
            self._raw(head + dots)
            self._part()


def _typed(text: str) -> str:
    """A text as a typewriter writes it. Nothing from outside may command the printer: control characters are blanks."""
    return "".join(sign if sign.isprintable() else " " for sign in text.translate(_PLAIN))


def _scaled(rows: Sequence[str], size: int, width: int, *, tall: int) -> Picture:
    """Bits as a picture in the middle of the paper, `size` dots wide and `tall` dots high each."""
    drawn: list[bytes] = []
    for row in rows:
        dots = "".join(bit * size for bit in row)
        left = (width - len(dots)) // 2
        line = ("0" * left + dots).ljust((width + 7) // 8 * 8, "0")
        drawn += [int(line, 2).to_bytes(len(line) // 8, "big")] * tall
    return Picture(width, tuple(drawn))


def in_columns(line: SlipLine, columns: int) -> list[str]:
    """A line in letters of one width: words wrapped, the figure at the right end of the first, or below when long."""
    wide = min(len(line.right), columns)
    beside = bool(line.right) and wide <= columns * 3 // 5
    room = columns - wide - 1 if beside else columns
    lines = textwrap.wrap(line.left, max(1, room), drop_whitespace=True) if line.left.strip() else [""]
    if line.left.startswith(" ") and lines != [""]:
        lines[0] = (line.left[: len(line.left) - len(line.left.lstrip())] + lines[0].lstrip())[:room]
    if beside:
        lines[0] = lines[0].ljust(columns - wide) + line.right
    elif line.right:
        lines += [part.rjust(columns) for part in textwrap.wrap(line.right, columns)]
    return lines if beside or line.left.strip() else lines[1:] or [""]
