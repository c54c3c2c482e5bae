"""Sample screens of earlier sales and their reversal, made of states by the till's own `present`."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace
from staff_samples import NOW, ON, RECORD

from pos_app.domain.codes import Ref, ref_from_digits
from pos_app.domain.day import today
from pos_app.domain.reversal import Part, Policy, Reversal, Undo
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.till.approve import Ask, ReverseSale
from pos_app.till.history import History, Plan, Query
from pos_app.till.state import Panel, PanelKind, State

LONG = "Free dessert with any main course on weekdays after three"
SOLD = replace(
    RECORD,
    state="done",
    points=58,
    points_after=2538,
    vouchers=(UsedVoucher(1, "10.00 off from 50.00", "EN10", 1000), UsedVoucher(2, LONG, "7Q2K")),
)
P, V, W = (
    Part(Ref("1"), Undo.POINTS, points=-58),
    *(Part(Ref(str(n)), Undo.VOUCHER, voucher_id=n - 1, title=SOLD.vouchers[n - 2].title) for n in (2, 3)),
)
DONE = (
    replace(P, state="done", moved=-58),
    replace(V, state="done", back="issued"),
    replace(W, state="refused", problem="PX-003", said="Transition from redeemed to issued is not permitted"),
)
MADE = Reversal(ref_from_digits("7" * 22), NOW.isoformat(), "The customer brought it back", "Mai A.", "Noor H.", DONE)
PLAN = Plan(SOLD.ref, SOLD.identifier, (P, V), left=((LONG, "REV-09"),))


def many() -> tuple[SaleRecord, ...]:
    """Sales of one day, in every state that a list shows."""
    whole = replace(SOLD, reversal=replace(MADE, parts=DONE[:2]))
    kinds = (
        SOLD,
        replace(SOLD, state="waiting"),
        whole,
        replace(SOLD, reversal=MADE),
        replace(SOLD, state="attention"),
    )
    return tuple(replace(one, ref=ref_from_digits(f"{n:022d}")) for n, one in enumerate(kinds * 3))


def seen(record: SaleRecord, history: History, state: State = ON, **panel: object) -> State:
    """One sale that is looked at."""
    shown = Panel(PanelKind.FOUND, record=record, history=history, **panel)  # type: ignore[arg-type]
    return replace(state, panel=shown)


def listed(history: History, records: tuple[SaleRecord, ...] | None, **panel: object) -> State:
    """A list that is looked at."""
    shown = Panel(PanelKind.SALES, records=records, history=history, **panel)  # type: ignore[arg-type]
    return replace(ON, panel=shown)


TODAY, LISTED = Query(today(NOW)), History(listed=True)
ASK = Ask(number=1, names=("Noor H.", "Ravi K."), name="Noor H.", subject=ReverseSale(PLAN), reason=MADE.why)
FREELY = replace(ON, shop=replace(ON.shop, reversal=Policy(approval=False)))
HISTORY_SCREENS: dict[str, State] = {
    "60-history": listed(History(TODAY, more=True, before=date(2026, 5, 30)), many()),
    "61-history-empty": listed(History(TODAY), ()),
    "62-history-member": listed(History(Query(identifier=SOLD.identifier)), many()[:2]),
    "63-history-find": listed(History(TODAY, typing=True), many(), typed="4821"),
    "64-sale": seen(SOLD, LISTED),
    "65-sale-too-late": seen(replace(SOLD, sold_at="2026-05-01T06:00:00Z"), replace(LISTED, problem="REV-02")),
    "66-reverse": seen(SOLD, LISTED, ask=ASK),
    "67-reverse-alone": seen(SOLD, replace(LISTED, plan=PLAN), FREELY),
    "68-reversing": seen(replace(SOLD, reversal=replace(MADE, parts=(replace(P, state="checking"), V))), LISTED),
    "69-reversed": seen(replace(SOLD, reversal=replace(MADE, parts=DONE[:2], points_after=2480)), LISTED),
    "70-partly-reversed": seen(replace(SOLD, reversal=MADE), LISTED),
    "71-given-up": seen(
        replace(
            SOLD,
            state="refused",
            vouchers=(),
            points=None,
            reversal=replace(MADE, parts=(Part(SOLD.ref, Undo.UNSENT, "done"),)),
        ),
        LISTED,
    ),
}
