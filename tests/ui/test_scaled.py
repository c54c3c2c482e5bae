"""A desktop at 100 and at 200 %, and with larger system fonts: every screen is whole, and nothing can be done less."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("scaled.py")
TOO_SMALL = {"13-nasty"}  # the worst amounts, as in test_fit.py
_KEYS_ALONE = ("currency", "pin", "pin_again", "program", "secret", "secret-refused")  # and the way back
NOTHING_TO_TAP = {  # only a badge, or IT, helps at the first; the second is touched anywhere
    "45-sign-on-nobody", "60-service-colour", *(f"80-setup-{name}" for name in _KEYS_ALONE)
}  # fmt: skip
# The last sale's slip, while the next sale has rows already: in the menu, under Earlier sales.
ELSEWHERE = {"16-voucher-first": {"Tapped(what='Print again')"}}


@lru_cache
def shown(scale: str, points: int) -> dict[str, Any]:
    """What `scaled.py` says at a scale."""
    path = os.pathsep.join([str(SCRIPT.parent), str(SCRIPT.parent.parent.parent)])
    env = {**os.environ, "PYTHONPATH": path, "QT_SCALE_FACTOR": scale}
    env.pop("QT_QPA_PLATFORM", None)
    with TemporaryDirectory() as folder:
        words = [sys.executable, str(SCRIPT), folder, str(points)]
        done = subprocess.run(words, env=env, capture_output=True, text=True, encoding="utf-8", timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(500)
@pytest.mark.parametrize("points", [9, 24], ids=["plain fonts", "large fonts"])
def test_at_two_hundred_per_cent_every_screen_is_whole(points):
    told = shown("2", points)
    assert (told["size"], told["ratio"]) == ([960, 540], 2)
    assert told["ppi"] == pytest.approx(141.2 / 2, abs=0.1)
    wrong = {name: one["wrong"] for name, one in told["screens"].items() if one["wrong"] and name not in TOO_SMALL}
    assert wrong == {}
    assert {tuple(one["picture"]) for one in told["screens"].values()} == {(1920, 1080)}


@pytest.mark.timeout(500)
def test_at_two_hundred_per_cent_nothing_less_can_be_done():
    large, plain = shown("2", 9)["screens"], shown("1", 9)["screens"]
    assert large.keys() == plain.keys()
    missing = {name: set(plain[name]["doable"]) - set(large[name]["doable"]) for name in plain}
    desk = {name for name, one in plain.items() if one["is_desk"]}
    assert {name: gone for name, gone in missing.items() if gone and name not in desk} == ELSEWHERE
    for name in desk:  # a small glass shows one entry, which leads back to the list, or the list, which leads to each
        is_list = "EntryLeft()" not in large[name]["doable"]
        assert all(one.startswith("EntryTapped") is not is_list for one in missing[name]), (name, missing[name])
        assert not (missing[name] and is_list) or any(one.startswith("EntryTapped") for one in large[name]["doable"])
    nothing = {name for name, one in plain.items() if len(one["doable"]) <= 1}
    assert nothing <= NOTHING_TO_TAP, nothing
