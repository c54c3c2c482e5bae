"""The whole till with a printer on a real line: slips on paper, paper that ends, cables that go, codes on a sheet."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from paper import Head, needs_zbar, scanned
from paper_lines import PtyPrinter, TcpPrinter

from pos_app.domain.codes import show_ref
from pos_app.printing import write_codes
from pos_app.tour.hand import until

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed (poppler-utils)")


def on(desk, **more):
    """Settings of a till with this printer."""
    return {"printer": "escpos", "port": desk.port, **more}


async def sell(s, *keys: str) -> str:
    """Sell something to the second customer; returns the reference."""
    s.scan(s.known[1])
    await s.hand.sees("can be used now")
    s.keys(*(keys or ("1", "2", "00")))
    s.hand.tap("Complete")
    await s.hand.sees("Perx has the sale.")
    return s.record.ref


@needs_zbar
@pytest.mark.parametrize(
    "line", ["tcp", pytest.param("pty", marks=pytest.mark.skipif(sys.platform == "win32", reason="no pty"))]
)
async def test_a_sale_comes_out_on_paper_once_and_what_is_printed_again_says_copy(shop, tmp_path, line):
    head = Head(384)
    with TcpPrinter(head) if line == "tcp" else PtyPrinter(tmp_path / "printer", head) as desk:
        told = on(desk, width_mm=58, drawer="pin2", qr="https://slips.example/{ref}", header=["ยินดีต้อนรับ"])
        async with shop(receipt=told) as s:
            await until(lambda: s.state.printer.state == "ready", "the printer was never found")
            ref = await sell(s)
            await s.hand.sees("Slip printed")
            [first] = head.slips
            assert "COPY" not in first.text
            assert first.words[0].strip() == "TRAINING - VOID"
            assert first.words[-1].strip() == show_ref(ref)
            assert "12.00" in first.text
            assert first.pictures == 2, "the Thai line is drawn, and the QR code"
            assert first.scanned(tmp_path) == [f"CODE-128:{ref}", f"QR-Code:https://slips.example/{ref}"]
            s.hand.tap("Print again")
            await until(lambda: len(head.slips) == 2, "it was not printed again")
            await s.hand.sees("The slip was made again")
            assert head.slips[1].words[0].strip() == "TRAINING - VOID - COPY"
            assert head.kicks == [2], "the drawer opens with the first slip only"
            s.hand.tap("Next customer")
            s.scan(ref)
            await s.hand.sees("Sale of", "12.00")
            s.hand.tap("Print again")
            await until(lambda: len(head.slips) == 3, "the sale that was found was not printed")
            assert head.slips[2].words[0].strip() == "TRAINING - VOID - COPY"
            assert len(s.ledger["transactions"]) == 1
    assert len(head.slips) == 3


@pytest.mark.fault("FM-18")
@pytest.mark.parametrize(
    ("fact", "words", "pill"),
    [("is_out", "The printer is out of paper.", "Printer: no paper"),
     ("is_open", "The printer's cover is open.", "Printer: cover open")],
)  # fmt: skip
async def test_without_paper_the_sale_stands_and_its_first_slip_is_printed_when_somebody_asks(shop, fact, words, pill):
    with TcpPrinter() as desk:
        async with shop(receipt=on(desk)) as s:
            await until(lambda: s.state.printer.state == "ready", "the printer was never found")
            desk.set(**{fact: True})
            ref = await sell(s)
            code = "PRN-02" if fact == "is_out" else "PRN-03"
            await s.hand.sees(words, "The sale stands; no slip was printed.", code, pill)
            s.hand.tap("Print again")
            await s.hand.sees(code)
            desk.set(**{fact: False})
            await until(lambda: s.state.printer.state == "ready", "the printer did not come back")
            assert pill not in s.hand.said()
            assert not desk.head.slips, "it was printed by itself"
            s.hand.tap("Print again")
            await s.hand.sees("Slip printed")
            assert "COPY" not in desk.head.slips[0].text, "nothing was on paper before"
            s.hand.tap("Print again")
            await until(lambda: len(desk.head.slips) == 2, "it was not printed again")
            assert "COPY" in desk.head.slips[1].text
            assert s.sale(ref)


@pytest.mark.fault("FM-18")
async def test_a_first_slip_that_never_came_out_is_printed_later_from_the_list_and_is_no_copy(shop):
    with TcpPrinter() as desk:
        async with shop(receipt=on(desk)) as s:
            await until(lambda: s.state.printer.state == "ready", "the printer was never found")
            desk.pull()
            ref = await sell(s)
            await s.hand.sees("The printer cannot be reached.", "PRN-01", "No printer")
            s.hand.tap("Next customer")
            await s.hand.sees("Ready to scan")
            desk.plug()
            await until(lambda: s.state.printer.state == "ready", "the printer did not come back")
            s.scan(ref)
            await s.hand.sees("Sale of")
            s.hand.tap("Print again")
            await until(lambda: len(desk.head.slips) == 1, "it was not printed")
            assert "COPY" not in desk.head.slips[0].text
            assert len(s.ledger["transactions"]) == 1


@pytest.mark.fault("FM-18")
async def test_a_cable_that_goes_in_the_middle_of_a_slip_is_said_and_the_next_one_is_a_copy(shop):
    with TcpPrinter() as desk:
        async with shop(receipt=on(desk, qr="{ref}")) as s:
            await until(lambda: s.state.printer.state == "ready", "the printer was never found")
            with desk.changed:
                desk.cut_after = desk.head.bytes_taken + 700
            await sell(s)
            await s.hand.sees("Printing stopped part-way.", "the slip may be cut short", "PRN-05", "No printer")
            desk.plug()
            await until(lambda: s.state.printer.state == "ready", "the printer did not come back")
            assert not desk.head.slips, "it was printed by itself"
            s.hand.tap("Print again")
            await s.hand.sees("Slip printed")
            assert "COPY" in desk.head.slips[0].text
            assert len(s.ledger["transactions"]) == 1


async def test_the_service_screen_says_how_the_printer_is(shop):
    with TcpPrinter() as desk:
        async with shop(receipt=on(desk)) as s:
            await until(lambda: s.state.printer.state == "ready", "the printer was never found")
            s.hand.tap("Menu")
            s.hand.tap("Service")
            await s.hand.sees("Printer", desk.port, "Ready")
            desk.set(is_low=True)
            await s.hand.sees("Paper ends soon")


def on_the_sheet(sheet) -> set[str]:
    """What another reader reads off a printed sheet."""
    picture = sheet.with_suffix(".png")
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", sheet, sheet.with_suffix("")], check=True)
    return {line.partition(":")[2] for line in scanned(picture)}


@needs_zbar
@needs_poppler
async def test_the_codes_of_the_printed_sheet_do_what_the_taps_do(shop, tmp_path):
    sheet = tmp_path / "codes.pdf"
    assert write_codes(sheet).code == 0
    codes = on_the_sheet(sheet)
    assert codes == {"POS:COMPLETE", "POS:CANCEL", "POS:NEXT", "POS:PARK"}
    async with shop() as s:
        s.scan(s.known[1])
        await s.hand.sees("can be used now")
        s.scan("POS:CANCEL")
        await s.hand.sees("Ready to scan")
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.scan("POS:PARK")
        await s.hand.sees("Ready to scan", "Parked sales: 1")
        s.scan(s.known[1])
        await s.hand.sees("can be used now")
        s.keys("1", "2", "00")
        s.scan("POS:COMPLETE")
        await s.hand.sees("Perx has the sale.")
        s.scan("POS:COMPLETE")
        s.scan("POS:NEXT")
        await s.hand.sees("Ready to scan")
        assert len(s.ledger["transactions"]) == 1
