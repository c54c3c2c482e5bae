"""The set-up of a checkout: what the lock files promise, and that a machine without anything can start it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "installer" / "lock"
SCRIPT = ROOT / "installer" / "setup_env.py"


def pins(name: str) -> dict[str, str]:
    """Read a lock file as name -> version."""
    text = (LOCKS / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))


def declared(requirement: str) -> tuple[str, str]:
    name, _, version = requirement.partition("==")
    return re.sub(r"[-_.]+", "-", name).lower(), version


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "freeze.txt"])
def test_a_lock_pins_everything_by_hash_and_names_no_place(name: str) -> None:
    text = (LOCKS / name).read_text("utf-8")
    assert "://" not in text
    assert not [line for line in text.splitlines() if line.startswith("-")]
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(name))
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_locks_agree_with_the_project_and_each_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    runtime, dev = pins("runtime.txt"), pins("dev.txt")
    assert dict(map(declared, project["dependencies"])).items() <= runtime.items()
    assert dict(map(declared, project["optional-dependencies"]["dev"])).items() <= dev.items()
    assert runtime.items() <= dev.items()


def test_the_locks_fit_windows_too() -> None:
    assert {"pywin32-ctypes", "colorama"} <= set(pins("dev.txt"))
    assert "pywin32-ctypes" in pins("runtime.txt")


def test_an_old_python_is_told_so_instead_of_failing_to_read_the_script() -> None:
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 7))


def test_a_wrong_task_is_told_before_anything_is_installed() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "fly"], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (3, "")
    assert "There is no task 'fly'" in done.stderr


def test_every_task_of_make_is_a_task_of_the_script() -> None:
    tasks = re.search(r"^TASKS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert tasks
    script = SCRIPT.read_text("utf-8")
    assert all(f'"{task}"' in script for task in tasks[1].split())
