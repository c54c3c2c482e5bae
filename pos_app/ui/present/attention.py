"""What waits and what needs a person: the list, and one entry of it with what may be done."""

from __future__ import annotations

from datetime import datetime, timedelta

from pos_app.domain import codes
from pos_app.domain.attention import Act
from pos_app.domain.commands import RedeemVoucher, Spoilt
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.money import Money
from pos_app.domain.problems import BY_HAND
from pos_app.language import _, ngettext
from pos_app.till.desk import (
    ActTapped,
    CheckTapped,
    Desk,
    EntryLeft,
    EntryTapped,
    OlderTapped,
    Pile,
    PileTapped,
    Told,
)
from pos_app.till.events import PanelClosed
from pos_app.till.state import State
from pos_app.ui.desk import Choice, DeskBody, DeskRow, Detail
from pos_app.ui.present.sentences import explain, problem, reason
from pos_app.ui.present.words import Words, span, tail
from pos_app.ui.screen import Action, Glyph, Main, Step, Till, Tone, TypedCard

_LOOKS: dict[EntryState, tuple[Glyph, Tone]] = {
    EntryState.WAITING: ("wait", "wait"),
    EntryState.SENDING: ("wait", "wait"),
    EntryState.CHECKING: ("unknown", "unknown"),
    EntryState.ATTENTION: ("unknown", "unknown"),
    EntryState.REFUSED: ("bad", "bad"),
    EntryState.DONE: ("ok", "ok"),
}


def desk_title(desk: Desk) -> str:
    """The screen's name in the header."""
    return {Pile.OPEN: _("Needs attention"), Pile.WAITING: _("Waiting to send"), Pile.SETTLED: _("Settled")}[desk.pile]


def act_words(act: Act) -> str:
    return {
        Act.CHECK: _("Check with Perx"),
        Act.AGAIN: _("Send again"),
        Act.DONE: _("Mark as done"),
        Act.GIVE_UP: _("Give up"),
    }[act]


def desk_body(state: State, words: Words, desk: Desk) -> DeskBody:
    """The list and the entry that is looked at."""
    back = Main(_("Back"), _("to the sale"), icon="chevron-left", event=PanelClosed())
    entry = desk.entry
    main = back
    if entry is not None and Act.CHECK in explain(entry).may:
        main = Main(_("Check with Perx"), _("changes nothing"), icon="refresh-cw", event=CheckTapped())
        if desk.busy:
            main = Main(_("Checking"), _("asking for a look"), enabled=False, busy="unknown", share=0.2)
        elif entry.state is EntryState.CHECKING:
            main = Main(_("Check again now"), _("changes nothing"), icon="refresh-cw", event=CheckTapped())
    empty = _("Reading") if desk.entries is None else _empty(desk.pile)
    older = Action(_("Show older ones"), OlderTapped(), icon="chevron-right") if desk.more else None
    return DeskBody(
        piles=_piles(state, desk),
        rows=tuple(_row(state, words, one, one.ref == (entry.ref if entry else None)) for one in desk.entries or ()),
        empty=empty,
        older=older,
        note=_note(),
        detail=_detail(state, words, desk, entry) if entry is not None else None,
        opened=desk.opened and entry is not None,
        actions=(Action(_("Back to the sale"), PanelClosed(), icon="chevron-left"),) if main is not back else (),
        to_list=Action(_to_list(state, desk.pile), EntryLeft(), icon="chevron-left"),
        till=_till(main),
        list_till=_till(back),
    )


def _note() -> str:
    return _("Nothing is ever deleted. An entry is settled by Perx's answer, or by a supervisor with a reason.")


def _till(main: Main) -> Till:
    return Till(TypedCard("", "", "", caret=False), main)


def _empty(pile: Pile) -> str:
    return {
        Pile.OPEN: _("Nothing needs you."),
        Pile.WAITING: _("Nothing waits. Perx has everything."),
        Pile.SETTLED: _("Nothing has been settled yet."),
    }[pile]


