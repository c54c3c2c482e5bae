"""The shop of one lane: the real sandbox process, with customers and vouchers planted for chaos, killed on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from chaos_cashier import FIRST_CUSTOMER, FIRST_VOUCHER, identifier
from chaos_plan import (
    CUSTOMERS,
    PINS_A_LIFE,
    RULE_DELAY_S,
    SCALE,
    TIMEOUT_S,
    VOUCHERS_A_LIFE,
    VOUCHERS_LAST,
    Life,
    owner,
    pin_owner,
)
from chaos_plan import REWARD as CLAIMED
from chaos_purse import FIRST_PIN_VOUCHER, PIN

from pos_app.practice import Practice, PracticeError
from pos_app.sandbox import seed
from pos_app.sandbox.routes_control import ledger
from pos_app.sandbox.seed_rewards import COFFEE, day
from pos_app.sandbox.serve import WORLD_FILE
from pos_app.sandbox.world import World

REWARD, WITH_PIN, POINTS = 900, 902, 10**11
MADE_AFTER = 10**9
"""Vouchers that Perx makes itself, of claimed rewards, have numbers above this, and never one that is planted later."""

POINT_VALUE = "0.00000001"
"""What a point pays: so little that any number of them takes the least that there is off a bill."""
CUT = {"match": {"path": "/v4"}, "action": {"kind": "drop_before", "reset": True}}
LONG_AGO_DAYS = -5
"""When a voucher was used elsewhere, by the shop's clock: before any moment that a till's clock can be set back to,
since a use right before the till's own request is taken for that (assumption A11 of resources/docs/delivery.md)."""


