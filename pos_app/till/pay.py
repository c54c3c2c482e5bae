"""The rules of paying with points: typed, looked at, kept back at Perx, given back. Pure."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from pos_app.domain import paying as figures
from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, HoldPoints, ReleasePoints
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.money import Money, Points
from pos_app.till import totals
from pos_app.till.basket import is_refusal
from pos_app.till.effects import Effect, Note, Store
from pos_app.till.paying import Chip, ChipTapped, Event, Pay, PayEntered, PayState, PayTapped, PointsRead, SeePoints
from pos_app.till.scans import begun
from pos_app.till.state import Moment, Panel, PanelKind, Phase, Sale, State

MOST_DIGITS = 9

SaleStep = tuple[Sale, list[Effect]]
Step = tuple[State, list[Effect]]


# ---------------------------------------------------------------- what can be paid


def value(state: State) -> Decimal | None:
    """What one point is worth here, major units; None when nobody knows."""
    known = state.sale.known
    return figures.value_of(known.balance if known else None, state.shop.point_value, state.shop.currency)


def left(state: State) -> Money:
    """What points could pay: the bill less its vouchers."""
    return totals.due(replace(state.sale, pay=None), state.terms)


def spendable(state: State) -> int:
    """The customer's points that nothing keeps back but this sale's own hold, which a new one replaces."""
    balance = state.sale.known.balance if state.sale.known else None
    own = state.sale.pay
    is_own = own is not None and own.state is PayState.HELD
    return int(balance.spendable) + (own.points if own is not None and is_own else 0) if balance else 0


def most(state: State) -> int:
    """How many points can be used at most."""
    worth = value(state)
    return min(spendable(state), figures.needed(left(state), worth)) if worth else 0


def chip(state: State, which: Chip) -> int:
    """How many points a chip stands for; 0 when it stands for none now."""
    worth = value(state)
    if worth is None:
        return 0
    match which:
        case Chip.MAX:
            return most(state)
        case Chip.HALF:
            return most(state) // 2
    exact = figures.needed(left(state), worth)
    return exact if exact <= spendable(state) else 0


def lacks(state: State, points: int) -> str:
    """Why so many points cannot be kept back now, as a key; "" when they can."""
    sale, worth = state.sale, value(state)
    if sale.known is None:
        return "customer"
    if not state.link.online or not sale.known.checked:
        return "offline"
    if not sale.known.customer.may_redeem:
        return "member"
    if sale.pay is not None and sale.pay.state in (PayState.HOLDING, PayState.ASKING, PayState.NO_ANSWER):
        return "busy"
    if sale.known.balance is None:
        return "balance"
    if worth is None:
        return "worth"
    if not sale.bill_minor:
        return "bill"
    if not spendable(state):
        return "none"
    if not points:
        return "type"
    if points > spendable(state):
        return "short"
    if points > figures.needed(left(state), worth):
        return "much"
    return "" if figures.worth(points, worth, state.shop.currency) else "little"


def typed(state: State) -> int:
    """The points that stand on the keypad."""
    panel = state.panel
    is_here = panel is not None and panel.kind is PanelKind.POINTS
    return int(panel.typed) if panel is not None and is_here and panel.typed.isdecimal() else 0


# ---------------------------------------------------------------- taps


def on_event(state: State, event: Event, moment: Moment) -> Step:
    """A tap on the points' screen, or the balance that was asked for."""
    match event:
        case PayTapped():
            if state.sale.phase is not Phase.OPEN or state.sale.known is None:
                return state, []
            kept = state.sale.pay
            again = str(kept.points) if kept is not None else ""
            return replace(state, panel=Panel(PanelKind.POINTS, again)), []
        case ChipTapped():
            if state.panel is None or state.panel.kind is not PanelKind.POINTS:
                return state, []
            points = chip(state, event.chip)
            return replace(state, panel=replace(state.panel, typed=str(points) if points else "")), []
        case PayEntered():
            return _entered(state, moment)
    sale, effects = on_read(state.sale, event, moment, online=state.link.online)
    return replace(state, sale=sale), effects


def keyed(text: str, key: str) -> str:
    """The digits of the points after one more key."""
    if key == "clear":
        return ""
    if key == "delete":
        return text[:-1]
    grown = (text + key).lstrip("0")
    return grown if key.isascii() and key.isdigit() and len(grown) <= MOST_DIGITS else text


