"""The words of `pos-app outbox`, apart from what does it: reading them loads neither the database nor Qt."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

from msgspec import Struct

from pos_app.domain.entries import EntryState
from pos_app.domain.shift import Report

WritePdf = Callable[[Report, Path, "Asked", bool], None]
"""Writes a report as a PDF: the report, the file, what was asked for, whether it is a copy. Errors: OSError."""

_STATES = ("open", "all", *(state.value for state in EntryState))
_DECISIONS = (EntryState.DONE.value, EntryState.REFUSED.value, EntryState.WAITING.value)


class Asked(Struct, frozen=True):
    """What was asked for; an action reads only what it has."""

    action: str
    config: Path | None = None
    data: Path | None = None
    json: bool = False
    ref: str = ""
    state: str = "open"
    limit: int = 50
    after: int | None = None
    full: bool = False
    by: str = ""
    reason: str = ""
    wait: bool = False
    replace: bool = False
    file: Path = Path()
    day: date | None = None
    number: int | None = None
    sure: bool = False
    approved_by: str = ""
    pdf: Path | None = None

    @classmethod
    def of(cls, args: argparse.Namespace) -> Asked:
        """Take what the parser read."""
        return cls(**{name: getattr(args, name) for name in cls.__struct_fields__ if hasattr(args, name)})


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    parser.epilog = "exit code: 0 done, 1 not found, refused or different, 2 it cannot be done now"
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, help_: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=help_, epilog=parser.epilog)
        made.add_argument("--config", type=Path, metavar="FILE", help="read this configuration file only")
        made.add_argument("--data", type=Path, metavar="DIR", help="folder of the till's data")
        made.add_argument("--json", action="store_true", help="print JSON")
        return made

    listed = action("list", "list entries, newest first")
    listed.add_argument("--state", choices=_STATES, default="open", help="default: what is not settled yet")
    listed.add_argument("--limit", type=count, metavar="N", default=50, help="at most 500; default 50")
    listed.add_argument("--after", type=count, metavar="ID", help="go on after this entry of the last page")
    shown = action("show", "show everything of one entry")
    shown.add_argument("ref", metavar="REF")
    shown.add_argument("--full", action="store_true", help="with the customer's whole identifier")
    action("check", "ask Perx now whether it has the entry; changes nothing").add_argument("ref", metavar="REF")
    settled = action("settle", "decide what became of an entry; written in the journal")
    settled.add_argument("ref", metavar="REF")
    settled.add_argument("state", choices=_DECISIONS, help="waiting: send it again")
    settled.add_argument(
        "--by", metavar="NAME", required=True, help="the supervisor; the PIN comes from standard input"
    )
    settled.add_argument(
        "--wait", action="store_true", help="after wrong PINs: sit the wait out, with the till's data closed"
    )
    settled.add_argument("--reason", metavar="TEXT", required=True, help="why")
    exported = action("export", "write the whole outbox as JSON lines, without what names a customer")
    exported.add_argument("file", type=Path, metavar="FILE")
    exported.add_argument("--replace", action="store_true", help="replace a file of that name")
    compared = action("reconcile", "hold a day against Perx's lists and name what differs")
    compared.add_argument("--day", type=_day, metavar="YYYY-MM-DD", help="default: today, where the till stands")


def count(text: str) -> int:
    """A number of 1 or more. Errors: ArgumentTypeError."""
    value = int(text[:18]) if text.isascii() and text.isdigit() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no number of 1 or more")
    return value


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no day of the calendar; write it as 2026-01-31") from exc
