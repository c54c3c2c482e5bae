"""The tree of settings: every key once, as a field with its type, default, sentence and check.

The loader, `pos-app config keys` and `pos-app config example` are made from these fields.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from pos_app.language import LANGUAGES
from pos_app.settings.checks import (
    Check,
    address,
    between,
    country_code,
    dots_of_a_line,
    each,
    like,
    locale_name,
    one_of,
    optional,
)

APP = "pos-app"
DATABASE = "till.sqlite3"

_SLUG = like(
    r"(?!(?:con|nul|prn|aux|com\d|lpt\d)$)[a-z0-9][a-z0-9-]{0,39}",
    "expected small letters, digits and hyphens.",
)
_FILLED = like(r"(?s)\S.{0,199}", "expected a text of 1 to 200 characters.")


def _key(default: Any, sentence: str, check: Check | None = None, example: Any = None) -> Any:
    """Declare one key; MISSING as default makes it required, and then the example shows one."""
    meta = {"sentence": sentence, "check": check, "example": example}
    if isinstance(default, dict):
        return field(default_factory=lambda: MappingProxyType(dict(default)), metadata=meta)
    return field(metadata=meta) if default is MISSING else field(default=default, metadata=meta)


def data_root() -> Path:
    """Return the folder that holds each profile's data: the user's, or the machine's for the installed program.

    That is in ProgramData: whoever is logged on finds the same queue, and the setup gives everybody the right to it.
    """
    if sys.platform == "win32" and getattr(sys, "frozen", False):
        return Path(platformdirs.site_data_dir(APP, appauthor=False)) / "data"
    return Path(platformdirs.user_data_dir(APP, appauthor=False))


# --- the sections ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ProfileSection:
    """Which tenant and which of its environments this till works for."""

    name: str = _key(
        MISSING, "Short name of the profile; its data folder is called so.", _SLUG, example="lumen-staging"
    )
    environment: str = _key("staging", "sandbox, staging or production.", one_of("sandbox", "staging", "production"))
    banner: str = _key("", "Text of the banner on every screen; empty: the environment's name.")


@dataclass(frozen=True, kw_only=True)
class PerxSection:
    """How the till reaches Perx."""

    base_url: str = _key(MISSING, "Address of the Perx API.", address, example="https://api.perxtech.io")
    token_url: str = _key("", "Address of a token broker; empty: tokens come from base_url.", optional(address))
    client_id: str = _key(
        MISSING, "Client id of the application (with a broker: of this device).", _FILLED, example="the-client-id"
    )
    credential: str = _key("perx-client", "Name in the vault of the client secret.", _SLUG)
    client_certificate: str = _key("", "PEM file with this till's certificate for the token broker; empty: none.")
    client_key: str = _key("", "PEM file with its key; empty: the key stands in the same file.")
    key_credential: str = _key("", "Name in the vault of the key's passphrase; empty: it has none.", optional(_SLUG))
    loyalty_program_id: int = _key(MISSING, "Id of the loyalty program in Perx.", between(1, 2**63 - 1), example=1)
    language: str = _key(
        "",
        "Language that Perx is always asked in; empty: the cashier's.",
        optional(like(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", "expected a code such as en.")),
    )
    timeout_s: float = _key(5.0, "Longest time that a call to Perx may take.", between(0.5, 60))
    accept_hosts: tuple[str, ...] = _key((), "Hosts that the till may talk to; empty: those of the addresses above.")

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Return the hosts that the till may talk to, in small letters."""
        return frozenset(host.lower() for host in self.accept_hosts) or self.own_hosts

    @property
    def own_hosts(self) -> frozenset[str]:
        """Return the hosts of the addresses, in small letters."""
        return frozenset(urlsplit(url).hostname or "" for url in (self.base_url, self.token_url) if url)


