"""The tree of settings: every key once, as a field with its type, default, sentence and check.

The loader, `pos-app config keys` and `pos-app config example` are made from these fields.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from msgspec import Struct, field

from pos_app.language import LANGUAGES
from pos_app.settings.checks import (
    address,
    between,
    country_code,
    like,
    locale_name,
    one_of,
    optional,
)
from pos_app.settings.counter import ReceiptSection, ScannerSection, ScreenSection, SoundSection
from pos_app.settings.keys import FILLED, item
from pos_app.settings.wire import WireSection

APP = "pos-app"
DATABASE = "till.sqlite3"

_SLUG = like(
    r"(?!(?:con|nul|prn|aux|com\d|lpt\d)$)[a-z0-9][a-z0-9-]{0,39}",
    "expected small letters, digits and hyphens.",
)


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

    name: str = item(
        MISSING, "Short name of the profile; its data folder is called so.", _SLUG, example="lumen-staging"
    )
    environment: str = item("staging", "sandbox, staging or production.", one_of("sandbox", "staging", "production"))
    banner: str = item("", "Text of the banner on every screen; empty: the environment's name.")


@dataclass(frozen=True, kw_only=True)
class PerxSection:
    """How the till reaches Perx."""

    base_url: str = item(MISSING, "Address of the Perx API.", address, example="https://api.perxtech.io")
    token_url: str = item("", "Address of a token broker; empty: tokens come from base_url.", optional(address))
    client_id: str = item(
        MISSING, "Client id of the application (with a broker: of this device).", FILLED, example="the-client-id"
    )
    credential: str = item("perx-client", "Name in the vault of the client secret.", _SLUG)
    client_certificate: str = item("", "PEM file with this till's certificate for the token broker; empty: none.")
    client_key: str = item("", "PEM file with its key; empty: the key stands in the same file.")
    key_credential: str = item("", "Name in the vault of the key's passphrase; empty: it has none.", optional(_SLUG))
    loyalty_program_id: int = item(MISSING, "Id of the loyalty program in Perx.", between(1, 2**63 - 1), example=1)
    language: str = item(
        "",
        "Language that Perx is always asked in; empty: the cashier's.",
        optional(like(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", "expected a code such as en.")),
    )
    timeout_s: float = item(5.0, "Longest time that a call to Perx may take.", between(0.5, 60))
    accept_hosts: tuple[str, ...] = item((), "Hosts that the till may talk to; empty: those of the addresses above.")

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

    name: str = item(MISSING, "Name of the shop, as printed on slips.", FILLED, example="Lumen & Oak, Orchard Road")
    till: str = item(MISSING, "Name of this till, unique in the shop.", FILLED, example="Till 1")
    merchant_identifier: str = item("", "Identifier of the merchant in Perx, sent with every sale.")
    language: str = item("en", "Language of slips, and of the screen until another is chosen.", one_of(*LANGUAGES))
    country: str = item(
        "",
        "ISO 3166 code of phone numbers without a plus, such as SG; empty: only numbers with a plus are known.",
        optional(country_code),
    )
    location_id: int = item(0, "Id of the outlet in Perx; 0: none is sent.", between(0, 2**63 - 1))


@dataclass(frozen=True, kw_only=True)
class IdentifiersSection:
    """What becomes of a customer's identifier before it leaves the till."""

    scheme: str = item(
        "raw", "raw: as scanned; hmac-sha256: keyed with the tenant's key.", one_of("raw", "hmac-sha256")
    )
    key: str = item("identifier-key", "Name in the vault of the tenant's key.", _SLUG)
    spelling: str = item(
        "as-is",
        "How it is written before that: as-is, lower, upper, digits.",
        one_of("as-is", "lower", "upper", "digits"),
    )
    phone: str = item(
        "off",
        "Customers by phone: off; digits, e164: the number so written is the identifier; search: Perx is told it.",
        one_of("off", "digits", "e164", "search"),
    )


@dataclass(frozen=True, kw_only=True)
class MembersSection:
    """New members at the counter, points by hand, and who was here lately."""

    consent: Mapping[str, str] = item(
        {}, 'What somebody agrees to who becomes a member, by language: { en = "...", th = "..." }.'
    )
    recent: int = item(8, "Most customers that are offered again as recent at this till; 0: none.", between(0, 20))
    points_by_hand: int = item(
        1000, "Most points that may be given by hand at once, with a supervisor's approval; 0: none.", between(0, 10**6)
    )


@dataclass(frozen=True, kw_only=True)
class MoneySection:
    """The currency and the way numbers are written."""

    currency: str = item(
        MISSING, "ISO 4217 code.", like(r"[A-Z]{3}", "expected three capitals such as SGD."), example="SGD"
    )
    locale: str = item(
        "",
        "Locale that all numbers are written in, such as en_SG; empty: that of the language.",
        optional(locale_name),
    )
    point_value: str = item(
        "",
        "What one point pays, such as 0.01; empty: as Perx tells it.",
        optional(like(r"\d{1,6}(\.\d{1,8})?", "expected an amount such as 0.01.")),
    )


