"""What a customer's token may do: the profile, balances, histories and vouchers."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

from pos_app.sandbox import checkout, schema, vouchers, wire
from pos_app.sandbox.operation import Answer, Call, Operation, Token, to_id
from pos_app.sandbox.refusals import forbidden, no_record
from pos_app.sandbox.routes_pos import profile_changes
from pos_app.sandbox.world import PROGRAM_ID, Row, World, wire_time

USER: tuple[Token, ...] = ("user",)
HIDDEN_AFTER_DAYS = 30
TYPES: dict[str, tuple[str, ...]] = {
    "active": ("issued", "reserved", "redemption_in_progress"),
    "all": ("issued", "reserved", "redemption_in_progress", "redeemed", "expired"),
    "expired": ("expired",),
    "gifted": (),
    "redeemed": ("redeemed",),
    "redemption_in_progress": ("redemption_in_progress",),
}
SORT_COLUMNS = {"issued_date": "issued_at", "valid_to": "valid_to", "id": "id"}


def me(call: Call) -> Answer:
    """Fetch the customer of the token."""
    return Answer({"data": wire.profile(call.customer)})


def get_customer(call: Call) -> Answer:
    """Fetch the customer of the token by id."""
    return Answer({"data": wire.profile(_self(call))})


def patch_customer(call: Call) -> Answer:
    """Change the profile; the personal properties are replaced as a whole."""
    customer = _self(call)
    changes = profile_changes(call.world, {name: value for name, value in call.fields().items() if name != "state"})
    if changes:
        call.world.update("customers", customer["id"], **changes)
    return Answer({"data": wire.profile(call.world.get("customers", customer["id"]) or customer)})


def _self(call: Call) -> Row:
    if call.path_id() != call.customer["id"]:
        raise forbidden()
    return call.customer


def list_programs(call: Call) -> Answer:
    """List the programs with this customer's balances."""
    return Answer(wire.page_of([wire.loyalty(call.world, call.customer)], call.query, lambda row: row, 10))


def get_program(call: Call) -> Answer:
    """Fetch one program with this customer's balance."""
    _check_program(call)
    return Answer({"data": wire.loyalty(call.world, call.customer)})


def _check_program(call: Call) -> None:
    if call.path_id() != PROGRAM_ID:
        raise no_record()


def program_history(call: Call) -> Answer:
    """List the changes of the balance, newest first, inside the program object."""
    _check_program(call)
    rows = call.world.rows("SELECT * FROM history WHERE customer_id = ? ORDER BY id DESC", call.customer["id"])
    page = wire.page_of(rows, call.query, wire.points_history)
    meta = {name: page["meta"][name] for name in ("count", "size", "total_pages", "page")}
    program = wire.loyalty(call.world, call.customer) | {"points_history": page["data"]}
    return Answer(
        {
            "data": program,
            "meta": meta | {"from_period": None, "to_period": None, "points_within_start_end_period": None},
        }
    )


def history(call: Call) -> Answer:
    """List the changes of the balance with what caused them, by reference if asked."""
    reference = checkout.clean_reference(call.query.get("transaction_reference"))
    column = {"transacted_at": "transacted_at", "id": "id"}.get(call.query.get("sort_by", "id"), "id")
    order = "ASC" if call.query.get("order_by", "").lower() == "asc" else "DESC"
    rows = call.world.rows(
        "SELECT * FROM history WHERE customer_id = ? AND (? IS NULL OR reference = ?)"  # noqa: S608  our own column names
        f" ORDER BY {column} {order}, id {order}",
        call.customer["id"],
        reference,
        reference,
    )
    return Answer(wire.page_of(rows, call.query, lambda row: wire.history(call.world, row)))


