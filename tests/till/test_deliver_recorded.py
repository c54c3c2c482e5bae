"""Delivery at a tenant whose Perx differs, as the profile records it: the real client against the real sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from deliver_bench import DROPPED, GOLD, OF_POINTS, OF_SALE, OF_VOUCHER, REF, TEN_OFF, Counter, Script

from pos_app.domain.codes import Ref
from pos_app.domain.commands import (
    BurnPoints,
    Checkout,
    Done,
    EarnPoints,
    HoldVoucher,
    Kind,
    NoAnswer,
    NotFound,
    RecordSale,
    Refused,
    ReversePoints,
)
from pos_app.perx.client import PerxClient
from pos_app.perx.profile import Profile
from pos_app.practice import Practice


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with Practice(tmp_path_factory.mktemp("perx"), rule_delay_s=0.05) as running:
        yield running


@pytest.fixture
def run_recorded(practice: Practice) -> Callable[..., None]:
    """Run a script on a shop as it was planted, with a profile that records how this Perx differs."""
    practice.ask("POST", "/_sandbox/reset", {})
    practice.fault()
    said = {name: practice.announced[name] for name in ("client_id", "client_secret", "loyalty_program_id")}

    async def main(script: Script, recorded: dict[str, Any]) -> None:
        profile = Profile(base_url=practice.base_url, timeout_s=3.0, **said, **recorded)
        async with PerxClient(profile) as perx:
            await script(Counter(practice, perx))

    def runner(script: Script, switches: dict[str, Any], **recorded: Any) -> None:
        usual = {"strict_duplicates": False, "hold_minutes": None, "invoice_needs": None}
        practice.ask("POST", "/_sandbox/settings", usual | switches)
        try:
            asyncio.run(main(script, recorded))
        finally:
            practice.ask("POST", "/_sandbox/settings", usual)

    return runner


MOVES = [EarnPoints(**OF_POINTS), BurnPoints(**OF_POINTS), ReversePoints(**OF_POINTS, sale=Ref("S"))]


@pytest.mark.fault("FM-01")
@pytest.mark.parametrize("command", MOVES, ids=lambda one: str(one.kind))
def test_points_that_perx_takes_once_only_are_sent_again_when_they_cannot_be_seen(run_recorded, command):
    async def script(at: Counter):
        assert isinstance(await at.send(command, DROPPED), NoAnswer)  # it happened
        hide = {"match": {"path": "/v4/loyalty/transactions_history"}, "action": {"kind": "wrong_reference"}}
        at.practice.fault(hide)
        assert await at.look(command) == NotFound(may_repeat=True)
        told = {"points": -40} if command.kind is Kind.REVERSE_POINTS else {}
        assert await at.send(command, tries=2) == Done(told)  # refused as a repeat, so it is there
        assert len(at.practice.ledger()["loyalty_transactions"]) == 1

    run_recorded(script, {"strict_duplicates": True}, refuses_duplicates=("points",))


@pytest.mark.fault("FM-01")
@pytest.mark.parametrize("recorded", [(), ("sale",)], ids=["not recorded", "recorded of sales only"])
def test_points_are_never_sent_again_unless_the_profile_says_that_perx_takes_them_once(run_recorded, recorded):
    async def script(at: Counter):
        await at.send(EarnPoints(**OF_POINTS), DROPPED)
        hide = {"match": {"path": "/v4/loyalty/transactions_history"}, "action": {"kind": "wrong_reference"}}
        at.practice.fault(hide)
        assert await at.look(EarnPoints(**OF_POINTS)) == NotFound()

    run_recorded(script, {}, refuses_duplicates=recorded)


def test_a_first_sale_that_is_refused_as_a_repeat_is_looked_up_even_so(run_recorded):
    async def script(at: Counter):
        sale = RecordSale(ref=REF, **OF_SALE)
        assert isinstance(await at.send(sale), Done)
        assert isinstance(await at.send(sale), NoAnswer)  # as if another had this reference
        assert isinstance(await at.send(sale, tries=2), Done)

    run_recorded(script, {"strict_duplicates": True}, refuses_duplicates=("sale",))


def test_an_invoice_carries_the_fields_that_the_tenant_asks_for(run_recorded):
    async def bare(at: Counter):
        await at.perx.hold_voucher(GOLD, TEN_OFF)
        outcome = await at.send(Checkout(ref=REF, **OF_SALE, voucher_ids=[TEN_OFF]))
        assert isinstance(outcome, Refused)

    async def full(at: Counter):
        assert isinstance(await at.send(Checkout(ref=REF, **OF_SALE, voucher_ids=[TEN_OFF])), Done)

    run_recorded(bare, {"invoice_needs": "outlet"})
    run_recorded(full, {"invoice_needs": "outlet"}, invoice_fields=(("outlet", "4101"),))


def test_a_hold_ends_when_the_profile_says_so_unless_perx_tells_its_end(run_recorded):
    minutes = []

    async def script(at: Counter):
        held = await at.send(HoldVoucher(**OF_VOUCHER))
        assert isinstance(held, Done)
        until = held.answer["held_until"]
        left = None if until is None else datetime.fromisoformat(until) - datetime.now(UTC)
        minutes.append(None if left is None else round(left / timedelta(minutes=1)))
        await at.perx.revert_voucher(TEN_OFF)

    run_recorded(script, {})
    run_recorded(script, {}, hold_minutes=20.0)
    run_recorded(script, {"hold_minutes": 5}, hold_minutes=20.0)
    assert minutes == [None, 20, 5]
