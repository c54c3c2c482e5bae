"""What an application token may do: customers, sales, exact points, holds and invoices."""

from __future__ import annotations

import json
import re
from typing import Any

from pos_app.sandbox import checkout, schema, vouchers, wire
from pos_app.sandbox.operation import Answer, Call, Operation, Token, to_id, to_object, to_text
from pos_app.sandbox.refusals import invalid, refuse, user_not_found
from pos_app.sandbox.world import PROGRAM_ID, Row, World

APP: tuple[Token, ...] = ("application",)
COLUMNS = ("first_name", "middle_name", "last_name", "phone", "email", "birthday", "gender")
STATES = ("active", "inactive", "initial")


def get_customer(call: Call) -> Answer:
    """Fetch a customer by Perx id or by identifier."""
    number = to_id(call.path["id"])
    row = call.world.get("customers", number) if number else None
    row = row or call.world.row("SELECT * FROM customers WHERE identifier = ?", call.path["id"])
    if row is None:
        raise user_not_found()
    return Answer({"data": wire.profile(row)})


def search_customer(call: Call) -> Answer:
    """Find one customer by identifier."""
    row = call.world.row("SELECT * FROM customers WHERE identifier = ?", call.query.get("identifier", ""))
    if row is None:
        raise user_not_found()
    return Answer({"data": wire.profile(row)})


def create_customer(call: Call) -> Answer:
    """Create a customer, who joins the program with no points."""
    body = call.fields()
    identifier = to_text(body.get("identifier"), "identifier")
    if not identifier or not identifier.strip():
        raise invalid("identifier")
    if call.world.row("SELECT id FROM customers WHERE identifier = ?", identifier):
        raise refuse(40, "Validation failed: Identifier has already been taken", 422)
    row = call.world.insert(
        "customers",
        identifier=identifier,
        joined_at=call.world.now_text(),
        **({"state": "active"} | profile_changes(call.world, body)),
    )
    for campaign in call.world.rows("SELECT id, body FROM campaigns"):
        if json.loads(campaign["body"])["auto_enrol_users"]:
            call.world.insert("enrolments", campaign_id=campaign["id"], customer_id=row["id"])
    return Answer({"data": wire.profile(row)}, 201)


def update_customer(call: Call) -> Answer:
    """Change a customer who is named by identifier in the body."""
    body = call.fields()
    row = call.world.row("SELECT * FROM customers WHERE identifier = ?", str(body.get("identifier")))
    if row is None:
        raise user_not_found()
    changes = profile_changes(call.world, body)
    if changes:
        call.world.update("customers", row["id"], **changes)
    return Answer({"data": wire.profile(call.world.get("customers", row["id"]) or row)})


def profile_changes(world: World, body: Row) -> Row:
    """Read the columns that a create, an update or a PATCH may set.

    Source: perx-api 3 (create fields), B; personal_properties is replaced as a whole, 20, C.
    """
    changes: Row = {name: to_text(body[name], name) for name in COLUMNS if name in body}
    for bag in ("personal_properties", "properties"):
        if bag in body:
            changes[bag] = to_object(body[bag], bag)
    for name in ("phone", "email", "gender", "birthday"):
        nested = changes.get("personal_properties", {}).get(name)
        if name not in changes and isinstance(nested, str):
            changes[name] = to_text(nested, name)
    if changes.get("birthday") and not re.fullmatch(r"\d{4}-\d\d-\d\d", changes["birthday"], re.ASCII):
        raise invalid("birthday")
    if body.get("state") is not None:
        if body["state"] not in STATES:
            raise invalid("state")
        changes["state"] = body["state"]
    return changes


def record_sale(call: Call) -> Answer:
    """Record a sale and let the rules decide, later."""
    body = call.fields()
    customer = checkout.find_customer(call.world, {"id": body.get("user_account_id")})
    return Answer({"data": wire.sale(checkout.record_sale(call.world, customer, body.get("transaction_data")))}, 201)


def move_points(call: Call) -> Answer:
    """Move exactly so many points, now."""
    body = call.fields()
    customer = checkout.find_customer(call.world, body.get("user_account"))
    return Answer({"data": wire.move(checkout.move_points(call.world, customer, body))}, 201)


def hold_points(call: Call) -> Answer:
    """Hold points until an invoice consumes them or they are reverted."""
    body = call.fields()
    customer = checkout.find_customer(call.world, body.get("user_account"))
    return Answer({"data": wire.move(checkout.hold_points(call.world, customer, body))}, 201)


