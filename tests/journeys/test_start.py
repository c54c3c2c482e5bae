"""The program itself, as a user starts it: it comes up, it says why it cannot, and it ends in good order."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pos_app.practice import Practice

WAIT_S = 30
NO_VAULT = "keyring.backends.null.Keyring"
ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to end a program gently")


def start(*words: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """The till's own program, off screen."""
    program = [sys.executable, "-m", "pos_app", *words]
    around = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **(env or {})}
    return subprocess.Popen(program, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=around)


def until_idle(child: subprocess.Popen[str]) -> None:
    """Wait until the program only waits: three seconds in which it computes next to nothing."""
    quiet_since, spent = time.monotonic(), 0
    while time.monotonic() - quiet_since < 3:
        ticks = sum(map(int, Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
        if ticks > spent + 5:
            quiet_since, spent = time.monotonic(), ticks
        time.sleep(0.05)


def end(child: subprocess.Popen[str]) -> tuple[int, str]:
    """Ask it to end; its exit code and all that it wrote to standard error."""
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=WAIT_S)
    return child.returncode, said


@ON_WINDOWS
def test_the_practice_till_comes_up_and_leaves_nothing_behind(tmp_path):
    child = start("run", "--sandbox", "--data", str(tmp_path))
    try:
        line = next(line for line in child.stderr if "Codes to scan" in line)
        assert (tmp_path / "codes-to-scan.pdf").stat().st_size > 1000, line
    finally:
        code, said = end(child)
    assert code == 0
    assert "Traceback" not in said
    assert (tmp_path / "till.sqlite3").exists()
    log = (tmp_path / "log" / "till.log").read_text("utf-8")
    assert "sandbox-only-not-a-secret" not in log
    assert "Traceback" not in log


def config(practice: Practice, folder, more: str = "", base_url: str = "") -> str:
    """A configuration file for this sandbox."""
    path = folder / "config.toml"
    path.write_text(
        f"""
[profile]
name = "journey"
environment = "sandbox"
[perx]
base_url = "{base_url or practice.base_url}"
client_id = "{practice.announced["client_id"]}"
loyalty_program_id = {practice.announced["loyalty_program_id"]}
[shop]
name = "Shop"
till = "Till 1"
[money]
currency = "SGD"
[data]
dir = "{(folder / "data").as_posix()}"
{more}
""",
        "utf-8",
    )
    return str(path)


@ON_WINDOWS
@pytest.mark.parametrize(
    ("more", "code"),
    [("[nope]\nx = 1\n", "CFG-004"), ("[scanner]\nbaud = 'fast'\n", "CFG-0"), ("[[[", "CFG-0")],
    ids=["unknown key", "wrong type", "not TOML"],
)
def test_a_wrong_setting_is_said_with_its_code(tmp_path, more, code):
    with Practice(tmp_path / "perx") as practice:
        child = start("run", "--config", config(practice, tmp_path, more), env=practice.secrets)
        first = child.stderr.readline()
        exit_code, said = end(child)
    assert code in first
    assert "Traceback" not in first + said
    assert exit_code == 2


@pytest.mark.fault("row 17")
@ON_WINDOWS
def test_missing_credentials_are_said_with_what_to_do(tmp_path):
    with Practice(tmp_path / "perx") as practice:
        child = start("run", "--config", config(practice, tmp_path), env={"PYTHON_KEYRING_BACKEND": NO_VAULT})
        first = child.stderr.readline()
        until_idle(child)
        exit_code, said = end(child)
    assert "VLT-00" in first
    assert "Traceback" not in first + said
    assert exit_code == 2


@ON_WINDOWS
def test_a_machine_without_settings_opens_the_set_up(tmp_path):
    child = start("run", "--config", str(tmp_path / "none.toml"), env={"XDG_DATA_HOME": str(tmp_path)})
    first = child.stderr.readline()
    until_idle(child)
    exit_code, said = end(child)
    assert "CFG-001" in first
    assert "Traceback" not in first + said
    assert exit_code == 2, "nobody answered, so there is no till"


@ON_WINDOWS
def test_a_folder_that_cannot_be_made_is_said_with_its_code(tmp_path):
    (tmp_path / "file").write_text("")
    child = start("run", "--sandbox", "--data", str(tmp_path / "file"))
    first = child.stderr.readline()
    exit_code, said = end(child)
    assert "CFG-007" in first
    assert "Traceback" not in first + said
    assert exit_code == 2


@ON_WINDOWS
def test_doctor_names_a_wrong_host(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Practice(tmp_path / "perx") as practice:
        path = config(practice, tmp_path, "[scanner]\nport = 'off'\n", f"http://127.0.0.1:{port}")
        doctor = subprocess.run(
            [sys.executable, "-m", "pos_app", "doctor", "--config", path],
            env={**os.environ, **practice.secrets},
            capture_output=True,
            text=True,
        )
    assert doctor.returncode == 2
    assert "Traceback" not in doctor.stdout + doctor.stderr
    assert re.search(r"BAD +server +NET-01", doctor.stdout)