def _entered(state: State, moment: Moment) -> Step:
    points, worth = typed(state), value(state)
    if state.sale.phase is not Phase.OPEN or worth is None or lacks(state, points):
        return state, []
    pays = min(figures.worth(points, worth, state.shop.currency), left(state), key=lambda money: money.minor)
    given_back = give_back(state.sale, moment)
    sale = begun(let_go(state.sale), moment)
    sale, effects = ask(replace(sale, pay=Pay(points, PayState.WAITING, pays.minor, str(worth))), moment)
    return replace(state, sale=sale, panel=None), [*given_back, *effects]


def ask(sale: Sale, moment: Moment) -> SaleStep:
    """Look at the customer's balance before their points are kept back."""
    if sale.known is None or sale.pay is None:
        return sale, []
    ref = moment.mint()
    return replace(sale, pay=replace(sale.pay, state=PayState.ASKING, ask=ref)), [SeePoints(ref, sale.known.identifier)]


def customer_known(state: State, moment: Moment) -> Step:
    """A sale that was put aside is back with its customer: its points are asked for anew."""
    sale, kept = state.sale, state.sale.pay
    if kept is None or kept.state is not PayState.WAITING or sale.known is None or not sale.known.detailed:
        return state, []
    worth = value(state)
    if not state.link.online or not sale.known.checked or worth is None:
        problem = "SALE-01" if worth is not None or not state.link.online else "SALE-08"
        return replace(state, sale=replace(sale, pay=replace(kept, state=PayState.NOT_NOW, problem=problem))), []
    pays = figures.worth(kept.points, worth, state.shop.currency)
    sale, effects = ask(replace(sale, pay=replace(kept, worth_minor=pays.minor, value=str(worth))), moment)
    return replace(state, sale=sale), effects


def check(sale: Sale, moment: Moment) -> SaleStep:
    """Ask whether Perx still keeps the points of this sale back."""
    if sale.known is None or sale.pay is None or sale.pay.state is not PayState.HELD:
        return sale, []
    ref = moment.mint()
    return replace(sale, pay=replace(sale.pay, ask=ref)), [SeePoints(ref, sale.known.identifier, alone=False)]


# ---------------------------------------------------------------- answers


def on_read(sale: Sale, event: PointsRead, moment: Moment, *, online: bool) -> SaleStep:
    """The balance is here: keep the points back, or say how many are missing."""
    pay, known = sale.pay, sale.known
    if pay is None or known is None or pay.ask != event.ask or sale.phase is not Phase.OPEN:
        return sale, []
    if event.balance is not None:
        known = replace(known, balance=event.balance)
        sale = replace(sale, known=known)
    if pay.state is PayState.HELD:
        gone = event.balance is not None and event.balance.held < pay.points
        if not gone:
            return sale, []
        lapsed = replace(pay, state=PayState.REFUSED, problem="SALE-07", ask=None)
        return replace(sale, pay=lapsed), _release(sale, moment)
    if pay.state is not PayState.ASKING:
        return sale, []
    if event.balance is None or not online:
        said_no = bool(event.problem) and is_refusal(event.problem)
        problem = event.problem if said_no else "SALE-01"
        state = PayState.REFUSED if said_no else PayState.NOT_NOW
        return replace(sale, pay=replace(pay, state=state, problem=problem, said=event.said, ask=None)), []
    if pay.points > event.balance.spendable:
        short = pay.points - int(event.balance.spendable)
        return replace(sale, pay=replace(pay, state=PayState.REFUSED, problem="PX-005", short=short, ask=None)), []
    sale = begun(sale, moment)
    command = HoldPoints(
        ref=moment.mint(),
        identifier=known.identifier,
        points=pay.points,
        sale=sale.id or Ref(""),
        held_before=int(event.balance.held),
    )
    return replace(sale, pay=replace(pay, state=PayState.HOLDING, ask=None, hold_ref=command.ref)), [Store(command)]


