"""Hands and scanners that are too quick, or come at the wrong moment, at the real window over a slow or a dead Perx."""

from __future__ import annotations

import asyncio
import json

import pytest
from journey_faults import fault
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from pos_app.till.events import KeyTapped, PanelOpened
from pos_app.tour.hand import until
from pos_app.ui.widgets.taps import Tap

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
PRESSES, APART_MS = 10, 20
SLOW_S = 0.8


class Drummer:
    """A finger that taps one spot of the glass again and again, with the times that a system gives its events."""

    def __init__(self, shop) -> None:
        self.shop = shop
        self.now_ms = 1_000_000

    def wait(self, ms: int) -> None:
        """Let so much time pass since the screen moved: by the finger's clock, however slow the machine is."""
        self.now_ms = max(self.now_ms, round(self.shop.window._kit.finger._moved_ms)) + ms

    def spot(self, name: str) -> QPoint:
        target = next(one for one in self.shop.window.targets() if one.accessibleName().startswith(name))
        return target.mapTo(self.shop.window, target.rect().center())

    def tap(self, spot: QPoint) -> str:
        """One press and release on whatever lies there now; its name, "" when it cannot be used."""
        target = self.shop.window.childAt(spot)
        while target is not None and not isinstance(target, Tap):
            target = target.parentWidget()
        if target is None:
            return ""
        name = target.accessibleName() if target.isEnabled() else ""
        glass = QPointF(self.shop.window.mapToGlobal(spot))
        for kind, held in ((QEvent.Type.MouseButtonPress, LEFT), (QEvent.Type.MouseButtonRelease, NONE)):
            place = QPointF(target.mapFrom(self.shop.window, spot))
            event = QMouseEvent(kind, place, glass, LEFT, held, Qt.KeyboardModifier.NoModifier)
            event.setTimestamp(self.now_ms)
            QApplication.sendEvent(target, event)
        return name

    def enter(self) -> None:
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r")
        event.setTimestamp(self.now_ms)
        QApplication.sendEvent(self.shop.window, event)

    async def drum(self, name: str, apart_ms: int = APART_MS) -> list[str]:
        """Ten taps, usually within 200 ms of the system's time; what lay under the finger each time."""
        spot, hit = self.spot(name), []
        for _ in range(PRESSES):
            hit.append(self.tap(spot))
            self.now_ms += apart_ms
            await asyncio.sleep(apart_ms / 1000)
        self.now_ms += 5_000
        return hit


async def begin(s, *keys: str, customer: int = 0) -> None:
    s.scan(s.known[customer])
    await s.hand.sees("can be used now")
    s.keys(*keys)


def type_like_a_scanner(s, text: str, apart_ms: int) -> None:
    """What a scanner in keyboard mode does: its keys, then Enter."""
    now_ms = 2_000_000
    for char in (*text, "\r"):
        key = Qt.Key.Key_Return if char == "\r" else Qt.Key(ord(char))
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, char)
        event.setTimestamp(now_ms)
        QApplication.sendEvent(s.window, event)
        now_ms += apart_ms


@pytest.mark.fault("row 35", "FM-09")
async def test_a_scanner_that_types_completes_no_sale_and_a_hand_does(shop):
    async with shop() as s:
        await begin(s, "1", "5", "00", customer=1)
        type_like_a_scanner(s, "4006381", 10)
        await until(lambda: not s.counter.till.is_busy, "the till never came to rest")
        assert s.state.sale.phase == "open"
        assert sales(s) == 0
        s.hand.tap("Clear")
        type_like_a_scanner(s, "950", 150)
        await s.hand.sees("Perx has the sale.", "9.50")
        assert sales(s) == 1


def sales(s) -> int:
    return len(s.ledger["transactions"])


@pytest.mark.fault("FM-11")
@pytest.mark.parametrize(("slow_s", "apart_ms"), [(SLOW_S, APART_MS), (0, APART_MS), (0.4, 150)])
async def test_ten_taps_on_complete_are_one_sale_and_its_result_stays(shop, slow_s, apart_ms):
    """Perx is slow, quick, or answers in the middle of the taps."""
    async with shop() as s:
        finger = Drummer(s)
        await begin(s, "1", "5", "00")
        if slow_s:
            s.practice.fault(fault("POST", "/v4/pos", "delay_before", s=slow_s))
        hit = await finger.drum("Complete", apart_ms)
        assert hit[0].startswith("Complete")
        await s.hand.sees("Perx has the sale.", "15.00")
        assert sales(s) == 1
        finger.tap(finger.spot("Next customer"))
        await s.hand.sees("Ready to scan")


