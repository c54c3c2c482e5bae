"""What a person decides of an entry: carried out, never early, never twice, and written down."""

from __future__ import annotations

from pathlib import Path

import pytest
from outbox_bench import Clock, Server, bench, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import EarnPoints, RedeemVoucher
from pos_app.domain.entries import EntryState
from pos_app.outbox.claims import TooEarlyError

DONE, REFUSED, WAITING = EntryState.DONE, EntryState.REFUSED, EntryState.WAITING
CHECKING, ATTENTION, SENDING = EntryState.CHECKING, EntryState.ATTENTION, EntryState.SENDING


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def test_what_only_a_person_can_judge_goes_to_one_and_can_be_settled(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["person"]
            await till.put(sale("A"))
            await till.pass_s(2)
            assert await till.state("A") is ATTENTION
            assert (await till.outbox.backlog()).attention == 1
            settled = await till.outbox.settle_by_hand(Ref("A"), DONE, "Ann", "seen in the console")
            assert settled.state is DONE
            assert till.told[-1] == ("A", DONE)
            with pytest.raises(ValueError, match="done"):
                await till.outbox.settle_by_hand(Ref("A"), WAITING, "Ann", "again")

    run(scene)


@pytest.mark.parametrize(
    ("state", "sends", "ends"), [(WAITING, 2, DONE), (CHECKING, 1, ATTENTION), (REFUSED, 1, REFUSED)]
)
def test_a_decision_by_hand_is_carried_out_and_a_check_never_resends(path, state, sends, ends):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["person"]
            await till.put(sale("A"))
            await till.pass_s(2)
            await till.outbox.settle_by_hand(Ref("A"), state, "Ann", "why not")
            await till.pass_s(57)
            assert till.server.sends == ["A"]  # the lost request may still take effect
            await till.pass_s(100)
            assert len(till.server.sends) == sends
            assert await till.state("A") is ends

    run(scene)


@pytest.mark.parametrize("answer", ["dropped", "refused"])
def test_whether_an_answer_was_ever_lost_stays_known_through_a_persons_checks(path, answer):
    """What Perx was never asked for, or refused at once, must not be taken for our own later."""

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = [answer, "stop", "stop"]
            till.server.look_script[Ref("A")] = ["person"] * 3
            await till.put(RedeemVoucher(ref=Ref("A"), identifier="C-1", voucher_id=7, sale=Ref("S")))
            await till.pass_s(70)
            for _ in range(2):
                await till.outbox.settle_by_hand(Ref("A"), CHECKING, "Ann", "check with Perx")
                await till.pass_s(70)
            await till.outbox.settle_by_hand(Ref("A"), WAITING, "Ann", "again")
            await till.pass_s(70)
            entry = await till.outbox.entry(Ref("A"))
            assert (entry.state, entry.was_lost) == (WAITING, answer == "dropped")

    run(scene)


def test_a_check_by_hand_answers_at_once_and_outlives_an_outage_and_a_restart(path):
    async def lose_and_check(till):
        till.server.script[Ref("A")] = ["dropped"]
        till.server.look_script[Ref("A")] = ["person", "cannot"]
        await till.put(sale("A"))
        await till.pass_s(2)
        await till.outbox.settle_by_hand(Ref("A"), CHECKING, "Ann", "check with Perx")
        await till.pass_s(0.5)
        assert await till.state("A") is CHECKING

    async def scene():
        clock = Clock()
        server = Server(clock)
        async with bench(path, clock, server) as till:
            await lose_and_check(till)
        async with bench(path, clock, server) as till:
            await till.pass_s(0.5)
            assert (await till.state("A"), server.sends) == (ATTENTION, ["A"])
            server.effects[Ref("A")].append(clock.now_s)
            await till.outbox.settle_by_hand(Ref("A"), CHECKING, "Ann", "check with Perx")
            await till.pass_s(0.5)
            assert (await till.state("A"), server.sends) == (DONE, ["A"])

    run(scene)


@pytest.mark.fault("FM-01")
@pytest.mark.parametrize("taps", [1, 2, 3])
@pytest.mark.parametrize("before", ["refused late", "lost too often", "made anew after a damage"])
def test_a_check_that_is_asked_for_again_before_it_is_answered_resends_nothing(path, before, taps):
    """Check with Perx changes nothing and needs no supervisor, however often it is tapped."""

    async def scene():
        async with bench(path) as till:
            scripts = {"refused late": ["offline", "refused"], "lost too often": ["dropped"] * 6}
            till.server.script[Ref("A")] += scripts.get(before, [])
            await till.outbox.put(sale("A"), lost=before not in scripts)
            await till.pass_s(3600)
            assert await till.state("A") is ATTENTION
            sent = len(till.server.sends)
            till.server.look_script[Ref("A")] = ["cannot"] * taps
            for _ in range(taps):
                await till.outbox.settle_by_hand(Ref("A"), CHECKING, "Ann", "check with Perx")
                await till.pass_s(0.2)
            await till.pass_s(3600)
            assert (await till.state("A"), len(till.server.sends)) == (ATTENTION, sent)

    run(scene)


def test_a_check_of_what_only_waits_changes_nothing_of_its_turn(path):
    async def scene():
        async with bench(path) as till:
            till.outbox.pause(True)
            await till.put(sale("A"))
            await till.outbox.settle_by_hand(Ref("A"), CHECKING, "Ann", "check with Perx")
            await till.pass_s(70)
            till.outbox.pause(False)
            await till.pass_s(31)
            assert (await till.state("A"), till.server.sends) == (DONE, ["A"])

    run(scene)


def test_what_is_sent_again_by_hand_too_early_is_looked_up_first(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["lost:30"]
            await till.put(sale("A"))
            await till.pass_s(2)
            assert await till.state("A") is CHECKING
            early = await till.outbox.settle_by_hand(Ref("A"), WAITING, "Ann", "now", "Noor H.")
            assert early.state is CHECKING
            await till.pass_s(100)
            assert (await till.state("A"), till.server.sends) == (DONE, ["A"])

    run(scene)


def test_what_a_person_sends_again_when_it_is_quiet_goes_at_once(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["cannot", "cannot", "cannot", "cannot", "cannot", "cannot", "person"]
            await till.put(sale("A"))
            await till.pass_s(200)
            assert await till.state("A") is ATTENTION
            again = await till.outbox.settle_by_hand(Ref("A"), WAITING, "Ann", "it is not in the console")
            assert again.state is WAITING
            await till.settled()
            assert till.server.sends == ["A", "A"]

    run(scene)


def test_a_kind_that_waits_longer_is_not_sent_again_by_hand_before_its_own_time(path):
    """Its look-up proves nothing: the decision is refused until it can be carried out, never taken and dropped."""

    async def scene():
        async with bench(path) as till:
            points = EarnPoints(ref=Ref("E"), identifier="C-1", points=5)
            till.server.script[Ref("E")] = ["dropped"]
            till.server.look_script[Ref("E")] = ["person"]
            await till.put(points)
            await till.pass_s(75)  # longer than the usual quiet time, shorter than this kind's
            with pytest.raises(TooEarlyError) as early:
                await till.outbox.settle_by_hand(Ref("E"), WAITING, "Ann", "it is not in the console")
            assert early.value.wait_s == 15
            await till.pass_s(14)
            assert (till.server.sends, await till.state("E")) == (["E"], ATTENTION)
            await till.pass_s(2)
            await till.outbox.settle_by_hand(Ref("E"), WAITING, "Ann", "it is not in the console")
            await till.settled()
            assert till.server.sends == ["E", "E"]

    run(scene)


@pytest.mark.parametrize("ahead", [0, +365 * 86400, -86400])
def test_what_waits_for_a_person_is_as_quiet_after_a_start_as_before_it(path, ahead):
    clock = Clock()
    server = Server(clock)

    async def first():
        async with bench(path, clock, server) as till:
            server.script[Ref("A")] = ["lost:50"]
            server.look_script[Ref("A")] = ["person"]
            await till.put(sale("A"))
            await till.pass_s(2)

    async def second():
        clock.set_by_s = ahead
        async with bench(path, clock, server) as till:
            again = await till.outbox.settle_by_hand(Ref("A"), WAITING, "Ann", "it is not in the console")
            assert again.state is CHECKING
            await till.pass_s(120)
            assert (await till.state("A"), server.sends) == (DONE, ["A"])

    run(first)
    run(second)


@pytest.mark.fault("FM-05")
@pytest.mark.parametrize(("who", "why"), [("", "why"), ("Ann", " ")])
def test_a_decision_needs_a_name_and_a_reason(path, who, why):
    async def scene():
        async with bench(path, deliver=False) as till:
            await till.put(sale("A"))
            with pytest.raises(ValueError, match="name and a reason"):
                await till.outbox.settle_by_hand(Ref("A"), DONE, who, why)
            with pytest.raises(KeyError):
                await till.outbox.settle_by_hand(Ref("B"), DONE, "Ann", "why")

    run(scene)


@pytest.mark.parametrize(("answer", "is_first"), [("dropped", True), ("offline", False), ("stop", False)])
def test_the_time_of_the_first_request_that_may_have_taken_effect_stays(path, answer, is_first):
    """What Perx shows as used after that request and before a later one was this till, and nobody else."""

    async def scene():
        async with bench(path) as till:
            first = till.clock.wall()
            till.server.script[Ref("A")] = [answer, "hang"]
            till.server.look_script[Ref("A")] = ["person"]
            await till.put(RedeemVoucher(ref=Ref("A"), identifier="C-1", voucher_id=7, sale=Ref("S")))
            await till.pass_s(2)
            if answer == "dropped":
                for state in (CHECKING, WAITING):
                    await till.pass_s(70)
                    till.server.look_script[Ref("A")] = ["person"]
                    await till.outbox.settle_by_hand(Ref("A"), state, "Ann", "again")
            await till.pass_s(70)
            entry = await till.outbox.entry(Ref("A"))
            assert (entry.state, entry.tries, entry.sent_at == first) == (SENDING, 2, is_first)

    run(scene)
