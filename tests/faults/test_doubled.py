"""A lost answer is never a second effect: against a Perx that refuses repeats, and one that takes every one of them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from fault_bench import FastClock, Perx, hold, invoice, member, queue, release, run, sale

from pos_app.domain.entries import EntryState

DONE, REFUSED, CHECKING, ATTENTION = EntryState.DONE, EntryState.REFUSED, EntryState.CHECKING, EntryState.ATTENTION

pytestmark = pytest.mark.fault("FM-01")

WHAT = {
    "sale": (sale("A"), "sale", "A"),
    "invoice": (invoice("B", 6), "sale", "B"),
    "hold": (hold("C", 7), "hold", 7),
    "release": (release("D", 8), "revert", 8),
    "member": (member("E"), "member", "NEW-1"),
}
LOSSES = [
    ["lost"],
    ["lost:2"],
    ["lost:30"],
    ["dropped"],
    ["dropped", "dropped"],
    ["dropped", "lost:30"],
    ["dropped"] * 5,
]
SERVERS = pytest.mark.parametrize("strict", [True, False], ids=["refuses repeats", "takes repeats"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def held(perx: Perx) -> None:
    """What an invoice uses, and what a release gives back."""
    perx._add("hold", "6", 0)
    perx._add("hold", "8", 0)


def writes(server, since: int = 0) -> list[int]:
    """Where among all requests the writes stand."""
    return [n for n, one in enumerate(server.seen) if n >= since and one.method != "GET"]


def check(perx: Perx, kind: str, losses: list[str], state: EntryState) -> None:
    """One effect; but a hold that never came is not tried again, since a person waited for it."""
    never_came = kind == "hold" and losses[0] == "dropped"
    made = perx.count(*WHAT[kind][1:])
    assert (kind, state, made) == (kind, REFUSED, 0) if never_came else (kind, DONE, 1)


@SERVERS
@pytest.mark.parametrize("losses", LOSSES, ids=" ".join)
@pytest.mark.fault("row 18")
def test_however_often_the_answer_is_lost_there_is_one_effect(path, strict, losses):
    perx = Perx(strict=strict)
    held(perx)

    async def scene(perx, server):
        async with queue(path, perx, server) as till:
            for kind, (command, *_) in WHAT.items():
                perx.script, since = list(losses), len(server.seen)
                await till.outbox.put(command)
                entry = await till.until(command.ref, DONE, REFUSED, ATTENTION)
                check(perx, kind, losses, entry.state)
                for before, after in pairwise(writes(server, since)):
                    between = {one.method for one in server.seen[before + 1 : after]}
                    assert between == {"GET"}, "sent again without a look-up"
        sold = [one.raw_body.decode() for one in server.seen if b"transaction_reference" in one.raw_body]
        assert all('"A"' in text or '"B"' in text for text in sold), "sent again under another reference"

    run(scene, perx)


@SERVERS
@pytest.mark.parametrize("loss", ["lost", "lost:30", "dropped"])
@pytest.mark.fault("row 3")
def test_a_restart_between_loss_and_look_up_changes_nothing(path, strict, loss):
    perx = Perx(strict=strict)
    held(perx)

    async def scene(perx, server):
        for kind, (command, *_) in WHAT.items():
            perx.goes_dark, perx.script = True, [loss]
            async with queue(path, perx, server) as till:
                await till.outbox.put(command)
                await till.until(command.ref, CHECKING)
            perx.goes_dark = perx.is_dark = False
            async with queue(path, perx, server) as till:
                entry = await till.until(command.ref, DONE, REFUSED, ATTENTION)
                check(perx, kind, [loss], entry.state)

    run(scene, perx)


@SERVERS
def test_a_look_up_that_fails_leads_to_no_resend(path, strict):
    # Slow enough that these few look-ups take no longer than the till has patience with them.
    perx = Perx(FastClock(200.0), strict=strict, script=["lost"], reads=["500", "dropped"] * 3)

    async def scene(perx, server):
        async with queue(path, perx, server) as till:
            await till.outbox.put(sale("A"))
            await till.until("A", DONE)
        assert not perx.reads, "the look-ups did not fail"
        assert len(writes(server)) == perx.count("sale", "A") == 1

    run(scene, perx)


def test_a_repeat_that_is_refused_as_a_duplicate_counts_as_done(path):
    """The sale shows later than the till waits; the repeat is refused, and that is looked up, not called a failure."""
    perx = Perx(strict=True, script=["lost:1000000"])

    async def scene(perx, server):
        async with queue(path, perx, server) as till:
            await till.outbox.put(sale("A"))
            entry = await till.until("A", DONE, REFUSED, ATTENTION)
        assert len(writes(server)) >= 2, "nothing was repeated"
        assert (entry.state, perx.count("sale", "A")) == (DONE, 1)

    run(scene, perx)
