"""Any sequence of events: nothing raises, no sale is stored twice, no hold is forgotten, every state can be drawn."""

from __future__ import annotations

import inspect
import re
import typing
from collections import Counter
from datetime import timedelta

import model_extras
import moves
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from moves import SERVICE, TRAINING
from msgspec.structs import replace
from till_bench import BALANCE, BEN, MAI, NOOR, RAVI, SOMCHAI, START, VOUCHERS, Bench, voucher

from pos_app.domain.attention import Act
from pos_app.domain.chimes import Chime
from pos_app.domain.codes import Ref, ref_from_digits
from pos_app.domain.commands import (
    Checkout,
    HoldVoucher,
    RecordSale,
    ReleaseVoucher,
    ReversePoints,
    RevertVoucher,
)
from pos_app.domain.customers import Customer
from pos_app.domain.day import Figures, today
from pos_app.domain.entries import Backlog, Entry, EntryState
from pos_app.domain.people import Denied, Person
from pos_app.domain.reversal import Part, Reversal, Undo
from pos_app.domain.reversal import Policy as ReversalPolicy
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.domain.shift import Report as ShiftReport
from pos_app.domain.shift import ReportKind, Shift, Tally
from pos_app.domain.vouchers import VoucherState
from pos_app.till import approve, customers, desk, guide, history, leaving, parking, shifting, speech, staff
from pos_app.till import events as ev
from pos_app.till.effects import ForgetHold, Note
from pos_app.till.report import Report
from pos_app.till.signon import HANDS, is_calm
from pos_app.till.staff import Policy
from pos_app.till.state import LineState, PanelKind

STRIDE_S = 16
MODULES = {"ev", *(one.__module__.rpartition(".")[2] for one in typing.get_args(ev.Event))}
RECORD = SaleRecord(Ref("9"), "2026-06-01T00:00:00.000Z", "SGD", 5600, 4600, "6591234821", state="done")
SOLD = replace(RECORD, points=56, vouchers=(UsedVoucher(1, "Ten off", "DE1", 1000),))
UNDONE = Reversal(
    Ref("3"),
    "2026-06-01T01:00:00+00:00",
    "why",
    parts=(Part(Ref("4"), Undo.POINTS, points=-56), Part(Ref("5"), Undo.VOUCHER, "refused", "PX-003", voucher_id=1)),
)
GONE = replace(SOLD, reversal=UNDONE)
USED = voucher(1, state=VoucherState.REDEEMED, redeemed_at=START)
OF_SALE = {"identifier": "6591234821", "sale": RECORD.ref}
TOOK = Entry(20, ReversePoints(ref=Ref("4"), points=56, **OF_SALE), EntryState.WAITING, START)
BACK = Entry(21, RevertVoucher(ref=Ref("5"), voucher_id=1, **OF_SALE), EntryState.WAITING, START)
NEEDS = Entry(
    8,
    RecordSale(ref=Ref("6"), identifier="A", amount_minor=1820, currency="SGD", sold_at="2026-06-01T00:00:00Z"),
    EntryState.ATTENTION,
    START,
    problem="NET-02",
)
VERDICTS = st.sampled_from([MAI, BEN, NOOR, NOOR, Denied("PIN-01"), Denied("PIN-02", 30), Denied("PIN-05")])
DAY = today(START)
ENTRY = Entry(9, HoldVoucher(ref=Ref("8"), identifier="A", voucher_id=9, sale=Ref("7")), EntryState.CHECKING, START)

