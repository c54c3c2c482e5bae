"""The rules of new members, of those who were here lately, and of a customer's language. Pure."""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.commands import CreateCustomer, JoinLater, UpdateCustomer
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.people import Person
from pos_app.domain.phone import PHONE
from pos_app.language import LANGUAGES, language
from pos_app.till import approve, byhand, find
from pos_app.till.asking import asking, is_asked
from pos_app.till.customers import (
    RECENT_STAYS,
    AgreedTapped,
    CheckNewcomer,
    Event,
    Join,
    JoinLanguageTapped,
    JoinOpened,
    JoinTapped,
    KeepRecent,
    LanguageGiven,
    NewcomerChecked,
    PointsEntered,
    Recent,
    RecentRead,
    RecentTapped,
)
from pos_app.till.effects import Effect, Note, Store
from pos_app.till.events import StoreFailed
from pos_app.till.scans import begun, fresh, hint
from pos_app.till.state import HintKind, Moment, Panel, PanelKind, Phase, State, Trouble

Step = tuple[State, list[Effect]]

NOT_YET = "CUS-02"
"""The problem of a customer who is no member yet: Perx is told later."""
MAX_NUMBER = 32
_LATER = ("NET-", "KEY-")


def on_event(state: State, event: Event, moment: Moment) -> Step:
    """A tap, or an answer, about customers beside the sale."""
    match event:
        case JoinOpened():
            return opened(state), []
        case RecentTapped():
            return _recent_tapped(state, event, moment)
        case LanguageGiven():
            return _language_given(state, event, moment)
        case PointsEntered():
            return byhand.on_entered(state), []
        case RecentRead():
            return replace(state, recent=_kept(state, event.recent)), []
    join = state.panel.join if state.panel is not None else None
    return (state, []) if join is None else _on_form(state, join, event, moment)


# ---------------------------------------------------------------- the form


def opened(state: State) -> State:
    """The form, with the code that Perx did not know, where one was scanned."""
    offer, number = state.sale.offer, state.forms + 1
    join = Join(number, language=state.language)
    if offer is not None and not offer.unasked:
        join = replace(join, text=offer.scanned or offer.text, identifier=offer.identifier)
    panel = Panel(PanelKind.JOIN, join=join)
    return replace(state, panel=panel, forms=number)


def _on_form(state: State, join: Join, event: Event, moment: Moment) -> Step:
    if isinstance(event, NewcomerChecked):
        return _checked(state, join, event, moment) if join.busy and join.number == event.number else (state, [])
    if join.busy:
        return state, []
    match event:
        case JoinLanguageTapped() if event.code in LANGUAGES and event.code != join.language:
            return _with(state, replace(join, language=event.code, agreed=False)), []  # another text: ask anew
        case AgreedTapped():
            return _with(state, replace(join, agreed=not join.agreed)), []
        case JoinTapped() if not lacks(state):
            return _join(state, join, moment)
    return state, []


def lacks(state: State) -> str:
    """What the form still wants, as a key; "" when nothing."""
    panel = state.panel
    join = panel.join if panel is not None else None
    if panel is None or join is None or join.busy:
        return "busy"
    if not (join.text or panel.typed):
        return "number"
    return "consent" if state.shop.members.consent and not join.agreed else ""


def _join(state: State, join: Join, moment: Moment) -> Step:
    if join.identifier:
        return _stored(state, join, moment)
    typed = state.panel.typed if state.panel is not None else ""
    text = join.text or (f"{PHONE}{typed}" if state.shop.members.phone_is_theirs else typed)
    asked = replace(join, busy=True, problem="", said="")
    return _with(state, asked), [CheckNewcomer(join.number, text, ask=not state.link.manual)]


def _checked(state: State, join: Join, event: NewcomerChecked, moment: Moment) -> Step:
    join = replace(join, busy=False, identifier=event.identifier)
    if not event.problem:
        state, effects = taken(hint(state, HintKind.MEMBER_ALREADY), event.identifier, join.text, moment)
        return state, effects
    if event.problem == "PX-001":
        return _stored(state, join, moment)
    is_later = event.problem.startswith(_LATER) and bool(event.identifier)
    return _with(state, replace(join, later=is_later, problem=event.problem, said=event.said)), []


