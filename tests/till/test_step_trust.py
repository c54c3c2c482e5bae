"""Without Perx: what may be used on trust, what is stored for it, and what happens when Perx is back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from till_bench import BALANCE, SOMCHAI, VOUCHERS, Bench, voucher

from pos_app.domain.commands import Checkout, HoldVoucher, RecordSale, RedeemVoucher, ReleaseVoucher
from pos_app.domain.entries import Backlog, EntryState
from pos_app.domain.offline import Distrust, Trust, Unconfirmed
from pos_app.domain.vouchers import VoucherState, Why
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.state import Phase
from pos_app.ui.present import present

SIGNED = Trust(signed=True, max_count=2, max_value_minor=2500, seen_within=timedelta(hours=2))


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.state = replace(made.state, shop=replace(made.state.shop, trust=SIGNED))
    return made


def without_perx(bench: Bench) -> None:
    """The customer is known, then the link goes."""
    bench.customer()
    bench.offline()


def online(bench: Bench) -> list[ef.Effect]:
    return bench.happen(ev.ExchangeSeen(True), ev.ExchangeSeen(True))


def puts(effects: list[ef.Effect]) -> list[ef.Store]:
    return [one for one in effects if isinstance(one, ef.Store)]


def test_a_voucher_on_trust_takes_its_amount_off_and_is_stored_with_the_sale(bench):
    without_perx(bench)
    bench.happen(ev.VoucherTapped(1))
    bench.bill("5", "6", "00")
    assert bench.lines == ["on_trust"]
    main = present(bench.state).body.till.main
    assert (main.amount, main.detail) == ("46.00", "1 on trust, sent later")
    [put] = puts(bench.happen(ev.CompleteTapped()))
    assert isinstance(put.command, RecordSale)
    assert (put.command.amount_minor, put.command.deferred) == (4600, True)
    assert put.command.properties["applied_vouchers"] == "1"
    [redeem] = put.also
    assert isinstance(redeem, RedeemVoucher)
    assert (redeem.voucher_id, redeem.sale, redeem.amount_minor) == (1, put.command.ref, 1000)
    [used] = put.record.vouchers
    assert used.is_unconfirmed
    assert not bench.happen(ev.CompleteTapped()), "a second tap finds the first"


def test_nobody_signed_so_nothing_is_trusted(bench):
    bench.state = replace(bench.state, shop=replace(bench.state.shop, trust=Trust()))
    without_perx(bench)
    bench.happen(ev.VoucherTapped(1))
    assert bench.lines == ["not_now"]
    assert bench.state.sale.lines[0].distrust is Distrust.NOT_SIGNED


def test_what_perx_last_said_must_be_fresh(bench):
    without_perx(bench)
    bench.happen(ev.VoucherTapped(1), after_s=3 * 3600)
    assert bench.state.sale.lines[0].distrust is Distrust.TOO_OLD


def test_the_caps_count_earlier_sales_and_this_one(bench):
    without_perx(bench)
    bench.happen(ev.BacklogSeen(Backlog(unconfirmed=Unconfirmed(1, 1000))))
    bench.happen(ev.VoucherTapped(1), ev.VoucherTapped(2))
    assert [line.distrust for line in bench.state.sale.lines] == [None, Distrust.TOO_MANY]


def test_an_expired_voucher_is_refused_without_asking(bench):
    bench.customer((voucher(1, valid_to=bench.state.now - timedelta(days=1)),))
    bench.offline()
    bench.happen(ev.VoucherTapped(1))
    assert bench.lines == ["refused"]


def test_a_member_who_was_never_checked_uses_nothing(bench):
    bench.offline()
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    bench.happen(ev.CustomerFailed(bench.state.sale.look, "NET-01", identifier="6591234821"))
    bench.happen(ev.Scanned('{"identifier": "6591234821", "voucherId": 1}'))
    assert bench.lines == ["not_now"]


def test_a_remembered_member_may_use_what_was_scanned_before_them(bench):
    bench.offline()
    bench.happen(ev.Scanned("CODE1"), ev.Scanned('{"identifier": "6591234821"}'))
    seen_at = bench.state.now - timedelta(minutes=30)
    look = bench.state.sale.look
    bench.happen(ev.CustomerRemembered(look, SOMCHAI, BALANCE, VOUCHERS, seen_at, "NET-01"))
    assert bench.lines == ["on_trust"]


def test_one_failed_look_up_is_not_an_outage_so_nothing_is_trusted_yet(bench):
    bench.happen(ev.Scanned("CODE1"), ev.Scanned('{"identifier": "6591234821"}'))
    look = bench.state.sale.look
    bench.happen(ev.CustomerRemembered(look, SOMCHAI, BALANCE, VOUCHERS, bench.state.now, "NET-02"))
    assert bench.lines == ["not_now"]


def test_a_voucher_that_was_held_before_the_outage_is_used_and_not_given_back(bench):
    bench.customer()
    bench.hold(1)
    bench.offline()
    bench.bill("6", "0", "00")
    effects = bench.happen(ev.CompleteTapped())
    [put] = puts(effects)
    [redeem] = put.also
    assert redeem.was_held
    assert not bench.stored(ReleaseVoucher)


def test_when_perx_is_back_before_the_sale_is_saved_it_is_held_properly(bench):
    without_perx(bench)
    bench.happen(ev.VoucherTapped(1))
    effects = online(bench)
    [hold] = [one.command for one in puts(effects)]
    assert isinstance(hold, HoldVoucher)
    assert bench.lines == ["holding"]
    bench.entry(hold, EntryState.DONE)
    bench.bill("5", "6", "00")
    [put] = puts(bench.happen(ev.CompleteTapped()))
    assert isinstance(put.command, Checkout)
    assert (put.command.amount_minor, put.also) == (4600, ())


def test_what_became_of_the_voucher_shows_on_the_sale(bench):
    without_perx(bench)
    bench.happen(ev.VoucherTapped(1))
    bench.bill("5", "6", "00")
    [put] = puts(bench.happen(ev.CompleteTapped()))
    bench.entry(put.command, EntryState.WAITING)
    assert bench.state.sale.phase is Phase.DONE
    bench.entry(put.also[0], EntryState.ATTENTION, problem="SALE-04")
    assert "refused by Perx" in present(bench.state).body.rows[0].words
    bench.entry(put.also[0], EntryState.DONE)
    assert "confirmed" in present(bench.state).body.rows[0].words
    assert not bench.state.sale.record.vouchers[0].is_unconfirmed
    bench.happen(ev.NextTapped())
    assert bench.state.last.vouchers[0].state == "done"


def test_a_voucher_that_this_till_has_used_itself_is_not_taken_on_trust_again(bench):
    seen_at = bench.state.now
    bench.offline()
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    used = replace(VOUCHERS[0], state=VoucherState.REDEEMED)
    bench.happen(ev.CustomerRemembered(bench.state.sale.look, SOMCHAI, BALANCE, (used,), seen_at, "NET-01"))
    bench.happen(ev.VoucherTapped(1))
    assert bench.lines == ["refused"]
    assert bench.state.sale.lines[0].no.why is Why.USED


def saved_with_a_held_voucher(bench: Bench) -> ef.Store:
    """A voucher was held, then the link went, and the sale was saved."""
    bench.customer()
    bench.hold(1)
    bench.offline()
    bench.bill("6", "0", "00")
    [put] = puts(bench.happen(ev.CompleteTapped()))
    bench.entry(put.command, EntryState.WAITING)
    assert bench.state.sale.phase is Phase.DONE
    return put


@pytest.mark.parametrize("has_gone", [True, False])
def test_a_held_voucher_whose_use_is_given_up_goes_back(bench, has_gone):
    """Perx would hold it on until the next start of the till."""
    put = saved_with_a_held_voucher(bench)
    if has_gone:
        bench.happen(ev.NextTapped())
    [redeem] = put.also
    bench.entry(redeem, EntryState.ATTENTION, problem="PX-003")
    assert not bench.stored(ReleaseVoucher)
    bench.entry(redeem, EntryState.REFUSED)
    assert [one.voucher_id for one in bench.stored(ReleaseVoucher)] == [1]


def test_a_voucher_on_trust_whose_use_is_given_up_was_never_held(bench):
    without_perx(bench)
    bench.happen(ev.VoucherTapped(1))
    bench.bill("5", "6", "00")
    [put] = puts(bench.happen(ev.CompleteTapped()))
    bench.entry(put.command, EntryState.WAITING)
    bench.entry(put.also[0], EntryState.REFUSED)
    assert not bench.stored(ReleaseVoucher)


def test_a_saved_sale_that_a_supervisor_gives_up_is_not_open_again(bench):
    """It was perhaps entered at Perx by hand: open again, it would be completed a second time."""
    put = saved_with_a_held_voucher(bench)
    bench.entry(put.command, EntryState.REFUSED)
    assert not puts(bench.happen(ev.CompleteTapped()))
    assert (bench.state.sale.phase, bench.state.sale.record.state) == (Phase.DONE, "refused")


# ---------------------------------------------------------------- offline by hand


def test_only_a_person_ends_offline_by_hand_also_when_the_keys_are_accepted_again(bench):
    bench.happen(ev.ExchangeSeen(False, "KEY-01"), ev.OfflineChosen(True))
    assert ef.HoldBack(False) not in bench.happen(ev.ExchangeSeen(True))
    bench.happen(ev.OfflineChosen(False))
    assert ef.HoldBack(False) in online(bench)


@pytest.mark.fault("FM-07")
def test_offline_by_hand_stays_until_a_person_ends_it(bench):
    bench.happen(ev.OfflineChosen(True))
    assert ef.HoldBack(True) in bench.effects
    online(bench)
    bench.happen(ev.Ticked(), after_s=120)
    assert not bench.state.link.online
    assert "A person took the till offline" in present(bench.state).banner.title
    [probe] = [one for one in bench.happen(ev.OfflineChosen(False)) if isinstance(one, ef.Probe)]
    assert probe
    assert not bench.state.link.online
    online(bench)
    assert bench.state.link.online


def test_offline_by_hand_no_look_up_waits_for_a_slow_line(bench):
    bench.happen(ev.OfflineChosen(True))
    [find] = [one for one in bench.happen(ev.Scanned("6591234821")) if isinstance(one, ef.FindCustomer)]
    assert not find.ask
