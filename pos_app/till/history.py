"""Earlier sales as state, events and effects: how they are found, looked at and reversed. Rules: `earlier`, `undo`."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command
from pos_app.domain.day import Day
from pos_app.domain.entries import Entry
from pos_app.domain.records import Discreet
from pos_app.domain.reversal import Part, Reversal
from pos_app.domain.sale import SaleRecord
from pos_app.domain.vouchers import Voucher


class Query(Discreet, frozen=True):
    """Which sales are looked for: of a day, of a customer, or by what was typed or scanned.

    `identifier`: as Perx knows them. `text`: a member's code, or digits that a reference begins or ends with.
    """

    HIDDEN = ("text",)
    day: Day | None = None
    identifier: str = ""
    text: str = ""


class Plan(Struct, frozen=True):
    """What a reversal would do. `parts` have no reference yet, but for what is given up.

    `before`: what was undone before. `used_at`: when Perx says that each voucher was used, ISO 8601 UTC. `left`: what
    stays as it is, and the support code that says why.
    """

    sale: Ref
    identifier: str
    parts: tuple[Part, ...]
    before: tuple[Part, ...] = ()
    used_at: tuple[tuple[int, str], ...] = ()
    left: tuple[tuple[str, str], ...] = ()

    @property
    def give_up(self) -> tuple[Ref, ...]:
        """The entries that wait and will never be sent."""
        return tuple(one.ref for one in self.parts if one.ref)


class History(Struct, frozen=True):
    """What is looked at of earlier sales; the records themselves stand in the side screen.

    `before`, `after`: the nearest days with sales, None where there are none. `listed`: the sale that is looked at was
    chosen from a list. `busy`: a reversal is looked into or written down. `plan`: it waits for a yes where nobody has
    to approve it. `slip`: the reversal whose slip was asked for. `balanced`: Perx was asked for the new balance.
    """

    query: Query = Query()
    more: bool = False
    before: date | None = None
    after: date | None = None
    listed: bool = False
    typing: bool = False
    busy: bool = False
    problem: str = ""
    plan: Plan | None = None
    slip: Ref | None = None
    balanced: Ref | None = None


class Seen(Struct, frozen=True):
    """What there is to undo of a sale: its commands, and what Perx says now. `problem`: why Perx could not be asked.

    `points`: what Perx gave for it, None when that is not known; `decided`: Perx's rules have run over the sale.
    """

    entries: tuple[Entry, ...] = ()
    problem: str = ""
    points: int | None = None
    decided: bool = False
    vouchers: tuple[Voucher, ...] = ()


# ---------------------------------------------------------------- what happens


class DayTapped(Struct, frozen=True):
    """The sales of another day."""

    on: date


class FindTapped(Struct, frozen=True):
    """Type what is looked for."""


class FindLeft(Struct, frozen=True):
    pass


class OfCustomerTapped(Struct, frozen=True):
    """All sales of one customer."""

    identifier: str


class OlderTapped(Struct, frozen=True):
    pass


class ListTapped(Struct, frozen=True):
    """From one sale back to the list."""


class ReverseTapped(Struct, frozen=True):
    """Reverse the sale that is looked at: first it is seen what there is to undo."""

    ref: Ref


class ReverseConfirmed(Struct, frozen=True):
    """Do it, where nobody has to approve it."""


class ReverseLeft(Struct, frozen=True):
    """Keep the sale as it is."""


class Listed(Struct, frozen=True):
    """A page of what was looked for, newest first. `follows`: it follows this sale; None: it is the first page."""

    query: Query
    records: tuple[SaleRecord, ...]
    more: bool
    follows: Ref | None = None
    before: date | None = None
    after: date | None = None


class ReversalSeen(Struct, frozen=True):
    """What there is to undo of a sale, as it stands now; `record` None: it is not there any more."""

    ref: Ref
    record: SaleRecord | None
    seen: Seen


class Reversed(Struct, frozen=True):
    """What came of writing a reversal down: the sale as it stands now, or the support code that says why not."""

    ref: Ref
    record: SaleRecord | None = None
    problem: str = ""


class BalanceSeen(Struct, frozen=True):
    """The customer's points after a reversal; None: Perx could not be asked."""

    ref: Ref
    points: int | None


Tapped = (
    DayTapped
    | FindTapped
    | FindLeft
    | OfCustomerTapped
    | OlderTapped
    | ListTapped
    | ReverseTapped
    | ReverseConfirmed
    | ReverseLeft
)
Answered = Listed | ReversalSeen | Reversed | BalanceSeen
Event = Tapped | Answered


# ---------------------------------------------------------------- what is asked for


class ListSales(Struct, frozen=True):
    """Read a page of what is looked for; `after` is the last sale of the page before."""

    query: Query
    after: SaleRecord | None = None


class LookInto(Struct, frozen=True):
    """See what there is to undo of a sale. Not `ask`: Perx is known to be out of reach."""

    ref: Ref
    ask: bool = True


class Reverse(Struct, frozen=True):
    """Write a reversal down: its commands, what is given up, and the mark on the sale, all or nothing."""

    sale: Ref
    commands: tuple[Command, ...]
    give_up: tuple[Ref, ...]
    reversal: Reversal


class SeeBalance(Struct, frozen=True):
    """Ask Perx how many points the customer has after a reversal."""

    ref: Ref
    identifier: str


Effect = ListSales | LookInto | Reverse | SeeBalance
