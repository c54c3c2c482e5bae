"""Does what the service screen asks for: reads the scanner's trace, has the machine looked over, prints, copies."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from pos_app.devices.scanner import Trace
from pos_app.till import servicing
from pos_app.till.servicing import Copied, Examined, Found, SlipTested, Traced, TraceRead

log = logging.getLogger(__name__)

NEWEST = 40


class SlipTestError(Exception):
    """The test slip did not come out; `problem` is its support code."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def _no_trace() -> Sequence[Trace]:
    return ()


async def _nothing_found() -> tuple[Found, ...]:
    return ()


async def _no_slip() -> str:
    raise SlipTestError("PRN-08")


def _no_place(text: str) -> str:
    return ""


class Bench(Struct, frozen=True):
    """What the service screen's work is done with. `print_test` gives the file where there is no printer."""

    trace: Callable[[], Sequence[Trace]] = _no_trace
    examine: Callable[[], Awaitable[tuple[Found, ...]]] = _nothing_found
    print_test: Callable[[], Awaitable[str]] = _no_slip
    copy: Callable[[str], str] = _no_place


class ServiceWork:
    """Answers are posted as events; a test slip that fails is an answer too."""

    def __init__(self, bench: Bench, post: Callable[[servicing.Event], None]) -> None:
        self._bench, self._post = bench, post

    async def do(self, effect: servicing.Effect) -> None:
        """Do one effect."""
        match effect:
            case servicing.ReadTrace():
                self._post(TraceRead(traced(self._bench.trace())))
            case servicing.Examine():
                self._post(Examined(await self._bench.examine()))
            case servicing.PrintTest():
                await self._print()
            case servicing.CopyText(text):
                self._post(Copied(self._bench.copy(text)))

    async def _print(self) -> None:
        made = SlipTested("PRN-04")  # whatever nobody foresaw, the screen must not wait for it for ever
        try:
            made = SlipTested(saved=await self._bench.print_test())
        except SlipTestError as exc:
            made = SlipTested(exc.problem)
        finally:
            self._post(made)


def traced(trace: Sequence[Trace]) -> tuple[Traced, ...]:
    """The newest lines of the scanner's trace, their monotonic time as the time of day."""
    now, at = datetime.now(UTC), time.monotonic()
    return tuple(Traced(now - timedelta(seconds=at - one.at), one.kind, one.data, one.note) for one in trace[-NEWEST:])
