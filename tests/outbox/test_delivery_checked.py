"""The delivery protocol, checked in every state: no crash, loss, late commit or person doubles, loses or disorders.

`delivery_model` runs the product's own rules and SQL; resources/docs/delivery.md numbers the assumptions that are
broken here one by one, to show that the checker would notice.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import Any

import apsw
import pytest
from delivery_checker import BrokenError, Checker, Report
from delivery_model import Faults, Model
from delivery_queue import Assumptions, Queue
from msgspec.structs import replace
from outbox_bench import checkout, hold, release, sale

from pos_app.domain.commands import Command, Kind
from pos_app.domain.kinds import KINDS, Absent, KindRule, Refusal, WhenOffline
from pos_app.outbox import claims, rows, transitions
from pos_app.outbox.database import THREAD
from pos_app.outbox.transitions import Change, after_look

ALWAYS = {(("done", 1),), (("refused", 0),)}
BEFORE_A_PERSON = {(("attention", 0),), (("attention", 1),)}


@pytest.fixture(autouse=True)
def on_the_databases_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.current_thread(), "name", THREAD)


def check(
    commands: Sequence[Command], faults: Faults, rules: rows.Rules = KINDS, assumed: Assumptions | None = None
) -> Report:
    model = Model(Queue(commands, rules, assumed or Assumptions()), faults)
    return Checker(model.steps, model.check, model.calm, model.end, model.core).explore(model.start())


def _behaviours() -> list[tuple[str, KindRule]]:
    """Each rule among the kinds once, under the names of its kinds; words and urgency make no difference here.

    Time counts in parts of a kind's own wait. A kind without one is repeatable at Perx itself, so it is no matter of
    this protocol (`release_points` names one hold, which can be let go once).
    """
    found: list[tuple[list[str], KindRule]] = []
    words = {"why": "", "look": "", "found": "", "source": "", "grade": "A"}
    for kind, rule in KINDS.items():
        if not rule.wait:
            continue
        plain = replace(rule, urgent=False, wait=1.0, **words)
        for names, known in found:
            if known == plain:
                names.append(kind.value)
                break
        else:
            found.append(([kind.value], plain))
    return [("+".join(names), replace(rule, urgent=True)) for names, rule in found]


def _stand_in(rule: KindRule) -> Command:
    """A command to go by this rule; which one it is makes no difference to the protocol."""
    if rule.takes:
        return hold("A")
    return release("A") if rule.frees else sale("A")


@pytest.mark.parametrize(("names", "rule"), _behaviours())
def test_every_kind_survives_three_sends_two_crashes_and_blind_look_ups(names, rule):
    command = _stand_in(rule)
    faults = Faults(crashes=2, lost=2, unsent=1, blind=1, verdicts=1)
    report = check([command], faults, {command.kind: rule})
    refused = set() if _never_refused(rule) else {(("refused", 0),)}
    assert report.ends == {(("done", 1),)} | refused | BEFORE_A_PERSON
    assert report.states > 4_000


def _never_refused(rule: KindRule) -> bool:
    """Whether every refusal of this kind finds a person instead."""
    return rule.refusal is Refusal.PERSON and rule.when_offline is WhenOffline.DEFER and rule.absent is Absent.RESEND


@pytest.mark.parametrize("absent", [Absent.RESEND, Absent.NOTHING])
@pytest.mark.parametrize("when_offline", WhenOffline)
def test_a_person_who_steps_in_at_any_moment_doubles_nothing(when_offline, absent):
    usual = KINDS[Kind.RECORD_SALE]
    rule = replace(usual, when_offline=when_offline, absent=absent, refusal=Refusal.COUNTER, urgent=True)
    faults = Faults(crashes=1, lost=1, verdicts=1, hands=1, kicks=1)
    report = check([sale("A")], faults, {Kind.RECORD_SALE: rule})
    given_up = {(("refused", 1),)}  # a person closed it, and it took effect after all: that is theirs to know
    assert report.ends == ALWAYS | BEFORE_A_PERSON | given_up


def test_what_is_lost_too_often_goes_to_a_person(monkeypatch):
    monkeypatch.setattr(transitions, "MAX_LOST", 2)
    report = check([sale("A")], Faults(crashes=2, lost=2))
    assert report.ends == ALWAYS | {(("attention", 0),)}


@pytest.mark.parametrize(
    ("commands", "faults"),
    [
        pytest.param([sale("A"), sale("B")], Faults(crashes=1, lost=2, unsent=1), id="two-sales"),
        pytest.param([sale("A"), checkout("X")], Faults(crashes=1, lost=1, unsent=1, blind=1), id="a-person-waits"),
        pytest.param([hold("H"), release("R")], Faults(crashes=1, lost=2, unsent=1), id="hold-and-release"),
        pytest.param([sale("A"), sale("B", "C-2")], Faults(crashes=1), id="two-customers"),
        pytest.param([sale("A"), sale("B")], Faults(lost=1, verdicts=1, hands=1), id="a-person-steps-in"),
        pytest.param([sale("A"), sale("B"), sale("C")], Faults(crashes=1), id="three-sales"),
    ],
)
def test_a_lane_keeps_its_order_and_two_lanes_do_not_mix(commands, faults):
    report = check(commands, faults)
    everything_done = tuple(("done", 1) for _ in commands)
    assert everything_done in report.ends


# ---------------------------------------------------------------- the test of the test


def _counted_from_the_answer(work: transitions.Work, finding: Any, rule: KindRule, now_ms: int, pace: Any) -> Change:
    return after_look(replace(work, claimed_ms=now_ms), finding, rule, now_ms, pace)


def _sent_again_at_the_start(
    connection: apsw.Connection, latest_ms: int, rules: rows.Rules, now: rows.Clocks
) -> object:
    connection.execute("UPDATE outbox SET state = 'waiting', due_at = ? WHERE state = 'sending'", (now.run_ms,))
    return claims.recover(connection, latest_ms, rules, now)


def _sent_again_by_hand_at_once(connection: apsw.Connection, decision: claims.Decision, *rest: Any) -> object:
    return claims.settle(connection, replace(decision, quiet_ms=0), *rest)


def _quiet_time_of_the_last_run(
    connection: apsw.Connection, latest_ms: int, rules: rows.Rules, now: rows.Clocks
) -> object:
    [*kept] = connection.execute("SELECT id, ifnull(lost_at, 0) FROM outbox WHERE state = 'checking'")
    claims.recover(connection, latest_ms, rules, now)
    return [connection.execute("UPDATE outbox SET lost_at = ? WHERE id = ?", row[::-1]) for row in kept]


def _not_refused_but_done(work: transitions.Work, finding: Any, rule: KindRule, now_ms: int, pace: Any) -> Change:
    change = after_look(work, finding, rule, now_ms, pace)
    return replace(change, state=transitions.EntryState.DONE) if change.state == "refused" else change


@pytest.mark.parametrize(
    ("broken", "faults", "steps"),
    [
        pytest.param(
            Assumptions(takes_effect_within=4),
            Faults(lost=1),
            ["the answer to A is LOST", "a tick", "a tick", "a tick", "look for A: not found", "A TAKES EFFECT"],
            id="it-takes-effect-after-the-quiet-time",
        ),
        pytest.param(
            Assumptions(shows_within=4),
            Faults(lost=1),
            ["A TAKES EFFECT", "look for A: not found", "send A"],
            id="it-shows-after-the-quiet-time",
        ),
        pytest.param(
            Assumptions(after_look=_counted_from_the_answer),
            Faults(lost=1),
            ["look for A: not found", "a tick", "write down of A: not found", "send A"],
            id="a-look-counts-from-its-answer",
        ),
        pytest.param(
            Assumptions(recover=_sent_again_at_the_start),
            Faults(crashes=1),
            ["send A", "CRASH", "start", "send A"],
            id="a-start-sends-again-blindly",
        ),
        pytest.param(
            Assumptions(recover=_quiet_time_of_the_last_run),
            Faults(crashes=1, lost=1),
            ["the answer to A is LOST", "CRASH", "start, the clock was set +10 ticks", "send A"],
            id="a-start-believes-the-clock",
        ),
        pytest.param(
            Assumptions(settle=_sent_again_by_hand_at_once),
            Faults(lost=1, hands=1),
            ["the answer to A is LOST", "a person: send again A", "send A"],
            id="a-person-sends-again-at-once",
        ),
    ],
)
def test_a_broken_assumption_is_found_and_the_shortest_way_is_shown(broken, faults, steps):
    with pytest.raises(BrokenError, match="A takes effect a second time, after") as found:
        check([sale("A")], faults, assumed=dataclasses.replace(broken, refuses=False))
    trace = iter(found.value.trace)
    assert all(any(step == one for one in trace) for step in steps), str(found.value)


def test_an_order_that_is_not_kept_is_found(monkeypatch):
    monkeypatch.setattr(rows, "_stand_behind", lambda *_: None)
    with pytest.raises(BrokenError, match="two of the lane customer:C-1 may be sent at once") as found:
        check([sale("A"), sale("B")], Faults(hands=1))
    assert "a person: check again B" in found.value.trace


def test_a_refusal_that_is_called_done_is_found():
    with pytest.raises(BrokenError, match="H is done, but it never took effect"):
        check([hold("H")], Faults(lost=1), assumed=Assumptions(after_look=_not_refused_but_done))


def test_a_queue_that_forgets_an_entry_is_found(monkeypatch):
    monkeypatch.setattr(rows, "seat", lambda *_, **__: None)
    with pytest.raises(BrokenError, match="A stays waiting for ever"):
        check([sale("A")], Faults())
