"""When a voucher may be used although Perx cannot be asked: never beyond what the tenant has signed for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_app.domain.money import Money
from pos_app.domain.offline import Distrust, Trust, Unconfirmed, distrust
from pos_app.domain.vouchers import Voucher, VoucherState

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FREE = Voucher(7, "10.00 off", VoucherState.ISSUED, value=Money(1000, "SGD"))
SIGNED = Trust(signed=True, max_count=2, max_value_minor=3000, seen_within=timedelta(hours=2))
NOTHING = Unconfirmed()


@pytest.mark.parametrize(
    ("trust", "voucher", "seen_h", "open_now", "why"),
    [
        (SIGNED, FREE, 1, NOTHING, None),
        (replace(SIGNED, signed=False), FREE, 1, NOTHING, Distrust.NOT_SIGNED),
        (SIGNED, None, 1, NOTHING, Distrust.NOT_SEEN),
        (SIGNED, FREE, None, NOTHING, Distrust.NOT_SEEN),
        (SIGNED, replace(FREE, state=VoucherState.HELD), 1, NOTHING, Distrust.NOT_SEEN),
        (SIGNED, FREE, 2.1, NOTHING, Distrust.TOO_OLD),
        (SIGNED, FREE, -0.5, NOTHING, Distrust.TOO_OLD),
        (SIGNED, replace(FREE, value=None), 1, NOTHING, Distrust.NO_AMOUNT),
        (SIGNED, FREE, 1, Unconfirmed(2, 10), Distrust.TOO_MANY),
        (SIGNED, FREE, 1, Unconfirmed(1, 2000), None),
        (SIGNED, FREE, 1, Unconfirmed(1, 2001), Distrust.TOO_MUCH),
    ],
)
def test_a_voucher_is_trusted_only_within_the_signed_caps(trust, voucher, seen_h, open_now, why):
    seen_at = None if seen_h is None else NOW - timedelta(hours=seen_h)
    assert distrust(trust, voucher, seen_at, open_now, NOW) is why


@given(st.lists(st.integers(0, 5000), max_size=12))
def test_whatever_is_tried_the_caps_hold(values):
    taken = Unconfirmed()
    for minor in values:
        voucher = replace(FREE, value=Money(minor, "SGD"))
        if distrust(SIGNED, voucher, NOW, taken, NOW) is None:
            taken = Unconfirmed(taken.count + 1, taken.minor + minor)
    assert taken.count <= SIGNED.max_count
    assert taken.minor <= SIGNED.max_value_minor
