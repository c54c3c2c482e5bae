"""Facts of vouchers, rewards, merchants and campaigns, read only."""

from __future__ import annotations

import re

from pos_app.perx.call import APPLICATION, Call
from pos_app.perx.contract.bench import Bench, Book, Seen, fields, first, want
from pos_app.perx.wire import Row

BOOK = Book()
_WITHOUT_MS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_WITH_MS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_NO_NUMBER = 999_999_999_999


async def _vouchers(bench: Bench, **query: str | int) -> Seen:
    asked: dict[str, str | int] = {"page": 1, "size": 5, "state": "issued"}
    return bench.ok(await bench.ask(Call("GET", "/v4/vouchers", bench.user, query=asked | query)))


async def _voucher(bench: Bench) -> Row:
    return first((await _vouchers(bench)).rows, "voucher to be used")


@BOOK.fact("voucher-meta", "1.3", "A-live", "The list of vouchers tells its pages in the short form.")
async def voucher_meta(bench: Bench) -> None:
    fields((await _vouchers(bench)).meta, "count, size, page, total_pages, order, type")


@BOOK.fact("voucher-state", "4", "A-live", "It is filtered by state.")
async def voucher_state(bench: Bench) -> None:
    rows = (await _vouchers(bench)).rows
    first(rows, "voucher to be used")
    states = {row.text("state") for row in rows}
    want(states == {"issued"}, "other states came")


@BOOK.fact("voucher-fields", "4", "A-live", "A voucher tells its reward, its owner, its dates and what holds it.")
async def voucher_fields(bench: Bench) -> None:
    row = await _voucher(bench)
    told = "id number, voucher_code text|null, reward object, custom_fields object, redemption_date text|null"
    fields(row, f"{told}, reservation_expires_at text|null, valid_to text|null")
    want(row.row("user_account").text("identifier") == bench.plan.customer, "another owner, or none")


@BOOK.fact("voucher-order", "4", "A-live", "It is sorted by issued_date and order.")
async def voucher_order(bench: Bench) -> None:
    rows = (await _vouchers(bench, sort_by="issued_date", order="desc", size=20)).rows
    first(rows[1:], "two vouchers to be used")
    made = [row.text("issued_date") for row in rows]
    want(made == sorted(made, reverse=True), "another order came")


@BOOK.fact("voucher-dates", "1.2", "A-live", "A voucher's dates have milliseconds, its reward's end has none.")
async def voucher_dates(bench: Bench) -> None:
    row = await _voucher(bench)
    own, reward = row.text("valid_to"), row.row("reward").text("valid_to")
    want(not own or bool(_WITH_MS.fullmatch(own)), "valid_to is written otherwise")
    want(not reward or bool(_WITHOUT_MS.fullmatch(reward)), "reward.valid_to is written otherwise")


@BOOK.fact("voucher-by-number", "4", "A-nock", "A voucher is read by its number.")
async def voucher_by_number(bench: Bench) -> None:
    number = (await _voucher(bench)).need("id")
    want((await bench.get("/v4/vouchers/{id}", number)).row.whole("id") == number, "another voucher came")


@BOOK.fact("voucher-unknown", "1.4", "B*", "A number that no voucher has is refused with code 45 and status 404.")
async def voucher_unknown(bench: Bench) -> None:
    seen = await bench.ask(Call("GET", "/v4/vouchers/{id}", bench.user, (_NO_NUMBER,)))
    want(seen.status == 404 and seen.code == 45, bench.brief(seen))


@BOOK.fact("voucher-no-look-up", "4", "C", "There is no look-up of vouchers for a point of sale.")
async def no_look_up(bench: Bench) -> None:
    seen = await bench.ask(Call("GET", "/v4/pos/vouchers", APPLICATION))
    want(seen.status in (403, 404, 405), bench.brief(seen))


async def _reward(bench: Bench) -> Row:
    return first((await bench.get("/v4/rewards", page=1, size=5)).rows, "reward on the shelf")


@BOOK.fact("rewards-list", "17.1", "A-live", "Rewards are a list with stock, limits, prices and tiers.")
async def rewards(bench: Bench) -> None:
    told = "id number, name text, inventory object, reward_price list, loyalty list, custom_fields object"
    fields(await _reward(bench), told)


@BOOK.fact("rewards-affordable", "17.1", "B", "filter_by_points_balance leaves those that the points reach.")
async def affordable(bench: Bench) -> None:
    points = (await bench.get("/v4/loyalty/{id}", bench.profile.loyalty_program_id)).row.whole("points_balance") or 0
    rows = (await bench.get("/v4/rewards", filter_by_points_balance="true", page=1, size=20)).rows
    for row in rows:
        prices = [price.whole("points") or 0 for price in row.rows("reward_price") if price.whole("id") is not None]
        want(not prices or min(prices) <= points, "a reward beyond the points came")


@BOOK.fact("reward-by-number", "17.1", "A-nock", "A reward is read by its number.")
async def reward(bench: Bench) -> None:
    number = (await _reward(bench)).need("id")
    want((await bench.get("/v4/rewards/{id}", number)).row.whole("id") == number, "another reward came")


@BOOK.fact("reward-prices", "17.1", "B*", "A reward's prices are a list, each with its number.")
async def prices(bench: Bench) -> None:
    rows = (await bench.get("/v4/rewards", page=1, size=50)).rows
    priced = next((row for row in rows if any(one.whole("id") for one in row.rows("reward_price"))), None)
    found = first([priced] if priced else [], "reward with a price")
    seen = await bench.get("/v4/rewards/{id}/prices", found.need("id"))
    fields(first(seen.rows, "price"), "id number, points number|null, price text|null")


