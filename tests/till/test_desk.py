"""The desk's state table: taps, keys, badges, late answers, and entries that settle themselves meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import to_builtins
from msgspec.structs import replace
from till_bench import NOOR, RAVI, START, Bench

from pos_app.domain.attention import MAX_REASON, Act
from pos_app.domain.codes import Ref
from pos_app.domain.commands import HoldVoucher, Kind, RecordSale, Spoilt
from pos_app.domain.entries import Backlog, Entry, EntryState
from pos_app.domain.people import Denied, Person
from pos_app.till import approve, desk
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.desk import Pile
from pos_app.till.draft import to_draft
from pos_app.till.state import HintKind, State
from pos_app.ui.desk import ApprovalBody, DeskBody
from pos_app.ui.present import present
from pos_app.ui.screen import TypeBody

SALE = RecordSale(
    ref=Ref("111"), identifier="6591234821", amount_minor=1820, currency="SGD", sold_at="2026-06-01T06:32:00Z"
)
HOLD = HoldVoucher(ref=Ref("222"), identifier="6591234821", voucher_id=7, sale=Ref("9"))
LOST = Entry(5, SALE, EntryState.ATTENTION, START, tries=6, problem="NET-02")
HELD = Entry(4, HOLD, EntryState.CHECKING, START, tries=1)
REASON = "Perx support said so"
NAMES = ("Noor H.", "Ravi K.")
PIN = "4729"


class Desk(Bench):
    """A bench whose till looks at what needs a person: a lost sale, and a hold that is being checked."""

    def __init__(self) -> None:
        super().__init__()
        self.people(NOOR, RAVI)
        self.happen(ev.BacklogSeen(Backlog(0, 1, 1)), ev.PanelOpened("waiting"))
        self.happen(desk.DeskListed(Pile.OPEN, (LOST, HELD)))

    @property
    def now(self) -> desk.Desk:
        assert self.state.panel is not None
        assert self.state.panel.desk is not None
        return self.state.panel.desk

    @property
    def ask(self) -> approve.Ask:
        assert self.state.panel is not None
        assert self.state.panel.ask is not None
        return self.state.panel.ask

    def approved(self, number: int = 1, person: Person = NOOR) -> list[ef.Effect]:
        """The approval that is looked at is found good."""
        return self.happen(approve.Proved(number, person, self.ask))

    def denied(self, denied: Denied, number: int = 1) -> None:
        self.happen(approve.Proved(number, denied, self.ask))

    def asked(self, act: Act = Act.AGAIN) -> None:
        """An approval that lacks only the PIN."""
        self.happen(desk.ActTapped(act))
        self.happen(approve.ReasonTapped(REASON), approve.ApproverTapped("Noor H."))

    def type_pin(self, pin: str = PIN) -> None:
        self.happen(*(ev.KeyTapped(digit) for digit in pin))


@pytest.fixture
def bench() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("backlog", "pile"),
    [
        (Backlog(3, 0, 1), Pile.OPEN),
        (Backlog(3, 1, 0), Pile.OPEN),
        (Backlog(3, 0, 0), Pile.WAITING),
        (Backlog(), Pile.OPEN),
    ],
)
def test_the_desk_opens_on_what_matters_most(backlog, pile):
    bench = Bench()
    bench.happen(ev.BacklogSeen(backlog))
    assert desk.ListDesk(pile) in bench.happen(ev.PanelOpened("waiting"))
    assert bench.state.panel.desk.pile is pile


def test_the_first_entry_is_looked_at_until_another_is_tapped(bench):
    assert (bench.now.entry, bench.now.opened) == (LOST, False)
    assert bench.happen(desk.EntryTapped(HOLD.ref)) == [desk.ReadEntry(HOLD.ref)]
    assert (bench.now.entry, bench.now.opened) == (HELD, True)
    assert bench.happen(desk.EntryTapped(Ref("no such"))) == []
    bench.happen(desk.EntryLeft())
    assert (bench.now.entry, bench.now.opened) == (HELD, False)


def test_a_check_is_asked_for_once_and_needs_nobody(bench):
    assert bench.happen(desk.CheckTapped(), desk.CheckTapped()) == [desk.LookAgain(SALE.ref)]
    checking = replace(LOST, state=EntryState.CHECKING)
    bench.happen(desk.Decided(0, checking))
    assert (bench.now.busy, bench.now.entry, bench.state.panel.ask) == (False, checking, None)


def test_a_decision_needs_a_reason_a_person_and_a_pin_and_is_asked_for_once(bench):
    assert bench.happen(desk.ActTapped(Act.AGAIN)) == []
    assert bench.ask.names == NAMES
    assert bench.happen(approve.ApproveTapped()) == []
    bench.happen(approve.ReasonTapped("not one of these"))
    assert bench.ask.lacks(START) == "reason"
    bench.happen(approve.ReasonTapped(REASON))
    assert bench.ask.lacks(START) == "name"
    bench.happen(ev.KeyTapped("4"), approve.ApproverTapped("Nobody"))
    assert bench.ask.pin == "", "digits before a name are nobody's"
    bench.happen(approve.ApproverTapped("Noor H."))
    bench.type_pin("472")
    assert bench.happen(approve.ApproveTapped()) == []
    bench.happen(ev.KeyTapped("clear"))
    bench.type_pin()
    [prove] = bench.happen(approve.ApproveTapped(), approve.ApproveTapped(), ev.KeyTapped("1"))
    assert (prove.number, prove.name, prove.pin, prove.badge) == (1, "Noor H.", PIN, "")
    assert (bench.ask.busy, bench.ask.pin) == (True, "")
    assert bench.approved() == [desk.Decide(1, SALE.ref, Act.AGAIN, REASON, "Noor H.")]
    assert bench.ask.busy, "it is being carried out"
    sent = replace(LOST, state=EntryState.WAITING)
    bench.happen(desk.Decided(1, sent))
    assert (bench.state.panel.ask, bench.now.entry, bench.now.problem) == (None, sent, "")


def test_a_pin_is_ascii_digits_at_most_eight_and_deleted_digit_by_digit(bench):
    bench.asked()
    bench.happen(*(ev.KeyTapped(key) for key in ("1", "00", "A", "²", "٣", "")))
    assert bench.ask.pin == "1"
    bench.type_pin("234567890")
    assert bench.ask.pin == "12345678"
    bench.happen(ev.KeyTapped("delete"), ev.KeyTapped("delete"))
    assert bench.ask.pin == "123456"
    bench.happen(approve.ApproverTapped("Ravi K."))
    assert bench.ask.pin == "", "one's digits are not another's"


def test_a_wrong_pin_is_said_and_a_wait_counts_down_without_keys(bench):
    bench.asked()
    bench.type_pin()
    bench.happen(approve.ApproveTapped())
    bench.denied(Denied("PIN-01"))
    assert "That PIN is not right." in present(bench.state).body.till.card.hint
    bench.type_pin()
    bench.happen(approve.ApproveTapped())
    bench.denied(Denied("PIN-02", 30))
    bench.type_pin()
    assert (bench.ask.pin, bench.happen(approve.ApproveTapped())) == ("", [])
    assert "Wait 0:30" in present(bench.state).body.till.main.detail
    bench.happen(ev.Ticked(), after_s=29)
    assert (bench.ask.lacks(bench.state.now), bench.ask.wait_s(bench.state.now)) == ("wait", 1)
    assert bench.ask.wait_s(START - timedelta(hours=1)) == 0, "a clock set back must not shut the keys off for an hour"
    bench.happen(ev.Ticked(), after_s=1)
    bench.type_pin()
    assert bench.happen(approve.ApproveTapped())


def test_a_badge_approves_at_once_when_there_is_a_reason(bench):
    badge = ev.Scanned("POS:STAFF:NOORS-BADGE-1")
    assert bench.happen(badge) == []
    assert (bench.state.hint.kind, bench.state.hint.detail) == (HintKind.STAFF, "action")
    bench.happen(desk.ActTapped(Act.GIVE_UP))
    assert bench.happen(badge) == []
    assert (bench.state.hint.detail, bench.ask.busy) == ("reason", False)
    bench.happen(approve.ReasonTapped(REASON), approve.ApproverTapped("Ravi K."))
    bench.type_pin("83")
    [prove] = bench.happen(badge, badge)
    assert (prove.number, prove.name, prove.pin, prove.badge) == (1, "", "", "NOORS-BADGE-1")
    assert bench.ask.pin == ""
    bench.denied(Denied("PIN-03"))
    assert "This badge may not approve here." in present(bench.state).body.problem


@pytest.mark.parametrize("busy", [False, True])
def test_a_scanned_member_ends_the_approval_and_is_served(bench, busy):
    bench.asked()
    bench.type_pin()
    if busy:
        bench.happen(approve.ApproveTapped())
    ask = bench.ask
    asked = bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    assert any(isinstance(one, ef.FindCustomer) for one in asked)
    assert bench.state.panel is None
    if busy:
        assert bench.happen(approve.Proved(1, NOOR, ask)) == [desk.Decide(1, SALE.ref, Act.AGAIN, REASON, "Noor H.")]
    bench.happen(desk.Decided(1, replace(LOST, state=EntryState.DONE)))
    assert bench.state.panel is None
    assert (bench.state.hint.kind, bench.state.hint.detail) == (HintKind.DECIDED, "done")


def test_an_entry_that_settles_itself_meanwhile_ends_the_approval(bench):
    bench.asked()
    bench.type_pin()
    done = replace(LOST, state=EntryState.DONE)
    bench.happen(ev.EntryChanged(done))
    assert (bench.state.panel.ask, bench.now.problem, bench.now.entry) == (None, "ATT-01", done)
    assert bench.happen(approve.ApproveTapped(), desk.ActTapped(Act.AGAIN), desk.CheckTapped()) == []


def test_an_entry_that_changes_while_its_approval_is_looked_at_waits_for_the_verdict(bench):
    bench.asked()
    bench.type_pin()
    bench.happen(approve.ApproveTapped(), ev.EntryChanged(replace(LOST, state=EntryState.DONE)))
    assert bench.ask.busy
    bench.happen(desk.Decided(1, replace(LOST, state=EntryState.DONE), problem="ATT-01"))
    assert (bench.state.panel.ask, bench.now.problem) == (None, "ATT-01")
    assert "changed meanwhile" in present(bench.state).body.detail.problem


def test_an_answer_to_an_approval_that_was_left_changes_nothing(bench):
    bench.asked()
    bench.happen(approve.AskLeft(), desk.ActTapped(Act.DONE))
    before, ask = bench.now, bench.ask
    assert ask.number == 2
    bench.denied(Denied("PIN-01"))
    bench.happen(desk.Decided(1, LOST))
    assert (bench.now, bench.ask) == (before, ask)


def test_what_is_being_looked_at_cannot_be_left_as_if_nothing_happened(bench):
    bench.asked()
    bench.type_pin()
    bench.happen(approve.ApproveTapped(), approve.AskLeft())
    assert bench.ask.busy
    [back] = present(bench.state).body.actions
    assert (back.enabled, back.why) == (False, "One moment")


def test_what_came_of_a_check_is_not_said_of_another_entry(bench):
    bench.happen(desk.CheckTapped(), desk.EntryTapped(HOLD.ref))
    bench.happen(desk.Decided(0, replace(LOST, state=EntryState.DONE), problem="ATT-01"))
    assert (bench.now.entry, bench.now.busy, bench.now.problem) == (HELD, False, "")


def test_changes_of_other_entries_only_refresh_the_list(bench):
    bench.asked()
    found = replace(HELD, state=EntryState.DONE)
    bench.happen(ev.EntryChanged(found))
    assert bench.now.entries == (LOST, found)
    assert bench.ask.reason == REASON


@pytest.mark.parametrize("after_s", [31, -3600], ids=["half a minute", "clock set back"])
def test_a_half_typed_pin_does_not_stay(bench, after_s):
    bench.asked()
    bench.type_pin("47")
    bench.happen(ev.Ticked(), after_s=20)
    assert bench.ask.pin == "47"
    bench.happen(ev.Ticked(), after_s=after_s - 20)
    assert (bench.ask.pin, bench.ask.reason) == ("", REASON)


def test_no_pin_and_no_badge_shows_in_a_state_an_effect_or_a_draft(bench):
    bench.customer()
    bench.happen(ev.PanelOpened("waiting"), desk.DeskListed(Pile.OPEN, (LOST,)))
    bench.asked()
    bench.type_pin("83069174")
    shown = [repr(bench.state), repr(to_draft(bench.state.sale)), repr(present(bench.state))]
    shown += [repr(bench.happen(approve.ApproveTapped())), repr(bench.state)]
    bench.denied(Denied("PIN-01"))
    shown += [repr(bench.happen(ev.Scanned("POS:STAFF:NOORS-BADGE-1"))), repr(bench.state)]
    assert "Prove(" in shown[3]
    assert not [one for one in shown if "83069174" in one or "NOORS-BADGE" in one]


@pytest.mark.parametrize("act", [Act.AGAIN, Act.DONE, Act.CHECK])
def test_what_may_not_be_done_of_an_entry_is_not_even_asked_for(bench, act):
    bench.happen(desk.EntryTapped(HOLD.ref))
    assert bench.happen(desk.ActTapped(act)) == []
    assert bench.state.panel.ask is None


def test_one_supervisor_is_chosen_and_none_is_said(bench):
    bench.people(NOOR)
    bench.happen(desk.ActTapped(Act.DONE))
    assert bench.ask.name == "Noor H."
    assert not present(bench.state).body.people
    bench.happen(approve.AskLeft())
    bench.people()
    bench.happen(desk.ActTapped(Act.DONE))
    body = present(bench.state).body
    assert isinstance(body, ApprovalBody)
    assert "pos-app people add" in body.problem
    assert (body.till.main.enabled, body.till.main.detail) == (False, "No supervisor yet")


def test_a_reason_of_ones_own_is_typed_and_bounded(bench):
    bench.asked()
    bench.happen(approve.OtherTapped(), approve.OtherEntered())
    assert isinstance(present(bench.state).body, TypeBody)
    assert bench.happen(approve.ApproveTapped()) == []
    bench.happen(*(ev.KeyTapped(key) for key in ("Space", "O", "K", "Space", "7", "X", "delete")))
    bench.happen(approve.OtherEntered())
    assert (bench.ask.reason, bench.ask.typing) == ("OK 7", False)
    bench.happen(approve.OtherTapped(), *(ev.KeyTapped("A") for _ in range(200)), approve.OtherEntered())
    assert len(bench.ask.reason) <= MAX_REASON
    bench.happen(approve.OtherTapped(), ev.KeyTapped("clear"), approve.OtherEntered(), approve.AskLeft())
    assert bench.ask.reason.endswith("A"), "leaving the letters keeps the reason that was there"


def test_what_cannot_be_read_is_listed_with_what_is_known_and_can_only_be_closed(bench):
    command = Spoilt(ref=Ref("333"), kind=Kind.REDEEM_VOUCHER, kind_name="redeem_voucher", lane="voucher:7")
    spoilt = Entry(9, command, EntryState.ATTENTION, START, problem="DISK-06")
    bench.happen(desk.DeskListed(Pile.OPEN, (LOST, spoilt)), desk.EntryTapped(spoilt.ref))
    body = present(bench.state).body
    row, detail = body.rows[1], body.detail
    assert (row.title.startswith("Its content cannot be read"), row.state) == (True, "Needs you: it cannot be read")
    assert "Voucher 7" in row.meta
    facts = dict(detail.facts)
    assert (facts["Reference"], "slips" in facts["Who settles it"]) == ("333 (DISK-06)", True)
    assert [act.words for act in detail.acts] == ["Mark as done", "Give up"]
    assert body.till.main.words == "Back", "there is nothing to look up"
    assert bench.happen(desk.CheckTapped(), desk.ActTapped(Act.AGAIN)) == []
    bench.happen(desk.ActTapped(Act.GIVE_UP))
    bench.happen(approve.ReasonTapped("Never happened"), approve.ApproverTapped("Noor H."))
    bench.type_pin()
    bench.happen(approve.ApproveTapped())
    assert bench.approved() == [desk.Decide(1, spoilt.ref, Act.GIVE_UP, "Never happened", "Noor H.")]


def test_who_closed_an_entry_is_told_and_no_old_code_stands_beside_it(bench):
    perx = replace(LOST, state=EntryState.DONE, problem="", settled_at=START)
    by_hand = replace(LOST, id=6, state=EntryState.DONE, problem="ATT-03", settled_at=START)
    given_up = replace(LOST, id=7, state=EntryState.REFUSED, problem="ATT-04", settled_at=START)
    old = replace(LOST, id=8, state=EntryState.DONE, settled_at=START)
    told = []
    for entry in (perx, by_hand, given_up, old):
        bench.happen(desk.PileTapped(Pile.SETTLED), desk.DeskListed(Pile.SETTLED, (entry,)))
        body = present(bench.state).body
        assert dict(body.detail.facts)["Reference"] == "111", "the code of what is over"
        told.append((body.rows[0].state, body.detail.text, body.detail.steps[-1].text))
    assert told[0] == ("Done", "Perx has this sale and decides its points.", "Closed: done")
    assert told[1][0::2] == ("Marked as done", "Closed by a person")
    assert told[2][0::2] == ("Given up", "Closed by a person")
    assert "Perx has" not in told[1][1] + told[2][1]
    assert "A supervisor" in told[1][1]
    assert "A supervisor" in told[2][1]


def test_a_decision_that_comes_too_early_says_so_and_changes_nothing(bench):
    bench.asked()
    bench.type_pin()
    bench.happen(approve.ApproveTapped())
    bench.approved()
    bench.happen(desk.Decided(1, LOST, problem="ATT-02"))
    assert (bench.state.panel.ask, bench.now.entry) == (None, LOST)
    assert "too early" in present(bench.state).body.detail.problem


def test_pages_follow_each_other_and_a_late_one_is_dropped(bench):
    bench.happen(desk.PileTapped(Pile.SETTLED))
    first = tuple(replace(LOST, id=n, state=EntryState.DONE) for n in (9, 8))
    bench.happen(desk.DeskListed(Pile.OPEN, (LOST,)))
    assert bench.now.entries is None
    bench.happen(desk.DeskListed(Pile.SETTLED, first, more=True))
    assert bench.happen(desk.OlderTapped(), desk.OlderTapped()) == [desk.ListDesk(Pile.SETTLED, 8)]
    assert not [one for one in bench.happen(ev.BacklogSeen(Backlog())) if isinstance(one, desk.ListDesk)]
    older = (replace(LOST, id=7, state=EntryState.DONE),)
    bench.happen(desk.DeskListed(Pile.SETTLED, older, after=8), desk.DeskListed(Pile.SETTLED, older, after=8))
    assert [one.id for one in bench.now.entries] == [9, 8, 7]


def test_a_first_page_asked_for_before_the_older_ones_takes_nothing_away(bench):
    bench.happen(desk.DeskListed(Pile.OPEN, (LOST, HELD), more=True))
    assert bench.happen(desk.OlderTapped()) == [desk.ListDesk(Pile.OPEN, HELD.id)]
    newest = replace(LOST, id=6)
    bench.happen(desk.DeskListed(Pile.OPEN, (newest, LOST), more=True))
    bench.happen(desk.DeskListed(Pile.OPEN, (replace(LOST, id=3),), after=HELD.id))
    assert [one.id for one in bench.now.entries] == [LOST.id, HELD.id, 3]


def test_new_counts_read_the_list_again_and_what_left_it_is_no_longer_looked_at(bench):
    assert bench.happen(ev.BacklogSeen(Backlog(0, 1, 0))) == [desk.ListDesk(Pile.OPEN)]
    bench.happen(desk.DeskListed(Pile.OPEN, (HELD,)))
    assert bench.now.entry == HELD
    bench.happen(desk.EntryTapped(HOLD.ref), desk.DeskListed(Pile.OPEN, ()))
    assert bench.now.entry == HELD, "what was opened stays, to show what came of it"


@pytest.mark.parametrize("event", [ev.PanelClosed(), ev.PanelOpened("menu"), ev.CancelTapped()])
def test_leaving_the_screen_drops_the_approval(bench, event):
    bench.customer()
    bench.happen(ev.PanelOpened("waiting"), desk.DeskListed(Pile.OPEN, (LOST,)))
    bench.asked()
    bench.type_pin()
    bench.happen(event)
    assert bench.state.panel is None or bench.state.panel.desk is None
    assert PIN not in str(to_builtins(bench.state, enc_hook=repr))  # its repr hides PINs


def test_without_the_desk_its_events_change_nothing():
    bench = Bench()
    before: State = bench.state
    bench.happen(desk.CheckTapped(), approve.ApproveTapped(), desk.DeskListed(Pile.OPEN, (LOST,)), desk.Decided(0))
    assert replace(bench.state, staff=before.staff) == before


def test_the_screen_says_what_happened_was_told_and_who_settles_it(bench):
    body = present(bench.state).body
    assert isinstance(body, DeskBody)
    facts = dict(body.detail.facts)
    assert body.rows[0].title == "It was sent several times, always without an answer, and Perx shows no trace."
    assert facts["Customer told"] == "“Your points will follow.” The slip says so too."
    assert facts["Who settles it"].startswith("Any supervisor")
    assert facts["Reference"] == "111 (NET-02)"
    assert (body.detail.amount, body.till.main.words) == ("18.20", "Check with Perx")
    assert [act.words for act in body.detail.acts] == ["Send again", "Mark as done", "Give up"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (desk.Told(START, "attention", "done", "Ann", "", "seen"), "Marked as done by Ann: seen"),
        (desk.Told(START, "attention", "refused", "the till", "Noor H.", "no"), "Given up, approved by Noor H.: no"),
        (desk.Told(START, "attention", "checking", "the till", "", "check with Perx"), "Looked up again by hand"),
    ],
)
def test_the_entry_shows_what_people_decided_of_it(bench, told, said):
    bench.happen(desk.EntryRead(replace(LOST, state=EntryState.DONE), (told,)))
    assert said in [step.text for step in present(bench.state).body.detail.steps]


def test_a_waiting_entry_says_for_how_long(bench):
    waits = replace(LOST, state=EntryState.WAITING)
    bench.happen(desk.PileTapped(Pile.WAITING), desk.DeskListed(Pile.WAITING, (waits,)))
    assert present(bench.state).body.rows[0].state == "Waiting: sends by itself"
    bench.happen(ev.Ticked(), after_s=7200)
    assert "2 h 0 min" in present(bench.state).body.rows[0].state.replace("\u00a0", " ")
