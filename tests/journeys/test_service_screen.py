"""The service screen over the real window: the live line, raw scans, a test slip, the text for support, the glass."""

from __future__ import annotations

from paper import Head
from paper_lines import TcpPrinter
from PySide6.QtGui import QGuiApplication

from pos_app.tour.hand import press, until
from pos_app.ui.views.glass import Field


async def open_service(s) -> None:
    s.hand.tap("Menu")
    await s.hand.sees("Service")
    s.hand.tap("Service")
    await s.hand.sees("Scanner", "Test slip", "Queue")


async def supervise(s) -> None:
    s.scan("POS:STAFF:PRACTICE-NOOR")
    await s.hand.sees("Noor H. is signed on.")


async def turn_the_page(s) -> None:
    s.hand.tap("Next page")
    await s.hand.sees("Text for support")


async def test_the_line_is_live_and_falls_when_perx_does(shop):
    async with shop() as s:
        await until(lambda: s.state.service.exchanges, "Perx was never asked")
        await open_service(s)
        s.hand.tap("Perx,")
        await s.hand.sees("The line to Perx", "Last answer", "agrees with Perx's clock", "token")
        s.practice.kill()
        s.scan(s.known[0])
        await until(lambda: not s.state.link.online, "the till never noticed")
        await open_service(s)
        s.hand.tap("Perx,")
        await s.hand.sees("NET-0")


async def test_raw_scans_are_seen_and_go_to_no_sale(shop):
    async with shop() as s:
        await supervise(s)
        await open_service(s)
        s.hand.tap("Scanner,")
        await s.hand.sees("here it goes to no sale")
        s.line.send(b"]C06591234821\r")
        await s.hand.sees("CODE128", "5d 43 30 36 35 39 31 32 33 34 38 32 31", "]C06591234821")
        s.scan("POS:STAFF:PRACTICE-RAVI")
        await s.hand.sees("POS:STAFF:****")
        assert "PRACTICE-RAVI" not in s.hand.said(), "whoever sees a badge's code could sign on with it"
        assert s.state.sale.is_empty
        assert s.state.staff.name == "Noor H."
        s.hand.tap("Back")
        await s.hand.sees("Test slip")
        s.scan(s.known[0])
        await s.hand.sees("can be used now")


async def test_a_cashier_needs_a_supervisor_for_the_raw_scans(shop):
    async with shop(first="Mai A.", people={"sign_on": "required"}) as s:
        s.scan("POS:STAFF:PRACTICE-MAI")
        await s.hand.sees("Ready to scan")
        await open_service(s)
        s.hand.tap("Scanner,")
        await s.hand.sees("Show it?", "The raw scans hold customers' codes.")
        s.hand.tap("IT asked for it")
        s.scan("POS:STAFF:PRACTICE-NOOR")
        await s.hand.sees("here it goes to no sale")


async def test_a_test_slip_comes_out_or_says_why_not(shop):
    with TcpPrinter(Head()) as desk:
        async with shop(receipt={"printer": "escpos", "port": desk.port}) as s:
            await until(lambda: s.state.printer.state == "ready", "the printer was never found")
            await open_service(s)
            s.hand.tap("Test slip")
            await s.hand.sees("It was sent. Look at it")
            assert "TEST" in desk.head.slips[0].text
            desk.set(is_out=True)
            await until(lambda: s.state.printer.state == "no_paper", "it never said so")
            s.hand.tap("Test slip")
            await s.hand.sees("Did not come out", "PRN-02")


async def test_the_text_for_support_is_copied_without_a_secret(shop):
    async with shop() as s:
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        await supervise(s)
        await open_service(s)
        await turn_the_page(s)
        s.hand.tap("Text for support")
        await s.hand.sees("Copy", "pos-app", "Riverside")
        s.hand.tap("Copy")
        await s.hand.sees("Copied")
        text = QGuiApplication.clipboard().text()
        assert "Scanner connected" in text
        assert "OK   The secret perx-client is there." in text
        for secret in (*s.practice.secrets.values(), s.known[0], "Somchai"):
            assert secret not in text
        assert (s.data / "till" / "log" / "support.txt").read_text("utf-8") == text


async def test_the_whole_glass_is_touched(shop):
    async with shop() as s:
        await open_service(s)
        await turn_the_page(s)
        s.hand.tap("Test the screen")
        await s.hand.sees("Touch every field")
        for _ in range(2):  # those under the card are free once the others are touched
            for field in s.window.findChildren(Field):
                if field.isVisible():
                    press(field)
        await until(lambda: s.state.service.glass.colour == 0, "a touch was lost")
        seen = set()
        for _ in range(5):
            seen.add(s.window.grab().toImage().pixelColor(500, 400).name())
            [plain] = s.window.targets()
            press(plain)
        assert seen == {"#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff"}
        await s.hand.sees("Test slip")
