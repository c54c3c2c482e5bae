"""Parking: put aside, taken up again, a cancelled sale brought back; nothing stays held meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from till_bench import SOMCHAI, START, Bench

from pos_app.domain.codes import Ref
from pos_app.domain.commands import HoldVoucher, ReleaseVoucher
from pos_app.domain.entries import EntryState
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.parking import (
    MOST_PARKED,
    Parked,
    ParkedRead,
    ParkTapped,
    RecallTapped,
    from_row,
    to_row,
)
from pos_app.till.state import HintKind, Phase


@pytest.fixture
def bench() -> Bench:
    """A customer with one voucher held and a bill of 56.00."""
    bench = Bench()
    bench.customer()
    bench.hold(1)
    bench.bill("5", "6", "00")
    return bench


def kept(effects: list[ef.Effect]) -> list[tuple[bool, tuple[Parked, ...]]]:
    """Whether a sale was on the counter, and what was put aside, each time that both were written down."""
    return [(one.draft is not None, one.parked) for one in effects if isinstance(one, ef.KeepDraft)]


@pytest.mark.parametrize("how", [ParkTapped(), ev.Scanned("POS:PARK")])
def test_a_parked_sale_holds_nothing_and_is_written_down(bench, how):
    asked = bench.happen(how)
    assert [one.voucher_id for one in bench.stored(ReleaseVoucher)] == [1]
    [parked] = bench.state.parked
    assert (parked.identifier, parked.bill_minor) == (SOMCHAI.identifier, 5600)
    assert [number for number, _ in parked.vouchers] == [1]
    assert kept(asked) == [(False, (parked,))], "a crash would lose it"
    assert bench.state.sale.is_empty
    assert bench.state.hint.kind is HintKind.PARKED


def test_taken_up_again_its_customer_is_asked_for_and_its_vouchers_are_held_anew(bench):
    first = bench.state.sale.id
    bench.happen(ParkTapped())
    [parked] = bench.state.parked
    asked = bench.happen(RecallTapped(parked.id))
    assert bench.state.parked == ()
    assert kept(asked) == [(True, ())], "a crash would leave it in both places"
    look = bench.state.sale.look
    assert ef.FindCustomer(look, SOMCHAI.identifier, raw=False) in asked
    assert (bench.state.sale.bill_minor, bench.state.sale.id != first) == (5600, True)
    bench.customer_comes(look)
    holds = bench.stored(HoldVoucher)
    assert [one.voucher_id for one in holds] == [1, 1]
    assert holds[0].sale != holds[1].sale
    bench.entry(holds[1], EntryState.DONE)
    assert bench.lines == ["held"]


def test_taking_one_up_puts_the_one_on_the_counter_aside(bench):
    bench.happen(ParkTapped(), ev.KeyTapped("7"))
    [first] = bench.state.parked
    bench.happen(RecallTapped(first.id))
    assert [one.bill_minor for one in bench.state.parked] == [7]
    assert bench.state.sale.bill_minor == 5600


def test_a_cancelled_sale_can_be_brought_back_for_a_minute_and_only_the_last_one(bench):
    bench.happen(ev.CancelTapped(), ev.KeyTapped("8"), ev.CancelTapped())
    assert [(one.bill_minor, one.cancelled) for one in bench.state.parked] == [(8, True)]
    bench.happen(RecallTapped(bench.state.parked[0].id))
    assert bench.state.sale.bill_minor == 8
    bench.happen(ev.CancelTapped())
    asked = bench.happen(ev.Ticked(), after_s=61)
    assert bench.state.parked == ()
    assert kept(asked) == [(False, ())]


def test_what_is_being_sent_is_neither_parked_nor_taken_up_over(bench):
    bench.happen(ParkTapped())
    [parked] = bench.state.parked
    bench.customer()
    bench.bill("9", "00")
    bench.happen(ev.CompleteTapped())
    assert bench.state.sale.phase is Phase.COMMITTING
    bench.happen(ParkTapped())
    bench.happen(RecallTapped(parked.id))
    assert bench.state.sale.phase is Phase.COMMITTING
    assert bench.state.parked == (parked,)


def test_an_empty_counter_parks_nothing_and_a_full_shelf_takes_no_more():
    bench = Bench()
    assert not kept(bench.happen(ParkTapped()))
    for number in range(MOST_PARKED + 1):
        bench.happen(ev.KeyTapped(str(number % 9 + 1)), ParkTapped())
    assert len(bench.state.parked) == MOST_PARKED
    assert bench.state.hint.kind is HintKind.PARKED_FULL
    assert bench.state.sale.bill_minor, "the sale stays on the counter"


def test_a_restart_brings_parked_sales_back_but_no_cancelled_or_old_one():
    bench = Bench()
    fresh = Parked(Ref("1"), START, bill_minor=100)
    old = Parked(Ref("2"), START - timedelta(hours=25), bill_minor=200)
    cancelled = Parked(Ref("3"), START, bill_minor=300, cancelled=True)
    bench.happen(ParkedRead((fresh, old, cancelled)))
    assert bench.state.parked == (fresh,)
    asked = bench.happen(ev.Ticked(), after_s=24 * 3600)
    assert [one.what for one in asked if isinstance(one, ef.Note)] == ["parked sale forgotten"]


PARKED = st.builds(
    Parked,
    id=st.text("0123456789", min_size=1).map(Ref),
    at=st.datetimes(timezones=st.just(START.tzinfo)),
    identifier=st.text(max_size=20),
    name=st.text(max_size=20),
    bill_minor=st.integers(0, 10**9),
    vouchers=st.lists(st.tuples(st.integers(1, 10**6), st.text(max_size=9)), max_size=3).map(tuple),
    cancelled=st.booleans(),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


@given(PARKED)
def test_what_is_written_down_is_read_back(parked):
    assert from_row(to_row(parked)) == parked


@given(ANYTHING, st.sampled_from(sorted(to_row(Parked(Ref("1"), START)))))
def test_nonsense_is_no_parked_sale(nonsense, name):
    from_row(nonsense)
    from_row(to_row(Parked(Ref("1"), START)) | {name: nonsense})
