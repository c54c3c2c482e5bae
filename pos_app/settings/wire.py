"""How one tenant's Perx differs from what is known of Perx, as far as the till can work with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos_app.settings.checks import between
from pos_app.settings.keys import item

REFUSABLE = ("sale", "points")


def _writes(values: tuple[str, ...]) -> str | None:
    return None if set(values) <= set(REFUSABLE) else f"expected a list of {', '.join(REFUSABLE)}."


def _names(fields: Mapping[str, str]) -> str | None:
    ours = {"transaction_reference", "collected_amount", "currency", "transaction_type", "properties"}
    fits = all(name.isidentifier() and name.isascii() and name not in ours for name in fields)
    return None if fits else "expected names of fields that the till does not fill in itself."


@dataclass(frozen=True, kw_only=True)
class WireSection:
    """How this tenant's Perx differs from what is known of Perx; pos-app contract tells."""

    refuses_duplicates: tuple[str, ...] = item(
        (), "Writes that Perx refuses when their reference was used before: sale, points.", _writes
    )
    invoice_fields: Mapping[str, str] = item(
        {}, "Fields that an invoice asks for in every line; {till} and {shop} are filled in.", _names
    )
    hold_minutes: float = item(
        0.0,
        "How long Perx holds a voucher where it does not say so itself; 0: until it is given back.",
        between(0, 1440),
    )
    test_customer: str = item("", "Identifier of the customer that pos-app contract may read and write; empty: none.")
