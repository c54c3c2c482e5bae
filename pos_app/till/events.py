"""Everything that can happen to the till, in the past tense. A closed union: `Event`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pos_app.domain.chimes import Chime
from pos_app.domain.codes import Ref
from pos_app.domain.customers import Balance, Customer
from pos_app.domain.day import Figures
from pos_app.domain.entries import Backlog, Entry, Hold
from pos_app.domain.sale import SaleRecord
from pos_app.domain.vouchers import Voucher
from pos_app.till import desk, extras, history, leaving, parking, shifting, staff
from pos_app.till.paper import PrinterSeen as PrinterSeen
from pos_app.till.paper import SlipPrinted as SlipPrinted
from pos_app.till.report import Report


@dataclass(frozen=True)
class Scanned:
    """A code came from the scanner (or was typed). `fault` is the scanner's own verdict: "" or a reason."""

    text: str
    symbology: str = ""
    fault: str = ""
    typed: bool = False


@dataclass(frozen=True)
class KeyTapped:
    """A key of the keypad or the letters: one character, "00", "delete" or "clear"."""

    key: str


@dataclass(frozen=True)
class VoucherTapped:
    voucher_id: int


@dataclass(frozen=True)
class LineRemoved:
    key: str


@dataclass(frozen=True)
class CustomerRemoved:
    pass


@dataclass(frozen=True)
class CompleteTapped:
    pass


@dataclass(frozen=True)
class CancelTapped:
    pass


@dataclass(frozen=True)
class NextTapped:
    pass


@dataclass(frozen=True)
class EnrolTapped:
    """Make a member of the identifier that Perx does not know."""


@dataclass(frozen=True)
class UseAnywayTapped:
    """Take the scanned code as the member's, although Perx cannot be asked now."""


@dataclass(frozen=True)
class NoticeClosed:
    pass


@dataclass(frozen=True)
class PrintTapped:
    ref: Ref


@dataclass(frozen=True)
class PanelOpened:
    """One of the side screens was opened: the word of its `PanelKind`."""

    panel: str


@dataclass(frozen=True)
class PanelClosed:
    pass


@dataclass(frozen=True)
class TypedEntered:
    """The typed code is complete."""


@dataclass(frozen=True)
class SaleTapped:
    """A sale in the list was chosen."""

    ref: Ref


@dataclass(frozen=True)
class ChimeTapped:
    """A sound is to be heard on the service screen."""

    chime: Chime


# ---------------------------------------------------------------- answers


@dataclass(frozen=True)
class CustomerFound:
    """Perx knows the customer. `look` is the number of the look-up that this answers."""

    look: int
    customer: Customer


@dataclass(frozen=True)
class CustomerDetailed:
    """The customer's balance and vouchers, fresh from Perx."""

    look: int
    balance: Balance | None
    vouchers: tuple[Voucher, ...]


@dataclass(frozen=True)
class CustomerRemembered:
    """Perx could not be asked; this is what it last said, and when."""

    look: int
    customer: Customer
    balance: Balance | None
    vouchers: tuple[Voucher, ...]
    as_of: datetime
    problem: str


@dataclass(frozen=True)
class CustomerUnknown:
    """Perx does not know `identifier`, as it left the till."""

    look: int
    identifier: str


@dataclass(frozen=True)
class CustomerFailed:
    """The look-up gave no answer, and the till remembers nothing. `partly`: the customer is known, details are not."""

    look: int
    problem: str
    said: str = ""
    partly: bool = False
    identifier: str = ""


@dataclass(frozen=True)
class VoucherSeen:
    """Perx's latest word on one voucher. `text`: the bare code that led to it, when one did."""

    look: int
    voucher: Voucher
    text: str = ""


@dataclass(frozen=True)
class VoucherMissing:
    look: int
    voucher_id: int
    problem: str
    said: str = ""


@dataclass(frozen=True)
class BareUnknown:
    """The bare code is no voucher of the customer, and no member's either (or Perx could not be asked)."""

    look: int
    text: str
    problem: str
    said: str = ""


@dataclass(frozen=True)
class BareIsMember:
    """The bare code is a member's identifier."""

    look: int
    text: str
    identifier: str


@dataclass(frozen=True)
class EntryChanged:
    """An outbox entry was stored or changed its state."""

    entry: Entry


