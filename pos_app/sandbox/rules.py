"""What Perx does by itself, later: the rules that turn sales into points and stamps, and everything that lapses."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from pos_app.sandbox.world import CURRENCY, PROGRAM_ID, Row, World, wire_time

GOLD_BONUS_PERCENT = 25
BASE_RULE = (9001, "1 point per 1.00")
GOLD_RULE = (9002, "Gold bonus 25 %")
TIERS = (("Member", 0), ("Silver", 500), ("Gold", 2000), ("Platinum", 10_000))


def record_sale(world: World, customer: Row, **columns: Any) -> Row:
    """Write a sale down as pending; its points come when the rules have run.

    Source: perx-api 6.1 (asynchronous), C strong; a sale inside an invoice runs the rules too: assumed, C.
    """
    now = world.now_text()
    return world.insert(
        "sales",
        customer_id=customer["id"],
        state="pending",
        created_at=now,
        updated_at=now,
        process_at=world.now_text(world.switches["rule_delay_s"]),
        **columns,
    )


def settle(world: World) -> None:
    """Catch up with the clock: run the rules of sales that are due and let lapse what has lapsed.

    Every request begins with it, so what is due is visible to everybody, also after a restart. A reservation may end
    before the time that it tells: perx-api 24 point 5, a switch.
    """
    now = world.now_text()
    early_s = world.switches["reservation_lapses_s"]
    early = "" if early_s is None else world.now_text(-early_s)
    for sale in world.rows("SELECT * FROM sales WHERE state = 'pending' AND process_at <= ? ORDER BY id", now):
        _run_rules(world, sale)
    for voucher in world.rows(
        "SELECT * FROM vouchers WHERE (state = 'issued' AND valid_to <= ?)"
        " OR (state = 'reserved' AND (reserved_until <= ? OR issued_at <= ?))"
        " OR (state = 'redemption_in_progress' AND hold_until <= ?)",
        now,
        now,
        early,
        now,
    ):
        lapsed = {"issued": "expired", "reserved": "released", "redemption_in_progress": "issued"}[voucher["state"]]
        world.update("vouchers", voucher["id"], state=lapsed, hold_until=None)
    for hold in world.rows("SELECT id FROM points_moves WHERE state = 'held' AND hold_until <= ?", now):
        world.update("points_moves", hold["id"], state="lapsed")


def move_points(world: World, customer_id: int, points: int, *, name: str, at: str, **columns: Any) -> Row:
    """Change a balance and write the history row of it."""
    customer = world.get("customers", customer_id)
    assert customer is not None  # noqa: S101  customers are never deleted
    balance = customer["points"] + points
    world.update("customers", customer_id, points=balance)
    columns = {"properties": {}, "currency": CURRENCY, "amount": "0.0"} | columns
    return world.insert(
        "history", customer_id=customer_id, points=points, balance=balance, name=name, transacted_at=at, **columns
    )


def hold_until(world: World) -> str | None:
    """Tell when a hold made now lapses: never, unless the world's switch says otherwise.

    Source: perx-api 21 ("still no expiry evidence"); the switch is ours.
    """
    minutes = world.switches["hold_minutes"]
    return None if minutes is None else wire_time(world.now() + timedelta(minutes=minutes))


def _run_rules(world: World, sale: Row) -> None:
    """Give the points and stamps of one sale: 1 per whole unit, plus 25 % for Gold, as two rules adding up.

    Source: perx-api 6.1 (several rules add up), A-live; the rules themselves are the demo tenant's.
    """
    customer = world.get("customers", sale["customer_id"])
    assert customer is not None  # noqa: S101  customers are never deleted
    at = sale["process_at"]
    base = int(Decimal(sale["amount"]).to_integral_value(ROUND_DOWN))
    awards = [(BASE_RULE, base)]
    if base > 0 and customer["tier"] in ("Gold", "Platinum"):
        awards.append((GOLD_RULE, base * GOLD_BONUS_PERCENT // 100))
    world.update(
        "sales",
        sale["id"],
        state="processed",
        processed_at=at,
        updated_at=at,
        points_earned=sum(points for _, points in awards),
    )
    detail = {"type": "Transaction", "sale_id": sale["id"]}
    for (rule_id, rule_name), points in awards:
        columns: dict[str, Any] = {
            "rule_id": rule_id,
            "rule_name": rule_name,
            "sale_id": sale["id"],
            "detail": detail,
            "reference": sale["reference"],
            "amount": str(Decimal(sale["amount"])),
            "currency": sale["currency"] or CURRENCY,
            "name": rule_name,
            "at": at,
        }
        if points < 0 and customer["points"] + points < 0:
            _note_failure(world, customer, sale, points, columns)
        elif points:
            move_points(world, customer["id"], points, **columns)
    if base > 0:
        _give_stamps(world, customer, sale, at)


def _note_failure(world: World, customer: Row, sale: Row, points: int, columns: dict[str, Any]) -> None:
    """Write the history row of a rule that failed: it looks like a success, and its reason lies in the properties.

    Source: perx-api 6.1 (late and quiet failure), 24 point 6 (error_params full of personal data), A-live.
    """
    known = ("id", "identifier", "phone", "email", "birthday", "first_name", "last_name", "personal_properties")
    failure = {
        "error_message": "You do not have enough points to redeem",
        "error_params": {
            "user_account": "#<User::Account " + ", ".join(f"{key}: {customer[key]!r}" for key in known) + ">",
            "rule": "#<TransactionRule event_name: 'transactions_created', action_name: 'issue_points'>",
            "transaction": f"#<Transaction id: {sale['id']}, state: 'pending', processed_at: nil>",
        },
    }
    at = columns.pop("at")
    world.insert(
        "history",
        customer_id=customer["id"],
        points=points,
        balance=customer["points"],
        transacted_at=at,
        properties=failure,
        **columns,
    )


def _give_stamps(world: World, customer: Row, sale: Row, at: str) -> None:
    """Put one stamp on the card of every stamp campaign whose minimum this sale reaches.

    Source: perx-api 13.3 (stamps are a result of rules), C strong.
    """
    for campaign in world.rows(
        "SELECT c.* FROM campaigns c JOIN enrolments e ON e.campaign_id = c.id WHERE e.customer_id = ?", customer["id"]
    ):
        body = json.loads(campaign["body"])
        least = body["custom_fields"].get("min_spend")
        if body["campaign_type"] != "stamp" or not least or Decimal(sale["amount"]) < Decimal(least):
            continue
        card = current_card(world, campaign["id"], customer["id"], body["campaign_config"]["total_slots"])
        filled = world.rows("SELECT id FROM stamps WHERE card_id = ?", card["id"])
        world.insert(
            "stamps",
            card_id=card["id"],
            campaign_id=campaign["id"],
            customer_id=customer["id"],
            slot=len(filled) + 1,
            state="issued",
            created_at=at,
            updated_at=at,
            sale_id=sale["id"],
        )


def current_card(world: World, campaign_id: int, customer_id: int, total_slots: int) -> Row:
    """Find the card that takes the next stamp, or start it.

    Source: perx-api 13.2 (several cards, spare stamps wait for the next), B*; that it is created here is C.
    """
    card = world.row(
        "SELECT * FROM cards WHERE campaign_id = ? AND customer_id = ? ORDER BY card_number DESC",
        campaign_id,
        customer_id,
    )
    number = card["card_number"] if card else 0
    if card and len(world.rows("SELECT id FROM stamps WHERE card_id = ?", card["id"])) < total_slots:
        return card
    return world.insert(
        "cards", campaign_id=campaign_id, customer_id=customer_id, card_number=number + 1, state="active"
    )


def program_tiers(customer: Row) -> list[dict[str, Any]]:
    """List the tiers of the program as this customer stands to them.

    Source: perx-api 5 (tiers), B*.
    """
    order = [name for name, _ in TIERS]
    rank = order.index(customer["tier"])
    return [
        {
            "id": PROGRAM_ID * 10 + number,
            "name": name,
            "attained": number <= rank,
            "points_requirement": needed,
            "points_difference": max(0, needed - customer["points"]),
        }
        for number, (name, needed) in enumerate(TIERS)
    ]
