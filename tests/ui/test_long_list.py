"""A list of which the screen has one stretch: one pager, that goes on into the next stretch and comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checks import findings, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from samples import MENU, SALES, SCREENS, Tapped

from pos_app.ui.screen import ListRow
from pos_app.ui.stretch import Stretch
from pos_app.ui.theme import sample_looks

TOTAL = 100_012


def stretch(before: int, total: int = TOTAL):
    rows = tuple(
        ListRow("wait", f"Sale {n}", "14:32", "Waiting", "wait") for n in range(before, min(before + 40, total))
    )
    newer = Tapped(f"from {before - 40}") if before else None
    older = Tapped(f"from {before + 40}") if before + 40 < total else None
    body = replace(SALES, rows=rows, stretch=Stretch(before, total, newer, older))
    return replace(SCREENS["02-sale"], body=body)


@pytest.fixture
def window(open_window):
    shown = open_window(sample_looks()["1024"])
    shown.heard = []
    shown.happened.connect(shown.heard.append)
    shown.render(stretch(0))
    settle()
    return shown


def where(window) -> str:
    said = [one.text() for one in window.findChildren(QLabel) if one.isVisibleTo(window)]
    return next(text for text in said if text[:1].isdigit() and " of " in text)


def press(window, name: str) -> None:
    [arrow] = [one for one in window.targets() if one.accessibleName() == name]
    QTest.mouseClick(arrow, Qt.MouseButton.LeftButton)


def test_the_pager_says_where_in_the_whole_list_and_asks_for_the_next_stretch_once_it_ends(window):
    assert where(window).startswith("1 to ")
    assert where(window).endswith(" of 100,012")
    assert findings(window) == []
    while not window.heard:
        last = where(window)
        press(window, "Next page")
    assert window.heard == [Tapped("from 40")]
    assert last == where(window)
    assert " to 40 of " in last or last.startswith("40 of ")
    press(window, "Next page")
    assert window.heard == [Tapped("from 40")] * 2, "a second tap before the answer asks for the same"
    window.render(stretch(40))
    settle()
    assert where(window).startswith("41 to ")
    assert findings(window) == []


def test_going_back_shows_the_end_of_the_stretch_before(window):
    window.render(stretch(40))
    settle()
    press(window, "Previous page")
    assert window.heard == [Tapped("from 0")]
    window.render(stretch(0))
    settle()
    assert " to 40 of " in where(window) or where(window).startswith("40 of ")


def test_the_last_stretch_has_no_next_page(window):
    window.render(stretch(100_000))
    settle()
    for _ in range(12):
        if "Next page" not in {one.accessibleName() for one in window.targets()}:
            break
        press(window, "Next page")
    assert where(window).endswith("100,012 of 100,012")
    assert window.heard == []


def test_another_list_begins_at_its_first_row(window):
    window.render(stretch(40))
    settle()
    window.render(replace(SCREENS["02-sale"], body=SALES))
    settle()
    assert where(window).startswith("1 to ")
    window.render(replace(SCREENS["02-sale"], body=MENU))
    settle()
    assert "Earlier sales" in "".join(one.accessibleName() for one in window.targets())
