"""Campaigns, stamp cards, the punch that mints a voucher, and app triggers."""

from __future__ import annotations

import json

from pos_app.sandbox import rules, schema, vouchers, wire
from pos_app.sandbox.operation import Answer, Call, Operation, Token
from pos_app.sandbox.refusals import bad_transition, forbidden, no_record, refuse
from pos_app.sandbox.world import Row, World

USER: tuple[Token, ...] = ("user",)


def list_campaigns(call: Call) -> Answer:
    """List campaigns; the meta counts the rows of this page only."""
    wanted = call.query.get("campaign_type")
    rows = [row for row in _campaigns(call) if not wanted or row["campaign_type"] == wanted]
    ids = call.query.get("ids")
    if ids:
        rows = [row for row in rows if str(row["id"]) in ids.split("|")]
    page, size = wire.page_numbers(call.query, 25)
    shown = [{key: row[key] for key in row if key not in ("state", "rewards")} for row in wire.cut(rows, page, size)]
    meta = {
        "count": len(shown),
        "page": page,
        "total_pages": -(-len(rows) // size),
        "sort_by": "id",
        "order_by": "desc",
    }
    return Answer({"data": shown, "meta": meta})


def _campaigns(call: Call) -> list[Row]:
    return [_written(call, row) for row in call.world.rows("SELECT * FROM campaigns ORDER BY id DESC")]


def _written(call: Call, row: Row) -> Row:
    body: Row = json.loads(row["body"])
    cards = call.world.rows(
        "SELECT id FROM cards WHERE campaign_id = ? AND customer_id = ? ORDER BY id", row["id"], call.customer["id"]
    )
    results = {"count": len(cards), "first_result_id": cards[0]["id"] if cards else None}
    body["campaign_config"] = body["campaign_config"] | {"campaign_results": results}
    return body | {"id": row["id"], "enrolled": _is_enrolled(call, row["id"])}


def _is_enrolled(call: Call, campaign_id: int) -> bool:
    query = "SELECT id FROM enrolments WHERE campaign_id = ? AND customer_id = ?"
    return call.world.row(query, campaign_id, call.customer["id"]) is not None


def get_campaign(call: Call) -> Answer:
    """Fetch one campaign, with its state and rewards."""
    return Answer({"data": _written(call, call.record("campaigns")), "meta": {"count": 1}})


def enrol(call: Call) -> Answer:
    """Enrol the customer; doing it twice changes nothing."""
    campaign = _written(call, call.record("campaigns"))
    if campaign["state"] != "active":
        raise refuse(41, "Campaign is not active. Could not enrol", 422)
    if not campaign["enrolled"]:
        call.world.insert("enrolments", campaign_id=campaign["id"], customer_id=call.customer["id"])
    return Answer({"data": campaign | {"enrolled": True}})


def _stamp_campaign(call: Call) -> Row:
    campaign = _written(call, call.record("campaigns"))
    if campaign["campaign_type"] != "stamp":
        raise refuse(40, "Invalid Campaign Type.")
    if not campaign["enrolled"]:
        raise refuse(40, "User is not enrolled to the campaign")
    return campaign


def list_cards(call: Call) -> Answer:
    """List the customer's cards of a campaign; empty until the first one exists."""
    campaign = _stamp_campaign(call)
    rows = call.world.rows(
        "SELECT * FROM cards WHERE campaign_id = ? AND customer_id = ? ORDER BY card_number",
        campaign["id"],
        call.customer["id"],
    )
    return Answer(wire.page_of(rows, call.query, lambda row: _card(call.world, row, campaign)))


def current_card(call: Call) -> Answer:
    """Fetch the card with unpunched stamps or room, starting it if need be."""
    campaign = _stamp_campaign(call)
    card = call.world.row(
        "SELECT * FROM cards WHERE campaign_id = ? AND customer_id = ? AND state = 'active' ORDER BY card_number",
        campaign["id"],
        call.customer["id"],
    )
    slots = campaign["campaign_config"]["total_slots"]
    card = card or rules.current_card(call.world, campaign["id"], call.customer["id"], slots)
    return Answer({"data": _card(call.world, card, campaign)})


def list_stamps(call: Call) -> Answer:
    """List the customer's stamps of a campaign, newest first."""
    campaign = _stamp_campaign(call)
    rows = call.world.rows(
        "SELECT * FROM stamps WHERE campaign_id = ? AND customer_id = ? ORDER BY id DESC",
        campaign["id"],
        call.customer["id"],
    )
    return Answer(wire.page_of(rows, call.query, lambda row: _stamp(call.world, row)))


def punch(call: Call) -> Answer:
    """Punch an issued stamp; this, not the earning, mints what its slot pays."""
    stamp = call.record("stamps")
    if stamp["customer_id"] != call.customer["id"]:
        raise forbidden()
    return Answer({"data": _stamp(call.world, _punch(call, stamp))})


def punch_all(call: Call) -> Answer:
    """Punch every issued stamp of a card, oldest first."""
    card = call.record("cards")
    if card["customer_id"] != call.customer["id"]:
        raise forbidden()
    waiting = call.world.rows("SELECT * FROM stamps WHERE card_id = ? AND state = 'issued' ORDER BY slot", card["id"])
    if not waiting:
        raise bad_transition(card["state"], "redeemed")
    for stamp in waiting:
        _punch(call, stamp)
    campaign = call.world.get("campaigns", card["campaign_id"])
    if campaign is None:
        raise no_record()
    return Answer({"data": _card(call.world, call.record("cards"), _written(call, campaign))})


def _punch(call: Call, stamp: Row) -> Row:
    """Turn an issued stamp into a redeemed one.

    Source: perx-api 13.2 (voucher minted by the punch), B*; a second punch is refused as a transition, C.
    """
    world = call.world
    if stamp["state"] != "issued":
        raise bad_transition(stamp["state"], "redeemed")
    campaign = world.get("campaigns", stamp["campaign_id"])
    if campaign is None:
        raise no_record()
    config: Row = json.loads(campaign["body"])["campaign_config"]
    vouchers_won: list[int] = []
    outcomes: list[Row] = []
    for prize in config["rewards"]:
        if prize["stamp_number"] == stamp["slot"]:
            _pay_prize(call, stamp, prize, vouchers_won, outcomes)
    now = world.now_text()
    world.update("stamps", stamp["id"], state="redeemed", updated_at=now, voucher_ids=vouchers_won, outcomes=outcomes)
    punched = world.rows("SELECT id FROM stamps WHERE card_id = ? AND state = 'redeemed'", stamp["card_id"])
    if len(punched) >= config["total_slots"]:
        world.update("cards", stamp["card_id"], state="completed")
    return world.get("stamps", stamp["id"]) or stamp


def _pay_prize(call: Call, stamp: Row, prize: Row, vouchers_won: list[int], outcomes: list[Row]) -> None:
    actual: tuple[str, int] | None = None
    if prize["modularizable_type"] == "Reward::Campaign":
        voucher = vouchers.grant(call.world, call.customer, prize["modularizable_id"], "stamp")
        if voucher:
            vouchers_won.append(voucher["id"])
            actual = ("Reward::Transaction", voucher["id"])
    else:
        detail = {"type": "StampTransaction", "data": {"id": stamp["id"], "stamp_card_id": stamp["card_id"]}}
        row = rules.move_points(
            call.world,
            call.customer["id"],
            prize["points_count"],
            name="Stamp card",
            at=call.world.now_text(),
            detail=detail,
        )
        actual = ("StoredValue::Transaction", row["id"])
    if actual:
        outcomes.append(
            {
                "id": stamp["id"],
                "campaign_prize_type": prize["modularizable_type"],
                "campaign_prize_id": prize["modularizable_id"],
                "actual_outcome_type": actual[0],
                "actual_outcome_id": actual[1],
                "state": "issued",
            }
        )


def _card(world: World, row: Row, campaign: Row) -> Row:
    """Write a card: `stamps` holds only what was earned.

    Source: perx-api 13.1 and 13.2, B*.
    """
    stamps = world.rows("SELECT * FROM stamps WHERE card_id = ? ORDER BY slot", row["id"])
    config = campaign["campaign_config"]
    return {
        "id": row["id"],
        "user_account_id": row["customer_id"],
        "team_id": None,
        "campaign_id": row["campaign_id"],
        "card_number": row["card_number"],
        "state": row["state"],
        "campaign_config": {"total_slots": config["total_slots"], "rewards": config["rewards"]},
        "display_properties": campaign["display_properties"],
        "stamps": [_stamp(world, stamp) for stamp in stamps],
    }


def _stamp(world: World, row: Row) -> Row:
    """Write a stamp: issued = earned, redeemed = punched.

    Source: perx-api 13.1 and 13.2, B*.
    """
    rows = [world.get("vouchers", voucher_id) for voucher_id in json.loads(row["voucher_ids"])]
    return {
        "id": row["id"],
        "user_account_id": row["customer_id"],
        "stamp_card_id": row["card_id"],
        "campaign_id": row["campaign_id"],
        "state": row["state"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "vouchers": [wire.voucher(world, voucher) for voucher in rows if voucher],
        "outcomes": json.loads(row["outcomes"]),
    }


def fire_trigger(call: Call) -> Answer:
    """Say that the customer did something; nothing comes back, and past the cap nothing happens."""
    trigger = call.world.row(
        "SELECT * FROM triggers WHERE slug = ? OR CAST(id AS TEXT) = ?", call.path["id"], call.path["id"]
    )
    if trigger is None:
        raise refuse(45, "The record requested does not exist")
    fired = call.world.rows(
        "SELECT id FROM trigger_calls WHERE trigger_id = ? AND customer_id = ? AND voucher_id IS NOT NULL",
        trigger["id"],
        call.customer["id"],
    )
    voucher = None
    if len(fired) < trigger["per_customer"]:
        voucher = vouchers.grant(call.world, call.customer, trigger["reward_id"], "rule")
    call.world.insert(
        "trigger_calls",
        trigger_id=trigger["id"],
        customer_id=call.customer["id"],
        voucher_id=voucher["id"] if voucher else None,
        at=call.world.now_text(),
    )
    return Answer()


_LIST = schema.data(
    schema.items(schema.CAMPAIGN),
    count=schema.WHOLE,
    page=schema.WHOLE,
    total_pages=schema.WHOLE,
    sort_by=schema.TEXT,
    order_by=schema.TEXT,
)
_CAMPAIGN, _CARD, _STAMP = (schema.data(part) for part in (schema.CAMPAIGN, schema.CARD, schema.STAMP))
_PATH, _PAGING = "/v4/campaigns/{id}", ("page", "size")
OPERATIONS = (
    Operation(
        "GET",
        "/v4/campaigns",
        list_campaigns,
        _LIST,
        "12 and 12.2, A-live",
        USER,
        query=(*_PAGING, "campaign_type", "ids"),
    ),
    Operation("GET", _PATH, get_campaign, _CAMPAIGN, "12, A-live", USER),
    Operation("POST", _PATH + "/enrol", enrol, _CAMPAIGN, "12, B*; enrolling twice is C", USER),
    Operation(
        "GET", _PATH + "/stamp_cards", list_cards, schema.page_of(schema.CARD), "13.1, A-nock", USER, query=_PAGING
    ),
    Operation("GET", _PATH + "/stamp_cards/current", current_card, _CARD, "13.1, A-nock; that it creates is C", USER),
    Operation(
        "GET", _PATH + "/stamp_transactions", list_stamps, schema.page_of(schema.STAMP), "13.1, B*", USER, query=_PAGING
    ),
    Operation("PUT", "/v4/stamp_transactions/{id}", punch, _STAMP, "13.1, A-nock; second punch C", USER),
    Operation("POST", "/v4/stamp_cards/{id}/redeem_all_stamps", punch_all, _CARD, "13.1, B*", USER),
    Operation(
        "PUT",
        "/v4/app_triggers/{id}",
        fire_trigger,
        None,
        "16, A-live (resolves, message), A-nock (shape)",
        USER,
        body=schema.BAG,
    ),
)