def _stored(state: State, join: Join, moment: Moment) -> Step:
    """Written down, so that no lost answer makes a second one; Perx takes an identifier once."""
    ref = moment.mint()
    text, spoken = state.shop.members.text_in(join.language, state.shop.language)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
    told = language(join.language).perx if state.shop.members.has_language else ""
    kind = JoinLater if join.later else CreateCustomer
    command = kind(ref=ref, identifier=join.identifier, language=told, consent=digest)
    facts = {"consent": digest, "in": spoken, "text": text[:500]} if text else {}
    note = Note("enrol", ref, {**facts, "later": True} if join.later else facts)
    return _with(state, replace(join, busy=True, ref=ref, problem="", said="")), [Store(command), note]


def on_entry(state: State, entry: Entry, moment: Moment) -> Step:
    """What came of making a member."""
    command, panel = entry.command, state.panel
    join = panel.join if panel is not None else None
    if not isinstance(command, CreateCustomer):
        return state, []
    if join is None or join.ref != entry.ref:
        return _unseen(state, entry, command)
    if entry.state is EntryState.DONE:
        return taken(state, command.identifier, join.text, moment)
    if entry.state is EntryState.REFUSED:
        is_later = entry.problem.startswith(_LATER)
        told = replace(join, busy=False, ref=None, later=is_later, problem=entry.problem or "PX-000", said=entry.said)
        return _with(state, told), []
    if entry.state is EntryState.ATTENTION:
        trouble = Trouble(entry.problem or "PX-000", entry.said)
        return replace(state, panel=None, sale=replace(state.sale, trouble=trouble, offer=None)), []
    if isinstance(command, JoinLater):
        return _not_yet(state, join, command.identifier, moment), []
    return state, []


def _not_yet(state: State, join: Join, identifier: str, moment: Moment) -> State:
    """Taken down: the sale goes on for somebody who is no member yet, and is sent after them."""
    state = replace(hint(state, HintKind.JOINS_LATER), panel=None)
    if state.sale.phase is not Phase.OPEN or find.blocks_other(state.sale):
        return state
    sale = begun(replace(state.sale, offer=None), moment)
    sale = find.take_on_trust(sale, identifier, join.text or "")
    known = sale.known and replace(sale.known, problem=NOT_YET)
    return replace(state, sale=replace(sale, known=known))


def _unseen(state: State, entry: Entry, command: CreateCustomer) -> Step:
    """The form was left, or it had been taken down: a customer who is in the sale meanwhile is looked at again."""
    sale, known = state.sale, state.sale.known
    is_theirs = known is not None and known.identifier == command.identifier and not known.checked
    if entry.state is not EntryState.DONE or not is_theirs or sale.phase is not Phase.OPEN or known is None:
        return state, []
    sale, effects = find.look_for(sale, command.identifier, codes.mask(command.identifier), raw=False)
    looking = replace(sale.looking, scanned=known.scanned) if sale.looking else None
    return replace(state, sale=replace(sale, looking=looking)), [*effects]


def on_store_failed(state: State, event: StoreFailed) -> State:
    """It could not be written down, so nothing was sent."""
    join = state.panel.join if state.panel is not None else None
    if join is None or join.ref != event.ref:
        return state
    return _with(state, replace(join, busy=False, ref=None, later=False, problem=event.problem))


def on_key(state: State, key: str) -> State:
    """A digit of the number; it takes the place of a code that was scanned."""
    panel = state.panel
    join = panel.join if panel is not None else None
    if panel is None or join is None or join.busy:
        return state
    typed = "" if key == "clear" else panel.typed[:-1] if key == "delete" else panel.typed + key
    if len(typed) > MAX_NUMBER or not all(sign in "+0123456789" for sign in typed):
        return state
    bare = replace(join, text="", identifier="", later=False, problem="", said="")
    return replace(state, panel=replace(panel, typed=typed, join=bare))


def takes(state: State, code: codes.Code) -> bool:
    """Whether a scanned code is meant for the form."""
    join = state.panel.join if state.panel is not None else None
    return join is not None and not join.busy and isinstance(code, codes.CustomerCode | codes.BareCode)


def on_scan(state: State, code: codes.Code) -> State:
    """A card was scanned at the form: it is the new member's."""
    panel = state.panel
    join = panel.join if panel is not None else None
    if panel is None or join is None:
        return state
    text = code.identifier if isinstance(code, codes.CustomerCode) else getattr(code, "text", "")
    filled = replace(join, text=text, identifier="", later=False, problem="", said="")
    return replace(state, panel=replace(panel, typed="", join=filled))


