"""A cashier who reads Thai takes the till over in the middle of a sale: no restart, and the sale is as it was."""

from __future__ import annotations


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
