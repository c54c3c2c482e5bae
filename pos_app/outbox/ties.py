"""What this till has bound at Perx and has to bring to an end: points kept back, rewards held, vouchers used by PIN.

A tie is made with the command that may bind something (`KindRule.binds`), in the same transaction, and goes when that
command is refused, or when one that ends it is done. What is left at a start, and is neither in the sale that comes
back nor ended by a command that is not settled yet, is brought to an end then.

Like `rows`: every function runs inside one transaction on the database's thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apsw

from pos_app.domain.commands import Command, Spoilt, from_body
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import KINDS, KindRule
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.reading import by_id, unsettled


def ends(command: Command | Spoilt) -> tuple[str, ...]:
    """The references of the commands that this one brings to an end."""
    return getattr(command, "ends", ())


def bind(connection: apsw.Connection, ref: str) -> None:
    """Remember that the command of this reference may bind something."""
    assert_thread()
    connection.execute("INSERT OR IGNORE INTO ties (ref, entry_id) SELECT ref, id FROM outbox WHERE ref = ?", (ref,))


def keep(connection: apsw.Connection, entry: Entry, state: EntryState, rule: KindRule) -> None:
    """Let go of what came to nothing, and of what this entry has brought to an end."""
    if rule.binds and state is EntryState.REFUSED:
        forget(connection, [entry.id])
    if state is EntryState.DONE:
        connection.executemany("DELETE FROM ties WHERE ref = ?", [(ref,) for ref in ends(entry.command)])


def forget(connection: apsw.Connection, numbers: Iterable[int]) -> None:
    """Let go of what these entries would have bound: they came to nothing."""
    connection.executemany("DELETE FROM ties WHERE entry_id = ?", [(number,) for number in numbers])


def loose(connection: apsw.Connection) -> list[Entry]:
    """What is bound and ended by nothing that is under way or with a person, oldest first."""
    assert_thread()
    numbers: list[Any] = connection.execute("SELECT entry_id FROM ties ORDER BY entry_id LIMIT 1000").fetchall()
    found = [one for (number,) in numbers if (one := by_id(connection, number)) is not None]
    return [one for one in found if not one.is_spoilt and not any(map(_may_end(one.ref), _beside(connection, one)))]


def bound(connection: apsw.Connection, kind: str, identifier: str) -> bool:
    """Whether this till has, or may have, something of this kind bound for a customer."""
    assert_thread()
    query = (
        "SELECT 1 FROM ties JOIN outbox ON outbox.id = entry_id"
        " WHERE kind = ? AND iif(json_valid(body), json_extract(body, '$.identifier'), NULL) = ? LIMIT 1"
    )
    return connection.execute(query, (kind, identifier)).fetchone() is not None


def is_ending(connection: apsw.Connection) -> bool:
    """Whether something that is bound is still to be brought to an end, and no person has to do it."""
    assert_thread()
    query = "SELECT 1 FROM ties JOIN outbox ON outbox.id = entry_id WHERE state <> 'attention' LIMIT 1"
    return connection.execute(query).fetchone() is not None


def _beside(connection: apsw.Connection, entry: Entry) -> Iterator[Entry]:
    """What is not settled of the same customer and of the same voucher."""
    identifier = getattr(entry.command, "identifier", "")
    for lane in {f"customer:{identifier}", entry.command.lane}:
        yield from (one for one in unsettled(connection, lane) if one.id != entry.id)


def _may_end(ref: str) -> Callable[[Entry], bool]:
    return lambda one: one.is_spoilt or ref in ends(one.command)


def ties_now(connection: apsw.Connection) -> list[tuple[str, int]]:
    """The rows of the table of ties as they follow from the commands, after a damage. Shape: (reference, number)."""
    bound: dict[str, int] = {}
    query = "SELECT id, ref, kind, state, body FROM outbox ORDER BY id"
    for number, ref, kind, state, body in connection.execute(query):
        try:
            command = from_body(kind, json.loads(body))
        except (TypeError, ValueError):
            continue  # a person has it
        if state == "done":
            for one in ends(command):
                bound.pop(one, None)
        if KINDS[command.kind].binds and state != "refused":
            bound[ref] = number
    return list(bound.items())
