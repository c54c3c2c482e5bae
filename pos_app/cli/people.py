"""`pos-app people`: who works at this till. It opens the till's data itself, while the till does not run."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct, to_builtins

from pos_app.domain.codes import StaffCode, route
from pos_app.domain.people import MIN_BADGE, Role
from pos_app.domain.problems import problem
from pos_app.outbox import Database, StorageError
from pos_app.outbox.people import People, PeopleError
from pos_app.parts import made_pepper
from pos_app.settings import SettingsError, VaultError, load
from pos_app.settings.tree import DATABASE

MAX_LINE_CHARS = 200
BADGE_DIGITS = 20


class Wish(Struct, frozen=True):
    """What was asked for: `add`, `list`, `remove` or `badge`. `data`: the folder of a till's data, without settings."""

    action: str
    name: str = ""
    role: str = Role.CASHIER.value
    badge: bool = False
    json: bool = False
    sheet: Path | None = None
    take_away: bool = False
    data: Path | None = None


WriteBadge = Callable[[str, str, str, Path], None]
"""Writes a badge to print: the name, the role, the badge, the file. Raises OSError."""


class _NotTwiceError(Exception):
    """The PIN was typed differently the second time."""


def run(wish: Wish, config: Path | None, write_badge: WriteBadge | None = None) -> int:
    """Do it and return 0, or say in words why not and return 2. No PIN and no badge is ever printed."""
    try:
        return asyncio.run(_on(_file(wish, config), _task(wish, write_badge)))
    except (SettingsError, VaultError) as error:
        print(error, file=sys.stderr)
    except (PeopleError, StorageError) as error:
        known = problem(error.problem)
        print(f"{known.happened} {known.kept} {known.do_next} [{known.code}]", file=sys.stderr)
    except OSError as error:
        print(f"The badge could not be written ({error.strerror or error}). Nobody was added.", file=sys.stderr)
    except _NotTwiceError:
        print("The two PINs are not the same. Nothing was changed. Start again.", file=sys.stderr)
    return 2


def _file(wish: Wish, config: Path | None) -> Path:
    """The till's data file. A folder that is named must hold one already: a slip of the pen makes no new till.

    Errors: SettingsError, PeopleError (OUT-06).
    """
    if wish.data is None:
        return load(config, os.environ).database
    if not (wish.data / DATABASE).is_file():
        raise PeopleError("OUT-06")
    return wish.data / DATABASE


def _task(wish: Wish, write_badge: WriteBadge | None) -> Callable[[Database], Awaitable[int]]:
    """What is to be done with the data; whatever has to be typed is asked for first, the data is open but briefly."""
    if wish.action == "list":
        return lambda database: _list(database, as_json=wish.json)
    if wish.action == "remove":
        return lambda database: _remove(database, wish.name)
    if wish.action == "badge":
        badge = "" if wish.take_away else _read_badge()
        return lambda database: _badge(database, wish, badge)
    pin = _read_pin(wish.name)
    if wish.badge and wish.sheet is not None and write_badge is not None:
        return _with_new_badge(wish, wish.sheet, pin, write_badge)
    badge = _read_badge() if wish.badge else ""
    return lambda database: _add(database, wish, pin, badge)


def _with_new_badge(wish: Wish, sheet: Path, pin: str, write: WriteBadge) -> Callable[[Database], Awaitable[int]]:
    """Make a badge and write its sheet first: afterwards nobody knows its code, the till keeps only its hash.

    Errors:  OSError when the sheet cannot be written; then nobody is added.
    """
    badge = f"{secrets.randbelow(10**BADGE_DIGITS):0{BADGE_DIGITS}d}"
    write(wish.name, wish.role, badge, sheet)

    async def task(database: Database) -> int:
        try:
            done = await _add(database, wish, pin, badge)
        except BaseException:
            _delete(sheet)  # its badge opens nothing
            raise
        print(f"The badge is in {sheet}. Print it, then delete the file: whoever has it has the badge.")
        return done

    return task


def _delete(sheet: Path) -> None:
    sheet.unlink(missing_ok=True)


async def _on(path: Path, task: Callable[[Database], Awaitable[int]]) -> int:
    database = await Database.open(path, is_till=False)
    try:
        return await task(database)
    finally:
        await database.aclose()


async def _add(database: Database, wish: Wish, pin: str, badge: str) -> int:
    if wish.badge and not badge:
        raise PeopleError("PIN-09")
    person = await People(database, made_pepper(os.environ)).add(wish.name, Role(wish.role), pin, badge)
    print(f"{person.name} is a {person.role.value} of this till now{', with a badge' if badge else ''}.")
    return 0


async def _badge(database: Database, wish: Wish, badge: str) -> int:
    if not badge and not wish.take_away:
        raise PeopleError("PIN-09")
    person = await People(database, made_pepper(os.environ) if badge else b"").give_badge(wish.name, badge)
    print(f"{person.name} has {'a badge' if badge else 'no badge any more'}. The PIN is as it was.")
    return 0


async def _list(database: Database, *, as_json: bool) -> int:
    everyone = await People(database, b"").everyone()
    if as_json:
        print(json.dumps([to_builtins(one) for one in everyone]))
        return 0
    for one in everyone:
        print(f"{one.name}: {one.role.value}{', with a badge' if one.has_badge else ''}")
    if not everyone:
        print("Nobody is known on this till yet. Add somebody with: pos-app people add NAME --role cashier")
    return 0


async def _remove(database: Database, name: str) -> int:
    await People(database, b"").remove(name)
    print(f"{name} is not known on this till any more. What they did stays in the journal.")
    return 0


def _read_pin(name: str) -> str:
    """The PIN from standard input; on a terminal it is asked for twice and not shown."""
    if sys.stdin is not None and sys.stdin.isatty():
        first = getpass.getpass(f"PIN for {name}, 4 to 8 digits (not shown): ")
        if first != getpass.getpass("The same again: "):
            raise _NotTwiceError
        return first
    return _line()


def _read_badge() -> str:
    """The badge as it was scanned, without the prefix that tells it from other codes."""
    if sys.stdin is not None and sys.stdin.isatty():
        text = getpass.getpass(f"Scan the badge now, at least {MIN_BADGE} characters (not shown): ")
    else:
        text = _line()
    code = route(text.strip()) if text.strip() else None
    return code.badge if isinstance(code, StaffCode) else text.strip()


def _line() -> str:
    text = sys.stdin.readline(MAX_LINE_CHARS) if sys.stdin is not None else ""
    return text.rstrip("\r\n")
