"""A reversal as one write: what Perx was never told is given up, the rest is asked for, and the sale is marked.

All of it in one transaction, behind one look at what there is already: however often it is asked for, by two taps, by
two programs, before and after a restart, each part of a sale is undone at most once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import apsw
from msgspec import Struct

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command, Kind, ReversePoints, RevertVoucher, Spoilt
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox.claims import Decision, settle
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.journal import Line, write_line
from pos_app.outbox.reading import by_ref, of_sale
from pos_app.outbox.rows import Clocks, Rules
from pos_app.outbox.sales import StoredSale, find_sale, write_sale

REVERSED = "sale reversed"


class TooLateError(Exception):
    """The sale is not as it was when the reversal was decided; nothing was changed."""


class Undoing(Struct, frozen=True):
    """What is written of a reversal besides its commands. Shape: `mark` is a `Reversal` as plain JSON values.

    `give_up`: entries that wait and are never to be sent. `who` asked, `approved_by` answers for it ("" = nobody had
    to). Units: `at` aware UTC.
    """

    sale: Ref
    at: datetime
    mark: dict[str, Any]
    who: str
    why: str
    approved_by: str = ""
    give_up: tuple[Ref, ...] = ()


def write_undoing(
    connection: apsw.Connection, undoing: Undoing, commands: Sequence[Command], rules: Rules, now: Clocks
) -> list[Entry]:
    """Give up what waits and mark the sale, in the caller's transaction, which puts the commands; what was given up.

    Errors: TooLateError when a part is under way or done already, or what was to be given up does not wait any more.
    """
    assert_thread()
    kept = find_sale(connection, undoing.sale)
    entries = of_sale(connection, undoing.sale)
    if kept is None or any(_is_undone(one, commands) for one in entries) or _is_lost(kept, commands, entries):
        raise TooLateError(undoing.sale)
    given_up = [_give_up(connection, ref, undoing, rules, now) for ref in undoing.give_up]
    body = {**kept.body, "reversal": undoing.mark, "printed": 0}  # its next slip is another one, and no copy yet
    write_sale(connection, StoredSale(kept.ref, kept.at, body))
    facts = {"why": undoing.why[:1000], "reversal": undoing.mark.get("ref", ""), "given_up": len(given_up)}
    facts |= {"undone": [one.kind.value for one in commands]}
    if undoing.approved_by:
        facts["approved_by"] = undoing.approved_by[:200]
    write_line(connection, now.wall_ms, Line(undoing.who, REVERSED, undoing.sale, facts))
    return given_up


def _give_up(connection: apsw.Connection, ref: Ref, undoing: Undoing, rules: Rules, now: Clocks) -> Entry:
    entry = by_ref(connection, ref)
    if entry is None or entry.state is not EntryState.WAITING:
        raise TooLateError(ref)
    decision = Decision(ref, EntryState.REFUSED, undoing.who, undoing.why, 0, undoing.approved_by)
    return settle(connection, decision, rules, now)


def _is_lost(kept: StoredSale, commands: Sequence[Command], entries: Sequence[Entry]) -> bool:
    """Whether the sale says that a part was undone, and its entry is gone or cannot be read: it may have been sent."""
    there = {one.ref for one in entries}
    wanted = {(_UNDOES[one.kind], *one.vouchers) for one in commands if one.kind in _UNDOES}
    marked = (kept.body.get("reversal") or {}).get("parts", ())
    gone = [one for one in marked if one["ref"] and one["ref"] not in there]
    return any((one["what"], *([one["voucher_id"]] if one.get("voucher_id") else [])) in wanted for one in gone)


_UNDOES = {Kind.REVERSE_POINTS: "points", Kind.REVERT_VOUCHER: "voucher"}


def _is_undone(entry: Entry, commands: Sequence[Command]) -> bool:
    """Whether this entry undoes what one of the commands would undo, or may."""
    return any(_same_part(entry.command, one) for one in commands) and not may_ask_again(entry)


def _same_part(there: Command | Spoilt, wanted: Command) -> bool:
    if isinstance(there, Spoilt):  # it may be this very part
        return there.kind in (None, wanted.kind)
    if isinstance(there, ReversePoints):
        return isinstance(wanted, ReversePoints)
    return isinstance(there, RevertVoucher) and isinstance(wanted, RevertVoucher) and there.vouchers == wanted.vouchers


def may_ask_again(entry: Entry) -> bool:
    """Whether a part that was refused surely did nothing: a voucher tells so itself, points only when none was lost."""
    is_safe = entry.command.kind is Kind.REVERT_VOUCHER or not entry.was_lost
    return entry.state is EntryState.REFUSED and is_safe and not entry.is_spoilt
