"""A cashier who is lost opens the help in the middle of a sale, reads, scans on, and has lost nothing."""

from __future__ import annotations

from pos_app.till.state import Phase


async def test_help_in_the_middle_of_a_sale(shop):
    async with shop() as s:
        s.hand.tap("Help with this screen")
        await s.hand.sees("A sale, from start to end", "Close help")
        s.scan(s.known[0])  # somebody comes: the scan is the sale's
        await s.hand.sees("4821", "2,480", "10.00 off from 50.00")
        s.keys("5", "6", "00")
        await s.hand.sees("56.00", "Complete")
        s.hand.tap("Help with this screen")
        await s.hand.sees("A sale, from start to end", "56.00")
        s.hand.tap("All topics")
        await s.hand.sees("A sale, from start to end", "Signing on, and approvals")
        s.hand.tap("Next page")
        await s.hand.sees("Scanner and printer")
        s.hand.tap("Scanner and printer")
        await s.hand.sees("No scanner", "Plug it in again")
        s.hand.tap("Close help")
        await s.hand.sees("Complete", "2,480", "4821")
        assert s.state.sale.bill_minor == 5600
        s.hand.tap("Complete")
        await s.hand.sees("Done", "Next customer")
        s.hand.tap("Help with this screen")
        await s.hand.sees("After the sale")
        s.hand.tap("Close help")
        await s.hand.sees("Next customer")
        assert s.state.sale.phase is Phase.DONE


async def test_help_speaks_the_cashiers_language(tmp_path, qapp):
    from pos_app.tour.shop import Shop

    async with Shop(tmp_path, {"shop": {"name": "Lumen & Oak", "till": "Till 2", "language": "vi"}}) as s:
        await s.hand.sees("Sẵn sàng")
        window = s.window
        help_button = next(one for one in window.targets() if "GuideOpened" in repr(one.meaning))
        help_button.click()
        await s.hand.sees("Một đơn, từ đầu đến cuối", "Hoàn tất")
