"""Our own hold is nobody else's: a row takes over what is still under way for its voucher, and keeps what it has."""

from __future__ import annotations

import pytest
from till_bench import SOMCHAI, START, VOUCHERS, Bench, voucher

from pos_app.domain.commands import HoldVoucher, ReleaseVoucher
from pos_app.domain.entries import EntryState, Hold
from pos_app.domain.vouchers import VoucherState
from pos_app.till import events as ev
from pos_app.till.parking import RecallTapped


@pytest.fixture
def bench() -> Bench:
    return Bench()


def given_back(bench: Bench) -> list[int]:
    return [one.voucher_id for one in bench.stored(ReleaseVoucher)]


HELD_NOW = voucher(1, state=VoucherState.HELD)


def bring_back(bench: Bench, how: str) -> None:
    """A row whose hold is under way is taken out, or its sale cancelled, and comes back; Perx may show the hold."""
    if how == "row":
        bench.happen(ev.LineRemoved(bench.state.sale.lines[0].key), ev.VoucherTapped(1))
        return
    bench.happen(ev.CancelTapped())
    bench.happen(RecallTapped(bench.state.parked[0].id))
    bench.customer_comes(bench.state.sale.look, (HELD_NOW,) if how == "sale, shown as held" else VOUCHERS)


@pytest.mark.fault("FM-12")
@pytest.mark.parametrize("how", ["row", "sale", "sale, shown as held"])
@pytest.mark.parametrize("state", [EntryState.SENDING, EntryState.CHECKING])
@pytest.mark.parametrize("end", [EntryState.DONE, EntryState.REFUSED])
def test_a_row_that_comes_back_while_its_hold_is_under_way_takes_that_hold_over(bench, how, state, end):
    """A second hold would be refused because of the first, and the first given back: the voucher would be nobody's."""
    bench.customer()
    bench.happen(ev.VoucherTapped(1))
    [hold] = bench.stored(HoldVoucher)
    bench.entry(hold, state, tries=1)
    bring_back(bench, how)
    assert bench.lines == ["holding" if state is EntryState.SENDING else "no_answer"]
    bench.entry(hold, end, tries=1, problem="PX-003" if end is EntryState.REFUSED else "")
    assert (bench.stored(HoldVoucher), given_back(bench)) == ([hold], [])
    assert bench.lines == ["held" if end is EntryState.DONE else "refused"]
    if end is EntryState.DONE:
        bench.happen(ev.CancelTapped())
        assert given_back(bench) == [1]


@pytest.mark.fault("FM-12")
@pytest.mark.parametrize("second", [EntryState.REFUSED, EntryState.DONE])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_hold_that_comes_true_late_is_not_given_back_from_under_the_row_of_its_voucher(bench, second, is_first):
    """A person decides of the first hold when the row waits for a second one, or has it."""
    bench.customer()
    bench.happen(ev.VoucherTapped(1))
    [first] = bench.stored(HoldVoucher)
    bench.entry(first, EntryState.ATTENTION, problem="PX-003")
    bench.happen(ev.VoucherTapped(1))
    [_, again] = bench.stored(HoldVoucher)
    if is_first:
        bench.entry(first, EntryState.DONE)
        bench.entry(again, second, problem="" if second is EntryState.DONE else "PX-003")
    else:
        bench.entry(again, EntryState.DONE)
        bench.entry(first, EntryState.DONE)
    assert (bench.lines, given_back(bench)) == (["held"], [])


def test_an_open_hold_of_the_last_run_is_known_as_ours(bench):
    bench.customer()
    bench.happen(ev.VoucherTapped(1))
    [hold] = bench.stored(HoldVoucher)
    there = bench.entry(hold, EntryState.CHECKING)
    again = Bench()
    again._minted = 1000  # a reference is never minted twice
    again.happen(ev.Restored(None, holds=(Hold(1, SOMCHAI.identifier, hold.sale, START),), hold_entries=(there,)))
    again.customer((HELD_NOW,))
    again.happen(ev.VoucherTapped(1))
    assert again.lines == ["no_answer"]
    again.entry(hold, EntryState.DONE)
    assert (again.lines, again.stored()) == (["held"], [])
