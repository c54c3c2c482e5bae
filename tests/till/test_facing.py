"""The customer's own display: total, points, a masked name, the result; nothing that names them, nor when hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple, replace
from till_bench import BALANCE, MAI, SOMCHAI, VOUCHERS, Bench

from pos_app.domain.codes import Ref
from pos_app.domain.customers import Customer
from pos_app.domain.sale import SaleRecord
from pos_app.till import events as ev
from pos_app.till import staff
from pos_app.till.staff import Gate
from pos_app.till.state import PanelKind, Phase, Sale
from pos_app.ui.present.facing import facing

RECORD = SaleRecord(Ref("9"), "2026-06-01T00:00:00.000Z", "SGD", 5600, 4600, "6591234821", "Somchai P.", state="done")


def said(state) -> str:
    return " ".join(str(one) for one in astuple(facing(state)))


def done(bench: Bench, **more: object) -> None:
    record = replace(RECORD, **more)  # type: ignore[arg-type]
    bench.state = replace(bench.state, sale=Sale(phase=Phase.DONE, record=record, id=Ref("8"), bill_minor=5600))


def test_a_sale_is_seen_as_it_grows():
    bench = Bench()
    assert facing(bench.state).title == "Welcome"
    bench.customer()
    shown = facing(bench.state)
    assert (shown.title, shown.name, shown.points) == ("Hello", "Som••• P.", "2,480")
    bench.hold(1)
    bench.bill("5", "6", "00")
    assert facing(bench.state).total == "46.00"
    bench.happen(ev.PanelOpened(PanelKind.SALES))
    assert facing(bench.state).total == "46.00", "what the cashier looks at is not the customer's"


@pytest.mark.parametrize(
    ("record", "title", "told"),
    [
        ({"points": 46}, "Thank you", "+46"),
        ({}, "Thank you", "Your points follow."),
        ({"points_error": "a rule failed"}, "Thank you", "No points this time"),
        ({"state": "waiting"}, "Thank you", "Your points follow."),
        ({"state": "refused", "said": "member 6591234821 is blocked"}, "Sorry", "Please ask at the counter"),
        ({"state": "checking"}, "One moment", "We are finding out."),
        ({"state": "sending"}, "One moment", ""),
    ],
)
def test_the_result_is_said_in_the_customers_words(record, title, told):
    bench = Bench()
    done(bench, **record)
    shown = facing(bench.state)
    assert (shown.title, shown.total) == (title, "46.00")
    assert told in said(bench.state)
    assert "6591234821" not in said(bench.state)
    assert "Somchai" not in said(bench.state)


def test_it_is_hidden_and_locked_with_the_till():
    bench = Bench()
    bench.customer()
    bench.bill("5", "6", "00")
    for change in ({"hidden": True}, {"gate": Gate(number=1, names=("Mai A.",))}):
        shown = facing(replace(bench.state, staff=replace(bench.state.staff, **change)))
        assert (shown.title, shown.name, shown.total, shown.points) == ("Welcome", "", "", "")


def test_it_speaks_the_customers_language_and_not_the_cashiers():
    bench = Bench()
    bench.state = replace(bench.state, language="vi", shop=replace(bench.state.shop, language="id"))
    assert facing(bench.state).language == "id"
    bench.happen(ev.Scanned('{"identifier": "6591234821"}'))
    customer = replace(SOMCHAI, language="th")
    bench.happen(ev.CustomerFound(bench.state.sale.look, customer))
    assert facing(bench.state).language == "th"
    done(bench, language="zh")
    assert facing(bench.state).language == "zh_CN"


def test_training_is_marked_there_too():
    bench = Bench()
    assert facing(bench.state).frame.words == "Training: nothing here is real"
    production = replace(bench.state, shop=replace(bench.state.shop, environment="production"))
    assert facing(production).frame is None


@given(st.text(min_size=9, max_size=30, alphabet="0123456789"), st.text(alphabet="abcdefgh ", min_size=8, max_size=40))
def test_nothing_personal_is_ever_on_it(identifier, name):
    bench = Bench()
    bench.people(MAI, sign_on="off")
    bench.happen(ev.Scanned(f'{{"identifier": "{identifier}"}}'))
    bench.happen(
        ev.CustomerFound(bench.state.sale.look, Customer(identifier, 1, name)),
        ev.CustomerDetailed(bench.state.sale.look, BALANCE, VOUCHERS),
        staff.Touched(),
    )
    shown = facing(bench.state)
    assert identifier[-4:] not in shown.name
    assert identifier not in said(bench.state)
    assert len(shown.name) <= 24
    if len(name.split()) == 1 and len(name.strip()) > 3:
        assert name.strip() not in said(bench.state)
    assert "Voucher" not in said(bench.state)
