"""Customers beside the sale: the list of ways to them, the form of a new one, their language, points by hand."""

from __future__ import annotations

from pos_app.domain import codes
from pos_app.domain.phone import PHONE
from pos_app.language import LANGUAGES, _, language, named
from pos_app.till import byhand, newcomers
from pos_app.till.customers import (
    AgreedTapped,
    Join,
    JoinLanguageTapped,
    JoinTapped,
    LanguageGiven,
    PointsEntered,
    Recent,
    RecentTapped,
)
from pos_app.till.events import KeyTapped, PanelClosed, PanelOpened, TypedEntered
from pos_app.till.state import Known, Panel, PanelKind, State
from pos_app.ui.desk import ApprovalBody, Choice
from pos_app.ui.present import zones
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words, short_name, tail
from pos_app.ui.screen import Action, Keypad, ListBody, ListRow, Main, Till, TypeBody, TypedCard

_SHOWN_TYPED = 16


def titles() -> dict[PanelKind, str]:
    """What the header says of each."""
    return {
        PanelKind.CUSTOMERS: _("Customers"),
        PanelKind.PHONE: _("By phone number"),
        PanelKind.JOIN: _("New member"),
        PanelKind.MEMBER_LANGUAGE: _("The customer's language"),
        PanelKind.GIVING: _("Points by hand"),
    }


def body(state: State, words: Words, panel: Panel) -> ListBody | TypeBody | ApprovalBody:
    """One of these side screens."""
    match panel.kind:
        case PanelKind.PHONE:
            return _phone(panel)
        case PanelKind.JOIN if panel.join is not None:
            return _form(state, panel, panel.join)
        case PanelKind.MEMBER_LANGUAGE:
            return _languages(state, words)
        case PanelKind.GIVING:
            return _points(state, words, panel)
    return _list(state, words)


def _back(state: State, words: Words) -> Till:
    main = Main(_("Back"), _("to the sale"), icon="chevron-left", event=PanelClosed())
    return Till(card=zones.bill_card(state, words, caret=False), main=main)


# ---------------------------------------------------------------- the list


def _list(state: State, words: Words) -> ListBody:
    """The ways to a customer, then what can be done for the one of this sale, then who was here lately."""
    ways = [_way("keyboard", _("Type a code"), _("Member, voucher or slip"), PanelKind.TYPING)]
    if state.shop.members.by_phone:
        ways.insert(0, _way("search", _("By phone number"), _("As the customer says it"), PanelKind.PHONE))
    ways.append(_way("user-plus", _("New member"), _("Number, language, consent"), PanelKind.JOIN))
    known = state.sale.known
    theirs = _theirs(state, known) if known is not None and known.checked and not state.staff.hidden else []
    rows = (*ways, *theirs, *(_recent(state, words, one) for one in state.recent))
    text = _("Recent at this till are below: a tap takes them into the sale.") if state.recent else ""
    return ListBody("", text, rows, "", (), _back(state, words))


def _way(icon: str, title: str, detail: str, panel: PanelKind, state: str = "") -> ListRow:
    return ListRow("ok", title, detail, state, "plain", PanelOpened(panel), icon)


def _theirs(state: State, known: Known) -> list[ListRow]:
    who = tail(known.scanned or known.identifier)
    rows = []
    if state.shop.members.has_language:
        spoken = named(known.customer.language)
        now = language(spoken).name if spoken else _("not known")
        detail = _("Of {member}, for their slips").format(member=who)
        rows.append(_way("languages", _("The customer's language"), detail, PanelKind.MEMBER_LANGUAGE, now))
    if byhand.may_give(state):
        detail = _("To {member}; a supervisor approves it").format(member=who)
        rows.append(_way("coins", _("Points by hand"), detail, PanelKind.GIVING))
    return rows


def _recent(state: State, words: Words, one: Recent) -> ListRow:
    title = codes.shown(short_name(one.name), 24) or _("Member")
    detail = _("{member}, here at {time}").format(member=tail(one.identifier), time=words.clock(one.at))
    is_here = state.sale.known is not None and state.sale.known.identifier == one.identifier
    if is_here:
        return ListRow("ok", title, detail, _("In this sale"), "ok", None, "user-round")
    return ListRow("ok", title, detail, "", "plain", RecentTapped(one.identifier), "user-round")


# ---------------------------------------------------------------- by phone


def _phone(panel: Panel) -> TypeBody:
    typed = panel.typed
    clear = Action(_("Clear"), KeyTapped("clear"), kind="quiet") if typed else None
    hint = "" if typed else _("The scanner works here too.")
    main = Main(
        _("Look up"),
        "" if typed else _("Type the number first"),
        enabled=bool(typed),
        icon="search",
        event=TypedEntered(),
    )
    text = _("Digits as in this country; a foreign number begins with + and its country code.")
    card = TypedCard(_("Phone number"), "", typed[-_SHOWN_TYPED:], hint=hint, clear=clear)
    back = Action(_("Back"), PanelOpened(PanelKind.CUSTOMERS), icon="chevron-left")
    return TypeBody(_("Which phone number?"), text, (), KeyTapped, (back,), Till(card, main, _pad()))


