"""Entries read from their rows: every function runs inside one transaction on the database's thread.

A row whose content cannot be read is an entry, too (`Spoilt`): it must neither hide the others nor be hidden itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import apsw

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command, Kind, Spoilt, from_body
from pos_app.domain.entries import Entry, EntryState, Hold
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.seals import seal
from pos_app.outbox.transitions import ASKED_FOR
from pos_app.outbox.values import from_ms, is_time, plain

# Texts as bytes: a row with one that is no UTF-8 must not hide the other rows of its page.
_TEXTS = ("ref", "kind", "body", "state", "problem", "said", "answer", "lane", "seal")
NAMES = (
    "id ref kind body state made_at sent_at due_at settled_at tries looks problem said answer lost lost_at lane "
    "amount_minor seal"
)
COLUMNS = ", ".join(f"CAST({name} AS BLOB)" if name in _TEXTS else name for name in NAMES.split(" "))

_CANNOT_BE_READ = (ValueError, OverflowError, OSError, RecursionError)  # texts, times, numbers, nesting
_SOME_TIME = datetime.fromtimestamp(0, UTC)


def from_row(row: Sequence[Any]) -> Entry:
    """The entry of a row. One that cannot be read, or is not as it was put in, has a `Spoilt` command."""
    command = _command(row)
    due, sent, settled = (_at(ms) for ms in (row[7], row[6], row[8]))
    return Entry(
        id=row[0],
        command=command,
        state=_state(row),
        made_at=_at(row[5]) or _SOME_TIME,
        sent_at=sent,
        due_at=due,
        settled_at=settled,
        tries=row[9],
        looks=row[10],
        problem=_words(row[11]),
        said=_words(row[12]),
        answer=_answer(row),
        was_lost=row[14] not in (0, ASKED_FOR),
    )


def is_sealed(row: Sequence[Any]) -> bool:
    """Whether what a row says is to be sent is what was put in."""
    try:
        ref, kind, body, sealed = (bytes(row[n]).decode() for n in (1, 2, 3, 18))
    except UnicodeDecodeError:
        return False
    return sealed == seal(ref, kind, body, row[17])


def _command(row: Sequence[Any]) -> Command | Spoilt:
    try:
        body = json.loads(row[3])
        command = from_body(row[2].decode(), body) if is_sealed(row) and isinstance(body, dict) else None
        if command is not None and row[16].decode() == plain(command.lane, 1000):
            return command
    except _CANNOT_BE_READ:
        pass
    name = _words(row[2])
    kind = Kind(name) if name in set(Kind) else None
    return Spoilt(ref=_ref(row), kind=kind, kind_name=name, lane=_words(row[16]), amount_minor=row[17])


def _ref(row: Sequence[Any]) -> Ref:
    """The reference; of one that is no text the number of its row, so that a person can name it all the same."""
    try:
        return Ref(row[1].decode())
    except UnicodeDecodeError:
        return Ref(f"#{row[0]}")


def _state(row: Sequence[Any]) -> EntryState:
    state = _words(row[4])
    return EntryState(state) if state in set(EntryState) else EntryState.ATTENTION


def _answer(row: Sequence[Any]) -> dict[str, Any]:
    try:
        answer = json.loads(row[13])
    except _CANNOT_BE_READ:
        return {}
    return answer if isinstance(answer, dict) else {}


def _at(ms: int | None) -> datetime | None:
    return from_ms(ms) if ms is not None and is_time(ms) else None


def _words(text: bytes) -> str:
    return text.decode(errors="replace")


def by_ref(connection: apsw.Connection, ref: str) -> Entry | None:
    """The entry of a reference, or None. `#` and a number names the row whose own reference is no text."""
    assert_thread()
    number = ref.removeprefix("#")
    if number != ref and number.isascii() and number.isdigit() and len(number) < 19:
        found = by_id(connection, int(number))
        return found if found is not None and found.ref == ref else None
    row = connection.execute(f"SELECT {COLUMNS} FROM outbox WHERE ref = ?", (plain(ref, 1000),)).fetchone()  # noqa: S608
    return None if row is None else from_row(row)


def by_id(connection: apsw.Connection, entry_id: int) -> Entry | None:
    """The entry with this number, or None."""
    assert_thread()
    row = connection.execute(f"SELECT {COLUMNS} FROM outbox WHERE id = ?", (entry_id,)).fetchone()  # noqa: S608
    return None if row is None else from_row(row)


def lane_of(connection: apsw.Connection, entry_id: int) -> str | None:
    """The lane of an entry; None when it is no text: then nothing else can be of that lane."""
    try:
        lane: str = connection.execute("SELECT lane FROM outbox WHERE id = ?", (entry_id,)).get
    except UnicodeDecodeError:
        return None
    return lane


def page(connection: apsw.Connection, states: Sequence[EntryState], limit: int, after: int | None) -> list[Entry]:
    """One page of entries, newest first; each state is one seek, so a long history costs nothing."""
    assert_thread()
    found: list[Sequence[Any]] = []
    for state in states:
        found += connection.execute(
            f"SELECT {COLUMNS} FROM outbox WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?",  # noqa: S608
            (state.value, after or 2**62, limit),
        )
    return [from_row(row) for row in sorted(found, key=lambda row: -row[0])[:limit]]


def of_sale(connection: apsw.Connection, sale: Ref) -> list[Entry]:
    """All entries of one sale, oldest first."""
    assert_thread()
    query = f"SELECT {COLUMNS} FROM outbox WHERE sale = ? ORDER BY id LIMIT 1000"  # noqa: S608
    return [from_row(row) for row in connection.execute(query, (sale,))]


def unsettled(connection: apsw.Connection, lane: str) -> list[Entry]:
    """What is not done or refused yet of one lane, oldest first."""
    assert_thread()
    query = (
        f"SELECT {COLUMNS} FROM outbox WHERE lane = ? AND state IN ('waiting', 'sending', 'checking', 'attention')"  # noqa: S608
        " ORDER BY id LIMIT 1000"
    )
    return [from_row(row) for row in connection.execute(query, (plain(lane, 1000),))]


def uses(connection: apsw.Connection, lanes: Sequence[str]) -> list[Entry]:
    """What uses vouchers in these lanes and was not refused, settled or not, oldest first."""
    assert_thread()
    query = (
        f"SELECT {COLUMNS} FROM outbox WHERE lane IN (SELECT value FROM json_each(?))"  # noqa: S608
        " AND kind IN ('redeem_voucher', 'redeem_pin', 'checkout') AND state <> 'refused' ORDER BY id"
    )
    found = connection.execute(query, (json.dumps([plain(lane, 1000) for lane in lanes]),))
    return [from_row(row) for row in found]


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