@dataclass(frozen=True, kw_only=True)
class SaleSection:
    """How a sale is told to Perx."""

    record_with: str = item(
        "auto", "auto: an invoice when loyalty items are used.", one_of("auto", "invoice", "transaction")
    )
    transaction_type: str = item("purchase", "Type of the transaction that the tenant's rules expect.", FILLED)
    properties: Mapping[str, str] = item({}, "Properties sent with every sale; {till} and {shop} are filled in.")


@dataclass(frozen=True, kw_only=True)
class VouchersSection:
    """Which custom fields of a reward say what a voucher is worth."""

    discount_field: str = item("discount_value", "Field with the amount off.", FILLED)
    percent_field: str = item("discount_percent", "Field with the percentage off.", FILLED)
    minimum_field: str = item("minimum_spending", "Field with the least spending.", FILLED)


@dataclass(frozen=True, kw_only=True)
class OutboxSection:
    """The queue of what Perx has not been told yet."""

    settle_after_s: float = item(60.0, "Wait after an unclear answer before reading back.", between(1, 3600))
    retry_base_s: float = item(2.0, "First wait before trying again.", between(0.1, 60))
    retry_cap_s: float = item(60.0, "Longest wait before trying again.", between(1, 3600))


@dataclass(frozen=True, kw_only=True)
class OfflineSection:
    """How much may wait while Perx is out of reach, and whether vouchers may be used on trust meanwhile."""

    max_age_h: float = item(24.0, "Oldest sale that may wait before a supervisor is told.", between(1, 720))
    max_count: int = item(50, "Most sales that may wait before a supervisor is told.", between(1, 100_000))
    max_value: int = item(
        2000, "Their total, in whole units of the currency, before a supervisor is told.", between(1, 1_000_000_000)
    )
    redemption: str = item(
        "refuse",
        "refuse: vouchers wait for Perx; provisional: used on trust, within the caps below.",
        one_of("refuse", "provisional"),
    )
    redemption_signed_by: str = item(
        "", "Who at the tenant accepts that a voucher may be used twice, and when; provisional needs it."
    )
    redemption_max_count: int = item(10, "Most vouchers that may wait to be confirmed.", between(1, 1000))
    redemption_max_value: int = item(
        200, "Their total value, in whole units of the currency.", between(1, 1_000_000_000)
    )
    redemption_seen_within_h: float = item(
        12.0, "A voucher counts only if Perx said within this time that it is free.", between(0.25, 168)
    )


@dataclass(frozen=True, kw_only=True)
class ShiftSection:
    """The shifts of the till."""

    required: bool = item(False, "Whether a shift has to be opened before the first sale.")
    close_approval: bool = item(False, "A supervisor has to agree before anybody else closes a shift.")


@dataclass(frozen=True, kw_only=True)
class ReversalSection:
    """Whether a finished sale may be reversed at this till."""

    allowed: bool = item(True, "Sales of this till may be reversed.")
    within_h: float = item(24.0, "Oldest sale that may be reversed, in hours.", between(0.25, 2160))
    approval: bool = item(True, "A supervisor has to agree; else whoever is at the till may.")
    vouchers: bool = item(True, "Perx is asked to take used vouchers back; not every tenant's Perx does.")


@dataclass(frozen=True, kw_only=True)
class PeopleSection:
    """Who may stand at the till. People are made known with pos-app people."""

    sign_on: str = item(
        "auto",
        "auto: required once a cashier is known; off: nobody has to; required: always.",
        one_of("auto", "off", "required"),
    )
    hide_after_s: float = item(60.0, "Names and codes are hidden when nobody touched the till for so long.",
                               between(5, 3600))  # fmt: skip
    lock_after_s: float = item(300.0, "After so long it takes a PIN or a badge to go on.", between(10, 3600))
    two_persons: bool = item(True, "Whoever is signed on cannot approve what they ask for themselves.")
    approve_typed_customer: bool = item(False, "A member's number that is typed and not scanned needs an approval.")
    service: str = item("supervisor", "Who may see raw scans and the text for support.", one_of("supervisor", "anyone"))


@dataclass(frozen=True, kw_only=True)
class DataSection:
    """Where the till keeps its database."""

    dir: str = item("", "Folder of the data; empty: the usual place, one folder per profile.")


@dataclass(frozen=True, kw_only=True)
class LogSection:
    """The log."""

    level: str = item("INFO", "Least level that is written.", one_of("DEBUG", "INFO", "WARNING", "ERROR"))


class Settings(Struct, frozen=True, kw_only=True):
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
    wire: WireSection = field(default_factory=WireSection)
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
