"""New members, customers by phone and of lately, their language: at the window, held against Perx's own books."""

from __future__ import annotations

import pytest
from journey_faults import fault

from pos_app.outbox import Journal
from pos_app.practice import Practice
from pos_app.till.events import Ticked
from pos_app.tour.hand import until
from pos_app.tour.shop import Shop

QUICK = {"settle_after_s": 1.0, "retry_base_s": 0.1, "retry_cap_s": 1.0}
CONSENT = {"en": "I agree to join, and that my number is kept.", "th": "ฉันยินยอมเข้าร่วม และให้เก็บหมายเลขของฉัน"}
FORM = {
    "members": {"consent": CONSENT},
    "identifiers": {"phone": "digits"},
    "shop": {"name": "Lumen & Oak, Riverside", "till": "Till 2", "country": "SG"},
    "receipt": {"language_property": "language"},
    "outbox": QUICK,
}
CREATE = ("POST", "/v4/pos/user_accounts")
NEW = "6582345678"


def perx_has(s: Shop, identifier: str) -> list[dict]:
    """Every member of an identifier that Perx has."""
    return [one for one in s.ledger["customers"] if one["identifier"] == identifier]


async def notes(s: Shop, what: str) -> list[dict]:
    await until(lambda: not s.counter.till.is_busy, "the till never came to rest")
    lines = await Journal(s.counter.outbox._db).recent(200)
    return [one.facts for one in reversed(lines) if one.what == what]


async def to_form(s: Shop) -> None:
    s.hand.tap("Find a customer")
    await s.hand.sees("By phone number", "New member")
    s.hand.tap("New member")
    await s.hand.sees("Read it to the customer", CONSENT["en"])


async def fill(s: Shop, language: str = "ไทย", number: str = "82345678") -> None:
    """The number typed, the language chosen, the text in it agreed to."""
    s.keys(*number)
    s.hand.tap(language)
    await s.hand.sees(CONSENT["th"] if language == "ไทย" else CONSENT["en"])
    assert s.state.panel.join.agreed is False
    with pytest.raises(Exception, match="no button"):
        s.hand.tap("New member, Perx makes")  # not before the customer has agreed
    s.hand.tap("The customer agrees")


async def test_a_member_is_made_with_language_and_consent_and_the_sale_goes_on(shop):
    async with shop(**FORM) as s:
        await to_form(s)
        await fill(s)
        s.hand.tap("New member, Perx makes")
        await s.hand.sees("5678", "No vouchers that can be used")
        [made] = perx_has(s, NEW)
        assert made["personal_properties"] == {"language": "th"}
        assert (made["phone"], made["first_name"]) == (None, None), "Perx takes no personal data"
        [told] = await notes(s, "enrol")
        assert (told["in"], told["text"]) == ("th", CONSENT["th"])
        assert NEW not in str(told)
        s.keys("1", "2", "00")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.", "สมาชิก")  # the slip is in the customer's language
        assert s.record.language == "th"


@pytest.mark.fault("FM-01")
async def test_a_lost_answer_makes_no_second_member(shop):
    async with shop(**FORM) as s:
        await to_form(s)
        await fill(s)
        s.practice.fault(fault(*CREATE, "drop_after", 1))
        s.hand.tap("New member, Perx makes")
        await s.hand.sees("5678", "No vouchers that can be used", within_s=40)
        assert len(perx_has(s, NEW)) == 1
        posts = [one for one in s.ledger["requests"] if one["path"] == CREATE[1] and one["method"] == "POST"]
        assert len(posts) == 1, "it is looked up, and not sent again"


async def test_somebody_who_is_a_member_already_is_taken_into_the_sale(shop):
    async with shop(**FORM) as s:
        await to_form(s)
        await fill(s, "English", "91234821")
        s.hand.tap("New member, Perx makes")
        await s.hand.sees("They are a member already.", "2,480")
        assert len(perx_has(s, s.known[0])) == 1


