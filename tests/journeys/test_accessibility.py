"""A sale by somebody who sees nothing: the real till on a real display, worked through its accessibility tree."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

READER = Path(__file__).with_name("screen_reader.py")
ROOT = READER.parent.parent.parent
SYSTEM_PYTHON = "/usr/bin/python3"
NEEDS = (
    "Xvfb",
    "dbus-run-session",
    "/usr/libexec/at-spi-bus-launcher",
    "/usr/lib/python3/dist-packages/gi/__init__.py",
)
WAIT_S = 90


def missing() -> str:
    """What this machine lacks for it; the names of installer/setup_env.py."""
    lacks = [name for name in NEEDS if shutil.which(name) is None and not Path(name).exists()]
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libxcb-cursor.so.0")
        except OSError:
            lacks.append("libxcb-cursor.so.0")
    return ", ".join(lacks)


pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="AT-SPI is Linux's"),
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}"),
    pytest.mark.timeout(300),
]
BUTTON, LABEL = ("push button", "button"), ("label", "static")
Shown = list[tuple[str, str]]


class Blind:
    """Works the till through its tree alone."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.child = child
        self.heard: list[str] = []
        self.roles: dict[str, str] = {}

    def ask(self, **wish: object) -> dict[str, object]:
        self.child.stdin.write(json.dumps(wish) + "\n")
        self.child.stdin.flush()
        line = next((one for one in self.child.stdout if one.startswith("{")), "")  # the bus's programs talk as well
        assert line, "the screen reader ended"
        told = json.loads(line)
        self.heard = told["heard"]
        return told

    def finds(self, roles: tuple[str, ...], *names: str) -> list[str]:
        """Wait until each of these names begins one that is shown under one of the roles; the whole names."""
        end_s = time.monotonic() + WAIT_S
        while True:
            shown: Shown = self.ask()["shown"]
            found = [
                next((name for role, name in shown if role in roles and plain(name).startswith(want)), "")
                for want in names
            ]
            if all(found):
                return found
            assert time.monotonic() < end_s, (names, shown)
            time.sleep(0.1)

    def press(self, name: str) -> None:
        (whole,) = self.finds(BUTTON, name)
        assert any(self.ask(press=[role, whole])["done"] for role in BUTTON[:1]), name

    def hears(self, fact: Callable[[str], bool]) -> None:
        """Wait until something was announced, and see that it was announced once."""
        end_s = time.monotonic() + WAIT_S
        while not any(map(fact, self.heard)):
            assert time.monotonic() < end_s, self.heard
            self.ask()
            time.sleep(0.1)
        assert sum(map(fact, self.heard)) == 1, self.heard


def plain(name: str) -> str:
    return name.replace("\u00a0", " ")


@pytest.fixture
def blind(tmp_path: Path) -> Iterator[Blind]:
    """A till on its practice shop, on a display of its own, and a reader of its tree."""
    till = (sys.executable, "-m", "pos_app", "run", "--sandbox", "--data", str(tmp_path / "till"))
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    env = {**kept, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(ROOT)}
    words = ["dbus-run-session", "--", SYSTEM_PYTHON, str(READER), *till]
    with (tmp_path / "stderr").open("w") as errors:
        pipe = subprocess.PIPE
        child = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=errors, text=True, env=env, encoding="utf-8")
        yield Blind(child)
        child.stdin.close()
        child.wait(40)
        child.stdout.close()


def test_a_sale_is_made_through_the_accessibility_tree_alone(blind):
    blind.finds(BUTTON, "Complete, Scan a code or type the bill", "Menu", "Type a code", "Double zero")
    blind.finds(BUTTON, "No scanner found")  # a pill of the header
    blind.press("Scan Member Somchai P.")
    blind.finds(BUTTON, "Take the customer off this sale", "Add 10.00 off from 50.00")
    blind.hears(lambda said: "Gold" in said and "2,480 points" in said)
    blind.press("Add 10.00 off from 50.00")
    blind.finds(LABEL, "10.00 off from 50.00, Held for this sale")
    blind.hears(lambda said: "Held for this sale" in said)
    for key in ("5", "6", "Double zero"):
        blind.press(key)
    blind.finds(LABEL, "Bill 56.00 SGD", "10.00 off from 50.00, Held for this sale")
    assert [name for name in blind.finds(LABEL, "10.00 off from 50.00, Held") if name.count("minus 10.00")]
    blind.press("Complete, 1 voucher, 46.00")
    blind.finds(BUTTON, "Next customer, or just scan")
    blind.hears(lambda said: said.startswith("Done. 1 voucher used. Perx confirmed it."))
