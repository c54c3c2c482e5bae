"""How each kind of command is sent and found again: the real client against the real sandbox, spoiled on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from deliver_bench import (
    COFFEE,
    DROPPED,
    GOLD,
    MUG,
    NEVER,
    NEW,
    OF_POINTS,
    OF_SALE,
    OF_VOUCHER,
    REF,
    REFILL,
    TEN_OFF,
    Counter,
    Script,
)
from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import (
    BurnPoints,
    CannotTell,
    Checkout,
    Command,
    ConfirmReward,
    CreateCustomer,
    Done,
    EarnPoints,
    Found,
    HoldPoints,
    HoldVoucher,
    JoinLater,
    Kind,
    NoAnswer,
    NotFound,
    NotSent,
    RecordSale,
    RedeemPin,
    RedeemVoucher,
    Refused,
    ReleasePoints,
    ReleaseReward,
    ReleaseVoucher,
    ReserveReward,
    ReversePoints,
    RevertVoucher,
    Spoilt,
    UpdateCustomer,
)
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import KINDS, Absent
from pos_app.perx.client import PerxClient
from pos_app.perx.profile import Profile
from pos_app.perx.rewards import RewardChoice
from pos_app.practice import Practice
from pos_app.till.deliver import AskedHold, Delivery


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with Practice(tmp_path_factory.mktemp("perx"), rule_delay_s=0.05) as running:
        yield running


@pytest.fixture
def run(practice: Practice) -> Callable[[Script], None]:
    """Run a script on a shop as it was planted."""
    practice.ask("POST", "/_sandbox/reset", {})
    practice.fault()
    said = {name: practice.announced[name] for name in ("client_id", "client_secret", "loyalty_program_id")}

    async def main(script: Script) -> None:
        profile = Profile(base_url=practice.base_url, timeout_s=3.0, language_field="language", **said)
        async with PerxClient(profile) as perx:
            await script(Counter(practice, perx))

    return lambda script: asyncio.run(main(script))


async def held(at: Counter) -> None:
    await at.perx.hold_voucher(GOLD, TEN_OFF)


async def reserved(at: Counter) -> None:
    await at.perx.reserve_reward(GOLD, MUG, RewardChoice(3130))


async def nothing(at: Counter) -> None:
    pass


def ours_after(hold: int) -> AskedHold:
    """A till that asked for one hold of the voucher, by the entry with this number."""

    async def asked(voucher_id: int, after: int) -> bool:
        return voucher_id == TEN_OFF and hold > after

    return asked


# Each kind: what must be there before, and the command. Kinds whose trace is special have tests of their own below.
LOOKED_FOR: list[tuple[Callable[[Counter], Awaitable[None]], Command]] = [
    (nothing, HoldVoucher(**OF_VOUCHER)),
    (held, ReleaseVoucher(**OF_VOUCHER)),
    (nothing, RedeemVoucher(**OF_VOUCHER)),
    (held, RedeemVoucher(**OF_VOUCHER, was_held=True)),
    (held, Checkout(ref=REF, **OF_SALE, voucher_ids=[TEN_OFF])),
    (nothing, RecordSale(ref=REF, **OF_SALE)),
    (nothing, EarnPoints(**OF_POINTS)),
    (nothing, BurnPoints(**OF_POINTS)),
    (nothing, CreateCustomer(ref=REF, identifier="6580000001")),
    (nothing, JoinLater(ref=REF, identifier="6580000001", language="th")),
    (nothing, UpdateCustomer(ref=REF, identifier=GOLD, language="th")),
    (nothing, ReversePoints(**OF_POINTS, sale=Ref("S"))),
    (nothing, ReversePoints(**OF_POINTS, sale=Ref("S"), gives_back=True)),
    (nothing, RedeemPin(**{**OF_VOUCHER, "voucher_id": REFILL})),
    (nothing, ReserveReward(ref=REF, identifier=GOLD, reward_id=MUG, price_id=3130, points=300)),
    (reserved, ConfirmReward(ref=REF, identifier=GOLD, voucher_id=NEW, reserve_ref="1", points=300)),
    (reserved, ReleaseReward(ref=REF, identifier=GOLD, voucher_id=NEW, reserve_ref="1", points=300)),
]
NAMES = [f"{command.kind}{'-held' if before is held else ''}" for before, command in LOOKED_FOR]


@pytest.mark.parametrize(("before", "command"), LOOKED_FOR, ids=NAMES)
def test_a_kind_is_found_when_it_happened_and_only_then(run, before, command):
    async def script(at: Counter):
        await before(at)
        assert isinstance(await at.send(command, NEVER), NoAnswer)
        assert await at.look(command) == NotFound()
        assert isinstance(await at.send(command, DROPPED), NoAnswer)
        assert isinstance(await at.look(command), Found)

    run(script)


@pytest.mark.parametrize(("before", "command"), LOOKED_FOR, ids=NAMES)
def test_a_kind_that_is_answered_is_done_and_found(run, before, command):
    async def script(at: Counter):
        await before(at)
        assert isinstance(await at.send(command), Done)
        assert isinstance(await at.look(command), Found)

    run(script)


def test_every_kind_is_shown_here():
    special = {Kind.HOLD_POINTS, Kind.RELEASE_POINTS, Kind.REVERT_VOUCHER}
    assert {command.kind for _, command in LOOKED_FOR} | special == set(Kind)


def test_a_voucher_that_was_used_before_we_asked_is_a_persons_matter(run):
    async def script(at: Counter):
        await at.perx.redeem_voucher(GOLD, TEN_OFF)
        command = RedeemVoucher(**OF_VOUCHER)
        assert await at.send(command) == Refused("SALE-04")
        assert await at.send(command, tries=2) == NoAnswer("SALE-02")
        later = datetime.now(UTC) + timedelta(minutes=5)
        assert await at.look(command, sent_at=later) == CannotTell("SALE-04", person=True)
        assert at.voucher()["redemptions"] == 1

    run(script)


def test_a_use_that_we_never_got_to_ask_for_is_not_called_ours(run):
    """Only a read left this till, however often it tried, when another till used the voucher."""

    async def script(at: Counter):
        command = RedeemVoucher(**OF_VOUCHER)
        entry = Entry(1, command, EntryState.SENDING, datetime.now(UTC), sent_at=datetime.now(UTC))
        at.practice.fault({"match": {"method": "GET"}, "times": 2, "action": {"kind": "status", "code": 503}})
        assert isinstance(await at.delivery.send(replace(entry, tries=1)), NotSent)
        at.practice.fault()
        await at.perx.redeem_voucher(GOLD, TEN_OFF)
        assert await at.delivery.send(replace(entry, tries=2)) == Refused("SALE-04")
        assert await at.look(command, was_lost=False) == CannotTell("SALE-04", person=True)

    run(script)


def test_a_voucher_that_another_till_holds_is_refused_and_left_alone(run):
    async def script(at: Counter):
        await held(at)
        assert await at.send(RedeemVoucher(**OF_VOUCHER)) == Refused("PX-003")
        assert (at.voucher()["state"], at.voucher()["redemptions"]) == ("redemption_in_progress", 0)

    run(script)


def test_our_own_hold_does_not_stand_in_the_way_of_a_use_on_trust(run):
    """Its answer was lost when Perx went away, so the counter took the voucher on trust and knew of no hold."""

    async def script(at: Counter):
        await held(at)
        at.delivery = Delivery(at.perx, ours_after(1))
        assert await at.send(RedeemVoucher(**OF_VOUCHER)) == Done()
        assert (at.voucher()["state"], at.voucher()["redemptions"]) == ("redeemed", 1)

    run(script)


@pytest.mark.parametrize(("hold", "state"), [(0, "issued"), (2, "redemption_in_progress")])
def test_giving_back_again_leaves_the_hold_of_a_later_sale_alone(run, hold, state):
    """A release that a person sends again is entry 1; the hold before it goes, one after it stays."""

    async def script(at: Counter):
        await held(at)
        at.delivery = Delivery(at.perx, ours_after(hold))
        assert await at.send(ReleaseVoucher(**OF_VOUCHER)) == Done()
        assert at.voucher()["state"] == state

    run(script)


def _use(state: EntryState, problem: str = "", *, was_lost: bool = False, number: int = 1) -> Entry:
    command = RedeemVoucher(**{**OF_VOUCHER, "ref": Ref("U")})
    return Entry(number, command, state, datetime.now(UTC), problem=problem, was_lost=was_lost)


SPOILT = Spoilt(ref=Ref("U"), kind=Kind.CHECKOUT, kind_name="checkout", lane=f"customer:{GOLD}")
IN_DOUBT = {
    "to be sent": _use(EntryState.WAITING),
    "looked up": _use(EntryState.CHECKING, "NET-02", was_lost=True),
    "a person judges": _use(EntryState.ATTENTION, "SALE-04", was_lost=True),
    "no look-up works": _use(EntryState.ATTENTION, "NET-09", was_lost=True),
    "refused after a loss": _use(EntryState.ATTENTION, "PX-006", was_lost=True),
    "an invoice": replace(
        _use(EntryState.ATTENTION, "NET-02", was_lost=True), command=Checkout(ref=REF, **OF_SALE, voucher_ids=[TEN_OFF])
    ),
    "unreadable": replace(_use(EntryState.ATTENTION, "DISK-06"), command=SPOILT),
    "of an unknown kind": replace(_use(EntryState.ATTENTION, "DISK-06"), command=replace(SPOILT, kind=None)),
}
OUT_OF_DOUBT = {
    "refused": _use(EntryState.ATTENTION, "PX-006"),
    "of a later sale": _use(EntryState.WAITING, number=3),
    "another voucher": replace(
        _use(EntryState.CHECKING), command=Checkout(ref=REF, **OF_SALE, voucher_ids=[TEN_OFF + 1])
    ),
    "an unreadable hold": replace(
        _use(EntryState.ATTENTION, "DISK-06"), command=replace(SPOILT, kind=Kind.HOLD_VOUCHER)
    ),
}


@pytest.mark.fault("FM-12")
@pytest.mark.parametrize("name", [*IN_DOUBT, *OUT_OF_DOUBT])
def test_a_voucher_is_not_given_back_while_its_use_may_have_taken_effect(run, name):
    """Free, it could be used a second time: the customer had its value. Who settles the use settles the hold."""
    use = (IN_DOUBT | OUT_OF_DOUBT)[name]

    async def unsettled(lane: str) -> list[Entry]:
        return [use] if lane == use.command.lane else []

    async def script(at: Counter):
        await held(at)
        at.delivery = Delivery(at.perx, unsettled=unsettled)
        entry = Entry(2, ReleaseVoucher(**OF_VOUCHER), EntryState.SENDING, datetime.now(UTC), tries=1)
        outcome = await at.delivery.send(entry)
        assert outcome == (Refused("SALE-05") if name in IN_DOUBT else Done())
        assert at.voucher()["state"] == ("redemption_in_progress" if name in IN_DOUBT else "issued")

    run(script)


def test_used_vouchers_without_our_reference_are_a_persons_matter_once_it_is_late(run):
    async def script(at: Counter):
        await at.perx.redeem_voucher(GOLD, TEN_OFF)
        command = Checkout(ref=REF, **OF_SALE, voucher_ids=[TEN_OFF])
        assert await at.look(command, 5) == NotFound()
        assert await at.look(command, 31) == CannotTell("SALE-02", person=True)

    run(script)


def test_an_invoice_uses_the_points_that_are_held_for_it(run):
    async def script(at: Counter):
        before = await at.perx.balance(GOLD)
        hold = HoldPoints(**OF_POINTS, held_before=before.held)
        done = await at.send(hold)
        assert isinstance(done, Done)
        sale = Checkout(ref=Ref("S1"), **OF_SALE, points_hold=done.answer["hold_id"], points=40)
        assert isinstance(await at.send(sale), Done)
        after = await at.perx.balance(GOLD)
        assert (after.points, after.held) == (before.points - 40, before.held)

    run(script)


def test_a_lost_points_hold_is_seen_by_the_points_kept_back(run):
    async def script(at: Counter):
        before = (await at.perx.balance(GOLD)).held
        command = HoldPoints(**OF_POINTS, held_before=before)
        assert isinstance(await at.send(command, NEVER), NoAnswer)
        assert await at.look(command) == NotFound()
        assert isinstance(await at.send(command, DROPPED), NoAnswer)
        assert await at.look(command) == CannotTell("PX-011", person=True)

    run(script)


def test_held_points_are_let_go_once_however_often_it_is_asked(run):
    async def script(at: Counter):
        before = (await at.perx.balance(GOLD)).held
        hold_id = (await at.perx.hold_points(GOLD, 40)).id
        command = ReleasePoints(**OF_POINTS, hold_id=hold_id)
        assert isinstance(await at.send(command, DROPPED), NoAnswer)
        assert await at.look(command) == NotFound()
        assert await at.send(command) == Done()
        assert (await at.perx.balance(GOLD)).held == before

    run(script)


@pytest.mark.parametrize("shows", [True, False])
def test_exact_points_are_found_by_their_properties_where_perx_does_not_search_them(run, shows):
    """Absence still proves nothing, for a tenant may show no properties either: such kinds are never sent again."""

    async def script(at: Counter):
        at.practice.ask("POST", "/_sandbox/settings", {"history_finds_loyalty_reference": shows})
        command = EarnPoints(**OF_POINTS)
        assert isinstance(await at.send(command, DROPPED), NoAnswer)
        assert await at.look(command) == Found()

    run(script)
    assert all(KINDS[kind].absent is Absent.PERSON for kind in (Kind.EARN_POINTS, Kind.BURN_POINTS))


def test_giving_back_leaves_a_used_or_a_free_voucher_alone(run):
    async def script(at: Counter):
        command = ReleaseVoucher(**OF_VOUCHER)
        assert await at.send(command) == Done()
        await at.perx.redeem_voucher(GOLD, TEN_OFF)
        assert await at.send(command) == Refused("PX-003")
        other = replace(command, voucher_id=COFFEE)
        assert await at.send(other) == Done()
        assert at.voucher()["reverts"] == 0

    run(script)


def test_a_customer_whom_perx_does_not_know_is_not_asked_about_for_ever(run):
    """A sale on trust for them was never sent; anything else that Perx will not tell of goes to a person."""
    stranger = {**OF_SALE, "identifier": "6500000000"}

    async def script(at: Counter) -> None:
        assert await at.look(RecordSale(ref=REF, **stranger)) == NotFound()
        assert await at.send(RecordSale(ref=REF, **stranger), tries=2) == Refused(
            "PX-001", "user-id was not found in our database"
        )
        known = RecordSale(ref=REF, **stranger, perx_id=501)
        assert await at.look(known) == CannotTell("PX-001", person=False)
        assert await at.look(known, since_s=30.0) == CannotTell("PX-001", person=True)

    run(script)


# ---------------------------------------------------------------- what is undone


async def used(at: Counter, takes_back: bool = True) -> RevertVoucher:
    """The voucher is used, at a Perx that takes used ones back or not; what undoes exactly that use."""
    at.practice.ask("POST", "/_sandbox/settings", {"used_vouchers_revert": takes_back})
    voucher = await at.perx.redeem_voucher(GOLD, TEN_OFF)
    return RevertVoucher(**OF_VOUCHER, used_at=voucher.redeemed_at.isoformat())


def test_a_used_voucher_is_taken_back_and_found_so_however_the_answer_goes(run):
    async def script(at: Counter):
        command = await used(at)
        assert isinstance(await at.send(command, NEVER), NoAnswer)
        assert await at.look(command) == NotFound()
        assert isinstance(await at.send(command, DROPPED), NoAnswer)
        assert await at.look(command) == Found({"state": "issued"})
        assert await at.send(command, tries=2) == Done({"state": "issued"})
        assert (at.voucher()["state"], at.voucher()["reverts"]) == ("issued", 1)

    run(script)


def test_a_perx_that_does_not_take_used_vouchers_back_refuses_and_changes_nothing(run):
    async def script(at: Counter):
        command = await used(at, takes_back=False)
        outcome = await at.send(command)
        assert isinstance(outcome, Refused)
        assert outcome.problem == "PX-003"
        assert await at.look(command) == NotFound()
        assert (at.voucher()["state"], at.voucher()["reverts"]) == ("redeemed", 0)

    run(script)


def test_a_later_use_of_the_voucher_is_never_taken_back(run):
    """Our own request went through, its answer was lost, and another till used the voucher before we asked again."""

    async def script(at: Counter):
        command = await used(at)
        assert isinstance(await at.send(command, DROPPED), NoAnswer)
        first = command.used_at
        while (await at.perx.redeem_voucher(GOLD, TEN_OFF)).redeemed_at.isoformat() == first:
            await at.perx.revert_voucher(TEN_OFF)  # Perx's times have milliseconds
        assert await at.look(command) == Found({"state": "redeemed"})
        reverts = at.voucher()["reverts"]
        assert await at.send(command, tries=2) == Done({"state": "redeemed"})
        assert (at.voucher()["state"], at.voucher()["reverts"]) == ("redeemed", reverts)

    run(script)


def test_without_a_time_of_use_a_lost_answer_is_a_persons_matter(run):
    async def script(at: Counter):
        command = replace(await used(at), used_at="")
        assert isinstance(await at.send(command, NEVER), NoAnswer)
        assert await at.look(command) == CannotTell("REV-08", person=True)

    run(script)


def test_a_voucher_that_cannot_be_read_is_not_asked_back(run):
    async def script(at: Counter):
        command = await used(at)
        at.practice.fault({"match": {"method": "GET"}, "times": 2, "action": {"kind": "status", "code": 503}})
        entry = Entry(1, command, EntryState.SENDING, datetime.now(UTC), sent_at=datetime.now(UTC))
        assert isinstance(await at.delivery.send(entry), NotSent)
        assert at.voucher()["reverts"] == 0

    run(script)


def test_points_are_undone_with_their_reason_and_refused_when_they_are_spent(run):
    async def script(at: Counter):
        before = (await at.perx.balance(GOLD)).points
        told = {"reason": "revert_earn", "original_receipt_number": "S"}
        command = ReversePoints(**OF_POINTS, sale=Ref("S"), properties=told)
        outcome = await at.send(command)
        assert isinstance(outcome, Done)
        assert outcome.answer["points"] == -40
        assert (await at.perx.balance(GOLD)).points == before - 40
        [move] = at.practice.ledger()["loyalty_transactions"]
        assert move["properties"] == told | {"transaction_reference": REF}
        too_many = replace(command, ref=Ref("9" * 24), points=1_000_000)
        outcome = await at.send(too_many)
        assert isinstance(outcome, Refused)
        assert outcome.problem == "PX-005"
        assert await at.look(command) == Found({"points": -40})

    run(script)
