"""What can go wrong between the till and Perx, told apart by certainty of effect and not by status.

    PerxError
    ├── Refused        Perx said no; nothing happened
    ├── Unreachable    nothing was sent (or Perx asked to wait): keep it, try later
    ├── Uncertain      it may have happened: look it up before anything is sent again
    └── NotAllowed     our credentials: stop sending, say so once

A read (GET) that fails half-way is Uncertain as well; its problem code tells what failed. No error carries
a body, a token or a query; `said` is Perx's own message, bounded and plain.

Source: the classes follow the HTTP client's own exceptions, each tried against a real socket:
ConnectError, ConnectTimeout and PoolTimeout mean that nothing was sent; every other transport error,
a deadline after the first byte, a 5xx and an unreadable 2xx leave the effect unknown.
"""

from __future__ import annotations

from msgspec import Struct


class Facts(Struct, frozen=True):
    """What is known of a failed call, fit for a log: `call` is the verb and the path's template."""

    call: str = ""
    status: int | None = None
    code: int | None = None
    said: str = ""
    request_id: str = ""
    retry_after_s: float | None = None
    detail: str = ""


class PerxError(Exception):
    """Perx did not do what was asked, or did not say so.

    `problem` is a support code of `domain.problems`; `status` the HTTP status, `code` Perx's own number.
    """

    def __init__(self, problem: str, facts: Facts | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.facts = facts or Facts()
        self.status = self.facts.status
        self.code = self.facts.code
        self.said = self.facts.said
        self.request_id = self.facts.request_id

    def __str__(self) -> str:
        known = (("status", self.status), ("code", self.code), ("request", self.request_id))
        tail = [f"{name} {value}" for name, value in known if value not in (None, "")]
        return ", ".join(part for part in (self.problem, self.facts.call, *tail, self.facts.detail) if part)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class Refused(PerxError):  # noqa: N818 - the house's name
    """Perx said no, and nothing happened."""


class Unreachable(PerxError):  # noqa: N818 - the house's name
    """Nothing was sent, or Perx turned it away unread. Units: `retry_after_s` is Perx's own wish, clamped."""

    @property
    def retry_after_s(self) -> float | None:
        return self.facts.retry_after_s


class Uncertain(PerxError):  # noqa: N818 - the house's name
    """It may have happened: no answer, a broken one, or one that cannot be trusted."""


class NotAllowed(PerxError):  # noqa: N818 - the house's name
    """Perx does not accept this till's credentials, or they lack a right."""
