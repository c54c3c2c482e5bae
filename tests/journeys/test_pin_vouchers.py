"""A voucher that is used with the shop's PIN, over the real window: typed, never kept, read back when unsure."""

from __future__ import annotations

import pytest
from journey_faults import fault

from pos_app.tour.hand import until

REDEEM = "^/v4/vouchers/7107/redeem"


async def asked(s, *bill: str) -> None:
    """Somchai's refill asks for its PIN."""
    s.scan(s.known[0])
    await s.hand.sees("can be used now")
    s.keys(*(bill or ("1", "2", "00")))
    s.scan("REFILL7")
    await s.hand.sees("A voucher with a PIN", "Free refill (PIN)", "Type the PIN")


def type_pin(s, pin: str) -> None:
    s.keys(*pin)
    s.hand.tap("Use the voucher")


async def test_the_pin_uses_the_voucher_at_once_and_the_sale_names_it(shop):
    async with shop() as s:
        await asked(s)
        assert s.voucher("REFILL7")["state"] == "issued", "it is not held without its PIN"
        type_pin(s, "4821")
        await s.hand.sees("Used", "By PIN, for this sale", "9.00")
        assert (s.voucher("REFILL7")["state"], s.voucher("REFILL7")["redemptions"]) == ("redeemed", 1)
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.")
        sale = s.sale(s.record.ref)
        assert (float(sale["amount"]), sale["properties"]["applied_vouchers"]) == (9, "7107")


async def test_a_wrong_pin_is_said_in_words_and_can_be_typed_again(shop):
    async with shop() as s:
        await asked(s)
        type_pin(s, "1111")
        await s.hand.sees("That is not the PIN of this voucher.", "PX-012")
        assert s.voucher("REFILL7")["redemptions"] == 0
        type_pin(s, "4821")
        await s.hand.sees("By PIN, for this sale")


async def test_the_sale_is_not_completed_while_a_pin_is_missing(shop):
    async with shop() as s:
        await asked(s)
        s.hand.tap("Back to the sale")
        await s.hand.sees("Needs the shop's PIN", "Type the PIN", "of a voucher in this sale")
        s.hand.tap("Type the PIN")
        await s.hand.sees("A voucher with a PIN")
        s.hand.tap("Back to the sale")
        s.hand.tap("Remove Free refill (PIN)")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.", "12.00")
        assert s.voucher("REFILL7")["redemptions"] == 0


@pytest.mark.parametrize("lost", ["drop_after", "drop_before"])
async def test_a_dropped_answer_is_read_back(shop, lost):
    async with shop() as s:
        await asked(s)
        s.practice.fault({**fault("POST", REDEEM, lost), "times": 1})
        type_pin(s, "4821")
        if lost == "drop_after":
            await s.hand.sees("By PIN, for this sale")
        else:
            await s.hand.sees("The PIN of this voucher was not sent.", "SALE-06")
            type_pin(s, "4821")
            await s.hand.sees("By PIN, for this sale")
        assert s.voucher("REFILL7")["redemptions"] == 1


async def test_without_perx_a_pin_voucher_waits(shop):
    async with shop() as s:
        await asked(s)
        s.practice.kill()
        type_pin(s, "4821")
        await s.hand.sees("The PIN of this voucher was not sent.")
        s.scan(s.known[0])
        await s.hand.sees("Offline", "This sale")
        s.hand.tap("Remove Free refill (PIN)")
        s.scan("REFILL7")
        await s.hand.sees("Not now: needs Perx")
        s.practice.start()


async def test_a_cancelled_sale_asks_perx_to_take_the_use_back(shop):
    """Not every Perx does so: this one refuses, and a person hears of it."""
    async with shop() as s:
        await asked(s)
        type_pin(s, "4821")
        await s.hand.sees("By PIN, for this sale")
        s.hand.tap("Park")
        await s.hand.sees("A voucher of this sale is used by its PIN.")
        s.hand.tap("Cancel sale")
        await s.hand.sees("Perx is asked to take that back.", "1 needs you")
        assert s.voucher("REFILL7")["state"] == "redeemed"


async def test_the_pin_is_written_nowhere(shop, tmp_path, caplog):
    """Not in the till's files, not in a log, not in what is remembered of the state."""
    pin = "90417562"
    caplog.set_level("DEBUG")
    async with shop() as s:
        await asked(s)
        s.keys(*pin)
        assert pin not in repr(s.state)
        s.hand.tap("Use the voucher")
        await s.hand.sees("That is not the PIN of this voucher.")
        await until(lambda: not s.counter.till.is_busy, "it is never written down")
        await s.close()
        files = [one for one in (tmp_path / "till").rglob("*") if one.is_file()]
        assert files
        assert not [one.name for one in files if pin.encode() in one.read_bytes()]
        assert pin not in caplog.text
        await s.open()
