"""The rules of vouchers that are used by PIN: asked for on the keypad, used at once, read back when unsure. Pure."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, RecordSale, RedeemPin, RedeemVoucher, RevertVoucher
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.problems import BY_HAND
from pos_app.domain.vouchers import VoucherState, missing_spend
from pos_app.till.basket import change, is_refusal, moment_of
from pos_app.till.effects import Effect, Note, Store
from pos_app.till.pinning import MAX_PIN, Event, PinKey, PinTapped, StorePin, Typing
from pos_app.till.proof import PIN_STAYS
from pos_app.till.scans import begun
from pos_app.till.state import Line, LineState, Moment, Panel, PanelKind, Phase, Sale, State

SaleStep = tuple[Sale, list[Effect]]
Step = tuple[State, list[Effect]]


def waiting(sale: Sale, row: str = "") -> Line | None:
    """The row that waits for its PIN: this one, or the first."""
    rows = (line for line in sale.lines if line.state is LineState.NEEDS_PIN and row in ("", line.key))
    return next(rows, None)


def lacks(state: State, line: Line, typed: str) -> str:
    """Why the PIN cannot be sent now, as a key; "" when it can."""
    if not state.link.online:
        return "offline"
    bill = state.sale.bill(state.shop.currency)
    if line.voucher is not None and missing_spend(line.voucher, bill) is not None:
        return "minimum"  # used too early it would be gone
    return "" if typed else "type"


def on_event(state: State, event: Event, moment: Moment) -> Step:
    """Open the PIN pad, a key of it, or the PIN is complete."""
    if state.sale.phase is not Phase.OPEN:
        return state, []
    if isinstance(event, PinTapped):
        line = waiting(state.sale)
        return (replace(state, panel=_panel(line)) if line is not None else state), []
    panel = state.panel
    line = waiting(state.sale, panel.pin.row) if panel is not None and panel.pin is not None else None
    if panel is None or panel.pin is None or line is None:
        return state, []
    if isinstance(event, PinKey):
        pin = _keyed(panel.pin.pin, event.key)
        return replace(state, panel=replace(panel, pin=replace(panel.pin, pin=pin, at=moment.now))), []
    return _entered(state, line, panel.pin.pin, moment)


def _panel(line: Line) -> Panel:
    return Panel(PanelKind.PIN, pin=Typing(line.key))


def _keyed(pin: str, key: str) -> str:
    if key == "clear":
        return ""
    if key == "delete":
        return pin[:-1]
    is_digit = key.isascii() and key.isdigit() and len(key) == 1
    return (pin + key)[:MAX_PIN] if is_digit else pin


def _entered(state: State, line: Line, pin: str, moment: Moment) -> Step:
    known = state.sale.known
    if known is None or line.voucher_id is None or lacks(state, line, pin):
        return state, []
    sale = begun(state.sale, moment)
    command = RedeemPin(
        ref=moment.mint(),
        identifier=known.identifier,
        voucher_id=line.voucher_id,
        sale=sale.id or Ref(""),
        title=line.voucher.name if line.voucher else line.text,
    )
    sale = change(sale, line.key, state=LineState.PIN_SENT, pin_ref=command.ref, problem="", said="")
    note = Note("voucher used by PIN", command.ref, {"voucher": line.voucher_id})
    return replace(state, sale=sale, panel=None), [StorePin(command, pin), note]


def after(before: State, now: State) -> State:
    """The state with the PIN pad open, when a voucher has just begun to wait for its PIN and nothing else is looked at.

    Also when one was not right: whoever typed it types it again.
    """
    if now.panel is not None or now.sale.phase is not Phase.OPEN or not now.link.online:
        return now
    old = {line.key for line in before.sale.lines if line.state is LineState.NEEDS_PIN}
    fresh = next((one for one in now.sale.lines if one.state is LineState.NEEDS_PIN and one.key not in old), None)
    is_in_the_way = fresh is None or now.sale.trouble is not None or now.sale.offer is not None
    return now if is_in_the_way or fresh is None else replace(now, panel=_panel(fresh))


def aged(state: State) -> State:
    """A half-typed PIN does not stay; a pad whose row waits no more closes."""
    panel = state.panel
    if panel is None or panel.pin is None:
        return state
    if waiting(state.sale, panel.pin.row) is None:
        return replace(state, panel=None)
    at = panel.pin.at
    if not panel.pin.pin or at is None or timedelta(0) <= state.now - at < PIN_STAYS:
        return state
    return replace(state, panel=replace(panel, pin=replace(panel.pin, pin="")))


# ---------------------------------------------------------------- what came of it


def on_entry(sale: Sale, entry: Entry, command: RedeemPin, moment: Moment) -> SaleStep:
    """What came of a use by PIN. One that no row waits for any more is asked back."""
    line = next((one for one in sale.lines if one.pin_ref == entry.ref), None)
    if line is None:
        return sale, [Store(one) for one in reverted(entry, moment)]
    if line.state is not LineState.PIN_SENT:
        return sale, []
    match entry.state:
        case EntryState.DONE:
            used_at = moment_of(entry.answer.get("used_at"))
            voucher = line.voucher
            if voucher is not None:
                voucher = replace(voucher, state=VoucherState.REDEEMED, redeemed_at=used_at)
            return change(sale, line.key, state=LineState.USED, voucher=voucher, problem=""), []
        case EntryState.CHECKING:
            return change(sale, line.key, problem=entry.problem or "NET-02"), []
        case EntryState.ATTENTION:
            return change(sale, line.key, state=LineState.REFUSED, problem=entry.problem, said=entry.said), []
        case EntryState.REFUSED if entry.problem in ("PX-012", "SALE-06") or not is_refusal(entry.problem):
            problem = entry.problem if entry.problem == "PX-012" else "SALE-06"
            return change(sale, line.key, state=LineState.NEEDS_PIN, pin_ref=None, problem=problem), []
        case EntryState.REFUSED:
            return change(sale, line.key, state=LineState.REFUSED, problem=entry.problem, said=entry.said), []
    return sale, []


def reverted(entry: Entry, moment: Moment) -> list[RevertVoucher]:
    """What asks Perx to take back a use by PIN that no sale is made with."""
    command = entry.command
    is_closed = entry.problem == BY_HAND["done"]  # a person has said what became of it
    if entry.state is not EntryState.DONE or not isinstance(command, RedeemPin) or is_closed:
        return []
    return [_revert(command, str(entry.answer.get("used_at") or ""), moment)]


def _revert(command: RedeemPin, used_at: str, moment: Moment) -> RevertVoucher:
    return RevertVoucher(
        ref=moment.mint(),
        identifier=command.identifier,
        voucher_id=command.voucher_id,
        sale=command.sale,
        used_at=used_at,
        title=command.title,
        pin_ref=command.ref,
        deferred=True,
    )


def of_refused(command: Checkout | RecordSale | RedeemVoucher, moment: Moment) -> list[RevertVoucher]:
    """What asks back the vouchers that were used by PIN for a sale that came to nothing."""
    if isinstance(command, RedeemVoucher):
        return []
    uses = [
        RedeemPin(ref=Ref(ref), identifier=command.identifier, voucher_id=voucher_id, sale=command.ref)
        for ref, voucher_id in command.spent.items()
    ]
    return [_revert(one, "", moment) for one in uses]


def spent(sale: Sale) -> tuple[Line, ...]:
    """The rows that were used by PIN."""
    return tuple(line for line in sale.lines if line.is_spent)


def give_back(sale: Sale, moment: Moment) -> list[Effect]:
    """Ask back what was used by PIN for a sale that is not made. What is under way follows by itself."""
    known = sale.known
    if known is None:
        return []
    return [
        Store(
            _revert(
                RedeemPin(
                    ref=line.pin_ref or Ref(""),
                    identifier=known.identifier,
                    voucher_id=line.voucher_id or 0,
                    sale=sale.id or Ref(""),
                    title=line.voucher.name if line.voucher else line.text,
                ),
                line.voucher.redeemed_at.isoformat() if line.voucher and line.voucher.redeemed_at else "",
                moment,
            )
        )
        for line in spent(sale)
    ]


def take_out(sale: Sale, line: Line, moment: Moment) -> SaleStep:
    """Take a row that was used by PIN out of the sale: Perx is asked to take the use back."""
    alone = replace(sale, lines=(line,))
    note = Note("voucher taken out", str(sale.id or ""), {"voucher": line.voucher_id, "used": True})
    left = tuple(one for one in sale.lines if one.key != line.key)
    return replace(sale, lines=left), [*give_back(alone, moment), note]
