"""A shift over the real window: opened, sold in, looked at, closed with what waits shown, printed again as a copy."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from journey_faults import fault
from program import config, finish, start

from pos_app.outbox import Journal
from pos_app.tour.hand import press, until
from pos_app.tour.shop import Shop

MAI, BEN = "POS:STAFF:PRACTICE-MAI", "POS:STAFF:PRACTICE-BEN"
SALES = ("POST", "/v4/pos/transactions", "status")


async def sell(s: Shop, customer: int, *keys: str, voucher: str = "", said: str = "Perx has the sale.") -> None:
    """One sale at the counter, to its end."""
    s.scan(s.known[customer])
    await s.hand.sees("can be used now")
    if voucher:
        s.scan(voucher)
        await s.hand.sees("Held for this sale")
    s.keys(*keys)
    s.hand.tap("Complete")
    await s.hand.sees("Perx confirmed it" if voucher else said)
    s.hand.tap("Next customer")
    await s.hand.sees("Ready to scan")


async def to_shift(s: Shop) -> None:
    s.hand.tap("Menu")
    s.hand.tap("Shift")
    await until(lambda: s.state.shift.report is not None, "the shift was never counted")


async def pages(s: Shop) -> str:
    """Everything that the report says, page after page."""
    said = s.hand.said()
    while any(tap.accessibleName() == "Next page" for tap in s.window.targets()):
        press(next(tap for tap in s.window.targets() if tap.accessibleName() == "Next page"))
        said += s.hand.said()
    return said


async def close_it(s: Shop) -> None:
    s.hand.tap("Close shift (Z)")
    await s.hand.sees("The shift is closed", "Z-0001", "Closed. It never changes.")


async def ask(s: Shop, *words: str) -> tuple[int, dict]:
    """`pos-app shift` as a person in another window types it."""
    if not (s.data / "config.toml").exists():
        config(s.practice, s.data)
    where = ["--config", str(s.data / "config.toml"), "--data", str(s.data / "till"), "--json"]
    child = start("shift", *words, *where, env=s.practice.secrets)
    await until(lambda: child.poll() is not None, f"shift {words[0]} never ended")
    code, out, err = finish(child)
    assert "Traceback" not in err, err
    assert bool(err) == ("problem" in json.loads(out)), "a failure is said, and nothing else is"
    return code, json.loads(out)


def figures(path: Path) -> dict[tuple[str, str, str], str]:
    """A saved CSV, by its first three columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {(row[0], row[1], row[2]): row[3] for row in csv.reader(file)}


async def test_a_shift_from_its_opening_to_the_copy_of_its_report(shop):
    async with shop() as s:
        await to_shift(s)
        await s.hand.sees("The day so far", "No shift is open.")
        s.hand.tap("Open a shift")
        await s.hand.sees("X report, shift so far", "X-0001")
        s.hand.tap("Back to the sale")
        await sell(s, 0, "5", "6", "00", voucher="LUMEN10")
        await sell(s, 1, "1", "2", "00")
        await to_shift(s)
        said = await pages(s)
        for words in ("Vouchers used, 1, worth 10.00", "Perx has them, 2, 58.00"):  # fmt: skip
            assert words in said, words
        s.hand.tap("Print X report")
        await s.hand.sees("The report was printed")
        assert [one.suffix for one in (s.data / "till" / "reports").iterdir()] == [".pdf"]
        assert s.state.shift.open.number == 1
        s.hand.tap("Back to the sale")
        s.practice.fault(fault(*SALES, None, code=429, headers={"Retry-After": "300"}))
        s.scan(s.known[1])
        await s.hand.sees("can be used now")
        s.keys("7", "00")
        s.hand.tap("Complete")
        await until(lambda: s.state.backlog.waiting == 1, "the sale never waited")
        await until(lambda: s.state.sale.phase.value == "done", "the counter never went on")
        s.hand.tap("Next customer")
        await to_shift(s)
        await s.hand.sees("Not yet sent, 1, worth 7.00")
        s.hand.tap("Close shift (Z)")
        await s.hand.sees("Close this shift?", "1 entry is not sent yet", "Under 15 min, 1, 7.00")
        assert s.state.shift.open.number == 1
        s.hand.tap("Close the shift")
        await s.hand.sees("The shift is closed", "Z-0001", "So it was when the shift was closed.")
        assert s.state.shift.report.sales.minor == 6500
        s.hand.tap("Print Z report, the first one")
        await s.hand.sees("The report was printed", "Z-0001.pdf")
        s.hand.tap("Print Z report, marked COPY")
        await s.hand.sees("Z-0001-copy.pdf")
        s.hand.tap("Save files")
        await s.hand.sees("Saved in the folder reports", "Z-0001.csv")
        table = figures(s.data / "till" / "reports" / "Z-0001.csv")
        assert table["sales", "done", "worth"] == "58.00"
        assert table["sales", "pending", "worth"] == "7.00"
        assert table["all vouchers", "", "used worth"] == "10.00"
        assert table["not sent", "under 15 min", "count"] == "1"
        s.hand.tap("Now")
        await s.hand.sees("No shift is open.")
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0002", "Vouchers used, 0", "Points given, +0", "1 of them are from before.")
        assert s.state.shift.report.sales.count == 0