TEXTS = st.one_of(
    st.sampled_from(
        ["6591234821", "CODE1", "CODE2", "NOSUCH", "POS:COMPLETE", "POS:CANCEL", "POS:NEXT", "POS:STAFF:1", "<b>x</b>"]
    ),
    st.sampled_from(['{"identifier":"6591234821"}', '{"identifier":"2"}', '{"identifier":"6591234821","voucherId":1}']),
    st.text(max_size=600),
)
TAPS = st.one_of(
    st.builds(ev.Scanned, TEXTS, st.sampled_from(["", "QR"]), st.sampled_from(["", "", "too_long", "not_text"])),
    st.builds(ev.KeyTapped, st.sampled_from(["0", "00", "5", "9", "delete", "clear", "A", "-", "²", ""])),
    st.builds(ev.VoucherTapped, st.integers(0, 5)),
    st.builds(ev.LineRemoved, st.sampled_from(["row1", "row2", "row3", "nothing"])),
    st.builds(ev.PanelOpened, st.sampled_from([*PanelKind, "?"])),
    st.builds(ev.ChimeTapped, st.sampled_from(Chime)),
    st.sampled_from(
        [
            ev.CustomerRemoved(),
            ev.CompleteTapped(),
            ev.CompleteTapped(),
            ev.CancelTapped(),
            ev.NextTapped(),
            ev.EnrolTapped(),
            ev.UseAnywayTapped(),
            ev.NoticeClosed(),
            ev.PanelClosed(),
            ev.TypedEntered(),
            ev.Ticked(),
            ev.OfflineChosen(True),
            speech.LanguageChosen("th"),
            speech.LanguageChosen("klingon"),
            speech.LanguagesRead((("", "vi"), ("Noor H.", "xx"))),
            ev.SalvageTold(12, 3),
            ev.SalvageTold(12, 3, is_uncertain=True),
            ev.SalvageSeen(),
            ev.OfflineChosen(False),
            ev.Started(),
            ev.WentWrong("APP-01"),
            ev.SaleMissing("x"),
            ev.PrintTapped(Ref("1")),
            ev.PrintTapped(RECORD.ref),
            ev.SlipPrinted(Ref("1"), "SLIP-01"),
            ev.SlipPrinted(RECORD.ref, "PRN-05", is_begun=True),
            ev.PrinterSeen("no_paper", "COM7"),
            ev.SaleTapped(RECORD.ref),
            ev.SaleFound(RECORD),
            ev.CompareTapped(),
            ev.DaySeen(Figures(DAY, START, 12, 31240, 3)),
            ev.DayCompared(Report(DAY, START, 30, 12, stopped="NET-01"), is_over=True),
            ev.DayCompared(Report(DAY, START, 30, 12), is_over=False),
            ev.PointsSeen(RECORD.ref, 5, "", BALANCE),
            ev.PointsSeen(RECORD.ref, None, "a rule failed"),
            ev.StoreFailed(Ref("1"), "DISK-01"),
            ev.Restored(None),
            ev.Restored({"no": "draft"}),
            parking.ParkedRead((parking.Parked(Ref("9"), START, "6591234821", "Somchai P.", 700, ((1, "CODE1"),)),)),
            ev.BacklogSeen(Backlog(3, 1, 1, 5000)),
            ev.ScannerSeen("missing"),
            ev.ScannerSeen("connected", "COM7"),
            ev.ExchangeSeen(True),
            ev.ExchangeSeen(False, "NET-01"),
            ev.ExchangeSeen(True, "KEY-01", 500.0),
        ]
    ),
)
DESK = st.one_of(
    st.just(ev.PanelOpened("waiting")),
    st.builds(desk.DeskListed, st.sampled_from(desk.Pile), st.sampled_from([(), (ENTRY,), (NEEDS, ENTRY)])),
    st.builds(desk.EntryTapped, st.sampled_from([ENTRY.ref, NEEDS.ref])),
    st.builds(desk.EntryRead, st.sampled_from([ENTRY, NEEDS])),
    st.builds(desk.PileTapped, st.sampled_from(desk.Pile)),
    st.builds(desk.ActTapped, st.sampled_from(Act)),
    st.builds(approve.ReasonTapped, st.sampled_from(["Perx support said so", "nonsense"])),
    st.builds(approve.ApproverTapped, st.sampled_from(["Noor H.", "Ravi K.", "Nobody"])),
    st.builds(desk.Decided, st.integers(0, 3), st.sampled_from([None, NEEDS, ENTRY]), st.just("ATT-01")),
    st.builds(ev.EntryChanged, st.builds(replace, st.just(NEEDS), state=st.sampled_from(EntryState))),
    st.builds(ev.KeyTapped, st.sampled_from("0123456789")),
    st.sampled_from([desk.OlderTapped(), desk.EntryLeft(), desk.CheckTapped(), approve.OtherTapped()]),
    st.sampled_from(
        [approve.OtherEntered(), approve.ApproveTapped(), approve.AskLeft(), ev.Scanned("POS:STAFF:NOORS-BADGE")]
    ),
)
HISTORY = st.one_of(
    st.just(ev.PanelOpened("sales")),
    st.builds(
        ev.SaleFound, st.sampled_from([SOLD, GONE, replace(SOLD, state="waiting"), replace(SOLD, state="refused")])
    ),
    st.builds(history.Listed, st.just(history.Query(text="1234")), st.sampled_from([(), (SOLD, GONE)]), st.booleans()),
    st.builds(
        history.ReversalSeen,
        st.just(RECORD.ref),
        st.sampled_from([SOLD, GONE, None]),
        st.sampled_from([history.Seen(points=56, vouchers=(USED,)), history.Seen(problem="NET-01"), history.Seen()]),
    ),
    st.builds(
        history.Reversed, st.just(RECORD.ref), st.sampled_from([SOLD, GONE, None]), st.sampled_from(["", "REV-07"])
    ),
    st.builds(history.BalanceSeen, st.just(RECORD.ref), st.sampled_from([None, 2480])),
    st.builds(
        ev.EntryChanged,
        st.builds(
            replace, st.sampled_from([TOOK, BACK]), state=st.sampled_from(EntryState), answer=st.just({"points": -56})
        ),
    ),
    st.builds(history.DayTapped, st.just(DAY.on)),
    st.builds(history.OfCustomerTapped, st.sampled_from(["6591234821", ""])),
    st.builds(approve.ReasonTapped, st.just("It was rung up wrongly")),
    st.sampled_from([history.FindTapped(), history.FindLeft(), history.OlderTapped(), history.ListTapped()]),
    st.sampled_from(
        [history.ReverseTapped(RECORD.ref), history.ReverseConfirmed(), history.ReverseLeft(), ev.TypedEntered()]
    ),
)
STAFF = st.one_of(
    VERDICTS,
    st.sampled_from(["idle", "away"]),
    st.builds(staff.PersonTapped, st.sampled_from(["Mai A.", "Noor H.", "Nobody"])),
    st.builds(staff.PeopleListed, st.sampled_from([(MAI, BEN, NOOR, RAVI), (NOOR, RAVI), ()])),
    st.sampled_from([staff.ProveTapped(), staff.GateLeft(), staff.SwitchTapped(), staff.LockTapped()]),
    st.sampled_from([staff.SignOffTapped(), staff.ShowTapped(), staff.Touched(), staff.PeopleChanged()]),
    st.sampled_from([staff.Closing(), ev.Scanned("POS:STAFF:MAIS-BADGE"), ev.KeyTapped("7"), ev.PanelOpened("person")]),
)
LEAVING = st.one_of(
    st.sampled_from([leaving.CloseTapped(), approve.ReasonTapped("The day is over"), ev.Scanned("POS:STAFF:A-BADGE")]),
    st.just(leaving.Let("Noor H.")),
)
REPORT = ShiftReport(ReportKind.Z, "SGD", START, START, 3, done=Tally(2, 7000))
SHIFT = Shift(3, START, "Mai A.")
SHIFTS = st.one_of(
    st.just(ev.PanelOpened("shift")),
    st.builds(shifting.ShiftKnown, st.sampled_from([None, SHIFT])),
    st.builds(shifting.CloseTapped, st.booleans()),
    st.builds(shifting.PageTapped, st.sampled_from(shifting.Page)),
    st.builds(shifting.PastSeen, st.just(3), st.sampled_from([None, REPORT]), st.integers(0, 2), st.booleans()),
    st.builds(shifting.ReportOut, st.sampled_from(["", "SHF-02"]), st.just(("Z-0003.pdf",)), st.booleans()),
    st.sampled_from(
        [
            shifting.OpenTapped(),
            shifting.PastTapped(3),
            shifting.PrintReportTapped(),
            shifting.SaveTapped(),
            shifting.ReportSeen(REPORT),
            shifting.StillOpen(REPORT),
            shifting.ShiftClosed(3),
            shifting.PastListed((SHIFT,)),
            shifting.ShiftFailed("DISK-01"),
        ]
    ),
)
CUSTOMERS = st.one_of(
    st.builds(ev.PanelOpened, st.sampled_from(["customers", "phone", "join", "member_language", "giving"])),
    st.builds(customers.JoinLanguageTapped, st.sampled_from(["th", "id", "klingon"])),
    st.builds(customers.RecentTapped, st.sampled_from(["6591234821", "2", "nobody"])),
    st.builds(customers.LanguageGiven, st.sampled_from(["th", "klingon"])),
    st.builds(
        customers.NewcomerChecked, st.integers(0, 9), st.sampled_from(["6591234821", "2", ""]),
        st.sampled_from(["", "PX-001", "NET-01", "CUS-01", "PX-000"]),
    ),
    st.sampled_from([customers.JoinOpened(), customers.AgreedTapped(), customers.JoinTapped(), ev.KeyTapped("9")]),
    st.sampled_from([customers.PointsEntered(), staff.LanguagesTapped(), ev.EnrolTapped(), ev.TypedEntered()]),
    st.just(customers.RecentRead((customers.Recent("2", START, "Other"), customers.Recent("3", START)))),
    st.builds(approve.ReasonTapped, st.sampled_from(["A promise of the shop", "The shift is over"])),
)  # fmt: skip
WITH_FORM = customers.Members((("en", "Yes."),), True, True, True)
COUNTER = st.one_of(
    st.sampled_from([ev.CompleteTapped(), ev.CancelTapped(), ev.NextTapped(), ev.CustomerRemoved(), ev.NoticeClosed()]),
    st.builds(ev.VoucherTapped, st.integers(1, 2)),
    st.builds(ev.LineRemoved, st.sampled_from(["row1", "row2", "row3"])),
    st.just(ev.KeyTapped("5")),
    st.just(parking.ParkTapped()),
    st.builds(parking.RecallTapped, st.sampled_from([ref_from_digits(f"{number:022d}") for number in range(1, 9)])),
)
ANSWERS = st.sampled_from(
    [
        *("found", "other", "details", "unknown", "failed", "other_failed", "partly", "remembered", "other_remembered"),
        *("seen", "lapsed", "held", "missing", "bare_unknown", "bare_member"),
    ]
)
NEWS = st.tuples(st.integers(1, 4), st.sampled_from([*EntryState, EntryState.DONE, EntryState.DONE]))
WORLD = st.sampled_from(["late", "full", "served", "offline", "online"])
HELP = st.sampled_from([guide.GuideOpened(), guide.GuideOpened(guide.CONTENTS), guide.GuideClosed()])
EXTRAS = [model_extras.MOVES] * 2
OTHERS = (ANSWERS, TAPS, WORLD, DESK, STAFF, SHIFTS, LEAVING, HISTORY, CUSTOMERS, HELP, SERVICE, TRAINING, *EXTRAS)
MOVES = st.lists(st.one_of(COUNTER, NEWS, COUNTER, NEWS, *OTHERS), min_size=15, max_size=50)
POLICIES = st.builds(
    Policy,
    st.sampled_from(["auto", "off", "required"]),
    two_persons=st.booleans(),
    approve_typed_customer=st.booleans(),
)


