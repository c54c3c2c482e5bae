"""Customers beside the sale, the languages at signing on, and what a supervisor agrees to, as the state makes it."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace
from staff_samples import BASE, NAMES, NOW, OFFLINE, ON, RECORD, SALE, SHOP

from pos_app.domain.codes import Ref
from pos_app.domain.shift import Shift
from pos_app.till.approve import Ask, CloseShift, GivePoints, RecentMember
from pos_app.till.customers import Join, Members, Recent
from pos_app.till.history import History, Query
from pos_app.till.shifting import Shifting
from pos_app.till.staff import Gate, Why
from pos_app.till.state import Panel, PanelKind, Sale, State
from pos_app.ui.present import present
from pos_app.ui.screen import Screen

CONSENT = (
    ("en", "I agree that Lumen & Oak keeps my number, to count my points and send me vouchers. I can leave at any "
           "time, at this counter or in the app, and my number is deleted then."),
    ("th", "ฉันยินยอมให้ Lumen & Oak เก็บหมายเลขของฉันเพื่อสะสมคะแนนและส่งคูปอง ฉันออกจากการเป็นสมาชิกได้ทุกเมื่อ ที่เคาน์เตอร์นี้หรือในแอป "
           "แล้วหมายเลขของฉันจะถูกลบ"),
)  # fmt: skip
MEMBERS = Members(CONSENT, has_language=True, by_phone=True, phone_is_theirs=True)
HERE = replace(ON, shop=replace(SHOP, members=MEMBERS))
RECENT = tuple(
    Recent(f"65{number}4821", NOW - timedelta(minutes=7 * number), name)
    for number, name in enumerate(("Somchai P.", "Wilhelmina-Alexandra von Hohenstaufen", "", "Li W.", "Nguyen T. H."))
)
SOLD_TO = replace(SALE, known=SALE.known and replace(SALE.known, customer=replace(SALE.known.customer, language="th")))


def over(kind: PanelKind, state: State = HERE, **more: object) -> State:
    """A side screen over the sale."""
    return replace(state, panel=Panel(kind, **more))  # type: ignore[arg-type]


def form(typed: str = "", state: State = HERE, **more: object) -> State:
    join = Join(**{"number": 1, "language": "en", **more})  # type: ignore[arg-type]
    return over(PanelKind.JOIN, replace(state, sale=Sale()), typed=typed, join=join)


def asked(kind: PanelKind, subject: object, **more: object) -> State:
    ask = Ask(number=1, names=NAMES[2:4], name="Noor H.", subject=subject, reason="", pin="47", pin_at=NOW)  # type: ignore[arg-type]
    return over(kind, replace(HERE, sale=SOLD_TO, recent=RECENT), ask=ask, **more)


def gate(**more: object) -> State:
    made = Gate(number=1, names=NAMES, why=Why.SIGN_ON, **more)  # type: ignore[arg-type]
    return replace(BASE, staff=replace(BASE.staff, gate=made))


BY_HAND = replace(RECORD, bill_minor=0, due_minor=0, vouchers=(), points=120, points_after=None, by_hand="A promise")
CUSTOMER_STATES: dict[str, State] = {
    "80-customers": over(PanelKind.CUSTOMERS, replace(HERE, recent=RECENT)),
    "81-customers-of-sale": over(PanelKind.CUSTOMERS, replace(HERE, sale=SOLD_TO, recent=RECENT)),
    "82-by-phone": over(PanelKind.PHONE, typed="+6591234821"),
    "83-new-member": form(),
    "84-new-member-thai": form("82345678", language="th", agreed=True),
    "85-new-member-scanned": form(text="CARD-0815-77", agreed=True, busy=True, ref=Ref("1")),
    "86-new-member-no-number": form("12", agreed=True, problem="CUS-01"),
    "87-new-member-later": form(
        "82345678", replace(HERE, link=OFFLINE), agreed=True, later=True, identifier="6582345678", problem="NET-01"
    ),
    "88-customer-language": over(PanelKind.MEMBER_LANGUAGE, replace(HERE, sale=SOLD_TO)),
    "89-points-by-hand": over(PanelKind.GIVING, replace(HERE, sale=SOLD_TO), typed="120"),
    "90-points-too-many": over(PanelKind.GIVING, replace(HERE, sale=SOLD_TO), typed="9999999"),
    "91-points-approval": asked(PanelKind.GIVING, GivePoints("6591234821", 120), typed="120"),
    "92-recent-approval": asked(PanelKind.CUSTOMERS, RecentMember("6591234821")),
    "93-shift-approval": replace(
        asked(PanelKind.SHIFT, CloseShift(417)), shift=Shifting(known=True, open=Shift(417, NOW, "Mai A."))
    ),
    "94-points-given": over(PanelKind.FOUND, record=BY_HAND, history=History(Query())),
    "95-sign-on-languages": gate(choosing=True),
    "96-not-yet-member": replace(
        HERE,
        link=OFFLINE,
        sale=replace(
            SALE,
            lines=(),
            known=SALE.known and replace(SALE.known, balance=None, vouchers=(), checked=False, problem="CUS-02"),
        ),
    ),
    "97-customers-hidden": replace(
        over(PanelKind.CUSTOMERS, replace(HERE, recent=RECENT)), staff=replace(ON.staff, hidden=True)
    ),
}
CUSTOMER_SCREENS: dict[str, Screen] = {name: present(state) for name, state in CUSTOMER_STATES.items()}
