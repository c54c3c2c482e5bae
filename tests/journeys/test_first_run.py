"""A shop sets its till up alone, in the window, on a machine that has nothing: to a till that is open."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress

import keyring
import pytest
from keyring.backend import KeyringBackend
from msgspec.structs import replace
from paper import Head
from paper_lines import TcpPrinter
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from pos_app.app import _run, _tills
from pos_app.devices.ports import PortInfo
from pos_app.firstrun.steps import Setup
from pos_app.firstrun.window import set_up, target_of, wanted
from pos_app.firstrun.work import Around
from pos_app.practice import Practice
from pos_app.settings import ScreenSection, SettingsError, load
from pos_app.settings.writing import to_toml
from pos_app.start import configured_till
from pos_app.tour.hand import Hand, until
from pos_app.tour.serial_line import SerialLine
from pos_app.ui.window import TillWindow

HERE = {"name": "here", "environment": "staging"}
pytestmark = pytest.mark.log_warnings()


class Vault(KeyringBackend):
    """A vault in memory, under the face of the system's."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[username]


@pytest.fixture
def vault():
    before, made = keyring.get_keyring(), Vault()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def machine(tmp_path, monkeypatch, vault):
    """A machine without any settings, its data in a folder of the test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path


class Person:
    """Somebody at the set-up's window."""

    def __init__(self, window: TillWindow) -> None:
        self.window, self.hand = window, Hand(window)

    def type(self, text: str) -> None:
        """Type on a keyboard."""
        for letter in text:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(self.window, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter))

    async def answers(self, question: str, text: str, then: str = "Next") -> None:
        await self.hand.sees(question)
        if any(one.accessibleName() == "Clear" for one in self.window.targets()):
            self.hand.tap("Clear")
        self.type(text)
        self.hand.tap(then)


@asynccontextmanager
async def setting_up(around: Around, setup: Setup | None = None):
    """The set-up of this machine; what it came to is in `task`."""
    closed = asyncio.Event()
    before = set(QApplication.topLevelWidgets())
    task = asyncio.create_task(set_up(setup or Setup(), around, closed, ScreenSection(full_screen=False)))
    try:
        await until(lambda: bool(windows(before)) or task.done(), "no window opened")
        yield Person(windows(before)[0]), task
    finally:
        closed.set()
        await asyncio.wait([task], timeout=10)


def windows(before: set) -> list[TillWindow]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, TillWindow) and one not in before]


async def until_secret(person: Person, perx: Practice) -> None:
    await person.hand.sees("Which language")
    person.hand.tap("English")
    await person.hand.sees("From a file")
    person.hand.tap("Answer questions")
    await person.answers("Perx's address", perx.base_url)
    await person.hand.sees("What is this till for?")
    person.hand.tap("A trial")
    await person.answers("Client id", str(perx.announced["client_id"]))
    await person.answers("Loyalty programme", str(perx.announced["loyalty_program_id"]))
    await person.hand.sees("Client secret")


async def test_a_shop_sets_its_till_up_alone_and_it_opens(machine, vault):
    line = SerialLine(machine / "scanner")
    line.open()
    ports = [PortInfo(line.port, description="a scanner")]
    around = Around(machine / "config" / "config.toml", {}, lambda: ports, list, machine)
    with Practice(machine / "perx") as perx, TcpPrinter(Head()) as desk:
        async with setting_up(around) as (person, task):
            hand = person.hand
            await until_secret(person, perx)
            await person.answers("Client secret", "wrong-one", "Check with Perx")
            await hand.sees("KEY-0")
            assert vault.kept == {}, "what Perx refuses is not kept"
            await person.answers("Client secret", perx.announced["client_secret"], "Check with Perx")
            await person.answers("Its name, as printed on slips", "Lumen & Oak")
            await person.answers("A name of its own", "Till 1")
            await person.answers("Three letters", "sgd")
            await hand.sees("Merchant")
            hand.tap("Skip")
            await hand.sees("Hold any code under the scanner", str(line.port))
            line.send(b"\x02]C0CODE-9\x03")
            await hand.sees("It works", "CODE-9")
            hand.tap("Next")
            await hand.sees("Tap your printer")
            hand.tap("No printer")
            await hand.sees("Who works at this till?")
            hand.tap("Add a supervisor")
            await person.answers("Of the supervisor", "Noor H.")
            await hand.sees("A PIN for Noor H.")
            for key in "4729":
                hand.tap(key)
            hand.tap("Next")
            await hand.sees("The same PIN again")
            for key in "4729":
                hand.tap(key)
            hand.tap("Next")
            await hand.sees("Known", "Noor H.")
            hand.tap("Next")
            await hand.sees("Everything is ready.", "Lumen & Oak")
            hand.tap("Open the till")
            await until(task.done, "it was never written")
            assert task.result() is True
        assert vault.kept["perx-client"] == perx.announced["client_secret"]
        made = load(around.target, {})
        assert (made.scanner.port, made.scanner.prefix, made.scanner.suffix) == (str(line.port), "\x02", "\x03")
        text = around.target.read_text("utf-8")
        assert perx.announced["client_secret"] not in text
        assert "4729" not in text
        assert not around.draft.exists()
        assert desk.head.slips == []
        await opens(around, "Lumen & Oak", line)


