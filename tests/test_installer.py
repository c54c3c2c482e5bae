"""The Windows build, as far as it can be judged without Windows: what is left out, pinned, listed and documented."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from babel import localedata
from babel.dates import format_date

from pos_app.domain.money import Money
from pos_app.language import LANGUAGES
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
    wanted = [
        one for part in ("fonts", "guide", "icons", "sandbox") for one in (ROOT / "resources" / part).rglob("*.*")
    ]
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
    # Babel writes what it resolves for one locale into what others share: both times from nothing, in the same order.
    monkeypatch.setattr(localedata, "_cache", {})
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


# ---------------------------------------------------------------- what must agree with what


def pins(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes of each package of a lock file."""
    text = (ROOT / "installer" / "lock" / f"{lock}.txt").read_text("utf-8")
    entries = re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)[^\n]*\n((?:    --hash=[^\n]+\n)+)", text, re.MULTILINE)
    return {name: (version, frozenset(re.findall(r"sha256:[0-9a-f]{64}", told))) for name, version, told in entries}


def test_the_program_is_frozen_from_the_packages_that_it_is_tested_with() -> None:
    frozen, tested = pins("freeze"), pins("dev")
    shared = frozen.keys() & tested.keys()
    assert {"pyside6-essentials", "httpx", "apsw", "keyring"} <= shared
    assert {name: frozen[name] for name in shared} == {name: tested[name] for name in shared}
    assert all(hashes for _, hashes in frozen.values())


def test_the_versions_in_the_list_of_contents_are_those_of_the_lock() -> None:
    listed = (WINDOWS / "contents.txt").read_text("utf-8")
    found = dict(re.findall(r"^_internal/([^/]+)-([0-9.]+)\.dist-info/METADATA$", listed, re.MULTILINE))
    assert {"httpx", "apsw", "pyside6_essentials"} <= found.keys()
    wanted = {name: pins("freeze")[name.replace("_", "-")][0] for name in found}
    assert found == wanted


def test_the_program_asks_for_no_administrator_and_is_sharp_on_every_screen() -> None:
    manifest = ElementTree.parse(WINDOWS / "pos-app.manifest")  # noqa: S314 - our own file
    level = [one.get("level") for one in manifest.iter() if one.tag.endswith("requestedExecutionLevel")]
    told = {one.tag.rpartition("}")[2]: (one.text or "").strip() for one in manifest.iter()}
    assert level == ["asInvoker"]
    assert told["dpiAwareness"].startswith("PerMonitorV2")
    assert "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}" in {one.get("Id") for one in manifest.iter()}, "Windows 10"


def test_the_setup_says_everything_in_every_language_of_the_till() -> None:
    text = (WINDOWS / "words.nsh").read_text("utf-8").replace("\\\n", " ")
    words = {
        name: re.findall(r'"([^"]*)"', told)
        for name, told in re.findall(r"^!insertmacro Words (\w+) (.*)$", text, re.M)
    }
    used = set(re.findall(r"\$\(([A-Z_]+)\)", SETUP)) | set(
        re.findall(r"\{(?:un\.)?End\} .*\" ([A-Z_]+)$", SETUP, re.M)
    )
    assert used == set(words)
    assert {len(told) for told in words.values()} == {len(LANGUAGES)}
    assert not [name for name, told in words.items() if len(set(told)) < len(told) or not all(told)]
    for code in LANGUAGES:
        assert f'== "{code}"' in SETUP, code


@pytest.mark.skipif(shutil.which("makensis") is None, reason="NSIS is not installed")
def test_the_script_of_the_setup_compiles_without_a_warning(tmp_path) -> None:
    image = tmp_path / "image"
    (image / "_internal").mkdir(parents=True)
    (image / "pos-app.exe").write_bytes(b"a program")
    code = (
        "import sys; sys.path.insert(0, 'installer'); from pathlib import Path; from making import setup; "
        "setup.pack(Path(sys.argv[1]), Path(sys.argv[2]), '1.2.3', quick=True)"
    )
    made = tmp_path / "pos-app-setup.exe"
    done = subprocess.run([sys.executable, "-c", code, str(image), str(made)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert made.read_bytes().startswith(b"MZ")
    assert "1.2.3".encode("utf-16-le") in made.read_bytes(), "its version resource"


def test_the_actions_of_the_msi_stand_where_windows_runs_them() -> None:
    """Deferred ones must come after InstallInitialize, and wixl counts only what `After` says from there on."""
    text = (ROOT / "installer" / "making" / "setup.py").read_text("utf-8")
    placed = dict(re.findall(r'<Custom Action="(\w+)" After="(\w+)">', text))
    assert placed == {"RunSetup": "InstallFiles", "RunUninstall": "InstallInitialize"}
    assert "Before=" not in text


def test_the_nightly_proves_the_setup_and_the_release_is_tried_on_windows() -> None:
    flows = {one.stem: one.read_text("utf-8") for one in (ROOT / ".github" / "workflows").glob("*.yml")}
    assert "make installer-check" in flows["nightly"]
    for wanted in ("installer\\build.ps1", "installer\\smoke.ps1", "setup_env.py test"):
        assert wanted in flows["windows"], wanted
    for python in ("3.11", "3.12", "3.13"):
        assert f'"{python}"' in flows["linux"]
