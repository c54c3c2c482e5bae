"""What may be asked of a till's shifts from outside its screen. Questions and answers are plain JSON values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from pos_app.domain.day import today
from pos_app.domain.people import Denied
from pos_app.domain.shift import Approval, Shift, to_body
from pos_app.outbox.shifts import Shifts, StillOpenError

MOST_LISTED = 200

BY_COMMAND = "closed from the command line"

Approve = Callable[[str, str], Awaitable[Denied | None]]
"""Asked before it is closed: a supervisor's name and PIN; None approves."""

Question = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


class ShiftOffice:
    """Answers about shifts; what cannot be answered has a support code under `problem`. Errors: StorageError.

    `by_two`: a supervisor has to agree before one is closed, by `approve`.
    """

    def __init__(self, shifts: Shifts, clock: Callable[[], datetime], approve: Approve, *, by_two: bool) -> None:
        self._shifts = shifts
        self._clock = clock
        self._approve = approve
        self._by_two = by_two

    def questions(self) -> dict[str, Question]:
        """The questions by their names."""
        return {"shift.x": self._so_far, "shift.z": self._close, "shift.list": self._list, "shift.show": self._show}

    async def _so_far(self, _given: Mapping[str, Any]) -> dict[str, Any]:
        return {"report": to_body(await self._shifts.so_far(today(self._clock())))}

    async def _close(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Close the open shift. `by`: whose name stands on the report; `sure`: also with something not settled.

        `approved_by` and `pin`: the supervisor who agrees, looked at when they are given, or have to be.
        """
        shift = await self._shifts.current()
        if shift is None:
            return {"problem": "SHF-05"}
        who = str(given.get("by") or "").strip()[:40]
        if not who:
            return {"problem": "OUT-03"}
        agreed = str(given.get("approved_by") or "").strip()[:40]
        if self._by_two and not agreed:
            return {"problem": "SHF-06"}
        denied = await self._approve(agreed, str(given.get("pin") or "")) if agreed else None
        if denied is not None:
            return {"problem": denied.problem, "wait_s": denied.wait_s, "was_wrong": denied.was_wrong}
        try:
            approval = Approval(agreed, BY_COMMAND) if agreed else None
            number = await self._shifts.close(shift.number, who, sure=given.get("sure") is True, approval=approval)
        except StillOpenError as exc:
            return {"problem": "SHF-04", "report": to_body(exc.report)}
        return await self._show({"number": number})

    async def _list(self, given: Mapping[str, Any]) -> dict[str, Any]:
        limit, before = _number(given, "limit") or 50, _number(given, "before")
        shift = await self._shifts.current()
        closed = await self._shifts.closed(min(limit, MOST_LISTED), before)
        return {"open": None if shift is None else _row(shift), "closed": [_row(one) for one in closed]}

    async def _show(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One Z report as it was kept; without `number` the last one."""
        number = _number(given, "number")
        if not number:
            last = await self._shifts.closed(1)
            number = last[0].number if last else 0
        kept = await self._shifts.stored(number)
        if kept is None:
            return {"problem": "SHF-03"}
        if kept.body is None:
            return {"problem": "SHF-01"}
        return {"number": number, "report": kept.body, "is_sound": kept.is_sound, "printed": kept.printed}


def _row(shift: Shift) -> dict[str, Any]:
    return dict(to_body(shift))


def _number(given: Mapping[str, Any], name: str) -> int:
    value = given.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**62 else 0
