"""Printing on an ESC/POS printer: asks how it is, sends a slip, and waits until the printer has worked it off."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from pos_app.devices.lines import LINE_ERRORS, Line, open_line
from pos_app.devices.ports import explain
from pos_app.devices.printer import PrinterLink, PrintError
from pos_app.devices.status import ASK, ASK_DONE, FORGET, PrinterState, Said, is_answer, is_done, read_answers
from pos_app.domain.codes import shown

_MISSES: Final = 2  # looks in a row that a busy printer may refuse before it counts as gone
_LOW: Final = "The paper roll ends soon. Have a new one at hand."
_PROBLEM_OF: Final[dict[PrinterState, str]] = {"no_paper": "PRN-02", "cover_open": "PRN-03", "failed": "PRN-04"}
_log = logging.getLogger(__name__)


class Pace(Struct, frozen=True):
    """How long a printer may take. Units: seconds. `finish_s`: to work a slip off, after its last byte.

    `busy_s`: how long a slip waits for a network printer that refuses, for it may print for another till.
    """

    answer_s: float = 1.0
    finish_s: float = 10.0
    look_s: float = 0.4
    busy_s: float = 4.0


class EscposRoute:
    """Takes slips as bytes, in parts between which the printer may be asked. Thread: printer."""

    def __init__(self, port: str, baud: int = 9600, pace: Pace | None = None) -> None:
        self._port, self._baud, self._pace = port, baud, pace or Pace()
        self._line: Line | None = None
        self._has_answered = False
        self._confirms = True
        self._is_dirty = False
        self._misses = 0
        self._last: PrinterLink | None = None

    def look(self) -> PrinterLink:
        """How the printer is now, by its own word where the line lets it answer."""
        try:
            line = self._opened()
            said = self._ask(line)
        except LINE_ERRORS as error:
            self._lost()
            self._misses += 1
            if self._misses < _MISSES and self._last is not None and isinstance(error, ConnectionRefusedError):
                return self._last  # a network printer talks to one till at a time, and this was another's turn
            self._last = self._why(error)
        else:
            self._misses, self._last = 0, self._link(said)
        finally:
            self._rest()
        return self._last

    def put(self, job: Sequence[bytes]) -> PrinterLink:
        """Print one slip.

        Errors:  PrintError: PRN-01 to PRN-04 and PRN-06, PRN-07 nothing was printed; PRN-05 it stopped part-way.
        """
        try:
            line = self._opened_when_free()
            said = self._ask(line)
        except LINE_ERRORS as error:
            self._lost()
            self._misses = _MISSES
            raise PrintError(_code_of(error, self._port), shown(str(error), 200)) from error
        try:
            if said is None and self._has_answered:
                self._lost()
                raise PrintError("PRN-01", "it does not answer")
            if said is not None and said.state != "ready":
                raise PrintError(_PROBLEM_OF[said.state])
            self._send(line, job, answers=said is not None)
        except LINE_ERRORS as error:
            self._lost()
            if line.is_held_back:
                raise PrintError("PRN-01", shown(str(error), 200)) from error
            self._is_dirty = True
            raise PrintError("PRN-05", shown(str(error), 200), is_begun=True) from error
        finally:
            self._rest()
        return self.look()

    def close(self) -> None:
        """Free the port."""
        self._lost()

    def _send(self, line: Line, job: Sequence[bytes], *, answers: bool) -> None:
        for number, part in enumerate(job, 1):
            line.write(part)
            if answers and number < len(job):
                self._go_on(line)
        line.finish()
        if answers:
            self._await_done(line)

    def _go_on(self, line: Line) -> None:
        """Between two parts of a slip: stop when the printer has.

        Errors:  PrintError PRN-05.
        """
        said = self._ask(line) or self._ask(line)  # one lost answer is no lost printer
        if said is None or said.state != "ready":
            self._break(line, said)

    def _await_done(self, line: Line) -> None:
        """Wait until the printer has worked the slip off; it says so in its turn.

        Errors:  PrintError PRN-05.
        """
        if not self._confirms:
            self._go_on(line)
            return
        line.write(ASK_DONE)
        end, silent = time.monotonic() + self._pace.finish_s, 0
        while time.monotonic() < end:
            if any(is_done(byte) for byte in line.read(self._pace.look_s)):
                return
            answers, is_over = self._answers(line)
            if is_over:
                return
            silent = 0 if answers else silent + 1
            if silent > 1 or (answers and read_answers(answers).state != "ready"):
                self._break(line, read_answers(answers) if answers else None)
        _log.info("the printer does not tell when a slip is done; it is not asked again")
        self._confirms = False

    def _break(self, line: Line, said: Said | None) -> None:
        """The slip cannot go on: what is left of it shall not come out later.

        Errors:  PrintError PRN-05, always.
        """
        self._is_dirty = True
        line.write(FORGET)
        raise PrintError("PRN-05", said.state if said else "it stopped answering", is_begun=True)

    def _ask(self, line: Line) -> Said | None:
        """The printer's own word, None when it says nothing."""
        if not line.answers:
            return None
        if self._is_dirty:  # it may still wait for the rest of a command, and would take a question for that
            line.write(FORGET)
            while line.read(self._pace.look_s):
                pass
            self._is_dirty = False
        answers, _ = self._answers(line)
        return read_answers(answers) if answers else None

    def _answers(self, line: Line) -> tuple[bytes, bool]:
        """The answers to the four questions, as far as they come, and whether the slip's end was told meanwhile."""
        found, is_over = b"", any(is_done(byte) for byte in line.read(0))  # a late answer must not pass for the next
        for number, question in enumerate(ASK):
            line.write(question)
            end = time.monotonic() + self._pace.answer_s
            while len(found) <= number and (left := end - time.monotonic()) > 0:
                for byte in line.read(left):
                    if is_answer(byte):
                        found += bytes([byte])
                    else:
                        is_over = is_over or is_done(byte)
            if len(found) <= number:
                break
        self._has_answered = self._has_answered or bool(found)
        return found, is_over

    def _opened(self) -> Line:
        if self._line is None:
            self._line = open_line(self._port, self._baud)
        return self._line

    def _opened_when_free(self) -> Line:
        """As `_opened`; a network printer that is busy with another till gets a moment."""
        end = time.monotonic() + self._pace.busy_s
        while True:
            try:
                return self._opened()
            except ConnectionRefusedError:
                if time.monotonic() >= end:
                    raise
                time.sleep(self._pace.look_s)

    def _rest(self) -> None:
        if self._line is not None and not self._line.stays:
            self._lost()

    def _lost(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _link(self, said: Said | None) -> PrinterLink:
        if said is not None:
            return PrinterLink(said.state, self._port, _LOW if said.is_low else "")
        if self._has_answered:
            self._lost()
            return PrinterLink("unreachable", self._port, "The printer does not answer any more.")
        return PrinterLink("unknown", self._port)

    def _why(self, error: Exception) -> PrinterLink:
        code = _code_of(error, self._port)
        words = {
            "PRN-06": f"{self._port} is in use by another program.",
            "PRN-07": f"This account may not open {self._port}.",
        }.get(code, f"{self._port} cannot be reached: {error}")
        return PrinterLink("unreachable", self._port, shown(words, 200))


def _code_of(error: Exception, port: str) -> str:
    """The support code of a line that cannot be opened."""
    return {"held": "PRN-06", "denied": "PRN-07"}.get(explain(error, port)[0], "PRN-01")
