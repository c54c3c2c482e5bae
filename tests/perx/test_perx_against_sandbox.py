"""The client's main verbs against the sandbox, over a real socket."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, RecordSale
from pos_app.domain.money import Money
from pos_app.domain.vouchers import VoucherState
from pos_app.perx.client import PerxClient
from pos_app.perx.errors import NotAllowed, PerxError, Refused, Uncertain, Unreachable
from pos_app.perx.members import Details, NotReadError
from pos_app.perx.probe import probe_findings
from pos_app.perx.profile import Merchant, Profile

GOLD, SILVER = "6591234821", "6598765402"
TEN_OFF, COFFEE, BEANS, HELD_ELSEWHERE, REDEEMED = 7101, 7102, 7103, 7111, 7108


@dataclass
class Shop:
    """The sandbox's own description of itself."""

    said: dict[str, Any]

    def profile(self, **changes: Any) -> Profile:
        known = {name: self.said[name] for name in ("base_url", "client_id", "client_secret", "loyalty_program_id")}
        merchant = Merchant(identifier=self.said["merchant"]["identifier"])
        return Profile(**known | {"merchant": merchant} | changes)

    def post(self, path: str, body: Any, method: str = "POST") -> None:
        request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
            self.said["base_url"] + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            assert response.status < 300


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    data = tmp_path_factory.mktemp("sandbox")
    given = ["--port", "0", "--data", str(data), "--rule-delay-s", "0.1", "--exit-with-stdin"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pos_app.sandbox", *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Shop(json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


@pytest.fixture
def shop(sandbox: Shop) -> Shop:
    """The shop as it was planted, without faults."""
    sandbox.post("/_sandbox/reset", {})
    sandbox.post("/_sandbox/faults", {}, "DELETE")
    return sandbox


@asynccontextmanager
async def counter(shop: Shop, **changes: Any) -> AsyncIterator[PerxClient]:
    async with PerxClient(shop.profile(**changes)) as client:
        yield client


def run(shop: Shop, script: Callable[[PerxClient], Awaitable[None]], **changes: Any) -> None:
    async def main() -> None:
        async with counter(shop, **changes) as client:
            await script(client)

    asyncio.run(main())


async def fails(call: Awaitable[object], kind: type[PerxError], problem: str) -> None:
    with pytest.raises(PerxError) as caught:
        await call
    assert (type(caught.value), caught.value.problem) == (kind, problem), repr(caught.value)


async def until(read: Callable[[], Awaitable[Any]], fits: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(10):
        while not fits(found := await read()):  # noqa: ASYNC110 - another process's fact
            await asyncio.sleep(0.05)
    return found


def test_customers(shop: Shop):
    async def script(client: PerxClient):
        found = await client.customer(GOLD)
        assert (found.identifier, found.perx_id, found.name) == (GOLD, 501, "Somchai P.")
        assert await client.customer_by_id(501) == found
        assert await client.customer_by_phone("+65 9123 4821") == found
        await fails(client.customer("nobody"), Refused, "PX-001")
        await fails(client.customer_by_phone("6590000000"), Refused, "PX-001")
        await fails(client.balances("nobody"), Refused, "PX-001")
        made = await client.create_customer("6581110000", Details(first_name="New", phone="6581110000"))
        assert (await client.customer("6581110000")).perx_id == made.perx_id
        await client.update_customer("6581110000", Details(last_name="Name"))
        assert (await client.customer("6581110000")).name == "New Name"

    run(shop, script)


def test_a_language_is_changed_and_what_else_perx_keeps_stays(shop: Shop):
    async def script(client: PerxClient):
        await client.create_customer("6581110001", Details(phone="6581110001", language="en"))
        await client.change_language("6581110001", "th")
        changed = await client.customer_by_phone("6581110001")
        assert (changed.identifier, changed.language) == ("6581110001", "th"), "the phone number is still there"
        await fails(client.change_language("nobody", "th"), Refused, "PX-001")
        fault(shop, "/v4/pos/user_accounts/search", {"kind": "drop_before"}, 2)
        with pytest.raises(NotReadError):
            await client.change_language("6581110001", "vi")

    run(shop, script, language_field="language")
    run(shop, lambda client: fails(client.change_language(GOLD, "th"), Refused, "PX-010"))


def test_balances_and_expiry(shop: Shop):
    async def script(client: PerxClient):
        [only] = await client.balances(GOLD)
        one = await client.balance(GOLD)
        assert only == one
        assert (one.points, one.held, one.tier, one.next_tier) == (2480, 0, "Gold", "Platinum")
        today = datetime.now(UTC).date()
        ends = await client.expiring(GOLD, today, today + timedelta(days=730))
        assert sorted(one.points for one in ends) == [120, 300]
        assert all(isinstance(one.on, date) for one in ends)
        await fails(client.balance(GOLD, 999), Refused, "PX-002")

    run(shop, script)


def test_vouchers_are_read(shop: Shop):
    async def script(client: PerxClient):
        issued = {one.id: one for one in await client.vouchers(GOLD)}
        assert {TEN_OFF, COFFEE, BEANS} <= issued.keys()
        assert all(one.state is VoucherState.ISSUED and one.owner == GOLD for one in issued.values())
        assert issued[TEN_OFF].value == Money(1000, "SGD")
        assert issued[TEN_OFF].minimum == Money(5000, "SGD")
        assert issued[BEANS].percent == Decimal(15)
        assert any(one.code is None for one in issued.values())
        assert any(one.name == "Free dessert" for one in issued.values())
        states = {one.state for one in await client.vouchers(GOLD, state="")}
        assert {VoucherState.REDEEMED, VoucherState.EXPIRED, VoucherState.HELD} <= states
        assert (await client.voucher(GOLD, TEN_OFF)) == issued[TEN_OFF]
        await fails(client.voucher(GOLD, 999_999), Refused, "PX-002")

    run(shop, script)


def test_a_voucher_is_held_used_and_given_back(shop: Shop):
    async def script(client: PerxClient):
        assert (await client.hold_voucher(GOLD, TEN_OFF)).state is VoucherState.HELD
        await fails(client.hold_voucher(GOLD, TEN_OFF), Refused, "PX-003")
        await fails(client.hold_voucher(GOLD, REDEEMED), Refused, "PX-003")
        assert (await client.revert_voucher(TEN_OFF)).state is VoucherState.ISSUED
        await client.hold_voucher(GOLD, TEN_OFF)
        assert (await client.confirm_voucher(GOLD, TEN_OFF)).redeemed_at
        assert (await client.redeem_voucher(GOLD, COFFEE)).state is VoucherState.REDEEMED

    run(shop, script)


def test_a_reward_is_issued_reserved_and_released(shop: Shop):
    async def script(client: PerxClient):
        rewards = {one.name: one for one in await client.rewards(GOLD)}
        free = rewards["Coffee for 1.00"]
        assert await client.reward(GOLD, free.id) == free
        assert (await client.issue_reward(GOLD, free.id)).state is VoucherState.ISSUED
        mug = rewards["Enamel mug"]
        assert mug.prices[0].points == 300
        held = await client.reserve_reward(GOLD, mug.id)
        assert held.held_until
        assert (await client.release_reservation(GOLD, held.id)).state is VoucherState.RELEASED
        again = await client.reserve_reward(GOLD, mug.id)
        assert (await client.confirm_reservation(GOLD, again.id)).state is VoucherState.ISSUED
        await fails(client.issue_reward(GOLD, mug.id), Refused, "PX-008")

    run(shop, script)


def sale(ref: str, **changes: Any) -> RecordSale:
    fields: dict[str, Any] = {
        "ref": Ref(ref),
        "identifier": GOLD,
        "amount_minor": 8450,
        "currency": "SGD",
        "sold_at": datetime.now(UTC).isoformat(),
    }
    return RecordSale(**fields | changes)


def test_a_sale_is_recorded_found_and_earns_late(shop: Shop):
    async def script(client: PerxClient):
        made = await client.record_transaction(sale("1" * 22))
        assert made.points is None
        found = await until(lambda: client.find_sale(GOLD, "1" * 22), lambda one: one.state == "processed")
        assert found.id == made.id
        moves = await client.movements(GOLD, "1" * 22)
        assert sorted(one.points for one in moves) == [21, 84]
        assert {one.ref for one in moves} == {"1" * 22}
        assert (await client.balance(GOLD)).points == 2480 + 105
        assert await client.find_sale(GOLD, "2" * 22) is None
        assert await client.movements(GOLD, "2" * 22) == []
        await fails(client.record_transaction(sale("3" * 22, identifier="nobody")), Refused, "PX-001")

    run(shop, script)


def test_an_invoice_uses_what_is_held(shop: Shop):
    async def script(client: PerxClient):
        await client.hold_voucher(GOLD, TEN_OFF)
        points = await client.hold_points(GOLD, 20)
        assert (await client.balance(GOLD)).held == 20
        checkout = Checkout(
            ref=Ref("4" * 22),
            identifier=GOLD,
            amount_minor=7450,
            currency="SGD",
            sold_at=datetime.now(UTC).isoformat(),
            merchant_identifier=str(shop.said["merchant"]["id"]),
            voucher_ids=[TEN_OFF],
        )
        made = await client.invoice(checkout, [points])
        assert len(made.items) == 3
        assert (await client.voucher(GOLD, TEN_OFF)).state is VoucherState.REDEEMED
        assert (await client.balance(GOLD)).held == 0
        assert await client.find_sale(GOLD, "4" * 22)
        with pytest.raises(Refused):
            await client.invoice(checkout)

    run(shop, script)


def test_points_are_moved_held_and_let_go(shop: Shop):
    async def script(client: PerxClient):
        assert (await client.move_points(GOLD, 50, "5" * 22)).points == 50
        assert (await client.move_points(GOLD, -30, "6" * 22)).points == -30
        assert (await client.balance(GOLD)).points == 2500
        held = await client.hold_points(GOLD, 100)
        assert (await client.balance(GOLD)).spendable == 2400
        await client.release_points(GOLD, held.id)
        assert (await client.balance(GOLD)).spendable == 2500
        await fails(client.hold_points(GOLD, 1_000_000), Refused, "PX-005")

    run(shop, script)


def test_a_trigger_gives_something(shop: Shop):
    async def script(client: PerxClient):
        before = {one.id for one in await client.vouchers(GOLD)}
        await client.fire_trigger(GOLD, "welcome")
        await until(lambda: client.vouchers(GOLD), lambda now: {one.id for one in now} > before)
        await fails(client.fire_trigger(GOLD, "no-such"), Refused, "PX-002")

    run(shop, script)


def fault(shop: Shop, path: str, action: dict[str, Any], times: int | None = 1) -> None:
    shop.post("/_sandbox/faults", [{"match": {"path": path}, "times": times, "action": action}])


def test_a_lost_answer_is_uncertain_and_can_be_looked_up(shop: Shop):
    async def script(client: PerxClient):
        fault(shop, "/v4/pos/transactions", {"kind": "drop_after"})
        await fails(client.record_transaction(sale("7" * 22)), Uncertain, "NET-02")
        assert await client.find_sale(GOLD, "7" * 22)
        fault(shop, "/v4/pos/transactions", {"kind": "drop_before"})
        await fails(client.record_transaction(sale("8" * 22)), Uncertain, "NET-02")
        assert await client.find_sale(GOLD, "8" * 22) is None

    run(shop, script)


def test_revoked_tokens_are_replaced(shop: Shop):
    async def script(client: PerxClient):
        await client.voucher(GOLD, TEN_OFF)
        shop.post("/_sandbox/tokens/revoke", {})
        assert (await client.voucher(GOLD, TEN_OFF)).id == TEN_OFF
        assert (await client.revert_voucher(HELD_ELSEWHERE)).state is VoucherState.ISSUED

    run(shop, script)


def test_the_waiting_room(shop: Shop):
    async def script(client: PerxClient):
        fault(shop, "/v4/loyalty", {"kind": "status", "code": 429, "headers": {"Retry-After": "3"}})
        with pytest.raises(Unreachable) as caught:
            await client.balance(GOLD)
        assert caught.value.retry_after_s == 3

    run(shop, script)


def test_credentials(shop: Shop):
    async def script(client: PerxClient):
        await fails(client.probe(), NotAllowed, "KEY-01")
        await fails(client.voucher(GOLD, TEN_OFF), NotAllowed, "KEY-01")

    run(shop, script, client_secret="wrong")
    run(shop, PerxClient.probe)
    assert {one[0] for one in asyncio.run(probe_findings(shop.profile()))} == {"ok"}


def test_a_merchant_signs_in_with_a_password(shop: Shop):
    async def script(client: PerxClient):
        assert (await client.customer_by_phone(GOLD)).perx_id == 501

    said = shop.said["merchant"]
    run(shop, script, merchant=Merchant(username=said["username"], password=said["password"]))
