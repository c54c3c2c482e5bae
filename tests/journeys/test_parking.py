"""A sale is parked and taken up again over the real window; Perx's ledger says what was held meanwhile."""

from __future__ import annotations

from pos_app.tour.hand import until


async def begin(s) -> None:
    """Somchai with a voucher held and a bill of 56.00."""
    s.scan(s.known[0])
    await s.hand.sees("can be used now")
    s.scan("LUMEN10")
    await s.hand.sees("Held for this sale")
    s.keys("5", "6", "00")


async def test_a_parked_sale_lets_the_next_customer_through_and_comes_back_whole(shop):
    async with shop() as s:
        await begin(s)
        s.hand.tap("Park")
        await s.hand.sees("The sale is parked", "Ready to scan", "Parked sales: 1")
        await until(lambda: s.voucher("LUMEN10")["state"] == "issued", "its voucher stays held")

        s.scan(s.known[1])
        await until(lambda: s.state.sale.known is not None and s.state.sale.known.detailed, "never looked up")
        s.keys("1", "2", "00")
        await s.hand.sees("12.00")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.")
        s.hand.tap("Next customer")

        s.hand.tap("Parked sales")
        await s.hand.sees("4821", "56.00")
        s.hand.tap(f"{_when(s)}")
        await s.hand.sees("Held for this sale", "56.00")
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.")
        assert s.voucher("LUMEN10")["redemptions"] == 1
        assert len(s.ledger["transactions"]) == 2
        assert s.state.parked == ()


async def test_a_cancelled_sale_is_brought_back_with_its_voucher(shop):
    """At once, while Perx has not yet heard that the voucher was given back."""
    async with shop() as s:
        await begin(s)
        s.hand.tap("Cancel sale")
        await s.hand.sees("Ready to scan")
        s.hand.tap("Bring the cancelled sale back")
        await s.hand.sees("Held for this sale", "56.00")
        assert s.voucher("LUMEN10")["holds"] == 2
        assert s.voucher("LUMEN10")["reverts"] == 1


async def test_a_parked_sale_is_there_after_a_restart(shop):
    async with shop() as s:
        await begin(s)
        s.scan("POS:PARK")
        await s.hand.sees("Parked sales: 1")
        await until(lambda: not s.counter.till.is_busy, "it is never written down")
        await s.close()
        await s.open()
        await s.hand.sees("Parked sales: 1")
        s.hand.tap("Parked sales")
        s.hand.tap(f"{_when(s)}")
        await s.hand.sees("Held for this sale", "56.00")


def _when(s) -> str:
    return s.state.parked[0].at.astimezone().strftime("%H:%M")
