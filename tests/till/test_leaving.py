"""Closing the till: anybody may where it is no kiosk; a kiosk asks a supervisor, and writes down who and why."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from till_bench import MAI, NOOR, RAVI, Bench

from pos_app.domain.attention import Act
from pos_app.domain.people import Denied, Person
from pos_app.till import approve
from pos_app.till import events as ev
from pos_app.till.approve import Prove, Proved
from pos_app.till.effects import Effect, Note
from pos_app.till.leaving import CloseTapped, Let
from pos_app.till.state import PanelKind
from pos_app.ui.desk import ApprovalBody
from pos_app.ui.present import present

BADGE = ev.Scanned("POS:STAFF:A-BADGE")
WHY = "The day is over"


def a_kiosk(*people: Person, **policy: object) -> Bench:
    bench = Bench()
    bench.state = replace(bench.state, shop=replace(bench.state.shop, kiosk=True))
    bench.people(*people, **policy)
    return bench


@pytest.fixture
def kiosk() -> Bench:
    """A kiosk whose two supervisors are known; nobody has to sign on."""
    return a_kiosk(NOOR, RAVI)


def proves(effects: list[Effect]) -> list[Prove]:
    return [one for one in effects if isinstance(one, Prove)]


def menu(bench: Bench) -> dict[str, object]:
    return {row.title: row.event for row in present(bench.state).body.rows}


def test_a_till_that_is_no_kiosk_closes_when_it_is_told_to():
    bench = Bench()
    assert bench.happen(CloseTapped()) == [Note("till closed")]
    assert bench.state.left


def test_only_the_menu_of_a_kiosk_has_the_way_out(kiosk):
    bench = Bench()
    for one in (bench, kiosk):
        one.happen(ev.PanelOpened("menu"))
    assert "Close the till" not in menu(bench)
    assert menu(kiosk)["Close the till"] == CloseTapped()


def test_a_kiosk_stays_and_asks_why_and_who_approves_it(kiosk):
    assert kiosk.happen(CloseTapped()) == []
    body = present(kiosk.state).body
    assert isinstance(body, ApprovalBody)
    assert (body.title, body.reasons[0].words) == ("Close the till?", WHY)
    assert not kiosk.state.left
    kiosk.happen(approve.AskLeft())
    assert (kiosk.state.panel.kind, kiosk.state.panel.ask, kiosk.state.left) == (PanelKind.MENU, None, False)


def test_a_supervisors_badge_lets_it_close_and_the_journal_knows_who_and_why(kiosk):
    kiosk.happen(CloseTapped())
    assert proves(kiosk.happen(BADGE)) == [], "there is no reason yet"
    [asked] = proves(kiosk.happen(approve.ReasonTapped(WHY), BADGE))
    assert (asked.badge, kiosk.state.left) == ("A-BADGE", False), "a badge that nobody has looked at let somebody out"
    assert kiosk.happen(Proved(asked.number, NOOR, asked.ask)) == [
        Note("till closed", facts={"why": WHY, "approved_by": "Noor H."})
    ]
    assert kiosk.state.left


def test_so_does_a_supervisors_pin(kiosk):
    kiosk.happen(CloseTapped(), approve.ReasonTapped(WHY), approve.ApproverTapped("Ravi K."))
    [asked] = proves(kiosk.happen(*map(ev.KeyTapped, "8306"), approve.ApproveTapped()))
    assert (asked.name, asked.pin) == ("Ravi K.", "8306")
    kiosk.happen(Proved(asked.number, RAVI, asked.ask))
    assert kiosk.state.left


def test_a_badge_that_may_not_is_told_so_and_the_kiosk_stays(kiosk):
    [asked] = proves(kiosk.happen(CloseTapped(), approve.ReasonTapped(WHY), BADGE))
    kiosk.happen(Proved(asked.number, Denied("PIN-03"), asked.ask))
    assert not kiosk.state.left
    assert "PIN-03" in present(kiosk.state).body.problem


def test_an_approval_that_was_left_meanwhile_closes_nothing(kiosk):
    [asked] = proves(kiosk.happen(CloseTapped(), approve.ReasonTapped(WHY), BADGE))
    kiosk.happen(ev.PanelClosed())
    assert kiosk.happen(Proved(asked.number, NOOR, asked.ask)) == []
    assert not kiosk.state.left


def test_closing_twice_keeps_what_was_chosen_and_breaks_off_nothing(kiosk):
    kiosk.happen(CloseTapped(), approve.ReasonTapped(WHY), CloseTapped())
    assert kiosk.state.panel.ask.reason == WHY
    other = approve.opened(7, approve.SettleEntry(kiosk.mint(), Act.DONE), (NOOR,), "")
    kiosk.state = replace(kiosk.state, panel=replace(kiosk.state.panel, ask=replace(other, busy=True)))
    kiosk.happen(CloseTapped())
    assert kiosk.state.panel.ask.number == 7


def test_a_supervisor_who_is_signed_on_may_close_it_alone():
    bench = a_kiosk(MAI, NOOR, two_persons=True)
    bench.signed_on(NOOR)
    bench.happen(CloseTapped())
    assert (bench.state.panel.ask.names, bench.state.panel.ask.not_by) == (("Noor H.",), "")


def test_under_the_lock_the_way_out_is_to_sign_on_first():
    bench = a_kiosk(MAI, NOOR)
    assert bench.state.staff.is_shut
    bench.happen(CloseTapped())
    assert (bench.state.panel, bench.state.left) == (None, False)


def test_from_outside_it_is_proved_before_and_closes_also_under_the_lock():
    bench = a_kiosk(MAI, NOOR)
    assert bench.happen(Let("Noor H.")) == [Note("till closed", facts={"approved_by": "Noor H."})]
    assert bench.state.left
