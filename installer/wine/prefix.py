"""One Wine prefix: a small Windows 10 in a folder. The pitfalls that are avoided here were met; comments say which."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMPILER = "x86_64-w64-mingw32-gcc"
# mscoree, mshtml: Wine would ask to download them. wbemprox: Python 3.12 asks WMI for the version of Windows, which
# ends the process. winedbg: a program that crashes would hang in the debugger. mscms: ours, see mscms.c.
OVERRIDES = "mscoree,mshtml,wbemprox,winedbg.exe=;mscms=n"
START_S = 180


class WineError(Exception):
    """Wine itself did not do what was asked; the text says what."""


class Prefix:
    """A Windows in `folder`. `display` is the X display that its windows open on, empty for none."""

    def __init__(self, folder: Path, display: str = "") -> None:
        self.folder = folder
        self.display = display

    @property
    def drive(self) -> Path:
        """Return the folder that is C: there."""
        return self.folder / "drive_c"

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a program in this Windows; of this machine's it gets only what Wine needs.

        A name that begins with QT_ never arrives (Wine drops it): say WINEQT_QPA_PLATFORM for QT_QPA_PLATFORM.
        """
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER", "TMPDIR") if name in os.environ}
        ours = {"WINEPREFIX": str(self.folder), "WINEARCH": "win64", "WINEDEBUG": "-all", "LC_ALL": "C.UTF-8"}
        shown = {"DISPLAY": self.display} if self.display else {}
        return {**kept, **ours, "WINEDLLOVERRIDES": OVERRIDES, **shown, **(more or {})}

    def create(self) -> None:
        """Make the prefix anew: Windows 10, with the two libraries that Wine 8 misses.

        Errors: WineError.
        """
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._quietly("wineboot", "-i")
        self._quietly("winecfg", "-v", "win10")  # a new prefix says Windows 7
        if not (self.drive / "windows" / "system32" / "kernel32.dll").exists():
            raise WineError(f"Wine could not make {self.folder}.")
        for name in ("icuuc", "mscms"):
            target = self.drive / "windows" / "system32" / f"{name}.dll"
            target.unlink(missing_ok=True)  # a link into Wine's own files
            done = subprocess.run([COMPILER, "-shared", "-O2", "-s", "-o", str(target), str(HERE / f"{name}.c")])
            if done.returncode != 0:
                raise WineError(f"{name}.c could not be compiled.")
        self.start()

    def start(self) -> None:
        """Keep Wine's own services running until `stop`: a program that starts them hands them its output pipe, and
        whoever reads it waits for them too."""
        subprocess.run(["wineserver", "-p"], env=self.env(), check=False)
        self._quietly("cmd", "/c", "exit")

    def stop(self) -> None:
        """End everything that runs in this prefix, at once."""
        if self.folder.exists() and shutil.which("wineserver"):
            subprocess.run(["wineserver", "-k"], env=self.env(), capture_output=True, check=False)
            subprocess.run(["wineserver", "-w"], env=self.env(), capture_output=True, check=False, timeout=60)

    def _quietly(self, *words: str) -> None:
        subprocess.run(
            ["wine", *words],
            env=self.env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_S,
            check=False,
        )

    def run(
        self,
        *words: str,
        given: str = "",
        within_s: float = 120,
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a Windows program and return its exit code and what it printed.

        Through a pipe always: Python for Windows cannot start under Wine when its output is a plain file.
        """
        return subprocess.run(
            ["wine", *words],
            env=self.env(env),
            cwd=folder,
            input=given,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within_s,
            check=False,
        )

    def begin(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a Windows program and return at once."""
        return subprocess.Popen(
            ["wine", *words],
            env=self.env(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def unix(self, windows_path: str) -> Path:
        r"""Return where a path such as C:\ProgramData lies here."""
        drive, _, rest = windows_path.partition(":")
        root = self.drive if drive.lower() == "c" else Path("/")
        return root.joinpath(*[part for part in rest.split("\\") if part])

    @staticmethod
    def path(unix_path: Path) -> str:
        """Return a path of this machine as a program in Wine names it."""
        return "Z:" + str(unix_path.resolve()).replace("/", "\\")
