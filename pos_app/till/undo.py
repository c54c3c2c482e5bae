"""What can be undone of a sale, and by which commands. Pure.

Each part is its own command with its own outcome. What Perx was never told is given up, which undoes it wholly. What
Perx gave is undone by exact points the other way, as `domain.commands.ReversePoints` says why; a used voucher is asked
back, and Perx may refuse. Nothing is undone of which it is not clear whether it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, Command, RedeemVoucher, ReversePoints, RevertVoucher, Spoilt
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.reversal import NOT_MADE, Part, Policy, Reversal, Undo
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.outbox.undoing import may_ask_again
from pos_app.till.history import Plan, Reverse, Seen
from pos_app.till.state import Moment, Shop

CLOCKS_APART = timedelta(seconds=90)
"""How far Perx's clock may be ahead of the till's before the sale's own use of a voucher looks like a later one."""

LATE_POINTS = timedelta(minutes=10)
"""Perx shows the points of a sale within a minute; a sale this old that shows none gave none (perx-api 6.1, C)."""

NOT_CLEAR = ("sending", "checking", "attention")


def offer(record: SaleRecord, policy: Policy, now: datetime) -> str:
    """Why this sale cannot be reversed, as a support code, as far as the till knows without asking; "" when it can."""
    if not policy.allowed:
        return "REV-01"
    if record.state == "refused" and record.reversal is None:
        return "REV-03"
    if now - record.sold > policy.within:
        return "REV-02"
    if record.state in NOT_CLEAR or any(one.state in NOT_CLEAR for one in record.vouchers if one.on_trust):
        return "REV-04"
    done = record.reversal
    if done is not None and any(one.state in NOT_CLEAR for one in done.parts):
        return "REV-04"
    is_refused = done is not None and any(one.state == "refused" for one in done.parts)
    if done is not None and not is_refused and not (policy.vouchers and left_used(record)):
        return "REV-06"
    return ""


def plan(record: SaleRecord, seen: Seen, policy: Policy, now: datetime) -> Plan | str:
    """What a reversal of this sale would do now, or the support code that says why there is none."""
    problem = offer(record, policy, now)
    if problem:
        return problem
    parts = list(_unsent(record, seen))
    left: list[tuple[str, str]] = []
    used_at: list[tuple[int, str]] = []
    if record.state == "done":
        points = _points(record, seen, now)
        if points is None:
            return "REV-05"
        if points and not _is_taken(seen, ReversePoints):
            parts.append(Part(NOT_MADE, Undo.POINTS, points=-points))
    before = list(record.reversal.parts if record.reversal else ())
    for voucher in _used(record):
        found = next((one for one in seen.vouchers if one.id == voucher.voucher_id), None)
        part = Part(NOT_MADE, Undo.VOUCHER, voucher_id=voucher.voucher_id, title=voucher.title)
        if _is_taken(seen, RevertVoucher, voucher.voucher_id):
            continue
        if found is None or not policy.vouchers:
            why = "REV-10" if not policy.vouchers else "REV-09" if seen.problem else "PX-002"
            left.append((voucher.title, why))
        elif found.state is VoucherState.REDEEMED and not _is_later(found, record, seen):
            parts.append(part)
            used_at.append((found.id, found.redeemed_at.isoformat() if found.redeemed_at else ""))
        elif all(one.key != part.key for one in before):  # it was given back already: there is nothing to ask for
            before.append(replace(part, state="done", back=found.state.value))
    if not parts:
        return left[0][1] if left else "REV-06"
    renewed = {one.key for one in parts}
    kept = tuple(one for one in before if one.key not in renewed)
    return Plan(record.ref, record.identifier, tuple(parts), kept, tuple(used_at), tuple(left))


def orders(plan: Plan, shop: Shop, decision: Reversal, moment: Moment) -> Reverse:
    """The plan as what is written down. `decision`: who asked, who approved, when and why."""
    parts: list[Part] = []
    commands: list[Command] = []
    for one in plan.parts:
        command = None if one.ref else _command(plan, one, shop, moment)
        if command is not None:
            commands.append(command)
        parts.append(_with_ref(one, command.ref if command is not None else one.ref))
    made = replace(decision, ref=moment.mint(), parts=(*plan.before, *parts))
    return Reverse(plan.sale, tuple(commands), plan.give_up, made)


