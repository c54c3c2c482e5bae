"""The rig of `make chaos` in small: the till as it is comes through, and tills that are broken on purpose do not.

A rig that finds nothing proves nothing unless it is known to find what is there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).with_name("chaos_run.py")
COUNTS = ("lost", "doubled", "phantom", "vouchers_used_twice", "holds_leaked")


def chaos(folder: Path, build: str, points: str, kills: int) -> tuple[int, dict[str, Any]]:
    """The exit code and the last line of a short run. Its seed decides what happens, but not to the millisecond."""
    asked = ["--quick", "--seed", "5", "--build", build, "--points", points, "--kills", str(kills), "--commands", "8"]
    done = subprocess.run(
        [sys.executable, str(RUN), *asked, "--lanes", "2", "--keep", str(folder / "run")],
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.fault("FM-04", "row 2", "row 3")
def test_the_till_comes_through(tmp_path):
    points = (
        "send:record_sale:left,send:checkout:left,look:hold_voucher:told,counter:points_held,send:redeem_voucher:left,"
        "counter:reward_held,send:confirm_reward:left,counter:pin_used,send:redeem_pin:left"
    )
    code, told = chaos(tmp_path, "right", points, 11)
    assert [told[name] for name in COUNTS] == [0, 0, 0, 0, 0]
    assert (code, told["died"], told["points_not_reached"]) == (0, 0, [])
    assert told["kills"] >= 11
    assert told["commands"] >= 8


@pytest.mark.fault("row 2")
@pytest.mark.parametrize(
    ("build", "points", "count"),
    [
        ("blind", "send:record_sale:left,settle:checking:*", "doubled"),
        ("sent_first", "store:record_sale:before,store:checkout:before", "phantom"),
        ("earns_again", "look:earn_points:told,send:earn_points:left", "doubled"),
        ("lets_go", "look:checkout:*,look:redeem_voucher:*", "vouchers_used_twice"),
    ],
)
def test_a_till_that_is_broken_on_purpose_is_found_out(tmp_path, build, points, count):
    code, told = chaos(tmp_path, build, points, 4)
    assert told[count] > 0
    assert code == 1
