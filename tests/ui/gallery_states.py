"""States of the till that no other sample shows: each kind of row, notice, banner and message once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace
from spoken_samples import BALANCE, SOMCHAI, START, STATES, VOUCHERS
from staff_samples import RECORD
from till_bench import Bench, voucher

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout
from pos_app.domain.customers import Customer
from pos_app.domain.entries import Backlog, EntryState
from pos_app.domain.money import Money, Points
from pos_app.domain.offline import Distrust, Trust
from pos_app.domain.vouchers import No, VoucherState, Why
from pos_app.till import events as ev
from pos_app.till.guide import CONTENTS, PAGES
from pos_app.till.parking import Parked
from pos_app.till.state import (
    Hint,
    HintKind,
    Line,
    LineState,
    Link,
    Offer,
    Panel,
    PanelKind,
    PrinterLink,
    Printing,
    ScannerLink,
    State,
    Trouble,
)

Made = Callable[[str], State]
AGO = START - timedelta(minutes=12)
HELD_LONG = {"held_at": START, "hold_ref": Ref("77")}


def _line(number: int, state: LineState, **more: object) -> Line:
    names = ("10.00 off from 50.00", "Coffee for 1.00", "15 % off beans", "Birthday cake slice", "Free orange juice")
    one = voucher(number, name=names[number % 5], code=f"LUM-7Q{number:02d}", held_until=START + timedelta(seconds=272))
    return Line(f"row{number}", state, one.code, number, one, **more)  # type: ignore[arg-type]


def _with(base: str, change: Callable[[State], State]) -> Made:
    return lambda code: change(STATES[base](code))


def _rows(*lines: Line, base: str = "sale") -> Made:
    return _with(base, lambda state: replace(state, sale=replace(state.sale, lines=lines)))


def _notice(trouble: Trouble | None = None, offer: Offer | None = None) -> Made:
    return _with("sale", lambda state: replace(state, sale=replace(state.sale, trouble=trouble, offer=offer)))


def _link(**more: object) -> Made:
    usual: dict[str, object] = {"since": AGO, "problem": "NET-01"}
    link = Link(**{**usual, **more})  # type: ignore[arg-type]
    return _with("sale", lambda state: replace(state, link=link))


def _bench(code: str) -> Bench:
    bench = Bench()
    bench.state = STATES["sale-empty"](code)
    return bench


def _showcase(code: str, *, refused: bool = True) -> State:
    """A sale as the guide shows it: one voucher counts, one is used already, more can be tapped."""
    bench = _bench(code)
    names = ("10.00 off from 50.00", "Birthday cake slice", "Coffee for 1.00", "15 % off beans")
    vouchers = [
        voucher(n, name=name, code=f"LUM-7Q{n}K", minimum=None, held_until=START + timedelta(seconds=272))
        for n, name in enumerate(names, 1)
    ]
    vouchers[1] = replace(vouchers[1], state=VoucherState.REDEEMED, redeemed_at=START - timedelta(days=1))
    bench.customer(tuple(vouchers))
    bench.happen(*([ev.VoucherTapped(2)] if refused else []))
    bench.hold(1)
    bench.bill("5", "6", "00")
    return bench.state


def _showcase_offline(code: str) -> State:
    """The same customer while Perx cannot be reached."""
    state = _showcase(code)
    lines = (replace(state.sale.lines[-1], state=LineState.NOT_NOW, hold_ref=None),)
    link = Link(online=False, since=AGO, problem="NET-01")
    backlog = Backlog(7, 0, 0, value_minor=31_240, oldest_at=AGO)
    return replace(state, link=link, backlog=backlog, sale=replace(state.sale, lines=lines))


def _showcase_done(code: str, state: EntryState = EntryState.DONE) -> State:
    """The same sale, completed, and the points that Perx gave for it."""
    bench = Bench()
    bench.state = _showcase(code, refused=False)
    bench.happen(ev.CompleteTapped())
    command = bench.stored(Checkout)[-1]
    bench.entry(command, EntryState.SENDING, tries=1)
    bench.entry(command, state, tries=1, looks=2)
    if state is EntryState.DONE:
        bench.happen(ev.PointsSeen(command.ref, 58, "", replace(BALANCE, points=Points(2538))))
    return bench.state


def _looking(code: str) -> State:
    bench = _bench(code)
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    return bench.state


def _found(code: str) -> State:
    """The customer is known, points and vouchers are on their way."""
    bench = _bench(code)
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    bench.happen(ev.CustomerFound(bench.state.sale.look, SOMCHAI))
    return bench.state


def _unasked(code: str) -> State:
    """Perx could not be asked who this is."""
    bench = _bench(code)
    bench.offline()
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    bench.happen(ev.CustomerFailed(bench.state.sale.look, "NET-01", identifier=SOMCHAI.identifier))
    return bench.state


def _remembered(code: str) -> State:
    """The customer as Perx last told, hours ago."""
    bench = _bench(code)
    bench.offline()
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    look = bench.state.sale.look
    bench.happen(ev.CustomerRemembered(look, SOMCHAI, BALANCE, VOUCHERS, START - timedelta(hours=3), "NET-01"))
    bench.bill("5", "6", "00")
    return bench.state


def _saved(code: str) -> State:
    """Offline, and the sale is written down."""
    bench = Bench()
    bench.state = _remembered(code)
    bench.happen(ev.CompleteTapped())
    command = bench.stored()[-1]
    bench.entry(command, EntryState.WAITING)
    return bench.state


def _trusted(code: str) -> State:
    bench = Bench()
    bench.state = STATES["offline"](code)
    trust = Trust(signed=True, max_count=5, max_value_minor=9900, seen_within=timedelta(hours=2))
    bench.state = replace(bench.state, shop=replace(bench.state.shop, trust=trust))
    lines = (
        _line(1, LineState.ON_TRUST),
        _line(2, LineState.NOT_NOW, distrust=Distrust.TOO_MANY),
        _line(3, LineState.NOT_NOW, distrust=Distrust.NOT_SEEN),
        _line(4, LineState.NOT_NOW, distrust=Distrust.TOO_OLD),
    )
    return replace(bench.state, sale=replace(bench.state.sale, lines=lines))


def _last(state: str, problem: str = "") -> Made:
    """No sale is open; the last one ended so."""
    record = replace(RECORD, state=state, problem=problem)
    return lambda code: replace(STATES["sale-empty"](code), last=record)


def _parked(code: str) -> State:
    parked = (
        Parked(Ref("1"), AGO, SOMCHAI.identifier, SOMCHAI.name, 5600, ((1, "LUM-7Q2K"),)),
        Parked(Ref("2"), AGO + timedelta(minutes=9), "", "", 1250),
        Parked(Ref("3"), START, SOMCHAI.identifier, SOMCHAI.name, 0, ((1, "A"), (2, "B")), cancelled=True),
    )
    return replace(STATES["sale-empty"](code), parked=parked)


def _limits(code: str) -> State:
    state = STATES["offline"](code)
    backlog = Backlog(50, 1, 0, value_minor=199_000, oldest_at=START - timedelta(hours=23))
    return replace(state, backlog=backlog)


def _restored(code: str) -> State:
    """A power cut: the till is up again and the sale is as it was."""
    state = STATES["sale"](code)
    return replace(state, hint=Hint(HintKind.RESTORED, "", 1, state.now))


def _hint(kind: HintKind) -> Made:
    detail = {
        HintKind.STAFF: "reason", HintKind.SIGNED_ON: "Mai A.", HintKind.DECIDED: "done", HintKind.REVERSED: "REV-02",
        HintKind.SALE_MISSING: "4821 0001 7739 2055", HintKind.ALREADY_IN: "10.00 off from 50.00",
        HintKind.TAKEN_OUT: "10.00 off from 50.00", HintKind.OTHER_CUSTOMER: "Som••• P.",
    }.get(kind, "")  # fmt: skip
    return _with(
        "sale", lambda state: replace(state, hint=Hint(kind, detail, list(HintKind).index(kind) + 2, state.now))
    )


def _blocked(code: str) -> State:
    """A customer that may earn, but not use vouchers yet."""
    state = STATES["sale"](code)
    customer = Customer(SOMCHAI.identifier, 501, SOMCHAI.name, state="pending")
    known = replace(state.sale.known, customer=customer, balance=None, problem="NET-02")
    return replace(state, sale=replace(state.sale, known=known, lines=()))


_NO = {
    Why.USED: No(Why.USED, on=AGO),
    Why.EXPIRED: No(Why.EXPIRED, on=START - timedelta(days=1)),
    Why.NOT_YET: No(Why.NOT_YET, on=START + timedelta(days=3)),
    Why.HELD_ELSEWHERE: No(Why.HELD_ELSEWHERE, on=START + timedelta(minutes=4)),
    Why.MINIMUM: No(Why.MINIMUM, minimum=Money(5000, "SGD")),
}
REFUSALS = tuple(_line(n, LineState.REFUSED, no=_NO.get(why, No(why))) for n, why in enumerate(Why))
ROWS = (
    _line(1, LineState.LOOKING),
    _line(2, LineState.WAITING),
    _line(3, LineState.HOLDING, **HELD_LONG),
    _line(4, LineState.HELD, **HELD_LONG),
)
MORE_ROWS = (
    replace(_line(5, LineState.HELD, **HELD_LONG), held_at=START - timedelta(seconds=240)),
    _line(6, LineState.NO_ANSWER, **HELD_LONG),
    _line(7, LineState.REFUSED, problem="PX-003", said="Voucher is not in issued state"),
    _line(8, LineState.REFUSED, problem="PX-004"),
    _line(9, LineState.PIN_SENT),
)
SCANNERS = ("searching", "held", "denied", "failed", "off")


def _gate_guide(code: str) -> State:
    """The guide over the sign-on screen."""
    return replace(STATES["sign-on"](code), guide="people")


GALLERY: dict[str, Made] = {
    "showcase": _showcase,
    "showcase-offline": _showcase_offline,
    "showcase-done": _showcase_done,
    "showcase-no-answer": lambda code: _showcase_done(code, EntryState.CHECKING),
    "showcase-no-scanner": lambda code: replace(_showcase(code), scanner=ScannerLink("missing", "COM7", "")),
    **{f"guide-{page}": _with("sale", lambda s, page=page: replace(s, guide=page)) for page in (*PAGES, CONTENTS)},
    "guide-at-sign-on": _gate_guide,
    "sale-looking": _looking,
    "sale-found": _found,
    "sale-rows": _rows(*ROWS),
    "sale-rows-more": _rows(*MORE_ROWS),
    "sale-refusals-1": _rows(*REFUSALS[:5]),
    "sale-refusals-2": _rows(*REFUSALS[5:]),
    "sale-unasked": _unasked,
    "sale-remembered": _remembered,
    "sale-saved": _saved,
    "sale-on-trust": _trusted,
    "sale-blocked": _blocked,
    "sale-restored": _restored,
    "last-done": _last("done"),
    "last-waiting": _last("waiting"),
    "last-refused": _last("refused", "PX-007"),
    "last-attention": _last("attention", "SALE-02"),
    "parked": lambda code: replace(_parked(code), panel=Panel(PanelKind.PARKED)),
    "parked-none": _with("sale-empty", lambda state: replace(state, panel=Panel(PanelKind.PARKED))),
    "sale-empty-parked": _parked,
    "sounds": _with("sale", lambda state: replace(state, panel=Panel(PanelKind.SOUNDS))),
    "sounds-off": _with(
        "sale", lambda s: replace(s, panel=Panel(PanelKind.SOUNDS), shop=replace(s.shop, sounds=False))
    ),
    "person-sign-off": _with("who", lambda s: replace(s, shop=replace(s.shop, kiosk=True))),
    "banner-wrong": _with("sale", lambda state: replace(state, wrong="LOG-01")),
    "banner-keys": _link(online=True, problem="", keys="KEY-01"),
    "banner-salvaged": lambda code: _salvaged(code, is_uncertain=False),
    "banner-salvaged-uncertain": lambda code: _salvaged(code, is_uncertain=True),
    "offline-by-hand": _link(online=False, manual=True),
    "offline-limits": _limits,
    "offline-what-by-hand": lambda code: replace(
        _link(online=False, manual=True)(code), panel=Panel(PanelKind.WHAT_TO_DO)
    ),
    "clock-off": _link(drift_s=412.0),
    "service-clock-off": lambda code: replace(_link(drift_s=412.0)(code), panel=Panel(PanelKind.SERVICE)),
    **{
        f"scanner-{state}": _with("sale", lambda s, state=state: replace(s, scanner=ScannerLink(state, "COM7", "")))
        for state in SCANNERS
    },
    "printing-copy": _with(
        "done-points", lambda s: replace(s, printing=Printing(s.sale.record.ref, "printing", is_copy=True))
    ),
    "printing-done": _with("done-points", lambda s: replace(s, printing=Printing(s.sale.record.ref, "printed"))),
    "printer-pill": _with("sale", lambda s: replace(s, printer=PrinterLink("no_paper", "COM7"))),
    "notice-unreadable": _notice(Trouble("SCAN-01", "", "\x1b[31m%%%PDF-1.4 …")),
    "notice-too-long": _notice(Trouble("SCAN-02", "", "8850999320014" * 20)),
    "notice-disk": _notice(Trouble("DISK-01")),
    "notice-said": _notice(Trouble("PX-000", "Reward campaign 12 is not active for this tenant", "8850999320014")),
    **{f"hint-{kind.value.replace('_', '-')}": _hint(kind) for kind in HintKind if kind is not HintKind.RESTORED},
}


def _salvaged(code: str, *, is_uncertain: bool) -> State:
    bench = _bench(code)
    bench.happen(ev.SalvageTold(1204, 3, is_uncertain))
    return bench.state
