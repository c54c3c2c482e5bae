"""Earlier sales are found and reversed over the real window; Perx's ledger says what was undone, and how often."""

from __future__ import annotations

import json

import pytest
from journey_faults import fault

from pos_app.domain.reversal import Undo
from pos_app.outbox import Journal
from pos_app.tour.hand import until
from pos_app.ui.present import receipt

POINTS, VOUCHERS, SALES = "^/v4/pos/loyalty_transactions$", "/v4/pos/vouchers", "/v4/pos/transactions"
QUICK = {"settle_after_s": 1.0, "retry_base_s": 0.1, "retry_cap_s": 1.0}
NOOR = "POS:STAFF:PRACTICE-NOOR"
REASON = "The customer brought it back"


async def sold(s, *, voucher: bool = True) -> str:
    """A sale of 56.00 to Somchai that Perx has, with its points known; its reference."""
    s.scan(s.known[0])
    await s.hand.sees("can be used now")
    if voucher:
        s.scan("LUMEN10")
        await s.hand.sees("Held for this sale")
    s.keys("5", "6", "00")
    s.hand.tap("Complete")
    await s.hand.sees("Perx gave", "New balance")
    ref = s.record.ref
    s.hand.tap("Next customer")
    return ref


async def found(s, ref: str) -> None:
    """Its slip is scanned."""
    s.scan(ref)
    await until(lambda: s.state.panel is not None and s.state.panel.record is not None, "the slip found no sale")


async def approve(s, name: str = "Reverse") -> None:
    """Ask for the reversal, say why, and let Noor's badge approve it."""
    s.hand.tap(name)
    await s.hand.sees("Reverse the sale?", "Why?")
    s.hand.tap(REASON)
    s.scan(NOOR)


def taken_back(s) -> list[int]:
    return [one["points"] for one in s.ledger["loyalty_transactions"]]


def asked_back(s) -> int:
    return s.voucher("LUMEN10")["reverts"]


def _states(s) -> set[str]:
    return {one.state for one in s.state.panel.record.reversal.parts} if s.state.panel.record.reversal else set()


def undoes(s) -> list[str]:
    """The buttons that reverse something."""
    names = [one.accessibleName() for one in s.window.targets()]
    return [name for name in names if name.startswith("Reverse")]


def spare(s, on: bool) -> None:
    """Whether this Perx takes used vouchers back."""
    s.practice.ask("POST", "/_sandbox/settings", {"used_vouchers_revert": on})


@pytest.mark.fault("FM-13")
async def test_a_sale_is_reversed_once_with_its_points_and_its_voucher(shop):
    async with shop(outbox=QUICK) as s:
        spare(s, True)
        before = s.customer()["points"]
        ref = await sold(s)
        given = s.customer()["points"] - before
        assert given > 0
        await found(s, ref)
        s.hand.tap("Reverse")
        await s.hand.sees("Reverse the sale?", f"Points that the customer loses: {given}.", "may refuse")
        assert (s.customer()["points"], taken_back(s)) == (before + given, []), "looking changed something"
        s.hand.tap(REASON)
        s.hand.tap("Noor H.")
        s.keys("4", "7", "2", "9")
        s.hand.tap("Reverse the sale")
        await s.hand.sees("Reversed", "Perx took them back", "Good again", f"−{given}", "New balance")
        assert (s.customer()["points"], taken_back(s), asked_back(s)) == (before, [-given], 1)
        assert s.voucher("LUMEN10")["state"] == "issued"
        [move] = s.ledger["loyalty_transactions"]
        assert move["properties"]["reason"] == "revert_earn"
        assert move["properties"]["original_receipt_number"] == ref
        await until(lambda: s.state.printing.state == "printed", "the reversal has no slip")
        slip = receipt(s.state.panel.record, s.state.shop)
        assert ("REVERSAL" in slip.mark, "COPY" in slip.mark, slip.barcode) == (True, False, ref)
        assert (s.data / "slips" / f"{ref}.pdf").exists()
        assert not undoes(s)
        [line] = [one for one in await Journal(s.counter.outbox._db).of_ref(ref) if one.what == "sale reversed"]
        assert (line.facts["why"], line.facts["approved_by"]) == (REASON, "Noor H.")

        s.hand.tap("Print again")
        await s.hand.sees("marked COPY")
        await s.close()
        await s.open()
        await found(s, ref)
        await s.hand.sees("Reversed", "Good again")
        assert (taken_back(s), asked_back(s)) == ([-given], 1)


