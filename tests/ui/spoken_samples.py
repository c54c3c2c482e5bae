"""The main screens as `present` makes them of real states, in any language: for checks of layout and for pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from desk_samples import BASE, NAMES, OFFLINE, OPEN, REASON, SHOP
from msgspec.structs import replace
from samples_day import CUT, FIGURES, FOUND, WHOLE
from samples_firstrun import STATES as SETUPS
from samples_service import STATES as SERVICE_STATES
from samples_training import STATES as TRAINING_STATES
from staff_samples import PEOPLE
from till_bench import BALANCE, SOMCHAI, START, VOUCHERS, Bench, voucher

from pos_app import language
from pos_app.domain.attention import Act
from pos_app.domain.commands import Checkout, CreateCustomer
from pos_app.domain.customers import Expiring
from pos_app.domain.entries import Backlog, EntryState
from pos_app.domain.money import Points
from pos_app.domain.people import Denied
from pos_app.till import events as ev
from pos_app.till.approve import Ask, CloseTill, OpenService, SettleEntry, TypedMember
from pos_app.till.desk import Desk, Pile
from pos_app.till.servicing import Page
from pos_app.till.speech import LanguageChosen
from pos_app.till.staff import Gate, Staff, Why
from pos_app.till.state import DayView, Panel, PanelKind, ScannerLink, State
from pos_app.ui.present import present
from pos_app.ui.present.firstrun import setup_screen
from pos_app.ui.screen import Screen

PSEUDO = "xx"
_ACCENTS = str.maketrans("aeioucnysAEIOU", "áéíóúçñýšÁÉÍÓÚ")
_PAD = " ·loremipsumdolor·"


def pseudo(text: str) -> str:
    """English that is accented and 40 % longer; what stands in braces stays as it is."""
    parts = language.re.split(r"(\{[^}]*\})", text)
    accented = "".join(part if part.startswith("{") else part.translate(_ACCENTS) for part in parts)
    return accented + _PAD[: max(1, round(len(text) * 0.4))]


class _Pseudo(dict[str, str]):
    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        return pseudo(key)


@contextmanager
def pseudo_spoken() -> Iterator[None]:
    """Let the till speak the pseudo language inside the block, everywhere."""
    known = language.catalogue("th")
    counted = {one: (pseudo(one), pseudo(one)) for one in known.counted}
    language.LANGUAGES[PSEUDO] = replace(language.ENGLISH, code=PSEUDO)
    real = language.catalogue
    language.catalogue = lambda code: language.Catalogue(_Pseudo(), counted) if code == PSEUDO else real(code)  # type: ignore[assignment]
    try:
        yield
    finally:
        language.catalogue = real
        del language.LANGUAGES[PSEUDO]


def _bench(code: str) -> Bench:
    bench = Bench()
    bench.happen(ev.ScannerSeen("connected", "/dev/ttyACM0", ""), LanguageChosen(code))
    bench.state = replace(bench.state, shop=replace(SHOP, language=code))
    return bench


def _sale(code: str) -> Bench:
    bench = _bench(code)
    held = replace(voucher(4), held_until=START + timedelta(seconds=300), code="AB7Q2K")
    bench.customer((*VOUCHERS, held))
    ends = tuple(Expiring(Points(n), (START + timedelta(days=n)).date()) for n in (20, 200))
    bench.happen(ev.CustomerDetailed(bench.state.sale.look, replace(BALANCE, expiring=ends), (*VOUCHERS, held)))
    bench.hold(2)
    bench.bill("5", "6", "00")
    return bench


def _empty(code: str) -> State:
    return _bench(code).state


def _two_vouchers(code: str) -> State:
    bench = _sale(code)
    bench.happen(ev.VoucherTapped(1), ev.VoucherTapped(3))
    bench.entry(bench.stored()[-1], EntryState.REFUSED, problem="PX-003")
    return bench.state


def _offline(code: str) -> State:
    bench = _sale(code)
    bench.offline()
    backlog = Backlog(7, 1, 2, value_minor=31_240, oldest_at=START - timedelta(minutes=50))
    bench.happen(ev.BacklogSeen(backlog), ev.VoucherTapped(1), ev.Ticked(), after_s=20 * 60)
    return bench.state


def _completed(code: str, state: EntryState, **values: object) -> State:
    bench = _sale(code)
    bench.happen(ev.CompleteTapped())
    command = bench.stored(Checkout)[-1]
    bench.entry(command, EntryState.SENDING, tries=1)
    bench.entry(command, state, **values)
    return bench.state


def _points(code: str) -> State:
    state = _completed(code, EntryState.DONE)
    record = replace(state.sale.record, points=58, points_after=2538)
    return replace(state, sale=replace(state.sale, record=record))


def _unknown(code: str) -> State:
    bench = _bench(code)
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    bench.happen(ev.CustomerUnknown(bench.state.sale.look, SOMCHAI.identifier))
    return bench.state


def _enrolled(code: str) -> State:
    bench = _bench(code)
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    bench.happen(ev.CustomerUnknown(bench.state.sale.look, SOMCHAI.identifier), ev.EnrolTapped())
    bench.entry(bench.stored(CreateCustomer)[-1], EntryState.REFUSED, problem="PX-006", said="No.")
    return bench.state


def _panel(kind: PanelKind, **more: object) -> Callable[[str], State]:
    def made(code: str) -> State:
        base = _sale(code).state
        return replace(base, panel=Panel(kind, **more), backlog=BASE.backlog)  # type: ignore[arg-type]

    return made


def _desk(desk: Desk, **more: object) -> Callable[[str], State]:
    def made(code: str) -> State:
        panel = Panel(PanelKind.WAITING, desk=desk)
        return replace(BASE, language=code, panel=panel, **more)  # type: ignore[arg-type]

    return made


def _asking(act: Act, **more: object) -> Callable[[str], State]:
    ask = replace(Ask(number=1, subject=SettleEntry(OPEN[1].ref, act), names=NAMES), **more)  # type: ignore[arg-type]
    desk = Desk(entries=OPEN, entry=OPEN[1], opened=True)

    def made(code: str) -> State:
        panel = Panel(PanelKind.WAITING, desk=desk, ask=ask)
        return replace(BASE, language=code, panel=panel, staff=Staff(people=PEOPLE))

    return made


def _people(panel: Panel | None = None, **more: object) -> Callable[[str], State]:
    staff = replace(Staff(people=PEOPLE, on=PEOPLE[0]), **more)  # type: ignore[arg-type]
    return lambda code: replace(_sale(code).state, staff=staff, panel=panel)


def _kiosk(ask: Ask | None = None) -> Callable[[str], State]:
    panel, kiosk = Panel(PanelKind.MENU, ask=ask), replace(SHOP, kiosk=True)
    return lambda code: replace(_sale(code).state, shop=kiosk, panel=panel, staff=Staff(people=PEOPLE))


def _in(state: State) -> Callable[[str], State]:
    """A state in a language."""
    return lambda code: replace(state, language=code)


def _day(day: DayView) -> Callable[[str], State]:
    return lambda code: replace(BASE, language=code, panel=Panel(PanelKind.DAY), day=day)


def _scanner_gone(code: str) -> State:
    return replace(_sale(code).state, scanner=ScannerLink("missing"), shop=replace(SHOP, environment="sandbox"))


STATES: dict[str, Callable[[str], State]] = {
    "sale-empty": _empty,
    "sale": lambda code: _sale(code).state,
    "sale-refused": _two_vouchers,
    "offline": _offline,
    "sending": lambda code: _completed(code, EntryState.SENDING),
    "no-answer": lambda code: _completed(code, EntryState.CHECKING, tries=1, looks=2),
    "done": lambda code: _completed(code, EntryState.DONE),
    "done-points": _points,
    "done-refused": lambda code: _completed(code, EntryState.REFUSED, problem="PX-007"),
    "done-attention": lambda code: _completed(code, EntryState.ATTENTION, problem="SALE-02"),
    "unknown-member": _unknown,
    "member-refused": _enrolled,
    "scanner-gone": _scanner_gone,
    "menu": _panel(PanelKind.MENU),
    "menu-kiosk": _kiosk(),
    "close-till": _kiosk(Ask(number=1, subject=CloseTill(), names=NAMES)),
    "language": _panel(PanelKind.LANGUAGE),
    "typing": _panel(PanelKind.TYPING, typed="AB12"),
    "service": _panel(PanelKind.SERVICE),
    **{f"service-{name}": _in(one) for name, one in SERVICE_STATES.items()},
    **{f"training-{name}": _in(one) for name, one in TRAINING_STATES.items()},
    "what-to-do": lambda code: replace(_offline(code), panel=Panel(PanelKind.WHAT_TO_DO)),
    "attention": _desk(Desk(entries=OPEN, entry=OPEN[0], opened=True)),
    "attention-list": _desk(Desk(entries=OPEN, entry=OPEN[2]), link=OFFLINE),
    "settled": _desk(Desk(Pile.SETTLED, entries=OPEN)),
    "approval": _asking(Act.AGAIN, name="Noor H.", reason=REASON, pin="47"),
    "approval-denied": _asking(Act.GIVE_UP, name="Ravi K.", denied=Denied("PIN-02", 240), denied_at=BASE.now),
    "approval-nobody": _asking(Act.DONE, names=()),
    "sign-on": _people(gate=Gate(number=1, names=(*NAMES, "Mai A."), name="Mai A.", pin="47")),
    "locked": _people(gate=Gate(number=1, names=("Mai A.",), name="Mai A.", why=Why.LOCKED, denied=Denied("PIN-01"))),
    "hidden": _people(hidden=True),
    "who": _people(panel=Panel(PanelKind.PERSON)),
    "open-service": _people(
        panel=Panel(PanelKind.SERVICE, ask=Ask(number=1, subject=OpenService(Page.SUPPORT), names=NAMES))
    ),
    "typed-member": _people(panel=Panel(PanelKind.TYPING, ask=Ask(number=1, subject=TypedMember("659"), names=NAMES))),
    "day": _day(DayView(FIGURES, CUT)),
    "day-differs": _day(DayView(FIGURES, replace(WHOLE, found=FOUND))),
}


def spoken(code: str) -> dict[str, Screen]:
    """Every main screen in a language."""
    made = {name: present(state(code)) for name, state in STATES.items()}
    return made | {f"setup-{name}": setup_screen(replace(one, language=code)) for name, one in SETUPS.items()}
