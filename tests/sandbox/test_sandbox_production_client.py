"""The requests of a production client of Perx's, flow by flow, as it sends them: the sandbox serves it unchanged.

What it sends and reads is known from its public source (perx-api, SPW): JSON credentials, one token per customer, the
filters of a reward scope, `order_by` on rewards but `order` on vouchers, empty bodies as `{}`.
"""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_shop import GOLD, Shop

HEADERS = {"accept": "application/json, text/plain, */*", "user-agent": "axios/0.21.1"}
REWARD = {"id", "name", "brands", "category_tags", "custom_fields", "images", "inventory", "loyalty", "merchant_id"}
REWARD |= {"reward_price", "selling_from", "selling_to", "valid_from", "valid_to", "tags", "is_giftable", "eligible"}


class Client:
    """That client's way with a token: asked for with its own life, then sent with every call."""

    def __init__(self, shop: Shop, identifier: str = "") -> None:
        self.http = shop.http
        body: dict[str, Any] = {name: shop.ready[name] for name in ("client_id", "client_secret")}
        body["grant_type"] = "client_credentials"
        if identifier:
            body |= {"scope": f"user_account(identifier:{identifier})", "expires_in": 300}
        self.token = shop.http.post("/v4/oauth/token", json=body, headers=HEADERS).json()

    def get(self, path: str, **params: Any) -> Any:
        headers = HEADERS | {"authorization": f"Bearer {self.token['access_token']}"}
        answer = self.http.get(path, params=params, headers=headers)
        assert answer.status_code < 450, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any, **params: Any) -> Any:
        headers = HEADERS | {"authorization": f"Bearer {self.token['access_token']}"}
        answer = self.http.request(method, path, params=params, json=body, headers=headers)
        assert answer.status_code < 450, answer.text
        return answer.json()["data"]


@pytest.fixture
def user(shop: Shop) -> Client:
    return Client(shop, GOLD)


def test_customers(shop: Shop, user: Client) -> None:
    assert (user.token["expires_in"], user.token["scope"], user.token["refresh_token"]) == (300, "user_account", None)
    app = Client(shop)
    me = user.get("/v4/customers/me")["data"]
    assert me["identifier"] == GOLD
    assert user.get(f"/v4/customers/{me['id']}")["data"] == me
    assert app.get(f"/v4/pos/user_accounts/{me['id']}")["data"]["identifier"] == GOLD
    assert app.get("/v4/pos/user_accounts/999999")["code"] == 1
    assert me["personal_properties"]["phone"] == me["phone"]


@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        ({"page": "1", "size": "2", "sort_by": "id", "order_by": "asc"}, [301, 302]),
        ({"size": "1", "sort_by": "id", "order_by": "desc"}, [316]),
        ({"filter_for_catalogs": "211"}, [301, 302]),
        ({"filter_for_brands": "1", "filter_for_merchants": "42"}, [303]),
        ({"category_ids": "202"}, [303]),
        ({"categories": "Bea"}, [303]),
        ({"tag_ids": "5", "filter_by_points_balance": "true", "size": "3", "sort_by": "updated_at"}, [301, 302, 303]),
    ],
)
def test_rewards_through_each_filter_of_its_scope(user: Client, scope: dict[str, str], ids: list[int]) -> None:
    page = user.get("/v4/rewards", **scope)
    assert [row["id"] for row in page["data"]] == ids
    assert {"count", "current_page", "per_page", "prev_page", "next_page", "total_count", "total_pages"} <= set(
        page["meta"]
    )
    assert all(set(row) >= REWARD for row in page["data"])


def test_one_reward_is_issued_or_reserved_then_confirmed_or_released(user: Client) -> None:
    assert user.get("/v4/rewards/302")["data"]["id"] == 302
    issued = user.send("POST", "/v4/rewards/302/issue", {})
    assert (issued["state"], issued["reward"]["id"]) == ("issued", 302)
    held = user.send("POST", "/v4/rewards/302/reserve", {}, timeout=900000)
    assert set(held) >= {"id", "voucher_code", "voucher_key", "voucher_type", "state", "reserved_expires_at"}
    assert user.send("POST", "/v4/rewards/302/reserve", {}, timeout=900000)["id"] == held["id"]
    assert user.send("PATCH", f"/v4/vouchers/{held['id']}/confirm", {})["state"] == "issued"
    again = user.send("POST", "/v4/rewards/302/reserve", {}, timeout=900000)
    assert user.send("PATCH", f"/v4/vouchers/{again['id']}/release", {})["state"] == "released"


def test_search(user: Client) -> None:
    found = user.get("/v4/search", search_string="coffee", page=1, size=10)["data"]["rewards"]
    assert [(row["reward"]["id"], row["document_type"]) for row in found] == [(302, "reward")]
    assert isinstance(found[0]["score"], float)
    assert user.get("/v4/search", search_string="nothing is called so", page=1, size=10)["data"]["rewards"] == []


def test_categories_and_the_children_of_one(user: Client) -> None:
    page = user.get("/v4/categories", page=1, size=2)
    assert [row["title"] for row in page["data"]] == ["Drinks", "Beans"]
    assert page["meta"]["total_pages"] == 2
    [child] = user.get("/v4/categories", parent_id=201, page=1, size=25)["data"]
    assert (child["id"], child["parent"]["id"], child["usage"]) == (203, 201, ["Rewards", "Merchants"])


def test_merchants_page_by_page_without_a_row_twice(user: Client) -> None:
    pages = [user.get("/v4/merchants", page=number, size=1)["data"] for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [1, 1, 0]
    first, second = pages[0][0], pages[1][0]
    assert first["id"] != second["id"]
    assert set(first) >= {"name", "ecommerce_only", "images", "custom_fields", "category_tags", "tags", "is_favorite"}
    assert user.get("/v4/merchants", page=1, size=5, favorite="true")["data"] == []
    assert user.get(f"/v4/merchants/{first['id']}")["data"]["outlets"]


def test_campaigns_by_type_and_one_by_one(user: Client) -> None:
    page = user.get("/v4/campaigns", page=1, size=10)
    kinds = {row["campaign_type"] for row in page["data"]}
    assert page["meta"]["count"] == len(page["data"])
    for kind in kinds:
        rows = user.get("/v4/campaigns", page=1, size=10, campaign_type=kind)["data"]
        assert {row["campaign_type"] for row in rows} == {kind}
    for row in page["data"]:
        assert user.get(f"/v4/campaigns/{row['id']}")["data"]["name"] == row["name"]


def test_its_refusals_read_as_it_expects_them(user: Client) -> None:
    short = Client.get(user, "/v4/rewards/999999")
    assert short["message"]
    answer = user.http.put(
        "/v4/app_triggers/none", json={}, headers=HEADERS | {"authorization": f"Bearer {user.token['access_token']}"}
    )
    assert (answer.status_code, "record requested does not exist" in answer.json()["message"]) == (400, True)
