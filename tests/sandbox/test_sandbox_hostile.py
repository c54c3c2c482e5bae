"""What no client should send: each is answered in an envelope, and nothing breaks or changes."""

from __future__ import annotations

import pytest
from sandbox_shop import GOLD, Shop

MOVES, SALES = "/v4/pos/loyalty_transactions", "/v4/pos/transactions"
IDS = ["0", "-1", "abc", "9" * 40, "1e3", "7101.0", "%00", "%FF%FE", "..%2F..", "%20", "７１０１", "true", "null"]


@pytest.mark.parametrize("value", IDS)
def test_ids_that_name_nothing(shop: Shop, value: str) -> None:
    user, app = shop.user(), shop.app()
    for answer in (
        user("GET", f"/v4/vouchers/{value}"),
        user("POST", f"/v4/rewards/{value}/issue"),
        user("PUT", f"/v4/stamp_transactions/{value}"),
        app("GET", f"/v4/pos/user_accounts/{value}"),
        app("PUT", f"/v4/pos/vouchers/{value}/revert_redemption"),
    ):
        assert 400 <= answer.status_code < 500
        assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "1e300",
        "9" * 400,
        "9" * 5000,
        '"1e5"',
        '"１２"',
        "[]",
        "{}",
        "null",
    ],
)
def test_numbers_that_are_none(shop: Shop, value: str) -> None:
    app = shop.app()
    move = f'{{"user_account": {{"id": 501}}, "loyalty_program_id": 77, "points": {value}}}'
    sale = f'{{"user_account_id": 501, "transaction_data": {{"amount": {value}}}}}'
    for path, body in ((MOVES, move), (SALES, sale)):
        answer = app("POST", path, content=body.encode())
        assert (answer.status_code, "code" in answer.json()) == (400, True)
    assert (shop.ledger()["transactions"], shop.ledger()["loyalty_transactions"]) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        b"[1]",
        b'"x"',
        b"5",
        b"true",
        b"{",
        b"\xff\xfe{}",
        b'{"user_account_id": "a\\u0000b"}',
        b'{"x": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"user_account_id": {"id": 501}}',
        b"\0",
    ],
)
def test_bodies_that_are_no_request(shop: Shop, body: bytes) -> None:
    answer = shop.app()("POST", SALES, content=body)
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"code", "message"}


def test_a_body_that_is_too_large(shop: Shop) -> None:
    assert shop.app()("POST", SALES, content=b" " * 1_100_000).status_code == 413


def test_unknown_paths_and_verbs_are_answered_in_the_envelope(shop: Shop) -> None:
    user = shop.user()
    assert user.refused("GET", "/v4/pos/vouchers")[:2] == (404, 45)
    assert user.refused("DELETE", "/v4/vouchers")[:2] == (405, 40)
    assert user("GET", "/v4/vouchers/").status_code == 404
    assert user("GET", "/v4/vouchers?page=x&size=-3&sort_by=%00").json()["code"] == 40
    assert user("GET", "/v4/vouchers?page=999999999999&size=x").json()["meta"]["page"] == 1


def test_texts_from_outside_come_back_as_they_were(shop: Shop) -> None:
    name = "Ro'; DROP TABLE customers;-- <b>é</b> \u202e"
    made = shop.app().ok("POST", "/v4/pos/user_accounts", json={"identifier": "x-1", "first_name": name})
    assert made["first_name"] == name
    assert shop.user(GOLD).ok("GET", "/v4/customers/me")["id"] == 501
