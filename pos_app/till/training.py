"""The training shop's guided first shift, ten tasks that tick themselves off: state, events, effects. Pure.

A task is ticked by what really happened in the training till, in whatever order it is done; the guide says the first
that is still open. Nothing here decides anything about a sale.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field


class Task(StrEnum):
    """The tasks, in the order in which the guide says them; the values are what is kept."""

    SIGN_ON = "sign_on"
    OPEN_SHIFT = "open_shift"
    MEMBER = "member"
    VOUCHER = "voucher"
    PAY = "pay"
    OFFLINE = "offline"
    PARK = "park"
    REVERSE = "reverse"
    COPY = "copy"
    CLOSE_SHIFT = "close_shift"


class Code(Struct, frozen=True):
    """A code of the training shop to scan: what it is, how it stands, and the text that a scanner would send."""

    title: str
    detail: str
    text: str


class Supplies(Struct, frozen=True):
    """What the training shop has for its cashiers. `people`: name, role, PIN. `member`, `voucher`: codes to begin with.

    `from_till`: the real till was left for it, and waits to be gone back to.
    """

    codes: tuple[Code, ...] = ()
    people: tuple[tuple[str, str, str], ...] = ()
    member: str = ""
    voucher: str = ""
    from_till: bool = False


class Training(Struct, frozen=True):
    """The guided shift. `supplies` None: this is no training till. `saved`: the reference of the sale made offline.

    `is_shown`: the card stands beside the sale. `goes_to`: where the till is left for: "", training, till, again.
    """

    supplies: Supplies | None = None
    done: tuple[Task, ...] = ()
    saved: str = ""
    is_shown: bool = True
    goes_to: str = ""

    @property
    def is_on(self) -> bool:
        return self.supplies is not None

    @property
    def task(self) -> Task | None:
        """The first task that is still open; None when all are done."""
        return next((one for one in Task if one not in self.done), None)


# ---------------------------------------------------------------- what happens


class Supplied(Struct, frozen=True):
    """This is a training till, and this is what its shop has."""

    supplies: Supplies


class ProgressRead(Struct, frozen=True):
    """How far the guided shift was when the till was closed."""

    done: tuple[Task, ...]
    saved: str = ""
    is_shown: bool = True


class BeginTapped(Struct, frozen=True):
    """Leave the real till for the training shop."""


class LeaveTapped(Struct, frozen=True):
    """Leave the training shop: back to the real till, where one was left for it."""


class AgainTapped(Struct, frozen=True):
    """Begin the guided shift anew, with a shop as it was on the first day."""


class CardTapped(Struct, frozen=True):
    """Show the card beside the sale, or put it away."""

    shown: bool


Tapped = BeginTapped | LeaveTapped | AgainTapped | CardTapped
Event = Tapped | Supplied | ProgressRead


# ---------------------------------------------------------------- what is asked for


class KeepProgress(Struct, frozen=True):
    """Keep how far the guided shift is. `kept`: as JSON values."""

    kept: Mapping[str, Any] = field(default_factory=dict)


Effect = KeepProgress


def to_kept(training: Training) -> dict[str, Any]:
    """How far it is, as JSON values."""
    return {"done": [one.value for one in training.done], "saved": training.saved, "is_shown": training.is_shown}


def from_kept(kept: object) -> ProgressRead | None:
    """What was kept; None when it makes no sense. Tasks that are not ours any more are left out."""
    if not isinstance(kept, Mapping) or not isinstance(kept.get("done"), list):
        return None
    known = set(Task)
    words = dict.fromkeys(one for one in kept["done"] if isinstance(one, str))
    done = tuple(Task(one) for one in words if one in known)
    return ProgressRead(done, str(kept.get("saved") or ""), kept.get("is_shown") is not False)
