"""`pos-app leave`: close the till that is open, as an update or the end of the day needs it."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from pos_app.domain.problems import problem
from pos_app.instance import LEAVE, Caller, LineError
from pos_app.settings import SettingsError, load

CLOSED, REFUSED, CANNOT = 0, 1, 2


def run(config: Path | None, data: Path | None, by: str) -> int:
    """Ask the till of a data folder to close: 0 it does, 1 it refuses (TILL-03, PIN-), 2 there is none that hears."""
    pin = _pin() if by else ""
    try:
        caller = Caller.reach(data if data is not None else load(config, os.environ).data_dir)
        if caller is None:
            return _say("TILL-04", CANNOT)
        code = str(caller.ask(LEAVE, {"by": by, "pin": pin}).get("problem", ""))
        caller.close()
    except LineError as exc:
        return _say(exc.problem, CANNOT)
    except SettingsError as exc:
        print(exc, file=sys.stderr)
        return CANNOT
    return _say(code, REFUSED) if code else CLOSED


def _pin() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("PIN: ")
    return sys.stdin.readline().strip()


def _say(code: str, exit_code: int) -> int:
    known = problem(code)
    print(f"{known.happened} {known.kept} {known.do_next} [{known.code}]", file=sys.stderr)
    return exit_code
