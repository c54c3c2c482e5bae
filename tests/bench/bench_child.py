"""One process of the start's measurement: `bare` is the floor, `till CONFIG` the program itself.

Writes `READY <monotonic seconds> <resident KiB>` when the first usable screen has been painted, and ends.
"""

from __future__ import annotations

import os
import sys
import time


def tell() -> None:
    """Say it once, and be gone: what a process does at its end is not measured."""
    at_s = time.monotonic()
    with open("/proc/self/status", encoding="utf-8") as status:
        rss = next(line.split()[1] for line in status if line.startswith("VmRSS"))
    os.write(1, f"READY {at_s} {rss}\n".encode())
    os._exit(0)


def bare() -> None:
    """The least that a window of this Qt can be."""
    from PySide6.QtWidgets import QApplication, QWidget

    class Window(QWidget):
        def paintEvent(self, event: object) -> None:
            tell()

    app = QApplication([])
    window = Window()
    window.resize(1024, 768)
    window.show()
    app.exec()


def till(config: str) -> None:
    """The program, until it says that a cashier can begin; then one more whole paint, to be sure of it."""
    import logging

    class Ready(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.msg.startswith("the till is open"):
                from PySide6.QtWidgets import QApplication

                for window in QApplication.topLevelWidgets():
                    window.repaint()
                tell()

    logging.getLogger("pos_app.app").addHandler(Ready())
    from pos_app.__main__ import main

    main(["run", "--config", config])


if __name__ == "__main__":
    bare() if sys.argv[1] == "bare" else till(sys.argv[2])