@dataclass(frozen=True)
class StoreFailed:
    """A command could not be written down, so nothing was sent."""

    ref: Ref
    problem: str


@dataclass(frozen=True)
class PointsSeen:
    """Perx's points for one sale: the sum of its rows, or the sentence of the rule that failed."""

    ref: Ref
    points: int | None
    error: str = ""
    balance: Balance | None = None


@dataclass(frozen=True)
class BacklogSeen:
    backlog: Backlog


@dataclass(frozen=True)
class SaleFound:
    record: SaleRecord


@dataclass(frozen=True)
class SaleMissing:
    """No sale of this till has the reference; `text` is what was scanned."""

    text: str


@dataclass(frozen=True)
class CompareTapped:
    """Hold the day against Perx's lists."""


@dataclass(frozen=True)
class DaySeen:
    """The day in figures."""

    figures: Figures


@dataclass(frozen=True)
class DayCompared:
    """A few more customers of the day were compared. `is_over`: no more will be, whether all were or not."""

    report: Report
    is_over: bool


# ---------------------------------------------------------------- the world around


@dataclass(frozen=True)
class Started:
    """Everything runs; time to see whether Perx is there."""


@dataclass(frozen=True)
class Ticked:
    """A second has passed."""


@dataclass(frozen=True)
class ExchangeSeen:
    """One exchange with Perx ended. `ok`: a real answer came, also a refusal. `call`: "token", "customer", or which."""

    ok: bool
    problem: str = ""
    drift_s: float | None = None  # seconds that Perx's clock is ahead of the till's, None when it was not told
    call: str = "token"
    ms: int = 0


@dataclass(frozen=True)
class OfflineChosen:
    """A person takes the till offline, or lets it use Perx again."""

    offline: bool


@dataclass(frozen=True)
class ScannerSeen:
    """The scanner's link changed: connected, missing, held, denied, failed, searching, off."""

    state: str
    port: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Restored:
    """The till started. `draft` is the open sale of the last run; `holds` what Perx may still hold for it.

    `entry` and `record`: what is stored of it, if it was completed; `is_spoilt` when something is that cannot be read.
    `releasing`: vouchers that a stored command gives back, or uses on trust. `selling`: those of an unsettled sale.
    `own`: the entries that the draft names; `loose`: what is bound at Perx, and nothing under way brings to an end.
    """

    draft: dict[str, object] | None = None
    entry: Entry | None = None
    record: SaleRecord | None = None
    holds: tuple[Hold, ...] = ()
    hold_entries: tuple[Entry, ...] = field(default=())
    releasing: frozenset[int] = frozenset()
    selling: frozenset[int] = frozenset()
    is_spoilt: bool = False
    own: tuple[Entry, ...] = ()
    loose: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class SalvageTold:
    """The data file was damaged, and nobody has read yet what came of it. Units: rows, as far as is known."""

    came_back: int
    may_be_missing: int
    is_uncertain: bool = False


@dataclass(frozen=True)
class SalvageSeen:
    """A person has read it."""


@dataclass(frozen=True)
class WentWrong:
    """Something that nobody foresaw was caught and written to the log; the till goes on."""

    where: str


_Panels = PanelOpened | PanelClosed | TypedEntered | SaleTapped | ChimeTapped
_Customers = CustomerFound | CustomerDetailed | CustomerRemembered | CustomerUnknown | CustomerFailed
_Vouchers = VoucherSeen | VoucherMissing | BareUnknown | BareIsMember
_Sales = SaleFound | SaleMissing | CompareTapped | DaySeen | DayCompared | SlipPrinted
Event = (
    Scanned
    | KeyTapped
    | VoucherTapped
    | LineRemoved
    | CustomerRemoved
    | CompleteTapped
    | CancelTapped
    | NextTapped
    | EnrolTapped
    | UseAnywayTapped
    | NoticeClosed
    | PrintTapped
    | _Panels
    | _Customers
    | _Vouchers
    | _Sales
    | EntryChanged
    | StoreFailed
    | PointsSeen
    | BacklogSeen
    | Started
    | Ticked
    | ExchangeSeen
    | OfflineChosen
    | ScannerSeen
    | PrinterSeen
    | Restored
    | SalvageTold
    | SalvageSeen
    | WentWrong
    | leaving.Event
    | desk.Event
    | staff.Event
    | parking.Event
    | extras.Event
    | shifting.Event
    | history.Event
)
