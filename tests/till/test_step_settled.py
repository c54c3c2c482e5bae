"""What the counter hears of its own entries when they cannot be read, or when a person closed them."""

from __future__ import annotations

import pytest
from till_bench import Bench

from pos_app.domain.commands import Checkout, Command, HoldVoucher, RecordSale, Spoilt
from pos_app.domain.entries import EntryState
from pos_app.till import events as ev
from pos_app.till.state import LineState, Phase
from pos_app.ui.present import present


@pytest.fixture
def bench() -> Bench:
    return Bench()


def spoilt(command: Command) -> Spoilt:
    return Spoilt(ref=command.ref, kind=command.kind, kind_name=command.kind.value, lane=command.lane)


def test_a_sale_whose_entry_cannot_be_read_does_not_stay_on_the_counter_for_ever(bench):
    """It was never sent, and a supervisor settles it; the customer goes."""
    bench.customer()
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(RecordSale)
    bench.entry(spoilt(sale), EntryState.ATTENTION, problem="DISK-06")
    assert bench.state.sale.phase is Phase.DONE
    assert present(bench.state).body.title == "Needs attention"


def test_a_hold_whose_entry_cannot_be_read_is_no_hold(bench):
    bench.customer()
    bench.happen(ev.VoucherTapped(2))
    [hold] = bench.stored(HoldVoucher)
    bench.entry(spoilt(hold), EntryState.WAITING)
    assert bench.state.sale.lines[0].state is LineState.HOLDING
    bench.entry(spoilt(hold), EntryState.ATTENTION, problem="DISK-06")
    assert bench.state.sale.lines[0].state is LineState.NOT_NOW
    bench.bill("5", "00")
    bench.happen(ev.CompleteTapped())
    assert [type(one) for one in bench.stored()][-1] is RecordSale, "the sale cannot be completed"


@pytest.mark.parametrize(
    ("state", "code", "title"),
    [(EntryState.DONE, "ATT-03", "Marked as done"), (EntryState.REFUSED, "ATT-04", "Refused")],
)
def test_a_sale_that_a_person_closed_is_not_said_to_be_perxs_answer(bench, state, code, title):
    bench.customer()
    bench.hold(1)
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(Checkout)
    bench.entry(sale, EntryState.ATTENTION, problem="NET-02")
    bench.entry(sale, state, problem=code)
    body = present(bench.state).body
    assert (body.title, "Perx confirmed" in body.text, "A supervisor" in body.text) == (title, False, True)


def test_while_a_sale_is_checked_the_screen_says_for_how_long_and_without_perx_until_it_is_back(bench):
    bench.customer()
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(RecordSale)
    bench.entry(sale, EntryState.CHECKING, problem="NET-02", tries=1)

    def said() -> str:
        return present(bench.state).body.till.main.detail

    assert said() == "up to 60 s"
    bench.happen(ev.Ticked(), after_s=61)
    assert said() == "longer than usual"
    bench.offline()
    assert said() == "until Perx is back"
    bench.entry(sale, EntryState.ATTENTION, problem="NET-09", tries=1)
    assert present(bench.state).body.title == "Needs attention"
