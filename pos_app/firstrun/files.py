"""Configuration files that a shop may bring: on a USB stick, or where downloads go."""

from __future__ import annotations

import logging
import os
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from pos_app.firstrun.steps import FoundFile

log = logging.getLogger(__name__)

MOST_FILES, MOST_BYTES, DEPTH = 40, 256 * 1024, 2


def places() -> list[Path]:
    """Where to look: every stick and drive, then the user's downloads and desktop."""
    home = Path.home()
    own = [home / "Downloads", home / "Desktop", home / "Documents"]
    if sys.platform == "win32":
        return [Path(f"{letter}:\\") for letter in string.ascii_uppercase if letter not in "ABC"] + own
    sticks = [one for top in (Path("/media"), Path("/run/media"), Path("/mnt")) for one in _folders(top)]
    return [*sticks, *(deeper for one in sticks for deeper in _folders(one)), *own]


def found(where: list[Path]) -> tuple[FoundFile, ...]:
    """The TOML files in these places, not deep below them. What cannot be read is passed over."""
    seen: dict[Path, None] = {}
    for place in where:
        for file in _within(place, DEPTH):
            seen.setdefault(file)
            if len(seen) >= MOST_FILES:
                break
    return tuple(FoundFile(str(one), str(one.parent)) for one in seen)


def _within(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError:
        return
    for one in entries:
        try:
            if one.is_file() and one.name.endswith(".toml") and one.stat().st_size <= MOST_BYTES:
                yield Path(one.path)
            elif depth > 1 and one.is_dir(follow_symlinks=False) and not one.name.startswith("."):
                yield from _within(Path(one.path), depth - 1)
        except OSError as exc:
            log.info("a file is passed over: %s", exc.strerror)


def _folders(top: Path) -> list[Path]:
    try:
        return [Path(one.path) for one in os.scandir(top) if one.is_dir()]
    except OSError:
        return []