async def test_a_number_that_is_none_is_said_and_a_scanned_card_takes_its_place(shop):
    async with shop(**FORM) as s:
        await to_form(s)
        await fill(s, "English", "12")
        s.hand.tap("New member, Perx makes")
        await s.hand.sees("That is no phone number", "CUS-01")
        s.scan("CARD-0815-77")
        await s.hand.sees("Scanned", "5-77")
        s.hand.tap("New member, Perx makes")
        await s.hand.sees("No vouchers that can be used")
        assert len(perx_has(s, "CARD-0815-77")) == 1


async def test_the_unknown_code_leads_to_the_form_when_there_is_more_to_ask(shop):
    async with shop(**FORM) as s:
        s.scan('{"identifier":"NEW-MEMBER-77"}')
        await s.hand.sees("Perx does not know this member")
        s.hand.tap("New member")
        await s.hand.sees("Read it to the customer", "R-77")
        assert perx_has(s, "NEW-MEMBER-77") == []
        s.hand.tap("The customer agrees")
        s.hand.tap("New member, Perx makes")
        await s.hand.sees("No vouchers that can be used")
        assert len(perx_has(s, "NEW-MEMBER-77")) == 1


@pytest.mark.fault("FM-13")
async def test_without_perx_a_member_is_taken_down_and_made_once_with_points_given_once(shop):
    async with shop(**FORM) as s:
        await to_form(s)
        s.practice.kill()
        await fill(s)
        s.hand.tap("New member, Perx makes")
        await s.hand.sees("It can be written down and is told to Perx later", "Write it down")
        s.hand.tap("Write it down")
        await s.hand.sees("No member yet: Perx is told later", "5678")
        s.keys("2", "0", "00")
        await s.hand.sees("Save sale")
        s.hand.tap("Save sale")
        await until(lambda: s.state.sale.phase.value == "done", "the counter never went on")
        ref = s.record.ref
        await s.close()
        await s.open()  # as after a crash
        s.practice.start()
        await until(lambda: s.state.backlog.waiting + s.state.backlog.checking == 0, "it was never delivered", 40)
        assert len(perx_has(s, NEW)) == 1
        assert s.sale(ref)
        await until(lambda: bool(s.points_of(ref)), "the points never came")
        assert len(s.points_of(ref)) == 1


@pytest.mark.fault("FM-19")
async def test_a_customer_is_found_by_phone_however_it_is_typed_and_offline_as_of_then(shop):
    async with shop(**FORM) as s:
        for typed in ("91234821", "+6591234821"):
            s.hand.tap("Find a customer")
            await s.hand.sees("By phone number")
            s.hand.tap("By phone number")
            await s.hand.sees("Which phone number?")
            s.keys(*typed)
            s.hand.tap("Look up")
            await s.hand.sees("2,480", "can be used now")
            s.hand.tap("Take the customer off this sale")
            await s.hand.sees("Ready to scan")
        asked = [one["path"] for one in s.ledger["requests"] if "search" in one["path"]]
        assert not [path for path in asked if "merchant_admin" in path]
        s.practice.kill()
        s.hand.tap("Find a customer")
        s.hand.tap("By phone number")
        s.keys(*"91234821")
        s.hand.tap("Look up")
        await s.hand.sees("2,480", "as of ")


async def test_a_hashed_phone_number_never_leaves_the_till(shop, monkeypatch):
    usual = Practice.secrets.fget
    keyed = property(lambda self: usual(self) | {"POS_APP_SECRET_IDENTIFIER_KEY": "a-tenants-key"})
    monkeypatch.setattr(Practice, "secrets", keyed)
    told = {**FORM, "identifiers": {"phone": "e164", "scheme": "hmac-sha256"}}
    async with shop(**told) as s:
        await to_form(s)
        await fill(s)
        s.hand.tap("New member, Perx makes")
        await until(lambda: s.state.sale.known is not None and s.state.sale.known.detailed, "nobody was made")
        identifier = s.state.sale.known.identifier
        assert len(identifier) == 64
        assert len(perx_has(s, identifier)) == 1
        s.hand.tap("Take the customer off this sale")
        s.hand.tap("Find a customer")
        s.hand.tap("By phone number")
        s.keys(*"+6582345678")
        s.hand.tap("Look up")
        await until(lambda: s.state.sale.known is not None, "not found by the same number, written in full")
        assert s.state.sale.known.identifier == identifier
        assert "82345678" not in str(s.ledger["requests"])


