"""The comparison of a day with Perx as a table: which pair of facts is a difference, and which is only late."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import (
    Checkout,
    Command,
    HoldVoucher,
    RecordSale,
    RedeemVoucher,
    ReleaseVoucher,
    RevertVoucher,
)
from pos_app.domain.customers import RecordedSale
from pos_app.domain.day import local_day
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.money import Money
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.till.reconcile import Compared, Theirs, View, What, compare, sentence

NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
SOLD = NOW - timedelta(hours=2)
MARK = {"till": "Till 2"}
VIEW = View(NOW, NOW - timedelta(hours=18), NOW + timedelta(hours=6), mark=MARK)
SALE = RecordSale(ref=Ref("1" * 24), identifier="C-1", amount_minor=4600, currency="SGD", sold_at="")
WITH_VOUCHER = Checkout(ref=Ref("2" * 24), identifier="C-1", amount_minor=4600, currency="SGD", sold_at="",
                        voucher_ids=[7])  # fmt: skip
FAILED = replace(WITH_VOUCHER, ref=Ref("5" * 24))
HOLD = HoldVoucher(ref=Ref("3" * 24), identifier="C-1", voucher_id=7, sale=Ref("9" * 24))
RELEASE = ReleaseVoucher(ref=Ref("4" * 24), identifier="C-1", voucher_id=7, sale=Ref("9" * 24))
ON_TRUST = RedeemVoucher(ref=Ref("6" * 24), identifier="C-1", voucher_id=7, sale=SALE.ref)
BACK = RevertVoucher(ref=Ref("7" * 24), identifier="C-1", voucher_id=7, sale=WITH_VOUCHER.ref)
AGAIN = replace(WITH_VOUCHER, ref=Ref("8" * 24))
D, W, C, R, A = (EntryState.DONE, EntryState.WAITING, EntryState.CHECKING, EntryState.REFUSED, EntryState.ATTENTION)


def entry(command: Command, state: EntryState = D, number: int = 1, at: datetime = SOLD) -> Entry:
    return Entry(number, command, state, at, tries=1, sent_at=at, settled_at=at if state in (D, R) else None)


def perx(ref: str = SALE.ref, minor: int = 4600, at: datetime = SOLD, **properties: str) -> RecordedSale:
    return RecordedSale(
        f"{ref}{minor}", Ref(ref), "processed", amount=Money(minor, "SGD"), at=at, properties=properties
    )


def voucher(state: VoucherState) -> dict[int, Voucher]:
    return {7: Voucher(7, "10.00 off", state)}


def kinds(found: Compared) -> list[What]:
    return [one.what for one in found.differences]


@pytest.mark.parametrize(
    ("state", "rows", "what"),
    [
        (D, [perx()], []),
        (D, [], [What.MISSING]),
        (D, [perx(minor=4500)], [What.AMOUNT]),
        (D, [perx(), perx()], [What.DOUBLED]),
        (C, [perx(), perx()], [What.DOUBLED]),
        (R, [perx()], [What.NOT_OURS]),
        (A, [perx()], [What.NOT_OURS]),
        (W, [perx()], [What.NOT_OURS]),
        (R, [], []),
        (A, [], []),
        (W, [], []),
        (C, [], []),
        (C, [perx()], []),
        (EntryState.SENDING, [perx()], []),
    ],
)
def test_a_sale_on_either_side(state, rows, what):
    found = compare([entry(SALE, state)], Theirs(tuple(rows)), VIEW)
    assert kinds(found) == what
    assert found.not_sent == ((SALE.ref,) if state is W and not rows else ())
    assert bool(found.on_the_way) == (state in (C, EntryState.SENDING) and len(rows) < 2)


def test_the_points_history_is_a_witness_too():
    found = compare([entry(SALE)], Theirs(points_refs=frozenset([SALE.ref])), VIEW)
    assert found == Compared()


def test_a_young_sale_may_be_late_and_an_amount_that_perx_does_not_name_cannot_differ():
    young = entry(SALE, at=NOW - timedelta(seconds=59))
    assert compare([young], Theirs(), VIEW) == Compared(on_the_way=(SALE.ref,))
    old = replace(young, settled_at=NOW - timedelta(seconds=61), sent_at=SOLD, made_at=SOLD)
    assert kinds(compare([old], Theirs(), VIEW)) == [What.MISSING]
    nameless = replace(perx(), amount=None)
    assert compare([entry(SALE)], Theirs((nameless,)), VIEW) == Compared()


@pytest.mark.parametrize(
    ("row", "mark", "known", "what"),
    [
        (perx("55", till="Till 2"), MARK, (), [What.FOREIGN]),
        (perx("", till="Till 2"), MARK, (), [What.FOREIGN]),
        (perx("55", till="Till 2", shop="x"), MARK, (), [What.FOREIGN]),
        (perx("55", till="Till 1"), MARK, (), []),
        (perx("55"), MARK, (), []),
        (perx("55", till="Till 2"), {}, (), []),
        (perx("55", till="Till 2"), MARK, ("55",), []),
        (perx("55", at=VIEW.start - timedelta(seconds=1), till="Till 2"), MARK, (), []),
        (perx("55", at=VIEW.end, till="Till 2"), MARK, (), []),
    ],
    ids=["foreign", "no reference", "more properties", "other till", "no mark there", "no mark here", "known",
         "day before", "day after"],
)  # fmt: skip
def test_a_sale_in_this_tills_name(row, mark, known, what):
    theirs = Theirs((perx(till="Till 2"), row))
    found = compare([entry(SALE)], theirs, replace(VIEW, mark=mark, known=frozenset(known)))
    assert kinds(found) == what


USED, HELD, FREE = VoucherState.REDEEMED, VoucherState.HELD, VoucherState.ISSUED


@pytest.mark.parametrize(
    ("entries", "state", "what"),
    [
        ([(HOLD, D), (WITH_VOUCHER, D)], USED, []),
        ([(HOLD, D), (WITH_VOUCHER, D)], HELD, [What.NOT_USED]),
        ([(WITH_VOUCHER, D), (FAILED, R)], USED, []),
        ([(FAILED, R), (WITH_VOUCHER, D)], USED, []),
        ([(HOLD, D), (WITH_VOUCHER, R)], USED, [What.USED]),
        ([(HOLD, D), (WITH_VOUCHER, A)], USED, [What.USED]),
        ([(HOLD, D), (WITH_VOUCHER, C)], USED, []),
        ([(HOLD, D)], USED, [What.USED]),
        ([(HOLD, D)], HELD, []),
        ([(HOLD, R)], USED, []),
        ([(HOLD, D), (RELEASE, D)], USED, []),
        ([(HOLD, D), (RELEASE, W)], USED, [What.USED]),
        ([(HOLD, D), (WITH_VOUCHER, R), (RELEASE, D)], USED, []),
        ([(HOLD, D), (RELEASE, D), (HOLD, D)], USED, [What.USED]),
        ([(HOLD, D), (RELEASE, D), (HOLD, D)], FREE, []),
    ],
)
def test_a_voucher_on_either_side(entries, state, what):
    ours = [entry(command, at_state, number) for number, (command, at_state) in enumerate(entries)]
    there = any(command is WITH_VOUCHER and at_state in (D, C) for command, at_state in entries)
    theirs = Theirs((perx(WITH_VOUCHER.ref),) if there else (), vouchers=voucher(state))
    assert kinds(compare(ours, theirs, VIEW)) == what


@pytest.mark.parametrize(
    ("was_held", "at_state", "theirs", "what"),
    [
        (True, D, USED, []),
        (True, D, HELD, [What.NOT_USED]),
        (True, W, HELD, []),
        (True, A, USED, []),
        (True, R, USED, [What.USED]),
        (False, D, USED, []),
        (False, D, FREE, [What.NOT_USED]),
        (False, W, FREE, []),
        (False, A, USED, []),
        (False, R, USED, []),
        (False, R, FREE, []),
    ],
)
def test_a_voucher_on_trust_on_either_side(was_held, at_state, theirs, what):
    """Confirmed or marked as done it is used; while it waits for Perx or a person it tells of itself."""
    held = [entry(HOLD, D, 1)] if was_held else []
    ours = [*held, entry(SALE, D, 2), entry(replace(ON_TRUST, was_held=was_held), at_state, 3)]
    assert kinds(compare(ours, Theirs((perx(),), vouchers=voucher(theirs)), VIEW)) == what


def test_a_voucher_that_two_sales_used_shows():
    two = replace(SALE, ref=Ref("7" * 24))
    again = replace(ON_TRUST, ref=Ref("8" * 24), sale=two.ref)
    ours = [entry(SALE, D, 1), entry(ON_TRUST, D, 2), entry(two, D, 3), entry(again, D, 4)]
    theirs = Theirs((perx(), perx(two.ref)), vouchers=voucher(USED))
    [told] = compare(ours, theirs, VIEW).differences
    assert (told.what, told.ref, told.times) == (What.USED_TWICE, two.ref, 2)
    assert sentence(told, str) == "Voucher 7 is used by 2 sales of this till, but it counts only once."


@pytest.mark.parametrize(
    ("entries", "state", "what"),
    [
        ([entry(WITH_VOUCHER), entry(BACK)], VoucherState.ISSUED, []),
        ([entry(WITH_VOUCHER), entry(BACK)], VoucherState.REDEEMED, []),  # by whoever came next
        ([entry(WITH_VOUCHER), entry(BACK, R)], VoucherState.REDEEMED, []),
        ([entry(WITH_VOUCHER), entry(BACK, R)], VoucherState.ISSUED, [What.NOT_USED]),
        ([entry(WITH_VOUCHER), entry(BACK, C)], VoucherState.ISSUED, []),
        ([entry(WITH_VOUCHER), entry(BACK, A)], VoucherState.ISSUED, []),
        ([entry(BACK)], VoucherState.ISSUED, []),  # a sale of the day before
        ([entry(WITH_VOUCHER), entry(BACK), entry(AGAIN)], VoucherState.REDEEMED, []),
        ([entry(WITH_VOUCHER), entry(BACK), entry(AGAIN)], VoucherState.ISSUED, [What.NOT_USED]),
    ],
)
def test_a_voucher_that_was_taken_back_counts_from_then_on(entries, state, what):
    rows = tuple(perx(one.ref) for one in entries if isinstance(one.command, Checkout))
    assert kinds(compare(entries, Theirs(rows, vouchers=voucher(state)), VIEW)) == what


def test_a_voucher_that_perx_does_not_know_is_not_used_there():
    found = compare([entry(WITH_VOUCHER)], Theirs((perx(WITH_VOUCHER.ref),)), VIEW)
    assert kinds(found) == [What.NOT_USED]
    young = entry(WITH_VOUCHER, at=NOW - timedelta(seconds=1))
    assert kinds(compare([young], Theirs((perx(WITH_VOUCHER.ref),)), VIEW)) == []


def test_every_difference_is_one_sentence_with_its_figures():
    theirs = Theirs((perx(minor=4500), perx("55", 1200, till="Till 2")), vouchers=voucher(USED))
    found = compare([entry(SALE), entry(HOLD, D, 2)], theirs, VIEW)
    told = [sentence(one, lambda money: f"{money.decimal}") for one in found.differences]
    assert told == [
        "The sale is 46.00 here, and 45.00 at Perx.",
        "Perx shows voucher 7 as used, but no sale of this till used it.",
        "Perx has a sale of 12.00 in this till's name, but this till never made it.",
    ]
    for one in found.differences:
        for what in What:
            for by_hand in (False, True):
                for state in EntryState:
                    text = sentence(replace(one, what=what, by_hand=by_hand, state=state.value, times=2), str)
                    assert text.endswith(".")
                    assert "{" not in text


@pytest.mark.fault("FM-16")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no tzset")
def test_a_local_day_is_as_long_as_the_clocks_say(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        days = [local_day(date(2026, *on)) for on in ((3, 29), (6, 1), (10, 25))]
        assert [int((day.end.astimezone(UTC) - day.start.astimezone(UTC)).total_seconds() / 3600)
                for day in days] == [23, 24, 25]  # fmt: skip
        assert days[1].zone == "CEST (UTC+02:00)"
        assert days[1].start.astimezone(UTC) == datetime(2026, 5, 31, 22, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert local_day(date(2026, 6, 1)).zone
