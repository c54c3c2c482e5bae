"""The end of the day on the screen: what opening it, a tap and an answer mean."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from till_bench import START, Bench

from pos_app.domain.day import Figures, local_day, today
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.report import Report

DAY = today(START)
CUT = Report(DAY, START, 30, 12, stopped="NET-01", after="6591234821")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_tap_compares_today_from_the_start_and_a_second_one_finds_it_under_way(bench):
    assert bench.happen(ev.PanelOpened("day")) == [ef.CountDay(DAY)]
    assert bench.happen(ev.CompareTapped()) == [ef.CompareDay(DAY)]
    assert bench.happen(ev.CompareTapped()) == []
    bench.happen(ev.DayCompared(replace(CUT, stopped=""), is_over=False))
    assert bench.happen(ev.CompareTapped()) == []
    assert bench.state.day.report.compared == 12


def test_a_comparison_that_was_cut_short_goes_on_and_a_whole_one_begins_anew(bench):
    bench.happen(ev.CompareTapped())
    assert bench.happen(ev.DayCompared(CUT, is_over=True)) == [ef.CountDay(DAY)]
    assert bench.happen(ev.CompareTapped()) == [ef.CompareDay(DAY, CUT)]
    bench.happen(ev.DayCompared(replace(CUT, stopped="", compared=30), is_over=True))
    assert bench.happen(ev.CompareTapped()) == [ef.CompareDay(DAY)]


def test_yesterdays_comparison_is_neither_shown_nor_continued(bench):
    yesterday = local_day(DAY.on - timedelta(days=1))
    bench.happen(ev.DaySeen(Figures(yesterday, START, 5)))
    bench.happen(ev.DayCompared(replace(CUT, day=yesterday), is_over=True))
    assert bench.happen(ev.CompareTapped()) == [ef.CompareDay(DAY)]
    bench.happen(ev.DayCompared(replace(CUT, day=yesterday), is_over=True), ev.PanelOpened("day"))
    assert bench.state.day.report is None


def test_the_sale_under_it_stays_as_it_is(bench):
    bench.customer()
    bench.bill("5", "00")
    before = bench.state.sale
    bench.happen(ev.PanelOpened("day"), ev.CompareTapped(), ev.DayCompared(CUT, is_over=True), ev.PanelClosed())
    assert (bench.state.sale, bench.state.panel) == (before, None)
