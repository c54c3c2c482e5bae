"""Builds of the till that are broken on purpose: a run of chaos must find each of them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pos_app.domain.commands import NotFound
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox import Outbox, Pace
from pos_app.till.deliver import Delivery


def right() -> None:
    """The till as it is."""


def blind() -> None:
    """A look-up that never looks, and no quiet time: an answer that was lost is followed by a second send."""
    new = Outbox.__init__

    async def not_found(self: Delivery, entry: Any, since_s: float) -> NotFound:
        return NotFound()

    def hasty(self: Outbox, *args: Any, **more: Any) -> None:
        pace = replace(more.pop("pace", None) or Pace(), settle_after_s=0.0, look_after_s=())
        new(self, *args, **more, pace=pace)

    Delivery.read_back, Outbox.__init__ = not_found, hasty  # type: ignore[method-assign]


def sent_first() -> None:
    """A command that is sent before its row is there: a power cut in between leaves an effect that nobody knows of."""
    put, send, new = Outbox.put, Delivery.send, Delivery.__init__
    hands: list[Delivery] = []
    outcomes: dict[str, Any] = {}

    def made(self: Delivery, *args: Any, **more: Any) -> None:
        new(self, *args, **more)
        hands.append(self)

    async def put_late(self: Outbox, command: Any, sale: Any = None, also: Any = ()) -> Any:
        unstored = Entry(0, command, EntryState.SENDING, datetime.now(UTC), tries=1)
        outcomes[command.ref] = await send(hands[-1], unstored)
        return await put(self, command, sale, also)

    async def sent(self: Delivery, entry: Any) -> Any:
        return outcomes.pop(entry.ref, None) or await send(self, entry)

    Delivery.__init__, Outbox.put, Delivery.send = made, put_late, sent  # type: ignore[method-assign]


BUILDS: dict[str, Callable[[], None]] = {"right": right, "blind": blind, "sent_first": sent_first}
