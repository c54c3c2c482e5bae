"""How each kind of command reaches Perx, and how the till finds out whether it did.

The outbox calls `send` once a command is durable, and `read_back` when an answer was lost. Perx has no
idempotency key and accepts a reference twice (perx-api 6.5), so what cannot be read back is never resent.
"""

from __future__ import annotations

from typing import Any

from pos_app.domain.commands import (
    CannotTell,
    Checkout,
    Command,
    CreateCustomer,
    Done,
    Finding,
    Found,
    HoldVoucher,
    NoAnswer,
    NotFound,
    NotSent,
    Outcome,
    RecordSale,
    Refused,
    ReleaseVoucher,
)
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.perx import errors
from pos_app.perx.client import PerxClient

LATE_ROWS_S = 30.0
_OUR_CREDENTIALS = ("KEY-01", "KEY-02")


class Delivery:
    """The outbox's two hands towards Perx."""

    def __init__(self, perx: PerxClient) -> None:
        self._perx = perx

    async def send(self, command: Command) -> Outcome:
        """Do it at Perx, once. Errors of the wire become one of the four outcomes."""
        try:
            return await self._send(command)
        except errors.Refused as exc:
            return Refused(exc.problem, exc.said)
        except errors.Unreachable as exc:
            return NotSent(exc.problem, exc.retry_after_s)
        except errors.NotAllowed as exc:
            if exc.problem in _OUR_CREDENTIALS:
                return NotSent(exc.problem, stop=True)
            return Refused(exc.problem, exc.said)
        except errors.Uncertain as exc:
            return NoAnswer(exc.problem, exc.facts.retry_after_s)

    async def read_back(self, command: Command, since_s: float) -> Finding:
        """Look for the command's trace. `since_s`: seconds since it was sent, as far as the till knows."""
        try:
            return await self._read_back(command, since_s)
        except errors.PerxError as exc:
            return CannotTell(exc.problem, retry_after_s=exc.facts.retry_after_s)

    async def _send(self, command: Command) -> Outcome:
        perx = self._perx
        match command:
            case HoldVoucher():
                voucher = await perx.hold_voucher(command.identifier, command.voucher_id)
                return Done(_held(voucher))
            case ReleaseVoucher():
                return await self._release(command)
            case CreateCustomer():
                await perx.create_customer(command.identifier)
                return Done()
            case RecordSale():
                return Done({"transaction_id": (await perx.record_transaction(command)).id})
            case Checkout():
                return Done({"invoice_id": (await perx.invoice(command)).id})

    async def _release(self, command: ReleaseVoucher) -> Outcome:
        """Give a hold back, unless it is not there any more: then it may be another till's by now."""
        try:
            voucher = await self._perx.voucher(command.identifier, command.voucher_id)
        except errors.Uncertain as exc:
            return NotSent(exc.problem)
        if voucher.state is VoucherState.REDEEMED:
            return Refused("PX-003")
        if voucher.state is VoucherState.HELD:
            await self._perx.revert_voucher(command.voucher_id)
        return Done()

    async def _read_back(self, command: Command, since_s: float) -> Finding:
        match command:
            case HoldVoucher():
                voucher = await self._perx.voucher(command.identifier, command.voucher_id)
                if voucher.state is VoucherState.HELD:
                    return Found(_held(voucher))
                used = voucher.state is VoucherState.REDEEMED
                return CannotTell("PX-003", person=True) if used else NotFound()
            case ReleaseVoucher():
                voucher = await self._perx.voucher(command.identifier, command.voucher_id)
                if voucher.state is VoucherState.REDEEMED:
                    return CannotTell("PX-003", person=True)
                return NotFound() if voucher.state is VoucherState.HELD else Found()
            case CreateCustomer():
                return await self._is_member(command)
            case RecordSale():
                return await self._has_sale(command)
            case Checkout():
                return await self._is_checked_out(command, since_s)

    async def _is_member(self, command: CreateCustomer) -> Finding:
        try:
            await self._perx.customer(command.identifier)
        except errors.Refused as exc:
            return NotFound() if exc.problem == "PX-001" else CannotTell(exc.problem)
        return Found()

    async def _has_sale(self, command: RecordSale | Checkout) -> Finding:
        sale = await self._perx.find_sale(command.identifier, command.ref)
        if sale is not None:
            return Found({"transaction_id": sale.id})
        movements = await self._perx.movements(command.identifier, command.ref)
        return Found() if movements else NotFound()

    async def _is_checked_out(self, command: Checkout, since_s: float) -> Finding:
        """The sale's reference is the witness of an invoice. Used vouchers alone may be somebody else's doing.

        A reference shows late, so that used vouchers without it are only then a matter for a person.
        """
        states = [
            (await self._perx.voucher(command.identifier, voucher_id)).state for voucher_id in command.voucher_ids
        ]
        used = [state is VoucherState.REDEEMED for state in states]
        finding = await self._has_sale(command)
        if any(used) and isinstance(finding, NotFound) and since_s >= LATE_ROWS_S:
            return CannotTell("SALE-02", person=True)
        return finding


def _held(voucher: Voucher) -> dict[str, Any]:
    until = voucher.held_until
    return {"held_until": until.isoformat() if until else None}
