"""What a slip says: one value, drawn on paper, as a PDF and on the screen."""

from __future__ import annotations

from msgspec import Struct


class SlipLine(Struct, frozen=True):
    """One line: words left and a figure right, or words in the centre. Empty = a gap."""

    left: str = ""
    right: str = ""
    bold: bool = False
    centre: bool = False


class Receipt(Struct, frozen=True):
    """A slip. `barcode` is Code 128 (digits only), `barcode_words` stand under it; `mark` is a word such as COPY.

    `qr` is the text of a QR code for the customer's own telephone, empty for none.
    """

    lines: tuple[SlipLine, ...]
    barcode: str = ""
    barcode_words: str = ""
    mark: str = ""
    qr: str = ""


class Picture(Struct, frozen=True):
    """A picture of one bit a dot. Shape: `rows` bytes, each row padded to whole bytes; 1 is black. Units: dots."""

    width: int
    rows: tuple[bytes, ...]
