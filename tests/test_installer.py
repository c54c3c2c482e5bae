"""The Windows build, as far as it can be judged without Windows: what is left out, pinned, listed and documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = ROOT / "installer" / "windows"
GUIDE = (ROOT / "resources" / "docs" / "windows.md").read_text("utf-8")
SETUP = (WINDOWS / "setup.nsi").read_text("utf-8")


def unused() -> tuple[str, ...]:
    """The modules that the program is frozen without."""
    for node in ast.parse((WINDOWS / "pos-app.spec").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "UNUSED":
            return ast.literal_eval(node.value)
    raise AssertionError("the spec names no unused modules")


def test_what_is_left_out_is_asked_for_nowhere() -> None:
    """Every module of ours is loaded in a Python that has nothing of what the frozen program lacks."""
    code = f"""
import importlib, pkgutil, sys
names = {unused()!r}
class Gone:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in names):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Gone())
import pos_app
for one in pkgutil.walk_packages(pos_app.__path__, "pos_app."):
    if not one.name.endswith("__main__"):
        importlib.import_module(one.name)
import keyring.core, uvicorn.loops.asyncio, argon2
argon2.PasswordHasher().hash("1")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_exit_codes_of_the_setup_are_those_of_the_guide() -> None:
    codes = {int(one) for one in re.findall(r"^!define [A-Z_]+ (\d+)$", SETUP, re.MULTILINE)}
    told = {int(one) for row in re.findall(r"^\| ([\d, ]+) \|", GUIDE, re.MULTILINE) for one in row.split(",")}
    assert codes <= told
    assert told - codes == {1}, "1 is NSIS' own: cancelled"


def test_every_option_of_the_setup_is_in_the_guide() -> None:
    options = set(re.findall(r'"(/[A-Z]+)=?"', SETUP)) - {"/MSI", "/UNINSTALL"}  # the MSI's own
    assert options >= {"/CONFIG", "/KIOSK", "/ROLLBACK", "/PURGE", "/WAIT"}
    assert not [one for one in options if one not in GUIDE]


@pytest.mark.parametrize("part", ["opengl32sw", "translations", "QtQml", "Qt6Pdf", "cacert.pem", "/tests/", "tzdata"])
def test_nothing_is_shipped_that_nobody_uses(part) -> None:
    listed = (WINDOWS / "contents.txt").read_text("utf-8")
    assert "pos-app-cli.exe\n" in listed
    assert part not in listed


def test_every_resource_and_every_language_is_shipped() -> None:
    listed = set((WINDOWS / "contents.txt").read_text("utf-8").splitlines())
    wanted = [
        one for part in ("fonts", "guide", "icons", "sandbox") for one in (ROOT / "resources" / part).rglob("*.*")
    ]
    wanted += (ROOT / "pos_app" / "language").glob("*.po")
    assert len(wanted) > 50
    assert not [one.name for one in wanted if f"_internal/{one.relative_to(ROOT).as_posix()}" not in listed]


def test_windows_gets_its_own_packages_and_not_those_of_linux() -> None:
    code = (
        "import sys; sys.path.insert(0, 'installer'); from making import runtime; "
        "print(*(one.name for one in runtime.pins('freeze.txt')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    names = set(done.stdout.split())
    assert {"pywin32-ctypes", "pefile", "pyinstaller", "pyside6-essentials"} <= names
    assert not {"jeepney", "secretstorage", "macholib", "cryptography"} & names


def test_the_python_that_is_frozen_is_pinned_by_its_hash() -> None:
    text = (ROOT / "installer" / "lock" / "python.txt").read_text("utf-8")
    assert (
        len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) == len(re.findall(r"^[a-z-]+==", text, re.MULTILINE)) == 1
    )