async def test_recent_customers_are_offered_again_hidden_when_nobody_is_there_and_gone_from_disk_by_name(shop):
    async with shop(**FORM) as s:
        for number in (0, 1):
            s.scan(s.known[number])
            await until(lambda: s.state.sale.known is not None and s.state.sale.known.detailed, "never looked up")
            s.hand.tap("Take the customer off this sale")
        s.hand.tap("Find a customer")
        await s.hand.sees("Recent at this till", "Som•••", s.known[0][-4:], s.known[1][-4:])
        for _ in range(60):
            s.counter.till.post(Ticked())
        await until(lambda: s.known[0][-4:] not in s.hand.said(), "who was here is still to be read")
        assert "Som•••" not in s.hand.said()
        s.hand.tap("Back")
        await s.close()
        await s.open()
        s.hand.tap("Find a customer")
        await s.hand.sees(s.known[0][-4:], s.known[1][-4:])
        assert "Som•••" not in s.hand.said()
        [row] = [one for one in s.state.recent if one.identifier == s.known[0]]
        s.hand.tap(f"Member, •••• {row.identifier[-4:]}")
        await s.hand.sees("2,480", "can be used now")


async def test_a_recent_customer_needs_an_approval_where_a_typed_number_does(shop):
    async with shop(people={"sign_on": "off", "approve_typed_customer": True}) as s:
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.hand.tap("Take the customer off this sale")
        s.hand.tap("Find a customer")
        s.hand.tap("Som•••")
        await s.hand.sees("Take this customer?")
        s.hand.tap("The customer came back")
        s.scan("POS:STAFF:PRACTICE-NOOR")
        await s.hand.sees("2,480", "can be used now")
        [told] = await notes(s, "typed member approved")
        assert (told["approved_by"], s.known[0] in str(told)) == ("Noor H.", False)


async def test_a_customers_language_is_kept_by_perx_beside_what_else_it_keeps(shop):
    async with shop(**FORM) as s:
        before = s.customer(0)["personal_properties"]
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.hand.tap("Menu")
        s.hand.tap("Customers")
        s.hand.tap("The customer's language")
        await s.hand.sees("Perx keeps it")
        s.practice.fault(fault("PUT", "/v4/pos/user_accounts/update_user", "drop_after", 1))
        s.hand.tap("ไทย")
        await s.hand.sees("Perx keeps it from now on.", within_s=40)
        assert s.customer(0)["personal_properties"] == {**before, "language": "th"}
        s.keys("1", "2", "00")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.", "สมาชิก")


async def test_perx_is_asked_for_the_number_itself_only_where_the_tenant_wants_that(shop):
    told = {
        **FORM,
        "identifiers": {"phone": "search"},
        "shop": {**FORM["shop"], "merchant_identifier": "lumen-oak-bar"},
    }
    async with shop(**told) as s:
        s.hand.tap("Find a customer")
        s.hand.tap("By phone number")
        s.keys(*"91234821")
        s.hand.tap("Look up")
        await s.hand.sees("2,480", "can be used now")
        s.hand.tap("Take the customer off this sale")
        s.hand.tap("Find a customer")
        s.hand.tap("By phone number")
        s.keys(*"82345678")
        s.hand.tap("Look up")
        await s.hand.sees("Perx knows no member with this phone number.", "CUS-03")


async def test_a_phone_number_that_nobody_can_look_up_now_is_asked_about_before_points_are_kept_for_it(shop):
    async with shop(**FORM) as s:
        s.practice.kill()
        s.hand.tap("Find a customer")
        s.hand.tap("By phone number")
        s.keys(*"82345678")
        s.hand.tap("Look up")
        await s.hand.sees("Is this the member's code?")
        s.hand.tap("Back to the sale")
        await s.hand.sees("Ready to scan")
        assert s.state.sale.known is None