class Shop:
    """One sandbox. Its file is also open here, to plant what a life will use and to read the ledger at the end."""

    def __init__(self, folder: Path) -> None:
        data = folder / "perx"
        data.mkdir(parents=True)
        self.world = World(data / WORLD_FILE, rule_delay_s=RULE_DELAY_S / SCALE)
        seed.plant(self.world, "demo")
        self._plant_reward()
        self._plant_customers()
        self.practice = Practice(data, rule_delay_s=RULE_DELAY_S / SCALE)
        self.practice.start()
        self.guard = threading.Lock()
        self.kills = 0
        self.revocations = 0
        self.cuts = 0
        self.elsewhere: set[int] = set()
        self._trusted: set[int] = set()

    def settings(self, data: Path) -> dict[str, Any]:
        """Settings for a till on this shop: as they are in the field, but for the time-out, which the clock scales.

        The tenant has signed for vouchers on trust.
        """
        trust = {"redemption": "provisional", "redemption_signed_by": "a run of chaos", "redemption_max_count": 6}
        timeout = {"timeout_s": TIMEOUT_S / SCALE}
        money = {"point_value": POINT_VALUE}
        return self.practice.settings(data, perx=timeout, scanner={"port": "off"}, offline=trust, money=money)

    def prepare(self, life: Life) -> None:
        """Plant the life's vouchers, and spoil what it says."""
        self._plant_vouchers(life.planted)
        self._plant_pins(range(life.number * PINS_A_LIFE, (life.number + 1) * PINS_A_LIFE))
        self._end_vouchers(life.planted.start - VOUCHERS_LAST * VOUCHERS_A_LIFE)
        with self.guard:
            self.practice.fault()
            if life.faults:
                self.practice.fault(*life.faults)

    def outage(self) -> None:
        """Kill it in the middle of whatever it does; its rules and its late requests are gone with it."""
        with self.guard:
            self.practice.kill()
            self.kills += 1

    def back(self) -> None:
        with self.guard:
            self.practice.start()

    def cut(self, trusted: Iterable[int], elsewhere: Iterable[int]) -> None:
        """No request gets through any more. Here some vouchers are used on trust now, and another till uses others."""
        self.cuts += 1
        self._trusted.update(FIRST_VOUCHER + number for number in trusted)
        self._spoil(CUT)
        with self.world.transaction():
            for number in elsewhere:
                row = self.world.get("vouchers", FIRST_VOUCHER + number)
                if row is not None and row["state"] == "issued":
                    used = {"state": "redeemed", "redeemed_at": day(self.world, LONG_AGO_DAYS), "redemptions": 1}
                    self.world.update("vouchers", row["id"], **used)
                    self.elsewhere.add(row["id"])

    def mend(self, life: Life) -> None:
        """Requests get through again, spoiled as the life says."""
        self._spoil()
        if life.faults:
            self._spoil(*life.faults)

    def _spoil(self, *rules: dict[str, Any]) -> None:
        with self.guard, suppress(OSError, PracticeError):  # it may be away just now
            self.practice.fault(*rules)

    def revoke(self) -> None:
        """No token that anybody has is good any more."""
        with self.guard:
            self.practice.ask("POST", "/_sandbox/tokens/revoke", {})
            self.revocations += 1

    def close(self) -> dict[str, Any]:
        """End it, and tell what really happened."""
        self.practice.kill()
        with self.world.transaction():
            told = ledger(self.world)
        self.world.close()
        return told

    def _plant_reward(self) -> None:
        """A voucher that takes the least that there is off, from a shop that takes used vouchers back.

        Nobody knows what Perx does with a used one (perx-api 4: unknown), so the run has the worse of the two.
        """
        with self.world.transaction():
            self.world.switch({"used_vouchers_revert": True})
            like = self.world.get("rewards", COFFEE) or {}
            body = json.loads(like["body"]) | {"name": "Chaos", "custom_fields": {"discount_value": "0.01"}}
            self.world.insert("rewards", **{**like, "id": REWARD, "body": body})
            price = body["reward_price"][0] | {"id": CLAIMED * 10, "points": 7}
            claimed = body | {"name": "Claimed", "reward_price": [price], "custom_fields": {}}
            self.world.insert("rewards", **{**like, "id": CLAIMED, "body": claimed})
            pinned = body | {"name": "By PIN", "redemption_type": {"type": "pin"}}
            self.world.insert("rewards", **{**like, "id": WITH_PIN, "body": pinned, "secret_pin": PIN})
            self._plant(MADE_AFTER, REWARD, 501, "MADE-AFTER", state="expired")

    def _plant_customers(self) -> None:
        with self.world.transaction():
            for number in range(CUSTOMERS):
                self.world.insert(
                    "customers",
                    id=FIRST_CUSTOMER + number,
                    identifier=identifier(number),
                    first_name="Chaos",
                    last_name=str(number),
                    state="active",
                    joined_at=day(self.world, -300),
                    points=POINTS,
                )

    def _end_vouchers(self, before: int) -> None:
        """What nobody has used for long ends, as it would; what was used on trust waits for many short lives."""
        with self.world.transaction():
            for row in self.world.rows(
                "SELECT id FROM vouchers WHERE state = 'issued' AND id >= ? AND id < ?",
                FIRST_VOUCHER,
                FIRST_VOUCHER + before,
            ):
                if row["id"] not in self._trusted:
                    self.world.update("vouchers", row["id"], state="expired")

    def _plant_vouchers(self, numbers: Iterable[int]) -> None:
        with self.world.transaction():
            for number in numbers:
                self._plant(FIRST_VOUCHER + number, REWARD, FIRST_CUSTOMER + owner(number), f"C{number:06d}")

    def _plant_pins(self, numbers: Iterable[int]) -> None:
        with self.world.transaction():
            for number in numbers:
                customer = FIRST_CUSTOMER + pin_owner(number)
                self._plant(FIRST_PIN_VOUCHER + number, WITH_PIN, customer, f"P{number:06d}")

    def _plant(self, voucher_id: int, reward: int, customer: int, code: str, state: str = "issued") -> None:
        self.world.insert(
            "vouchers",
            id=voucher_id,
            reward_id=reward,
            customer_id=customer,
            state=state,
            voucher_code=code,
            voucher_key=f"chaos-{voucher_id}",
            issued_at=day(self.world, -3000),
            valid_from=day(self.world, -3000),
            valid_to=day(self.world, 3000),
            source="dashboard",
        )


def faults_of(told: dict[str, Any]) -> dict[str, int]:
    """How often each kind of fault struck, by the sandbox's own log."""
    counts: dict[str, int] = {}
    for row in told["requests"]:
        if row["fault"]:
            name = row["fault"] if row["fault"] != "status" else f"status_{row['status']}"
            counts[name] = counts.get(name, 0) + 1
    return counts


def plain(value: Any) -> str:
    """One line of JSON."""
    return json.dumps(value, sort_keys=True)
