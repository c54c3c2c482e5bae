"""Holds that nobody else gives back: of a use whose content is lost, and those that waited for a use to be settled.

Like `rows`: every function runs inside one transaction on the database's thread.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

import apsw

from pos_app.domain.codes import Ref, ref_from_digits
from pos_app.domain.commands import Kind, ReleaseVoucher
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox import rows
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.opensale import draft
from pos_app.outbox.transitions import Change, Work

BLOCKED = "SALE-05"
"""How a release ends while an earlier use of its voucher is not settled."""
_NO_USES = (Kind.HOLD_VOUCHER, Kind.RELEASE_VOUCHER)

# Of several that ended so the newest, and only for a hold that is older than it.
_BLOCKED = (
    "SELECT max(o.id) FROM holds h JOIN outbox o ON o.lane = 'voucher:' || h.voucher_id AND o.state = 'refused'"
    " AND o.kind = 'release_voucher' AND o.problem = ? AND o.id > h.entry_id"
    " WHERE h.identifier = ? OR h.voucher_id IN (SELECT value FROM json_each(?))"
    " GROUP BY h.voucher_id"
)
_HELD_BEFORE = (
    "SELECT h.voucher_id, h.identifier, h.sale FROM holds h JOIN outbox o ON o.id = ?1 WHERE h.entry_id < ?1"
    " AND (h.sale = o.sale OR h.voucher_id IN (SELECT value FROM json_each(?2))) GROUP BY h.voucher_id"
)


def apply(connection: apsw.Connection, work: Work, change: Change, rules: rows.Rules, now: rows.Clocks) -> list[Entry]:
    """Write what became of a claimed entry, as `rows.apply`; what waited for it to be settled is given back."""
    changed = rows.apply(connection, work, change, rules, now)
    for entry in changed:
        after(connection, entry, entry.state, rules, now)
    return changed


def after(connection: apsw.Connection, use: Entry, state: EntryState, rules: rows.Rules, now: rows.Clocks) -> None:
    """Let the releases that ended because of a use wait again, now that it is settled; of what is held yet.

    `use` as it was before, `state` as it is. It may be of the same customer and of another voucher: what cannot be
    read may have used any.
    """
    assert_thread()
    if state not in rows.SETTLED or use.command.kind in _NO_USES:
        return
    of = (BLOCKED, getattr(use.command, "identifier", ""), json.dumps(use.command.vouchers))
    found: list[Any] = connection.execute(_BLOCKED, of).fetchall()
    for (number,) in found:
        connection.execute(
            "UPDATE outbox SET state = 'waiting', settled_at = NULL, problem = '', due_at = NULL WHERE id = ?",
            (number,),
        )
        rows.seat_afresh(connection, number, rules, now)


def give_back(connection: apsw.Connection, use: Entry, rules: rows.Rules, now: rows.Clocks) -> None:
    """Give back what a use that cannot be read had held, once a person says that it never happened.

    Which vouchers those were is read from its lane, its row and the sale that was kept with it. A sale that is still
    on the counter is open again then, and keeps them.
    """
    assert_thread()
    was_seen = use.state is EntryState.ATTENTION
    if not use.is_spoilt or use.command.kind in _NO_USES:
        return
    if not was_seen and draft(connection).get("ref") == use.ref:
        return
    vouchers = [*use.command.vouchers, *_recorded(connection, use.ref)]
    held: list[Any] = connection.execute(_HELD_BEFORE, (use.id, json.dumps(vouchers))).fetchall()
    for voucher_id, identifier, sale in held:
        ref = ref_from_digits(f"{secrets.randbelow(10**22):022d}")
        release = ReleaseVoucher(ref=ref, identifier=identifier, voucher_id=voucher_id, sale=Ref(sale))
        rows.insert(connection, release, rules, now, hurry=False)


def _recorded(connection: apsw.Connection, ref: Ref) -> list[int]:
    """The vouchers of a finished sale, but for those on trust: they have entries of their own."""
    try:
        body = json.loads(connection.execute("SELECT body FROM sales WHERE ref = ?", (ref,)).get or "{}")
        return [int(one["voucher_id"]) for one in body.get("vouchers", ()) if not one.get("on_trust")]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []
