"""The till's whole state: a frozen record of parts. Nothing else in the program remembers anything.
`step` (in step.py) makes the next state; the screen is a function of this one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, field

from pos_app.domain.codes import Ref
from pos_app.domain.customers import Balance, Customer
from pos_app.domain.entries import Backlog, Entry
from pos_app.domain.money import Money
from pos_app.domain.offline import Distrust
from pos_app.domain.offline import Terms as Terms
from pos_app.domain.sale import SaleRecord
from pos_app.domain.vouchers import No, Voucher
from pos_app.till.approve import Ask
from pos_app.till.claiming import Claim, Shelf
from pos_app.till.customers import Join, Recent
from pos_app.till.desk import Desk
from pos_app.till.gear import PrinterLink as PrinterLink
from pos_app.till.gear import Printing as Printing
from pos_app.till.gear import ScannerLink as ScannerLink
from pos_app.till.history import History
from pos_app.till.links import Heard as Heard
from pos_app.till.links import Link as Link
from pos_app.till.parking import Parked
from pos_app.till.paying import Pay
from pos_app.till.pinning import Typing
from pos_app.till.report import DayView as DayView
from pos_app.till.servicing import Service
from pos_app.till.shifting import Shifting
from pos_app.till.shop import Shop as Shop
from pos_app.till.staff import Staff
from pos_app.till.training import Training


class OpenHold(Struct, frozen=True):
    """A hold that this till asked for and nobody has settled; `is_lost`: its answer is being looked for."""

    ref: Ref
    identifier: str
    voucher_id: int
    is_lost: bool = False


class Moment(Struct, frozen=True):
    """What a step may know of the world: the time (aware UTC) and a fresh reference when it needs one.

    `given_back`: the vouchers that this till gave back lately: what Perx says of them may be older than that.
    `holding`: those that it has asked Perx to hold: what Perx calls held may be that.
    Units: `drift` is Perx's clock minus the till's, as far as it is known.
    """

    now: datetime
    mint: Callable[[], Ref]
    drift: timedelta = timedelta(0)
    given_back: tuple[int, ...] = ()
    holding: tuple[OpenHold, ...] = ()

    @property
    def perx_now(self) -> datetime:
        """The time by Perx's clock: a voucher ends by that one, however wrong the till's is."""
        return self.now + self.drift


class LineState(StrEnum):
    """Where a voucher of this sale stands."""

    LOOKING = "looking"
    WAITING = "waiting"
    HOLDING = "holding"
    HELD = "held"
    ON_TRUST = "on_trust"
    REFUSED = "refused"
    NOT_NOW = "not_now"
    NO_ANSWER = "no_answer"
    NEEDS_PIN = "needs_pin"
    PIN_SENT = "pin_sent"
    USED = "used"


class Line(Struct, frozen=True):
    """One voucher of this sale. `key` names the row; `text` is what was scanned, bounded, for showing.

    `distrust`: why it could not be used on trust, when Perx cannot be asked. `ends_soon`: of its hold, once said.
    `pin_ref`: our reference of its use by PIN, which is at once and before the sale is completed.
    """

    key: str
    state: LineState
    text: str = ""
    voucher_id: int | None = None
    voucher: Voucher | None = None
    no: No | None = None
    problem: str = ""
    said: str = ""
    hold_ref: Ref | None = None
    held_at: datetime | None = None
    distrust: Distrust | None = None
    ends_soon: bool = False
    pin_ref: Ref | None = None

    @property
    def is_busy(self) -> bool:
        return self.state in (LineState.LOOKING, LineState.HOLDING, LineState.PIN_SENT)

    @property
    def is_spent(self) -> bool:
        """It was used by its PIN, whatever becomes of the sale."""
        return self.state is LineState.USED and self.pin_ref is not None

    @property
    def is_live(self) -> bool:
        """It is in the sale, or on its way in."""
        is_in = self.state in (LineState.ON_TRUST, LineState.NEEDS_PIN) or self.is_spent
        return self.is_busy or self.may_be_held or is_in

    @property
    def may_be_held(self) -> bool:
        """Perx holds it for this sale, or may."""
        return self.state in (LineState.HELD, LineState.HOLDING, LineState.NO_ANSWER)


class Known(Struct, frozen=True):
    """The customer of this sale.

    `as_of`: when Perx last said so; `checked` False = Perx was never asked; `scanned`: the identifier as it was
    scanned, before it was tokenised, to tell the same customer's codes from another's. `look` is the look-up that
    brought the customer here, and numbers what is asked of their vouchers; `found` is the latest that found them
    again, and whose details are theirs.
    """

    customer: Customer
    balance: Balance | None = None
    vouchers: tuple[Voucher, ...] = ()
    as_of: datetime | None = None
    checked: bool = True
    detailed: bool = False
    problem: str = ""
    scanned: str = ""
    look: int = 0
    found: int = 0

    @property
    def identifier(self) -> str:
        return self.customer.identifier


class Looking(Struct, frozen=True):
    """A customer look-up under way: what was scanned, and the bare code it may turn out not to be."""

    look: int
    identifier: str
    text: str
    bare: bool = False
    raw: bool = True
    scanned: str = ""


class Offer(Struct, frozen=True):
    """Perx does not know this identifier: make a member of it? Or (`unasked`) Perx could not be asked.

    `identifier` is what would leave the till (tokenised where the profile says so), `scanned` what it was made of,
    `text` the whole code as shown.
    """

    identifier: str
    text: str
    scanned: str = ""
    unasked: bool = False
    bare: bool = False
    enrolling: Ref | None = None


class Trouble(Struct, frozen=True):
    """Something to read: a support code, Perx's words, and the text that was scanned."""

    problem: str
    said: str = ""
    raw: str = ""


