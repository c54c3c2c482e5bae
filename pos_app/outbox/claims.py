"""Which entry is next, and what a start, a kick or a person changes of the queue.

Like `rows`: every function runs inside one transaction on the database's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import apsw

from pos_app.domain.codes import Ref
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.journal import Line, write_line
from pos_app.outbox.rows import COLUMNS, SETTLED, Clocks, Rules, by_ref, from_row, is_sealed, keep_holds, seat
from pos_app.outbox.transitions import ASKED_FOR, UNFORESEEN, Work

log = logging.getLogger(__name__)

RANKS = (0, 1, 2)
BROKEN_SEAL = "DISK-06"

CLAIM_SEND = (
    "UPDATE outbox SET state = 'sending', tries = tries + 1, looks = 0, sent_at = ?2, due_at = NULL"
    " WHERE id = (SELECT id FROM outbox WHERE state = 'waiting' AND rank = ?3 AND due_at <= ?1"
    " ORDER BY due_at, id LIMIT 1) RETURNING id"
)
CLAIM_LOOK = (
    "UPDATE outbox SET looks = looks + 1, due_at = NULL"
    " WHERE id = (SELECT id FROM outbox WHERE state = 'checking' AND rank = ?3 AND due_at <= ?1"
    " ORDER BY due_at, id LIMIT 1) RETURNING id"
)
NEXT_DUE = "SELECT min(due_at) FROM outbox WHERE state = ? AND rank = ? AND due_at IS NOT NULL"


@dataclass(frozen=True)
class Wanted:
    """Which ranks may be sent and looked up now, and how many; what a person waits for has a place more."""

    send_ranks: Sequence[int] = RANKS
    look_ranks: Sequence[int] = RANKS
    places: int = 1
    places_for_people: int = 1


@dataclass(frozen=True)
class Claimed:
    """What was taken to be sent or looked up, what a person must see instead, and when the next one is due."""

    work: list[Work]
    spoilt: list[Entry]
    next_due_ms: int | None


def claim(connection: apsw.Connection, wanted: Wanted, rules: Rules, now: Clocks) -> Claimed:
    """Take the most pressing due entries, each in one statement, and say when the next one is due.

    By rank, then due time, then age; within a rank look-ups come before sends, because there are few of them
    and a long queue must not starve them. An entry whose seal does not fit goes to a person, never to Perx.
    """
    assert_thread()
    taken: list[Work] = []
    spoilt: list[Entry] = []
    free: list[tuple[str, int]] = []
    for rank in RANKS:
        places = wanted.places_for_people if rank == 0 else wanted.places
        for state, sql, ranks in _claims(wanted):
            while rank in ranks and len(taken) < places:
                entry_id = connection.execute(sql, (now.run_ms, now.wall_ms, rank)).get
                if entry_id is None:
                    free.append((state, rank))
                    break
                work = _work(connection, entry_id, now)
                if work is not None:
                    taken.append(work)
                else:
                    spoilt += _hand_over(connection, entry_id, rules, now)
    return Claimed(taken, spoilt, _next_due(connection, free))


def _work(connection: apsw.Connection, entry_id: int, now: Clocks) -> Work | None:
    try:
        row = _row(connection, entry_id)
        if not is_sealed(row):
            return None
        return Work(from_row(row), now.run_ms, lost=row[14], lost_ms=now.run_ms if row[15] is None else row[15])
    except ValueError:  # also text that is no UTF-8
        return None


def _row(connection: apsw.Connection, entry_id: int) -> Sequence[Any]:
    query = f"SELECT {COLUMNS} FROM outbox WHERE id = ?"  # noqa: S608 - the constant list of columns
    return connection.execute(query, (entry_id,)).fetchall()[0]


def _hand_over(connection: apsw.Connection, entry_id: int, rules: Rules, now: Clocks) -> list[Entry]:
    """Give an entry that must not be sent to a person; what of it can be shown is returned."""
    connection.execute("UPDATE outbox SET state = 'attention' WHERE id = ?", (entry_id,))
    problem = BROKEN_SEAL
    with suppress(UnicodeDecodeError):
        lane = connection.execute("SELECT lane FROM outbox WHERE id = ?", (entry_id,)).get
        seat(connection, str(lane), rules, now.run_ms)
    with suppress(UnicodeDecodeError):
        problem = UNFORESEEN if is_sealed(_row(connection, entry_id)) else BROKEN_SEAL
    log.error("entry %s cannot be read as it was put in (%s); a person has to settle it", entry_id, problem)
    connection.execute("UPDATE outbox SET problem = ? WHERE id = ?", (problem, entry_id))
    with suppress(ValueError):
        return [from_row(_row(connection, entry_id))]
    return []


def hand_lost(connection: apsw.Connection, ref: Ref, rules: Rules, now: Clocks) -> Entry:
    """Give an entry whose first row a damage took to a person, as one whose answer was lost just now."""
    [(lane,)] = connection.execute(
        "UPDATE outbox SET state = 'attention', problem = ?, due_at = NULL, lost = 1, lost_at = ? WHERE ref = ?"
        " RETURNING lane",
        (BROKEN_SEAL, now.run_ms, ref),
    )
    write_line(connection, now.wall_ms, Line("", "entry made anew after a damage", ref))
    seat(connection, str(lane), rules, now.run_ms)
    entry = by_ref(connection, ref)
    if entry is None:
        raise KeyError(ref)
    return entry


def _claims(wanted: Wanted) -> tuple[tuple[str, str, Sequence[int]], ...]:
    return ("checking", CLAIM_LOOK, wanted.look_ranks), ("waiting", CLAIM_SEND, wanted.send_ranks)


def _next_due(connection: apsw.Connection, free: Sequence[tuple[str, int]]) -> int | None:
    """When the next of those is due for which there is a place; a freed place wakes the run by itself."""
    due = [connection.execute(NEXT_DUE, state_and_rank).get for state_and_rank in free]
    return min((ms for ms in due if ms is not None), default=None)


# ---------------------------------------------------------------- a start, a kick, a person


def recover(connection: apsw.Connection, latest_ms: int, now: Clocks) -> list[Entry]:
    """At a start: what was being sent is checked, and no due time lies further ahead than `latest_ms`.

    The quiet time of everything that is being checked begins anew: the wall clock may have been set while the
    program was away, so only time that this run has seen itself counts. Returns what changed its state.
    """
    assert_thread()
    for rank in RANKS:
        connection.execute(
            "UPDATE outbox SET due_at = ?1 WHERE state = 'waiting' AND rank = ?2 AND due_at > ?1", (latest_ms, rank)
        )
    cut_off = connection.execute(
        "UPDATE outbox SET state = 'checking', lost = lost + 1, problem = 'SALE-02'"
        " WHERE state = 'sending' RETURNING ref"
    ).fetchall()
    connection.execute("UPDATE outbox SET lost_at = ?1, due_at = ?1 WHERE state = 'checking'", (now.run_ms,))
    connection.execute("UPDATE outbox SET lost_at = ?1 WHERE state = 'attention' AND lost_at > 0", (now.run_ms,))
    return [one for row in cut_off if (one := _readable(connection, str(row[0]))) is not None]


def _readable(connection: apsw.Connection, ref: str) -> Entry | None:
    try:
        return by_ref(connection, ref)
    except ValueError:
        return None  # the claim of this row will say so, and hand it to a person


def hasten(connection: apsw.Connection, spread_ms: int, salt: int, now: Clocks) -> None:
    """Make everything that waits for its time due within `spread_ms`."""
    assert_thread()
    for state in ("waiting", "checking"):
        for rank in RANKS:
            connection.execute(
                "UPDATE outbox SET due_at = ?1 + (id * 7919 + ?2) % ?3"
                " WHERE state = ?4 AND rank = ?5 AND due_at > ?1 + ?3",
                (now.run_ms, salt, max(spread_ms, 1), state, rank),
            )


@dataclass(frozen=True)
class Decision:
    """What a person decided of an entry, and why.

    `quiet_ms`: how long a lost request may still take effect; a kind's `wait` is in multiples of it. `approved_by`: who
    answered for it, where needed.
    """

    ref: Ref
    state: EntryState
    who: str
    why: str
    quiet_ms: int
    approved_by: str = ""


_MAY_BE_SETTLED = (EntryState.ATTENTION, EntryState.CHECKING, EntryState.WAITING)


def settle(connection: apsw.Connection, decision: Decision, rules: Rules, now: Clocks) -> Entry:
    """Do what a person decided, and write it in the journal.

    Nobody can see at Perx that a lost request will not take effect any more. So what is to be sent again before its
    quiet time is over is checked until then, and sent by the rule of its kind when it is still not found. A look-up
    alone, of what needs attention, never ends in a resend: what is not found then needs attention again.
    Errors: KeyError for an unknown reference; ValueError for an entry that is being sent or is settled, and for a
    decision without a name or a reason.
    """
    assert_thread()
    entry = by_ref(connection, decision.ref)
    if entry is None:
        raise KeyError(decision.ref)
    if entry.state not in _MAY_BE_SETTLED or decision.state is EntryState.SENDING:
        raise ValueError(f"an entry that is {entry.state} cannot be made {decision.state} by hand")
    if not decision.who.strip() or not decision.why.strip():
        raise ValueError("a decision needs a name and a reason")
    is_fresh_check = decision.state is EntryState.CHECKING and entry.state is not EntryState.CHECKING
    quiet_ms = decision.quiet_ms * rules[entry.command.kind].wait
    state = _as_soon_as_safe(connection, entry.id, replace(decision, quiet_ms=int(quiet_ms)), now)
    [(lane,)] = connection.execute(
        "UPDATE outbox SET state = ?1, settled_at = ?2, lost = ?6,"
        " due_at = iif(?1 = 'checking', ?3, NULL), lost_at = iif(?1 = 'waiting', NULL, iif(?4, ?3, lost_at))"
        " WHERE id = ?5 RETURNING lane",
        (
            state.value,
            now.wall_ms if state in SETTLED else None,
            now.run_ms,
            is_fresh_check,
            entry.id,
            _lost(entry, decision),
        ),
    )
    keep_holds(connection, entry, state, rules)
    facts = {"was": entry.state.value, "is": decision.state.value, "why": decision.why[:1000]}
    if decision.approved_by:
        facts["approved_by"] = decision.approved_by[:200]
    write_line(connection, now.wall_ms, Line(decision.who, "settled by hand", decision.ref, facts))
    # The entry may stand before one that was next so far: seat the lane afresh.
    connection.execute(
        "UPDATE outbox SET due_at = NULL WHERE id IN"
        " (SELECT id FROM outbox WHERE lane = ? AND state = 'waiting' ORDER BY id LIMIT 2)",
        (lane,),
    )
    seat(connection, str(lane), rules, now.run_ms)
    settled = by_ref(connection, decision.ref)
    if settled is None:
        raise KeyError(decision.ref)
    return settled


def _lost(entry: Entry, decision: Decision) -> int:
    """How often its answer counts as lost from now on: once if it ever was, on top of a person's own look-up."""
    is_own_look = decision.state is EntryState.CHECKING and entry.state is EntryState.ATTENTION
    return entry.was_lost + (ASKED_FOR if is_own_look else 0)


def _as_soon_as_safe(connection: apsw.Connection, entry_id: int, decision: Decision, now: Clocks) -> EntryState:
    lost_ms = connection.execute("SELECT lost_at FROM outbox WHERE id = ?", (entry_id,)).get
    is_early = lost_ms is not None and now.run_ms < lost_ms + decision.quiet_ms
    return EntryState.CHECKING if decision.state is EntryState.WAITING and is_early else decision.state


def let_go(connection: apsw.Connection, voucher_id: int, why: str, now: Clocks) -> None:
    """Forget a hold that Perx is known not to have any more, and write it in the journal."""
    assert_thread()
    for (sale,) in connection.execute("SELECT sale FROM holds WHERE voucher_id = ?", (voucher_id,)).fetchall():
        facts = {"voucher_id": voucher_id, "why": why[:1000]}
        write_line(connection, now.wall_ms, Line("", "hold forgotten", str(sale), facts))
    connection.execute("DELETE FROM holds WHERE voucher_id = ?", (voucher_id,))
