"""Who may stand at the till now: signing on, switching, the lock, and what is hidden meanwhile. Pure.

Whatever a hand does passes the `door` first. The sale is never touched here: it stays as it is under the sign-on
screen, and the queue goes on sending. Nothing is hidden or locked while a call is under way, nor before somebody has
seen its result.
"""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.codes import StaffCode
from pos_app.domain.people import Denied, Person
from pos_app.language import LANGUAGES
from pos_app.till import (
    approve,
    claiming,
    customers,
    desk,
    guide,
    history,
    leaving,
    parking,
    paying,
    pinning,
    proof,
    servicing,
    speech,
    staff,
    training,
)
from pos_app.till import events as ev
from pos_app.till.approve import Prove, Proved
from pos_app.till.claiming import ClaimState
from pos_app.till.effects import Effect, Note
from pos_app.till.scans import hint, routed
from pos_app.till.staff import Gate, Staff, Why
from pos_app.till.state import HintKind, Phase, State

UNSEEN_TIMES = 3
"""A result that nobody comes to see keeps the till open this many times as long; then it waits under the lock."""

HANDS = (
    ev.Scanned
    | ev.KeyTapped
    | ev.VoucherTapped
    | ev.LineRemoved
    | ev.CustomerRemoved
    | ev.CompleteTapped
    | ev.CancelTapped
    | ev.NextTapped
    | ev.EnrolTapped
    | ev.UseAnywayTapped
    | ev.NoticeClosed
    | ev.PrintTapped
    | ev.PanelOpened
    | ev.PanelClosed
    | ev.TypedEntered
    | ev.SaleTapped
    | ev.CompareTapped
    | ev.ChimeTapped
    | ev.OfflineChosen
    | ev.SalvageSeen
    | speech.LanguageChosen
    | parking.ParkTapped
    | parking.RecallTapped
    | paying.Tapped
    | claiming.Tapped
    | pinning.Event
    | desk.Tapped
    | history.Tapped
    | customers.Tapped
    | approve.Tapped
    | staff.Tapped
    | servicing.Tapped
    | training.Tapped
    | leaving.CloseTapped
    | guide.Event
)
"""What a person does at the till: touches and scans."""

BLIND = (
    ev.VoucherTapped
    | ev.LineRemoved
    | ev.CustomerRemoved
    | ev.SaleTapped
    | desk.EntryTapped
    | parking.RecallTapped
    | history.OfCustomerTapped
    | customers.RecentTapped
    | customers.LanguageGiven
    | customers.PointsEntered
    | customers.JoinTapped
    | customers.AgreedTapped
    | history.ReverseTapped
    | staff.ShowTapped
    | paying.PayEntered
    | claiming.RewardTapped
    | claiming.PriceTapped
    | claiming.TakeTapped
    | pinning.PinEntered
)
"""Taps on what cannot be read while it is hidden."""

Step = tuple[State, list[Effect]]


def is_demanded(state: State) -> bool:
    """Whether somebody has to be signed on."""
    return state.shop.people.demands(state.staff.people)


def door(state: State, event: ev.Event) -> tuple[State, list[Effect], bool]:
    """What a hand's event means before anything else; the last part says whether it goes on to the till."""
    if not isinstance(event, HANDS):
        return state, [], True
    if not state.is_begun:  # it was aimed at an empty screen, and the sale of the last run is about to come back
        return state, [], False
    state = _with(state, idle_s=0, touched_at=state.now, unseen=False)
    gate = state.staff.gate
    if gate is not None and not isinstance(event, guide.Event):  # how to sign on may be read before it
        return _at_gate(state, gate, event)
    if not state.staff.hidden:
        return state, [], True
    is_blind = isinstance(event, BLIND)
    if not is_demanded(state):
        return _with(state, hidden=False), [], not is_blind
    if isinstance(event, staff.ShowTapped):
        return _shut(state, Why.LOCKED), [], False
    return (hint(state, HintKind.SHOW_FIRST) if is_blind else state), [], not is_blind


