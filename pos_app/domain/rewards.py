"""Rewards of the catalogue, and whether a customer may have one here and now. Perx decides; a useless call is saved."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from pos_app.domain.customers import Balance
from pos_app.domain.money import Money, Points


class Price(Struct, frozen=True):
    """One way to pay for a reward: points, money that the shop collects itself, or both.

    Source: perx-api 17.3, A-live. An item without an id is no usable price.
    """

    id: int
    points: Points
    amount: Money | None = None


class TierNeed(Struct, frozen=True):
    """A tier that a reward is for. Source: perx-api 17.2: attained and not merely a sneak peek, B*."""

    name: str
    attained: bool
    peek: bool = False


class Reward(Struct, frozen=True):
    """One reward of the catalogue. No price = free. `left` is None when unlimited, and may be negative.

    `blocked` is Perx's own sentence when this customer's limit is used up. `is_open`: its happy hour, if it has one, is
    now. `online_only`: not for the counter. `period_left`: of the limit of all customers together, None without one.
    Source: perx-api 4, 17.2, A-live.
    """

    id: int
    name: str
    prices: tuple[Price, ...] = ()
    eligible: bool = True
    left: int | None = None
    blocked: str = ""
    used_up: bool = False
    sells_from: datetime | None = None
    sells_to: datetime | None = None
    valid_to: datetime | None = None
    tiers: tuple[TierNeed, ...] = ()
    is_open: bool = True
    online_only: bool = False
    period_left: int | None = None


class NotNow(StrEnum):
    """Why a reward cannot be claimed now; the words stand in `present`."""

    NOT_ELIGIBLE = "not_eligible"
    TIER = "tier"
    SOON = "soon"
    ENDED = "ended"
    SOLD_OUT = "sold_out"
    LIMIT = "limit"
    HOURS = "hours"
    ONLINE = "online"
    POINTS = "points"
    CUSTOMER = "customer"


class Not(Struct, frozen=True):
    """A reward cannot be claimed now. `on`: the date that explains it; `said`: Perx's own words; `short`: points."""

    why: NotNow
    on: datetime | None = None
    said: str = ""
    short: int = 0


def may_claim(reward: Reward, balance: Balance | None, now: datetime, *, may_redeem: bool = True) -> Not | None:
    """Why this customer cannot have this reward now; None when the till knows of no reason. `now` by Perx's clock.

    Source: perx-api 17.2, A-live and B*.
    """
    if not may_redeem:
        return Not(NotNow.CUSTOMER)
    if reward.sells_from and reward.sells_from > now:
        return Not(NotNow.SOON, reward.sells_from)
    ended = min((one for one in (reward.sells_to, reward.valid_to) if one is not None), default=None)
    if ended is not None and ended < now:
        return Not(NotNow.ENDED, ended)
    if reward.tiers and not any(one.attained and not one.peek for one in reward.tiers):
        return Not(NotNow.TIER, said=reward.tiers[0].name)
    if any(left is not None and left <= 0 for left in (reward.left, reward.period_left)):
        return Not(NotNow.SOLD_OUT)
    if reward.used_up or reward.blocked:
        return Not(NotNow.LIMIT, said=reward.blocked)
    if reward.online_only:
        return Not(NotNow.ONLINE)
    if not reward.is_open:
        return Not(NotNow.HOURS)
    if not reward.eligible:
        return Not(NotNow.NOT_ELIGIBLE)
    cheapest = min((int(one.points) for one in reward.prices), default=0)
    if balance is not None and cheapest > balance.spendable:
        return Not(NotNow.POINTS, short=cheapest - balance.spendable)
    return None


def affordable(price: Price, balance: Balance | None) -> bool:
    """Whether the points reach this price, as far as is known."""
    return balance is None or price.points <= balance.spendable
