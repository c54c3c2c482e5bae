"""What the machine cannot decide, a person does: on the real screen, with a PIN and a reason, against Perx's ledger."""

from __future__ import annotations

import logging

import pytest
from journey_faults import fault

from pos_app.domain.codes import show_ref
from pos_app.domain.entries import EntryState
from pos_app.outbox import Journal
from pos_app.tour.hand import until

SALES = "/v4/pos/transactions"
QUICK = {"settle_after_s": 1.0, "retry_base_s": 0.1, "retry_cap_s": 1.0}
LOSSES = 6
WRONG = "91746058"


async def a_lost_sale(s) -> str:
    """A sale that never reaches Perx, sent as often as the till dares; its reference."""
    s.scan(s.known[1])
    await s.hand.sees("can be used now")
    s.keys("1", "2", "00")
    s.practice.fault(fault("POST", SALES, "drop_before", LOSSES))
    s.hand.tap("Complete")
    await s.hand.sees("No answer yet")
    await s.hand.sees("Needs attention", "A supervisor decides", within_s=60)
    ref = s.record.ref
    s.hand.tap("Next customer")
    await s.hand.sees("1 needs you")
    return ref


async def journal(s, ref: str) -> list[tuple[str, dict]]:
    notes = await Journal(s.counter.outbox._db).of_ref(ref)
    return [(one.person, one.facts) for one in notes if one.what == "settled by hand"]


async def state(s, ref: str) -> EntryState:
    return (await s.counter.outbox.entry(ref)).state


@pytest.mark.fault("FM-05")
async def test_a_lost_sale_is_checked_and_then_sent_again_with_a_supervisors_pin(shop):
    async with shop(outbox=QUICK) as s:
        ref = await a_lost_sale(s)
        s.hand.tap("1 needs you")
        await s.hand.sees("Does Perx have this sale?", "Perx shows no trace", "Any supervisor, here", show_ref(ref))
        assert not s.ledger["transactions"]

        s.hand.tap("Check with Perx")
        await s.hand.sees("Looked up again by hand", "Check again now")
        await s.hand.sees("Waiting for a person", "Check with Perx")
        assert not s.ledger["transactions"], "a check changes nothing"

        s.hand.tap("Send again")
        await s.hand.sees("If the first one did go through, the customer gets the points twice.", "Noor H.", "Ravi K.")
        s.hand.tap("Perx shows no such sale")
        s.hand.tap("Noor H.")
        s.keys("9", "1", "7", "4")
        s.hand.tap("Send again")
        await s.hand.sees("That PIN is not right.")
        assert not s.ledger["transactions"]
        s.keys("4", "7", "2", "9")
        s.hand.tap("Send again")
        await s.hand.sees("Closed: done", "Sent again, approved by Noor H.: Perx shows no such sale")
        s.sale(ref)
        assert len(s.ledger["transactions"]) == 1
        lost = {"problem": "NET-02"}
        assert await journal(s, ref) == [
            ("the till", {"was": "attention", "is": "checking", "why": "check with Perx", **lost}),
            (
                "the till",
                {
                    "was": "attention",
                    "is": "waiting",
                    "why": "Perx shows no such sale",
                    "approved_by": "Noor H.",
                    **lost,
                },
            ),
        ]
        s.hand.tap("Back")
        await s.hand.sees("Ready to scan", "All ready")


async def test_a_lost_sale_is_marked_as_done_by_a_badge_and_never_sent(shop):
    async with shop(outbox=QUICK) as s:
        ref = await a_lost_sale(s)
        s.hand.tap("1 needs you")
        await s.hand.sees("Does Perx have this sale?")
        s.hand.tap("Mark as done")
        await s.hand.sees("if it is not, the customer never gets its points", "Who approves it?")
        s.scan("POS:STAFF:PRACTICE-RAVI")
        await s.hand.sees("Choose a reason first.")
        assert await state(s, ref) is EntryState.ATTENTION
        s.hand.tap("Another reason")
        for key in ("O", "K", "Space"):
            s.hand.tap(key)
        s.keys("7")
        s.hand.tap("Use this reason")
        s.scan("POS:STAFF:PRACTICE-NOBODY")
        await s.hand.sees("This badge may not approve here.")
        s.scan("POS:STAFF:PRACTICE-RAVI")
        await s.hand.sees("Closed by a person", "Marked as done, approved by Ravi K.: OK 7")
        await s.hand.sees("A supervisor marked this as done. Perx itself did not say so.")
        assert "(NET-02)" not in s.hand.said()
        assert await state(s, ref) is EntryState.DONE
        [(_, facts)] = await journal(s, ref)
        assert (facts["why"], facts["approved_by"]) == ("OK 7", "Ravi K.")
        assert not s.ledger["transactions"]


@pytest.mark.fault("row 41")
async def test_wrong_pins_make_wait_across_a_restart_and_a_scan_goes_back_to_selling(shop, caplog):
    caplog.set_level(logging.DEBUG)
    async with shop(outbox=QUICK) as s:
        ref = await a_lost_sale(s)
        s.hand.tap("1 needs you")
        await s.hand.sees("Does Perx have this sale?")
        s.hand.tap("Give up")
        await s.hand.sees("Noor H.")
        s.hand.tap("Never happened")
        s.hand.tap("Noor H.")
        for said in ("That PIN is not right.", "That PIN is not right.", "Too many wrong PINs. Wait 0:"):
            s.keys(*WRONG)
            s.hand.tap("Give up")
            await until(lambda: not s.state.panel.ask.busy, "the approval was never looked at")
            await s.hand.sees(said)
        s.scan(s.known[0])
        await s.hand.sees("2,480")
        assert s.state.panel is None
        await s.close()
        await s.open()
        verdict = await s.counter.people.approve("Noor H.", "4729")
        assert verdict.problem == "PIN-02", "a restart ended the wait"
        await s.hand.sees("1 needs you")
        s.hand.tap("1 needs you")
        await s.hand.sees("Does Perx have this sale?")
        s.hand.tap("Give up")
        await s.hand.sees("Noor H.")
        s.hand.tap("Never happened")
        s.scan("POS:STAFF:PRACTICE-NOOR")
        await s.hand.sees("Closed by a person", "Given up, approved by Noor H.: Never happened")
        assert await state(s, ref) is EntryState.REFUSED
        assert not s.ledger["transactions"]
        wrong = [one for one in await Journal(s.counter.outbox._db).recent() if one.what == "wrong PIN"]
        assert [one.facts for one in wrong] == [{"in a row": 3}, {"in a row": 2}, {"in a row": 1}]
    assert not [secret for secret in (WRONG, "PRACTICE-NOOR") if secret in caplog.text]
