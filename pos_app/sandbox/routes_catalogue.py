"""What can be had and where: rewards, search, categories, catalogues, merchants with outlets, tenant settings."""

from __future__ import annotations

import json
from typing import Any

from pos_app.sandbox import schema, vouchers, wire
from pos_app.sandbox.operation import Answer, Call, Operation, Token, to_id
from pos_app.sandbox.refusals import no_record, refuse
from pos_app.sandbox.routes_customer import split_words
from pos_app.sandbox.world import Row

USER: tuple[Token, ...] = ("user",)
INDICES = ("category_ids_index", "filter_for_brands", "filter_for_catalogs", "filter_for_merchants", "tag_ids_index")


def list_rewards(call: Call) -> Answer:
    """List rewards through filters; presence in the list proves nothing about stock."""
    rows = [
        wire.reward(call.world, row, call.customer)
        for row in call.world.rows("SELECT * FROM rewards WHERE is_system = 0")
    ]
    rows = [row for row in rows if row["state"] == "active" and _passes(call, row)]
    key = {"name": "name", "begins_at": "valid_from", "ends_at": "valid_to", "state": "state"}.get(
        call.query.get("sort_by", "id"), "id"
    )
    falling = (call.query.get("order") or call.query.get("order_by") or "asc").lower() == "desc"
    rows.sort(key=lambda row: (row[key] is None, row[key] or 0 if key == "id" else row[key] or ""), reverse=falling)
    page = wire.page_of(rows, call.query, lambda row: row)
    page["meta"] |= {"lat": None, "lng": None, "radius": None} | {name: [] for name in INDICES}
    return Answer(page)


def _passes(call: Call, row: Row) -> bool:
    """Apply the filters of the catalogue.

    Source: perx-api 17.1 (category names by prefix, one value for filter_for_*), A-live (tag_ids, one brand), rest B*.
    """
    query = call.query
    by_id = {"category_ids": "category_tags", "tag_ids": "tags"}
    wanted_ids = [
        (set(split_words(query.get(name))), {str(tag["id"]) for tag in row[field]}) for name, field in by_id.items()
    ]
    names = {tag["name"] for tag in row["tags"]}
    prefix = query.get("categories", "")
    single = {
        "filter_for_merchants": [str(row["merchant_id"])],
        "filter_for_brands": [str(b["id"]) for b in row["brands"]],
        "filter_for_catalogs": [str(c["id"]) for c in row["catalogs"]],
    }
    points = min((price["points"] or 0 for price in row["reward_price"] if price.get("id")), default=0)
    return (
        all(not wanted or wanted & have for wanted, have in wanted_ids)
        and (not query.get("tags") or bool(names & set(split_words(query["tags"]))))
        and (not prefix or any(tag["title"].startswith(prefix) for tag in row["category_tags"]))
        and all(not query.get(name) or query[name] in have for name, have in single.items())
        and (query.get("filter_by_points_balance") != "true" or points <= call.customer["points"])
        and (query.get("favorite") != "true" or row["favourite"])
    )


def _reward(call: Call) -> Row:
    return wire.reward(call.world, call.record("rewards"), call.customer)


def get_reward(call: Call) -> Answer:
    """Fetch one reward as this customer sees it."""
    return Answer({"data": _reward(call)})


def reward_prices(call: Call) -> Answer:
    """List what a reward costs."""
    row = _reward(call)
    return Answer(
        {"data": [price | {"reward_campaign_id": row["id"]} for price in row["reward_price"] if price.get("id")]}
    )


def reward_locations(call: Call) -> Answer:
    """List where a reward can be used."""
    return Answer(wire.page_of(_reward(call)["locations"], call.query, lambda row: row))


def issue_reward(call: Call) -> Answer:
    """Claim a reward: its points leave, a voucher comes."""
    row = vouchers.claim(call.world, call.customer, to_id(call.path["id"]), call.query)
    return Answer({"data": wire.voucher(call.world, row)})


