"""Does what the screen of the shift asks for: opens, counts, closes, prints and saves. Answers are events."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from pos_app.domain.shift import Report
from pos_app.outbox.database import StorageError
from pos_app.outbox.shifts import Shifts, StillOpenError, StoredReport
from pos_app.till import shifting

log = logging.getLogger(__name__)

PAGE = 60


class ReportError(Exception):
    """A report did not come out, or could not be saved; `problem` is its support code. `is_begun`: some of it did."""

    def __init__(self, problem: str, *, is_begun: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.is_begun = problem, is_begun


async def _nowhere(report: Report, copy: bool) -> tuple[Path, ...]:
    raise ReportError("SHF-02")


class Desk(Struct, frozen=True):
    """The shifts, and where their reports go: `put` prints one, `save` writes files and names them.

    Both take the report and whether it is a copy, and raise ReportError.
    """

    shifts: Shifts
    put: Callable[[Report, bool], Awaitable[object]] = _nowhere
    save: Callable[[Report, bool], Awaitable[tuple[Path, ...]]] = _nowhere


def report_from(body: dict[str, Any] | None) -> Report | None:
    """The report that was kept; None when it makes no sense, because it was damaged."""
    try:
        return None if body is None else msgspec.convert(body, Report)
    except msgspec.ValidationError as exc:
        log.warning("a report cannot be read: %s", exc)
        return None


class ShiftWork:
    """The hands of the shift's screen. Nothing is raised: what fails is an answer too."""

    def __init__(self, desk: Desk, post: Callable[[shifting.Event], None]) -> None:
        self._desk = desk
        self._post = post

    async def restore(self) -> None:
        """Tell which shift is open, now and whenever that changes. Errors: StorageError."""
        shifts = self._desk.shifts
        shifts.on_change = lambda shift: self._post(shifting.ShiftKnown(shift))
        self._post(shifting.ShiftKnown(await shifts.current()))

    async def do(self, effect: shifting.Effect) -> None:
        """Do one effect."""
        try:
            await self._do(effect)
        except StorageError as exc:
            log.error("the shift could not be read or written: %s", exc)
            self._post(shifting.ShiftFailed(exc.problem))

    async def _do(self, effect: shifting.Effect) -> None:
        shifts = self._desk.shifts
        match effect:
            case shifting.OpenShift():
                await shifts.begin(effect.by)
            case shifting.CloseShift():
                await self._close(effect)
            case shifting.SeeReport():
                self._post(shifting.ReportSeen(await shifts.so_far(effect.day)))
            case shifting.ListPast():
                self._post(shifting.PastListed(tuple(await shifts.closed(PAGE))))
            case shifting.SeePast():
                self._post(_seen(effect.number, await shifts.stored(effect.number)))
            case shifting.PrintReport():
                await self._print(effect)
            case shifting.SaveReport():
                await self._out(self._desk.save, effect.report, copy=effect.copy)

    async def _close(self, effect: shifting.CloseShift) -> None:
        try:
            number = await self._desk.shifts.close(effect.number, effect.by, sure=effect.sure, approval=effect.approval)
        except StillOpenError as exc:
            self._post(shifting.StillOpen(exc.report))
            return
        self._post(shifting.ShiftClosed(number))

    async def _print(self, effect: shifting.PrintReport) -> None:
        report = effect.report
        is_out = await self._out(self._desk.put, report, copy=effect.copy)
        if is_out and report.kind == "z":
            await self._desk.shifts.note_printed(report.number, effect.by)

    async def _out(self, way: Callable[[Report, bool], Awaitable[object]], report: Report, *, copy: bool) -> bool:
        """Bring a report out; whether any of it did."""
        try:
            names = await way(report, copy)
        except ReportError as exc:
            self._post(shifting.ReportOut(exc.problem, is_begun=exc.is_begun))
            return exc.is_begun
        files = names if isinstance(names, tuple) else ()
        self._post(shifting.ReportOut("", tuple(one.name for one in files)))
        return True


def _seen(number: int, kept: StoredReport | None) -> shifting.PastSeen:
    if kept is None:
        return shifting.PastSeen(number, None)
    return shifting.PastSeen(number, report_from(kept.body), kept.printed, kept.is_sound)
