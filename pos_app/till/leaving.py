"""Closing the till, as events: anybody may close one that is no kiosk, a supervisor lets a kiosk be closed."""

from __future__ import annotations

from msgspec import Struct


class CloseTapped(Struct, frozen=True):
    """Somebody wants to close the till, by its window or in its menu. A kiosk asks for an approval first."""


class Let(Struct, frozen=True):
    """The till is closed from outside. `by`: the supervisor whose PIN was good; "" where nobody had to allow it."""

    by: str = ""


Event = CloseTapped | Let
