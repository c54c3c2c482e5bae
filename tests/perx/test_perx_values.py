"""The pure parts: JSON in and out, lenient rows, profiles, identifiers, findings."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perx_loopback import answering, loopback, reply

from pos_app.perx import answers
from pos_app.perx.identifiers import Identifiers
from pos_app.perx.phones import Phones
from pos_app.perx.probe import probe_findings
from pos_app.perx.profile import Profile
from pos_app.perx.wire import Row, Unreadable, decode, encode, instant, plain, stamp

PROFILE = Profile("https://api.perxtech.io", "a", "b")


@pytest.mark.parametrize(
    ("amount", "out"),
    [("84.50", b"84.50"), ("1200", b"1200"), ("0.000", b"0.000"), ("1E+3", b"1000"), ("-3.1", b"-3.1")],
)
def test_amounts_leave_as_numbers(amount: str, out: bytes):
    assert encode({"amount": Decimal(amount)}) == b'{"amount":' + out + b"}"


@pytest.mark.parametrize("wrong", [1.5, {"a": [1.0]}, Decimal("NaN"), Decimal("Infinity")])
def test_floats_and_no_numbers_never_leave(wrong: Any):
    with pytest.raises(TypeError):
        encode({"amount": wrong})


def test_fractions_arrive_exactly():
    assert decode(b'{"a": 0.10, "b": 4600.0}') == {"a": Decimal("0.10"), "b": Decimal("4600.0")}


@pytest.mark.parametrize(
    ("raw", "whole", "number"),
    [
        (5, 5, Decimal(5)),
        ("5", 5, Decimal(5)),
        (" 5 ", 5, Decimal(5)),
        (Decimal("5.0"), 5, Decimal(5)),
        ("4600.0", 4600, Decimal(4600)),
        ("-22", -22, Decimal(-22)),
        (Decimal("5.5"), None, Decimal("5.5")),
        (True, None, None),
        (None, None, None),
        ("", None, None),
        ("five", None, None),
        ("1e3", None, None),
        ("NaN", None, None),
        ("٥", None, None),
        (10**30, None, None),
        ([], None, None),
        ({}, None, None),
    ],
)
def test_numbers_are_read_leniently(raw: Any, whole: int | None, number: Decimal | None):
    assert Row({"n": raw}).whole("n") == whole
    assert Row({"n": raw}).number("n") == number


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2021-09-14T04:35:53.227Z", datetime(2021, 9, 14, 4, 35, 53, 227000, UTC)),
        ("2021-08-31T00:00:00Z", datetime(2021, 8, 31, tzinfo=UTC)),
        ("2021-08-31T07:00:00+07:00", datetime(2021, 8, 31, tzinfo=UTC)),
        ("2021-08-31", datetime(2021, 8, 31, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_instants(text: str, at: datetime | None):
    assert instant(text) == at


def test_a_stamp_is_utc_with_milliseconds():
    at = datetime(2026, 11, 23, 17, 0, 0, 123999, timezone(timedelta(hours=8)))
    assert stamp(at) == "2026-11-23T09:00:00.123Z"


def test_text_is_bounded_and_plain():
    assert plain("a\x00\x1b[31m\u202eb\r\n\tc" + "d" * 500, 10) == "a[31mb cdd"
    assert plain("สวัสดี 你好") == "สวัสดี 你好"
    assert plain(None) == plain(["x"]) == plain(True) == ""
    assert len(plain("x" * 10_000_000, 200)) == 200


def test_dates_of_two_names():
    assert Row({"timestamp": "2026-12-31T00:00:00.000Z"}).day("date", "timestamp") == date(2026, 12, 31)
    assert Row({"date": "soon"}).day("date") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.decimals(allow_nan=False, places=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "id",
    "identifier",
    "state",
    "points_balance",
    "tiers",
    "attained",
    "points_requirement",
    "aging_points",
    "reward",
    "custom_fields",
    "discount_value",
    "user_account",
    "valid_to",
    "voucher_code",
    "inventory",
    "reward_price",
    "amount",
    "properties",
    "transaction_details",
    "data",
    "transaction_reference",
    "invoice_items",
    "personal_properties",
    "expires_in",
]
READINGS = (
    answers.customer,
    answers.balance,
    lambda row: answers.voucher(row, PROFILE),
    lambda row: answers.reward(row, PROFILE),
    answers.movement,
    answers.recorded_sale,
    answers.invoice,
)


def said(reading: Callable[[], object]) -> str:
    """Why something was refused as unreadable; any other exception passes."""
    try:
        reading()
    except Unreadable as exc:
        return str(exc)
    return ""


@pytest.mark.fault("row 45")
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=12), st.sampled_from(READINGS))
def test_any_row_is_read_or_refused(fields: dict[str, Any], reading: Any):
    assert len(said(lambda: reading(Row(fields)))) < 60


@pytest.mark.fault("row 45")
@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(raw: bytes):
    assert len(said(lambda: decode(raw))) < 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://api.perxtech.io"},
        {"base_url": "api.perxtech.io"},
        {"base_url": "ftp://api.perxtech.io"},
        {"base_url": "https://user:pw@api.perxtech.io"},
        {"base_url": "https://api.perxtech.io?client_secret=x"},
        {"token_url": "http://broker.test/token"},
        {"accept_hosts": ("api.perxtech.net",)},
        {"token_url": "https://elsewhere.test", "accept_hosts": ("api.perxtech.io",)},
        {"language": "en\r\nX: y"},
        {"timeout_s": 0},
    ],
)
def test_a_wrong_address_is_refused_with_a_sentence(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=r"^\w+: "):
        Profile(**{"base_url": "https://api.perxtech.io", "client_id": "a"} | wrong)


def test_profiles_that_are_fine():
    assert not PROFILE.is_local
    assert Profile("http://127.0.0.1:8080", "a").is_local
    assert Profile("http://localhost:8080", "a").is_local
    assert Profile("http://[::1]:8080", "a").is_local
    assert Profile("https://api.perxtech.io", "a", accept_hosts=("api.perxtech.io",)).base_url


@pytest.mark.fault("FM-19")
def test_identifiers_raw_and_hashed():
    assert Identifiers().token_of("  6591234821\n") == "6591234821"
    assert Identifiers(spelling="digits").token_of("+65 9123-4821") == "6591234821"
    assert Identifiers(spelling="lower").token_of(" Anna@X.test ") == "anna@x.test"
    assert Identifiers(spelling="upper").token_of("ab1") == "AB1"
    assert Identifiers().token_of("cafe\u0301") == "caf\u00e9"
    hashed = Identifiers("hmac-sha256", "digits", b"k")
    assert hashed.token_of("+65 9123") == hmac.new(b"k", b"659123", hashlib.sha256).hexdigest()
    assert hashed.token_of("  ") == ""


@pytest.mark.parametrize("wrong", [("rot13",), ("raw", "loud"), ("hmac-sha256",)])
def test_identifiers_that_cannot_work(wrong: tuple[Any, ...]):
    with pytest.raises(ValueError, match="identifiers:"):
        Identifiers(*wrong)


def found(mint: bytes, **changes: Any) -> list[tuple[str, str, str]]:
    async def run():
        async with loopback(answering(reply(404)), answering(mint)) as server:
            return await probe_findings(server.profile(**changes))

    return asyncio.run(run())


TOKEN = {"access_token": "T", "expires_in": 300}


def test_findings():
    assert [one[0] for one in found(reply(200, TOKEN))] == ["ok"]
    now = datetime.now(UTC)
    dated = [format_datetime(now + timedelta(minutes=m), usegmt=True) for m in (0, 30, -30)]
    assert [one[0] for one in found(reply(200, TOKEN, Date=dated[0]))] == ["ok", "ok"]
    for date_text, way in ((dated[1], "behind"), (dated[2], "ahead of")):
        [_, (level, what, fix)] = found(reply(200, TOKEN, Date=date_text))
        assert level == "warn"
        assert f"30 minutes {way}" in what
        assert fix


@pytest.mark.parametrize(
    ("mint", "changes", "code"),
    [
        (reply(401, {"error": "invalid_client"}), {}, "KEY-01"),
        (reply(200, TOKEN), {"client_secret": ""}, "KEY-02"),
        (reply(200, b"<html>", "text/html"), {}, "NET-03"),
        (reply(404, b"<html>", "text/html"), {}, "NET-03"),
        (reply(404, {"message": "no"}), {}, "NET-08"),
        (reply(200, {"hello": 1}), {}, "NET-07"),
        (reply(500), {}, "NET-06"),
    ],
)
def test_findings_of_what_is_wrong(mint: bytes, changes: dict[str, Any], code: str):
    [(level, what, fix)] = found(mint, **changes)
    assert level == "fail"
    assert what.startswith(code)
    assert fix


SAID = [
    ("SG", "6591234821", ["91234821", "9123 4821", "+65 9123-4821", "tel:+6591234821", "TEL:91234821"]),
    ("TH", "66812345678", ["0812345678", "081-234-5678", "+66812345678", "+66 81 234 5678"]),
    ("ID", "6281234567890", ["081234567890", "+62 812-3456-7890"]),
    ("VN", "84912345678", ["0912345678", "+84912345678"]),
    ("", "6591234821", ["+6591234821"]),
]


@pytest.mark.fault("FM-19")
@pytest.mark.parametrize(("country", "digits", "said"), SAID, ids=[one[0] or "none" for one in SAID])
def test_a_phone_number_is_one_identifier_however_it_is_said(country, digits, said):
    for way, identifier in (("digits", digits), ("e164", f"+{digits}")):
        plain = Identifiers(phones=Phones(way, country))
        keyed = Identifiers("hmac-sha256", key=b"k", phones=Phones(way, country))
        told = [one if one.lower().startswith("tel:") else f"tel:{one}" for one in said]
        assert {plain.token_of(one) for one in told} == {identifier}
        assert len({keyed.token_of(one) for one in told}) == 1
        assert digits not in keyed.token_of(told[0])


@pytest.mark.parametrize("said", ["", "12", "abc", "0", "+999123456789", "9" * 41, "91234821" * 9, "<b>91234821</b>"])
def test_what_is_no_phone_number_is_nobodys(said):
    assert Identifiers(phones=Phones("digits", "SG")).token_of(f"tel:{said}") in ("", "tel:")


@pytest.mark.parametrize("way", ["off", "search"])
def test_a_phone_number_is_nobodys_identifier_where_the_tenant_does_not_say_so(way):
    assert Identifiers(phones=Phones(way, "SG")).token_of("tel:91234821") == ""


def test_a_way_or_a_country_that_is_none_is_refused():
    for wrong in ({"way": "guess"}, {"country": "XX"}):
        with pytest.raises(ValueError, match=r"phone|country"):
            Phones(**wrong)
