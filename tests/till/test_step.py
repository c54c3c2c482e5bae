"""The state table: what a tap, a scan and a late answer mean in each state."""

from __future__ import annotations

import pytest
from till_bench import BALANCE, SOMCHAI, START, VOUCHERS, Bench, voucher

from pos_app.domain.codes import Ref, show_ref
from pos_app.domain.commands import Checkout, CreateCustomer, HoldVoucher, RecordSale, ReleaseVoucher
from pos_app.domain.customers import Customer
from pos_app.domain.entries import EntryState, Hold
from pos_app.domain.vouchers import VoucherState
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.draft import to_draft
from pos_app.till.state import HintKind, Phase


def sold(bench: Bench, state: EntryState = EntryState.DONE, **values: object) -> Checkout | RecordSale:
    """Complete the sale and let its entry come to a state."""
    bench.happen(ev.CompleteTapped())
    command = bench.stored()[-1]
    for one in bench.stored():
        if isinstance(one, Checkout | RecordSale):
            command = one
    bench.entry(command, EntryState.SENDING, tries=1)
    bench.entry(command, state, tries=1, **values)
    return command


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.fault("FM-11")
def test_two_taps_on_complete_store_one_sale(bench):
    bench.customer()
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped(), ev.CompleteTapped(), ev.Scanned("POS:COMPLETE"))
    assert len(bench.stored(RecordSale)) == 1
    assert bench.state.sale.phase is Phase.COMMITTING


@pytest.mark.parametrize("event", [ev.KeyTapped("9"), ev.CancelTapped(), ev.LineRemoved("row1"), ev.CustomerRemoved()])
@pytest.mark.parametrize("phase", ["committing", "checking"])
def test_a_sale_that_was_sent_cannot_be_changed(bench, event, phase):
    bench.customer()
    bench.hold(2)
    bench.bill("5", "6", "00")
    if phase == "checking":
        sold(bench, EntryState.CHECKING)
    else:
        bench.happen(ev.CompleteTapped())
    before = bench.state.sale
    assert not [one for one in bench.happen(event) if isinstance(one, ef.Store)]
    assert bench.state.sale == before


@pytest.mark.fault("FM-09", "FM-11")
def test_a_scan_while_sending_or_checking_waits_and_says_so(bench):
    bench.customer()
    bench.bill("5", "00")
    bench.happen(ev.CompleteTapped())
    before = bench.state.sale
    bench.happen(ev.Scanned("6598765402"))
    assert (bench.state.sale, bench.state.hint.kind) == (before, HintKind.STILL_BUSY)
    bench.entry(bench.stored(RecordSale)[0], EntryState.CHECKING, tries=1)
    before = bench.state.sale
    bench.happen(ev.Scanned("6598765402"))
    assert (bench.state.sale, bench.state.hint.kind) == (before, HintKind.STILL_CHECKING)


def test_a_scan_on_the_done_screen_begins_the_next_sale(bench):
    bench.customer()
    bench.bill("5", "00")
    sold(bench)
    asked = bench.happen(ev.Scanned("6598765402"))
    assert any(isinstance(one, ef.FindCustomer) for one in asked)
    assert bench.state.sale.phase is Phase.OPEN
    assert bench.state.sale.bill_minor == 0
    assert bench.state.last.due_minor == 500


def test_answers_to_an_older_look_up_change_nothing(bench):
    bench.happen(ev.Scanned('{"identifier": "1"}'))
    old = bench.state.sale.look
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    before = bench.state.sale
    other = Customer("1", 1)
    bench.happen(
        ev.CustomerFound(old, other),
        ev.CustomerDetailed(old, BALANCE, VOUCHERS),
        ev.CustomerUnknown(old, "1"),
        ev.CustomerFailed(old, "NET-01"),
        ev.VoucherSeen(old, VOUCHERS[0]),
        ev.VoucherMissing(old, 1, "PX-002"),
    )
    assert bench.state.sale == before


