"""Does what the set-up asks for: files, the vault, Perx, ports, printers, people, and the configuration at the end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct, field

from pos_app.devices.ports import ListPorts, list_serial_ports
from pos_app.domain.people import Role
from pos_app.firstrun import files
from pos_app.firstrun import steps as st
from pos_app.firstrun.listening import Listening
from pos_app.firstrun.stepping import filled, from_kept
from pos_app.outbox.database import Database, StorageError
from pos_app.outbox.people import People, PeopleError
from pos_app.parts import made_pepper, perx_profile, shop_of
from pos_app.perx.client import PerxClient
from pos_app.perx.errors import PerxError
from pos_app.printing import Slips, write_test_slip
from pos_app.settings import Secret, Settings, SettingsError, VaultError, build, keep_secret, load, secret
from pos_app.settings.reading import tables_of
from pos_app.settings.vault import variable
from pos_app.settings.writing import write_config, write_whole
from pos_app.till.work import SlipError
from pos_app.ui.onpaper import system_printers

log = logging.getLogger(__name__)

DRAFT = "setup.json"


class Around(Struct, frozen=True):
    """What the set-up stands on: the file that it writes, the environment, the ports and where files are looked for."""

    target: Path
    env: Mapping[str, str]
    list_ports: ListPorts = list_serial_ports
    places: Callable[[], list[Path]] = files.places
    device_folder: Path = field(default=Path("/dev/usb"))

    @property
    def draft(self) -> Path:
        """Where the answers so far are kept."""
        return self.target.with_name(DRAFT)

    def kept(self) -> st.Setup | None:
        """The set-up that was broken off, if one was."""
        try:
            return from_kept(json.loads(self.draft.read_text("utf-8")))
        except (OSError, ValueError):
            return None

    def has_secret(self, tables: st.Tables) -> bool:
        """Whether the credential of these settings is there already. A vault that cannot be asked holds none."""
        try:
            return secret(build(filled(tables), {}).perx.credential, self.env) is not None
        except (SettingsError, VaultError):
            return False


class Hands:
    """The set-up's hands; answers are posted as events. Thread: main; what blocks runs on one named "setup"."""

    def __init__(self, around: Around, post: Callable[[st.Event], None]) -> None:
        self._around, self._post = around, post
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="setup")
        self._listening = Listening(post, self._pool, around.list_ports)

    async def aclose(self) -> None:
        """Let go of every port and end the thread."""
        await self._listening.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def do(self, effect: st.Effect) -> None:
        """Do one effect."""
        match effect:
            case st.FindFiles():
                loop = asyncio.get_running_loop()
                where = self._around.places()
                self._post(st.FilesFound(await loop.run_in_executor(self._pool, files.found, where)))
            case st.ReadFile():
                self._post(_file(Path(effect.path)))
            case st.TrySecret():
                self._post(await self._secret(effect))
            case st.Listen():
                await (self._listening.stop() if not effect.on else _begun(self._listening))
            case st.FindPrinters():
                self._post(st.PrintersFound(self._printers()))
            case st.TryPrinter():
                self._post(st.PrinterTried(await _printed(effect)))
            case st.AddPerson():
                self._post(await self._person(effect))
            case st.Write():
                self._post(self._written(effect))
            case st.Keep():
                self._keep(effect)

    async def _secret(self, effect: st.TrySecret) -> st.SecretTried:
        try:
            settings = build(filled(effect.tables), {})
            name = settings.perx.credential
            profile = perx_profile(settings, {**self._around.env, variable(name): effect.secret})
            if effect.ask:
                async with PerxClient(profile) as perx:
                    await perx.probe()
            keep_secret(name, Secret(effect.secret))
        except PerxError as exc:
            return st.SecretTried(exc.problem, is_line=exc.problem.startswith("NET"))
        except SettingsError as exc:
            return st.SecretTried(said=exc.problems[0].sentence)
        except VaultError as exc:
            return st.SecretTried(said=str(exc))
        return st.SecretTried()

    def _printers(self) -> tuple[st.PrinterChoice, ...]:
        """Printers of the system, those on USB without a driver, and serial ports that are no scanner's."""
        choices = [st.PrinterChoice("spooler", name, name) for name in system_printers()]
        devices = sorted(self._around.device_folder.glob("lp*"))
        choices += [st.PrinterChoice("escpos", str(one), f"{one} (ESC/POS)") for one in devices]
        ports = [one for one in self._around.list_ports() if one.vid is not None or len(choices) < 3]
        choices += [st.PrinterChoice("escpos", one.device, f"{one.words()}, ESC/POS") for one in ports]
        return tuple(choices)

    async def _person(self, effect: st.AddPerson) -> st.PersonAdded:
        try:
            settings = build(filled(effect.tables), {})
            database = await Database.open(settings.database)
            try:
                await People(database, made_pepper(self._around.env)).add(effect.name, Role(effect.role), effect.pin)
            finally:
                await database.aclose()
        except (PeopleError, StorageError) as exc:
            return st.PersonAdded(exc.problem)
        except VaultError as exc:
            return st.PersonAdded(said=str(exc))
        return st.PersonAdded()

    def _written(self, effect: st.Write) -> st.Written:
        target = self._around.target
        try:
            build(effect.tables, {})
            write_config(target, effect.tables)
            load(target, self._around.env)
        except SettingsError as exc:
            return st.Written(exc.problems[0].sentence)
        except OSError as exc:
            return st.Written(f"{target}: {exc.strerror or type(exc).__name__} [CFG-002]")
        self._around.draft.unlink(missing_ok=True)
        log.info("the set-up wrote %s", target)
        return st.Written()

    def _keep(self, effect: st.Keep) -> None:
        try:
            write_whole(self._around.draft, json.dumps(effect.kept))
        except OSError as exc:
            log.warning("the answers so far could not be kept: %s", exc)


async def _begun(listening: Listening) -> None:
    listening.start()


def _file(path: Path) -> st.FileRead:
    try:
        tables = tables_of(path)
        build(filled(tables), {})
    except SettingsError as exc:
        return st.FileRead({}, exc.problems[0].sentence)
    return st.FileRead(tables)


async def _printed(effect: st.TryPrinter) -> str:
    """A test slip on the chosen printer; the support code when it does not come out."""
    try:
        settings: Settings = build(filled(effect.tables), {})
        slips = Slips(settings, lambda: shop_of(settings))
        slips.start()
        try:
            if not await slips.test():
                write_test_slip(settings)
        finally:
            await slips.aclose()
    except SlipError as exc:
        return exc.problem
    except (SettingsError, OSError) as exc:
        log.warning("the printer could not be tried: %s", exc)
        return "PRN-08"
    return ""
