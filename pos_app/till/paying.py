"""Paying with points as state, events and effects; its rules stand in `pay`.

Points are kept back at Perx for the open sale, and its invoice takes them. Perx tells a hold's number once, and how
much it keeps back for a customer in all: so one hold of a customer at a time, asked for right after a fresh look.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from pos_app.domain.codes import Ref
from pos_app.domain.customers import Balance

ROW = "points"
"""The key of its row in this sale."""


class PayState(StrEnum):
    """Where the points of this sale stand."""

    WAITING = "waiting"
    ASKING = "asking"
    HOLDING = "holding"
    HELD = "held"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    NOT_NOW = "not_now"
    USED = "used"


class Pay(Struct, frozen=True):
    """Points that pay for this sale, or are to. `value`: one point in major units, as text of a decimal.

    `ask` names the look at the balance that is waited for; `hold_ref` is our reference of the hold, `hold_id` Perx's
    number of it. `short`: so many points are missing. Units: `worth_minor` minor units, what all of them are worth.
    """

    points: int
    state: PayState
    worth_minor: int = 0
    value: str = ""
    ask: Ref | None = None
    hold_ref: Ref | None = None
    hold_id: str = ""
    problem: str = ""
    said: str = ""
    short: int = 0

    @property
    def is_busy(self) -> bool:
        return self.state in (PayState.WAITING, PayState.ASKING, PayState.HOLDING)

    @property
    def may_be_held(self) -> bool:
        """Perx keeps them back for this sale, or may."""
        return self.state in (PayState.HELD, PayState.HOLDING, PayState.NO_ANSWER)

    @property
    def is_live(self) -> bool:
        return self.is_busy or self.may_be_held


def to_draft(pay: Pay | None) -> dict[str, Any] | None:
    """What has to survive of it, as a JSON value."""
    if pay is None or pay.hold_ref is None or not (pay.may_be_held or pay.state is PayState.USED):
        return None
    return {"points": pay.points, "worth_minor": pay.worth_minor, "value": pay.value, "hold_ref": pay.hold_ref}


def from_draft(kept: object) -> Pay | None:
    """What survived; its entry says how it stands. Errors: KeyError, TypeError, ValueError for nonsense."""
    if not isinstance(kept, Mapping):
        return None
    ref = Ref(str(kept["hold_ref"]))
    state = PayState.NO_ANSWER
    return Pay(int(kept["points"]), state, int(kept["worth_minor"]), str(kept.get("value") or ""), hold_ref=ref)


# ---------------------------------------------------------------- what happens


class Chip(StrEnum):
    """Amounts that one tap names: what the bill needs at most, half of that, and what pays all of the bill."""

    MAX = "max"
    HALF = "half"
    EXACT = "exact"


class PayTapped(Struct, frozen=True):
    """Somebody wants to pay with points."""


class ChipTapped(Struct, frozen=True):
    chip: Chip


class PayEntered(Struct, frozen=True):
    """The points that were typed are to be kept back."""


class PointsRead(Struct, frozen=True):
    """What Perx says of the points now, before they are kept back or to see whether they still are."""

    ask: Ref
    balance: Balance | None = None
    problem: str = ""
    said: str = ""


Tapped = PayTapped | ChipTapped | PayEntered
Event = Tapped | PointsRead


# ---------------------------------------------------------------- what is asked for


class SeePoints(Struct, frozen=True):
    """Ask Perx for a fresh balance. `alone`: only once nothing of an earlier hold of this customer's is under way."""

    ask: Ref
    identifier: str
    alone: bool = True


Effect = SeePoints
