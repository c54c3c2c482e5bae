"""One life of a till: the real composition root in a process of its own, a cashier at its keys, and an end by force.

`pos_app.app.counter` is built either round the real window on Qt's loop, pressed by a finger, or round a blind one on
asyncio's own loop, posted to directly: the screen decides nothing, and costs more than all the rest. Everything behind
it (till, work, outbox, database, delivery, client, sockets) is the same code in both.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import anyio._backends._asyncio  # what the client loads at its first request is loaded once, for all lives
import chaos_cashier
import chaos_points
import httpcore
from chaos_builds import BUILDS
from chaos_plan import SCALE, Life
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

import pos_app.app
import pos_app.till.counterwork
import pos_app.till.deliver
from pos_app.app import Counter, Tempo, counter
from pos_app.settings import build
from pos_app.till.events import Ticked
from pos_app.till.work import FOLLOW_AFTER_S
from pos_app.tour.hand import Hand
from pos_app.ui.theme import Look
from pos_app.ui.window import TillWindow

TEMPO = Tempo(follow_after_s=tuple(s / SCALE for s in FOLLOW_AFTER_S))
"""Look-ups keep the real settings, since the outbox has its own clock; following points sleeps on the machine's."""


pos_app.till.deliver.CLOCKS_APART = timedelta(hours=12)
"""The till's clock runs `SCALE` times as fast as the shop's, and so is apart from it by much more than 90 s."""

pos_app.till.counterwork.ALONE_WITHIN_S /= SCALE
LOADED_EARLY = (anyio, httpcore)


class BlindWindow:
    """What the composition root needs of a window."""

    class _Happened:
        def connect(self, _slot: Callable[..., None]) -> None: ...

        def disconnect(self, _slot: Callable[..., None]) -> None: ...

    happened = _Happened()

    def render(self, _screen: Any) -> None: ...


def live(life: Life, asked: dict[str, Any], told: Connection) -> None:
    """Live one life; what the cashier is told goes out at once, and so is known when the process is gone."""
    guard = threading.Lock()

    def tell(**what: Any) -> None:
        with guard:
            told.send_bytes(json.dumps(what).encode())

    if hasattr(os, "nice"):
        os.nice(2)  # the shop's answers shall not be late because its tills are busy
    _write_log(Path(asked["log"]), life)
    if life.jump_s:
        tell(spoiled="clock_jump")
    BUILDS[asked["build"]]()
    points = chaos_points.Points(tell, life.point, life.nth)
    clock = chaos_points.Clock(life.jump_s)
    chaos_points.wire_clock(clock)
    chaos_points.wire_ears(tell)
    chaos_points.wire_database(points)
    chaos_points.wire_delivery(points)
    body = _Body(life, asked, points, clock, tell)
    if not life.window:
        pos_app.app.present = lambda state: None  # words for nobody
        asyncio.run(body.run(BlindWindow(), None))
        return
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    with QEventLoop(app) as loop:
        window = TillWindow(Look())
        window.show()
        loop.run_until_complete(body.run(window, Hand(window)))


class _Body:
    def __init__(
        self,
        life: Life,
        asked: dict[str, Any],
        points: chaos_points.Points,
        clock: chaos_points.Clock,
        tell: chaos_points.Tell,
    ) -> None:
        self._life, self._asked, self._points, self._clock, self._tell = life, asked, points, clock, tell

    async def run(self, window: Any, hand: Hand | None) -> None:
        settings = build(self._asked["settings"], self._asked["env"])
        async with counter(settings, self._asked["env"], window, tempo=TEMPO) as running:
            self._tell(opened=True)
            ticking = asyncio.create_task(self._tick(running))
            try:
                await self._serve(running, hand)
            finally:
                ticking.cancel()
            self._points.at("close:begun")
            aclose = running.outbox.aclose

            async def ended() -> None:
                await aclose()
                self._points.at("close:outbox")

            running.outbox.aclose = ended  # type: ignore[method-assign]
            if self._life.point == "close:outbox":
                await ended()
        self._tell(closed=True)

    async def _serve(self, running: Counter, hand: Hand | None) -> None:
        self._points.at("start:restored")
        cashier = chaos_cashier.Cashier(running, hand, self._clock, self._points.at, self._tell)
        if self._life.ends == "drain":
            await cashier.drain()
        else:
            await cashier.serve(self._life)

    async def _tick(self, running: Counter) -> None:
        """The till's seconds pass faster."""
        while True:
            await asyncio.sleep(1 / SCALE)
            running.till.post(Ticked())


def _write_log(path: Path, life: Life) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter(f"{life.number} %(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel("ERROR")
