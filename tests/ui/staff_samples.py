"""Signing on, the lock, what is hidden, and who is here: each as the till's own state makes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.customers import Balance, Customer
from pos_app.domain.money import Money, Points
from pos_app.domain.people import Denied, Person, Role
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.till.approve import Ask, TypedMember
from pos_app.till.history import History, Query
from pos_app.till.staff import Gate, Policy, Staff, Why
from pos_app.till.state import (
    Known,
    Line,
    LineState,
    Link,
    Panel,
    PanelKind,
    Phase,
    Sale,
    ScannerLink,
    Shop,
    State,
)

NOW = datetime(2026, 6, 1, 6, 32, tzinfo=UTC)
SHOP = Shop("Lumen & Oak, Riverside", "Till 2", "production", "lumen", people=Policy("required"))
PEOPLE = (
    Person("Mai A.", Role.CASHIER, True),
    Person("Ben T.", Role.CASHIER),
    Person("Noor H.", Role.SUPERVISOR, True),
    Person("Ravi K.", Role.SUPERVISOR),
    Person("Lek S.", Role.DEPLOYER),
)
NAMES = tuple(one.name for one in PEOPLE)
LONG = (
    *PEOPLE,
    Person("Maximilian-Alexander von und zu Hohenstau", Role.SUPERVISOR),
    Person("Donaudampfschifffahrtselektrizitaetenhau", Role.CASHIER),
    *(Person(f"Cashier {n}", Role.CASHIER) for n in range(12)),
)
TEN_OFF = Voucher(
    9,
    "10.00 off from 50.00",
    VoucherState.HELD,
    owner="6591234821",
    code="LUM-7Q2K",
    value=Money(1000, "SGD"),
    valid_to=NOW + timedelta(days=29),
)
SALE = Sale(
    id=Ref("1"),
    known=Known(
        Customer("6591234821", 501, "Somchai P."),
        Balance(77, points=Points(2480), tier="Gold"),
        (TEN_OFF,),
        NOW,
        detailed=True,
    ),
    lines=(Line("row1", LineState.HELD, "LUM-7Q2K", 9, TEN_OFF, hold_ref=Ref("2"), held_at=NOW),),
    bill_minor=5600,
)
RECORD = SaleRecord(
    Ref("482100017739205518264093"),
    "2026-06-01T06:32:00.000Z",
    "SGD",
    5600,
    4600,
    "6591234821",
    "Somchai P.",
    "done",
    vouchers=(UsedVoucher(9, "10.00 off from 50.00", "7Q2K", 1000),),
    points=46,
    points_after=2526,
    cashier="Mai A.",
)
SOLD = replace(SALE, phase=Phase.DONE, record=RECORD)
BASE = State(NOW, SHOP, scanner=ScannerLink("connected"), staff=Staff(PEOPLE))
ON = replace(BASE, staff=Staff(PEOPLE, PEOPLE[0]))
OFFLINE = Link(online=False, since=NOW - timedelta(minutes=12), problem="NET-01")


def gate(state: State, why: Why = Why.SIGN_ON, **more: object) -> State:
    made = Gate(**{"number": 1, "names": tuple(one.name for one in state.staff.people), "why": why, **more})  # type: ignore[arg-type]
    return replace(state, staff=replace(state.staff, gate=made, hidden=why is Why.LOCKED))


def hidden(state: State) -> State:
    return replace(state, staff=replace(state.staff, hidden=True))


WRONG = {"denied": Denied("PIN-02", 240), "denied_at": NOW}
STAFF_SCREENS: dict[str, State] = {
    "40-sign-on": gate(BASE, name="Mai A.", pin="47", pin_at=NOW),
    "41-sign-on-fresh": gate(BASE),
    "42-sign-on-wait": gate(BASE, name="Ben T.", **WRONG),
    "43-sign-on-badge": gate(BASE, denied=Denied("PIN-14"), denied_at=NOW),
    "44-sign-on-many": gate(replace(BASE, staff=Staff(LONG), link=OFFLINE), name=LONG[5].name, scanned=True),
    "45-sign-on-nobody": gate(replace(BASE, staff=Staff())),
    "46-locked": gate(replace(ON, sale=SALE), Why.LOCKED, name="Mai A."),
    "47-locked-scanned": gate(
        replace(ON, sale=SALE, shop=replace(SHOP, environment="sandbox")), Why.LOCKED, name="Mai A.", scanned=True
    ),
    "48-switch": gate(replace(ON, sale=SALE), Why.SWITCH),
    "50-person": replace(ON, sale=SALE, panel=Panel(PanelKind.PERSON)),
    "51-sale-signed-on": replace(ON, sale=SALE),
    "52-sale-hidden": hidden(replace(ON, sale=SALE)),
    "53-done-hidden": hidden(replace(ON, sale=SOLD)),
    "54-last-hidden": hidden(replace(ON, last=RECORD, link=OFFLINE)),
    "55-sales-hidden": hidden(
        replace(
            ON, panel=Panel(PanelKind.SALES, records=(RECORD,) * 3, history=History(Query(identifier="6591234821")))
        )
    ),
    "56-sign-on-offered": replace(BASE, shop=replace(SHOP, environment="sandbox", people=Policy("off"))),
    "57-typed-number": replace(
        ON,
        panel=Panel(
            PanelKind.TYPING,
            "6591234821",
            ask=Ask(number=1, names=NAMES[2:4], name="Noor H.", subject=TypedMember("6591234821")),
        ),
    ),
}
