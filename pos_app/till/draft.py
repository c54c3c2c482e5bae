"""The open sale as a small JSON value, so that a crash or a power cut does not lose it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pos_app.domain.codes import Ref
from pos_app.domain.customers import Customer
from pos_app.till.state import Known, Line, LineState, Sale


def to_draft(sale: Sale) -> dict[str, Any] | None:
    """What has to survive: who, which vouchers, how much, and the reference under which it was completed.

    None for an empty sale.
    """
    if sale.is_empty and sale.record is None:
        return None
    known = sale.known
    return {
        "id": sale.id,
        "identifier": known.identifier if known else None,
        "perx_id": known.customer.perx_id if known else None,
        "name": known.customer.name if known else "",
        "checked": known.checked if known else False,
        "bill_minor": sale.bill_minor,
        "ref": sale.record.ref if sale.record else None,
        "lines": [
            {"text": line.text, "voucher_id": line.voucher_id, "hold_ref": line.hold_ref}
            for line in sale.lines
            if line.may_be_held
        ],
    }


def from_draft(draft: Mapping[str, Any]) -> Sale:
    """The sale of the last run, its vouchers waiting to be looked at again.

    Errors: ValueError when the draft is not one of ours.
    """
    try:
        known = None
        if draft["identifier"]:
            customer = Customer(str(draft["identifier"]), draft.get("perx_id"), str(draft.get("name") or ""))
            known = Known(customer, checked=bool(draft.get("checked", True)))
        lines = tuple(
            Line(
                f"row{number}",
                LineState.NO_ANSWER,
                str(row["text"]),
                int(row["voucher_id"]),
                hold_ref=Ref(row["hold_ref"]) if row.get("hold_ref") else None,
            )
            for number, row in enumerate(draft["lines"], 1)
        )
        sale_id = Ref(draft["id"]) if draft["id"] else None
        return Sale(id=sale_id, known=known, lines=lines, bill_minor=int(draft["bill_minor"]), row=len(lines))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        raise ValueError(f"not a draft: {exc}") from exc
