"""What assistive technology is told by itself: state changes, through the system's accessibility interface."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.widgets.surface import plain


def announce(widget: QWidget, words: str) -> None:
    """Have a screen reader say this once, if one listens. The focus stays where it is."""
    if words and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, plain(words)))
