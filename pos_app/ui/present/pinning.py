"""Typing the PIN of a voucher in words: whose, how many digits, and what was wrong with the last one."""

from __future__ import annotations

from pos_app.domain import codes
from pos_app.domain.vouchers import missing_spend
from pos_app.language import _
from pos_app.till import pin
from pos_app.till.events import PanelClosed
from pos_app.till.pinning import PinEntered, PinKey, Typing
from pos_app.till.state import Line, State
from pos_app.ui.desk import PinCard
from pos_app.ui.present.reasons import MAX_TITLE
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words
from pos_app.ui.screen import Action, Keypad, Main, Till, TypeBody


def pin_body(state: State, words: Words, typing: Typing) -> TypeBody:
    """The PIN pad of one voucher."""
    line = pin.waiting(state.sale, typing.row)
    name = _name(line) if line is not None else ""
    lacks = pin.lacks(state, line, typing.pin) if line is not None else "type"
    wrong = problem(line.problem) if line is not None and line.problem else None
    hint = f"{wrong.happened} ({wrong.code})" if wrong is not None and not typing.pin else ""
    tone = "bad" if hint else "plain"
    card = PinCard(_("PIN of the shop"), "", "", hint=hint, dots=len(typing.pin),
                   tone="bad" if tone == "bad" else "plain")  # fmt: skip
    main = Main(
        _("Use the voucher"), _lacking(state, words, line, lacks), enabled=not lacks, icon="check", event=PinEntered()
    )
    text = "\n".join(
        (name, _("It is used at once, as soon as the PIN is right. The PIN is not kept."),
         _("Type the PIN that whoever runs the offer gave the shop."))
    )  # fmt: skip
    back = Action(_("Back to the sale"), PanelClosed(), icon="chevron-left")
    keypad = Keypad(PinKey, left_key="")
    return TypeBody(_("A voucher with a PIN"), text, (), PinKey, (back,), Till(card, main, keypad), icon="lock")


def _name(line: Line) -> str:
    return codes.shown(line.voucher.name if line.voucher else line.text, MAX_TITLE)


def _lacking(state: State, words: Words, line: Line | None, lacks: str) -> str:
    if lacks == "minimum" and line is not None and line.voucher is not None:
        missing = missing_spend(line.voucher, state.sale.bill(state.shop.currency))
        return _("{amount} more to spend first").format(amount=words.money(missing)) if missing else ""
    return {"": _("at once"), "offline": _("Needs Perx"), "type": _("Type the PIN")}.get(lacks, "")
