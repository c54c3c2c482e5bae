"""The desk: what waits and what needs a person, as state, events and effects. Its rules stand in `attention`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True)
class Told:
    """One line of the journal about an entry: who decided what, and why."""

    at: datetime
    was: str
    became: str
    asked_by: str
    approved_by: str
    why: str


@dataclass(frozen=True)
class Desk:
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


@dataclass(frozen=True)
class PileTapped:
    pile: Pile


@dataclass(frozen=True)
class OlderTapped:
    pass


@dataclass(frozen=True)
class EntryTapped:
    ref: Ref


@dataclass(frozen=True)
class EntryLeft:
    """Back from one entry to the list, where the screen has no room for both."""


@dataclass(frozen=True)
class CheckTapped:
    pass


@dataclass(frozen=True)
class ActTapped:
    act: Act


@dataclass(frozen=True)
class DeskListed:
    """A page of a pile, newest first. `after`: it follows this entry; None: it is the first page."""

    pile: Pile
    entries: tuple[Entry, ...]
    more: bool = False
    after: int | None = None


@dataclass(frozen=True)
class EntryRead:
    """One entry as it stands, and what people decided of it."""

    entry: Entry
    history: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Decided:
    """What came of a decision: the entry as it stands now, or why it was not carried out. `number` 0: a check."""

    number: int
    entry: Entry | None = None
    problem: str = ""


Tapped = PileTapped | OlderTapped | EntryTapped | EntryLeft | CheckTapped | ActTapped
Answered = DeskListed | EntryRead | Decided
Event = Tapped | Answered


# ---------------------------------------------------------------- what is asked for


@dataclass(frozen=True)
class ListDesk:
    pile: Pile
    after: int | None = None


@dataclass(frozen=True)
class ReadEntry:
    ref: Ref


@dataclass(frozen=True)
class LookAgain:
    """Look one entry up at Perx once more; it changes nothing, so nobody approves it."""

    ref: Ref
    asked_by: str = ""


@dataclass(frozen=True)
class Decide:
    """Carry a decision out that was approved. `asked_by`: who was signed on, "" when nobody was."""

    number: int
    ref: Ref
    act: Act
    reason: str
    approved_by: str
    asked_by: str = ""


Effect = ListDesk | ReadEntry | LookAgain | Decide