def revert_points(call: Call) -> Answer:
    """Let held points go."""
    customer = checkout.find_customer(call.world, call.fields().get("user_account"))
    return Answer({"data": checkout.revert_points(call.world, customer, call.path_id())})


def write_invoice(call: Call) -> Answer:
    """Record sale lines and consume holds in one call."""
    body = call.fields()
    customer = checkout.find_customer(call.world, body.get("user_account"))
    lines, used = _list(body.get("transaction_data")), _list(body.get("used_items"))
    row = checkout.write_invoice(call.world, customer, lines, used)
    return Answer({"data": wire.invoice(call.world, row)}, 201)


def _list(value: Any) -> Any:
    return [] if value is None else value


def revert_voucher(call: Call) -> Answer:
    """Put a held voucher back to issued."""
    return Answer({"data": wire.voucher(call.world, vouchers.revert(call.world, call.record("vouchers")))})


def aggregated_expiry(call: Call) -> Answer:
    """Tell how many points end on which day."""
    customer = checkout.find_customer(call.world, {"identifier": call.query.get("user_identifier")})
    if call.query.get("loyalty_program_id", str(PROGRAM_ID)) != str(PROGRAM_ID):
        raise refuse(40, "User does not have membership for this loyalty program")
    first, last = call.query.get("start_date", ""), call.query.get("end_date", "9999")
    rows = [
        {"aggregated_points": entry["points_expiring"], call.world.switches["expiry_field"]: entry["expiring_on_date"]}
        for entry in json.loads(customer["expiring"])
        if first <= entry["expiring_on_date"] <= last
    ]
    return Answer(wire.page_of(rows, call.query, lambda row: row))


_PROFILE, _MOVE = schema.data(schema.PROFILE), schema.data(schema.MOVE)
_SINGLE_ID = schema.data(schema.shape(id=schema.TEXT))
_ACCOUNT_ONLY = schema.optional(user_account=schema.USER_ACCOUNT)
_ACCOUNTS, _POINTS = "/v4/pos/user_accounts", "/v4/pos/loyalty_transactions"
OPERATIONS = (
    Operation(
        "GET", _ACCOUNTS + "/search", search_customer, _PROFILE, "3, B; not found 404 is C", APP, query=("identifier",)
    ),
    Operation("GET", _ACCOUNTS + "/{id}", get_customer, _PROFILE, "3, A-live (identifier accepted too: C)", APP),
    Operation(
        "POST", _ACCOUNTS, create_customer, _PROFILE, "3, B; status 201 is C", APP, 201, body=schema.PROFILE_REQUEST
    ),
    Operation("PUT", _ACCOUNTS + "/update_user", update_customer, _PROFILE, "3, B", APP, body=schema.PROFILE_REQUEST),
    Operation(
        "POST",
        "/v4/pos/transactions",
        record_sale,
        schema.data(schema.SALE),
        "6.1, A-nock; status 201 is C",
        APP,
        201,
        body=schema.SALE_REQUEST,
    ),
    Operation("POST", _POINTS, move_points, _MOVE, "6.2, A-live", APP, 201, body=schema.MOVE_REQUEST),
    Operation(
        "POST",
        _POINTS + "/reserve",
        hold_points,
        _MOVE,
        "6.3, A-live; status 201 is C",
        APP,
        201,
        body=schema.HOLD_REQUEST,
    ),
    Operation(
        "PUT",
        _POINTS + "/{id}/revert_redemption",
        revert_points,
        _SINGLE_ID,
        "6.3 and 1.2 (string id), A-live",
        APP,
        body=_ACCOUNT_ONLY,
    ),
    Operation(
        "POST",
        "/v4/pos/invoices",
        write_invoice,
        schema.data(schema.INVOICE),
        "6.4, A-live; status 201 is C",
        APP,
        201,
        body=schema.INVOICE_REQUEST,
    ),
    Operation(
        "PUT", "/v4/pos/vouchers/{id}/revert_redemption", revert_voucher, schema.data(schema.VOUCHER), "4, A-live", APP
    ),
    Operation(
        "GET",
        "/v4/pos/loyalty/aggregated_expiry",
        aggregated_expiry,
        schema.page_of(schema.EXPIRY),
        "5, B",
        APP,
        query=("user_identifier", "loyalty_program_id", "start_date", "end_date", "page", "size"),
    ),
)
