"""What is shipped: exactly the files of installer/windows/contents.txt, and no library that Windows would not find."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from making import runtime
from making.places import SOURCES, BuildError

LIST = SOURCES / "contents.txt"
WRITE = "POS_WRITE_CONTENTS"
_MANY = "_internal/babel/locale-data/"
# Of Windows 10 1903 and later itself: nothing of these is shipped. api-ms-win-* is the Universal C Runtime.
_OF_WINDOWS = frozenset(
    """
    advapi32 authz bcrypt bcryptprimitives cfgmgr32 combase comctl32 comdlg32 crypt32 cryptbase d2d1 d3d11 d3d12 d3d9
    dcomp dnsapi dwmapi dwrite dxgi dxva2 gdi32 hid icuuc imm32 iphlpapi kernel32 mpr mscms msvcrt ncrypt netapi32
    normaliz ntdll ole32 oleaut32 opengl32 pdh powrprof propsys psapi rpcrt4 secur32 setupapi shcore shell32 shlwapi
    uiautomationcore user32 userenv uxtheme version wevtapi winhttp winmm winspool.drv wldap32 ws2_32 wtsapi32
    """.split()  # noqa: SIM905 - two hundred quotes would say no more
)


def names(folder: Path) -> list[str]:
    """List the files of a folder, with slashes; the locales of Babel are many and stand as their number."""
    found = sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())
    locales = [one for one in found if one.startswith(_MANY)]
    rest = [one for one in found if not one.startswith(_MANY)]
    return sorted([*rest, f"{_MANY}*.dat {len(locales)}"], key=str.lower)


def check(folder: Path) -> None:
    """Compare a program's folder with the list. Errors: BuildError that names what is missing and what is extra."""
    found = names(folder)
    if os.environ.get(WRITE):
        LIST.write_text("\n".join(found) + "\n", "utf-8", newline="\n")
    wanted = LIST.read_text("utf-8").split("\n")[:-1]
    missing = {one.lower() for one in wanted} - {one.lower() for one in found}
    extra = {one.lower() for one in found} - {one.lower() for one in wanted}
    if missing or extra:
        lines = [*(f"missing {one}" for one in sorted(missing)), *(f"extra   {one}" for one in sorted(extra))]
        raise BuildError(f"{folder} is not what installer/windows/contents.txt says:\n" + "\n".join(lines))
    strangers = sorted(set(_strangers(folder)))
    if strangers:
        raise BuildError("Libraries that nobody ships:\n" + "\n".join(strangers))


def _strangers(folder: Path) -> Iterator[str]:
    """Name each library that a file asks for and that is neither shipped nor Windows' own."""
    sys.path.append(str(runtime.packages()))
    import pefile  # type: ignore[import-not-found, unused-ignore] # PyInstaller brings it on Windows

    shipped = {one.name.lower() for one in folder.rglob("*")}
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() not in (".dll", ".pyd", ".exe"):
            continue
        image = pefile.PE(str(file), fast_load=True)
        wanted = ("IMAGE_DIRECTORY_ENTRY_IMPORT", "IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT")
        image.parse_data_directories([pefile.DIRECTORY_ENTRY[name] for name in wanted])
        for kind in ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT"):
            for entry in getattr(image, kind, []):
                name = entry.dll.decode("ascii", "replace").lower()
                if not (name in shipped or re.fullmatch(r"(api|ext)-ms-win-.*", name) or _is_windows(name)):
                    yield f"{file.relative_to(folder).as_posix()} asks for {name}"
        image.close()


def _is_windows(name: str) -> bool:
    return name in _OF_WINDOWS or name.removesuffix(".dll") in _OF_WINDOWS
