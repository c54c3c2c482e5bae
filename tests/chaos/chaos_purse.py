"""Points, rewards and PINs at the counter of a life of chaos: by the same events that the screen's taps make.

Corrections of points have no screen yet: they are asked for as a step would, by the till's own work and outbox.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from chaos_plan import REWARD, Visit, pin_of
from chaos_points import Tell

from pos_app.app import Counter, mint
from pos_app.domain.commands import BurnPoints, EarnPoints, ReversePoints
from pos_app.till import claiming, paying, pinning
from pos_app.till import events as ev
from pos_app.till.claiming import ClaimState
from pos_app.till.effects import Store
from pos_app.till.paying import PayState
from pos_app.till.state import LineState, PanelKind, State

ANSWER_S = 1.2
FIRST_PIN_VOUCHER, PIN = 50_000, "4821"
_CORRECTIONS = {"earn": EarnPoints, "burn": BurnPoints, "reverse": ReversePoints}


class Purse:
    """What a visit does with points, rewards and PINs; the cashier ends the sale."""

    def __init__(self, running: Counter, at: Callable[[str], None], tell: Tell) -> None:
        self._till, self._at, self._tell = running.till, at, tell

    async def step(self, visit: Visit, identifier: str) -> bool:
        """Do it; whether the sale is to be completed with it."""
        self._tell(step=visit.points)
        match visit.points:
            case "pay" | "release" | "forget":
                return await self._keep_back(visit)
            case "claim" | "unclaim":
                await self._claim(visit)
            case "pin" | "unpin":
                return await self._by_pin(visit, identifier)
            case _:
                await self._correct(visit, identifier)
        return False

    async def _correct(self, visit: Visit, identifier: str) -> None:
        what = _CORRECTIONS[visit.points]
        command = what(
            ref=mint(), identifier=identifier, points=visit.points_moved, properties={"reason": "correction"}
        )
        for _ in range(2 if visit.twice else 1):
            await self._till._work.do(Store(command))
        await self._until(lambda state: not self._till.is_busy)

    async def _keep_back(self, visit: Visit) -> bool:
        """Points are kept back for the bill on the counter."""
        self._tap(paying.PayTapped(), visit)
        for key in str(visit.points_moved):
            self._till.post(ev.KeyTapped(key))
        self._tap(paying.PayEntered(), visit)
        await self._until(lambda state: state.sale.pay is None or not state.sale.pay.is_busy)
        kept = self._till.state.sale.pay
        if kept is None or kept.state is not PayState.HELD:
            self._till.post(ev.PanelClosed())
            return visit.points == "pay" and kept is not None and not kept.is_live
        self._at("counter:points_held")
        if visit.points == "release":
            self._tap(ev.LineRemoved(paying.ROW), visit)
        return visit.points == "pay"

    async def _claim(self, visit: Visit) -> None:
        """A reward is held for the customer, and taken or let go."""
        self._tap(claiming.ShelfTapped(), visit)
        if not await self._until(_sees_rewards):
            self._till.post(ev.PanelClosed())
            return
        self._till.post(claiming.RewardTapped(REWARD))
        self._tap(claiming.PriceTapped(REWARD * 10), visit)
        await self._until(lambda state: _claim_state(state) is not ClaimState.RESERVING)
        if _claim_state(self._till.state) is ClaimState.RESERVED:
            self._at("counter:reward_held")
            self._tap(claiming.TakeTapped() if visit.points == "claim" else claiming.LetGoTapped(), visit)
            await self._until(lambda state: _claim_state(state) is not ClaimState.CONFIRMING)
        self._till.post(claiming.KeepTapped())
        self._till.post(ev.PanelClosed())

    async def _by_pin(self, visit: Visit, identifier: str) -> bool:
        """A voucher is used by its PIN before the sale is completed, or not."""
        code = {"identifier": identifier, "voucherId": FIRST_PIN_VOUCHER + pin_of(visit)}
        self._till.post(ev.Scanned(json.dumps(code)))
        await self._until(lambda state: state.panel is not None and state.panel.kind is PanelKind.PIN)
        for digit in PIN:
            self._till.post(pinning.PinKey(digit))
        self._tap(pinning.PinEntered(), visit)
        await self._until(lambda state: all(one.state is not LineState.PIN_SENT for one in state.sale.lines))
        if any(one.is_spent for one in self._till.state.sale.lines):
            self._at("counter:pin_used")
        self._till.post(ev.PanelClosed())
        return visit.points == "pin"

    def _tap(self, event: ev.Event, visit: Visit) -> None:
        for _ in range(2 if visit.twice else 1):
            self._till.post(event)

    async def _until(self, fact: Callable[[State], bool]) -> bool:
        try:
            async with asyncio.timeout(ANSWER_S):
                while not fact(self._till.state):
                    await self._till.changed()
        except TimeoutError:
            return False
        return True


def _sees_rewards(state: State) -> bool:
    shelf = state.panel.shelf if state.panel is not None else None
    return shelf is not None and bool(shelf.rewards)


def _claim_state(state: State) -> ClaimState | None:
    return state.sale.claim.state if state.sale.claim is not None else None
