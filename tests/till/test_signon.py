"""Who stands at the till: signing on, switching, hiding and locking, and what a second person approves."""

from __future__ import annotations

import pytest
from till_bench import BEN, MAI, NOOR, RAVI, Bench

from pos_app.domain.entries import EntryState
from pos_app.domain.people import Denied
from pos_app.till import approve, staff
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.state import HintKind, Phase
from pos_app.ui.desk import ApprovalBody
from pos_app.ui.gate import SignOnBody
from pos_app.ui.present import present, receipt

MEMBER, BADGE = ev.Scanned('{"identifier": "6591234821"}'), ev.Scanned("POS:STAFF:A-BADGE")
NAMING = ("Som•••", "•••• 4821", "Voucher 1", "ends ODE1", "2,480")


@pytest.fixture
def bench() -> Bench:
    """A till where Mai A. is signed on, as somebody has to be."""
    made = Bench()
    made.people(MAI, BEN, NOOR, RAVI)
    made.signed_on(MAI)
    return made


def notes(effects: list[ef.Effect]) -> list[tuple[str, str, dict]]:
    return [(one.person, one.what, one.facts) for one in effects if isinstance(one, ef.Note)]


def proves(effects: list[ef.Effect]) -> list[approve.Prove]:
    return [one for one in effects if isinstance(one, approve.Prove)]


def a_sale(bench: Bench) -> None:
    bench.customer()
    bench.hold(1)
    bench.bill("5", "6", "00")


def said(bench: Bench) -> str:
    return repr(present(bench.state))


@pytest.mark.parametrize(
    ("sign_on", "people", "is_shut"),
    [
        ("auto", (), False),
        ("auto", (NOOR, RAVI), False),
        ("auto", (NOOR, MAI), True),
        ("off", (NOOR, MAI), False),
        ("required", (), True),
        ("required", (NOOR,), True),
    ],
)
def test_who_must_sign_on_follows_from_the_policy_and_the_people(sign_on, people, is_shut):
    bench = Bench()
    bench.people(*people, sign_on=sign_on)
    assert bench.state.staff.is_shut is is_shut
    assert isinstance(present(bench.state).body, SignOnBody) is is_shut


def test_a_name_and_its_pin_sign_on_and_the_journal_names_who_did_what():
    bench = Bench()
    bench.people(MAI, BEN)
    main = present(bench.state).body.till.main
    assert (main.enabled, main.detail) == (False, "Tap your name first")
    bench.happen(ev.KeyTapped("5"), staff.PersonTapped("Ben T."), ev.KeyTapped("9"), staff.PersonTapped("Mai A."))
    assert bench.state.staff.gate.pin == "", "one's digits are not another's"
    assert proves(bench.happen(*map(ev.KeyTapped, "591"), staff.ProveTapped())) == []
    [asked] = proves(bench.happen(ev.KeyTapped("7"), staff.ProveTapped(), staff.ProveTapped(), ev.KeyTapped("1")))
    assert (asked.name, asked.pin, asked.ask) == ("Mai A.", "5917", None)
    assert (bench.state.staff.gate.busy, bench.state.staff.gate.pin) == (True, "")
    assert "5917" not in repr(asked) + repr(bench.state)
    assert notes(bench.happen(approve.Proved(asked.number, MAI))) == [("Mai A.", "signed on", {})]
    assert (bench.state.staff.on, bench.state.staff.gate) == (MAI, None)
    assert present(bench.state).header.person.words == "Mai A."
    a_sale(bench)
    told = notes(bench.happen(ev.CompleteTapped()))
    assert [(who, what) for who, what, _ in told] == [("Mai A.", "completed")]
    assert bench.state.sale.record.cashier == "Mai A."
    assert "Served by Mai A." in [line.left for line in receipt(bench.state.sale.record, bench.state.shop).lines]


def test_without_anybody_signed_on_the_slip_and_the_journal_name_nobody():
    bench = Bench()
    a_sale(bench)
    assert [who for who, *_ in notes(bench.happen(ev.CompleteTapped()))] == [""]
    assert "Served by" not in repr(receipt(bench.state.sale.record, bench.state.shop))


def test_a_wrong_pin_is_said_and_its_wait_counts_down():
    bench = Bench()
    bench.people(MAI, BEN)
    bench.happen(staff.PersonTapped("Mai A."), *map(ev.KeyTapped, "9999"), staff.ProveTapped())
    number = bench.state.staff.gate.number
    bench.happen(approve.Proved(number, Denied("PIN-01")))
    assert "That PIN is not right." in said(bench)
    bench.happen(*map(ev.KeyTapped, "9999"), staff.ProveTapped(), approve.Proved(number, Denied("PIN-02", 30)))
    assert "Wait 0:30" in present(bench.state).body.till.main.detail
    assert proves(bench.happen(*map(ev.KeyTapped, "5917"), staff.ProveTapped())) == []
    assert proves(bench.happen(staff.PersonTapped("Ben T."), *map(ev.KeyTapped, "3862"), staff.ProveTapped()))


