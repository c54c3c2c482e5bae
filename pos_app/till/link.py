"""The link part: is Perx there? Only real answers of Perx count, and one bad exchange is not an outage.

A person may take the till offline by hand, for a line that is too slow to sell with; only a person ends that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pos_app.till.effects import Effect, HoldBack, Note, Probe
from pos_app.till.events import ExchangeSeen, OfflineChosen
from pos_app.till.state import Link, Moment

REMEMBERED = 5
FAILURES_DOWN = 2
CLEAN_UP = 2
REFUSED_KEYS = ("KEY-01", "KEY-02")
PROBE_FIRST = timedelta(seconds=2)
PROBE_LAST = timedelta(seconds=15)


def on_exchange(link: Link, event: ExchangeSeen, moment: Moment) -> tuple[Link, list[Effect]]:
    """Count one exchange; go down, come up, or ask again to be sure."""
    recent = (*link.recent, event.ok)[-REMEMBERED:]
    drift = event.drift_s if event.drift_s is not None else link.drift_s
    # While the till is offline its cause stays named: one good answer among bad ones is no other cause.
    problem = event.problem if not event.ok else "" if link.online else link.problem
    link = replace(link, recent=recent, drift_s=drift, problem=problem)
    if event.problem in REFUSED_KEYS:
        link = replace(link, keys=event.problem)
        if link.online or not event.ok:
            return link, []
    elif link.keys and event.ok and not event.problem:
        return replace(link, keys=""), [] if link.manual else [HoldBack(False)]
    if link.manual:
        return link, []
    if link.online:
        if event.ok:
            return link, []
        if recent.count(False) >= FAILURES_DOWN:
            return replace(link, online=False, since=moment.now, probes=0), [HoldBack(True)]
        return replace(link, probed_at=moment.now), [Probe()]
    if not event.ok:
        return link, []
    if recent[-CLEAN_UP:] == (True,) * CLEAN_UP:
        return replace(link, online=True, since=moment.now, problem="", probes=0), [HoldBack(False)]
    return replace(link, probed_at=moment.now), [Probe()]


def on_chosen(link: Link, event: OfflineChosen, moment: Moment) -> tuple[Link, list[Effect]]:
    """Go offline by hand, or ask Perx again whether it is there."""
    if event.offline == link.manual:
        return link, []
    if event.offline:
        link = replace(link, manual=True, online=False, since=moment.now, probes=0)
        return link, [HoldBack(True), Note("taken offline by hand")]
    link = replace(link, manual=False, recent=(), probed_at=moment.now, probes=0)
    return link, [Probe(), Note("back from offline by hand")]


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
    return replace(link, probed_at=moment.now, probes=link.probes + 1), [Probe()]
