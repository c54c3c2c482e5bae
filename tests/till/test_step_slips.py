"""The slip by the rules: which print is the first one, which is a copy, and what a printer's state touches."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from till_bench import Bench

from pos_app.domain.commands import RecordSale
from pos_app.domain.entries import EntryState
from pos_app.domain.sale import UsedVoucher
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.state import Shop
from pos_app.ui.present import receipt


@pytest.fixture
def bench() -> Bench:
    """A till with one sale that is done; its slip is being printed."""
    made = Bench()
    made.customer()
    made.bill("5", "00")
    made.happen(ev.CompleteTapped())
    made.entry(made.stored(RecordSale)[-1], EntryState.DONE, tries=1)
    assert made.state.printing.state == "printing"
    return made


def asked(bench: Bench) -> list[int]:
    """How many slips the till takes for printed, for each slip that a tap asks for."""
    tapped = bench.happen(ev.PrintTapped(bench.state.sale.record.ref))
    return [one.record.printed for one in tapped if isinstance(one, ef.PrintSlip)]


def test_a_slip_that_is_being_printed_is_not_asked_for_again(bench):
    assert asked(bench) == []


@pytest.mark.parametrize(
    ("problem", "is_begun", "printed"), [("", False, [1]), ("PRN-02", False, [0]), ("PRN-05", True, [1])]
)
def test_what_is_printed_again_is_a_copy_unless_nothing_came_out(bench, problem, is_begun, printed):
    bench.happen(ev.SlipPrinted(bench.state.sale.record.ref, problem, is_begun))
    assert asked(bench) == printed


def test_a_copy_that_failed_is_a_copy_again(bench):
    ref = bench.state.sale.record.ref
    bench.happen(ev.SlipPrinted(ref))
    assert asked(bench) == [1]
    bench.happen(ev.SlipPrinted(ref, "PRN-02"))
    assert asked(bench) == [1]


@pytest.mark.parametrize("printed", [0, 1, 3])
def test_a_sale_from_the_disk_knows_how_many_slips_it_has(bench, printed):
    record = bench.state.sale.record
    found = replace(record, ref="other", printed=printed)
    bench.happen(ev.SlipPrinted(record.ref), ev.NextTapped(), ev.SaleFound(found))
    tapped = bench.happen(ev.PrintTapped("other"))
    assert [one.record.printed for one in tapped if isinstance(one, ef.PrintSlip)] == [printed]


def test_the_last_sale_is_a_copy_once_the_next_customer_is_there(bench):
    ref = bench.state.sale.record.ref
    bench.happen(ev.SlipPrinted(ref), ev.NextTapped())
    [slip] = [one for one in bench.happen(ev.PrintTapped(ref)) if isinstance(one, ef.PrintSlip)]
    assert slip.record.printed == 1


@pytest.mark.parametrize("state", ["ready", "no_paper", "cover_open", "failed", "unreachable", "unknown"])
def test_how_the_printer_is_touches_nothing_else_and_prints_nothing(bench, state):
    before = bench.state
    effects = bench.happen(ev.PrinterSeen(state, "COM7", "words"))
    assert effects == []
    assert replace(bench.state, printer=before.printer, now=before.now) == before


@pytest.mark.parametrize(
    ("environment", "on_trust", "copy", "mark"),
    [("production", "", False, ""), ("production", "", True, "COPY"), ("production", "waiting", False, "ON TRUST"),
     ("production", "done", False, ""), ("staging", "", False, "STAGING - VOID"),
     ("sandbox", "attention", True, "TRAINING - VOID - ON TRUST - COPY")],
)  # fmt: skip
def test_the_marks_of_a_slip(bench, environment, on_trust, copy, mark):
    used = UsedVoucher(1, "Coffee", off_minor=100, on_trust=bool(on_trust), state=on_trust)
    record = replace(bench.state.sale.record, vouchers=(used,))
    assert receipt(record, Shop(environment=environment), copy=copy).mark == mark


def test_the_qr_code_holds_the_reference_where_the_settings_say(bench):
    record = bench.state.sale.record
    assert receipt(record, Shop()).qr == ""
    assert (
        receipt(record, Shop(slip_qr="https://slips.example/{ref}?a=1")).qr == f"https://slips.example/{record.ref}?a=1"
    )