def _to_list(state: State, pile: Pile) -> str:
    backlog = state.backlog
    return {
        Pile.OPEN: _("All open, {n}").format(n=backlog.attention + backlog.checking),
        Pile.WAITING: _("All waiting, {n}").format(n=backlog.waiting),
        Pile.SETTLED: _("All settled"),
    }[pile]


def _piles(state: State, desk: Desk) -> tuple[Choice, ...]:
    backlog = state.backlog
    words = {
        Pile.OPEN: _("Open  {n}").format(n=backlog.attention + backlog.checking),
        Pile.WAITING: _("Waiting  {n}").format(n=backlog.waiting),
        Pile.SETTLED: _("Settled"),
    }
    return tuple(Choice(text, PileTapped(pile), pile is desk.pile) for pile, text in words.items())


# ---------------------------------------------------------------- one entry


def _row(state: State, words: Words, entry: Entry, chosen: bool) -> DeskRow:
    glyph, tone = _LOOKS[entry.state]
    what = amount(words, entry) or what_it_is(entry)
    meta = ", ".join(part for part in (what, words.clock(entry.made_at), _whose(entry)) if part)
    said = explain(entry)
    return DeskRow(
        entry.ref, glyph, tone, said.happened, meta, _state(entry, state.now), EntryTapped(entry.ref), chosen
    )


def _state(entry: Entry, now: datetime) -> str:
    if entry.is_spoilt and entry.state.is_open:
        return _("It cannot be read, and is not sent")
    match entry.state:
        case EntryState.WAITING if now - entry.made_at < timedelta(minutes=1):
            return _("Waiting: sends by itself")
        case EntryState.WAITING:
            return _("Waiting {since}: sends by itself").format(since=span(now - entry.made_at))
        case EntryState.SENDING:
            return _("Sending")
        case EntryState.CHECKING:
            return _("No answer - checking, look {n}").format(n=entry.looks + 1)
        case EntryState.ATTENTION if entry.is_spoilt:
            return _("Needs you: it cannot be read")
        case EntryState.ATTENTION:
            return _("Needs you: Perx cannot tell")
        case EntryState.REFUSED:
            return _("Given up") if _is_by_hand(entry) else _("Refused")
        case EntryState.DONE:
            return _("Marked as done") if _is_by_hand(entry) else _("Done")


def _is_by_hand(entry: Entry) -> bool:
    """A person closed it, and not Perx's answer."""
    return entry.problem == BY_HAND.get(entry.state.value)


def _whose(entry: Entry) -> str:
    """The end of the customer's identifier, where a command has one."""
    identifier = getattr(entry.command, "identifier", "")
    return tail(identifier) if identifier else ""


def amount(words: Words, entry: Entry) -> str:
    """The amount of a sale; nothing for what has none."""
    minor, currency = getattr(entry.command, "amount_minor", None), getattr(entry.command, "currency", "")
    return words.money(Money(minor, currency)) if isinstance(minor, int) and currency else ""


def what_it_is(entry: Entry) -> str:
    """What a command is about, in two words; a kind without words of its own shows its name."""
    vouchers, title = entry.command.vouchers, getattr(entry.command, "title", "")
    if title and isinstance(entry.command, RedeemVoucher):
        return _("On trust: {title}").format(title=codes.shown(title, 40))
    if title:
        return codes.shown(title, 40)
    if len(vouchers) == 1:
        return _("Voucher {id}").format(id=vouchers[0])
    names = {
        "record_sale": _("Sale"),
        "checkout": _("Sale with vouchers"),
        "create_customer": _("New member"),
        "join_later": _("New member, taken down"),
        "update_customer": _("A member's details"),
        "earn_points": _("Points given"),
        "burn_points": _("Points taken"),
        "hold_points": _("Points kept back"),
        "release_points": _("Points let go"),
        "reserve_reward": _("Reward held"),
        "confirm_reward": _("Reward taken"),
        "release_reward": _("Reward let go"),
    }
    command = entry.command
    kind = command.kind_name if isinstance(command, Spoilt) else str(command.kind.value)
    return names.get(kind) or codes.shown(kind.replace("_", " ").capitalize(), 40)


