"""A look-up that fails for ever goes to a person and never leads to a resend; time without Perx does not count."""

from __future__ import annotations

from pathlib import Path

import pytest
from outbox_bench import Clock, Server, bench, checkout, hold, release, run, sale

from pos_app.domain.attention import Act, explain, may
from pos_app.domain.codes import Ref
from pos_app.domain.commands import CannotTell, EarnPoints, RedeemVoucher
from pos_app.domain.entries import EntryState
from pos_app.domain.kinds import KINDS
from pos_app.outbox.pacing import Blindness

DONE, REFUSED, WAITING = EntryState.DONE, EntryState.REFUSED, EntryState.WAITING
CHECKING, ATTENTION = EntryState.CHECKING, EntryState.ATTENTION

COMMANDS = {
    "sale": sale("A"),
    "checkout": checkout("A"),
    "hold": hold("A"),
    "release": release("A"),
    "redeem": RedeemVoucher(ref=Ref("A"), identifier="C-1", voucher_id=7, sale=Ref("S")),
    "earn": EarnPoints(ref=Ref("A"), identifier="C-1", points=5),
}
LONG = 100_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def blind(server: Server, answer: str = "dropped") -> None:
    server.script[Ref("A")] = [answer]
    server.look_script[Ref("A")] = ["cannot"] * LONG


@pytest.mark.fault("FM-01", "row 15")
@pytest.mark.parametrize("what", COMMANDS)
@pytest.mark.parametrize("answer", ["dropped", "lost"])
def test_a_look_up_that_fails_for_ever_goes_to_a_person_after_its_kinds_patience_and_is_not_sent_again(
    path, what, answer
):
    command = COMMANDS[what]
    patience_s = 60 * KINDS[command.kind].patience

    async def scene():
        async with bench(path) as till:
            blind(till.server, answer)
            await till.put(command, sale("B"))
            await till.pass_s(patience_s - 5)
            assert await till.state("A") is CHECKING
            await till.pass_s(70)
            entry = await till.outbox.entry(Ref("A"))
            assert (entry.state, entry.problem, entry.was_lost) == (ATTENTION, "NET-09", True)
            assert (Act.GIVE_UP in may(entry) or Act.DONE in may(entry), Act.CHECK in may(entry)) == (True, True)
            assert "never said" in explain(entry).happened
            await till.pass_s(7200)
            assert (till.server.sends.count("A"), await till.state("A")) == (1, ATTENTION)
            assert await till.state("B") is DONE, "the next of its customer waits for ever"

    run(scene)


@pytest.mark.fault("FM-01", "FM-07")
def test_time_without_perx_does_not_count(path):
    async def scene():
        async with bench(path) as till:
            blind(till.server)
            await till.put(sale("A"))
            await till.pass_s(300)
            till.outbox.pause(True)
            await till.pass_s(24 * 3600)
            assert await till.state("A") is CHECKING
            till.outbox.pause(False)
            till.outbox.kick()
            await till.pass_s(290)
            assert await till.state("A") is CHECKING
            await till.pass_s(80)
            assert (await till.state("A"), till.server.sends) == (ATTENTION, ["A"])

    run(scene)


def test_one_look_that_works_begins_the_patience_anew(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = (
                ["cannot"] * 4 + [""] + ["cannot"] * LONG
            )  # it works 40 s after the loss
            await till.put(sale("A"))
            await till.pass_s(50)
            assert len(till.server.looks) == 5
            await till.pass_s(605)
            assert await till.state("A") is CHECKING
            await till.pass_s(70)
            assert await till.state("A") is ATTENTION

    run(scene)


def test_a_check_by_hand_that_fails_again_answers_at_once_and_one_that_works_settles_it(path):
    async def scene():
        async with bench(path) as till:
            blind(till.server, "lost")
            await till.put(sale("A"))
            await till.pass_s(700)
            assert await till.state("A") is ATTENTION
            await till.outbox.settle_by_hand(Ref("A"), CHECKING, "Ann", "check with Perx")
            await till.pass_s(1)
            assert await till.state("A") is ATTENTION
            till.server.look_script[Ref("A")].clear()
            await till.outbox.settle_by_hand(Ref("A"), CHECKING, "Ann", "check with Perx")
            await till.pass_s(1)
            assert (await till.state("A"), till.server.sends) == (DONE, ["A"])

    run(scene)


def test_after_a_start_the_patience_begins_anew(path):
    """Only time that a run has seen itself counts, as for the quiet time."""
    clock = Clock()
    server = Server(clock)

    async def scene():
        blind(server)
        async with bench(path, clock, server) as till:
            await till.put(sale("A"))
            await till.pass_s(500)
        async with bench(path, clock, server) as till:
            await till.pass_s(500)
            assert await till.state("A") is CHECKING
            await till.pass_s(170)
            assert (await till.state("A"), server.sends) == (ATTENTION, ["A"])

    run(scene)


def test_refused_credentials_take_nothing_to_a_person():
    blindness = Blindness()
    assert blindness.after(1, CannotTell("NET-07"), 0) == 0
    assert blindness.after(1, CannotTell("NET-07"), 900) == 900
    assert blindness.after(1, CannotTell("KEY-01"), 5_000) == 0
    assert blindness.after(1, None, 6_000) == 0
    assert blindness.after(1, None, 7_000) == 1_000
    blindness.forget(1)
    assert blindness.after(1, None, 9_000) == 0
