"""JSON Schemas of what the pretend Perx sends; the description is built from them.

Each shape names the section of the contract that it follows. Unknown fields are always allowed: tenants have more.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES_NO: Schema = {"type": "boolean"}
BAG: Schema = {"type": "object"}
ANYTHING: Schema = {}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$"}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
DECIMAL_TEXT: Schema = {"type": "string", "pattern": r"^-?\d+\.\d+$"}


def maybe(schema: Schema) -> Schema:
    """Allow null as well."""
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*values: str) -> Schema:
    """Allow these texts."""
    return {"type": "string", "enum": list(values)}


def items(schema: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": schema}


def shape(**fields: Schema) -> Schema:
    """Describe an object that has at least these fields."""
    return {"type": "object", "required": list(fields), "properties": fields}


def optional(**fields: Schema) -> Schema:
    """Describe an object that may have these fields."""
    return {"type": "object", "properties": fields}


def data(schema: Schema, **meta: Schema) -> Schema:
    """Describe the success envelope.

    Source: perx-api 1, A-live.
    """
    return shape(data=schema, meta=shape(**meta)) if meta else shape(data=schema)


def page_of(schema: Schema) -> Schema:
    """Describe a page of an ordinary list.

    Source: perx-api 1.3, A-live.
    """
    nullable = maybe(WHOLE)
    return data(
        items(schema),
        count=WHOLE,
        size=WHOLE,
        page=WHOLE,
        current_page=WHOLE,
        per_page=WHOLE,
        prev_page=nullable,
        next_page=nullable,
        total_count=WHOLE,
        total_pages=WHOLE,
    )


# perx-api 1.4
ERROR: Schema = {"anyOf": [shape(code=WHOLE, message=TEXT), shape(error=TEXT, error_description=TEXT)]}

# perx-api 2
TOKEN: Schema = {
    "anyOf": [shape(access_token=TEXT, token_type=TEXT, expires_in=WHOLE), shape(bearer_token=TEXT)],
}
TOKEN_REQUEST = optional(
    client_id=TEXT,
    client_secret=TEXT,
    grant_type=TEXT,
    scope=TEXT,
    identifier=TEXT,
    username=TEXT,
    password=TEXT,
    expires_in=WHOLE,
)

# perx-api 3
PROFILE = shape(
    id=WHOLE,
    identifier=TEXT,
    first_name=maybe(TEXT),
    middle_name=maybe(TEXT),
    last_name=maybe(TEXT),
    phone=maybe(TEXT),
    email=maybe(TEXT),
    birthday=maybe(TEXT),
    gender=maybe(TEXT),
    state=TEXT,
    joined_at=TIME,
    password_expires_at=maybe(TIME),
    personal_properties=BAG,
)
PROFILE_REQUEST = optional(
    identifier=TEXT,
    first_name=TEXT,
    last_name=TEXT,
    phone=TEXT,
    email=TEXT,
    state=one_of("active", "inactive", "initial"),
    personal_properties=BAG,
    properties=BAG,
)

# perx-api 4
PRICE = shape(points=maybe(WHOLE), price=maybe(TEXT), reward_amount=TEXT)
REWARD = shape(
    id=WHOLE,
    name=TEXT,
    description=maybe(TEXT),
    custom_fields=BAG,
    eligible=YES_NO,
    images=items(BAG),
    inventory=BAG,
    loyalty=items(BAG),
    merchant_id=maybe(WHOLE),
    merchant_name=maybe(TEXT),
    reward_price=items(BAG),
    tags=items(BAG),
    selling_from=maybe(TIME),
    selling_to=maybe(TIME),
    valid_from=maybe(TIME),
    valid_to=maybe(TIME),
)
VOUCHER_STATE = one_of("issued", "reserved", "released", "redemption_in_progress", "redeemed", "expired")
VOUCHER = shape(
    id=WHOLE,
    custom_fields=BAG,
    given_by=ANYTHING,
    given_date=maybe(TIME),
    given_to=ANYTHING,
    issued_date=TIME,
    name=TEXT,
    redemption_date=maybe(TIME),
    redemption_type=BAG,
    reservation_expires_at=maybe(TIME),
    reserved_expires_at=maybe(TIME),
    reward=REWARD,
    state=VOUCHER_STATE,
    user_account=shape(identifier=TEXT),
    valid_from=maybe(TIME),
    valid_to=maybe(TIME),
    voucher_code=maybe(TEXT),
    voucher_expires_at=maybe(TIME),
    voucher_key=maybe(TEXT),
    voucher_type=TEXT,
)
VOUCHERS = data(items(VOUCHER), count=WHOLE, size=WHOLE, page=WHOLE, total_pages=WHOLE, order=TEXT, type=TEXT)
RESERVATION = shape(
    id=WHOLE,
    voucher_code=maybe(TEXT),
    voucher_key=maybe(TEXT),
    voucher_type=TEXT,
    state=VOUCHER_STATE,
    custom_fields=BAG,
    reserved_expires_at=maybe(TIME),
)

# perx-api 5
LOYALTY = shape(
    id=WHOLE,
    name=TEXT,
    points_balance=WHOLE,
    redemption_in_progress_points=WHOLE,
    tier_points=WHOLE,
    current_membership_tier_name=TEXT,
    membership_state=TEXT,
    tiers=items(BAG),
    aging_points=items(BAG),
)
POINTS_HISTORY = shape(
    id=WHOLE, name=TEXT, identifier=maybe(TEXT), points_date=TIME, points=WHOLE, points_balance=WHOLE, properties=BAG
)
HISTORY = shape(
    id=WHOLE,
    amount=WHOLE,
    loyalty_id=WHOLE,
    loyalty_name=TEXT,
    name=TEXT,
    properties=BAG,
    rule_id=maybe(WHOLE),
    rule_name=maybe(TEXT),
    transacted_amount=DECIMAL_TEXT,
    transacted_at=TIME,
    transacted_cents=WHOLE,
    transacted_currency=TEXT,
    transaction_details=maybe(shape(type=TEXT, data=BAG)),
)
EXPIRY = {"anyOf": [shape(aggregated_points=WHOLE, date=DATE), shape(aggregated_points=WHOLE, timestamp=DATE)]}

# perx-api 6
USER_ACCOUNT = optional(id=WHOLE, identifier=TEXT)
SALE = shape(
    id=WHOLE,
    user_account_id=WHOLE,
    transaction_type=TEXT,
    amount=NUMBER,
    transaction_date=maybe(TEXT),
    currency=maybe(TEXT),
    workflow_id=maybe(WHOLE),
    created_at=TIME,
    updated_at=TIME,
    properties=BAG,
    transaction_reference=maybe(TEXT),
    points_earned=WHOLE,
    merchant_user_account_id=maybe(WHOLE),
    state=one_of("pending", "processed"),
)
SALE_REQUEST = optional(
    user_account_id={"anyOf": [WHOLE, TEXT]},
    transaction_data=optional(
        transaction_type=TEXT,
        transaction_reference=TEXT,
        amount=NUMBER,
        currency=TEXT,
        transaction_date=TEXT,
        properties=BAG,
    ),
)
MOVE = shape(id=WHOLE, loyalty_program_id=WHOLE, points=WHOLE, properties=BAG, transacted_at=TIME)
MOVE_REQUEST = optional(
    user_account=USER_ACCOUNT,
    loyalty_program_id=WHOLE,
    points=WHOLE,
    properties=BAG,
    transaction_reference=TEXT,
    transaction_type=TEXT,
)
HOLD_REQUEST = optional(user_account=USER_ACCOUNT, amount_to_deduct=WHOLE, loyalty_program_id=WHOLE)
INVOICE_ITEM = shape(
    id=WHOLE, item_id=WHOLE, item_type=one_of("Transaction", "Reward::Transaction", "StoredValue::Transaction")
)
INVOICE = shape(id=WHOLE, description=maybe(TEXT), invoice_items=items(INVOICE_ITEM))
USED_ITEMS = items(optional(item_id=WHOLE, item_type=one_of("Reward::Transaction", "StoredValue::Transaction")))
INVOICE_REQUEST = optional(
    user_account=USER_ACCOUNT,
    transaction_data=items(
        optional(
            transaction_type=TEXT,
            collected_amount=NUMBER,
            transaction_reference=TEXT,
            currency=TEXT,
            merchant_identifier=TEXT,
            properties=BAG,
        )
    ),
    used_items=USED_ITEMS,
)
MERCHANT_INVOICE_REQUEST = optional(
    collected_amount=NUMBER, identifier=TEXT, used_items=USED_ITEMS, transaction_properties=BAG
)

# perx-api 12, 13
CAMPAIGN = shape(
    id=WHOLE,
    name=TEXT,
    description=maybe(TEXT),
    campaign_type=TEXT,
    begins_at=maybe(TIME),
    ends_at=maybe(TIME),
    enrolled=YES_NO,
    campaign_config=BAG,
    images=items(BAG),
    custom_fields=BAG,
    display_properties=BAG,
)
STAMP = shape(
    id=WHOLE,
    user_account_id=WHOLE,
    stamp_card_id=WHOLE,
    campaign_id=WHOLE,
    state=one_of("issued", "redeemed"),
    created_at=TIME,
    updated_at=TIME,
    vouchers=items(VOUCHER),
    outcomes=items(BAG),
)
CARD = shape(
    id=WHOLE,
    user_account_id=WHOLE,
    campaign_id=WHOLE,
    card_number=WHOLE,
    state=one_of("active", "inactive", "completed"),
    campaign_config=shape(total_slots=WHOLE, rewards=items(BAG)),
    display_properties=BAG,
    stamps=items(STAMP),
)

# perx-api 17, 18
LOCATION = shape(id=WHOLE, name=TEXT)
MERCHANT = shape(id=WHOLE, name=TEXT, custom_fields=BAG, images=items(BAG), tags=items(BAG))
MERCHANT_DETAIL = shape(id=WHOLE, name=TEXT, custom_fields=BAG, outlets=items(shape(outlet_id=WHOLE, outlet_name=TEXT)))
MERCHANT_ME = shape(
    id=WHOLE,
    email=TEXT,
    username=TEXT,
    location_id=maybe(WHOLE),
    merchant_account_id=WHOLE,
    merchant_account=BAG,
    state=TEXT,
)
CATEGORY = shape(id=WHOLE, title=TEXT, description=maybe(TEXT), parent=ANYTHING, usage=items(TEXT))
CATALOG = shape(id=WHOLE, name=TEXT, catalog_results=shape(count=WHOLE))
KEYED_SETTING = shape(id=WHOLE, key=TEXT, string_value=maybe(TEXT), json_value=ANYTHING)
MESSAGE = shape(message=TEXT)
