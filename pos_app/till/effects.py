"""Everything that a step may ask for. The runner does it; the answer comes back as an event."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from pos_app.domain.chimes import Chime
from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command
from pos_app.domain.day import Day
from pos_app.domain.sale import SaleRecord
from pos_app.till import (
    claiming,
    customers,
    desk,
    history,
    paying,
    pinning,
    servicing,
    shifting,
    speech,
    staff,
    training,
)
from pos_app.till.parking import Parked
from pos_app.till.report import Report


class FindCustomer(Struct, frozen=True):
    """Ask Perx who this is. `raw`: still to be made into what Perx knows (normalised, tokenised).

    Not `ask`: a person has taken the till offline, so only what was last known is looked at.
    """

    look: int
    identifier: str
    raw: bool = True
    ask: bool = True


class SeeVoucher(Struct, frozen=True):
    """Ask Perx about one voucher of the customer."""

    look: int
    identifier: str
    voucher_id: int


class FindBare(Struct, frozen=True):
    """A bare code that is none of the customer's usable vouchers: an older voucher of theirs, or a member?"""

    look: int
    identifier: str
    text: str


class Store(Struct, frozen=True):
    """Write a command down; from then on the outbox cares for it. A finished sale, and what goes with it, too.

    `lost`: it was written down before and a damage took it, so that nobody knows whether it was sent.
    """

    command: Command
    record: SaleRecord | None = None
    also: tuple[Command, ...] = ()
    lost: bool = False


class ForgetHold(Struct, frozen=True):
    """Perx no longer holds this voucher for the till; giving it back later could take another till's hold away."""

    voucher_id: int


class UpdateSale(Struct, frozen=True):
    """Keep what has become known of a sale that was written down. `changes`: fields of `SaleRecord`."""

    ref: Ref
    changes: dict[str, Any]


class KeepDraft(Struct, frozen=True):
    """Keep the open sale (None: there is none) and what is put aside, both or neither, so that no crash loses a sale.

    In two steps a sale that is put aside, or taken up, would be nowhere or in both places in between.
    """

    draft: dict[str, Any] | None
    parked: tuple[Parked, ...] = ()


class FollowPoints(Struct, frozen=True):
    """Watch the customer's history until the points of this sale show, or give up after a bounded time."""

    ref: Ref
    identifier: str


class FindSale(Struct, frozen=True):
    """Look for a sale of this till by its reference. `text` is what was scanned, in case it is none."""

    ref: Ref
    text: str


class CountDay(Struct, frozen=True):
    """Count what the till did on this day."""

    day: Day


class CompareDay(Struct, frozen=True):
    """Hold the day against Perx's lists, customer by customer. `so_far`: go on where this one stopped."""

    day: Day
    so_far: Report | None = None


class PrintSlip(Struct, frozen=True):
    record: SaleRecord


class Probe(Struct, frozen=True):
    """Ask Perx for a sign of life; `deep`: for more than a token."""

    deep: bool = False


class HoldBack(Struct, frozen=True):
    """Stop (True) or resume (False) trying what can wait."""

    paused: bool


class CountBacklog(Struct, frozen=True):
    """Count again what waits; many in a row are counted once."""


class ForgetSalvage(Struct, frozen=True):
    """A person has read what came of the damaged data file; it is not shown again."""


class Ring(Struct, frozen=True):
    """Let a sound be heard; a newer one takes its place."""

    chime: Chime


class Note(Struct, frozen=True):
    """Write into the journal what a person did. `person` "": whoever is signed on, which `step` fills in."""

    what: str
    ref: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    person: str = ""


Effect = (
    FindCustomer
    | SeeVoucher
    | FindBare
    | Store
    | ForgetHold
    | UpdateSale
    | KeepDraft
    | FollowPoints
    | FindSale
    | CountDay
    | CompareDay
    | PrintSlip
    | Probe
    | HoldBack
    | CountBacklog
    | ForgetSalvage
    | Ring
    | Note
    | desk.Effect
    | shifting.Effect
    | speech.Effect
    | staff.Effect
    | history.Effect
    | paying.Effect
    | claiming.Effect
    | pinning.Effect
    | servicing.Effect
    | training.Effect
    | customers.Effect
)
