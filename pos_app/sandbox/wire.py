"""Rows of the world as Perx writes them, warts included: the shapes of the answers and of the pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from pos_app.sandbox import rules
from pos_app.sandbox.world import CURRENCY, PROGRAM_ID, TENANT, Row, World

PROGRAM_NAME = f"{TENANT} Rewards"
LARGEST_PAGE = 200


def profile(customer: Row) -> Row:
    """Write a customer.

    Source: perx-api 3 (fields), 20 (facts held twice), A-nock and A-live.
    """
    names = (
        "id",
        "identifier",
        "first_name",
        "middle_name",
        "last_name",
        "phone",
        "email",
        "birthday",
        "gender",
        "state",
        "joined_at",
    )
    return {name: customer[name] for name in names} | {
        "password_expires_at": None,
        "personal_properties": json.loads(customer["personal_properties"]),
        "properties": json.loads(customer["properties"]),
    }


def reward(world: World, row: Row, customer: Row | None = None) -> Row:
    """Write a reward as this customer sees it.

    Source: perx-api 4 and 17.2 (loyalty[].loyalty_id is a tier id; balances may be negative), A-live.
    """
    body: Row = json.loads(row["body"]) | {"id": row["id"]}
    inventory = body["inventory"]
    limit = inventory.get("reward_total_limit")
    inventory["reward_total_balance"] = None if limit is None else limit - row["claimed"]
    per_user = body.pop("limit_per_user", None)
    if customer is not None:
        attained = {tier["name"]: tier for tier in rules.program_tiers(customer)}
        for entry in body["loyalty"]:
            tier = attained[entry["loyalty_name"]]
            entry |= {"loyalty_id": tier["id"], "attained": tier["attained"]}
        left = None if per_user is None else max(0, per_user - claimed_by(world, row["id"], customer["id"]))
        inventory["reward_limit_per_user_balance"] = {
            "available_amount": left,
            "limit_type": None if left is None else "account_lifetime",
            "limit_error_klass": {"code": 4103, "message": "No rewards available for this account"}
            if left == 0
            else None,
        }
    return body


def claimed_by(world: World, reward_id: int, customer_id: int) -> int:
    """Count the vouchers of one reward that one customer has or had."""
    rows = world.rows(
        "SELECT id FROM vouchers WHERE reward_id = ? AND customer_id = ? AND state != 'released'",
        reward_id,
        customer_id,
    )
    return len(rows)


def voucher(world: World, row: Row) -> Row:
    """Write a voucher with its reward.

    Source: perx-api 4 (voucher fields, captured payload), A-live; reward.valid_to has no milliseconds, 1.2, A-live.
    """
    reward_row, customer = world.get("rewards", row["reward_id"]), world.get("customers", row["customer_id"])
    assert reward_row is not None  # noqa: S101  both are never deleted
    assert customer is not None  # noqa: S101
    full = reward(world, reward_row, customer)
    return reservation(row) | {
        "custom_fields": {
            "source": {"type": row["source"], "devise_user_id": None},
            "reward_price": json.loads(row["price"]),
        },
        "given_by": None,
        "given_date": None,
        "given_to": None,
        "issued_date": row["issued_at"],
        "merchant_location": None,
        "name": full["name"],
        "redemption_date": row["redeemed_at"],
        "redemption_location": None,
        "redemption_type": full["redemption_type"],
        "reservation_expires_at": row["hold_until"],
        "reward": full,
        "user_account": {"identifier": customer["identifier"]},
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "voucher_expires_at": row["valid_to"],
        "voucher_code": row["voucher_code"] if row["state"] != "reserved" else mask(row["voucher_code"]),
    }


def reservation(row: Row) -> Row:
    """Write a held reward; its code is masked until it is confirmed.

    Source: perx-api 4 (reserve; masked voucher_code), A-live fixture.
    """
    return {
        "id": row["id"],
        "voucher_code": mask(row["voucher_code"]),
        "voucher_key": row["voucher_key"],
        "voucher_type": "code",
        "state": row["state"],
        "custom_fields": {},
        "reserved_expires_at": row["reserved_until"],
    }


def mask(code: str | None) -> str | None:
    """Cover a code with asterisks."""
    return None if code is None else "*" * len(code)


def loyalty(world: World, customer: Row) -> Row:
    """Write the program as this customer stands in it; a hold moves only the in-progress figure.

    Source: perx-api 5 and 6.3, A-live for id, tier_points, points_balance, redemption_in_progress_points; rest B.
    """
    tiers = rules.program_tiers(customer)
    tier = next(tier for tier in tiers if tier["name"] == customer["tier"])
    expiring = json.loads(customer["expiring"])
    return {
        "id": PROGRAM_ID,
        "name": PROGRAM_NAME,
        "description": None,
        "begins_at": "2020-01-01T00:00:00.000Z",
        "ends_at": None,
        "current_membership_tier_id": tier["id"],
        "current_membership_tier_name": tier["name"],
        "membership_number": f"LO{customer['id']:06d}",
        "membership_state": customer["membership_state"],
        "membership_expiry": None,
        "points_balance": customer["points"],
        "redemption_in_progress_points": held_points(world, customer["id"]),
        "tier_points": customer["points"],
        "points_balances": [{"identifier": "points", "points": customer["points"]}],
        "points_balance_converted_to_currency": str(Decimal(customer["points"]) / 100),
        "points_currency": CURRENCY,
        "points_to_currency_rate": 0.01,
        "aging_points": expiring,
        "points_expiry": expiring[0] if expiring else {},
        "tiers": tiers,
        "images": [],
    }


def held_points(world: World, customer_id: int) -> int:
    """Add up the points that are held for a customer right now."""
    row = world.row(
        "SELECT -COALESCE(SUM(points), 0) AS n FROM points_moves WHERE state = 'held' AND customer_id = ?", customer_id
    )
    return int(row["n"]) if row else 0


def points_history(row: Row) -> Row:
    """Write one history row the short way.

    Source: perx-api 5 (points_history), B and B*.
    """
    return {
        "id": row["id"],
        "name": row["name"],
        "identifier": row["reference"],
        "points_date": row["transacted_at"],
        "points": row["points"],
        "points_balance": row["balance"],
        "points_balance_converted_to_currency": None,
        "properties": json.loads(row["properties"]),
    }


def history(world: World, row: Row) -> Row:
    """Write one history row the long way; `transacted_amount` is text.

    Source: perx-api 5 (transactions_history), 1.2 (string amount), 6.5 (null details for pure moves), A-live fixtures.
    """
    detail = json.loads(row["detail"]) if row["detail"] else None
    if detail and "sale_id" in detail:
        sale_row = world.get("sales", detail.pop("sale_id"))
        detail["data"] = sale(sale_row) if sale_row else {}
    return {
        "id": row["id"],
        "amount": row["points"],
        "identifier": None,
        "loyalty_id": PROGRAM_ID,
        "loyalty_name": PROGRAM_NAME,
        "name": row["name"],
        "properties": json.loads(row["properties"]),
        "rule_id": row["rule_id"],
        "rule_name": row["rule_name"],
        "transacted_amount": _decimal_text(row["amount"]),
        "transacted_at": row["transacted_at"],
        "transacted_cents": 0,
        "transacted_currency": row["currency"],
        "transaction_details": detail,
    }


def sale(row: Row) -> Row:
    """Write a sale; its points are not final while it is pending.

    Source: perx-api 6.1 (response model, async points), A-nock and C strong.
    """
    return {
        "id": row["id"],
        "user_account_id": row["customer_id"],
        "transaction_type": row["transaction_type"],
        "amount": float(Decimal(row["amount"])),
        "transaction_date": row["transaction_date"],
        "currency": row["currency"],
        "workflow_id": None,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "properties": json.loads(row["properties"]),
        "transaction_reference": row["reference"],
        "points_earned": row["points_earned"],
        "merchant_user_account_id": row["merchant_user_id"],
        "state": row["state"],
        "process_at": row["process_at"],
        "processed_at": row["processed_at"],
    }


def move(row: Row) -> Row:
    """Write a move or a hold of points; a hold is negative, and the reference is not echoed.

    Source: perx-api 6.2 and 6.3, A-live and B*.
    """
    return {
        "id": row["id"],
        "loyalty_program_id": PROGRAM_ID,
        "points": row["points"],
        "properties": json.loads(row["properties"]),
        "transacted_at": row["created_at"],
    }


def invoice(world: World, row: Row) -> Row:
    """Write an invoice: no points, one item per sale line and per used item.

    Source: perx-api 6.4 (count rule), A-live.
    """
    kept = world.rows("SELECT id, item_id, item_type FROM invoice_items WHERE invoice_id = ? ORDER BY id", row["id"])
    return {"id": row["id"], "description": row["description"], "invoice_items": kept}


def _decimal_text(amount: str) -> str:
    """Write 4600 as "4600.0" and 46.5 as "46.5"."""
    text = f"{Decimal(amount):f}"
    return text if "." in text else f"{text}.0"


def page_numbers(query: Mapping[str, str], default_size: int) -> tuple[int, int]:
    """Read `page` and `size`; nonsense falls back to the defaults, as Rails pagers do."""
    number = _digits(query.get("page"), 1)
    return max(1, number), min(LARGEST_PAGE, max(1, _digits(query.get("size"), default_size)))


def _digits(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default


def cut(rows: list[Row], page: int, size: int) -> list[Row]:
    """Take one page out of a list."""
    return rows[(page - 1) * size : page * size]


def page_of(rows: list[Row], query: Mapping[str, str], write: Callable[[Row], Row], default_size: int = 25) -> Row:
    """Write one page of an ordinary list with its meta.

    Source: perx-api 1.3 (second shape), A-live.
    """
    page, size = page_numbers(query, default_size)
    shown = [write(row) for row in cut(rows, page, size)]
    pages = -(-len(rows) // size)
    meta = {
        "count": len(rows),
        "size": len(shown),
        "page": page,
        "current_page": page,
        "per_page": size,
        "prev_page": page - 1 if page > 1 else None,
        "next_page": page + 1 if page < pages else None,
        "total_count": len(rows),
        "total_pages": pages,
    }
    return {"data": shown, "meta": meta}
