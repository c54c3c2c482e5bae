"""The additions of perx-api section 24, item by item, over a real socket."""

from __future__ import annotations

import pytest
from sandbox_shop import GOLD, SILVER, Shop

CARD = "/v4/campaigns/901/stamp_cards"


def sell(shop: Shop, amount: float = 6, customer: int = 501, **line: object) -> None:
    body = {"user_account_id": customer, "transaction_data": {"amount": amount, **line}}
    shop.app().ok("POST", "/v4/pos/transactions", json=body)


# --- 1: stamps -----


def test_a_stamp_arrives_after_the_sale_in_state_issued(shop: Shop) -> None:
    shop.control("settings", {"rule_delay_s": 0.3})
    user = shop.user()
    sell(shop, 4)  # below the minimum: no stamp
    sell(shop, 6)
    before = len(user.ok("GET", f"{CARD}/current")["stamps"])
    assert before == 5
    stamps = shop.until(lambda: (now := user.ok("GET", f"{CARD}/current")["stamps"])[5:] and now)
    assert (len(stamps), stamps[-1]["state"], stamps[-1]["vouchers"]) == (6, "issued", [])


def test_the_punch_mints_the_voucher_and_a_second_punch_is_refused(shop: Shop) -> None:
    user = shop.user()
    sell(shop)
    vouchers = user("GET", "/v4/vouchers?state=issued").json()["meta"]["count"]
    waiting = [stamp for stamp in user.ok("GET", f"{CARD}/current")["stamps"] if stamp["state"] == "issued"]
    assert user("GET", "/v4/vouchers?state=issued").json()["meta"]["count"] == vouchers  # earning gives none
    punched = [user.ok("PUT", f"/v4/stamp_transactions/{stamp['id']}") for stamp in waiting]
    assert {stamp["state"] for stamp in punched} == {"redeemed"}
    gift = punched[-1]["vouchers"][0]
    assert (gift["name"], gift["state"]) == ("Free orange juice", "issued")
    assert user.ok("POST", f"/v4/vouchers/{gift['id']}/redeem")["state"] == "redeemed"
    assert user.refused("PUT", f"/v4/stamp_transactions/{waiting[0]['id']}")[:2] == (400, 7)
    details = [row["transaction_details"] for row in user.ok("GET", "/v4/loyalty/transactions_history")]
    assert "StampTransaction" in [detail["type"] for detail in details if detail]


def test_spare_stamps_start_a_second_card(shop: Shop) -> None:
    user = shop.user()
    for _ in range(2):
        sell(shop)
    cards = user.ok("GET", CARD)
    assert [(card["card_number"], len(card["stamps"])) for card in cards] == [(1, 6), (2, 1)]
    assert user.ok("GET", f"{CARD}/current")["card_number"] == 1
    assert user.ok("POST", "/v4/stamp_cards/1501/redeem_all_stamps")["state"] == "completed"
    assert user.ok("GET", f"{CARD}/current")["card_number"] == 2
    assert user.refused("POST", "/v4/stamp_cards/1501/redeem_all_stamps")[:2] == (400, 7)


def test_there_is_no_card_until_the_current_one_is_read(shop: Shop) -> None:
    user = shop.user(SILVER)
    assert user.ok("GET", CARD) == []
    assert user.ok("GET", f"{CARD}/current")["stamps"] == []
    assert [card["card_number"] for card in user.ok("GET", CARD)] == [1]
    assert user.refused("PUT", "/v4/stamp_transactions/1701")[:2] == (403, 9)


# --- 2: campaigns -----


def test_campaigns_have_their_own_meta_and_rows_without_state(shop: Shop) -> None:
    user = shop.user()
    page = user("GET", "/v4/campaigns?page=1&size=3").json()
    assert page["meta"] == {"count": 3, "page": 1, "total_pages": 2, "sort_by": "id", "order_by": "desc"}
    assert all("state" not in row and row["ends_at"] is None for row in page["data"])
    assert "lucky_spin" in [row["campaign_type"] for row in page["data"]]
    assert user.ok("GET", "/v4/campaigns/901")["state"] == "active"
    assert [row["id"] for row in user.ok("GET", "/v4/campaigns?campaign_type=stamp")] == [901]


def test_enrolment(shop: Shop) -> None:
    user = shop.user()
    assert user.ok("GET", "/v4/campaigns/902")["enrolled"] is False
    for _ in range(2):
        user.ok("POST", "/v4/campaigns/902/enrol")
    assert user.ok("GET", "/v4/campaigns/902")["enrolled"] is True
    assert user.refused("POST", "/v4/campaigns/904/enrol")[:2] == (422, 41)
    assert user.refused("GET", "/v4/campaigns/902/stamp_cards")[:2] == (400, 40)


# --- 3: rewards -----


