"""The window by finger and by key: a press is never lost and never doubled, and an equal screen changes nothing."""

from __future__ import annotations

import ast
import time
import weakref
from pathlib import Path

import pytest
from checks import settle
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from samples import CANCEL, HELD, HTML, NOTICE, SALE, SALE_TILL, SALES, SCREENS, TYPING, Tapped, act

import pos_app.ui
from pos_app.till.staff import Touched
from pos_app.ui.screen import Main, Ring, Screen
from pos_app.ui.theme import sample_looks
from pos_app.ui.widgets.marks import Ring as RingMark
from pos_app.ui.widgets.surface import Text
from pos_app.ui.widgets.taps import Tap

SALE_SCREEN = SCREENS["02-sale"]


@pytest.fixture
def window(open_window):
    shown = open_window(sample_looks()["1024"])
    shown.heard = []
    shown.happened.connect(shown.heard.append)
    shown.render(SALE_SCREEN)
    settle()
    return shown


def tap(window, name: str) -> Tap:
    found = [t for t in window.targets() if t.accessibleName() == name]
    assert found, (name, [t.accessibleName() for t in window.targets()])
    return found[0]


def changed(**body: object) -> Screen:
    return replace(SALE_SCREEN, body=replace(SALE, **body))


def test_every_target_posts_its_event_once(window):
    seen = []
    for target in window.targets():
        window.heard.clear()
        QTest.mouseClick(target, Qt.MouseButton.LeftButton)
        assert len(window.heard) == 1, target.accessibleName()
        seen += window.heard
    wanted = ("complete", "Cancel sale", "key 7", "key delete", "Remove Free dessert", "voucher 1", "Menu", "service")
    assert {Tapped(what) for what in wanted} <= set(seen)


@pytest.mark.fault("FM-11")
def test_a_double_tap_is_two_clicks_and_a_busy_action_takes_none(window):
    main = window._till.main
    QTest.mouseClick(main, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(main, Qt.MouseButton.LeftButton)  # Qt sends the second press of a double tap like this
    QTest.mouseRelease(main, Qt.MouseButton.LeftButton)
    assert window.heard == [Tapped("complete")] * 2
    busy = replace(
        SALE_TILL, main=Main("Sending", "Perx is answering", "46.00", busy="action", event=Tapped("complete"))
    )
    window.render(changed(till=busy))
    QTest.mouseClick(main, Qt.MouseButton.LeftButton)
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert window.heard == [Tapped("complete")] * 2
    assert "Sending" in main.accessibleName()


@pytest.mark.fault("FM-11")
def test_busy_is_drawn_in_the_turn_of_the_tap(window):
    busy = replace(SALE_TILL, main=Main("Sending", busy="action", event=Tapped("complete")))
    window.happened.connect(lambda event: window.render(changed(till=busy)))
    QTest.mouseClick(window._till.main, Qt.MouseButton.LeftButton)
    QTest.mouseClick(window._till.main, Qt.MouseButton.LeftButton)
    assert window.heard == [Tapped("complete")]
    assert window._till.main.busy == "action"


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("Cancel sale", "Cancel sale"),
        ("Remove Free dessert", "Remove Free dessert"),
        ("Add Coffee for 1.00, Until 31 Dec", "voucher 1"),
        ("7", "key 7"),
        ("Complete, 1 voucher, 46.00", "complete"),
        ("Menu", "Menu"),
        ("Take the customer off this sale", "Take the customer off this sale"),
    ],
)
def test_a_press_outlives_a_redraw(window, name, event):
    pressed = tap(window, name)
    QTest.mousePress(pressed, Qt.MouseButton.LeftButton)
    window.render(SCREENS["09-notice"])
    window.render(replace(SCREENS["10-menu"], header=replace(SALE_SCREEN.header, title="Other")))
    QTest.mouseRelease(pressed, Qt.MouseButton.LeftButton)
    assert window.heard == [Tapped(event)]
    settle()
    QTest.qWait(1)
    assert "Other" in {label.text() for label in window.findChildren(QLabel) if label.isVisible()}
    assert "Cancel sale" not in {t.accessibleName() for t in window.targets()}


def test_what_vanishes_under_a_finger_holds_nothing_up(window):
    row = tap(window, "Add Coffee for 1.00, Until 31 Dec")
    QTest.mousePress(row, Qt.MouseButton.LeftButton, pos=row.rect().center())
    window.render(SCREENS["04-offline"])  # the vouchers are gone
    window.render(SCREENS["06-done"])
    settle()
    assert "Next customer, or just scan" in {t.accessibleName() for t in window.targets()}
    assert "Undo with supervisor" in {t.accessibleName() for t in window.targets()}
    assert window.heard == []


