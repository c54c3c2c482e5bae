"""Settings of what stands on the counter: scanner, printer, screen, sound."""

from __future__ import annotations

from dataclasses import dataclass

from pos_app.settings.checks import between, dots_of_a_line, each, like, one_of, optional
from pos_app.settings.keys import FILLED, item


@dataclass(frozen=True, kw_only=True)
class ScannerSection:
    """The barcode scanner."""

    port: str = item("auto", "auto, off, a name such as COM7 or /dev/ttyACM0, or a pySerial URL.", FILLED)
    baud: int = item(9600, "Speed in baud.", between(300, 4_000_000))
    prefix: str = item("", "Characters that the scanner puts in front.", like(r"[\x00-\x7f]{0,8}", "expected ASCII."))
    suffix: str = item("", "Characters after the code, besides CR, LF.", like(r"[\x00-\x7f]{0,8}", "expected ASCII."))
    idle_gap_ms: int = item(60, "Silence that ends a code without a suffix.", between(10, 1000))
    same_code_ms: int = item(1500, "The same code within this time is one scan.", between(0, 10_000))
    usb: tuple[str, ...] = item(
        (),
        "USB ids of scanners: a vendor such as 05e0, or vendor:product; empty: the usual vendors.",
        each(like(r"[0-9a-fA-F]{4}(:[0-9a-fA-F]{4})?", "expected ids such as 05e0 or 05e0:1900.")),
    )

    @property
    def usb_ids(self) -> tuple[tuple[int, int | None], ...]:
        """Return the USB ids as numbers: vendor, and product or None for all of that vendor's."""
        pairs = (text.partition(":") for text in self.usb)
        return tuple((int(vendor, 16), int(product, 16) if product else None) for vendor, _, product in pairs)


@dataclass(frozen=True, kw_only=True)
class ReceiptSection:
    """The slip, and the printer that it comes out of."""

    printer: str = item(
        "none",
        "none: on screen only; pdf: also a file; spooler: a printer of the system; escpos: a slip printer.",
        one_of("none", "pdf", "spooler", "escpos"),
    )
    port: str = item(
        "",
        "escpos: COM7, /dev/usb/lp0, tcp://host:9100 or a printer's name; spooler: its name, empty: the usual one.",
        like(r"[^\x00-\x1f]{0,200}", "expected the name of a port or of a printer."),
    )
    baud: int = item(9600, "Speed of a printer on a serial port, in baud.", between(300, 4_000_000))
    width_mm: int = item(
        80, "Width of the paper: 58 or 80.", lambda mm: None if mm in (58, 80) else "expected 58 or 80."
    )
    dots: int = item(0, "Dots in a line of an ESC/POS printer; 0: 384 on 58 mm, 576 on 80 mm.", dots_of_a_line)
    profile: str = item("default", "Model of an ESC/POS printer, as python-escpos names it, e.g. TM-T20II.", FILLED)
    codepage: str = item(
        "auto",
        "auto: usual letters are printed, others drawn; raster: all is drawn; or a page such as CP874.",
        like(r"[A-Za-z0-9_-]{1,20}", "expected auto, raster, or a code page such as CP858."),
    )
    cut: bool = item(True, "Cut the paper after a slip.")
    drawer: str = item(
        "none", "Open a cash drawer before a first slip: none, pin2, pin5.", one_of("none", "pin2", "pin5")
    )
    qr: str = item(
        "",
        "Text of a QR code for the customer, {ref} filled in, e.g. https://slips.example/{ref}; empty: none.",
        optional(like(r"[\x21-\x7e]{0,200}\{ref\}[\x21-\x7e]{0,100}", "expected printable ASCII with {ref} in it.")),
    )
    pdf_dir: str = item("", "Folder of the PDF slips; empty: slips in the data folder.")
    language_property: str = item("", "Personal property in Perx with the customer's language, for slips; empty: none.")
    header: tuple[str, ...] = item((), "Lines above the slip.")
    footer: tuple[str, ...] = item((), "Lines below the slip.")


@dataclass(frozen=True, kw_only=True)
class ScreenSection:
    """The screen."""

    theme: str = item("light", "light, dark or contrast.", one_of("light", "dark", "contrast"))
    left_hand: bool = item(False, "Keypad on the left.")
    diagonal_in: float = item(15.0, "Visible diagonal of the screen in inches.", between(5, 60))
    full_screen: bool = item(True, "Cover the whole screen.")
    kiosk: bool = item(False, "Cover the whole screen, and let only a supervisor close the till.")
    customer_display: str = item(
        "auto",
        "auto: a second screen shows the customer total, points and result, when the till covers the first; off.",
        one_of("auto", "off"),
    )


@dataclass(frozen=True, kw_only=True)
class SoundSection:
    """The till's own sounds."""

    on: bool = item(True, "Whether the till makes sounds.")
    volume_percent: int = item(80, "How loud; below 10 nobody would hear it.", between(10, 100))
    of_holds: bool = item(False, "Also a sound when a voucher is held, not only when it is used.")
