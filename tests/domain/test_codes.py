"""Routing of scanned and typed text: what it is, in every shape that a customer or an attacker can show."""

import json
import sys
import unicodedata
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_app.domain.codes import (
    COMMANDS,
    DEFAULT_RULES,
    BareCode,
    Code,
    CommandCode,
    CustomerCode,
    ReceiptCode,
    RewardCode,
    Rule,
    StaffCode,
    Unreadable,
    VoucherCode,
    is_ref,
    mask,
    ref_from_digits,
    route,
    short_ref,
    show_ref,
    shown,
)

REF = ref_from_digits("1234567890123456789012")
DIGITS_22 = st.text("0123456789", min_size=22, max_size=22)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"identifier":"66666","voucherId":42}', VoucherCode(42, "66666")),
        ('{"identifier":"66666","voucherId":"42"}', VoucherCode(42, "66666")),
        ('{"voucherId":42}', VoucherCode(42, None)),
        ('{"voucherId":9223372036854775807}', VoucherCode(2**63 - 1, None)),
        ('{"id":1,"name":"A","rewardId":3,"voucherId":4,"identifier":"x"}', VoucherCode(4, "x")),
        ('{"id":253,"name":"Anna","rewardId":7,"identifier":"x"}', RewardCode(7, "x")),
        ('{"rewardId":"7"}', RewardCode(7, None)),
        ('{"id":253,"name":"Anna","identifier":"66666"}', CustomerCode("66666", 253)),
        ('{"identifier":"66666"}', CustomerCode("66666", None)),
        ('{"identifier":66666}', CustomerCode("66666", None)),
        ('\ufeff {"identifier":" +65 1234 "} \r\n', CustomerCode("+65 1234", None)),
        ('{"identifier":"x","voucherId":null,"score":1.5}', CustomerCode("x", None)),
        ('{"identifier":"x","id":"no"}', CustomerCode("x", None)),
        ("253", BareCode("253")),
        ("007", BareCode("007")),
        ("4006381333931", BareCode("4006381333931")),
        ("  AB-12 ", BareCode("AB-12")),
        ("0104006381333931\x1d10ABC", BareCode("0104006381333931\x1d10ABC")),
        ("anna@example.com", BareCode("anna@example.com")),
        ("<b>PAID</b>", BareCode("<b>PAID</b>")),
        ("]C1", BareCode("]C1")),
        ("=cmd|' /C calc'!A0", BareCode("=cmd|' /C calc'!A0")),
        ('"quoted"', BareCode('"quoted"')),
        (REF, ReceiptCode(REF)),
        (show_ref(REF), ReceiptCode(REF)),
        ("-".join([REF[:8], REF[8:16], REF[16:]]), ReceiptCode(REF)),
        (REF[:-1] + str((int(REF[-1]) + 1) % 10), BareCode(REF[:-1] + str((int(REF[-1]) + 1) % 10))),
        ("POS:COMPLETE", CommandCode("complete")),
        ("pos:park", CommandCode("park")),
        ("POS:STAFF:9f2c-K", StaffCode("9f2c-K")),
        ("POSTER", BareCode("POSTER")),
    ],
)
def test_a_text_is_what_it_looks_like(text, code):
    assert route(text) == code


@pytest.mark.fault("row 29", "row 31")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \t\r\n", "empty"),
        ("x" * 513, "too_long"),
        ("A\x00B", "not_text"),
        ("\x1b[2JA", "not_text"),
        ("A\r\nB", "not_text"),
        ("abc\u202edef", "not_text"),
        ("A\ud800B", "not_text"),
        ("{", "bad_json"),
        ('{"identifier":"66', "bad_json"),
        ('{"identifier":"a"}{"identifier":"b"}', "bad_json"),
        ('{"identifier":"a","identifier":"b"}', "bad_json"),
        ('{"identifier":"a","n":NaN}', "bad_json"),
        ('{"identifier":"a","n":-Infinity}', "bad_json"),
        ('{"identifier":"a","n":1e999}', "bad_json"),
        ('{"voucherId":' + "9" * 400 + "}", "bad_json"),
        ('{"a":' + "[" * 200 + "]" * 200 + "}", "bad_json"),
        ('{"a":' * 9 + "{}" + "}" * 9, "bad_json"),
        ('{"verifiedUser":{"id":1},"identifier":"x"}', "hostile"),
        ('{"identifier":"x","data":[{"verifiedUser":1}]}', "hostile"),
        ('{"wifi":"guest"}', "no_identifier"),
        ('{"identifier":""}', "no_identifier"),
        ('{"id":253}', "no_identifier"),
        ('{"identifier":true}', "bad_identifier"),
        ('{"identifier":["a"]}', "bad_identifier"),
        ('{"identifier":"a\\u0000b"}', "bad_identifier"),
        ('{"identifier":"a\\ud800"}', "bad_identifier"),
        ('{"identifier":"a\\u202eb","voucherId":4}', "bad_identifier"),
        ('{"identifier":"' + "x" * 256 + '"}', "bad_identifier"),
        ('{"voucherId":0}', "bad_id"),
        ('{"voucherId":-4}', "bad_id"),
        ('{"voucherId":true}', "bad_id"),
        ('{"voucherId":4.0}', "bad_id"),
        ('{"voucherId":"4x"}', "bad_id"),
        ('{"voucherId":"\u0664"}', "bad_id"),
        ('{"voucherId":9223372036854775808}', "bad_id"),
        ('{"rewardId":"","identifier":"x"}', "bad_id"),
        ("POS:", "not_accepted"),
        ("POS:EXPLODE", "unknown_command"),
        ("POS:STAFF:", "not_accepted"),
        ("https://shop.example/x?token=abc", "link"),
        ("javascript://x", "link"),
    ],
)
def test_a_text_that_leads_nowhere_says_why(text, reason):
    code = route(text)
    assert isinstance(code, Unreadable)
    assert code.reason == reason
    assert len(code.shown) <= 80


