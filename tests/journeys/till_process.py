"""A till in a process of its own, so that it can be killed: the real program around the real window, off screen.

Reads one JSON line for each act (`{"tap": name}`, `{"scan": text}`) and writes one for each new state.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from pos_app.app import counter
from pos_app.settings import build
from pos_app.till.events import Scanned
from pos_app.tour.hand import Hand
from pos_app.tour.shop import TEMPO
from pos_app.ui.theme import Look
from pos_app.ui.window import TillWindow


async def main(asked: dict) -> None:
    window = TillWindow(Look())
    window.show()
    hand = Hand(window)
    loop = asyncio.get_running_loop()
    settings = build(asked["settings"], asked["env"])
    async with counter(settings, asked["env"], window, tempo=TEMPO) as running:

        def act(line: str) -> None:
            wanted = json.loads(line)
            if "tap" in wanted:
                hand.tap(wanted["tap"])
            else:
                running.till.post(Scanned(wanted["scan"]))

        def read() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(act, line)

        threading.Thread(target=read, daemon=True).start()
        while True:
            state = await running.till.changed()
            told = {
                "phase": state.sale.phase.value,
                "lines": [line.state.value for line in state.sale.lines],
                "ref": state.sale.record.ref if state.sale.record else None,
                "entry": state.sale.entry.state.value if state.sale.entry else None,
                "bill": state.sale.bill_minor,
                "waiting": state.backlog.waiting,
                "checking": state.backlog.checking,
                "said": hand.said(),
            }
            os.write(1, (json.dumps(told) + "\n").encode())


if __name__ == "__main__":
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    with QEventLoop(app) as qt_loop:
        qt_loop.run_until_complete(main(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