def _with(state: State, join: Join) -> State:
    return state if state.panel is None else replace(state, panel=replace(state.panel, join=join))


# ---------------------------------------------------------------- into the sale


def taken(state: State, identifier: str, scanned: str, moment: Moment) -> Step:
    """Take a customer whom Perx knows into the sale, if it may take one."""
    sale = state.sale
    if sale.phase in (Phase.COMMITTING, Phase.CHECKING):
        kind = HintKind.STILL_BUSY if sale.phase is Phase.COMMITTING else HintKind.STILL_CHECKING
        return hint(replace(state, panel=None), kind), []
    if sale.phase is Phase.DONE:
        sale = fresh(sale)
    if sale.known is not None and sale.known.identifier != identifier and find.blocks_other(sale):
        who = codes.mask(sale.known.identifier)
        return hint(replace(state, panel=None), HintKind.OTHER_CUSTOMER, who), []
    sale = begun(replace(sale, trouble=None, offer=None), moment)
    sale, effects = find.look_for(sale, identifier, codes.mask(scanned or identifier), raw=False)
    looking = replace(sale.looking, scanned=scanned) if sale.looking and scanned else sale.looking
    return replace(state, panel=None, sale=replace(sale, looking=looking)), [*effects]


def _recent_tapped(state: State, event: RecentTapped, moment: Moment) -> Step:
    if all(one.identifier != event.identifier for one in state.recent):
        return state, []
    if state.shop.people.approve_typed_customer:  # nobody has shown a code here either
        return asking(state, approve.RecentMember(event.identifier)), []
    state, effects = taken(state, event.identifier, "", moment)
    return state, [*effects, Note("recent customer taken", state.sale.id or "")]


def approved(state: State, ask: approve.Ask, identifier: str, by: Person, moment: Moment) -> Step:
    """A supervisor agreed that a customer of lately is taken, unless the screen was left."""
    if not is_asked(state, ask):
        return state, []
    note = Note("typed member approved", state.sale.id or "", {"code": codes.mask(identifier), "why": ask.reason,
                                                               "approved_by": by.name})  # fmt: skip
    state, effects = taken(state, identifier, "", moment)
    return state, [note, *effects]


def noted(old: State, new: State) -> tuple[State, list[Effect]]:
    """The state with whoever came into the sale among those who were here lately."""
    known, most = new.sale.known, new.shop.members.most_recent
    if known is None or not known.checked or not most or (old.sale.known and _same(old, known.identifier)):
        return new, []
    here = Recent(known.identifier, new.now, known.customer.name)
    others = [one for one in _kept(new, new.recent) if one.identifier != here.identifier]
    recent = (here, *others)[:most]
    return replace(new, recent=recent), [KeepRecent(recent)]


def _same(old: State, identifier: str) -> bool:
    was = old.sale.known
    return was is not None and was.checked and was.identifier == identifier


def _kept(state: State, recent: tuple[Recent, ...]) -> tuple[Recent, ...]:
    young = (one for one in recent if abs(state.now - one.at) < RECENT_STAYS)
    return tuple(young)[: state.shop.members.most_recent]


# ---------------------------------------------------------------- a customer's language


def _language_given(state: State, event: LanguageGiven, moment: Moment) -> Step:
    known = state.sale.known
    may = known is not None and known.checked and state.shop.members.has_language and event.code in LANGUAGES
    if known is None or not may:
        return state, []
    ref = moment.mint()
    command = UpdateCustomer(ref=ref, identifier=known.identifier, language=language(event.code).perx)
    note = Note("customer changed", ref, {"language": event.code})
    return replace(hint(state, HintKind.TELLING_PERX), panel=None), [Store(command), note]


def on_changed(state: State, entry: Entry) -> State:
    """What came of changing a customer: the slips of this sale follow it."""
    command, known = entry.command, state.sale.known
    if not isinstance(command, UpdateCustomer):
        return state
    if entry.state in (EntryState.REFUSED, EntryState.ATTENTION):
        return hint(state, HintKind.NOT_CHANGED, entry.problem)
    if entry.state is not EntryState.DONE or known is None or known.identifier != command.identifier:
        return state
    customer = replace(known.customer, language=command.language)
    state = replace(state, sale=replace(state.sale, known=replace(known, customer=customer)))
    return hint(state, HintKind.MEMBER_CHANGED)
