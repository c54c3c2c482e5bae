"""New members, customers of lately and points by hand, as a table: late answers, second taps, other screens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from till_bench import SOMCHAI, START, Bench

from pos_app.domain.commands import CreateCustomer, EarnPoints, JoinLater, UpdateCustomer
from pos_app.domain.entries import EntryState
from pos_app.domain.people import Person, Role
from pos_app.till import approve, customers
from pos_app.till import events as ev
from pos_app.till.customers import CheckNewcomer, KeepRecent, Members, Recent
from pos_app.till.state import HintKind, PanelKind

FORM = Members((("en", "Yes."), ("th", "ใช่")), has_language=True, by_phone=True, phone_is_theirs=True)
NOOR = Person("Noor H.", Role.SUPERVISOR, True)


@pytest.fixture
def bench():
    made = Bench()
    made.state = replace(made.state, shop=replace(made.state.shop, members=FORM))
    return made


def filled(bench: Bench, *keys: str) -> Bench:
    bench.happen(ev.PanelOpened("join"), *(ev.KeyTapped(key) for key in keys or "82345678"), customers.AgreedTapped())
    return bench


def join(bench: Bench):
    return bench.state.panel.join if bench.state.panel else None


def test_a_form_needs_a_number_and_the_consent_in_the_language_that_was_chosen(bench):
    bench.happen(ev.PanelOpened("join"))
    assert bench.happen(customers.JoinTapped()) == []
    bench.happen(ev.KeyTapped("8"))
    assert bench.happen(customers.JoinTapped()) == []
    bench.happen(customers.AgreedTapped(), customers.JoinLanguageTapped("th"))
    assert bench.happen(customers.JoinTapped()) == [], "what was agreed to was another text"
    bench.happen(customers.AgreedTapped())
    [asked] = bench.happen(customers.JoinTapped())
    assert (type(asked), asked.text, asked.ask) == (CheckNewcomer, "tel:8", True)
    assert bench.happen(customers.JoinTapped()) == [], "a second tap finds it under way"


def test_a_late_answer_to_an_older_form_makes_nobody_a_member(bench):
    filled(bench).happen(customers.JoinTapped())
    old = join(bench).number
    bench.happen(ev.PanelClosed())
    assert bench.happen(customers.NewcomerChecked(old, "6582345678", "PX-001")) == []
    filled(bench).happen(customers.JoinTapped())
    bench.happen(customers.NewcomerChecked(old, "6582345678", "PX-001"))
    assert bench.stored(CreateCustomer) == []


def test_the_form_leaves_a_look_up_under_way_alone(bench):
    bench.happen(ev.Scanned('{"identifier":"6591234821"}'))
    look = bench.state.sale.look
    bench.happen(ev.PanelOpened("join"), ev.PanelClosed(), ev.CustomerFound(look, SOMCHAI))
    assert bench.state.sale.known is not None


def test_a_member_is_made_once_and_found_after(bench):
    filled(bench).happen(customers.JoinTapped())
    bench.happen(customers.NewcomerChecked(join(bench).number, "6582345678", "PX-001"))
    [command] = bench.stored(CreateCustomer)
    assert (command.identifier, command.language, len(command.consent)) == ("6582345678", "en", 16)
    bench.entry(command, EntryState.CHECKING, problem="NET-02")
    assert join(bench).busy
    bench.entry(command, EntryState.DONE)
    assert bench.state.panel is None
    assert bench.state.sale.looking.identifier == "6582345678"
    assert len(bench.stored(CreateCustomer)) == 1


def test_a_refusal_and_a_full_disk_leave_the_form_to_be_tried_again(bench):
    for problem, is_later in (("PX-010", False), ("NET-01", True), ("DISK-01", False)):
        filled(bench).happen(customers.JoinTapped())
        bench.happen(customers.NewcomerChecked(join(bench).number, "6582345678", "PX-001"))
        command = bench.stored(CreateCustomer)[-1]
        if problem.startswith("DISK"):
            bench.happen(ev.StoreFailed(command.ref, problem))
        else:
            bench.entry(command, EntryState.REFUSED, problem=problem)
        assert (join(bench).busy, join(bench).problem, join(bench).later) == (False, problem, is_later)


def test_without_perx_it_is_taken_down_and_the_sale_is_for_no_member_yet(bench):
    filled(bench).happen(customers.JoinTapped())
    bench.happen(customers.NewcomerChecked(join(bench).number, "6582345678", "NET-01"))
    assert bench.stored(CreateCustomer) == []
    bench.happen(customers.JoinTapped())
    [command] = bench.stored(JoinLater)
    bench.entry(command, EntryState.WAITING)
    known = bench.state.sale.known
    assert (known.identifier, known.checked, known.problem) == ("6582345678", False, "CUS-02")
    bench.entry(command, EntryState.DONE)
    assert bench.state.sale.looking.identifier == "6582345678", "Perx knows them now, so they are looked at again"


def test_a_scan_at_the_form_fills_it_and_begins_no_sale(bench):
    bench.happen(ev.PanelOpened("join"))
    assert bench.happen(ev.Scanned("CARD-0815")) == []
    assert (join(bench).text, bench.state.sale.is_empty) == ("CARD-0815", True)
    bench.happen(ev.KeyTapped("8"))
    assert (join(bench).text, bench.state.panel.typed) == ("", "8")


def test_who_was_here_is_bounded_newest_first_and_forgotten_over_night(bench):
    for number in range(12):
        bench.happen(ev.Scanned(f'{{"identifier":"65000{number}"}}'))
        found = replace(SOMCHAI, identifier=f"65000{number}")
        kept = bench.happen(ev.CustomerFound(bench.state.sale.look, found))
        assert [one for one in kept if isinstance(one, KeepRecent)]
        bench.happen(ev.CustomerRemoved())
    assert [one.identifier for one in bench.state.recent] == [f"65000{number}" for number in range(11, 3, -1)]
    again = Bench()
    old = Recent("old", START - timedelta(hours=13))
    again.happen(customers.RecentRead((Recent("new", START), old)))
    assert [one.identifier for one in again.state.recent] == ["new"]
    assert customers.from_rows(customers.to_rows((Recent("new", START, "Somchai"),))) == (Recent("new", START),)
    assert customers.from_rows([["x", "no time"], "nonsense", ["y", "2026-06-01T00:00:00"], 7]) == ()


def test_a_recent_customer_never_takes_over_a_sale_that_holds_vouchers(bench):
    bench.customer()
    bench.entry(bench.hold(1), EntryState.DONE)
    bench.happen(customers.RecentRead((Recent("2", START),)), ev.PanelOpened("customers"), customers.RecentTapped("2"))
    assert bench.state.sale.known.identifier == SOMCHAI.identifier
    assert bench.state.hint.kind is HintKind.OTHER_CUSTOMER


def test_points_by_hand_are_asked_for_within_the_limit_and_given_once_approved(bench):
    bench.people(NOOR)
    bench.customer()
    bench.happen(ev.PanelOpened("giving"), *(ev.KeyTapped(key) for key in "9999"))
    bench.happen(customers.PointsEntered())
    assert bench.state.panel.ask is None, "more than may be given at once"
    bench.happen(ev.KeyTapped("clear"), ev.KeyTapped("5"), ev.KeyTapped("0"), customers.PointsEntered())
    ask = replace(bench.state.panel.ask, reason="A promise of the shop")
    assert ask.subject == approve.GivePoints(SOMCHAI.identifier, 50)
    bench.happen(approve.Proved(ask.number, NOOR, ask), approve.Proved(ask.number, NOOR, ask))
    [command] = bench.stored(EarnPoints)
    assert (command.points, command.identifier) == (50, SOMCHAI.identifier)
    assert bench.state.panel.kind is PanelKind.FOUND
    bench.happen(ev.StoreFailed(command.ref, "DISK-01"))
    assert (bench.state.panel.record.state, bench.state.panel.record.problem) == ("refused", "DISK-01")


def test_points_that_were_approved_for_another_customer_are_not_given(bench):
    bench.people(NOOR)
    bench.customer()
    bench.happen(ev.PanelOpened("giving"), ev.KeyTapped("5"), customers.PointsEntered())
    ask = bench.state.panel.ask
    other = replace(ask, subject=approve.GivePoints("somebody else", 5), reason="A promise of the shop")
    bench.happen(approve.Proved(ask.number, NOOR, other))
    assert bench.stored(EarnPoints) == []


def test_a_language_is_given_to_a_checked_customer_only_and_the_slip_follows_perx(bench):
    bench.happen(customers.LanguageGiven("th"))
    bench.customer()
    bench.happen(customers.LanguageGiven("klingon"))
    assert bench.stored(UpdateCustomer) == []
    bench.happen(customers.LanguageGiven("zh_CN"))
    [command] = bench.stored(UpdateCustomer)
    assert bench.state.sale.known.customer.language == ""
    bench.entry(command, EntryState.DONE)
    assert bench.state.sale.known.customer.language == command.language == "zh"
    bench.entry(replace(command), EntryState.REFUSED, problem="NET-01")
    assert (bench.state.hint.kind, bench.state.hint.detail) == (HintKind.NOT_CHANGED, "NET-01")
