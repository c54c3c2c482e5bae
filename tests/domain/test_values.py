"""Money, vouchers, commands, sale records and problems: the rules that everything else stands on."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pos_app.domain import problems
from pos_app.domain.codes import Ref
from pos_app.domain.commands import (
    BurnPoints,
    Checkout,
    ConfirmReward,
    CreateCustomer,
    EarnPoints,
    HoldPoints,
    HoldVoucher,
    JoinLater,
    Kind,
    RecordSale,
    RedeemPin,
    RedeemVoucher,
    ReleasePoints,
    ReleaseReward,
    ReleaseVoucher,
    ReserveReward,
    ReversePoints,
    RevertVoucher,
    UpdateCustomer,
    from_body,
    to_body,
)
from pos_app.domain.kinds import KINDS
from pos_app.domain.money import MAX_MINOR, Money, exponent, from_wire, type_digit
from pos_app.domain.problems import PROBLEMS, problem
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.domain.sale import from_body as sale_from_body
from pos_app.domain.vouchers import No, Voucher, VoucherState, Why, Yes, discount, may_hold, missing_spend
from pos_app.ui.present.words import Words

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CURRENCIES = st.sampled_from(["SGD", "THB", "JPY", "VND", "KWD", "IDR", "USD"])
MINORS = st.integers(0, MAX_MINOR)
LOCALES = st.sampled_from(["en_SG", "th_TH", "id_ID", "vi_VN", "zh_CN", "de_DE", "fr_FR"])


# ---------------------------------------------------------------- money


@pytest.mark.parametrize("wrong", [1.0, Decimal(1), "1", True])
def test_money_is_made_of_whole_minor_units_only(wrong):
    with pytest.raises(TypeError):
        Money(wrong, "SGD")


def test_two_currencies_never_add():
    with pytest.raises(ValueError, match="do not add"):
        Money(1, "SGD") + Money(1, "THB")


@pytest.mark.parametrize(("currency", "decimals"), [("SGD", 2), ("JPY", 0), ("VND", 0), ("KWD", 3), ("IDR", 2)])
def test_each_currency_has_its_own_decimals(currency, decimals):
    assert exponent(currency) == decimals
    assert Money(12_345, currency).decimal == Decimal(12_345).scaleb(-decimals)


@pytest.mark.fault("FM-14", "row 28")
@given(st.lists(st.sampled_from([*"0123456789", "00"]), max_size=6), CURRENCIES, LOCALES)
def test_what_is_typed_is_what_is_shown_and_sent(keys, currency, locale):
    minor = 0
    for key in keys:
        minor = type_digit(minor, key)
    typed = "".join(keys)
    assert minor == int(typed or 0)
    amount = Money(minor, currency)
    shown = Words(locale).money(amount)
    assert re.sub(r"\D", "", shown).lstrip("0") == str(minor).lstrip("0")
    assert from_wire(str(amount.decimal), currency) == amount


@pytest.mark.fault("FM-14")
@given(MINORS, st.sampled_from([*"0123456789", "00", "delete"]))
@example(MAX_MINOR // 10, "00")
def test_a_key_never_passes_the_largest_amount(minor, key):
    grown = type_digit(minor, key)
    assert 0 <= grown <= MAX_MINOR
    assert grown in (minor, minor // 10 if key == "delete" else int(f"{minor}{key}")), (
        "a key counts whole or not at all"
    )


@given(st.integers(0, MAX_MINOR - 10))
def test_delete_takes_the_last_digit_back(minor):
    assert type_digit(type_digit(minor // 10, "7"), "delete") == minor // 10


@pytest.mark.fault("FM-14")
@pytest.mark.parametrize(
    "raw",
    [
        None,
        True,
        1.5,
        "",
        "1_000",
        "\u0661\u0662",
        "\uff11\uff12",
        "nan",
        "inf",
        "1e999999",
        "1e3",
        pytest.param(10**5000, id="five thousand digits"),
        Decimal("sNaN"),
        "1,5",
        "10.001",
        "9" * 30,
        [],
        {},
    ],
)
def test_an_amount_that_is_not_plain_is_no_amount(raw):
    assert from_wire(raw, "SGD") is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_amounts(text):
    found = from_wire(text, "SGD")
    assert found is None or abs(found.minor) <= MAX_MINOR


@given(MINORS, st.integers(0, 10_000))
def test_a_share_is_rounded_half_up_to_a_minor_unit(minor, hundredths):
    off = Money(minor, "SGD").percent(Decimal(hundredths) / 100)
    assert off.minor == (2 * minor * hundredths + 10_000) // 20_000
    assert type(off.minor) is int


# ---------------------------------------------------------------- vouchers


def a_voucher(**values: object) -> Voucher:
    return Voucher(**{"id": 1, "name": "x", "state": VoucherState.ISSUED, "owner": "A", **values})


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": VoucherState.REDEEMED}, Why.USED),
        ({"state": VoucherState.EXPIRED}, Why.EXPIRED),
        ({"state": VoucherState.HELD}, Why.HELD_ELSEWHERE),
        ({"state": VoucherState.RESERVED}, Why.NOT_READY),
        ({"state": VoucherState.OTHER}, Why.NOT_READY),
        ({"owner": "B"}, Why.NOT_THEIRS),
        ({"valid_to": NOW - timedelta(seconds=1)}, Why.EXPIRED),
        ({"valid_from": NOW + timedelta(seconds=11)}, Why.NOT_YET),
    ],
)
def test_a_voucher_that_may_not_be_held_says_why(values, why):
    verdict = may_hold(a_voucher(**values), "A", NOW)
    assert isinstance(verdict, No)
    assert verdict.why is why


def test_a_voucher_in_its_time_may_be_held():
    one = a_voucher(valid_from=NOW - timedelta(1), valid_to=NOW + timedelta(1))
    assert may_hold(one, "A", NOW) == Yes()


@given(MINORS, st.one_of(st.none(), MINORS), st.one_of(st.none(), st.decimals(0, 100, places=2)))
def test_a_discount_is_never_more_than_the_bill(bill, value, percent):
    money = Money(bill, "SGD")
    off = discount(a_voucher(value=None if value is None else Money(value, "SGD"), percent=percent), money)
    assert off is None or Money(0, "SGD") <= off <= money
    assert (off is None) == (value is None and percent is None)


@given(MINORS, MINORS)
def test_what_is_missing_reaches_the_minimum_exactly(bill, least):
    missing = missing_spend(a_voucher(minimum=Money(least, "SGD")), Money(bill, "SGD"))
    assert (bill + missing.minor == least) if missing else bill >= least


# ---------------------------------------------------------------- what is stored

COMMANDS = [
    HoldVoucher(ref=Ref("1"), identifier="A", voucher_id=7, sale=Ref("s")),
    ReleaseVoucher(ref=Ref("2"), identifier="A", voucher_id=7, sale=Ref("s")),
    Checkout(ref=Ref("3"), identifier="A", amount_minor=1, currency="SGD", sold_at="x", voucher_ids=[7, 8]),
    RecordSale(ref=Ref("4"), identifier="A", amount_minor=1, currency="SGD", sold_at="x", properties={"a": "b"}),
    CreateCustomer(ref=Ref("5"), identifier="A", language="th", consent="1f"),
    JoinLater(ref=Ref("13"), identifier="A", language="th"),
    UpdateCustomer(ref=Ref("14"), identifier="A", language="th"),
    RedeemVoucher(ref=Ref("6"), identifier="A", voucher_id=7, sale=Ref("4"), title="10 off", amount_minor=1000),
    EarnPoints(ref=Ref("7"), identifier="A", points=5, properties={"a": "b"}),
    BurnPoints(ref=Ref("8"), identifier="A", points=5),
    HoldPoints(ref=Ref("9"), identifier="A", points=5, held_before=0),
    ReleasePoints(ref=Ref("10"), identifier="A", points=5, hold_id="31001"),
    ReversePoints(ref=Ref("11"), identifier="A", points=5, sale=Ref("4"), properties={"reason": "revert_earn"}),
    RevertVoucher(ref=Ref("12"), identifier="A", voucher_id=7, sale=Ref("4"), used_at="2026-06-01T00:00:00+00:00"),
    RedeemPin(ref=Ref("13"), identifier="A", voucher_id=7, sale=Ref("s"), title="Refill"),
    ReserveReward(ref=Ref("14"), identifier="A", reward_id=313, sale=Ref("s"), price_id=3130, points=300, title="Mug"),
    ConfirmReward(ref=Ref("15"), identifier="A", voucher_id=9, reserve_ref="14", sale=Ref("s"), points=300),
    ReleaseReward(ref=Ref("16"), identifier="A", voucher_id=9, reserve_ref="14", sale=Ref("s"), points=300),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.kind.value)
def test_a_stored_command_reads_back_the_same(command):
    body = json.loads(json.dumps(to_body(command)))
    assert from_body(command.kind.value, body) == command
    assert from_body(command.kind.value, {**body, "from_a_newer_program": 1}) == command
    with pytest.raises(ValueError, match="not a"):
        from_body(command.kind.value, {"ref": "1"})


TEXTS = st.text(max_size=40)
STORED = st.one_of(
    st.builds(HoldVoucher, ref=TEXTS, identifier=TEXTS, voucher_id=st.integers(1, 2**63 - 1), sale=TEXTS),
    st.builds(
        Checkout,
        ref=TEXTS,
        identifier=TEXTS,
        amount_minor=MINORS,
        currency=CURRENCIES,
        sold_at=TEXTS,
        voucher_ids=st.lists(st.integers(1, 2**63 - 1), max_size=4),
        properties=st.dictionaries(TEXTS, TEXTS, max_size=3),
    ),
)


@given(STORED)
def test_whatever_it_holds_a_stored_command_reads_back_the_same(command):
    assert from_body(command.kind.value, json.loads(json.dumps(to_body(command)))) == command


def test_an_unknown_kind_is_no_command():
    with pytest.raises(ValueError, match="mint_points"):
        from_body("mint_points", {"ref": "1"})


def test_every_kind_has_its_rule_and_reason():
    assert set(KINDS) == set(Kind) == {one.kind for one in COMMANDS}
    assert all(rule.why and rule.look and rule.found and rule.source for rule in KINDS.values())


def test_a_kept_sale_reads_back_the_same():
    used = (UsedVoucher(7, "10.00 off", "7Q2K", 1000),)
    record = SaleRecord(Ref("1"), "2026-06-01T00:00:00.000Z", "SGD", 5600, 4600, "A", vouchers=used)
    body = json.loads(json.dumps(record.to_body()))
    assert sale_from_body({**body, "newer": True}) == record
    with pytest.raises(ValueError, match="not a sale record"):
        sale_from_body({"ref": "1"})


# ---------------------------------------------------------------- problems


def test_no_support_code_has_two_meanings():
    assert len({row[0] for row in problems._TABLE}) == len(problems._TABLE)


def test_every_problem_says_what_happened_what_was_kept_and_what_to_do():
    for code, one in PROBLEMS.items():
        assert re.fullmatch(r"[A-Z]+-\d{2,3}", code)
        assert all(sentence.endswith(".") for sentence in (one.happened, one.kept, one.do_next)), code


def test_no_support_code_is_used_that_the_table_does_not_know():
    families = "|".join(sorted({code.partition("-")[0] for code in PROBLEMS}))
    pattern = re.compile(rf'"((?:{families})-\d{{2,3}})"')
    root = Path(__file__).parents[2] / "pos_app"
    used = {code for path in root.rglob("*.py") for code in pattern.findall(path.read_text("utf-8"))}
    assert used <= set(PROBLEMS)


def test_an_unknown_code_still_reads_as_a_sentence():
    assert problem("XYZ-99").code == "XYZ-99"
    assert problem("").happened == PROBLEMS["APP-01"].happened
