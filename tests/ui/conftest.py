"""Windows for the tests of the screen: shown offscreen, thrown away afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from checks import settle
from PySide6.QtWidgets import QApplication

from pos_app.ui.theme import Look
from pos_app.ui.window import TillWindow


@pytest.fixture
def open_window(qapp: QApplication) -> Iterator[Callable[[Look], TillWindow]]:
    """Open windows and close them after the test."""
    opened: list[TillWindow] = []

    def build(look: Look) -> TillWindow:
        window = TillWindow(look)
        window.show()
        opened.append(window)
        return window

    yield build
    for window in opened:
        window.close()
        window.deleteLater()
    settle()