class Phase(StrEnum):
    """Where the sale stands. OPEN takes scans and keys; the others follow its outbox entry."""

    OPEN = "open"
    COMMITTING = "committing"
    CHECKING = "checking"
    DONE = "done"


class Sale(Struct, frozen=True):
    """The sale on the counter. Units: `bill_minor` in minor units of the shop's currency.

    `look` numbers customer look-ups, so that a late answer to an older one changes nothing. `id` names the
    sale towards its holds; `record` is there once it was completed. `tried` are the codes that are no member's.
    `told`: the counter was told how it ended, and the customer may have gone with the slip: it stays over for good.
    `pay`: points that pay for it; `claim`: a reward that is being claimed for its customer.
    """

    id: Ref | None = None
    look: int = 0
    looking: Looking | None = None
    offer: Offer | None = None
    trouble: Trouble | None = None
    known: Known | None = None
    lines: tuple[Line, ...] = ()
    bill_minor: int = 0
    phase: Phase = Phase.OPEN
    record: SaleRecord | None = None
    entry: Entry | None = None
    completed_at: datetime | None = None
    checking_at: datetime | None = None
    row: int = 0
    tried: tuple[str, ...] = ()
    told: bool = False
    pay: Pay | None = None
    claim: Claim | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.known or self.lines or self.looking or self.offer or self.bill_minor)

    def bill(self, currency: str) -> Money:
        return Money(self.bill_minor, currency)


class PanelKind(StrEnum):
    """The side screens."""

    MENU = "menu"
    TYPING = "typing"
    SALES = "sales"
    WAITING = "waiting"
    WHAT_TO_DO = "what_to_do"
    SERVICE = "service"
    SOUNDS = "sounds"
    DAY = "day"
    SHIFT = "shift"
    LANGUAGE = "language"
    FOUND = "found"
    PERSON = "person"
    PARKED = "parked"
    POINTS = "points"
    REWARDS = "rewards"
    PIN = "pin"
    LESSON = "lesson"
    CODES = "codes"
    CUSTOMERS = "customers"
    PHONE = "phone"
    JOIN = "join"
    MEMBER_LANGUAGE = "member_language"
    GIVING = "giving"


