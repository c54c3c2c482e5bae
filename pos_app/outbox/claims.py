"""Which entry is next, and what a start, a kick or a person changes of the queue.

Like `rows`: every function runs inside one transaction on the database's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import apsw
from msgspec import Struct

from pos_app.domain.codes import Ref
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import Absent
from pos_app.domain.problems import BY_HAND
from pos_app.outbox import freeing, ties
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.journal import Line, write_line
from pos_app.outbox.reading import COLUMNS, by_id, by_ref, from_row, is_sealed, lane_of
from pos_app.outbox.rows import SETTLED, Clocks, Rules, keep_holds, own_rank, rule_of, seat, seat_afresh
from pos_app.outbox.transitions import ASKED_FOR, MOST_COUNTED, UNFORESEEN, Work
from pos_app.outbox.values import plain

log = logging.getLogger(__name__)

RANKS = (0, 1, 2)
LONGEST_QUIET_MS = 24 * 3_600_000
"""A quiet time that is longer than any that can be set: this run does not know when an answer was lost."""
BROKEN_SEAL = "DISK-06"


def _count(name: str) -> str:
    """A column that counts; one that a damage took out of all bounds could not be added to."""
    return f"min(max({name}, 0), {MOST_COUNTED})"


CLAIM_SEND = (
    f"UPDATE outbox SET state = 'sending', tries = {_count('tries')} + 1, looks = 0, due_at = NULL,"  # noqa: S608 - ours
    # What our first request did while its answer was lost is ours; a later time would make it somebody else's.
    f" sent_at = iif(lost NOT IN (0, {ASKED_FOR}), ifnull(sent_at, ?2), ?2)"
    " WHERE id = (SELECT id FROM outbox WHERE state = 'waiting' AND rank = ?3 AND due_at <= ?1"
    " ORDER BY due_at, id LIMIT 1) RETURNING id"
)
CLAIM_LOOK = (
    f"UPDATE outbox SET looks = {_count('looks')} + 1, due_at = NULL"  # noqa: S608 - our own columns
    " WHERE id = (SELECT id FROM outbox WHERE state = 'checking' AND rank = ?3 AND due_at <= ?1"
    " ORDER BY due_at, id LIMIT 1) RETURNING id"
)
# What stood behind an entry whose lane is damaged has nobody before it any more.
SEAT_ORPHANS = (
    "UPDATE outbox SET due_at = ?1 WHERE due_at IS NULL"
    " AND id IN (SELECT min(id) FROM outbox WHERE state = 'waiting' GROUP BY lane)"
    " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lane = outbox.lane AND o.state IN ('sending', 'checking'))"
)
# By the index of what is due; what is not due yet gets its rank when it moves up.
_NO_RANK = tuple(
    f"SELECT id, CAST(kind AS BLOB) FROM outbox WHERE state = ? AND rank {beyond} AND due_at IS NOT NULL"  # noqa: S608
    for beyond in (f"< {RANKS[0]}", f"> {RANKS[-1]}")
)
NEXT_DUE = "SELECT min(due_at) FROM outbox WHERE state = ? AND rank = ? AND due_at IS NOT NULL"


class Wanted(Struct, frozen=True):
    """Which ranks may be sent and looked up now, and how many; what a person waits for has a place more."""

    send_ranks: Sequence[int] = RANKS
    look_ranks: Sequence[int] = RANKS
    places: int = 1
    places_for_people: int = 1


class Claimed(Struct, frozen=True):
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
    row = _row(connection, entry_id)
    entry = from_row(row)
    if entry.is_spoilt:
        return None
    lost = row[14] if 0 <= row[14] <= MOST_COUNTED else 1
    return Work(entry, now.run_ms, lost=lost, lost_ms=now.run_ms if row[15] is None else row[15])


def _row(connection: apsw.Connection, entry_id: int) -> Sequence[Any]:
    query = f"SELECT {COLUMNS} FROM outbox WHERE id = ?"  # noqa: S608 - the constant list of columns
    return connection.execute(query, (entry_id,)).fetchall()[0]


def _hand_over(connection: apsw.Connection, entry_id: int, rules: Rules, now: Clocks) -> list[Entry]:
    """Give an entry that must not be sent to a person."""
    problem = UNFORESEEN if is_sealed(_row(connection, entry_id)) else BROKEN_SEAL
    connection.execute("UPDATE outbox SET state = 'attention', problem = ? WHERE id = ?", (problem, entry_id))
    lane = lane_of(connection, entry_id)
    if lane is not None:
        seat(connection, lane, rules, now.run_ms)
    connection.execute(SEAT_ORPHANS, (now.run_ms,))
    log.error("entry %s cannot be read as it was put in (%s); a person has to settle it", entry_id, problem)
    return [from_row(_row(connection, entry_id))]


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


def recover(connection: apsw.Connection, latest_ms: int, rules: Rules, now: Clocks) -> list[Entry]:
    """At a start: what was being sent is checked, and no due time lies further ahead than `latest_ms`.

    The quiet time of everything that is being checked begins anew: the wall clock may have been set while the
    program was away, so only time that this run has seen itself counts. Returns what changed its state.
    """
    assert_thread()
    _give_ranks(connection, rules)
    for rank in RANKS:
        connection.execute(
            "UPDATE outbox SET due_at = ?1 WHERE state = 'waiting' AND rank = ?2 AND due_at > ?1", (latest_ms, rank)
        )
    cut_off: list[Any] = connection.execute(
        f"UPDATE outbox SET state = 'checking', lost = {_count('lost')} + 1, problem = 'SALE-02'"  # noqa: S608
        " WHERE state = 'sending' RETURNING id"
    ).fetchall()
    connection.execute("UPDATE outbox SET lost_at = ?1, due_at = ?1 WHERE state = 'checking'", (now.run_ms,))
    connection.execute(
        "UPDATE outbox SET lost_at = ?1 WHERE state = 'attention' AND lost_at IS NOT NULL", (now.run_ms,)
    )
    return [one for row in cut_off if (one := by_id(connection, row[0])) is not None]


def _give_ranks(connection: apsw.Connection, rules: Rules) -> None:
    """Give an entry whose rank a damage changed its own: by one that is none it would never be claimed."""
    for state in ("waiting", "checking"):
        for query in _NO_RANK:
            found: list[Any] = connection.execute(query, (state,)).fetchall()
            for number, kind in found:
                rank = own_rank(rule_of(rules, kind.decode(errors="replace")))
                connection.execute("UPDATE outbox SET rank = ? WHERE id = ?", (rank, number))
                log.error("entry %d had a rank that cannot be; it has its own again", number)


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


class Decision(Struct, frozen=True):
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


class TooEarlyError(ValueError):
    """What was lost may still take effect, and nothing can show whether it did: it cannot be sent again yet.

    Units: `wait_s` until it can, rounded up; 0 when this run does not know.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__("a lost request may still take effect")
        self.wait_s = wait_s