@dataclass(frozen=True, kw_only=True)
class ShopSection:
    """Where the till stands."""

    name: str = _key(MISSING, "Name of the shop, as printed on slips.", _FILLED, example="Lumen & Oak, Orchard Road")
    till: str = _key(MISSING, "Name of this till, unique in the shop.", _FILLED, example="Till 1")
    merchant_identifier: str = _key("", "Identifier of the merchant in Perx, sent with every sale.")
    language: str = _key("en", "Language of slips, and of the screen until another is chosen.", one_of(*LANGUAGES))
    country: str = _key(
        "",
        "ISO 3166 code of phone numbers without a plus, such as SG; empty: only numbers with a plus are known.",
        optional(country_code),
    )
    location_id: int = _key(0, "Id of the outlet in Perx; 0: none is sent.", between(0, 2**63 - 1))


@dataclass(frozen=True, kw_only=True)
class IdentifiersSection:
    """What becomes of a customer's identifier before it leaves the till."""

    scheme: str = _key(
        "raw", "raw: as scanned; hmac-sha256: keyed with the tenant's key.", one_of("raw", "hmac-sha256")
    )
    key: str = _key("identifier-key", "Name in the vault of the tenant's key.", _SLUG)
    spelling: str = _key(
        "as-is",
        "How it is written before that: as-is, lower, upper, digits.",
        one_of("as-is", "lower", "upper", "digits"),
    )
    phone: str = _key(
        "off",
        "Customers by phone: off; digits, e164: the number so written is the identifier; search: Perx is told it.",
        one_of("off", "digits", "e164", "search"),
    )


@dataclass(frozen=True, kw_only=True)
class MembersSection:
    """New members at the counter, points by hand, and who was here lately."""

    consent: Mapping[str, str] = _key(
        {}, 'What somebody agrees to who becomes a member, by language: { en = "...", th = "..." }.'
    )
    recent: int = _key(8, "Most customers that are offered again as recent at this till; 0: none.", between(0, 20))
    points_by_hand: int = _key(
        1000, "Most points that may be given by hand at once, with a supervisor's approval; 0: none.", between(0, 10**6)
    )


@dataclass(frozen=True, kw_only=True)
class MoneySection:
    """The currency and the way numbers are written."""

    currency: str = _key(
        MISSING, "ISO 4217 code.", like(r"[A-Z]{3}", "expected three capitals such as SGD."), example="SGD"
    )
    locale: str = _key(
        "",
        "Locale that all numbers are written in, such as en_SG; empty: that of the language.",
        optional(locale_name),
    )
    point_value: str = _key(
        "",
        "What one point pays, such as 0.01; empty: as Perx tells it.",
        optional(like(r"\d{1,6}(\.\d{1,8})?", "expected an amount such as 0.01.")),
    )


@dataclass(frozen=True, kw_only=True)
class SaleSection:
    """How a sale is told to Perx."""

    record_with: str = _key(
        "auto", "auto: an invoice when loyalty items are used.", one_of("auto", "invoice", "transaction")
    )
    transaction_type: str = _key("purchase", "Type of the transaction that the tenant's rules expect.", _FILLED)
    properties: Mapping[str, str] = _key({}, "Properties sent with every sale; {till} and {shop} are filled in.")


@dataclass(frozen=True, kw_only=True)
class VouchersSection:
    """Which custom fields of a reward say what a voucher is worth."""

    discount_field: str = _key("discount_value", "Field with the amount off.", _FILLED)
    percent_field: str = _key("discount_percent", "Field with the percentage off.", _FILLED)
    minimum_field: str = _key("minimum_spending", "Field with the least spending.", _FILLED)


