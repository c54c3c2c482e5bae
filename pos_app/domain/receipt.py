"""What a slip says: one value, drawn on paper, as a PDF and on the screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SlipLine:
    """One line: words left and a figure right, or words in the centre. Empty = a gap."""

    left: str = ""
    right: str = ""
    bold: bool = False
    centre: bool = False


@dataclass(frozen=True)
class Receipt:
    """A slip. `barcode` is Code 128 (digits only), `barcode_words` stand under it; `mark` is a word such as COPY.

    `qr` is the text of a QR code for the customer's own telephone, empty for none.
    """

    lines: tuple[SlipLine, ...]
    barcode: str = ""
    barcode_words: str = ""
    mark: str = ""
    qr: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture of one bit a dot. Shape: `rows` bytes, each row padded to whole bytes; 1 is black. Units: dots."""

    width: int
    rows: tuple[bytes, ...]