def test_a_late_answer_after_cancel_changes_nothing(bench):
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    look = bench.state.sale.look
    bench.happen(ev.CancelTapped(), ev.CustomerFound(look, SOMCHAI))
    assert bench.state.sale.is_empty


@pytest.mark.parametrize("leave", [ev.CancelTapped(), ev.LineRemoved("row1"), ev.CustomerRemoved()])
def test_a_hold_that_comes_true_too_late_is_given_back_once(bench, leave):
    bench.customer()
    bench.happen(ev.VoucherTapped(1))
    hold = bench.stored(HoldVoucher)[0]
    bench.happen(leave)
    assert not bench.stored(ReleaseVoucher), "nothing is given back before it is known to be held"
    bench.entry(hold, EntryState.DONE)
    assert [one.voucher_id for one in bench.stored(ReleaseVoucher)] == [1]


def test_a_refused_hold_is_not_given_back(bench):
    bench.customer()
    bench.happen(ev.VoucherTapped(1))
    bench.happen(ev.CancelTapped())
    bench.entry(bench.stored(HoldVoucher)[0], EntryState.REFUSED, problem="PX-003")
    assert not bench.stored(ReleaseVoucher)


@pytest.mark.fault("FM-12", "row 22")
def test_cancel_gives_every_held_voucher_back(bench):
    bench.customer()
    bench.hold(1)
    bench.hold(2)
    bench.happen(ev.CancelTapped())
    assert sorted(one.voucher_id for one in bench.stored(ReleaseVoucher)) == [1, 2]
    assert bench.state.sale.is_empty


@pytest.mark.fault("row 20")
def test_a_voucher_is_taken_once_however_often_it_is_scanned(bench):
    bench.customer()
    bench.happen(ev.VoucherTapped(1), ev.VoucherTapped(1), ev.Scanned("code1"))
    bench.hold(2)
    bench.happen(ev.Scanned("CODE2"))
    assert len(bench.stored(HoldVoucher)) == 2
    assert bench.state.hint.kind is HintKind.ALREADY_IN


def test_complete_waits_for_a_voucher_that_is_being_asked(bench):
    bench.customer()
    bench.bill("5", "6", "00")
    bench.happen(ev.VoucherTapped(1), ev.CompleteTapped())
    assert not bench.stored(Checkout)
    assert not bench.stored(RecordSale)


def test_a_voucher_below_its_minimum_is_held_but_not_used(bench):
    bench.customer()
    bench.hold(1)
    bench.bill("3", "0", "00")
    bench.happen(ev.CompleteTapped())
    assert [one.amount_minor for one in bench.stored(RecordSale)] == [3000]
    assert [one.voucher_id for one in bench.stored(ReleaseVoucher)] == [1]


@pytest.mark.fault("row 23")
def test_offline_the_whole_bill_is_recorded_and_held_vouchers_are_given_back(bench):
    bench.customer()
    bench.hold(1)
    bench.bill("5", "6", "00")
    bench.offline()
    bench.happen(ev.CompleteTapped())
    sale = bench.stored(RecordSale)[0]
    assert sale.amount_minor == 5600
    assert [one.voucher_id for one in bench.stored(ReleaseVoucher)] == [1]
    bench.entry(sale, EntryState.WAITING)
    assert bench.state.sale.phase is Phase.DONE


def test_a_refused_sale_is_open_again_and_gets_a_new_reference(bench):
    bench.customer()
    bench.hold(1)
    bench.bill("5", "6", "00")
    first = sold(bench, EntryState.REFUSED, problem="PX-003", said="no")
    sale = bench.state.sale
    assert (sale.phase, sale.bill_minor, bench.lines) == (Phase.OPEN, 5600, ["held"])
    assert sale.trouble.problem == "PX-003"
    bench.happen(ev.NoticeClosed(), ev.CompleteTapped())
    assert len({one.ref for one in bench.stored(Checkout)}) == 2
    assert bench.stored(Checkout)[0].ref == first.ref