def answer(bench: Bench, kind: str) -> ev.Event:
    """An answer to the present look-up, or about the present customer."""
    sale = bench.state.sale
    look, customers, now = sale.look, sale.known.look if sale.known else 0, bench.state.now
    other = Customer("2", 2, "Other")
    return {
        "found": ev.CustomerFound(look, SOMCHAI),
        "other": ev.CustomerFound(look, other),
        "details": ev.CustomerDetailed(sale.known.found if sale.known else 0, BALANCE, VOUCHERS),
        "unknown": ev.CustomerUnknown(look, "6591234821"),
        "failed": ev.CustomerFailed(look, "NET-01", identifier="6591234821"),
        "other_failed": ev.CustomerFailed(look, "NET-01", identifier="2"),
        "partly": ev.CustomerFailed(sale.known.found if sale.known else 0, "NET-06", partly=True),
        "remembered": ev.CustomerRemembered(look, SOMCHAI, BALANCE, VOUCHERS, now, "NET-01"),
        "other_remembered": ev.CustomerRemembered(look, other, BALANCE, (), now, "NET-01"),
        "seen": ev.VoucherSeen(customers, VOUCHERS[0], "CODE1"),
        "lapsed": ev.VoucherSeen(customers, VOUCHERS[1]),
        "held": ev.VoucherSeen(customers, voucher(1, state=VoucherState.HELD), "NOSUCH"),
        "missing": ev.VoucherMissing(customers, 1, "PX-002"),
        "bare_unknown": ev.BareUnknown(customers, "NOSUCH", "PX-001"),
        "bare_member": ev.BareIsMember(customers, "NOSUCH", "2"),
    }[kind]


