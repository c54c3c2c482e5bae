"""The demo shop "Lumen & Oak": the same ids every time, dates relative to now."""

from __future__ import annotations

import json

from pos_app.sandbox.seed_rewards import (
    BAR,
    CAKE,
    COFFEE,
    DESSERT,
    HARBOUR_OUTLET,
    HTML,
    JUICE,
    LANGUAGES,
    LONG_HTML,
    MARKET_OUTLET,
    PERCENT,
    PIN,
    ROASTERY,
    ROASTERY_OUTLET,
    TEN_OFF,
    WELCOME,
    day,
    plant_rewards,
)
from pos_app.sandbox.world import CLIENT_ID, CLIENT_SECRET, CURRENCY, PROGRAM_ID, Row, World

SEEDS = ("demo", "empty")
FIRST_IDENTIFIER = "6591234821"
MERCHANT_PASSWORD = "sandbox-merchant"  # noqa: S105  a published demo value


def plant(world: World, seed: str) -> None:
    """Wipe the world and fill it again."""
    with world.transaction():
        world.wipe()
        _plant_merchants(world)
        if seed == "demo":
            plant_rewards(world)
            _plant_customers(world)
            _plant_vouchers(world)
            _plant_campaigns(world)
            _plant_stamps(world)
            _plant_catalogue(world)


def describe(world: World, base_url: str) -> Row:
    """Tell a client all it needs to use this world: addresses, credentials, customers, scannable vouchers.

    Source: perx-api 9 (what a voucher QR holds), B*.
    """
    customers = world.rows(
        "SELECT id, identifier, phone, first_name, last_name, points, tier, state FROM customers ORDER BY id"
    )
    vouchers = world.rows(
        "SELECT v.id, v.voucher_code, v.state, c.identifier AS customer_identifier, r.body AS reward FROM vouchers v"
        " JOIN customers c ON c.id = v.customer_id JOIN rewards r ON r.id = v.reward_id ORDER BY v.id"
    )
    user = world.rows("SELECT * FROM merchant_users ORDER BY id")[0]
    return {
        "base_url": base_url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "loyalty_program_id": PROGRAM_ID,
        "currency": CURRENCY,
        "customers": [
            row | {"name": f"{row['first_name'] or ''} {row['last_name'] or ''}".strip()} for row in customers
        ],
        "merchant": {
            "id": user["merchant_id"],
            "identifier": user["identifier"],
            "username": user["username"],
            "password": user["password"],
            "location_id": user["location_id"],
            "name": "Lumen & Oak Coffee Bar",
            "custom_identifier": "LO-BAR",
        },
        "vouchers": [_scannable(row) for row in vouchers],
    }


def _scannable(row: Row) -> Row:
    qr = {"identifier": row["customer_identifier"], "voucherId": row["id"]}
    name = json.loads(row.pop("reward"))["name"]
    return row | {"name": name, "qr": json.dumps(qr, separators=(",", ":"))}


