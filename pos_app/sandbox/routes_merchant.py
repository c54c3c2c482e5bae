"""What a merchant's token may do for the customer named in the `user-id` header."""

from __future__ import annotations

import re

from pos_app.sandbox import checkout, schema, vouchers, wire
from pos_app.sandbox.operation import Answer, Call, Operation, Token, to_id
from pos_app.sandbox.refusals import invalid, no_record, refuse
from pos_app.sandbox.routes_catalogue import merchant
from pos_app.sandbox.world import Row

MERCHANT: tuple[Token, ...] = ("merchant",)
PHONE = re.compile(r"[0-9]{6,15}")


def me(call: Call) -> Answer:
    """Fetch the merchant user of the token with its merchant account and outlet."""
    user = _merchant_user(call)
    row = call.world.get("merchants", user["merchant_id"])
    account = merchant(row) if row else {}
    body = {
        "id": user["id"],
        "email": user["email"],
        "username": user["username"],
        "mobile": user["mobile"],
        "location_id": user["location_id"],
        "merchant_account_id": user["merchant_id"],
        "merchant_account": {
            "id": user["merchant_id"],
            "customer_id": None,
            "name": account.get("name"),
            "state": "active",
            "logo": None,
            "url": None,
            "type": None,
            "favourite": False,
            "is_featured": False,
            "tags": [],
        },
        "created_at": user["created_at"],
        "updated_at": user["created_at"],
        "password_changed_at": None,
        "state": "active",
    }
    return Answer({"data": body})


def _merchant_user(call: Call) -> Row:
    if call.merchant_user is None:
        raise no_record()
    return call.merchant_user


def search_customer(call: Call) -> Answer:
    """Find one customer by phone (digits only) or by identifier."""
    phone, identifier = call.query.get("phone"), call.query.get("identifier")
    row = None
    if phone is not None and PHONE.fullmatch(phone):
        row = call.world.row("SELECT * FROM customers WHERE phone = ? ORDER BY id", phone)
    elif phone is None:
        row = call.world.row("SELECT * FROM customers WHERE identifier = ?", identifier or "")
    if row is None:
        raise refuse(40, "User account not found")
    return Answer({"data": wire.profile(row)})


def invite_customer(call: Call) -> Answer:
    """Invite a customer by phone number; the invited one is not active yet."""
    phone = call.fields().get("phone")
    if not isinstance(phone, str) or not PHONE.fullmatch(phone):
        raise invalid("phone")
    if call.world.row("SELECT id FROM customers WHERE phone = ? OR identifier = ?", phone, phone):
        raise refuse(41, "User was not invited", 422)
    row = call.world.insert(
        "customers", identifier=phone, phone=phone, state="initial", joined_at=call.world.now_text()
    )
    return Answer({"data": wire.profile(row)})


def list_programs(call: Call) -> Answer:
    """List the programs with the customer's balances."""
    return Answer(wire.page_of([wire.loyalty(call.world, call.customer)], call.query, lambda row: row, 10))


def record_sale(call: Call) -> Answer:
    """Record a sale for the customer named in the body and let the rules decide, later."""
    body = call.fields()
    account = {"id": body.get("user_account_id")} if body.get("user_account_id") is not None else None
    customer = checkout.find_customer(call.world, account) if account else call.customer
    row = checkout.record_sale(call.world, customer, body.get("transaction_data"), _merchant_user(call))
    return Answer({"data": wire.sale(row)}, 201)


def hold_points(call: Call) -> Answer:
    """Hold points of the customer."""
    return Answer({"data": wire.move(checkout.hold_points(call.world, call.customer, call.fields()))}, 201)


def revert_points(call: Call) -> Answer:
    """Let held points go."""
    return Answer({"data": checkout.revert_points(call.world, call.customer, call.path_id())})


def write_invoice(call: Call) -> Answer:
    """Write the receipt and consume the holds."""
    user = _merchant_user(call)
    row = checkout.write_merchant_invoice(call.world, call.customer, call.fields(), user["id"])
    extra = {"identifier": row["identifier"], "collected_amount": float(row["collected_amount"])}
    return Answer({"data": wire.invoice(call.world, row) | extra}, 201)