class Truth:
    """What Perx and the outbox would have made of the commands."""

    def __init__(self) -> None:
        self.settled: dict[str, EntryState] = {}
        self.told: set[str] = set()

    def full(self, bench: Bench) -> None:
        """The newest command meets a full disk, so nothing will ever be heard of it again."""
        newest = bench.stored()[-1:]
        # A release that meets one is made good at the next start: the hold is still in the database.
        if newest and newest[0].ref not in self.told and not isinstance(newest[0], ReleaseVoucher):
            self.settled[newest[0].ref] = EntryState.REFUSED
            bench.happen(ev.StoreFailed(newest[0].ref, "DISK-01"))

    def news(self, bench: Bench, number: int, state: EntryState) -> None:
        """Let one of the latest commands come to a state; a settled one stays settled."""
        commands = bench.stored()
        if not commands:
            return
        command = commands[-min(number, len(commands))]
        state = self.settled.get(command.ref, state)
        if state in (EntryState.DONE, EntryState.REFUSED):  # what needs attention is settled later, by a person
            self.settled[command.ref] = state
        self.told.add(command.ref)
        answer = model_extras.answer_of(command) if state is EntryState.DONE else {}
        bench.entry(command, state, problem="NET-02" if state is EntryState.CHECKING else "", tries=1, answer=answer)