def _pad() -> Keypad:
    return Keypad(KeyTapped, left_key="+")


# ---------------------------------------------------------------- a new member


def _form(state: State, panel: Panel, join: Join) -> ApprovalBody:
    """Two fields and the consent: the number on the keypad, the language and the customer's word as tiles."""
    spoken = join.language or state.shop.language
    said, _code = state.shop.members.text_in(join.language, state.shop.language)
    text = codes.shown(said, 600) or _("Ask the customer whether they want to join.")
    tiles = tuple(
        Choice(one.name, JoinLanguageTapped(one.code), one.code == spoken, icon="languages")
        for one in LANGUAGES.values()
    )
    agree = (Choice(_("The customer agrees"), AgreedTapped(), join.agreed, icon="hand"),) if said else ()
    back = Action(_("Back to the sale"), PanelClosed(), icon="chevron-left", enabled=not join.busy, why=_("One moment"))
    return ApprovalBody(
        title=_("Read it to the customer, or show it") if said else _("New member"),
        text=text,
        reasons_title=_("Which language?"),
        reasons=tiles,
        people_title=_("Consent") if said else "",
        people=agree,
        actions=(back,),
        till=_form_till(state, panel, join),
        problem=_problem(join),
        problem_glyph="notyet" if join.later else "bad",
        icon="user-plus",
    )


def _problem(join: Join) -> str:
    if not join.problem:
        return ""
    known = problem(join.problem)
    said = codes.shown(join.said, 120)
    if join.later:
        text = _("{why} It can be written down and is told to Perx later; until then they are no member yet.")
        return text.format(why=known.happened) + f" ({known.code})"
    return " ".join(part for part in (known.happened, said, known.do_next, f"({known.code})") if part)


def _form_till(state: State, panel: Panel, join: Join) -> Till:
    lacks = newcomers.lacks(state)
    is_phone = state.shop.members.phone_is_theirs and not join.text
    told = tail(join.text.removeprefix(PHONE)) if join.text else panel.typed[-_SHOWN_TYPED:]
    clear = Action(_("Clear"), KeyTapped("clear"), kind="quiet") if told and not join.busy else None
    hint = _("Type it, or scan their card.") if not told else _("Scanned") if join.text else ""
    card = TypedCard(_("Phone number") if is_phone else _("Member number"), "", told, hint=hint, clear=clear)
    missing = {
        "busy": _("Perx is answering"),
        "number": _("Type or scan it first"),
        "consent": _("The customer has to agree"),
    }
    words, detail = _("New member"), _("Perx makes them one")
    if join.later:
        words, detail = _("Write it down"), _("no member yet")
    if join.busy:
        words = _("Making a member")
    main = Main(
        words,
        missing.get(lacks, detail),
        enabled=not lacks,
        busy="action" if join.busy else "",
        share=0.4 if join.busy else 0.0,
        icon="" if join.busy else "user-plus",
        event=JoinTapped(),
    )
    return Till(card, main, Keypad(KeyTapped, enabled=not join.busy, left_key="+" if is_phone else "00"))


# ---------------------------------------------------------------- the customer of this sale


def _languages(state: State, words: Words) -> ListBody:
    known = state.sale.known
    now = named(known.customer.language) if known is not None and known.customer.language else ""
    rows = tuple(
        ListRow(
            "ok",
            one.name,
            "",
            _("Now") if one.code == now else "",
            "ok" if one.code == now else "plain",
            LanguageGiven(one.code) if known is not None and known.checked else None,
            "check" if one.code == now else "languages",
        )
        for one in LANGUAGES.values()
    )
    text = _("Perx keeps it; slips for this customer are printed in it.")
    return ListBody("", text, rows, "", (_to_list(),), _back(state, words))


def _points(state: State, words: Words, panel: Panel) -> TypeBody:
    most, points = state.shop.members.most_by_hand, byhand.points_typed(state)
    typed = words.points(points) if points else ""
    clear = Action(_("Clear"), KeyTapped("clear"), kind="quiet") if typed else None
    is_much = points > most
    hint = _("At most {n} at once.").format(n=words.points(most)) if is_much or not points else ""
    main = Main(
        _("Give points"),
        _("Type them first") if not points else _("too many") if is_much else _("a supervisor approves it"),
        enabled=bool(points) and not is_much and byhand.may_give(state),
        icon="coins",
        event=PointsEntered(),
    )
    known = state.sale.known
    who = tail(known.scanned or known.identifier) if known is not None else "••••"
    text = _("For {member}. They stand in the journal and in the shift's report, with the reason and both names.")
    card = TypedCard(_("Points"), "", typed, hint=hint, clear=clear)
    pad = Keypad(KeyTapped, left_key="00")
    return TypeBody(_("How many points?"), text.format(member=who), (), KeyTapped, (_to_list(),), Till(card, main, pad))


def _to_list() -> Action:
    return Action(_("Back"), PanelOpened(PanelKind.CUSTOMERS), icon="chevron-left")