def redeem_voucher(call: Call) -> Answer:
    """Hold a voucher (`{confirm: false}`) or use it (null body)."""
    voucher = vouchers.own_voucher(call.world, call.customer, call.path_id())
    if call.fields().get("confirm") is False:
        row = vouchers.hold(call.world, call.customer, voucher)
    elif voucher["state"] not in ("issued", "redemption_in_progress"):
        raise refuse(405, "Voucher is not valid anymore")
    else:
        row = vouchers.redeem(call.world, call.customer, voucher, _own_pin(call, voucher))
    return Answer({"data": wire.voucher(call.world, row), "meta": {"count": 1}})


def _own_pin(call: Call, voucher: Row) -> str | None:
    """The merchant's own door asks for no PIN: being signed in is the proof."""
    reward = call.world.get("rewards", voucher["reward_id"])
    return reward["secret_pin"] if reward else None


def revert_voucher(call: Call) -> Answer:
    """Put a held voucher of the customer back to issued."""
    voucher = vouchers.own_voucher(call.world, call.customer, call.path_id())
    return Answer({"data": wire.voucher(call.world, vouchers.revert(call.world, voucher))})


def issue_reward(call: Call) -> Answer:
    """Claim a reward for the customer; the first price is charged."""
    row = vouchers.claim(call.world, call.customer, to_id(call.path["id"]), {})
    return Answer({"data": wire.voucher(call.world, row)})


_VOUCHER, _PROFILE, _ROOT = schema.data(schema.VOUCHER), schema.data(schema.PROFILE), "/v4/merchant_admin"
_INVOICE = schema.data({"allOf": [schema.INVOICE, schema.shape(collected_amount=schema.NUMBER)]})
_HOLDS, _VOUCHERS = _ROOT + "/loyalty_transactions", _ROOT + "/vouchers/{id}"
OPERATIONS = (
    Operation("GET", _ROOT + "/me", me, schema.data(schema.MERCHANT_ME), "2 and 18, B*", MERCHANT),
    Operation(
        "GET",
        _ROOT + "/user_accounts/search",
        search_customer,
        _PROFILE,
        "3, B*; HTTP 400 is C",
        MERCHANT,
        query=("phone", "identifier"),
    ),
    Operation(
        "POST",
        _ROOT + "/user_account_invitations",
        invite_customer,
        _PROFILE,
        "3, B*",
        MERCHANT,
        body=schema.optional(phone=schema.TEXT),
    ),
    Operation(
        "GET",
        _ROOT + "/loyalty",
        list_programs,
        schema.page_of(schema.LOYALTY),
        "5, B*",
        MERCHANT,
        query=("page", "size"),
    ),
    Operation(
        "POST",
        _ROOT + "/transactions",
        record_sale,
        schema.data(schema.SALE),
        "6.1 (merchant twin), B*",
        MERCHANT,
        201,
        body=schema.SALE_REQUEST,
    ),
    Operation(
        "POST",
        _HOLDS + "/reserve",
        hold_points,
        schema.data(schema.MOVE),
        "6.3 (merchant twin), B*",
        MERCHANT,
        201,
        body=schema.HOLD_REQUEST,
    ),
    Operation(
        "PUT",
        _HOLDS + "/{id}/revert_redemption",
        revert_points,
        schema.data(schema.shape(id=schema.TEXT)),
        "6.3 (merchant twin), B*",
        MERCHANT,
    ),
    Operation(
        "POST",
        _ROOT + "/invoices",
        write_invoice,
        _INVOICE,
        "6.4 (merchant twin), B*",
        MERCHANT,
        201,
        body=schema.MERCHANT_INVOICE_REQUEST,
    ),
    Operation(
        "PUT",
        _VOUCHERS + "/redeem",
        redeem_voucher,
        schema.data(schema.VOUCHER, count=schema.WHOLE),
        "4, B*",
        MERCHANT,
        body=schema.maybe(schema.optional(confirm=schema.YES_NO)),
    ),
    Operation("PUT", _VOUCHERS + "/revert_redemption", revert_voucher, _VOUCHER, "4, B*", MERCHANT),
    Operation("POST", _ROOT + "/rewards/{id}/issue", issue_reward, _VOUCHER, "17.4, B*", MERCHANT),
)