def test_what_could_not_be_written_down_stays_on_the_screen(bench):
    bench.customer()
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    bench.happen(ev.StoreFailed(bench.stored(RecordSale)[0].ref, "DISK-01"))
    sale = bench.state.sale
    assert (sale.phase, sale.bill_minor, sale.trouble.problem) == (Phase.OPEN, 5600, "DISK-01")
    bench.happen(ev.NoticeClosed(), ev.CompleteTapped())
    assert len(bench.stored(RecordSale)) == 2


def test_a_lost_answer_can_be_left_behind_and_still_comes_home(bench):
    bench.customer()
    bench.bill("5", "00")
    command = sold(bench, EntryState.CHECKING)
    bench.happen(ev.NextTapped())
    assert bench.state.sale.is_empty
    bench.entry(command, EntryState.DONE)
    assert bench.state.last.state == "done"
    assert bench.state.sale.is_empty


def test_points_of_an_earlier_sale_only_change_what_is_kept(bench):
    bench.customer()
    bench.bill("5", "00")
    command = sold(bench)
    bench.happen(ev.NextTapped())
    before = bench.state.sale
    asked = bench.happen(ev.PointsSeen(command.ref, 5, "", BALANCE))
    assert bench.state.sale == before
    assert [one.ref for one in asked if isinstance(one, ef.UpdateSale)] == [command.ref]


def test_a_bare_code_before_its_customer_is_matched_afterwards(bench):
    bench.happen(ev.Scanned("CODE1"), ev.Scanned("6591234821"))
    assert bench.lines == ["waiting"]
    bench.happen(ev.CustomerUnknown(bench.state.sale.look, "CODE1"))
    assert bench.state.sale.looking.identifier == "6591234821"
    look = bench.state.sale.look
    bench.happen(ev.CustomerFound(look, SOMCHAI), ev.CustomerDetailed(look, BALANCE, VOUCHERS))
    assert [one.voucher_id for one in bench.stored(HoldVoucher)] == [1]


def test_two_unknown_codes_end_in_one_offer_and_no_endless_search(bench):
    bench.happen(ev.Scanned("X1"), ev.Scanned("X2"))
    bench.happen(ev.CustomerUnknown(bench.state.sale.look, "X1"))
    bench.happen(ev.CustomerUnknown(bench.state.sale.look, "X2"))
    assert bench.state.sale.looking is None
    assert bench.state.sale.offer is not None
    assert sum(isinstance(one, ef.FindCustomer) for one in bench.effects) == 2


def test_another_members_code_cannot_take_over_a_sale_with_held_vouchers(bench):
    bench.customer()
    bench.hold(1)
    before = bench.state.sale
    bench.happen(ev.Scanned('{"identifier": "777"}'))
    assert (bench.state.sale, bench.state.hint.kind) == (before, HintKind.OTHER_CUSTOMER)
    bench.happen(ev.Scanned('{"identifier": "777", "voucherId": 9}'))
    assert bench.lines == ["held", "refused"]


@pytest.mark.fault("FM-11")
def test_enrolling_twice_is_one_member(bench):
    bench.happen(ev.Scanned("NEW"))
    bench.happen(ev.CustomerUnknown(bench.state.sale.look, "NEW"), ev.EnrolTapped(), ev.EnrolTapped())
    assert len(bench.stored(CreateCustomer)) == 1


def test_our_slip_is_looked_for_here_unless_it_is_the_customers_voucher_code(bench):
    ref = bench.mint()
    assert bench.happen(ev.Scanned(show_ref(ref))) == [ef.FindSale(ref, show_ref(ref))]
    bench.customer((voucher(4, code=str(ref)),))
    bench.happen(ev.Scanned(str(ref)))
    assert [one.voucher_id for one in bench.stored(HoldVoucher)] == [4]