def _plant_merchants(world: World) -> None:
    for merchant_id, name, code, outlets in (
        (BAR, "Lumen & Oak Coffee Bar", "LO-BAR", ((HARBOUR_OUTLET, "Harbour Walk"), (MARKET_OUTLET, "Market Street"))),
        (ROASTERY, "Lumen & Oak Roastery", "LO-ROAST", ((ROASTERY_OUTLET, "Old Mill"),)),
    ):
        world.insert(
            "merchants",
            id=merchant_id,
            body={
                "name": name,
                "ecommerce_only": False,
                "website": None,
                "images": [],
                "category_tags": [],
                "tags": [],
                "custom_fields": {
                    "identifier": code,
                    "brand_name": "Lumen & Oak",
                    "building_name": None,
                    "store_type": "cafe",
                },
                "is_favorite": False,
                "is_featured": False,
                "outlets": [
                    {
                        "outlet_id": outlet_id,
                        "outlet_name": outlet,
                        "outlet_address1": f"1 {outlet}",
                        "outlet_address2": None,
                        "outlet_address3": None,
                        "city": "Singapore",
                        "state": None,
                        "postal_code": "018956",
                        "country": "SG",
                        "shopping_mall": None,
                        "tel": None,
                        "tags": [],
                        "coordinates": {"lat": "1.28", "lng": "103.85", "distance": None, "unit_of_measure": "km"},
                    }
                    for outlet_id, outlet in outlets
                ],
            },
        )
    for user_id, name, outlet, merchant in ((81, "bar", HARBOUR_OUTLET, BAR), (82, "roastery", None, ROASTERY)):
        world.insert(
            "merchant_users",
            id=user_id,
            identifier=f"lumen-oak-{name}",
            username=f"{name}@lumen-oak.example",
            email=f"{name}@lumen-oak.example",
            mobile=None,
            password=MERCHANT_PASSWORD,
            merchant_id=merchant,
            location_id=outlet,
            created_at=day(world, -400),
        )
    flags = {"voucher_distribution_type": "reserve", "show_stamp_campaigns": True, "gatekeeper_polling_interval": 5000}
    world.insert("keyed_settings", key="microsite_feature_flags", string_value=None, json_value=flags)
    world.insert("keyed_settings", key="wordpress", string_value="https://lumen-oak.example/news", json_value=None)


def _plant_customers(world: World) -> None:
    ending = [
        {"expiring_on_date": day(world, days)[:10], "points_expiring": points}
        for days, points in ((21, 120), (80, 300))
    ]
    for customer_id, identifier, first, last, tier, points, state, bag in (
        (501, FIRST_IDENTIFIER, "Somchai", "P.", "Gold", 2480, "active", {"citizen_id": "1-1037-02071-81-5"}),
        (502, "6598765402", "Mei", "Tan", "Silver", 760, "active", {"customer_status": "A"}),
        (503, "6590001503", "Iris", "Koh", "Member", 90, "inactive", {}),
        (504, "6590001504", "Arun", "Das", "Member", 40, "active", {"state": "preactivated"}),
        (505, "6590001505", "Jo", "Lim", "Member", 300, "active", {}),
    ):
        email = f"{first.lower()}@customers.example"
        twice = {"phone": identifier, "email": email, "address": "12 Planted Road", "nationality_cd": "SG"}
        world.insert(
            "customers",
            id=customer_id,
            identifier=identifier,
            phone=identifier,
            first_name=first,
            last_name=last,
            email=email,
            birthday="1988-04-12",
            gender="female" if customer_id % 2 == 0 else "male",
            state=state,
            joined_at=day(world, -300),
            personal_properties=twice | bag,
            points=points,
            tier=tier,
            membership_state="expire" if customer_id == 505 else "active",
            expiring=ending if customer_id == 501 else [],
        )


def _plant_vouchers(world: World) -> None:
    for voucher_id, reward, customer, state, code, valid_from, valid_to in (
        (7101, TEN_OFF, 501, "issued", "LUMEN10", -5, 25),
        (7102, COFFEE, 501, "issued", "CAFE01", -9, 4),
        (7103, PERCENT, 501, "issued", "BEANS15", -2, 58),
        (7104, CAKE, 501, "issued", None, -1, 13),
        (7105, JUICE, 501, "issued", "JUICE5", -20, 10),
        (7106, HTML, 501, "issued", "SWEET6", -3, 27),
        (7107, PIN, 501, "issued", "REFILL7", -3, 27),
        (7108, COFFEE, 501, "redeemed", "CAFE02", -30, 5),
        (7109, DESSERT, 501, "expired", "SWEET9", -40, -6),
        (7110, TEN_OFF, 501, "issued", "LUMEN12", 14, 44),
        (7111, JUICE, 501, "redemption_in_progress", "JUICE8", -6, 24),
        (7112, TEN_OFF, 502, "issued", "MEI10", -5, 25),
        (7113, COFFEE, 503, "issued", "IRIS01", -5, 25),
        (7114, COFFEE, 504, "issued", "ARUN01", -5, 25),
    ):
        is_used, is_held = state == "redeemed", state == "redemption_in_progress"
        world.insert(
            "vouchers",
            id=voucher_id,
            reward_id=reward,
            customer_id=customer,
            state=state,
            voucher_code=code,
            voucher_key=f"demo-{voucher_id}",
            issued_at=day(world, min(valid_from, -1)),
            valid_from=day(world, valid_from),
            valid_to=day(world, valid_to),
            source="dashboard",
            redeemed_at=day(world, -1) if is_used else None,
            redemptions=int(is_used),
            holds=int(is_held),
        )


