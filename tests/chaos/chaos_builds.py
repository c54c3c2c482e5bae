"""Builds of the till that are broken on purpose: a run of chaos must find each of them out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from pos_app.app import mint
from pos_app.domain.commands import (
    Checkout,
    Done,
    Kind,
    NoAnswer,
    NotFound,
    RedeemVoucher,
    ReleasePoints,
    ReleaseVoucher,
)
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import KINDS, Absent
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


def earns_again() -> None:
    """Exact points whose answer was lost are sent again at once, as if a look-up had found no row of them."""
    look = Delivery.read_back

    async def nothing(self: Delivery, entry: Any, since_s: float) -> Any:
        is_earn = entry.command.kind is Kind.EARN_POINTS
        return NotFound() if is_earn else await look(self, entry, since_s)

    Delivery.read_back = nothing  # type: ignore[method-assign]
    KINDS[Kind.EARN_POINTS] = replace(KINDS[Kind.EARN_POINTS], absent=Absent.RESEND, wait=0.0)


def lets_go() -> None:
    """No answer to a use is taken for no use: what it was to use is given back at once, without another look."""
    send, new = Delivery.send, Outbox.__init__
    boxes: list[Outbox] = []

    def made(self: Outbox, *args: Any, **more: Any) -> None:
        new(self, *args, **more)
        boxes.append(self)

    async def sent(self: Delivery, entry: Any) -> Any:
        outcome, command = await send(self, entry), entry.command
        if isinstance(outcome, NoAnswer) and isinstance(command, Checkout | RedeemVoucher):
            who = command.identifier
            sale = command.sale if isinstance(command, RedeemVoucher) else command.ref
            for voucher_id in command.vouchers:
                await boxes[-1].put(ReleaseVoucher(ref=mint(), identifier=who, voucher_id=voucher_id, sale=sale))
            if isinstance(command, Checkout) and command.points_hold:
                held = {"points": command.points, "hold_id": command.points_hold}
                await boxes[-1].put(ReleasePoints(ref=mint(), identifier=who, sale=sale, **held))
        return outcome

    async def blindly(self: Delivery, command: ReleaseVoucher, number: int) -> Done:
        await self._perx.revert_voucher(command.voucher_id)
        return Done()

    Outbox.__init__, Delivery.send, Delivery._release = made, sent, blindly  # type: ignore[method-assign]


BUILDS: dict[str, Callable[[], None]] = {
    "right": right,
    "blind": blind,
    "sent_first": sent_first,
    "earns_again": earns_again,
    "lets_go": lets_go,
}
