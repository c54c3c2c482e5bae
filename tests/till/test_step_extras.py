"""Points, rewards and PINs, rule by rule: what comes late, what comes back after a start, and what a refusal does."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from model_extras import POINT, answer_of, happen
from msgspec.structs import replace
from till_bench import BALANCE, START, Bench

from pos_app.domain.commands import (
    Checkout,
    Command,
    ConfirmReward,
    HoldPoints,
    RecordSale,
    RedeemPin,
    ReleasePoints,
    ReleaseReward,
    ReserveReward,
    RevertVoucher,
)
from pos_app.domain.entries import Entry, EntryState
from pos_app.till import claiming, paying, pinning
from pos_app.till import events as ev
from pos_app.till.claiming import ClaimState
from pos_app.till.draft import refs_of, to_draft
from pos_app.till.parking import ParkTapped, RecallTapped
from pos_app.till.paying import PayState
from pos_app.till.state import LineState, Phase

MOVES = {HoldPoints: "paying", ReserveReward: "claiming", RedeemPin: "by PIN"}
ENDS = {HoldPoints: ReleasePoints, ReserveReward: ReleaseReward, RedeemPin: RevertVoucher}


def counter() -> Bench:
    """A customer without vouchers, and a bill of 80.00."""
    bench = Bench()
    bench.state = replace(bench.state, shop=replace(bench.state.shop, point_value=POINT))
    happen(bench, "alone")
    bench.bill("00")
    return bench


def asked(bench: Bench, kind: type[Command]) -> Command:
    """One of the three things that bind something at Perx was asked for."""
    happen(bench, MOVES[kind])
    [command] = bench.stored(kind)
    return command


def done(bench: Bench, command: Command) -> Entry:
    return bench.entry(command, EntryState.DONE, answer=answer_of(command), tries=1)


@pytest.mark.fault("FM-12")
@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("gone", [ev.CancelTapped(), ev.CustomerRemoved()])
def test_what_comes_true_after_its_sale_is_gone_is_brought_to_an_end(kind, gone):
    bench = counter()
    command = asked(bench, kind)
    bench.happen(gone)
    assert not bench.stored(ENDS[kind])
    done(bench, command)
    [end] = bench.stored(ENDS[kind])
    assert end.ends == (command.ref,)


@pytest.mark.fault("FM-12")
@pytest.mark.parametrize("kind", MOVES)
def test_a_cancelled_sale_gives_back_what_was_done(kind):
    bench = counter()
    command = asked(bench, kind)
    done(bench, command)
    bench.happen(ev.CancelTapped())
    [end] = bench.stored(ENDS[kind])
    assert end.ends == (command.ref,)


def test_a_taking_that_is_refused_lets_the_reward_go_also_when_its_sale_is_gone():
    for is_there in (True, False):
        bench = counter()
        reserve = asked(bench, ReserveReward)
        done(bench, reserve)
        bench.happen(claiming.TakeTapped(), claiming.TakeTapped())
        [confirm] = bench.stored(ConfirmReward)
        if not is_there:
            bench.happen(ev.CancelTapped())
        bench.entry(confirm, EntryState.REFUSED, problem="PX-005", tries=1)
        [release] = bench.stored(ReleaseReward)
        assert (release.voucher_id, release.ends) == (confirm.voucher_id, (reserve.ref,))
        if is_there:
            assert bench.state.sale.claim.state is ClaimState.REFUSED


def test_while_a_reward_is_taken_it_is_not_let_go():
    bench = counter()
    done(bench, asked(bench, ReserveReward))
    bench.happen(claiming.TakeTapped(), ev.LineRemoved(claiming.ROW), claiming.LetGoTapped())
    assert bench.state.sale.claim.state is ClaimState.CONFIRMING
    assert not bench.stored(ReleaseReward)


def test_one_hold_of_points_at_a_time_and_a_new_one_waits_for_the_old_to_go():
    bench = counter()
    done(bench, asked(bench, HoldPoints))
    held = BALANCE.points - bench.state.sale.known.balance.held
    assert held == 2480 - 400
    bench.happen(paying.PayTapped(), ev.KeyTapped("clear"), ev.KeyTapped("7"), ev.KeyTapped("00"), paying.PayEntered())
    [release] = bench.stored(ReleasePoints)
    assert release.points == 400
    assert bench.state.sale.pay.state is PayState.ASKING, "nothing is kept back before the balance was seen anew"
    assert len(bench.stored(HoldPoints)) == 1


def test_the_hold_says_what_perx_kept_back_before_it():
    bench = counter()
    bench.happen(paying.PayTapped(), ev.KeyTapped("9"), paying.PayEntered())
    bench.happen(paying.PointsRead(bench.state.sale.pay.ask, replace(BALANCE, held=300)))
    [hold] = bench.stored(HoldPoints)
    assert (hold.held_before, hold.points) == (300, 9)


def test_an_answer_to_an_older_look_at_the_balance_holds_nothing():
    bench = counter()
    bench.happen(paying.PayTapped(), ev.KeyTapped("9"), paying.PayEntered())
    old = bench.state.sale.pay.ask
    bench.happen(ev.LineRemoved(paying.ROW), paying.PointsRead(old, BALANCE))
    assert not bench.stored(HoldPoints)


def test_a_refused_sale_looks_whether_its_points_are_still_kept_back():
    bench = counter()
    done(bench, asked(bench, HoldPoints))
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(Checkout)
    assert (sale.points, sale.amount_minor, sale.ends) == (400, 80000 - 400, (bench.stored(HoldPoints)[0].ref,))
    bench.entry(sale, EntryState.REFUSED, problem="PX-003", tries=1)
    assert bench.state.sale.phase is Phase.OPEN
    bench.happen(paying.PointsRead(bench.state.sale.pay.ask, BALANCE))  # Perx keeps nothing back
    assert bench.state.sale.pay.problem == "SALE-07"
    assert [one.hold_ref for one in bench.stored(ReleasePoints)] == [bench.stored(HoldPoints)[0].ref]


def test_a_sale_that_was_told_and_given_up_lets_its_points_go_and_asks_its_pin_voucher_back():
    bench = counter()
    pin = asked(bench, RedeemPin)
    done(bench, pin)
    done(bench, asked(bench, HoldPoints))
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(Checkout)
    assert (sale.voucher_ids, sale.spent) == ([], {pin.ref: 4})
    bench.entry(sale, EntryState.ATTENTION, problem="NET-02", tries=1)
    bench.happen(ev.NextTapped())
    bench.entry(sale, EntryState.REFUSED, problem="ATT-04", tries=1)
    assert [one.hold_id for one in bench.stored(ReleasePoints)] == [sale.points_hold]
    assert [one.pin_ref for one in bench.stored(RevertVoucher)] == [pin.ref]


def test_a_pin_voucher_is_not_used_before_the_bill_reaches_its_minimum():
    bench = counter()
    bench.happen(ev.KeyTapped("clear"), ev.KeyTapped("9"))
    happen(bench, "with a PIN")
    short = replace(bench.state.sale.known.vouchers[-1], minimum=bench.state.sale.known.vouchers[0].minimum)
    known = replace(bench.state.sale.known, vouchers=(short,))
    bench.state = replace(bench.state, sale=replace(bench.state.sale, known=known))
    bench.happen(ev.VoucherTapped(4))
    bench.happen(pinning.PinKey("4"), pinning.PinEntered())
    assert not bench.stored(RedeemPin)
    assert bench.lines == ["needs_pin"]


def test_a_pin_is_in_no_command_no_draft_and_forgotten_after_half_a_minute():
    bench = counter()
    happen(bench, "with a PIN")
    bench.happen(ev.VoucherTapped(4), *(pinning.PinKey(one) for one in "90417"))
    assert bench.state.panel.pin.pin == "90417"
    assert "90417" not in repr(bench.state)
    bench.happen(ev.Ticked(), after_s=31)
    assert bench.state.panel.pin.pin == ""
    bench.happen(*(pinning.PinKey(one) for one in "90417"), pinning.PinEntered())
    assert "90417" not in repr((bench.stored(), bench.effects, to_draft(bench.state.sale), bench.state))


def test_points_without_perx_are_given_back_and_the_whole_bill_is_collected():
    bench = counter()
    done(bench, asked(bench, HoldPoints))
    bench.offline()
    bench.happen(ev.CompleteTapped())
    [sale] = bench.stored(RecordSale)
    assert (sale.amount_minor, sale.deferred) == (80000, True)
    assert len(bench.stored(ReleasePoints)) == 1
    assert bench.state.sale.record.paid_points == 0


def test_points_of_a_parked_sale_are_asked_for_anew():
    bench = counter()
    done(bench, asked(bench, HoldPoints))
    bench.happen(ParkTapped())
    [parked] = bench.state.parked
    assert parked.points == 400
    bench.happen(RecallTapped(parked.id))
    bench.customer_comes(bench.state.sale.look, ())
    assert bench.state.sale.pay.state is PayState.ASKING
    happen(bench, "balance")
    assert [one.points for one in bench.stored(HoldPoints)] == [400, 400]


# ---------------------------------------------------------------- a start

BECOMES = {
    EntryState.WAITING: "asked",
    EntryState.SENDING: "asked",
    EntryState.CHECKING: "asked",
    EntryState.DONE: "there",
    EntryState.REFUSED: "gone",
    EntryState.ATTENTION: "gone",
    None: "gone",
}
"""What an entry makes of points, a reward or a use by PIN in the sale of the last run."""


def is_now(bench: Bench, kind: type[Command]) -> str:
    sale = bench.state.sale
    if kind is HoldPoints:
        state = sale.pay.state if sale.pay is not None else None
        return {None: "gone", PayState.NO_ANSWER: "asked", PayState.HELD: "there"}[state]
    if kind is ReserveReward:
        state = sale.claim.state if sale.claim is not None else None
        return {None: "gone", ClaimState.RESERVING: "asked", ClaimState.RESERVED: "there"}[state]
    lines = [line.state for line in sale.lines]
    return {(): "gone", (LineState.PIN_SENT,): "asked", (LineState.USED,): "there"}[tuple(lines)]


@pytest.mark.fault("FM-04")
@pytest.mark.parametrize(("kind", "state", "draft"), list(product(MOVES, BECOMES, (True, False))))
def test_after_a_start_it_is_as_its_entry_says_or_is_brought_to_an_end(kind, state, draft):
    bench = counter()
    command = asked(bench, kind)
    kept = to_draft(bench.state.sale)
    assert refs_of(kept) == [command.ref]
    answer = answer_of(command) if state is EntryState.DONE else {}
    entry = Entry(5, command, state, START, answer=answer) if state else None
    own = (entry,) if entry is not None and draft else ()
    loose = (entry,) if entry is not None and state is not EntryState.REFUSED else ()
    again = Bench()
    again._minted = 1000
    again.state = replace(again.state, is_begun=False)
    again.happen(ev.Restored(kept if draft else None, own=own, loose=loose))
    assert is_now(again, kind) == (BECOMES[state] if draft else "gone")
    ended = [one.ends for one in again.stored(ENDS[kind])]
    assert ended == ([(command.ref,)] if state is EntryState.DONE and not draft else [])
    if state is not None and state.is_open:  # its news come; for nobody any more when the sale is gone
        bench_done = replace(entry, state=EntryState.DONE, answer=answer_of(command))
        again.happen(ev.EntryChanged(bench_done))
        assert is_now(again, kind) == ("there" if draft else "gone")
        assert len(again.stored(ENDS[kind])) == (0 if draft else 1)


@pytest.mark.parametrize(
    ("confirm", "becomes"),
    [
        (EntryState.CHECKING, ClaimState.CONFIRMING),
        (EntryState.DONE, ClaimState.ISSUED),
        (EntryState.REFUSED, None),
        (EntryState.ATTENTION, None),
        (None, ClaimState.RESERVED),
    ],
)
def test_a_reward_that_was_being_taken_comes_back_as_that_says(confirm, becomes):
    bench = counter()
    reserve = asked(bench, ReserveReward)
    done(bench, reserve)
    bench.happen(claiming.TakeTapped())
    [take] = bench.stored(ConfirmReward)
    own = [Entry(5, reserve, EntryState.DONE, START, answer=answer_of(reserve))]
    if confirm is not None:
        own.append(Entry(6, take, confirm, START))
    again = Bench()
    again._minted = 1000
    again.happen(ev.Restored(to_draft(bench.state.sale), own=tuple(own)))
    claim = again.state.sale.claim
    assert (claim.state if claim is not None else None) is becomes


def test_a_reservation_is_told_how_long_it_lasts():
    bench = counter()
    command = asked(bench, ReserveReward)
    until = bench.state.now + timedelta(minutes=15)
    bench.entry(command, EntryState.DONE, answer={"voucher_id": 9, "until": until.isoformat()})
    assert bench.state.sale.claim.until == until
