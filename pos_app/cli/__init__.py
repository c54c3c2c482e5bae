"""The command line: every command but the till and its tour, which need a window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from msgspec import Struct

import pos_app
from pos_app.cli import asking, configuration, doctor, journal, people, shifting
from pos_app.domain.people import Role
from pos_app.language import LANGUAGES

COMMANDS = (
    "run",
    "practice",
    "watch",
    "leave",
    "tour",
    "sandbox",
    "outbox",
    "doctor",
    "contract",
    "config",
    "secret",
    "people",
    "journal",
    "shift",
    "upkeep",
    "print",
    "codes",
    "version",
)


class Arguments(argparse.Namespace):
    """What was asked for; a command reads only the options that it has."""

    command: str
    action: str
    sandbox: bool = False
    kiosk: bool = False
    by: str = ""
    settled: bool = False
    finished: bool = False
    config: Path | None = None
    data: Path | None = None
    out: Path = Path("build/tour")  # of contract: None, it writes no table
    json: bool = False
    name: str = ""
    role: str = Role.CASHIER.value
    badge: bool = False
    sheet: Path | None = None
    language: str = "en"
    remove: bool = False
    profile: str = ""
    writes: bool = False
    sure: bool = False
    customer: str = ""
    names: list[str]
    rest: list[str]


def parse(argv: Sequence[str]) -> Arguments:
    """Read the arguments; without a command the till runs.

    Errors:  SystemExit, as argparse does it, after a sentence on standard error.
    """
    words = list(argv)
    if words[:1] == ["sandbox"]:  # it has a parser of its own
        return Arguments(command="sandbox", rest=words[1:])
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "run")
    return _parser(words[0]).parse_args(words, namespace=Arguments())


class Drawing(Struct, frozen=True):
    """What draws into files for a command, where Qt is there: a badge's sheet, and a report as a PDF."""

    badge: people.WriteBadge | None = None
    report: Callable[[], asking.WritePdf] | None = None


def run(args: Arguments, drawing: Drawing | None = None) -> int:
    """Do a command that needs no window and return its exit code."""
    drawing = drawing or Drawing()
    match args.command:
        case "sandbox":
            from pos_app.sandbox import serve

            return serve.main(args.rest)
        case "outbox":
            from pos_app.cli import outbox

            return outbox.run(asking.Asked.of(args))
        case "shift":
            from pos_app.cli import shift

            return shift.run(asking.Asked.of(args), drawing.report)
        case "doctor":
            return doctor.run(args.config, as_json=args.json)
        case "contract":
            from pos_app.cli import contract

            asked = (args.profile, args.config, args.writes, args.sure, args.customer, args.json)
            return contract.run(contract.Wish(*asked, args.out))
        case "config":
            return configuration.run(args.action, args.config, as_json=args.json)
        case "leave":
            from pos_app.cli import leaving

            return leaving.run(args.config, args.data, args.by)
        case "upkeep":
            from pos_app.cli import upkeep

            return upkeep.run(args.action, args.data, settled=args.settled, finished=args.finished, as_json=args.json)
        case "journal":
            return journal.run(args.config, args.data, as_json=args.json)
        case "secret":
            names = [args.name] if args.action == "set" else args.names
            return configuration.run_secret(args.action, names, args.config)
        case "people":
            wish = people.Wish(
                args.action, args.name, args.role, args.badge, args.json, args.sheet, args.remove, args.data
            )
            return people.run(wish, args.config, drawing.badge)
        case _:
            print(f"pos-app {pos_app.__version__}, Python {sys.version.split()[0]}, {_parts()}")
            return 0


def _parts() -> str:
    found = []
    for name in ("PySide6-Essentials", "qasync", "httpx", "apsw"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} unknown")
    return ", ".join(found)


