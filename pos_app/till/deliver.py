"""How each kind of command reaches Perx, and how the till finds out whether it did.

The outbox calls `send` once a command is durable, and `read_back` when an answer was lost. Perx has no
idempotency key and accepts a reference twice (perx-api 6.5), so what cannot be read back is never resent - unless
the profile records that this tenant's Perx refuses a reference that it took before.
What is looked at for each kind, and what it proves, stands in `domain/kinds.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from pos_app.domain.codes import Ref
from pos_app.domain.commands import (
    BurnPoints,
    CannotTell,
    Checkout,
    Command,
    ConfirmReward,
    CreateCustomer,
    Done,
    EarnPoints,
    Finding,
    Found,
    HoldPoints,
    HoldVoucher,
    Kind,
    NoAnswer,
    NotFound,
    NotSent,
    Outcome,
    RecordSale,
    RedeemPin,
    RedeemVoucher,
    Refused,
    ReleasePoints,
    ReleaseReward,
    ReleaseVoucher,
    ReserveReward,
    ReversePoints,
    RevertVoucher,
    Spoilt,
    UpdateCustomer,
)
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.money import Points
from pos_app.domain.problems import OUR_CREDENTIALS
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.perx import errors
from pos_app.perx.answers import PointsHold
from pos_app.perx.client import PerxClient
from pos_app.perx.members import Details, NotReadError
from pos_app.till import deliverclaims as claims

LATE_ROWS_S = 30.0
CLOCKS_APART = timedelta(seconds=90)
"""How far Perx's clock may be behind the till's before a use of ours looks older than it is; then a person decides."""


AskedHold = Callable[[int, int], Awaitable[bool]]
"""Whether this till itself holds a voucher, or may, by an entry after that number; Perx does not say whose it is."""


Unsettled = Callable[[str], Awaitable[list[Entry]]]
"""What of this till is not done or refused yet of one lane."""


TakePin = Callable[[Ref], str]
"""The PIN of a command, given out once; "" when nobody knows it any more."""


async def _no_hold(_voucher_id: int, _after: int) -> bool:
    return False


async def _nothing_open(_lane: str) -> list[Entry]:
    return []


class Delivery:
    """The outbox's two hands towards Perx."""

    def __init__(
        self,
        perx: PerxClient,
        asked_hold: AskedHold = _no_hold,
        unsettled: Unsettled = _nothing_open,
        take_pin: TakePin = lambda _ref: "",
    ) -> None:
        self._perx = perx
        self._asked_hold = asked_hold
        self._unsettled = unsettled
        self._take_pin = take_pin

    async def send(self, entry: Entry) -> Outcome:
        """Do it at Perx, once. Errors of the wire become one of the four outcomes."""
        try:
            return await self._send(entry)
        except errors.Refused as exc:
            return Refused(exc.problem, exc.said)
        except errors.Unreachable as exc:
            return NotSent(exc.problem, exc.retry_after_s)
        except errors.NotAllowed as exc:
            if exc.problem in OUR_CREDENTIALS:
                return NotSent(exc.problem, stop=True)
            return Refused(exc.problem, exc.said)
        except errors.Uncertain as exc:
            if exc.problem == "SALE-02" and entry.was_lost and self._is_unique(entry.command):
                return Done(_told(entry.command))  # only we know this reference: our own earlier request took it
            return NoAnswer(exc.problem, exc.facts.retry_after_s)

    def _is_unique(self, command: Command | Spoilt) -> bool:
        """Whether this tenant's Perx takes the reference of a command only once."""
        match command:
            case RecordSale() | Checkout():
                return "sale" in self._perx.profile.refuses_duplicates
            case EarnPoints() | BurnPoints() | ReversePoints():
                return "points" in self._perx.profile.refuses_duplicates
            case _:
                return False

    async def read_back(self, entry: Entry, since_s: float) -> Finding:
        """Look for the trace of an entry. `since_s`: seconds since its answer was given up, as this run knows it."""
        try:
            return await self._read_back(entry, since_s)
        except errors.Refused as exc:
            return _refused_look(entry.command, exc.problem, since_s)
        except errors.PerxError as exc:
            return CannotTell(exc.problem, retry_after_s=exc.facts.retry_after_s)

    async def _send(self, entry: Entry) -> Outcome:
        perx, command = self._perx, entry.command
        match command:
            case HoldVoucher():
                voucher = await perx.hold_voucher(command.identifier, command.voucher_id)
                return Done(_held(voucher))
            case ReleaseVoucher():
                return await self._release(command, entry.id)
            case CreateCustomer():  # also what was taken down for later
                await perx.create_customer(command.identifier, Details(language=command.language))
                return Done()
            case UpdateCustomer():
                return await self._update(command)
            case RedeemVoucher():
                return await self._redeem(command, was_lost=entry.was_lost)
            case RecordSale():
                return Done({"transaction_id": (await perx.record_transaction(command)).id})
            case Checkout():
                held = [PointsHold(command.points_hold, Points(command.points))] if command.points_hold else []
                return Done({"invoice_id": (await perx.invoice(command, held)).id})
            case EarnPoints() | BurnPoints():
                points = command.points if isinstance(command, EarnPoints) else -command.points
                move = await perx.move_points(
                    command.identifier, points, command.ref, properties=dict(command.properties)
                )
                return Done({"move_id": move.id})
            case HoldPoints():
                return Done({"hold_id": (await perx.hold_points(command.identifier, command.points)).id})
            case ReleasePoints():
                return await self._release_points(command)
            case ReversePoints():
                return await self._reverse(command)
            case RevertVoucher():
                return await self._take_back(command)
            case RedeemPin():
                return await claims.redeem_by_pin(perx, command, self._take_pin(command.ref))
            case ReserveReward() | ConfirmReward() | ReleaseReward():
                return await claims.send(perx, command)
            case Spoilt():
                return NotSent("OUT-08")

    async def _update(self, command: UpdateCustomer) -> Outcome:
        """Change it, unless Perx has it so already. Reading it first sends nothing, so no answer there is no harm."""
        try:
            await self._perx.change_language(command.identifier, command.language)
        except NotReadError as exc:
            return NotSent(exc.problem)
        return Done()

    async def _reverse(self, command: ReversePoints) -> Outcome:
        move = await self._perx.move_points(
            command.identifier, _given(command), command.ref, properties=dict(command.properties)
        )
        return Done({"move_id": move.id, "points": int(move.points)})

    async def _take_back(self, command: RevertVoucher) -> Outcome:
        """Take the use back, unless it is gone already, or the voucher was used again since: that use stands."""
        try:
            voucher = await self._perx.voucher(command.identifier, command.voucher_id)
        except errors.Uncertain as exc:
            return NotSent(exc.problem)
        if voucher.state is VoucherState.REDEEMED and not _is_used_again(voucher, command):
            voucher = await self._perx.revert_voucher(command.voucher_id)
        return Done({"state": voucher.state.value})

    async def _redeem(self, command: RedeemVoucher, *, was_lost: bool) -> Outcome:
        """Use a voucher that is still there to be used. Used before we ever asked, it was somebody else; later it may
        have been our own lost request: then nothing is sent, and the look-up decides whose use it was.
        """
        try:
            voucher = await self._perx.voucher(command.identifier, command.voucher_id)
        except errors.Uncertain as exc:
            return NotSent(exc.problem)
        if voucher.state is VoucherState.REDEEMED:
            return NoAnswer("SALE-02") if was_lost else Refused("SALE-04")
        is_held = voucher.state is VoucherState.HELD
        if is_held and not command.was_held and not await self._asked_hold(command.voucher_id, 0):
            return Refused("PX-003")
        await self._perx.confirm_voucher(command.identifier, command.voucher_id)
        return Done()

    async def _release_points(self, command: ReleasePoints) -> Outcome:
        try:
            await self._perx.release_points(command.identifier, command.hold_id)
        except errors.Refused as exc:
            if exc.problem != "PX-003":
                raise
        return Done()

    async def _release(self, command: ReleaseVoucher, number: int) -> Outcome:
        """Give a hold back, unless it is not there any more: then it may be another till's by now, or a later sale's.

        A person may send a release again long after, when the customer is back and the voucher is held anew. While an
        earlier use of the voucher may have taken effect, or may be sent again, it is not freed: whoever settles that
        use settles the hold with it.
        """
        for lane in (f"customer:{command.identifier}", command.lane):
            if any(one.id < number and _may_use(one, command.voucher_id) for one in await self._unsettled(lane)):
                return Refused("SALE-05")
        try:
            voucher = await self._perx.voucher(command.identifier, command.voucher_id)
        except errors.Uncertain as exc:
            return NotSent(exc.problem)
        if voucher.state is VoucherState.REDEEMED:
            return Refused("PX-003")
        if voucher.state is VoucherState.HELD and not await self._asked_hold(command.voucher_id, number):
            await self._perx.revert_voucher(command.voucher_id)
        return Done()

    async def _read_back(self, entry: Entry, since_s: float) -> Finding:
        command = entry.command
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
            case RedeemVoucher():
                voucher = await self._perx.voucher(command.identifier, command.voucher_id)
                return _used(voucher, entry.sent_at if entry.was_lost else None)
            case CreateCustomer():
                return await self._is_member(command)
            case UpdateCustomer():
                customer = await self._perx.customer(command.identifier)
                return Found() if customer.language == command.language else NotFound()
            case RecordSale():
                return await self._has_sale(command)
            case Checkout():
                return await self._is_checked_out(command, since_s)
            case EarnPoints() | BurnPoints() | ReversePoints():
                return await self._has_moved(command)
            case HoldPoints():
                kept_back = (await self._perx.balance(command.identifier)).held
                return CannotTell("PX-011", person=True) if kept_back > command.held_before else NotFound()
            case ReleasePoints():
                return NotFound()
            case RedeemPin():
                voucher = await self._perx.voucher(command.identifier, command.voucher_id)
                finding = _used(voucher, entry.sent_at if entry.was_lost else None)
                return Found(claims.used_at(voucher)) if isinstance(finding, Found) else finding
            case ReserveReward() | ConfirmReward() | ReleaseReward():
                return await claims.look_for(self._perx, command)
            case RevertVoucher():
                return _is_back(await self._perx.voucher(command.identifier, command.voucher_id), command)
            case Spoilt():
                return CannotTell("OUT-08", person=True)

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

    async def _has_moved(self, command: EarnPoints | BurnPoints | ReversePoints) -> Finding:
        """Rows of exact points may carry our reference in their properties only, which Perx does not search."""
        rows = await self._perx.movements(command.identifier, command.ref)
        if not rows:
            rows = [one for one in await self._perx.movements(command.identifier) if one.ref == command.ref]
        told = {"points": sum(int(one.points) for one in rows)} if isinstance(command, ReversePoints) else {}
        return Found(told) if rows else NotFound(may_repeat=self._is_unique(command))

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


