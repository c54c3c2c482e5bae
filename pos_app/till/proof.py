"""Somebody proves who they are: a name and its PIN on the keypad, or a badge. Sign-on and approvals share it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from pos_app.domain.people import MAX_PIN, MIN_PIN, Denied
from pos_app.domain.records import Discreet

PIN_STAYS = timedelta(seconds=30)
"""A half-typed PIN is forgotten after this."""


class Proof(Discreet, frozen=True, kw_only=True):
    """A proof that is asked for. `number` tells a late answer from this one's; `names`: who may give it.

    `pin` is what was typed so far; it leaves the state when it is handed over, and after half a minute. `denied_at`:
    when the last proof was denied.
    """

    HIDDEN = ("pin",)
    number: int = 0
    names: tuple[str, ...] = ()
    name: str = ""
    pin: str = ""
    pin_at: datetime | None = None
    busy: bool = False
    denied: Denied | None = None
    denied_at: datetime | None = None

    def wait_s(self, now: datetime) -> int:
        """Seconds until the chosen person's PIN is looked at again, as far as the wall clock tells.

        What keeps a guesser out is the database's own count; a clock that was set back only ends this hint.
        """
        if self.denied is None or self.denied_at is None or now < self.denied_at:
            return 0
        return max(0, self.denied.wait_s - int((now - self.denied_at).total_seconds()))

    def lacks(self, now: datetime) -> str:
        """What is missing before it can be looked at, as a key; "" when nothing is."""
        if self.busy:
            return "busy"
        if not self.names:
            return "nobody"
        if not self.name:
            return "name"
        if self.wait_s(now):
            return "wait"
        return "pin" if len(self.pin) < MIN_PIN else ""


P = TypeVar("P", bound=Proof)


def named(proof: P, name: str) -> P:
    """The proof of another person: one's digits are not another's."""
    if proof.busy or name not in proof.names or name == proof.name:
        return proof
    return replace(proof, name=name, pin="", denied=None)


def keyed(proof: P, key: str, now: datetime) -> P:
    """A key of the PIN pad: a digit, "delete" or "clear". Digits before a name are nobody's."""
    is_digit = key.isascii() and key.isdigit() and len(key) == 1
    if proof.busy or not proof.name or proof.wait_s(now) or not (is_digit or key in ("delete", "clear")):
        return proof
    return replace(proof, pin=typed(proof.pin, key, MAX_PIN), pin_at=now, denied=None)


def typed(text: str, key: str, most: int) -> str:
    """A text after one more key, at most so many characters."""
    if key == "clear":
        return ""
    return text[:-1] if key == "delete" else (text + key)[:most]


def handed_over(proof: P) -> P:
    """The proof while it is looked at; what was typed is not kept."""
    return replace(proof, pin="", busy=True, denied=None)


def refused(proof: P, denied: Denied, now: datetime) -> P:
    """The proof was not good."""
    return replace(proof, busy=False, denied=denied, denied_at=now)


def aged(proof: P, now: datetime) -> P:
    """A half-typed PIN does not stay."""
    if not proof.pin or proof.pin_at is None or timedelta(0) <= now - proof.pin_at < PIN_STAYS:
        return proof
    return replace(proof, pin="")
