"""The frozen program: PyInstaller run by the Windows CPython, under Wine where this is no Windows."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from wine.prefix import Prefix

from making import runtime
from making.places import (
    ON_WINDOWS,
    RESOURCES,
    ROOT,
    RUNTIME,
    SOURCES,
    WINE,
    WORK,
    BuildError,
    digest,
    files_below,
    say,
    version,
)

PROGRAM = WORK / "dist" / "pos-app"
_STAMP = WORK / "frozen.stamp"
_WITHIN_S = 1500
_SEEDED = {"PYTHONHASHSEED": "1"}  # the same source gives the same archive


def build() -> None:
    """Freeze the program, unless it stands there made of these very sources. Errors: BuildError."""
    runtime.ensure()
    own = ("entry.py", "archive.py", "pos-app.spec", "pos-app.ico", "pos-app.manifest")
    shipped = [ROOT / "pos_app", *(ROOT / "resources" / name for name in RESOURCES)]
    sources = [*files_below(*shipped), *(SOURCES / name for name in own), Path(__file__)]
    pinned = (RUNTIME / "pos-app-runtime.stamp").read_text("utf-8")
    wanted = digest(sources, version(), pinned)
    if PROGRAM.exists() and _STAMP.exists() and _STAMP.read_text("utf-8") == wanted:
        return
    say("Freezing the program ...")
    _STAMP.unlink(missing_ok=True)
    shutil.rmtree(WORK / "dist", ignore_errors=True)
    _pyinstaller(SOURCES / "pos-app.spec", WORK / "dist")
    if not (PROGRAM / "pos-app.exe").exists() or not (PROGRAM / "pos-app-cli.exe").exists():
        raise BuildError(f"PyInstaller made no program; see {_log()}.")
    _STAMP.write_text(wanted, "utf-8")


def bare() -> Path:
    """Freeze the bare window that the till's start is measured against, and return its program."""
    made = WORK / "work" / "bare" / "bare.exe"
    stamp = WORK / "bare.stamp"
    pinned = (RUNTIME / "pos-app-runtime.stamp").read_text("utf-8")
    wanted = digest([SOURCES / "bare.py", SOURCES / "bare.spec"], pinned)
    if not made.exists() or not stamp.exists() or stamp.read_text("utf-8") != wanted:
        say("Freezing the bare window ...")
        _pyinstaller(SOURCES / "bare.spec", WORK / "dist")
        stamp.write_text(wanted, "utf-8")
    return made


def _pyinstaller(spec: Path, out: Path) -> None:
    words = ["-m", "PyInstaller", "--noconfirm", "--log-level", "INFO"]
    if ON_WINDOWS:
        command = [str(runtime.python()), *words, "--distpath", str(out), "--workpath", str(WORK / "work"), str(spec)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", errors="replace")
        said, code = done.stdout + done.stderr, done.returncode
    else:
        prefix = build_prefix()
        there = [prefix.path(one) for one in (runtime.python(), out, WORK / "work", spec)]
        words = [there[0], *words, "--distpath", there[1], "--workpath", there[2], there[3]]
        ran = prefix.run(*words, within_s=_WITHIN_S, env=_SEEDED, folder=ROOT)
        said, code = ran.stdout, ran.returncode
        prefix.stop()
    _log().write_text(said, "utf-8")
    if code != 0:
        raise BuildError(f"PyInstaller failed with {code}; the end of {_log()}:\n{said[-3000:]}")


def _log() -> Path:
    return WORK / "pyinstaller.log"


def build_prefix() -> Prefix:
    """Return the Windows that the build runs in, made when it is missing."""
    prefix = Prefix(WINE / "build")
    if (prefix.drive / "windows" / "system32" / "mscms.dll").exists():
        prefix.start()
    else:
        say("Making a Wine prefix to build in ...")
        prefix.create()
    return prefix
