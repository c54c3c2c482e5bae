"""The life of a voucher: claimed or reserved, held, used, put back."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

from pos_app.sandbox import rules, wire
from pos_app.sandbox.operation import to_id
from pos_app.sandbox.refusals import (
    Refusal,
    bad_transition,
    forbidden,
    inactive_user,
    no_record,
    not_enough_points,
    refuse,
)
from pos_app.sandbox.world import Row, World, wire_time

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def own_voucher(world: World, customer: Row, voucher_id: int) -> Row:
    """Fetch a voucher of this customer.

    Errors: Refusal 404 code 45, or 403 code 9 when it is somebody else's.
    Source: perx-api 1.4 codes 9 and 45, B*.
    """
    row = world.get("vouchers", voucher_id)
    if row is None:
        raise no_record()
    if row["customer_id"] != customer["id"]:
        raise forbidden()
    return row


def hold(world: World, customer: Row, voucher: Row) -> Row:
    """Reserve the redemption of an issued voucher.

    Source: perx-api 4 (state machine; a second hold "not permit"), A-live.
    """
    _check_usable(world, customer, voucher, "redemption_in_progress")
    if voucher["state"] != "issued":
        raise bad_transition(voucher["state"], "redemption_in_progress")
    return _change(
        world, voucher, state="redemption_in_progress", holds=voucher["holds"] + 1, hold_until=rules.hold_until(world)
    )


def redeem(world: World, customer: Row, voucher: Row, pin: Any = None) -> Row:
    """Use a voucher up, held or not.

    Source: perx-api 4 (state machine, confirm and one shot), A-live; that a PIN is compared is B*, its refusal C.
    """
    if voucher["state"] not in ("issued", "redemption_in_progress"):
        raise bad_transition(voucher["state"], "redeemed")
    _check_usable(world, customer, voucher, "redeemed")
    reward = world.get("rewards", voucher["reward_id"])
    if reward and reward["secret_pin"] and (pin is None or str(pin) != reward["secret_pin"]):
        raise refuse(40, "Invalid PIN")
    return consume(world, voucher)


def consume(world: World, voucher: Row) -> Row:
    """Mark a voucher as used, without asking.

    Source: perx-api 4 (an invoice consumes a hold), A-live; that it ends as redeemed is C.
    """
    return _change(
        world,
        voucher,
        state="redeemed",
        redeemed_at=world.now_text(),
        hold_until=None,
        redemptions=voucher["redemptions"] + 1,
    )


def revert(world: World, voucher: Row) -> Row:
    """Put a held voucher back.

    Source: perx-api 4 (revert_redemption), A-live for held ones; a redeemed one is unknown, C: a switch.
    """
    may_be_used = voucher["state"] == "redeemed" and world.switches["used_vouchers_revert"]
    if voucher["state"] != "redemption_in_progress" and not may_be_used:
        raise bad_transition(voucher["state"], "issued")
    return _change(world, voucher, state="issued", hold_until=None, redeemed_at=None, reverts=voucher["reverts"] + 1)


def claim(world: World, customer: Row, reward_id: int | None, query: dict[str, str]) -> Row:
    """Issue a voucher of a reward and take its points.

    Source: perx-api 17.4 (A-live without a price; points leave on issue B*; price_id in the query C).
    """
    reward = _claimable(world, customer, reward_id, query)
    price = _price(reward, query)
    _pay(world, customer, reward, price)
    return _mint(world, customer, reward, state="issued", price=price)


def reserve(world: World, customer: Row, reward_id: int | None, query: dict[str, str]) -> Row:
    """Hold a reward, or answer the hold that is already open.

    Source: perx-api 4 (the same reservation comes back), A-live; the unit of `timeout` is unproven, 21, C: a switch.
    """
    open_one = world.row(
        "SELECT * FROM vouchers WHERE reward_id = ? AND customer_id = ? AND state = 'reserved'",
        reward_id or 0,
        customer["id"],
    )
    if open_one:
        return open_one
    reward = _claimable(world, customer, reward_id, query)
    seconds = float(world.switches["reserve_timeout_s"])
    asked = to_id(query.get("timeout"))
    if asked:
        seconds = min(asked / (1000 if world.switches["reserve_timeout_unit"] == "ms" else 1), 10_000_000)
    until = wire_time(world.now() + timedelta(seconds=seconds))
    return _mint(world, customer, reward, state="reserved", price=_price(reward, query), reserved_until=until)


def confirm(world: World, customer: Row, voucher: Row) -> Row:
    """Turn a held reward into a voucher and take its points.

    Source: perx-api 4, A-live; that points leave here is 17.4, C; code 13 "reservation expired", B*.
    """
    if voucher["state"] == "released" and voucher["reserved_until"]:
        raise refuse(13, "Voucher reservation expired")
    if voucher["state"] != "reserved":
        raise bad_transition(voucher["state"], "issued")
    reward = world.get("rewards", voucher["reward_id"])
    if reward is None:
        raise no_record()
    _pay(world, customer, reward, json.loads(voucher["price"]))
    return _change(world, voucher, state="issued", reserved_until=None)


def release(world: World, voucher: Row) -> Row:
    """Let a held reward go.

    Source: perx-api 4, A-live.
    """
    if voucher["state"] != "reserved":
        raise bad_transition(voucher["state"], "released")
    reward = world.get("rewards", voucher["reward_id"])
    if reward:
        world.update("rewards", reward["id"], claimed=reward["claimed"] - 1)
    return _change(world, voucher, state="released", reserved_until=None)


def grant(world: World, customer: Row, reward_id: int, source: str) -> Row | None:
    """Give a voucher because a rule, a stamp or a trigger says so."""
    reward = world.get("rewards", reward_id)
    return _mint(world, customer, reward, state="issued", price={}, source=source) if reward else None


def _mint(world: World, customer: Row, reward: Row, **columns: Any) -> Row:
    body = json.loads(reward["body"])
    code = None if body["code_generation_method"] == "nocode" else "".join(secrets.choice(ALPHABET) for _ in range(6))
    world.update("rewards", reward["id"], claimed=reward["claimed"] + 1)
    fresh: Row = {
        "reward_id": reward["id"],
        "customer_id": customer["id"],
        "voucher_code": code,
        "voucher_key": secrets.token_hex(8),
        "issued_at": world.now_text(),
        "valid_from": world.now_text(),
        "valid_to": wire_time(world.now() + timedelta(days=30)),
        "source": "user",
    }
    return world.insert("vouchers", **(fresh | columns))


def _check_usable(world: World, customer: Row, voucher: Row, wish: str) -> None:
    if customer["state"] != "active":
        raise inactive_user()
    now = world.now_text()
    if voucher["valid_to"] and voucher["valid_to"] <= now:
        raise bad_transition("expired", wish)
    if voucher["valid_from"] and voucher["valid_from"] > now:
        raise refuse(40, "Voucher is not valid yet")


def _claimable(world: World, customer: Row, reward_id: int | None, query: dict[str, str]) -> Row:
    """Check everything that may stand against a claim, in one place.

    Source: perx-api 1.4 and 17.4 (refusals), PERX-ERR, B*; HTTP 400 for each is C.
    """
    reward = world.get("rewards", reward_id) if reward_id else None
    if reward is None:
        raise refuse(12, "Reward ID is invalid")
    refusal = _why_not(world, customer, reward, query)
    if refusal:
        raise refusal
    return reward


def _why_not(world: World, customer: Row, reward: Row, query: dict[str, str]) -> Refusal | None:
    body, shown = json.loads(reward["body"]), wire.reward(world, reward, customer)
    locations = [str(location["id"]) for location in body["locations"]]
    now = world.now_text()
    per_user = shown["inventory"]["reward_limit_per_user_balance"]["limit_error_klass"]
    tiers = shown["loyalty"]
    checks: list[tuple[bool, Refusal]] = [
        (customer["state"] != "active", inactive_user()),
        (customer["membership_state"] == "expire", membership_expired()),
        (bool(reward["is_system"]), refuse(40, "Direct issuing of System Reward")),
        (body["state"] != "active", refuse(20, "Reward is not active")),
        (bool(body["selling_from"]) and body["selling_from"] > now, refuse(21, "Reward is outside its selling dates")),
        (bool(tiers) and not any(t["attained"] and not t["sneak_peek"] for t in tiers), forbidden()),
        (
            query.get("location_id", "") not in ("", *locations),
            refuse(40, "Merchant location is not a part of the reward"),
        ),
        (per_user is not None, refuse(4103, "No rewards available for this account")),
        (
            (shown["inventory"]["reward_total_balance"] or 0) <= 0
            and shown["inventory"]["reward_total_balance"] is not None,
            refuse(412, "No more rewards available"),
        ),
        (reward["left_codes"] == 0, refuse(5001, "No voucher code available")),
    ]
    return next((refusal for stands, refusal in checks if stands), None)


def membership_expired() -> Refusal:
    """Say that the membership has ended.

    Source: perx-api 1.4 code 53, B*.
    """
    return refuse(53, "Points cannot be issued or deducted as user membership has expired")


def _price(reward: Row, query: dict[str, str]) -> Row:
    """Pick the price: the one asked for, else the first that has an id.

    Source: perx-api 17.3 (an item without id is no usable price), 17.4 (first price assumed), B*.
    """
    usable: list[Row] = [price for price in json.loads(reward["body"])["reward_price"] if price.get("id")]
    asked = query.get("price_id")
    if asked is None:
        return usable[0] if usable else {}
    chosen = next((price for price in usable if str(price["id"]) == asked), None)
    if chosen is None:
        raise refuse(40, "Reward price is not a part of the reward")
    return chosen


def _pay(world: World, customer: Row, reward: Row, price: Row) -> None:
    points = int(price.get("points") or 0)
    if points > customer["points"] - wire.held_points(world, customer["id"]):
        raise not_enough_points()
    if points:
        name = json.loads(reward["body"])["name"]
        detail = {"type": "Reward::Transaction", "data": {"reward_id": reward["id"], "name": name}}
        rules.move_points(world, customer["id"], -points, name=name, at=world.now_text(), detail=detail)


def _change(world: World, voucher: Row, **columns: Any) -> Row:
    world.update("vouchers", voucher["id"], **columns)
    return voucher | columns
