"""A shift that only a supervisor closes: asked for at the window and on the command line, by the same policy."""

from __future__ import annotations

import json

from journey_faults import fault
from program import config, finish, start
from test_shift import MAI, SALES, sell, to_shift

from pos_app.outbox import Journal
from pos_app.tour.hand import until

NOOR = "POS:STAFF:PRACTICE-NOOR"
POLICY = {"people": {"sign_on": "required"}, "shift": {"close_approval": True}}


async def closing(s) -> tuple[str, dict]:
    """Who closed the shift, and what the journal says of it."""
    await until(lambda: not s.counter.till.is_busy, "the till never came to rest")
    notes = [one for one in await Journal(s.counter.outbox._db).recent(200) if one.what == "shift closed"]
    assert len(notes) == 1
    return notes[0].person, notes[0].facts


async def test_a_cashier_asks_a_supervisor_once_also_when_something_waits(shop):
    async with shop("Who are you?", **POLICY) as s:
        s.scan(MAI)
        await s.hand.sees("Ready to scan")
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001", "A supervisor approves it.")
        s.hand.tap("Back to the sale")
        await sell(s, 0, "1", "2", "00")
        s.practice.fault(fault(*SALES, None, code=429, headers={"Retry-After": "300"}))
        s.scan(s.known[1])
        await s.hand.sees("can be used now")
        s.keys("7", "00")
        s.hand.tap("Complete")
        await until(lambda: s.state.sale.phase.value == "done", "the counter never went on")
        s.hand.tap("Next customer")
        await to_shift(s)
        s.hand.tap("Close shift (Z)")
        await s.hand.sees("Close the shift?", "Noor H.", "Ravi K.")
        s.hand.tap("Back, change nothing")
        await s.hand.sees("The shift stays open.")
        s.hand.tap("Close shift (Z)")
        await s.hand.sees("Close the shift?")
        s.hand.tap("The shift is over")
        s.scan(MAI)
        await s.hand.sees("This badge may not approve here.")
        assert s.state.shift.open is not None
        s.hand.tap("Noor H.")
        s.keys(*"4729")
        s.hand.tap("Close the shift")
        await s.hand.sees("Close this shift?", "1 entry is not sent yet")
        s.hand.tap("Close the shift")
        await s.hand.sees("The shift is closed", "Z-0001", "Noor H.")
        assert (s.state.shift.report.closed_by, s.state.shift.report.approved_by) == ("Mai A.", "Noor H.")
        person, facts = await closing(s)
        assert (person, facts["approved_by"], facts["why"]) == ("Mai A.", "Noor H.", "The shift is over")


async def test_a_supervisor_who_is_signed_on_closes_it_alone(shop):
    async with shop("Who are you?", **POLICY) as s:
        s.scan(NOOR)
        await s.hand.sees("Ready to scan")
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001", "Lists what is not yet sent.")
        s.hand.tap("Close shift (Z)")
        await s.hand.sees("The shift is closed", "Z-0001")
        person, facts = await closing(s)
        assert (person, "approved_by" in facts) == ("Noor H.", False)


async def test_the_command_line_is_no_way_round_it(shop):
    async with shop(shift={"close_approval": True}) as s:
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001")

        async def close(*words: str, pin: str = "") -> dict:
            where = ["--config", config(s.practice, s.data, "[shift]\nclose_approval = true\n")]
            child = start("shift", "z", "--by", "Mai A.", *words, *where, "--data", str(s.data / "till"), "--json",
                          env=s.practice.secrets, typed=pin)  # fmt: skip
            await until(lambda: child.poll() is not None, "shift z never ended")
            return json.loads(finish(child)[1])

        assert (await close())["problem"] == "SHF-06"
        assert (await close("--approved-by", "Mai A.", pin="5917\n"))["problem"] == "PIN-11"
        assert (await close("--approved-by", "Noor H.", pin="1111\n"))["problem"] == "PIN-01"
        await s.close()
        assert (await close())["problem"] == "SHF-06", "the data file of a closed till is no way round it either"
        await s.open()
        told = await close("--approved-by", "Noor H.", pin="4729\n")
        assert (told["report"]["closed_by"], told["report"]["approved_by"]) == ("Mai A.", "Noor H.")
        assert (await closing(s))[1]["approved_by"] == "Noor H."
