"""The command line: every command but the till and its tour, which need a window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import pos_app
from pos_app.cli import asking, configuration, doctor

COMMANDS = ("run", "tour", "sandbox", "outbox", "doctor", "config", "secret", "version")


class Arguments(argparse.Namespace):
    """What was asked for; a command reads only the options that it has."""

    command: str
    action: str
    sandbox: bool = False
    config: Path | None = None
    data: Path | None = None
    out: Path = Path("build/tour")
    json: bool = False
    name: str = ""
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
    return _parser().parse_args(words, namespace=Arguments())


def run(args: Arguments) -> int:
    """Do a command that needs no window and return its exit code."""
    match args.command:
        case "sandbox":
            from pos_app.sandbox import serve

            return serve.main(args.rest)
        case "outbox":
            from pos_app.cli import outbox

            return outbox.run(asking.Asked.of(args))
        case "doctor":
            return doctor.run(args.config, as_json=args.json)
        case "config":
            return configuration.run(args.action, args.config, as_json=args.json)
        case "secret":
            names = [args.name] if args.action == "set" else args.names
            return configuration.run_secret(args.action, names, args.config)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pos-app", description="The point-of-sale terminal of the Perx loyalty platform."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    till = commands.add_parser("run", help="open the till (what happens without a command)")
    till.add_argument("--sandbox", action="store_true", help="with a demo shop of its own instead of Perx")
    _add_config(till)
    till.add_argument("--data", type=Path, metavar="DIR", help="folder of the till's data")
    tour = commands.add_parser("tour", help="drive the till without a display and picture every screen")
    tour.add_argument("--out", type=Path, metavar="DIR", default=Path("build/tour"), help="default: %(default)s")
    tour.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    commands.add_parser("sandbox", help="serve a pretend Perx (see: pos-app sandbox --help)")
    asking.add_commands(commands.add_parser("outbox", help="see and settle what this till sends to Perx"))
    health = commands.add_parser("doctor", help="check this machine; exit code 0 fine, 1 warnings, 2 trouble")
    _add_config(health)
    health.add_argument("--json", action="store_true", help="print JSON")
    _add_config_commands(commands.add_parser("config", help="show and check the configuration"))
    _add_secret_commands(commands.add_parser("secret", help="keep secrets in this machine's vault"))
    commands.add_parser("version", help="print versions")
    return parser


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


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="read this configuration file only")
