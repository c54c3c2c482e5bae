"""The control calls, which exist only in the sandbox: the ledger, the switches, the faults and the reset."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pos_app.sandbox import rules, seed, wire
from pos_app.sandbox.faults import CONTROL_PREFIX, Faults
from pos_app.sandbox.operation import json_response
from pos_app.sandbox.refusals import Refusal, invalid
from pos_app.sandbox.tampering import tamper
from pos_app.sandbox.world import Row, World

PLAIN = {
    "sales": "id, customer_id, transaction_type, reference, amount, currency, transaction_date, properties, state,"
    " process_at, processed_at, created_at, points_earned, merchant_user_id, merchant_identifier, invoice_id",
    "points_moves": "id, customer_id, kind, state, points, reference, properties, created_at, hold_until, invoice_id",
    "history": "id, customer_id, points, balance, name, rule_id, sale_id, reference, transacted_at, properties",
    "vouchers": "id, reward_id, customer_id, state, voucher_code, redemptions, holds, reverts, hold_until,"
    " redeemed_at, source",
    "stamps": "id, card_id, campaign_id, customer_id, slot, state, sale_id",
    "trigger_calls": "id, trigger_id, customer_id, voucher_id, at",
    "requests": "id, at, method, path, status, fault, customer",
}


def ledger(world: World) -> Row:
    """Tell everything that a checker needs to know about what the server did."""
    held = {name: _rows(world, name) for name in PLAIN}
    customers = world.rows(
        "SELECT id, identifier, state, tier, points, first_name, phone, personal_properties FROM customers ORDER BY id"
    )
    for row in customers:
        row["personal_properties"] = json.loads(row["personal_properties"] or "{}")
    invoices = world.rows("SELECT id, customer_id, identifier, collected_amount, created_at FROM invoices ORDER BY id")
    names = {row["id"]: row["identifier"] for row in customers}
    for rows in [*held.values(), invoices]:
        for row in rows:
            if "customer_id" in row:
                row["customer_identifier"] = names.get(row["customer_id"])
    moves = held.pop("points_moves")
    return {
        "customers": [row | {"held_points": wire.held_points(world, row["id"])} for row in customers],
        "transactions": held.pop("sales"),
        "loyalty_transactions": [row for row in moves if row["kind"] != "hold"],
        "holds": [row for row in moves if row["kind"] == "hold"],
        "invoices": [
            row | {"invoice_items": wire.invoice(world, row | {"description": None})["invoice_items"]}
            for row in invoices
        ],
        "switches": world.switches,
        "now": world.now_text(),
    } | held


def _rows(world: World, table: str) -> list[Row]:
    rows = world.rows(f"SELECT {PLAIN[table]} FROM {table} ORDER BY id")  # noqa: S608  our own names
    for row in rows:
        if isinstance(row.get("properties"), str):
            row["properties"] = json.loads(row["properties"])
    return rows


def routes(world: World, faults: Faults, planted: str) -> list[Route]:
    """Build the control routes over one world."""

    def show_ledger(_: Any) -> Row:
        with world.transaction():
            rules.settle(world)
            return ledger(world)

    def reset(body: Any) -> Row:
        wanted = body.get("seed", planted) if isinstance(body, dict) else planted
        if wanted not in seed.SEEDS:
            raise invalid("seed")
        faults.clear()
        seed.plant(world, wanted)
        return {"seed": wanted}

    def switch(body: Any) -> Row:
        if not isinstance(body, dict):
            raise invalid("settings")
        with world.transaction():
            world.switch(body)
        return world.switches

    def revoke(body: Any) -> Row:
        kind = body.get("kind") if isinstance(body, dict) else None
        return {"revoked": world.delete("tokens", "? IS NULL OR kind = ?", kind, kind)}

    def change_behind_backs(body: Any) -> Row:
        with world.transaction():
            return tamper(world, body)

    def add_faults(body: Any) -> Row:
        faults.add(body)
        return show_faults(None)

    def show_faults(_: Any) -> Row:
        return {"faults": [vars(rule) for rule in faults.rules], "late": len(faults.late)}

    def clear_faults(_: Any) -> Row:
        faults.clear()
        return show_faults(None)

    def describe(_: Any, base_url: str = "") -> Row:
        return seed.describe(world, base_url)

    table: list[tuple[str, str, Callable[[Any], Row]]] = [
        ("GET", "/ledger", show_ledger),
        ("POST", "/reset", reset),
        ("GET", "/settings", lambda _: world.switches),
        ("POST", "/settings", switch),
        ("POST", "/tokens/revoke", revoke),
        ("POST", "/tamper", change_behind_backs),
        ("GET", "/faults", show_faults),
        ("POST", "/faults", add_faults),
        ("DELETE", "/faults", clear_faults),
        ("GET", "/world", describe),
    ]
    return [Route(CONTROL_PREFIX + path, _endpoint(act), methods=[method]) for method, path, act in table]


def _endpoint(act: Callable[[Any], Row]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            return json_response(act(json.loads(raw) if raw.strip() else None))
        except ValueError:
            return json_response(invalid("body").body, 400)
        except Refusal as refusal:
            return json_response(refusal.body, refusal.status)

    return endpoint
