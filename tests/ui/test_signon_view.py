"""The sign-on screen by finger and key, and what the glass says while names are hidden."""

from __future__ import annotations

import pytest
from checks import settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from samples import SCREENS
from staff_samples import STAFF_SCREENS

from pos_app.till import staff
from pos_app.till.events import KeyTapped, PanelOpened
from pos_app.ui.theme import sample_looks

NAMING = ("Som•••", "4821", "10.00 off", "7Q2K", "2,480", "2,526")


@pytest.fixture
def show(open_window):
    """Open a window of a size on one of the samples."""

    def opened(name: str, size: str = "1024"):
        window = open_window(sample_looks()[size])
        window.heard = []
        window.happened.connect(window.heard.append)
        window.render(SCREENS[name])
        settle()
        return window

    return opened


def press(window, name: str) -> list[object]:
    window.heard.clear()
    target = next(one for one in window.targets() if one.accessibleName().startswith(name))
    QTest.mouseClick(target, Qt.MouseButton.LeftButton)
    return list(window.heard)


def said(window) -> str:
    return "\n".join(one.text() for one in window.findChildren(QLabel) if one.isVisibleTo(window))


@pytest.mark.parametrize("size", ["1024", "0819", "1920", "0768-portrait"])
def test_every_name_and_key_says_what_it_means(show, size):
    window = show("40-sign-on", size)
    assert press(window, "Ben T., Cashier") == [staff.PersonTapped("Ben T.")]
    assert press(window, "7") == [KeyTapped("7")]
    assert press(window, "Clear") == [KeyTapped("clear")]
    assert "Scan your badge" in said(window)
    QTest.keyClick(window, Qt.Key.Key_5)
    QTest.keyClick(window, Qt.Key.Key_Backspace)
    assert window.heard[-2:] == [KeyTapped("5"), KeyTapped("delete")]


def test_behind_a_shut_gate_nothing_else_can_be_tapped(show):
    window = show("46-locked")
    names = [one.accessibleName() for one in window.targets()]
    assert not [one for one in names if one.startswith(("Menu", "Complete", "Cancel", "Back"))]
    assert press(window, "All ready") == []
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.heard == []


def test_a_switch_can_be_left_by_a_tap_or_escape(show):
    window = show("48-switch")
    assert press(window, "Back, as it was") == [staff.GateLeft()]
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.heard[-1] == staff.GateLeft()


@pytest.mark.parametrize("size", ["1024", "0819", "0768-portrait"])
def test_the_person_in_the_header_leads_to_what_they_can_do(show, size):
    window = show("51-sale-signed-on", size)
    assert press(window, "Mai A., signed on") == [PanelOpened("person")]
    window = show("50-person", size)
    assert press(window, "Lock the till") == [staff.LockTapped()]
    assert press(window, "Sign off") == [staff.SignOffTapped()]
    assert press(window, "Somebody else signs on") == [staff.SwitchTapped()]
    window = show("56-sign-on-offered", size)
    assert press(window, "Sign on") == [staff.SwitchTapped()]


@pytest.mark.parametrize("name", [name for name in STAFF_SCREENS if "hidden" in name or "locked" in name])
@pytest.mark.parametrize("size", ["1024", "0819"])
def test_what_is_hidden_stands_nowhere_on_the_glass_nor_in_a_name(show, name, size):
    window = show(name, size)
    words = said(window) + "\n".join(one.accessibleName() for one in window.targets())
    slip = getattr(SCREENS[name].body, "slip", None)
    words += repr(slip.lines) if slip is not None else ""
    assert [one for one in NAMING if one in words] == []


def test_one_tap_asks_to_show_what_is_hidden(show):
    window = show("52-sale-hidden")
    assert press(window, "Show the customer") == [staff.ShowTapped()]
    assert press(window, "Hidden: show") == [staff.ShowTapped()]
    assert not [one for one in window.targets() if one.accessibleName().startswith("Remove")]
