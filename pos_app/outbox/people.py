"""The people of this till, how they sign on and approve: hashed PINs, badges, and a wait that grows with wrong PINs.

A PIN has ten thousand possibilities, so its hash alone would protect nothing: it is keyed with a pepper that lives in
the machine's vault and not in this file, then hashed with argon2id. A badge is a long secret; its HMAC is enough.

The wait after wrong PINs is durable as the count that it follows from, and only time that this run has seen itself
counts: neither a changed clock nor a restart shortens it.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import apsw
from msgspec import Struct

from pos_app.domain.people import MAX_NAME, MIN_BADGE, Denied, Person, Role, is_pin, is_weak, wait_after
from pos_app.domain.records import Discreet
from pos_app.outbox.database import Database, assert_thread
from pos_app.outbox.journal import Line, write_line
from pos_app.outbox.values import plain, to_ms

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@cache
def _hasher() -> PasswordHasher:
    """What PINs are hashed by; made when the first one is typed.

    19 MiB in three passes; OWASP's least for argon2id is two. One lane: a till has few cores, and they are busy.
    """
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)


_ROW = "SELECT name, role, badge IS NOT NULL, pin, pepper, wrong FROM people"


class PeopleError(Exception):
    """Somebody could not be added or removed; `problem` is the support code."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class _Known(Discreet, frozen=True):
    """One row; `pin` and `pepper` are hashes."""

    HIDDEN = ("pin", "pepper")
    person: Person
    pin: str
    pepper: str
    wrong: int


class Wait(Struct, frozen=True):
    """A wait that a program sits out with the data closed. `wrong`: the count that it follows from.

    Units: `since_s` seconds of the monotonic clock.
    """

    name: str
    wrong: int
    since_s: float


