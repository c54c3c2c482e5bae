"""Paying with points over the real window: kept back, taken by the sale, given back; the ledger has the last word."""

from __future__ import annotations

import pytest
from journey_faults import fault

from pos_app.till.paying import PayState
from pos_app.tour.hand import until

HOLD = "/v4/pos/loyalty_transactions/reserve"


async def somchai(s, *bill: str) -> None:
    """Somchai with 2,480 points, and a bill."""
    s.scan(s.known[0])
    await s.hand.sees("can be used now", "2,480")
    s.keys(*(bill or ("5", "6", "00")))


async def keep_back(s, *points: str) -> None:
    """So many points are typed and kept back."""
    s.hand.tap("Use points")
    await s.hand.sees("100 points are worth 1.00", "Type how many, or tap an amount")
    s.keys(*points)
    s.hand.tap("Keep")


def kept(s) -> list[tuple[int, str]]:
    """What Perx keeps back, or kept: points and state."""
    return [(-one["points"], one["state"]) for one in s.ledger["holds"]]


async def test_points_pay_part_of_a_bill_and_are_taken_once(shop):
    async with shop() as s:
        await somchai(s)
        s.hand.tap("Use points")
        await s.hand.sees("To pay: 56.00", "Most · 2,480", "Half · 1,240", "Type how many, or tap an amount")
        s.keys("5", "00")
        await s.hand.sees("500", "−5.00", "51.00", "Keep 500 points back")
        s.hand.tap("Keep 500 points back")
        await s.hand.sees("Kept back for this sale", "500 kept back, 1,980 to spend", "51.00")
        assert kept(s) == [(500, "held")]
        assert s.customer()["points"] == 2480, "keeping back takes nothing"
        s.hand.tap("Complete")
        await s.hand.sees("The points were taken. Perx confirmed it.", "Taken for this sale", "51.00")
        assert kept(s) == [(500, "consumed")]
        assert float(s.sale(s.record.ref)["amount"]) == 51
        await s.hand.sees("Perx gave", "New balance")
        assert (s.record.estimate, s.record.points) == (51, 63)
        await s.hand.sees("We estimated", "+51", "+63", "2,043")  # 2,480 less 500, and 63 earned
        slip = "\n".join(f"{one.left} {one.right}" for one in _slip(s))
        assert "Points used, 500" in slip


def _slip(s):
    from pos_app.ui.present.slip import receipt

    return receipt(s.record, s.state.shop).lines


async def test_the_chips_name_most_half_and_all_of_the_bill(shop):
    async with shop() as s:
        await somchai(s, "1", "2", "00")
        s.scan("CAFE01")
        await s.hand.sees("Held for this sale")
        s.hand.tap("Use points")
        await s.hand.sees("Most · 1,200", "Half · 600", "All of the bill · 1,200")
        s.hand.tap("All of the bill")
        await s.hand.sees("0.00")
        s.hand.tap("Keep 1,200 points back")
        await s.hand.sees("Kept back for this sale")
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.", "Taken for this sale")
        assert float(s.sale(s.record.ref)["amount"]) == 0
        assert kept(s) == [(1200, "consumed")]


@pytest.mark.parametrize("how", ["Remove 500 points", "Cancel sale", "Take the customer off this sale", "Park"])
async def test_what_is_kept_back_is_given_back(shop, how):
    async with shop() as s:
        await somchai(s)
        await keep_back(s, "5", "00")
        await s.hand.sees("Kept back for this sale")
        s.hand.tap(how)
        await until(lambda: kept(s) == [(500, "reverted")], "the points stay kept back")
        if how == "Park":
            s.hand.tap("Parked sales")
            s.hand.tap(s.state.parked[0].at.astimezone().strftime("%H:%M"))
            await s.hand.sees("Kept back for this sale", "51.00")
            assert kept(s) == [(500, "reverted"), (500, "held")]


async def test_a_short_balance_is_refused_in_words_before_and_after_it_changed(shop):
    async with shop() as s:
        await somchai(s)
        s.hand.tap("Use points")
        s.keys("2", "5", "00")
        await s.hand.sees("20 points missing")
        s.hand.tap("Clear")
        s.keys("2", "00", "0")
        other = {"user_account": {"identifier": s.known[0]}, "amount_to_deduct": 900, "loyalty_program_id": 77}
        token = _token(s)
        s.practice.ask("POST", HOLD, {**other, "loyalty_program_id": s.practice.announced["loyalty_program_id"]}, token)
        s.hand.tap("Keep 2,000 points back")
        await s.hand.sees("Refused: 420 points missing", "900 kept back, 1,580 to spend")
        assert kept(s) == [(900, "held")]
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.")
        assert float(s.sale(s.record.ref)["amount"]) == 56


def _token(s) -> dict[str, str]:
    told = {name: s.practice.announced[name] for name in ("client_id", "client_secret")}
    answer = s.practice.ask("POST", "/v4/oauth/token", {**told, "grant_type": "client_credentials"})
    return {"Authorization": f"Bearer {answer['access_token']}"}


