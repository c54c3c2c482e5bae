"""The guided first shift: what ticks each task, that it survives, and how the training shop is entered and left."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from till_bench import MAI, NOOR, START, Bench

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, RecordSale
from pos_app.domain.entries import Backlog, EntryState
from pos_app.domain.sale import SaleRecord
from pos_app.domain.shift import Shift
from pos_app.till import events as ev
from pos_app.till import history, parking, shifting
from pos_app.till.approve import CloseTill
from pos_app.till.state import HintKind, PanelKind, Printing
from pos_app.till.training import (
    AgainTapped,
    BeginTapped,
    CardTapped,
    KeepProgress,
    LeaveTapped,
    ProgressRead,
    Supplied,
    Supplies,
    Task,
    Training,
    from_kept,
    to_kept,
)
from pos_app.ui.present.training import lesson_card

SUPPLIES = Supplies((), (("Mai A.", "cashier", "5917"), ("Noor H.", "supervisor", "4729")), "6591234821", "CODE1")
RECORD = SaleRecord(Ref("9"), "2026-06-01T00:00:00.000Z", "SGD", 5600, 4600, "6591234821", state="done")


def trainee(*done: Task) -> Bench:
    """A training till whose guide is so far."""
    bench = Bench()
    bench.happen(Supplied(SUPPLIES), ProgressRead(done))
    bench.effects.clear()
    return bench


def kept(bench: Bench) -> list[Task]:
    """What would be there after a restart."""
    last = next(one for one in reversed(bench.effects) if isinstance(one, KeepProgress))
    read = from_kept(dict(last.kept))
    assert read is not None
    return list(read.done)


def sign_on(bench: Bench) -> None:
    bench.people(MAI, NOOR, sign_on="off")
    bench.signed_on(MAI)


def open_shift(bench: Bench) -> None:
    bench.happen(shifting.ShiftKnown(Shift(1, START, "Mai A.")))


def sell(bench: Bench) -> None:
    bench.customer()
    bench.hold(2)
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    bench.entry(bench.stored(Checkout)[-1], EntryState.DONE)


def sell_offline(bench: Bench) -> None:
    bench.happen(ev.OfflineChosen(True))
    bench.customer()
    bench.bill("1", "2", "00")
    bench.happen(ev.CompleteTapped())
    command = bench.stored(RecordSale)[-1]
    bench.entry(command, EntryState.WAITING)
    assert Task.OFFLINE not in bench.state.training.done, "it is kept, not sent"
    bench.happen(ev.OfflineChosen(False), ev.ExchangeSeen(True), ev.ExchangeSeen(True, call="customer"))
    bench.entry(command, EntryState.DONE)


def park(bench: Bench) -> None:
    bench.bill("8", "00")
    bench.happen(parking.ParkTapped())
    assert Task.PARK not in bench.state.training.done, "it is put aside, not taken up again"
    bench.happen(parking.RecallTapped(bench.state.parked[0].id))


def reverse(bench: Bench) -> None:
    bench.happen(history.Reversed(RECORD.ref, problem="REV-05"))
    assert Task.REVERSE not in bench.state.training.done
    bench.happen(history.Reversed(RECORD.ref, RECORD))


def copy(bench: Bench) -> None:
    bench.happen(ev.SlipPrinted(RECORD.ref))
    assert Task.COPY not in bench.state.training.done, "a first slip is no copy"
    bench.state = replace(bench.state, printing=Printing(RECORD.ref, "printing", is_copy=True))
    bench.happen(ev.SlipPrinted(RECORD.ref, "PRN-02"))
    assert Task.COPY not in bench.state.training.done, "it did not come out"
    bench.state = replace(bench.state, printing=Printing(RECORD.ref, "printing", is_copy=True))
    bench.happen(ev.SlipPrinted(RECORD.ref))


def close_shift(bench: Bench) -> None:
    bench.happen(shifting.ShiftClosed(1))


DOES = {
    Task.SIGN_ON: sign_on,
    Task.OPEN_SHIFT: open_shift,
    Task.MEMBER: lambda bench: bench.customer(),
    Task.VOUCHER: lambda bench: (bench.customer(), bench.hold(2)),
    Task.PAY: sell,
    Task.OFFLINE: sell_offline,
    Task.PARK: park,
    Task.REVERSE: reverse,
    Task.COPY: copy,
    Task.CLOSE_SHIFT: close_shift,
}


def test_there_are_ten_tasks_and_each_has_its_deed():
    assert len(Task) == 10
    assert set(DOES) == set(Task)


@pytest.mark.parametrize("task", Task)
def test_a_task_is_ticked_by_what_really_happens_and_is_kept(task):
    bench = trainee()
    DOES[task](bench)
    assert task in bench.state.training.done
    assert task in kept(bench)


@settings(deadline=None)
@given(st.permutations(list(Task)))
def test_in_any_order_all_ten_are_ticked_once(order):
    bench = trainee()
    for task in order:
        if task not in bench.state.training.done:
            bench.state = replace(bench.state, sale=replace(Bench().state.sale, look=bench.state.sale.look), panel=None)
            bench.state = replace(bench.state, parked=())
            DOES[task](bench)
        assert lesson_card(bench.state) is not None
    assert sorted(bench.state.training.done) == sorted(Task)
    assert bench.state.training.task is None
    assert len(kept(bench)) == 10


def test_the_real_till_ticks_nothing():
    bench = Bench()
    sell(bench)
    assert bench.state.training == Training()
    assert not any(isinstance(one, KeepProgress) for one in bench.effects)
    assert lesson_card(bench.state) is None


def test_the_card_says_the_next_thing_and_can_be_put_away():
    bench = trainee(Task.SIGN_ON, Task.OPEN_SHIFT)
    card = lesson_card(bench.state)
    assert (card.count, card.title) == ("2 of 10 done", "Find a customer")
    bench.happen(card.actions[0].event)
    assert bench.state.sale.looking is not None, "a tap on the card scans for whoever has no scanner"
    bench.happen(CardTapped(False))
    assert lesson_card(bench.state) is None
    bench.happen(CardTapped(True))
    assert lesson_card(bench.state) is not None


@pytest.mark.parametrize("task", Task)
def test_the_card_has_words_for_every_task(task):
    bench = trainee(*(one for one in Task if one is not task))
    card = lesson_card(bench.state)
    assert card.title
    assert card.text


def test_the_training_shop_is_entered_only_when_nothing_waits_for_it():
    bench = Bench()
    bench.bill("5", "00")
    bench.happen(BeginTapped())
    assert (bench.state.left, bench.state.hint.kind) == (False, HintKind.TRAIN_LATER)
    bench.happen(ev.CancelTapped(), ev.BacklogSeen(Backlog(1)), BeginTapped())
    assert (bench.state.left, bench.state.hint.detail) == (False, "queue")
    bench.happen(ev.BacklogSeen(Backlog()), BeginTapped())
    assert (bench.state.left, bench.state.training.goes_to) == (True, "training")


def test_a_kiosk_that_trains_is_not_closed_without_a_supervisor():
    bench = trainee()
    bench.state = replace(bench.state, shop=replace(bench.state.shop, kiosk=True))
    bench.happen(LeaveTapped())
    assert not bench.state.left
    assert isinstance(bench.state.panel.ask.subject, CloseTill)


@pytest.mark.parametrize(("from_till", "goes_to"), [(True, "till"), (False, "")])
def test_it_is_left_for_where_one_came_from(from_till, goes_to):
    bench = trainee()
    bench.happen(Supplied(replace(SUPPLIES, from_till=from_till)), ev.PanelOpened(PanelKind.MENU), LeaveTapped())
    assert (bench.state.left, bench.state.training.goes_to) == (True, goes_to)


def test_beginning_again_forgets_what_was_ticked():
    bench = trainee(*Task)
    bench.happen(AgainTapped())
    assert (bench.state.left, bench.state.training.goes_to) == (True, "again")
    assert kept(bench) == []


JUNK = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(JUNK)
def test_whatever_was_kept_is_read_or_left_out(junk):
    assert from_kept(junk) is None or isinstance(junk, dict)
    assert from_kept({"done": [junk, "pay", "pay"], "saved": junk}).done == (Task.PAY,)


@given(st.lists(st.sampled_from(list(Task)), unique=True), st.text(), st.booleans())
def test_what_is_kept_comes_back(done, saved, shown):
    training = Training(None, tuple(done), saved, shown)
    assert from_kept(to_kept(training)) == ProgressRead(tuple(done), saved, shown)
