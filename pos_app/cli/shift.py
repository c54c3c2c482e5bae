"""`pos-app shift`: the reports of this till's shifts, asked of the running till, or of its data when none runs.

Exit codes: 0 done, 1 not found or not closed, 2 it cannot be done now.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from pos_app.cli import outbox
from pos_app.cli.asking import Asked, WritePdf
from pos_app.cli.exporting import ExportError
from pos_app.cli.outbox import Ask, RefusedError, Session
from pos_app.domain.shift import Report, Tally
from pos_app.till.reportfile import csv_of
from pos_app.till.shiftwork import report_from


def run(asked: Asked, draw: Callable[[], WritePdf] | None = None) -> int:
    """Do one command, print what came of it, and return the exit code. `draw` is what a PDF is written with."""
    try:
        if asked.pdf is not None and asked.pdf.exists() and not asked.replace:
            return outbox.refused(asked, RefusedError("OUT-10"))  # before a shift is closed for it
        session = Session(asked, outbox.read_pin() if asked.approved_by else "")
    except RefusedError as exc:
        return outbox.refused(asked, exc)
    act = _ACTIONS[asked.action]
    if asked.pdf is not None and draw is not None:  # before the till is asked: what asks it makes a Qt that cannot draw
        act = partial(_with_pdf, act, draw())
    return outbox.guarded(asked, session, act)


def _with_pdf(action: Callable[[Ask, Session], int], write_pdf: WritePdf, ask: Ask, session: Session) -> int:
    """Do it, and write the report that it printed as a PDF, the whole file at once."""
    asked, seen = session.asked, dict[str, Any]()

    def heard(what: str, *rest: Any, **given: Any) -> dict[str, Any]:
        told = ask(what, *rest, **given)
        seen.update(told)
        return told

    code = action(heard, session)
    path = asked.pdf
    if path is None:
        return code
    draft = path.with_name(f".{path.name}.new")
    try:
        write_pdf(_report(seen), draft, asked, bool(seen.get("printed")))
        os.replace(draft, path)
    except OSError as exc:
        with suppress(OSError):
            os.unlink(draft)
        raise ExportError.of(path, exc) from exc
    return code


def _so_far(ask: Ask, session: Session) -> int:
    _say(session.asked, ask("shift.x"))
    return 0


def _close(ask: Ask, session: Session) -> int:
    asked = session.asked
    agreed = {"approved_by": asked.approved_by, "pin": session.pin} if asked.approved_by else {}
    _say(asked, ask("shift.z", by=asked.by, sure=asked.sure, **agreed))
    return 0


def _show(ask: Ask, session: Session) -> int:
    told = ask("shift.show", number=session.asked.number)
    if told["is_sound"] is not True:
        raise RefusedError("SHF-01")
    _say(session.asked, told)
    return 0


def _list(ask: Ask, session: Session) -> int:
    told = ask("shift.list", limit=session.asked.limit)
    if session.asked.json:
        print(json.dumps(told))
        return 0
    if told["open"] is not None:
        print(f"X-{told['open']['number']:04d}  open since {told['open']['opened_at']}  {told['open']['opened_by']}")
    for row in told["closed"]:
        print(f"Z-{row['number']:04d}  {row['opened_at']} to {row['closed_at']}  {row['closed_by']}".rstrip())
    if told["open"] is None and not told["closed"]:
        print("There is none.")
    return 0


def _export(ask: Ask, session: Session) -> int:
    """Write the whole file and put it in its place at once."""
    asked = session.asked
    told = ask("shift.show", number=asked.number)
    if told["is_sound"] is not True:
        raise RefusedError("SHF-01")
    if asked.file.exists() and not asked.replace:
        raise ExportError("OUT-10", f"{asked.file}")
    text, name = csv_of(_report(told)), ""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{asked.file.name}.", dir=asked.file.parent)
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            file.write(text)
        os.replace(name, asked.file)
    except OSError as exc:
        with suppress(OSError):
            os.unlink(name)
        raise ExportError.of(asked.file, exc) from exc
    if asked.json:
        print(json.dumps({"file": str(asked.file), "number": told["number"]}))
    else:
        print(f"{asked.file}: Z-{told['number']:04d}.")
    return 0


def _say(asked: Asked, told: dict[str, Any]) -> None:
    print(json.dumps(told) if asked.json else "\n".join(_lines(_report(told))))


def _report(told: dict[str, Any]) -> Report:
    report = report_from(told.get("report"))
    if report is None:
        raise RefusedError("SHF-01")
    return report


def _lines(report: Report) -> Iterator[str]:
    """A report for a console: plain ASCII layout."""

    def money(tally: Tally) -> str:
        return f"{tally.count}, {report.currency} {report.money(tally.minor).decimal}"

    yield f"{report.name or 'Today'}  {report.shop}  {report.till}".rstrip()
    yield f"{report.since.isoformat(timespec='seconds')} to {report.until.isoformat(timespec='seconds')}"
    people = (("opened by", report.opened_by), ("closed by", report.closed_by), ("approved by", report.approved_by))
    yield from (f"{word} {name}" for word, name in people if name)
    yield f"Sales: {money(report.sales)}; not confirmed {money(report.pending)}; refused {money(report.refused)}"
    if report.reversed.count:
        yield f"Reversed: {money(report.reversed)}; left {money(report.kept)}"
    for one in report.rewards:
        undone = f"; undone {one.undone}" if one.undone else ""
        yield f"Voucher {one.title}: used {money(one.used)}; not confirmed {money(one.open)}; " \
              f"refused later {money(one.refused)}{undone}"  # fmt: skip
    points = report.points
    yield f"Points given {points.given}, about {points.about_given} more; spent {points.spent}"
    if points.taken_back or points.returned:
        yield f"Points taken back {points.taken_back}, returned {points.returned}"
    for cashier in report.cashiers:
        yield from [f"Cashier {cashier.name}: {money(cashier.sales)}"] if cashier.name else []
    for fix in report.corrections:
        agreed = f", approved by {fix.approved_by}" if fix.approved_by else ""
        yield f"By hand: {fix.count} x {fix.what} {fix.outcome} by {fix.person}{agreed}: {fix.why}"
    yield f"Holds given back {report.holds_returned}, new members {report.new_members}, parked {report.parked}, " \
          f"cancelled {report.cancelled}"  # fmt: skip
    open_ = report.open
    yield f"Not sent: {money(open_.unsent)}, of this report {open_.here.count}; need a person: {open_.attention.count}"


_ACTIONS: dict[str, Callable[[Ask, Session], int]] = {
    "x": _so_far,
    "z": _close,
    "list": _list,
    "show": _show,
    "export": _export,
}
