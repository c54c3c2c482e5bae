"""What the cashier feels: a scan to "got it", a scan to its result, a tap to "busy"; each against its floor.

The window, the sandbox, the pty and the data file are real. A picture counts as painted when the update of the window
that follows the new state has been handled.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

import httpx
from bench_measure import Row, over
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from pos_app.till.state import Phase, State
from pos_app.tour.hand import until
from pos_app.tour.shop import Shop

FRAME_MS = 1000 / 60


class Eye(QObject):
    """Tells when a window's picture has been renewed."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self._window = window
        self._waiting: asyncio.Future[float] | None = None
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def eventFilter(self, seen: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.UpdateRequest and self._waiting is not None and seen is self._window:
            waiting, self._waiting = self._waiting, None
            asyncio.get_running_loop().call_soon(lambda: waiting.set_result(time.perf_counter()))
        return False

    def next(self) -> asyncio.Future[float]:
        """The time of the next picture, in seconds of the performance counter."""
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def close(self) -> None:
        application = QApplication.instance()
        assert application is not None
        application.removeEventFilter(self)


class Watch:
    """Tells when a state that fits has been painted."""

    def __init__(self, shop: Shop) -> None:
        assert shop.counter is not None
        self.eye = Eye(shop.window)
        till = shop.counter.till
        draw = till._listener
        self._fits: Callable[[State], bool] | None = None
        self._done: asyncio.Future[float] | None = None

        def listen(state: State) -> None:
            assert draw is not None
            draw(state)
            if self._fits is not None and self._fits(state) and self._done is not None:
                self._fits = None
                self.eye.next().add_done_callback(self._tell)

        till.listen(listen)

    def _tell(self, painted: asyncio.Future[float]) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(painted.result())

    def for_state(self, fits: Callable[[State], bool]) -> asyncio.Future[float]:
        """The time when the first state that fits had been painted."""
        self._fits, self._done = fits, asyncio.get_running_loop().create_future()
        return self._done


class Floor:
    """The least that a serial reader and a label can do: a thread that reads, and one repaint."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.label = QLabel("ready")
        self.label.resize(300, 60)
        self.label.show()
        self.eye = Eye(self.label)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        got = b""
        while data := os.read(self._slave, 256):
            got += data
            if got.endswith(b"\r"):
                self._loop.call_soon_threadsafe(self.label.setText, got.decode())
                got = b""
            if got == b"\x04":
                return

    async def once(self, text: str) -> float:
        painted = self.eye.next()
        begun = time.perf_counter()
        os.write(self._master, text.encode() + b"\r")
        return 1000 * (await painted - begun)

    def close(self) -> None:
        os.write(self._master, b"\x04")
        self._thread.join(2)
        self.eye.close()
        self.label.deleteLater()
        os.close(self._master)
        os.close(self._slave)


class Wire:
    """Sends again, bare, what the till's client sent for a scan: on one warm client, as much at once as the till."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, float, httpx.Request]] = []
        self._send = httpx.AsyncClient.send
        sent = self.sent
        real = self._send

        async def send(client: httpx.AsyncClient, request: httpx.Request, **how: object) -> httpx.Response:
            begun = time.perf_counter()
            try:
                return await real(client, request, **how)  # type: ignore[arg-type]
            finally:
                sent.append((begun, time.perf_counter(), request))

        httpx.AsyncClient.send = send  # type: ignore[method-assign,assignment]
        self._bare = httpx.AsyncClient(timeout=20)

    def waves(self) -> list[list[httpx.Request]]:
        """What was sent since the last call: requests that overlapped stand together."""
        found: list[tuple[float, list[httpx.Request]]] = []
        for begun, ended, request in sorted(self.sent, key=lambda one: one[0]):
            if found and begun < found[-1][0]:
                found[-1] = (max(found[-1][0], ended), [*found[-1][1], request])
            else:
                found.append((ended, [request]))
        self.sent.clear()
        return [requests for _, requests in found]

    async def once(self, waves: list[list[httpx.Request]]) -> float:
        begun = time.perf_counter()
        for wave in waves:
            await asyncio.gather(*(self._again(one) for one in wave))
        return 1000 * (time.perf_counter() - begun)

    async def _again(self, one: httpx.Request) -> None:
        request = httpx.Request(one.method, one.url, headers=one.headers, content=one.content)
        answer = await self._send(self._bare, request)
        await answer.aread()

    async def close(self) -> None:
        httpx.AsyncClient.send = self._send  # type: ignore[method-assign]
        await self._bare.aclose()


async def rows(folder: Path, *, quick: bool) -> list[Row]:
    """Scan, look, tap: alternately ours and the floors."""
    runs = 25 if quick else 300
    took: dict[str, list[float]] = {name: [] for name in ("got", "floor", "result", "bare", "busy", "repaint")}
    async with Shop(folder) as shop:
        await shop.hand.sees("Ready to scan")
        watch, floor, wire = Watch(shop), Floor(), Wire()
        try:
            for number in range(runs + 2):
                figures = await _once(shop, watch, floor, wire, members(shop)[number % 2])
                if number > 1:  # the first ones make the connections and the caches
                    for name, ms in figures.items():
                        took[name].append(ms)
        finally:
            await wire.close()
            floor.close()
            watch.eye.close()
    return [
        over("last serial byte to painted 'got it'", took["got"], took["floor"], "raw pty read and one label", 3.0),
        over("scan to painted result", took["result"], took["bare"], "the same requests by bare httpx, warm", 10.0),
        over("main action to painted 'busy'", took["busy"], took["repaint"], "one repaint of it", FRAME_MS),
    ]


def members(shop: Shop) -> list[str]:
    """The practice shop's customers who may buy."""
    return [one["identifier"] for one in shop.practice.announced["customers"] if one["state"] == "active"]


async def _once(shop: Shop, watch: Watch, floor: Floor, wire: Wire, who: str) -> dict[str, float]:
    figures = {"floor": await floor.once(who)}
    wire.sent.clear()
    got = watch.for_state(lambda state: state.sale.looking is not None)
    begun = time.perf_counter()
    shop.scan(who)
    figures["got"] = 1000 * (await got - begun)
    result = watch.for_state(lambda state: state.sale.known is not None and state.sale.looking is None)
    figures["result"] = 1000 * (await result - begun)
    figures["bare"] = await wire.once(wire.waves())
    shop.keys("7")
    main = shop.window._till.main
    begun = time.perf_counter()
    main.repaint()
    figures["repaint"] = 1000 * (time.perf_counter() - begun)
    busy = watch.for_state(lambda state: state.sale.phase is Phase.COMMITTING)
    begun = time.perf_counter()
    shop.hand.tap("Complete")
    figures["busy"] = 1000 * (await busy - begun)
    await _finish(shop)
    return figures


async def _finish(shop: Shop) -> None:
    await until(lambda: shop.state.sale.phase is Phase.DONE, "the sale was never done")
    await _tapped(shop, "Next customer", lambda: shop.state.sale.is_empty)


async def _tapped(shop: Shop, name: str, fact: Callable[[], bool]) -> None:
    """Tap until it counts: a result that has just come rests for a moment."""
    while not fact():
        shop.hand.tap(name)
        await asyncio.sleep(0.05)
