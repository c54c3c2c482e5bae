"""A display of its own, a real pointer on it, and pictures of it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

SIZE = (1024, 768)


class ProofError(Exception):
    """Something is not as it must be; the text says what."""


def until(fact: Callable[[], object], otherwise: str, within_s: float = 60.0, every_s: float = 0.25) -> None:
    """Wait for a fact, looking often. Errors: ProofError with `otherwise`."""
    end_s = time.monotonic() + within_s
    while not fact():
        if time.monotonic() > end_s:
            raise ProofError(otherwise)
        time.sleep(every_s)


class Display:
    """An X server without a screen, ended with the block."""

    def __init__(self, pictures: Path) -> None:
        self._pictures = pictures
        self._count = 0
        number = next(one for one in range(90, 130) if not Path(f"/tmp/.X11-unix/X{one}").exists())  # noqa: S108
        self.name = f":{number}"

    def __enter__(self) -> Self:
        self._pictures.mkdir(parents=True, exist_ok=True)
        for old in self._pictures.glob("*.png"):
            old.unlink()
        words = ["Xvfb", self.name, "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: Path(f"/tmp/.X11-unix/X{self.name[1:]}").exists(), "Xvfb did not start")  # noqa: S108
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait(timeout=10)

    def _env(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.name}

    def windows(self, title: str) -> list[str]:
        """List the windows of a title that are shown."""
        words = ["xdotool", "search", "--onlyvisible", "--name", title]
        return subprocess.run(words, env=self._env(), capture_output=True, text=True).stdout.split()

    def click(self, spot: tuple[int, int]) -> None:
        """Move the pointer to a spot, press and release its left button."""
        words = ["xdotool", "mousemove", str(spot[0]), str(spot[1]), "sleep", "0.1", "mousedown", "1"]
        words += ["sleep", "0.06", "mouseup", "1", "sleep", "0.15"]
        subprocess.run(words, env=self._env(), check=True)

    def keys(self, chord: str) -> None:
        """Press a chord of keys, such as `alt+F4`."""
        subprocess.run(["xdotool", "key", chord], env=self._env(), check=True)

    def picture(self, name: str) -> Path:
        """Keep a picture of the whole screen."""
        self._count += 1
        path = self._pictures / f"{self._count:02d}-{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], env=self._env(), check=True)
        return path

    def colour(self, spot: tuple[int, int]) -> str:
        """Return the colour of one pixel, as `#1a2340`."""
        words = ["import", "-window", "root", "-crop", f"1x1+{spot[0]}+{spot[1]}", "-depth", "8", "txt:-"]
        said = subprocess.run(words, env=self._env(), capture_output=True, text=True, check=True).stdout
        return next(word for word in said.split() if word.startswith("#") and len(word) >= 7)[:7].lower()

    def still(self, for_s: float = 1.0, within_s: float = 30.0) -> None:
        """Wait until nothing moves any more, but for the clock in the header."""
        last, since_s, end_s = b"", time.monotonic(), time.monotonic() + within_s
        while time.monotonic() - since_s < for_s and time.monotonic() < end_s:
            words = ["import", "-window", "root", "-crop", f"{SIZE[0]}x{SIZE[1] - 60}+0+60", "-depth", "8", "rgb:-"]
            now = subprocess.run(words, env=self._env(), capture_output=True).stdout
            if now != last:
                last, since_s = now, time.monotonic()
            time.sleep(0.15)