@pytest.mark.fault("FM-07")
def test_one_slow_answer_is_no_outage_and_alternating_ones_do_not_flap(bench):
    bench.happen(*[ev.ExchangeSeen(True)] * 4)
    assert bench.happen(ev.ExchangeSeen(False, "NET-02")) == [ef.Probe()]
    assert bench.state.link.online
    changes = 0
    for number in range(30):
        before = bench.state.link.online
        bench.happen(ev.ExchangeSeen(number % 2 == 0, "NET-02"), after_s=1)
        changes += before != bench.state.link.online
    assert changes == 1
    assert not bench.state.link.online
    bench.happen(ev.ExchangeSeen(True), ev.ExchangeSeen(True))
    assert bench.state.link.online


@pytest.mark.fault("FM-07")
def test_a_list_that_is_broken_at_perx_is_no_outage(bench):
    broken = ev.ExchangeSeen(False, "NET-06", call="GET /v4/vouchers")
    for _ in range(10):
        assert ef.Probe(deep=True) in bench.happen(ev.ExchangeSeen(True, call="GET /v4/loyalty"), broken, broken)
        bench.happen(ev.ExchangeSeen(True), ev.ExchangeSeen(True, call="customer"))
        assert bench.state.link.online
    bench.happen(broken, ev.ExchangeSeen(False, "NET-06", call="GET /v4/loyalty"))
    assert not bench.state.link.online, "what two calls meet is an outage"


@pytest.mark.fault("FM-07")
def test_tokens_alone_do_not_end_an_outage_of_everything_else(bench):
    bench.happen(ev.ExchangeSeen(False, "NET-06", call="one"), ev.ExchangeSeen(False, "NET-06", call="other"))
    for _ in range(5):
        asked = bench.happen(ev.ExchangeSeen(True), ev.ExchangeSeen(True), ev.Ticked(), after_s=20)
        assert ef.Probe(deep=True) in asked
    assert not bench.state.link.online
    bench.happen(ev.ExchangeSeen(True), ev.ExchangeSeen(True, call="customer"))
    assert bench.state.link.online


@pytest.mark.parametrize("problem", ["NET-01", "NET-02", "NET-04"])
def test_a_line_that_fails_one_call_twice_is_down_unless_others_do_well(bench, problem):
    failed = ev.ExchangeSeen(False, problem, call="one")
    bench.happen(failed, ev.ExchangeSeen(True), failed)
    assert bench.state.link.online
    bench.happen(failed, failed, failed, failed)
    assert not bench.state.link.online


def test_refused_credentials_are_kept_apart_from_an_outage(bench):
    bench.happen(ev.ExchangeSeen(True, "KEY-01"))
    assert (bench.state.link.online, bench.state.link.keys) == (True, "KEY-01")
    assert ef.HoldBack(False) in bench.happen(ev.ExchangeSeen(True))


@pytest.mark.fault("FM-12")
@pytest.mark.parametrize("state", [EntryState.DONE, EntryState.CHECKING])
def test_a_restart_brings_the_open_sale_back(bench, state):
    bench.customer()
    hold = bench.hold(1)
    bench.bill("5", "6", "00")
    again = Bench()
    held = Hold(1, SOMCHAI.identifier, hold.sale, START)
    entry = bench.entry(hold, state)
    asked = again.happen(ev.Restored(to_draft(bench.state.sale), None, None, (held,), (entry,)))
    assert again.state.sale.bill_minor == 5600
    assert again.lines == ["held" if state is EntryState.DONE else "no_answer"]
    assert not again.stored(ReleaseVoucher)
    assert {type(one) for one in asked} >= {ef.FindCustomer, ef.SeeVoucher}


