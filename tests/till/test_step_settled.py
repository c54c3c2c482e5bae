"""What the counter hears of its own entries when they cannot be read, or when a person closed them."""

from __future__ import annotations

import pytest
from till_bench import Bench

from pos_app.domain.commands import Checkout, Command, HoldVoucher, RecordSale, ReleaseVoucher, Spoilt
from pos_app.domain.entries import EntryState
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.draft import to_draft
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


def saved(bench: Bench, how: str) -> RecordSale:
    """A sale that the counter was told is saved, its slip printed; then nobody knows what became of it."""
    bench.customer()
    if how == "offline":
        bench.offline()
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(RecordSale)
    if how == "asked to wait":
        bench.entry(sale, EntryState.SENDING, tries=1)
    bench.entry(sale, EntryState.WAITING, tries=int(how != "offline"))
    assert (bench.state.sale.phase, slips(bench)) == (Phase.DONE, 1)
    bench.happen(ev.SlipPrinted(sale.ref))
    bench.entry(sale, EntryState.SENDING, tries=2)
    bench.entry(sale, EntryState.CHECKING, tries=2, problem="NET-02")
    return sale


def slips(bench: Bench) -> int:
    return sum(isinstance(one, ef.PrintSlip) for one in bench.effects)


@pytest.mark.fault("FM-01")
@pytest.mark.parametrize("how", ["offline", "asked to wait"])
@pytest.mark.parametrize("end", [EntryState.DONE, EntryState.REFUSED])
def test_a_sale_that_was_told_as_saved_stays_over_when_its_answer_is_lost_later(bench, how, end):
    """The customer has gone: given up it is not sold again, and found it prints no second slip by itself."""
    sale = saved(bench, how)
    assert (bench.state.sale.phase, bench.state.sale.told, present(bench.state).body.title) == (
        Phase.DONE,
        True,
        "No answer yet",
    )
    bench.entry(sale, end, tries=2, problem="ATT-04" if end is EntryState.REFUSED else "")
    bench.happen(ev.CompleteTapped(), ev.NoticeClosed(), ev.CompleteTapped())
    assert (bench.state.sale.phase, bench.stored(), slips(bench)) == (Phase.DONE, [sale], 1)


@pytest.mark.fault("FM-01")
@pytest.mark.parametrize("how", ["offline", "asked to wait"])
@pytest.mark.parametrize("end", [EntryState.DONE, EntryState.REFUSED])
def test_a_sale_that_was_told_stays_over_across_a_restart(bench, how, end):
    sale = saved(bench, how)
    draft, record = to_draft(bench.state.sale), bench.state.sale.record
    again = Bench()
    again._minted = 1000  # a reference is never minted twice
    asked = bench.entry(sale, EntryState.CHECKING, tries=2)
    again.happen(ev.Restored({**draft, "stored": True}, asked, record, (), ()))
    again.entry(sale, end, tries=2, problem="ATT-04" if end is EntryState.REFUSED else "")
    again.happen(ev.CompleteTapped(), ev.NoticeClosed(), ev.CompleteTapped())
    assert (again.state.sale.phase, again.stored(), slips(again)) == (Phase.DONE, [], 0)


@pytest.mark.fault("FM-01")
def test_a_sale_without_an_answer_that_a_person_gives_up_is_over_without_a_slip_and_its_vouchers_are_free(bench):
    """Perx may have it all the same: open again, it would be sold twice."""
    bench.customer()
    bench.hold(1)
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(Checkout)
    bench.entry(sale, EntryState.CHECKING, tries=1, problem="NET-02")
    bench.entry(sale, EntryState.REFUSED, tries=1, problem="ATT-04")
    bench.happen(ev.CompleteTapped())
    assert (bench.state.sale.phase, slips(bench), bench.stored(Checkout)) == (Phase.DONE, 0, [sale])
    assert [one.voucher_id for one in bench.stored(ReleaseVoucher)] == [1]


@pytest.mark.parametrize("before", [EntryState.ATTENTION, EntryState.CHECKING])
def test_a_sale_that_cannot_be_read_and_is_given_up_does_not_say_that_its_vouchers_are_held(bench, before):
    bench.customer()
    bench.hold(1)
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(Checkout)
    bench.entry(spoilt(sale), before, tries=1)
    bench.entry(spoilt(sale), EntryState.REFUSED, problem="ATT-04")
    body = present(bench.state).body
    assert (bench.state.sale.phase, body.title, [row.words for row in body.rows]) == (
        Phase.DONE,
        "Refused",
        ["Not used"],
    )
