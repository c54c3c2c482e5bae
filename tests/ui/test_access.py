"""Without a finger and without eyes: each target by keyboard, a ring that is seen, full names, each change once."""

from __future__ import annotations

import pytest
from checks import settle
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from samples import HELD, SALE, SCREENS, Tapped

from pos_app.ui import tokens
from pos_app.ui.present.spoken import spoken
from pos_app.ui.screen import Banner, Pill, Ring, Screen, Toast
from pos_app.ui.theme import sample_looks
from pos_app.ui.widgets.surface import Text
from pos_app.ui.widgets.taps import RING_PX, Tap

SALE_SCREEN = SCREENS["02-sale"]


@pytest.mark.parametrize("size", ["1024", "0819", "1366"])
def test_every_target_of_every_screen_is_reached_and_pressed_by_keyboard(open_window, size):
    window = open_window(sample_looks()[size])
    heard = []
    window.happened.connect(heard.append)
    for name, screen in SCREENS.items():
        window.render(screen)
        settle()
        targets = window.targets()
        window.setFocus()
        for target in targets:
            QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
            assert window.focusWidget() is target, (name, target.accessibleName())
            assert target.accessibleName(), name
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert window.focusWidget() is targets[0], name
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab)
        assert window.focusWidget() is targets[-1], name
        for target in targets:
            if target.meaning is None:
                continue  # a key of the keypad, or what only turns a page
            for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
                heard.clear()
                target.setFocus(Qt.FocusReason.TabFocusReason)
                QTest.keyClick(target, key)
                assert heard == [target.meaning], (name, target.accessibleName(), key)


def test_the_order_is_till_zone_this_sale_customer_header(open_window):
    for size in ("1024", "1366", "0819"):
        window = open_window(sample_looks()[size])
        window.render(SALE_SCREEN)
        settle()
        order = [target.accessibleName() for target in window.targets()]
        places = ["Complete, 1 voucher, 46.00", "Remove Free dessert", "Cancel sale", "Take the customer off", "Menu"]
        at = [next(i for i, one in enumerate(order) if one.startswith(name)) for name in places]
        assert at == sorted(at), (size, order)


def test_enter_presses_what_has_the_ring_and_typing_takes_the_ring_away(open_window):
    window = open_window(sample_looks()["1024"])
    heard = []
    window.happened.connect(heard.append)
    window.render(SALE_SCREEN)
    cancel = next(one for one in window.targets() if one.accessibleName() == "Cancel sale")
    cancel.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(cancel, Qt.Key.Key_Return)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_5)
    assert not isinstance(window.focusWidget(), Tap)
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert heard == [Tapped("Cancel sale"), Tapped("key 5"), Tapped("complete")]


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_focus_ring_is_three_pixels_and_seen_on_every_kind_of_target(open_window, theme):
    window = open_window(replace(sample_looks()["1024"], theme=theme))
    look, seen = window.look, set()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    colours = tokens.THEMES[theme]
    assert tokens.contrast(colours["focus"], colours["surface"]) >= 3
    assert tokens.contrast(colours["focus"], colours["canvas"]) >= 3
    for screen in SCREENS.values():
        window.render(screen)
        settle()
        for target in window.targets():
            if target.kind in seen:
                continue
            seen.add(target.kind)
            target.setFocus(Qt.FocusReason.TabFocusReason)
            picture, middle = target.grab().toImage(), target.height() // 2
            across = [picture.pixelColor(x, middle) for x in range(RING_PX + 2)]
            assert across == [look.colour("focus")] * RING_PX + [look.colour("surface")] * 2, target.kind
    assert RING_PX == 3
    assert {"main", "key", "row", "danger", "second", "quiet", "tile", "pill-plain"} <= seen


def test_rows_say_title_state_time_and_amount_in_one_breath(open_window):
    window = open_window(sample_looks()["1024"])
    window.render(SALE_SCREEN)
    names = [one.accessibleName() for one in window.findChildren(Text) if one.accessibleName()]
    held = "10.00 off from 50.00, Held for this sale, 4 minutes 32 seconds left, minus 10.00"
    assert [one for one in names if one.startswith(held)], names
    rows = (replace(HELD, ring=Ring(271, 300)), *SALE.rows[1:])
    window.render(replace(SALE_SCREEN, body=replace(SALE, rows=rows)))
    names = [one.accessibleName() for one in window.findChildren(Text)]
    assert [one for one in names if one.startswith(held.replace("32", "31"))]


def ringing(left_s: int) -> Screen:
    return replace(SALE_SCREEN, body=replace(SALE, rows=(replace(HELD, ring=Ring(left_s, 300)),)))


def test_a_state_is_announced_when_it_comes_and_never_again():
    assert spoken(None, SALE_SCREEN) == ""
    assert spoken(SALE_SCREEN, SALE_SCREEN) == ""
    assert spoken(ringing(200), ringing(199)) == ""
    assert spoken(ringing(11), ringing(10)) == "10.00 off from 50.00, 0 minutes 10 seconds left."
    assert spoken(ringing(10), ringing(9)) == ""
    soon = replace(HELD, words="Hold ends soon: finish now", ring=Ring(59, 300))
    ends = replace(SALE_SCREEN, body=replace(SALE, rows=(soon,)))
    assert spoken(ringing(60), ends).startswith("10.00 off from 50.00, Hold ends soon: finish now, 0 minutes 59 sec")
    without = replace(SALE_SCREEN, body=replace(SALE, rows=()))
    assert spoken(without, SALE_SCREEN).count("Refused") == 1
    toast = replace(SALE_SCREEN, toast=Toast("Taken out: Coffee", 3))
    assert spoken(SALE_SCREEN, toast) == "Taken out: Coffee."
    assert spoken(toast, replace(toast, header=replace(toast.header, clock="14:33"))) == ""


def test_results_banners_and_pills_are_announced_once():
    done = SCREENS["06-done"]
    assert spoken(SALE_SCREEN, done).startswith(f"{done.body.title}. ")
    assert spoken(done, done) == ""
    offline = replace(SALE_SCREEN, banner=Banner("offline", "Offline: no line", "Keep selling."))
    later = replace(offline, banner=replace(offline.banner, title="Offline 2 min: no line"))
    assert spoken(SALE_SCREEN, offline) == "Offline: no line. Keep selling."
    assert spoken(offline, later) == ""
    assert spoken(later, SALE_SCREEN) == "All ready."
    pills = (Pill("bad", "1 needs you", "1", Tapped("waiting")),)
    needs = replace(SALE_SCREEN, header=replace(SALE_SCREEN.header, pills=pills))
    assert spoken(SALE_SCREEN, needs) == "1 needs you."
    assert spoken(needs, replace(needs, header=replace(needs.header, clock="14:40"))) == ""
