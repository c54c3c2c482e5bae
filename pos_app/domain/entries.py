"""An entry of the outbox: one command and what has become of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command, Spoilt
from pos_app.domain.offline import NOTHING_UNCONFIRMED, Unconfirmed


class EntryState(StrEnum):
    """In a cashier's words: waiting, sending, no answer - checking, done, refused, needs attention."""

    WAITING = "waiting"
    SENDING = "sending"
    CHECKING = "checking"
    DONE = "done"
    REFUSED = "refused"
    ATTENTION = "attention"

    @property
    def is_open(self) -> bool:
        return self in (EntryState.WAITING, EntryState.SENDING, EntryState.CHECKING)


class Entry(Struct, frozen=True):
    """One stored command.

    `tries` counts sends, `looks` counts look-ups since the last send. `problem` is the last support code,
    `said` Perx's own words. `was_lost`: Perx may have carried out an earlier send, for its answer never came.
    Units: times aware UTC.
    """

    id: int
    command: Command | Spoilt
    state: EntryState
    made_at: datetime
    tries: int = 0
    looks: int = 0
    sent_at: datetime | None = None
    due_at: datetime | None = None
    settled_at: datetime | None = None
    problem: str = ""
    said: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    was_lost: bool = False

    @property
    def is_spoilt(self) -> bool:
        """Its content cannot be read: it is never sent, and only a person can close it."""
        return isinstance(self.command, Spoilt)

    @property
    def ref(self) -> Ref:
        return self.command.ref


class Backlog(Struct, frozen=True):
    """The outbox in figures, for the header, the meter and the reports.

    `value_minor` adds the amounts of waiting sales, in the till's currency; `unconfirmed` are vouchers used on trust.
    """

    waiting: int = 0
    checking: int = 0
    attention: int = 0
    value_minor: int = 0
    unconfirmed: Unconfirmed = NOTHING_UNCONFIRMED
    oldest_at: datetime | None = None


class Hold(Struct, frozen=True):
    """A voucher that this till holds at Perx, or may hold."""

    voucher_id: int
    identifier: str
    sale: Ref
    since: datetime