def _detail(state: State, words: Words, desk: Desk, entry: Entry) -> Detail:
    glyph, tone = _LOOKS[entry.state]
    said = explain(entry)
    acts = tuple(act for act in said.may if act.needs_approval)
    facts = [(_("Customer told"), said.told), (_("Who settles it"), said.who)]
    if entry.said:
        facts.append((_("Perx says"), codes.shown(entry.said, 120)))
    about = [what_it_is(entry), _whose(entry), state.shop.till]
    facts.append((_("About"), ", ".join(part for part in about if part)))
    reference = codes.show_ref(entry.ref)
    is_over = entry.state is EntryState.DONE or entry.problem in BY_HAND.values()
    facts.append((_("Reference"), f"{reference} ({entry.problem})" if entry.problem and not is_over else reference))
    wrong = problem(desk.problem) if desk.problem else None
    return Detail(
        glyph=glyph,
        tone=tone,
        title=said.title,
        text=said.happened,
        amount=amount(words, entry),
        facts=tuple(facts),
        steps=tuple(_steps(words, desk, entry, state.now)),
        problem=f"{wrong.happened} {wrong.kept} {wrong.do_next} ({wrong.code})" if wrong else "",
        acts_title=_("Supervisor actions") if acts else "",
        acts_text=_("Tap one, say why, then scan a badge or type the PIN.") if acts else "",
        acts=tuple(Action(act_words(act), ActTapped(act), icon="shield-check") for act in acts),
    )


def _steps(words: Words, desk: Desk, entry: Entry, now: datetime) -> list[Step]:
    steps: list[Step] = []
    if not entry.tries:
        steps.append(Step("ok", _("Written down on this till"), words.clock_s(entry.made_at)))
    else:
        sent = ngettext("Sent to Perx once", "Sent to Perx {n} times", entry.tries).format(n=entry.tries)
        steps.append(Step("ok", sent, words.clock_s(entry.sent_at) if entry.sent_at else ""))
    if entry.looks and entry.state in (EntryState.CHECKING, EntryState.ATTENTION):
        looks = ngettext("Looked up once, no clear answer", "Looked up {n} times, no clear answer", entry.looks)
        steps.append(Step("unknown", looks.format(n=entry.looks)))
    steps += [_told(words, one) for one in desk.history[-2:]]
    steps.append(_last(words, entry))
    return steps


def _told(words: Words, told: Told) -> Step:
    decisions = {
        EntryState.CHECKING.value: _("Looked up again by hand"),
        EntryState.WAITING.value: _("Sent again"),
        EntryState.DONE.value: _("Marked as done"),
        EntryState.REFUSED.value: _("Given up"),
    }
    what = decisions.get(told.became, _("Settled by hand"))
    if told.became != EntryState.CHECKING.value:
        who, why = codes.shown(told.approved_by or told.asked_by, 40), codes.shown(reason(told.why), 80)
        by = _("{what}, approved by {who}: {why}") if told.approved_by else _("{what} by {who}: {why}")
        what = by.format(what=what, who=who, why=why)
    return Step("ok", what, words.clock_s(told.at))


def _last(words: Words, entry: Entry) -> Step:
    settled = words.clock_s(entry.settled_at) if entry.settled_at else ""
    match entry.state:
        case EntryState.WAITING | EntryState.CHECKING if entry.is_spoilt:
            return Step("later", _("Waiting for a person"), _("now"))
        case EntryState.WAITING:
            return Step("wait", _("Waits for its turn, then goes by itself"), _("now"))
        case EntryState.SENDING:
            return Step("wait", _("Being sent"), _("now"))
        case EntryState.CHECKING:
            return Step("unknown", _("The till is looking it up"), _("now"))
        case EntryState.ATTENTION:
            return Step("later", _("Waiting for a person"), _("now"))
        case EntryState.REFUSED:
            words_ = _("Closed by a person") if _is_by_hand(entry) else _("Closed: it was not done")
            return Step("bad", words_, settled)
        case EntryState.DONE:
            return Step("ok", _("Closed by a person") if _is_by_hand(entry) else _("Closed: done"), settled)
