"""The installed till at its counter: a Perx to talk to, a scanner's cable, and a finger."""

from __future__ import annotations

import json
import os
import pty
import re
import time
import tty
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wine.prefix import Prefix

from pos_app.practice import Practice
from proving.display import SIZE, Display, ProofError, until

PROGRAM = "C:\\Program Files\\pos-app\\pos-app.exe"
CLI = "C:\\Program Files\\pos-app\\pos-app-cli.exe"
PORT = "COM12"  # beyond COM9, where Windows wants another spelling; COM1 is the machine's own under Wine
PROFILE = "proof"
SUPERVISOR, PIN = "Ines P.", "4729"


Spots = dict[str, tuple[int, int]]


def spots() -> dict[str, Spots]:
    """Where the targets of the till's screens are, by screen and by the first words of their names.

    The same window, drawn here at the same size, is asked.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from pos_app.ui.present import present
    from pos_app.ui.theme import Look
    from pos_app.ui.widgets.taps import Tap
    from pos_app.ui.window import TillWindow

    application = QApplication.instance() or QApplication([])
    window = TillWindow(Look(width=SIZE[0], height=SIZE[1]))
    window.show()
    found: dict[str, Spots] = {}
    for name, state in _screens():
        window.render(present(state))
        found[name] = {}
        for tap in window.findChildren(Tap):
            if tap.isVisible():
                middle = tap.mapTo(window, tap.rect().center())
                found[name][re.split("[,.]", tap.accessibleName())[0]] = (middle.x(), middle.y())
    window.close()
    del application
    return found


def _screens() -> Iterator[tuple[str, Any]]:
    from pos_app.domain.people import Person, Role
    from pos_app.till.approve import CloseTill, opened
    from pos_app.till.shifting import Shifting
    from pos_app.till.staff import Staff
    from pos_app.till.state import Panel, PanelKind, Sale, Shop, State

    people = (Person(SUPERVISOR, Role.SUPERVISOR),)
    till = State(datetime.now(UTC), Shop(), staff=Staff(people=people))
    kiosk = replace(till, shop=Shop(kiosk=True))
    yield "sale", replace(till, sale=Sale(bill_minor=5600))
    yield "start", till
    yield "menu", replace(till, panel=Panel(PanelKind.MENU))
    yield "shift", replace(till, panel=Panel(PanelKind.SHIFT), shift=Shifting(known=True))
    yield "kiosk menu", replace(kiosk, panel=Panel(PanelKind.MENU))
    asked = replace(opened(1, CloseTill(), people, ""), reason=CloseTill.reasons[0])
    yield "closing", replace(kiosk, panel=Panel(PanelKind.MENU, ask=asked))


class Counter:
    """One installed till. `perx` is a real server on this machine, so that killing it is an outage."""

    def __init__(self, prefix: Prefix, display: Display, folder: Path) -> None:
        self.prefix = prefix
        self.display = display
        self.perx = Practice(folder / "perx", rule_delay_s=1.0)
        self._spots = spots()
        self._master, self._slave = pty.openpty()
        tty.setraw(self._master)
        tty.setraw(self._slave)

    @property
    def data(self) -> Path:
        """Return the folder of the till's data."""
        return self.prefix.drive / "ProgramData" / "pos-app" / "data" / PROFILE

    def plug_in(self) -> None:
        """Make the cable a COM port."""
        link = self.prefix.folder / "dosdevices" / PORT.lower()
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._slave))

    def configuration(self) -> str:
        """Return what the till is told; the setup imports it."""
        known = self.perx.announced
        return f"""
[profile]
name = "{PROFILE}"
environment = "sandbox"
[perx]
base_url = "{known["base_url"]}"
client_id = "{known["client_id"]}"
loyalty_program_id = {known["loyalty_program_id"]}
[shop]
name = "Lumen & Oak, Riverside"
till = "Till 2"
[money]
currency = "SGD"
[scanner]
port = "{PORT}"
[receipt]
printer = "pdf"
[outbox]
settle_after_s = 4.0
"""

    def scan(self, text: str) -> None:
        """Hold a code under the scanner."""
        os.write(self._master, text.encode() + b"\r")

    def tap(self, *names: str, on: str = "sale") -> None:
        """Press targets of a screen with the real pointer."""
        for name in names:
            self.display.click(self._spots[on][name])

    def ask(
        self, *words: str, given: str = "", within_s: float = 120, env: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Run the installed command line; its exit code, and its JSON or its words."""
        done = self.prefix.run(CLI, *words, given=given, within_s=within_s, env=env)
        text = done.stdout.strip()
        try:
            return done.returncode, json.loads(text.splitlines()[-1] if text else "null")
        except ValueError:
            return done.returncode, text

    def waiting(self) -> int:
        """Return how many entries wait, as the open till says."""
        code, told = self.ask("outbox", "list", "--json")
        if code != 0 or not isinstance(told, dict):
            raise ProofError(f"outbox list ended with {code}: {told}")
        return int(told["backlog"]["waiting"])

    def customer(self, number: int) -> dict[str, Any]:
        """Return a customer as Perx has them."""
        return dict(self.perx.ledger()["customers"][number])

    def customer_known(self, number: int) -> str:
        """Return a customer's identifier, also while Perx is away."""
        return str(self.perx.announced["customers"][number]["identifier"])

    def sales(self) -> int:
        """Return how many sales Perx has."""
        return len(self.perx.ledger()["transactions"])

    def asked(self, part: str) -> int:
        """Return how many requests with this in their path Perx has had."""
        return sum(part in one["path"] for one in self.perx.ledger()["requests"])

    def open(self, *words: str) -> float:
        """Open the till as its Start menu entry does, and wait until it can be used; how long that took, in seconds."""
        began_s = time.monotonic()
        self.prefix.begin(PROGRAM, *(words or ("watch",)))
        self._wait_until_drawn()
        return time.monotonic() - began_s

    def open_other(self, program: str) -> float:
        """Open another program's window of that name in the same way, end it, and return how long it took to show."""
        began_s = time.monotonic()
        started = self.prefix.begin(program)
        self._wait_until_drawn()
        took_s = time.monotonic() - began_s
        started.kill()
        self.prefix.run("taskkill", "/f", "/im", program.rpartition("\\")[2])
        until(lambda: not self.display.windows("^Till$"), "the other window did not go", 30)
        return took_s

    def _wait_until_drawn(self) -> None:
        until(lambda: self.display.windows("^Till$"), "the till's window never opened", 120, 0.05)
        until(self._is_drawn, "the till's window stayed empty", 60, 0.05)

    def _is_drawn(self) -> bool:
        return self.display.colour((self._spots["start"]["5"][0] + 25, self._spots["start"]["5"][1])) == "#ffffff"

    def processes(self, *words: str) -> list[int]:
        """List the running processes of the installed program whose words are these."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                said = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
                mine = str(self.prefix.folder).encode() in (folder / "environ").read_bytes()
            except OSError:
                continue
            if mine and "pos-app.exe" in said and all(word in said for word in words):
                found.append(int(folder.name))
        return found

    def leave(self) -> None:
        """Close the till from outside, and wait until nothing of it runs."""
        code, said = self.ask("leave")
        if code != 0:
            raise ProofError(f"leave ended with {code}: {said}")
        until(lambda: not self.processes("run"), "the till did not end", 60)
        until(lambda: not self.processes("watch"), "the watchdog did not end", 60)
