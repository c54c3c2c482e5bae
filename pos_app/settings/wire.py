"""How one tenant's Perx differs from what is known of Perx, as far as the till can work with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

REFUSABLE = ("sale", "points")


def _writes(values: tuple[str, ...]) -> str | None:
    return None if set(values) <= set(REFUSABLE) else f"expected a list of {', '.join(REFUSABLE)}."


def _names(fields: Mapping[str, str]) -> str | None:
    ours = {"transaction_reference", "collected_amount", "currency", "transaction_type", "properties"}
    fits = all(name.isidentifier() and name.isascii() and name not in ours for name in fields)
    return None if fits else "expected names of fields that the till does not fill in itself."


def _minutes(value: float) -> str | None:
    return None if 0 <= value <= 1440 else "expected a number from 0 to 1440."


@dataclass(frozen=True, kw_only=True)
class WireSection:
    """How this tenant's Perx differs from what is known of Perx; pos-app contract tells."""

    refuses_duplicates: tuple[str, ...] = field(
        default=(),
        metadata={
            "sentence": "Writes that Perx refuses when their reference was used before: sale, points.",
            "check": _writes,
            "example": None,
        },
    )
    invoice_fields: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({}),
        metadata={
            "sentence": "Fields that an invoice asks for in every line; {till} and {shop} are filled in.",
            "check": _names,
            "example": None,
        },
    )
    hold_minutes: float = field(
        default=0.0,
        metadata={
            "sentence": "How long Perx holds a voucher where it does not say so itself; 0: until it is given back.",
            "check": _minutes,
            "example": None,
        },
    )
    test_customer: str = field(
        default="",
        metadata={
            "sentence": "Identifier of the customer that pos-app contract may read and write; empty: none.",
            "check": None,
            "example": None,
        },
    )