def world(bench: Bench, truth: Truth, move: str) -> None:
    """Something that is no tap: an answer, an outage, a full disk, a long wait, a customer with two vouchers."""
    match move:
        case "late":
            bench.happen(ev.Ticked(), after_s=400)
        case "full":
            truth.full(bench)
        case "offline":
            bench.offline()
        case "idle" | "away":
            pass_by(bench, 61 if move == "idle" else 301)
        case "online":
            bench.happen(ev.ExchangeSeen(True), ev.ExchangeSeen(True))
        case "served":  # chance alone seldom gets so far
            bench.customer()
            bench.happen(ev.VoucherTapped(1), ev.VoucherTapped(2), ev.KeyTapped("8"), ev.KeyTapped("00"))
        case _ if move in model_extras.ANSWERS:
            model_extras.happen(bench, move)
        case _ if move in model_extras.CARRIED_OUT:
            model_extras.happen(bench, model_extras.CARRIED_OUT[move])
            truth.news(bench, 1, EntryState.DONE)
        case _:
            bench.happen(answer(bench, move))


def pass_by(bench: Bench, seconds: int) -> None:
    """Time in which nobody touches the till: nothing is hidden or locked while somebody waits for an answer."""
    for _ in range(-(-seconds // STRIDE_S)):
        before, was_calm = bench.state.staff, is_calm(bench.state)
        bench.happen(ev.Ticked(), after_s=STRIDE_S)
        after = bench.state.staff
        assert was_calm or (after.hidden, after.is_shut) == (before.hidden, before.is_shut)
    if was_calm and is_calm(bench.state) and not bench.state.staff.unseen and not bench.state.staff.is_shut:
        assert bench.state.staff.hidden
        assert seconds < 300 or bench.state.staff.on is None


def proved(bench: Bench, verdict: Person | Denied) -> None:
    """The latest PIN or badge that was to be looked at belongs to somebody, or to nobody."""
    asked = [one for one in bench.effects if isinstance(one, approve.Prove)]
    if asked:
        bench.happen(approve.Proved(asked[-1].number, verdict, asked[-1].ask))


def tap(bench: Bench, move: ev.Event) -> None:
    """An event. Behind a shut gate no hand reaches the sale or what waits; only who is there is looked at."""
    before, was_shut = bench.state, bench.state.staff.is_shut
    asked = bench.happen(move)
    if was_shut and isinstance(move, HANDS):
        assert replace(bench.state, staff=before.staff, now=before.now, guide=before.guide) == before
        assert all(isinstance(one, approve.Prove) for one in asked)


def check(bench: Bench, truth: Truth, completes: int) -> None:
    sales = [one for one in bench.stored() if isinstance(one, Checkout | RecordSale)]
    assert len(sales) <= completes
    assert len({one.ref for one in bench.stored()}) == len(bench.stored())
    live = [line.voucher_id for line in bench.state.sale.lines if line.is_busy or line.may_be_held]
    known = [one for one in live if one is not None]
    assert len(known) == len(set(known)), "a voucher stands in two live rows"
    check_holds(bench, truth)
    model_extras.check(bench, truth.settled)
    check_reversals(bench)
    check_leaving(bench)


def check_leaving(bench: Bench) -> None:
    """A till is closed once its journal says so; a kiosk only by somebody whose PIN or badge was looked at."""
    told = [one.facts for one in bench.effects if isinstance(one, Note) and one.what == "till closed"]
    is_swapped = bool(bench.state.training.goes_to)  # another till takes its place in the same window
    assert bench.state.left is (bool(told) or is_swapped)
    proofs = [one for one in bench.effects if isinstance(one, approve.Prove) and one.ask is not None]
    is_proved = any(one.ask is not None and isinstance(one.ask.subject, approve.CloseTill) for one in proofs)
    if bench.state.shop.kiosk:
        assert all(facts.get("approved_by") for facts in told)
        assert is_proved or not any("why" in facts for facts in told)


def check_reversals(bench: Bench) -> None:
    """Nothing is undone that nobody approved, where somebody has to, and no part twice in one go."""
    asked = [one for one in bench.effects if isinstance(one, history.Reverse)]
    proofs = [one for one in bench.effects if isinstance(one, approve.Prove) and one.ask is not None]
    is_proved = any(one.ask is not None and isinstance(one.ask.subject, approve.ReverseSale) for one in proofs)
    if bench.state.shop.reversal.approval:
        assert is_proved or not asked
        assert all(one.reversal.approved_by for one in asked)
    for order in asked:
        keys = [one.key for one in order.reversal.parts]
        assert len(keys) == len(set(keys))
        assert {one.ref for one in order.commands} <= {one.ref for one in order.reversal.parts}
    refs = [one.ref for order in asked for one in order.commands]
    assert len(refs) == len(set(refs))


def check_holds(bench: Bench, truth: Truth) -> None:
    """Every voucher that Perx holds stands in a live row, was given back, was seen to have lapsed, or was used."""
    live = {line.hold_ref for line in bench.state.sale.lines if line.may_be_held or line.state is LineState.USED}
    ended = Counter(one.voucher_id for one in bench.stored(ReleaseVoucher))
    ended.update(one.voucher_id for one in bench.effects if isinstance(one, ForgetHold))
    for sale in bench.stored(Checkout):
        if truth.settled.get(sale.ref) is not EntryState.REFUSED:
            ended.update(sale.vouchers)
    held = Counter(
        hold.voucher_id
        for hold in bench.stored(HoldVoucher)
        if truth.settled.get(hold.ref) is EntryState.DONE and hold.ref not in live
    )
    assert held <= ended, "a hold was forgotten"


def test_every_kind_of_event_takes_part():
    source = "".join(inspect.getsource(one) for one in (inspect.getmodule(check), model_extras, moves))
    bench = inspect.getsource(Bench)
    missing = [
        one.__name__
        for one in typing.get_args(ev.Event)
        if not re.search(rf"({'|'.join(MODULES)})\.{one.__name__}\b", source + bench)
    ]
    assert not missing


@pytest.mark.fault("FM-13")
@settings(max_examples=150, deadline=None)
@given(POLICIES, MOVES)
def test_any_sequence_of_events_keeps_the_promises(policy, moves):
    keeps_the_promises(Bench(), policy, moves)


@settings(max_examples=50, deadline=None)
@given(POLICIES, MOVES)
def test_a_till_that_needs_a_shift_keeps_them_too(policy, moves):
    bench = Bench()
    both = {"shift_required": True, "shift_close_approval": True, "members": WITH_FORM}
    bench.state = replace(bench.state, shop=replace(bench.state.shop, **both))
    keeps_the_promises(bench, policy, [shifting.ShiftKnown(SHIFT), *moves])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(*[model_extras.OFTEN] * 12, COUNTER, *[NEWS] * 5, WORLD, model_extras.MOVES), min_size=9))
