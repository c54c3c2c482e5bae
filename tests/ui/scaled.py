"""Every sample screen on a glass of 1920 x 1080, at the scale that the environment tells Qt: `scaled.py FOLDER POINTS`.

A program of its own, because Qt reads its scale once. POINTS is the size of the desktop's own font. Prints JSON: what
Qt made of the glass, and for each screen what is wrong with it, what can be done on it through its pages and tabs, and
the size of its picture in dots.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "till"))

from checks import findings, settle
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from samples import SCREENS

from pos_app.ui.desk import DeskBody
from pos_app.ui.theme import Look
from pos_app.ui.widgets.taps import Tap
from pos_app.ui.window import TillWindow

GLASS = {"screens": [{"name": "glass", "x": 0, "y": 0, "width": 1920, "height": 1080, "logicalDpi": 96}]}
LEAFING = 40


def doable(window: TillWindow) -> set[str]:
    """The events of every target, also of those that a page or a tab hides."""
    found: set[str] = set()

    def note() -> list[Tap]:
        settle()
        found.update(repr(tap.meaning) for tap in window.targets() if tap.meaning is not None)
        return [tap for tap in window.targets() if tap.accessibleName() == "Next page"]

    def leaf() -> None:
        for _ in range(LEAFING):
            following = note()
            if not following:
                return
            for tap in following:
                tap.click()

    leaf()
    names = [tap.accessibleName() for tap in window.targets() if tap.kind == "segment" and tap.meaning is None]
    for name in names:
        next(tap for tap in window.targets() if tap.accessibleName() == name).click()
        leaf()
    return found


def main() -> None:
    folder, points = sys.argv[1:]
    config = Path(folder) / "glass.json"
    config.write_text(json.dumps(GLASS), "utf-8")
    application = QApplication(["till", "-platform", f"offscreen:configfile={config}"])
    application.setFont(QFont("Inter", int(points)))
    glass = application.primaryScreen()
    look = Look.of_screen(glass, diagonal_in=15.6)
    told: dict[str, dict[str, object]] = {}
    for name, screen in SCREENS.items():
        window = TillWindow(look)
        window.show()
        window.render(screen)
        settle()
        picture = window.grab().size().toTuple()
        told[name] = {"wrong": findings(window), "picture": picture, "doable": sorted(doable(window))}
        told[name] |= {"is_desk": isinstance(screen.body, DeskBody)}
        window.close()
        window.deleteLater()
    size = glass.geometry().size().toTuple()
    sys.stdout.write(json.dumps({"size": size, "ratio": glass.devicePixelRatio(), "ppi": look.ppi, "screens": told}))


if __name__ == "__main__":
    main()
