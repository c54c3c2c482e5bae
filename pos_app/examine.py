"""What is right and wrong with this machine, each with a sentence and a fix: for `pos-app doctor` and for Service.

Deep modules bring probes of their own, which return tuples `(level, what, fix)`; this file asks them in
an order in which a later one may need what an earlier one found.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Literal

from msgspec import Struct

from pos_app.devices import sound
from pos_app.devices.printer import PrinterLink, printer_finding
from pos_app.devices.scanner import Scanner, ScannerSettings
from pos_app.parts import escpos_route, paper_of, perx_profile, required_secret, scanner_settings, secret_names
from pos_app.settings import Settings, SettingsError, VaultError, load

Level = Literal["ok", "warn", "bad"]
MIN_FREE_BYTES = 50 * 1024**2
GOOD_FREE_BYTES = 500 * 1024**2
PROBE_DEADLINE_S = 20.0


class Finding(Struct, frozen=True):
    """One thing that a probe found; `fix` and `code` are empty when all is well."""

    level: Level
    what: str
    fix: str
    code: str
    probe: str


def examine(config: Path | None) -> Iterator[Finding]:
    """Ask every probe; those that need settings are left out when there are none."""
    yield from versions(sys.version_info[:3], _version("PySide6-Essentials"))
    try:
        settings = load(config, os.environ)
    except SettingsError as error:
        for problem in error.problems:
            what = f"{problem.place}: {problem.key + ': ' if problem.key else ''}{problem.expected}"
            yield Finding("bad", what, problem.fix, problem.code, "config")
        yield from scanners(None)
        return
    yield Finding("ok", f"Profile {settings.profile.name}, {settings.profile.environment}.", "", "", "config")
    yield from secrets(settings, os.environ)
    yield from data_folder(settings.data_dir)
    yield from database(settings)
    yield from server(settings)
    yield from scanners(settings)
    yield from sounds(settings)
    yield from printer(settings)


def examine_running(settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Ask the probes that disturb no running till: its ports, its printer and its line to Perx tell of themselves."""
    yield from versions(sys.version_info[:3], _version("PySide6-Essentials"))
    yield Finding("ok", f"Profile {settings.profile.name}, {settings.profile.environment}.", "", "", "config")
    yield from secrets(settings, env)
    yield from data_folder(settings.data_dir)
    yield from database(settings)
    yield from sounds(settings)


def versions(python: tuple[int, ...], pyside: str) -> Iterator[Finding]:
    """Judge the versions of Python and Qt; an unknown version is an empty text. The queue judges SQLite."""
    words = ".".join(map(str, python))
    if pyside.startswith("6.12.0") and python < (3, 12):
        what = f"PySide6 {pyside} on Python {words} breaks None and True until the interpreter dies."
        yield Finding("bad", what, "Install PySide6-Essentials 6.11.3, or use Python 3.12.", "DOC-001", "versions")
    elif not pyside:
        yield Finding("bad", "PySide6 is not installed.", "Run `make setup`.", "DOC-002", "versions")
    else:
        yield Finding("ok", f"Python {words}, PySide6 {pyside}.", "", "", "versions")


def secrets(settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Tell whether the secrets that the settings name are there."""
    for name in secret_names(settings):
        try:
            required_secret(name, env)
        except VaultError as error:
            yield Finding("bad", error.what, error.fix, error.support_code, "secrets")
        else:
            yield Finding("ok", f"The secret {name} is there.", "", "", "secrets")


def data_folder(folder: Path) -> Iterator[Finding]:
    """Tell whether the till may write its data, and how much room there is."""
    standing = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    try:
        with tempfile.TemporaryFile(dir=standing):
            free = shutil.disk_usage(standing).free
    except OSError as error:
        what = f"{folder} cannot be written ({error.strerror or type(error).__name__})."
        fix = "Let the user of the till write there, or set data.dir."
        yield Finding("bad", what, fix, "DOC-005", "data")
        return
    room = f"{folder}: {free // 1024**2} MiB free."
    if free < GOOD_FREE_BYTES:
        level: Level = "bad" if free < MIN_FREE_BYTES else "warn"
        yield Finding(level, room, "Make room: a full disk stops the till.", "DOC-006", "data")
    else:
        yield Finding("ok", room, "", "", "data")


def database(settings: Settings) -> Iterator[Finding]:
    """Ask the queue about its database file."""
    from pos_app.outbox import probe

    yield from _findings(probe(settings.database), "database", "DOC-007")


def server(settings: Settings) -> Iterator[Finding]:
    """Ask Perx for a token and compare clocks, within a deadline; without secrets there is nothing to ask."""
    from pos_app.perx.probe import probe_findings

    try:
        profile = perx_profile(settings, os.environ)
    except VaultError:
        return  # the probe of the secrets has said so

    async def ask() -> list[tuple[str, str, str]]:
        async with asyncio.timeout(PROBE_DEADLINE_S):
            return await probe_findings(profile)

    try:
        yield from _findings(asyncio.run(ask()), "server", "DOC-008")
    except TimeoutError:
        what = f"{settings.perx.base_url} did not answer within {PROBE_DEADLINE_S:g} s."
        yield Finding("bad", what, "Check the network and perx.base_url.", "DOC-008", "server")


def scanners(settings: Settings | None) -> Iterator[Finding]:
    """Ask the scanner's module which ports there are and whether the wanted one opens."""
    wanted = scanner_settings(settings) if settings else ScannerSettings()
    scanner = Scanner(wanted, lambda scan: None, lambda link: None)
    yield from _findings(scanner.probe(), "scanner", "DOC-009")


def sounds(settings: Settings) -> Iterator[Finding]:
    """Ask whether the till's sounds can be heard."""
    yield from _findings(sound.probe(settings.sound.on, settings.sound.volume_percent), "sound", "DOC-011")


def printer(settings: Settings) -> Iterator[Finding]:
    """Ask the slip printer how it is; a printer of the system can only be tried."""
    told = settings.receipt
    if told.printer == "spooler":
        what = f"Slips go to the system's printer {told.port or 'that is set as the usual one'}."
        yield Finding("ok", f"{what} Try it with: pos-app print test.", "", "", "printer")
        return
    if told.printer != "escpos":
        yield from _findings([printer_finding(PrinterLink("off"))], "printer", "DOC-010")
        return
    try:
        paper_of(settings)
    except ValueError as error:
        yield Finding("bad", f"The slip printer cannot be used: {error}.", "Correct [receipt].", "PRN-08", "printer")
        return
    route = escpos_route(settings)
    try:
        yield from _findings([printer_finding(route.look())], "printer", "DOC-010")
    finally:
        route.close()


def _findings(rows: Iterable[tuple[str, str, str]], probe: str, code: str) -> Iterator[Finding]:
    for said, what, fix in rows:
        level: Level = "ok" if said == "ok" else "warn" if said == "warn" else "bad"
        yield Finding(level, what, fix, "" if level == "ok" else code, probe)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
