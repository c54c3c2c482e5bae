"""Points given by hand: a supervisor agrees, Perx has them once, the report names both, and history takes them back."""

from __future__ import annotations

import pytest
from journey_faults import fault
from test_shift import pages, to_shift

from pos_app.outbox import Journal
from pos_app.tour.hand import until

MAI, NOOR = "POS:STAFF:PRACTICE-MAI", "POS:STAFF:PRACTICE-NOOR"
REQUIRED = {"sign_on": "required"}
QUICK = {"settle_after_s": 1.0, "retry_base_s": 0.1, "retry_cap_s": 1.0}
MOVES = ("POST", "/v4/pos/loyalty_transactions")


async def to_points(s) -> None:
    s.scan(s.known[0])
    await s.hand.sees("2,480", "can be used now")
    s.hand.tap("Menu")
    s.hand.tap("Customers")
    await s.hand.sees("Points by hand")
    s.hand.tap("Points by hand")
    await s.hand.sees("How many points?")


async def give(s, *keys: str) -> None:
    """Typed, a reason chosen, and approved by badge."""
    s.keys(*keys)
    s.hand.tap("Give points")
    await s.hand.sees("Who approves it?", "Ravi K.")
    s.hand.tap("To make up for a mistake")
    s.scan(NOOR)


def moves(s) -> list[int]:
    return [one["points"] for one in s.ledger["loyalty_transactions"] if one["customer_identifier"] == s.known[0]]


async def journal(s) -> list:
    await until(lambda: not s.counter.till.is_busy, "the till never came to rest")
    return [one for one in await Journal(s.counter.outbox._db).recent(200) if one.what == "points given by hand"]


async def test_points_are_given_with_an_approval_stand_in_the_report_and_are_taken_back(shop):
    async with shop("Who are you?", people=REQUIRED, outbox=QUICK) as s:
        s.scan(MAI)
        await s.hand.sees("Ready to scan")
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001")
        s.hand.tap("Back to the sale")
        before = moves(s)
        await to_points(s)
        s.keys("9", "9", "9", "9")
        await s.hand.sees("too many", "At most 1,000 at once.")
        s.hand.tap("Clear")
        s.keys("1", "2", "0")
        s.hand.tap("Give points")
        await s.hand.sees("Give 120 points?", "Who approves it?")
        s.hand.tap("To make up for a mistake")
        s.scan(MAI)
        await s.hand.sees("This badge may not approve here.")
        assert moves(s) == before
        s.scan(NOOR)
        await s.hand.sees("Points by hand", "Perx has given the points.", "+120", "Slip ready")
        assert moves(s) == [*before, 120]
        [note] = await journal(s)
        assert (note.person, note.facts["approved_by"], note.facts["why"], note.facts["points"]) == (
            "Mai A.", "Noor H.", "To make up for a mistake", 120)  # fmt: skip
        s.hand.tap("Back")
        await to_shift(s)
        said = await pages(s)
        for words in ("Points given by hand, Mai A., approved by Noor H.", "Of these by hand, +120"):
            assert words in said, words
        assert s.state.shift.report.sales.count == 0
        s.hand.tap("Back to the sale")
        s.hand.tap("Menu")
        s.hand.tap("Earlier sales")
        await s.hand.sees("+120 points by hand")
        s.hand.tap(s.state.panel.records[0].sold.astimezone().strftime("%H:%M"))
        await s.hand.sees("Reverse")
        s.hand.tap("Reverse")
        await s.hand.sees("Reverse the sale?", "Points that the customer loses: 120.")
        s.hand.tap("It was rung up wrongly")
        s.scan(NOOR)
        await s.hand.sees("Perx confirmed each part", "−120", within_s=40)
        assert moves(s) == [*before, 120, -120]


@pytest.mark.fault("FM-01")
async def test_a_lost_answer_gives_the_points_once(shop):
    async with shop(outbox=QUICK) as s:
        before = moves(s)
        await to_points(s)
        s.practice.fault(fault(*MOVES, "drop_after", 1))
        await give(s, "5", "0")
        await s.hand.sees("Perx has given the points.", "+50", within_s=40)
        assert moves(s) == [*before, 50]


@pytest.mark.fault("FM-13")
async def test_without_perx_the_points_wait_and_are_given_once(shop):
    async with shop(outbox=QUICK) as s:
        before = moves(s)
        await to_points(s)
        s.practice.kill()
        await give(s, "5", "0")
        await s.hand.sees("Written down on this till", "+50", "Slip ready")
        await s.close()
        await s.open()  # as after a crash
        s.practice.start()
        await until(lambda: not s.state.backlog.waiting, "it was never delivered")
        assert moves(s) == [*before, 50]


async def test_points_are_not_given_by_hand_where_the_shop_gives_none(shop):
    async with shop(members={"points_by_hand": 0}) as s:
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.hand.tap("Menu")
        s.hand.tap("Customers")
        await s.hand.sees("New member")
        assert "Points by hand" not in s.hand.said()
