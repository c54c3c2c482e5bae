"""The offline policy: how much may wait for Perx, and whether a voucher may be used while Perx cannot be asked.

Using a voucher unasked can give its value twice, so it is off unless the tenant has signed for it, and then within
caps.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from pos_app.domain.vouchers import Voucher, VoucherState


class Limits(Struct, frozen=True):
    """How much may wait before a supervisor must be asked. Units: hours, count, minor units."""

    max_age_h: int = 24
    max_count: int = 50
    max_value_minor: int = 200_000


class Trust(Struct, frozen=True):
    """Vouchers used on trust. `signed`: the tenant accepts that one may turn out to have been used before.

    Units: `max_count` and `max_value_minor` (minor units) bound what is not confirmed yet, over all sales of the till;
    `seen_within` is how fresh Perx's last word on the voucher must be.
    """

    signed: bool = False
    max_count: int = 10
    max_value_minor: int = 20_000
    seen_within: timedelta = timedelta(hours=12)


class Unconfirmed(Struct, frozen=True):
    """Vouchers that were used on trust and that Perx has not confirmed yet. Units: `minor` minor units."""

    count: int = 0
    minor: int = 0


NO_TRUST = Trust()
NOTHING_UNCONFIRMED = Unconfirmed()


class Distrust(StrEnum):
    """Why a voucher cannot be used on trust; the words stand in `present`."""

    NOT_SIGNED = "not_signed"
    NOT_SEEN = "not_seen"
    TOO_OLD = "too_old"
    NO_AMOUNT = "no_amount"
    TOO_MANY = "too_many"
    TOO_MUCH = "too_much"


def distrust(
    trust: Trust, voucher: Voucher | None, seen_at: datetime | None, open_now: Unconfirmed, now: datetime
) -> Distrust | None:
    """Why this voucher may not be used without asking Perx; None when it may.

    `seen_at`: when Perx last said how it stands. A voucher without a fixed amount is never used on trust: the loss
    could not be bounded.
    """
    if not trust.signed:
        return Distrust.NOT_SIGNED
    if voucher is None or seen_at is None or voucher.state is not VoucherState.ISSUED:
        return Distrust.NOT_SEEN
    if not timedelta(0) <= now - seen_at <= trust.seen_within:
        return Distrust.TOO_OLD
    if voucher.value is None:
        return Distrust.NO_AMOUNT
    if open_now.count >= trust.max_count:
        return Distrust.TOO_MANY
    if open_now.minor + voucher.value.minor > trust.max_value_minor:
        return Distrust.TOO_MUCH
    return None


class Terms(Struct, frozen=True):
    """Under which conditions vouchers count now. `unconfirmed`: what earlier sales have taken on trust."""

    currency: str = "SGD"
    online: bool = True
    trust: Trust = NO_TRUST
    unconfirmed: Unconfirmed = NOTHING_UNCONFIRMED
