"""A start after every way to stop: what was on the counter, what is written down of it, and what the cashier was told.

A sale that may have been sent, or that the customer has left with, never comes back as one that can be completed.
"""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace
from till_bench import SOMCHAI, START, Bench

from pos_app.domain.commands import Checkout, RecordSale, ReleaseVoucher
from pos_app.domain.entries import EntryState, Hold
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.draft import to_draft
from pos_app.till.state import Phase

OPEN, CHECKING, OVER = "open", "checking", "over"

BY_ENTRY = {
    EntryState.WAITING: OVER,
    EntryState.SENDING: CHECKING,
    EntryState.CHECKING: CHECKING,
    EntryState.ATTENTION: OVER,
    EntryState.DONE: OVER,
}
"""What an entry makes of the sale, whatever else is known. The other rows of the table are in `expected`."""

ENTRIES = (None, *EntryState)
DRAFTS = ("completed", "checking", "told", "told, checking")
TOLD = ("told", "told, checking")
RECORDS = ("no record", "record", "printed")
STORED = (True, False, "not said", "not said, damaged")


def expected(draft: str, entry: EntryState | None, record: str, stored: bool | str) -> str:
    was_told = draft in TOLD or record == "printed"
    if entry in BY_ENTRY:
        return OVER if was_told else BY_ENTRY[entry]
    if entry is EntryState.REFUSED:
        return OVER if was_told else OPEN
    is_known = record != "no record" or stored in (True, "not said, damaged")
    return OVER if is_known else OPEN


class LastRun:
    """A sale with a held voucher, as far as it had come when the till ended."""

    def __init__(self, how: str) -> None:
        bench = Bench()
        bench.customer()
        self.hold = bench.hold(2)
        bench.bill("5", "00")
        bench.happen(ev.CompleteTapped())
        [self.command] = bench.stored(Checkout)
        if how != "completed":
            bench.entry(self.command, EntryState.SENDING, tries=1)
            if how in TOLD:
                bench.entry(self.command, EntryState.ATTENTION, tries=1)
            if how.endswith("checking"):
                bench.entry(self.command, EntryState.CHECKING, tries=2)
        self.bench = bench
        self.draft = to_draft(bench.state.sale)
        self.record = replace(bench.state.sale.record, state="waiting")


def restored(last: LastRun, entry: EntryState | None, record: str, stored: bool | str) -> Bench:
    again = Bench()
    again._minted = 1000  # a reference is never minted twice
    draft = {name: value for name, value in last.draft.items() if name != "stored"}
    if isinstance(stored, bool):
        draft["stored"] = stored
    elif stored.endswith("damaged"):
        again.happen(ev.SalvageTold(10, 1))
    kept = None if record == "no record" else replace(last.record, printed=int(record == "printed"))
    there = last.bench.entry(last.command, entry, problem="NET-02") if entry else None
    held = Hold(2, SOMCHAI.identifier, last.hold.sale, START)
    selling = frozenset({2}) if entry and (entry.is_open or entry is EntryState.ATTENTION) else frozenset()
    hold_entry = last.bench.entry(last.hold, EntryState.DONE)
    again.happen(ev.Restored(draft, there, kept, (held,), (hold_entry,), selling=selling))
    return again


@pytest.mark.fault("FM-01", "row 24")
@pytest.mark.parametrize(
    ("draft", "entry", "record", "stored"),
    [pytest.param(*case, id="-".join(map(str, case))) for case in product(DRAFTS, ENTRIES, RECORDS, STORED)],
)
def test_a_sale_comes_back_as_what_it_was_told_to_be_and_never_twice(draft, entry, record, stored):
    last = LastRun(draft)
    again = restored(last, entry, record, stored)
    sale = again.state.sale
    found = OPEN if sale.phase is Phase.OPEN else CHECKING if sale.phase is Phase.CHECKING else OVER
    assert found == expected(draft, entry, record, stored)
    if found == OPEN:
        assert sale.record is None
        return
    assert sale.record.ref == last.command.ref
    again.happen(ev.CompleteTapped())
    anew = [one for one in again.effects if isinstance(one, ef.Store) and isinstance(one.command, Checkout)]
    assert [one.lost for one in anew] == ([True] if entry is None else []), "a sale was sold again, or has no entry"
    assert not again.stored(RecordSale)
    given_back = [one.voucher_id for one in again.stored(ReleaseVoucher)]
    assert given_back == ([2] if entry is EntryState.REFUSED else [])


@pytest.mark.fault("row 24")
@pytest.mark.parametrize("record", RECORDS)
def test_an_entry_that_a_damage_took_is_made_anew_as_it_was_for_a_person(record):
    last = LastRun("told")
    again = restored(last, None, record, stored=True)
    [store] = [one for one in again.effects if isinstance(one, ef.Store) and one.record is not None]
    assert store.lost
    assert replace(store.command, deferred=False) == last.command, "it would not be found again at Perx"
    assert (again.state.sale.record.state, again.state.sale.record.problem) == ("attention", "DISK-06")
    again.happen(ev.StoreFailed(store.command.ref, "DISK-01"))
    assert again.state.sale.phase is Phase.DONE, "a failure to write it down opened it"


def test_a_sale_that_a_supervisor_gave_up_stays_closed_and_the_next_customer_is_served():
    last = LastRun("told")
    again = restored(last, EntryState.REFUSED, "record", stored=True)
    assert (again.state.sale.phase, again.state.sale.record.state) == (Phase.DONE, "refused")
    again.happen(ev.NextTapped())
    assert again.state.sale.is_empty


@pytest.mark.fault("FM-01")
def test_a_sale_that_was_given_up_while_the_till_was_closed_is_not_opened_again():
    """Nobody was told how it ended, but a person has decided without Perx's word."""
    last = LastRun("checking")
    there = last.bench.entry(last.command, EntryState.REFUSED, problem="ATT-04")
    again = Bench()
    again.happen(ev.Restored({**last.draft, "stored": True}, there, last.record, (), ()))
    assert (again.state.sale.phase, again.state.sale.record.state) == (Phase.DONE, "refused")


@pytest.mark.parametrize("sold", [None, 7, {}, {"sold_at": 5}, {"vouchers": 3}, {"vouchers": [{}]}])
def test_a_draft_that_knows_its_sale_badly_is_completed_from_the_rest_of_it(sold):
    last = LastRun("told")
    last.draft["sold"] = sold if not isinstance(sold, dict) or not sold else {**last.draft["sold"], **sold}
    again = restored(last, None, "no record", stored=True)
    assert (again.state.sale.phase, again.state.sale.record.bill_minor) == (Phase.DONE, 500)


@pytest.mark.fault("FM-13")
@pytest.mark.parametrize("early", [ev.KeyTapped("7"), ev.Scanned('{"identifier": "777"}'), ev.PrinterSeen("off")])
def test_nothing_is_kept_over_the_last_runs_draft_before_it_was_read(early):
    last = LastRun("checking")
    again = Bench()
    again.state = replace(again.state, is_begun=False)
    asked = again.happen(early)
    assert not asked
    there = last.bench.entry(last.command, EntryState.CHECKING)
    again.happen(ev.Restored({**last.draft, "stored": True}, there, last.record))
    assert (again.state.sale.phase, again.state.sale.record.ref) == (Phase.CHECKING, last.command.ref)
    again.happen(ev.NextTapped(), ev.KeyTapped("7"))
    assert again.state.sale.bill_minor == 7, "the till stayed shut"