def test_a_badge_signs_on_and_an_unknown_one_is_named_as_such():
    bench = Bench()
    bench.people(MAI, BEN)
    [asked] = proves(bench.happen(BADGE, BADGE))
    assert (asked.name, asked.badge) == ("", "A-BADGE")
    bench.happen(approve.Proved(asked.number, Denied("PIN-14")))
    assert "This badge is not known on this till." in present(bench.state).body.strip.text
    [asked] = proves(bench.happen(BADGE))
    bench.happen(approve.Proved(asked.number, BEN))
    assert bench.state.staff.on == BEN


@pytest.mark.fault("FM-17")
def test_a_late_answer_to_a_proof_that_is_over_signs_nobody_on(bench):
    asked = proves(bench.effects)[-1]
    bench.happen(staff.SignOffTapped(), approve.Proved(asked.number, NOOR))
    assert bench.state.staff.on is None
    assert bench.state.staff.is_shut


def test_another_person_takes_over_by_badge_and_the_sale_stays(bench):
    a_sale(bench)
    before = bench.state.sale
    [asked] = proves(bench.happen(BADGE))
    told = notes(bench.happen(approve.Proved(asked.number, BEN)))
    assert told == [("Ben T.", "signed on", {"instead_of": "Mai A."})]
    assert (bench.state.staff.on, bench.state.sale) == (BEN, before)
    bench.happen(ev.CompleteTapped())
    assert bench.state.sale.record.cashier == "Ben T."


def test_switching_can_be_left_again_and_signing_off_keeps_the_sale(bench):
    a_sale(bench)
    before = bench.state.sale
    bench.happen(ev.PanelOpened("person"), staff.SwitchTapped())
    assert isinstance(present(bench.state).body, SignOnBody)
    bench.happen(staff.GateLeft())
    assert (bench.state.staff.on, bench.state.staff.gate, bench.state.panel) == (MAI, None, None)
    assert notes(bench.happen(ev.PanelOpened("person"), staff.SignOffTapped())) == [("Mai A.", "signed off", {})]
    assert (bench.state.staff.is_shut, bench.state.sale, bench.state.panel) == (True, before, None)
    assert bench.happen(staff.GateLeft(), ev.CompleteTapped(), ev.CancelTapped()) == []
    assert bench.state.sale == before
    assert "The sale of 56.00 stays as it is." in said(bench)


def test_a_code_that_is_scanned_while_somebody_could_switch_is_served(bench):
    bench.happen(staff.SwitchTapped())
    assert [one for one in bench.happen(MEMBER) if isinstance(one, ef.FindCustomer)]
    assert bench.state.staff.gate is None


@pytest.mark.parametrize(
    "event", [MEMBER, ev.Scanned("CODE1"), ev.Scanned("POS:COMPLETE"), ev.Scanned("x", "", "not_text")]
)
def test_a_locked_till_takes_no_code_and_says_so(bench, event):
    a_sale(bench)
    bench.pass_s(301)
    before = bench.state
    assert bench.happen(event) == []
    assert bench.state.sale == before.sale
    assert "The till is locked: that code was not taken." in present(bench.state).body.strip.text
    bench.happen(ev.KeyTapped("5"))
    assert present(bench.state).body.strip is None


def test_names_and_codes_are_hidden_after_a_minute_and_the_till_locks_after_five(bench):
    a_sale(bench)
    assert [one for one in NAMING if one not in said(bench)] == []
    bench.pass_s(59)
    assert not bench.state.staff.hidden
    bench.pass_s(1)
    assert bench.state.staff.hidden
    assert not [one for one in NAMING if one in said(bench)]
    assert "46.00" in said(bench), "amounts stay: they name nobody"
    assert notes(bench.pass_s(239)) == []
    assert not bench.state.staff.is_shut
    assert notes(bench.pass_s(1)) == [("Mai A.", "locked", {"idle_s": 300})]
    body = present(bench.state).body
    assert (body.title, body.till.main.words) == ("The till is locked", "Unlock")
    assert not [one for one in NAMING if one in said(bench)]
    before = bench.state.sale
    [asked] = proves(bench.happen(*map(ev.KeyTapped, "5917"), staff.ProveTapped()))
    assert asked.name == "Mai A."
    assert notes(bench.happen(approve.Proved(asked.number, MAI))) == [("Mai A.", "unlocked", {})]
    assert (bench.state.sale, bench.state.staff.hidden) == (before, False)
    assert "2,480" in said(bench)


