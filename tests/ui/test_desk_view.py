"""The needs-attention screens under a finger and a keyboard, wide and narrow."""

from __future__ import annotations

import pytest
from checks import settle
from desk_samples import OPEN
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from samples import SCREENS

from pos_app.domain.attention import Act
from pos_app.till import approve, desk
from pos_app.till.events import KeyTapped, PanelClosed
from pos_app.ui.theme import sample_looks

LOOKS = sample_looks()


@pytest.fixture
def show(open_window):
    """Show one of the samples at a size; what is tapped is heard."""

    def build(name: str, size: str = "1024"):
        window = open_window(LOOKS[size])
        window.heard = []
        window.happened.connect(window.heard.append)
        window.render(SCREENS[name])
        settle()
        return window

    return build


def said(window) -> str:
    return "\n".join(one.text() for one in window.findChildren(QLabel) if one.isVisibleTo(window)).replace(
        "\u00a0", " "
    )


def press(window, start: str) -> list:
    """Tap the first target whose name begins so; what it posted."""
    target = next(t for t in window.targets() if t.accessibleName().startswith(start))
    window.heard.clear()
    QTest.mouseClick(target, Qt.MouseButton.LeftButton)
    return list(window.heard)


def test_list_and_entry_stand_side_by_side_and_every_target_says_what_it_means(show):
    window = show("20-attention")
    assert press(window, "Waiting  7") == [desk.PileTapped(desk.Pile.WAITING)]
    assert press(window, "It was sent several times") == [desk.EntryTapped(OPEN[1].ref)]
    assert press(window, "Check with Perx") == [desk.CheckTapped()]
    assert press(window, "Send again") == [desk.ActTapped(Act.AGAIN)]
    assert press(window, "Give up") == [desk.ActTapped(Act.GIVE_UP)]
    assert press(window, "Back to the sale") == [PanelClosed()]
    assert "Nothing is ever deleted." in said(window)


def test_a_narrow_screen_shows_the_list_or_the_entry_each_with_its_own_main_action(show):
    window = show("21-attention-list", "0819")
    assert "Were these vouchers used?" not in said(window)
    assert press(window, "Back, to the sale") == [PanelClosed()]
    window.render(SCREENS["20-attention"])
    settle()
    assert "Were these vouchers used?" in said(window)
    assert "It was sent several times" not in said(window)
    assert press(window, "All open, 3") == [desk.EntryLeft()]
    assert press(window, "Check with Perx") == [desk.CheckTapped()]


@pytest.mark.parametrize("size", ["0819", "1024"])
def test_a_long_list_pages_to_the_older_ones(show, size):
    window = show("23-waiting", size)
    for _ in range(40):
        if any(t.accessibleName() == "Show older ones" for t in window.targets()):
            break
        press(window, "Next page")
        settle()
    assert press(window, "Show older ones") == [desk.OlderTapped()]


def test_the_pin_is_typed_on_either_keyboard_and_shown_as_dots_only(show):
    window = show("30-approval")
    assert press(window, "7") == [KeyTapped("7")]
    assert press(window, "Clear") == [KeyTapped("clear")]
    window.heard.clear()
    QTest.keyClick(window, Qt.Key.Key_5)
    QTest.keyClick(window, Qt.Key.Key_Backspace)
    assert window.heard == [KeyTapped("5"), KeyTapped("delete")]
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert len(window.heard) == 2, "two more digits are wanted before anything is approved"
    window.render(SCREENS["34-approval-one"])
    settle()
    assert "47" not in said(window)
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert window.heard[-1] == approve.ApproveTapped()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.heard[-1] == approve.AskLeft()


def test_while_an_approval_waits_or_is_looked_at_its_keys_are_off(show):
    for name in ("32-approval-denied", "33-approval-nobody", "36-approval-busy"):
        window = show(name)
        assert not [t for t in window.targets() if t.accessibleName() in ("7", "Clear")], name
        assert not window._till.main.is_ready, name
    assert "IT adds one with: pos-app people add." in said(show("33-approval-nobody"))
