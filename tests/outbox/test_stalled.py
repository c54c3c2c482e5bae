"""A disk that stalls between a decision and its record: what the counter did not hear of still finds a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from outbox_bench import bench, checkout, hold, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.entries import EntryState
from pos_app.outbox import claims, rows

DONE, REFUSED, WAITING, ATTENTION = EntryState.DONE, EntryState.REFUSED, EntryState.WAITING, EntryState.ATTENTION


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def stall(monkeypatch, till, module, name: str, seconds: float) -> None:
    """The disk takes so long for each of these writes from now on."""
    write = getattr(module, name)

    def slow(*args):
        done = write(*args)
        if not isinstance(done, claims.Claimed) or done.work:
            till.clock.now_s += seconds
        return done

    monkeypatch.setattr(module, name, slow)


@pytest.mark.fault("row 15")
@pytest.mark.parametrize(("stall_s", "state"), [(0, REFUSED), (2, REFUSED), (7, ATTENTION), (600, ATTENTION)])
@pytest.mark.parametrize("answer", ["refused", "offline"])
def test_a_refusal_of_what_was_claimed_in_time_but_sent_late_goes_to_a_person(
    path, monkeypatch, stall_s, state, answer
):
    """After 8 s the counter has said that it is saved, and serves the next customer."""

    async def scene():
        async with bench(path) as till:
            stall(monkeypatch, till, claims, "claim", stall_s)
            till.server.script[Ref("X")] = [answer]
            await till.put(checkout("X"))
            await till.settled()
            expected = state if answer == "refused" or state is REFUSED else WAITING
            assert await till.state("X") is expected

    run(scene)


@pytest.mark.parametrize(("stall_s", "state"), [(0, REFUSED), (3, REFUSED), (7, WAITING), (20, WAITING)])
def test_what_is_refused_behind_another_while_the_disk_stalls_waits_when_the_counter_has_moved_on(
    path, monkeypatch, stall_s, state
):
    async def scene():
        async with bench(path) as till:
            till.outbox.pause(True)
            till.server.script[Ref("A")] = ["offline"] * 100
            stall(monkeypatch, till, rows, "apply", stall_s)
            await till.put(sale("A"), checkout("X"))
            await till.settled()
            assert await till.state("X") is state
            assert [what for ref, what in till.told if ref == "X"][-1] is state, "the counter hears something else"
            monkeypatch.undo()
            till.server.script.clear()
            till.outbox.pause(False)
            till.outbox.kick()
            await till.pass_s(100)
            assert await till.state("X") is (DONE if state is WAITING else REFUSED)
            assert till.server.sends[-2:] == ["A", "X"] or state is REFUSED

    run(scene)


def test_a_hold_that_is_refused_while_the_disk_stalls_stays_refused(path, monkeypatch):
    """Its row stands in the open sale, whenever the answer comes."""

    async def scene():
        async with bench(path) as till:
            stall(monkeypatch, till, claims, "claim", 60)
            till.server.script[Ref("H")] = ["offline"]
            await till.put(hold("H"))
            await till.settled()
            assert (await till.state("H"), await till.outbox.holds()) == (REFUSED, [])

    run(scene)
