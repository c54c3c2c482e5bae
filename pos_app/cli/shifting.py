"""The words of `pos-app shift`, apart from what does it: reading them loads neither the database nor Qt."""

from __future__ import annotations

import argparse
from pathlib import Path

from pos_app.cli.asking import count


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    parser.epilog = "exit code: 0 done, 1 not found or not closed, 2 it cannot be done now"
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, help_: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=help_, epilog=parser.epilog)
        made.add_argument("--config", type=Path, metavar="FILE", help="read this configuration file only")
        made.add_argument("--data", type=Path, metavar="DIR", help="folder of the till's data")
        made.add_argument("--json", action="store_true", help="print JSON")
        return made

    def pdf(made: argparse.ArgumentParser) -> None:
        made.add_argument("--pdf", type=Path, metavar="FILE", help="also write the report as a PDF")
        made.add_argument("--replace", action="store_true", help="replace a file of that name")

    pdf(action("x", "print the report of the shift so far (of today, where none is open); changes nothing"))
    closed = action("z", "close the open shift and print its Z report")
    closed.add_argument("--by", metavar="NAME", required=True, help="whose name stands on the report")
    closed.add_argument(
        "--approved-by", metavar="NAME", default="", help="the supervisor who agrees; the PIN comes from standard input"
    )
    pdf(closed)
    closed.add_argument("--sure", action="store_true", help="also when something is not sent or needs a person")
    listed = action("list", "list the shifts, newest first")
    listed.add_argument("--limit", type=count, metavar="N", default=50, help="at most 200; default 50")
    shown = action("show", "print a Z report as it was kept")
    pdf(shown)
    shown.add_argument("number", type=count, metavar="N", nargs="?", help="default: the last one")
    exported = action("export", "write a Z report as CSV")
    exported.add_argument("file", type=Path, metavar="FILE")
    exported.add_argument("--number", type=count, metavar="N", help="default: the last one")
    exported.add_argument("--replace", action="store_true", help="replace a file of that name")
