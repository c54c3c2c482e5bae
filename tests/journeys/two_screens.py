"""A child of the tests: a till on two screens. Prints what the customer's display says, step by step."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel
from qasync import QEventLoop

from pos_app.second import CustomerDisplay
from pos_app.settings import ScreenSection
from pos_app.tour.hand import until
from pos_app.tour.shop import Shop
from pos_app.ui.present import present


def tell(step: str, second: CustomerDisplay, out: Path) -> None:
    window = second.window
    told: dict[str, object] = {"step": step, "open": window is not None}
    if window is not None:
        shown = [one for one in window.findChildren(QLabel) if one.isVisibleTo(window)]
        told["said"] = " | ".join(one.text() for one in shown if one.text())
        told["place"] = [window.x(), window.y(), window.width(), window.height()]
        told["cut"] = [
            one.text()
            for one in shown
            if not window.rect().contains(one.geometry().translated(one.parentWidget().pos()))
        ]
        window.grab().save(str(out / f"facing-{step}.png"))
    print(json.dumps(told), flush=True)  # noqa: T201


async def walk(out: Path, wish: str) -> None:
    section = ScreenSection(customer_display=wish)
    async with Shop(out, {}) as s:
        with CustomerDisplay(section, s.window) as second:

            def listener(state) -> None:
                s.window.render(present(state))
                second.show(state)

            s.counter.till.listen(listener)
            tell("idle", second, out)
            s.scan(s.known[0])
            await s.hand.sees("can be used now")
            s.scan("LUMEN10")
            await s.hand.sees("Held for this sale")
            s.keys("5", "6", "00")
            tell("sale", second, out)
            s.hand.tap("Complete")
            await s.hand.sees("1 voucher used. Perx confirmed it.")
            await until(lambda: s.record.points is not None, "its points never showed")
            tell("done", second, out)
            s.hand.tap("Next customer")
            tell("next", second, out)


def main(out: Path, wish: str) -> None:
    app = QApplication([])
    QGuiApplication.setQuitOnLastWindowClosed(False)
    with QEventLoop(app) as loop:
        loop.run_until_complete(asyncio.wait_for(walk(out, wish), 60))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
