"""The journal's lines, each with the digest of the one before: written here, and walked to prove them.

A line that was changed, removed, put in or moved breaks the chain at its place. A tail that was cut off is noticed
by what is kept elsewhere: the number of the last line in the file's own counter, the head in `meta`, the heads beside
the file (as of the last good end or backup), and the head in the name of each daily backup. The latter also notice a
journal that was written anew with digests of its own. Not noticed: lines cut off *and* forged in every one of these
places, and lines since the last good end whose every trace in the file itself was taken back with them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import apsw
from msgspec import Struct, field

from pos_app.outbox import copies, meta
from pos_app.outbox.checksums import connect
from pos_app.outbox.disk import assert_thread, is_damage
from pos_app.outbox.schema import SEALED_FROM
from pos_app.outbox.seals import line_text, link
from pos_app.outbox.values import plain, to_json

log = logging.getLogger(__name__)

MAX_FACTS_CHARS = 8_192


class Line(Struct, frozen=True):
    """What is to be written in the journal: who did what, to which reference, with which plain JSON facts."""

    person: str
    what: str
    ref: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def write_line(connection: apsw.Connection, at_ms: int, line: Line) -> None:
    """Add a line within the transaction of what it tells of. Errors: ValueError for facts that are no JSON."""
    assert_thread()
    facts = to_json(dict(line.facts), MAX_FACTS_CHARS)
    words = (plain(line.person, 200), plain(line.what, 200), plain(line.ref, 100), facts)
    before = connection.execute("SELECT digest FROM journal ORDER BY id DESC LIMIT 1").get or ""
    number = 1 + (connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").get or 0)
    digest = link(before, number, at_ms, line_text(*words))
    connection.execute(
        "INSERT INTO journal (id, at, person, what, ref, facts, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, at_ms, *words, digest),
    )
    meta.write(connection, "journal_head", f"{number} {digest}")


class Verdict(Struct, frozen=True):
    """What a walk along the chain found. `breaks`: (number of the line, what is wrong there), the first ones."""

    lines: int
    breaks: tuple[tuple[int, str], ...] = ()

    @property
    def is_sound(self) -> bool:
        return not self.breaks


class CannotVerifyError(Exception):
    """The journal could not be read at all; a sentence for a person."""


def verify(path: Path, most_breaks: int = 20) -> Verdict:
    """Walk the journal of a data file that no till has open; the file is only read. Errors: CannotVerifyError."""
    if not path.exists():
        raise CannotVerifyError(f"There is no data file {path}.")
    try:
        connection = connect(path, apsw.SQLITE_OPEN_READONLY)
        try:
            return _verdict(connection, path, most_breaks)
        finally:
            connection.close()
    except apsw.BusyError as exc:
        raise CannotVerifyError(
            "The till is running and has its data file. Close the till, then verify again."
        ) from exc
    except apsw.Error as exc:
        code = "DISK-03" if is_damage(exc) else "DISK-02"
        raise CannotVerifyError(f"The data file cannot be read ({exc}). [{code}]") from exc


def _verdict(connection: apsw.Connection, path: Path, most_breaks: int) -> Verdict:
    if connection.pragma("user_version") < SEALED_FROM:
        raise CannotVerifyError("The data file is of an older version; the till chains its journal at the next start.")
    breaks: list[tuple[int, str]] = []
    marks = list(_marks(connection, path))
    lines = 0
    for number, digest, trouble in _walk(connection):
        lines += 1
        told = trouble or _contradiction(number, digest, marks)
        if told and len(breaks) < most_breaks:
            breaks.append((number, told))
    breaks += list(_cut_off(connection, marks))[: most_breaks - len(breaks)]
    return Verdict(lines, tuple(breaks))


def _walk(connection: apsw.Connection) -> Iterator[tuple[int, str, str]]:
    """Every line: its number, its digest, and what is wrong with it."""
    before, expected = "", 1
    query = "SELECT id, at, person, what, ref, facts, digest FROM journal ORDER BY id"
    for number, at_ms, *words, digest in connection.execute(query):
        trouble = ""
        if number != expected:
            gap = str(expected) if number == expected + 1 else f"{expected} to {number - 1}"
            trouble = f"missing before it: {gap}"
        elif digest != link(before, number, at_ms, line_text(*words)):
            trouble = "changed, moved or put in"
        yield number, digest, trouble
        before, expected = digest, number + 1


def _marks(connection: apsw.Connection, path: Path) -> Iterator[tuple[int, str, str]]:
    """What else knows of a line: its number, its digest ("" when that is not known), and who says so."""
    known = meta.heads(connection)
    yield known.journal, known.digest, "the file's own head"
    yield connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").get or 0, "", "its counter"
    beside = meta.kept_heads(path)
    yield beside.journal, beside.digest, "the heads beside it"
    for copy in copies.newest_first(path):
        yield *copies.journal_head(copy), f"the backup of {copies.day(copy)}"


def _contradiction(number: int, digest: str, marks: Iterable[tuple[int, str, str]]) -> str:
    for marked, marked_digest, who in marks:
        if marked == number and marked_digest and marked_digest != digest:
            return f"not the line that {who} knows"
    return ""


def _cut_off(connection: apsw.Connection, marks: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, str]]:
    last = connection.execute("SELECT ifnull(max(id), 0) FROM journal").get
    furthest = max(marks, key=lambda mark: mark[0], default=(0, "", ""))
    if furthest[0] > last:
        yield last + 1, f"cut off: {furthest[2]} knows of {furthest[0]} lines"
