"""What can be read of a file that may be damaged: table by table, and where that fails row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
from msgspec import Struct

from pos_app.outbox.checksums import connect, connect_unverified

UNREADABLE = (apsw.CorruptError, apsw.NotADBError, apsw.IOError, apsw.SQLError, apsw.CantOpenError, UnicodeDecodeError)

BUSY_TIMEOUT_MS = 5000
"""How long another start may be looking at the file meanwhile."""
_UNKNOWN_TOP = 10_000
"""How many row numbers are tried in a table of which nobody knows how far it had come."""
_LARGEST_TOP = 5_000_000
"""A larger row number is itself a damaged one: a till that sells every minute for nine years does not reach it."""


class Table(Struct, frozen=True):
    """One table as this program makes it. `key` orders its rows; it is a row number when `is_numbered`."""

    name: str
    columns: tuple[str, ...]
    key: str
    is_numbered: bool


def tables(connection: apsw.Connection) -> list[Table]:
    """The tables that hold the till's data; what a file knows of itself is made anew."""
    found = []
    names = connection.execute(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite_%' AND name <> 'meta' ORDER BY name <> 'outbox', name"
    ).fetchall()
    for name, is_without_rowid in names:
        info = connection.execute("SELECT name, type, pk FROM pragma_table_info(?)", (name,)).fetchall()
        columns = tuple(str(row[0]) for row in info)
        keys = [str(row[0]) for row in info if row[2] and (is_without_rowid or row[1] == "INTEGER")]
        found.append(Table(str(name), columns, ", ".join(keys) or "rowid", not is_without_rowid))
    return found


class Source:
    """One file that rows are taken from.

    `is_verified`: a page with a wrong checksum cannot be read. `is_current`: nothing later than what it says was lost.
    `is_copy`: it was whole when it was made.   Thread: outbox.
    """

    def __init__(
        self, path: Path, *, is_verified: bool = True, is_current: bool = False, is_copy: bool = False
    ) -> None:
        self.is_verified = is_verified
        self.is_current = is_current
        self.is_copy = is_copy
        self.connection = connect(path, apsw.SQLITE_OPEN_READWRITE) if is_verified else connect_unverified(path)
        # Only read: its log is not folded in. A copy has none, and the empty one of this reading goes with it.
        self.connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(not is_copy))
        self.connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        self.connection.pragma("locking_mode", "EXCLUSIVE")

    def close(self) -> None:
        self.connection.close()

    def columns(self, table: Table) -> dict[str, str]:
        """Which columns of the table this file has, and what they are called in it; {} when it cannot tell.

        Where a page is damaged it may be the one with the names; the columns still stand in their order.
        """
        try:
            rows = self.connection.execute("SELECT name FROM pragma_table_info(?)", (table.name,)).fetchall()
        except UNREADABLE:
            return {}
        here = [str(row[0]) for row in rows]
        if not self.is_verified and len(here) == len(table.columns):
            return dict(zip(table.columns, here, strict=True))
        return {name: name for name in table.columns if name in here}

    def top(self, table: Table) -> int:
        """The highest row number that the table, its counter or its indexes tell of; 0 when none can."""
        if not table.is_numbered:
            return 0
        queries = [f"SELECT max(rowid) FROM {table.name} NOT INDEXED"]  # noqa: S608 - names of our own schema
        if self.is_verified:
            queries.append(f"SELECT seq FROM sqlite_sequence WHERE name = '{table.name}'")  # noqa: S608
        for index in self._indexes(table):
            queries.append(f"SELECT max(rowid) FROM {table.name} INDEXED BY {index}")  # noqa: S608
        return max(map(self._number, queries))

    def _indexes(self, table: Table) -> list[str]:
        try:
            query = "SELECT name FROM pragma_index_list(?) WHERE NOT partial AND origin = 'c'"
            return [str(row[0]) for row in self.connection.execute(query, (table.name,))]
        except UNREADABLE:
            return []

    def _number(self, query: str) -> int:
        try:
            number = self.connection.execute(query).get
        except UNREADABLE:
            return 0
        return number if isinstance(number, int) and number <= _LARGEST_TOP else 0


def _quoted(name: str) -> str:
    """A column's name as SQL: it may come from a damaged page."""
    return '"' + name.replace('"', '""') + '"'


class Reading:
    """One pass through a table of a source, or only through the numbers that are wanted of it.

    `is_whole` afterwards tells whether all of it could be read.
    """

    def __init__(self, source: Source, table: Table, top: int, wanted: Sequence[int] | None = None) -> None:
        self.columns = source.columns(table)
        self.is_whole = False
        self._connection = source.connection
        self._table = table
        keys = ["rowid"] if table.is_numbered else table.key.split(", ")
        self._order = [_quoted(self.columns.get(name, name)) for name in keys]
        self._top = top or _UNKNOWN_TOP
        self._wanted = wanted

    def rows(self) -> Iterator[dict[str, Any]]:
        """What can be read: column to value, and `rowid` for a table with numbered rows."""
        if not self.columns:
            return
        if self._wanted is not None:
            self.is_whole = True
            yield from self._one_by_one(self._wanted)
            return
        last = 0
        try:
            for number, *values in self._connection.execute(f"{self._select()} ORDER BY {', '.join(self._order)}"):
                last = number if self._table.is_numbered else 0
                yield self._row(number, values)
            self.is_whole = True
        except UNREADABLE:
            pass
        if not self.is_whole:
            rest = range(last + 1, self._top + 1)
            yield from self._one_by_one(rest) if self._table.is_numbered else self._from_behind()

    def _select(self) -> str:
        number = "rowid" if self._table.is_numbered else "NULL"
        theirs = ", ".join(map(_quoted, self.columns.values()))
        return f"SELECT {number}, {theirs} FROM {self._table.name} NOT INDEXED"  # noqa: S608 - quoted

    def _row(self, number: Any, values: list[Any]) -> dict[str, Any]:
        row = dict(zip(self.columns, values, strict=True))
        return row if number is None else {"rowid": number, **row}

    def _one_by_one(self, numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
        query = f"{self._select()} WHERE rowid = ?"
        for wanted in numbers:
            try:
                found = self._connection.execute(query, (wanted,)).fetchone()
            except UNREADABLE:
                self.is_whole = False
                continue
            if found is not None:
                yield self._row(found[0], list(found[1:]))

    def _from_behind(self) -> Iterator[dict[str, Any]]:
        backwards = ", ".join(f"{name} DESC" for name in self._order)
        try:
            for number, *values in self._connection.execute(f"{self._select()} ORDER BY {backwards}"):
                yield self._row(number, values)
        except UNREADABLE:
            return
