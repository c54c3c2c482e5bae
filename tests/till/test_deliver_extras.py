"""PINs and rewards at Perx: what a PIN may do once, and what is not let go; the real client against the sandbox."""

from __future__ import annotations

from test_deliver import GOLD, NEW, OF_VOUCHER, REF, REFILL, Counter, practice, reserved, run

from pos_app.domain.commands import Done, RedeemPin, Refused, ReleaseReward
from pos_app.till.deliver import Delivery

FIXTURES = practice, run


def test_a_pin_that_nobody_knows_any_more_is_not_asked_for_with_an_empty_one(run):
    async def script(at: Counter):
        at.delivery = Delivery(at.perx)
        assert await at.send(RedeemPin(**{**OF_VOUCHER, "voucher_id": REFILL})) == Refused("SALE-06")
        assert not [one for one in at.practice.ledger()["requests"] if one["path"].endswith("/redeem")]

    run(script)


def test_a_wrong_pin_is_told_from_other_refusals_and_uses_nothing(run):
    async def script(at: Counter):
        at.delivery = Delivery(at.perx, take_pin=lambda ref: "0000")
        outcome = await at.send(RedeemPin(**{**OF_VOUCHER, "voucher_id": REFILL}))
        assert isinstance(outcome, Refused)
        assert outcome.problem == "PX-012"

    run(script)


def test_a_reward_that_was_taken_is_not_let_go(run):
    async def script(at: Counter):
        await reserved(at)
        await at.perx.confirm_reservation(GOLD, NEW)
        outcome = await at.send(ReleaseReward(ref=REF, identifier=GOLD, voucher_id=NEW, reserve_ref="1", points=300))
        assert outcome == Done({"state": "issued"})
        assert at.practice.ledger()["customers"][0]["points"] == 2180

    run(script)
