"""Making the world differ from what its clients did, so that whoever compares with it has something to find."""

from __future__ import annotations

from typing import Any

from pos_app.sandbox.operation import to_number, to_object, to_whole
from pos_app.sandbox.refusals import invalid, no_record
from pos_app.sandbox.world import Row, World

VOUCHER_STATES = ("issued", "redemption_in_progress", "redeemed", "expired")


def tamper(world: World, body: Any) -> Row:
    """Change one row behind everybody's back: `{"forget_sale": id}`, `{"sale": id, "amount": 1.5}` or
    `{"voucher": id, "state": "issued"}`.

    A sale that is forgotten leaves no points row either. Errors: Refusal.
    """
    asked = to_object(body, "body")
    if set(asked) == {"forget_sale"}:
        sale = _row(world, "sales", asked["forget_sale"])
        world.delete("history", "sale_id = ?", sale["id"])
        world.delete("sales", "id = ?", sale["id"])
        return {"forgotten": sale["id"]}
    if set(asked) == {"sale", "amount"}:
        sale = _row(world, "sales", asked["sale"])
        world.update("sales", sale["id"], amount=str(to_number(asked["amount"], "amount")))
        return {"changed": sale["id"]}
    if set(asked) == {"voucher", "state"} and asked["state"] in VOUCHER_STATES:
        voucher = _row(world, "vouchers", asked["voucher"])
        used_at = world.now_text() if asked["state"] == "redeemed" else None
        world.update("vouchers", voucher["id"], state=asked["state"], redeemed_at=used_at, hold_until=None)
        return {"changed": voucher["id"]}
    raise invalid("body")


def _row(world: World, table: str, row_id: Any) -> Row:
    row = world.get(table, to_whole(row_id, "id"))
    if row is None:
        raise no_record()
    return row
