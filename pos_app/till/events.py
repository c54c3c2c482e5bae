"""Everything that can happen to the till, in the past tense. A closed union: `Event`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from pos_app.domain.chimes import Chime
from pos_app.domain.codes import Ref
from pos_app.domain.customers import Balance, Customer
from pos_app.domain.day import Figures
from pos_app.domain.entries import Backlog, Entry, Hold
from pos_app.domain.records import Discreet
from pos_app.domain.sale import SaleRecord
from pos_app.domain.vouchers import Voucher
from pos_app.till import desk, extras, history, leaving, parking, shifting, staff
from pos_app.till.paper import PrinterSeen as PrinterSeen
from pos_app.till.paper import SlipPrinted as SlipPrinted
from pos_app.till.report import Report


class Scanned(Struct, frozen=True):
    """A code came from the scanner (or was typed). `fault` is the scanner's own verdict: "" or a reason."""

    text: str
    symbology: str = ""
    fault: str = ""
    typed: bool = False


class KeyTapped(Discreet, frozen=True):
    """A key of the keypad or the letters: one character, "00", "delete" or "clear"."""

    HIDDEN = ("key",)  # it may be a digit of a PIN
    key: str


class VoucherTapped(Struct, frozen=True):
    voucher_id: int


class LineRemoved(Struct, frozen=True):
    key: str


class CustomerRemoved(Struct, frozen=True):
    pass


class CompleteTapped(Struct, frozen=True):
    pass


class CancelTapped(Struct, frozen=True):
    pass


class NextTapped(Struct, frozen=True):
    pass


class EnrolTapped(Struct, frozen=True):
    """Make a member of the identifier that Perx does not know."""


class UseAnywayTapped(Struct, frozen=True):
    """Take the scanned code as the member's, although Perx cannot be asked now."""


class NoticeClosed(Struct, frozen=True):
    pass


class PrintTapped(Struct, frozen=True):
    ref: Ref


class PanelOpened(Struct, frozen=True):
    """One of the side screens was opened: the word of its `PanelKind`."""

    panel: str


class PanelClosed(Struct, frozen=True):
    pass


class TypedEntered(Struct, frozen=True):
    """The typed code is complete."""


class SaleTapped(Struct, frozen=True):
    """A sale in the list was chosen."""

    ref: Ref


class ChimeTapped(Struct, frozen=True):
    """A sound is to be heard on the service screen."""

    chime: Chime


# ---------------------------------------------------------------- answers


class CustomerFound(Struct, frozen=True):
    """Perx knows the customer. `look` is the number of the look-up that this answers."""

    look: int
    customer: Customer


class CustomerDetailed(Struct, frozen=True):
    """The customer's balance and vouchers, fresh from Perx."""

    look: int
    balance: Balance | None
    vouchers: tuple[Voucher, ...]


class CustomerRemembered(Struct, frozen=True):
    """Perx could not be asked; this is what it last said, and when."""

    look: int
    customer: Customer
    balance: Balance | None
    vouchers: tuple[Voucher, ...]
    as_of: datetime
    problem: str


class CustomerUnknown(Struct, frozen=True):
    """Perx does not know `identifier`, as it left the till."""

    look: int
    identifier: str


class CustomerFailed(Struct, frozen=True):
    """The look-up gave no answer, and the till remembers nothing. `partly`: the customer is known, details are not."""

    look: int
    problem: str
    said: str = ""
    partly: bool = False
    identifier: str = ""


class VoucherSeen(Struct, frozen=True):
    """Perx's latest word on one voucher. `text`: the bare code that led to it, when one did."""

    look: int
    voucher: Voucher
    text: str = ""


class VoucherMissing(Struct, frozen=True):
    look: int
    voucher_id: int
    problem: str
    said: str = ""


class BareUnknown(Struct, frozen=True):
    """The bare code is no voucher of the customer, and no member's either (or Perx could not be asked)."""

    look: int
    text: str
    problem: str
    said: str = ""


class BareIsMember(Struct, frozen=True):
    """The bare code is a member's identifier."""

    look: int
    text: str
    identifier: str


class EntryChanged(Struct, frozen=True):
    """An outbox entry was stored or changed its state."""

    entry: Entry


class StoreFailed(Struct, frozen=True):
    """A command could not be written down, so nothing was sent."""

    ref: Ref
    problem: str


class PointsSeen(Struct, frozen=True):
    """Perx's points for one sale: the sum of its rows, or the sentence of the rule that failed."""

    ref: Ref
    points: int | None
    error: str = ""
    balance: Balance | None = None


class BacklogSeen(Struct, frozen=True):
    backlog: Backlog


class SaleFound(Struct, frozen=True):
    record: SaleRecord


class SaleMissing(Struct, frozen=True):
    """No sale of this till has the reference; `text` is what was scanned."""

    text: str


class CompareTapped(Struct, frozen=True):
    """Hold the day against Perx's lists."""


class DaySeen(Struct, frozen=True):
    """The day in figures."""

    figures: Figures


class DayCompared(Struct, frozen=True):
    """A few more customers of the day were compared. `is_over`: no more will be, whether all were or not."""

    report: Report
    is_over: bool


# ---------------------------------------------------------------- the world around


class Started(Struct, frozen=True):
    """Everything runs; time to see whether Perx is there."""


class Ticked(Struct, frozen=True):
    """A second has passed."""


class ExchangeSeen(Struct, frozen=True):
    """One exchange with Perx ended. `ok`: a real answer came, also a refusal. `call`: "token", "customer", or which."""

    ok: bool
    problem: str = ""
    drift_s: float | None = None  # seconds that Perx's clock is ahead of the till's, None when it was not told
    call: str = "token"
    ms: int = 0


class OfflineChosen(Struct, frozen=True):
    """A person takes the till offline, or lets it use Perx again."""

    offline: bool


class ScannerSeen(Struct, frozen=True):
    """The scanner's link changed: connected, missing, held, denied, failed, searching, off."""

    state: str
    port: str = ""
    detail: str = ""


class Restored(Struct, frozen=True):
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


class SalvageTold(Struct, frozen=True):
    """The data file was damaged, and nobody has read yet what came of it. Units: rows, as far as is known."""

    came_back: int
    may_be_missing: int
    is_uncertain: bool = False


class SalvageSeen(Struct, frozen=True):
    """A person has read it."""


class WentWrong(Struct, frozen=True):
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
