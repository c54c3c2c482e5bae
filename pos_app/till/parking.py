"""Parked sales as state and events: those that a cashier put aside, and the one that was cancelled just now.

What a parked sale held at Perx was given back when it was put aside, so that nothing is held for somebody who does not
come back, and another till may serve them; taken up again it is asked for again. Its rules stand in `parked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, to_builtins

from pos_app.domain.codes import Ref

MOST_PARKED = 12
CANCELLED_STAYS = timedelta(seconds=60)
"""How long a cancelled sale can be brought back: a wrong tap is seen at once."""
PARKED_STAYS = timedelta(hours=24)


class Parked(Struct, frozen=True):
    """A sale that was put aside. `vouchers`: the id and the code of each. Units: `bill_minor` minor units.

    `points`: so many paid for it, and are asked for again.

    `at`: aware UTC. `cancelled`: it was not put aside but cancelled, and can be brought back for a moment.
    """

    id: Ref
    at: datetime
    identifier: str = ""
    name: str = ""
    bill_minor: int = 0
    vouchers: tuple[tuple[int, str], ...] = ()
    cancelled: bool = False
    points: int = 0

    def stays(self, now: datetime) -> bool:
        """Whether it can still be taken up. A clock that was set back keeps it."""
        return now - self.at < (CANCELLED_STAYS if self.cancelled else PARKED_STAYS)


def to_row(parked: Parked) -> dict[str, Any]:
    """As a JSON value."""
    row: dict[str, Any] = to_builtins(parked, builtin_types=(datetime,))
    return row | {"at": parked.at.isoformat()}


def from_row(row: object) -> Parked | None:
    """What was kept, or None when it makes no sense."""
    if not isinstance(row, Mapping):
        return None
    try:
        at = datetime.fromisoformat(row["at"])
        vouchers = tuple((int(number), str(code)) for number, code in row["vouchers"])
        name, identifier = str(row["name"]), str(row["identifier"])
        bill, points = int(row["bill_minor"]), int(row.get("points", 0))
        parked = Parked(Ref(row["id"]), at, identifier, name, bill, vouchers, bool(row["cancelled"]), points)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return parked if at.tzinfo else None


def from_rows(kept: tuple[object, datetime] | None) -> tuple[Parked, ...]:
    """What was kept of all of them, without what makes no sense."""
    rows = kept[0] if kept is not None and isinstance(kept[0], list) else []
    return tuple(one for one in map(from_row, rows) if one is not None)


# ---------------------------------------------------------------- what happens


class ParkTapped(Struct, frozen=True):
    """Put the sale aside."""


class RecallTapped(Struct, frozen=True):
    """Take a parked sale up again."""

    id: Ref


class ParkedRead(Struct, frozen=True):
    """The till started: what the last run had put aside."""

    parked: tuple[Parked, ...]


Event = ParkTapped | RecallTapped | ParkedRead
