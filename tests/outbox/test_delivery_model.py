"""Any interleaving of losses, late commits, pauses and restarts: nothing doubled, nothing lost, order kept.

Within one assumption: a request takes effect within `settle_after_s` of its answer being given up, or never.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import apsw
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from outbox_bench import Bench, Clock, Server, bench, checkout, hold, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.entries import Backlog, EntryState
from pos_app.outbox import tally
from pos_app.outbox.values import from_ms

SENDS = st.lists(
    st.sampled_from(
        ["ok", "lost", "lost:2", "lost:30", "lost:59", "dropped", "offline", "refused", "busy:20", "hang", "hang_done"]
    ),
    max_size=4,
)
LOOKS = st.lists(st.sampled_from(["", "cannot", "boom"]), max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(["sale", "checkout", "hold"]), st.integers(0, 2), SENDS, LOOKS),
        st.tuples(st.just("pass"), st.sampled_from([0.3, 5.0, 61.0])),
        st.tuples(st.just("restart"), st.sampled_from([0, 50, 86400, -86400])),
        st.tuples(st.just("pause"), st.booleans()),
        st.tuples(st.just("kick")),
        st.tuples(st.just("roll back")),
    ),
    min_size=2,
    max_size=14,
)
MAKE = {"sale": sale, "checkout": checkout}


async def _do(till: Bench, number: int, step: tuple) -> None:
    match step:
        case ("put", kind, lane, sends, looks):
            ref = f"{kind}-{number}"
            till.server.script[Ref(ref)] = list(sends)
            till.server.look_script[Ref(ref)] = list(looks)
            await till.put(hold(ref, lane) if kind == "hold" else MAKE[kind](ref, f"C-{lane}"))
        case ("pass", seconds):
            await till.pass_s(seconds)
        case ("pause", paused):
            till.outbox.pause(paused)
        case ("kick",):
            till.outbox.kick()
        case ("roll back",):
            with pytest.raises(ZeroDivisionError):
                await till.db.call(_undone)
    kept, counted = await till.db.call(lambda db: (tally.backlog(db), _counted(db)))
    assert kept == counted, "the figures are not those of the rows"
    lanes = await till.db.call(_due_lanes)
    assert len(lanes) == len(set(lanes)), "two of a lane may be tried at once"


def _undone(db: apsw.Connection) -> None:
    db.execute("UPDATE outbox SET state = 'attention', amount_minor = 5")
    raise ZeroDivisionError


def _counted(db: apsw.Connection) -> Backlog:
    """The figures, counted row by row."""
    found = list(db.execute("SELECT state, amount_minor, made_at FROM outbox"))
    waiting = [row for row in found if row[0] in ("waiting", "sending")]
    checking = [row for row in found if row[0] == "checking"]
    oldest_ms = min((row[2] for row in waiting + checking), default=None)
    return Backlog(
        waiting=len(waiting),
        checking=len(checking),
        attention=sum(row[0] == "attention" for row in found),
        value_minor=sum(row[1] for row in waiting),
        oldest_at=None if oldest_ms is None else from_ms(oldest_ms),
    )


def _due_lanes(db: apsw.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT lane FROM outbox WHERE due_at IS NOT NULL OR state = 'sending'")]


async def _check(till: Bench) -> None:
    assert all(len(at) <= 1 for at in till.server.effects.values()), "doubled"
    held = [one.voucher_id for one in await till.outbox.holds()]
    order: dict[str, list[str]] = {}
    for entry in reversed(await till.outbox.entries(limit=1000)):
        effects = till.server.effects.get(entry.ref, [])
        expected = {EntryState.DONE: 1, EntryState.REFUSED: 0}
        assert len(effects) == expected[entry.state], (entry, effects)
        if entry.ref.startswith("hold") and effects:
            assert held.pop(0) == entry.command.voucher_id
        order.setdefault(entry.command.lane, []).extend([entry.ref] if effects else [])
    assert held == []
    for refs in order.values():
        firsts = [till.server.sends.index(Ref(ref)) for ref in refs]
        assert firsts == sorted(firsts), "out of order"


# No shrinking: each example is real files and threads, and a failing one is small already.
@pytest.mark.fault("FM-13")
@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.generate])
@given(STEPS)
def test_no_interleaving_doubles_loses_or_disorders(steps):
    clock = Clock()
    server = Server(clock)
    runs: list[list[tuple]] = [[]]
    for step in steps:
        if step[0] == "restart":
            runs.append([step])
        else:
            runs[-1].append(step)
    numbers = iter(range(1000))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "till.db"

        async def one_run(steps_of_run: list[tuple]) -> None:
            async with bench(path, clock, server) as till:
                for step in steps_of_run:
                    if step[0] == "restart":
                        clock.set_by_s += step[1]
                    await _do(till, next(numbers), step)

        async def last_run() -> None:
            for script in server.script.values():
                script[:] = [what for what in script if not what.startswith("hang")]
            async with bench(path, clock, server) as till:
                await till.pass_s(3600)
                await _check(till)

        for steps_of_run in runs:
            run(lambda steps_of_run=steps_of_run: one_run(steps_of_run))
        run(last_run)
