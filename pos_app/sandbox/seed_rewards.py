"""The reward catalogue of the demo shop: one reward for every way in which a claim can end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pos_app.sandbox.world import CURRENCY, PROGRAM_ID, Row, World, wire_time

LONG_HTML = "<p>Enjoy &amp; share.</p><ul>" + "<li>One per visit, not with other offers.</li>" * 90 + "</ul>"
LANGUAGES = ("en", "th", "vi", "zh", "zh_hans", "zh_hant")
BAR, ROASTERY = 41, 42
HARBOUR_OUTLET, MARKET_OUTLET, ROASTERY_OUTLET = 4101, 4102, 4201
JUICE, PERCENT, COFFEE, CAKE, TEN_OFF, DESSERT, HTML, PIN = 305, 303, 302, 304, 301, 309, 306, 307
WELCOME, LOUNGE, SOLD_OUT, MUG, TABLE, NO_CODES, SOON = 320, 311, 312, 313, 314, 315, 316


def day(world: World, days: float) -> str:
    """Tell the instant so many days from now, as it stands in the tables."""
    return wire_time(world.now() + timedelta(days=days))


NO_LIMITS = (
    "reward_total_limit",
    "reward_limit_per_period",
    "reward_limit_per_period_balance",
    "minutes_per_period",
    "period_start",
)


def _reward(
    world: World, reward_id: int, name: str, *, row: Row | None = None, prices: tuple[Row, ...] = (), **body: Any
) -> None:
    full: Row = {
        "name": name,
        "subtitle": None,
        "description": "<p>Enjoy.</p>",
        "terms_and_conditions": LONG_HTML,
        "steps_to_redeem": None,
        "state": "active",
        "brands": [{"id": 1, "name": "Lumen & Oak"}],
        "category_tags": [{"id": 201, "title": "Drinks", "parent": None}],
        "tags": [{"id": 5, "name": "counter"}],
        "catalogs": [],
        "custom_fields": {},
        "eligible": True,
        "favourite": False,
        "images": [],
        "inventory": dict.fromkeys(NO_LIMITS),
        "is_giftable": True,
        "loyalty": [],
        "merchant_id": BAR,
        "merchant_name": "Lumen & Oak Coffee Bar",
        "merchant_logo_url": None,
        "merchant_website": None,
        "ecommerce_only": None,
        "operating_now": True,
        "operating_hour": None,
        "code_generation_method": "random",
        "distance": None,
        "score": None,
        "redemption_type": {"type": "offline", "timer": None, "call_to_action": None},
        "voucher_type": "code",
        "selling_from": day(world, -90),
        "selling_to": None,
        "valid_from": day(world, -90),
        "valid_to": day(world, 365)[:19] + "Z",
        "locations": [_location(HARBOUR_OUTLET, "Harbour Walk"), _location(MARKET_OUTLET, "Market Street")],
        "reward_price": [
            {
                "id": reward_id * 10 + number,
                "currency_code": None,
                "identifier": None,
                "loyalty_program_id": PROGRAM_ID,
                "points": 0,
                "price": None,
                "reward_amount": "0.0",
                "reward_currency": None,
            }
            | price
            for number, price in enumerate(prices)
        ],
    } | {f"name_{language}": None for language in LANGUAGES}
    body["inventory"] = full["inventory"] | body.get("inventory", {})
    world.insert("rewards", id=reward_id, body=full | body, **(row or {}))


def _location(location_id: int, name: str) -> Row:
    return {
        "id": location_id,
        "name": name,
        "address_line_1": f"1 {name}",
        "address_line_2": None,
        "address_line_3": None,
        "postal_code": "018956",
        "city": "Singapore",
        "state": None,
        "country": "SG",
        "shopping_mall": None,
        "latitude": "1.28",
        "longitude": "103.85",
        "phone_number": None,
        "mobile_number": None,
        "website_url": None,
        "operating_hours": [],
        "custom_fields": {},
    }


def plant_rewards(world: World) -> None:
    """Fill the catalogue of rewards."""
    _plant_held_rewards(world)
    _plant_shelf(world)


def _plant_held_rewards(world: World) -> None:
    _reward(
        world,
        TEN_OFF,
        "10.00 off from 50.00",
        custom_fields={"discount_value": "10.00", "minimum_spending": "50.00"},
        catalogs=[{"id": 211}],
    )
    _reward(
        world,
        COFFEE,
        "Coffee for 1.00",
        custom_fields={"minimum_spending": ""},
        catalogs=[{"id": 211}],
        prices=({"points": 100},),
    )
    _reward(
        world,
        PERCENT,
        "15 % off beans",
        custom_fields={"discount_percent": "15", "discount_value": None},
        merchant_id=ROASTERY,
        merchant_name="Lumen & Oak Roastery",
        category_tags=[{"id": 202, "title": "Beans"}],
        locations=[_location(ROASTERY_OUTLET, "Old Mill")],
    )
    _reward(
        world,
        CAKE,
        "Birthday cake slice",
        code_generation_method="nocode",
        custom_fields={"discount_value": "6.50", "minimum_spending": None},
    )
    _reward(world, JUICE, "Free orange juice", custom_fields={"discount_value": "4.50", "minimum_spending": "0.00"})
    _reward(
        world,
        HTML,
        "<b>Free</b> <img src=x> dessert",
        description=LONG_HTML,
        custom_fields={"discount_value": "5.00", "f/e_action_en": "<script>alert(1)</script>"},
    )
    _reward(
        world,
        PIN,
        "Free refill (PIN)",
        row={"secret_pin": "4821"},
        custom_fields={"discount_value": "3.00"},
        redemption_type={"type": "pin", "timer": None, "call_to_action": None},
    )
    _reward(world, DESSERT, "Free dessert", custom_fields={"discount_value": "5.00", "minimum_spending": "20.00"})


def _plant_shelf(world: World) -> None:
    _reward(
        world,
        LOUNGE,
        "Platinum tasting",
        prices=({"points": 500},),
        loyalty=[{"loyalty_name": "Platinum", "sneak_peek": True, "loyalty_points_required_for_redemption": None}],
    )
    _reward(world, SOLD_OUT, "Tote bag (sold out)", row={"claimed": 52}, inventory={"reward_total_limit": 50})
    _reward(world, MUG, "Enamel mug", prices=({"points": 300},), limit_per_user=1, inventory={"reward_total_limit": 40})
    _reward(
        world,
        TABLE,
        "Chef's table",
        prices=(
            {"points": 2000},
            {"points": 800, "price": "15.0", "currency_code": CURRENCY, "reward_amount": "15.0"},
            {"id": None, "points": None, "reward_amount": "30.0", "reward_currency": CURRENCY},
        ),
    )
    _reward(world, NO_CODES, "Partner cinema code", row={"left_codes": 0}, inventory={"reward_total_limit": 100})
    _reward(world, SOON, "Autumn blend", selling_from=day(world, 10))
    _reward(world, WELCOME, "Welcome gift", row={"is_system": 1}, custom_fields={"discount_value": "2.00"})
