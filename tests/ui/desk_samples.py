"""Needs-attention screens for tests and pictures: made by `present` of real states, some with the worst texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from pos_app.domain.attention import Act
from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, HoldVoucher, Kind, RecordSale, Spoilt
from pos_app.domain.entries import Backlog, Entry, EntryState
from pos_app.domain.people import Denied, Person, Role
from pos_app.till.approve import Ask, SettleEntry
from pos_app.till.desk import Desk, Pile, Told
from pos_app.till.staff import Staff
from pos_app.till.state import Link, Panel, PanelKind, ScannerLink, Shop, State

NOW = datetime(2026, 6, 1, 6, 36, 12, tzinfo=UTC)
HTML = "<h1 style='color:green'>APPROVED</h1><img src='//host/share/x.png'>"
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def ref(number: int) -> Ref:
    return Ref(f"{48210001773920551826400 + number:024d}")


def sale(number: int, minor: int, currency: str = "SGD") -> RecordSale:
    return RecordSale(
        ref=ref(number), identifier="6591234821", amount_minor=minor, currency=currency, sold_at="2026-06-01T06:32:05Z"
    )


def checkout(number: int, minor: int) -> Checkout:
    body = {"identifier": "6591234821", "amount_minor": minor, "currency": "SGD", "sold_at": "2026-06-01T06:32:05Z"}
    return Checkout(ref=ref(number), voucher_ids=[12], **body)


def entry(number: int, command, state: EntryState, problem: str = "", **more) -> Entry:
    """An entry a few minutes old."""
    made = NOW - timedelta(minutes=4 + 9 * number)
    usual = {"tries": 1, "looks": 5, "sent_at": made, "problem": problem}
    return Entry(number, command, state, made, **{**usual, **more})


OPEN = (
    entry(1, checkout(1, 4600), EntryState.ATTENTION, "SALE-02"),
    entry(2, sale(2, 1820), EntryState.ATTENTION, "NET-02", tries=6),
    entry(3, HoldVoucher(ref=ref(3), identifier="6598765402", voucher_id=17, sale=ref(9)), EntryState.CHECKING),
)
MANY = tuple(entry(n, sale(n, 100 * n), EntryState.WAITING, "NET-01", tries=0, looks=0) for n in range(1, 40))
WORST = entry(4, sale(4, 99_999_999_999, "IDR"), EntryState.REFUSED, "PX-000", said=HTML + UNBROKEN, settled_at=NOW)
DONE = entry(2, sale(2, 1820), EntryState.DONE, "", tries=7, settled_at=NOW)
BY_HAND = entry(7, checkout(7, 4600), EntryState.DONE, "ATT-03", settled_at=NOW)
BLIND = entry(8, sale(8, 1820), EntryState.ATTENTION, "NET-09")
SPOILT = entry(
    5,
    Spoilt(ref=ref(5), kind=Kind.REDEEM_VOUCHER, kind_name="redeem_voucher", lane="voucher:7102", amount_minor=500),
    EntryState.ATTENTION,
    "DISK-06",
)
STRANGE = entry(
    6, Spoilt(ref=Ref("#6"), kind=None, kind_name=HTML, lane=UNBROKEN), EntryState.WAITING, tries=0, sent_at=None
)
TOLD = Told(NOW, "attention", "waiting", "the till", "Noor H.", "Perx shows no such sale")
SHOP = Shop(name="Lumen & Oak, Riverside", till="Till 2", environment="production", profile="lumen")
STAFF = Staff((Person("Noor H.", Role.SUPERVISOR, True), Person("Ravi K.", Role.SUPERVISOR)))
BASE = State(NOW, SHOP, backlog=Backlog(7, 1, 2), scanner=ScannerLink("connected"), staff=STAFF)
OFFLINE = Link(online=False, since=NOW - timedelta(minutes=12), problem="NET-01")
NAMES = ("Noor H.", "Ravi K.")
LONG_NAMES = (*NAMES, "Maximilian-Alexander von und zu Hohenstauf", *(f"Supervisor {n}" for n in range(9)))


def screen(desk: Desk, state: State = BASE, ask: Ask | None = None) -> State:
    return replace(state, panel=Panel(PanelKind.WAITING, desk=desk, ask=ask))


def asking(act: Act = Act.AGAIN, **more) -> State:
    """An approval of the second entry."""
    ask = replace(Ask(number=1, subject=SettleEntry(OPEN[1].ref, act), names=NAMES), **more)
    state = replace(BASE, shop=replace(SHOP, environment="sandbox"))
    return screen(Desk(entries=OPEN, entry=OPEN[1], opened=True), state, ask)


REASON = "Perx shows no such sale"
DESK_SCREENS: dict[str, State] = {
    "20-attention": screen(Desk(entries=OPEN, entry=OPEN[0], opened=True)),
    "21-attention-list": screen(Desk(entries=OPEN, entry=OPEN[0])),
    "22-attention-offline": screen(
        Desk(entries=OPEN, entry=OPEN[2], opened=True, problem="ATT-01"), replace(BASE, link=OFFLINE)
    ),
    "23-waiting": screen(Desk(Pile.WAITING, entries=MANY, more=True, paged=True, entry=MANY[0])),
    "24-nothing": screen(Desk(entries=()), replace(BASE, backlog=Backlog())),
    "25-settled": screen(Desk(Pile.SETTLED, entries=(DONE, WORST), entry=DONE, opened=True, history=(TOLD,))),
    "26-worst": screen(
        Desk(
            Pile.SETTLED,
            entries=(DONE, WORST),
            entry=WORST,
            opened=True,
            history=(replace(TOLD, why=HTML + UNBROKEN), replace(TOLD, approved_by=UNBROKEN, became="done")),
            problem="PIN-05",
        )
    ),
    "27-unreadable": screen(Desk(entries=(SPOILT, STRANGE, BLIND), entry=SPOILT, opened=True)),
    "28-early": screen(Desk(entries=(SPOILT, BLIND), entry=BLIND, opened=True, problem="ATT-02")),
    "29-by-hand": screen(
        Desk(
            Pile.SETTLED,
            entries=(BY_HAND, DONE),
            entry=BY_HAND,
            opened=True,
            history=(replace(TOLD, became="done", why="Seen at Perx"),),
        )
    ),
    "30-approval": asking(name="Noor H.", reason=REASON, pin="47", pin_at=NOW),
    "31-approval-fresh": asking(),
    "32-approval-denied": asking(
        Act.GIVE_UP, name="Ravi K.", reason=UNBROKEN, denied=Denied("PIN-02", 240), denied_at=NOW
    ),
    "33-approval-nobody": asking(Act.DONE, names=()),
    "34-approval-one": asking(names=("Noor H.",), name="Noor H.", reason=REASON, pin="47294729", pin_at=NOW),
    "35-approval-many": asking(names=LONG_NAMES, name=LONG_NAMES[2], denied=Denied("PIN-05"), denied_at=NOW),
    "36-approval-busy": asking(name="Noor H.", reason=REASON, busy=True),
    "37-reason": asking(typing=True, other="THE CUSTOMER CALLED AND SAID THAT THE POINTS CAME"),
}