def test_a_press_that_slips_off_posts_nothing(window):
    pressed = tap(window, "Cancel sale")
    QTest.mousePress(pressed, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(pressed, Qt.MouseButton.LeftButton, pos=QPoint(-40, -40))
    assert window.heard == []


def test_keys_of_a_keyboard_press_the_keys_of_the_screen(window):
    for key in (Qt.Key.Key_4, Qt.Key.Key_0, Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter):
        QTest.keyClick(window, key)
    wanted = ["key 4", "key 0", "key delete", "complete", "complete"]
    assert window.heard == [Tapped(what) for what in wanted]
    window.heard.clear()
    repeat = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True)
    QApplication.sendEvent(window, repeat)
    QTest.keyClick(window, Qt.Key.Key_A)
    assert window.heard == []


def test_letters_reach_the_code_only_where_one_is_typed(window):
    window.render(Screen(SALE_SCREEN.header, TYPING))
    for key in (Qt.Key.Key_A, Qt.Key.Key_Minus, Qt.Key.Key_3, Qt.Key.Key_Exclam):
        QTest.keyClick(window, key)
    assert window.heard == [Tapped("key A"), Tapped("key -"), Tapped("key 3")]


def test_escape_goes_back_and_never_cancels_a_sale(window):
    window.render(changed(actions=(replace(CANCEL, icon="x"), act("Park", "pause"))))
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.heard == []
    window.render(Screen(SALE_SCREEN.header, NOTICE))
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.heard == [Tapped("Back to the sale")]


def test_the_focus_goes_till_zone_sale_header_and_survives_a_redraw(window):
    assert not isinstance(window.focusWidget(), Tap)
    window.setFocus()
    order = []
    for _ in range(len(window.targets())):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        order.append(window.focusWidget().accessibleName())
    assert order[0] == "Clear"
    assert order.index("Complete, 1 voucher, 46.00") < order.index("Cancel sale") < order.index("Menu")
    assert len(set(order)) == len(order)
    tap(window, "Cancel sale").setFocus()
    window.render(changed(actions=(CANCEL, act("Park", "pause"))))
    assert window.focusWidget().accessibleName() == "Cancel sale"
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert window.heard == [Tapped("Cancel sale")]


def test_a_finger_gives_no_focus_ring(window):
    for name in ("Cancel sale", "7"):
        QTest.mouseClick(tap(window, name), Qt.MouseButton.LeftButton)
        assert not isinstance(window.focusWidget(), Tap)


def test_an_equal_screen_rebuilds_nothing(window):
    before = {id(w): w for w in window.findChildren(QWidget)}
    again = replace(SALE_SCREEN, body=replace(SALE, till=replace(SALE_TILL)))
    window.render(again)
    window._render_again()
    settle()
    assert set(before) == {id(w) for w in window.findChildren(QWidget)}


def test_seconds_amounts_and_clock_change_in_place(window):
    before = {id(w): w for w in window.findChildren(QWidget)}
    rows = (replace(HELD, ring=Ring(271, 300)), *SALE.rows[1:])
    lines = tuple(replace(line, amount="41.00") for line in SALE_TILL.card.lines)
    card = replace(SALE_TILL.card, typed="51.00", lines=lines)
    till = replace(SALE_TILL, card=card, main=replace(SALE_TILL.main, amount="41.00"))
    window.render(
        replace(
            SALE_SCREEN, header=replace(SALE_SCREEN.header, clock="14:33"), body=replace(SALE, rows=rows, till=till)
        )
    )
    settle()
    assert set(before) == {id(w) for w in window.findChildren(QWidget)}
    texts = {label.text() for label in window.findChildren(QLabel) if label.isVisible()}
    assert {"14:33", "51.00", "41.00"} <= texts
    assert "56.00" not in texts
    assert [ring.figure for ring in window.findChildren(RingMark)] == ["4:31"]


def test_a_row_that_did_not_change_stays(window):
    kept = [b for b in window.findChildren(QWidget) if b.accessibleName().startswith("Free dessert, Refused")]
    window.render(changed(rows=(replace(HELD, words="Used", glyph="ok", tone="ok", ring=None), *SALE.rows[1:])))
    settle()
    assert kept
    assert kept == [b for b in window.findChildren(QWidget) if b.accessibleName().startswith("Free dessert, Refused")]


