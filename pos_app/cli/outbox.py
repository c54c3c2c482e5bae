"""`pos-app outbox`: the till's queue listed, shown, checked, settled, exported, and a day held against Perx.

A till that runs is asked over its local line. When none runs, the same questions go to its data file directly; the
file's lock decides which of the two it is, so that a command never works beside a till.

Exit codes: 0 done, 1 not found, refused, or (reconcile) something differs, 2 it cannot be done now.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import math
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pos_app.cli.asking import Asked
from pos_app.cli.exporting import ExportError, write_export
from pos_app.domain.day import Custom
from pos_app.domain.money import Money
from pos_app.domain.problems import problem
from pos_app.instance import Caller, LineError
from pos_app.outbox import Database, Outbox, Sales, StorageError
from pos_app.outbox.inquiry import Inquiry
from pos_app.outbox.people import People
from pos_app.parts import custom, perx_profile, pin_pepper
from pos_app.perx.client import PerxClient
from pos_app.settings import Settings, SettingsError, VaultError, load
from pos_app.till.backoffice import Approve, BackOffice, Papers, approval
from pos_app.till.dayend import Books

DATABASE = "till.sqlite3"
COMPARE_WITHIN_S = 120.0
"""A few customers, four calls each, every one within the longest time that the settings allow it."""

_REFUSALS = ("OUT-01", "OUT-02", "OUT-03", "OUT-04", *(f"PIN-{number:02d}" for number in range(1, 6)))

Ask = Callable[..., dict[str, Any]]


class RefusedError(Exception):
    """The till answered with a problem; `problem` is its support code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.problem = code


def run(asked: Asked) -> int:
    """Do one command, print what came of it, and return the exit code."""
    try:
        with _till(asked) as ask:
            return _ACTIONS[asked.action](ask, asked)
    except (SettingsError, VaultError) as exc:
        code = exc.support_code if isinstance(exc, VaultError) else exc.problems[0].code
        return _fail(asked, code, str(exc))
    except (LineError, StorageError, ExportError, RefusedError) as exc:
        return _fail(asked, exc.problem, said(exc.problem))


def said(code: str) -> str:
    """A support code in its three sentences."""
    known = problem(code)
    return f"{known.happened} {known.kept} {known.do_next} [{known.code}]"


def _fail(asked: Asked, code: str, sentence: str) -> int:
    if asked.json:
        print(json.dumps({"problem": code, "sentence": sentence}))
    print(sentence, file=sys.stderr)
    return 1 if code in _REFUSALS else 2


# ---------------------------------------------------------------- the till, running or not


@contextmanager
def _till(asked: Asked) -> Iterator[Ask]:
    """Whoever can answer for the till's data.

    Errors: SettingsError, VaultError, LineError, StorageError; the answer itself: RefusedError.
    """
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
        desk = runner.run(_desk(folder, settings, to_perx=asked.action in ("check", "reconcile")))
        office = BackOffice(desk.desk)
        try:
            yield lambda what, within_s=10.0, **given: _answer(runner.run(office.answer(what, given)))
        finally:
            runner.run(desk.aclose())


@dataclass(frozen=True)
class _OpenDesk:
    """The data file, opened by this program and by nobody else."""

    desk: Papers
    database: Database

    async def aclose(self) -> None:
        if self.desk.perx is not None:
            await self.desk.perx.aclose()
        await self.database.aclose()


async def _desk(folder: Path, settings: Settings | None, *, to_perx: bool) -> _OpenDesk:
    """What answers without a running till. Perx is asked only with settings that were named for this data."""
    perx = PerxClient(perx_profile(settings, os.environ)) if to_perx and settings is not None else None
    database = await Database.open(folder / DATABASE, is_till=False)
    books = Books(Outbox(database), Inquiry(database))
    approve = patient(People(database, pin_pepper(os.environ)))
    told = custom(settings) if settings is not None else Custom()
    return _OpenDesk(Papers(books, Sales(database), perx, told, approve), database)


def patient(people: People, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Approve:
    """Approval by a program that is started for one PIN: it sits out what is left of the wait before it looks at it.

    Only time that a run has seen itself counts (`People`), and a run that ends at once sees none.
    """
    look = approval(people)

    async def approve(name: str, pin: str) -> str:
        left_s = math.ceil(await people.left_s(name))
        if left_s:
            print(f"There were wrong PINs. This one is looked at in {left_s} seconds.", file=sys.stderr, flush=True)
            await sleep(left_s)
        return await look(name, pin)

    return approve


def _answer(told: Mapping[str, Any]) -> dict[str, Any]:
    if "problem" in told:
        raise RefusedError(str(told["problem"]))
    return dict(told)


# ---------------------------------------------------------------- the actions


def _list(ask: Ask, asked: Asked) -> int:
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
    meaning = f"{row['meaning']} [{row['problem']}]" if row["problem"] else ""
    return "  ".join(part for part in (*parts, row["made_at"], meaning) if part)


def _money(minor: int, currency: str) -> str:
    return f"{currency} {Money(minor, currency).decimal}" if currency else f"{minor} in minor units"


def _show(ask: Ask, asked: Asked) -> int:
    told = ask("outbox.show", ref=asked.ref, full=asked.full)
    print(json.dumps(told) if asked.json else json.dumps(told, indent=2, ensure_ascii=False))
    return 0


def _check(ask: Ask, asked: Asked) -> int:
    told = ask("outbox.check", within_s=COMPARE_WITHIN_S, ref=asked.ref)
    print(json.dumps(told) if asked.json else f"{told['ref']} ({told['state']}): {told['said']}")
    return 0 if told["found"] == "yes" else 1


def _settle(ask: Ask, asked: Asked) -> int:
    pin = _read_pin()
    if not pin:
        raise RefusedError("PIN-10")
    given = {"ref": asked.ref, "state": asked.state, "by": asked.by, "reason": asked.reason, "pin": pin}
    told = ask("outbox.settle", **given)
    if asked.json:
        print(json.dumps(told))
    else:
        print(f"{told['entry']['ref']} was {told['was']}, and is {told['entry']['state']} now. It is in the journal.")
    return 0


def _read_pin() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("PIN: ")
    return sys.stdin.readline().rstrip("\r\n")


def _export(ask: Ask, asked: Asked) -> int:
    told = write_export(asked.file, lambda after: ask("outbox.page", after=after))
    if asked.json:
        print(json.dumps({"file": str(asked.file), **told}))
    else:
        print(f"{asked.file}: {told['entries']} entries, SHA-256 {told['sha256']}.")
    return 0


def _reconcile(ask: Ask, asked: Asked) -> int:
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


_ACTIONS: dict[str, Callable[[Ask, Asked], int]] = {
    "list": _list,
    "show": _show,
    "check": _check,
    "settle": _settle,
    "export": _export,
    "reconcile": _reconcile,
}
