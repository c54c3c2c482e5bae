"""The queue's SQL: every function runs inside one transaction on the database's thread.

The rule that all of them keep: of each lane only the first open entry may have a due time (`seat`), and it
has none while it is being sent or looked up. An entry that needs a person's attention is not open: it does
not hold up the later ones of its lane, because a shop cannot wait for a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import apsw
from msgspec import Struct

from pos_app.domain.commands import Command, Kind, to_body
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import KindRule, WhenOffline
from pos_app.outbox import ties
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.reading import by_id, by_ref, lane_of
from pos_app.outbox.seals import seal
from pos_app.outbox.transitions import Change, Work, has_left
from pos_app.outbox.values import plain, to_json

Rules = Mapping[Kind, KindRule]
SETTLED = (EntryState.DONE, EntryState.REFUSED)

MAX_BODY_CHARS = 65_536
MAX_ANSWER_CHARS = 8_192
MAX_SAID_CHARS = 300


class Clocks(Struct, frozen=True):
    """The two times of a write: `wall_ms` for people, `run_ms` for waiting (a wall that nobody can set)."""

    wall_ms: int
    run_ms: int


def insert(
    connection: apsw.Connection, command: Command, rules: Rules, now: Clocks, *, hurry: bool = True
) -> tuple[Entry, bool]:
    """Store a command, and the hold that it takes; a known reference gives the first entry and False.

    `hurry`: somebody stands at the counter and Perx answers, so it goes ahead of its equals that wait already.
    Errors: ValueError for a command that is too large or no JSON.
    """
    assert_thread()
    known = by_ref(connection, command.ref)
    if known is not None:
        return known, False
    rule = rules[command.kind]
    body, amount_minor = to_json(to_body(command), MAX_BODY_CHARS), getattr(command, "amount_minor", 0)
    connection.execute(
        "INSERT INTO outbox (ref, kind, lane, sale, body, amount_minor, rank, presses, state, made_at, seal)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
        (
            command.ref,
            command.kind.value,
            plain(command.lane, 1000),
            getattr(command, "sale", "") or command.ref,
            body,
            amount_minor,
            own_rank(rule),
            int(rule.when_offline is WhenOffline.REFUSE),
            now.wall_ms,
            seal(command.ref, command.kind.value, body, amount_minor),
        ),
    )
    if rule.takes:
        identifier = plain(getattr(command, "identifier", ""), 1000)
        connection.execute(
            "INSERT INTO holds (entry_id, voucher_id, identifier, sale, since)"
            " SELECT id, ?, ?, sale, made_at FROM outbox WHERE ref = ?",
            (command.vouchers[0], identifier, command.ref),
        )
    if rule.binds:
        ties.bind(connection, command.ref)
    lane_hurry = Hurry.ALL if hurry else Hurry.PRESSED
    seat(connection, plain(command.lane, 1000), rules, now.run_ms, lane_hurry)
    entry = by_ref(connection, command.ref)
    if entry is None:
        raise RuntimeError("the entry was not stored")
    return entry, True


def _name(kind: bytes) -> str:
    """A kind's name, read as bytes: damage must not stop the lane."""
    return kind.decode(errors="replace")


def own_rank(rule: KindRule | None) -> int:
    """How pressing a kind is by itself: 0 a person waits for it, 1 urgent, 2 the rest."""
    if rule is None:
        return 2
    if rule.when_offline is WhenOffline.REFUSE:
        return 0
    return 1 if rule.urgent else 2


def rule_of(rules: Rules, kind: Any) -> KindRule | None:
    """The rule of a kind by its name; None for one that this program does not know."""
    return rules[Kind(kind)] if kind in set(Kind) else None


class Hurry(Enum):
    """How a lane is hurried by what was just put into it.

    PRESSED: what a person waits for never waits for another entry's back-off. ALL: the lane also goes ahead of its
    equals, so that a long queue that drains does not keep waiting who stands at the counter.
    """

    NO = 0
    PRESSED = 1
    ALL = 2


def seat(connection: apsw.Connection, lane: str, rules: Rules, run_ms: int, hurry: Hurry = Hurry.NO) -> None:
    """Give the first open entry of a lane its due time, and the others none.

    The first gets rank 0 while an entry behind it is one that a person waits for.
    """
    assert_thread()
    active = connection.execute(
        "SELECT id, CAST(kind AS BLOB) FROM outbox WHERE lane = ? AND state IN ('sending', 'checking') ORDER BY id",
        (lane,),
    ).fetchall()
    first = connection.execute(
        "SELECT id, CAST(kind AS BLOB) FROM outbox WHERE lane = ? AND state = 'waiting' ORDER BY id LIMIT 1", (lane,)
    ).fetchone()
    ahead: list[Any] = active or ([first] if first else [])
    if first and not active:
        connection.execute("UPDATE outbox SET due_at = ifnull(due_at, ?) WHERE id = ?", (run_ms, first[0]))
    for entry_id, kind in ahead:
        pressed = connection.execute(
            "SELECT 1 FROM outbox WHERE lane = ? AND presses = 1 AND state = 'waiting' AND id <> ? LIMIT 1",
            (lane, entry_id),
        ).fetchone()
        rank = 0 if pressed else own_rank(rule_of(rules, _name(kind)))
        connection.execute("UPDATE outbox SET rank = ? WHERE id = ? AND rank <> ?", (rank, entry_id, rank))
        if pressed and hurry is not Hurry.NO:
            connection.execute("UPDATE outbox SET due_at = ? WHERE id = ? AND due_at > ?", (run_ms, entry_id, run_ms))
    if hurry is Hurry.ALL and first and not active:
        connection.execute("UPDATE outbox SET due_at = 0 WHERE id = ?", (first[0],))