def list_sales(call: Call) -> Answer:
    """List the customer's sales, newest first, pending ones included.

    A row shows as late as the switch says. Source: perx-api 6.5 (rows appear only after asynchronous work), C for
    this list; how late is ours.
    """
    shown_until = call.world.now_text(-call.world.switches["sales_show_after_s"])
    least = call.query.get("start_amount", "")
    rows = call.world.rows("SELECT * FROM sales WHERE customer_id = ? ORDER BY id DESC", call.customer["id"])
    states = split_words(call.query.get("state"))
    wanted = [
        row
        for row in rows
        if row["created_at"] <= shown_until
        and (not states or row["state"] in states)
        and call.query.get("transaction_type") in (None, "", row["transaction_type"])
        and (not least.isdecimal() or len(least) > 12 or Decimal(row["amount"]) >= int(least))
        and row["created_at"][:10] <= (call.query.get("end_date") or "9999")
    ]
    return Answer(wire.page_of(wanted, call.query, wire.sale))


def sales_summary(call: Call) -> Answer:
    """Add up the customer's sales."""
    rows = call.world.rows("SELECT amount FROM sales WHERE customer_id = ?", call.customer["id"])
    return Answer({"data": {"total_amount": float(sum(Decimal(row["amount"]) for row in rows))}})


