"""Screens to draw in tests and pictures: each body once or twice, with the worst texts that may come."""

from __future__ import annotations

from customer_samples import CUSTOMER_STATES
from desk_samples import DESK_SCREENS, UNBROKEN
from history_samples import HISTORY_SCREENS
from msgspec import Struct
from msgspec.structs import replace
from points_samples import POINTS_STATES as POINTS
from samples_day import DAYS
from samples_paper import PAPERS
from samples_training import FIRST_RUNS, SHIFTS, TRAININGS
from staff_samples import STAFF_SCREENS

from pos_app.domain.receipt import Receipt, SlipLine
from pos_app.ui.present import present
from pos_app.ui.screen import (
    Action,
    AmountLine,
    Banner,
    CheckingBody,
    DoneBody,
    Frame,
    Header,
    Keypad,
    ListBody,
    ListRow,
    Main,
    Member,
    MeterLine,
    NoMember,
    NoticeBody,
    Pill,
    Points,
    Ready,
    Ring,
    SaleBody,
    SaleRow,
    Say,
    Screen,
    Step,
    Till,
    Toast,
    TypeBody,
    TypedCard,
    VoucherLine,
    VoucherList,
    Works,
    WorksLine,
)

HTML = "<h1 style='color:green'>APPROVED</h1><img src='//host/share/x.png'><b>PAID</b>"
LONG = "Anniversary thank-you voucher for our most loyal friends of the house " * 5
RTL, BIG = "قسيمة خصم عشرة بالمئة على القهوة", "12,560,000.00"
THAI = "ส่วนลดเมล็ดกาแฟคั่วสดสิบห้าเปอร์เซ็นต์สำหรับสมาชิกระดับโกลด์เท่านั้น"
REFERENCE = "482100017739205518264093"


class Tapped(Struct, frozen=True):
    """An event of the samples: what was tapped."""

    what: str


def act(words: str, icon: str = "", **more: object) -> Action:
    return Action(words, Tapped(words or str(more.get("name"))), icon, **more)  # type: ignore[arg-type]


def key(name: str) -> object:
    return Tapped(f"key {name}")


CANCEL = act("Cancel sale", "trash-2", kind="danger")
REMOVE = act("", "x", kind="quiet", name="Remove 10.00 off from 50.00")
ALL_READY = (Pill("ok", "All ready", "", Tapped("service")),)
HEADER = Header(
    "Sale",
    "Lumen & Oak, Riverside · Till 2",
    "Till 2",
    ALL_READY,
    "14:32",
    act("", "menu", kind="quiet", name="Menu"),
    Action("Mai A.", Tapped("person"), "user-round", "quiet", name="Mai A., signed on"),
)
GOLD = Member(
    "Gold",
    "Gold",
    "Som••• P.",
    "•••• 4821",
    "2,480",
    "points",
    ends=("120 end on 30 Jun",),
    remove=act("", "x", kind="quiet", name="Take the customer off this sale"),
)
BILL = TypedCard(
    "Bill",
    "SGD",
    "56.00",
    lines=(AmountLine("Vouchers", "−10.00"), AmountLine("To collect", "46.00", strong=True)),
    estimate="About 46 points",
    clear=act("Clear", kind="quiet"),
)
FIXED = replace(
    BILL,
    label="To collect",
    typed="46.00",
    caret=False,
    clear=None,
    estimate="",
    lines=(AmountLine("Bill", "56.00"), AmountLine("Vouchers", "−10.00")),
)
SALE_TILL = Till(BILL, Main("Complete", "1 voucher", "46.00", event=Tapped("complete")), Keypad(key))
EMPTY_TILL = Till(
    TypedCard("Bill", "SGD", "0.00", hint="Type the bill from your cash register. Digits fill from the right."),
    Main("Complete", "Scan a code or type the bill", enabled=False),
    Keypad(key),
)
HELD = SaleRow(
    "v1",
    "held",
    "wait",
    "10.00 off from 50.00",
    "Held for this sale",
    "Code ends 7Q2K",
    "−10.00",
    True,
    Ring(272, 300),
    REMOVE,
)
REFUSED = SaleRow(
    "v2",
    "bad",
    "bad",
    "Free dessert",
    "Refused: ended on 31 May",
    "Nothing used, not counted.",
    calm=False,
    remove=act("", "x", kind="quiet", name="Remove Free dessert"),
)
_NAMES = (
    ("percent", "10.00 off from 50.00", "Until 30 Jun"),
    ("coffee", "Coffee for 1.00", "Until 31 Dec"),
    ("percent", "15 % off beans", "Until 12 Jul"),
    ("cake", "Birthday cake slice", "Until 30 Jun"),
    ("gift", "Free orange juice", "Until 31 Dec"),
    ("coffee", "Second coffee free", "Until 31 Jul"),
    ("percent", "5.00 off from 30.00", "Until 31 Dec"),
)