async def test_a_voucher_that_perx_does_not_take_back_stays_used_and_can_be_asked_for_later(shop):
    async with shop(outbox=QUICK) as s:
        before = s.customer()["points"]
        ref = await sold(s)
        await found(s, ref)
        await approve(s)
        await s.hand.sees("Partly reversed", "Stays used", "Perx does not take a used voucher back", "took them back")
        assert (s.customer()["points"], s.voucher("LUMEN10")["state"]) == (before, "redeemed")
        once = taken_back(s)

        spare(s, True)
        await approve(s, "Reverse what is left")
        await s.hand.sees("Good again", "took them back")
        assert (s.customer()["points"], taken_back(s), asked_back(s)) == (before, once, 1)
        assert len(once) == 1


@pytest.mark.fault("FM-01", "FM-13")
@pytest.mark.parametrize("lost", ["points", "voucher", "both"])
async def test_a_lost_answer_of_any_part_is_looked_up_and_nothing_is_undone_twice(shop, lost):
    async with shop(outbox=QUICK) as s:
        spare(s, True)
        before = s.customer()["points"]
        ref = await sold(s)
        await found(s, ref)
        rules = {"points": fault("POST", POINTS, "drop_after", 1), "voucher": fault("PUT", VOUCHERS, "drop_after", 1)}
        s.practice.fault(*(rules.values() if lost == "both" else [rules[lost]]))
        await approve(s)
        await s.hand.sees("Being reversed")
        await s.hand.sees("Perx confirmed each part", "took them back", "Good again")
        assert s.customer()["points"] == before
        assert (len(taken_back(s)), asked_back(s)) == (1, 1)


@pytest.mark.fault("FM-13")
async def test_a_restart_in_the_middle_of_a_reversal_finishes_it_once(shop):
    async with shop(outbox={**QUICK, "settle_after_s": 3.0}) as s:
        spare(s, True)
        before = s.customer()["points"]
        ref = await sold(s)
        await found(s, ref)
        s.practice.fault(fault("POST", POINTS, "drop_after", 1), fault("PUT", VOUCHERS, "drop_before", 1))
        await approve(s)
        await until(lambda: _states(s) == {"checking"}, "the answers were not lost")
        await s.close()
        await s.open()
        await found(s, ref)
        await s.hand.sees("Perx confirmed each part", "Good again", within_s=40)
        assert (s.customer()["points"], len(taken_back(s)), asked_back(s)) == (before, 1, 1)


@pytest.mark.fault("FM-11", "FM-13")
async def test_double_taps_and_two_badges_reverse_once(shop):
    async with shop(outbox=QUICK) as s:
        spare(s, True)
        before = s.customer()["points"]
        ref = await sold(s)
        await found(s, ref)
        s.practice.fault(fault("GET", "/v4/loyalty", "delay_before", 1, s=0.4))
        s.hand.tap("Reverse")
        assert not [one for one in s.window.targets() if one.accessibleName().startswith("Reverse")], (
            "it can be asked twice"
        )
        await s.hand.sees("Reverse the sale?")
        s.hand.tap(REASON)
        s.scan(NOOR)
        s.scan(NOOR)
        s.scan("POS:STAFF:PRACTICE-RAVI")
        await s.hand.sees("Perx confirmed each part")
        assert (s.customer()["points"], len(taken_back(s)), asked_back(s)) == (before, 1, 1)

        order = next(iter(s.state.panel.record.reversal.parts))
        assert order.what is Undo.POINTS


