"""The watchdog over real processes: what ends well ends it, what crashes or stands still is started again."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from program import wait_for

from pos_app.watch import CRASHED, FROZE, Patience, watch

QUICK = Patience(start=5.0, silence=0.6, pauses=(0.0,), steady=60.0, look=0.1)

# A till that writes down why it was started, and then does what its words say, one for each start.
TILL = """
import os, sys, time
log, *acts = sys.argv[1:]
with open(log, "a") as file:
    file.write(os.environ["POS_RESTARTED"] + "\\n")
act = acts[len(open(log).read().splitlines()) - 1]
for _ in range(3):
    os.write(1, b".")
    time.sleep(0.05)
if act == "crash":
    os.abort()
if act == "freeze":
    time.sleep(60)
if act != "killed":
    os.write(1, b"!")
sys.exit(0 if act == "killed" else int(act))
"""


def tills(log: Path, *acts: str) -> tuple[int, list[str]]:
    """Watch tills that do these acts, one after the other: the exit code, and why each was started."""
    code = watch((str(log), *acts), QUICK, (sys.executable, "-c", TILL))
    return code, log.read_text().splitlines()


@pytest.mark.parametrize("code", [0, 2])
def test_a_good_end_ends_the_watchdog_too(tmp_path, code):
    assert tills(tmp_path / "log", str(code)) == (code, [""])


def test_a_crash_starts_it_again_and_it_is_told_why(tmp_path, capsys):
    assert tills(tmp_path / "log", "crash", "0") == (0, ["", CRASHED])
    assert "ended with" in capsys.readouterr().err


def test_an_exit_code_alone_is_no_good_end(tmp_path, capsys):
    """Whoever ends a process on Windows chooses its exit code."""
    assert tills(tmp_path / "log", "killed", "0") == (0, ["", CRASHED])


def test_one_that_stands_still_is_ended_and_started_again(tmp_path, capsys):
    began_s = time.monotonic()
    assert tills(tmp_path / "log", "freeze", "0") == (0, ["", FROZE])
    assert time.monotonic() - began_s < 20
    assert "stood still" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
def test_a_machine_that_slept_is_no_till_that_stands_still(tmp_path):
    """Both stop and go on together, as when a lid is closed: nobody is ended."""
    log = tmp_path / "log"
    patience = "Patience(start=5.0, silence=2.0, pauses=(0.0,), look=0.1)"
    beating = "import os, time\nfor n in range(40):\n    os.write(1, b'.')\n    time.sleep(0.05)\nos.write(1, b'!')\n"
    code = (
        f"from pos_app.watch import *\nimport sys\nsys.exit(watch((), {patience}, (sys.executable, '-c', {beating!r})))"
    )
    pid = os.posix_spawn(
        sys.executable, [sys.executable, "-c", f"import os\nos.setpgid(0, 0)\n{code}"], dict(os.environ), file_actions=[
            (os.POSIX_SPAWN_OPEN, 2, str(log), os.O_CREAT | os.O_WRONLY, 0o600)]
    )  # fmt: skip
    wait_for(lambda: os.getpgid(pid) == pid, "it never began")
    time.sleep(0.7)
    os.killpg(pid, signal.SIGSTOP)
    time.sleep(3.0)
    os.killpg(pid, signal.SIGCONT)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert log.read_text() == ""
