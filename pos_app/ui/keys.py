"""What the keys of a keyboard mean on a screen, and how those of a scanner that types are told from a hand's."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from pos_app.ui.screen import Action, Screen, TypeBody

HAND_MS = 40
"""Keys of a hand are further apart than this, those of a scanner in keyboard mode are not: 7 to 16 ms were measured."""
_BACK_ICONS = ("chevron-left", "x")


def back_of(screen: Screen) -> Action | None:
    """The action that Escape means: the first that goes back, never one that ends the sale."""
    body = screen.body
    actions: tuple[Action, ...] = getattr(body, "actions", ()) + body.till.below
    main = body.till.main
    usable = [*actions, Action(main.words, main.event, main.icon, enabled=main.enabled)]
    return next((a for a in usable if a.enabled and a.kind != "danger" and a.icon in _BACK_ICONS), None)


def meaning_of(event: QKeyEvent, screen: Screen) -> object | None:
    """The event that a typed character means on this screen."""
    body = screen.body
    keypad = body.till.keypad
    if keypad is not None and keypad.enabled:
        if event.key() == Qt.Key.Key_Backspace:
            return keypad.event("delete")
        if event.text() in tuple("0123456789"):
            return keypad.event(event.text())
    if isinstance(body, TypeBody) and body.free and event.text() and event.text().isprintable():
        return body.event(event.text())
    if isinstance(body, TypeBody) and event.text() and event.text().upper() in body.letters:
        return body.event(event.text().upper())
    return None


def is_of_a_scan(event: QKeyEvent, typed_at_ms: int) -> bool:
    """Whether this key follows the one before it faster than a hand can: a scanner that types ends with Enter."""
    return bool(event.timestamp()) and 0 <= event.timestamp() - typed_at_ms < HAND_MS