def test_a_touch_or_a_scan_starts_the_minute_again(bench):
    a_sale(bench)
    for event in (staff.Touched(), ev.KeyTapped("1"), ev.PanelOpened("menu"), ev.Scanned("NOSUCH")):
        bench.pass_s(59)
        bench.happen(event)
        if isinstance(event, ev.Scanned):
            bench.happen(ev.BareUnknown(bench.state.sale.known.look, "NOSUCH", "PX-001"))
        assert not bench.state.staff.hidden
    bench.pass_s(59)
    assert not bench.state.staff.hidden


def test_a_clock_that_is_set_back_stops_no_lock_and_a_machine_that_slept_wakes_locked(bench):
    a_sale(bench)
    bench.happen(ev.Ticked(), after_s=-7200)
    bench.pass_s(299)
    assert bench.state.staff.is_shut
    bench.happen(BADGE)
    bench.happen(approve.Proved(bench.state.staff.gate.number, MAI))
    bench.happen(ev.Ticked(), after_s=8 * 3600)
    assert bench.state.staff.is_shut


def test_hidden_data_is_shown_again_by_the_pin_where_somebody_must_sign_on(bench):
    a_sale(bench)
    bench.pass_s(60)
    effects = bench.happen(ev.VoucherTapped(2), ev.LineRemoved("row1"), ev.CustomerRemoved())
    assert (effects, bench.state.hint.kind) == ([], HintKind.SHOW_FIRST), "nobody acts on what they cannot read"
    bench.happen(ev.KeyTapped("clear"), *map(ev.KeyTapped, ("7", "0", "00")))
    assert (bench.state.sale.bill_minor, bench.state.staff.hidden) == (7000, True), "the bill names nobody"
    bench.happen(staff.ShowTapped())
    assert present(bench.state).body.till.card.label == "PIN for Mai A."
    bench.happen(BADGE)
    bench.happen(approve.Proved(bench.state.staff.gate.number, MAI))
    assert "2,480" in said(bench)


@pytest.mark.parametrize("event", [staff.ShowTapped(), staff.Touched(), ev.VoucherTapped(2), ev.KeyTapped("1")])
def test_where_nobody_must_sign_on_one_tap_shows_again_and_does_not_act_blindly(event):
    bench = Bench()
    a_sale(bench)
    bench.pass_s(60)
    assert "2,480" not in said(bench)
    assert "Hidden: show" in said(bench)
    assert bench.happen(event) == [] or isinstance(event, ev.KeyTapped)
    assert "2,480" in said(bench)
    assert bench.lines == ["held"]


def test_the_next_customer_of_a_hidden_till_is_shown(bench):
    a_sale(bench)
    bench.pass_s(60)
    bench.happen(ev.CancelTapped())
    assert bench.state.staff.hidden
    bench.customer()
    assert "2,480" in said(bench)


def test_an_idle_till_with_nothing_to_hide_says_nothing_of_it(bench):
    bench.pass_s(60)
    assert bench.state.staff.hidden
    assert "Hidden" not in said(bench)


def test_where_nobody_must_sign_on_whoever_did_is_signed_off_when_away():
    bench = Bench()
    bench.people(NOOR, MAI, sign_on="off")
    bench.signed_on(NOOR)
    a_sale(bench)
    before = bench.state.sale
    told = notes(bench.pass_s(301))
    assert told == [("Noor H.", "signed off", {"idle_s": 300})]
    assert (bench.state.staff.on, bench.state.staff.is_shut, bench.state.sale) == (None, False, before)


def test_nothing_is_hidden_or_locked_while_a_call_is_under_way(bench):
    a_sale(bench)
    bench.happen(ev.CompleteTapped())
    [sold] = [one for one in bench.stored() if one.ref == bench.state.sale.record.ref]
    bench.pass_s(400)
    assert (bench.state.staff.hidden, bench.state.staff.is_shut) == (False, False)
    bench.entry(sold, EntryState.CHECKING, problem="NET-02", tries=1)
    bench.pass_s(400)
    assert (bench.state.staff.hidden, bench.state.staff.is_shut) == (False, False)


def test_a_result_that_nobody_has_seen_stays_and_waits_under_the_lock_at_last(bench):
    a_sale(bench)
    bench.happen(ev.CompleteTapped())
    [sold] = [one for one in bench.stored() if one.ref == bench.state.sale.record.ref]
    bench.pass_s(100)
    bench.entry(sold, EntryState.DONE)
    assert bench.state.sale.phase is Phase.DONE
    bench.pass_s(899)
    assert (bench.state.staff.hidden, bench.state.staff.is_shut) == (False, False)
    bench.pass_s(1)
    assert bench.state.staff.is_shut
    assert "The last sale's result is kept" in said(bench)
    bench.happen(BADGE)
    bench.happen(approve.Proved(bench.state.staff.gate.number, MAI))
    assert "Perx confirmed it." in said(bench).replace("\u00a0", " ")
    bench.pass_s(60)
    assert bench.state.staff.hidden, "once it was seen it is hidden as everything is"