def voucher(i: int) -> VoucherLine:
    icon, title, detail = _NAMES[i % len(_NAMES)]
    return VoucherLine(title, detail, icon, event=Tapped(f"voucher {i}"), name=f"Add {title}, {detail}")


VOUCHERS = VoucherList(
    "Vouchers",
    "7 can be used now",
    (replace(voucher(0), in_sale=True, event=None, detail="In this sale"), *(voucher(i) for i in range(1, 7))),
)
READY = Ready(
    "Ready to scan",
    "The till knows what it is. No need to tap first.",
    (
        ("id-card", "Member code"),
        ("ticket-percent", "Voucher"),
        ("receipt-text", "Our slip"),
        ("shield-check", "Staff badge"),
    ),
    (act("Type a code", "keyboard"), act("Parked 1", "pause", kind="quiet")),
)
NOBODY = NoMember(
    "No customer yet",
    "Scan their code first, then their vouchers.",
    (act("Find by phone", "search"), act("New member", "user-plus", kind="quiet")),
    "Last sale, 14:20",
    "28.50",
    "ok",
    "Done",
    "•••• 1907, slip 7K3M",
    act("Print again", "printer"),
)
EMPTY = SaleBody(NOBODY, None, READY, "This sale", "", (), "", (), None, EMPTY_TILL)
SALE = SaleBody(
    GOLD,
    VOUCHERS,
    None,
    "This sale",
    "1 of 2 counts",
    (HELD, REFUSED),
    "Scan more, or tap a voucher",
    (CANCEL, act("Use points", "coins"), act("Park", "pause")),
    None,
    SALE_TILL,
)
WORKS = Works(
    "Works now",
    "Waits for Perx",
    tuple(
        [WorksLine(True, t) for t in ("Earn points, sent later", "Members seen before", "Slips and shift")]
        + [WorksLine(False, t) for t in ("Using vouchers", "Paying with points", "New members")]
    ),
    "Waiting to send",
    "7",
    (
        MeterLine("Sales", "7 of 50", 0.14),
        MeterLine("Amount", "312.40 of 2,000.00", 0.156),
        MeterLine("Oldest", "12 min of 24 h", 0.05),
    ),
    "At any limit the till asks for a supervisor.",
    "Waiting",
)
OFFLINE_BANNER = Banner(
    "offline",
    "Offline for 12 min: Perx does not answer",
    "The shop network works. Keep selling; stay signed on.",
    act("What to do", "circle-help"),
)
OFFLINE_PILLS = (
    Pill("offline", "Offline 12 min", "12 min", Tapped("offline")),
    Pill("wait", "7 waiting", "7", Tapped("waiting")),
)
OFFLINE_HEADER = replace(HEADER, pills=OFFLINE_PILLS)
_NOT_NOW = SaleRow(
    "v9",
    "notyet",
    "wait",
    "10.00 off from 50.00",
    "Not now: needs Perx",
    "Not used. Good until 30 Jun.",
    calm=False,
    remove=act("", "x", kind="quiet", name="Remove 10.00 off from 50.00"),
)
_LATER = SaleRow("m", "wait", "wait", "Member •••• 4821", "Points will be added later", "2,480 points as of 13:58")
_SAVE_TILL = Till(
    replace(BILL, lines=(), estimate="Perx decides the points later"),
    Main("Save sale", "sent later", "56.00", event=Tapped("complete")),
    Keypad(key),
)
OFFLINE = SaleBody(
    NOBODY,
    None,
    None,
    "This sale",
    "1 member",
    (_LATER, _NOT_NOW),
    "",
    (CANCEL, act("Park", "pause")),
    WORKS,
    _SAVE_TILL,
)
OFFLINE_MEMBER = replace(
    OFFLINE,
    customer=replace(GOLD, as_of="as of 13:58", busy=""),
    vouchers=VoucherList("Vouchers", "", (), "Not known while Perx cannot be asked"),
    rows=(_NOT_NOW,),
)
_UNSURE = SaleRow(
    "v1", "unknown", "unknown", "10.00 off from 50.00", "May or may not be used", "Give the discount once.", "−10.00"
)
CHECKING_TILL = Till(
    replace(BILL, caret=False, clear=None, estimate=""),
    Main("Checking", "next look in 4 s", "0:12", enabled=False, busy="unknown", share=0.4),
    below_title="In a hurry?",
    below_text="We go on checking. The answer will wait for you under Needs attention.",
    below=(
        act("Next customer", "arrow-right", name="Serve the next customer, checking goes on"),
        act("Supervisor", "shield-check", name="Call supervisor"),
    ),
)
CHECKING = CheckingBody(
    replace(GOLD, remove=None),
    "No answer yet",
    "Perx has not said whether this sale went through. We are finding out. The sale is safely written down.",
    (_UNSURE,),
    "What happened so far",
    (
        Step("ok", "Written down on this till", "14:32:05"),
        Step("ok", "Sent to Perx", "14:32:05"),
        Step("unknown", "No answer within 5 s", "14:32:10"),
        Step("unknown", "Looking it up, try 2 of 5", "now"),
        Step("later", "If unclear, a supervisor decides", "14:34"),
    ),
    Say("Say to the customer", "“The system is slow. I am checking your voucher. One moment, please.”"),
    CHECKING_TILL,
)
SLIP = Receipt(
    (
        SlipLine("Lumen & Oak, Riverside", bold=True, centre=True),
        SlipLine("14:32  1 Jun 2026  Till 2  Mai A.", centre=True),
        SlipLine(),
        SlipLine("Bill", "56.00"),
        SlipLine("10.00 off …7Q2K", "−10.00"),
        SlipLine("To pay SGD", "46.00", bold=True),
        SlipLine(),
        SlipLine("Member", "•••• 4821"),
        SlipLine("Points earned", "+58"),
        SlipLine("Balance", "2,538"),
        SlipLine("120 points end", "30 Jun 2026"),
    ),
    REFERENCE,
    "4821 0001 7739 2055 1826 4093",
)
_USED = SaleRow("u1", "ok", "ok", "10.00 off from 50.00", "Used, …7Q2K", amount="−10.00")
DONE = DoneBody(
    "ok",
    "ok",
    "Done",
    "1 voucher used. Perx confirmed it at 14:32:18.",
    (_USED,),
    Points(
        "Points",
        "Final",
        "ok",
        "Perx gave",
        "+58",
        True,
        "46 for the bill, 12 Gold bonus",
        (AmountLine("We estimated", "+46"), AmountLine("New balance", "2,538", strong=True)),
    ),
    SLIP,
    "Printed",
    "ok",
    (act("Undo with supervisor", "undo-2"),),
    act("Print again", "printer"),
    Till(
        replace(FIXED, hint="on your cash register"),
        Main("Next customer", "or just scan", icon="arrow-right", event=Tapped("next")),
    ),
)
NOT_FINAL = replace(
    DONE,
    glyph="wait",
    tone="wait",
    title="Saved",
    text="Written down on this till. It is sent when Perx can be reached.",
    rows=(),
    points=Points(
        "Points",
        "Not final",
        "estimate",
        "About",
        "+46",
        False,
        "Perx adds the points within a few minutes. The slip says so too.",
        (AmountLine("Balance before", "2,480"),),
    ),
    printed="The printer has no paper. The sale stands.",
    printed_glyph="bad",
)
TYPING = TypeBody(
    "Type the code",
    "The letters and digits under the bars. Capital letters are enough.",
    (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "-"),
    key,
    (act("Back to the sale", "chevron-left"),),
    Till(
        TypedCard("Code", "", "LUM-7Q2K", hint="", clear=act("Clear", kind="quiet")),
        Main("Find", "LUM-7Q2K", icon="search", event=Tapped("find")),
        Keypad(key),
    ),
)
NOTICE = NoticeBody(
    None,
    "notyet",
    "wait",
    "Perx does not know this member",
    (
        "Check the code. If the customer wants to join, make a new member with it.",
        "If it is a voucher, scan the member's code first.",
    ),
    "For support: PX-001",
    (act("Back to the sale", "chevron-left"),),
    Till(FIXED, Main("New member", "with this code", icon="user-plus", event=Tapped("new"))),
    "8850999320014",
    "Scanned code",
)
MENU = ListBody(
    "",
    "",
    (
        ListRow("ok", "Earlier sales", "Print a slip again", "", event=Tapped("sales"), icon="receipt-text"),
        ListRow("wait", "Waiting to send", "7 sales wait for Perx", "7 waiting", "wait", Tapped("waiting")),
        ListRow("unknown", "Needs attention", "Was this voucher used?", "1", "unknown", Tapped("attention")),
        ListRow("ok", "Service", "Link, scanner, queue, printer", "", event=Tapped("service"), icon="badge-check"),
    ),
    "",
    (),
    Till(FIXED, Main("Back to the sale", "nothing is lost", icon="chevron-left", event=Tapped("back"))),
)
SALES = replace(
    MENU,
    title="Earlier sales",
    text="The last sales of this till, newest first.",
    rows=tuple(
        ListRow(
            "ok", f"{28 + i}.50", f"14:{59 - i:02d}, •••• {1900 + i}, slip 7K{i:02d}", "Done", "ok", Tapped(f"sale {i}")
        )
        for i in range(23)
    ),
)
NASTY = replace(
    SALE,
    customer=replace(
        GOLD,
        name="Maximilian-Alexander von und zu Hohenstauf•••",
        points=BIG,
        tier="Platinum Ambassador Circle",
        metal="Platinum",
        as_of="as of 13:58",
        ends=("120 end on 30 Jun", "300 end on 31 Dec", "12,560,000 end on 31 Dec 2027"),
        busy="Asking Perx again",
    ),
    vouchers=VoucherList(
        "Vouchers",
        "40 can be used now",
        tuple(
            replace(voucher(i), title=title)
            for i, title in enumerate([HTML, UNBROKEN, RTL, THAI, LONG[:80], *[_NAMES[i % 7][1] for i in range(35)]])
        ),
    ),
    rows=(
        replace(HELD, key="n1", title=HTML, amount=f"−{BIG}", ring=Ring(3, 300), calm=False),
        replace(HELD, key="n2", title=UNBROKEN, words="Held for this sale, but only until the shop closes tonight"),
        replace(REFUSED, key="n3", title=RTL, words=LONG[:120], detail=LONG[:160]),
        replace(HELD, key="n4", title=THAI, ring=None),
        *[replace(HELD, key=f"r{i}", title=_NAMES[i % 7][1]) for i in range(8)],
    ),
    actions=(
        replace(CANCEL, enabled=False, why="It is being sent"),
        act("Type a code", "keyboard"),
        act("Use points", "coins"),
        act("Park", "pause"),
    ),
    till=Till(
        replace(
            BILL,
            unit="IDR",
            typed=BIG,
            lines=(
                AmountLine("Vouchers", f"−{BIG}"),
                AmountLine("Points", "−1,000.00"),
                AmountLine("To collect", BIG, strong=True),
            ),
            estimate="About 12,560,000 points and 3 stamps for your coffee card",
        ),
        Main("Complete", "12 vouchers", BIG, event=Tapped("complete")),
        Keypad(key),
    ),
)
NASTY_NOTICE = replace(
    NOTICE,
    customer=GOLD,
    glyph="bad",
    tone="bad",
    title="The shop's computer has no room left on its disk",
    text=("Nothing was sent and nothing was lost. " + LONG, *NOTICE.text, LONG),
    raw="<table>" * 40 + "\x00\x1b[31m" + UNBROKEN * 20,
    actions=(act("Back to the sale", "chevron-left"), act("Copy for support", "download"), act("Print", "printer")),
)
NASTY_DONE = replace(
    DONE,
    rows=tuple(replace(_USED, key=f"u{i}", title=(HTML, UNBROKEN, RTL, THAI)[i % 4]) for i in range(12)),
    slip=replace(
        SLIP,
        mark="TRAINING - VOID",
        lines=SLIP.lines[:4]
        + tuple(SlipLine((HTML, UNBROKEN, RTL, THAI)[i % 4], f"−{BIG}") for i in range(12))
        + SLIP.lines[5:],
    ),
    points=replace(DONE.points, figure=f"+{BIG}", text=LONG[:160]) if DONE.points else None,
    actions=(act("Undo with supervisor", "undo-2"), act("Type a code", "keyboard")),
)
SENDING = Main("Sending", "Perx is answering", "46.00", False, "action", 0.3)
TRAINING = Frame("Training: nothing here is real")

