"""The desk: what waits and what needs a person, as state, events and effects. Its rules stand in `attention`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pos_app.domain.attention import Act
from pos_app.domain.codes import Ref
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.people import MIN_PIN, Denied


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
class Ask:
    """A decision that waits for its reason and its approval. `number` tells a late answer from this one's.

    `names`: who may approve, None while that is being read. `pin` is what was typed so far; it leaves the state when
    it is handed over, and after half a minute. `typing`: a reason of one's own is being typed. `denied_at`: when the
    last approval was denied.
    """

    number: int
    act: Act
    reason: str = ""
    other: str = ""
    typing: bool = False
    names: tuple[str, ...] | None = None
    name: str = ""
    pin: str = field(default="", repr=False)
    pin_at: datetime | None = None
    busy: bool = False
    denied: Denied | None = None
    denied_at: datetime | None = None

    def wait_s(self, now: datetime) -> int:
        """Seconds until the chosen person's PIN is looked at again, as far as the wall clock tells.

        What keeps a guesser out is the database's own count; a clock that was set back only ends this hint.
        """
        if self.denied is None or self.denied_at is None or now < self.denied_at:
            return 0
        return max(0, self.denied.wait_s - int((now - self.denied_at).total_seconds()))

    def lacks(self, now: datetime) -> str:
        """What is missing before it can be approved, as a key; "" when nothing is."""
        if self.busy:
            return "busy"
        if self.names == ():
            return "nobody"
        if not self.reason:
            return "reason"
        if not self.name:
            return "name"
        if self.wait_s(now):
            return "wait"
        return "pin" if len(self.pin) < MIN_PIN else ""


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
    ask: Ask | None = None
    asks: int = 0
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
class ReasonTapped:
    reason: str


@dataclass(frozen=True)
class OtherTapped:
    """A reason of one's own."""


@dataclass(frozen=True)
class OtherEntered:
    pass


@dataclass(frozen=True)
class ApproverTapped:
    name: str


@dataclass(frozen=True)
class ApproveTapped:
    pass


@dataclass(frozen=True)
class AskLeft:
    """Back from the approval, or from typing its reason."""


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
class ApproversListed:
    names: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """What came of a decision: the entry as it stands now, or why it was not carried out. `number` 0: a check."""

    number: int
    entry: Entry | None = None
    denied: Denied | None = None
    problem: str = ""


Tapped = (
    PileTapped
    | OlderTapped
    | EntryTapped
    | EntryLeft
    | CheckTapped
    | ActTapped
    | ReasonTapped
    | OtherTapped
    | OtherEntered
    | ApproverTapped
    | ApproveTapped
    | AskLeft
)
Answered = DeskListed | EntryRead | ApproversListed | Decided
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
class ListApprovers:
    pass


@dataclass(frozen=True)
class LookAgain:
    """Look one entry up at Perx once more; it changes nothing, so nobody approves it."""

    ref: Ref


@dataclass(frozen=True)
class Decide:
    """Carry a decision out, once the approval is found good: by a name and a PIN, or by a badge."""

    number: int
    ref: Ref
    act: Act
    reason: str
    name: str = ""
    pin: str = field(default="", repr=False)
    badge: str = field(default="", repr=False)


Effect = ListDesk | ReadEntry | ListApprovers | LookAgain | Decide
