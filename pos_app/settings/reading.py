"""From TOML files and environment variables to `Settings`, or to the full list of what is wrong with them."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from pos_app.language import LANGUAGES
from pos_app.settings.places import config_files, machine_file, user_file
from pos_app.settings.tree import Settings

PREFIX = "POS_APP_"
CONFIG_VARIABLE = "POS_APP_CONFIG"
SECRET_PREFIX = "POS_APP_SECRET_"  # noqa: S105 - a name, not a secret
MAX_FILE_BYTES = 256 * 1024

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_WORDS = {
    str: 'a text in quotes, such as "abc"',
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: 'a list of texts, such as ["a", "b"]',
    Mapping: 'a table of texts, such as { a = "b" }',
}


class Problem(Struct, frozen=True):
    """One thing wrong with the configuration."""

    code: str
    place: str
    key: str
    expected: str
    fix: str

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        return f"{self.place}: {self.key + ': ' if self.key else ''}{self.expected} {self.fix} [{self.code}]"


class SettingsError(Exception):
    """The configuration cannot be used; `problems` holds every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(problem.sentence for problem in problems))
        self.problems = problems
        self.support_code = problems[0].code


class Key(Struct, frozen=True):
    """One key: where it stands and what it takes. `kind` is the bare type, for example tuple."""

    section: str
    name: str
    kind: type
    about: Field[Any]

    @property
    def path(self) -> str:
        """Return the name with its section."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """Return the environment variable that overrides the key."""
        return f"{PREFIX}{self.section}_{self.name}".upper()

    @property
    def sentence(self) -> str:
        """Say what the key is for."""
        return str(self.about.metadata["sentence"])

    @property
    def is_required(self) -> bool:
        """Tell whether the key has no default."""
        return self.about.default is MISSING and self.about.default_factory is MISSING

    @property
    def words(self) -> str:
        """Say which type the key takes."""
        return _WORDS[self.kind]

    @property
    def default(self) -> str:
        """Return the default as TOML; for a required key an example of it."""
        if self.is_required:
            return _toml(self.about.metadata["example"])
        factory = self.about.default_factory
        return _toml(self.about.default if factory is MISSING else factory())


def keys() -> Iterator[Key]:
    """List every key in the order of the sections."""
    for section, tree in typing.get_type_hints(Settings).items():
        hints = typing.get_type_hints(tree)
        for about in dataclasses.fields(tree):
            hint = hints[about.name]
            yield Key(section, about.name, typing.get_origin(hint) or hint, about)


def example() -> str:
    """Return a configuration file with every key: required ones filled in, the others at their default."""
    lines = ["# Settings of the till. Lines that start with # show the default."]
    section = ""
    for key in keys():
        if key.section != section:
            section = key.section
            lines += ["", f"[{section}]"]
        lines += [f"# {key.sentence}", f"{'' if key.is_required else '#'}{key.name} = {key.default}"]
    return "\n".join(lines) + "\n"


def load(path: Path | None, env: Mapping[str, str]) -> Settings:
    """Read the settings from a file, or from the machine's and the user's files, and from the environment.

    A given path, or else `POS_APP_CONFIG`, is the only file read. The environment wins over the user's file,
    and that over the machine's.

    Errors:  SettingsError with every problem found, CFG-001 to CFG-009.
    """
    chosen = path or (Path(env[CONFIG_VARIABLE]) if env.get(CONFIG_VARIABLE) else None)
    files = [chosen] if chosen else config_files()
    tables: list[tuple[str, Mapping[str, Any]]] = []
    problems: list[Problem] = []
    for file in files:
        try:
            tables.append((str(file), _read(file)))
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(problems)
    if not files and not any(key.variable in env for key in keys()):
        raise SettingsError([_missing_file(machine_file(), user_file())])
    return _assemble(tables, env)


def tables_of(path: Path) -> Mapping[str, Any]:
    """The tables of one file as they stand there, unchecked.

    Errors:  SettingsError, CFG-001 to CFG-003.
    """
    return _read(path)


def build(tables: Mapping[str, Any], env: Mapping[str, str], place: str = "built-in settings") -> Settings:
    """Make settings of tables that are in memory already, checked like a file.

    Errors:  SettingsError with every problem found.
    """
    return _assemble([(place, tables)], env)


def _assemble(sources: list[tuple[str, Mapping[str, Any]]], env: Mapping[str, str]) -> Settings:
    table = {key.path: key for key in keys()}
    sections = {key.section for key in table.values()}
    problems: list[Problem] = []
    values: dict[str, dict[str, Any]] = {section: {} for section in sections}
    found = [item for place, tables in sources for item in _entries(place, tables, sections, problems)]
    found += _variables(env, table, problems)
    wrong: dict[str, Problem] = {}
    for place, path, raw in found:
        key = table.get(path)
        if key is None:
            problems.append(_unknown(place, path, list(table)))
            continue
        value, expected, code = _taken(key, raw)
        wrong.pop(path, None)  # a stronger source decides alone
        if expected:
            wrong[path] = Problem(code, place, path, expected, f"It sets: {key.sentence}")
        else:
            values[key.section][key.name] = value
    problems += wrong.values()
    last = sources[-1][0] if sources else "environment"
    for key in table.values():
        if key.is_required and key.name not in values[key.section] and key.path not in wrong:
            fix = f"Add {key.name} = {key.default} to [{key.section}], or set {key.variable}."
            problems.append(Problem("CFG-008", last, key.path, "this key is required.", fix))
    if problems:
        raise SettingsError(problems)
    hints = typing.get_type_hints(Settings)
    settings = Settings(**{section: tree(**values[section]) for section, tree in hints.items()})
    disagreements = list(_disagreements(settings, last))
    if disagreements:
        raise SettingsError(disagreements)
    return settings


def _disagreements(settings: Settings, place: str) -> Iterator[Problem]:
    """Keys that are fine alone and not together."""
    refused = settings.perx.own_hosts - settings.perx.allowed_hosts
    if refused:
        expected = f"the host {', '.join(sorted(refused))} of the addresses above is not among them."
        yield Problem("CFG-007", place, "perx.accept_hosts", expected, "Add it, or leave accept_hosts out.")
    if settings.perx.client_certificate and not settings.perx.token_url:
        expected = "a till's certificate is for a token broker, and none is named."
        yield Problem("CFG-007", place, "perx.client_certificate", expected, "Set perx.token_url, or leave it out.")
    told = settings.identifiers
    if told.phone == "search" and (told.scheme != "raw" or not settings.shop.merchant_identifier):
        expected = "searching tells Perx the number itself, by the merchant's credentials: it goes with the scheme raw."
        fix = 'Use digits or e164, or set shop.merchant_identifier and identifiers.scheme = "raw".'
        yield Problem("CFG-007", place, "identifiers.phone", expected, fix)
    unknown = sorted(set(settings.members.consent) - set(LANGUAGES))
    if unknown:
        expected = f"the till speaks {', '.join(LANGUAGES)}, not {', '.join(unknown)}."
        yield Problem("CFG-007", place, "members.consent", expected, "Name each text by one of these.")
    offline = settings.offline
    if offline.redemption == "provisional" and not offline.redemption_signed_by.strip():
        expected = "vouchers used on trust may be used twice, so somebody at the tenant has to sign for it."
        fix = "Name who, and when; or set offline.redemption to refuse."
        yield Problem("CFG-007", place, "offline.redemption_signed_by", expected, fix)
    if settings.receipt.printer == "escpos" and not settings.receipt.port.strip():
        expected = "an ESC/POS printer has to be named: COM7, /dev/usb/lp0, tcp://host:9100, or a printer's name."
        yield Problem("CFG-007", place, "receipt.port", expected, "Name it, or set receipt.printer to spooler.")


def _entries(
    place: str, tables: Mapping[str, Any], sections: set[str], problems: list[Problem]
) -> Iterator[tuple[str, str, Any]]:
    for section, table in tables.items():
        if section not in sections:
            problems.append(_unknown(place, section, sorted(sections)))
        elif not isinstance(table, Mapping):
            problems.append(
                Problem(
                    "CFG-006",
                    place,
                    section,
                    "expected a section.",
                    f"Write a line [{section}] above its keys.",
                )
            )
        else:
            yield from ((place, f"{section}.{name}", raw) for name, raw in table.items())


def _variables(
    env: Mapping[str, str], table: Mapping[str, Key], problems: list[Problem]
) -> Iterator[tuple[str, str, Any]]:
    """Find the overrides; a variable that only looks like one is a problem, not silently ignored."""
    names = {key.variable: key for key in table.values()}
    for name, text in env.items():
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE or name.startswith(SECRET_PREFIX):
            continue
        if name in names:
            yield f"environment {name}", names[name].path, _parsed(names[name].kind, text)
        else:
            problems.append(_unknown(f"environment {_bounded(name)}", name, list(names)))


def _parsed(kind: type, text: str) -> Any:
    """Turn the text of a variable into what TOML would hold; what does not fit stays text, refused later."""
    if kind is bool:
        return _BOOLEANS.get(text.strip().lower(), text)
    if kind is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is Mapping:
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {name.strip(): value.strip() for name, sign, value in pairs} if all(p[1] for p in pairs) else text
    if kind in (int, float):
        try:
            return kind(text) if text.isascii() and "_" not in text else text
        except ValueError:
            return text
    return text


def _taken(key: Key, raw: Any) -> tuple[Any, str, str]:
    """Check one value; return it, or what was expected with the support code."""
    value = _shaped(key.kind, raw)
    if value is None:
        return None, f"expected {_WORDS[key.kind]}, found {_bounded(repr(raw))}.", "CFG-006"
    check = key.about.metadata["check"]
    expected = check(value) if check else None
    return value, f"{expected} Found {_bounded(repr(raw))}." if expected else "", "CFG-007"


def _shaped(kind: type, raw: Any) -> Any:
    """Return the raw value as the kind, or None when it is something else."""
    if kind is tuple:
        return tuple(raw) if isinstance(raw, list) and all(isinstance(item, str) for item in raw) else None
    if kind is Mapping:
        fits = isinstance(raw, Mapping) and all(isinstance(text, str) for text in raw.values())
        return MappingProxyType(dict(raw)) if fits else None
    if kind is float and type(raw) is int:
        return float(raw)
    if isinstance(raw, float) and not math.isfinite(raw):
        return None
    return raw if type(raw) is kind else None


def _read(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise SettingsError([_unreadable(file, "the file is larger than 256 KiB")])
        return tomllib.loads(data.decode("utf-8-sig"))  # Notepad writes a byte order mark
    except FileNotFoundError:
        raise SettingsError([_missing_file(file)]) from None
    except OSError as error:
        raise SettingsError([_unreadable(file, error.strerror or type(error).__name__)]) from None
    except UnicodeDecodeError:
        raise SettingsError([_unreadable(file, "the file is not UTF-8")]) from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # TOMLDecodeError, and numbers or nesting beyond Python's limits
        fix = "Mend that line; a Windows path stands in single quotes: 'C:\\Data'."
        problem = Problem("CFG-003", str(file), "", f"this is not TOML: {_bounded(str(error))}.", fix)
        raise SettingsError([problem]) from None


def _missing_file(*files: Path) -> Problem:
    """There is none of these; whoever deploys tills writes the first, the machine's."""
    fix = "Write one with `pos-app config example`, or try the till with `pos-app run --sandbox`."
    return Problem("CFG-001", " or ".join(map(str, files)), "", "there is no such configuration file.", fix)


def _unreadable(file: Path, why: str) -> Problem:
    fix = "Save the file as UTF-8 text that the user of the till may read."
    return Problem("CFG-002", str(file), "", f"the file cannot be read: {why}.", fix)


def _unknown(place: str, name: str, known: list[str]) -> Problem:
    close = difflib.get_close_matches(name, known, n=1)
    fix = f"Did you mean {close[0]}?" if close else "`pos-app config keys` lists all."
    if any(word in name.lower() for word in ("secret", "password")):
        fix = "Secrets do not live in files: use `pos-app secret set NAME`."
    section = "CFG-009" if name.startswith(PREFIX) else "CFG-005" if "." in name else "CFG-004"
    return Problem(section, place, _bounded(name), "there is no such setting.", fix)


def _bounded(text: str, limit: int = 80) -> str:
    plain = "".join(char if char.isprintable() else "?" for char in text)
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
