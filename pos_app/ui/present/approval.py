"""A decision that waits for its approval: what it will do, a reason, a second person, and the PIN as dots."""

from __future__ import annotations

import string

from pos_app.domain import codes
from pos_app.language import _, ngettext
from pos_app.till.approve import (
    ApproverTapped,
    ApproveTapped,
    Ask,
    AskLeft,
    CloseShift,
    CloseTill,
    GivePoints,
    OpenService,
    OtherEntered,
    OtherTapped,
    ReasonTapped,
    RecentMember,
    ReverseSale,
    SettleEntry,
    TypedMember,
)
from pos_app.till.events import KeyTapped
from pos_app.till.servicing import Page
from pos_app.till.state import State
from pos_app.ui.desk import ApprovalBody, Choice
from pos_app.ui.present.attention import act_words
from pos_app.ui.present.pin import ON_THE_CARD, pin_card, pin_main, pin_pad, role_words
from pos_app.ui.present.sentences import consequence, problem, reason
from pos_app.ui.present.undone import follows
from pos_app.ui.present.words import Words, tail
from pos_app.ui.screen import Action, Keypad, Main, Till, TypeBody, TypedCard

LETTERS = (*string.ascii_uppercase, "-", ".", "Space")
_SHOWN_TYPED = 12


def approval_body(state: State, ask: Ask) -> ApprovalBody | TypeBody:
    """The approval, or the letters while a reason is typed."""
    if ask.typing:
        return _typing(ask)
    usual = ask.subject.reasons
    own = ask.reason if ask.reason and ask.reason not in usual else ""
    reasons = [Choice(reason(one), ReasonTapped(one), one == ask.reason) for one in usual]
    reasons.append(Choice(codes.shown(own) or _("Another reason"), OtherTapped(), bool(own), icon="keyboard"))
    people = _people(state, ask)
    has_choice = bool(ask.names)
    return ApprovalBody(
        title=_("{act}?").format(act=_act(ask)),
        text=_follows(state, ask),
        reasons_title=_("Why?"),
        reasons=tuple(reasons) if has_choice else (),
        people_title=_("Who approves it?") if len(people) != 1 else "",
        people=people if len(people) != 1 else (),
        actions=(_back(ask),),
        till=_till(state, ask),
        problem=_problem(ask),
    )


def _people(state: State, ask: Ask) -> tuple[Choice, ...]:
    roles = {one.name: role_words(one.role) for one in state.staff.people}
    return tuple(
        Choice(codes.shown(one, 40), ApproverTapped(one), one == ask.name, roles.get(one, ""), "user-round")
        for one in ask.names
    )


def _problem(ask: Ask) -> str:
    """Why nobody can approve it, or why the last approval was not taken."""
    code = ask.denied.problem if ask.denied is not None and ask.denied.problem not in ON_THE_CARD else ""
    if not ask.names:
        code = "PIN-13" if ask.not_by else "PIN-04"
    if not code:
        return ""
    known = problem(code)
    return f"{known.happened} {known.do_next} ({known.code})"


def _act(ask: Ask) -> str:
    match ask.subject:
        case SettleEntry(act=act):
            return act_words(act)
        case TypedMember():
            return _("Take the number")
        case RecentMember():
            return _("Take this customer")
        case GivePoints(points=points):
            return ngettext("Give {n} point", "Give {n} points", points).format(n=points)
        case ReverseSale():
            return _("Reverse the sale")
        case CloseTill():
            return _("Close the till")
        case OpenService():
            return _("Show it")
        case CloseShift():
            return _("Close the shift")


def _follows(state: State, ask: Ask) -> str:
    """What the decision will do."""
    desk = state.panel.desk if state.panel is not None else None
    match ask.subject:
        case SettleEntry(act=act):
            return consequence(desk.entry, act) if desk is not None and desk.entry is not None else ""
        case TypedMember():
            return _("A typed number proves nobody. Whoever approves it has seen that it is this customer's.")
        case RecentMember():
            return _("Nobody has shown a code. Whoever approves it has seen that it is this customer.")
        case GivePoints(identifier=identifier):
            text = _("To {member}. Perx adds them at once; the shift's report names who gave them and who agreed.")
            return text.format(member=tail(identifier))
        case ReverseSale(plan):
            return "\n".join(follows(plan, Words(state.shop.locale)))
        case CloseTill():
            return _("An open sale is cancelled. What waits for Perx is sent when the till is open again.")
        case OpenService(page):
            codes_too = _("The raw scans hold customers' codes.")
            return codes_too if page is Page.SCANNER else _("It says what this till is set up with.")
        case CloseShift():
            return _("Its Z report is kept and never changes. What is not sent yet is shown first.")


def _back(ask: Ask) -> Action:
    words, why = _("Back, change nothing"), _("One moment") if ask.busy else ""
    return Action(words, AskLeft(), icon="chevron-left", enabled=not ask.busy, why=why)


def _till(state: State, ask: Ask) -> Till:
    missing = {
        "": _("with this approval"),
        "busy": _("looking at the approval"),
        "nobody": _("No supervisor yet"),
        "reason": _("Choose a reason first"),
        "name": _("Choose who approves"),
    }
    card = pin_card(ask, state.now, _("Or scan a staff badge.") if ask.names else "")
    main = pin_main(ask, state.now, _act(ask), missing, ApproveTapped())
    return Till(card, main, pin_pad(ask, state.now))


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
