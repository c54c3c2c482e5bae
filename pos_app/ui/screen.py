"""What is on the screen, as frozen values: texts, tones, enabled flags, and the event that each tap means.
`present` makes it from the till's state, the views draw it. No Qt, no rule of the shop; texts are plain and bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from pos_app.domain.receipt import Receipt

if TYPE_CHECKING:
    from pos_app.ui import desk, gate, glass, guide, lesson, report

Glyph = Literal["ok", "bad", "unknown", "wait", "held", "notyet", "looking", "super", "offline", "train", "estimate"]
Tone = Literal["ok", "bad", "wait", "unknown", "train", "plain"]


@dataclass(frozen=True)
class Action:
    """A button: `event` is posted to the till when it is tapped. Not enabled: `why` says why."""

    words: str
    event: object
    icon: str = ""
    kind: Literal["second", "solid", "quiet", "danger"] = "second"
    enabled: bool = True
    why: str = ""
    name: str = ""


@dataclass(frozen=True)
class Pill:
    """A status pill of the header; `short` is shown on narrow screens, `words` stay its accessible name."""

    glyph: Glyph
    words: str
    short: str = ""
    event: object = None


@dataclass(frozen=True)
class Header:
    title: str
    place: str
    place_short: str
    pills: tuple[Pill, ...]
    clock: str
    menu: Action | None = None
    person: Action | None = None
    help: Action | None = None


@dataclass(frozen=True)
class Banner:
    """Cause, meaning, one action. At most one on a screen."""

    glyph: Glyph
    title: str
    text: str
    action: Action | None = None


@dataclass(frozen=True)
class Frame:
    """A loud frame round the whole screen: training, staging, sandbox."""

    words: str
    tone: Literal["train", "plain"] = "train"


@dataclass(frozen=True)
class Member:
    """The member card. `ends`: a line per date on which points end; `note`: to act on; `lines`: more of the points."""

    tier: str
    metal: Literal["Member", "Silver", "Gold", "Platinum"]
    name: str
    tail: str
    points: str
    unit: str
    as_of: str = ""
    ends: tuple[str, ...] = ()
    note: str = ""
    busy: str = ""
    remove: Action | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoMember:
    """The customer column before a customer is known."""

    title: str
    text: str
    actions: tuple[Action, ...] = ()
    last_title: str = ""
    last_amount: str = ""
    last_glyph: Glyph = "ok"
    last_words: str = ""
    last_text: str = ""
    last_action: Action | None = None


@dataclass(frozen=True)
class VoucherLine:
    """One voucher that the customer has. The whole row is the button; without an event it only explains."""

    title: str
    detail: str
    icon: str = "ticket-percent"
    in_sale: bool = False
    event: object = None
    name: str = ""


@dataclass(frozen=True)
class VoucherList:
    title: str
    count: str
    rows: tuple[VoucherLine, ...]
    empty: str = ""


@dataclass(frozen=True)
class Ring:
    """A countdown that Perx gave. Units: seconds."""

    left_s: int
    total_s: int


@dataclass(frozen=True)
class SaleRow:
    """One voucher of this sale, with its state. A calm row stays white; others are filled with their tone."""

    key: str
    glyph: Glyph
    tone: Tone
    title: str
    words: str
    detail: str = ""
    amount: str = ""
    calm: bool = True
    ring: Ring | None = None
    remove: Action | None = None


@dataclass(frozen=True)
class AmountLine:
    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True)
class TypedCard:
    """The card above the keypad: what is being typed, and what follows from it. The caret shows where keys go."""

    label: str
    unit: str
    typed: str
    caret: bool = True
    lines: tuple[AmountLine, ...] = ()
    estimate: str = ""
    hint: str = ""
    clear: Action | None = None


@dataclass(frozen=True)
class Keypad:
    """The 3 x 4 keypad. `event(key)` makes the event of a key: "0" to "9", the two bottom keys, "delete"."""

    event: Callable[[str], object]
    enabled: bool = True
    left_key: str = "00"


@dataclass(frozen=True)
class Main:
    """The one main action. `busy`: "action" = sent, answer awaited; "unknown" = being looked up; both ignore taps."""

    words: str
    detail: str = ""
    amount: str = ""
    enabled: bool = True
    busy: Literal["", "action", "unknown"] = ""
    share: float = 0.0
    icon: str = ""
    event: object = None


@dataclass(frozen=True)
class Till:
    """The till zone, in one place on every screen; without a keypad `below` are buttons under `below_title`."""

    card: TypedCard
    main: Main
    keypad: Keypad | None = None
    below_title: str = ""
    below_text: str = ""
    below: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Say:
    """What to say to the customer."""

    title: str
    text: str


@dataclass(frozen=True)
class Step:
    state: Literal["ok", "unknown", "wait", "bad", "later"]
    text: str
    when: str = ""


@dataclass(frozen=True)
class WorksLine:
    works: bool
    text: str


@dataclass(frozen=True)
class MeterLine:
    label: str
    value: str
    share: float


@dataclass(frozen=True)
class Works:
    """While offline: what works now, what waits for Perx, and how much waits. `meters_short` stands on a narrow tab."""

    works_title: str
    waits_title: str
    lines: tuple[WorksLine, ...]
    meters_title: str = ""
    count: str = ""
    meters: tuple[MeterLine, ...] = ()
    note: str = ""
    meters_short: str = ""


@dataclass(frozen=True)
class Ready:
    """The invitation to scan, when nothing has been scanned yet. `kinds` = (icon, words)."""

    title: str
    text: str
    kinds: tuple[tuple[str, str], ...]
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class SaleBody:
    """The sale: customer left, vouchers, this sale in the centre, till zone right."""

    customer: Member | NoMember
    vouchers: VoucherList | None
    ready: Ready | None
    title: str
    count: str
    rows: tuple[SaleRow, ...]
    hint: str
    actions: tuple[Action, ...]
    works: Works | None
    till: Till


@dataclass(frozen=True)
class CheckingBody:
    """No answer yet: what is known, what is being done, what to say."""

    customer: Member | None
    title: str
    text: str
    rows: tuple[SaleRow, ...]
    steps_title: str
    steps: tuple[Step, ...]
    say: Say
    till: Till


@dataclass(frozen=True)
class Points:
    """The points card. `final`: Perx decided; else an estimate. `lines` are further figures."""

    title: str
    chip: str
    chip_glyph: Glyph
    label: str
    figure: str
    final: bool
    text: str = ""
    lines: tuple[AmountLine, ...] = ()


@dataclass(frozen=True)
class DoneBody:
    """What came of a sale: the result in words, the paper, the points."""

    glyph: Glyph
    tone: Tone
    title: str
    text: str
    rows: tuple[SaleRow, ...]
    points: Points | None
    slip: Receipt
    printed: str
    printed_glyph: Glyph
    actions: tuple[Action, ...]
    print_again: Action
    till: Till


@dataclass(frozen=True)
class TypeBody:
    """Typing: letters or words in the centre, digits on the keypad. `free`: a keyboard may type any character."""

    title: str
    text: str
    letters: tuple[str, ...]
    event: Callable[[str], object]
    actions: tuple[Action, ...]
    till: Till
    icon: str = "keyboard"
    free: bool = False


@dataclass(frozen=True)
class NoticeBody:
    """Something to read and decide. `code`: for support; `raw`: what was scanned or answered, under `raw_title`."""

    customer: Member | None
    glyph: Glyph
    tone: Tone
    title: str
    text: tuple[str, ...]
    code: str
    actions: tuple[Action, ...]
    till: Till
    raw: str = ""
    raw_title: str = ""


@dataclass(frozen=True)
class ListRow:
    """One line of a list; `icon` is drawn instead of the glyph when the row is a choice and not a state."""

    glyph: Glyph
    title: str
    detail: str
    state: str
    tone: Tone = "plain"
    event: object = None
    icon: str = ""


@dataclass(frozen=True)
class ListBody:
    """A plain list: the menu, recent sales, what waits. `title` is empty where the header says it already."""

    title: str
    text: str
    rows: tuple[ListRow, ...]
    empty: str
    actions: tuple[Action, ...]
    till: Till


_OtherBody: TypeAlias = (
    "desk.DeskBody | desk.ApprovalBody | gate.SignOnBody | report.ReportBody | guide.GuideBody | glass.GlassBody"
)
Body: TypeAlias = "SaleBody | CheckingBody | DoneBody | TypeBody | NoticeBody | ListBody | _OtherBody"


@dataclass(frozen=True)
class Toast:
    """A small, harmless message; `serial` tells one from the next."""

    words: str
    serial: int
    icon: str = "badge-check"


@dataclass(frozen=True)
class Screen:
    """All that is on the screen."""

    header: Header
    body: Body
    frame: Frame | None = None
    banner: Banner | None = None
    toast: Toast | None = None
    language: str = "en"
    lesson_card: lesson.LessonCard | None = None
