"""Faults 1: the power goes at any write; no acknowledged command is lost, and the file is sound and proves itself.

A sample of the states is tried; `POWER_CUT=full` in the environment tries every one.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from power_cut import Step, crashes, every_state, lives_on

TILL = Path(__file__).with_name("recorded_till.py")
OLD = Path(__file__).with_name("old")
ROOT = TILL.parents[2]
IS_FULL = os.environ.get("POWER_CUT") == "full"
SAMPLE = 400


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder in memory where there is one: these states need no real syncs."""
    memory = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def record(folder: Path, synchronous: str, before: bytes | None, seed: int) -> list[Step]:
    path, kept = folder / "till.db", folder / "record"
    if before is not None:
        path.write_bytes(before)
    subprocess.run(
        [sys.executable, str(TILL), str(path), str(kept), synchronous, str(seed)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{TILL.parent}"},
        timeout=60,
    )
    return pickle.loads(kept.read_bytes())  # noqa: S301 - written a moment ago by this test


def tried(steps: list[Step], before: dict[str, bytes], folder: Path, sample: int) -> tuple[int, list[str]]:
    """Try the states; how many there were, and what was wrong in which."""
    states = every_state(steps)
    if not IS_FULL:
        states = random.Random(3).sample(states, min(sample, len(states)))
    wrong = []

    async def all_of_them() -> None:
        for crash in crashes(steps, before, set(states)):
            if trouble := await lives_on(crash, folder, "till.db"):
                wrong.append(f"{crash.place}: {trouble}")

    asyncio.run(all_of_them())
    return len(states), wrong


@pytest.mark.fault("FM-04", "row 1")
@pytest.mark.timeout(1800 if IS_FULL else 120)
@pytest.mark.parametrize("start", ["new", "version-2"])
def test_no_power_cut_loses_what_was_acknowledged(tmp_path, disk, start):
    before = None if start == "new" else (OLD / "version-2.db").read_bytes()
    steps = record(tmp_path, "FULL", before, seed=1)
    first_pages = [step[3] for step in steps if step[:3] == ("write", "till.db", 0)]
    assert first_pages[-1][20] == 8, "the record is not of a file with checksums"
    count, wrong = tried(steps, {} if before is None else {"till.db": before}, disk, SAMPLE)
    assert count >= SAMPLE
    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n".join(wrong[:20])


def test_a_durable_put_is_one_sync(tmp_path):
    """Seals, chain and checksums must not cost a sale a second one; a log that begins anew now and then has its own."""
    steps = record(tmp_path, "FULL", None, seed=2)
    acks = [number for number, step in enumerate(steps) if step[0] == "ack"]
    puts = [steps[start + 1 : end] for start, end in pairwise(acks) if len(steps[end][1]) == len(steps[start][1]) + 1]
    plain = [
        put for put in puts if not any(step[:3] == ("write", "till.db-wal", 0) or step[1] == "till.db" for step in put)
    ]
    assert len(plain) > 8
    assert all([step[1] for step in put if step[0] == "sync"] == ["till.db-wal"] for put in plain)


@pytest.mark.fault("row 1")
@pytest.mark.log_warnings
def test_the_same_rig_sees_what_a_weaker_setting_loses(tmp_path, disk):
    """With synchronous=NORMAL a commit is not on the disk when it returns: the rig must say so."""
    steps = record(tmp_path, "NORMAL", None, seed=1)
    count, wrong = tried(steps, {}, disk, SAMPLE // 4)
    lost = [one for one in wrong if "lost:" in one]
    assert len(lost) > count // 10, wrong
