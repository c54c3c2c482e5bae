"""The service screen's rules: who may see what, what a scan means there, and a text for support that tells nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from till_bench import BEN, MAI, NOOR, START, Bench

from pos_app.domain.people import Person, Role
from pos_app.till import approve, servicing
from pos_app.till import events as ev
from pos_app.till.effects import Note
from pos_app.till.servicing import (
    COLOURS,
    FIELDS,
    ColourTouched,
    CopyTapped,
    CopyText,
    Examine,
    Examined,
    FieldTouched,
    Found,
    Page,
    PageTapped,
    PrintTest,
    ReadTrace,
    SlipTested,
    SlipTestTapped,
    Traced,
    TraceRead,
)
from pos_app.till.state import PanelKind
from pos_app.till.supporttext import MOST_CHARS, MOST_OF_GROUP, support_groups, support_text

DEPLOYER = Person("Ida D.", Role.DEPLOYER)
FOUND = (Found("ok", "SQLite 3.50."), Found("bad", "The disk is full.", "Make room.", "DOC-006"))


def opened(*people: Person, **policy: object) -> Bench:
    """A till with these people whose service screen is open."""
    bench = Bench()
    bench.people(*people, **policy)
    if bench.state.staff.is_shut:
        bench.signed_on(people[0])
    bench.happen(ev.PanelOpened(PanelKind.SERVICE))
    return bench


@pytest.mark.parametrize("page", [Page.SCANNER, Page.SUPPORT])
def test_a_cashier_sees_the_guarded_pages_only_with_a_supervisor(page):
    bench = opened(MAI, NOOR)
    assert bench.happen(PageTapped(page)) == []
    ask = bench.state.panel.ask
    assert ask.subject == approve.OpenService(page)
    assert bench.state.service.page is Page.ROWS
    bench.happen(approve.ReasonTapped("IT asked for it"))
    [asked] = [one for one in bench.happen(ev.Scanned("POS:STAFF:NOOR")) if isinstance(one, approve.Prove)]
    effects = bench.happen(approve.Proved(asked.number, NOOR, asked.ask))
    assert bench.state.service.page is page
    assert bench.state.panel.ask is None
    told = next(one for one in effects if isinstance(one, Note))
    assert (told.what, told.facts["approved_by"], told.facts["page"]) == ("service page opened", "Noor H.", page.value)
    assert (ReadTrace() if page is Page.SCANNER else Examine()) in effects


@pytest.mark.parametrize(
    ("people", "policy"),
    [((), {}), ((NOOR, MAI), {}), ((DEPLOYER, MAI), {}), ((MAI, NOOR), {"service": "anyone"})],
    ids=["nobody known", "supervisor", "deployer", "by policy"],
)
def test_others_see_them_at_once(people, policy):
    bench = opened(*people, **policy)
    assert Examine() in bench.happen(PageTapped(Page.SUPPORT))
    assert bench.state.service.page is Page.SUPPORT


def test_what_was_approved_and_left_meanwhile_opens_nothing():
    bench = opened(MAI, NOOR)
    bench.happen(PageTapped(Page.SCANNER), approve.ReasonTapped("IT asked for it"))
    [asked] = [one for one in bench.happen(ev.Scanned("POS:STAFF:NOOR")) if isinstance(one, approve.Prove)]
    bench.happen(ev.PanelClosed())
    bench.happen(approve.Proved(asked.number, NOOR, asked.ask), ev.PanelOpened(PanelKind.SERVICE))
    assert bench.state.service.page is Page.ROWS


def test_a_scan_on_the_scanners_page_goes_to_no_sale():
    bench = opened()
    bench.happen(PageTapped(Page.SCANNER))
    assert bench.happen(ev.Scanned('{"identifier": "6591234821"}')) == [ReadTrace()]
    assert bench.happen(ev.Scanned("x", fault="too_long")) == [ReadTrace()]
    assert bench.state.sale.is_empty
    assert bench.state.sale.trouble is None
    bench.happen(TraceRead((Traced(START, "scan", b"6591234821"),)))
    assert bench.state.service.trace[0].data == b"6591234821"
    bench.happen(PageTapped(Page.ROWS), ev.Scanned('{"identifier": "6591234821"}'))
    assert bench.state.sale.looking is not None
    assert bench.state.service.trace == (), "customers' codes do not stay"


def test_the_scanners_page_is_read_anew_each_second_while_it_is_seen():
    bench = opened()
    assert ReadTrace() not in bench.pass_s(2)
    bench.happen(PageTapped(Page.SCANNER))
    assert bench.pass_s(2).count(ReadTrace()) == 2
    bench.happen(ev.PanelClosed())
    assert ReadTrace() not in bench.pass_s(2)


def test_a_test_slip_is_asked_for_once():
    bench = opened()
    assert PrintTest() in bench.happen(SlipTestTapped())
    assert bench.happen(SlipTestTapped()) == []
    bench.happen(SlipTested("PRN-02"))
    assert (bench.state.service.print_state, bench.state.service.problem) == ("failed", "PRN-02")
    assert PrintTest() in bench.happen(SlipTestTapped())


def test_the_glass_is_touched_whole_then_seen_in_every_colour():
    bench = opened()
    bench.happen(PageTapped(Page.GLASS), *(FieldTouched(n) for n in range(FIELDS - 1)))
    assert bench.state.service.glass.colour is None
    bench.happen(FieldTouched(FIELDS), FieldTouched(-1), FieldTouched(3))
    assert len(bench.state.service.glass.hit) == FIELDS - 1, "only fields that are there count"
    bench.happen(FieldTouched(FIELDS - 1))
    assert bench.state.service.glass.colour == 0
    bench.happen(*[ColourTouched()] * (len(COLOURS) - 1))
    assert bench.state.service.page is Page.GLASS
    bench.happen(ColourTouched())
    assert bench.state.service.page is Page.ROWS


def test_a_dead_glass_does_not_keep_the_till():
    bench = opened()
    bench.happen(PageTapped(Page.GLASS))
    bench.pass_s(29)
    bench.happen(FieldTouched(1))
    bench.pass_s(29)
    assert bench.state.service.page is Page.GLASS
    bench.pass_s(1)
    assert bench.state.service.page is Page.ROWS


def test_the_line_is_told_by_its_latest_answers():
    bench = Bench()
    bench.happen(*(ev.ExchangeSeen(True, "", 3.0, "customer", ms) for ms in range(20)))
    assert [one.ms for one in bench.state.service.exchanges] == list(range(8, 20))
    bench.happen(ev.PanelOpened(PanelKind.SERVICE))
    assert len(bench.state.service.exchanges) == 12, "opening the screen forgets no answer"


def test_the_text_for_support_says_what_is_wrong_and_nobodys_name():
    bench = opened()
    bench.customer()
    bench.hold(1)
    bench.offline()
    bench.happen(ev.ScannerSeen("held", "COM7", "COM7 is in use by another program."), ev.WentWrong("APP-01"))
    bench.happen(ev.PanelOpened(PanelKind.SERVICE), PageTapped(Page.SUPPORT), Examined(FOUND))
    [copied] = [one for one in bench.happen(CopyTapped()) if isinstance(one, CopyText)]
    for told in ("COM7", "held", "offline", "[NET-01]", "Seen [APP-01]", "BAD  The disk is full.", "[DOC-006]"):
        assert told in copied.text
    for secret in ("6591234821", "Somchai", "CODE1", "Voucher 1"):
        assert secret not in copied.text


@given(st.text(max_size=5000), st.integers(0, 300))
def test_the_text_for_support_is_bounded_whatever_is_found(text, count):
    bench = Bench()
    bench.state = replace(
        bench.state,
        scanner=replace(bench.state.scanner, detail=text),
        service=replace(bench.state.service, findings=(Found("bad", text, text, "DOC-001"),) * count),
    )
    assert all(len(lines) <= MOST_OF_GROUP for _, lines in support_groups(bench.state))
    told = support_text(bench.state)
    assert len(told) <= MOST_CHARS + 1
    assert all(ch == "\n" or unicodedata.category(ch) not in ("Cc", "Cf", "Cs") for ch in told)


def test_nothing_of_the_trace_is_seen_while_the_till_is_hidden_or_locked():
    bench = opened(MAI, BEN, service="anyone")
    bench.happen(PageTapped(Page.SCANNER), TraceRead((Traced(START, "scan", b"6591234821"),)))
    from pos_app.ui.present.veil import shown

    hidden = replace(bench.state, staff=replace(bench.state.staff, hidden=True))
    assert shown(hidden).service.trace == ()
    assert servicing.Page.SCANNER is hidden.service.page
