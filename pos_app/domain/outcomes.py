"""What came of a command: of sending it, and of looking for it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Done(Struct, frozen=True):
    """Perx answered that it happened. `answer` is what is worth keeping (plain JSON values)."""

    answer: dict[str, Any] = field(default_factory=dict)


class Refused(Struct, frozen=True):
    """Perx said no; nothing happened. `problem` is our support code, `said` Perx's own bounded words."""

    problem: str
    said: str = ""


class NotSent(Struct, frozen=True):
    """Nothing reached Perx: keep it and try later. `stop` = our credentials: do not try the others either."""

    problem: str
    retry_after_s: float | None = None
    stop: bool = False


class NoAnswer(Struct, frozen=True):
    """It may have happened. It is looked up before anything is sent again.

    Units: `retry_after_s` is the pause that a server which is down asked for; the others wait too.
    """

    problem: str
    retry_after_s: float | None = None


Outcome = Done | Refused | NotSent | NoAnswer


class Found(Struct, frozen=True):
    """The look-up shows that the command took effect."""

    answer: dict[str, Any] = field(default_factory=dict)


class NotFound(Struct, frozen=True):
    """The look-up worked and shows no trace yet; a late request may still take effect.

    `may_repeat`: this Perx refuses a reference that it has taken before, so sending it again can do it only once.
    """

    may_repeat: bool = False


class CannotTell(Struct, frozen=True):
    """The look-up itself failed, or shows something that only a person can judge (`person`)."""

    problem: str
    person: bool = False
    retry_after_s: float | None = None


Finding = Found | NotFound | CannotTell