def test_a_link_never_shows_the_token_it_may_carry():
    for link in (
        "https://me:SECRET@shop.example/x",
        "https://shop.example/SECRET",
        "https://shop.example?a=SECRET",
    ):
        assert route(link) == Unreadable("link", "https://shop.example/…")


def test_a_badge_does_not_show_in_a_repr():
    assert "9f2c" not in repr(route("POS:STAFF:9f2c"))


def test_every_command_of_the_sheet_is_known():
    for command in COMMANDS:
        assert route(f"POS:{command.upper()}") == CommandCode(command)


CARD = Rule("customer", prefix="88", min_length=16, max_length=16, charset="digits", symbologies=("CODE128",))


@pytest.mark.parametrize(
    ("rule", "text", "symbology", "code"),
    [
        (CARD, "8812345678901234", "CODE128", CustomerCode("8812345678901234", None)),
        (CARD, "8812345678901234", "QR", BareCode("8812345678901234")),
        (CARD, "881234567890123", "CODE128", BareCode("881234567890123")),
        (CARD, "88123456789012AB", "CODE128", BareCode("88123456789012AB")),
        (Rule("customer", prefix="M-", strip_start=2), "M-77", "", CustomerCode("77", None)),
        (Rule("customer", strip_end=1, charset="digits"), "12345", "", CustomerCode("1234", None)),
        (Rule("voucher", prefix="V", strip_start=1, charset="digits"), "V42", "", VoucherCode(42, None)),
        (Rule("voucher", prefix="V", strip_start=1), "Vx", "", Unreadable("bad_id", "Vx")),
        (Rule("reward", prefix="R", strip_start=1), "R9", "", RewardCode(9, None)),
        (
            Rule("bare", prefix="https://v.example/", strip_start=18),
            "https://v.example/AB1",
            "",
            BareCode("AB1"),
        ),
        (
            Rule("reject", symbologies=("EAN/UPC",)),
            "4006381333931",
            "EAN/UPC",
            Unreadable("not_accepted", "4006381333931"),
        ),
        (Rule("staff", prefix="EMP", strip_start=3, charset="hex"), "EMPff", "", StaffCode("ff")),
        (Rule("customer", prefix="x"), '{"identifier":"j"}', "", CustomerCode("j", None)),
        (Rule("customer", prefix="M", strip_start=3), "M12", "", Unreadable("not_accepted", "M12")),
    ],
)
def test_a_tenants_rule_comes_first_but_after_json(rule, text, symbology, code):
    assert route(text, symbology, (rule, *DEFAULT_RULES)) == code


@pytest.mark.parametrize("rules", [(Rule("customer"),), (Rule("customer"), *DEFAULT_RULES), ()])
def test_no_rule_turns_a_text_of_ours_into_a_customer(rules):
    for text in ("POS:COMPLETE", "pos:nonsense", "POS:STAFF:9f2c"):
        assert isinstance(route(text, "CODE128", rules), CommandCode | StaffCode | Unreadable)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "refund"},
        {"kind": "customer", "charset": "emoji"},
        {"kind": "customer", "min_length": 0},
        {"kind": "customer", "min_length": 9, "max_length": 8},
        {"kind": "customer", "max_length": 513},
        {"kind": "customer", "prefix": "ABC", "max_length": 2},
        {"kind": "customer", "strip_start": -1},
        {"kind": "customer", "max_length": 4, "strip_start": 4},
    ],
)
def test_a_rule_that_cannot_work_is_refused(values):
    with pytest.raises(ValueError, match=r"kind|lengths|strip"):
        Rule(**values)