SCREENS: dict[str, Screen] = {
    "01-empty": Screen(HEADER, EMPTY),
    "02-sale": Screen(HEADER, SALE, toast=None),
    "03-checking": Screen(replace(HEADER, pills=(Pill("unknown", "1 checking", "1", Tapped("checking")),)), CHECKING),
    "04-offline": Screen(OFFLINE_HEADER, OFFLINE, banner=OFFLINE_BANNER),
    "05-offline-member": Screen(OFFLINE_HEADER, OFFLINE_MEMBER, TRAINING, OFFLINE_BANNER),
    "06-done": Screen(HEADER, DONE),
    "07-not-final": Screen(OFFLINE_HEADER, NOT_FINAL),
    "08-typing": Screen(replace(HEADER, title="Type a code"), TYPING),
    "09-notice": Screen(HEADER, NOTICE),
    "10-menu": Screen(replace(HEADER, title="Menu"), MENU),
    "11-sales": Screen(replace(HEADER, title="Earlier sales"), SALES, TRAINING),
    "12-training": Screen(HEADER, SALE, TRAINING, toast=Toast("Already in this sale: …7Q2K", 1)),
    "13-nasty": Screen(OFFLINE_HEADER, NASTY, Frame("Staging: no real points", "plain")),
    "14-nasty-notice": Screen(HEADER, NASTY_NOTICE),
    "15-nasty-done": Screen(HEADER, NASTY_DONE, TRAINING),
    "16-voucher-first": Screen(HEADER, replace(SALE, customer=NOBODY, vouchers=None, rows=(replace(HELD, ring=None),))),
    "17-sending": Screen(HEADER, replace(SALE, till=replace(SALE_TILL, main=SENDING))),
}
STATES = CUSTOMER_STATES | DESK_SCREENS | DAYS | PAPERS | STAFF_SCREENS | HISTORY_SCREENS | SHIFTS | TRAININGS | POINTS
WRITTEN = tuple(SCREENS)  # by hand, with worse texts than a state brings: in English only
SCREENS |= {name: present(state) for name, state in STATES.items()} | FIRST_RUNS
