"""What arrives of a person, and what a console's HTML becomes: the rules, and the client over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.perx import answers
from pos_app.perx.call import APPLICATION, Call, Shape, user
from pos_app.perx.client import PerxClient
from pos_app.perx.privacy import scrub
from pos_app.perx.profile import Profile
from pos_app.perx.wire import Row, words
from pos_app.practice import Practice

GOLD, SECRET = "6591234821", "S1234567D"
LEAF = st.none() | st.integers() | st.text(max_size=5)
NAMES = st.sampled_from(["error_params", "Error_Params", "personal_properties", "state", "citizen_id", "a"])
JSON = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))


def check(value: Any, inside: bool = False) -> None:
    """Nothing that is not allowed is left, however deep."""
    if isinstance(value, dict):
        if inside:
            assert set(value) <= {"state"}
        assert not {"error_params", "Error_Params"} & set(value)
        for name, inner in value.items():
            check(inner, inside=name == "personal_properties")
    elif isinstance(value, list):
        for inner in value:
            check(inner)


@given(JSON)
def test_wherever_they_stand_dumps_and_other_personal_properties_are_dropped(document: Any) -> None:
    held = {"data": document}
    scrub(held, ("state",))
    check(held)


def test_an_answer_as_deep_as_its_reader_allows_is_scrubbed() -> None:
    document: Any = {"error_params": SECRET}
    for _ in range(100_000):
        document = [document]
    scrub(document, ())
    while isinstance(document, list):
        document = document[0]
    assert document == {}


def test_what_is_allowed_stays_and_a_bag_that_is_none_holds_nothing() -> None:
    rows = [{"personal_properties": {"lang": "th", "id": SECRET}}, {"personal_properties": SECRET}]
    scrub(rows, ("lang",))
    assert rows == [{"personal_properties": {"lang": "th"}}, {"personal_properties": {}}]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with Practice(tmp_path_factory.mktemp("perx"), rule_delay_s=0) as running:
        yield running


def client(practice: Practice, **changes: Any) -> PerxClient:
    told = practice.announced
    known = {name: told[name] for name in ("base_url", "client_id", "client_secret", "loyalty_program_id")}
    return PerxClient(Profile(**known | changes))


def test_the_client_lets_in_only_what_it_reads(practice: Practice) -> None:
    """A sale whose rule fails leaves the customer's whole record in the history; no answer that counts holds it."""

    async def ask() -> tuple[Any, Any, Any]:
        async with client(practice, language_field="nationality_cd") as perx:
            line = perx._line
            body = {"user_account_id": 501, "transaction_data": {"amount": -9000, "transaction_type": "reversal"}}
            await line.ask(Call("POST", "/v4/pos/transactions", APPLICATION, body=body))
            me = await line.ask(Call("GET", "/v4/customers/me", user(GOLD)))
            call = Call("GET", "/v4/loyalty/transactions_history", user(GOLD), answer=Shape.LIST)
            return me.data, (await line.ask(call)).data, await perx.movements(GOLD)

    me, rows, movements = asyncio.run(ask())
    assert me["personal_properties"] == {"nationality_cd": "SG"}
    assert rows[0]["properties"] == {"error_message": "You do not have enough points to redeem"}
    assert movements[0].error == "You do not have enough points to redeem"
    assert "Account" not in repr(rows)
    assert "citizen_id" not in repr([me, rows])


def test_a_language_is_changed_without_losing_what_the_till_does_not_read(practice: Practice) -> None:
    async def change() -> None:
        async with client(practice, language_field="language") as perx:
            await perx.change_language(GOLD, "th")

    asyncio.run(change())
    app = practice.ask("POST", "/v4/oauth/token", _credentials(practice))["access_token"]
    row = practice.ask(
        "GET", f"/v4/pos/user_accounts/{GOLD}", headers={"Authorization": f"Bearer {app}"}
    )["data"]  # fmt: skip
    assert row["personal_properties"]["language"] == "th"
    assert row["personal_properties"]["citizen_id"]


def _credentials(practice: Practice) -> dict[str, Any]:
    told = {name: practice.announced[name] for name in ("client_id", "client_secret")}
    return {**told, "grant_type": "client_credentials"}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<b>Free</b> <img src=x onerror=alert(1)> dessert", "Free dessert"),
        ("<p>Enjoy &amp; share.</p><ul><li>One</li><li>Two</li></ul>", "Enjoy & share. One Two"),
        ("Coffee<br/>for<br>two", "Coffee for two"),
        ("5 < 10 and 12 > 3", "5 < 10 and 12 > 3"),
        ("&lt;b&gt;as it is&lt;/b&gt;", "<b>as it is</b>"),
        ("<script>alert(1)</script>Tea<style>p{}</style><!-- no -->", "Tea"),
        ("Tea<script>never closed", "Tea"),
        ("<img src=x>", "<img src=x>"),
        ("  a\n\tb\u202ec ", "a bc"),
        ("", ""),
        (None, ""),
        (12, "12"),
        ({"en": "Tea"}, ""),
    ],
)
def test_console_text_becomes_the_words_in_it(written: object, shown: str) -> None:
    assert words(written) == shown


def test_a_long_text_is_cut_with_a_sign_and_in_bounded_time() -> None:
    cut = words("<p>" + "<li>One per visit.</li>" * 50_000, 100)
    assert (len(cut) <= 100, cut[-1], "<" in cut) == (True, "\u2026", False)
    assert len(words("<" * 500_000)) <= 200
    assert len(words("<script>" * 100_000)) <= 200
    assert words("x" * 200) == "x" * 200


@given(st.text())
def test_no_text_comes_out_longer_or_over_two_lines(text: str) -> None:
    shown = words(text, 50)
    assert len(shown) <= 50
    assert "\n" not in shown


def test_names_of_the_console_are_read_so(practice: Practice) -> None:
    row = Row({"id": 1, "name": "<b>Coffee</b> &amp; cake", "reward": {"id": 2}, "state": "issued"})
    assert answers.voucher(row, client(practice).profile).name == "Coffee & cake"
