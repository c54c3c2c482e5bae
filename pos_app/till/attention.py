"""The rules of the desk: what a tap and a late answer mean there. Pure.

It knows nothing of the sale: `panels` keeps it in the side screen, so that closing that, or any scan of a code, drops
it. An approval of what is decided here stands beside it in the side screen (`approve`).
"""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.attention import Act, may
from pos_app.domain.entries import Backlog, Entry
from pos_app.till.desk import (
    ActTapped,
    Answered,
    CheckTapped,
    Decided,
    Desk,
    DeskListed,
    Effect,
    EntryLeft,
    EntryRead,
    EntryTapped,
    ListDesk,
    LookAgain,
    OlderTapped,
    Pile,
    PileTapped,
    ReadEntry,
    Tapped,
)

Step = tuple[Desk, list[Effect]]


def opened(backlog: Backlog) -> Step:
    """The desk as it is first seen: what needs a person, or what waits when nothing does."""
    needs = backlog.attention or backlog.checking or not backlog.waiting
    pile = Pile.OPEN if needs else Pile.WAITING
    return Desk(pile), [ListDesk(pile)]


def on_tapped(desk: Desk, event: Tapped, asked_by: str) -> Step:
    """A tap. What needs an approval is only looked at here: `panels` asks for it."""
    match event:
        case PileTapped():
            return Desk(event.pile), [ListDesk(event.pile)]
        case OlderTapped() if desk.more and desk.entries:
            return replace(desk, more=False, paged=True), [ListDesk(desk.pile, desk.entries[-1].id)]
        case EntryTapped():
            found = next((one for one in desk.entries or () if one.ref == event.ref), None)
            return (desk, []) if found is None else _look_at(desk, found, opened=True)
        case EntryLeft():
            return replace(desk, opened=False, problem=""), []
        case CheckTapped() if desk.entry is not None and Act.CHECK in may(desk.entry) and not desk.busy:
            return replace(desk, opened=True, busy=True, problem=""), [LookAgain(desk.entry.ref, asked_by)]
        case ActTapped() if is_open_to(desk, event.act):
            return replace(desk, opened=True, problem=""), []
    return desk, []


def is_open_to(desk: Desk, act: Act) -> bool:
    """Whether this decision can be asked for about the entry that is looked at."""
    return desk.entry is not None and act.needs_approval and act in may(desk.entry)


def on_answer(desk: Desk, event: Answered) -> Step:
    """What was asked for is here. What is no longer asked for changes nothing."""
    match event:
        case DeskListed() if event.pile is desk.pile:
            return _listed(desk, event)
        case EntryRead() if desk.entry is not None and event.entry.ref == desk.entry.ref:
            return replace(desk, entry=event.entry, history=event.history), []
        case Decided(number=0):
            is_this = event.entry is None or desk.entry is None or event.entry.ref == desk.entry.ref
            problem = event.problem if is_this else desk.problem
            return _now(replace(desk, busy=False, problem=problem), event.entry)
        case Decided():
            return _now(replace(desk, problem=event.problem), event.entry)
    return desk, []


def on_entry(desk: Desk, entry: Entry) -> Step:
    """An entry changed by itself or by hand."""
    entries = desk.entries
    if entries is not None:
        entries = tuple(entry if one.ref == entry.ref else one for one in entries)
    desk = replace(desk, entries=entries)
    return _now(desk, entry)


def on_backlog(desk: Desk) -> list[Effect]:
    """The counts changed, so the list may have: read it again, unless somebody reads further back in it."""
    return [] if desk.paged else [ListDesk(desk.pile)]


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
    if desk.opened:
        return desk, []
    return _look_at(desk, entries[0], opened=False) if entries else (replace(desk, entry=None, history=()), [])