def test_points_rewards_and_pins_keep_them_too(moves):
    keeps_the_promises(Bench(), Policy("off"), moves)


@settings(max_examples=50, deadline=None)
@given(POLICIES, MOVES)
def test_a_kiosk_keeps_them_too(policy, moves):
    bench = Bench()
    bench.state = replace(bench.state, shop=replace(bench.state.shop, kiosk=True))
    keeps_the_promises(bench, policy, [leaving.CloseTapped(), *moves])


def keeps_the_promises(bench, policy, moves):
    """Let everything happen, looking after each step."""
    truth, completes = Truth(), 0
    reversal = ReversalPolicy(within=timedelta(days=3650), approval=policy.two_persons)
    shop = replace(bench.state.shop, people=policy, reversal=reversal, point_value=model_extras.POINT)
    bench.state = replace(bench.state, shop=shop)
    bench.happen(staff.PeopleListed((MAI, BEN, NOOR, RAVI)))
    if bench.state.staff.is_shut:
        bench.signed_on(MAI)
    for move in ["served", *moves]:
        if isinstance(move, tuple):
            truth.news(bench, *move)
        elif isinstance(move, str):
            world(bench, truth, move)
        elif isinstance(move, Person | Denied):
            proved(bench, move)
        else:
            typed = bench.state.panel.typed if bench.state.panel else ""
            text = typed if isinstance(move, ev.TypedEntered) else getattr(move, "text", "")
            completes += isinstance(move, ev.CompleteTapped) or text == "POS:COMPLETE"
            tap(bench, move)
        note(f"{move!r}: {bench.lines}, {bench.state.sale.phase.value}")
        check(bench, truth, completes)
