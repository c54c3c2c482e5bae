"""The rest of the state table: answers that come late, twice, or for somebody else, and vouchers left behind.

One table is one file, although it is long.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from till_bench import BALANCE, SOMCHAI, START, VOUCHERS, Bench, voucher

from pos_app.domain.commands import Checkout, HoldVoucher, RecordSale, ReleaseVoucher
from pos_app.domain.customers import Balance, Customer
from pos_app.domain.entries import EntryState, Hold
from pos_app.domain.money import Points
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.draft import to_draft
from pos_app.till.state import LineState, Phase
from pos_app.ui.present import present

OTHER = Customer("777", 777, "Mali K.")
OTHERS = Balance(77, points=Points(9))
LONG = "0104006381333931\x1d10" + "A" * 90  # a GS1 coupon: longer than what is shown, and with a separator


@pytest.fixture
def bench() -> Bench:
    return Bench()


def completed(bench: Bench) -> Checkout | RecordSale:
    """Tap Complete; the one command that it stored."""
    asked = bench.happen(ev.CompleteTapped())
    [command] = [one.command for one in asked if isinstance(one, ef.Store) and one.record is not None]
    return command


def given_back(bench: Bench) -> list[int]:
    return [one.voucher_id for one in bench.stored(ReleaseVoucher)]


# ---------------------------------------------------------------- somebody else's answer


def scan_other_then_hold(bench: Bench) -> int:
    """Another member is looked for, and before the answer comes Perx holds a voucher for the present one."""
    bench.customer()
    bench.happen(ev.Scanned('{"identifier": "777"}'))
    look = bench.state.sale.look
    bench.hold(2)
    return look


@pytest.mark.parametrize(
    "answer",
    [
        lambda look: ev.CustomerFound(look, OTHER),
        lambda look: ev.CustomerRemembered(look, OTHER, OTHERS, (), START, "NET-01"),
        lambda look: ev.CustomerFailed(look, "NET-01", identifier="777"),
    ],
    ids=["found", "remembered", "failed"],
)
def test_a_sale_with_held_vouchers_stays_its_customers_and_says_so(bench, answer):
    look = scan_other_then_hold(bench)
    known = bench.state.sale.known
    bench.happen(answer(look), ev.CustomerDetailed(look, OTHERS, ()))
    assert bench.state.sale.known == known, "neither the customer nor their points are another's"
    assert bench.state.sale.trouble.problem == "SALE-03"
    assert bench.lines == ["held"]
    bench.happen(ev.CancelTapped())
    assert [one.identifier for one in bench.stored(ReleaseVoucher)] == [SOMCHAI.identifier]


@pytest.mark.parametrize("how", ["found", "remembered", "failed"])
def test_a_sale_that_goes_over_leaves_the_others_rows_behind(bench, how):
    bench.customer()
    bench.happen(ev.VoucherTapped(3), ev.Scanned('{"identifier": "777"}'))
    assert bench.lines == ["refused"]
    look = bench.state.sale.look
    bench.happen(
        {
            "found": ev.CustomerFound(look, OTHER),
            "remembered": ev.CustomerRemembered(look, OTHER, OTHERS, (), START, "NET-01"),
            "failed": ev.CustomerFailed(look, "NET-01", identifier="777"),
        }[how]
    )
    assert (bench.state.sale.known.identifier, bench.lines) == ("777", [])


def test_nothing_is_completed_while_another_member_is_looked_for(bench):
    bench.customer()
    bench.bill("5", "00")
    bench.happen(ev.Scanned('{"identifier": "777"}'), ev.CompleteTapped())
    assert not bench.stored()
    bench.happen(ev.CustomerFound(bench.state.sale.look, OTHER))
    assert completed(bench).identifier == "777"


def test_an_answer_about_the_customer_that_comes_after_complete_changes_nothing(bench):
    bench.customer()
    bench.bill("5", "00")
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    look = bench.state.sale.look
    completed(bench)
    before = bench.state.sale
    bench.happen(
        ev.CustomerFound(look, OTHER),
        ev.CustomerUnknown(look, "6591234821"),
        ev.CustomerFailed(look, "NET-01", identifier="6591234821"),
        ev.VoucherSeen(before.known.look, voucher(2)),
    )
    assert bench.state.sale == before


# ---------------------------------------------------------------- no row is left asking for ever


@pytest.mark.parametrize("again", ['{"identifier": "6591234821"}', '{"identifier": "777"}'])
@pytest.mark.parametrize("code", ["NOSUCH", '{"identifier": "6591234821", "voucherId": 9}'])
def test_a_search_is_answered_although_a_member_was_scanned_meanwhile(bench, code, again):
    bench.customer()
    [asked] = [one for one in bench.happen(ev.Scanned(code)) if isinstance(one, ef.FindBare | ef.SeeVoucher)]
    bench.happen(ev.Scanned(again))
    answer = ev.VoucherMissing(asked.look, 9, "PX-002")
    bench.happen(ev.BareUnknown(asked.look, "NOSUCH", "PX-001") if isinstance(asked, ef.FindBare) else answer)
    assert bench.lines == ["refused"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda look, text: ev.BareUnknown(look, text, "PX-001"),
        lambda look, text: ev.BareUnknown(look, text, "NET-01"),
        lambda look, text: ev.BareIsMember(look, text, SOMCHAI.identifier),
        lambda look, text: ev.VoucherSeen(look, voucher(9, code=text), text),
    ],
    ids=["unknown", "no answer", "member", "voucher"],
)
def test_the_answer_to_a_long_code_finds_its_row(bench, answer):
    bench.customer()
    [asked] = [one for one in bench.happen(ev.Scanned(LONG)) if isinstance(one, ef.FindBare)]
    assert asked.text == LONG, "it is asked for as it was scanned, not as it is shown"
    bench.happen(answer(asked.look, asked.text))
    assert "looking" not in bench.lines


def test_a_long_code_before_its_customer_is_matched_afterwards(bench):
    bench.happen(ev.Scanned(LONG))
    bench.happen(ev.CustomerUnknown(bench.state.sale.look, LONG))
    bench.happen(ev.Scanned("6591234821"))
    look = bench.state.sale.look
    bench.happen(ev.CustomerFound(look, SOMCHAI), ev.CustomerDetailed(look, BALANCE, (voucher(4, code=LONG),)))
    assert [one.voucher_id for one in bench.stored(HoldVoucher)] == [4]


def test_the_member_first_and_the_bare_code_second_ends_in_the_same_hold(bench):
    bench.happen(ev.Scanned("6591234821"), ev.Scanned("code1"))
    look = bench.state.sale.look
    bench.happen(ev.CustomerFound(look, SOMCHAI), ev.CustomerDetailed(look, BALANCE, VOUCHERS))
    assert [one.voucher_id for one in bench.stored(HoldVoucher)] == [1]
    assert bench.lines == ["holding"]


@pytest.mark.parametrize(("state", "end"), [(EntryState.DONE, ["held"]), (EntryState.REFUSED, ["holding"])])
def test_a_search_that_ends_at_a_voucher_with_a_row_leaves_one_row(bench, state, end):
    bench.customer()
    bench.happen(ev.Scanned("OLDCODE"), ev.VoucherTapped(2))
    bench.entry(bench.stored(HoldVoucher)[0], state, problem="PX-003" if state is EntryState.REFUSED else "")
    bench.happen(ev.VoucherSeen(bench.state.sale.known.look, voucher(2), "OLDCODE"))
    assert bench.lines == end


@pytest.mark.fault("FM-19")
def test_a_waiting_code_is_asked_for_although_the_details_failed(bench):
    bench.happen(ev.Scanned('{"voucherId": 9}'), ev.Scanned("CODE1"), ev.Scanned('{"identifier": "6591234821"}'))
    look = bench.state.sale.look
    bench.happen(ev.CustomerFound(look, SOMCHAI))
    asked = bench.happen(ev.CustomerFailed(look, "NET-02", partly=True))
    assert {type(one) for one in asked} >= {ef.SeeVoucher, ef.FindBare}
    assert bench.lines == ["looking", "looking"]


@pytest.mark.parametrize("offered", [True, False])
@pytest.mark.parametrize("code", ['{"identifier": "6591234821"}', '{"identifier": "6591234821", "voucherId": 2}'])
def test_a_bare_code_is_not_lost_to_a_code_that_names_the_customer(bench, code, offered):
    bench.happen(ev.Scanned("CODE1"))
    if offered:
        bench.happen(ev.CustomerUnknown(bench.state.sale.look, "CODE1"))
    bench.happen(ev.Scanned(code))
    look = bench.state.sale.look
    bench.happen(ev.CustomerFound(look, SOMCHAI), ev.CustomerDetailed(look, BALANCE, VOUCHERS))
    assert 1 in [one.voucher_id for one in bench.stored(HoldVoucher)]


def test_the_customers_own_code_scanned_twice_is_no_voucher(bench):
    bench.happen(ev.Scanned("6591234821"), ev.Scanned("6591234821"))
    look = bench.state.sale.look
    asked = bench.happen(ev.CustomerFound(look, SOMCHAI), ev.CustomerDetailed(look, BALANCE, VOUCHERS))
    assert (bench.lines, [one for one in asked if isinstance(one, ef.FindBare)]) == ([], [])


def test_a_waiting_code_of_a_member_taken_on_trust_is_not_usable_now(bench):
    bench.happen(ev.Scanned('{"voucherId": 9}'), ev.Scanned('{"identifier": "6591234821"}'))
    bench.happen(ev.CustomerFailed(bench.state.sale.look, "NET-01", identifier="6591234821"))
    assert bench.lines == ["not_now"]
    bench.bill("5", "00")
    assert isinstance(completed(bench), RecordSale)


def test_complete_waits_for_a_code_that_waits_for_the_customers_vouchers(bench):
    bench.happen(ev.Scanned('{"identifier": "6591234821", "voucherId": 2}'))
    look = bench.state.sale.look
    bench.happen(ev.CustomerFound(look, SOMCHAI))
    bench.bill("5", "6", "00")
    bench.happen(ev.CompleteTapped())
    assert not bench.stored()
    bench.happen(ev.CustomerDetailed(look, BALANCE, VOUCHERS))
    bench.entry(bench.stored(HoldVoucher)[0], EntryState.DONE)
    assert completed(bench).vouchers == (2,)


# ---------------------------------------------------------------- no hold is left behind


@pytest.mark.parametrize("sale_state", [EntryState.WAITING, EntryState.DONE])
def test_a_hold_that_comes_true_after_an_offline_sale_is_given_back_and_not_called_used(bench, sale_state):
    bench.customer()
    bench.happen(ev.VoucherTapped(2))
    hold = bench.stored(HoldVoucher)[0]
    bench.entry(hold, EntryState.CHECKING, problem="NET-02")
    bench.offline()
    bench.bill("5", "00")
    sale = completed(bench)
    assert bench.lines == [], "else it would wait for ever in a sale that is refused and opened again"
    bench.entry(hold, EntryState.DONE)
    bench.entry(sale, sale_state)
    assert given_back(bench) == [2]
    assert LineState.USED not in bench.lines


def test_a_hold_that_a_person_settles_after_the_sale_was_sent_is_given_back(bench):
    bench.customer()
    bench.happen(ev.VoucherTapped(2))
    hold = bench.stored(HoldVoucher)[0]
    bench.entry(hold, EntryState.ATTENTION, problem="PX-003")
    bench.bill("5", "00")
    sale = completed(bench)
    bench.entry(hold, EntryState.DONE)
    bench.entry(sale, EntryState.DONE)
    assert (given_back(bench), bench.lines) == ([2], ["refused"])


def test_vouchers_of_a_sale_that_a_person_gives_up_after_it_left_the_counter_are_given_back(bench):
    bench.customer()
    bench.hold(2)
    bench.bill("5", "00")
    sale = completed(bench)
    bench.entry(sale, EntryState.CHECKING, tries=1)
    bench.happen(ev.NextTapped())
    assert not given_back(bench)
    bench.entry(sale, EntryState.REFUSED, tries=1, problem="NET-02")
    assert given_back(bench) == [2]


def test_a_restart_after_a_refused_sale_opens_it_again_with_its_vouchers(bench):
    bench.customer()
    hold = bench.hold(2)
    bench.bill("5", "00")
    sale = completed(bench)
    record, draft = bench.state.sale.record, to_draft(bench.state.sale)
    refused = bench.entry(sale, EntryState.REFUSED, problem="PX-006", said="no")
    again = Bench()
    held = Hold(2, SOMCHAI.identifier, hold.sale, START)
    again.happen(ev.Restored(draft, refused, record, (held,), (bench.entry(hold, EntryState.DONE),)))
    assert (again.state.sale.phase, again.state.sale.trouble.problem, again.lines) == (Phase.OPEN, "PX-006", ["held"])
    again.happen(ev.NoticeClosed(), ev.CancelTapped())
    assert given_back(again) == [2]


def test_a_sale_that_cannot_be_written_down_keeps_its_vouchers(bench):
    bench.customer()
    bench.hold(2)
    bench.bill("5", "00")
    bench.happen(ev.StoreFailed(completed(bench).ref, "DISK-01"))
    assert (bench.state.sale.phase, bench.lines, given_back(bench)) == (Phase.OPEN, ["held"], [])
    bench.happen(ev.NoticeClosed())
    assert completed(bench).vouchers == (2,)


def test_a_hold_that_could_not_be_written_down_says_so_and_can_be_tried_again(bench):
    bench.customer()
    bench.happen(ev.VoucherTapped(2))
    bench.happen(ev.StoreFailed(bench.stored(HoldVoucher)[0].ref, "DISK-01"))
    assert (bench.lines, bench.state.sale.trouble.problem) == (["refused"], "DISK-01")
    bench.happen(ev.NoticeClosed(), ev.VoucherTapped(2))
    assert bench.lines == ["holding"]


# ---------------------------------------------------------------- older sales


@pytest.mark.parametrize("state", list(EntryState))
def test_news_of_an_older_sale_does_not_touch_the_present_one(bench, state):
    bench.customer()
    bench.bill("5", "00")
    old = completed(bench)
    bench.entry(old, EntryState.CHECKING, tries=1)
    bench.happen(ev.NextTapped())
    bench.customer()
    bench.bill("7", "00")
    before = bench.state.sale
    bench.entry(old, state, tries=1)
    assert bench.state.sale == before
    assert bench.state.last.state == state.value, "the last sale is shown as it stands"


def test_points_that_come_late_stand_on_the_last_sales_slip(bench):
    bench.customer()
    bench.bill("5", "00")
    sale = completed(bench)
    bench.entry(sale, EntryState.DONE, tries=1)
    bench.happen(ev.SlipPrinted(sale.ref), ev.NextTapped(), ev.PointsSeen(sale.ref, 5, "", BALANCE))
    [slip] = [one for one in bench.happen(ev.PrintTapped(sale.ref)) if isinstance(one, ef.PrintSlip)]
    assert (slip.record.points, slip.record.points_after) == (5, 2480)


def test_a_sale_that_is_not_sent_for_a_while_is_saved_and_its_slip_is_printed_once(bench):
    bench.customer()
    bench.bill("5", "00")
    sale = completed(bench)
    bench.entry(sale, EntryState.WAITING)
    assert bench.state.sale.phase is Phase.COMMITTING
    asked = bench.happen(ev.Ticked(), after_s=9) + bench.happen(ev.Ticked())
    assert bench.state.sale.phase is Phase.DONE
    assert [one.record.ref for one in asked if isinstance(one, ef.PrintSlip)] == [sale.ref]


def test_a_sale_that_was_completed_online_is_not_called_saved_the_moment_the_link_goes(bench):
    """The outbox still takes the counter as waiting for its answer then, and would refuse it in silence."""
    bench.customer()
    bench.bill("5", "00")
    sale = completed(bench)
    bench.offline()
    bench.entry(sale, EntryState.WAITING)
    assert bench.state.sale.phase is Phase.COMMITTING
    bench.happen(ev.Ticked(), after_s=9)
    assert bench.state.sale.phase is Phase.DONE


def test_the_draft_with_the_reference_is_written_before_the_sale(bench):
    bench.customer()
    bench.bill("5", "00")
    asked = bench.happen(ev.CompleteTapped())
    kinds = [type(one) for one in asked]
    assert kinds.index(ef.KeepDraft) < kinds.index(ef.Store), "else a power cut between them sells twice"
    [draft] = [one.draft for one in asked if isinstance(one, ef.KeepDraft)]
    assert draft["ref"] == bench.stored(RecordSale)[0].ref


@pytest.mark.fault("FM-07")
def test_a_perx_that_answers_but_refuses_the_credentials_is_not_called_unreachable(bench):
    bench.offline()
    bench.happen(ev.ExchangeSeen(True, "KEY-01"), ev.ExchangeSeen(True, "KEY-01"))
    assert (bench.state.link.online, bench.state.link.keys) == (True, "KEY-01")
    assert "KEY-01" in present(bench.state).banner.text


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "text", ["<b>" * 4000, "<img src=x onerror=alert(1)>", "\x00" * 9000, "{" * 10_000, "\u202e" * 99]
)
def test_a_hostile_code_stays_short_plain_text(bench, text):
    bench.customer()
    before = bench.state.sale.known
    bench.happen(ev.Scanned(text), ev.Scanned(text, fault="too_long"))
    assert bench.state.sale.known == before
    drawn = str(present(bench.state)).replace(str(present(bench.state).body.till), "")
    assert len(drawn) < 6000
    assert not {"\x00", "\u202e"} & set(drawn)


@pytest.mark.fault("FM-14")
@pytest.mark.parametrize("key", ["²", "٣", "①", "", "12x", "-1", " ", "+"])
def test_only_digits_of_the_keypad_reach_the_bill(bench, key):
    bench.bill("5", key)
    assert bench.state.sale.bill_minor == 5


@pytest.mark.parametrize("until", ["soon", "", "2026-06-01T06:40:00", 5, None, []])
def test_an_end_of_a_hold_that_cannot_be_read_is_none(bench, until):
    bench.customer()
    bench.happen(ev.VoucherTapped(2))
    bench.entry(bench.stored(HoldVoucher)[0], EntryState.DONE, answer={"held_until": until})
    [line] = bench.state.sale.lines
    assert (line.state, line.voucher.held_until) == (LineState.HELD, None)


@pytest.mark.parametrize("zone", ["Asia/Singapore", "America/Lima"])
def test_a_voucher_that_never_ends_can_be_drawn_in_every_zone(bench, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    if hasattr(time, "tzset"):  # Windows has its own zone, and cannot shift these years either
        time.tzset()
    try:
        ends = (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC))
        bench.customer(tuple(voucher(number, valid_to=at, minimum=None) for number, at in enumerate(ends, 1)))
        bench.happen(ev.VoucherTapped(1), ev.VoucherTapped(2))
        assert bench.lines == ["holding", "refused"]
    finally:
        monkeypatch.undo()
        if hasattr(time, "tzset"):
            time.tzset()


@pytest.mark.fault("FM-08")
@pytest.mark.parametrize(
    "change",
    [
        {"bill_minor": "x"},
        {"bill_minor": float("inf")},
        {"lines": 5},
        {"lines": [{"text": "x", "voucher_id": None}]},
        {"lines": None},
        {"id": None, "lines": [5]},
    ],
)
def test_a_draft_that_cannot_be_read_is_noted_and_its_holds_are_given_back(bench, change):
    bench.customer()
    hold = bench.hold(2)
    bench.bill("5", "00")
    draft = {**to_draft(bench.state.sale), **change}
    again = Bench()
    held = Hold(2, SOMCHAI.identifier, hold.sale, START)
    asked = again.happen(ev.Restored(draft, None, None, (held,), (bench.entry(hold, EntryState.DONE),)))
    assert "draft not readable" in [one.what for one in asked if isinstance(one, ef.Note)]
    assert (again.state.sale.is_empty, given_back(again)) == (True, [2])


def test_a_forged_code_scanned_often_is_one_row(bench):
    bench.customer()
    for _ in range(5):
        bench.happen(ev.Scanned('{"identifier": "777", "voucherId": 2}'))
    assert bench.lines == ["refused"]
    bench.hold(2)
    assert [line for line in bench.lines if line == "held"] == ["held"]


def test_a_customer_who_may_not_redeem_gets_no_hold(bench):
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    look = bench.state.sale.look
    early = replace(SOMCHAI, state="preactivated")
    bench.happen(ev.CustomerFound(look, early), ev.CustomerDetailed(look, BALANCE, VOUCHERS), ev.VoucherTapped(2))
    assert (bench.lines, bench.stored()) == (["refused"], [])
