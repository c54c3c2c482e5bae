"""The rules of shifts as a table: every page and tap, what is asked for, and what a late answer changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from till_bench import START, Bench

from pos_app.domain.codes import ref_from_digits
from pos_app.domain.day import today
from pos_app.domain.shift import Open, Report, ReportKind, Shift, Tally
from pos_app.till import events as ev
from pos_app.till import parking, shifting
from pos_app.till.shifting import Page
from pos_app.till.state import HintKind, Phase

X = Report(ReportKind.X, "SGD", START, START, 3, done=Tally(2, 7000), open=Open((Tally(1, 5000),) * 4))
Z = replace(X, kind=ReportKind.Z)
SHIFT = Shift(3, START, "Mai A.")
DAY = today(START)


@pytest.fixture
def bench():
    made = Bench()
    made.happen(shifting.ShiftKnown(SHIFT), ev.PanelOpened("shift"), shifting.ReportSeen(X))
    return made


@pytest.fixture
def counter():
    """A till that needs a shift, and has none."""
    made = Bench()
    made.state = replace(made.state, shop=replace(made.state.shop, shift_required=True))
    made.happen(shifting.ShiftKnown(None))
    return made


@pytest.mark.parametrize(
    ("event", "asked", "busy", "page"),
    [
        (shifting.OpenTapped(), [], "", Page.NOW),
        (shifting.CloseTapped(), [shifting.CloseShift(3)], "closing", Page.NOW),
        (shifting.CloseTapped(sure=True), [shifting.CloseShift(3, sure=True)], "closing", Page.NOW),
        (shifting.PageTapped(Page.PAST), [shifting.ListPast()], "", Page.PAST),
        (shifting.PageTapped(Page.NOW), [shifting.SeeReport(DAY)], "", Page.NOW),
        (shifting.PastTapped(2), [shifting.SeePast(2)], "", Page.PAST_ONE),
        (shifting.PrintReportTapped(), [shifting.PrintReport(X)], "printing", Page.NOW),
        (shifting.SaveTapped(), [shifting.SaveReport(X)], "saving", Page.NOW),
    ],
)
def test_a_tap_asks_once_and_a_second_one_finds_it_under_way(bench, event, asked, busy, page):
    assert bench.happen(event) == asked
    assert (bench.state.shift.busy, bench.state.shift.page) == (busy, page)
    if busy:
        before = bench.state
        assert bench.happen(event) == []
        assert bench.state.shift == before.shift


def test_what_waits_is_shown_before_a_shift_is_closed_and_one_more_tap_closes_it(bench):
    bench.happen(shifting.CloseTapped())
    bench.happen(shifting.StillOpen(X))
    assert (bench.state.shift.page, bench.state.shift.busy) == (Page.CLOSING, "")
    assert bench.happen(shifting.CloseTapped(sure=True)) == [shifting.CloseShift(3, sure=True)]
    bench.happen(shifting.ShiftKnown(None))
    assert bench.happen(shifting.ShiftClosed(3)) == [shifting.SeePast(3)]
    bench.happen(shifting.PastSeen(3, Z))
    shift = bench.state.shift
    assert (shift.open, shift.page, shift.report, shift.out) == (None, Page.PAST_ONE, Z, "closed")


def test_a_question_that_was_left_closes_nothing(bench):
    bench.happen(shifting.CloseTapped(), shifting.StillOpen(X), shifting.PageTapped(Page.NOW))
    bench.happen(shifting.StillOpen(X))
    assert bench.state.shift.page is Page.NOW


def test_a_z_report_is_a_copy_from_its_second_print_on(bench):
    bench.happen(shifting.PastTapped(3), shifting.PastSeen(3, Z))
    assert bench.happen(shifting.PrintReportTapped()) == [shifting.PrintReport(Z, copy=False)]
    bench.happen(shifting.ReportOut())
    assert bench.happen(shifting.PrintReportTapped()) == [shifting.PrintReport(Z, copy=True)]
    bench.happen(shifting.ReportOut("PRN-02"))
    bench.happen(shifting.PastTapped(3), shifting.PastSeen(3, Z, printed=4))
    assert bench.happen(shifting.PrintReportTapped()) == [shifting.PrintReport(Z, copy=True)]


def test_a_print_that_stopped_part_way_counts_as_out(bench):
    bench.happen(shifting.PastTapped(3), shifting.PastSeen(3, Z), shifting.PrintReportTapped())
    bench.happen(shifting.ReportOut("PRN-05", is_begun=True))
    assert bench.state.shift.problem == "PRN-05"
    assert bench.happen(shifting.PrintReportTapped()) == [shifting.PrintReport(Z, copy=True)]


@pytest.mark.parametrize("report", [None, Z])
def test_a_report_that_is_not_believed_is_neither_printed_nor_saved(bench, report):
    bench.happen(shifting.PastTapped(3), shifting.PastSeen(3, report, is_sound=False))
    assert bench.state.shift.problem == "SHF-01"
    assert bench.happen(shifting.PrintReportTapped(), shifting.SaveTapped()) == []


def test_answers_to_what_is_no_longer_asked_change_nothing(bench):
    bench.happen(shifting.PageTapped(Page.PAST))
    before = bench.state.shift
    bench.happen(shifting.ReportSeen(X), shifting.PastSeen(9, Z), shifting.StillOpen(X))
    assert bench.state.shift == before


def test_a_failure_is_said_and_can_be_tried_again(bench):
    bench.happen(shifting.CloseTapped(), shifting.ShiftFailed("DISK-01"))
    assert (bench.state.shift.problem, bench.state.shift.busy) == ("DISK-01", "")
    assert bench.happen(shifting.CloseTapped()) == [shifting.CloseShift(3)]
    assert bench.state.shift.problem == ""


def test_a_report_that_is_looked_at_goes_with_the_time(bench):
    assert bench.happen(ev.Ticked(), after_s=9) == []
    assert bench.happen(ev.Ticked(), after_s=1) == [shifting.SeeReport(DAY)]
    bench.happen(shifting.ReportSeen(replace(X, done=Tally(5_001, 1))))
    assert bench.happen(ev.Ticked(), after_s=60) == []
    bench.happen(shifting.ReportSeen(X), ev.PanelClosed())
    assert bench.happen(ev.Ticked(), after_s=60) == []


def test_a_shift_that_is_closed_from_outside_is_not_shown_as_open(bench):
    assert bench.happen(shifting.ShiftKnown(None)) == [shifting.SeeReport(DAY)]
    assert bench.state.shift.open is None


# ---------------------------------------------------------------- a till that needs a shift


@pytest.mark.parametrize(
    "event",
    [
        ev.Scanned('{"identifier": "6591234821"}'),
        ev.Scanned("CODE1"),
        ev.KeyTapped("5"),
    ],
)
def test_nothing_is_sold_before_a_shift_is_open(counter, event):
    assert counter.happen(event) == []
    assert counter.state.sale.is_empty
    assert counter.state.hint.kind is HintKind.SHIFT_FIRST
    assert counter.happen(shifting.OpenTapped()) == [shifting.OpenShift()]
    counter.happen(shifting.ShiftKnown(SHIFT), event)
    assert not counter.state.sale.is_empty


def test_a_typed_code_and_a_parked_sale_wait_for_it_too(counter):
    parked = parking.Parked(counter.mint(), START, bill_minor=700)
    counter.happen(parking.ParkedRead((parked,)))
    assert counter.happen(parking.RecallTapped(parked.id)) == []
    counter.happen(ev.PanelOpened("typing"), *(ev.KeyTapped(key) for key in "CODE1"))
    assert counter.happen(ev.TypedEntered()) == []
    assert counter.state.sale.is_empty


@pytest.mark.parametrize("code", ["POS:STAFF:NOORS-BADGE", "POS:NEXT", ref_from_digits(f"{7:022d}")])
def test_badges_commands_and_slips_are_taken_all_the_same(counter, code):
    counter.happen(ev.Scanned(code))
    assert counter.state.hint is None or counter.state.hint.kind is not HintKind.SHIFT_FIRST


def test_a_sale_that_is_under_way_is_never_stopped(counter):
    counter.happen(shifting.ShiftKnown(SHIFT))
    counter.customer()
    counter.happen(shifting.ShiftKnown(None))  # closed from outside, in the middle of it
    counter.bill("5", "00")
    counter.happen(ev.CompleteTapped())
    assert counter.state.sale.phase is Phase.COMMITTING
    assert counter.stored()


def test_until_the_till_knows_of_its_shifts_it_sells():
    bench = Bench()
    bench.state = replace(bench.state, shop=replace(bench.state.shop, shift_required=True))
    bench.happen(ev.KeyTapped("5"))
    assert bench.state.sale.bill_minor == 5
