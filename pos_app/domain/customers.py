"""A customer of the loyalty programme, as a till may know them.

Perx keeps more than a till needs; what is not named here is dropped when it arrives.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, field

from pos_app.domain.money import Money, Points

NONE = Points(0)


class Customer(Struct, frozen=True):
    """Who stands at the counter.

    `identifier` is what Perx knows (raw or tokenised); `state` is Perx's word: active, inactive, initial,
    or the tenant's "preactivated" (may earn, may not redeem); `language`: as the tenant writes it, "" when not known.
    Source: perx-api 1.1, 3.
    """

    identifier: str
    perx_id: int | None = None
    name: str = ""
    state: str = "active"
    language: str = ""

    @property
    def may_redeem(self) -> bool:
        return self.state in ("active", "")


class Expiring(Struct, frozen=True):
    """Points that end on one date."""

    points: Points
    on: date


class Balance(Struct, frozen=True):
    """What one loyalty programme says of one customer.

    `held` is what reservations keep back; `points` does not fall by a reservation, so spendable is the
    difference. `worth`: one point in `currency`, major units, None when Perx does not tell it for certain.
    Source: perx-api 5, 6.3, A-live; the worth B.
    """

    program_id: int
    program_name: str = ""
    points: Points = NONE
    held: Points = NONE
    tier: str = ""
    next_tier: str = ""
    to_next_tier: Points | None = None
    expiring: tuple[Expiring, ...] = ()
    state: str = "active"
    currency: str = ""
    rate: str = ""
    worth: Decimal | None = None

    @property
    def spendable(self) -> Points:
        return Points(max(0, self.points - self.held))


class Movement(Struct, frozen=True):
    """One row of a customer's points history.

    `ref` is the till's reference when the row carries one; `error` is Perx's sentence when a rule failed
    late although the sale was accepted. Source: perx-api 5, 6.1, A-live.
    """

    id: str
    points: Points
    at: datetime | None
    name: str = ""
    ref: str = ""
    error: str = ""


class RecordedSale(Struct, frozen=True):
    """One sale as Perx lists it, with the reference that the till gave it.

    `state` is pending until the rules have run, then processed. `properties` are what its till sent with it.
    Source: perx-api 5, 6.1, 6.5.
    """

    id: str
    ref: str
    state: str
    points: Points | None = None
    amount: Money | None = None
    at: datetime | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