def _with_ref(part: Part, ref: Ref) -> Part:
    state = "done" if part.what is Undo.UNSENT else part.state
    return Part(ref, part.what, state, points=part.points, voucher_id=part.voucher_id, title=part.title)


def _command(plan: Plan, part: Part, shop: Shop, moment: Moment) -> Command:
    if part.what is Undo.VOUCHER:
        return RevertVoucher(
            ref=moment.mint(),
            identifier=plan.identifier,
            voucher_id=part.voucher_id,
            sale=plan.sale,
            used_at=dict(plan.used_at).get(part.voucher_id, ""),
            title=part.title,
        )
    is_back = part.points > 0
    return ReversePoints(
        ref=moment.mint(),
        identifier=plan.identifier,
        points=abs(part.points),
        sale=plan.sale,
        gives_back=is_back,
        properties={  # as a merchant's own client names them: perx-api 6.3, A-nock
            **dict(shop.properties),
            "reason": "revert_burn" if is_back else "revert_earn",
            "original_receipt_number": plan.sale,
        },
    )


# ---------------------------------------------------------------- what there is


def _unsent(record: SaleRecord, seen: Seen) -> Iterator[Part]:
    """What still waits: it is given up."""
    for entry in seen.entries:
        if entry.state is not EntryState.WAITING:
            continue
        if entry.ref == record.ref:
            yield Part(entry.ref, Undo.UNSENT)
        elif isinstance(entry.command, RedeemVoucher):
            yield Part(entry.ref, Undo.UNSENT, voucher_id=entry.command.voucher_id, title=entry.command.title)


def _points(record: SaleRecord, seen: Seen, now: datetime) -> int | None:
    """What the sale did to the points in all, None while Perx has not said: what it gave, less what was paid with."""
    given = record.points if seen.points is None else seen.points
    if given is None and (
        record.points_error or seen.decided or (not seen.problem and now - record.sold > LATE_POINTS)
    ):
        given = 0
    if given is None:
        return None
    own = next((one.command for one in seen.entries if one.ref == record.ref), None)
    return given - (own.points if isinstance(own, Checkout) else 0)


def _used(record: SaleRecord) -> list[UsedVoucher]:
    """The vouchers that Perx counts as used by this sale, as far as the till knows."""
    if record.state == "done":
        return [one for one in record.vouchers if not one.on_trust or one.state == "done"]
    return [one for one in record.vouchers if one.on_trust and one.state == "done"]


def _is_taken(seen: Seen, kind: type[Command], voucher_id: int = 0) -> bool:
    """Whether this part is undone already, or may be: by a command that was not surely without effect."""

    def is_it(entry: Entry) -> bool:
        command = entry.command
        if isinstance(command, Spoilt):
            return command.kind in (None, kind.kind)
        return isinstance(command, kind) and (not voucher_id or command.vouchers == (voucher_id,))

    return any(is_it(one) and not may_ask_again(one) for one in seen.entries)


def _is_later(voucher: Voucher, record: SaleRecord, seen: Seen) -> bool:
    """Whether Perx shows a use of the voucher that was made after this sale's: that one is never taken back."""
    own = (one for one in seen.entries if one.ref == record.ref or voucher.id in one.command.vouchers)
    uses = [one.settled_at for one in own if isinstance(one.command, Checkout | RedeemVoucher) and one.settled_at]
    return voucher.redeemed_at is not None and voucher.redeemed_at > max([record.sold, *uses]) + CLOCKS_APART


def left_used(record: SaleRecord) -> bool:
    """Whether a voucher of a reversed sale was never asked back, because Perx was out of reach then."""
    asked = {one.voucher_id for one in record.reversal.parts} if record.reversal is not None else set()
    return record.reversal is not None and any(one.voucher_id not in asked for one in _used(record))