@pytest.mark.fault("FM-11")
async def test_ten_taps_on_every_other_committing_button_are_one_each(shop):
    """New member, Add, Remove, Cancel sale, Print again; then Save sale and the member's code without a Perx."""
    async with shop() as s:
        finger = Drummer(s)
        s.scan("NEW-MEMBER-77")
        await s.hand.sees("Perx knows no member with this code")
        s.practice.fault(fault("POST", "/v4/pos/user_accounts", "delay_before", s=SLOW_S))
        await finger.drum("New member")
        await until(lambda: s.state.sale.known is not None, "the new member is not on the sale")
        assert [one["identifier"] for one in s.ledger["customers"]].count("NEW-MEMBER-77") == 1
        s.hand.tap("Cancel sale")

        await begin(s, "8", "0", "00")
        s.practice.fault(fault("POST", "^/v4/vouchers/.*/redeem", "delay_before", None, s=SLOW_S / 2))
        await finger.drum("Add")
        await until(lambda: [one.state for one in s.state.sale.lines] == ["held"], "not exactly one voucher is held")
        held = s.state.sale.lines[0].voucher.code
        assert s.voucher(held)["holds"] == 1
        finger.tap(finger.spot("Add"))
        await until(lambda: [one.state for one in s.state.sale.lines] == ["held"] * 2, "the second one is not held")
        s.practice.fault()
        other = s.state.sale.lines[1]
        finger.now_ms += 5_000
        await finger.drum(f"Remove {s.state.sale.lines[0].voucher.name}")
        assert s.state.sale.lines == (other,), "the row that moved up was removed with it"
        await until(lambda: s.voucher(held)["reverts"] == 1, "the voucher was not given back")
        await finger.drum("Cancel sale")
        await until(lambda: s.voucher(other.voucher.code)["state"] == "issued", "the other one was not given back")
        assert s.voucher(other.voucher.code)["reverts"] == 1

        await begin(s, "9", "00", customer=1)
        s.hand.tap("Complete")
        await s.hand.sees("Perx gave", "Slip ready")
        await finger.drum("Print again")
        await s.hand.sees("The slip was made again")
        ref = s.record.ref
        assert (await s.counter.sales.sale(ref)).body["printed"] <= PRESSES
        assert len(list((s.data / "slips").iterdir())) == 1
        assert sales(s) == 1
        s.hand.tap("Next customer")

        s.practice.kill()
        s.scan("6512340000")
        await s.hand.sees("Is this the member's code?")
        await finger.drum("It is the member")
        assert s.state.sale.known is not None
        await s.hand.sees("Offline")
        s.keys("7", "00")
        await finger.drum("Save sale")
        await s.hand.sees("Saved", "1 waiting")
        assert (s.state.backlog.waiting, s.state.sale.phase) == (1, "done")


@pytest.mark.fault("FM-11", "row 20")
async def test_a_press_and_then_a_scan_or_enter_or_a_key_is_one_sale(shop):
    async with shop() as s:
        finger = Drummer(s)
        await begin(s, "1", "5", "00")
        s.practice.fault(fault("POST", "/v4/pos", "delay_before", s=SLOW_S))
        finger.tap(finger.spot("Complete"))
        s.scan("POS:COMPLETE")
        s.scan(s.known[1])
        finger.enter()
        for key in "99":
            s.counter.till.post(KeyTapped(key))
        await s.hand.sees("One moment: the sale is being sent.")
        await s.hand.sees("Perx has the sale.", "15.00")
        assert sales(s) == 1
        assert float(s.sale(s.record.ref)["amount"]) == 15
        s.practice.fault()
        s.hand.tap("Next customer")
        await begin(s, "1", "6", "00", customer=1)
        finger.wait(1_000)
        finger.enter()
        for _ in range(PRESSES):
            finger.now_ms += APART_MS
            await asyncio.sleep(APART_MS / 1000)
            finger.enter()
        await s.hand.sees("Perx has the sale.", "16.00")
        assert sales(s) == 2


@pytest.mark.fault("FM-11")
async def test_a_second_tap_on_complete_is_too_early_for_the_result_that_has_just_come(shop):
    """Slower than a double tap, and yet nobody can have read what came meanwhile."""
    async with shop() as s:
        finger = Drummer(s)
        await begin(s, "1", "5", "00")
        spot = finger.spot("Complete")
        finger.tap(spot)
        await s.hand.sees("Perx has the sale.", "Next customer")
        finger.wait(600)
        assert finger.tap(spot).startswith("Next customer")
        assert s.record is not None, "the result was tapped away unread"
        finger.now_ms += 200
        finger.tap(spot)
        await s.hand.sees("Ready to scan")


