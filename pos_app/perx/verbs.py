"""What all verbs share: the line, and the checks that an answer is about what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pos_app.perx.call import Answer
from pos_app.perx.errors import Facts, Uncertain
from pos_app.perx.exchange import Line
from pos_app.perx.profile import Profile
from pos_app.perx.wire import Row, Unreadable

T = TypeVar("T")


class Verbs:
    """One area of Perx's interface, spoken over one line."""

    _line: Line

    @property
    def profile(self) -> Profile:
        """The tenant's settings that this client was made with."""
        return self._line.profile


def read(answer: Answer, reading: Callable[[Row], T]) -> T:
    """The value in an answer. Errors: Uncertain (NET-07) when it cannot be read."""
    with shaped(answer.facts):
        return reading(answer.row)


@contextmanager
def shaped(facts: Facts) -> Iterator[None]:
    """An answer of the wrong shape is no answer: Uncertain (NET-07)."""
    try:
        yield
    except Unreadable as exc:
        detail = Facts(facts.call, facts.status, request_id=facts.request_id, detail=str(exc))
        raise Uncertain("NET-07", detail) from exc


def same(answer: Answer, fits: bool, what: str) -> None:
    """Errors: Uncertain (NET-08) when the answer is about something else than was asked."""
    if not fits:
        facts = answer.facts
        raise Uncertain("NET-08", Facts(facts.call, facts.status, request_id=facts.request_id, detail=what))
