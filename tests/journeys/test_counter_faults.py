"""A slip that does not come out, a lost return, an end in the middle of a send, a hold that ran out, hostile codes."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from journey_faults import fault

from pos_app.tour.hand import until

EXIT_WITHIN_S = 5.0


async def begin(s, *codes: str, customer: int = 0) -> None:
    """A customer on the counter, and vouchers held."""
    s.scan(s.known[customer])
    await s.hand.sees("can be used now")
    for code in codes:
        s.scan(code)
        await until(lambda: [one.state for one in s.state.sale.lines] == ["held"], "it was never held")


@pytest.mark.fault("FM-18")
@pytest.mark.log_warnings("a slip could not be written")
async def test_a_sale_stands_although_its_slip_did_not_come_out_and_prints_later(shop, tmp_path):
    jam = tmp_path / "slips-elsewhere"
    jam.write_text("where the folder should be", "utf-8")
    async with shop(receipt={"pdf_dir": str(jam)}) as s:
        await begin(s, customer=1)
        s.keys("1", "2", "00")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.", "The slip could not be printed. The sale stands.")
        ref = s.record.ref
        s.hand.tap("Print again")
        await s.hand.sees("The slip could not be printed. The sale stands.")
        jam.unlink()
        s.hand.tap("Print again")
        await s.hand.sees("Slip ready")
        assert (jam / f"{ref}.pdf").stat().st_size > 1000
        assert len(s.ledger["transactions"]) == 1, "printing again sold again"
        assert s.sale(ref)


@pytest.mark.fault("row 22", "FM-12")
@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_a_return_of_a_voucher_that_is_lost_stays_visible_until_it_is_settled(shop, kind):
    async with shop(outbox={"settle_after_s": 1.5}) as s:
        await begin(s, "LUMEN10")
        s.practice.fault(fault("PUT", "/v4/pos/vouchers", kind))
        s.hand.tap("Cancel sale")
        await s.hand.sees("Ready to scan", "1 checking")
        await until(lambda: s.voucher("LUMEN10")["state"] == "issued", "the voucher was never given back")
        await until(lambda: not s.state.backlog.checking and not s.state.backlog.waiting, "it is still being checked")
        assert s.voucher("LUMEN10")["reverts"] == 1
        assert await s.counter.outbox.holds() == []


@pytest.mark.fault("FM-12")
async def test_a_sale_whose_hold_ran_out_is_refused_with_the_reason_and_gives_no_points(shop):
    async with shop() as s:
        s.practice.ask("POST", "/_sandbox/settings", {"hold_minutes": 0.03})
        points = s.customer()["points"]
        await begin(s, "LUMEN10")
        s.keys("5", "6", "00")
        await until(lambda: s.voucher("LUMEN10")["state"] == "issued", "the hold did not run out")
        s.hand.tap("Complete")
        await s.hand.sees("Back to the sale", "For support: PX-0")
        assert not s.ledger["transactions"]
        assert s.voucher("LUMEN10")["redemptions"] == 0
        assert s.customer()["points"] == points
        s.practice.ask("POST", "/_sandbox/settings", {"hold_minutes": None})
        s.hand.tap("Back to the sale")
        await until(lambda: [one.state for one in s.state.sale.lines] == ["refused"], "the row still counts as held")
        s.scan("LUMEN10")
        await until(lambda: [one.state for one in s.state.sale.lines] == ["held"], "it was never held again")
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.")


@pytest.mark.fault("row 39")
async def test_a_till_that_ends_while_it_sends_ends_in_time_and_looks_it_up_at_the_next_start(shop):
    async with shop() as s:
        await begin(s, customer=1)
        s.keys("1", "2", "00")
        s.practice.fault(fault("POST", "/v4/pos/transactions", "delay_before", s=2.0))
        s.hand.tap("Complete")
        await until(lambda: s.state.sale.entry is not None and s.state.sale.entry.state == "sending", "it is not sent")
        ref = s.record.ref
        began_s = time.monotonic()
        await s.close()
        assert time.monotonic() - began_s < EXIT_WITHIN_S
        await s.open()
        await s.hand.sees("No answer yet")
        await s.hand.sees("Perx has the sale.")
        assert [one["reference"] for one in s.ledger["transactions"]] == [ref]


HOSTILE = {
    "one character": b"x",
    "10 kB": b"A" * 10_000,
    "NUL": b"A\x00B",
    "ESC": b"\x1b[2J",
    "line ends inside": b"AB\nCD",
    "invalid UTF-8": b"\xff\xfe\x80",
    "GS": b"01\x1d10",
    "emoji": "🎁🎁".encode(),
    "right to left": "\u202eABC".encode(),
    "only an AIM prefix": b"]C1",
    "nested tables": b"<table><tr><td>" * 30,
    "local file": b"<img src=file:///etc/passwd>",
    "UNC path": b"<img src='\\\\host\\share\\x'>",
    "link": b"<a href=http://evil.invalid/>x</a>",
    "SQL": b"'; DROP TABLE outbox; --",
    "path": b"..\\..\\CON",
    "drive": b"C:\\autoexec.bat",
    "format string": b"%s%n%x{0.__class__}",
    "CSV formula": b"=cmd|' /C calc'!A0",
    "URL parts": b"a/../b?x=1#y",
    "percent": b"%2e%2e%2f",
    "forged voucher": b'{"identifier": "6591234821", "voucherId": "5/../../pos/x"}',
    "forged token scope": b'{"identifier": "a) user_account(identifier:b"}',
}


@pytest.mark.fault("row 29", "row 30", "row 31", "FM-09")
@pytest.mark.log_warnings
async def test_no_code_can_do_anything_but_be_shown_as_plain_bounded_text(shop, caplog):
    """Each is scanned by the serial line; then the till still finds a member, and Perx was asked for ids only."""
    async with shop() as s:
        with caplog.at_level("DEBUG"):
            for name, code in HOSTILE.items():
                before = s.state
                s.line.send(code + b"\r")
                if name != "only an AIM prefix":
                    await until(lambda before=before: s.state.sale != before.sale, f"nothing was said of: {name}")
                said = s.hand.said()
                assert max(map(len, said.splitlines()), default=0) < 200, name
                assert all(sign.isprintable() for sign in said.replace("\n", "")), name
            for _ in range(50):
                if s.state.sale.is_empty and s.state.sale.trouble is None:
                    break
                for button in ("Back", "Cancel sale"):
                    if any(one.accessibleName().startswith(button) for one in s.window.targets()):
                        s.hand.tap(button)
                        break
                await asyncio.sleep(0.02)
            s.scan(json.dumps({"identifier": s.known[0]}))
            await s.hand.sees("4821", "2,480")
        assert not s.state.wrong
        assert s.state.sale.bill_minor == 0
        paths = {one["path"] for one in s.ledger["requests"]}
        assert all(set(path) <= set("abcdefghijklmnopqrstuvwxyz0123456789_/") for path in paths), paths
        assert not [line for line in caplog.messages if "\n" in line or "DROP TABLE" in line]
