"""Rows from one or more files into a new one: which of them are believed, and in which state an entry comes back.

What was true for a while only is not believed of an older state. The open sale may have been completed since: it comes
back only as one that was. A voucher that was held may have been used or given back since: the holds follow from the
commands that came back, as far as none is missing after them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import apsw

from pos_app.domain.commands import from_body
from pos_app.domain.kinds import KINDS, WhenOffline
from pos_app.outbox import loose
from pos_app.outbox.opensale import DRAFT, PARKED
from pos_app.outbox.rows import own_rank, rule_of
from pos_app.outbox.seals import line_text, link, seal
from pos_app.outbox.sources import UNREADABLE, Reading, Source, Table, tables
from pos_app.outbox.ties import ties_now
from pos_app.outbox.transitions import MOST_COUNTED
from pos_app.outbox.values import is_time, plain

APPEND_ONLY = ("outbox", "journal", "sales")
"""The tables whose rows are never deleted: a gap in their numbers is a lost row, and a backup may fill it."""

_JSON = {"facts": "value", "sales": "body"}  # the column that must be JSON for a row to be of use

_CLOCK_SLACK_MS = 86_400_000
_COUNTS = (("tries", 1), ("looks", 0), ("lost", 1))  # and what stands for one that cannot be

Row = dict[str, Any]


class Gathering:
    """Fills a new file; the first source that has a row wins. Thread: outbox."""

    def __init__(self, target: apsw.Connection, tops: dict[str, int], now_ms: int) -> None:
        self._target = target
        self._now_ms = now_ms
        self._tables = tables(target)
        self._tops = dict(tops)
        self._whole: set[str] = set()
        self._fresh: set[str] = set()
        self._certain: set[str] = set()
        self._has_looked_for_loose = False
        self.has_dropped_draft = False

    def take(self, source: Source, *, is_last_resort: bool) -> None:
        """Take what the new file does not have yet."""
        for table in self._tables:
            if source.is_verified or table.name not in self._tops:
                top = source.top(table)
                self._tops[table.name] = max(self._tops.get(table.name, 0), top)
                if top and source.is_verified and not source.is_copy:
                    self._certain.add(table.name)
        for table in self._tables:
            proves_itself = table.name in ("outbox", "journal")
            if table.name not in self._whole and (source.is_verified or is_last_resort or proves_itself):
                self._take_table(source, table, is_last_resort=is_last_resort)

    def _take_table(self, source: Source, table: Table, *, is_last_resort: bool) -> None:
        top, gaps = self._tops.get(table.name, 0), None
        if table.name in APPEND_ONLY and self._count(table.name):
            gaps = self._gaps(table, top)
        reading = Reading(source, table, top, gaps)
        for row in reading.rows():
            believed = self._believed(source, table, row, is_last_resort=is_last_resort)
            if believed is not None:
                self._insert(table, believed)
        if reading.is_whole and source.is_verified and (source.is_current or source.is_copy):
            # Another source could only add what was deleted since, or what an older copy has too.
            self._whole.add(table.name)
            if source.is_current:
                self._fresh.add(table.name)
                self._certain.add(table.name)

    def take_loose(self, path: Path) -> None:
        """Take what is missing of the entries and the sales from pages that no tree leads to any more, once."""
        wanted = {table.name: table for table in self._tables if table.name in ("outbox", "sales")}
        is_whole = all(self._tops.get(name) and not self._gaps(wanted[name], self._tops[name]) for name in wanted)
        if self._has_looked_for_loose or is_whole or not path.exists():
            return
        self._has_looked_for_loose = True
        for name, found in loose.rows(path, {name: table.columns for name, table in wanted.items()}).items():
            self._tops[name] = max(self._tops.get(name, 0), *found, 0)
            for number in self._gaps(wanted[name], self._tops[name]):
                if number in found:
                    row = found[number]
                    if name == "outbox":
                        self._make_possible(row)
                        row = _looked_up_first(row)
                    self._insert(wanted[name], row)

    def _gaps(self, table: Table, top: int) -> list[int]:
        """The numbers that the new file does not have; a later source is asked for these only."""
        query = f"SELECT {table.key} FROM {table.name}"  # noqa: S608 - names of our own
        there = {row[0] for row in self._target.execute(query)}
        return [number for number in range(1, top + 1) if number not in there]

    def _insert(self, table: Table, row: Row) -> None:
        if table.key != "rowid":
            row.pop("rowid", None)
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        try:
            self._target.execute(
                f"INSERT OR IGNORE INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 - names of our own
                tuple(row.values()),
            )
        except (apsw.ConstraintError, UnicodeEncodeError):
            return  # a damaged value that its column does not take

    # ---------------------------------------------------------------- what is believed

    def _believed(self, source: Source, table: Table, row: Row, *, is_last_resort: bool) -> Row | None:
        try:
            match table.name:
                case "outbox":
                    if not source.is_verified:
                        self._make_possible(row)
                    return _entry(source, row, is_last_resort=is_last_resort)
                case "journal":
                    return row if is_last_resort and "digest" in row else self._line(source, row)
                case "facts" if row["key"] in (DRAFT, PARKED) and not (source.is_verified and source.is_current):
                    return self._draft(row)
                case "facts" | "sales" if not source.is_verified:
                    json.loads(row[_JSON[table.name]])
            return row
        except (KeyError, TypeError, ValueError):
            return None

    def _make_possible(self, row: Row) -> None:
        """Mend what no seal covers in an entry of a page that is damaged somewhere.

        What follows from the command is taken from there; a time or a count that cannot be is replaced, so that the
        row says rather that an answer was lost than that none was.
        """
        latest_ms = self._now_ms + _CLOCK_SLACK_MS
        if not (is_time(row["made_at"]) and row["made_at"] <= latest_ms):
            query = "SELECT made_at FROM outbox WHERE id < ? ORDER BY id DESC LIMIT 1"
            before = self._target.execute(query, (row["id"],)).get
            row["made_at"] = self._now_ms if before is None else before
        for name in ("sent_at", "lost_at", "settled_at"):
            if not (is_time(row[name]) and row[name] <= latest_ms):
                row[name] = self._now_ms if name == "lost_at" and row[name] is not None else None
        row["due_at"] = None  # `settle` seats the lanes afresh, and a start makes due what is looked up
        for name, instead in _COUNTS:
            if not isinstance(row[name], int) or not 0 <= row[name] <= MOST_COUNTED:
                row[name] = instead
        for name, empty in (("problem", ""), ("said", ""), ("answer", "{}")):
            if not isinstance(row[name], str):
                row[name] = empty
        kind = str(row["kind"])
        rule = rule_of(KINDS, kind)
        row.update(rank=own_rank(rule), presses=int(rule is not None and rule.when_offline is WhenOffline.REFUSE))
        try:
            command = from_body(kind, json.loads(row["body"]))
        except (TypeError, ValueError):
            return  # its seal will not fit either, or it is of a later program
        row.update(lane=plain(command.lane, 1000), sale=getattr(command, "sale", "") or row["ref"])

    def _line(self, source: Source, row: Row) -> Row | None:
        words = line_text(row["person"], row["what"], row["ref"], row["facts"])
        if "digest" not in row:  # of an older version: chained now
            query = "SELECT digest FROM journal WHERE id < ? ORDER BY id DESC LIMIT 1"
            before = self._target.execute(query, (row["id"],)).get or ""
            return {**row, "digest": link(before, row["id"], row["at"], words)}
        if source.is_verified:
            return row
        try:
            before = source.connection.execute("SELECT digest FROM journal WHERE id = ?", (row["id"] - 1,)).get or ""
        except UNREADABLE:
            return None
        return row if row["digest"] == link(before, row["id"], row["at"], words) else None

    def _draft(self, row: Row) -> Row | None:
        """An open sale that may be an older one, or a spoilt one: it comes back only as one that is over."""
        draft = json.loads(row["value"])
        if draft and row["key"] == PARKED:
            self.has_dropped_draft = True
            return None
        if draft and not (isinstance(draft, dict) and draft.get("ref") and draft.get("stored")):
            self.has_dropped_draft = True
            return None
        return {**row, "value": json.dumps({**draft, "told": True})} if draft else row

    # ---------------------------------------------------------------- what came of it

    def came_back(self) -> int:
        """How many rows the new file has."""
        return sum(self._count(table.name) for table in self._tables)

    def missing(self) -> int:
        """How many rows are known to have been there and are not."""
        return sum(max(0, self._tops.get(name, 0) - self._count(name)) for name in APPEND_ONLY)

    def is_uncertain(self) -> bool:
        """Whether nothing of the damaged file itself tells how far a table had come."""
        return any(name not in self._certain for name in APPEND_ONLY)

    def _count(self, name: str) -> int:
        count = self._target.execute(f"SELECT count(*) FROM {name}").get  # noqa: S608 - names of our own
        return int(count)

    def settle(self, *, is_uncertain: bool) -> None:
        """Make the new file one that works: no number is given twice, and each lane has its first entry due.

        `is_uncertain`: nobody knows which commands were the newest.
        """
        if "holds" not in self._fresh:
            gaps = self._gaps(next(one for one in self._tables if one.name == "outbox"), self._tops.get("outbox", 0))
            held = [] if is_uncertain else [one for one in holds_now(self._target) if one[0] > max(gaps, default=0)]
            self._target.execute("DELETE FROM holds")
            self._target.executemany(
                "INSERT INTO holds (entry_id, voucher_id, identifier, sale, since) VALUES (?, ?, ?, ?, ?)", held
            )
        if "ties" not in self._fresh:
            gaps = self._gaps(next(one for one in self._tables if one.name == "outbox"), self._tops.get("outbox", 0))
            bound = [] if is_uncertain else [one for one in ties_now(self._target) if one[1] > max(gaps, default=0)]
            self._target.execute("DELETE FROM ties")
            self._target.executemany("INSERT INTO ties (ref, entry_id) VALUES (?, ?)", bound)
        for name in ("outbox", "journal"):
            newest = self._target.execute(f"SELECT ifnull(max(id), 0) FROM {name}").get  # noqa: S608 - our own names
            self._target.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            # The tops may be damaged as well: a number that is there is never given again.
            top = max(int(newest), self._tops.get(name, 0))
            self._target.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, top))
        self._target.execute(
            "UPDATE outbox SET due_at = made_at WHERE state = 'waiting' AND due_at IS NULL"
            " AND id = (SELECT min(id) FROM outbox o WHERE o.lane = outbox.lane AND o.state = 'waiting')"
            " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lane = outbox.lane AND o.state IN ('sending', 'checking'))"
        )


def _entry(source: Source, row: Row, *, is_last_resort: bool) -> Row | None:
    """An outbox row as it may come back; None when it cannot be believed yet."""
    own = seal(row["ref"], row["kind"], row["body"], row["amount_minor"])
    is_broken = row.setdefault("seal", own) != own
    if is_broken and not source.is_verified:
        return _for_a_person(row) if is_last_resort else None
    return row if source.is_current else _looked_up_first(row)


def _looked_up_first(row: Row) -> Row:
    """A row of an older state: it may have been sent since. The start that follows makes it due."""
    if row["state"] in ("waiting", "sending"):
        row.update(state="checking", problem="SALE-02", due_at=None, lost=max(1, row["lost"]))
    return row


def _for_a_person(row: Row) -> Row:
    """A row whose seal does not fit, kept so that somebody can compare it with the slip; the claims never touch it."""
    if row["state"] not in ("done", "refused"):
        row.update(state="attention", problem="DISK-06", due_at=None)
    return row


def holds_now(connection: apsw.Connection) -> list[tuple[int, int, str, str, int]]:
    """The rows of the table of holds, as they follow from the commands and from what was forgotten by hand of Perx."""
    held: dict[int, tuple[int, int, str, str, int]] = {}
    kinds = [kind for kind, rule in KINDS.items() if rule.takes or rule.frees]
    query = "SELECT id, kind, state, body, sale, made_at FROM outbox WHERE kind IN (SELECT value FROM json_each(?))"
    for number, kind, state, body, sale, made_at in connection.execute(f"{query} ORDER BY id", (json.dumps(kinds),)):
        try:
            command = from_body(kind, json.loads(body))
        except (TypeError, ValueError):
            continue  # a person has it
        rule = KINDS[command.kind]
        if rule.frees and state == "done":
            held = {entry: row for entry, row in held.items() if row[1] not in command.vouchers}
        if rule.takes and state != "refused":
            identifier = str(getattr(command, "identifier", ""))
            held[number] = (number, command.vouchers[0], identifier, sale, made_at)
    query = (
        "SELECT ref, json_extract(facts, '$.voucher_id') FROM journal WHERE what = ? AND iif(json_valid(facts), 1, 0)"
    )
    for sale, voucher_id in connection.execute(query, ("hold forgotten",)).fetchall():
        held = {entry: row for entry, row in held.items() if (row[1], row[3]) != (voucher_id, sale)}
    return list(held.values())
