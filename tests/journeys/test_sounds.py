"""What the cashier hears, in order: the till's own speaker, and a stand-in for the system's player."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from journey_faults import fault

from pos_app.devices.sound import wav
from pos_app.domain.chimes import NOTES, Chime
from pos_app.tour.hand import until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="stands in for a program of Linux")
SOUND = {"on": True, "volume_percent": 80}


class Ear:
    """What the stand-in was given, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known = {wav(notes, 80): chime for chime, notes in NOTES.items()}

    @property
    def heard(self) -> list[Chime]:
        files = sorted(self.folder.glob("*.wav"), key=lambda one: int(one.stem))
        return [self.known[one.read_bytes()] for one in files]

    async def hears(self, *chimes: Chime) -> None:
        """Wait until these have been heard, and no others."""
        await until(lambda: len(self.heard) >= len(chimes), f"not heard: {chimes}, but {self.heard}")
        assert self.heard == list(chimes)


@pytest.fixture
def ear(tmp_path, monkeypatch) -> Ear:
    """A player that keeps what it is given, under rising numbers, whole or not at all."""
    heard, place = tmp_path / "heard", tmp_path / "bin"
    heard.mkdir()
    place.mkdir()
    player = place / "pw-play"
    player.write_text(f'#!/bin/sh\ncd {heard}\ncat > part\nmv part "$(ls | wc -l)".wav\n', "utf-8")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    return Ear(heard)


@pytest.mark.fault("FM-15")
async def test_a_good_a_refused_an_unknown_voucher_and_a_lost_answer_sound_in_turn(shop, ear):
    async with shop(sound=SOUND) as s:
        s.scan("NOBODY99")
        await s.hand.sees("Perx knows no member with this code")
        await ear.hears(Chime.NOT_NOW)
        s.hand.tap("Scan the member")
        s.hand.tap("Cancel sale")
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.scan("LUMEN10")
        await s.hand.sees("Held for this sale")
        order = [Chime.NOT_NOW]
        for code, said in (("CAFE02", "Refused: already used on"), ("GONE77", "Not known: no voucher of this member")):
            s.scan(code)
            await s.hand.sees(said)
            order.append(Chime.REFUSED)
            await ear.hears(*order)
        s.keys("5", "6", "00")
        s.practice.fault(fault("POST", "/v4/pos/invoices", "drop_after"))
        s.hand.tap("Complete")
        await s.hand.sees("No answer yet")
        await ear.hears(*order, Chime.NO_ANSWER)
        await s.hand.sees("1 voucher used. Perx confirmed it.")
        await ear.hears(*order, Chime.NO_ANSWER, Chime.ACCEPTED)


async def test_the_service_screen_lets_each_sound_be_heard(shop, ear):
    async with shop(sound=SOUND | {"of_holds": True}) as s:
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.scan("LUMEN10")
        await s.hand.sees("Held for this sale")
        await ear.hears(Chime.ACCEPTED)
        s.hand.tap("Menu")
        s.hand.tap("Service")
        s.hand.tap("Test sounds")
        s.hand.tap("Refused")
        await ear.hears(Chime.ACCEPTED, Chime.REFUSED)
        s.hand.tap("Needs a supervisor")
        await ear.hears(Chime.ACCEPTED, Chime.REFUSED, Chime.SUPERVISOR)
