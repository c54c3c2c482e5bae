"""A rush of scans, keys, taps, faults, crashes and outages in a drawn order; then till and ledger are compared."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from journey_faults import fault

from pos_app.tour.hand import press, until

RUSH_S = 12.0
PLACES = [
    ("POST", "/v4/oauth/token"),
    ("GET", "/v4/pos/user_accounts/search"),
    ("GET", "/v4/loyalty"),
    ("GET", "/v4/vouchers"),
    ("POST", "^/v4/vouchers/.*/redeem"),
    ("PUT", "/v4/pos/vouchers"),
    ("POST", "/v4/pos/invoices"),
    ("POST", "/v4/pos/transactions"),
    ("GET", "/v4/transactions"),
]
SPOILS = [
    {"kind": "drop_after"},
    {"kind": "drop_before"},
    {"kind": "status", "code": 500},
    {"kind": "status", "code": 429, "headers": {"Retry-After": "1"}},
    {"kind": "html"},
    {"kind": "truncate"},
    {"kind": "delay_commit", "s": 1.5},
    {"kind": "nan"},
    {"kind": "wrong_voucher"},
    {"kind": "slow", "bytes": 20, "interval_s": 0.05},
]
TAPS = ("Complete", "Save sale", "Next customer", "Cancel sale", "Back", "Add", "It is")
HELD_ELSEWHERE = "JUICE8"
TABLES = {
    "perx": {"timeout_s": 1.0},
    "outbox": {"settle_after_s": 3.0, "retry_base_s": 0.2, "retry_cap_s": 1.0},
}


class Rush:
    """One drawn order of things, repeatable but for the clock."""

    def __init__(self, shop, seed: int) -> None:
        self.shop = shop
        self.draw = random.Random(seed)
        self.is_down = False
        self.refs: set[str] = set()
        vouchers = shop.practice.announced["vouchers"]
        self.codes = [one["voucher_code"] or one["qr"] for one in vouchers] + [one["qr"] for one in vouchers]

    async def act(self) -> None:
        chance, shop = self.draw.random(), self.shop
        if chance < 0.10 and not self.is_down:
            place, spoil = self.draw.choice(PLACES), self.draw.choice(SPOILS)
            rule = fault(*place, spoil["kind"], self.draw.choice([1, 1, 2]))
            shop.practice.fault({**rule, "action": spoil})
        elif chance < 0.12 and not self.is_down:
            shop.practice.kill()
            self.is_down = True
        elif chance < 0.20 and self.is_down:
            shop.practice.start()
            self.is_down = False
        elif chance < 0.205:
            await shop.close()
            await shop.open()
        elif chance < 0.35:
            shop.scan(self.draw.choice(shop.known))
        elif chance < 0.50:
            shop.scan(self.draw.choice(self.codes))
        elif chance < 0.65:
            self.tap("5", "6", "Double zero")
        else:
            self.tap(*TAPS)
        if shop.state.sale.record is not None:
            self.refs.add(shop.state.sale.record.ref)

    def tap(self, *names: str) -> None:
        """Press one of the buttons that are there; the main ones more often."""
        there = [one for one in self.shop.window.targets() if one.accessibleName().startswith(names)]
        if there:
            press(there[0] if self.draw.random() < 0.6 else self.draw.choice(there))

    async def calm(self) -> None:
        """The network is well again, and the counter empty."""
        if self.is_down:
            self.shop.practice.start()
        self.shop.practice.fault()
        await until(lambda: self.shop.state.link.online, "the till never came back")
        end = time.monotonic() + 30
        while not self.shop.state.sale.is_empty and time.monotonic() < end:
            self.tap("Next customer", "Cancel sale", "Back")
            await asyncio.sleep(0.02)
        idle = "something still waits or is checked"
        await until(lambda: not (self.shop.state.backlog.waiting or self.shop.state.backlog.checking), idle, 40)


@pytest.mark.fault("FM-06", "FM-13")
@pytest.mark.log_warnings
@pytest.mark.parametrize("seed", [3, 4])
async def test_after_any_rush_the_till_and_perx_agree(shop, seed):
    async with shop(**TABLES) as s:
        rush = Rush(s, seed)
        begun = time.monotonic()
        while (lasted := time.monotonic() - begun) < RUSH_S or (not rush.refs and lasted < 4 * RUSH_S):
            await rush.act()
            await asyncio.sleep(rush.draw.choice([0, 0.02, 0.1]))
        await rush.calm()
        ledger = s.ledger
        assert not s.state.wrong
        assert rush.refs, "nothing was sold, so nothing was tested"
        sold = [one["reference"] for one in ledger["transactions"]]
        assert set(sold) <= rush.refs, "Perx has a sale that the till never made"
        for ref in rush.refs:
            record = (await s.counter.sales.sale(ref)).body
            assert record["state"] in ("done", "refused")
            assert sold.count(ref) == (record["state"] == "done"), record
        for voucher in ledger["vouchers"]:
            assert voucher["redemptions"] <= 1
            if voucher["voucher_code"] == HELD_ELSEWHERE:
                assert (voucher["state"], voucher["reverts"]) == ("redemption_in_progress", 0)
            else:
                assert voucher["state"] != "redemption_in_progress", "a hold leaked"
        assert await s.counter.outbox.holds() == []
