"""Vouchers that are used with the shop's own PIN: state, events, the effect, and where a PIN is until it is sent.

A PIN is in memory only, and leaves it with the one request that carries it: it is in no command, no file and no log.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from pos_app.domain.codes import Ref
from pos_app.domain.commands import RedeemPin
from pos_app.domain.records import Discreet

MAX_PIN = 12


class Typing(Discreet, frozen=True):
    """A PIN that is being typed for the voucher of this row. It is forgotten after half a minute."""

    HIDDEN = ("pin",)
    row: str
    pin: str = ""
    at: datetime | None = None


class Pins:
    """The PINs that are on their way to Perx. Each is given out once.   Thread: main."""

    def __init__(self) -> None:
        self._pins: dict[Ref, str] = {}

    def keep(self, ref: Ref, pin: str) -> None:
        """Remember the PIN of this command until it is sent."""
        self._pins[ref] = pin

    def take(self, ref: Ref) -> str:
        """Give the PIN of this command, and forget it; "" when it is not known."""
        return self._pins.pop(ref, "")


# ---------------------------------------------------------------- what happens


class PinTapped(Struct, frozen=True):
    """Type the PIN of the first voucher that waits for it."""


class PinKey(Discreet, frozen=True):
    """A key of the PIN pad: a digit, "delete" or "clear"."""

    HIDDEN = ("key",)
    key: str


class PinEntered(Struct, frozen=True):
    """The PIN is complete."""


Event = PinTapped | PinKey | PinEntered


# ---------------------------------------------------------------- what is asked for


class StorePin(Discreet, frozen=True):
    """Write the use down, and keep its PIN in memory until it is sent."""

    HIDDEN = ("pin",)
    command: RedeemPin
    pin: str


Effect = StorePin