@pytest.mark.fault("FM-11")
async def test_what_the_offline_banner_pushes_under_a_finger_is_not_tapped(shop):
    async with shop() as s:
        finger = Drummer(s)
        await begin(s, "8", "0", "00")
        finger.tap(finger.spot("Add"))
        await s.hand.sees("Held for this sale")
        spot = finger.spot("Cancel sale")
        above = finger.spot("Remove")
        s.practice.kill()
        s.scan("6512340000")
        await s.hand.sees("What to do")
        pushed = {name: finger.spot(name) for name in ("Remove", "Cancel sale")}
        assert pushed["Remove"] != above, "the banner moved nothing: this test shows nothing"
        rows = [one.key for one in s.state.sale.lines]
        for early_ms in (-500, 100):  # it came down before the move and is handed out late; and just after it
            finger.now_ms = round(s.window._kit.finger._moved_ms) + early_ms
            assert finger.tap(pushed["Remove"]).startswith("Remove")
            assert [one.key for one in s.state.sale.lines] == rows, "a tap in the moment of the move took a voucher off"
        assert spot == pushed["Cancel sale"], "Cancel sale has its place at the foot"
        finger.wait(2_000)
        finger.tap(pushed["Remove"])
        assert [one.key for one in s.state.sale.lines] == rows[1:]


@pytest.mark.fault("row 20", "FM-12")
async def test_a_code_held_under_the_scanner_is_one_hold_and_one_use(shop):
    """Twice within 100 ms, while it is being held, and again once it is."""
    async with shop(scanner={"same_code_ms": 1500}) as s:
        await begin(s, "8", "0", "00")
        s.practice.fault(fault("POST", "^/v4/vouchers/.*/redeem", "delay_before", None, s=SLOW_S))
        s.line.send(b"LUMEN10\rLUMEN10\r")
        await until(lambda: [one.state for one in s.state.sale.lines] == ["holding"], "it is not being held")
        s.scan(json.dumps({"identifier": s.known[0], "voucherId": s.voucher("LUMEN10")["id"]}))  # as on the phone
        await s.hand.sees("Already in this sale", "Held for this sale")
        s.practice.fault()
        s.scan(json.dumps({"voucherId": s.voucher("LUMEN10")["id"]}))
        await s.hand.sees("Already in this sale")
        assert s.voucher("LUMEN10")["holds"] == 1
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.")
        assert s.voucher("LUMEN10")["redemptions"] == 1


@pytest.mark.fault("FM-09")
async def test_a_scan_is_taken_on_every_screen_and_no_field_takes_it(shop):
    """Each side screen and each state of the sale, by the serial line, with the keypad in use."""
    async with shop() as s:
        code = json.dumps({"identifier": s.known[0]})

        async def scanned(where: str) -> None:
            looks, bill = s.state.sale.look, s.state.sale.bill_minor
            s.scan(code)
            await until(lambda: s.state.sale.look > looks, f"the scan never arrived: {where}")
            assert s.state.sale.bill_minor == bill, where
            assert s.state.panel is None, where
            await s.hand.sees("4821", "can be used now")

        await scanned("ready")
        s.keys("7")
        await scanned("sale")
        for panel in ("menu", "typing", "waiting", "what_to_do", "service"):
            s.counter.till.post(PanelOpened(panel))
            s.counter.till.post(KeyTapped("5"))
            await scanned(panel)
        assert s.state.sale.bill_minor == 7
        s.scan("POS:NOSUCH")
        await s.hand.sees("The code could not be read.")
        await scanned("notice")
        s.hand.tap("Cancel sale")
        s.scan("NOBODY-1")
        await s.hand.sees("Perx knows no member with this code")
        await scanned("offer of a new member")
        await s.hand.sees("Not known: no voucher of this member")
        s.keys("9", "00")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.")
        ref = s.record.ref
        s.scan(code)
        await until(lambda: s.state.sale.record is None and s.state.sale.known is not None, "done: no next sale began")
        s.scan(ref)
        await s.hand.sees("Sale of")
        await scanned("an earlier sale")


@pytest.mark.fault("FM-09")
@pytest.mark.parametrize("is_checking", [False, True], ids=["while it is sent", "while it is checked"])
async def test_a_scan_while_the_sale_is_under_way_says_why_it_waits(shop, is_checking):
    async with shop() as s:
        await begin(s, "9", "00")
        kind = {"kind": "drop_after"} if is_checking else {"kind": "delay_before", "s": SLOW_S}
        s.practice.fault({"match": {"method": "POST", "path": "/v4/pos/transactions"}, "times": 1, "action": kind})
        s.hand.tap("Complete")
        await s.hand.sees("No answer yet" if is_checking else "Sending")
        s.scan(s.known[1])
        await s.hand.sees("Still checking" if is_checking else "One moment: the sale is being sent.")
        await s.hand.sees("Perx has the sale.")
        assert s.state.sale.known.identifier == s.known[0]
        assert sales(s) == 1