class People:
    """Who works here, and whether an approval is good. `pepper` empty: PINs cannot be checked or made here.

    `on_change` is called after somebody was added, removed, or given a badge, by this object.
    Errors: StorageError from everything.   Thread: main; hashing is done on the database's thread.
    """

    def __init__(
        self,
        db: Database,
        pepper: bytes,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._db = db
        self._on_change = on_change
        self._pepper = pepper
        self._monotonic = monotonic
        self._wall = wall
        self._opened_s = monotonic()
        self._wrong_at_s: dict[str, float] = {}

    def __repr__(self) -> str:
        return "People(...)"

    async def everyone(self) -> list[Person]:
        """All people by name."""
        return await self._db.call(_everyone)

    async def add(self, name: str, role: Role, pin: str, badge: str = "") -> Person:
        """Make somebody known; journalled.

        Errors: PeopleError (PIN-05 no pepper, PIN-06 weak PIN, PIN-12 no PIN, PIN-07 known already, PIN-09 no name or
        a short badge).
        """
        name = " ".join(plain(name, 1000).split())
        if not self._pepper:
            raise PeopleError("PIN-05")
        if not 0 < len(name) <= MAX_NAME or not name.isprintable() or (badge and len(badge) < MIN_BADGE):
            raise PeopleError("PIN-09")
        if not is_pin(pin):
            raise PeopleError("PIN-12")
        if is_weak(pin):
            raise PeopleError("PIN-06")
        keyed, badge_mark = self._keyed("pin", pin), self._keyed("badge", badge) if badge else None
        person = Person(name, role, bool(badge))
        await self._db.call(_add, person, (keyed, badge_mark, self._mark), to_ms(self._wall()))
        self._wrong_at_s.pop(name.casefold(), None)
        self._on_change()
        return person

    async def expect(self, rows: Sequence[tuple[str, str, str, str]]) -> None:
        """Make sure that the practice shop's people are there: (name, role, PIN, badge)."""
        known = {one.name for one in await self.everyone()}
        for name, role, pin, badge in rows:
            if name not in known:
                await self.add(name, Role(role), pin, badge)

    async def remove(self, name: str) -> None:
        """Make somebody unknown; what they did stays in the journal. Errors: PeopleError (PIN-08)."""
        await self._db.call(_remove, name.strip(), to_ms(self._wall()))
        self._on_change()

    async def give_badge(self, name: str, badge: str) -> Person:
        """Give somebody a badge, or another one; "" takes it away. The PIN stays; journalled.

        Errors: PeopleError (PIN-05 no pepper, PIN-07 another's badge, PIN-08 nobody, PIN-09 short badge).
        """
        if badge and not self._pepper:
            raise PeopleError("PIN-05")
        if badge and len(badge) < MIN_BADGE:
            raise PeopleError("PIN-09")
        mark = self._keyed("badge", badge) if badge else None
        person = await self._db.call(_give_badge, name.strip(), mark, to_ms(self._wall()))
        self._on_change()
        return person

    async def wait_of(self, name: str) -> Wait | None:
        """The wait of this person as this run sees it, to be gone on with once the data is opened again."""
        found = await self._db.call(_find, name)
        if found is None:
            return None
        self._left_s(found)
        return Wait(name, found.wrong, self._wrong_at_s[found.person.name.casefold()])

    async def go_on(self, wait: Wait) -> None:
        """Count the time that this program sat out before it opened the data.

        When somebody typed a wrong PIN meanwhile it counts for nothing: else many programs that wait side by side
        would have a try each.
        """
        found = await self._db.call(_find, wait.name)
        if found is not None and found.wrong == wait.wrong:
            self._wrong_at_s[found.person.name.casefold()] = wait.since_s

    async def known(self, name: str, pin: str) -> Person | Denied:
        """Whether this is the PIN of somebody who works here. A wrong one counts before it is looked at."""
        found = await self._db.call(_find, name)
        return await self._looked_at(found, pin) if found is not None else Denied("PIN-01")

    async def approve(self, name: str, pin: str) -> Person | Denied:
        """Whether this is the PIN of somebody who may approve. A wrong one counts before it is looked at."""
        found = await self._db.call(_find, name)
        if found is None or not found.person.role.may_approve:
            return Denied("PIN-11")
        return await self._looked_at(found, pin)

    async def _looked_at(self, found: _Known, pin: str) -> Person | Denied:
        if not self._pepper or found.pepper != self._mark:
            return Denied("PIN-05")
        left_s = self._left_s(found)
        if left_s > 0:
            return Denied("PIN-02", math.ceil(left_s))
        if not is_pin(pin):
            return Denied("PIN-01")
        key = found.person.name.casefold()
        self._wrong_at_s[key] = self._monotonic()
        wrong = await self._db.call(_count, found.person.name)  # durable first: a kill must not make a try free
        if await self._db.call(_verify, found, self._keyed("pin", pin)):
            self._wrong_at_s.pop(key, None)
            return found.person
        await self._db.call(_note_wrong, found.person.name, wrong, to_ms(self._wall()))
        self._wrong_at_s[key] = self._monotonic()
        wait_s = wait_after(wrong)
        return Denied("PIN-02", wait_s, was_wrong=True) if wait_s else Denied("PIN-01", was_wrong=True)

    async def known_badge(self, code: str) -> Person | Denied:
        """Whether this badge is that of somebody who works here."""
        if not self._pepper:
            return Denied("PIN-05")
        return await self._db.call(_by_badge, self._keyed("badge", code)) or Denied("PIN-14")

    async def approve_badge(self, code: str) -> Person | Denied:
        """Whether this badge is that of somebody who may approve."""
        person = await self.known_badge(code)
        if isinstance(person, Denied):
            return Denied("PIN-03") if person.problem == "PIN-14" else person
        return person if person.role.may_approve else Denied("PIN-03")

    def _left_s(self, known: _Known) -> float:
        """How much of the wait is left. What an earlier run saw of it does not count."""
        since_s = self._wrong_at_s.setdefault(known.person.name.casefold(), self._opened_s)
        return wait_after(known.wrong) - (self._monotonic() - since_s)

    def _keyed(self, what: str, text: str) -> str:
        return hmac.new(self._pepper, f"{what}:{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    @property
    def _mark(self) -> str:
        """Tells one pepper from another without telling it."""
        return self._keyed("which", "pepper")[:16]


def _known(row: Sequence[object]) -> _Known:
    name, role, has_badge, pin, pepper, wrong = row
    return _Known(Person(str(name), Role(str(role)), bool(has_badge)), str(pin), str(pepper), int(str(wrong)))


def _everyone(connection: apsw.Connection) -> list[Person]:
    assert_thread()
    return [_known(row).person for row in connection.execute(f"{_ROW} ORDER BY name LIMIT 1000")]


def _find(connection: apsw.Connection, name: str) -> _Known | None:
    assert_thread()
    row = connection.execute(f"{_ROW} WHERE name = ?", (plain(name, MAX_NAME),)).fetchone()
    return None if row is None else _known(row)


def _by_badge(connection: apsw.Connection, mark: str) -> Person | None:
    assert_thread()
    row = connection.execute(f"{_ROW} WHERE badge = ?", (mark,)).fetchone()
    return None if row is None else _known(row).person


def _add(connection: apsw.Connection, person: Person, marks: tuple[str, str | None, str], now_ms: int) -> None:
    """`marks`: the keyed PIN, the badge's mark or None, the pepper's mark."""
    assert_thread()
    keyed, badge, pepper = marks
    try:
        connection.execute(
            "INSERT INTO people (name, role, pin, badge, pepper) VALUES (?, ?, ?, ?, ?)",
            (person.name, person.role.value, _hasher().hash(keyed), badge, pepper),
        )
    except apsw.ConstraintError as exc:
        raise PeopleError("PIN-07") from exc
    facts = {"role": person.role.value, "badge": person.has_badge}
    write_line(connection, now_ms, Line(person.name, "person added", "", facts))


def _remove(connection: apsw.Connection, name: str, now_ms: int) -> None:
    assert_thread()
    gone = connection.execute("DELETE FROM people WHERE name = ? RETURNING name", (name,)).fetchall()
    if not gone:
        raise PeopleError("PIN-08")
    write_line(connection, now_ms, Line(str(gone[0][0]), "person removed"))


def _give_badge(connection: apsw.Connection, name: str, mark: str | None, now_ms: int) -> Person:
    assert_thread()
    try:
        given = connection.execute("UPDATE people SET badge = ? WHERE name = ? RETURNING name", (mark, name)).fetchall()
    except apsw.ConstraintError as exc:
        raise PeopleError("PIN-07") from exc
    known = _find(connection, str(given[0][0])) if given else None
    if known is None:
        raise PeopleError("PIN-08")
    write_line(connection, now_ms, Line(known.person.name, "badge given" if mark else "badge taken away"))
    return known.person


def _count(connection: apsw.Connection, name: str) -> int:
    assert_thread()
    return int(connection.execute("UPDATE people SET wrong = wrong + 1 WHERE name = ? RETURNING wrong", (name,)).get)


def _verify(connection: apsw.Connection, known: _Known, keyed: str) -> bool:
    """Look at the PIN; a right one ends the count. Hashes of an older program's strength are made again."""
    assert_thread()
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(known.pin, keyed)
    except (VerificationError, InvalidHashError):  # the second: no hash of ours, somebody wrote into the file
        return False
    fresh = _hasher().hash(keyed) if _hasher().check_needs_rehash(known.pin) else known.pin
    connection.execute("UPDATE people SET wrong = 0, pin = ? WHERE name = ?", (fresh, known.person.name))
    return True


def _note_wrong(connection: apsw.Connection, name: str, wrong: int, now_ms: int) -> None:
    assert_thread()
    write_line(connection, now_ms, Line(name, "wrong PIN", "", {"in a row": wrong}))
