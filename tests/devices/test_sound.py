"""The sounds, measured: pitch, length, soft ends, no clipping; and how they reach the system's player."""

from __future__ import annotations

import io
import math
import os
import shutil
import stat
import sys
import threading
import time
import wave
from array import array
from itertools import pairwise
from pathlib import Path

import pytest

from pos_app.devices import sound
from pos_app.devices.sound import RATE_HZ, SOFT_MS, Speaker, probe, samples, wav
from pos_app.domain.chimes import NOTES, Chime, Note

DESIGN = {  # design.md, section 4
    Chime.ACCEPTED: [(880, 160)],
    Chime.REFUSED: [(220, 350)],
    Chime.NOT_NOW: [(330, 250)],
    Chime.NO_ANSWER: [(440, 120), (440, 120)],
    Chime.WAITING: [(660, 120)],
    Chime.SUPERVISOR: [(660, 120), (880, 120)],
    Chime.HOLD_ENDS: [(520, 60)],
}
PITCHES = (220, 330, 440, 520, 660, 880)
needs_posix = pytest.mark.skipif(os.name == "nt", reason="stands in for a program of Linux")


def power(part: array[int], hz: float) -> float:
    """How much of one pitch is in a piece of sound (Goertzel)."""
    factor = 2 * math.cos(2 * math.pi * hz / RATE_HZ)
    last = before = 0.0
    for value in part:
        last, before = value + factor * last - before, last
    return last * last + before * before - factor * last * before


def crossings_hz(part: array[int]) -> float:
    """The pitch by the times at which the wave rises through zero."""
    rises = [i for i in range(1, len(part)) if part[i - 1] < 0 <= part[i]]
    return (len(rises) - 1) * RATE_HZ / (rises[-1] - rises[0])


@pytest.mark.parametrize("chime", Chime)
def test_each_sound_has_the_pitch_and_the_length_of_the_design(chime):
    made, at = samples(NOTES[chime], 80), 0
    assert [(one.hz, one.ms) for one in NOTES[chime]] == DESIGN[chime]
    for note in NOTES[chime]:
        part = made[at : at + RATE_HZ * note.ms // 1000]
        assert crossings_hz(part) == pytest.approx(note.hz, rel=0.01)
        assert max(PITCHES, key=lambda hz: power(part, hz)) == note.hz
        loud = [i for i, value in enumerate(part) if abs(value) > 100]
        assert (loud[-1] - loud[0]) * 1000 / RATE_HZ == pytest.approx(note.ms, abs=5)
        at += len(part)
        silence = made[at : at + RATE_HZ * note.then_ms // 1000]
        assert not any(silence)
        at += len(silence)
    assert at == len(made)


@pytest.mark.parametrize("volume", [10, 80, 100])
def test_no_sound_clips_clicks_or_is_louder_than_asked(volume):
    for notes in NOTES.values():
        made = samples(notes, volume)
        peak = max(map(abs, made))
        assert peak == pytest.approx(0.9 * 32_767 * volume / 100, rel=0.02)
        assert abs(made[0]) < peak / 100 > abs(made[-1])
        steepest = max(abs(b - a) for a, b in pairwise(made))
        assert steepest <= peak * 2 * math.pi * max(one.hz for one in notes) / RATE_HZ * 1.05
    assert min(one.ms for notes in NOTES.values() for one in notes) > 2 * SOFT_MS


def test_a_sound_is_a_wav_of_one_channel_and_16_bits():
    with wave.open(io.BytesIO(wav(NOTES[Chime.ACCEPTED], 80))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        assert file.getnframes() == RATE_HZ * 160 // 1000


def heard(sounds: list[bytes], volume: int = 80) -> list[Chime]:
    known = {wav(notes, volume): chime for chime, notes in NOTES.items()}
    return [known[one] for one in sounds]


def test_a_burst_is_no_queue_the_newest_wins_and_nobody_waits():
    played: list[bytes] = []
    began, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def voice(one: bytes) -> bool:
        played.append(one)
        began.set()
        go_on.wait(10)
        if len(played) == 2:
            ended.set()
        return True

    speaker = Speaker(True, 80, voice)
    speaker.play(Chime.ACCEPTED)
    assert began.wait(10)
    start_s = time.monotonic()
    for chime in (Chime.WAITING, Chime.NOT_NOW, Chime.WAITING, Chime.REFUSED):
        speaker.play(chime)
    assert time.monotonic() - start_s < 0.5  # the voice is still busy
    go_on.set()
    assert ended.wait(10)
    speaker.close()
    speaker.play(Chime.WAITING)
    assert heard(played) == [Chime.ACCEPTED, Chime.REFUSED]


def test_a_till_whose_sounds_are_off_starts_nothing():
    speaker = Speaker(False, 80, lambda one: pytest.fail("it was played"))
    speaker.play(Chime.REFUSED)
    speaker.close()
    assert probe(False, 80) == [("ok", "Sounds are switched off (sound.on).", "")]


def stand_in(folder: Path, name: str, script: str) -> None:
    """A program of that name, first on the path."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@needs_posix
def test_a_player_that_cannot_is_followed_by_the_next(tmp_path, monkeypatch):
    place = tmp_path / "bin"
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")
    stand_in(place, "pw-play", "exit 1")
    stand_in(place, "paplay", f"cat > {tmp_path}/played")
    one = wav(NOTES[Chime.WAITING], 80)
    assert sound.system_voice(one)
    assert (tmp_path / "played").read_bytes() == one


@needs_posix
def test_doctor_says_why_nothing_is_heard(tmp_path, monkeypatch):
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("PATH", str(place))
    assert [(level, "No program" in what, bool(fix)) for level, what, fix in probe(True, 80)] == [("warn", True, True)]
    stand_in(place, "aplay", "exit 1")
    assert [(level, "cannot be played" in what) for level, what, _ in probe(True, 80)] == [("warn", True)]
    stand_in(place, "aplay", "exit 0")
    assert [level for level, _, _ in probe(True, 80)] == ["ok"]
    assert ["quiet" in what for _, what, _ in probe(True, 15)] == [True]


@pytest.mark.skipif(shutil.which("aplay") is None, reason="aplay (alsa-utils) is not installed")
def test_a_real_player_takes_our_sounds(tmp_path, monkeypatch):
    out = tmp_path / "out.raw"
    card = tmp_path / "asound.conf"
    card.write_text(
        f'pcm.!default {{ type file slave.pcm "null" file "{out}" format "raw" }}\npcm.null {{ type null }}\n', "utf-8"
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(card))
    monkeypatch.setattr(sound, "PLAYERS", (("aplay", "-q", "-"),))
    ended = threading.Event()
    said: list[bool] = []

    def voice(one: bytes) -> bool:
        said.append(sound.system_voice(one))
        ended.set()
        return said[-1]

    speaker = Speaker(True, 80, voice)
    speaker.play(Chime.REFUSED)
    assert ended.wait(20)
    speaker.close()
    assert said == [True]
    played = array("h", out.read_bytes())
    if sys.byteorder == "big":
        played.byteswap()
    expected = samples(NOTES[Chime.REFUSED], 80)
    assert played[: len(expected)] == expected
    assert not any(played[len(expected) :])
    assert sound.system_voice(wav((Note(0, 0, 50),), 80))
