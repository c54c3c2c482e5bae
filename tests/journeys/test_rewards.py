"""Rewards claimed at the counter over the real window: seen, held, taken or let go, used at once or kept."""

from __future__ import annotations

import pytest
from journey_faults import fault

from pos_app.till.claiming import ClaimState
from pos_app.tour.hand import DisagreementError, until

RESERVE, CONFIRM = "^/v4/rewards/313/reserve", r"^/v4/vouchers/\d+/confirm"
MUG = "Enamel mug"


async def shelf(s) -> None:
    """Somchai's rewards are on the screen, with a bill of 56.00 under them."""
    s.scan(s.known[0])
    await s.hand.sees("can be used now")
    s.keys("5", "6", "00")
    s.hand.tap("Rewards")
    await s.hand.sees("2,480 points to spend.", "Can be claimed")


def choose(s, title: str) -> None:
    """Tap a reward, on whichever page of the shelf it is."""
    for _ in range(6):
        try:
            s.hand.tap(title)
        except DisagreementError:
            s.hand.tap("Next page")
        else:
            return
    raise AssertionError(f"{title} is on no page")


async def held(s) -> None:
    """The mug is held for Somchai."""
    await shelf(s)
    choose(s, MUG)
    await s.hand.sees("2,480 points now, 2,180 after")
    s.hand.tap("300 points")
    await s.hand.sees(f"Held for the customer: {MUG}", "300 points leave when it is taken.", "Held until")


def mugs(s) -> list[str]:
    """The states of Somchai's mugs at Perx."""
    return [one["state"] for one in s.ledger["vouchers"] if one["reward_id"] == 313]


async def test_the_shelf_says_what_can_be_claimed_and_why_the_rest_cannot(shop):
    async with shop() as s:
        await shelf(s)
        said = _whole_shelf(s)
        assert ("Enamel mug", "300 points") in said
        assert ("Coffee for 1.00", "100 points") in said
        assert ("Tote bag (sold out)", "Sold out") in said
        assert ("Platinum tasting", "For Platinum members") in said
        assert any(title == "Autumn blend" and why.startswith("From ") for title, why in said)
        assert ("Chef's table", "2,000 points / 800 points + 15.00") in said
        assert not any("<" in title and "script" in title for title, _why in said)


def _whole_shelf(s) -> list[tuple[str, str]]:
    from pos_app.ui.present import present

    return [(row.title, row.detail.replace("\u00a0", " ")) for row in present(s.state).body.rows]


async def test_a_reward_is_held_taken_and_used_at_once(shop):
    async with shop() as s:
        await held(s)
        assert (mugs(s), s.customer()["points"]) == (["reserved"], 2480), "holding takes nothing"
        s.hand.tap("Take it")
        await s.hand.sees(f"It is the customer's: {MUG}", "300 points have left.")
        assert (mugs(s), s.customer()["points"]) == (["issued"], 2180)
        s.hand.tap("Use it now")
        await s.hand.sees("Held for this sale", "2,180")
        assert mugs(s) == ["redemption_in_progress"]
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.")
        assert mugs(s) == ["redeemed"]


async def test_one_of_several_prices_is_chosen_and_the_voucher_kept(shop):
    async with shop() as s:
        await shelf(s)
        choose(s, "Chef's table")
        await s.hand.sees("2,480 points now, 480 after", "2,480 points now, 1,680 after", "Collect 15.00")
        s.hand.tap("800 points + 15.00")
        await s.hand.sees("Held for the customer: Chef's table", "Collect 15.00 on your cash register.")
        s.hand.tap("Take it")
        await s.hand.sees("800 points have left.")
        s.hand.tap("The customer keeps it")
        await s.hand.sees("This sale", "1,680")
        made = next(one for one in s.ledger["vouchers"] if one["reward_id"] == 314)
        assert made["state"] == "issued"
        await s.hand.sees("Chef's table")


