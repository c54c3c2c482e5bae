"""Pictures of the sample screens: `python tests/ui/shots.py OUT [part of a name]`. Exit 1 on any finding."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from checks import findings
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication
from samples import SCREENS

from pos_app.ui.theme import Look, sample_looks
from pos_app.ui.window import TillWindow


def looks() -> dict[str, Look]:
    """Every look that pictures are made for."""
    sizes = sample_looks()
    base = sizes["1024"]
    special = {
        "1024-dark": replace(base, theme="dark"),
        "1024-contrast": replace(base, theme="contrast"),
        "1024-lefthand": replace(base, mirror=True),
        "0819-lefthand": replace(sizes["0819"], mirror=True),
        "1366-dark": replace(sizes["1366"], theme="dark"),
    }
    return {**sizes, **special}


def main(out: Path, part: str) -> int:
    """Draw the pictures and print what is wrong with them."""
    application = QApplication.instance() or QApplication([])
    application.setStyle("Fusion")  # type: ignore[attr-defined]
    out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for size, look in looks().items():
        for screen_name, screen in SCREENS.items():
            picture = f"{screen_name}-{size}"
            if part not in picture:
                continue
            window = TillWindow(look)
            window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            window.show()
            window.render(screen)
            for _ in range(3):
                QCoreApplication.sendPostedEvents()
            bad = findings(window)
            window.grab().save(str(out / f"{picture}.png"))
            wrong += len(bad)
            if bad:
                print(picture, *bad[:8], sep="\n    ")  # noqa: T201, a command line prints
            window.deleteLater()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
