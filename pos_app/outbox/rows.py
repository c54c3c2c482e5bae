"""The queue's SQL: every function runs inside one transaction on the database's thread.

The rule that all of them keep: of each lane only the first open entry may have a due time (`seat`), and it
has none while it is being sent or looked up. An entry that needs a person's attention is not open: it does
not hold up the later ones of its lane, because a shop cannot wait for a decision.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import apsw

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command, Kind, from_body, to_body
from pos_app.domain.entries import Entry, EntryState, Hold
from pos_app.domain.kinds import KindRule, WhenOffline
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.seals import seal
from pos_app.outbox.transitions import ASKED_FOR, Change, Work, has_left

log = logging.getLogger(__name__)

Rules = Mapping[Kind, KindRule]
SETTLED = (EntryState.DONE, EntryState.REFUSED)

MAX_BODY_CHARS = 65_536
MAX_ANSWER_CHARS = 8_192
MAX_SAID_CHARS = 300

COLUMNS = (
    "id, ref, kind, body, state, made_at, sent_at, due_at, settled_at, tries, looks, problem, said, answer, "
    "lost, lost_at, lane, amount_minor, seal"
)


def to_ms(moment: datetime) -> int:
    """Whole milliseconds UTC of an aware time."""
    return int(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The aware UTC time of whole milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def plain(text: str, limit: int) -> str:
    """Text from outside as SQLite can hold it: bounded, and without lone surrogates."""
    return text[:limit].encode("utf-8", "replace").decode("utf-8")


def to_json(value: Any, limit: int) -> str:
    """A plain JSON value as text. Errors: ValueError when it is no JSON or longer than `limit`."""
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except TypeError as exc:
        raise ValueError(str(exc)) from exc
    if len(text) > limit:
        raise ValueError(f"{len(text)} characters of JSON, at most {limit} are kept")
    return text


# ---------------------------------------------------------------- reading


def from_row(row: Sequence[Any]) -> Entry:
    """The entry of a row. Errors: ValueError when its body or answer cannot be read."""
    body, answer = json.loads(row[3]), json.loads(row[13])
    if not isinstance(body, dict) or not isinstance(answer, dict):
        raise ValueError(f"row {row[0]} holds no command")
    due, sent, settled = (None if ms is None else from_ms(ms) for ms in (row[7], row[6], row[8]))
    return Entry(
        id=row[0],
        command=from_body(row[2], body),
        state=EntryState(row[4]),
        made_at=from_ms(row[5]),
        sent_at=sent,
        due_at=due,
        settled_at=settled,
        tries=row[9],
        looks=row[10],
        problem=row[11],
        said=row[12],
        answer=answer,
        was_lost=row[14] not in (0, ASKED_FOR),
    )


def is_sealed(row: Sequence[Any]) -> bool:
    """Whether what a row says is to be sent is what was put in."""
    return bool(row[18] == seal(row[1], row[2], row[3], row[17]))


def _readable(rows: Iterable[Sequence[Any]]) -> list[Entry]:
    entries = []
    for row in rows:
        try:
            entries.append(from_row(row))
        except ValueError:
            log.exception("entry %s cannot be read", row[0])
    return entries


def by_ref(connection: apsw.Connection, ref: str) -> Entry | None:
    """The entry of a reference, or None. Errors: ValueError when its row cannot be read."""
    assert_thread()
    row = connection.execute(f"SELECT {COLUMNS} FROM outbox WHERE ref = ?", (ref,)).fetchone()  # noqa: S608
    return None if row is None else from_row(row)


def page(connection: apsw.Connection, states: Sequence[EntryState], limit: int, after: int | None) -> list[Entry]:
    """One page of entries, newest first; each state is one seek, so a long history costs nothing."""
    assert_thread()
    found: list[Sequence[Any]] = []
    for state in states:
        found += connection.execute(
            f"SELECT {COLUMNS} FROM outbox WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?",  # noqa: S608
            (state.value, after or 2**62, limit),
        )
    return _readable(sorted(found, key=lambda row: -row[0])[:limit])


def of_sale(connection: apsw.Connection, sale: Ref) -> list[Entry]:
    """All entries of one sale, oldest first."""
    assert_thread()
    query = f"SELECT {COLUMNS} FROM outbox WHERE sale = ? ORDER BY id LIMIT 1000"  # noqa: S608
    return _readable(connection.execute(query, (sale,)))


def unsettled(connection: apsw.Connection, lane: str) -> list[Entry]:
    """What is not done or refused yet of one lane, oldest first."""
    assert_thread()
    query = (
        f"SELECT {COLUMNS} FROM outbox WHERE lane = ? AND state IN ('waiting', 'sending', 'checking', 'attention')"  # noqa: S608
        " ORDER BY id LIMIT 1000"
    )
    return _readable(connection.execute(query, (plain(lane, 1000),)))


def uses(connection: apsw.Connection, lanes: Sequence[str]) -> list[Entry]:
    """What uses vouchers in these lanes and was not refused, settled or not, oldest first."""
    assert_thread()
    query = (
        f"SELECT {COLUMNS} FROM outbox WHERE lane IN (SELECT value FROM json_each(?))"  # noqa: S608
        " AND kind IN ('redeem_voucher', 'checkout') AND state <> 'refused' ORDER BY id"
    )
    return _readable(connection.execute(query, (json.dumps([plain(lane, 1000) for lane in lanes]),)))


def held(connection: apsw.Connection) -> list[Hold]:
    """What this till holds at Perx, or may hold, oldest first."""
    assert_thread()
    query = "SELECT voucher_id, identifier, sale, since FROM holds ORDER BY entry_id LIMIT 1000"
    return [Hold(row[0], row[1], Ref(row[2]), from_ms(row[3])) for row in connection.execute(query)]


def asked_hold(connection: apsw.Connection, voucher_id: int, after: int) -> bool:
    """Whether this till has asked for a hold that it may have, by an entry with a number above `after`."""
    assert_thread()
    query = (
        "SELECT 1 FROM holds JOIN outbox ON outbox.id = entry_id"
        " WHERE holds.voucher_id = ? AND entry_id > ? AND state <> 'waiting' LIMIT 1"
    )
    return connection.execute(query, (voucher_id, after)).fetchone() is not None


# ---------------------------------------------------------------- writing


@dataclass(frozen=True)
class Clocks:
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
            _own_rank(rule),
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
    lane_hurry = Hurry.ALL if hurry else Hurry.PRESSED
    seat(connection, plain(command.lane, 1000), rules, now.run_ms, lane_hurry)
    entry = by_ref(connection, command.ref)
    if entry is None:
        raise RuntimeError("the entry was not stored")
    return entry, True


def _own_rank(rule: KindRule | None) -> int:
    if rule is None:
        return 2
    if rule.when_offline is WhenOffline.REFUSE:
        return 0
    return 1 if rule.urgent else 2


def _rule(rules: Rules, kind: Any) -> KindRule | None:
    return rules[Kind(kind)] if kind in Kind.__members__.values() else None


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
        "SELECT id, kind FROM outbox WHERE lane = ? AND state IN ('sending', 'checking') ORDER BY id", (lane,)
    ).fetchall()
    first = connection.execute(
        "SELECT id, kind FROM outbox WHERE lane = ? AND state = 'waiting' ORDER BY id LIMIT 1", (lane,)
    ).fetchone()
    ahead = active or ([first] if first else [])
    if first and not active:
        connection.execute("UPDATE outbox SET due_at = ifnull(due_at, ?) WHERE id = ?", (run_ms, first[0]))
    for entry_id, kind in ahead:
        pressed = connection.execute(
            "SELECT 1 FROM outbox WHERE lane = ? AND presses = 1 AND state = 'waiting' AND id <> ? LIMIT 1",
            (lane, entry_id),
        ).fetchone()
        rank = 0 if pressed else _own_rank(_rule(rules, kind))
        connection.execute("UPDATE outbox SET rank = ? WHERE id = ? AND rank <> ?", (rank, entry_id, rank))
        if pressed and hurry is not Hurry.NO:
            connection.execute("UPDATE outbox SET due_at = ? WHERE id = ? AND due_at > ?", (run_ms, entry_id, run_ms))
    if hurry is Hurry.ALL and first and not active:
        connection.execute("UPDATE outbox SET due_at = 0 WHERE id = ?", (first[0],))


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
    changed = [entry.ref]
    if change.out_of_reach:
        changed += _refuse_behind(connection, entry, change.out_of_reach, rules, now)
    if change.state is EntryState.WAITING:
        _stand_behind(connection, row[0], entry.id)
    seat(connection, row[0], rules, now.run_ms)
    return [one for ref in changed if (one := by_ref(connection, ref)) is not None]


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
    rule = rules[entry.command.kind]
    if rule.takes and state is EntryState.REFUSED:
        connection.execute("DELETE FROM holds WHERE entry_id = ?", (entry.id,))
    if rule.frees and state is EntryState.DONE:
        connection.executemany(
            "DELETE FROM holds WHERE voucher_id = ? AND entry_id < ?",
            [(voucher_id, entry.id) for voucher_id in entry.command.vouchers],
        )


def _refuse_behind(connection: apsw.Connection, first: Entry, problem: str, rules: Rules, now: Clocks) -> list[Ref]:
    """Refuse what a person still waits for behind an entry that cannot be brought to Perx. None of it was sent.

    What the counter was told is saved goes on waiting: nobody there would hear of a refusal.
    """
    behind: list[Any] = connection.execute(
        "SELECT id, ref, kind, tries, made_at FROM outbox"
        " WHERE lane = ? AND presses = 1 AND state = 'waiting' AND id <> ?",
        (plain(first.command.lane, 1000), first.id),
    ).fetchall()
    refused = []
    for number, ref, kind, tries, made_ms in behind:
        rule = _rule(rules, kind)
        if rule is None or not has_left(rule, tries, now.wall_ms - made_ms):
            refused.append((number, Ref(str(ref))))
    connection.executemany(
        "UPDATE outbox SET state = 'refused', problem = ?, settled_at = ?, due_at = NULL WHERE id = ?",
        [(plain(problem, 20), now.wall_ms, number) for number, _ in refused],
    )
    connection.executemany("DELETE FROM holds WHERE entry_id = ?", [(number,) for number, _ in refused])
    return [ref for _, ref in refused]


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