@pytest.mark.parametrize(
    ("reward", "code"), [(312, 412), (315, 5001), (316, 21), (311, 9), (320, 40), (999, 12), (314, None), (313, None)]
)
def test_claims_are_refused_with_their_code(shop: Shop, reward: int, code: int | None) -> None:
    answer = shop.user()("POST", f"/v4/rewards/{reward}/issue", json={})
    assert answer.json().get("code") == code


def test_a_limit_per_customer_stands_in_the_inventory_and_on_issue(shop: Shop) -> None:
    user = shop.user()
    user.ok("POST", "/v4/rewards/313/issue", json={})
    limit = user.ok("GET", "/v4/rewards/313")["inventory"]["reward_limit_per_user_balance"]
    assert (limit["available_amount"], limit["limit_error_klass"]["code"]) == (0, 4103)
    assert user.refused("POST", "/v4/rewards/313/issue", json={})[1] == 4103


def test_sold_out_rewards_stay_listed_with_a_negative_balance(shop: Shop) -> None:
    rewards = {row["id"]: row for row in shop.user().ok("GET", "/v4/rewards")}
    assert rewards[312]["inventory"]["reward_total_balance"] == -2
    assert 320 not in rewards  # system rewards are not for sale
    assert (rewards[311]["loyalty"][0]["attained"], rewards[311]["loyalty"][0]["sneak_peek"]) == (False, True)


def test_prices_are_chosen_by_id_and_taken_on_issue(shop: Shop) -> None:
    user = shop.user()
    prices = user.ok("GET", "/v4/rewards/314/prices")
    assert [price["points"] for price in prices] == [2000, 800]
    assert len(user.ok("GET", "/v4/rewards/314")["reward_price"]) == 3  # one item has no id: no usable price
    assert (
        user.refused("POST", "/v4/rewards/314/issue?price_id=1", json={})[2]
        == "Reward price is not a part of the reward"
    )
    voucher = user.ok("POST", f"/v4/rewards/314/issue?price_id={prices[1]['id']}", json={})
    assert voucher["custom_fields"]["reward_price"]["points"] == 800
    assert user.ok("GET", "/v4/loyalty/77")["points_balance"] == 1680
    assert user.refused("POST", "/v4/rewards/314/issue", json={})[:2] == (400, 40)  # the first price: 2000


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("filter_for_merchants=42", {303}),
        ("categories=Bea", {303}),
        ("category_ids=202|9", {303}),
        ("tag_ids=6", set()),
        ("tags=counter&filter_for_catalogs=211", {301, 302}),
    ],
)
def test_filters_of_the_catalogue(shop: Shop, query: str, ids: set[int]) -> None:
    assert {row["id"] for row in shop.user().ok("GET", f"/v4/rewards?{query}")} == ids


def test_catalogue_reads(shop: Shop) -> None:
    user = shop.user()
    affordable = {row["id"] for row in shop.user("6590001504").ok("GET", "/v4/rewards?filter_by_points_balance=true")}
    assert 302 not in affordable
    assert user.ok("GET", "/v4/rewards/301/locations")[0]["id"] == 4101
    assert user.ok("GET", "/v4/search?search_string=coffee")["rewards"][0]["reward"]["id"] == 302
    assert [row["id"] for row in user.ok("GET", "/v4/categories?parent_id=201")] == [203]
    assert user.ok("GET", "/v4/catalogs/211")["catalog_results"] == {"count": 2}
    assert [row["item_id"] for row in user.ok("GET", "/v4/catalogs/211/items")] == [301, 302]
    assert "outlets" not in user.ok("GET", "/v4/merchants")[0]
    assert user.ok("GET", "/v4/merchants/41")["outlets"][0]["outlet_id"] == 4101
    flags = shop.app().ok("GET", "/v4/settings/microsite_feature_flags")["json_value"]
    assert flags["voucher_distribution_type"] == "reserve"


# --- 4: app triggers -----


def test_a_trigger_answers_nothing_gives_once_and_then_silently_nothing(shop: Shop) -> None:
    user = shop.user()
    for _ in range(2):
        answer = user("PUT", "/v4/app_triggers/welcome", json={})
        assert (answer.status_code, answer.content) == (200, b"")
    gifts = [row for row in user.ok("GET", "/v4/vouchers") if row["name"] == "Welcome gift"]
    assert len(gifts) == 1
    status, _, message = user.refused("PUT", "/v4/app_triggers/unknown", json={})
    assert (status, "record requested does not exist" in message) == (400, True)


# --- 5: the gate and reservations -----


def test_the_gate(shop: Shop) -> None:
    app = shop.app()
    assert app("GET", "/v4/gatekeep_token").json() == {"message": "go ahead"}
    shop.control("settings", {"gate": True})
    assert app.refused("GET", "/v4/gatekeep_token")[:2] == (429, 429)