def reserve_reward(call: Call) -> Answer:
    """Hold a reward for a while; asking again answers the same hold."""
    row = vouchers.reserve(call.world, call.customer, to_id(call.path["id"]), call.query)
    return Answer({"data": wire.reservation(row)})


def search(call: Call) -> Answer:
    """Search rewards by words."""
    text = call.query.get("search_string", "").casefold()
    rows = [
        wire.reward(call.world, row, call.customer)
        for row in call.world.rows("SELECT * FROM rewards WHERE is_system = 0")
    ]
    found = [
        {"reward": row, "score": 1.0, "document_type": "reward"}
        for row in rows
        if text and text in row["name"].casefold()
    ]
    page = wire.page_of(found, call.query, lambda row: row)
    return Answer(page | {"data": {"rewards": page["data"]}})


def _things(call: Call, kind: str) -> list[Row]:
    rows = call.world.rows("SELECT id, body FROM catalogue WHERE kind = ? ORDER BY id", kind)
    return [json.loads(row["body"]) | {"id": row["id"]} for row in rows]


def _thing(call: Call, kind: str) -> Row:
    wanted = call.path_id()
    found = next((row for row in _things(call, kind) if row["id"] == wanted), None)
    if found is None:
        raise no_record()
    return found


def list_categories(call: Call) -> Answer:
    """List categories, or the children of one."""
    parent = call.query.get("parent_id")
    rows = [row for row in _things(call, "category") if not parent or str((row["parent"] or {}).get("id")) == parent]
    return Answer(wire.page_of(rows, call.query, lambda row: row))


def list_catalogs(call: Call) -> Answer:
    """List catalogues."""
    rows = [_catalog(call, row) for row in _things(call, "catalog")]
    return Answer(wire.page_of(rows, call.query, lambda row: row))


def get_catalog(call: Call) -> Answer:
    """Fetch one catalogue with its rewards."""
    row = _catalog(call, _thing(call, "catalog"))
    return Answer({"data": row | {"rewards": _catalog_rewards(call, row["id"])}})


def catalog_items(call: Call) -> Answer:
    """List the rewards of a catalogue as items."""
    rows = _catalog_rewards(call, _thing(call, "catalog")["id"])
    return Answer(
        wire.page_of(rows, call.query, lambda row: row | {"item_id": row["id"], "item_type": "Reward::Campaign"})
    )


def _catalog_rewards(call: Call, catalog_id: int) -> list[Row]:
    rows = [
        wire.reward(call.world, row, call.customer)
        for row in call.world.rows("SELECT * FROM rewards WHERE is_system = 0")
    ]
    return [row for row in rows if any(catalog["id"] == catalog_id for catalog in row["catalogs"])]


def _catalog(call: Call, row: Row) -> Row:
    return row | {"catalog_results": {"count": len(_catalog_rewards(call, row["id"]))}}


def list_merchants(call: Call) -> Answer:
    """List merchants, without their outlets."""
    rows = [merchant(row) for row in call.world.rows("SELECT * FROM merchants ORDER BY id")]
    if call.query.get("favorite") == "true":
        rows = [row for row in rows if row["is_favorite"]]
    return Answer(wire.page_of(rows, call.query, lambda row: {key: row[key] for key in row if key != "outlets"}))


def get_merchant(call: Call) -> Answer:
    """Fetch one merchant; `page` pages its outlets."""
    row = merchant(call.record("merchants"))
    page, _ = wire.page_numbers(call.query, 25)
    return Answer({"data": row | {"outlets": wire.cut(row["outlets"], page, 25)}})


def merchant(row: Row) -> Row:
    """Write a merchant with its outlets.

    Source: perx-api 18 (outlet_id is the location id), A-live (row), B* (outlets).
    """
    body: Row = json.loads(row["body"])
    return body | {"id": row["id"]}