@pytest.mark.parametrize("how", ["Let it go", "Cancel sale", "Take the customer off this sale", "Park", "Remove"])
async def test_a_held_reward_is_let_go(shop, how):
    async with shop() as s:
        await held(s)
        if how != "Let it go":
            s.hand.tap("Back to the sale")
            await s.hand.sees("Held: take it, or let it go", "Finish the claim")
        s.hand.tap(f"Remove {MUG}" if how == "Remove" else how)
        await until(lambda: mugs(s) == ["released"], "the reward stays held")
        assert s.customer()["points"] == 2480


async def test_perxs_own_sentence_says_why_a_second_one_is_not_to_be_had(shop):
    async with shop() as s:
        await held(s)
        s.hand.tap("Take it")
        await s.hand.sees("It is the customer's")
        s.hand.tap("The customer keeps it")
        s.hand.tap("Rewards")
        await until(lambda: bool(s.state.panel and s.state.panel.shelf and s.state.panel.shelf.rewards), "no shelf")
        assert (MUG, "Perx says: No rewards available for this account") in _whole_shelf(s)


async def test_a_refusal_takes_no_points_and_says_so(shop):
    async with shop() as s:
        await shelf(s)
        choose(s, "Partner cinema code")
        s.hand.tap("Free")
        await s.hand.sees("Not claimed: Partner cinema code", "This reward is not available now.", "PX-008")
        await s.hand.sees("No points have left.", "No voucher code available")
        s.hand.tap("All rewards")
        await s.hand.sees("Can be claimed")


async def test_dropped_answers_of_both_calls_are_found_and_nothing_happens_twice(shop):
    async with shop() as s:
        await shelf(s)
        s.practice.fault({**fault("POST", RESERVE, "drop_after"), "times": 1},
                         {**fault("PATCH", CONFIRM, "drop_after"), "times": 1})  # fmt: skip
        choose(s, MUG)
        await s.hand.sees("2,480 points now, 2,180 after")
        s.hand.tap("300 points")
        await s.hand.sees(f"Held for the customer: {MUG}")
        s.hand.tap("Take it")
        await s.hand.sees(f"It is the customer's: {MUG}")
        assert (mugs(s), s.customer()["points"]) == (["issued"], 2180)


async def test_a_taking_that_never_reached_perx_is_refused_when_sure_and_let_go(shop):
    async with shop() as s:
        await held(s)
        s.practice.fault({**fault("PATCH", CONFIRM, "drop_before"), "times": 1})
        s.hand.tap("Take it")
        await s.hand.sees(f"No answer yet: {MUG}", "Do not claim it again.")
        await s.hand.sees(f"Not claimed: {MUG}", "No points have left.")
        await until(lambda: mugs(s) == ["released"], "the reward stays held")
        assert s.customer()["points"] == 2480


async def test_without_perx_the_shelf_says_why_and_a_held_reward_waits(shop):
    async with shop() as s:
        await held(s)
        s.practice.kill()
        s.hand.tap("Take it")
        await s.hand.sees(f"Not claimed: {MUG}", "Perx cannot be reached.")
        assert s.state.sale.claim.state is ClaimState.NOT_NOW
        s.scan(s.known[0])
        await s.hand.sees("Offline", "This sale")
        s.hand.tap("Rewards")
        await s.hand.sees("Rewards need Perx: what is left of them is known there only.")
        s.practice.start()
        await until(lambda: mugs(s) == ["released"], "the reward stays held")


async def test_a_held_reward_is_there_after_a_crash_and_can_be_taken(shop):
    async with shop() as s:
        await held(s)
        await until(lambda: not s.counter.till.is_busy, "it is never written down")
        await s.close()
        await s.open()
        await s.hand.sees("Held: take it, or let it go")
        s.hand.tap("Finish the claim")
        await s.hand.sees(f"Held for the customer: {MUG}")
        s.hand.tap("Take it")
        await s.hand.sees("300 points have left.")
        assert (mugs(s), s.customer()["points"]) == (["issued"], 2180)