@pytest.mark.fault("FM-13")
async def test_a_sale_that_still_waits_is_given_up_and_never_sent(shop):
    async with shop(outbox=QUICK) as s:
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.practice.fault(fault("POST", SALES, "drop_before", 0), fault("GET", "/", "drop_before", 0))
        s.practice.kill()
        s.keys("1", "2", "00")
        s.hand.tap("Complete")
        await until(lambda: s.state.sale.record is not None and not s.state.link.online, "Perx is still there")
        await s.hand.sees("Next customer", within_s=40)
        ref = s.record.ref if s.state.sale.record else s.state.last.ref
        s.hand.tap("Next customer")
        await until(lambda: s.state.backlog.waiting == 1, "the sale does not wait")
        await found(s, ref)
        await approve(s)
        await s.hand.sees("Reversed", "Never sent to Perx", "Perx never heard of it")
        await until(lambda: s.state.backlog.waiting == 0, "it still waits")
        s.practice.start()
        await until(lambda: s.state.link.online, "Perx is not back", within_s=40)
        assert not s.ledger["transactions"]


async def test_offline_the_points_wait_and_the_voucher_is_left_until_perx_is_back(shop):
    async with shop(outbox=QUICK) as s:
        spare(s, True)
        before = s.customer()["points"]
        ref = await sold(s)
        s.practice.kill()
        s.hand.tap("Menu")
        s.hand.tap("Service")
        s.hand.tap("Work without Perx")
        s.hand.tap("Back")
        await found(s, ref)
        s.hand.tap("Reverse")
        await s.hand.sees("Reverse the sale?", "Taking a voucher back needs Perx, and Perx cannot be reached.")
        s.hand.tap(REASON)
        s.scan(NOOR)
        await s.hand.sees("Reversal waits", "Waiting to send")
        s.practice.start()
        spare(s, True)
        s.hand.tap("Back")
        s.hand.tap("Menu")
        s.hand.tap("Service")
        s.hand.tap("Use Perx again")
        s.hand.tap("Back")
        await until(lambda: len(taken_back(s)) == 1, "the points were never taken back", within_s=40)
        await until(lambda: s.state.link.online, "Perx is not back", within_s=40)
        assert (s.customer()["points"], asked_back(s)) == (before, 0)
        await found(s, ref)
        await s.hand.sees("Partly reversed", "A voucher was not asked back yet")
        await approve(s, "Reverse what is left")
        await s.hand.sees("Perx confirmed each part", "Good again")
        assert (s.customer()["points"], len(taken_back(s)), asked_back(s)) == (before, 1, 1)


async def test_earlier_sales_are_found_by_slip_number_customer_and_day(shop):
    async with shop(outbox=QUICK) as s:
        ref = await sold(s, voucher=False)
        s.hand.tap("Menu")
        s.hand.tap("Earlier sales")
        await s.hand.sees("Today", "56.00", ref[-4:])
        s.hand.tap("Find")
        s.keys(*ref[-4:])
        s.hand.tap("Find")
        await s.hand.sees(f"Found for {ref[-4:]}", "56.00")
        s.scan(s.known[1])
        await s.hand.sees("Nothing on this till")
        s.scan(json.dumps({"identifier": s.known[0]}))
        await s.hand.sees("Found for", "56.00")
        s.hand.tap("By day")
        await s.hand.sees("Today", "56.00")
        [row] = [one for one in s.window.targets() if "56.00" in one.accessibleName()]
        s.hand.tap(row.accessibleName().replace("\u00a0", " "))
        await s.hand.sees("Sale of", "Perx gave")
        s.hand.tap("Sales of")
        await s.hand.sees("Sales of", "56.00")
        s.scan(ref)
        await s.hand.sees("Sale of", "Print again")
        s.hand.tap("Back to the list of sales")
        await s.hand.sees("56.00", "By day")
