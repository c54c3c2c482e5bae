"""Which sound a step makes, and that the same state stands on the screen by shape and word: its visible twin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import Struct
from msgspec.structs import astuple, replace
from test_desk import LOST
from test_step import sold
from till_bench import NOOR, SOMCHAI, START, Bench, voucher

from pos_app.domain.chimes import NOTES, Chime
from pos_app.domain.commands import HoldVoucher
from pos_app.domain.entries import Backlog, Entry, EntryState, Hold
from pos_app.domain.vouchers import VoucherState
from pos_app.till import desk
from pos_app.till import events as ev
from pos_app.till.chimes import SOON_S
from pos_app.till.draft import to_draft
from pos_app.till.state import PanelKind
from pos_app.ui.present import present
from pos_app.ui.present.panels import panel_body
from pos_app.ui.present.words import Words


def shapes(value: object) -> set[str]:
    """Every shape and every word of a screen."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, tuple):
        return set().union(*map(shapes, value)) if value else set()
    if isinstance(value, Struct):
        return set().union(*map(shapes, astuple(value)))
    return set()


def used(bench: Bench) -> None:
    bench.customer()
    bench.hold(2)
    bench.bill("5", "6", "00")
    assert bench.chimes == []
    sold(bench)


def refused_row(bench: Bench) -> None:
    bench.customer()
    bench.happen(ev.VoucherTapped(3))


def refused_sale(bench: Bench) -> None:
    bench.customer()
    bench.bill("5", "6", "00")
    sold(bench, EntryState.REFUSED, problem="PX-000")


def misread(bench: Bench) -> None:
    bench.happen(ev.Scanned("", fault="misread"))


def unknown_member(bench: Bench) -> None:
    bench.happen(ev.Scanned("NOBODY1"))
    bench.happen(ev.CustomerUnknown(bench.state.sale.look, "NOBODY1"))


def not_now(bench: Bench) -> None:
    bench.customer()
    bench.offline()
    bench.happen(ev.VoucherTapped(1))


def too_small_a_bill(bench: Bench) -> None:
    bench.customer()
    bench.bill("1", "2", "00")
    bench.hold(1)


def other_customer(bench: Bench) -> None:
    bench.customer()
    bench.hold(2)
    bench.happen(ev.Scanned('{"identifier": "6590000000"}'))


def lost_sale(bench: Bench) -> None:
    bench.customer()
    bench.bill("5", "6", "00")
    sold(bench, EntryState.CHECKING)


def lost_hold(bench: Bench) -> None:
    bench.customer()
    bench.happen(ev.VoucherTapped(1))
    bench.entry(bench.stored(HoldVoucher)[-1], EntryState.CHECKING)


def kept(bench: Bench) -> None:
    bench.customer()
    bench.bill("5", "6", "00")
    sold(bench, EntryState.WAITING)


def approval(bench: Bench) -> None:
    bench.happen(ev.PanelOpened("waiting"), desk.DeskListed(desk.Pile.OPEN, (LOST,)))
    bench.people(NOOR)
    bench.happen(desk.ActTapped(desk.Act.AGAIN))


@pytest.mark.fault("FM-15")
@pytest.mark.parametrize(
    ("becomes", "chime", "shape", "word"),
    [
        (used, Chime.ACCEPTED, "ok", "Done"),
        (refused_row, Chime.REFUSED, "bad", "Refused: already used on"),
        (refused_sale, Chime.REFUSED, "bad", "Perx refused it."),
        (misread, Chime.REFUSED, "bad", "The code could not be read."),
        (unknown_member, Chime.NOT_NOW, "notyet", "Perx knows no member with this code"),
        (not_now, Chime.NOT_NOW, "notyet", "Not now: needs Perx"),
        (too_small_a_bill, Chime.NOT_NOW, "notyet", "Not yet: 38.00 more to spend"),
        (other_customer, Chime.NOT_NOW, "notyet", "Finish or cancel it first."),
        (lost_sale, Chime.NO_ANSWER, "unknown", "No answer yet"),
        (lost_hold, Chime.NO_ANSWER, "unknown", "No answer: may or may not be held"),
        (kept, Chime.WAITING, "wait", "Saved"),
        (approval, Chime.SUPERVISOR, "super", "Or scan a staff badge."),
    ],
)
def test_each_outcome_has_its_sound_once_and_its_visible_twin(becomes, chime, shape, word):
    bench = Bench()
    becomes(bench)
    assert bench.chimes == [chime]
    seen = shapes(present(bench.state))
    assert shape in seen or chime is Chime.SUPERVISOR  # the approval's shield is drawn by its view
    assert any(word in text.replace("\u00a0", " ") for text in seen), seen
    bench.happen(*[ev.Ticked()] * 3, ev.PanelOpened("menu"), ev.PanelClosed(), after_s=0.1)
    assert bench.chimes == [chime]


