"""The Windows build, as far as it can be judged without Windows: what is left out, pinned, listed and documented."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel import localedata
from babel.dates import format_date

from pos_app.domain.money import Money
from pos_app.ui.present.words import Words

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
    wanted = [one for part in ("fonts", "icons", "sandbox") for one in (ROOT / "resources" / part).iterdir()]
    wanted += (ROOT / "pos_app" / "language").glob("*.po")
    assert len(wanted) > 50
    assert not [one.name for one in wanted if f"_internal/{one.relative_to(ROOT).as_posix()}" not in listed]


def written(locale: str) -> list[str]:
    """What a till writes in a locale: every month and weekday, figures with their signs."""
    words = Words(locale)
    days = [date(2026, month, 2 * month) for month in range(1, 13)]
    said = [f"{words.day(day)} {words.day(day, days[0])} {format_date(day, 'full', locale=locale)}" for day in days]
    at = datetime(2026, 6, 30, 14, 5, 9, tzinfo=UTC)
    return [*said, words.money(Money(-123456789, "SGD")), words.points(1234567), words.clock(at), words.clock_s(at)]


def test_the_trimmed_locale_data_writes_as_the_whole_in_every_locale(tmp_path, monkeypatch) -> None:
    whole, trimmed = Path(localedata._dirname), tmp_path / "locale-data"
    names = sorted(localedata.locale_identifiers())
    assert len(names) > 1000
    before = {name: written(name) for name in names}
    shutil.copytree(whole, trimmed)
    code = (
        "import sys; sys.path.insert(0, 'installer'); from pathlib import Path; from making import locales; "
        "locales.trim(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(trimmed)], cwd=ROOT, check=True, timeout=100)
    sizes = [sum(one.stat().st_size for one in folder.glob("*.dat")) for folder in (whole, trimmed)]
    assert sizes[1] * 10 < sizes[0]
    monkeypatch.setattr(localedata, "_dirname", str(trimmed))
    monkeypatch.setattr(localedata, "_cache", {})
    assert "territories" not in localedata.load("th")
    assert {name: written(name) for name in names} == before
    localedata.locale_identifiers.cache_clear()


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
