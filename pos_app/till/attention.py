"""The rules of the desk: what a tap, a key, a badge and a late answer mean there. Pure.

It knows nothing of the sale: `panels` keeps it in the side screen, so that closing that, or any scan of a code, drops
it with whatever was half typed. A late answer to an approval that is no longer asked for changes nothing here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pos_app.domain.attention import MAX_REASON, REASONS, Act, may
from pos_app.domain.entries import Backlog, Entry
from pos_app.domain.people import MAX_PIN
from pos_app.till.desk import (
    ActTapped,
    Answered,
    ApproversListed,
    ApproverTapped,
    ApproveTapped,
    Ask,
    AskLeft,
    CheckTapped,
    Decide,
    Decided,
    Desk,
    DeskListed,
    Effect,
    EntryLeft,
    EntryRead,
    EntryTapped,
    ListApprovers,
    ListDesk,
    LookAgain,
    OlderTapped,
    OtherEntered,
    OtherTapped,
    Pile,
    PileTapped,
    ReadEntry,
    ReasonTapped,
    Tapped,
)

PIN_STAYS = timedelta(seconds=30)
"""A half-typed PIN is forgotten after this."""

Step = tuple[Desk, list[Effect]]


def opened(backlog: Backlog) -> Step:
    """The desk as it is first seen: what needs a person, or what waits when nothing does."""
    needs = backlog.attention or backlog.checking or not backlog.waiting
    pile = Pile.OPEN if needs else Pile.WAITING
    return Desk(pile), [ListDesk(pile)]


def on_tapped(desk: Desk, event: Tapped, now: datetime) -> Step:
    """A tap. While an approval is asked for only what belongs to it counts."""
    if desk.ask is not None:
        return _on_ask(desk, desk.ask, event, now)
    match event:
        case PileTapped():
            return Desk(event.pile, asks=desk.asks), [ListDesk(event.pile)]
        case OlderTapped() if desk.more and desk.entries:
            return replace(desk, more=False, paged=True), [ListDesk(desk.pile, desk.entries[-1].id)]
        case EntryTapped():
            found = next((one for one in desk.entries or () if one.ref == event.ref), None)
            return (desk, []) if found is None else _look_at(desk, found, opened=True)
        case EntryLeft():
            return replace(desk, opened=False, problem=""), []
        case CheckTapped() if desk.entry is not None and Act.CHECK in may(desk.entry) and not desk.busy:
            return replace(desk, opened=True, busy=True, problem=""), [LookAgain(desk.entry.ref)]
        case ActTapped() if desk.entry is not None and event.act.needs_approval and event.act in may(desk.entry):
            ask = Ask(desk.asks + 1, event.act)
            return replace(desk, opened=True, ask=ask, asks=ask.number, problem=""), [ListApprovers()]
    return desk, []


def _on_ask(desk: Desk, ask: Ask, event: Tapped, now: datetime) -> Step:
    match event:
        case AskLeft() if ask.typing:
            return replace(desk, ask=replace(ask, typing=False)), []
        case AskLeft() if not ask.busy:
            return replace(desk, ask=None), []
    if ask.busy:  # it is decided by now; to say that nothing changes would be a lie
        return desk, []
    match event:
        case ReasonTapped() if event.reason in REASONS[ask.act]:
            ask = replace(ask, reason=event.reason)
        case OtherTapped():
            ask = replace(ask, typing=True, pin="")
        case OtherEntered() if ask.typing and ask.other.strip():
            ask = replace(ask, typing=False, reason=ask.other.strip())
        case ApproverTapped() if event.name in (ask.names or ()) and event.name != ask.name:
            ask = replace(ask, name=event.name, pin="", denied=None)
        case ApproveTapped() if not ask.typing and desk.entry is not None and not ask.lacks(now):
            decide = Decide(ask.number, desk.entry.ref, ask.act, ask.reason, ask.name, ask.pin)
            return replace(desk, ask=replace(ask, pin="", busy=True, denied=None)), [decide]
    return replace(desk, ask=ask), []


def on_key(desk: Desk, key: str, now: datetime) -> Desk:
    """A key: a letter of the reason that is being typed, or a digit of the PIN."""
    ask = desk.ask
    if ask is None or ask.busy:
        return desk
    if ask.typing:
        other = _typed(ask.other, " " if key == "Space" else key, MAX_REASON)
        return replace(desk, ask=replace(ask, other=other))
    is_digit = key.isascii() and key.isdigit() and len(key) == 1
    if not ask.name or ask.wait_s(now) or not (is_digit or key in ("delete", "clear")):
        return desk
    pin = _typed(ask.pin, key, MAX_PIN)
    return replace(desk, ask=replace(ask, pin=pin, pin_at=now, denied=None))


def _typed(text: str, key: str, most: int) -> str:
    if key == "clear":
        return ""
    return text[:-1] if key == "delete" else (text + key)[:most]


def on_badge(desk: Desk, badge: str) -> Step:
    """A staff badge was scanned: it approves at once, when there is something to approve and a reason for it."""
    ask = desk.ask
    if ask is None or ask.busy or ask.typing or not ask.reason or desk.entry is None:
        return desk, []
    decide = Decide(ask.number, desk.entry.ref, ask.act, ask.reason, badge=badge)
    return replace(desk, ask=replace(ask, pin="", busy=True, denied=None)), [decide]


def on_answer(desk: Desk, event: Answered, now: datetime) -> Step:
    """What was asked for is here. What is no longer asked for changes nothing."""
    match event:
        case DeskListed() if event.pile is desk.pile:
            return _listed(desk, event)
        case EntryRead() if desk.entry is not None and event.entry.ref == desk.entry.ref:
            return replace(desk, entry=event.entry, history=event.history), []
        case ApproversListed() if desk.ask is not None:
            only = event.names[0] if len(event.names) == 1 else desk.ask.name
            return replace(desk, ask=replace(desk.ask, names=event.names, name=only)), []
        case Decided(number=0):
            is_this = event.entry is None or desk.entry is None or event.entry.ref == desk.entry.ref
            problem = event.problem if is_this else desk.problem
            return _now(replace(desk, busy=False, problem=problem), event.entry)
        case Decided() if desk.ask is not None and desk.ask.number == event.number:
            if event.denied is not None:
                return replace(desk, ask=replace(desk.ask, busy=False, denied=event.denied, denied_at=now)), []
            return _now(replace(desk, ask=None, problem=event.problem), event.entry)
    return desk, []


def on_entry(desk: Desk, entry: Entry) -> Step:
    """An entry changed by itself or by hand. A decision that is no longer open to anybody ends."""
    entries = desk.entries
    if entries is not None:
        entries = tuple(entry if one.ref == entry.ref else one for one in entries)
    desk = replace(desk, entries=entries)
    if desk.entry is None or desk.entry.ref != entry.ref:
        return desk, []
    ask = desk.ask
    if ask is not None and not ask.busy and ask.act not in may(entry):
        desk = replace(desk, ask=None, problem="ATT-01")
    return _now(desk, entry)


def on_backlog(desk: Desk) -> list[Effect]:
    """The counts changed, so the list may have: read it again, unless somebody reads further back in it."""
    return [] if desk.paged or desk.ask is not None else [ListDesk(desk.pile)]


def on_tick(desk: Desk, now: datetime) -> Desk:
    """A half-typed PIN does not stay."""
    ask = desk.ask
    if ask is None or not ask.pin or ask.pin_at is None or timedelta(0) <= now - ask.pin_at < PIN_STAYS:
        return desk
    return replace(desk, ask=replace(ask, pin=""))


def _look_at(desk: Desk, entry: Entry, *, opened: bool) -> Step:
    desk = replace(desk, entry=entry, opened=opened, history=(), problem="")
    return desk, [ReadEntry(entry.ref)]


def _now(desk: Desk, entry: Entry | None) -> Step:
    """The entry that is looked at, as it stands now."""
    if entry is None or desk.entry is None or entry.ref != desk.entry.ref:
        return desk, []
    return replace(desk, entry=entry), [ReadEntry(entry.ref)]


def _listed(desk: Desk, event: DeskListed) -> Step:
    if event.after is None and desk.paged:  # it was asked for before somebody read further back
        return desk, []
    if event.after is None:
        desk = replace(desk, entries=event.entries, more=event.more)
    elif desk.entries and desk.entries[-1].id == event.after:
        desk = replace(desk, entries=(*desk.entries, *event.entries), more=event.more)
    entries = desk.entries or ()
    kept = next((one for one in entries if desk.entry is not None and one.ref == desk.entry.ref), None)
    if kept is not None:
        return replace(desk, entry=kept), []
    if desk.opened or desk.ask is not None:
        return desk, []
    return _look_at(desk, entries[0], opened=False) if entries else (replace(desk, entry=None, history=()), [])
