"""The till's own sounds: made in memory, played by the system without anybody waiting for them.

A burst is no queue: while one sound plays the newest that was asked for waits, and what came between is dropped.
"""

from __future__ import annotations

import io
import logging
import math
import shutil
import subprocess
import sys
import threading
import time
import wave
from array import array
from collections.abc import Callable, Iterator

from pos_app.domain.chimes import NOTES, Chime, Note

log = logging.getLogger(__name__)

RATE_HZ = 44_100
SOFT_MS = 8
"""Notes swell and fade this long: a hard edge is a click. Units: milliseconds."""
PLAYERS = (("pw-play", "/dev/stdin"), ("paplay", "--latency-msec=50"), ("aplay", "-q", "-"))
"""Programs of Linux that play a WAV from standard input: PipeWire, PulseAudio, ALSA.

Measured: pw-play 0.3.65 plays only the first 130 to 160 ms of "-"; paplay 16.1 takes 2 s for any sound unless told so.
"""
PLAYER_S = 3.0
LATE_S = 1.0
"""A sound that comes later than this would be taken for an answer to something else. Units: seconds."""
QUIET_PERCENT = 30
_PEAK = 0.9 * 32_767

Voice = Callable[[bytes], bool]


def samples(notes: tuple[Note, ...], volume_percent: int) -> array[int]:
    """The notes as 16-bit mono samples, `RATE_HZ` a second."""
    made = array("h")
    for note in notes:
        made.extend(_note(note, _PEAK * volume_percent / 100))
        made.extend([0] * (RATE_HZ * note.then_ms // 1000))
    return made


def _note(note: Note, peak: float) -> Iterator[int]:
    count, soft = RATE_HZ * note.ms // 1000, RATE_HZ * SOFT_MS // 1000
    for i in range(count):
        edge = min(1.0, (i + 0.5) / soft, (count - i - 0.5) / soft)
        swell = 0.5 - 0.5 * math.cos(math.pi * edge)
        yield round(peak * swell * math.sin(2 * math.pi * note.hz * i / RATE_HZ))


def wav(notes: tuple[Note, ...], volume_percent: int) -> bytes:
    """The notes as a WAV file."""
    made = samples(notes, volume_percent)
    if sys.byteorder == "big":
        made.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, RATE_HZ, len(made), "NONE", ""))
        out.writeframes(made.tobytes())
    return file.getvalue()


class Speaker:
    """Plays sounds on a thread of its own. Thread: `play` and `close` on the main one; they wait for nothing long."""

    def __init__(self, is_on: bool, volume_percent: int, voice: Voice | None = None) -> None:
        self._is_on, self._volume = is_on, volume_percent
        self._voice = voice or system_voice
        self._turn = threading.Condition()
        self._next: Chime | None = None
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def play(self, chime: Chime) -> None:
        """Let a sound be heard as soon as the one before it has ended."""
        if not self._is_on:
            return
        with self._turn:
            if self._is_closed:
                return
            self._next = chime
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
                self._thread.start()
            self._turn.notify()

    def close(self) -> None:
        """Say nothing more. What is being played ends by itself."""
        with self._turn:
            self._is_closed = True
            self._turn.notify()
        if self._thread is not None:
            self._thread.join(PLAYER_S)

    def _run(self) -> None:
        is_mute = False
        while (chime := self._wait()) is not None:
            was_mute, is_mute = is_mute, not self._voice(wav(NOTES[chime], self._volume))
            if is_mute and not was_mute:
                log.info("the sound %s could not be played", chime)

    def _wait(self) -> Chime | None:
        with self._turn:
            while self._next is None and not self._is_closed:
                self._turn.wait()
            chime, self._next = self._next, None
            return None if self._is_closed else chime


def system_voice(sound: bytes) -> bool:
    """Play a WAV by what this system has, and wait for its end. False: nothing here plays it."""
    if sys.platform == "win32":
        import winsound  # there on Windows only

        try:
            winsound.PlaySound(sound, winsound.SND_MEMORY | winsound.SND_NODEFAULT)
        except RuntimeError:  # no sound device, or it is taken
            return False
        return True
    return _by_program(sound)


def _by_program(sound: bytes) -> bool:
    began_s = time.monotonic()
    for words in players():
        if time.monotonic() - began_s > LATE_S:
            return False
        try:
            done = subprocess.run(words, input=sound, capture_output=True, timeout=PLAYER_S)  # noqa: S603 - fixed words
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return True
    return False


def players() -> list[tuple[str, ...]]:
    """The commands of this machine that can play a sound, the best first."""
    return [(path, *words[1:]) for words in PLAYERS if (path := shutil.which(words[0]))]


def probe(is_on: bool, volume_percent: int) -> list[tuple[str, str, str]]:
    """What there is to say of this machine's sound: (level, what, how to fix). It plays a moment of silence."""
    if not is_on:
        return [("ok", "Sounds are switched off (sound.on).", "")]
    if sys.platform != "win32" and not players():
        what = "No program is there to play sounds; the till shows everything and is silent."
        return [("warn", what, "Install alsa-utils, pulseaudio-utils or pipewire-bin, or set sound.on to false.")]
    if not system_voice(wav((Note(0, 0, 50),), volume_percent)):
        what = "Sounds cannot be played here; the till shows everything and is silent."
        return [("warn", what, "Connect a loudspeaker and choose it in the system's sound settings.")]
    if volume_percent < QUIET_PERCENT:
        return [("warn", f"Sounds are very quiet ({volume_percent} %).", "Raise sound.volume_percent.")]
    return [("ok", f"Sounds can be played, at {volume_percent} %.", "")]
