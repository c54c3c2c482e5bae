"""The customer's own display on a machine with two screens, as Qt makes them from a description of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("two_screens.py")
DOTS = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
SCREENS = [
    {"name": "till", "x": 0, "y": 0, "width": 1024, "height": 768, **DOTS},
    {"name": "customer", "x": 1024, "y": 0, "width": 800, "height": 600, **DOTS},
]


def walked(folder: Path, wish: str, screens: int) -> list[dict]:
    described = folder / "screens.json"
    described.write_text(json.dumps({"screens": SCREENS[:screens]}), "utf-8")
    env = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={described}"}
    done = subprocess.run(
        [sys.executable, str(CHILD), str(folder), wish],
        env=env,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_customer_sees_the_sale_and_its_end_on_the_second_screen(tmp_path):
    steps = {one["step"]: one for one in walked(tmp_path, "auto", 2)}
    assert all(one["place"] == [1024, 0, 800, 600] for one in steps.values())
    assert "Welcome" in steps["idle"]["said"]
    assert "46.00" in steps["sale"]["said"]
    assert "Hello" in steps["sale"]["said"]
    assert "Thank you" in steps["done"]["said"]
    assert "Points earned" in steps["done"]["said"]
    assert "46.00" not in steps["next"]["said"], "the next customer does not see it"
    for one in steps.values():
        assert one["cut"] == []
        for personal in ("6591234821", "4821", "Somchai", "LUMEN10", "10.00 off"):
            assert personal not in one["said"], one["step"]


@pytest.mark.parametrize(("wish", "screens"), [("off", 2), ("auto", 1)])
def test_without_a_second_screen_or_a_wish_there_is_none(tmp_path, wish, screens):
    assert not any(one["open"] for one in walked(tmp_path, wish, screens))
