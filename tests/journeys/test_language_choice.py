"""A cashier who reads Thai takes the till over in the middle of a sale: no restart, and the sale is as it was."""

from __future__ import annotations

from pos_app.till.events import Ticked
from pos_app.tour.hand import until


async def test_the_language_changes_in_the_middle_of_a_sale(shop):
    async with shop() as s:
        s.scan(s.known[0])
        await s.hand.sees("4821", "2,480", "10.00 off from 50.00")
        s.keys("5", "6", "00")
        await s.hand.sees("56.00", "Complete")
        s.hand.tap("Menu")
        await s.hand.sees("Language", "English")
        s.hand.tap("Language")
        await s.hand.sees("ไทย", "简体中文")
        s.hand.tap("ไทย")
        await s.hand.sees("บิลนี้", "ยืนยันรายการ", "56.00", "2,480", "4821")
        s.hand.tap("ยืนยันรายการ")
        await s.hand.sees("เสร็จแล้ว", "ลูกค้าถัดไป")
        await s.hand.sees("Member", "To pay SGD")  # the slip speaks the shop's language
        s.hand.tap("ลูกค้าถัดไป")
        await s.hand.sees("พร้อมสแกน")
        assert s.state.language == "th"
        assert s.window.look.lang == "th"
        said = await s.counter.outbox.for_sale(s.state.last.ref)
        assert said[-1].command.currency == "SGD", "what is stored is the same in every language"


async def test_a_shop_speaks_its_language_from_the_start(tmp_path, qapp):
    from pos_app.tour.shop import Shop

    async with Shop(tmp_path, {"shop": {"name": "Lumen & Oak", "till": "Till 2", "language": "id"}}) as s:
        await s.hand.sees("Siap memindai", "Total belanja", "0,00")


REQUIRED = {"sign_on": "required"}
MAI, BEN = "POS:STAFF:PRACTICE-MAI", "POS:STAFF:PRACTICE-BEN"


async def test_a_language_chosen_before_anybody_is_signed_on_is_theirs_who_sign_on_with_it(shop):
    async with shop("Who are you?", people=REQUIRED) as s:
        s.hand.tap("Language, English")
        await s.hand.sees("Bahasa Indonesia", "Tiếng Việt", "简体中文", "ไทย")
        digits = [tap.accessibleName() for tap in s.window.targets() if tap.accessibleName() in "0123456789"]
        assert digits == [], "no PIN is typed while a language is chosen"
        s.hand.tap("ไทย")
        await s.hand.sees("สแกนบัตรของคุณ")
        s.scan(MAI)
        await s.hand.sees("พร้อมสแกน", "Mai A.")
        s.hand.tap("Mai A.")
        await s.hand.sees("ลงชื่อออก")
        s.hand.tap("ลงชื่อออก")
        await s.hand.sees("Who are you?")  # the shop's language, until it is known who is there
        s.scan(BEN)
        await s.hand.sees("Ready to scan")
        s.scan(MAI)
        await s.hand.sees("พร้อมสแกน")
        assert dict(s.state.languages) == {"Mai A.": "th"}
        await s.close()
        await s.open()
        await s.hand.sees("Who are you?")
        s.scan(MAI)
        await s.hand.sees("พร้อมสแกน")


async def test_a_language_that_somebody_chose_who_went_away_is_not_the_next_ones(shop):
    async with shop("Who are you?", people=REQUIRED | {"hide_after_s": 5.0}) as s:
        s.hand.tap("Language, English")
        await s.hand.sees("Tiếng Việt")
        s.hand.tap("Tiếng Việt")
        await until(lambda: s.state.language == "vi", "it never speaks Vietnamese")
        await until(lambda: s.state.language == "en", "it is still Vietnamese")
        s.counter.till.post(Ticked())
        s.scan(BEN)
        await s.hand.sees("Ready to scan")
        assert s.state.languages == ()
