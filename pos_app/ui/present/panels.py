"""The side screens: menu, typing a code, earlier sales, what waits, what to do, service."""

from __future__ import annotations

import string

from pos_app.domain.money import Money
from pos_app.language import LANGUAGES, _, language
from pos_app.till.events import KeyTapped, PanelClosed, PanelOpened, TypedEntered
from pos_app.till.leaving import CloseTapped
from pos_app.till.parking import Parked, RecallTapped
from pos_app.till.speech import LanguageChosen
from pos_app.till.state import Panel, PanelKind, State
from pos_app.ui.present import customers, zones
from pos_app.ui.present.approval import approval_body
from pos_app.ui.present.attention import desk_body, desk_title
from pos_app.ui.present.claiming import shelf_body
from pos_app.ui.present.day import day_body
from pos_app.ui.present.done import done_body
from pos_app.ui.present.history import history_body
from pos_app.ui.present.paying import pay_body
from pos_app.ui.present.pinning import pin_body
from pos_app.ui.present.servicing import by_hand, service_body, service_title
from pos_app.ui.present.shift import shift_body, shift_title
from pos_app.ui.present.signon import person_rows
from pos_app.ui.present.sounds import sound_rows, sound_text
from pos_app.ui.present.training import code_rows, lesson_rows, menu_rows
from pos_app.ui.present.undone import confirm_body
from pos_app.ui.present.words import Words, tail
from pos_app.ui.screen import (
    Action,
    Body,
    Glyph,
    Keypad,
    ListBody,
    ListRow,
    Main,
    Till,
    Tone,
    TypeBody,
    TypedCard,
)

LETTERS = (*string.ascii_uppercase, "-", "+", "@", ".")


def panel_title(state: State, panel: Panel) -> str:
    if panel.ask is not None:
        return _("Approval")
    if panel.kind is PanelKind.SHIFT:
        return shift_title(state)
    if panel.kind is PanelKind.SERVICE:
        return service_title(state)
    if panel.desk is not None:
        return desk_title(panel.desk)
    return {
        PanelKind.MENU: _("Menu"),
        PanelKind.TYPING: _("Type a code"),
        PanelKind.SALES: _("Earlier sales"),
        PanelKind.WAITING: _("Waiting to send"),
        PanelKind.WHAT_TO_DO: _("What to do"),
        PanelKind.SOUNDS: _("Sounds"),
        PanelKind.DAY: _("End of day"),
        PanelKind.LANGUAGE: _("Language"),
        PanelKind.FOUND: _("Earlier sale"),
        PanelKind.PERSON: _("Who is here"),
        PanelKind.PARKED: _("Parked sales"),
        PanelKind.POINTS: _("Pay with points"),
        PanelKind.REWARDS: _("Rewards"),
        PanelKind.PIN: _("PIN"),
        PanelKind.LESSON: _("First shift"),
        PanelKind.CODES: _("Codes to scan"),
        **customers.titles(),
    }[panel.kind]


def panel_body(state: State, words: Words, panel: Panel) -> Body:
    if panel.ask is not None:
        return approval_body(state, panel.ask)
    match panel.kind:
        case PanelKind.TYPING:
            return _typing(state, panel)
        case PanelKind.MENU:
            return _list(_back(state, words), "", _menu(state))
        case PanelKind.SALES:
            if panel.history is not None:
                return history_body(state, words, panel, panel.history)
        case PanelKind.WAITING:
            if panel.desk is not None:
                return desk_body(state, words, panel.desk)
        case PanelKind.WHAT_TO_DO:
            text = _("{cause} The till works without Perx, but not for all.").format(
                cause=zones.offline_cause(state.link)
            )
            return _list(_back(state, words), text, _what(state))
        case PanelKind.PARKED:
            text = _("Tap one to take it up again. Its vouchers are asked for anew.")
            rows = tuple(_parked(state, words, one) for one in state.parked)
            return _list(_back(state, words), text, rows, _("No sale is parked."))
        case PanelKind.POINTS:
            return pay_body(state, words)
        case PanelKind.REWARDS if panel.shelf is not None:
            return shelf_body(state, words, panel.shelf)
        case PanelKind.PIN if panel.pin is not None:
            return pin_body(state, words, panel.pin)
        case PanelKind.SERVICE:
            return service_body(state, words)
        case PanelKind.SOUNDS:
            is_on = state.shop.sounds
            return _list(_back(state, words), sound_text(is_on=is_on), sound_rows(is_on=is_on))
        case PanelKind.CUSTOMERS | PanelKind.PHONE | PanelKind.JOIN | PanelKind.MEMBER_LANGUAGE | PanelKind.GIVING:
            return customers.body(state, words, panel)
        case PanelKind.DAY:
            return day_body(state, words)
        case PanelKind.SHIFT:
            return shift_body(state, words)
        case PanelKind.LANGUAGE:
            return _list(_back(state, words), "", _languages(state))
        case PanelKind.LESSON:
            return _list(_back(state, words), "", lesson_rows(state))
        case PanelKind.CODES:
            return _list(_back(state, words), _("A tap scans a code, as the scanner would."), code_rows(state))
        case PanelKind.PERSON:
            return _list(_back(state, words), "", person_rows(state))
        case PanelKind.FOUND:
            if panel.record is not None and panel.history is not None:
                plan = panel.history.plan
                return (
                    confirm_body(state, words, plan)
                    if plan is not None
                    else done_body(state, words, panel.record, panel.history)
                )
    return _list(_back(state, words), "", ())