def test_a_look_up_that_is_refused_is_a_result_too(bench):
    bench.happen(MEMBER)
    bench.happen(ev.CustomerFailed(bench.state.sale.look, "PX-007", "not active"))
    bench.pass_s(310)
    assert (bench.state.staff.hidden, bench.state.staff.is_shut) == (False, False)
    bench.happen(staff.Touched())
    bench.pass_s(300)
    assert bench.state.staff.is_shut


def test_closing_the_till_gives_back_what_a_locked_sale_holds(bench):
    a_sale(bench)
    bench.pass_s(301)
    assert bench.happen(ev.CancelTapped()) == []
    bench.happen(staff.Closing())
    assert [one.voucher_id for one in bench.stored()][-1:] == [1]
    assert bench.state.sale.is_empty


def test_people_who_were_removed_are_signed_on_no_more(bench):
    bench.happen(staff.PeopleListed((BEN, NOOR)))
    assert (bench.state.staff.on, bench.state.staff.gate.names) == (None, ("Ben T.", "Noor H."))


# ---------------------------------------------------------------- a second person


def typed(bench: Bench, text: str = "6591234821") -> list[ef.Effect]:
    bench.happen(ev.PanelOpened("typing"), *map(ev.KeyTapped, text))
    return bench.happen(ev.TypedEntered())


@pytest.fixture
def strict() -> Bench:
    """A till where a typed number needs a second person."""
    made = Bench()
    made.people(MAI, NOOR, RAVI, approve_typed_customer=True)
    made.signed_on(NOOR)
    return made


def test_a_typed_number_waits_for_a_second_person_and_its_reason(strict):
    assert typed(strict) == []
    body = present(strict.state).body
    assert isinstance(body, ApprovalBody)
    assert strict.state.panel.ask.names == ("Ravi K.",), "neither a cashier nor whoever asks may approve"
    [asked] = proves(strict.happen(approve.ReasonTapped("The code cannot be read"), BADGE))
    assert asked.ask.not_by == "Noor H."
    strict.happen(approve.Proved(asked.number, Denied("PIN-13"), asked.ask))
    assert "Whoever asks for it cannot approve it." in present(strict.state).body.problem
    [asked] = proves(strict.happen(*map(ev.KeyTapped, "8306"), approve.ApproveTapped()))
    effects = strict.happen(approve.Proved(asked.number, RAVI, asked.ask))
    facts = {"code": "••••4821", "why": "The code cannot be read", "approved_by": "Ravi K."}
    [(who, what, told)] = notes(effects)
    assert (who, what, told["why"], told["approved_by"]) == (
        "Noor H.",
        "typed member approved",
        *list(facts.values())[1:],
    )
    assert "659123" not in str(told)
    assert [one.identifier for one in effects if isinstance(one, ef.FindCustomer)] == ["6591234821"]
    assert strict.state.panel is None


def test_an_approval_of_a_typed_number_that_was_left_finds_nobody(strict):
    typed(strict)
    [asked] = proves(strict.happen(approve.ReasonTapped("The code cannot be read"), BADGE))
    strict.happen(ev.CancelTapped(), ev.PanelClosed())
    effects = strict.happen(approve.Proved(asked.number, RAVI, asked.ask))
    assert effects == []
    assert strict.state.sale.looking is None


@pytest.mark.parametrize("two_persons", [True, False])
def test_one_person_alone_may_approve_only_where_the_policy_lets_them(two_persons):
    bench = Bench()
    bench.people(NOOR, approve_typed_customer=True, two_persons=two_persons, sign_on="required")
    bench.signed_on(NOOR)
    typed(bench)
    assert bench.state.panel.ask.names == (() if two_persons else ("Noor H.",))
    assert ("PIN-13" in present(bench.state).body.problem) is two_persons


def test_vouchers_slips_and_scanned_members_need_nobody(strict):
    strict.customer()
    assert [one for one in typed(strict, "CODE1") if isinstance(one, ef.Store)]
    assert [one for one in typed(strict, strict.mint()) if isinstance(one, ef.FindSale)]
    assert strict.state.panel is None or strict.state.panel.ask is None
    strict.happen(ev.PanelClosed())
    typed(strict, "659000")
    assert strict.state.panel.ask is not None, "it may be another member's"


def test_without_the_policy_a_typed_number_is_looked_up_at_once(bench):
    assert [one for one in typed(bench) if isinstance(one, ef.FindCustomer)]
