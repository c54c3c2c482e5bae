"""A real client, what delivers with it, and the sandbox behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command
from pos_app.domain.entries import Entry, EntryState
from pos_app.perx.client import PerxClient
from pos_app.practice import Practice
from pos_app.till.deliver import Delivery

GOLD, TEN_OFF, COFFEE, REFILL = "6591234821", 7101, 7102, 7107
MUG, NEW = 313, 7115  # a reward, and the number of the first voucher that is made
REF = Ref("123456789012345678901234")
OF_SALE: dict[str, Any] = {
    "identifier": GOLD,
    "amount_minor": 4600,
    "currency": "SGD",
    "sold_at": "2026-06-01T06:32:00.000Z",
}
OF_VOUCHER: dict[str, Any] = {"ref": REF, "identifier": GOLD, "voucher_id": TEN_OFF, "sale": Ref("S")}
OF_POINTS: dict[str, Any] = {"ref": REF, "identifier": GOLD, "points": 40}
DROPPED = {"kind": "drop_after"}
NEVER = {"kind": "drop_before"}


Script = Callable[["Counter"], Awaitable[None]]


class Counter:
    """A client, what delivers with it, and the shop behind it."""

    def __init__(self, practice: Practice, perx: PerxClient) -> None:
        self.practice, self.perx = practice, perx
        self.delivery = Delivery(perx, take_pin=lambda ref: "4821")

    async def send(self, command: Command, spoil: dict[str, Any] | None = None, tries: int = 1) -> object:
        """Send a command; `spoil` what happens to the write itself, not to what is read for it."""
        if spoil is not None:
            rules = [
                {"match": {"method": method, "path": "^/v4/(pos|vouchers|rewards)"}}
                for method in ("POST", "PUT", "PATCH")
            ]
            self.practice.fault(*({**rule, "times": 1, "action": spoil} for rule in rules))
        entry = Entry(1, command, EntryState.SENDING, datetime.now(UTC), tries=tries, sent_at=datetime.now(UTC))
        entry = replace(entry, was_lost=tries > 1)
        outcome = await self.delivery.send(entry)
        self.practice.fault()
        return outcome

    async def look(
        self, command: Command, since_s: float = 0.0, sent_at: datetime | None = None, *, was_lost: bool = True
    ) -> object:
        entry = Entry(1, command, EntryState.CHECKING, datetime.now(UTC), sent_at=sent_at or datetime.now(UTC))
        entry = replace(entry, was_lost=was_lost)
        return await self.delivery.read_back(entry, since_s)

    def voucher(self) -> dict[str, Any]:
        return next(one for one in self.practice.ledger()["vouchers"] if one["id"] == TEN_OFF)
