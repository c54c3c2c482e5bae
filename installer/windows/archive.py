"""Run before the program: its archive of modules is read once and kept, not opened anew for each of 600 modules.

Opening a file is slow on Windows, where a virus scanner looks at each. The names are those of PyInstaller's starter,
which is pinned.
"""

import builtins
import io
from typing import Any

import pyimod01_archive  # type: ignore[import-not-found, unused-ignore]
import pyimod02_importers  # type: ignore[import-not-found, unused-ignore]

program = pyimod02_importers.pyz_archive._filename
with open(program, "rb") as file:
    whole = file.read()


def opened(name: str, mode: str = "r") -> Any:
    """Each reader gets a view of its own of the same bytes, so that two threads may import at once."""
    return io.BytesIO(whole) if name == program else builtins.open(name, mode)


pyimod01_archive.open = opened