@dataclass(frozen=True, kw_only=True)
class ScannerSection:
    """The barcode scanner."""

    port: str = _key("auto", "auto, off, a name such as COM7 or /dev/ttyACM0, or a pySerial URL.", _FILLED)
    baud: int = _key(9600, "Speed in baud.", between(300, 4_000_000))
    prefix: str = _key("", "Characters that the scanner puts in front.", like(r"[\x00-\x7f]{0,8}", "expected ASCII."))
    suffix: str = _key("", "Characters after the code, besides CR, LF.", like(r"[\x00-\x7f]{0,8}", "expected ASCII."))
    idle_gap_ms: int = _key(60, "Silence that ends a code without a suffix.", between(10, 1000))
    same_code_ms: int = _key(1500, "The same code within this time is one scan.", between(0, 10_000))
    usb: tuple[str, ...] = _key(
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
class OutboxSection:
    """The queue of what Perx has not been told yet."""

    settle_after_s: float = _key(60.0, "Wait after an unclear answer before reading back.", between(1, 3600))
    retry_base_s: float = _key(2.0, "First wait before trying again.", between(0.1, 60))
    retry_cap_s: float = _key(60.0, "Longest wait before trying again.", between(1, 3600))


@dataclass(frozen=True, kw_only=True)
class OfflineSection:
    """How much may wait while Perx is out of reach, and whether vouchers may be used on trust meanwhile."""

    max_age_h: float = _key(24.0, "Oldest sale that may wait before a supervisor is told.", between(1, 720))
    max_count: int = _key(50, "Most sales that may wait before a supervisor is told.", between(1, 100_000))
    max_value: int = _key(
        2000, "Their total, in whole units of the currency, before a supervisor is told.", between(1, 1_000_000_000)
    )
    redemption: str = _key(
        "refuse",
        "refuse: vouchers wait for Perx; provisional: used on trust, within the caps below.",
        one_of("refuse", "provisional"),
    )
    redemption_signed_by: str = _key(
        "", "Who at the tenant accepts that a voucher may be used twice, and when; provisional needs it."
    )
    redemption_max_count: int = _key(10, "Most vouchers that may wait to be confirmed.", between(1, 1000))
    redemption_max_value: int = _key(
        200, "Their total value, in whole units of the currency.", between(1, 1_000_000_000)
    )
    redemption_seen_within_h: float = _key(
        12.0, "A voucher counts only if Perx said within this time that it is free.", between(0.25, 168)
    )


@dataclass(frozen=True, kw_only=True)
class ShiftSection:
    """The shifts of the till."""

    required: bool = _key(False, "Whether a shift has to be opened before the first sale.")
    close_approval: bool = _key(False, "A supervisor has to agree before anybody else closes a shift.")


@dataclass(frozen=True, kw_only=True)
class ReversalSection:
    """Whether a finished sale may be reversed at this till."""

    allowed: bool = _key(True, "Sales of this till may be reversed.")
    within_h: float = _key(24.0, "Oldest sale that may be reversed, in hours.", between(0.25, 2160))
    approval: bool = _key(True, "A supervisor has to agree; else whoever is at the till may.")
    vouchers: bool = _key(True, "Perx is asked to take used vouchers back; not every tenant's Perx does.")


@dataclass(frozen=True, kw_only=True)
class PeopleSection:
    """Who may stand at the till. People are made known with pos-app people."""

    sign_on: str = _key(
        "auto",
        "auto: required once a cashier is known; off: nobody has to; required: always.",
        one_of("auto", "off", "required"),
    )
    hide_after_s: float = _key(60.0, "Names and codes are hidden when nobody touched the till for so long.",
                               between(5, 3600))  # fmt: skip
    lock_after_s: float = _key(300.0, "After so long it takes a PIN or a badge to go on.", between(10, 3600))
    two_persons: bool = _key(True, "Whoever is signed on cannot approve what they ask for themselves.")
    approve_typed_customer: bool = _key(False, "A member's number that is typed and not scanned needs an approval.")
    service: str = _key("supervisor", "Who may see raw scans and the text for support.", one_of("supervisor", "anyone"))


@dataclass(frozen=True, kw_only=True)
class ReceiptSection:
    """The slip, and the printer that it comes out of."""

    printer: str = _key(
        "none",
        "none: on screen only; pdf: also a file; spooler: a printer of the system; escpos: a slip printer.",
        one_of("none", "pdf", "spooler", "escpos"),
    )
    port: str = _key(
        "",
        "escpos: COM7, /dev/usb/lp0, tcp://host:9100 or a printer's name; spooler: its name, empty: the usual one.",
        like(r"[^\x00-\x1f]{0,200}", "expected the name of a port or of a printer."),
    )
    baud: int = _key(9600, "Speed of a printer on a serial port, in baud.", between(300, 4_000_000))
    width_mm: int = _key(
        80, "Width of the paper: 58 or 80.", lambda mm: None if mm in (58, 80) else "expected 58 or 80."
    )
    dots: int = _key(0, "Dots in a line of an ESC/POS printer; 0: 384 on 58 mm, 576 on 80 mm.", dots_of_a_line)
    profile: str = _key("default", "Model of an ESC/POS printer, as python-escpos names it, e.g. TM-T20II.", _FILLED)
    codepage: str = _key(
        "auto",
        "auto: usual letters are printed, others drawn; raster: all is drawn; or a page such as CP874.",
        like(r"[A-Za-z0-9_-]{1,20}", "expected auto, raster, or a code page such as CP858."),
    )
    cut: bool = _key(True, "Cut the paper after a slip.")
    drawer: str = _key(
        "none", "Open a cash drawer before a first slip: none, pin2, pin5.", one_of("none", "pin2", "pin5")
    )
    qr: str = _key(
        "",
        "Text of a QR code for the customer, {ref} filled in, e.g. https://slips.example/{ref}; empty: none.",
        optional(like(r"[\x21-\x7e]{0,200}\{ref\}[\x21-\x7e]{0,100}", "expected printable ASCII with {ref} in it.")),
    )
    pdf_dir: str = _key("", "Folder of the PDF slips; empty: slips in the data folder.")
    language_property: str = _key("", "Personal property in Perx with the customer's language, for slips; empty: none.")
    header: tuple[str, ...] = _key((), "Lines above the slip.")
    footer: tuple[str, ...] = _key((), "Lines below the slip.")


@dataclass(frozen=True, kw_only=True)
class ScreenSection:
    """The screen."""

    theme: str = _key("light", "light, dark or contrast.", one_of("light", "dark", "contrast"))
    left_hand: bool = _key(False, "Keypad on the left.")
    diagonal_in: float = _key(15.0, "Visible diagonal of the screen in inches.", between(5, 60))
    full_screen: bool = _key(True, "Cover the whole screen.")
    kiosk: bool = _key(False, "Cover the whole screen, and let only a supervisor close the till.")
    customer_display: str = _key(
        "auto",
        "auto: a second screen shows the customer total, points and result, when the till covers the first; off.",
        one_of("auto", "off"),
    )


@dataclass(frozen=True, kw_only=True)
class SoundSection:
    """The till's own sounds."""

    on: bool = _key(True, "Whether the till makes sounds.")
    volume_percent: int = _key(80, "How loud; below 10 nobody would hear it.", between(10, 100))
    of_holds: bool = _key(False, "Also a sound when a voucher is held, not only when it is used.")


@dataclass(frozen=True, kw_only=True)
class DataSection:
    """Where the till keeps its database."""

    dir: str = _key("", "Folder of the data; empty: the usual place, one folder per profile.")


@dataclass(frozen=True, kw_only=True)
class LogSection:
    """The log."""

    level: str = _key("INFO", "Least level that is written.", one_of("DEBUG", "INFO", "WARNING", "ERROR"))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set, by section."""

    profile: ProfileSection
    perx: PerxSection
    shop: ShopSection
    money: MoneySection
    identifiers: IdentifiersSection = field(default_factory=IdentifiersSection)
    members: MembersSection = field(default_factory=MembersSection)
    sale: SaleSection = field(default_factory=SaleSection)
    vouchers: VouchersSection = field(default_factory=VouchersSection)
    scanner: ScannerSection = field(default_factory=ScannerSection)
    outbox: OutboxSection = field(default_factory=OutboxSection)
    offline: OfflineSection = field(default_factory=OfflineSection)
    shift: ShiftSection = field(default_factory=ShiftSection)
    reversal: ReversalSection = field(default_factory=ReversalSection)
    people: PeopleSection = field(default_factory=PeopleSection)
    receipt: ReceiptSection = field(default_factory=ReceiptSection)
    screen: ScreenSection = field(default_factory=ScreenSection)
    sound: SoundSection = field(default_factory=SoundSection)
    data: DataSection = field(default_factory=DataSection)
    log: LogSection = field(default_factory=LogSection)

    @property
    def data_dir(self) -> Path:
        """Return the folder of this profile's data; it need not exist yet."""
        if self.data.dir:
            return Path(self.data.dir).expanduser()
        return data_root() / self.profile.name

    @property
    def database(self) -> Path:
        """Return the file of the queue and its companions."""
        return self.data_dir / DATABASE