def list_vouchers(call: Call) -> Answer:
    """List the customer's vouchers by state, kind and page."""
    kind = call.query.get("type") or "all"
    states = split_words(call.query.get("state")) or list(TYPES.get(kind, ()))
    order = "ASC" if call.query.get("order", "").lower() == "asc" else "DESC"
    column = SORT_COLUMNS.get(call.query.get("sort_by", "id"), "id")
    rows = call.world.rows(
        f"SELECT * FROM vouchers WHERE customer_id = ? ORDER BY {column} {order}, id {order}",  # noqa: S608  our own names
        call.customer["id"],
    )
    rows = [row for row in rows if row["state"] in states and not _is_old(call, row) and _has_tags(call, row)]
    page, size = wire.page_numbers(call.query, 24)
    shown = [wire.voucher(call.world, row) for row in wire.cut(rows, page, size)]
    meta = {
        "count": len(rows),
        "size": len(shown),
        "page": page,
        "total_pages": -(-len(rows) // size),
        "order": order.lower(),
        "type": kind,
    }
    return Answer({"data": shown, "meta": meta})


def _is_old(call: Call, row: Row) -> bool:
    """Hide vouchers used or expired long ago, unless `redeemed_within` / `expired_within` is -1 or reaches back so far.

    Source: perx-api 17.5, B*; the default is C.
    """
    column, name = {"redeemed": ("redeemed_at", "redeemed_within"), "expired": ("valid_to", "expired_within")}.get(
        row["state"], ("", "")
    )
    if not name or row[column] is None or call.query.get(name) == "-1":
        return False
    days = to_id(call.query.get(name)) or HIDDEN_AFTER_DAYS
    return bool(row[column] < wire_time(call.world.now() - timedelta(days=min(days, 36_500))))


def _has_tags(call: Call, row: Row) -> bool:
    reward = call.world.get("rewards", row["reward_id"])
    body = json.loads(reward["body"]) if reward else {}
    for name, field in (("category_ids", "category_tags"), ("tag_ids", "tags"), ("catalog_ids", "catalogs")):
        wanted = split_words(call.query.get(name))
        if wanted and not {str(tag["id"]) for tag in body.get(field, [])} & set(wanted):
            return False
    return True


def split_words(text: str | None) -> list[str]:
    """Split a filter that may name several values, by comma or bar."""
    return [word for word in (text or "").replace(",", "|").split("|") if word]


def get_voucher(call: Call) -> Answer:
    """Fetch one voucher of the customer."""
    return _voucher(call.world, _own(call))


def redeem_voucher(call: Call) -> Answer:
    """Hold a voucher (`confirm=false`), confirm a hold (`confirm=true`) or use it at once (absent)."""
    voucher = _own(call)
    if call.query.get("confirm") == "false":
        return _voucher(call.world, vouchers.hold(call.world, call.customer, voucher))
    return _voucher(call.world, vouchers.redeem(call.world, call.customer, voucher, call.fields().get("pin")))


def confirm_voucher(call: Call) -> Answer:
    """Turn a reserved reward into a voucher."""
    return _voucher(call.world, vouchers.confirm(call.world, call.customer, _own(call)))


def release_voucher(call: Call) -> Answer:
    """Let a reserved reward go."""
    return _voucher(call.world, vouchers.release(call.world, _own(call)))


def _own(call: Call) -> Row:
    return vouchers.own_voucher(call.world, call.customer, call.path_id())


def _voucher(world: World, row: Row) -> Answer:
    return Answer({"data": wire.voucher(world, row)})


_PROFILE, _VOUCHER = schema.data(schema.PROFILE), schema.data(schema.VOUCHER)
_PAGING = ("page", "size")
_HISTORY_META = {
    "count": schema.WHOLE,
    "size": schema.WHOLE,
    "total_pages": schema.WHOLE,
    "page": schema.WHOLE,
    "from_period": schema.ANYTHING,
    "to_period": schema.ANYTHING,
    "points_within_start_end_period": schema.ANYTHING,
}
_PROGRAM_HISTORY = schema.data(
    {"allOf": [schema.LOYALTY, schema.shape(points_history=schema.items(schema.POINTS_HISTORY))]}, **_HISTORY_META
)
_VOUCHER_QUERY = (
    *_PAGING,
    "state",
    "type",
    "sort_by",
    "order",
    "category_ids",
    "catalog_ids",
    "tag_ids",
    "redeemed_within",
    "expired_within",
    "source_type",
)
OPERATIONS = (
    Operation("GET", "/v4/customers/me", me, _PROFILE, "3, A-live", USER),
    Operation("GET", "/v4/customers/{id}", get_customer, _PROFILE, "3, A-live", USER),
    Operation(
        "PATCH",
        "/v4/customers/{id}",
        patch_customer,
        _PROFILE,
        "3 and 20, B*; replacing the bag is C",
        USER,
        body=schema.optional(personal_properties=schema.BAG),
    ),
    Operation("GET", "/v4/loyalty", list_programs, schema.page_of(schema.LOYALTY), "5, A-live", USER, query=_PAGING),
    Operation(
        "GET",
        "/v4/loyalty/transactions_history",
        history,
        schema.page_of(schema.HISTORY),
        "5 and 6.5, A-live (rows), A-nock (reference filter)",
        USER,
        query=(*_PAGING, "sort_by", "order_by", "transaction_reference"),
    ),
    Operation("GET", "/v4/loyalty/{id}", get_program, schema.data(schema.LOYALTY), "5, A-live", USER),
    Operation(
        "GET", "/v4/loyalty/{id}/transactions", program_history, _PROGRAM_HISTORY, "5 and 1.3, B", USER, query=_PAGING
    ),
    Operation(
        "GET",
        "/v4/transactions",
        list_sales,
        schema.page_of(schema.SALE),
        "5, B*",
        USER,
        query=(*_PAGING, "start_amount", "state", "end_date", "transaction_type"),
    ),
    Operation(
        "GET",
        "/v4/transaction_summary",
        sales_summary,
        schema.data(schema.shape(total_amount=schema.NUMBER)),
        "5, B*",
        USER,
    ),
    Operation("GET", "/v4/vouchers", list_vouchers, schema.VOUCHERS, "4 and 1.3, A-live", USER, query=_VOUCHER_QUERY),
    Operation("GET", "/v4/vouchers/{id}", get_voucher, _VOUCHER, "4, A-nock", USER),
    Operation(
        "POST",
        "/v4/vouchers/{id}/redeem",
        redeem_voucher,
        _VOUCHER,
        "4, A-live (confirm), B* (pin)",
        USER,
        query=("confirm",),
        body=schema.optional(pin=schema.TEXT),
    ),
    Operation("PATCH", "/v4/vouchers/{id}/confirm", confirm_voucher, _VOUCHER, "4, A-live", USER),
    Operation("PATCH", "/v4/vouchers/{id}/release", release_voucher, _VOUCHER, "4, A-live", USER),
)
