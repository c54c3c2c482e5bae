"""The screen as a function of the till's state: texts, tones, enabled flags. No Qt, no rule of the shop."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.language import _, speaking
from pos_app.till.chimes import NOT_TAKEN
from pos_app.till.events import PanelClosed
from pos_app.till.shift import is_asked_for
from pos_app.till.state import Hint, HintKind, Panel, Phase, Sale, State
from pos_app.ui.present import bodies, panels, zones
from pos_app.ui.present.done import done_body
from pos_app.ui.present.guide import guide_body
from pos_app.ui.present.reportwords import report_slip
from pos_app.ui.present.shift import shift_first
from pos_app.ui.present.signon import gate_title, signon_body
from pos_app.ui.present.slip import receipt
from pos_app.ui.present.training import later_words, lesson_card
from pos_app.ui.present.veil import shown
from pos_app.ui.present.words import Words
from pos_app.ui.screen import Body, Header, Main, NoticeBody, Screen, Till, Toast, TypedCard

__all__ = ["present", "receipt", "report_slip", "stopped"]

TOAST_STAYS = timedelta(seconds=5)


def present(state: State) -> Screen:
    """What the cashier sees now, in the cashier's language."""
    words = Words.of(state.shop.locale, state.language)
    state = shown(state)
    with speaking(state.language):
        body, title = _body(state, words)
        banner = zones.banner(state)
        if banner is not None and state.staff.is_shut:
            banner = replace(banner, action=None)
        return Screen(
            header=zones.header(state, words, title),
            body=body,
            frame=zones.frame(state),
            banner=banner,
            toast=_toast(state),
            lesson_card=lesson_card(state),
            language=state.language,
        )


def stopped(title: str, text: tuple[str, ...], code: str) -> Screen:
    """The till cannot start: why, what was kept, what to do. Its one action closes the window."""
    main = Main(_("Close"), _("the till did not start"), icon="x", event=PanelClosed())
    till = Till(TypedCard("", "", "", caret=False), main)
    body = NoticeBody(None, "bad", "bad", title, text, bodies.support(code), (), till)
    return Screen(Header(_("The till cannot start"), "", "", (), ""), body)


def _body(state: State, words: Words) -> tuple[Body, str]:
    sale = state.sale
    gate = state.staff.gate
    if state.guide:
        return guide_body(state, words), _("Help")
    if gate is not None:
        return signon_body(state, words, gate), gate_title(gate)
    panel: Panel | None = state.panel
    if panel is not None:
        return panels.panel_body(state, words, panel), panels.panel_title(state, panel)
    return _sale_body(state, words, sale), _("Sale")


def _sale_body(state: State, words: Words, sale: Sale) -> Body:
    notice = sale.trouble or sale.offer
    if notice is not None:
        return bodies.notice_body(state, words, notice)
    if is_asked_for(state):
        return shift_first(state, words)
    if sale.phase is Phase.CHECKING:
        return bodies.checking_body(state, words)
    if sale.phase is Phase.DONE and sale.record is not None:
        return done_body(state, words, sale.record)
    return bodies.sale_body(state, words)


def _toast(state: State) -> Toast | None:
    hint = state.hint
    if hint is None or hint.at is None or not timedelta(0) <= state.now - hint.at <= TOAST_STAYS:
        return None
    return Toast(_hint_words(hint), hint.serial, "notyet" if hint.kind in NOT_TAKEN else "badge-check")


def _hint_words(hint: Hint) -> str:
    detail = hint.detail
    match hint.kind:
        case HintKind.ALREADY_IN:
            return _("Already in this sale: {what}").format(what=detail)
        case HintKind.TAKEN_OUT:
            return _("Taken out: {what}").format(what=detail)
        case HintKind.OTHER_CUSTOMER:
            return _("This sale is {who}'s. Finish or cancel it first.").format(who=detail)
        case HintKind.STILL_CHECKING:
            return _("Still checking. Tap Next customer first.")
        case HintKind.STILL_BUSY:
            return _("One moment: the sale is being sent.")
        case HintKind.SALE_MISSING:
            return _("No sale of this till has that slip: {what}").format(what=detail)
        case HintKind.PRINTED:
            return _("The slip was made again, marked COPY.")
        case HintKind.STAFF:
            words = {"reason": _("Choose a reason first."), "action": _("Tap an action first.")}
            return " ".join((_("That is a staff badge."), words.get(detail, _("It is not known on this till."))))
        case HintKind.SIGNED_ON:
            return _("{name} is signed on.").format(name=codes.shown(detail, 40))
        case HintKind.SHOW_FIRST:
            return _("That is hidden. Show it first.")
        case HintKind.DECIDED:
            done, refused = _("It is marked as done."), _("It was given up; nothing is sent any more.")
            return {"done": done, "refused": refused}.get(detail, _("It is sent again."))
        case HintKind.REVERSED:
            failed = _("The sale was not reversed ({code}).").format(code=detail)
            return failed if detail else _("The sale is reversed.")
        case HintKind.SAVED_LAST:
            return _("We go on checking the last sale.")
        case HintKind.RESTORED:
            return _("The till was restarted; the sale is as it was.")
        case HintKind.PARKED:
            return _("The sale is parked. Its vouchers were given back.")
        case HintKind.PARKED_FULL:
            return _("Too many sales are parked. Take one up, or cancel one.")
        case HintKind.PIN_SPENT:
            return _("A voucher of this sale is used by its PIN. Finish the sale, or cancel it.")
        case HintKind.ASKED_BACK:
            return _("The voucher was used by its PIN. Perx is asked to take that back.")
        case HintKind.TRAIN_LATER:
            return later_words(detail)
        case HintKind.SHIFT_FIRST:
            return _("Open the shift first.")
        case HintKind.MEMBER_ALREADY:
            return _("They are a member already.")
        case HintKind.JOINS_LATER:
            return _("Written down. Perx is told when it answers again.")
        case HintKind.TELLING_PERX:
            return _("One moment: Perx is told.")
        case HintKind.MEMBER_CHANGED:
            return _("Perx keeps it from now on.")
        case HintKind.NOT_CHANGED:
            return _("Perx did not change it ({code}).").format(code=detail)
        case HintKind.POINTS_NOT_GIVEN:
            return _("The points were not given ({code}).").format(code=detail)
        case HintKind.NOTHING_TO_DO:
            return _("That code does nothing here.")