def get_setting(call: Call) -> Answer:
    """Fetch a setting of the tenant."""
    row = call.world.row("SELECT * FROM keyed_settings WHERE key = ?", call.path["key"])
    if row is None:
        raise no_record()
    value: Any = json.loads(row["json_value"]) if row["json_value"] else None
    return Answer(
        {"data": {"id": row["id"], "key": row["key"], "string_value": row["string_value"], "json_value": value}}
    )


def gatekeep(call: Call) -> Answer:
    """Ask the waiting room."""
    if call.world.switches["gate"]:
        raise refuse(429, "Too many people, please wait", 429)
    return Answer({"message": "go ahead"})


_VOUCHER, _PAGING = schema.data(schema.VOUCHER), ("page", "size")
_FILTERS = (
    "tags",
    "categories",
    "category_ids",
    "tag_ids",
    "favorite",
    "filter_by_points_balance",
    "filter_for_merchants",
    "filter_for_brands",
    "filter_for_catalogs",
    "sort_by",
    "order",
    "order_by",
)
_FOUND = schema.data(schema.shape(rewards=schema.items(schema.shape(reward=schema.REWARD, score=schema.NUMBER))))
_REWARD = "/v4/rewards/{id}"
OPERATIONS = (
    Operation(
        "GET",
        "/v4/rewards",
        list_rewards,
        schema.page_of(schema.REWARD),
        "17.1, A-live and B*",
        USER,
        query=(*_PAGING, *_FILTERS),
    ),
    Operation(
        "GET", _REWARD, get_reward, schema.data(schema.REWARD), "17.1, A-nock; merchant token B*", ("user", "merchant")
    ),
    Operation("GET", _REWARD + "/prices", reward_prices, schema.data(schema.items(schema.PRICE)), "17.1, B*", USER),
    Operation(
        "GET",
        _REWARD + "/locations",
        reward_locations,
        schema.page_of(schema.LOCATION),
        "17.1, B*",
        USER,
        query=_PAGING,
    ),
    Operation(
        "POST",
        _REWARD + "/issue",
        issue_reward,
        _VOUCHER,
        "17.4, A-live; price_id and location_id are C",
        USER,
        query=("price_id", "location_id", "source_type"),
        body=schema.BAG,
    ),
    Operation(
        "POST",
        _REWARD + "/reserve",
        reserve_reward,
        schema.data(schema.RESERVATION),
        "4, A-live fixture",
        USER,
        query=("timeout", "price_id", "location_id", "source_type"),
        body=schema.BAG,
    ),
    Operation("GET", "/v4/search", search, _FOUND, "17.1, A-live and B*", USER, query=(*_PAGING, "search_string")),
    Operation(
        "GET",
        "/v4/categories",
        list_categories,
        schema.page_of(schema.CATEGORY),
        "18, A-live",
        USER,
        query=(*_PAGING, "parent_id"),
    ),
    Operation("GET", "/v4/catalogs", list_catalogs, schema.page_of(schema.CATALOG), "17.1, B*", USER, query=_PAGING),
    Operation("GET", "/v4/catalogs/{id}", get_catalog, schema.data(schema.CATALOG), "17.1, B*", USER),
    Operation(
        "GET",
        "/v4/catalogs/{id}/items",
        catalog_items,
        schema.page_of(schema.shape(item_id=schema.WHOLE)),
        "17.1, B",
        USER,
        query=_PAGING,
    ),
    Operation(
        "GET",
        "/v4/merchants",
        list_merchants,
        schema.page_of(schema.MERCHANT),
        "18, A-live",
        USER,
        query=(*_PAGING, "favorite"),
    ),
    Operation(
        "GET", "/v4/merchants/{id}", get_merchant, schema.data(schema.MERCHANT_DETAIL), "18, B*", USER, query=("page",)
    ),
    Operation(
        "GET", "/v4/settings/{key}", get_setting, schema.data(schema.KEYED_SETTING), "18, B*", ("application", "user")
    ),
    Operation(
        "GET",
        "/v4/gatekeep_token",
        gatekeep,
        schema.MESSAGE,
        "21, B*; which token it needs is C",
        ("application", "user"),
    ),
)