def _back(state: State, words: Words) -> Till:
    main = Main(_("Back"), _("to the sale"), icon="chevron-left", event=PanelClosed())
    return Till(card=zones.bill_card(state, words, caret=False), main=main)


def _list(till: Till, text: str, rows: tuple[ListRow, ...], empty: str = "") -> ListBody:
    return ListBody("", text, rows, empty, (), till)  # the header says the title


def _typing(state: State, panel: Panel) -> TypeBody:
    clear = Action(_("Clear"), KeyTapped("clear"), kind="quiet") if panel.typed else None
    hint = "" if panel.typed else _("The scanner works here too.")
    card = TypedCard(_("Code"), "", panel.typed, hint=hint, clear=clear)
    back = Action(_("Back to the sale"), PanelClosed(), icon="chevron-left")
    main = Main(
        _("Look up"),
        "" if panel.typed else _("Type the code first"),
        enabled=bool(panel.typed),
        icon="search",
        event=TypedEntered(),
    )
    text = _("Member number, voucher code, or the digits under the bars of a slip.")
    return TypeBody(
        _("Type a code"), text, LETTERS, KeyTapped, (back,), Till(card, main, Keypad(KeyTapped, left_key="00"))
    )


def _menu(state: State) -> tuple[ListRow, ...]:
    open_count = state.backlog.waiting + state.backlog.checking + state.backlog.attention
    waits = str(open_count) if open_count else ""
    count = sum(not one.cancelled for one in state.parked)
    parked = str(count) if count else ""
    return (
        _choice("user-round", _("Customers"), _("Typed, by phone, recent, new; points"), PanelKind.CUSTOMERS),
        _choice("receipt-text", _("Earlier sales"), _("Find one, print it again, reverse it"), PanelKind.SALES),
        _choice("pause", _("Parked sales"), _("Take one up again"), PanelKind.PARKED, parked),
        _choice("hourglass", _("Needs attention"), _("What waits, is checked, or needs you"), PanelKind.WAITING, waits),
        _choice("coins", _("Shift"), _("Its report, and closing it"), PanelKind.SHIFT),
        _choice("clock", _("End of day"), _("Today in figures, and held against Perx"), PanelKind.DAY),
        _choice("badge-check", _("Service"), _("Scanner, printer, link, clock"), PanelKind.SERVICE),
        _choice("languages", _("Language"), language(state.language).name, PanelKind.LANGUAGE),
        *menu_rows(state),
        *([_way_out()] if state.shop.kiosk else []),
    )


def _languages(state: State) -> tuple[ListRow, ...]:
    """Each by its own name, so that it is found again on a screen that nobody can read."""
    used = state.language
    return tuple(
        ListRow(
            "ok",
            one.name,
            "",
            _("In use") if one.code == used else "",
            "ok" if one.code == used else "plain",
            LanguageChosen(one.code),
            "check" if one.code == used else "languages",
        )
        for one in LANGUAGES.values()
    )


def _way_out() -> ListRow:
    return ListRow("ok", _("Close the till"), _("A supervisor approves it"), "", event=CloseTapped(), icon="lock")


def _choice(icon: str, title: str, detail: str, panel: PanelKind, state: str = "") -> ListRow:
    return ListRow("ok", title, detail, state, "wait" if state else "plain", PanelOpened(panel), icon)


def _what(state: State) -> tuple[ListRow, ...]:
    good: tuple[Glyph, Tone] = ("ok", "ok")
    not_now: tuple[Glyph, Tone] = ("notyet", "wait")
    vouchers = (not_now, _("Vouchers"), _("Could be used twice. They stay good; use them later."))
    if state.shop.trust.signed:
        vouchers = (good, _("Vouchers"), _("Those that Perx showed lately, on trust. Perx decides later."))
    rows = (
        (good, _("Go on selling"), _("Scan the member, type the bill, press Save sale.")),
        (good, _("Points"), _("Kept on this till and sent by themselves, each once.")),
        (good, _("Slips"), _("Print as usual; they say that points follow.")),
        vouchers,
        (good, _("New members"), _("Taken down here; members once Perx answers again.")),
        (not_now, _("Switching the till off"), _("Nothing is lost, but nothing is sent meanwhile.")),
    )
    told = tuple(ListRow(look[0], title, detail, "", look[1]) for look, title, detail in rows)
    return (*told, *([by_hand(state.link)] if state.link.manual else []))


def _parked(state: State, words: Words, parked: Parked) -> ListRow:
    """One parked sale: since when, how much, whose."""
    parts = [words.money(Money(parked.bill_minor, state.shop.currency))] if parked.bill_minor else []
    if parked.vouchers:
        parts.append(zones.count_vouchers(len(parked.vouchers)))
    who = tail(parked.identifier) if parked.identifier else _("No customer yet")
    title = f"{words.clock(parked.at)}   {', '.join(parts) or _('No bill yet')}"
    state_words = _("Cancelled just now") if parked.cancelled else _("Parked")
    return ListRow("wait", title, who, state_words, "wait", RecallTapped(parked.id), "pause")
