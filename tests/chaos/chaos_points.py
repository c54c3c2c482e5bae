"""The till's own parts with a trip-wire at every step of a command. The product knows nothing of it.

A life's process wraps public methods of the real classes before it builds the real till: what is wrapped does what it
did before, and is passed by at its named points. One of these kills the process, as a power cut would: no clean-up.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from chaos_plan import SCALE

from pos_app.outbox import Outbox, Timepieces
from pos_app.outbox.database import Database
from pos_app.till.deliver import Delivery
from pos_app.till.events import EntryChanged
from pos_app.till.till import Till

Tell = Callable[..., None]

_doing: contextvars.ContextVar[tuple[str, str] | None] = contextvars.ContextVar("doing", default=None)
_STAGES = {
    "send_request_headers.started": "first_byte",
    "send_request_body.complete": "left",
    "receive_response_headers.complete": "answered",
}


class Points:
    """Which point kills, and at which time it is passed. Thread: any."""

    def __init__(self, tell: Tell, wanted: str = "", nth: int = 1) -> None:
        self._tell, self._wanted, self._left = tell, wanted, nth

    def at(self, name: str) -> None:
        """A point is passed."""
        if name == self._wanted:
            self._left -= 1
            if self._left <= 0:
                self._tell(dies=name)
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows: TerminateProcess
                time.sleep(60)  # this thread shall not do one step more


class Clock:
    """The till's time, `SCALE` times as fast as the machine's, and a wall clock that can be set."""

    def __init__(self, jump_s: float = 0.0) -> None:
        self._wall, self._started_s = datetime.now(UTC), time.monotonic()
        self.jump_s = jump_s

    def monotonic(self) -> float:
        return time.monotonic() * SCALE

    def wall(self) -> datetime:
        return self._wall + timedelta(seconds=(time.monotonic() - self._started_s) * SCALE + self.jump_s)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SCALE)

    @property
    def pieces(self) -> Timepieces:
        return Timepieces(self.wall, self.monotonic, self.sleep)


def wire_clock(clock: Clock) -> None:
    """Give the outbox and the till this clock."""
    outbox, till = Outbox.__init__, Till.__init__

    def new_outbox(self: Outbox, *args: Any, **more: Any) -> None:
        outbox(self, *args, **more, timepieces=clock.pieces)

    def new_till(self: Till, *args: Any, **more: Any) -> None:
        till(self, *args, **{**more, "clock": clock.wall})

    Outbox.__init__, Till.__init__ = new_outbox, new_till  # type: ignore[method-assign]


def wire_ears(tell: Tell) -> None:
    """Hand on everything that the cashier is told, in the turn in which the screen has it."""
    post, listen = Till.post, Till.listen

    def posted(self: Till, event: Any) -> None:
        post(self, event)
        if isinstance(event, EntryChanged):
            entry = event.entry
            tell(entry=entry.ref, kind=entry.command.kind.value, state=entry.state.value, problem=entry.problem)

    def listened(self: Till, listener: Callable[[Any], None]) -> None:
        last: list[Any] = [None]

        def hear(state: Any) -> None:
            listener(state)
            record = state.sale.record
            fact = record and (record.ref, state.sale.phase.value, record.state)
            if fact and fact != last[0]:
                last[0] = fact
                tell(sale=record.ref, phase=fact[1], state=fact[2], bill=record.bill_minor)

        listen(self, hear)

    Till.post, Till.listen = posted, listened  # type: ignore[method-assign]


def wire_database(points: Points) -> None:
    """Before a write, inside its transaction, and when it is durable but nobody knows it yet."""
    for method in ("submit", "submit_new"):
        _wire_submit(points, method)


def _wire_submit(points: Points, method: str) -> None:
    submit = getattr(Database, method)

    def submitted(self: Database, fn: Callable[..., Any], *args: Any, **more: Any) -> Any:
        passed = _writes(fn.__name__, args)
        if not passed:
            return submit(self, fn, *args, **more)

        def traced(connection: Any, *args: Any, **more: Any) -> Any:
            for one in passed:
                points.at(f"{one}:before")
            result = fn(connection, *args, **more)
            if passed == ["claim"] and not result.work:
                passed.clear()
            for one in passed:
                points.at(f"{one}:inside")
            return result

        def durable(future: asyncio.Future[Any]) -> None:
            if not future.cancelled() and future.exception() is None:
                for one in passed:
                    points.at(f"{one}:after")

        future = submit(self, traced, *args, **more)
        future.add_done_callback(durable)
        return future

    setattr(Database, method, submitted)


def _writes(function: str, args: tuple[Any, ...]) -> list[str]:
    """Which writes this is, by the name of the function that does it; what is put together is written at once."""
    if function == "insert":
        return [f"store:{kind}" for kind in dict.fromkeys(command.kind.value for command in args[0])]
    if function == "apply":
        return [f"settle:{args[1].state.value}"]
    if function == "_keep_all" and "open_sale" in args[0]:
        return ["draft"]
    return [function] if function in ("claim", "recover") else []


def wire_delivery(points: Points) -> None:
    """Round a send and a look-up, and inside them at the first byte, the last byte, and the answer's head."""
    send, read_back = Delivery.send, Delivery.read_back

    async def sent(self: Delivery, entry: Any) -> Any:
        return await _passed("send", entry, send(self, entry))

    async def looked(self: Delivery, entry: Any, since_s: float) -> Any:
        return await _passed("look", entry, read_back(self, entry, since_s))

    async def _passed(what: str, entry: Any, doing: Any) -> Any:
        kind = entry.command.kind.value
        _doing.set((what, kind))
        points.at(f"{what}:{kind}:begun")
        result = await doing
        points.at(f"{what}:{kind}:told")
        return result

    Delivery.send, Delivery.read_back = sent, looked  # type: ignore[method-assign]
    _wire_transport(points)


def _wire_transport(points: Points) -> None:
    handle = httpx.AsyncHTTPTransport.handle_async_request

    async def handled(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        doing = _doing.get()
        is_own = doing is not None and not request.url.path.startswith("/v4/oauth")
        if doing is not None and is_own and (doing[0] == "look" or request.method != "GET"):
            before = request.extensions.get("trace")

            async def trace(event: str, info: Any) -> None:
                if before is not None:
                    await before(event, info)
                stage = _STAGES.get(event.partition(".")[2])
                if stage:
                    points.at(f"{doing[0]}:{doing[1]}:{stage}")

            request.extensions["trace"] = trace
        return await handle(self, request)

    httpx.AsyncHTTPTransport.handle_async_request = handled  # type: ignore[method-assign]