async def opens(around: Around, name: str, line: SerialLine) -> None:
    """The till opens with it: the scanner that was found scans, the supervisor is known."""
    closed = asyncio.Event()
    begun = configured_till(around.target)
    assert begun is not None
    begun = replace(begun, settings=replace(begun.settings, screen=ScreenSection(full_screen=False)))
    before = set(QApplication.topLevelWidgets())
    program = asyncio.create_task(_tills(begun, closed))
    try:
        await until(lambda: bool(windows(before)), "the till never opened")
        hand = Hand(windows(before)[0])
        await hand.sees("Ready to scan", "Sign on", "All ready", name)
        line.send(b"\x026591234821\x03")
        await hand.sees("4821", "2,480")
    finally:
        closed.set()
        await asyncio.wait([program], timeout=10)
        line.close()
    program.result()


async def test_a_power_cut_loses_no_answer_but_the_secret(machine):
    around = Around(machine / "config.toml", {}, list, list, machine)
    with Practice(machine / "perx") as perx:
        async with setting_up(around) as (person, _task):
            await until_secret(person, perx)
            person.type("half-typed-secret")
            await person.hand.sees("••••")
        assert "half-typed" not in around.draft.read_text("utf-8")
        async with setting_up(around) as (person, _task):
            await person.hand.sees("Client secret", "Step 7")
            assert "••••" not in person.hand.said()
            person.hand.tap("Back")
            await person.hand.sees("Loyalty programme", str(perx.announced["loyalty_program_id"]))
            perx.kill()
            person.hand.tap("Next")
            await person.answers("Client secret", perx.announced["client_secret"], "Check with Perx")
            await person.hand.sees("NET-01", "Keep it unchecked")
            person.hand.tap("Keep it unchecked")
            await person.hand.sees("Its name, as printed on slips")


async def test_a_file_on_a_stick_answers_everything_but_the_secret(machine, vault):
    stick = machine / "stick"
    (stick / "perx").mkdir(parents=True)
    around = Around(machine / "config.toml", {}, list, lambda: [stick], machine)
    with Practice(machine / "perx") as perx:
        (stick / "broken.toml").write_text("[[[", "utf-8")
        told = perx.settings(machine / "data", profile=HERE)
        text = to_toml(told)
        (stick / "perx" / "till.toml").write_text(text, "utf-8")
        async with setting_up(around) as (person, task):
            await person.hand.sees("Which language")
            person.hand.tap("ไทย")
            await until(lambda: "Which language" not in person.hand.said(), "the language stayed")
            person.hand.tap(next(one for one in person.window.targets() if one.meaning is not None).accessibleName())
            await person.hand.sees("broken.toml", "till.toml")
            person.hand.tap("broken.toml")
            await person.hand.sees("TOML")
            person.hand.tap("till.toml")
            await until(lambda: "till.toml" not in person.hand.said(), "the file was not read")
            person.type(perx.announced["client_secret"])
            press_main(person)
            await until(lambda: vault.kept.get("perx-client") == perx.announced["client_secret"], "not kept")
            assert not task.done()


def press_main(person: Person) -> None:
    QApplication.sendEvent(
        person.window, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    )


def test_which_trouble_is_the_shops_to_mend(tmp_path, monkeypatch):
    target = target_of(tmp_path / "none.toml", {})
    with pytest.raises(SettingsError) as missing:
        load(target, {})
    assert wanted(missing.value, target) == Setup()
    target.write_text("[[[", "utf-8")
    with pytest.raises(SettingsError) as broken:
        load(target, {})
    assert wanted(broken.value, target) is None, "what IT wrote is IT's to correct"


@pytest.mark.fault("row 17")
async def test_a_till_without_its_secret_asks_for_it_and_opens(machine, vault, monkeypatch):
    with Practice(machine / "perx") as perx:
        path = machine / "config.toml"
        told = perx.settings(machine / "data", profile=HERE, scanner={"port": "off"})
        text = to_toml(told)
        path.write_text(text, "utf-8")
        around = Around(path, {}, list, list, machine)

        async def mend(exc: Exception, closed: asyncio.Event) -> bool:
            setup = wanted(exc, path)
            return setup is not None and await set_up(setup, around, closed, ScreenSection(full_screen=False))

        before = set(QApplication.topLevelWidgets())
        program = asyncio.create_task(_run(lambda: configured_till(path), mend))
        try:
            await until(lambda: any("Client secret" in Hand(one).said() for one in windows(before)), "it never asked")
            person = Person(next(one for one in windows(before) if "Client secret" in Hand(one).said()))
            await person.answers("Client secret", perx.announced["client_secret"], "Check with Perx")
            await person.hand.sees("Hold any code under the scanner")
            person.hand.tap("Skip")
            await person.hand.sees("Tap your printer")
            person.hand.tap("Skip")
            await person.hand.sees("Who works at this till?")
            person.hand.tap("Next")
            await person.hand.sees("Everything is ready.")
            person.hand.tap("Open the till")
            await until(lambda: any("Ready to scan" in Hand(one).said() for one in windows(before)), "it never opened")
            assert (machine / "config.toml.before").read_text("utf-8") == text
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(10):
                    assert await program == 0
