"""Does what paying with points, claiming rewards and PINs ask for. Answers are posted as events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from pos_app.domain.commands import Kind
from pos_app.outbox.bound import Bound
from pos_app.outbox.database import StorageError
from pos_app.outbox.outbox import Outbox
from pos_app.perx import errors
from pos_app.perx.client import PerxClient
from pos_app.till import claiming, events, paying, pinning
from pos_app.till.pinning import Pins

log = logging.getLogger(__name__)

ALONE_WITHIN_S = 8.0
"""How long is waited until nothing of an earlier hold of the customer's points is under way any more."""
LOOK_EVERY_S = 0.05


class CounterWork:
    """The hands of points, rewards and PINs."""

    def __init__(self, perx: PerxClient, outbox: Outbox, bound: Bound, pins: Pins, post: Callable[[Any], None]) -> None:
        self._perx, self._outbox, self._bound, self._pins, self._post = perx, outbox, bound, pins, post

    async def do(self, effect: paying.Effect | claiming.Effect) -> None:
        """Do one effect. Errors: StorageError."""
        if isinstance(effect, claiming.SeeRewards):
            self._post(await self._rewards(effect))
        else:
            self._post(await self._points(effect))

    async def use_by_pin(self, effect: pinning.StorePin) -> None:
        """Write the use down and keep its PIN until it is sent; one that cannot be written down is forgotten."""
        ref = effect.command.ref
        self._pins.keep(ref, effect.pin)
        try:
            await self._outbox.put(effect.command)
        except StorageError as exc:
            self._pins.take(ref)
            log.error("a use by PIN could not be stored: %s", exc)
            self._post(events.StoreFailed(ref, exc.problem))

    async def _points(self, effect: paying.SeePoints) -> paying.PointsRead:
        if effect.alone and not await self._is_alone(effect.identifier):
            return paying.PointsRead(effect.ask, None, "PX-013")
        try:
            return paying.PointsRead(effect.ask, await self._perx.balance(effect.identifier))
        except errors.PerxError as exc:
            return paying.PointsRead(effect.ask, None, exc.problem, exc.said)

    async def _is_alone(self, identifier: str) -> bool:
        """Whether no other hold of these points is under way, or with a person.

        Perx tells how much it keeps back in all, and a lost hold is known by the rise alone: a hold that is being let
        go meanwhile would hide it.
        """
        end_s = time.monotonic() + ALONE_WITHIN_S
        while await self._bound.is_any(Kind.HOLD_POINTS, identifier):
            if time.monotonic() > end_s:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    async def _rewards(self, effect: claiming.SeeRewards) -> claiming.RewardsSeen:
        try:
            rewards, balance = await asyncio.gather(
                self._perx.rewards(effect.identifier), self._perx.balance(effect.identifier)
            )
        except errors.PerxError as exc:
            return claiming.RewardsSeen(effect.ask, None, None, exc.problem, exc.said)
        return claiming.RewardsSeen(effect.ask, tuple(rewards), balance)