def test_a_hold_says_once_that_it_ends_although_the_clocks_are_found_to_differ():
    ends = START + timedelta(seconds=300)
    bench = Bench()
    bench.customer()
    command = bench.hold(2)
    held = voucher(2, minimum=None, state=VoucherState.HELD, held_until=ends)
    bench.happen(ev.VoucherSeen(bench.state.sale.known.look, held))
    bench.happen(ev.Ticked(), after_s=300 - SOON_S - 1)
    assert bench.chimes == []
    bench.happen(*[ev.Ticked()] * 3, after_s=1)
    assert bench.chimes == [Chime.HOLD_ENDS]
    assert {"held", "Hold ends soon: finish now"} <= shapes(present(bench.state))
    for drift_s in (-3.0, 0.0):
        bench.happen(ev.ExchangeSeen(True, "", drift_s), ev.Ticked(), after_s=0.5)
    assert bench.chimes == [Chime.HOLD_ENDS]
    assert isinstance(command, HoldVoucher)


def test_a_second_misread_is_told_again_and_an_entry_that_needs_a_person_once():
    bench = Bench()
    misread(bench)
    misread(bench)
    assert bench.chimes == [Chime.REFUSED] * 2
    bench.happen(*[ev.BacklogSeen(Backlog(0, 0, 1))] * 2)
    assert bench.chimes[2:] == [Chime.SUPERVISOR]
    assert "1 needs you" in shapes(present(bench.state).header)


def test_a_held_voucher_sounds_only_where_the_shop_wants_it():
    bench = Bench()
    bench.state = replace(bench.state, shop=replace(bench.state.shop, sound_of_holds=True))
    bench.customer()
    bench.hold(2)
    assert bench.chimes == [Chime.ACCEPTED]


def test_a_sale_that_comes_back_after_a_crash_is_silent():
    before, after = Bench(), Bench()
    before.customer()
    hold = before.hold(1)
    entry = before.entry(hold, EntryState.CHECKING)
    held = Hold(1, SOMCHAI.identifier, hold.sale, START)
    after.happen(ev.Restored(to_draft(before.state.sale), None, None, (held,), (entry,)), ev.Ticked())
    assert after.lines == ["no_answer"]
    assert after.chimes == []


def test_two_at_once_are_one_sound_the_more_urgent():
    bench = Bench()
    bench.customer()
    bench.happen(ev.VoucherTapped(1), ev.VoucherTapped(2))
    for command, state in zip(bench.stored(HoldVoucher), (EntryState.CHECKING, EntryState.CHECKING), strict=True):
        bench.happen(ev.EntryChanged(Entry(9, command, state, START)))
    assert bench.chimes == [Chime.NO_ANSWER] * 2
    bench.happen(ev.StoreFailed(bench.stored(HoldVoucher)[0].ref, "DISK-01"))  # the row and the notice, in one step
    assert bench.chimes[2:] == [Chime.REFUSED]


def test_every_sound_can_be_heard_on_the_service_screen_beside_its_shape():
    bench = Bench()
    bench.happen(ev.PanelOpened("service"))
    rows = panel_body(bench.state, Words("en_SG"), bench.state.panel).rows
    assert next(row.event for row in rows if row.title == "Test sounds") == ev.PanelOpened(PanelKind.SOUNDS)
    bench.happen(ev.PanelOpened(PanelKind.SOUNDS))
    rows = present(bench.state).body.rows
    bench.happen(*[row.event for row in rows])
    assert sorted(bench.chimes) == sorted(Chime)
    assert len({row.glyph for row in rows}) == len({row.title for row in rows}) == len(Chime)
    bench.state = replace(bench.state, shop=replace(bench.state.shop, sounds=False))
    body = present(bench.state).body
    assert "switched off" in body.text
    assert not [row for row in body.rows if row.event is not None]


def test_no_two_sounds_are_alike_and_bad_ones_are_the_lowest():
    assert len({tuple((one.hz, one.ms) for one in notes) for notes in NOTES.values()}) == len(Chime)
    lowest = {chime: min(one.hz for one in notes) for chime, notes in NOTES.items()}
    assert lowest[Chime.REFUSED] < lowest[Chime.NOT_NOW] < lowest[Chime.NO_ANSWER] < lowest[Chime.ACCEPTED]
