"""What stands about an entry in words, and what a PIN may be."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from pos_app.domain.attention import REASONS, Act, consequence, explain, may
from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, CreateCustomer, HoldVoucher, Kind, RecordSale, ReleaseVoucher
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import KINDS, Absent
from pos_app.domain.people import Role, is_pin, is_weak, wait_after
from pos_app.domain.problems import PROBLEMS

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SALE = {"ref": Ref("1"), "identifier": "6591234821", "amount_minor": 100, "currency": "SGD", "sold_at": "2026"}
VOUCHER = {"ref": Ref("1"), "identifier": "6591234821", "voucher_id": 7, "sale": Ref("2")}
COMMANDS = {
    Kind.RECORD_SALE: RecordSale(**SALE),
    Kind.CHECKOUT: Checkout(**SALE, voucher_ids=[7]),
    Kind.HOLD_VOUCHER: HoldVoucher(**VOUCHER),
    Kind.RELEASE_VOUCHER: ReleaseVoucher(**VOUCHER),
    Kind.CREATE_CUSTOMER: CreateCustomer(ref=Ref("1"), identifier="6591234821"),
}
A_LATER_KIND = SimpleNamespace(kind="pay_with_points", ref=Ref("1"), identifier="6591234821", vouchers=())
USUAL = "0000 1111 12121212 123123 1234 4321 8765 12345678 0123 7890 1999 2026 2580 0852 1337 112233 90909090 159357"


def entry(kind: Kind | None, state: EntryState, problem: str = "") -> Entry:
    """An entry of a kind; None: of one that this program has no words for."""
    return Entry(1, COMMANDS.get(kind, A_LATER_KIND), state, NOW, problem=problem)


@pytest.mark.parametrize("state", EntryState)
@pytest.mark.parametrize("kind", [*Kind, None])
def test_every_entry_reads_as_sentences_whatever_its_kind_and_problem(kind, state):
    for code in ("", "NO-SUCH", *PROBLEMS):
        said = explain(entry(kind, state, code))
        for words in (said.happened, said.told, said.who):
            assert words[0].isupper() or words[0] == "“", words
            assert words.rstrip("”").endswith((".", "!")), words
            assert len(words) < 200
        assert 0 < len(said.title) < 40
        for act in said.may:
            assert consequence(entry(kind, state, code), act).endswith(".")


def test_the_most_exact_row_wins_and_a_cause_is_added_to_a_general_one():
    lost = explain(entry(Kind.RECORD_SALE, EntryState.ATTENTION, "NET-02"))
    assert "Perx shows no trace" in lost.happened
    assert lost.told == "“Your points will follow.” The slip says so too."
    assert explain(entry(Kind.RECORD_SALE, EntryState.WAITING, "NET-01")).happened.endswith("Perx cannot be reached.")
    assert explain(entry(Kind.RECORD_SALE, EntryState.WAITING, "KEY-01")).who.startswith("IT,")
    assert explain(entry(Kind.CHECKOUT, EntryState.ATTENTION, "SALE-02")).title == "Were these vouchers used?"
    assert explain(entry(None, EntryState.ATTENTION)).title == "Did this go through?"


@pytest.mark.parametrize("state", EntryState)
def test_what_may_be_done_follows_the_state(state):
    acts = may(entry(Kind.RECORD_SALE, state))
    assert acts == {
        EntryState.ATTENTION: tuple(Act),
        EntryState.CHECKING: (Act.CHECK, Act.DONE, Act.GIVE_UP),
        EntryState.WAITING: (Act.DONE, Act.GIVE_UP),
    }.get(state, ())
    for kind in Kind:
        assert set(may(entry(kind, state))) <= set(acts)


def test_what_can_never_be_right_for_a_kind_is_not_offered():
    attention = {kind: may(entry(kind, EntryState.ATTENTION)) for kind in (*Kind, None)}
    assert attention[Kind.HOLD_VOUCHER] == (Act.CHECK, Act.GIVE_UP)
    assert attention[Kind.RELEASE_VOUCHER] == (Act.CHECK, Act.AGAIN, Act.DONE)
    assert attention[None] == (Act.CHECK, Act.DONE, Act.GIVE_UP), "an unknown kind is never sent again by hand"
    for kind, rule in KINDS.items():
        assert rule.absent is not Absent.NOTHING or Act.AGAIN not in attention[kind]
        assert Act.CHECK in attention[kind]


def test_only_a_check_needs_nobody_and_the_others_have_reasons():
    assert [act for act in Act if not act.needs_approval] == [Act.CHECK]
    assert set(REASONS) == {act for act in Act if act.needs_approval}
    assert "twice" in consequence(entry(Kind.RECORD_SALE, EntryState.ATTENTION), Act.AGAIN)
    done = replace(entry(Kind.RECORD_SALE, EntryState.ATTENTION), state=Act.DONE.leads_to)
    assert (done.state, may(done)) == (EntryState.DONE, ())


# ---------------------------------------------------------------- people


@pytest.mark.parametrize("pin", USUAL.split(" "))
def test_the_usual_pins_are_turned_away(pin):
    assert is_pin(pin)
    assert is_weak(pin)


@pytest.mark.parametrize("pin", ["4729", "8306", "31859", "902714", "48271936"])
def test_an_ordinary_pin_is_taken(pin):
    assert is_pin(pin)
    assert not is_weak(pin)


@pytest.mark.parametrize("text", ["", "123", "123456789", "12a4", "１２３４", "12 4", "1234\n", "-123"])
def test_what_is_no_pin(text):
    assert not is_pin(text)


def test_the_wait_grows_and_ends_at_an_hour():
    waits = [wait_after(wrong) for wrong in range(60)]
    assert waits[:6] == [0, 0, 0, 30, 60, 120]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert [role for role in Role if role.may_approve] == [Role.SUPERVISOR, Role.DEPLOYER]