@pytest.mark.fault("FM-06")
async def test_a_shift_is_closed_while_perx_is_away_and_what_waits_goes_out_once(shop):
    async with shop() as s:
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001")
        s.hand.tap("Back to the sale")
        await sell(s, 0, "1", "2", "00")
        s.practice.kill()
        s.scan(s.known[0])
        await until(lambda: s.state.sale.known is not None and not s.state.link.online, "the till never went offline")
        s.keys("9", "00")
        await s.hand.sees("Save sale")
        s.hand.tap("Save sale")
        await until(lambda: s.state.backlog.waiting == 1, "the sale never waited")
        await until(lambda: s.state.sale.phase.value == "done", "the counter never went on")
        s.hand.tap("Next customer")
        await to_shift(s)
        s.hand.tap("Close shift (Z)")
        await s.hand.sees("Close this shift?")
        s.hand.tap("Do not close")
        await s.hand.sees("The shift stays open.")
        await until(lambda: s.state.shift.report is not None, "the shift was never counted")
        s.hand.tap("Close shift (Z)")
        await s.hand.sees("Close this shift?")
        s.hand.tap("Close the shift")
        await s.hand.sees("The shift is closed", "Z-0001")
        closed = s.state.shift.report
        await s.close()
        await s.open()  # as after a crash
        assert s.state.shift.open is None
        s.practice.start()
        await until(lambda: s.state.link.online and not s.state.backlog.waiting, "it was never delivered")
        await to_shift(s)
        s.hand.tap("Earlier shifts")
        await s.hand.sees("Z-0001")
        s.hand.tap("Z-0001")
        await until(lambda: s.state.shift.report == closed, "the Z report is another one now")
        assert closed.pending.minor == 900


async def test_a_till_that_needs_a_shift_asks_for_one(shop, tmp_path):
    async with Shop(tmp_path / "needs", {"shift": {"required": True}}) as s:
        await s.hand.sees("No shift is open")
        s.scan(s.known[0])
        await s.hand.sees("Open the shift first.")
        s.hand.tap("Open the shift")
        await s.hand.sees("Ready to scan")
        await sell(s, 0, "1", "2", "00")
        await to_shift(s)
        await close_it(s)
        s.hand.tap("Back to the sale")
        await s.hand.sees("No shift is open")


async def test_the_command_line_asks_a_running_till_and_a_closed_one(shop):
    async with shop() as s:
        code, told = await ask(s, "z", "--by", "Noor H.")
        assert (code, told["problem"]) == (1, "SHF-05")
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001")
        s.hand.tap("Back to the sale")
        await sell(s, 0, "1", "2", "00")
        s.practice.fault(fault(*SALES, None, code=429, headers={"Retry-After": "300"}))
        s.scan(s.known[1])
        await s.hand.sees("can be used now")
        s.keys("7", "00")
        s.hand.tap("Complete")
        await until(lambda: s.state.backlog.waiting == 1, "the sale never waited")
        code, x = await ask(s, "x")
        assert (code, x["report"]["done"], x["report"]["pending"]) == (
            0, {"count": 1, "minor": 1200}, {"count": 1, "minor": 700})  # fmt: skip
        code, told = await ask(s, "z", "--by", "Noor H.")
        assert (code, told["problem"]) == (1, "SHF-04")
        code, z = await ask(s, "z", "--by", "Noor H.", "--sure")
        assert (code, z["number"], z["report"]["closed_by"]) == (0, 1, "Noor H.")
        await until(lambda: s.state.shift.open is None, "the screen still says that it is open")
        running = [await ask(s, "list"), await ask(s, "show"), await ask(s, "show", "1"), await ask(s, "show", "7")]
        await s.close()
        assert [
            await ask(s, "list"),
            await ask(s, "show"),
            await ask(s, "show", "1"),
            await ask(s, "show", "7"),
        ] == running
        assert (running[3][0], running[3][1]["problem"]) == (1, "SHF-03")
        out = s.data / "z.csv"
        assert (await ask(s, "export", str(out)))[0] == 0
        assert figures(out)["sales", "done", "worth"] == "12.00"
        assert (await ask(s, "export", str(out)))[1]["problem"] == "OUT-10"
        await s.open()


async def test_whoever_is_signed_on_opens_and_closes_and_each_cashier_is_told_apart(shop):
    async with shop("Who are you?", people={"sign_on": "required"}) as s:
        s.scan(MAI)
        await s.hand.sees("Ready to scan", "Mai A., signed on")
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001", "Mai A.")
        s.hand.tap("Back to the sale")
        await sell(s, 1, "1", "2", "00")
        s.scan(BEN)
        await s.hand.sees("Ben T., signed on")
        await sell(s, 1, "3", "00")
        await to_shift(s)
        await close_it(s)
        report = s.state.shift.report
        assert (report.opened_by, report.closed_by) == ("Mai A.", "Ben T.")
        assert [(one.name, one.sales.minor) for one in report.cashiers] == [("Ben T.", 300), ("Mai A.", 1200)]
        said = await pages(s)
        assert "Mai A., 1, " in said
        notes = await Journal(s.counter.outbox._db).recent(200)
        told = {one.what: one.person for one in notes if one.ref in ("X-0001", "Z-0001")}
        assert told == {"shift opened": "Mai A.", "shift closed": "Ben T."}
