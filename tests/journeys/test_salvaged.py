"""A damaged data file: the till comes up with what could be read, says how much that is, and loses no sale by it."""

from __future__ import annotations

import pytest

from pos_app.tour.hand import until


@pytest.mark.fault("row 24")
@pytest.mark.log_warnings
@pytest.mark.parametrize("damage", ["one bit", "first page"])
async def test_a_damaged_file_is_told_until_a_person_has_read_it(shop, damage):
    async with shop() as s:
        s.scan(s.known[0])
        await s.hand.sees("4821", "2,480")
        s.practice.kill()
        s.keys("2", "0", "00")
        await s.hand.sees("20.00")
        s.scan("4006381333931")
        await until(lambda: not s.state.link.online, "the outage was not noticed")
        await s.hand.sees("Save sale", "sent later")
        s.hand.tap("Save sale")
        await s.hand.sees("Saved")
        ref = s.record.ref
        await s.close()
        spoil(s.data / "till" / "till.sqlite3", damage)
        await s.open()
        await s.hand.sees("The till's data file was damaged.", "rows came back.", "Missing at most: 0.", "DISK-07")
        await s.close()
        await s.open()
        await s.hand.sees("DISK-07")
        s.hand.tap("IT is told")
        await until(lambda: "DISK-07" not in s.hand.said(), "it is still shown")
        s.practice.start()
        await until(lambda: not (s.state.backlog.waiting or s.state.backlog.checking), "the sale was never sent", 40)
        assert float(s.sale(ref)["amount"]) == 20
        await s.close()
        await s.open()
        assert s.state.salvaged is None


def spoil(path, damage: str) -> None:
    """Turn one bit of a page in the middle, or take the first page away, as a bad disk would."""
    data = bytearray(path.read_bytes())
    if damage == "one bit":
        data[len(data) // 2] ^= 1
    else:
        data[:4096] = bytes(4096)
    path.write_bytes(bytes(data))
