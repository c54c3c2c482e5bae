"""Training to draw: the card of the guided shift over several bodies, its list, the codes to scan by touch."""

from __future__ import annotations

from msgspec.structs import replace
from samples_firstrun import FIRST_RUNS as FIRST_RUNS
from samples_service import SERVICES
from samples_shift import SHIFTS as SHIFTS
from till_bench import START, Bench

from pos_app.till import events as ev
from pos_app.till.shifting import Page
from pos_app.till.state import Panel, PanelKind, Shop, State
from pos_app.till.training import Code, Supplied, Supplies, Task, Training

CODES = (
    Code("Member Somchai P.", "Gold, active", "6591234821"),
    Code("10.00 off from 50.00", "issued, Somchai P., as on a phone", '{"identifier":"6591234821","voucherId":7101}'),
    *(Code(f"Coffee for {n}.00", "issued, Somchai P.", f"CAFE0{n}") for n in range(12)),
)
PEOPLE = (("Mai A.", "cashier", "5917"), ("Noor H.", "supervisor", "4729"))
SUPPLIES = Supplies(CODES, PEOPLE, "6591234821", "LUMEN10", from_till=True)
SHOP = Shop("Lumen & Oak, Orchard Road", "Till 1")


def at(task: Task | None, panel: Panel | None = None) -> State:
    """The guide at this task, on a sale with a voucher."""
    bench = Bench()
    bench.state = replace(bench.state, shop=SHOP, now=START)
    bench.happen(Supplied(SUPPLIES))
    if task not in (Task.MEMBER, Task.SIGN_ON):
        bench.customer()
        bench.bill("5", "6", "00")
    done = tuple(one for one in Task if one is not task)
    return replace(bench.state, training=Training(SUPPLIES, done), panel=panel)


def _menu() -> State:
    return at(Task.PAY, Panel(PanelKind.MENU))


def _shift() -> State:
    state = at(Task.OPEN_SHIFT, Panel(PanelKind.SHIFT))
    return replace(state, shift=replace(state.shift, page=Page.NOW))


def _waits() -> State:
    bench = Bench()
    bench.state = at(Task.OFFLINE)
    bench.happen(ev.OfflineChosen(True))
    return replace(bench.state, training=replace(bench.state.training, saved="9"))


STATES: dict[str, State] = {
    "member": at(Task.MEMBER),
    "voucher": at(Task.VOUCHER),
    "reverse": at(Task.REVERSE),
    "offline": _waits(),
    "done": at(None),
    "shift": _shift(),
    "menu": _menu(),
    "tasks": replace(at(Task.PARK, Panel(PanelKind.LESSON)), training=Training(SUPPLIES, tuple(Task)[:5])),
    "codes": at(Task.PAY, Panel(PanelKind.CODES)),
    "real-menu": replace(at(Task.PAY, Panel(PanelKind.MENU)), training=Training()),
}
TRAININGS = {f"70-training-{name}": state for name, state in STATES.items()} | SERVICES
