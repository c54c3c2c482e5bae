"""Sales, exact points and invoices, as the application and the merchant doors both write them."""

from __future__ import annotations

import re
from typing import Any

from pos_app.sandbox import rules, vouchers, wire
from pos_app.sandbox.operation import to_id, to_number, to_object, to_text, to_whole
from pos_app.sandbox.refusals import bad_transition, inactive_user, invalid, no_record, not_enough_points, refuse
from pos_app.sandbox.world import CURRENCY, PROGRAM_ID, Row, World

LARGEST_MOVE = 10_000_000
MOST_LINES = 200


def find_customer(world: World, value: Any) -> Row:
    """Find the customer whom a body names by `id` or by `identifier`.

    Errors: Refusal 404 code 1.
    Source: perx-api 1.1 (user_account), A-live for id, A-nock and B* for identifier.
    """
    account = to_object(value, "user_account")
    number = to_id(account.get("id"))
    row = world.get("customers", number) if number else None
    if number is None and isinstance(account.get("identifier"), str):
        row = world.row("SELECT * FROM customers WHERE identifier = ?", account["identifier"])
    if row is None:
        raise refuse(1, "user-id was not found in our database", 404)
    return row


def record_sale(world: World, customer: Row, raw: Any, merchant_user: Row | None = None) -> Row:
    """Write down one sale for the rules.

    Source: perx-api 6.1, A-nock; that an inactive customer is refused is C (code 4220).
    """
    line = to_object(raw, "transaction_data")
    if not line:
        raise invalid("transaction_data")
    _check_active(customer)
    return rules.record_sale(
        world,
        customer,
        merchant_user_id=merchant_user["id"] if merchant_user else None,
        **_sale_columns(world, customer, line),
    )


def _sale_columns(world: World, customer: Row, line: Row, amount_key: str = "amount") -> Row:
    reference = to_text(line.get("transaction_reference"), "transaction_reference")
    _check_duplicate(world, "sales", customer, reference)
    return {
        "transaction_type": to_text(line.get("transaction_type"), "transaction_type") or "purchase",
        "reference": reference,
        "amount": str(to_number(line.get(amount_key), amount_key)),
        "currency": to_text(line.get("currency"), "currency", limit=10),
        "transaction_date": to_text(line.get("transaction_date"), "transaction_date", limit=40) or world.now_text(),
        "properties": to_object(line.get("properties"), "properties"),
        "merchant_identifier": to_text(line.get("merchant_identifier"), "merchant_identifier"),
    }


def move_points(world: World, customer: Row, body: Row) -> Row:
    """Give or take exactly so many points, at once.

    Source: perx-api 6.2 (201, both signs, balance moves at once), A-live; code 522 for no points, PERX-ERR.
    """
    if body.get("points") in (None, "", 0):
        raise refuse(522, "No points value given")
    points = to_whole(body["points"], "points")
    if abs(points) > LARGEST_MOVE:
        raise invalid("points")
    _check_member(customer, body)
    reference = to_text(body.get("transaction_reference"), "transaction_reference")
    _check_duplicate(world, "points_moves", customer, reference)
    if points < 0 and customer["points"] - wire.held_points(world, customer["id"]) + points < 0:
        raise not_enough_points()
    properties = to_object(body.get("properties"), "properties")
    kind = to_text(body.get("transaction_type"), "transaction_type")
    now = world.now_text()
    row = world.insert(
        "points_moves",
        customer_id=customer["id"],
        kind="earn" if points > 0 else "burn",
        state="done",
        points=points,
        reference=reference,
        transaction_type=kind,
        properties=properties,
        created_at=now,
    )
    findable = reference if world.switches["history_finds_loyalty_reference"] else None
    rules.move_points(world, customer["id"], points, name="Points", at=now, properties=properties, reference=findable)
    return row


def hold_points(world: World, customer: Row, body: Row) -> Row:
    """Hold points: the balance stays, the in-progress figure rises.

    Source: perx-api 6.3, A-live; whether earlier holds count is untested there: a switch.
    """
    amount = to_whole(body.get("amount_to_deduct"), "amount_to_deduct")
    if not 0 < amount <= LARGEST_MOVE:
        raise invalid("amount_to_deduct")
    _check_member(customer, body)
    held = wire.held_points(world, customer["id"]) if world.switches["reserve_nets_holds"] else 0
    if amount > customer["points"] - held:
        raise refuse(40, "User does not have enough points balance")
    return world.insert(
        "points_moves",
        customer_id=customer["id"],
        kind="hold",
        state="held",
        points=-amount,
        properties={},
        created_at=world.now_text(),
        hold_until=rules.hold_until(world),
    )


