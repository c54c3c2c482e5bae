"""What a reversal would do, as a table; and that each step of it counts once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from till_bench import NOOR, SOMCHAI, START, Bench, voucher

from pos_app.domain.chimes import Chime
from pos_app.domain.codes import Ref, ref_from_digits
from pos_app.domain.commands import Checkout, RecordSale, RedeemVoucher, ReversePoints, RevertVoucher
from pos_app.domain.customers import Balance
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.reversal import Part, Policy, Reversal, Undo
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.domain.vouchers import VoucherState
from pos_app.till import approve, history, undo
from pos_app.till import events as ev
from pos_app.till.effects import PrintSlip, UpdateSale
from pos_app.till.history import Query, Seen
from pos_app.till.state import HintKind, PanelKind

REF, NOW, ALL = ref_from_digits("7" * 22), START + timedelta(hours=1), Policy()
USED_AT = START + timedelta(seconds=2)
SALE = {"ref": REF, "identifier": SOMCHAI.identifier, "amount_minor": 4600, "currency": "SGD", "sold_at": "2026"}
OF_SALE = {"identifier": SOMCHAI.identifier, "sale": REF}
RECORD = SaleRecord(REF, START.isoformat(), "SGD", 5600, 4600, SOMCHAI.identifier, state="done", points=58)
ONE = replace(RECORD, vouchers=(UsedVoucher(3, "Ten off", "DE3", 1000),))
TRUSTED = replace(RECORD, state="waiting", points=None, vouchers=(UsedVoucher(3, "Ten off", on_trust=True),))


def entry(command, state=EntryState.DONE, **more) -> Entry:
    return Entry(1, command, state, START, settled_at=START + timedelta(seconds=3), **more)


CHECKOUT = entry(Checkout(**SALE, voucher_ids=[3]))
USED = voucher(3, state=VoucherState.REDEEMED, redeemed_at=USED_AT)
FREE = voucher(3, state=VoucherState.ISSUED)
PERX = Seen((CHECKOUT,), points=58, decided=True, vouchers=(USED,))
AWAY = Seen((CHECKOUT,), problem="NET-01")
TOOK = entry(ReversePoints(ref=Ref("p"), points=58, **OF_SALE))
BACK = entry(RevertVoucher(ref=Ref("v"), voucher_id=3, **OF_SALE))
SOON, PAID = START + timedelta(minutes=9), entry(Checkout(**SALE, points_hold="h", points=100))
LOST, NO = {"was_lost": True}, EntryState.REFUSED


def done(*parts: Part) -> SaleRecord:
    return replace(ONE, reversal=Reversal(Ref("r"), NOW.isoformat(), "why", parts=parts))


def points(state: str) -> Part:
    return Part(Ref("p"), Undo.POINTS, state, points=-58)


def ticket(state: str) -> Part:
    return Part(Ref("v"), Undo.VOUCHER, state, voucher_id=3)


def planned(record=ONE, seen=PERX, policy=ALL, now=NOW) -> list[tuple[str, int]] | str:
    """The parts, shortly: what, and how many points or which voucher."""
    found = undo.plan(record, seen, policy, now)
    return found if isinstance(found, str) else [(one.what.value, one.points or one.voucher_id) for one in found.parts]


WHOLE = [("points", -58), ("voucher", 3)]
WAITS = entry(RecordSale(**SALE), EntryState.WAITING)
REDEEM = RedeemVoucher(ref=Ref("t"), voucher_id=3, **OF_SALE)


@pytest.mark.parametrize(
    ("given_to", "told"),
    [
        ({}, WHOLE),
        ({"seen": replace(PERX, points=40)}, [("points", -40), ("voucher", 3)]),
        ({"seen": replace(PERX, points=-5)}, [("points", 5), ("voucher", 3)]),
        ({"seen": replace(PERX, points=0)}, [("voucher", 3)]),
        ({"record": RECORD, "seen": replace(PERX, points=0)}, "REV-06"),
        # who may, and when
        ({"policy": Policy(allowed=False)}, "REV-01"),
        ({"now": START + timedelta(hours=25)}, "REV-02"),
        ({"now": START + timedelta(hours=25), "policy": Policy(within=timedelta(hours=26))}, WHOLE),
        ({"now": START - timedelta(days=3)}, WHOLE),  # the clock was set back
        # what has not happened, or may not have
        ({"record": replace(ONE, state="refused")}, "REV-03"),
        *(({"record": replace(ONE, state=state)}, "REV-04") for state in ("sending", "checking", "attention")),
        ({"record": replace(ONE, vouchers=(UsedVoucher(3, "x", on_trust=True, state="attention"),))}, "REV-04"),
        # the points are not known
        ({"record": replace(ONE, points=None), "seen": AWAY}, "REV-05"),
        ({"record": replace(ONE, points=None), "seen": Seen((CHECKOUT,)), "now": SOON}, "REV-05"),
        ({"record": replace(ONE, points=None), "seen": Seen((CHECKOUT,), vouchers=(USED,))}, [("voucher", 3)]),
        ({"record": replace(ONE, points=None), "seen": Seen(decided=True, vouchers=(USED,))}, [("voucher", 3)]),
        ({"record": replace(ONE, points=None, points_error="no"), "seen": AWAY}, "REV-09"),
        # points that were paid with come back
        ({"seen": replace(PERX, entries=(PAID,))}, [("points", 42), WHOLE[1]]),
        # Perx cannot be asked, or may not
        ({"seen": AWAY}, [WHOLE[0]]),
        ({"policy": Policy(vouchers=False)}, [WHOLE[0]]),
        ({"seen": replace(PERX, vouchers=())}, [WHOLE[0]]),
        ({"seen": replace(PERX, vouchers=(FREE,))}, [WHOLE[0]]),
        ({"seen": replace(PERX, vouchers=(replace(USED, redeemed_at=NOW),))}, [WHOLE[0]]),  # another sale's use
        # what was never sent
        ({"record": replace(RECORD, state="waiting", points=None), "seen": Seen((WAITS,), "NET-01")}, [("unsent", 0)]),
        (
            {"record": TRUSTED, "seen": Seen((WAITS, entry(REDEEM, EntryState.WAITING)), "NET-01")},
            [("unsent", 0), ("unsent", 3)],
        ),
        # what was undone before
        ({"record": done(points("done"), ticket("done")), "seen": replace(PERX, entries=(TOOK, BACK))}, "REV-06"),
        ({"record": done(points("waiting"), ticket("refused")), "seen": replace(PERX, entries=(TOOK,))}, [WHOLE[1]]),
        ({"record": done(points("checking"), ticket("refused"))}, "REV-04"),
        (
            {
                "record": done(points("refused"), ticket("done")),
                "seen": replace(PERX, entries=(replace(TOOK, state=NO), BACK)),
            },
            [WHOLE[0]],
        ),
        (  # somebody gave up what may have gone through: nobody can know, so it is not asked for again
            {
                "record": done(points("refused"), ticket("done")),
                "seen": replace(PERX, entries=(replace(TOOK, state=NO, **LOST), BACK)),
            },
            "REV-06",
        ),
    ],
)  # fmt: skip
def test_what_is_undone_of_a_sale(given_to, told):
    assert planned(**given_to) == told


STATES = st.sampled_from(["waiting", "sending", "checking", "done", "refused", "attention"])


@given(STATES, STATES, STATES, st.booleans(), st.booleans())
def test_nothing_is_undone_that_is_not_known_to_have_happened_or_is_being_undone(sale, first, second, lost, asked):
    record = replace(done(points(first), ticket(second)), state=sale)
    of_points = replace(TOOK, state=EntryState(first), was_lost=lost)
    of_ticket = replace(BACK, state=EntryState(second), was_lost=lost)
    own = entry(RecordSale(**SALE), EntryState(sale))
    seen = Seen((own, of_points, of_ticket), "" if asked else "NET-01", 58, vouchers=(USED,) if asked else ())
    found = undo.plan(record, seen, ALL, NOW)
    what = [] if isinstance(found, str) else [one.what for one in found.parts]
    assert len(what) == len(set(what))
    if Undo.POINTS in what:
        assert (sale, first, lost) == ("done", "refused", False)
    if Undo.VOUCHER in what:
        assert (sale, second, asked) == ("done", "refused", True)
    if Undo.UNSENT in what:
        assert sale == "waiting"


# ---------------------------------------------------------------- at the counter


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.people(NOOR, sign_on="off")
    made.happen(ev.SaleFound(ONE))
    return made


def asked(bench: Bench, kind: type) -> list:
    return [one for one in bench.effects if isinstance(one, kind)]


def approved(bench: Bench) -> history.Reverse:
    """Ask, and let Noor approve."""
    bench.happen(history.ReverseTapped(REF), history.ReversalSeen(REF, ONE, PERX))
    ask = bench.state.panel.ask
    bench.happen(approve.ReasonTapped(ask.subject.reasons[0]), ev.Scanned("POS:STAFF:NOORS-BADGE"))
    given_to = bench.state.panel.ask
    bench.happen(approve.Proved(given_to.number, NOOR, given_to))
    return asked(bench, history.Reverse)[-1]


def test_a_reversal_is_looked_into_approved_and_written_down_once(bench):
    bench.happen(history.ReverseTapped(REF), history.ReverseTapped(REF))
    assert asked(bench, history.LookInto) == [history.LookInto(REF)]
    bench.happen(history.ReversalSeen(REF, ONE, PERX), history.ReversalSeen(REF, ONE, PERX))
    assert not asked(bench, history.Reverse), "nobody has approved it"
    ask = bench.state.panel.ask
    assert isinstance(ask.subject, approve.ReverseSale)
    bench.happen(history.ReverseConfirmed(), history.ReverseTapped(REF))
    bench.happen(ev.Scanned("POS:STAFF:NOORS-BADGE"))
    assert bench.state.hint.detail == "reason"
    bench.happen(approve.ReasonTapped(ask.subject.reasons[1]), ev.Scanned("POS:STAFF:NOORS-BADGE"))
    bench.happen(ev.Scanned("POS:STAFF:NOORS-BADGE"))
    given_to = bench.state.panel.ask
    bench.happen(approve.Proved(given_to.number, NOOR, given_to))
    [order] = asked(bench, history.Reverse)
    assert (order.reversal.why, order.reversal.approved_by) == (ask.subject.reasons[1], "Noor H.")
    took, back = order.commands
    assert (took.points, took.gives_back, took.sale, took.properties["original_receipt_number"]) == (
        58,
        False,
        REF,
        REF,
    )
    assert (back.voucher_id, back.used_at) == (3, USED_AT.isoformat())
    assert [one.ref for one in order.reversal.parts] == [took.ref, back.ref]
    assert bench.state.panel.history.busy


def test_where_nobody_has_to_approve_whoever_is_there_confirms_it(bench):
    bench.state = replace(bench.state, shop=replace(bench.state.shop, reversal=Policy(approval=False)))
    bench.happen(history.ReverseTapped(REF), history.ReversalSeen(REF, ONE, PERX))
    assert bench.state.panel.ask is None
    bench.happen(history.ReverseLeft(), history.ReverseConfirmed())
    assert not asked(bench, history.Reverse)
    bench.happen(history.ReverseTapped(REF), history.ReversalSeen(REF, ONE, PERX))
    bench.happen(history.ReverseConfirmed(), history.ReverseConfirmed())
    assert len(asked(bench, history.Reverse)) == 1


def test_a_screen_that_was_left_asks_for_nothing_but_what_was_approved_is_done(bench):
    bench.happen(history.ReverseTapped(REF), ev.PanelClosed(), history.ReversalSeen(REF, ONE, PERX))
    assert bench.state.panel is None
    bench.happen(ev.SaleFound(ONE), history.ReverseTapped(REF), history.ReversalSeen(REF, ONE, PERX))
    ask = bench.state.panel.ask
    bench.happen(approve.ReasonTapped(ask.subject.reasons[0]), ev.Scanned("POS:STAFF:NOORS-BADGE"))
    given_to = bench.state.panel.ask
    bench.happen(ev.Scanned("6591234821"), approve.Proved(given_to.number, NOOR, given_to))
    assert len(asked(bench, history.Reverse)) == 1
    bench.happen(history.Reversed(REF, ONE))
    assert bench.state.hint.kind is HintKind.REVERSED


def test_each_part_has_its_own_outcome_and_the_slip_comes_once_when_nothing_is_on_its_way(bench):
    order = approved(bench)
    took, back = order.commands
    bench.happen(history.Reversed(REF, replace(ONE, reversal=order.reversal)))
    assert not bench.state.panel.history.busy
    bench.entry(back, EntryState.REFUSED, problem="PX-003")
    assert not asked(bench, PrintSlip)
    bench.entry(took, EntryState.DONE, answer={"points": -58})
    assert asked(bench, history.SeeBalance) == [history.SeeBalance(REF, SOMCHAI.identifier)]
    assert not asked(bench, PrintSlip), "the balance is not known yet"
    bench.happen(history.BalanceSeen(REF, 2480))
    [slip] = asked(bench, PrintSlip)
    assert [(one.state, one.moved) for one in slip.record.reversal.parts] == [("done", -58), ("refused", None)]
    assert slip.record.reversal.points_after == 2480
    [kept] = asked(bench, UpdateSale)
    assert kept.changes["reversal"]["points_after"] == 2480
    bench.entry(back, EntryState.REFUSED, problem="PX-003")
    bench.happen(history.BalanceSeen(REF, 2480))
    assert len(asked(bench, PrintSlip)) == 1


def test_what_could_not_be_written_down_says_so_and_can_be_asked_for_again(bench):
    approved(bench)
    bench.happen(history.Reversed(REF, ONE, "DISK-01"))
    assert (bench.state.panel.history.problem, bench.state.panel.history.busy) == ("DISK-01", False)
    bench.happen(history.ReverseTapped(REF))
    assert len(asked(bench, history.LookInto)) == 2


def test_the_list_takes_slips_and_members_and_drops_a_late_page(bench):
    bench.happen(ev.PanelOpened("sales"))
    today = bench.state.panel.history.query
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    assert bench.state.panel.history.query == Query(text="6591234821")
    assert bench.state.sale.known is None
    assert bench.state.sale.looking is None
    bench.happen(history.Listed(today, (ONE,), more=False))
    assert bench.state.panel.records is None
    bench.happen(history.Listed(Query(text="6591234821"), (ONE,), more=True))
    assert bench.state.panel.records == (ONE,)
    bench.happen(history.OlderTapped(), history.OlderTapped())
    assert [one.after for one in asked(bench, history.ListSales)].count(ONE) == 1
    older = replace(ONE, ref=Ref("1"))
    for _ in range(2):
        bench.happen(history.Listed(Query(text="6591234821"), (older,), more=False, follows=ONE.ref))
    assert bench.state.panel.records == (ONE, older)
    bench.happen(ev.Scanned('{"identifier": "6591234821", "voucherId": 1}'))
    assert bench.state.panel is None


def test_typing_finds_a_whole_reference_or_a_part_and_leads_back(bench):
    bench.happen(ev.PanelOpened("sales"), history.FindTapped(), *(ev.KeyTapped(key) for key in "7777"))
    assert bench.state.panel.typed == "7777"
    bench.happen(ev.TypedEntered())
    assert bench.state.panel.history.query == Query(text="7777")
    bench.happen(history.FindTapped(), history.FindLeft())
    assert (bench.state.panel.typed, bench.state.panel.history.typing) == ("", False)
    bench.happen(history.Listed(Query(text="7777"), (ONE,), more=False), ev.SaleTapped(REF), ev.SaleFound(ONE))
    assert (bench.state.panel.kind, bench.state.panel.history.listed) == (PanelKind.FOUND, True)
    bench.happen(history.ListTapped())
    assert bench.state.panel.history.query == Query(text="7777")


def test_the_balance_that_perx_does_not_tell_keeps_the_slip_waiting_no_longer(bench):
    order = approved(bench)
    took, back = order.commands
    bench.happen(history.Reversed(REF, replace(ONE, reversal=order.reversal)))
    bench.entry(took, EntryState.DONE, answer={"points": -58})
    bench.happen(history.BalanceSeen(REF, None))
    bench.entry(back, EntryState.DONE, answer={"state": "issued"})
    assert len(asked(bench, PrintSlip)) == 1
    assert Balance(77).points == 0


def test_each_outcome_of_a_reversal_is_heard_once(bench):
    def heard() -> list[Chime]:
        return bench.chimes

    order = approved(bench)
    took, back = order.commands
    bench.chimes.clear()
    bench.happen(history.Reversed(REF, replace(ONE, reversal=order.reversal)))
    bench.entry(took, EntryState.SENDING)
    assert heard() == []
    bench.entry(took, EntryState.CHECKING)
    bench.entry(took, EntryState.DONE, answer={"points": -58})
    bench.entry(back, EntryState.REFUSED, problem="PX-003")
    bench.happen(history.BalanceSeen(REF, 2480))
    assert heard() == [Chime.NO_ANSWER, Chime.REFUSED]
    bench.happen(ev.SaleFound(replace(ONE, reversal=order.reversal)), ev.PanelClosed())
    assert len(heard()) == 2
