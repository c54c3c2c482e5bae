"""The names of the kinds of command."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of command; the value is what the database holds."""

    HOLD_VOUCHER = "hold_voucher"
    RELEASE_VOUCHER = "release_voucher"
    REDEEM_VOUCHER = "redeem_voucher"
    CHECKOUT = "checkout"
    RECORD_SALE = "record_sale"
    EARN_POINTS = "earn_points"
    BURN_POINTS = "burn_points"
    HOLD_POINTS = "hold_points"
    RELEASE_POINTS = "release_points"
    CREATE_CUSTOMER = "create_customer"
    REVERSE_POINTS = "reverse_points"
    REVERT_VOUCHER = "revert_voucher"
    REDEEM_PIN = "redeem_pin"
    RESERVE_REWARD = "reserve_reward"
    CONFIRM_REWARD = "confirm_reward"
    RELEASE_REWARD = "release_reward"
    JOIN_LATER = "join_later"
    UPDATE_CUSTOMER = "update_customer"