async def test_a_bill_that_shrinks_below_the_points_is_not_completed(shop):
    async with shop() as s:
        await somchai(s)
        await keep_back(s, "2", "00", "0")
        await s.hand.sees("Kept back for this sale", "36.00")
        s.hand.tap("Clear")
        s.keys("1", "5", "00")
        await s.hand.sees("More than the 15.00 to pay", "The points are more than the bill")
        s.hand.tap("Use points")
        s.hand.tap("All of the bill")
        s.hand.tap("Keep 1,500 points back")
        await s.hand.sees("Kept back for this sale", "0.00")
        await until(lambda: kept(s) == [(2000, "reverted"), (1500, "held")], "the first are still kept back")


@pytest.mark.fault("FM-01")
async def test_a_dropped_answer_of_the_invoice_is_found_and_takes_the_points_once(shop):
    async with shop() as s:
        await somchai(s)
        await keep_back(s, "5", "00")
        await s.hand.sees("Kept back for this sale")
        s.practice.fault({**fault("POST", "/v4/pos/invoices", "drop_after"), "times": 1})
        s.hand.tap("Complete")
        await s.hand.sees("The points were taken. Perx confirmed it.")
        assert kept(s) == [(500, "consumed")]
        assert len(s.ledger["transactions"]) == 1


async def test_a_hold_whose_answer_was_dropped_goes_to_a_person_and_none_is_taken(shop):
    async with shop() as s:
        await somchai(s)
        s.practice.fault({**fault("POST", HOLD, "drop_after"), "times": 1})
        await keep_back(s, "5", "00")
        await s.hand.sees("Perx keeps points back for this customer", "PX-011", "1 needs you")
        s.hand.tap("Remove 500 points")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.", "56.00")
        s.hand.tap("Next customer")
        await somchai(s)
        s.hand.tap("Use points")
        s.keys("1", "00")
        s.hand.tap("Keep 100 points back")
        await s.hand.sees("are not settled yet on this till", "PX-013")
        assert kept(s) == [(500, "held")], "a second hold would hide the first"


async def test_a_hold_that_never_reached_perx_is_refused_when_that_is_sure(shop):
    async with shop() as s:
        await somchai(s)
        s.practice.fault({**fault("POST", HOLD, "drop_before"), "times": 1})
        await keep_back(s, "5", "00")
        await s.hand.sees("No answer: may or may not be kept back", "The points have no answer yet")
        await s.hand.sees("Not now: needs Perx", "Complete")
        assert kept(s) == []


async def test_without_perx_points_do_not_pay_and_those_kept_back_are_given_back_later(shop):
    async with shop() as s:
        await somchai(s)
        await keep_back(s, "5", "00")
        await s.hand.sees("Kept back for this sale")
        s.practice.kill()
        s.scan(s.known[0])
        await s.hand.sees("Offline", "Will be given back. They stay the customer's.", "Save sale")
        s.hand.tap("Use points")
        await s.hand.sees("Needs Perx: a balance could be spent twice")
        s.hand.tap("Back to the sale")
        s.hand.tap("Save sale")
        await s.hand.sees("Saved", "56.00")
        s.practice.start()
        await until(lambda: kept(s) == [(500, "reverted")], "the points stay kept back")
        await until(lambda: len(s.ledger["transactions"]) == 1, "the sale never arrived")
        assert float(s.sale(s.record.ref)["amount"]) == 56


async def test_a_reversed_sale_gives_the_points_back_that_paid_for_it(shop):
    async with shop() as s:
        await somchai(s)
        await keep_back(s, "5", "00")
        await s.hand.sees("Kept back for this sale")
        s.hand.tap("Complete")
        await s.hand.sees("Perx gave", "New balance")
        ref = s.record.ref
        s.hand.tap("Next customer")
        s.scan(ref)
        await s.hand.sees("Sale of", "500 points")
        s.hand.tap("Reverse")
        await s.hand.sees(
            "Reverse the sale?", "Points that the customer gets back: 437."
        )  # 500 that paid, less 63 that it gave
        s.hand.tap("The customer brought it back")
        s.scan("POS:STAFF:PRACTICE-NOOR")
        await until(lambda: s.customer()["points"] == 2480, "the points are not back")
        assert kept(s) == [(500, "consumed")]


async def test_a_hold_that_ended_at_perx_is_said_when_the_sale_is_refused(shop):
    async with shop() as s:
        await somchai(s)
        await keep_back(s, "5", "00")
        await s.hand.sees("Kept back for this sale")
        hold = s.ledger["holds"][0]["id"]
        body = {"user_account": {"identifier": s.known[0]}}
        s.practice.ask("PUT", f"/v4/pos/loyalty_transactions/{hold}/revert_redemption", body, _token(s))
        s.hand.tap("Complete")
        await s.hand.sees("Back to the sale")
        s.hand.tap("Back to the sale")
        await s.hand.sees("Perx does not keep these points back any more", "SALE-07")
        assert s.state.sale.pay.state is PayState.REFUSED
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.", "56.00")


async def test_points_are_there_after_a_restart_and_given_back_when_their_sale_is_gone(shop):
    async with shop() as s:
        await somchai(s)
        await keep_back(s, "5", "00")
        await s.hand.sees("Kept back for this sale")
        await until(lambda: not s.counter.till.is_busy, "it is never written down")
        await s.close()
        await s.open()
        await s.hand.sees("Kept back for this sale", "51.00")
        s.hand.tap("Complete")
        await s.hand.sees("The points were taken. Perx confirmed it.")
        assert kept(s) == [(500, "consumed")]
