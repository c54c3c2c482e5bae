"""The table of transitions in resources/docs/delivery.md is what the rules and the SQL do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from delivery_queue import BLIND, EPOCH, LOOK_ANSWERS, NOW_MS, PACE, QUIET_MS, SEND_ANSWERS, Queue, Row
from msgspec.structs import replace
from outbox_bench import sale

from pos_app.domain.commands import Kind, NotFound
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import KINDS, Absent, Refusal, WhenOffline
from pos_app.outbox import transitions
from pos_app.outbox.database import THREAD
from pos_app.outbox.transitions import Work, after_look, after_send

DOCUMENT = Path(__file__).parents[2] / "resources" / "docs" / "delivery.md"
BEGIN, END = "<!-- transitions -->", "<!-- end of transitions -->"
RULE = replace(KINDS[Kind.RECORD_SALE], wait=1.0, refusal=Refusal.COUNTER)


@pytest.fixture(autouse=True)
def on_the_databases_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.current_thread(), "name", THREAD)


def _work(state: EntryState, lost: int = 0, waited_ms: int = 0, tries: int = 1) -> Work:
    entry = Entry(1, sale("A"), state, EPOCH, tries=tries)
    return Work(entry, NOW_MS, lost, NOW_MS - waited_ms)


def _sends() -> Iterator[tuple[str, str, str]]:
    for answer, outcome in SEND_ANSWERS.items():
        cases = {"": RULE}
        if answer == "not sent":
            cases = {f", when offline: {when}": replace(RULE, when_offline=when) for when in WhenOffline}
            late = replace(RULE, when_offline=WhenOffline.REFUSE, refusal=Refusal.LATE)
            cases[", when offline: refuse, the counter has moved on"] = late
        elif answer == "refused":
            cases = {f", heard by {who}": replace(RULE, refusal=who) for who in (Refusal.COUNTER, Refusal.PERSON)}
        for case, rule in cases.items():
            tries = 2 if rule.refusal is Refusal.LATE else 1
            change = after_send(_work(EntryState.SENDING, tries=tries), outcome, rule, NOW_MS, PACE)
            yield "sending", f"send: {answer}{case}", change.state.value


def _looks() -> Iterator[tuple[str, str, str]]:
    for answer, finding in LOOK_ANSWERS.items():
        if answer != "not found":
            work = replace(_work(EntryState.CHECKING, 1), blind_ms=10**9 if answer == BLIND else 0)
            change = after_look(work, finding, RULE, NOW_MS, PACE)
            yield "checking", f"look: {answer}", change.state.value
            continue
        early = after_look(_work(EntryState.CHECKING, 1, QUIET_MS - 1), finding, RULE, NOW_MS, PACE)
        yield "checking", "look: not found, asked before the quiet time was over", early.state.value
        for absent in Absent:
            late = after_look(
                _work(EntryState.CHECKING, 1, QUIET_MS), finding, replace(RULE, absent=absent), NOW_MS, PACE
            )
            yield "checking", f"look: not found, asked after it, absence means: {absent}", late.state.value
        work = _work(EntryState.CHECKING, transitions.MAX_LOST, QUIET_MS)
        often = after_look(work, finding, RULE, NOW_MS, PACE)
        yield "checking", f"look: not found, asked after it, lost {transitions.MAX_LOST} times", often.state.value


def _sql() -> Iterator[tuple[str, str, str]]:
    queue = Queue([sale("A")], {Kind.RECORD_SALE: RULE})
    stored = queue.put(())
    yield "", "put", stored[0].state
    yield "waiting", "claim: its time has come and it is the first of its lane", queue.claim(stored)[1][0].state
    for state in ("waiting", "sending", "checking", "attention", "done", "refused"):
        row = Row(state, 1, 0 if state == "waiting" else None, None, 1, 0, 0, False)
        after = queue.recover((row,), 0)[0].state
        if after != state:
            yield state, "start of the program", after
    for state in ("waiting", "checking", "attention"):
        for wish, words in (
            ("waiting", "send again"),
            ("checking", "check again"),
            ("done", "mark as done"),
            ("refused", "give up"),
        ):
            ages = {"": None} if wish != "waiting" or state == "waiting" else {", not quiet yet": 0, ", quiet": 3}
            for when, age in ages.items():
                row = Row(state, 1, 0 if state == "waiting" else None, age, 1, 0, 1, False)
                yield state, f"a person: {words}{when}", queue.settle((row,), 0, wish)[0].state
    person = Queue([sale("A")], {Kind.RECORD_SALE: replace(RULE, absent=Absent.PERSON)})
    early = Row("attention", 1, None, 0, 1, 0, 1, False)
    what = f"a person: send again, not quiet yet, absence means: {Absent.PERSON} (told to wait)"
    yield "attention", what, person.settle((early,), 0, "waiting")[0].state
    yield "waiting", "claim: its content cannot be read", queue.spoil_and_claim(stored)[0].state


def _table() -> str:
    lines = ["| State | What happens | Next state |", "|---|---|---|"]
    lines += [f"| {before or '(new)'} | {what} | {after} |" for before, what, after in (*_sql(), *_sends(), *_looks())]
    return "\n".join(lines)


@pytest.mark.log_warnings("cannot be read")
def test_the_table_in_the_document_is_what_the_code_does():
    text = DOCUMENT.read_text("utf-8")
    written = text.partition(BEGIN)[2].partition(END)[0].strip()
    assert written == _table(), f"put this between the marks of {DOCUMENT.name}:\n{_table()}"


def test_every_assumption_says_why_what_else_and_how_it_would_be_noticed():
    text = DOCUMENT.read_text("utf-8")
    assumptions = text.partition("## Assumptions\n")[2].partition("\n## ")[0].split("\n### ")[1:]
    assert [one.partition(".")[0] for one in assumptions] == [f"A{n}" for n in range(1, len(assumptions) + 1)]
    for one in assumptions:
        for part in ("Why we believe it:", "When it does not hold:", "How it would be noticed:"):
            assert part in one, one.splitlines()[0]


@pytest.mark.fault("FM-01")
@pytest.mark.parametrize("kind", [Kind.EARN_POINTS, Kind.BURN_POINTS, Kind.REVERSE_POINTS])
def test_points_that_perx_takes_once_only_go_again_after_the_quiet_time_and_not_before(kind: Kind) -> None:
    rule = KINDS[kind]
    late = _work(EntryState.CHECKING, 1, int(QUIET_MS * rule.wait))
    early = _work(EntryState.CHECKING, 1, int(QUIET_MS * rule.wait) - 1)
    for may_repeat, expected in ((True, EntryState.WAITING), (False, EntryState.ATTENTION)):
        finding = NotFound(may_repeat=may_repeat)
        assert after_look(late, finding, rule, NOW_MS, PACE).state is expected
        assert after_look(early, finding, rule, NOW_MS, PACE).state is EntryState.CHECKING
