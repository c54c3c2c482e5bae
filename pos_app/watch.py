"""The watchdog: starts the till as a process of its own, and starts it again when it crashes or stands still.

The till writes one byte a second on its standard output from its main thread (`beats`). Silence means that nobody can
sell, so the till is ended and started again; it finds its sale as a crash left it, and says what happened. An end in
good order is told by a byte of its own (`farewell`) and ends the watchdog too; an exit code alone proves nothing, since
whoever ends a process on Windows chooses it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

WATCHED = "POS_WATCHED"
RESTARTED = "POS_RESTARTED"
"""Environment of the till: it is watched; why it was started again, as a support code."""
CRASHED, FROZE = "APP-03", "APP-04"
BEAT_EVERY_S = 1.0
HEARD_OUT_S = 2.0
_BEAT, _FAREWELL = b".", b"!"


class Patience(Struct, frozen=True):
    """How long the watchdog waits. Units: seconds.

    `start` until the first beat (a damaged data file is mended before), `silence` between two, `pauses` before each
    start after a bad end, `steady` after which a run counts as good, so that the pauses begin again.
    """

    start: float = 180.0
    silence: float = 20.0
    pauses: tuple[float, ...] = (1.0, 2.0, 5.0, 15.0, 30.0)
    steady: float = 600.0
    look: float = 1.0


def watch(words: Sequence[str], patience: Patience | None = None, program: Sequence[str] | None = None) -> int:
    """Run the till with these words until it ends in good order; return its exit code.

    Whatever ends without its farewell, or stands still, is started again.
    `program` is what is run; None: this very program.
    """
    patience = patience or Patience()
    whole = [*(program or _own_program()), *words]
    why, bad_ends = "", 0
    while True:
        began_s = time.monotonic()
        till = _Till(whole, why)
        why = till.wait(patience)
        if not why and till.said_farewell:
            return till.code
        why = why or CRASHED
        bad_ends = 1 if time.monotonic() - began_s > patience.steady else bad_ends + 1
        pause_s = patience.pauses[min(bad_ends, len(patience.pauses)) - 1]
        _say(f"The till {'stood still' if why == FROZE else 'ended'} with {till.code}; it starts again. [{why}]")
        time.sleep(pause_s)


def _own_program() -> list[str]:
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "pos_app"]


def _say(text: str) -> None:
    if sys.stderr is not None:  # a windowed program on Windows has none
        sys.stderr.write(f"{text}\n")


class _Till:
    """One run of the till."""

    def __init__(self, words: Sequence[str], why: str) -> None:
        env = {**os.environ, WATCHED: "1", RESTARTED: why}
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, env=env)  # noqa: S603 - our own program
        self._beats = 0
        self.said_farewell = False
        self._listener = threading.Thread(target=self._listen, name="beats", daemon=True)
        self._listener.start()

    @property
    def code(self) -> int:
        """What it ended with."""
        return int(self._process.returncode)

    def _listen(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as pipe:
                while heard := os.read(pipe.fileno(), 4096):
                    self._beats += 1
                    self.said_farewell |= _FAREWELL in heard

    def wait(self, patience: Patience) -> str:
        """Wait for its end, and hear it out; see `_ended`."""
        try:
            return self._ended(patience)
        finally:
            self._listener.join(HEARD_OUT_S)

    def _ended(self, patience: Patience) -> str:
        """Wait for its end: "" when it ended by itself, FROZE when it was ended because it stood still.

        Silence is counted in looks of ours, not on the clock: a machine that slept must not count against the till.
        """
        heard, silent_looks = 0, 0
        while True:
            try:
                self._process.wait(patience.look)
            except subprocess.TimeoutExpired:
                silent_looks = 0 if self._beats > heard else silent_looks + 1
                heard = self._beats
                if silent_looks * patience.look < (patience.silence if heard else patience.start):
                    continue
                self._process.kill()
                self._process.wait()
                return FROZE
            return ""


async def beats() -> None:
    """Tell a watchdog, if there is one, that the loop goes round. Thread: main.

    When the watchdog is gone the till goes on without.
    """
    if not os.environ.get(WATCHED):
        return
    while True:
        try:
            os.write(1, _BEAT)
        except OSError:
            return
        await asyncio.sleep(BEAT_EVERY_S)


def farewell(code: int) -> int:
    """Tell a watchdog, if there is one, that this till ends in good order; the exit code, handed through."""
    if os.environ.get(WATCHED):
        with suppress(OSError):  # the watchdog is gone
            os.write(1, _FAREWELL)
    return code


def restarted() -> str:
    """Why this till was started again, as a support code; "" when it was not."""
    why = os.environ.get(RESTARTED, "")
    return why if why in (CRASHED, FROZE) else ""