def on_hold_entry(sale: Sale, entry: Entry, command: HoldPoints, moment: Moment) -> SaleStep:
    """What came of keeping points back. What no sale waits for, or comes true after it was sent, is given back."""
    pay = sale.pay
    if pay is None or pay.hold_ref != entry.ref:
        return sale, [Store(one) for one in released(entry, moment)]
    if pay.state in (PayState.HELD, PayState.USED):
        return sale, []
    if sale.phase is not Phase.OPEN:
        return sale, [Store(one) for one in released(entry, moment)]
    match entry.state:
        case EntryState.DONE:
            hold_id = str(entry.answer.get("hold_id") or "")
            return _kept_back(replace(sale, pay=replace(pay, state=PayState.HELD, hold_id=hold_id)), command.points), []
        case EntryState.CHECKING:
            return replace(sale, pay=replace(pay, state=PayState.NO_ANSWER, problem=entry.problem)), []
        case EntryState.REFUSED | EntryState.ATTENTION:
            said_no = is_refusal(entry.problem) or entry.state is EntryState.ATTENTION
            state = PayState.REFUSED if said_no else PayState.NOT_NOW
            problem = entry.problem if said_no else "SALE-01"
            return replace(sale, pay=replace(pay, state=state, problem=problem, said=entry.said)), []
    return sale, []


def on_spoilt(sale: Sale, entry: Entry) -> Sale:
    """A hold that cannot be read was not asked for; the sale waits for nothing any more."""
    pay = sale.pay
    is_its = pay is not None and pay.hold_ref == entry.ref and pay.state is PayState.HOLDING
    if pay is None or not is_its or not entry.is_spoilt or entry.state.is_open:
        return sale
    return replace(sale, pay=replace(pay, state=PayState.NOT_NOW, problem="SALE-01"))


def released(entry: Entry, moment: Moment) -> list[ReleasePoints]:
    """What lets go of the points that this entry keeps back, when it does and Perx told their number."""
    command, hold_id = entry.command, str(entry.answer.get("hold_id") or "")
    if entry.state is not EntryState.DONE or not isinstance(command, HoldPoints) or not hold_id:
        return []
    return [
        ReleasePoints(
            ref=moment.mint(),
            identifier=command.identifier,
            points=command.points,
            sale=command.sale,
            hold_id=hold_id,
            hold_ref=command.ref,
        )
    ]


def of_refused(command: Checkout, moment: Moment) -> ReleasePoints | None:
    """What lets go of the points of a sale that came to nothing."""
    if not command.points_hold:
        return None
    return ReleasePoints(
        ref=moment.mint(),
        identifier=command.identifier,
        points=command.points,
        sale=command.ref,
        hold_id=command.points_hold,
        hold_ref=command.points_ref,
    )


# ---------------------------------------------------------------- given back


def give_back(sale: Sale, moment: Moment) -> list[Effect]:
    """Commands that let the points of this sale go. A hold that is still under way follows by itself."""
    return _release(sale, moment) if sale.pay is not None and sale.pay.state is PayState.HELD else []


def let_go(sale: Sale) -> Sale:
    """The sale without its points; the balance as it is once they are free."""
    pay = sale.pay
    if pay is None:
        return sale
    sale = _kept_back(sale, -pay.points) if pay.state is PayState.HELD else sale
    return replace(sale, pay=None)


def take_out(sale: Sale, moment: Moment) -> SaleStep:
    """Take the points out of the sale again."""
    if sale.pay is None or sale.pay.state is PayState.USED:
        return sale, []
    note = Note("points taken out", str(sale.id or ""), {"points": sale.pay.points})
    return let_go(sale), [*give_back(sale, moment), note]


def _release(sale: Sale, moment: Moment) -> list[Effect]:
    pay, known = sale.pay, sale.known
    if pay is None or known is None or pay.hold_ref is None or not pay.hold_id:
        return []
    command = ReleasePoints(
        ref=moment.mint(),
        identifier=known.identifier,
        points=pay.points,
        sale=sale.id or Ref(""),
        hold_id=pay.hold_id,
        hold_ref=pay.hold_ref,
    )
    return [Store(command)]


def _kept_back(sale: Sale, points: int) -> Sale:
    """The sale, its customer's balance with so many points more kept back."""
    known = sale.known
    if known is None or known.balance is None:
        return sale
    held = max(0, int(known.balance.held) + points)
    return replace(sale, known=replace(known, balance=replace(known.balance, held=Points(held))))
