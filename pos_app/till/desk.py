"""The desk: what waits and what needs a person, as state, events and effects. Its rules stand in `attention`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from pos_app.domain.attention import Act
from pos_app.domain.codes import Ref
from pos_app.domain.entries import Entry, EntryState


class Pile(StrEnum):
    """The three lists: what needs a person or is being checked, what only waits, what is over."""

    OPEN = "open"
    WAITING = "waiting"
    SETTLED = "settled"

    @property
    def states(self) -> tuple[EntryState, ...]:
        return _STATES[self]


_STATES = {
    Pile.OPEN: (EntryState.ATTENTION, EntryState.CHECKING),
    Pile.WAITING: (EntryState.SENDING, EntryState.WAITING),
    Pile.SETTLED: (EntryState.DONE, EntryState.REFUSED),
}


class Told(Struct, frozen=True):
    """One line of the journal about an entry: who decided what, and why."""

    at: datetime
    was: str
    became: str
    asked_by: str
    approved_by: str
    why: str


class Desk(Struct, frozen=True):
    """What lies on the desk. `entry` is the one that is looked at; `opened`: it was tapped, not only the first.

    `entries` None: being read. `paged`: older ones were added to the list, which then is not read afresh by itself.
    `problem`: why the last decision was not carried out.
    """

    pile: Pile = Pile.OPEN
    entries: tuple[Entry, ...] | None = None
    more: bool = False
    paged: bool = False
    entry: Entry | None = None
    opened: bool = False
    history: tuple[Told, ...] = ()
    busy: bool = False
    problem: str = ""


# ---------------------------------------------------------------- what happens


class PileTapped(Struct, frozen=True):
    pile: Pile


class OlderTapped(Struct, frozen=True):
    pass


class EntryTapped(Struct, frozen=True):
    ref: Ref


class EntryLeft(Struct, frozen=True):
    """Back from one entry to the list, where the screen has no room for both."""


class CheckTapped(Struct, frozen=True):
    pass


class ActTapped(Struct, frozen=True):
    act: Act


class DeskListed(Struct, frozen=True):
    """A page of a pile, newest first. `after`: it follows this entry; None: it is the first page."""

    pile: Pile
    entries: tuple[Entry, ...]
    more: bool = False
    after: int | None = None


class EntryRead(Struct, frozen=True):
    """One entry as it stands, and what people decided of it."""

    entry: Entry
    history: tuple[Told, ...] = ()


class Decided(Struct, frozen=True):
    """What came of a decision: the entry as it stands now, or why it was not carried out. `number` 0: a check."""

    number: int
    entry: Entry | None = None
    problem: str = ""


Tapped = PileTapped | OlderTapped | EntryTapped | EntryLeft | CheckTapped | ActTapped
Answered = DeskListed | EntryRead | Decided
Event = Tapped | Answered


# ---------------------------------------------------------------- what is asked for


class ListDesk(Struct, frozen=True):
    pile: Pile
    after: int | None = None


class ReadEntry(Struct, frozen=True):
    ref: Ref


class LookAgain(Struct, frozen=True):
    """Look one entry up at Perx once more; it changes nothing, so nobody approves it."""

    ref: Ref
    asked_by: str = ""


class Decide(Struct, frozen=True):
    """Carry a decision out that was approved. `asked_by`: who was signed on, "" when nobody was."""

    number: int
    ref: Ref
    act: Act
    reason: str
    approved_by: str
    asked_by: str = ""


Effect = ListDesk | ReadEntry | LookAgain | Decide
