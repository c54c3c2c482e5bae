"""A decision that waits for its approval: what it will do, a reason, a supervisor, and the PIN as dots."""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import cache

from pos_app.domain import codes
from pos_app.domain.attention import REASONS
from pos_app.domain.entries import Entry
from pos_app.domain.people import MIN_PIN
from pos_app.language import _, ngettext
from pos_app.till.desk import ApproverTapped, ApproveTapped, Ask, AskLeft, OtherEntered, OtherTapped, ReasonTapped
from pos_app.till.events import KeyTapped
from pos_app.till.state import State
from pos_app.ui.desk import ApprovalBody, Choice, PinCard
from pos_app.ui.present.attention import act_words
from pos_app.ui.present.sentences import consequence, problem, reason
from pos_app.ui.present.words import Words
from pos_app.ui.screen import Action, Keypad, Main, Till, TypeBody, TypedCard

LETTERS = (*string.ascii_uppercase, "-", ".", "Space")
_SHOWN_TYPED = 12
_ON_THE_CARD = ("PIN-01", "PIN-02")


def approval_body(state: State, words: Words, entry: Entry, ask: Ask) -> ApprovalBody | TypeBody:
    """The approval, or the letters while a reason is typed."""
    if ask.typing:
        return _typing(ask)
    usual = REASONS[ask.act]
    own = ask.reason if ask.reason and ask.reason not in usual else ""
    reasons = [Choice(reason(one), ReasonTapped(one), one == ask.reason) for one in usual]
    reasons.append(Choice(codes.shown(own) or _("Another reason"), OtherTapped(), bool(own), icon="keyboard"))
    names = ask.names or ()
    people = tuple(
        Choice(codes.shown(one, 40), ApproverTapped(one), one == ask.name, _("Supervisor"), "user-round")
        for one in names
    )
    denied = ask.denied.problem if ask.denied is not None and ask.denied.problem not in _ON_THE_CARD else ""
    known = problem("PIN-04" if ask.names == () else denied) if denied or ask.names == () else None
    return ApprovalBody(
        title=_("{act}?").format(act=act_words(ask.act)),
        text=consequence(entry, ask.act),
        reasons_title=_("Why?"),
        reasons=tuple(reasons) if ask.names != () else (),
        people_title=_("Who approves it?") if len(names) != 1 else "",
        people=people if len(names) != 1 else (),
        actions=(_back(ask),),
        till=_till(state, ask),
        problem=f"{known.happened} {known.do_next} ({known.code})" if known else "",
    )


def _back(ask: Ask) -> Action:
    words, why = _("Back, change nothing"), _("One moment") if ask.busy else ""
    return Action(words, AskLeft(), icon="chevron-left", enabled=not ask.busy, why=why)


def _till(state: State, ask: Ask) -> Till:
    lacks = ask.lacks(state.now)
    wait_s = ask.wait_s(state.now)
    hint, tone = _("Or scan a staff badge.") if ask.names != () else "", "plain"
    if ask.denied is not None and ask.denied.problem in _ON_THE_CARD:
        tone, hint = "bad", _("That PIN is not right.")
        if wait_s:
            hint = _("Too many wrong PINs. Wait {wait}.").format(wait=_span(wait_s))
        elif ask.denied.problem == "PIN-02":
            tone, hint = "plain", _("You can try again now.")
    name = codes.shown(ask.name, 40)
    label = _("PIN for {name}").format(name=name) if name else _("PIN")
    card = PinCard(label, "", "", hint=hint, dots=len(ask.pin), tone="bad" if tone == "bad" else "plain")
    main = Main(
        act_words(ask.act),
        _lack_words(lacks, wait_s, len(ask.pin)),
        enabled=not lacks,
        busy="action" if ask.busy else "",
        share=0.4 if ask.busy else 0.0,
        icon="shield-check",
        event=ApproveTapped(),
    )
    can_type = bool(ask.name) and not ask.busy and not wait_s
    return Till(card, main, Keypad(_pin_keys(_("Clear")), enabled=can_type, left_key=_("Clear")))


@cache
def _pin_keys(clear: str) -> Callable[[str], KeyTapped]:
    """What keys mean on the PIN pad, which has one that clears where the bill has one for two noughts."""
    return lambda key: KeyTapped("clear" if key == clear else key)


def _lack_words(lacks: str, wait_s: int, typed: int) -> str:
    if lacks == "pin":
        more = MIN_PIN - typed
        return ngettext("{n} more digit", "{n} more digits", more).format(n=more) if typed else _("Type the PIN")
    return {
        "": _("with this approval"),
        "busy": _("looking at the approval"),
        "nobody": _("No supervisor yet"),
        "reason": _("Choose a reason first"),
        "name": _("Choose who approves"),
        "wait": _("Wait {wait}").format(wait=_span(wait_s)),
    }[lacks]


def _span(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def _typing(ask: Ask) -> TypeBody:
    typed = ask.other
    clear = Action(_("Clear"), KeyTapped("clear"), kind="quiet") if typed else None
    text = typed or _("A few words are enough. They stand in the journal.")
    main = Main(
        _("Use this reason"),
        "" if typed.strip() else _("Type it first"),
        enabled=bool(typed.strip()),
        icon="check",
        event=OtherEntered(),
    )
    card = TypedCard(_("Reason"), "", typed[-_SHOWN_TYPED:], clear=clear)
    back = Action(_("Back"), AskLeft(), icon="chevron-left")
    return TypeBody(_("Another reason"), text, LETTERS, KeyTapped, (back,), Till(card, main, Keypad(KeyTapped)))