def seat_afresh(connection: apsw.Connection, entry_id: int, rules: Rules, now: Clocks) -> None:
    """Seat the lane of an entry that came back into it: it may stand before the one that was next so far."""
    lane = lane_of(connection, entry_id)
    if lane is None:
        return
    connection.execute(
        "UPDATE outbox SET due_at = NULL WHERE id IN"
        " (SELECT id FROM outbox WHERE lane = ? AND state = 'waiting' ORDER BY id LIMIT 2)",
        (lane,),
    )
    seat(connection, lane, rules, now.run_ms)


def apply(connection: apsw.Connection, work: Work, change: Change, rules: Rules, now: Clocks) -> list[Entry]:
    """Write what became of a claimed entry; [] when a person settled it meanwhile.

    In the same transaction its hold is kept or let go, the next of its lane moves up, and those of its lane
    that a person waits for are refused when Perx is out of reach.
    """
    assert_thread()
    entry = work.entry
    row = connection.execute(
        "UPDATE outbox SET state = ?, due_at = ?, problem = ?, said = ?, answer = ?, lost = ?, lost_at = ?,"
        " settled_at = ?"
        " WHERE id = ? AND state = ? AND tries = ? AND looks = ? RETURNING lane",
        (
            change.state.value,
            _due(change, now.run_ms),
            plain(change.problem, 20),
            plain(change.said, MAX_SAID_CHARS),
            bounded(change.answer),
            change.lost,
            change.lost_ms,
            now.wall_ms if change.state in SETTLED else None,
            entry.id,
            entry.state.value,
            entry.tries,
            entry.looks,
        ),
    ).fetchone()
    if row is None:
        return []
    keep_holds(connection, entry, change.state, rules)
    changed = [entry.id]
    if change.out_of_reach:
        changed += _refuse_behind(connection, entry, change.out_of_reach, rules, now)
    if change.state is EntryState.WAITING:
        _stand_behind(connection, row[0], entry.id)
    seat(connection, row[0], rules, now.run_ms)
    return [one for number in changed if (one := by_id(connection, number)) is not None]


def _stand_behind(connection: apsw.Connection, lane: str, entry_id: int) -> None:
    """Take the due time from an entry that is not, or no longer, the first of its lane.

    A person may have put an earlier one back into the lane, or have this one checked, while the other was under way.
    """
    connection.execute(
        "UPDATE outbox SET due_at = NULL WHERE id = ?1 AND EXISTS (SELECT 1 FROM outbox WHERE lane = ?2 AND id <> ?1"
        " AND (state IN ('sending', 'checking') OR state = 'waiting' AND id < ?1))",
        (entry_id, lane),
    )


def _due(change: Change, run_ms: int) -> int | None:
    if change.state not in (EntryState.WAITING, EntryState.CHECKING):
        return None
    return run_ms if change.due_ms is None else change.due_ms


def keep_holds(connection: apsw.Connection, entry: Entry, state: EntryState, rules: Rules) -> None:
    rule = rule_of(rules, entry.command.kind)
    if rule is None:
        return
    if rule.takes and state is EntryState.REFUSED:
        connection.execute("DELETE FROM holds WHERE entry_id = ?", (entry.id,))
    if rule.frees and state is EntryState.DONE:
        connection.executemany(
            "DELETE FROM holds WHERE voucher_id = ? AND entry_id < ?",
            [(voucher_id, entry.id) for voucher_id in entry.command.vouchers],
        )
    ties.keep(connection, entry, state, rule)


def _refuse_behind(connection: apsw.Connection, first: Entry, problem: str, rules: Rules, now: Clocks) -> list[int]:
    """Refuse what a person still waits for behind an entry that cannot be brought to Perx. None of it was sent.

    What the counter was told is saved goes on waiting: nobody there would hear of a refusal.
    """
    behind: list[Any] = connection.execute(
        "SELECT id, CAST(kind AS BLOB), tries, made_at FROM outbox"
        " WHERE lane = ? AND presses = 1 AND state = 'waiting' AND id <> ?",
        (plain(first.command.lane, 1000), first.id),
    ).fetchall()
    refused: list[int] = []
    for number, kind, tries, made_ms in behind:
        rule = rule_of(rules, _name(kind))
        if rule is None or not has_left(rule, tries, now.wall_ms - made_ms):
            refused.append(number)
    connection.executemany(
        "UPDATE outbox SET state = 'refused', problem = ?, settled_at = ?, due_at = NULL WHERE id = ?",
        [(plain(problem, 20), now.wall_ms, number) for number in refused],
    )
    connection.executemany("DELETE FROM holds WHERE entry_id = ?", [(number,) for number in refused])
    ties.forget(connection, refused)
    return refused


def bounded(answer: Mapping[str, Any]) -> str:
    """An answer as JSON text, cut to what fits, item by item; what is no JSON is left out."""
    kept: dict[str, Any] = {}
    for key, value in answer.items():
        try:
            to_json({**kept, key: value, "cut": True}, MAX_ANSWER_CHARS)
        except ValueError:
            kept["cut"] = True
        else:
            kept[key] = value
    return to_json(kept, MAX_ANSWER_CHARS)
