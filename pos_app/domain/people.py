"""The people of a shop: who may do what, what makes a PIN, and what a denied approval says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

MIN_PIN, MAX_PIN = 4, 8
MIN_BADGE = 8
"""Characters. A badge signs on and approves by itself, so it must be more than anybody guesses."""

MAX_NAME = 40

_PIN = re.compile(rf"[0-9]{{{MIN_PIN},{MAX_PIN}}}")
_RUN = "01234567890123456789"
# What people choose that is neither a run, nor a repetition, nor a year: keypad shapes, words and round figures.
_SHAPES = (
    "1004 1122 1230 1233 1236 1313 1337 1342 1357 1470 1590 2468 2580 3141 3690 4200 4561 5201 5683 7531 7890 9510"
)
_LONGER = "102030 112233 121314 123321 123654 147258 147852 159357 258369 314159 520131 11223344 14725836"
_USUAL = frozenset(f"{_SHAPES} {_LONGER}".split(" "))


class Role(StrEnum):
    """What somebody is in the shop; the value is what the database holds."""

    CASHIER = "cashier"
    SUPERVISOR = "supervisor"
    DEPLOYER = "deployer"

    @property
    def may_approve(self) -> bool:
        """Whether somebody may approve what a cashier may not decide alone."""
        return self is not Role.CASHIER


class Person(Struct, frozen=True):
    """Somebody of the shop. No secret of theirs stands here."""

    name: str
    role: Role
    has_badge: bool = False


@dataclass(frozen=True)
class Denied:
    """A sign-on or an approval was not taken: the support code, and how long the person must wait.

    `was_wrong`: the PIN was looked at; the same one is as wrong after the wait. Units: seconds, rounded up.
    """

    problem: str
    wait_s: int = 0
    was_wrong: bool = field(default=False, compare=False)


def is_pin(text: str) -> bool:
    """Whether a text has the shape of a PIN: 4 to 8 ASCII digits."""
    return _PIN.fullmatch(text) is not None


def is_weak(pin: str) -> bool:
    """Whether a PIN is among the first that a stranger would try: runs, repetitions, years, shapes on the keypad."""
    half = len(pin) // 2
    repeats = any(len(pin) % size == 0 and pin == pin[:size] * (len(pin) // size) for size in range(1, half + 1))
    is_year = len(pin) == 4 and pin[:2] in ("19", "20")
    return repeats or pin in _RUN or pin[::-1] in _RUN or is_year or pin in _USUAL or pin[::-1] in _USUAL


def wait_after(wrong: int) -> int:
    """How long nobody's PIN is looked at after so many wrong ones in a row. Units: seconds.

    Two slips are free; then it doubles from half a minute to an hour, so that 9,000 PINs take more than a year.
    """
    return 0 if wrong < 3 else min(3600, 30 * 2 ** min(wrong - 3, 10))