def _at_gate(state: State, gate: Gate, event: ev.Event) -> tuple[State, list[Effect], bool]:
    if isinstance(event, ev.Scanned):
        code = None if event.fault else routed(state, event)
        badge = code.badge if isinstance(code, StaffCode) else ""
        if badge and not gate.busy:
            given = proof.handed_over(replace(gate, scanned=False))
            return _with(state, gate=given), [Prove(gate.number, badge=badge)], False
        if badge or gate.is_shut:
            return _with(state, gate=replace(gate, scanned=not badge)), [], False
        return _with(state, gate=None), [], True  # nobody has to sign on first: the scan is served
    asked: list[Effect] = []
    match event:
        case ev.KeyTapped() if not gate.choosing:
            gate = proof.keyed(replace(gate, scanned=False), event.key, state.now)
        case staff.PersonTapped():
            gate = proof.named(replace(gate, scanned=False), event.name)
        case staff.LanguagesTapped() if not gate.busy:
            gate = replace(gate, choosing=True, pin="")
        case speech.LanguageChosen() if event.code in LANGUAGES and gate.choosing:
            gate = replace(gate, choosing=False, language=event.code)
        case staff.GateLeft() if gate.choosing:
            gate = replace(gate, choosing=False)
        case staff.ProveTapped() if not gate.lacks(state.now) and not gate.choosing:
            asked = [Prove(gate.number, gate.name, gate.pin)]
            gate = proof.handed_over(gate)
        case staff.GateLeft() if not gate.is_shut and not gate.busy:
            return _with(state, gate=None), [], False
    return _with(state, gate=gate), asked, False


def after(old: State, new: State, event: ev.Event) -> State:
    """The state with what follows for its people: a result to be seen, a new sale to be shown, a gate to be shut."""
    if not isinstance(event, HANDS) and _results(new) - _results(old):
        new = _with(new, unseen=True, idle_s=0, touched_at=new.now)
    if new.staff.hidden and new.sale.id is not None and new.sale.id != old.sale.id:
        new = _with(new, hidden=False)
    if new.staff.on is None and not new.staff.is_shut and is_demanded(new):
        new = _shut(new, Why.SIGN_ON)
    return new


def _results(state: State) -> set[object]:
    """What a person has to read now."""
    sale = state.sale
    done = sale.record.ref if sale.phase is Phase.DONE and sale.record is not None else None
    return {done, sale.trouble, sale.offer}


def on_staff(state: State, event: staff.Event) -> Step:
    """A tap that concerns who is signed on, or news of the people."""
    on = state.staff.on
    match event:
        case staff.PeopleChanged():
            return state, [staff.ListPeople()]
        case staff.PeopleListed():
            return _listed(state, event.people), []
        case staff.SwitchTapped():
            return _shut(state, Why.SWITCH), []
        case staff.LockTapped() if on is not None and is_demanded(state):
            return _shut(state, Why.LOCKED), [Note("locked", person=on.name)]
        case staff.SignOffTapped() if on is not None:
            return _off(state), [Note("signed off", state.sale.id or "", person=on.name)]
    return state, []


def _listed(state: State, people: tuple[Person, ...]) -> State:
    """The people as they are now; who is signed on, or about to, may have gone."""
    now = state.staff
    on = next((one for one in people if now.on is not None and one.name == now.on.name), None)
    gate = now.gate
    if gate is not None:
        names = _names(people, on)
        gate = replace(gate, names=names, name=gate.name if gate.name in names else _only(names))
    return _with(state, people=people, on=on, gate=gate)


def on_badge(state: State, badge: str) -> Step:
    """A staff badge at an open till: its owner is signed on; the sale stays."""
    number = state.staff.proofs + 1
    return _with(state, proofs=number), [Prove(number, badge=badge)]