def test_a_reservation_is_masked_repeated_confirmed_and_released(shop: Shop) -> None:
    user, path = shop.user(), "/v4/rewards/302/reserve?timeout=900000"
    held = user.ok("POST", path, json={})
    assert (held["state"], held["voucher_code"]) == ("reserved", "******")
    assert user.ok("POST", path, json={})["id"] == held["id"]
    assert user.ok("GET", "/v4/loyalty/77")["points_balance"] == 2480
    assert "*" not in user.ok("PATCH", f"/v4/vouchers/{held['id']}/confirm")["voucher_code"]
    assert user.ok("GET", "/v4/loyalty/77")["points_balance"] == 2380
    again = user.ok("POST", path, json={})
    assert user.ok("PATCH", f"/v4/vouchers/{again['id']}/release")["state"] == "released"
    assert user.refused("PATCH", f"/v4/vouchers/{again['id']}/confirm")[1] in (7, 13)


@pytest.mark.parametrize(("unit", "lapses"), [("ms", True), ("s", False)])
def test_the_unit_of_the_timeout_is_a_switch(shop: Shop, unit: str, lapses: bool) -> None:
    shop.control("settings", {"reserve_timeout_unit": unit})
    user = shop.user()
    held = user.ok("POST", "/v4/rewards/302/reserve?timeout=100", json={})
    if lapses:
        shop.until(lambda: user.ok("GET", f"/v4/vouchers/{held['id']}")["state"] == "released")
        assert user.refused("PATCH", f"/v4/vouchers/{held['id']}/confirm")[:2] == (400, 13)
    else:
        assert user.ok("PATCH", f"/v4/vouchers/{held['id']}/confirm")["state"] == "issued"


def test_every_call_waits_at_the_gate_but_tokens_and_the_gate_itself(shop: Shop) -> None:
    app, user = shop.app(), shop.user()
    shop.control("settings", {"gate_calls": True})
    assert user.refused("GET", "/v4/vouchers")[:2] == (429, 429)
    assert app.refused("POST", "/v4/pos/transactions", json={})[:2] == (429, 429)
    assert app("GET", "/v4/gatekeep_token").json() == {"message": "go ahead"}
    assert shop.token().status_code == 200
    shop.control("settings", {"gate_calls": False})
    assert shop.ledger()["transactions"] == []
    user.ok("GET", "/v4/vouchers")


def test_a_reservation_may_end_before_the_time_that_it_tells(shop: Shop) -> None:
    shop.control("settings", {"reservation_lapses_s": 0.1})
    user = shop.user()
    held = user.ok("POST", "/v4/rewards/302/reserve?timeout=900000", json={})
    assert held["reserved_expires_at"] > shop.ledger()["now"]
    shop.until(lambda: user.ok("GET", f"/v4/vouchers/{held['id']}")["state"] == "released")
    assert user.refused("PATCH", f"/v4/vouchers/{held['id']}/confirm")[:2] == (400, 13)
    assert user.ok("GET", "/v4/loyalty/77")["points_balance"] == 2480


# --- 6 and 7: texts, and a sale per line -----


def test_texts_are_html_long_null_and_strangely_keyed(shop: Shop) -> None:
    user = shop.user()
    reward = user.ok("GET", "/v4/rewards/306")
    assert len(reward["terms_and_conditions"]) > 3000
    assert reward["name"].startswith("<b>")
    assert "f/e_action_en" in reward["custom_fields"]
    assert all(reward[f"name_{code}"] is None for code in ("en", "th", "vi", "zh"))
    bag = user.ok("GET", "/v4/customers/me")["personal_properties"]
    assert "citizen_id" in bag


def test_a_sale_may_be_posted_line_by_line(shop: Shop) -> None:
    for sku in ("beans", "filter", "cup"):
        sell(shop, 10, transaction_reference="RC-9", properties={"sku": sku, "qty": 1})
    rows = shop.user().ok("GET", "/v4/transactions")
    assert [row["properties"]["sku"] for row in rows] == ["cup", "filter", "beans"]
    assert {row["transaction_reference"] for row in rows} == {"RC-9"}


def test_the_merchant_door_issues_and_redeems(shop: Shop) -> None:
    merchant = shop.merchant(GOLD)
    voucher = merchant.ok("POST", "/v4/merchant_admin/rewards/302/issue", content=b"null")
    assert merchant.ok("PUT", f"/v4/merchant_admin/vouchers/{voucher['id']}/redeem")["state"] == "redeemed"
    assert merchant.ok("GET", "/v4/rewards/302")["id"] == 302
    assert merchant.ok("GET", "/v4/merchant_admin/loyalty")[0]["points_balance"] == 2380
    sold = merchant.ok("POST", "/v4/merchant_admin/transactions", json={"transaction_data": {"amount": 3}})
    assert sold["merchant_user_account_id"] == 81
    nobody = shop.merchant("nobody")
    assert nobody.refused("GET", "/v4/merchant_admin/loyalty")[:2] == (404, 1)
