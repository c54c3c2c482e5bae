"""What becomes of an entry after a send or a look-up: pure rules, one table in two functions.

A send that was left without an answer may still take effect for a while. So it is looked for at once and
again, and a look-up that finds nothing counts only when it began `settle_after_s` (times the kind's own `wait`) after
the answer was given up: a server that commits late is still found. Source: perx-api 6.5, C; the 60 s are a measured
model's.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from msgspec import Struct, field

from pos_app.domain.commands import (
    CannotTell,
    Done,
    Finding,
    Found,
    NoAnswer,
    NotFound,
    NotSent,
    Outcome,
    Refused,
)
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import SAVED_AFTER, Absent, KindRule, Refusal, WhenOffline

MAX_LOST = 6
"""An entry whose sends were left without an answer this often, and never found, goes to a person."""

ASKED_FOR = MAX_LOST + 1
"""Counts in the same place for a look-up that a person asked for: it is never followed by a resend, so that what is
not found needs a person again at once. One more when an answer was lost before, so that this stays known."""

MOST_COUNTED = 1_000_000
"""A larger count than any that tries, look-ups or losses reach: a damaged one."""

HEARD_FOR_MS = (SAVED_AFTER - timedelta(seconds=2)) // timedelta(milliseconds=1)
"""Who stands at the counter hears the answer to what was sent this soon; the rest is for news that is on its way."""

MAX_RETRY_AFTER_S = 300.0
"""A server that asks for a longer pause is asked again after this."""

STOPPED_FOR_MS = 60_000
"""Refused credentials are tried again after this, by one entry: nobody may be there to say that they are good again."""

UNFORESEEN = "APP-01"
BLIND = "NET-09"


class Pace(Struct, frozen=True):
    """How long to wait for what, and how many commands go out at once. Units: seconds."""

    settle_after_s: float = 60.0
    look_after_s: tuple[float, ...] = (1, 3, 8, 20, 40, 60)
    retry_base_s: float = 1.0
    retry_cap_s: float = 60.0
    concurrency: int = 4
    rng: random.Random = field(default_factory=random.Random)

    def back_off_ms(self, tries: int) -> int:
        """A wait with full jitter: anything up to the doubled base, so that a thousand tills do not march."""
        return int(1000 * self.rng.uniform(0, min(self.retry_cap_s, self.retry_base_s * 2 ** min(tries, 20))))

    def next_look_ms(self, age_ms: int, looks: int, settle_s: float) -> int:
        """How long to wait for the next look-up of a send whose answer was given up `age_ms` ago.

        One look falls on the end of the quiet time, `settle_s`.
        """
        moments = sorted({int(1000 * s) for s in (*self.look_after_s, settle_s)})
        later = [moment for moment in moments if moment > age_ms]
        return later[0] - age_ms if later else self.back_off_ms(looks)


class Work(Struct, frozen=True):
    """An entry that was claimed for a send or a look-up. Units: `claimed_ms`, `lost_ms` on the run's timeline.

    `lost` counts sends without an answer, `lost_ms` is when the last of these answers was given up. `stalled_ms`: how
    long after the claim it was really sent. `blind_ms`: how long its look-ups have failed by now while Perx answered
    others.
    """

    entry: Entry
    claimed_ms: int
    lost: int = 0
    lost_ms: int = 0
    stalled_ms: int = 0
    blind_ms: int = 0


class Change(Struct, frozen=True):
    """What is written of an entry. `due_ms` None: now.

    `out_of_reach`: why Perx could not be asked, when it could not: then what a person waits for in the same lane
    cannot go either.
    """

    state: EntryState
    due_ms: int | None = None
    problem: str = ""
    said: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    lost: int = 0
    lost_ms: int | None = None
    out_of_reach: str = ""


def after_send(work: Work, outcome: Outcome | None, rule: KindRule, now_ms: int, pace: Pace) -> Change:
    """What a send leads to. None stands for an unforeseen error, of which nothing is known."""
    match outcome:
        case Done(answer):
            return Change(EntryState.DONE, answer=answer)
        case Refused(problem, said):
            state = EntryState.ATTENTION if _unheard(work, rule) else EntryState.REFUSED
            return Change(state, problem=problem, said=said, lost=work.lost)
        case NotSent(problem) if rule.when_offline is WhenOffline.REFUSE and not _unheard(work, rule):
            return Change(EntryState.REFUSED, problem=problem, lost=work.lost, out_of_reach=problem)
        case NotSent(problem, retry_after_s, stop):
            wait_ms = pace.back_off_ms(work.entry.tries - 1) + retry_after_ms(retry_after_s)
            if stop:  # a second after the end of the stop: another one tries first, for it may be this one alone
                wait_ms = STOPPED_FOR_MS + 1000
            return Change(EntryState.WAITING, now_ms + wait_ms, problem=problem, lost=work.lost, out_of_reach=problem)
        case _:
            problem = outcome.problem if isinstance(outcome, NoAnswer) else UNFORESEEN
            due_ms = now_ms + pace.next_look_ms(0, 0, pace.settle_after_s * rule.wait)
            return Change(EntryState.CHECKING, due_ms, problem, lost=work.lost + 1, lost_ms=now_ms)


def _unheard(work: Work, rule: KindRule) -> bool:
    """Whether a refusal would be seen by nobody: the counter was told that it is written down, and went on."""
    if rule.refusal is not Refusal.LATE:
        return rule.refusal is Refusal.PERSON
    entry = work.entry
    waited = (entry.sent_at or entry.made_at) - entry.made_at
    waited_ms = waited // timedelta(milliseconds=1) + work.stalled_ms
    return bool(getattr(entry.command, "deferred", False)) or has_left(rule, entry.tries - 1, waited_ms)


def has_left(rule: KindRule, tries: int, waited_ms: int) -> bool:
    """Whether the counter was told by now that this is saved: it was sent before, or it has waited for too long."""
    is_young = 0 <= waited_ms < HEARD_FOR_MS  # a clock set back makes nobody wait
    return rule.refusal is Refusal.LATE and (tries > 0 or not is_young)


def after_look(work: Work, finding: Finding | None, rule: KindRule, now_ms: int, pace: Pace) -> Change:
    """What a look-up leads to. None: an unforeseen error. Never a resend before the quiet time ends."""
    blocked_by = ""
    settle_s = pace.settle_after_s * rule.wait
    match finding:
        case Found(answer):
            return Change(EntryState.DONE, answer=answer)
        case NotFound(may_repeat):
            is_asked_for = work.lost >= ASKED_FOR and rule.absent is not Absent.NOTHING
            if is_asked_for or work.claimed_ms >= work.lost_ms + 1000 * settle_s:
                return _absent_for_good(work, rule, now_ms, may_repeat=may_repeat)
        case CannotTell(problem, person=True):
            return Change(EntryState.ATTENTION, problem=problem, lost=work.lost, lost_ms=work.lost_ms)
        case CannotTell(problem):
            blocked_by = problem
        case _:
            blocked_by = UNFORESEEN
    if blocked_by and work.blind_ms >= 1000 * pace.settle_after_s * rule.patience:
        return Change(EntryState.ATTENTION, problem=BLIND, lost=work.lost, lost_ms=work.lost_ms)
    wait_ms = pace.next_look_ms(now_ms - work.lost_ms, work.entry.looks, settle_s)
    return Change(
        EntryState.CHECKING,
        now_ms + wait_ms,
        problem=work.entry.problem,
        lost=work.lost,
        lost_ms=work.lost_ms,
        out_of_reach=blocked_by,
    )


def _absent_for_good(work: Work, rule: KindRule, now_ms: int, *, may_repeat: bool) -> Change:
    if rule.absent is Absent.NOTHING:
        return Change(EntryState.REFUSED, problem="NET-02")
    if (rule.absent is Absent.PERSON and not may_repeat) or work.lost >= MAX_LOST:
        return Change(EntryState.ATTENTION, problem="NET-02", lost=work.lost, lost_ms=work.lost_ms)
    return Change(EntryState.WAITING, now_ms, problem="NET-02", lost=work.lost)


def retry_after_ms(seconds: float | None) -> int:
    """The server's wish for a pause, within reason; nonsense counts as none."""
    if seconds is None or not seconds > 0:
        return 0
    return int(1000 * min(seconds, MAX_RETRY_AFTER_S))