def on_proved(state: State, event: Proved) -> Step:
    """Whose PIN or badge it was, or why it is not taken. An answer that nobody waits for changes nothing."""
    now, gate, who = state.staff, state.staff.gate, event.verdict
    if event.number != (gate.number if gate is not None else now.proofs):
        return state, []
    if isinstance(who, Denied):
        if gate is None:
            return hint(state, HintKind.STAFF, "unknown"), []
        return _with(state, gate=proof.refused(gate, who, state.now)), []
    is_same, was_locked = now.on == who, gate is not None and gate.why is Why.LOCKED
    facts = {"instead_of": now.name} if now.on is not None and not is_same else {}
    what = "unlocked" if is_same and was_locked else "" if is_same else "signed on"
    notes: list[Effect] = [Note(what, state.sale.id or "", facts, who.name)] if what else []
    state = _with(state, on=who, gate=None, hidden=False, idle_s=0, touched_at=state.now)
    return hint(_without_menu(state), HintKind.SIGNED_ON, who.name), notes


def on_tick(state: State) -> Step:
    """A second more: half-typed PINs go, and what nobody looks after is hidden, then locked."""
    now = state.staff
    if now.gate is not None:
        state = _with(state, gate=_aged(state, proof.aged(now.gate, state.now)))
    if now.is_shut:
        return state, []
    if not is_calm(state) or now.touched_at is None:
        return _with(state, idle_s=0, touched_at=state.now), []
    # Ticks stand still while the machine sleeps, the clock does not; a clock that was set back stops no ticks.
    idle_s = max(now.idle_s + 1, int((state.now - now.touched_at).total_seconds()))
    policy = state.shop.people
    state = _with(state, idle_s=idle_s, hidden=now.hidden or (idle_s >= policy.hide_after_s and not now.unseen))
    if now.on is None or idle_s < policy.lock_after_s * (UNSEEN_TIMES if now.unseen else 1):
        return state, []
    if not is_demanded(state):
        return _with(_off(state), hidden=True), [Note("signed off", facts={"idle_s": idle_s}, person=now.on.name)]
    return _with(_shut(state, Why.LOCKED), hidden=True), [Note("locked", facts={"idle_s": idle_s}, person=now.on.name)]


def _aged(state: State, gate: Gate) -> Gate:
    """A language that somebody chose who then went away is not the next one's."""
    touched_at, policy = state.staff.touched_at, state.shop.people
    if touched_at is None or (state.now - touched_at).total_seconds() < policy.hide_after_s:
        return gate
    return replace(gate, choosing=False, language="")


def is_calm(state: State) -> bool:
    """Whether nothing is under way that somebody waits for."""
    sale, panel = state.sale, state.panel
    if sale.phase in (Phase.COMMITTING, Phase.CHECKING) or sale.looking is not None or state.day.comparing:
        return False
    if any(line.is_busy for line in sale.lines) or (sale.offer is not None and sale.offer.enrolling is not None):
        return False
    is_claimed = sale.claim is not None and sale.claim.state in (ClaimState.RESERVING, ClaimState.CONFIRMING)
    if is_claimed or (sale.pay is not None and sale.pay.is_busy):
        return False
    if panel is None:
        return True
    if panel.shelf is not None and panel.shelf.rewards is None and not panel.shelf.problem:
        return False
    is_busy = any(one is not None and one.busy for one in (panel.desk, panel.ask, panel.history, panel.join))
    return not is_busy


def _shut(state: State, why: Why) -> State:
    """The sign-on screen; under a lock the one who is signed on is chosen already."""
    now = state.staff
    number, names = now.proofs + 1, _names(now.people, now.on)
    name = now.name if why is Why.LOCKED else _only(names)
    return _with(_without_menu(state), proofs=number, gate=Gate(number=number, names=names, name=name, why=why))


def _names(people: tuple[Person, ...], on: Person | None) -> tuple[str, ...]:
    """Who may sign on, the one who is signed on first."""
    names = tuple(one.name for one in people)
    return names if on is None else (on.name, *(name for name in names if name != on.name))


def _only(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ""


def _off(state: State) -> State:
    return _with(_without_menu(state), on=None)


def _without_menu(state: State) -> State:
    """The state without the person's own side screen, whose tap has been obeyed."""
    is_person = state.panel is not None and state.panel.kind == "person"
    return replace(state, panel=None) if is_person else state


def _with(state: State, **changes: object) -> State:
    made: Staff = replace(state.staff, **changes)
    return replace(state, staff=made)