def test_two_hundred_screens_leave_nothing_behind(window):
    screens = list(SCREENS.values())

    def count() -> tuple[int, int]:
        window.render(screens[0])
        window.render(SALE_SCREEN)
        settle()
        return len(window.findChildren(QWidget)), len(QApplication.allWidgets())

    for screen in screens:
        window.render(screen)
    count()
    before = count()
    for i in range(200):
        window.render(screens[i % len(screens)])
    own, all_widgets = count()
    assert own == before[0]
    assert all_widgets <= before[1]
    assert weakref.getweakrefcount(window._kit.finger) < 10  # a connection that outlives its target leaves one behind


def test_lists_page_and_every_row_can_be_reached(window):
    window.render(SCREENS["11-sales"])
    settle()
    seen: set[str] = set()
    for _ in range(10):
        seen |= {t.accessibleName() for t in window.targets() if "slip" in t.accessibleName()}
        following = [t for t in window.targets() if t.accessibleName() == "Next page"]
        if not following:
            break
        QTest.mouseClick(following[0], Qt.MouseButton.LeftButton)
    assert len(seen) == 23
    assert set(window.heard) == {Touched()}, "paging means nothing to the sale, but somebody is here"
    QTest.mouseClick(tap(window, "Previous page"), Qt.MouseButton.LeftButton)
    assert "Next page" in {t.accessibleName() for t in window.targets()}


def test_a_touch_that_means_nothing_still_tells_that_somebody_is_here(window):
    window.render(SCREENS["02-sale"])
    settle()
    place = QPoint(3, window.height() - 3)
    for spot in (place, window.look.places.card.center()):
        window.heard.clear()
        lies_there = window.childAt(spot) or window
        QTest.mouseClick(lies_there, Qt.MouseButton.LeftButton, pos=lies_there.mapFrom(window, spot))
        assert window.heard == [Touched()]


@pytest.mark.fault("row 30")
def test_hostile_text_is_drawn_as_it_is(window):
    label = Text(window.look, HTML)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == HTML
    assert Text(window.look, "a\x00b\u202ec\x1b").text() == "a\u2400bc\u241b"
    assert len(Text(window.look, "x" * 10_000).text()) < 2100


@pytest.mark.fault("row 30")
def test_nested_tables_cost_no_more_than_words(window):
    def seconds(title: str) -> float:
        start = time.perf_counter()
        window.render(changed(rows=(replace(HELD, key=title[:5], title=title),)))
        window.grab()
        return time.perf_counter() - start

    words, tables = "calm " * 400, "<table><tr><td>" * 133
    seconds("warm up")
    assert seconds(tables) < 20 * max(seconds(words), 0.005)


@pytest.mark.fault("row 30", "row 36")
def test_no_other_label_no_text_field_and_no_dialog_is_made():
    found = []
    for path in Path(pos_app.ui.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "id", getattr(called, "attr", ""))
            if name in (
                "QLabel",
                "QLineEdit",
                "QTextEdit",
                "QDialog",
                "QMessageBox",
                "QToolTip",
                "setToolTip",
                "processEvents",
            ):
                found.append((path.name, name))
            if isinstance(node, ast.ClassDef) and any(getattr(b, "id", "") == "QLabel" for b in node.bases):
                assert node.name == "Text"
    assert found == []


@pytest.mark.fault("FM-09")
def test_there_is_nothing_to_type_into(window):
    for screen in SCREENS.values():
        window.render(screen)
        assert window.findChildren(QLineEdit) == []


def test_another_theme_keeps_the_screen(window):
    window.dress(replace(window.look, theme="dark", mirror=True))
    settle()
    QTest.mouseClick(tap(window, "Cancel sale"), Qt.MouseButton.LeftButton)
    assert window.heard == [Tapped("Cancel sale")]


def test_a_list_that_arrives_begins_at_its_top_and_rows_that_come_turn_no_page(window):
    def shown(body) -> str:
        window.render(replace(SCREENS["11-sales"], body=body))
        settle()
        texts = [one.text() for one in window.findChildren(QLabel) if one.isVisibleTo(window)]
        return next(text for text in texts if text == "Reading" or (" to " in text and text[0].isdigit()))

    longer = replace(SALES, rows=(*SALES.rows, *SCREENS["10-menu"].body.rows))
    assert shown(replace(SALES, rows=(), empty="Reading")) == "Reading"
    assert shown(SALES).startswith("1 to ")
    tap(window, "Next page").click()
    second = shown(replace(SALES, text="The same rows."))
    assert not second.startswith("1 to ")
    assert shown(longer) == second.replace(" of 23", " of 27")
    assert shown(replace(SALES, rows=SALES.rows[8:])).startswith("1 to ")