def test_a_reference_has_check_digits_like_an_iban():
    assert len(REF) == 24
    assert int(REF) % 97 == 1
    assert is_ref(REF)
    assert show_ref(REF).split(" ") == [REF[i : i + 4] for i in range(0, 24, 4)]
    assert short_ref(REF) == REF[-4:]


@pytest.mark.parametrize("digits", ["", "1" * 21, "1" * 23, "x" * 22, "\u0661" * 22, "1" * 22 + "\n"])
def test_a_reference_is_made_of_22_digits_only(digits):
    with pytest.raises(ValueError, match="22 digits"):
        ref_from_digits(digits)


def test_other_check_digits_of_the_same_remainder_are_no_reference():
    base = next(f"{n:022d}" for n in range(200) if ref_from_digits(f"{n:022d}").endswith("98"))
    assert int(f"{base}01") % 97 == 1
    assert not is_ref(f"{base}01")


@settings(deadline=None)
@given(DIGITS_22, st.integers(0, 23), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(digits, place, change):
    ref = ref_from_digits(digits)
    wrong = ref[:place] + str((int(ref[place]) + change) % 10) + ref[place + 1 :]
    assert is_ref(ref)
    assert not is_ref(wrong)


@settings(deadline=None)
@given(DIGITS_22, st.integers(0, 22))
def test_two_swapped_neighbours_are_noticed(digits, place):
    ref = ref_from_digits(digits)
    swapped = ref[:place] + ref[place + 1] + ref[place] + ref[place + 2 :]
    assert is_ref(swapped) == (swapped == ref)


@pytest.mark.fault("row 29")
@settings(max_examples=300, deadline=None)
@given(st.text(max_size=600) | st.text(st.characters(), max_size=40) | st.from_regex(r"\{.{0,60}\}?", fullmatch=True))
def test_no_text_makes_routing_fail(text):
    assert isinstance(route(text), get_args(Code))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_no_bytes_make_routing_fail(data):
    for text in (
        data.decode("latin-1"),
        data.decode("utf-8", "surrogateescape"),
        "{" + data.decode("latin-1"),
    ):
        assert isinstance(route(text, "QR"), get_args(Code))


def test_routing_does_not_fail_deep_in_the_stack():
    def at_depth(depth: int) -> object:
        return at_depth(depth - 1) if depth else route('{"a":' + "[" * 250 + "]" * 250 + "}")

    assert at_depth(sys.getrecursionlimit() - 200) == route('{"a":' + "[" * 250 + "]" * 250 + "}")


JSON_TEXT = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=20)


@settings(deadline=None)
@given(st.integers(1, 2**63 - 1), JSON_TEXT, st.booleans(), st.booleans())
def test_the_json_of_a_voucher_comes_back(voucher_id, identifier, is_text, is_ascii):
    content = {"identifier": identifier, "voucherId": str(voucher_id) if is_text else voucher_id}
    known = identifier.strip(" ") or None
    assert route(json.dumps(content, ensure_ascii=is_ascii)) == VoucherCode(voucher_id, known)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=300), st.integers(0, 90))
def test_shown_text_is_bounded_and_plain(text, limit):
    result = shown(text, limit)
    assert len(result) <= limit
    assert not {unicodedata.category(char) for char in result} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "limit", "result"),
    [
        ("plain", 80, "plain"),
        ("A\x00\x1b\x1d\x7f\x85B", 80, "A␀␛␝␡\ufffdB"),
        ("a\u2028b", 80, "a␤b"),
        ("ab\u202ecd\u2066", 80, "abcd"),
        ("x" * 80, 80, "x" * 80),
        ("x" * 81, 80, "x" * 79 + "…"),
        ("\u202e" * 1000 + "x", 10, "…"),
        ("abc", 0, ""),
    ],
)
def test_shown_text(text, limit, result):
    assert shown(text, limit) == result


@pytest.mark.parametrize(
    ("identifier", "result"),
    [
        ("+6591234821", "•••• 4821"),
        ("12345678", "•••• 5678"),
        ("12345", "•••• 45"),
        ("1234", "••••"),
        ("", "••••"),
        ("123456\x00\u202e78", "•••• ␀78"[:4] + " 6␀78"),
    ],
)
def test_an_identifier_is_masked(identifier, result):
    assert mask(identifier) == result
