"""What is on the screen, as frozen values: texts, tones, enabled flags, and the event that each tap means.
`present` makes it from the till's state, the views draw it. No Qt, no rule of the shop; texts are plain and bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from pos_app.domain.receipt import Receipt

if TYPE_CHECKING:
    from pos_app.ui import desk, gate, glass, guide, lesson, report

Glyph = Literal["ok", "bad", "unknown", "wait", "held", "notyet", "looking", "super", "offline", "train", "estimate"]
Tone = Literal["ok", "bad", "wait", "unknown", "train", "plain"]


class Action(Struct, frozen=True):
    """A button: `event` is posted to the till when it is tapped. Not enabled: `why` says why."""

    words: str
    event: object
    icon: str = ""
    kind: Literal["second", "solid", "quiet", "danger"] = "second"
    enabled: bool = True
    why: str = ""
    name: str = ""


class Pill(Struct, frozen=True):
    """A status pill of the header; `short` is shown on narrow screens, `words` stay its accessible name."""

    glyph: Glyph
    words: str
    short: str = ""
    event: object = None


class Header(Struct, frozen=True):
    title: str
    place: str
    place_short: str
    pills: tuple[Pill, ...]
    clock: str
    menu: Action | None = None
    person: Action | None = None
    help: Action | None = None


class Banner(Struct, frozen=True):
    """Cause, meaning, one action. At most one on a screen."""

    glyph: Glyph
    title: str
    text: str
    action: Action | None = None


class Frame(Struct, frozen=True):
    """A loud frame round the whole screen: training, staging, sandbox."""

    words: str
    tone: Literal["train", "plain"] = "train"


class Member(Struct, frozen=True):
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


class NoMember(Struct, frozen=True):
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


class VoucherLine(Struct, frozen=True):
    """One voucher that the customer has. The whole row is the button; without an event it only explains."""

    title: str
    detail: str
    icon: str = "ticket-percent"
    in_sale: bool = False
    event: object = None
    name: str = ""


class VoucherList(Struct, frozen=True):
    title: str
    count: str
    rows: tuple[VoucherLine, ...]
    empty: str = ""


class Ring(Struct, frozen=True):
    """A countdown that Perx gave. Units: seconds."""

    left_s: int
    total_s: int


class SaleRow(Struct, frozen=True):
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


class AmountLine(Struct, frozen=True):
    label: str
    amount: str
    strong: bool = False


class TypedCard(Struct, frozen=True):
    """The card above the keypad: what is being typed, and what follows from it. The caret shows where keys go."""

    label: str
    unit: str
    typed: str
    caret: bool = True
    lines: tuple[AmountLine, ...] = ()
    estimate: str = ""
    hint: str = ""
    clear: Action | None = None


class Keypad(Struct, frozen=True):
    """The 3 x 4 keypad. `event(key)` makes the event of a key: "0" to "9", the two bottom keys, "delete"."""

    event: Callable[[str], object]
    enabled: bool = True
    left_key: str = "00"


class Main(Struct, frozen=True):
    """The one main action. `busy`: "action" = sent, answer awaited; "unknown" = being looked up; both ignore taps."""

    words: str
    detail: str = ""
    amount: str = ""
    enabled: bool = True
    busy: Literal["", "action", "unknown"] = ""
    share: float = 0.0
    icon: str = ""
    event: object = None


class Till(Struct, frozen=True):
    """The till zone, in one place on every screen; without a keypad `below` are buttons under `below_title`."""

    card: TypedCard
    main: Main
    keypad: Keypad | None = None
    below_title: str = ""
    below_text: str = ""
    below: tuple[Action, ...] = ()


class Say(Struct, frozen=True):
    """What to say to the customer."""

    title: str
    text: str


class Step(Struct, frozen=True):
    state: Literal["ok", "unknown", "wait", "bad", "later"]
    text: str
    when: str = ""


class WorksLine(Struct, frozen=True):
    works: bool
    text: str


class MeterLine(Struct, frozen=True):
    label: str
    value: str
    share: float


class Works(Struct, frozen=True):
    """While offline: what works now, what waits for Perx, and how much waits. `meters_short` stands on a narrow tab."""

    works_title: str
    waits_title: str
    lines: tuple[WorksLine, ...]
    meters_title: str = ""
    count: str = ""
    meters: tuple[MeterLine, ...] = ()
    note: str = ""
    meters_short: str = ""


class Ready(Struct, frozen=True):
    """The invitation to scan, when nothing has been scanned yet. `kinds` = (icon, words)."""

    title: str
    text: str
    kinds: tuple[tuple[str, str], ...]
    actions: tuple[Action, ...] = ()


class SaleBody(Struct, frozen=True):
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


class CheckingBody(Struct, frozen=True):
    """No answer yet: what is known, what is being done, what to say."""

    customer: Member | None
    title: str
    text: str
    rows: tuple[SaleRow, ...]
    steps_title: str
    steps: tuple[Step, ...]
    say: Say
    till: Till


class Points(Struct, frozen=True):
    """The points card. `final`: Perx decided; else an estimate. `lines` are further figures."""

    title: str
    chip: str
    chip_glyph: Glyph
    label: str
    figure: str
    final: bool
    text: str = ""
    lines: tuple[AmountLine, ...] = ()


class DoneBody(Struct, frozen=True):
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


class TypeBody(Struct, frozen=True):
    """Typing: letters or words in the centre, digits on the keypad. `free`: a keyboard may type any character."""

    title: str
    text: str
    letters: tuple[str, ...]
    event: Callable[[str], object]
    actions: tuple[Action, ...]
    till: Till
    icon: str = "keyboard"
    free: bool = False


class NoticeBody(Struct, frozen=True):
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


class ListRow(Struct, frozen=True):
    """One line of a list; `icon` is drawn instead of the glyph when the row is a choice and not a state."""

    glyph: Glyph
    title: str
    detail: str
    state: str
    tone: Tone = "plain"
    event: object = None
    icon: str = ""


class ListBody(Struct, frozen=True):
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


class Toast(Struct, frozen=True):
    """A small, harmless message; `serial` tells one from the next."""

    words: str
    serial: int
    icon: str = "badge-check"


class Screen(Struct, frozen=True):
    """All that is on the screen."""

    header: Header
    body: Body
    frame: Frame | None = None
    banner: Banner | None = None
    toast: Toast | None = None
    language: str = "en"
    lesson_card: lesson.LessonCard | None = None
