"""What becomes of one entry: each row of the state machine, on a real file with time moved by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from outbox_bench import Clock, Server, bench, checkout, hold, release, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Done, Refused
from pos_app.domain.entries import EntryState

DONE, REFUSED, WAITING = EntryState.DONE, EntryState.REFUSED, EntryState.WAITING
CHECKING, ATTENTION, SENDING = EntryState.CHECKING, EntryState.ATTENTION, EntryState.SENDING


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def test_a_sale_is_told_of_at_each_durable_step_and_done_once(path):
    async def scene():
        async with bench(path) as till:
            entry = await till.outbox.put(sale("A"))
            assert entry.state is WAITING
            assert till.told == [("A", WAITING)]
            await till.settled()
            assert till.told == [("A", WAITING), ("A", SENDING), ("A", DONE)]
            done = await till.outbox.entry(Ref("A"))
            assert (done.answer, done.tries, done.command) == ({"points": 5}, 1, sale("A"))
            assert done.settled_at == till.clock.wall()
            assert till.server.sends == ["A"]

    run(scene)


def test_the_same_reference_again_gives_the_first_entry(path):
    async def scene():
        async with bench(path) as till:
            first = await till.outbox.put(sale("A"))
            await till.settled()
            again = await till.outbox.put(sale("A", amount_minor=5))
            assert (again.id, again.state, again.command) == (first.id, DONE, sale("A"))
            assert till.server.sends == ["A"]

    run(scene)


@pytest.mark.fault("row 6")
def test_what_can_wait_is_retried_with_a_growing_bounded_back_off(path):
    async def scene():
        async with bench(path, retry_base_s=1, retry_cap_s=60) as till:
            till.server.script[Ref("A")] = ["offline"] * 9
            await till.put(sale("A"))
            await till.settled()
            waiting = await till.outbox.entry(Ref("A"))
            assert (waiting.state, waiting.problem) == (WAITING, "NET-01")
            await till.pass_s(9 * 60)
            assert await till.state("A") is DONE
            assert len(till.server.effects["A"]) == 1

    run(scene)


@pytest.mark.parametrize("make", [lambda: hold("A"), lambda: checkout("A")])
def test_what_a_person_waits_for_is_refused_when_it_cannot_be_sent(path, make):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["offline"]
            await till.put(make())
            await till.settled()
            entry = await till.outbox.entry(Ref("A"))
            assert (entry.state, entry.problem) == (REFUSED, "NET-01")
            assert await till.outbox.holds() == []
            await till.pass_s(300)
            assert till.server.sends == ["A"]

    run(scene)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_checkout_that_the_counter_was_told_is_saved_waits_for_the_line(path, by_hand):
    """The discount was given: a resend, or a supervisor's, that finds no line must not end the sale in silence."""

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped", "offline", "offline"]
            till.server.look_script[Ref("A")] = ["person"] if by_hand else []
            await till.put(checkout("A", vouchers=(7,)))
            await till.pass_s(70)
            if by_hand:
                assert await till.state("A") is ATTENTION
                await till.outbox.settle_by_hand(Ref("A"), WAITING, "the till", "again", "Noor")
            await till.pass_s(300)
            assert await till.state("A") is DONE
            assert len(till.server.effects["A"]) == 1

    run(scene)


def test_a_checkout_that_has_waited_behind_another_is_not_refused_when_the_line_goes(path):
    """After some seconds the counter is told that it is saved; what was put only just before is still refused."""

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["", "", "", "", "", *["cannot"] * 3]
            await till.put(sale("A"))
            await till.settled()
            await till.put(checkout("B", vouchers=(7,)))
            await till.pass_s(60)
            assert await till.state("B") is WAITING
            await till.put(checkout("C", vouchers=(8,)))
            await till.pass_s(2)
            while await till.state("C") is WAITING:
                await till.pass_s(2)
            assert await till.state("C") is REFUSED
            await till.pass_s(300)
            assert await till.state("B") is DONE

    run(scene)


def test_a_refusal_of_what_waited_for_its_first_send_goes_to_a_person(path):
    """The counter was told that it is saved, and printed the slip: nobody there hears of the refusal."""

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = [Refused("PX-007", "not active")]
            till.outbox.pause(True)
            await till.put(sale("A"))
            await till.pass_s(9)
            till.outbox.pause(False)
            await till.pass_s(60)
            assert await till.state("A") is ATTENTION

    run(scene)


@pytest.mark.fault("FM-01", "row 18")
@pytest.mark.parametrize("late_s", [0, 2, 30, 59])
def test_a_lost_answer_is_found_however_late_it_takes_effect(path, late_s):
    """FM-01, faults 18: no resend before the server has had its time."""

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = [f"lost:{late_s}"]
            await till.put(sale("A"))
            await till.settled()
            assert await till.state("A") is CHECKING
            await till.pass_s(200)
            assert await till.state("A") is DONE
            assert till.server.sends == ["A"]

    run(scene)


