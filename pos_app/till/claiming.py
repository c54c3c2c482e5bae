"""Claiming a reward at the counter as state, events and effects; its rules stand in `claim`.

A reward is held first, at one price; taking it makes a voucher of it, and only then do its points leave. Until then it
can be let go, and a reservation that nobody takes ends by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from pos_app.domain.codes import Ref
from pos_app.domain.customers import Balance
from pos_app.domain.rewards import Reward

ROW = "claim"
"""The key of its row in this sale."""


class ClaimState(StrEnum):
    """Where a claim stands."""

    RESERVING = "reserving"
    RESERVED = "reserved"
    CONFIRMING = "confirming"
    ISSUED = "issued"
    REFUSED = "refused"
    NOT_NOW = "not_now"


class Claim(Struct, frozen=True):
    """A reward that is being claimed. `price_id` None: it is free. `until`: the end of its reservation, as Perx says.

    `is_lost`: an answer is being looked for. Units: `money_minor` what the shop collects besides, in `currency`.
    """

    reward_id: int
    title: str
    state: ClaimState
    points: int = 0
    price_id: int | None = None
    money_minor: int = 0
    currency: str = ""
    reserve_ref: Ref | None = None
    confirm_ref: Ref | None = None
    voucher_id: int = 0
    reserved_at: datetime | None = None
    until: datetime | None = None
    is_lost: bool = False
    problem: str = ""
    said: str = ""

    @property
    def is_live(self) -> bool:
        return self.state in (ClaimState.RESERVING, ClaimState.RESERVED, ClaimState.CONFIRMING)


_KEPT = ("reward_id", "title", "points", "price_id", "money_minor", "currency", "reserve_ref", "confirm_ref")


def to_draft(claim: Claim | None) -> dict[str, Any] | None:
    """What has to survive of it, as a JSON value."""
    return {name: getattr(claim, name) for name in _KEPT} if claim is not None and claim.is_live else None


def from_draft(kept: object) -> Claim | None:
    """What survived; its entries say how it stands. Errors: KeyError, TypeError, ValueError for nonsense."""
    if not isinstance(kept, Mapping):
        return None
    price = kept["price_id"]
    return Claim(
        int(kept["reward_id"]),
        str(kept["title"]),
        ClaimState.RESERVING,
        int(kept["points"]),
        None if price is None else int(price),
        int(kept["money_minor"]),
        str(kept["currency"]),
        Ref(str(kept["reserve_ref"])),
        Ref(str(kept["confirm_ref"])) if kept["confirm_ref"] else None,
    )


class Shelf(Struct, frozen=True):
    """The rewards that are looked at. `rewards` None: they are asked for under `ask`. `chosen`: one of them."""

    ask: Ref
    rewards: tuple[Reward, ...] | None = None
    problem: str = ""
    said: str = ""
    chosen: int | None = None

    @property
    def reward(self) -> Reward | None:
        return next((one for one in self.rewards or () if one.id == self.chosen), None)


# ---------------------------------------------------------------- what happens


class ShelfTapped(Struct, frozen=True):
    """Somebody wants to see what the customer can claim."""


class RewardsSeen(Struct, frozen=True):
    """The rewards that this customer sees, and the points that they have now."""

    ask: Ref
    rewards: tuple[Reward, ...] | None = None
    balance: Balance | None = None
    problem: str = ""
    said: str = ""


class RewardTapped(Struct, frozen=True):
    reward_id: int


class PriceTapped(Struct, frozen=True):
    """Hold the chosen reward at this price; None: it is free."""

    price_id: int | None = None


class TakeTapped(Struct, frozen=True):
    """The customer takes what is held: its points leave."""


class LetGoTapped(Struct, frozen=True):
    pass


class UseTapped(Struct, frozen=True):
    """The new voucher is used in this sale at once."""


class KeepTapped(Struct, frozen=True):
    """The customer keeps the new voucher."""


class ShelfLeft(Struct, frozen=True):
    """Back from one reward to all of them."""


_Choices = RewardTapped | PriceTapped | ShelfLeft
Tapped = ShelfTapped | _Choices | TakeTapped | LetGoTapped | UseTapped | KeepTapped
Event = Tapped | RewardsSeen


# ---------------------------------------------------------------- what is asked for


class SeeRewards(Struct, frozen=True):
    """Ask Perx for the customer's rewards and points."""

    ask: Ref
    identifier: str


Effect = SeeRewards