class Panel(Struct, frozen=True):
    """The side screen that lies over the sale; the sale under it stays as it is. `ask`: an approval lies over it."""

    kind: PanelKind
    typed: str = ""
    records: tuple[SaleRecord, ...] | None = None
    record: SaleRecord | None = None
    desk: Desk | None = None
    history: History | None = None
    ask: Ask | None = None
    shelf: Shelf | None = None
    pin: Typing | None = None
    join: Join | None = None


class HintKind(StrEnum):
    """Small harmless messages; the words stand in `present`."""

    ALREADY_IN = "already_in"
    TAKEN_OUT = "taken_out"
    OTHER_CUSTOMER = "other_customer"
    STILL_CHECKING = "still_checking"
    STILL_BUSY = "still_busy"
    SALE_MISSING = "sale_missing"
    NOTHING_TO_DO = "nothing_to_do"
    STAFF = "staff"
    PRINTED = "printed"
    SAVED_LAST = "saved_last"
    RESTORED = "restored"
    DECIDED = "decided"
    SIGNED_ON = "signed_on"
    SHOW_FIRST = "show_first"
    PARKED = "parked"
    PARKED_FULL = "parked_full"
    SHIFT_FIRST = "shift_first"
    REVERSED = "reversed"
    PIN_SPENT = "pin_spent"
    ASKED_BACK = "asked_back"
    TRAIN_LATER = "train_later"
    MEMBER_ALREADY = "member_already"
    JOINS_LATER = "joins_later"
    TELLING_PERX = "telling_perx"
    MEMBER_CHANGED = "member_changed"
    NOT_CHANGED = "not_changed"
    POINTS_NOT_GIVEN = "points_not_given"


class Hint(Struct, frozen=True):
    kind: HintKind
    detail: str = ""
    serial: int = 0
    at: datetime | None = None


class Salvaged(Struct, frozen=True):
    """What came of a damaged data file, until a person has read it. Units: rows."""

    came_back: int
    may_be_missing: int
    is_uncertain: bool = False


class State(Struct, frozen=True):
    """The whole till. `language`: what whoever works here reads; `languages`: what each has chosen.
    `forms` numbers those of new members, so that a late answer to an older one changes nothing.

    `guide`: the page of the cashier's guide that lies over the screen, "" when it is closed.
    Not `is_begun`: it is still read what the last run left, and no hand reaches the sale.
    """

    now: datetime
    shop: Shop = field(default_factory=Shop)
    language: str = "en"
    languages: tuple[tuple[str, str], ...] = ()
    sale: Sale = field(default_factory=Sale)
    link: Link = field(default_factory=Link)
    scanner: ScannerLink = field(default_factory=ScannerLink)
    printer: PrinterLink = field(default_factory=PrinterLink)
    backlog: Backlog = field(default_factory=Backlog)
    panel: Panel | None = None
    hint: Hint | None = None
    printing: Printing = field(default_factory=Printing)
    last: SaleRecord | None = None
    day: DayView = field(default_factory=DayView)
    shift: Shifting = field(default_factory=Shifting)
    wrong: str = ""
    salvaged: Salvaged | None = None
    left: bool = False
    staff: Staff = field(default_factory=Staff)
    parked: tuple[Parked, ...] = ()
    guide: str = ""
    recent: tuple[Recent, ...] = ()
    forms: int = 0
    given_back: tuple[int, ...] = ()
    holding: tuple[OpenHold, ...] = ()
    is_begun: bool = True
    service: Service = field(default_factory=Service)
    training: Training = field(default_factory=Training)

    @property
    def terms(self) -> Terms:
        """The conditions that hold now."""
        return Terms(self.shop.currency, self.link.online, self.shop.trust, self.backlog.unconfirmed)

    @property
    def perx_now(self) -> datetime:
        """The time by Perx's clock, as far as its answers tell."""
        return self.now + self.link.drift
