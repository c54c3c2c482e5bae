"""Paying with points in words: the screen with its keypad and chips, and the row of the points in this sale."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from pos_app.domain import codes
from pos_app.domain import paying as figures
from pos_app.domain.money import Money
from pos_app.language import _, ngettext
from pos_app.till import pay
from pos_app.till.events import KeyTapped, LineRemoved, PanelClosed
from pos_app.till.paying import ROW, Chip, ChipTapped, Pay, PayEntered, PayState, PayTapped
from pos_app.till.state import Phase, State
from pos_app.till.totals import after_vouchers, is_overpaid, paid
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words
from pos_app.ui.screen import Action, AmountLine, Glyph, Keypad, Main, SaleRow, Till, Tone, TypeBody, TypedCard


class _Chips(Struct, frozen=True):
    """What the chips mean: a value, so that the same screen is the same."""

    meant: tuple[tuple[str, Chip], ...]

    def __call__(self, words: str) -> object:
        return ChipTapped(dict(self.meant).get(words, Chip.MAX))


def some_points(words: Words, count: int) -> str:
    """So many points, in words."""
    return ngettext("{n} point", "{n} points", count).format(n=words.points(count))


def pay_action(state: State) -> Action | None:
    """The way to pay with points, where a customer is known who may use them."""
    known = state.sale.known
    if known is None or not known.customer.may_redeem or state.staff.hidden:
        return None
    is_open = state.sale.phase is Phase.OPEN
    return Action(_("Use points"), PayTapped(), icon="coins", enabled=is_open, why=_("It is being sent"))


def pay_body(state: State, words: Words) -> TypeBody:
    """Typing how many points pay: what there is, what they are worth, what is left to collect."""
    points, worth = pay.typed(state), pay.value(state)
    lacks = pay.lacks(state, points)
    usable = lacks in ("", "type", "short", "much", "little")
    meant = tuple(
        (f"{name} · {words.points(count)}", which)
        for which, name in ((Chip.MAX, _("Most")), (Chip.HALF, _("Half")), (Chip.EXACT, _("All of the bill")))
        if (count := pay.chip(state, which)) and usable
    )
    back = Action(_("Back to the sale"), PanelClosed(), icon="chevron-left")
    clear = Action(_("Clear"), KeyTapped("clear"), kind="quiet") if points else None
    lines = _lines(state, words, points, worth) if usable and points else ()
    card = TypedCard(_("Points"), " ", words.points(points), lines=lines, hint="" if lines else _range(state, words),
                     clear=clear)  # fmt: skip
    main = Main(
        _("Keep {n} back").format(n=some_points(words, points)) if points else _("Keep points back"),
        _why_not(state, words, lacks, points),
        enabled=not lacks,
        icon="coins",
        event=PayEntered(),
    )
    text = "\n".join(_facts(state, words, worth))
    keypad = Keypad(KeyTapped, enabled=usable)
    letters = tuple(name for name, _chip in meant)
    return TypeBody(_("Pay with points"), text, letters, _Chips(meant), (back,), Till(card, main, keypad), icon="coins")


def _lines(state: State, words: Words, points: int, worth: Decimal | None) -> tuple[AmountLine, ...]:
    left = pay.left(state)
    off = min(figures.worth(points, worth or Decimal(0), left.currency), left, key=lambda money: money.minor)
    return (
        AmountLine(_("Worth"), words.off(off)),
        AmountLine(_("To collect"), words.money(left - off), strong=True),
    )


def _range(state: State, words: Words) -> str:
    most = pay.most(state)
    return _("Up to {n} for this bill.").format(n=some_points(words, most)) if most else ""


def _facts(state: State, words: Words, worth: Decimal | None) -> list[str]:
    """What the customer has, what is kept back of it, what a point is worth, and what is left to pay."""
    known = state.sale.known
    balance = known.balance if known else None
    if balance is None:
        return [_("The balance is not known.")]
    held, has = int(balance.held), some_points(words, int(balance.points))
    facts = [has]
    if held:
        rest = words.points(int(balance.spendable))
        facts = [_("{has}, {held} kept back, {rest} to spend").format(has=has, held=words.points(held), rest=rest)]
    if worth is not None:
        per = figures.worth(100, worth, state.shop.currency)
        facts.append(_("100 points are worth {amount}").format(amount=words.money(per)))
    if state.sale.bill_minor:
        facts.append(_("To pay: {amount}").format(amount=words.money(pay.left(state))))
    facts.append(_("Perx keeps them back first; completing the sale takes them."))
    return facts


def _why_not(state: State, words: Words, lacks: str, points: int) -> str:
    if lacks == "short":
        short = points - pay.spendable(state)
        return _("{n} missing").format(n=some_points(words, short))
    return {
        "": _("for this sale"),
        "customer": _("Scan the member's code"),
        "offline": _("Needs Perx: a balance could be spent twice"),
        "member": _("This member may not use points yet"),
        "busy": _("Points are being kept back already"),
        "balance": _("The balance could not be read"),
        "worth": _("What a point is worth is not known here ({code})").format(code="SALE-08"),
        "bill": _("Type the bill first"),
        "none": _("No points to spend"),
        "type": _("Type how many, or tap an amount"),
        "much": _("More than the bill needs"),
        "little": _("Too few to be worth anything"),
    }[lacks]


# ---------------------------------------------------------------- in this sale


def pay_row(state: State, words: Words) -> tuple[SaleRow, ...]:
    """The row of the points that pay, if any."""
    kept = state.sale.pay
    if kept is None:
        return ()
    glyph, tone, said, detail, calm = _look(state, words, kept)
    may_go = state.sale.phase is Phase.OPEN and not state.staff.hidden and kept.state is not PayState.USED
    title = some_points(words, kept.points)
    remove = Action("", LineRemoved(ROW), icon="x", kind="quiet", name=_("Remove {title}").format(title=title))
    amount = words.off(paid(state.sale, state.terms)) if paid(state.sale, state.terms) else ""
    return (SaleRow(ROW, glyph, tone, title, said, detail, amount, calm, remove=remove if may_go else None),)


_Look = tuple[Glyph, Tone, str, str, bool]


def _look(state: State, words: Words, kept: Pay) -> _Look:
    match kept.state:
        case PayState.WAITING | PayState.ASKING:
            return "looking", "plain", _("Asking Perx for the balance"), "", True
        case PayState.HOLDING:
            return "looking", "plain", _("Keeping them back for this sale"), "", True
        case PayState.NO_ANSWER:
            text = _("No answer: may or may not be kept back")
            return "unknown", "unknown", text, _("We are finding out."), False
        case PayState.USED:
            return "ok", "ok", _("Used"), "", True
        case PayState.NOT_NOW:
            code = kept.problem if kept.problem not in ("", "SALE-01") else ""
            detail = problem(code).happened if code else _("No points were used.")
            return "notyet", "wait", _("Not now: needs Perx"), detail, False
        case PayState.HELD:
            return _held(state, words)
    known = problem(kept.problem or "PX-000")
    said = codes.shown(kept.said, 90)
    detail = said if said and known.code == "PX-000" else known.do_next
    text = _("Refused: {why}").format(why=known.happened.rstrip(".。"))
    if kept.short:
        text = _("Refused: {n} missing").format(n=some_points(words, kept.short))
    return "bad", "bad", text, f"{detail} ({known.code})", False


def _held(state: State, words: Words) -> _Look:
    if state.sale.phase is Phase.CHECKING:
        return "unknown", "unknown", _("May or may not be taken"), _("Give their worth once."), True
    if not state.link.online and state.sale.phase is Phase.OPEN:
        return "notyet", "wait", _("Not now: needs Perx"), _("Will be given back. They stay the customer's."), False
    if is_overpaid(state.sale, state.terms):
        left: Money = after_vouchers(state.sale, state.terms)
        text = _("More than the {amount} to pay").format(amount=words.money(left))
        return "notyet", "wait", text, _("Tap Use points, or take them out."), False
    return "held", "wait", _("Kept back for this sale"), "", True
