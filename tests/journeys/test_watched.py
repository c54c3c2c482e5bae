"""The whole program under its watchdog, as a kiosk: killed, it comes back and says so; only a supervisor closes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from program import finish, start, wait_for

from pos_app.outbox.checksums import connect

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no /proc")


def _till_of(watchdog: int) -> int:
    """The process of the till that this watchdog has started, 0 while there is none."""
    children = Path(f"/proc/{watchdog}/task/{watchdog}/children")
    found = children.read_text("utf-8").split() if children.exists() else []
    return int(found[0]) if found else 0


def _leave(folder: Path, *words: str, typed: str = "") -> tuple[int, str]:
    code, _, said = finish(start("leave", "--data", str(folder), *words, typed=typed))
    return code, said


def _closed_by(folder: Path) -> list[str]:
    """What the journal keeps of who closed the till."""
    file = connect(folder / "till.sqlite3")
    rows = file.execute("SELECT facts FROM journal WHERE what = 'till closed'").fetchall()
    file.close()
    return [json.loads(facts)["approved_by"] for (facts,) in rows]


def test_a_killed_kiosk_comes_back_says_so_and_lets_only_a_supervisor_close_it(tmp_path):
    watchdog = start("watch", "--sandbox", "--kiosk", "--data", str(tmp_path))
    try:
        wait_for((tmp_path / "till.line").exists, "the till never came up")
        killed = _till_of(watchdog.pid)
        os.kill(killed, signal.SIGKILL)
        log = tmp_path / "log" / "till.log"
        wait_for(lambda: "the till says APP-03" in log.read_text("utf-8"), "it did not come back, or did not say so")
        assert _till_of(watchdog.pid) != killed
        wait_for(lambda: _leave(tmp_path)[0] == 1, "anybody could close it")
        code, said = _leave(tmp_path, "--by", "Noor H.", typed="1111\n")
        assert (code, "PIN-" in said) == (1, True)
        assert _leave(tmp_path, "--by", "Noor H.", typed="4729\n") == (0, "")
        assert finish(watchdog)[0] == 0
        assert _closed_by(tmp_path) == ["Noor H."]
    finally:
        if watchdog.poll() is None:
            subprocess.run(
                ["kill", "-KILL", str(_till_of(watchdog.pid) or watchdog.pid), str(watchdog.pid)], check=False
            )
            watchdog.communicate()