@BOOK.fact("reward-outlets", "17.1", "B*", "A reward's outlets are a list, each with its number and name.")
async def outlets(bench: Bench) -> None:
    seen = await bench.get("/v4/rewards/{id}/locations", (await _reward(bench)).need("id"))
    fields(first(seen.rows, "outlet of a reward"), "id number, name text")


@BOOK.fact("search-rewards", "17.1", "A-live", "A search by words tells the rewards that were found.")
async def search(bench: Bench) -> None:
    word = (await _reward(bench)).text("name").split(" ")[0]
    found = (await bench.get("/v4/search", search_string=word, page=1, size=5)).row.rows("rewards")
    fields(first(found, "reward that a search finds"), "reward object")


@BOOK.fact("categories", "18", "A-live", "Categories are a list, each with its title and use.")
async def categories(bench: Bench) -> None:
    fields(first((await bench.get("/v4/categories", page=1, size=5)).rows, ""), "id number, title text, usage list")


@BOOK.fact("catalogs", "17.1", "B*", "Catalogues are a list, each with the number of what is in it.")
async def catalogs(bench: Bench) -> None:
    row = first((await bench.get("/v4/catalogs", page=1, size=5)).rows, "")
    fields(row, "id number, name text, catalog_results object")


@BOOK.fact("merchants-list", "18", "A-live", "Merchants are a list that obeys size, without their outlets.")
async def merchants(bench: Bench) -> None:
    rows = (await bench.get("/v4/merchants", page=1, size=1)).rows
    fields(first(rows, ""), "id number, name text, custom_fields object")
    want(len(rows) == 1, f"{len(rows)} rows came for 1")


@BOOK.fact("merchant-outlets", "18", "B*", "One merchant tells its outlets: outlet_id is the place of a sale.")
async def merchant_outlets(bench: Bench) -> None:
    number = first((await bench.get("/v4/merchants", page=1, size=1)).rows, "").need("id")
    seen = await bench.get("/v4/merchants/{id}", number)
    fields(first(seen.row.rows("outlets"), "outlet"), "outlet_id number, outlet_name text")


@BOOK.fact("tenant-settings", "18", "B*", "A setting of the tenant is read by its key, with the application's token.")
async def settings(bench: Bench) -> None:
    row = (await bench.app("/v4/settings/microsite_feature_flags")).row
    fields(row, "key text, json_value object|null")


@BOOK.fact("campaign-meta", "12.2", "A-live", "The list of campaigns counts the rows of this page, not of all.")
async def campaign_meta(bench: Bench) -> None:
    seen = await bench.get("/v4/campaigns", page=1, size=1)
    first(seen.rows, "campaign")
    fields(seen.meta, "count, page, total_pages, sort_by, order_by")
    came = seen.meta.whole("count")
    want(came == len(seen.rows), f"count {came} for {len(seen.rows)} rows")


@BOOK.fact("campaign-rows", "12.1", "A-live", "Its rows tell type, dates and enrolment, but no state and no rewards.")
async def campaign_rows(bench: Bench) -> None:
    row = first((await bench.get("/v4/campaigns", page=1, size=5)).rows, "campaign")
    fields(row, "id number, name text, campaign_type text, begins_at text|null, ends_at text|null, enrolled bool")
    want("state" not in set(row) and "rewards" not in set(row), "state or rewards came")


async def _stamps(bench: Bench) -> Row:
    seen = await bench.get("/v4/campaigns", campaign_type="stamp", page=1, size=5)
    return first(seen.rows, "stamp campaign")


@BOOK.fact("campaign-type", "12", "A-live", "campaign_type leaves the campaigns of one type.")
async def campaign_type(bench: Bench) -> None:
    want((await _stamps(bench)).text("campaign_type") == "stamp", "another type came")


@BOOK.fact("campaign-by-number", "12", "A-live", "A campaign is read by its number.")
async def campaign(bench: Bench) -> None:
    number = first((await bench.get("/v4/campaigns", page=1, size=1)).rows, "campaign").need("id")
    want((await bench.get("/v4/campaigns/{id}", number)).row.whole("id") == number, "another campaign came")


@BOOK.fact("stamp-cards", "13.1", "A-nock", "Stamp cards are a list; a stamp that was earned says issued or redeemed.")
async def stamp_cards(bench: Bench) -> None:
    number = (await _stamps(bench)).need("id")
    cards = (await bench.get("/v4/campaigns/{id}/stamp_cards", number, size=100)).rows
    card = first(cards, "stamp card")
    fields(card, "id number, card_number number, state text, campaign_config object, stamps list")
    states = {stamp.text("state") for stamp in card.rows("stamps")}
    want(states <= {"issued", "redeemed"}, "other states came")


@BOOK.fact("stamp-slots", "13.1", "B*", "A card's slots are campaign_config.total_slots.")
async def stamp_slots(bench: Bench) -> None:
    number = (await _stamps(bench)).need("id")
    card = first((await bench.get("/v4/campaigns/{id}/stamp_cards", number, size=100)).rows, "stamp card")
    fields(card.row("campaign_config"), "total_slots number")


@BOOK.fact("gate", "21", "B*", "The waiting room says go ahead, or 429.")
async def gate(bench: Bench) -> None:
    seen = await bench.ask(Call("GET", "/v4/gatekeep_token", APPLICATION))
    want(seen.status == 429 or (seen.is_ok and bool(seen.said)), bench.brief(seen))
