"""The queue as the model sees it: rows of plain values, changed by the product's own rules and SQL."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import apsw

from pos_app.domain.commands import (
    CannotTell,
    Command,
    Done,
    Finding,
    Found,
    Kind,
    NoAnswer,
    NotFound,
    NotSent,
    Outcome,
    Refused,
)
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import KindRule
from pos_app.outbox import claims, freeing, rows
from pos_app.outbox.opening import make_schema
from pos_app.outbox.transitions import Change, Pace, Work, after_look, after_send

SETTLE = 3
AGE_CAP = SETTLE + 1
TICK_MS = 20_000
QUIET_MS = SETTLE * TICK_MS
NOW_MS = 10_000_000_000
NOW = rows.Clocks(NOW_MS, NOW_MS)
FAR = 10
EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
EVERYTHING = claims.Wanted(places=8, places_for_people=8)
SEND_ANSWERS: dict[str, Outcome] = {
    "done": Done(),
    "refused": Refused("PX-010"),
    "not sent": NotSent("NET-01"),
    "no answer": NoAnswer("NET-02"),
}
LOOK_ANSWERS: dict[str, Finding] = {
    "found": Found(),
    "not found": NotFound(),
    "cannot tell": CannotTell("NET-01"),
    "cannot tell, for longer than its kind's patience": CannotTell("NET-07"),
    "a person must": CannotTell("SALE-02", person=True),
}
BLIND = "cannot tell, for longer than its kind's patience"


class _NoJitter(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return a


PACE = Pace(settle_after_s=QUIET_MS / 1000, look_after_s=(20, 40, 60), rng=_NoJitter())


class Row(NamedTuple):
    """One entry in the file. Units: `due`, `age` (since its answer was given up) in ticks."""

    state: str
    rank: int
    due: int | None
    age: int | None
    tries: int
    looks: int
    lost: int
    held: bool


class Task(NamedTuple):
    """What the running till does for one entry.

    Units: `waited` (from the loss of its answer to the claim), `age` (from that loss), `since` (its answer) in ticks.
    """

    entry: int
    state: str
    tries: int
    looks: int
    lost: int
    waited: int
    age: int
    step: str = "taken"
    answer: str = ""
    since: int = 0


Rows = tuple[Row, ...]


@dataclass(frozen=True)
class Assumptions:
    """What is believed of the world, and the rules in use; a test breaks one and expects the checker to notice."""

    takes_effect_within: int = SETTLE
    shows_within: int = SETTLE
    refuses: bool = True
    after_look: Callable[..., Change] = after_look
    recover: Callable[..., object] = claims.recover
    settle: Callable[..., object] = claims.settle


@dataclass
class Queue:
    """The real queue: every function of `rows` and `claims` runs on what the model's rows say."""

    commands: Sequence[Command]
    rules: Mapping[Kind, KindRule]
    assumed: Assumptions = field(default_factory=Assumptions)
    _known: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = apsw.Connection(":memory:")
        make_schema(self._connection)

    def rule(self, number: int) -> KindRule:
        return self.rules[self.commands[number].kind]

    def put(self, before: Rows) -> Rows:
        """The next command is stored."""
        command = self.commands[len(before)]
        return self._run(before, "put", lambda db: rows.insert(db, command, self.rules, NOW))[1]

    def claim(self, before: Rows) -> tuple[tuple[Task, ...], Rows]:
        """Everything that is due is taken."""
        return self._run(before, "claim", self._claim)

    def spoil_and_claim(self, before: Rows) -> Rows:
        """What is stored is damaged, and then it is due."""

        def do(db: apsw.Connection) -> None:
            db.execute("UPDATE outbox SET body = '{'")
            self._claim(db)

        return self._run(before, "spoil and claim", do)[1]

    def apply(self, before: Rows, task: Task) -> Rows:
        """The answer of a task is written down."""
        return self._run(before, ("apply", task), lambda db: self._apply(db, task))[1]

    def recover(self, before: Rows, shift: int) -> Rows:
        """The program starts; the clock was set back by `shift` ticks meanwhile."""
        moved = tuple(
            row._replace(
                due=None if row.due is None else row.due + shift, age=None if row.age is None else row.age - shift
            )
            for row in before
        )
        return self._run(moved, "recover", lambda db: self.assumed.recover(db, NOW_MS + QUIET_MS, self.rules, NOW))[1]

    def settle(self, before: Rows, number: int, state: str) -> Rows:
        """A person decided; what comes too early changes nothing."""
        decision = claims.Decision(self.commands[number].ref, EntryState(state), "Ann", "why", QUIET_MS)
        return self._run(before, decision, lambda db: self._settle(db, decision))[1]

    def hasten(self, before: Rows) -> Rows:
        """The link is back."""
        return self._run(before, "hasten", lambda db: claims.hasten(db, 1, 0, NOW))[1]

    def _run(self, before: Rows, key: Any, do: Callable[[apsw.Connection], Any]) -> tuple[Any, Rows]:
        """Do it on these rows; `key` names it, so that the same thing on the same rows is done once."""
        known = self._known.get((before, key))
        if known is None:
            self._connection.execute("BEGIN")
            try:
                self._load(before)
                known = do(self._connection), self._dump()
            finally:
                self._connection.execute("ROLLBACK")
            self._known[before, key] = known
        return known

    def _load(self, before: Rows) -> None:
        known = self.commands[: len(before)]
        for command in known:
            rows.insert(self._connection, command, self.rules, NOW)
        for number, (row, command) in enumerate(zip(before, known, strict=True)):
            self._connection.execute(
                "UPDATE outbox SET state = ?, rank = ?, due_at = ?, lost_at = ?, tries = ?, looks = ?, lost = ?"
                " WHERE ref = ?",
                (
                    *(row.state, row.rank),
                    None if row.due is None else NOW_MS + row.due * TICK_MS,
                    None if row.age is None else NOW_MS - row.age * TICK_MS,
                    *(row.tries, row.looks, row.lost, command.ref),
                ),
            )
            if not row.held:
                self._connection.execute("DELETE FROM holds WHERE entry_id = ?", (number + 1,))

    def _dump(self) -> Rows:
        found = self._connection.execute(
            "SELECT state, rank, due_at, lost_at, tries, looks, lost, id IN (SELECT entry_id FROM holds)"
            " FROM outbox ORDER BY id"
        )
        return tuple(
            Row(
                state,
                rank,
                None if due is None else max(0, (due - NOW_MS) // TICK_MS),
                None if lost_at is None else min(AGE_CAP, (NOW_MS - lost_at) // TICK_MS),
                tries,
                looks,
                lost,
                bool(held),
            )
            for state, rank, due, lost_at, tries, looks, lost, held in found
        )

    def _claim(self, db: apsw.Connection) -> tuple[Task, ...]:
        taken = claims.claim(db, EVERYTHING, self.rules, NOW).work
        return tuple(
            Task(
                work.entry.id - 1,
                work.entry.state.value,
                work.entry.tries,
                work.entry.looks,
                work.lost,
                age := min(AGE_CAP, (NOW_MS - work.lost_ms) // TICK_MS) if work.entry.state == "checking" else 0,
                age,
            )
            for work in taken
        )

    def _settle(self, db: apsw.Connection, decision: claims.Decision) -> None:
        with suppress(claims.TooEarlyError):
            self.assumed.settle(db, decision, self.rules, NOW)

    def _apply(self, db: apsw.Connection, task: Task) -> None:
        command = self.commands[task.entry]
        state = EntryState(task.state)
        entry = Entry(task.entry + 1, command, state, EPOCH, tries=task.tries, looks=task.looks)
        lost_ms = NOW_MS - task.age * TICK_MS
        blind_ms = 10**9 if task.answer == BLIND else 0
        work = Work(entry, lost_ms + task.waited * TICK_MS, task.lost, lost_ms, blind_ms=blind_ms)
        rule, then_ms = self.rules[command.kind], NOW_MS - task.since * TICK_MS
        if state is EntryState.SENDING:
            change = after_send(work, SEND_ANSWERS[task.answer], rule, then_ms, PACE)
        else:
            change = self.assumed.after_look(work, LOOK_ANSWERS[task.answer], rule, then_ms, PACE)
        freeing.apply(db, work, change, self.rules, NOW)
