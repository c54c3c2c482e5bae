"""From the real till into the training shop, through its ten tasks on the real window, and back with nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from pos_app.app import _tills
from pos_app.practice import Practice
from pos_app.settings import build
from pos_app.start import Begun
from pos_app.tour.hand import Hand, until
from pos_app.ui.window import TillWindow

pytestmark = pytest.mark.log_warnings()


class Desk:
    """A till in its own window, as the program runs it: the real one, then the training one."""

    def __init__(self, window: TillWindow) -> None:
        self.window = window
        self.hand = Hand(window)

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.hand.tap({"00": "Double zero"}.get(key, key))

    async def menu(self, *names: str) -> None:
        """Tap the menu, then these, one after the other, turning pages where needed."""
        self.hand.tap("Menu")
        for name in names:
            await self.find(name)
            self.hand.tap(name)

    async def find(self, name: str) -> None:
        def there() -> bool:
            names = [one.accessibleName().replace("\u00a0", " ") for one in self.window.targets()]
            if any(one.startswith(name) for one in names):
                return True
            if "Next page" in names:
                self.hand.tap("Next page")
            return False

        await until(there, f"there is no {name}")

    async def is_real(self) -> None:
        """Wait until the real till is there and takes taps again."""
        await until(lambda: "Training" not in self.hand.said(), "training was never left")
        await self.hand.sees("Ready to scan", "The real shop", "All ready")

    async def ticks(self, count: int) -> None:
        await self.hand.sees(f"{count} of 10 done")


@asynccontextmanager
async def real_till(folder: Path) -> AsyncIterator[tuple[Desk, Practice]]:
    """A till on a Perx of its own, which is no training shop; closing it closes the program."""
    with Practice(folder / "perx", rule_delay_s=0.5) as perx:
        more = {
            "profile": {"name": "real", "environment": "production"},
            "shop": {"name": "The real shop", "till": "Till 9"},
            "scanner": {"port": "off"},
            "sound": {"on": False},
        }
        env = perx.secrets
        home = Begun(build(perx.settings(folder / "real", **more), env), env)
        closed = asyncio.Event()
        before = set(QApplication.topLevelWidgets())
        program = asyncio.create_task(_tills(home, closed))
        try:
            await until(lambda: bool(windows(before)) or program.done(), "no window opened")
            desk = Desk(windows(before)[0])
            await desk.is_real()
            yield desk, perx
        finally:
            closed.set()
            await asyncio.wait([program], timeout=10)
        program.result()


def windows(before: set) -> list[TillWindow]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, TillWindow) and one not in before]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """Where this user's data would be: the training shop's among it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path


async def test_a_new_cashier_does_the_ten_tasks_and_the_real_till_is_as_it_was(home):
    async with real_till(home) as (desk, perx):
        hand = desk.hand
        assert "Training" not in hand.said()
        desk.keys("5", "00")
        await desk.menu("Training")
        await hand.sees("Finish, park or cancel the sale first")
        hand.tap("Back")
        hand.tap("Park")
        await hand.sees("Parked sales: 1")
        await desk.menu("Training")

        await hand.sees("Training: nothing here is real", "0 of 10 done", "Tap Sign on")
        hand.tap("Sign on")
        await hand.sees("You are Mai A.", "5917")
        hand.tap("Mai A.")
        desk.keys(*"5917")
        hand.tap("Sign on")
        await desk.ticks(1)

        await desk.menu("Shift")
        await hand.sees("Open the shift")
        hand.tap("Open the shift")
        await desk.ticks(2)
        hand.tap("Back")

        await hand.sees("Scan the card")
        hand.tap("Scan the card")
        await desk.ticks(3)
        await hand.sees("Scan the voucher")
        hand.tap("Scan the voucher")
        await desk.ticks(4)
        desk.keys("5", "6", "00")
        hand.tap("Complete")
        await desk.ticks(5)
        await hand.sees("Perx gave")
        hand.tap("Next customer")

        await desk.menu("Service", "Work without Perx")
        hand.tap("Back")
        await hand.sees("the till remembers them")
        hand.tap("Scan the card")
        await hand.sees("Type a bill, then tap Save sale")
        desk.keys("1", "2", "00")
        hand.tap("Save sale")
        await hand.sees("Use Perx again")
        await desk.menu("Service", "Use Perx again")
        await desk.ticks(6)
        hand.tap("Back")
        hand.tap("Next customer")

        desk.keys("8", "00")
        hand.tap("Park")
        await hand.sees("Take the parked sale up again")
        hand.tap("Parked sales")
        await hand.sees("8.00")
        tap = next(one for one in desk.window.targets() if "8.00" in one.accessibleName())
        hand.tap(tap.accessibleName().replace("\u00a0", " "))
        await desk.ticks(7)
        hand.tap("Cancel sale")

        await desk.menu("Earlier sales")
        await until(lambda: any("46.00" in one.accessibleName() for one in desk.window.targets()), "no earlier sale")
        sale = next(one for one in desk.window.targets() if "46.00" in one.accessibleName())
        hand.tap(sale.accessibleName().replace("\u00a0", " "))
        await hand.sees("Print again", "Reverse")
        hand.tap("Print again")
        await until(lambda: "8 of 10 done" in hand.said(), "the copy was not ticked")
        await desk.find("Reverse")
        hand.tap("Reverse")
        await hand.sees("Reverse the sale?", "Noor H.")
        hand.tap("The customer brought it back")
        hand.tap("Noor H.")
        desk.keys(*"4729")
        hand.tap("Reverse the sale")
        await desk.ticks(9)
        slips = list((home / "share" / "pos-app" / "sandbox" / "slips").glob("*.pdf"))
        assert slips, "the training shop's slips are files of its own"

        await desk.menu("Shift")
        await desk.find("Close")
        hand.tap("Close")
        await desk.find("Close the shift, and keep")
        hand.tap("Close the shift, and keep")
        await hand.sees("Your first shift is done", "10 of 10 done")

        await desk.menu("Leave training")
        await desk.is_real()
        await hand.sees("Parked sales: 1")
        ledger = perx.ledger()
        assert ledger["transactions"] == [], "nothing of the training reached the real Perx"


async def test_the_guide_survives_a_restart_and_begins_anew_with_a_fresh_shop(home):
    async with real_till(home) as (desk, _):
        await desk.menu("Training")
        await desk.ticks(0)
        await desk.menu("Codes to scan")
        await desk.find("Member Somchai P.")
        desk.hand.tap("Member Somchai P.")
        await desk.ticks(1)
        await desk.hand.sees("4821", "2,480")
        await desk.menu("Leave training")
        await desk.is_real()
        await desk.menu("Training")
        await desk.ticks(1)
        await desk.menu("First shift", "Put the card away")
        await until(lambda: "of 10 done" not in desk.hand.said(), "the card stays")
        await desk.menu("First shift", "Show the card")
        await desk.ticks(1)
        await desk.menu("First shift", "Begin again")
        await desk.ticks(0)
        assert "Training: nothing here is real" in desk.hand.said()
