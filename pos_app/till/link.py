"""The link part: is Perx there? Only real answers of Perx count, and one bad exchange is not an outage.

A person may take the till offline by hand, for a line that is too slow to sell with; only a person ends that.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from pos_app.domain.problems import OUR_CREDENTIALS
from pos_app.till.effects import Effect, HoldBack, Note, Probe
from pos_app.till.events import ExchangeSeen, OfflineChosen
from pos_app.till.state import Heard, Link, Moment

REMEMBERED = 5
FAILURES_DOWN = 2
CLEAN_UP = 2
OF_THE_LINE = ("NET-01", "NET-02", "NET-04")
"""No connection, no answer in time, no trust: these are seldom one call's own."""
TOKEN = "token"  # noqa: S105 - the name of a call
VITAL = {TOKEN, "customer"}
"""Calls on which everything else rests: without them nobody can be served."""
PROBE_FIRST = timedelta(seconds=2)
PROBE_LAST = timedelta(seconds=15)


def on_exchange(link: Link, event: ExchangeSeen, moment: Moment) -> tuple[Link, list[Effect]]:
    """Count one exchange; go down, come up, or ask again to be sure."""
    recent = (*link.recent, Heard(event.ok, event.call, event.problem))[-REMEMBERED:]
    drift = event.drift_s if event.drift_s is not None else link.drift_s
    # While the till is offline its cause stays named: one good answer among bad ones is no other cause.
    problem = event.problem if not event.ok else "" if link.online else link.problem
    link = replace(link, recent=recent, drift_s=drift, problem=problem)
    if event.problem in OUR_CREDENTIALS:
        link = replace(link, keys=event.problem)
        if link.online or not event.ok:
            return link, []
    elif link.keys and event.ok and not event.problem:
        link = replace(link, keys="")
        if link.online:
            return link, [HoldBack(False)]
    if link.manual:
        return link, []
    if link.online:
        if event.ok:
            return link, []
        if _is_down(recent):
            deep = any(one.call != TOKEN for one in recent if not one.ok)
            return replace(link, online=False, since=moment.now, probes=0, deep=deep), [HoldBack(True)]
        return replace(link, probed_at=moment.now), [Probe(deep=event.call != TOKEN)]
    if not event.ok:
        return link, []
    if [one.ok for one in recent[-CLEAN_UP:]] == [True] * CLEAN_UP and (event.call != TOKEN or not link.deep):
        link = replace(link, online=True, since=moment.now, problem="", probes=0, recent=())
        return link, [HoldBack(False)]
    return replace(link, probed_at=moment.now), [] if link.deep and event.call == TOKEN else [Probe(deep=link.deep)]


def _is_down(recent: tuple[Heard, ...]) -> bool:
    """Whether the failures among the last exchanges say that Perx is away.

    A list that is broken at Perx for days is no outage: what one call alone meets counts once, as long as the others
    do well. Where the line itself failed, they must have done so since.
    """
    failures = [number for number, one in enumerate(recent) if not one.ok]
    if len(failures) < FAILURES_DOWN:
        return False
    calls = {recent[number].call for number in failures}
    if len(calls) > 1 or calls & VITAL:
        return True
    others_do_well = any(one.ok for one in recent[failures[0] :])
    return not others_do_well and any(recent[number].problem in OF_THE_LINE for number in failures)


def on_chosen(link: Link, event: OfflineChosen, moment: Moment) -> tuple[Link, list[Effect]]:
    """Go offline by hand, or ask Perx again whether it is there."""
    if event.offline == link.manual:
        return link, []
    if event.offline:
        link = replace(link, manual=True, online=False, since=moment.now, probes=0)
        return link, [HoldBack(True), Note("taken offline by hand")]
    link = replace(link, manual=False, recent=(), probed_at=moment.now, probes=0)
    return link, [Probe(deep=link.deep), Note("back from offline by hand")]


def on_tick(link: Link, moment: Moment) -> tuple[Link, list[Effect]]:
    """While Perx is away, or refuses our credentials, ask again: soon at first, then ever more patiently."""
    if link.manual or (link.online and not link.keys):
        return link, []
    # Each till has a rhythm of its own (the golden ratio never repeats), so that a thousand do not ask in step.
    own = 0.5 + (link.salt + 0.618 * link.probes) % 1
    wait = min(PROBE_LAST, PROBE_FIRST * (1 + link.probes)) * own
    since = moment.now - link.probed_at if link.probed_at is not None else wait
    if timedelta(0) <= since < wait:  # a clock that was set back must not silence the till
        return link, []
    return replace(link, probed_at=moment.now, probes=link.probes + 1), [Probe(deep=link.deep)]