_MAY_BE_SETTLED = (EntryState.ATTENTION, EntryState.CHECKING, EntryState.WAITING)


def settle(connection: apsw.Connection, decision: Decision, rules: Rules, now: Clocks) -> Entry:
    """Do what a person decided, and write it in the journal.

    Nobody can see at Perx that a lost request will not take effect any more. So what is to be sent again before its
    quiet time is over is checked until then, and sent by the rule of its kind when it is still not found. A look-up
    alone, of what needs attention, never ends in a resend: what is not found then needs attention again. Where a
    look-up proves nothing, a person has to look at Perx after that time: sending again is refused until then. What
    cannot be read can only be closed.
    Errors: KeyError for an unknown reference; TooEarlyError; ValueError for an entry that is being sent, is settled
    or cannot be read, and for a decision without a name or a reason.
    """
    assert_thread()
    entry = by_ref(connection, decision.ref)
    if entry is None:
        raise KeyError(decision.ref)
    if entry.state not in _MAY_BE_SETTLED or decision.state is EntryState.SENDING:
        raise ValueError(f"an entry that is {entry.state} cannot be made {decision.state} by hand")
    if entry.is_spoilt and decision.state not in SETTLED:
        raise ValueError("what cannot be read can only be closed")
    if not decision.who.strip() or not decision.why.strip():
        raise ValueError("a decision needs a name and a reason")
    is_fresh_check = decision.state is EntryState.CHECKING and entry.state is not EntryState.CHECKING
    state = _as_soon_as_safe(connection, entry, decision, rules, now)
    connection.execute(
        "UPDATE outbox SET state = ?1, settled_at = ?2, lost = ?6, problem = ?7,"
        " due_at = iif(?1 = 'checking', ?3, NULL),"
        " lost_at = iif(?1 = 'waiting', NULL, iif(?4, ifnull(lost_at, ?3), lost_at))"
        " WHERE id = ?5",
        (
            state.value,
            now.wall_ms if state in SETTLED else None,
            now.run_ms,
            is_fresh_check,
            entry.id,
            _lost(connection, entry, decision),
            BY_HAND.get(state.value, plain(entry.problem, 20)),
        ),
    )
    keep_holds(connection, entry, state, rules)
    if state in SETTLED:  # whoever closes it answers for what it may have bound
        ties.forget(connection, [entry.id])
    if state is EntryState.REFUSED:
        freeing.give_back(connection, entry, rules, now)
    freeing.after(connection, entry, state, rules, now)
    facts = {"was": entry.state.value, "is": decision.state.value, "why": decision.why[:1000]}
    if decision.approved_by:
        facts["approved_by"] = decision.approved_by[:200]
    if entry.problem:
        facts["problem"] = entry.problem
    write_line(connection, now.wall_ms, Line(decision.who, "settled by hand", decision.ref, facts))
    seat_afresh(connection, entry.id, rules, now)
    settled = by_id(connection, entry.id)
    if settled is None:
        raise KeyError(decision.ref)
    return settled