def _parser(command: str) -> argparse.ArgumentParser:
    """The whole command line; for the till itself only its own part, since each command costs time at its start."""
    parser = argparse.ArgumentParser(
        prog="pos-app", description="The point-of-sale terminal of the Perx loyalty platform."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    till = commands.add_parser("run", help="open the till (what happens without a command)")
    _add_till(till)
    _add_till(commands.add_parser("watch", help="open the till, and start it again when it crashes or stands still"))
    if command in ("run", "watch"):
        return parser
    train = commands.add_parser("practice", help="open a shop to train in, with this till's own scanner and printer")
    _add_config(train)
    train.add_argument("--data", type=Path, metavar="DIR", help="folder of the training shop")
    leave = commands.add_parser("leave", help="close the open till, unless a sale is open (a kiosk asks for a PIN)")
    leave.add_argument("--by", metavar="NAME", default="", help="the supervisor; the PIN comes from standard input")
    _add_config(leave)
    leave.add_argument("--data", type=Path, metavar="DIR", help="folder of the till's data")
    tour = commands.add_parser("tour", help="drive the till without a display and picture every screen")
    tour.add_argument("--out", type=Path, metavar="DIR", default=Path("build/tour"), help="default: %(default)s")
    tour.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    commands.add_parser("sandbox", help="serve a pretend Perx (see: pos-app sandbox --help)")
    asking.add_commands(commands.add_parser("outbox", help="see and settle what this till sends to Perx"))
    shifting.add_commands(commands.add_parser("shift", help="the reports of this till's shifts, and closing one"))
    health = commands.add_parser("doctor", help="check this machine; exit code 0 fine, 1 warnings, 2 trouble")
    _add_config(health)
    health.add_argument("--json", action="store_true", help="print JSON")
    _add_contract(commands.add_parser("contract", help="try what the till takes for true of Perx, fact by fact"))
    _add_config_commands(commands.add_parser("config", help="show and check the configuration"))
    _add_secret_commands(commands.add_parser("secret", help="keep secrets in this machine's vault"))
    _add_people_commands(commands.add_parser("people", help="who works at this till (close the till first)"))
    _add_journal_commands(commands.add_parser("journal", help="prove that the till's journal is whole"))
    _add_upkeep_commands(commands.add_parser("upkeep", help="what a setup asks before it changes anything"))
    actions = commands.add_parser("print", help="print on the slip printer").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    _add_config(
        actions.add_parser("test", help="a test slip: width, letters, bar code; exit code 0 out, 1 not, 2 none")
    )
    codes = commands.add_parser("codes", help="write a sheet of command codes for the counter (PDF)")
    codes.add_argument("--out", type=Path, metavar="FILE", default=Path("codes.pdf"), help="default: %(default)s")
    codes.add_argument("--language", choices=LANGUAGES, default="en", help="of its words; default: %(default)s")
    commands.add_parser("version", help="print versions")
    return parser


def _add_till(till: argparse.ArgumentParser) -> None:
    till.add_argument("--sandbox", action="store_true", help="with a demo shop of its own instead of Perx")
    till.add_argument("--kiosk", action="store_true", help="cover the screen; only a supervisor closes it")
    _add_config(till)
    till.add_argument("--data", type=Path, metavar="DIR", help="folder of the till's data")


def _add_upkeep_commands(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "exit code: 0 nothing stands in the way, 1 it failed, 10 a till is open, 11 the data is newer"
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, help_ in (
        ("check", "tell whether a till is open, and what waits"),
        ("copy", "copy the data and prove it"),
    ):
        made = actions.add_parser(name, help=help_, epilog=parser.epilog)
        made.add_argument("--data", type=Path, metavar="DIR", help="this folder only; default: every one")
        made.add_argument("--json", action="store_true", help="print one line of JSON")
        made.add_argument("--settled", action="store_true", help="also stop (12) while entries wait for Perx")
        made.add_argument("--finished", action="store_true", help="also stop (19) while a sale or a shift is open")


def _add_contract(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "exit code: 0 Perx agrees with contract and profile, 1 it differs, 2 it cannot be tried now"
    parser.add_argument(
        "--profile", metavar="NAME", required=True, help="whose Perx; it must be the settings' own, or sandbox"
    )
    _add_config(parser)
    parser.add_argument("--customer", metavar="ID", default="", help="the test customer; default: wire.test_customer")
    parser.add_argument("--writes", action="store_true", help="also what changes the test customer, and undo it")
    parser.add_argument("--sure", action="store_true", help="with --writes: also at production")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--out", type=Path, metavar="FILE", default=None, help="also write the table (Markdown)")


def _add_config_commands(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    keys = actions.add_parser("keys", help="list every key with its type, default and meaning")
    keys.add_argument("--json", action="store_true", help="print JSON")
    actions.add_parser("example", help="print a configuration file to start from")
    _add_config(actions.add_parser("check", help="read the configuration and name every problem"))


def _add_secret_commands(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    keep = actions.add_parser("set", help="read a secret from standard input and keep it")
    keep.add_argument("name", metavar="NAME", help="for example perx-client")
    check = actions.add_parser("check", help="tell whether the secrets that the till needs are there")
    check.add_argument("names", metavar="NAME", nargs="*", help="default: those that the configuration names")
    _add_config(check)


def _add_people_commands(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, help_: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=help_)
        place = made.add_mutually_exclusive_group()
        _add_config(place)
        place.add_argument("--data", type=Path, metavar="DIR", help="folder of the till's data")
        return made

    add = action("add", "make somebody known; the PIN is read from standard input")
    add.add_argument("name", metavar="NAME", help="as it stands on the sign-on screen, on slips and in the journal")
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.CASHIER.value)
    add.add_argument("--badge", action="store_true", help="also read a staff badge, after the PIN")
    sheet = "with --badge: make a new badge and write it into FILE (PDF) instead of reading one"
    add.add_argument("--sheet", type=Path, metavar="FILE", help=sheet)
    action("list", "list who is known").add_argument("--json", action="store_true", help="print JSON")
    action("remove", "make somebody unknown").add_argument("name", metavar="NAME")
    badge = action("badge", "read a staff badge from standard input and give it to somebody")
    badge.add_argument("name", metavar="NAME")
    badge.add_argument("--remove", action="store_true", help="take the badge away, for example a lost one")


def _add_journal_commands(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("verify", help="walk its chain; exit code 0 sound, 1 cannot be read now, 2 broken")
    place = check.add_mutually_exclusive_group()
    _add_config(place)
    place.add_argument("--data", type=Path, metavar="DIR", help="folder of the till's data")
    check.add_argument("--json", action="store_true", help="print one line of JSON")


def _add_config(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="read this configuration file only")
