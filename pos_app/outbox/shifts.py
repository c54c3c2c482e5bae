"""The shifts of this till: opened, closed once, and their Z reports as they were.

What a shift covers is told by the numbers of the rows, from the end of the last shift on, so that no sale falls
between two of them. Closing is one transaction: the figures, the report, and the journal's line with the report's
digest are all there or none of them is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import apsw
from msgspec import Struct
from msgspec.structs import replace

from pos_app.domain.day import Day
from pos_app.domain.shift import Approval, Report, ReportKind, Shift, report_name, to_body
from pos_app.domain.shiftrows import Frame, report_of
from pos_app.outbox import counting
from pos_app.outbox.chain import Line, write_line
from pos_app.outbox.database import Database
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.values import from_ms, plain, to_json, to_ms

MAX_REPORT_CHARS = 262_144
OPENED, CLOSED, PRINTED = "shift opened", "shift closed", "report printed"


class Place(Struct, frozen=True):
    """Where the reports are from, and in which currency they tell amounts."""

    shop: str = ""
    till: str = ""
    currency: str = ""


class StoredReport(Struct, frozen=True):
    """A Z report as it was kept. Shape: `body` is `to_body` of a `Report`, None when it cannot be read.

    `is_sound`: it is what the journal says was closed. `printed`: how often it was printed already.
    """

    number: int
    body: dict[str, Any] | None
    is_sound: bool
    printed: int


class StillOpenError(Exception):
    """Something waits or needs a person, so closing is to be asked for once more; `report` says what."""

    def __init__(self, report: Report) -> None:
        super().__init__("something is not settled")
        self.report = report


class Shifts:
    """The shifts as the till opens, closes and reads them. Errors: StorageError.   Thread: main."""

    def __init__(
        self,
        db: Database,
        place: Place,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._place = place
        self._clock = clock
        self.on_change: Callable[[Shift | None], None] = lambda shift: None
        """Called with the shift that is open after one was opened or closed, whoever did it."""

    async def current(self) -> Shift | None:
        """The open shift."""
        return await self._db.call(_current)

    async def begin(self, person: str) -> Shift:
        """Open a shift, or return the one that is open."""
        shift = await self._db.call_new(_begin, to_ms(self._clock()), person)
        self.on_change(shift)
        return shift

    async def so_far(self, day: Day) -> Report:
        """The X report: of the open shift, or of the day when none is. It changes nothing."""
        return await self._db.call(_so_far, self._frame(), day)

    async def close(self, number: int, person: str, *, sure: bool, approval: Approval | None = None) -> int:
        """Close a shift and keep its Z report; of one that is closed already, nothing happens. Returns its number.

        `approval`: who agreed, where somebody had to.

        Errors: StillOpenError when something is not settled and nobody said that it may be so (`sure`); KeyError when
        there is no such shift.
        """
        await self._db.call(_close, self._frame(), number, Closing(person, sure, approval or Approval("")))
        self.on_change(await self.current())
        return number

    async def stored(self, number: int) -> StoredReport | None:
        """The Z report of a closed shift."""
        return await self._db.call(_stored, number)

    async def closed(self, limit: int, before: int | None = None) -> list[Shift]:
        """The closed shifts, newest first."""
        return await self._db.call(_closed, limit, before)

    async def note_printed(self, number: int, person: str) -> None:
        """A Z report was printed: from now on it is a copy."""
        line = Line(person, PRINTED, report_name(ReportKind.Z, number))
        await self._db.call(write_line, to_ms(self._clock()), line)

    def _frame(self) -> Frame:
        now, place = self._clock(), self._place
        return Frame(ReportKind.X, now, now, place.currency, place.shop, place.till)


_COLUMNS = "number, opened_at, opened_by, closed_at, closed_by"


def _shift(row: tuple[Any, ...]) -> Shift:
    closed_at = None if row[3] is None else from_ms(row[3])
    return Shift(row[0], from_ms(row[1]), row[2], closed_at, row[4])


def _current(connection: apsw.Connection) -> Shift | None:
    assert_thread()
    row = connection.execute(f"SELECT {_COLUMNS} FROM shifts WHERE closed_at IS NULL").fetchone()  # noqa: S608
    return None if row is None else _shift(row)


def _begin(connection: apsw.Connection, now_ms: int, person: str) -> Shift:
    there = _current(connection)
    if there is not None:
        return there
    entry, line = _heads(connection)
    last = connection.execute(
        "SELECT number, closed_at, last_entry, last_line FROM shifts ORDER BY number DESC LIMIT 1"
    ).fetchone()
    number, since, after_entry, after_line = (1, now_ms, entry, line) if last is None else (last[0] + 1, *last[1:])
    connection.execute(
        "INSERT INTO shifts (number, opened_at, opened_by, since, opened_entry, after_entry, after_line)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, now_ms, plain(person, 200), since, entry, after_entry, after_line),
    )
    write_line(connection, now_ms, Line(person, OPENED, report_name(ReportKind.X, number)))
    return Shift(number, from_ms(now_ms), person)


def _heads(connection: apsw.Connection) -> tuple[int, int]:
    """The highest numbers that were ever given to an entry and to a line of the journal."""
    query = "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = ?"
    return tuple(int(connection.execute(query, (name,)).get) for name in ("outbox", "journal"))  # type: ignore[return-value]


def _so_far(connection: apsw.Connection, frame: Frame, day: Day) -> Report:
    shift = _current(connection)
    if shift is not None:
        return _count(connection, frame, shift)
    rows = counting.count(connection, counting.between(to_ms(day.start), to_ms(day.end)), to_ms(frame.until))
    return report_of(replace(frame, kind=ReportKind.DAY, since=day.start), rows)


def _count(connection: apsw.Connection, frame: Frame, shift: Shift) -> Report:
    row: tuple[Any, ...] = connection.execute(
        "SELECT since, opened_entry, after_entry, after_line FROM shifts WHERE number = ?", (shift.number,)
    ).fetchall()[0]
    since, opened_entry, after_entry, after_line = (int(one) for one in row)
    entry, line = _heads(connection)
    span = counting.numbered((after_entry, entry), (after_line, line))
    rows = counting.count(connection, span, to_ms(frame.until))
    early = 0
    if opened_entry > after_entry:
        before = counting.sales(connection, counting.numbered((after_entry, opened_entry), (0, 0)))
        early = sum(row.sales for row in before if row.state != "refused")
    return report_of(replace(frame, since=from_ms(since), shift=shift), replace(rows, early=early))


class Closing(Struct, frozen=True):
    """Who closes a shift, whether what is not settled may be so, and who agreed (`by` "": nobody had to)."""

    person: str
    sure: bool
    approval: Approval


def _close(connection: apsw.Connection, frame: Frame, number: int, closing: Closing) -> None:
    shift = _current(connection)
    if shift is None or shift.number != number:
        if connection.execute("SELECT 1 FROM shifts WHERE number = ?", (number,)).get is None:
            raise KeyError(number)
        return
    person, agreed = closing.person, plain(closing.approval.by, 200)
    closed = replace(shift, closed_at=frame.until, closed_by=plain(person, 200))
    report = replace(_count(connection, replace(frame, kind=ReportKind.Z), closed), approved_by=agreed)
    if report.open.is_any and not closing.sure:
        raise StillOpenError(replace(report, kind=ReportKind.X, closed_by="", approved_by=""))
    body, now_ms = to_json(to_body(report), MAX_REPORT_CHARS), to_ms(frame.until)
    entry, line = _heads(connection)
    connection.execute(
        "UPDATE shifts SET closed_at = ?, closed_by = ?, last_entry = ?, last_line = ?, report = ? WHERE number = ?",
        (now_ms, closed.closed_by, entry, line, body, number),
    )
    facts = {"digest": _digest(body), "sales": report.sales.count, "value_minor": report.sales.minor}
    facts |= {"unsent": report.open.unsent.count, "attention": report.open.attention.count}
    facts |= {"approved_by": agreed, "why": plain(closing.approval.why, 200)} if agreed else {}
    write_line(connection, now_ms, Line(person, CLOSED, report_name(ReportKind.Z, number), facts))


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()


def _stored(connection: apsw.Connection, number: int) -> StoredReport | None:
    assert_thread()
    row = connection.execute("SELECT report FROM shifts WHERE number = ? AND closed_at IS NOT NULL", (number,)).get
    if row is None:
        return None
    name = report_name(ReportKind.Z, number)
    query = "SELECT count(*) FROM journal WHERE ref = ? AND ref <> '' AND what = ?"
    printed = connection.execute(query, (name, PRINTED)).get
    digest = connection.execute(
        "SELECT iif(json_valid(facts), json_extract(facts, '$.digest'), '') FROM journal"
        " WHERE ref = ? AND ref <> '' AND what = ? ORDER BY id DESC LIMIT 1",
        (name, CLOSED),
    ).get
    try:
        body = json.loads(row)
    except ValueError:
        body = None
    return StoredReport(number, body if isinstance(body, dict) else None, digest == _digest(row), int(printed))


def _closed(connection: apsw.Connection, limit: int, before: int | None) -> list[Shift]:
    assert_thread()
    query = f"SELECT {_COLUMNS} FROM shifts WHERE closed_at IS NOT NULL AND number < ? ORDER BY number DESC LIMIT ?"  # noqa: S608
    return [_shift(row) for row in connection.execute(query, (before or 2**62, limit))]
