"""The setups under proof, what they must leave on the machine, and a version before this one to upgrade from."""

from __future__ import annotations

import filecmp
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

from making import setup
from making.places import TITLE, WORK, digest, files_below, four
from wine.prefix import Prefix

from proving.display import ProofError, until

OLD = "0.0.9"
HOME = "C:\\Program Files\\pos-app"
_KEY = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\pos-app"
_RUN = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"
_SIGNATURE = struct.pack("<I", 0xFEEF04BD)


def old_setup() -> Path:
    """Make a setup of an earlier version: the same program, whose version resource says another number.

    It is signed with a certificate of its own making, so that the hook for signatures is tried as well.
    """
    out = WORK / f"pos-app-{OLD}-x64-setup.exe"
    stamp = WORK / "old.stamp"
    wanted = digest(setup.SCRIPTS, *map(str, (os.stat(setup.IMAGE / "pos-app.exe").st_mtime_ns,)))
    if out.exists() and stamp.exists() and stamp.read_text("utf-8") == wanted:
        return out
    image = WORK / "old-image"
    shutil.rmtree(image, ignore_errors=True)
    shutil.copytree(setup.IMAGE, image)
    for name in ("pos-app.exe", "pos-app-cli.exe"):
        data = bytearray((image / name).read_bytes())
        at = data.index(_SIGNATURE) + 8
        major, minor, patch, last = four(OLD)
        numbers = struct.pack("<II", major << 16 | minor, patch << 16 | last)
        data[at : at + 16] = numbers * 2
        (image / name).write_bytes(data)
    os.environ["SIGN_COMMAND"] = f"{sys.executable} {Path(__file__).with_name('sign_selfmade.py')}"
    try:
        setup.sign_programs(image)
        setup.pack(image, out, OLD, quick=True)
    finally:
        del os.environ["SIGN_COMMAND"]
    stamp.write_text(wanted, "utf-8")
    return out


class Machine:
    """The Windows of the proof, as its administrator sees it."""

    def __init__(self, prefix: Prefix, folder: Path) -> None:
        self.prefix = prefix
        self.log = folder / "setup.log"

    @property
    def home(self) -> Path:
        """Return the folder of the installed program."""
        return self.prefix.unix(HOME)

    @property
    def shared(self) -> Path:
        """Return the folder of configuration and data."""
        return self.prefix.drive / "ProgramData" / "pos-app"

    def install(self, file: Path, *options: str, within_s: float = 400) -> int:
        """Run a setup silently; its exit code."""
        words = [Prefix.path(file), "/S", f"/LOG={Prefix.path(self.log)}", *options]
        return self.prefix.run(*words, within_s=within_s).returncode

    def uninstall_as_windows_does(self, *options: str) -> None:
        """Run the uninstaller as the list of programs does: it moves away, so that it can remove itself."""
        self.prefix.run(f"{HOME}\\uninstall.exe", "/S", f"/LOG={Prefix.path(self.log)}", *options, within_s=300)
        until(lambda: not self.home.exists(), f"{HOME} is still there", 120)

    def value(self, key: str, name: str) -> str:
        """Return a value of the registry, "" when there is none."""
        said = self.prefix.run("reg", "query", key, "/v", name).stdout
        for line in said.splitlines():
            parts = line.split(None, 2)
            if parts[:1] == [name] and len(parts) == 3:
                return parts[2].strip()
        return ""

    def version(self) -> str:
        """Return the version that Windows lists."""
        return self.value(_KEY, "DisplayVersion")

    def autostart(self) -> str:
        """Return what is started when somebody logs on."""
        return self.value(_RUN, "pos-app")

    def same_files(self, image: Path, *besides: str) -> int:
        """Compare the installed files with those that were packed, both ways; return how many there are.

        Errors: ProofError that names each one that is missing, extra or different.
        """
        wanted = {one.relative_to(image).as_posix() for one in files_below(image)}
        found = {one.relative_to(self.home).as_posix() for one in files_below(self.home)}
        found = {one for one in found if not one.startswith(("previous/", *besides))}
        wanted |= {"uninstall.exe"}
        wrong = [f"missing {one}" for one in sorted(wanted - found)] + [
            f"extra {one}" for one in sorted(found - wanted)
        ]
        wrong += [
            f"different {one}"
            for one in sorted(wanted & found - {"uninstall.exe"})
            if not filecmp.cmp(image / one, self.home / one, shallow=False)
        ]
        if wrong:
            raise ProofError("the installed files are not those that were packed:\n" + "\n".join(wrong[:20]))
        return len(found)

    def shortcut(self) -> Path:
        """Return where the Start menu's entry is for everybody."""
        menu = self.prefix.drive / "ProgramData" / "Microsoft" / "Windows" / "Start Menu" / "Programs"
        return menu / f"{TITLE}.lnk"

    def left_behind(self) -> list[str]:
        """List everything of the program that is still on the machine."""
        found = [str(one) for one in self.prefix.drive.rglob("*pos-app*") if "users" not in one.parts]
        found += [str(self.shortcut())] if self.shortcut().exists() else []
        for key in (_KEY, "HKLM\\Software\\pos-app"):
            said = self.prefix.run("reg", "query", key)
            found += [key] if said.returncode == 0 else []
        return [*found, *([_RUN] if self.autostart() else [])]


def signer(file: Path) -> str:
    """Return who signed a program, "" when nobody did, or when it was changed after that."""
    done = subprocess.run(["osslsigncode", "verify", "-in", str(file)], capture_output=True, text=True)
    lines = [line.strip() for line in done.stdout.splitlines()]
    wanted = ("Current message digest", "Calculated message digest")
    digests = [line.rpartition(":")[2].strip() for line in lines if line.startswith(wanted)]
    if len(set(digests)) != 1:
        return ""
    return next((line.partition("Subject:")[2].strip() for line in lines if "Subject:" in line), "")
