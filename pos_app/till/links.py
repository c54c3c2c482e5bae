"""The link to Perx, as state."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct


class Heard(Struct, frozen=True):
    """One exchange with Perx: whether a real answer came, to which call, else why not."""

    ok: bool
    call: str = "token"
    problem: str = ""


class Link(Struct, frozen=True):
    """Whether Perx can be reached, from real answers only.

    `recent` holds the last five exchanges, newest last. Two failures among them, the newest included, take the
    till offline, unless they are only one call's own; two clean answers in a row bring it back: one slow answer does
    not flap it. `deep`: more than tokens had failed, so more than tokens must come back. `keys` is the problem
    when Perx answers but does not accept this till's credentials. `manual`: a person has taken the till offline, and
    only a person ends that. `salt`, from 0 to 1, tells this till's rhythm of asking again from the others'.
    """

    online: bool = True
    recent: tuple[Heard, ...] = ()
    deep: bool = False
    since: datetime | None = None
    problem: str = ""
    drift_s: float | None = None
    probed_at: datetime | None = None
    probes: int = 0
    keys: str = ""
    manual: bool = False
    salt: float = 0.5

    @property
    def drift(self) -> timedelta:
        return timedelta(seconds=self.drift_s or 0.0)
