"""After an outage: when this till begins to send what waited, and how much at once. Pure but for its dice.

A thousand tills lose Perx in the same second and get it back in the same second. Each waits a time of its own that
grows with the outage, then begins with one request at a time and goes faster only as Perx answers well.
"""

from __future__ import annotations

import random

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
