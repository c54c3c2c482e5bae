"""The cashier's guide over the screen: it opens where it fits, changes nothing, and makes way."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from till_bench import MAI, NOOR, Bench

from pos_app.domain.commands import Checkout
from pos_app.domain.entries import EntryState
from pos_app.till import events as ev
from pos_app.till import guided, staff
from pos_app.till.guide import CONTENTS, PAGES, GuideClosed, GuideOpened
from pos_app.till.state import PanelKind, Phase
from pos_app.ui.guide import GuideBody
from pos_app.ui.present import present
from pos_app.ui.screen import ListBody


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.happen(ev.ScannerSeen("connected", "COM7", ""))
    return made


def selling(bench: Bench) -> Bench:
    bench.customer()
    bench.hold(1)
    bench.bill("5", "6", "00")
    return bench


def test_it_opens_at_the_page_that_fits(bench):
    assert guided.fitting(bench.state) == "sale"
    selling(bench)
    assert guided.fitting(bench.state) == "vouchers"
    bench.happen(ev.PanelOpened("sales"))
    assert guided.fitting(bench.state) == "earlier"
    bench.happen(ev.PanelOpened("menu"))
    assert guided.fitting(bench.state) == CONTENTS
    bench.happen(ev.PanelClosed(), ev.CompleteTapped())
    command = bench.stored(Checkout)[-1]
    bench.entry(command, EntryState.SENDING, tries=1)
    bench.entry(command, EntryState.CHECKING, tries=1)
    assert guided.fitting(bench.state) == "no-answer"
    bench.entry(command, EntryState.DONE)
    assert guided.fitting(bench.state) == "done"
    bench.happen(ev.NextTapped())
    bench.offline()
    assert guided.fitting(bench.state) == "offline"
    bench.happen(ev.ExchangeSeen(True), ev.ExchangeSeen(True), ev.ScannerSeen("missing"))
    assert guided.fitting(bench.state) == "devices"


@pytest.mark.parametrize("kind", PanelKind)
def test_every_side_screen_has_a_page(bench, kind):
    bench.happen(ev.PanelOpened(kind.value))
    assert guided.fitting(bench.state) in (*PAGES, CONTENTS)


def test_it_changes_nothing_and_one_tap_brings_the_screen_back(bench):
    before = selling(bench).state
    assert bench.happen(GuideOpened()) == []
    assert isinstance(present(bench.state).body, GuideBody)
    assert bench.happen(GuideOpened(CONTENTS), GuideOpened("shift")) == []
    assert present(bench.state).body.title == "The shift"
    assert bench.happen(GuideClosed()) == []
    assert replace(bench.state, staff=before.staff) == before
    bench.happen(ev.PanelOpened("sales"), GuideOpened(), GuideClosed())
    assert bench.state.panel.kind is PanelKind.SALES, "back where it was opened"


def test_a_page_that_is_none_opens_the_fitting_one(bench):
    bench.happen(GuideOpened("../../secrets"))
    assert bench.state.guide == "sale"


def test_no_key_reaches_what_it_covers(bench):
    selling(bench).happen(GuideOpened(), ev.KeyTapped("9"), ev.KeyTapped("clear"))
    assert (bench.state.sale.bill_minor, bench.state.guide) == (5600, "vouchers")


def test_a_scan_closes_it_and_goes_to_the_sale(bench):
    bench.happen(GuideOpened())
    bench.customer()
    assert bench.state.guide == ""
    assert bench.state.sale.known is not None


def test_a_scan_that_means_nothing_says_so(bench):
    bench.happen(GuideOpened(), ev.Scanned("POS:DANCE"))
    assert bench.state.guide == ""
    assert bench.state.sale.trouble is not None or bench.state.hint is not None


def test_a_tap_on_a_pill_closes_it_and_opens_what_it_says(bench):
    bench.happen(GuideOpened(), ev.PanelOpened("service"))
    assert (bench.state.guide, bench.state.panel.kind) == ("", PanelKind.SERVICE)


def test_a_result_that_comes_is_seen(bench):
    selling(bench).happen(ev.CompleteTapped(), GuideOpened())
    command = bench.stored(Checkout)[-1]
    bench.entry(command, EntryState.SENDING, tries=1)
    assert bench.state.guide, "on its way is no result"
    bench.entry(command, EntryState.DONE)
    assert (bench.state.guide, bench.state.sale.phase) == ("", Phase.DONE)


def test_a_tick_and_the_link_leave_it_open(bench):
    bench.happen(GuideOpened("shift"))
    bench.pass_s(3)
    bench.offline()
    assert bench.state.guide == "shift"


def test_it_can_be_read_before_anybody_signs_on_and_types_no_pin(bench):
    bench.people(MAI, NOOR)
    assert bench.state.staff.gate is not None
    bench.happen(staff.PersonTapped("Mai A."), GuideOpened())
    assert bench.state.guide == "people"
    shown = present(bench.state)
    assert isinstance(shown.body, GuideBody)
    assert shown.body.till.card.typed == "", "what is being sold is not shown to who is not signed on"
    bench.happen(ev.KeyTapped("4"))
    assert bench.state.staff.gate.pin == ""
    bench.happen(GuideClosed(), ev.KeyTapped("4"))
    assert bench.state.staff.gate.pin == "4"
    bench.happen(GuideOpened(), ev.Scanned("6591234821"))
    assert (bench.state.guide, bench.state.sale.known) == ("", None)
    assert bench.state.staff.gate.scanned, "the sign-on screen says that a badge is needed first"


def test_the_lock_closes_it(bench):
    bench.people(MAI, NOOR)
    bench.signed_on(MAI)
    bench.happen(GuideOpened("shift"))
    bench.pass_s(301)
    assert bench.state.staff.gate.why is staff.Why.LOCKED
    assert bench.state.guide == ""


def test_every_page_of_the_list_leads_to_its_page_and_on(bench):
    bench.happen(GuideOpened(CONTENTS))
    listed = present(bench.state).body
    assert isinstance(listed, ListBody)
    assert [row.event for row in listed.rows] == [GuideOpened(page) for page in PAGES]
    seen = []
    for _ in PAGES:
        bench.happen(GuideOpened(seen[-1] if seen else PAGES[0]))
        following = present(bench.state).body.till.below[-1].event
        seen.append(following.page)
    assert set(seen) == set(PAGES), "one leads to the next, round"
