"""How rewards and PINs reach Perx, and how the till finds out whether they did: a part of `deliver`.

Errors of the wire are the caller's to judge.
"""

from __future__ import annotations

from typing import Any

from pos_app.domain.commands import (
    ConfirmReward,
    Done,
    Finding,
    Found,
    NotFound,
    NotSent,
    Outcome,
    RedeemPin,
    Refused,
    ReleaseReward,
    ReserveReward,
)
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.perx import errors
from pos_app.perx.client import PerxClient
from pos_app.perx.rewards import RewardChoice


async def redeem_by_pin(perx: PerxClient, command: RedeemPin, pin: str) -> Outcome:
    """Use a voucher by the PIN that is still known; it is known for one send."""
    if not pin:
        return Refused("SALE-06")
    return Done(used_at(await perx.redeem_voucher(command.identifier, command.voucher_id, pin)))


async def send(perx: PerxClient, command: ReserveReward | ConfirmReward | ReleaseReward) -> Outcome:
    """Hold a reward, take it, or let it go."""
    match command:
        case ReserveReward():
            choice = RewardChoice(command.price_id)
            return Done(_reserved(await perx.reserve_reward(command.identifier, command.reward_id, choice)))
        case ConfirmReward():
            await perx.confirm_reservation(command.identifier, command.voucher_id)
            return Done()
    return await _release(perx, command)


async def _release(perx: PerxClient, command: ReleaseReward) -> Outcome:
    """Let a reward go that is still held. One that was taken meanwhile is the customer's."""
    try:
        voucher = await perx.voucher(command.identifier, command.voucher_id)
    except errors.Uncertain as exc:
        return NotSent(exc.problem)
    if voucher.state is VoucherState.RESERVED:
        voucher = await perx.release_reservation(command.identifier, command.voucher_id)
    return Done({"state": voucher.state.value})


async def look_for(perx: PerxClient, command: ReserveReward | ConfirmReward | ReleaseReward) -> Finding:
    """What Perx shows of it."""
    if isinstance(command, ReserveReward):
        held = await perx.vouchers(command.identifier, VoucherState.RESERVED.value)
        mine = next((one for one in held if one.reward_id == command.reward_id), None)
        return Found(_reserved(mine)) if mine is not None else NotFound()
    voucher = await perx.voucher(command.identifier, command.voucher_id)
    if isinstance(command, ConfirmReward):
        is_theirs = voucher.state in (VoucherState.ISSUED, VoucherState.HELD, VoucherState.REDEEMED)
        return Found() if is_theirs else NotFound()
    return NotFound() if voucher.state is VoucherState.RESERVED else Found({"state": voucher.state.value})


def used_at(voucher: Voucher) -> dict[str, Any]:
    """When Perx says that it was used, as an answer."""
    at = voucher.redeemed_at
    return {"used_at": at.isoformat() if at else ""}


def _reserved(voucher: Voucher) -> dict[str, Any]:
    """The number of a reservation and when it ends, as Perx says."""
    return {"voucher_id": voucher.id, "until": voucher.held_until.isoformat() if voucher.held_until else None}