def revert_points(world: World, customer: Row, move_id: int) -> Row:
    """Let held points go; the answer's id is a string.

    Source: perx-api 1.2 and 6.3, A-live and B*; only a hold can be reverted, C.
    """
    row = world.get("points_moves", move_id)
    if row is None or row["customer_id"] != customer["id"]:
        raise no_record()
    if row["state"] != "held":
        raise bad_transition(row["state"], "reverted")
    world.update("points_moves", move_id, state="reverted")
    return {"id": str(move_id)}


def write_invoice(world: World, customer: Row, lines: Any, used: Any, **columns: Any) -> Row:
    """Record sale lines and consume holds, all or nothing.

    Source: perx-api 6.4 (count rule; used vouchers must be redemption_in_progress), A-live; that it is atomic and that
    its lines run the rules is assumed, C. That a tenant asks for one more field is ours: a switch.
    """
    if not isinstance(lines, list) or not isinstance(used, list) or not lines + used or len(lines + used) > MOST_LINES:
        raise invalid("transaction_data" if not isinstance(lines, list) else "used_items")
    _check_active(customer)
    merchant_user_id = columns.pop("merchant_user_id", None)
    invoice = world.insert("invoices", customer_id=customer["id"], created_at=world.now_text(), **columns)
    items = []
    needed = world.switches["invoice_needs"]
    if needed and any(not to_object(line, "transaction_data").get(needed) for line in lines):
        raise invalid(needed)
    for line in lines:
        values = _sale_columns(world, customer, to_object(line, "transaction_data"), "collected_amount")
        sale = rules.record_sale(world, customer, invoice_id=invoice["id"], merchant_user_id=merchant_user_id, **values)
        items.append((sale["id"], "Transaction"))
    items += [_use(world, customer, invoice, to_object(item, "used_items")) for item in used]
    for item_id, item_type in items:
        world.insert("invoice_items", invoice_id=invoice["id"], item_id=item_id, item_type=item_type)
    return invoice


def _use(world: World, customer: Row, invoice: Row, item: Row) -> tuple[int, str]:
    item_id, item_type = to_id(item.get("item_id")), item.get("item_type")
    if item_id is None or item_type not in ("Reward::Transaction", "StoredValue::Transaction"):
        raise invalid("used_items")
    if item_type == "Reward::Transaction":
        voucher = vouchers.own_voucher(world, customer, item_id)
        if voucher["state"] != "redemption_in_progress":
            raise bad_transition(voucher["state"], "redeemed")
        vouchers.consume(world, voucher)
        return item_id, item_type
    hold = world.get("points_moves", item_id)
    if hold is None or hold["customer_id"] != customer["id"]:
        raise no_record()
    if hold["state"] != "held":
        raise bad_transition(hold["state"], "redeemed")
    world.update("points_moves", item_id, state="consumed", invoice_id=invoice["id"])
    rules.move_points(world, customer["id"], hold["points"], name="Points redeemed", at=world.now_text())
    return item_id, item_type


def write_merchant_invoice(world: World, customer: Row, body: Row, merchant_user_id: int) -> Row:
    """Write the merchant's shape of an invoice: one line, its receipt number as the identifier.

    Source: perx-api 6.4 (merchant twin), B*; that its amount is recorded as a sale is assumed, C.
    """
    identifier = to_text(body.get("identifier"), "identifier")
    line = {
        "collected_amount": body.get("collected_amount"),
        "transaction_reference": identifier,
        "currency": CURRENCY,
        "properties": to_object(body.get("transaction_properties"), "transaction_properties"),
    }
    amount = str(to_number(body.get("collected_amount"), "collected_amount"))
    return write_invoice(
        world,
        customer,
        [line],
        _list(body.get("used_items")),
        identifier=identifier,
        collected_amount=amount,
        merchant_user_id=merchant_user_id,
    )


def _list(value: Any) -> Any:
    return [] if value is None else value


def clean_reference(text: str | None) -> str | None:
    """Take a reference filter as it is, but drop an empty one."""
    return text if text and re.search(r"\S", text) else None


def _check_active(customer: Row) -> None:
    if customer["state"] != "active":
        raise inactive_user()


def _check_member(customer: Row, body: Row) -> None:
    _check_active(customer)
    if to_id(body.get("loyalty_program_id")) != PROGRAM_ID:
        raise refuse(40, "User does not have membership for this loyalty program")
    if customer["membership_state"] == "expire":
        raise vouchers.membership_expired()


def _check_duplicate(world: World, table: str, customer: Row, reference: str | None) -> None:
    """Accept a repeated reference as a second sale, unless the switch makes this tenant strict.

    Source: perx-api 6.5 (references are not unique), C strong; the strict answer is invented.
    """
    if reference is None or not world.switches["strict_duplicates"]:
        return
    query = f"SELECT id FROM {table} WHERE customer_id = ? AND reference = ?"  # noqa: S608  our own table names
    if world.row(query, customer["id"], reference):
        raise refuse(41, "Transaction reference has already been taken", 422)
