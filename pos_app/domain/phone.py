"""How a phone number is told from other identifiers: as RFC 3966 writes it, tel:+6591234821. The mark is never sent."""

from __future__ import annotations

from typing import Final

PHONE: Final = "tel:"


def is_phone(identifier: str) -> bool:
    """Tell whether an identifier was given as a phone number."""
    return identifier[: len(PHONE)].lower() == PHONE and len(identifier) > len(PHONE)
