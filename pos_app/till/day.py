"""The end of the day on the screen: counted when it is opened, compared with Perx when that is asked for."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.day import today
from pos_app.till import events as ev
from pos_app.till.effects import CompareDay, CountDay, Effect
from pos_app.till.state import DayView, Moment, State

Step = tuple[State, list[Effect]]


def on_opened(state: State, moment: Moment) -> Step:
    """Count today; what was compared on an earlier day is not shown any more."""
    day, seen = today(moment.now), state.day
    if not seen.comparing and seen.report is not None and seen.report.day.on != day.on:
        state = replace(state, day=DayView())
    return state, [CountDay(day)]


def on_day(state: State, event: ev.CompareTapped | ev.DaySeen | ev.DayCompared, moment: Moment) -> Step:
    """Figures are here, or a few more customers were compared; at the end the figures are counted again."""
    match event:
        case ev.CompareTapped():
            return _compare(state, moment)
        case ev.DaySeen():
            return replace(state, day=replace(state.day, figures=event.figures)), []
    effects: list[Effect] = [CountDay(event.report.day)] if event.is_over else []
    return replace(state, day=replace(state.day, report=event.report, comparing=not event.is_over)), effects


def _compare(state: State, moment: Moment) -> Step:
    """Begin, or go on where the last comparison stopped; a second tap finds it under way."""
    if state.day.comparing:
        return state, []
    day, last = today(moment.now), state.day.report
    stopped = last is not None and last.day.on == day.on and bool(last.stopped)
    seen = DayView(state.day.figures, last if stopped else None, comparing=True)
    return replace(state, day=seen), [CompareDay(day, seen.report)]
