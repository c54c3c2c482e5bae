"""A small explicit-state model checker: every state that can be reached, breadth first, so that a trace is shortest."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

S = TypeVar("S", bound=Hashable)


class ViolationError(Exception):
    """An invariant does not hold."""


class BrokenError(AssertionError):
    """The shortest way to a violation, one line per step."""

    def __init__(self, why: str, trace: list[str]) -> None:
        super().__init__("\n".join([f"{why}, after {len(trace)} steps:", *(f"  {one}" for one in trace)]))
        self.why, self.trace = why, trace


@dataclass
class Report:
    """What was looked at. `ends`: the different ends when nothing fails any more."""

    states: int = 0
    steps: int = 0
    ends: set[Any] = field(default_factory=set)


@dataclass
class Checker(Generic[S]):
    """What may happen (`steps`), what must hold in every state (`check`), and how it has to end.

    From every state the `calm` steps of its `core` (nothing fails any more) must come to an end, whichever of them
    are taken, and `end` names that end. `check` and `end` raise ViolationError.
    """

    steps: Callable[[S], Iterable[tuple[str, S]]]
    check: Callable[[S], None]
    calm: Callable[[S], Iterable[tuple[str, S]]]
    end: Callable[[S], Hashable]
    core: Callable[[S], S]

    def explore(self, start: S, most: int = 1_000_000) -> Report:
        """Look at every state, and then at how it all ends from there. Errors: BrokenError with the shortest trace."""
        came: dict[S, tuple[S, str] | None] = {start: None}
        todo, report = deque([start]), Report()
        while todo:
            state = todo.popleft()
            then: list[str] = []
            try:
                for label, after in self.steps(state):
                    report.steps += 1
                    if after not in came:
                        came[after] = (state, label)
                        todo.append(after)
                        then[:] = [label]
                        self.check(after)
            except ViolationError as exc:
                raise BrokenError(str(exc), [*_trace(came, state), *then]) from None
            assert len(came) <= most, f"more than {most} states"
        self._end_all(came, report)
        report.states = len(came)
        return report

    def _end_all(self, came: dict[S, tuple[S, str] | None], report: Report) -> None:
        calmed: set[S] = set()
        for state in came:  # in the order in which they were found: the first trace is the shortest
            way = ["(from here on nothing fails)"]
            try:
                self._calm_down(self.core(state), calmed, way, report)
            except ViolationError as exc:
                raise BrokenError(str(exc), [*_trace(came, state), *way]) from None

    def _calm_down(self, state: S, calmed: set[S], way: list[str], report: Report) -> None:
        """Let everything come to an end from here; `way` names the steps taken so far, also when it raises."""
        on_way: set[S] = set()

        def visit(state: S) -> None:
            if state in calmed:
                return
            if state in on_way:
                raise ViolationError("it never comes to an end")
            on_way.add(state)
            steps = list(self.calm(state))
            for label, after in steps:
                way.append(label)
                self.check(after)
                visit(after)
                way.pop()
            if not steps:
                report.ends.add(self.end(state))
            on_way.discard(state)
            calmed.add(state)

        visit(state)


def _trace(came: dict[S, tuple[S, str] | None], state: S) -> list[str]:
    trace: list[str] = []
    while (step := came[state]) is not None:
        state = step[0]
        trace.append(step[1])
    return trace[::-1]
