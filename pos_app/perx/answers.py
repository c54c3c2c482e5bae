"""From Perx's rows to the till's values. What is not named here is dropped when it arrives.

Personal data beyond a name is never read; of a failed rule only its sentence is kept (what is dropped before anybody
can read it: `privacy.py`). A text of the console's is read without its HTML.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct

from pos_app.domain.customers import Balance, Customer, Expiring, Movement, RecordedSale
from pos_app.domain.money import Money, Points, from_wire
from pos_app.domain.paying import per_point
from pos_app.domain.rewards import Price as Price
from pos_app.domain.rewards import Reward as Reward
from pos_app.domain.rewards import TierNeed
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.perx.profile import Profile
from pos_app.perx.wire import Row, Unreadable

log = logging.getLogger(__name__)
T = TypeVar("T")

_STATES = {state.value: state for state in VoucherState}


class PointsMove(Struct, frozen=True):
    """Points that were moved at once; negative when they were taken. Source: perx-api 6.2, A-live."""

    id: str
    points: Points
    at: datetime | None = None


class PointsHold(Struct, frozen=True):
    """Points that a reservation keeps back, as a positive figure. Source: perx-api 6.3, A-live."""

    id: str
    points: Points


class Invoice(Struct, frozen=True):
    """A committed checkout; `items` are Perx's (item type, item id) pairs. Source: perx-api 6.4, A-live."""

    id: str
    items: tuple[tuple[str, str], ...] = ()


def customer(row: Row, language_field: str = "") -> Customer:
    """Source: perx-api 3, A-live and A-nock; "preactivated" and a field for the language are a tenant's own, B*."""
    identifier = row.text("identifier", limit=128)
    perx_id = row.whole("id")
    if not identifier and perx_id is None:
        raise Unreadable("no identifier")
    names = (row.text(name, limit=80) for name in ("first_name", "middle_name", "last_name"))
    state = row.text("state", limit=32)
    personal = row.row("personal_properties")
    if personal.text("state") == "preactivated":
        state = "preactivated"
    language = personal.text(language_field, limit=32) if language_field else ""
    return Customer(identifier, perx_id, " ".join(filter(None, names)), state, language)


def balance(row: Row) -> Balance:
    """Source: perx-api 5: points and held points A-live, the rest B; the held field was renamed in place."""
    points = row.truncated("points_balance")
    if points is None:
        raise Unreadable("no usable points_balance")
    tiers = row.rows("tiers")
    ahead = sorted(
        (tier for tier in tiers if tier.raw("attained") is False and tier.whole("points_requirement") is not None),
        key=lambda tier: tier.need("points_requirement"),
    )
    missing = ahead[0].truncated("points_difference") if ahead else None
    return Balance(
        program_id=row.need("id"),
        program_name=row.words("name"),
        points=Points(points),
        held=Points(abs(row.truncated("redemption_in_progress_points", "redemption_in_progress") or 0)),
        tier=row.words("current_membership_tier_name"),
        next_tier=ahead[0].words("name") if ahead else "",
        to_next_tier=None if missing is None else Points(abs(missing)),
        expiring=tuple(expiring(row.rows("aging_points"))),
        state=row.text("membership_state", limit=32) or "active",
        currency=row.text("points_currency", limit=16),
        rate=row.text("points_to_currency_rate", limit=32),
        worth=per_point(
            row.number("points_to_currency_rate"), points, row.number("points_balance_converted_to_currency")
        ),
    )


def expiring(rows: Iterable[Row]) -> list[Expiring]:
    """Points by the date on which they end. Source: perx-api 5, B: `date` became `timestamp` in place."""
    found = []
    for row in rows:
        on = row.day("expiring_on_date", "date", "timestamp")
        points = row.truncated("points_expiring", "aggregated_points")
        if on is not None and points:
            found.append(Expiring(Points(points), on))
    return found


def voucher(row: Row, profile: Profile) -> Voucher:
    """Source: perx-api 4, A-live: a captured voucher; the discount is the tenant's own custom field.

    The reward's `valid_to` is another date and is never used for the voucher (perx-api 17.5).
    """
    state = row.text("state", limit=40)
    own, reward = row.row("custom_fields"), row.row("reward")
    fields = reward.row("custom_fields")

    def money(name: str) -> Money | None:
        raw = fields.text(name, limit=24) or own.text(name, limit=24)
        return from_wire(raw, profile.currency) if Row({name: raw}).number(name) else None

    percent = fields.number(profile.percent_field) or own.number(profile.percent_field)
    code = row.text("voucher_code", limit=128)
    return Voucher(
        id=row.need("id"),
        name=row.words("name") or reward.words("name"),
        state=_STATES.get(state, VoucherState.OTHER),
        owner=row.row("user_account").text("identifier", limit=128),
        code=code if code and "*" not in code else None,
        reward_id=reward.whole("id"),
        value=money(profile.discount_field),
        percent=percent if percent and Decimal(0) < percent <= 100 else None,
        minimum=money(profile.minimum_field),
        valid_from=row.at("valid_from"),
        valid_to=row.at("valid_to", "voucher_expires_at"),
        held_until=row.at("reservation_expires_at", "reserved_expires_at"),
        redeemed_at=row.at("redemption_date"),
        redemption=_redemption(row) or _redemption(reward),
    )


