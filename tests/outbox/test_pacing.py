"""After an outage: a thousand tills do not begin in the same second, nor all at full speed."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbox_bench import Clock, Server, bench, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import NotSent, RedeemVoucher, Refused
from pos_app.domain.entries import EntryState
from pos_app.outbox import Pace
from pos_app.outbox.pacing import LONGEST_WAIT_S, Ramp, Throttle

TILLS, ENTRIES, ANSWER_MS, MOST = 1000, 30, 100, 3


@given(st.floats(0, 1e7), st.integers(0, 2**40), st.integers(0, 2**32))
def test_the_wait_is_bounded_and_never_longer_than_a_tenth_of_the_outage(outage_s, now_ms, seed):
    ramp = Ramp(MOST, random.Random(seed))
    ramp.after_outage(outage_s, now_ms)
    assert 0 <= ramp.not_before_ms - now_ms <= 1000 * min(LONGEST_WAIT_S, outage_s / 10)
    assert ramp.places == 1


@given(st.lists(st.booleans(), max_size=60))
def test_there_is_always_a_place_and_never_more_than_the_most(answers):
    ramp = Ramp(MOST, random.Random(1))
    ramp.after_outage(60, 0)
    for is_well in answers:
        (ramp.went_well if is_well else ramp.went_badly)()
        assert 1 <= ramp.places <= MOST
    for _ in range(MOST * MOST):
        ramp.went_well()
    assert ramp.places == MOST


def rush(paced: bool) -> Counter[int]:
    """Requests by second after an outage of ten minutes, over all tills; each answer takes 100 ms."""
    by_second: Counter[int] = Counter()
    dice = random.Random(11)
    for _ in range(TILLS):
        ramp = Ramp(MOST, dice)
        if paced:
            ramp.after_outage(600, 0)
        left, now_ms, busy = ENTRIES, ramp.not_before_ms, []
        while left or busy:
            while left and len(busy) < ramp.places:
                by_second[now_ms // 1000] += 1
                heapq.heappush(busy, now_ms + ANSWER_MS)
                left -= 1
            now_ms = heapq.heappop(busy)
            ramp.went_well()
    return by_second


def test_a_thousand_tills_do_not_stampede():
    at_once, paced = rush(False), rush(True)
    assert sum(at_once.values()) == sum(paced.values()) == TILLS * ENTRIES
    assert max(paced.values()) * 10 < max(at_once.values())


@pytest.mark.parametrize("outage_s", [0.5, 600])
def test_what_waited_goes_one_at_a_time_at_first_and_all_of_it_in_the_end(tmp_path: Path, outage_s: float):
    async def scene():
        async with bench(tmp_path / "till.db") as till:
            till.outbox.pause(True)
            await till.put(*(sale(f"S{n}", f"C-{n}") for n in range(12)))
            await till.pass_s(outage_s)
            assert till.server.sends == []
            till.server.gates = {Ref(f"S{n}"): asyncio.Event() for n in range(12)}
            till.outbox.pause(False)
            till.outbox.kick()
            await till.pass_s(LONGEST_WAIT_S)
            assert len(till.server.sends) == 1
            for gate in till.server.gates.values():
                gate.set()
            await till.pass_s(5)
            assert len(till.server.sends) == 12
            assert till.server.most_at_work <= MOST

    run(scene)


@pytest.mark.parametrize("answer", [Refused("SALE-05"), NotSent("NET-01"), None])
def test_what_perx_was_not_asked_does_not_end_the_stop(answer):
    throttle = Throttle(Pace())
    throttle.learn(NotSent("KEY-01", stop=True), 0)
    throttle.learn(answer, 1000)
    assert not throttle.is_open
    assert throttle.quiet_until_ms(1000) is not None
    throttle.learn(Refused("PX-003"), 1000)
    assert throttle.is_open


@pytest.mark.parametrize("answer", ["busy:20", "stop"])
def test_a_run_that_begins_anew_after_the_clock_was_set_back_waits_for_no_old_moment(tmp_path: Path, answer: str):
    async def scene() -> None:
        clock = Clock()
        server = Server(clock)
        async with bench(tmp_path / "till.db", clock, server, deliver=False) as till:
            for set_by_s in (0, -6 * 3600):
                clock.set_by_s = set_by_s
                server.script[Ref("A")] = [answer]
                runner = asyncio.create_task(till.outbox.run(server.send, server.read_back))
                await till.put(sale("A" if not set_by_s else "B", f"C{set_by_s}"))
                await till.pass_s(1 if not set_by_s else 200)
                runner.cancel()
                await asyncio.wait({runner})
            assert [await till.state(ref) for ref in "AB"] == [EntryState.DONE] * 2

    run(scene)


def test_one_entry_that_alone_is_refused_the_credentials_holds_up_no_other(tmp_path: Path):
    async def scene() -> None:
        async with bench(tmp_path / "till.db") as till:
            till.server.script[Ref("R")] = ["stop"] * 1000
            await till.put(RedeemVoucher(ref=Ref("R"), identifier="C-9", voucher_id=7, sale=Ref("S")))
            await till.pass_s(1)
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(3)))
            await till.pass_s(600)
            assert [await till.state(f"A{n}") for n in range(3)] == [EntryState.DONE] * 3
            assert till.server.sends.count(Ref("R")) > 3, "it is tried as well"

    run(scene)