def _refused_look(command: Command | Spoilt, problem: str, since_s: float) -> Finding:
    """What it means that Perx will not be asked about this customer: asking on for ever would not change that.

    Somebody whom Perx does not know has no sale there; a sale that was taken on trust is sent only once they are found.
    """
    if problem == "PX-001" and isinstance(command, RecordSale) and command.perx_id is None:
        return NotFound()
    return CannotTell(problem, person=since_s >= LATE_ROWS_S)


def _used(voucher: Voucher, sent_at: datetime | None) -> Finding:
    """Whether a voucher that was to be used is used, and by us: Perx's date of use tells.

    `sent_at` None: we never asked for it.
    """
    if voucher.state is not VoucherState.REDEEMED:
        return NotFound()
    is_ours = sent_at is not None and voucher.redeemed_at is not None and voucher.redeemed_at >= sent_at - CLOCKS_APART
    return Found() if is_ours else CannotTell("SALE-04", person=True)


def _is_used_again(voucher: Voucher, command: RevertVoucher) -> bool:
    """Whether a used voucher was used anew since the use that is to be taken back, by Perx's own times."""
    at = voucher.redeemed_at
    return bool(command.used_at) and at is not None and at > datetime.fromisoformat(command.used_at)


def _is_back(voucher: Voucher, command: RevertVoucher) -> Finding:
    """Whether the use was taken back. Without a time of use a used voucher tells nothing."""
    if voucher.state is not VoucherState.REDEEMED or _is_used_again(voucher, command):
        return Found({"state": voucher.state.value})
    return NotFound() if command.used_at else CannotTell("REV-08", person=True)


def _may_use(entry: Entry, voucher_id: int) -> bool:
    """Whether an entry that is not settled may have used a voucher, or may be sent to use it.

    It may not when Perx refused it for certain, so that only a person's word on it is missing. What cannot be read may
    be a use.
    """
    kind = entry.command.kind
    if entry.is_spoilt:
        return kind in (None, Kind.CHECKOUT, Kind.REDEEM_VOUCHER, Kind.REDEEM_PIN)
    if kind not in (Kind.CHECKOUT, Kind.REDEEM_VOUCHER, Kind.REDEEM_PIN) or voucher_id not in entry.command.vouchers:
        return False
    was_refused = entry.state is EntryState.ATTENTION and entry.problem.startswith(("PX-", "KEY-"))
    return entry.was_lost or not was_refused


def _given(command: ReversePoints) -> int:
    return command.points if command.gives_back else -command.points


def _told(command: Command | Spoilt) -> dict[str, Any]:
    """What is worth keeping of a command that took effect, when its answer is lost for good."""
    return {"points": _given(command)} if isinstance(command, ReversePoints) else {}


def _held(voucher: Voucher) -> dict[str, Any]:
    until = voucher.held_until
    return {"held_until": until.isoformat() if until else None}