def _redemption(row: Row) -> str:
    """How a voucher is used. Source: perx-api 4: an object with a type, A-live; sometimes a bare word, B*."""
    return row.row("redemption_type").text("type", limit=32) or row.text("redemption_type", limit=32)


def reward(row: Row, profile: Profile) -> Reward:
    """Source: perx-api 17.2 and 17.3, A-live; a balance may be negative, null means unlimited."""
    stock = row.row("inventory")
    limits = [stock.row(f"reward_limit_per_user{part}_balance") for part in ("", "_per_period")]
    used_up = next((one for one in limits if one.whole("available_amount") == 0), Row(None))
    return Reward(
        id=row.need("id"),
        name=row.words("name"),
        prices=tuple(_prices(row, profile)),
        eligible=row.raw("eligible") is not False,
        left=stock.whole("reward_total_balance"),
        blocked=used_up.row("limit_error_klass").words("message"),
        used_up=used_up.whole("available_amount") == 0,
        sells_from=row.at("selling_from"),
        sells_to=row.at("selling_to"),
        valid_to=row.at("valid_to"),
        tiers=tuple(
            TierNeed(one.words("loyalty_name", limit=80), one.raw("attained") is True, one.raw("sneak_peek") is True)
            for one in row.rows("loyalty")
        ),
        is_open=row.raw("operating_now") is not False,
        online_only=row.raw("ecommerce_only") is True,
        period_left=stock.whole("reward_limit_per_period_balance"),
    )


def _prices(row: Row, profile: Profile) -> list[Price]:
    found = []
    for item in row.rows("reward_price"):
        price_id = item.whole("id")
        if price_id is not None:
            currency = item.text("currency_code", limit=3) or profile.currency
            amount = from_wire(item.text("price", limit=24), currency) if item.number("price") else None
            found.append(Price(price_id, Points(item.truncated("points") or 0), amount))
    return found


def movement(row: Row) -> Movement:
    """Source: perx-api 5 and 6.1, A-live fixtures; `error_params` holds the customer's whole record: not read."""
    points = row.truncated("amount", "points")
    if points is None:
        raise Unreadable("no usable amount")
    data, own = row.row("transaction_details").row("data"), row.row("properties")
    return Movement(
        id=str(row.need("id")),
        points=Points(points),
        at=row.at("transacted_at", "points_date"),
        name=row.words("rule_name", "name"),
        ref=data.text("transaction_reference", limit=64) or own.text("transaction_reference", limit=64),
        error=own.words("error_message") or data.row("properties").words("error_message"),
    )


def recorded_sale(row: Row, currency: str = "") -> RecordedSale:
    """Source: perx-api 6.1 and 6.5, A-nock. Points of a sale that is still pending mean nothing yet.

    `currency` is the tenant's, for a row that names none; a fraction finer than the currency is no amount.
    """
    state = row.text("state", limit=32) or "pending"
    points = row.truncated("points_earned") if state == "processed" else None
    amount, own = row.number("amount"), row.row("properties")
    unit = row.text("currency", limit=3) or currency
    return RecordedSale(
        id=str(row.need("id")),
        ref=row.text("transaction_reference", limit=64),
        state=state,
        points=None if points is None else Points(points),
        amount=from_wire(amount, unit) if amount is not None and unit else None,
        at=row.at("created_at", "transaction_date"),
        properties={name: own.text(name) for name in own},
    )


def invoice(row: Row) -> Invoice:
    """Source: perx-api 6.4, A-live."""
    items = ((one.text("item_type", limit=64), one.text("item_id", limit=64)) for one in row.rows("invoice_items"))
    return Invoice(str(row.need("id")), tuple(items))


def readable(rows: list[Row], read: Callable[[Row], T]) -> list[T]:
    """What can be read of a list. One odd row must not hide a customer's other vouchers, so it is left out.

    Errors: Unreadable when no row at all can be read.
    """
    found: list[T] = []
    for row in rows:
        try:
            found.append(read(row))
        except Unreadable as exc:
            log.warning("a row of a list was left out: %s", exc)
    if rows and not found:
        raise Unreadable("no row can be read")
    return found