@pytest.mark.fault("FM-01")
def test_look_ups_follow_the_table_and_only_then_the_same_reference_goes_again(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            await till.put(sale("A"))
            await till.pass_s(59.9)
            assert [age_s for _, age_s in till.server.looks] == [1, 3, 8, 20, 40]
            assert till.server.sends == ["A"]
            await till.pass_s(0.2)
            assert till.server.looks[-1] == ("A", 60)
            assert till.server.sends == ["A", "A"]
            assert await till.state("A") is DONE
            assert len(till.server.effects["A"]) == 1

    run(scene)


def test_a_hold_that_is_not_found_is_refused_and_let_go(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("H")] = ["dropped"]
            await till.put(hold("H"))
            await till.pass_s(59)
            assert [one.voucher_id for one in await till.outbox.holds()] == [7]
            await till.pass_s(2)
            assert await till.state("H") is REFUSED
            assert await till.outbox.holds() == []
            assert till.server.sends == ["H"]

    run(scene)


@pytest.mark.fault("FM-01")
def test_a_failing_look_up_never_leads_to_a_resend(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["lost"]
            till.server.look_script[Ref("A")] = ["cannot"] * 20
            await till.put(sale("A"))
            await till.pass_s(300)
            assert till.server.sends == ["A"]
            assert await till.state("A") is CHECKING
            await till.pass_s(1200)
            assert await till.state("A") is DONE
            assert till.server.sends == ["A"]

    run(scene)


@pytest.mark.fault("FM-05", "row 15")
def test_an_entry_that_is_lost_too_often_goes_to_a_person(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"] * 50
            await till.put(sale("A"))
            await till.pass_s(3600)
            assert await till.state("A") is ATTENTION
            assert till.server.sends == ["A"] * 6

    run(scene)


@pytest.mark.fault("row 37")
def test_unforeseen_errors_are_reported_and_nothing_is_sent_twice(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["boom"]
            till.server.look_script[Ref("A")] = ["boom"]
            await till.put(sale("A"), sale("B", "C-2"))
            await till.settled()
            assert (await till.state("A"), await till.state("B")) == (CHECKING, DONE)
            await till.pass_s(70)
            assert await till.state("A") is DONE
            assert [type(one["exception"]) for one in till.problems] == [ZeroDivisionError, ZeroDivisionError]

    run(scene)


@pytest.mark.fault("row 37")
def test_a_listener_that_fails_does_not_end_the_delivery(path):
    async def scene():
        async with bench(path) as till:
            till.outbox._on_change = lambda entry: 1 // 0
            await till.put(sale("A"))
            await till.settled()
            assert await till.state("A") is DONE
            assert len(till.problems) == 3

    run(scene)


def test_holds_are_taken_with_the_command_and_freed_with_the_release_or_the_checkout(path):
    async def scene():
        async with bench(path) as till:
            await till.outbox.put(hold("H1", 7))
            await till.put(hold("H2", 8), hold("H3", 9))
            assert [one.voucher_id for one in await till.outbox.holds()] == [7, 8, 9]
            await till.settled()
            till.server.script[Ref("X1")] = ["refused"]
            await till.put(release("R", 8), checkout("X1", vouchers=(7, 9)))
            await till.settled()
            assert [one.voucher_id for one in await till.outbox.holds()] == [7, 9]
            await till.put(checkout("X2", vouchers=(7,)))
            await till.settled()
            assert [one.voucher_id for one in await till.outbox.holds()] == [9]
            await till.outbox.free_hold(9, "it ended")
            assert await till.outbox.holds() == []

    run(scene)


def test_a_till_knows_which_holds_it_has_asked_for(path):
    """A release that is sent again asks for those after itself; one that only waits is nothing at Perx yet."""

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("H1")] = ["dropped"]
            await till.put(hold("H1"), hold("H2"))
            await till.settled()
            first = await till.outbox.entry(Ref("H1"))
            assert await till.outbox.asked_hold(7)
            assert not await till.outbox.asked_hold(7, first.id)
            await till.pass_s(100)
            assert await till.state("H1") is REFUSED
            assert await till.outbox.asked_hold(7, first.id)
            assert not await till.outbox.asked_hold(8)

    run(scene)


def test_a_second_hold_that_is_refused_leaves_the_first_in_place(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("H2")] = ["refused"]
            await till.put(hold("H1"), hold("H2"))
            await till.settled()
            assert len(await till.outbox.holds()) == 1
            await till.put(release("R"), hold("H3"))
            await till.settled()
            assert len(await till.outbox.holds()) == 1

    run(scene)


@pytest.mark.fault("FM-16", "row 5")
@pytest.mark.parametrize("ahead", [+365 * 86400, -86400, +50, -3600])
@pytest.mark.parametrize("look", ["", "cannot"])
def test_a_clock_set_while_the_till_was_off_neither_resends_early_nor_waits_for_ever(path, ahead, look):
    """Faults 5: the quiet time is measured anew by the clock that nobody can set."""
    clock = Clock()
    server = Server(clock)

    async def first():
        async with bench(path, clock, server) as till:
            server.gates[Ref("A")] = asyncio.Event()
            await till.put(sale("A"))
            await till.settled()
            assert await till.state("A") is SENDING

    async def second():
        clock.set_by_s = ahead
        server.gates.clear()
        server.look_script[Ref("A")] = [look] * 2
        async with bench(path, clock, server) as till:
            await till.settled()
            assert till.told[0] == ("A", CHECKING)
            await till.pass_s(59)
            assert server.sends == ["A"]
            await till.pass_s(2)
            assert await till.state("A") is DONE
            assert len(server.effects["A"]) == 1

    run(first)
    run(second)


@pytest.mark.fault("FM-16", "row 5")
@pytest.mark.parametrize("ahead", [+10 * 86400, -10 * 86400])
def test_a_clock_set_while_it_waits_changes_nothing(path, ahead):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.script[Ref("B")] = ["offline"]
            await till.put(sale("A"), sale("B", "C-2"))
            await till.settled()
            till.clock.set_by_s = ahead
            await till.pass_s(59)
            assert till.server.sends.count(Ref("A")) == 1
            assert await till.state("B") is DONE
            await till.pass_s(2)
            assert await till.state("A") is DONE

    run(scene)


@pytest.mark.fault("row 5")
def test_a_back_off_from_a_clock_that_was_ahead_is_capped_at_the_next_start(path):
    clock = Clock()
    server = Server(clock)

    async def first():
        clock.set_by_s = 365 * 86400
        async with bench(path, clock, server) as till:
            server.script[Ref("A")] = ["offline"]
            await till.put(sale("A"))
            await till.settled()

    async def second():
        clock.set_by_s = 0
        async with bench(path, clock, server) as till:
            await till.pass_s(60)
            assert await till.state("A") is DONE

    run(first)
    run(second)


@pytest.mark.fault("row 3", "row 39")
def test_a_till_that_ends_while_sending_looks_it_up_at_the_next_start(path):
    """Faults 3: killed after the request, before the answer was written down."""
    clock = Clock()
    server = Server(clock)

    async def first():
        async with bench(path, clock, server) as till:
            for name in ("A", "B"):
                server.gates[Ref(name)] = asyncio.Event()
            await till.put(sale("A"), sale("B", "C-2"), sale("C"), hold("H"))
            await till.settled()
            assert await till.state("C") is WAITING
            server.effects[Ref("A")].append(clock.now_s)  # it took effect; the answer never came

    async def second():
        server.gates.clear()
        async with bench(path, clock, server) as till:
            await till.settled()
            assert [await till.state(ref) for ref in "ABCH"] == [DONE, CHECKING, DONE, DONE]
            await till.pass_s(61)
            assert {ref: len(at) for ref, at in server.effects.items()} == dict.fromkeys("ABCH", 1)
            assert (await till.outbox.entry(Ref("A"))).sent_at is not None

    run(first)
    run(second)


def test_a_cancelled_put_leaves_the_entry_whole_and_told_of(path):
    async def scene():
        async with bench(path) as till:
            putting = asyncio.create_task(till.outbox.put(sale("A")))
            await asyncio.sleep(0)
            putting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await putting
            await till.settled()
            assert till.told == [("A", WAITING), ("A", SENDING), ("A", DONE)]

    run(scene)


@pytest.mark.fault("row 45")
def test_an_answer_from_outside_is_bounded_and_cannot_break_the_queue(path):
    big = Done({"big": "y" * 100_000, "nan": float("nan"), "set": {1}, "points": 3})

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = [big]
            till.server.script[Ref("B")] = [Refused("PX-000", "\ud800" + "x" * 5000)]
            await till.put(sale("A"), sale("B"))
            await till.settled()
            assert (await till.outbox.entry(Ref("A"))).answer == {"cut": True, "points": 3}
            refused = await till.outbox.entry(Ref("B"))
            assert (refused.state, len(refused.said)) == (REFUSED, 300)
            with pytest.raises(ValueError, match="at most"):
                await till.put(sale("C", "x" * 100_000))
            assert await till.outbox.entry(Ref("C")) is None

    run(scene)
