"""`pos-app outbox`: the till's queue listed, shown, checked, settled, exported, and a day held against Perx.

A till that runs is asked over its local line. When none runs, the same questions go to its data file directly; the
file's lock decides which of the two it is, so that a command never works beside a till.

Exit codes: 0 done, 1 not found, refused, or (reconcile) something differs, 2 it cannot be done now.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import Struct

from pos_app.cli.asking import Asked
from pos_app.cli.exporting import ExportError, write_export
from pos_app.domain.day import Custom
from pos_app.domain.money import Money
from pos_app.domain.people import Denied
from pos_app.domain.problems import problem
from pos_app.instance import Caller, LineError
from pos_app.outbox import Database, Outbox, Sales, StorageError
from pos_app.outbox.inquiry import Inquiry
from pos_app.outbox.people import People, Wait
from pos_app.outbox.shifts import Place, Shifts
from pos_app.parts import custom, perx_profile, pin_pepper, place_of
from pos_app.perx.client import PerxClient
from pos_app.settings import Settings, SettingsError, VaultError, load
from pos_app.till.backoffice import Approve, BackOffice, Papers, approval
from pos_app.till.dayend import Books

DATABASE = "till.sqlite3"
COMPARE_WITHIN_S = 120.0
"""A few customers, four calls each, every one within the longest time that the settings allow it."""

SHORT_WAIT_S = 5
"""A wait after wrong PINs that is simply sat out."""

_REFUSALS = ("OUT-01", "OUT-02", "OUT-03", "OUT-04", "OUT-10", "PIN-01", "PIN-03", "PIN-04", "PIN-05", "PIN-11",
             "SHF-01", "SHF-03", "SHF-04", "SHF-05", "SHF-06")  # fmt: skip

Ask = Callable[..., dict[str, Any]]


class RefusedError(Exception):
    """The till answered with a problem; `problem` is its support code.

    `wait_s`: when it can be asked again, in seconds; 0 when that is not known. `was_wrong`: the PIN was looked at.
    """

    def __init__(self, code: str, wait_s: int = 0, *, was_wrong: bool = False) -> None:
        super().__init__(code)
        self.problem = code
        self.wait_s = wait_s
        self.was_wrong = was_wrong


@dataclass
class Session:
    """What one command knows from one opening of the data to the next: the PIN, and the wait that it sits out."""

    asked: Asked
    pin: str = field(default="", repr=False)
    wait: Wait | None = None


Action = Callable[[Ask, Session], int]


def run(asked: Asked, sleep: Callable[[float], None] = time.sleep) -> int:
    """Do one command, print what came of it, and return the exit code."""
    try:
        # Typed before the data is opened: nobody knows how long that takes, and a till may want to start.
        session = Session(asked, read_pin() if asked.action == "settle" else "")
    except RefusedError as exc:
        return refused(asked, exc)
    return guarded(asked, session, _ACTIONS[asked.action], sleep)


def guarded(asked: Asked, session: Session, act: Action, sleep: Callable[[float], None] = time.sleep) -> int:
    """Do one action on whoever can answer for the data, and say in a sentence what keeps it from being done."""
    try:
        return _patiently(session, act, sleep)
    except (SettingsError, VaultError) as exc:
        code = exc.support_code if isinstance(exc, VaultError) else exc.problems[0].code
        return _fail(asked, code, str(exc))
    except RefusedError as exc:
        return refused(asked, exc)
    except ExportError as exc:
        return _fail(asked, exc.problem, f"{said(exc.problem)} {exc.detail}")
    except (LineError, StorageError) as exc:
        return _fail(asked, exc.problem, said(exc.problem))


def _patiently(session: Session, act: Action, sleep: Callable[[float], None]) -> int:
    while True:
        try:
            with _till(session) as ask:
                return act(ask, session)
        except RefusedError as exc:
            is_short = exc.wait_s <= SHORT_WAIT_S or session.asked.wait
            if exc.problem != "PIN-02" or exc.was_wrong or not is_short:
                raise
            print(f"There were wrong PINs. This one is looked at {_after(exc.wait_s)}.", file=sys.stderr, flush=True)
            sleep(exc.wait_s)


def refused(asked: Asked, exc: RefusedError) -> int:
    """Say why it was not done; the exit code."""
    return _fail(asked, exc.problem, f"{said(exc.problem)}{_when(exc)}", exc.wait_s)


def _after(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest or not minutes)
    return f"in {' '.join(parts)}"


def _when(exc: RefusedError) -> str:
    if not exc.wait_s:
        return ""
    if exc.problem != "PIN-02":
        return f" It can be done {_after(exc.wait_s)}."
    counts = "That time passes only while the till runs, or while this command sits it out with --wait."
    return f" A PIN is looked at again {_after(exc.wait_s)}. {counts}"


def said(code: str) -> str:
    """A support code in its three sentences."""
    known = problem(code)
    return f"{known.happened} {known.kept} {known.do_next} [{known.code}]"


def _fail(asked: Asked, code: str, sentence: str, wait_s: int = 0) -> int:
    if asked.json:
        more = {"wait_s": wait_s} if wait_s else {}
        print(json.dumps({"problem": code, "sentence": sentence, **more}))
    print(sentence, file=sys.stderr)
    return 1 if code in _REFUSALS else 2


# ---------------------------------------------------------------- the till, running or not


@contextmanager
def _till(session: Session) -> Iterator[Ask]:
    """Whoever can answer for the till's data.

    Errors: SettingsError, VaultError, LineError, StorageError; the answer itself: RefusedError.
    """
    asked = session.asked
    settings = load(asked.config, os.environ) if asked.data is None or asked.config is not None else None
    folder = asked.data or (settings.data_dir if settings else Path())
    caller = Caller.reach(folder)
    if caller is not None:
        try:
            yield lambda what, within_s=10.0, **given: _answer(caller.ask(what, given, within_s))
        finally:
            caller.close()
        return
    if not (folder / DATABASE).is_file():
        raise RefusedError("OUT-06")
    with asyncio.Runner() as runner:
        desk = runner.run(_desk(folder, settings, session))
        office = BackOffice(desk.desk)
        try:
            yield lambda what, within_s=10.0, **given: _answer(runner.run(office.answer(what, given)))
        finally:
            runner.run(desk.aclose())


class _OpenDesk(Struct, frozen=True):
    """The data file, opened by this program and by nobody else."""

    desk: Papers
    database: Database

    async def aclose(self) -> None:
        if self.desk.perx is not None:
            await self.desk.perx.aclose()
        await self.database.aclose()


async def _desk(folder: Path, settings: Settings | None, session: Session) -> _OpenDesk:
    """What answers without a running till. Perx is asked only with settings that were named for this data."""
    to_perx = session.asked.action in ("check", "reconcile")
    perx = PerxClient(perx_profile(settings, os.environ)) if to_perx and settings is not None else None
    database = await Database.open(folder / DATABASE, is_till=False)
    books = Books(Outbox(database), Inquiry(database))
    approve = await _patient(People(database, pin_pepper(os.environ)), session)
    told = custom(settings) if settings is not None else Custom()
    shifts = Shifts(database, place_of(settings) if settings is not None else Place(currency=told.currency))
    by_two = settings is None or settings.shift.close_approval  # without its settings nobody knows the shop's wish
    desk = Papers(books, Sales(database), perx, told, approve, shifts=shifts, close_by_two=by_two)
    return _OpenDesk(desk, database)


async def _patient(people: People, session: Session) -> Approve:
    """Approval that counts the time which this command has sat out so far, and remembers what is left of it."""
    if session.wait is not None:
        await people.go_on(session.wait)
    look = approval(people)

    async def approve(name: str, pin: str) -> Denied | None:
        denied = await look(name, pin)
        session.wait = await people.wait_of(name) if denied is not None else None
        return denied

    return approve


def _answer(told: Mapping[str, Any]) -> dict[str, Any]:
    if "problem" in told:
        was_wrong = told.get("was_wrong") is True
        raise RefusedError(str(told["problem"]), int(told.get("wait_s") or 0), was_wrong=was_wrong)
    return dict(told)


# ---------------------------------------------------------------- the actions


def _list(ask: Ask, session: Session) -> int:
    asked = session.asked
    told = ask("outbox.list", state=asked.state, limit=asked.limit, after=asked.after)
    if asked.json:
        print(json.dumps(told))
        return 0
    for row in told["entries"]:
        print(line_of(row))
    if not told["entries"]:
        print("Everything is settled." if asked.state == "open" else "There is none.")
    if told["next"]:
        print(f"More: --after {told['next']}")
    return 0


def line_of(row: Mapping[str, Any]) -> str:
    """One entry as a line for a person; plain ASCII layout, so that every console can show it."""
    amount = _money(row["amount_minor"], row["currency"]) if row["amount_minor"] is not None else ""
    parts = (f"{row['id']:>7}  {row['state']:<9}  {row['kind']:<15}", row["ref"], row["customer"], amount)
    is_told = (row["problem"] and row["state"] != "done") or row.get("unreadable")
    code = f" [{row['problem']}]" if row["problem"] else ""
    meaning = f"{row['meaning']}{code}" if is_told else ""
    return "  ".join(part for part in (*parts, row["made_at"], meaning) if part)


def _money(minor: int, currency: str) -> str:
    return f"{currency} {Money(minor, currency).decimal}" if currency else f"{minor} in minor units"


def _show(ask: Ask, session: Session) -> int:
    asked = session.asked
    told = ask("outbox.show", ref=asked.ref, full=asked.full)
    print(json.dumps(told) if asked.json else json.dumps(told, indent=2, ensure_ascii=False))
    return 0


def _check(ask: Ask, session: Session) -> int:
    asked = session.asked
    told = ask("outbox.check", within_s=COMPARE_WITHIN_S, ref=asked.ref)
    print(json.dumps(told) if asked.json else f"{told['ref']} ({told['state']}): {told['said']}")
    return 0 if told["found"] == "yes" else 1


def _settle(ask: Ask, session: Session) -> int:
    asked = session.asked
    given = {"ref": asked.ref, "state": asked.state, "by": asked.by, "reason": asked.reason, "pin": session.pin}
    told = ask("outbox.settle", **given)
    if asked.json:
        print(json.dumps(told))
    else:
        print(f"{told['entry']['ref']} was {told['was']}, and is {told['entry']['state']} now. It is in the journal.")
    return 0


def read_pin() -> str:
    """The PIN as it was typed, or handed over as one line. Errors: RefusedError (PIN-10) when there is none."""
    pin = getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not pin:
        raise RefusedError("PIN-10")
    return pin


def _export(ask: Ask, session: Session) -> int:
    asked = session.asked
    told = write_export(asked.file, lambda after: ask("outbox.page", after=after), replace=asked.replace)
    if asked.json:
        print(json.dumps({"file": str(asked.file), **told}))
    else:
        print(f"{asked.file}: {told['entries']} entries, SHA-256 {told['sha256']}.")
    return 0


def _reconcile(ask: Ask, session: Session) -> int:
    asked = session.asked
    day = {"day": asked.day.isoformat() if asked.day else None}
    counts = ask("day.figures", **day)
    told = ask("day.compare", within_s=COMPARE_WITHIN_S, first=True, **day)
    while told["more"]:
        if sys.stderr.isatty():
            print(f"{told['compared']} of {told['customers']} customers compared", end="\r", file=sys.stderr)
        told = ask("day.compare", within_s=COMPARE_WITHIN_S, **day)
    told["figures"] = counts
    if asked.json:
        print(json.dumps(told))
    else:
        print("\n".join(_report(told)))
    if told["stopped"] or told["unread"]:
        return 2
    return 1 if told["differences"] else 0


def _report(told: Mapping[str, Any]) -> Iterator[str]:
    counts, waits = told["figures"], told["figures"]["backlog"]
    yield f"{told['day']}, counted in {told['zone']}, as of {told['as_of']}."
    value = _money(counts["value_minor"], counts["currency"])
    yield f"{counts['sales']} sales that Perx has, {value}; {counts['vouchers']} vouchers used."
    if counts["reversed_sales"]:
        undone = _money(counts["reversed_minor"], counts["currency"])
        taken, returned = counts["points_taken"], counts["points_returned"]
        yield f"{counts['reversed_sales']} sales reversed, {undone}; points taken back {taken}, returned {returned}."
    unsent = waits["waiting"] + waits["checking"]
    since = f", the oldest from {waits['oldest_at']}" if waits["oldest_at"] else ""
    yield f"{unsent} of any day still to be sent{since}; {waits['attention']} need attention."
    for one in told["differences"]:
        yield f"DIFFERS  {one['sentence']} ({one['customer']}, reference {one['ref'] or 'none'})"
    for one in told["unread"]:
        yield f"UNKNOWN  Customer {one['customer']} could not be compared: {said(one['problem'])}"
    yield f"{told['compared']} of {told['customers']} customers compared; not compared, because not sent yet:" \
          f" {told['not_sent']}, still on their way: {told['on_the_way']}."  # fmt: skip
    if told["stopped"]:
        yield f"It went no further: {said(told['stopped'])}"
    elif not told["differences"]:
        yield "Nothing differs."


_ACTIONS: dict[str, Callable[[Ask, Session], int]] = {
    "list": _list,
    "show": _show,
    "check": _check,
    "settle": _settle,
    "export": _export,
    "reconcile": _reconcile,
}
