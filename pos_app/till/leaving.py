"""Closing the till, as events and effects: anybody may close one that is no kiosk, a supervisor closes a kiosk."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CloseTapped:
    """Somebody wants to close the till, by its window or from outside."""


@dataclass(frozen=True)
class Let:
    """A supervisor lets the till be closed: `name`, or with `denied` why not, as a support code."""

    name: str = ""
    denied: str = ""


Event = CloseTapped | Let


@dataclass(frozen=True)
class LetOut:
    """Look whether this badge may close a till that stands as a kiosk."""

    badge: str = field(repr=False)
