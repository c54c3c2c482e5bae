"""The program itself as a child process, off screen: how the journeys start, ask and end it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pos_app.practice import Practice

WAIT_S = 30


def start(*words: str, env: dict[str, str] | None = None, typed: str = "") -> subprocess.Popen[str]:
    """The till's own program, off screen; `typed` is its standard input."""
    program = [sys.executable, "-m", "pos_app", *words]
    around = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **(env or {})}
    pipe = subprocess.PIPE
    child = subprocess.Popen(program, stdin=pipe, stderr=pipe, stdout=pipe, text=True, env=around, encoding="utf-8")
    child.stdin.write(typed)
    child.stdin.close()
    child.stdin = None
    return child


def finish(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for its end: the exit code, and what it wrote to both outputs."""
    out, err = child.communicate(timeout=WAIT_S)
    return child.returncode, out, err


def run(*words: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Run it to its end."""
    return finish(start(*words, env=env))


def wait_for(fact: Callable[[], bool], otherwise: str) -> None:
    """Look often, with a deadline."""
    end_s = time.monotonic() + WAIT_S
    while not fact():
        assert time.monotonic() < end_s, otherwise
        time.sleep(0.02)


def config(practice: Practice, folder: Path, more: str = "") -> str:
    """A configuration file of a till on this sandbox, its data in `folder`/data."""
    path = folder / "config.toml"
    path.write_text(
        f"""
[profile]
name = "journey"
environment = "sandbox"
[perx]
base_url = "{practice.base_url}"
client_id = "{practice.announced["client_id"]}"
loyalty_program_id = {practice.announced["loyalty_program_id"]}
[shop]
name = "Lumen & Oak, Riverside"
till = "Till 2"
[money]
currency = "SGD"
[scanner]
port = "off"
[screen]
full_screen = false
[data]
dir = {json.dumps((folder / "data").as_posix())}
{more}
""",
        "utf-8",
    )
    return str(path)