def put_back(connection: apsw.Connection, ids: Sequence[int], rules: Rules, now: Clocks) -> list[Entry]:
    """Let what was refused unsent wait after all: by the time that was written, the counter had moved on."""
    assert_thread()
    for entry_id in ids:
        connection.execute(
            "UPDATE outbox SET state = 'waiting', settled_at = NULL WHERE id = ? AND state = 'refused'", (entry_id,)
        )
        seat_afresh(connection, entry_id, rules, now)
    return [one for entry_id in ids if (one := by_id(connection, entry_id)) is not None]


def _lost(connection: apsw.Connection, entry: Entry, decision: Decision) -> int:
    """How often its answer counts as lost from now on: once if it ever was, on top of a person's own look-up.

    One that is asked for again, before it was answered, stays a person's own.
    """
    was_own_look = connection.execute("SELECT lost >= ? FROM outbox WHERE id = ?", (ASKED_FOR, entry.id)).get
    is_own_look = decision.state is EntryState.CHECKING and (entry.state is EntryState.ATTENTION or was_own_look)
    return entry.was_lost + (ASKED_FOR if is_own_look else 0)


def _as_soon_as_safe(
    connection: apsw.Connection, entry: Entry, decision: Decision, rules: Rules, now: Clocks
) -> EntryState:
    rule = rule_of(rules, entry.command.kind)
    lost_ms = connection.execute("SELECT lost_at FROM outbox WHERE id = ?", (entry.id,)).get
    if decision.state is not EntryState.WAITING or lost_ms is None or rule is None:
        return decision.state
    left_ms = lost_ms + int(decision.quiet_ms * rule.wait) - now.run_ms
    if left_ms <= 0:
        return decision.state
    if rule.absent is Absent.PERSON:
        raise TooEarlyError(-(-left_ms // 1000) if decision.quiet_ms <= LONGEST_QUIET_MS else 0)
    return EntryState.CHECKING


def let_go(connection: apsw.Connection, voucher_id: int, why: str, now: Clocks) -> None:
    """Forget a hold that Perx is known not to have any more, and write it in the journal."""
    assert_thread()
    for (sale,) in connection.execute("SELECT sale FROM holds WHERE voucher_id = ?", (voucher_id,)).fetchall():
        facts = {"voucher_id": voucher_id, "why": why[:1000]}
        write_line(connection, now.wall_ms, Line("", "hold forgotten", str(sale), facts))
    connection.execute("DELETE FROM holds WHERE voucher_id = ?", (voucher_id,))
