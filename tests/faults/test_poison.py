"""A bad entry, a busy server, a revoked token, a line that drops: the others go on, nothing is burnt."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fault_bench import FastClock, Perx, queue, run, sale
from perx_loopback import Seen, Wire, reply, tokens

from pos_app.domain.entries import EntryState

DONE, REFUSED, WAITING = EntryState.DONE, EntryState.REFUSED, EntryState.WAITING
CHECKING, ATTENTION = EntryState.CHECKING, EntryState.ATTENTION


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


@pytest.mark.fault("FM-05", "row 14", "row 15")
@pytest.mark.parametrize(
    ("status", "problem", "sends"),
    [
        (400, "PX-000", 1),
        (403, "KEY-03", 1),
        (404, "PX-002", 1),
        (409, "NET-02", 6),  # it may be the earlier request that went through: looked up each time
        (422, "PX-000", 1),
        (500, "NET-02", 6),
        (502, "NET-02", 6),
    ],
)
def test_a_poisoned_entry_ends_with_its_reason_and_blocks_nobody(path, status, problem, sends):
    """Also the next entry of the same customer goes on. A refusal is heard by who stands there, in their own time."""
    clock = FastClock(1.0) if sends == 1 else FastClock()
    perx = Perx(clock, poison={'"A"': reply(status, {"code": 0, "message": "poisoned"})})

    async def scene(perx, server):
        async with queue(path, perx, server) as till:
            for command in (sale("A"), sale("B"), sale("C", "6598765402")):
                await till.outbox.put(command)
            await till.until("C", DONE)
            poisoned = await till.until("A", REFUSED if sends == 1 else ATTENTION)
            await till.until("B", DONE)
        assert (poisoned.problem, poisoned.tries) == (problem, sends)
        assert "poisoned" in poisoned.said or sends > 1
        assert [perx.count("sale", ref) for ref in "ABC"] == [0, 1, 1]

    run(scene, perx)


@pytest.mark.fault("FM-05", "row 16")
def test_an_entry_that_the_credentials_are_refused_for_is_kept_and_the_others_go(path):
    """A 401 after a fresh token stops the sending; each good answer of Perx (a kick) lets the others through."""
    perx = Perx(poison={'"A"': reply(401, {"error": "invalid_token"})})

    async def scene(perx, server):
        async with queue(path, perx, server) as till:
            for command in (sale("A"), sale("B", "6500000002"), sale("C", "6500000003")):
                await till.outbox.put(command)
            poisoned = await till.until("A", WAITING)
            while [perx.count("sale", ref) for ref in "BC"] != [1, 1]:
                till.outbox.kick()
                await asyncio.sleep(0.005)
            poisoned = await till.entry("A")
            assert poisoned.state in (WAITING, EntryState.SENDING)
            perx.poison.clear()
            till.outbox.kick()
            await till.until("A", DONE)
        assert [perx.count("sale", ref) for ref in "ABC"] == [1, 1, 1]

    run(scene, perx)


@pytest.mark.fault("row 13", "FM-05")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("wish", "pause_s"), [("100", 100), ("99999999", 300), ("-5", 1)])
def test_a_server_that_asks_for_a_pause_gets_it_from_the_whole_queue(path, status, wish, pause_s):
    perx = Perx(poison={'"A"': reply(status, {"message": "later"}, Retry_After=wish)})

    async def scene(perx, server):
        async with queue(path, perx, server, retry_base_s=0.5, retry_cap_s=1) as till:
            await till.outbox.put(sale("A"))
            while not (await till.entry("A")).problem:  # noqa: ASYNC110 - a fact of the file
                await asyncio.sleep(0.001)
            perx.poison.clear()
            for number in range(5):
                await till.outbox.put(sale(f"B{number}", f"650000000{number}"))
            await till.until("B4", DONE)
            await till.until("A", DONE)
        first_s = min(one.shows_at_s for one in perx.effects)
        assert first_s - perx.poisoned_at_s >= pause_s, "somebody did not wait"
        assert perx.count("sale", "A") == 1

    run(scene, perx)


def numbered(perx: Perx):
    """A token endpoint whose tokens can be revoked; `perx.script_of_tokens` spoils it."""
    state = {"number": 1, "is_down": False, "asked": 0}

    async def mint(seen: Seen, wire: Wire) -> bytes | None:
        state["asked"] += 1
        if state["is_down"]:
            return None
        answer = await tokens(seen, wire)
        return answer.replace(b"T-application", b"T%d-applicatio" % state["number"])

    async def behave(seen: Seen, wire: Wire) -> bytes | None:
        bearer = seen.headers["authorization"]
        if "applicatio" in bearer and f"T{state['number']}-" not in bearer:
            return reply(401, {"error": "invalid_token", "error_description": "revoked"})
        return await perx(seen, wire)

    return state, mint, behave


@pytest.mark.fault("row 16")
def test_a_token_revoked_in_the_middle_of_the_queue_is_replaced_once_and_nothing_is_burnt(path):
    perx = Perx()
    state, mint, behave = numbered(perx)

    async def scene(perx, server):
        server.mint, server.behave = mint, behave
        async with queue(path, perx, server) as till:
            for number in range(3):
                await till.outbox.put(sale(f"A{number}"))
            await till.until("A2", DONE)
            state["number"], state["asked"] = 2, 0
            for number in range(3, 6):
                await till.outbox.put(sale(f"A{number}"))
            last = await till.until("A5", DONE)
        assert state["asked"] == 1
        assert last.tries == 1
        assert [perx.count("sale", f"A{number}") for number in range(6)] == [1] * 6

    run(scene, perx)


@pytest.mark.fault("row 16")
def test_without_the_token_endpoint_the_queue_waits_and_nothing_is_burnt(path):
    perx = Perx()
    state, mint, behave = numbered(perx)
    state["is_down"] = True

    async def scene(perx, server):
        server.mint, server.behave = mint, behave
        async with queue(path, perx, server) as till:
            for number in range(3):
                await till.outbox.put(sale(f"A{number}", f"650000000{number}"))
            while state["asked"] < 5:  # noqa: ASYNC110 - the fact lies in another task
                await asyncio.sleep(0.005)
            waiting = [(await till.entry(f"A{number}")).problem for number in range(3)]
            assert "NET-02" in waiting
            assert not server.seen
            state["is_down"] = False
            for number in range(3):
                await till.until(f"A{number}", DONE)
        assert [perx.count("sale", f"A{number}") for number in range(3)] == [1] * 3

    run(scene, perx)


@pytest.mark.fault("FM-06")
@pytest.mark.parametrize("drop", ["lost", "dropped"])
def test_a_line_that_drops_after_the_second_of_five_loses_none(path, drop):
    perx = Perx(script=["ok", "ok", drop, "dropped", drop])

    async def scene(perx, server):
        async with queue(path, perx, server) as till:
            for number in range(5):
                await till.outbox.put(sale(f"A{number}"))
            for number in range(5):
                await till.until(f"A{number}", DONE)
            backlog = await till.outbox.backlog()
        assert [perx.count("sale", f"A{number}") for number in range(5)] == [1] * 5
        assert [one.key for one in perx.effects] == [f"A{number}" for number in range(5)], "out of order"
        assert (backlog.waiting, backlog.checking, backlog.attention) == (0, 0, 0)

    run(scene, perx)
