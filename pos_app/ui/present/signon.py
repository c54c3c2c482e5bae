"""Signing on, the lock, and the side screen of who is here."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date
from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.people import Person
from pos_app.language import LANGUAGES, _, language
from pos_app.till.signon import is_demanded
from pos_app.till.speech import LanguageChosen
from pos_app.till.staff import (
    Gate,
    GateLeft,
    LanguagesTapped,
    LockTapped,
    PersonTapped,
    ProveTapped,
    SignOffTapped,
    SwitchTapped,
    Why,
)
from pos_app.till.state import State
from pos_app.ui.desk import Choice
from pos_app.ui.gate import SignOnBody, Strip
from pos_app.ui.present.pin import ON_THE_CARD, pin_card, pin_main, pin_pad, role_words
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words
from pos_app.ui.screen import Action, ListRow, Till


def gate_title(gate: Gate) -> str:
    """The screen's name in the header."""
    return _("Locked") if gate.why is Why.LOCKED else _("Sign on")


def signon_body(state: State, words: Words, gate: Gate) -> SignOnBody:
    """Badge first; names and the PIN beside it."""
    if gate.choosing:
        return replace(_body(state, words, gate), **_languages(state))
    return _body(state, words, gate)


def _languages(state: State) -> dict[str, Any]:
    """What stands in the names' place while a language is chosen: each by its own name."""
    people = tuple(
        Choice(one.name, LanguageChosen(one.code), one.code == state.language, "", "languages")
        for one in LANGUAGES.values()
    )
    back = Action(_("Back"), GateLeft(), icon="chevron-left")
    text = _("The screen speaks it from now on, and it is kept for whoever signs on.")
    return {"title": _("Language"), "text": text, "people": people, "actions": (back,), "strip": None, "empty": ""}


def _body(state: State, words: Words, gate: Gate) -> SignOnBody:
    locked = gate.why is Why.LOCKED
    spoken = language(state.language).name
    speak = Action(
        spoken, LanguagesTapped(), icon="languages", enabled=not gate.busy, name=f"{_('Language')}, {spoken}"
    )
    back = Action(_("Back, as it was"), GateLeft(), icon="chevron-left", enabled=not gate.busy)
    at = state.now.astimezone()
    shop, _comma, where = state.shop.name.partition(", ")
    return SignOnBody(
        shop=codes.shown(shop, 60),
        place=" · ".join(part for part in (codes.shown(where, 60), codes.shown(state.shop.till, 30)) if part),
        clock=words.clock(state.now),
        day=format_date(at.date(), "full", locale=words.locale),
        badge_title=_("Scan your badge"),
        badge_text=_("Nothing to tap"),
        title=_("The till is locked") if locked else _("Who are you?"),
        text=_kept(state, words, gate),
        people=tuple(_choice(state, gate, name) for name in gate.names),
        actions=(speak,) if gate.is_shut else (back, speak),
        till=_till(state, gate),
        strip=_strip(gate),
        empty=_nobody() if not gate.names else "",
    )


def _choice(state: State, gate: Gate, name: str) -> Choice:
    person = next((one for one in state.staff.people if one.name == name), None)
    role = role_words(person.role) if person is not None else ""
    if state.staff.on is not None and state.staff.on.name == name:
        role = _("{role}, signed on here").format(role=role)
    return Choice(codes.shown(name, 40), PersonTapped(name), gate.name == name, role, "user-round")


def _kept(state: State, words: Words, gate: Gate) -> str:
    """What waits under the screen, without naming anybody."""
    sale = state.sale
    if sale.record is not None:
        return _("The last sale's result is kept for whoever signs on.") if gate.is_shut else ""
    if sale.is_empty:
        return _("Another person takes the till over.") if gate.why is Why.LOCKED else ""
    if not sale.bill_minor:
        return _("The sale stays as it is.")
    return _("The sale of {amount} stays as it is.").format(amount=words.money(sale.bill(state.shop.currency)))


def _strip(gate: Gate) -> Strip | None:
    if gate.scanned:
        locked, nobody = (
            _("The till is locked: that code was not taken."),
            _("Nobody is signed on: that code was not taken."),
        )
        said = locked if gate.why is Why.LOCKED else nobody
        return Strip("notyet", "wait", _("{said} Sign on, then scan it again.").format(said=said))
    code = gate.denied.problem if gate.denied is not None else ""
    if not code or code in ON_THE_CARD:
        return None
    known = problem(code)
    return Strip("bad", "bad", f"{known.happened} {known.do_next} ({known.code})")


def _nobody() -> str:
    known = problem("PIN-15")
    return f"{known.happened} {known.kept} {known.do_next} ({known.code})"


def _till(state: State, gate: Gate) -> Till:
    is_own = gate.why is Why.LOCKED and gate.name == state.staff.name
    words = _("Unlock") if is_own else _("Sign on")
    missing = {
        "": _("the sale is kept") if not state.sale.is_empty else "",
        "busy": _("looking at the PIN"),
        "nobody": _("Nobody is known"),
        "name": _("Tap your name first"),
    }
    card = pin_card(gate, state.now, _("Or scan your badge.") if gate.names else "")
    main, pad = pin_main(gate, state.now, words, missing, ProveTapped()), pin_pad(gate, state.now)
    if gate.choosing:
        main, pad = replace(main, enabled=False, detail=_("Choose the language first")), replace(pad, enabled=False)
    return Till(card, main, pad)


def person_rows(state: State) -> tuple[ListRow, ...]:
    """Who is signed on, and what they can do about it."""
    on: Person | None = state.staff.on
    another = ListRow("ok", _("Somebody else signs on"), _("The sale goes on as it is"), "", "plain", SwitchTapped(),
                      "user-round")  # fmt: skip
    if on is None:
        return (another,)
    off = ListRow("ok", _("Sign off"), _("The sale stays on the till"), "", "plain", SignOffTapped(), "undo-2")
    lock = ListRow("ok", _("Lock the till"), _("Your PIN or badge opens it"), "", "plain", LockTapped(), "lock")
    here = ListRow("ok", codes.shown(on.name, 40), role_words(on.role), _("signed on"), "ok", None, "user-round")
    return (here, *((lock,) if is_demanded(state) else ()), another, off)
