"""Everything that a step may ask for. The runner does it; the answer comes back as an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True)
class FindCustomer:
    """Ask Perx who this is. `raw`: still to be made into what Perx knows (normalised, tokenised).

    Not `ask`: a person has taken the till offline, so only what was last known is looked at.
    """

    look: int
    identifier: str
    raw: bool = True
    ask: bool = True


@dataclass(frozen=True)
class SeeVoucher:
    """Ask Perx about one voucher of the customer."""

    look: int
    identifier: str
    voucher_id: int


@dataclass(frozen=True)
class FindBare:
    """A bare code that is none of the customer's usable vouchers: an older voucher of theirs, or a member?"""

    look: int
    identifier: str
    text: str


@dataclass(frozen=True)
class Store:
    """Write a command down; from then on the outbox cares for it. A finished sale, and what goes with it, too.

    `lost`: it was written down before and a damage took it, so that nobody knows whether it was sent.
    """

    command: Command
    record: SaleRecord | None = None
    also: tuple[Command, ...] = ()
    lost: bool = False


@dataclass(frozen=True)
class ForgetHold:
    """Perx no longer holds this voucher for the till; giving it back later could take another till's hold away."""

    voucher_id: int


@dataclass(frozen=True)
class UpdateSale:
    """Keep what has become known of a sale that was written down. `changes`: fields of `SaleRecord`."""

    ref: Ref
    changes: dict[str, Any]


@dataclass(frozen=True)
class KeepDraft:
    """Keep the open sale (None: there is none) and what is put aside, both or neither, so that no crash loses a sale.

    In two steps a sale that is put aside, or taken up, would be nowhere or in both places in between.
    """

    draft: dict[str, Any] | None
    parked: tuple[Parked, ...] = ()


@dataclass(frozen=True)
class FollowPoints:
    """Watch the customer's history until the points of this sale show, or give up after a bounded time."""

    ref: Ref
    identifier: str


@dataclass(frozen=True)
class FindSale:
    """Look for a sale of this till by its reference. `text` is what was scanned, in case it is none."""

    ref: Ref
    text: str


@dataclass(frozen=True)
class CountDay:
    """Count what the till did on this day."""

    day: Day


@dataclass(frozen=True)
class CompareDay:
    """Hold the day against Perx's lists, customer by customer. `so_far`: go on where this one stopped."""

    day: Day
    so_far: Report | None = None


@dataclass(frozen=True)
class PrintSlip:
    record: SaleRecord


@dataclass(frozen=True)
class Probe:
    """Ask Perx for a sign of life; `deep`: for more than a token."""

    deep: bool = False


@dataclass(frozen=True)
class HoldBack:
    """Stop (True) or resume (False) trying what can wait."""

    paused: bool


@dataclass(frozen=True)
class CountBacklog:
    """Count again what waits; many in a row are counted once."""


@dataclass(frozen=True)
class ForgetSalvage:
    """A person has read what came of the damaged data file; it is not shown again."""


@dataclass(frozen=True)
class Ring:
    """Let a sound be heard; a newer one takes its place."""

    chime: Chime


@dataclass(frozen=True)
class Note:
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