def test_a_restart_without_an_open_sale_gives_forgotten_holds_back(bench):
    bench.customer()
    hold = bench.hold(1)
    entry = bench.entry(hold, EntryState.DONE)
    again = Bench()
    held = Hold(1, SOMCHAI.identifier, Ref(hold.sale), START)
    again.happen(ev.Restored(None, None, None, (held,), (entry,)))
    assert [one.voucher_id for one in again.stored(ReleaseVoucher)] == [1]
    third = Bench()
    third.happen(ev.Restored(None, None, None, (held,), (entry,), frozenset({1})))
    assert not third.stored(ReleaseVoucher), "it is being given back already"
    fourth = Bench()
    fourth.happen(ev.Restored(None, None, None, (held,), (entry,), selling=frozenset({1})))
    assert not fourth.stored(ReleaseVoucher), "it belongs to a sale that is still being checked"


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        (EntryState.WAITING, Phase.DONE),
        (EntryState.SENDING, Phase.CHECKING),
        (EntryState.CHECKING, Phase.CHECKING),
        (EntryState.DONE, Phase.DONE),
        (EntryState.ATTENTION, Phase.DONE),
    ],
)
def test_a_restart_after_complete_shows_what_came_of_the_sale(bench, state, phase):
    bench.customer()
    bench.bill("5", "00")
    command = sold(bench, EntryState.CHECKING)
    entry = bench.entry(command, state)
    again = Bench()
    again.happen(ev.Restored(to_draft(bench.state.sale), entry, bench.state.sale.record))
    assert again.state.sale.phase is phase
    assert not again.stored()


@pytest.mark.parametrize(
    ("left", "state"), [("entry", "done"), ("record", "attention"), ("row", "attention"), ("nothing", "")]
)
def test_a_completed_sale_of_which_a_damage_left_a_part_is_not_open_again(bench, left, state):
    """It may have been sent: completed again it would count twice. Of what was never sent nothing is stored."""
    bench.customer()
    bench.bill("5", "00")
    command = sold(bench, EntryState.CHECKING)
    draft, record = to_draft(bench.state.sale), bench.state.sale.record
    entry = bench.entry(command, EntryState.DONE) if left == "entry" else None
    again = Bench()
    again.happen(ev.Restored(draft, entry, record if left == "record" else None, is_spoilt=left == "row"))
    kept = again.state.sale.record
    assert (kept.state, kept.ref, kept.due_minor) == (state, command.ref, 500) if state else kept is None
    assert again.state.sale.phase is (Phase.OPEN if left == "nothing" else Phase.DONE)
    again.happen(ev.CompleteTapped())
    sold_again = [one for one in again.effects if isinstance(one, ef.Store) and not one.lost]
    assert bool(sold_again) is (left == "nothing")


def test_a_voucher_seen_as_lapsed_is_no_longer_counted(bench):
    bench.customer()
    bench.hold(2)
    bench.happen(ev.VoucherSeen(bench.state.sale.look, voucher(2, state=VoucherState.ISSUED)))
    assert bench.lines == ["refused"]
    assert ef.ForgetHold(2) in bench.effects, "another till may hold it by now"


@pytest.mark.fault("row 5")
def test_a_clock_that_is_set_back_does_not_silence_an_offline_till(bench):
    bench.offline()
    assert ef.Probe() in bench.happen(ev.Ticked(), after_s=30)
    assert ef.Probe() in bench.happen(ev.Ticked(), after_s=-3600)


@pytest.mark.parametrize(("problem", "forgotten"), [("PX-003", True), ("PX-002", False)])
def test_a_hold_that_cannot_be_given_back_is_forgotten_only_when_the_voucher_was_used(bench, problem, forgotten):
    release = ReleaseVoucher(ref=bench.mint(), identifier=SOMCHAI.identifier, voucher_id=1, sale=bench.mint())
    bench.entry(release, EntryState.REFUSED, problem=problem)
    assert (ef.ForgetHold(1) in bench.effects) is forgotten
