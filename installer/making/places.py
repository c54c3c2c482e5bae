"""Where the build finds and leaves things, and how it says what it does."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "installer" / "windows"
LOCKS = ROOT / "installer" / "lock"
OUT = ROOT / "build" / "installer"
WORK = ROOT / "build" / "windows"
WINE = ROOT / "build" / "wine"
RUNTIME = WORK / "python"
"""CPython for Windows with the packages that the program is frozen from."""

RESOURCES = ("fonts", "guide", "icons", "sandbox")
"""The folders of resources that are shipped."""

ON_WINDOWS = sys.platform == "win32"
APP = "pos-app"
TITLE = "Perx till"
PUBLISHER = "Perx"


class BuildError(Exception):
    """The build cannot go on; the text says why."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(text, flush=True)


def version() -> str:
    """Return the version of the program, the only place of which is pos_app/__init__.py."""
    text = (ROOT / "pos_app" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "([0-9]+\.[0-9]+\.[0-9]+)"$', text, re.MULTILINE)
    if found is None:
        raise BuildError("pos_app/__init__.py names no version such as 1.2.3.")
    return found[1]


def four(text: str) -> tuple[int, int, int, int]:
    """Return a version as the four numbers that Windows keeps in a file."""
    major, minor, patch = (int(part) for part in text.split("."))
    return major, minor, patch, 0


def digest(files: Iterable[Path], *more: str) -> str:
    """Return a digest of files, their places in the checkout, and words."""
    whole = hashlib.sha256()
    for file in sorted(files):
        whole.update(f"{file.relative_to(ROOT).as_posix()}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    whole.update("\0".join(more).encode())
    return whole.hexdigest()


def files_below(*folders: Path) -> list[Path]:
    """List every file of folders, without what Python leaves behind."""
    found = [one for folder in folders for one in folder.rglob("*") if one.is_file()]
    return sorted(one for one in found if "__pycache__" not in one.parts)
