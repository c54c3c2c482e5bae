"""A voucher, its states, and whether it may be used in a sale."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from pos_app.domain.money import Money


class VoucherState(StrEnum):
    """Perx's own words. Source: perx-api 4, state machine, A-live."""

    ISSUED = "issued"
    RESERVED = "reserved"
    RELEASED = "released"
    HELD = "redemption_in_progress"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    OTHER = "other"


class Voucher(Struct, frozen=True):
    """One voucher of one customer.

    The discount is no field of Perx's: the tenant's custom fields say it (`value`, `percent`, `minimum`),
    and all three may be absent. `code` may be None. `held_until` is Perx's own figure for the end of a
    hold, when it gives one. `redemption` is Perx's word for how it is used ("pin", "offline", ...), "" when not told.
    Source: perx-api 4, 17.5, A-live.
    """

    id: int
    name: str
    state: VoucherState
    owner: str = ""
    code: str | None = None
    reward_id: int | None = None
    value: Money | None = None
    percent: Decimal | None = None
    minimum: Money | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    held_until: datetime | None = None
    redeemed_at: datetime | None = None
    redemption: str = ""

    @property
    def needs_pin(self) -> bool:
        """It is used with the shop's own PIN, at once and without a hold. Source: perx-api 4 and 9, B*."""
        return self.redemption == "pin"


class Why(StrEnum):
    """Why a voucher may not be used now; the words stand in `present`."""

    USED = "used"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    HELD_ELSEWHERE = "held_elsewhere"
    NOT_THEIRS = "not_theirs"
    NOT_READY = "not_ready"
    MINIMUM = "minimum"
    CUSTOMER = "customer"
    OFFLINE = "offline"
    SAID_NO = "said_no"


JUST_ISSUED = timedelta(seconds=10)
"""Perx's clock is known to whole seconds, and later than it spoke: what begins this soon has just been issued."""


class Yes(Struct, frozen=True):
    """The voucher may be held."""


class No(Struct, frozen=True):
    """The voucher may not be used now. `on` is the date that explains it, `minimum` the spend that is missing."""

    why: Why
    on: datetime | None = None
    minimum: Money | None = None


def may_hold(voucher: Voucher, identifier: str, now: datetime) -> Yes | No:
    """Whether the till may ask Perx to hold this voucher for this customer.

    The till only saves a useless call: Perx decides.
    """
    if voucher.owner and voucher.owner != identifier:
        return No(Why.NOT_THEIRS)
    match voucher.state:
        case VoucherState.REDEEMED:
            return No(Why.USED, voucher.redeemed_at)
        case VoucherState.EXPIRED:
            return No(Why.EXPIRED, voucher.valid_to)
        case VoucherState.HELD:
            return No(Why.HELD_ELSEWHERE, voucher.held_until)
        case VoucherState.RESERVED | VoucherState.RELEASED | VoucherState.OTHER:
            return No(Why.NOT_READY)
        case VoucherState.ISSUED:
            pass
    if voucher.valid_to and voucher.valid_to < now:
        return No(Why.EXPIRED, voucher.valid_to)
    if voucher.valid_from and voucher.valid_from > now + JUST_ISSUED:
        return No(Why.NOT_YET, voucher.valid_from)
    return Yes()


def missing_spend(voucher: Voucher, bill: Money) -> Money | None:
    """How much the bill lacks for this voucher's minimum spend, or None when it counts."""
    if voucher.minimum is None or voucher.minimum <= bill:
        return None
    return voucher.minimum - bill


def discount(voucher: Voucher, bill: Money) -> Money | None:
    """What the voucher takes off this bill; None when the tenant gives no figure.

    Never more than the bill.
    """
    if voucher.value is not None:
        return min(voucher.value, bill, key=lambda money: money.minor)
    if voucher.percent is not None:
        return min(bill.percent(voucher.percent), bill, key=lambda money: money.minor)
    return None
