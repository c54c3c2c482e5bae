"""What holds for all entries: whether anything may be sent now, and how much at once. Pure but for its dice.

A thousand tills lose Perx in the same second and get it back in the same second. Each waits a time of its own that
grows with the outage, then begins with one request at a time and goes faster only as Perx answers well.
"""

from __future__ import annotations

import random

from pos_app.domain.commands import CannotTell, Done, Finding, Found, NoAnswer, NotFound, NotSent, Outcome, Refused
from pos_app.domain.problems import OUR_CREDENTIALS
from pos_app.outbox.claims import RANKS, Wanted
from pos_app.outbox.freeing import BLOCKED
from pos_app.outbox.transitions import STOPPED_FOR_MS, Pace, retry_after_ms

OVERLOADED = ("NET-05", "NET-06")
"""Problems that say that Perx has too much to do: asked to wait, or a fault of its own."""
SHARE_OF_OUTAGE = 0.1
LONGEST_WAIT_S = 30.0


class Ramp:
    """How many requests may be under way for what can wait. `most` is the most there ever are. Units: seconds, ms."""

    def __init__(self, most: int, rng: random.Random) -> None:
        self._most = max(1, most)
        self._rng = rng
        self._well = 0
        self.places = self._most
        self.not_before_ms = 0

    def after_outage(self, outage_s: float, now_ms: int) -> None:
        """Perx is back after so long: draw this till's own start, and begin small."""
        longest_s = min(LONGEST_WAIT_S, SHARE_OF_OUTAGE * max(0.0, outage_s))
        self.not_before_ms = now_ms + int(1000 * self._rng.uniform(0, longest_s))
        self.places, self._well = 1, 0

    def went_well(self) -> None:
        """One answer that counts: a round of them makes room for one more."""
        self._well += 1
        if self._well >= self.places and self.places < self._most:
            self.places, self._well = self.places + 1, 0

    def went_badly(self) -> None:
        """Perx is overloaded, or gave no answer: half as many at once."""
        self.places, self._well = max(1, self.places // 2), 0


class Throttle:
    """Whether the link is down, Perx asked for a pause or refuses our credentials, and how fast to go otherwise.

    Units: times in ms on the run's timeline, `now_s` seconds of the monotonic clock.
    """

    def __init__(self, pace: Pace) -> None:
        self._most = pace.concurrency
        self._ramp = Ramp(pace.concurrency - 1, pace.rng)  # one place is kept for what a person waits for
        self._paused_s: float | None = None
        self._is_stopped = False
        self._quiet_until_ms = 0
        self._stopped_until_ms = 0
        self._open_ms = 0
        self._seen_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Perx answers, as far as is known."""
        return self._paused_s is None and not self._is_stopped

    def pause(self, paused: bool, now_s: float, now_ms: int) -> None:
        """The link went, or came back: then this till begins at a time of its own, and slowly."""
        self.open_ms(now_ms)
        if paused and self._paused_s is None:
            self._paused_s = now_s
        elif not paused and self._paused_s is not None:
            self._ramp.after_outage(now_s - self._paused_s, now_ms)
            self._paused_s = None

    def forgive(self, now_ms: int) -> None:
        """The link or the credentials are back: what Perx asked for before no longer counts."""
        self.open_ms(now_ms)
        self._is_stopped = False
        self._quiet_until_ms = 0

    def restart(self) -> None:
        """A run begins on a timeline of its own: the moments of another one mean nothing on it."""
        self._quiet_until_ms = self._stopped_until_ms = self._ramp.not_before_ms = 0
        self._seen_ms = None

    def open_ms(self, now_ms: int) -> int:
        """For how long of this run Perx has answered, as far as is known."""
        if self._seen_ms is not None and self.is_open:
            self._open_ms += now_ms - self._seen_ms
        self._seen_ms = now_ms
        return self._open_ms

    def learn(self, answer: Outcome | Finding | None, now_ms: int) -> None:
        """Take from one answer what holds for all entries."""
        self.open_ms(now_ms)
        match answer:
            case NotSent(stop=True):
                self._is_stopped = True
                self._stopped_until_ms = now_ms + STOPPED_FOR_MS
            case Refused(problem) if problem == BLOCKED:
                pass  # Perx was not asked
            case Done() | Refused() | Found() | NotFound():
                self._is_stopped = False
                self._ramp.went_well()
            case NotSent(problem) | NoAnswer(problem) if problem in OVERLOADED:
                self._ramp.went_badly()
        if isinstance(answer, NotSent | NoAnswer | CannotTell) and answer.retry_after_s is not None:
            self._quiet_until_ms = now_ms + retry_after_ms(answer.retry_after_s)

    def quiet_until_ms(self, now_ms: int) -> int | None:
        """Until when only what a person waits for is sent; None when that time is over."""
        stopped_until_ms = self._stopped_until_ms if self._is_stopped else 0
        until_ms = max(self._quiet_until_ms, self._ramp.not_before_ms, stopped_until_ms)
        return until_ms if now_ms < until_ms else None

    def wanted(self, busy: int, now_ms: int) -> Wanted:
        """What may be taken now, with so many under way."""
        is_quiet = self.quiet_until_ms(now_ms) is not None
        return Wanted(
            send_ranks=(0,) if self._paused_s is not None or is_quiet else RANKS,
            look_ranks=(0,) if is_quiet else RANKS,
            places=(1 if self._is_stopped else self._ramp.places) - busy,
            places_for_people=self._most - busy,
        )


class Blindness:
    """For how long the look-ups of each entry have failed while Perx answered. A run knows only what it has seen."""

    def __init__(self) -> None:
        self._since: dict[int, int] = {}

    def after(self, entry_id: int, finding: Finding | None, open_ms: int) -> int:
        """Take one look-up into account. Units: `open_ms` as from `Throttle.open_ms`; returns milliseconds.

        Refused credentials are IT's matter: nobody has to judge an entry for them.
        """
        is_blind = finding is None or (isinstance(finding, CannotTell) and finding.problem not in OUR_CREDENTIALS)
        if not is_blind:
            self._since.pop(entry_id, None)
            return 0
        return open_ms - self._since.setdefault(entry_id, open_ms)

    def forget(self, entry_id: int) -> None:
        """It is not looked for any more."""
        self._since.pop(entry_id, None)
