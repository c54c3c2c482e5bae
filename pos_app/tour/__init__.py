"""The tour: the whole program without a display, driven through the main job, each step checked and pictured.

A real sandbox process, real serial bytes (a pseudo-terminal; on Windows, which has none, a loopback socket), a
real database file and the real window drawn off screen. Each step compares what the screen says with what the
sandbox's ledger says.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from pos_app.tour.steps import STEPS
from pos_app.tour.walk import walk

__all__ = ["run_tour"]

MARK = ".pos-app-tour"


def _clear(out: Path) -> None:
    """Make the folder, or empty it when an earlier tour made it; anybody else's files are left alone.

    Errors: OSError, also for a folder that holds something else.
    """
    mark = out / MARK
    if out.exists() and not mark.is_file() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(0, "it holds files that no tour made.")
    if mark.is_file():
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    mark.write_text("made by pos-app tour; the next tour into this folder empties it\n", "utf-8")


def run_tour(out: Path, as_json: bool) -> int:
    """Walk the tour into a fresh folder. Exit code 0 when every step is fine, else 1."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        _clear(out)
    except OSError as exc:
        sys.stderr.write(
            f"The tour cannot use the folder {out}: {exc.strerror or exc} Name another with --out. [TOUR-01]\n"
        )
        return 2
    app = QApplication.instance() or QApplication(sys.argv[:1])
    with QEventLoop(app) as loop:
        return int(loop.run_until_complete(walk(out.absolute(), as_json, STEPS)))