PRIZES = [
    {
        "id": 1,
        "campaign_id": 901,
        "modularizable_type": "StoredValue::Campaign",
        "modularizable_id": PROGRAM_ID,
        "points_count": 50,
        "stamp_number": 3,
    },
    {
        "id": 2,
        "campaign_id": 901,
        "modularizable_type": "Reward::Campaign",
        "modularizable_id": JUICE,
        "points_count": None,
        "stamp_number": 6,
    },
]


def _plant_campaigns(world: World) -> None:
    for campaign_id, name, kind, changes in (
        (
            901,
            "Coffee card",
            "stamp",
            {
                "campaign_config": {"total_slots": 6, "rewards": PRIZES},
                "auto_enrol_users": True,
                "custom_fields": {"transaction_based": "true", "min_spend": "5"},
            },
        ),
        (902, "Autumn gift", "give_reward", {"custom_fields": {"f/e_action_en": "Open", "f/e_action_th": None}}),
        (903, "Lucky spin", "lucky_spin", {}),
        (904, "Winter tasting", "give_reward", {"state": "inactive", "begins_at": day(world, 30)}),
    ):
        body: Row = {
            "name": name,
            "description": LONG_HTML,
            "terms_and_conditions": None,
            "campaign_type": kind,
            "game_type": None,
            "begins_at": day(world, -60),
            "ends_at": None,
            "active_at": None,
            "favourite": False,
            "operating_now": True,
            "operating_hour": None,
            "team_size": None,
            "merchant": None,
            "campaign_referral_type": "user",
            "campaign_config": {},
            "images": [{"type": "Cover", "url": "https://cdn.perxtech.io/demo.png"}],
            "category_tags": [],
            "tags": [],
            "custom_fields": {},
            "display_properties": {"rows": 2, "cols": 3},
            "distance": {"value": None, "unit_of_measure": "km"},
            "state": "active",
            "rewards": [],
            "auto_enrol_users": False,
        }
        world.insert("campaigns", id=campaign_id, body=body | changes)


def _plant_stamps(world: World) -> None:
    for customer in world.rows("SELECT id FROM customers"):
        world.insert("enrolments", campaign_id=901, customer_id=customer["id"])
    card = world.insert("cards", id=1501, campaign_id=901, customer_id=501, card_number=1, state="active")
    for slot in (1, 2, 3, 4, 5):
        at = day(world, slot - 8)
        world.insert(
            "stamps",
            card_id=card["id"],
            campaign_id=901,
            customer_id=501,
            slot=slot,
            created_at=at,
            updated_at=at,
            state="redeemed" if slot < 3 else "issued",
        )
    world.insert("triggers", id=11, slug="welcome", reward_id=WELCOME, per_customer=1)


def _plant_catalogue(world: World) -> None:
    usage = ["Rewards", "Merchants"]
    for category_id, title, parent in ((201, "Drinks", None), (202, "Beans", None), (203, "Cold drinks", 201)):
        body = {"title": title, "description": None, "parent": {"id": parent} if parent else {}, "usage": usage}
        world.insert(
            "catalogue", id=category_id, kind="category", body=body | {f"title_{code}": None for code in LANGUAGES}
        )
    world.insert("catalogue", id=211, kind="catalog", body={"name": "At the counter", "description": None})
