"""Does what the end of the day asks for: counts it, and holds it against Perx's lists."""

from __future__ import annotations

import logging
from collections.abc import Callable

from msgspec.structs import replace

from pos_app.outbox.database import StorageError
from pos_app.till import events as ev
from pos_app.till.dayend import DayEnd
from pos_app.till.effects import CompareDay, CountDay
from pos_app.till.report import Report

log = logging.getLogger(__name__)


class DayWork:
    """The hands of the end of the day. Answers are posted as events."""

    def __init__(self, day_end: DayEnd, post: Callable[[ev.Event], None]) -> None:
        self._day_end = day_end
        self._post = post

    async def do(self, effect: CountDay | CompareDay) -> None:
        """Do one effect. Errors: StorageError."""
        if isinstance(effect, CountDay):
            self._post(ev.DaySeen(await self._day_end.figures(effect.day)))
        else:
            await self._compare(effect)

    async def _compare(self, effect: CompareDay) -> None:
        """Compare the day to its end, or until Perx cannot be asked any more; each few customers are told of."""
        report, is_over = effect.so_far, False
        while not is_over:
            try:
                report = await self._day_end.compare(effect.day, report)
            except StorageError as exc:
                log.error("the day could not be compared: %s", exc)
                report = replace(report or Report(effect.day, effect.day.start), stopped=exc.problem)
            is_over = report.is_whole or bool(report.stopped)
            self._post(ev.DayCompared(report, is_over))
