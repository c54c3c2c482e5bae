"""The open sale as a small JSON value, so that a crash or a power cut does not lose it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.customers import Customer
from pos_app.domain.money import Money
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.till import claiming, paying
from pos_app.till.state import Known, Line, LineState, Sale


def to_draft(sale: Sale) -> dict[str, Any] | None:
    """What has to survive: who, which vouchers, how much, and the reference under which it was completed.

    `told`: the counter was told how it ended. `sold`: what a slip needs, in case only the draft is left. Whether the
    sale is `stored` the file adds by itself, in the transaction that stores it. None for an empty sale.
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
        "told": sale.told,
        "sold": _sold(sale.record) if sale.record else None,
        "lines": [
            {"text": line.text, "voucher_id": line.voucher_id, "hold_ref": line.hold_ref, "pin_ref": line.pin_ref}
            for line in sale.lines
            if line.may_be_held or line.pin_ref is not None
        ],
        "pay": paying.to_draft(sale.pay),
        "claim": claiming.to_draft(sale.claim),
    }


def refs_of(draft: Mapping[str, Any]) -> list[Ref]:
    """Our references of what a draft says may be bound at Perx; [] for one that makes no sense."""
    rows = draft.get("lines")
    parts = [*(rows if isinstance(rows, list) else []), draft.get("pay"), draft.get("claim")]
    names = ("hold_ref", "pin_ref", "reserve_ref", "confirm_ref")
    found = [one.get(name) for one in parts if isinstance(one, Mapping) for name in names]
    return [Ref(one) for one in found if isinstance(one, str) and one]


def _sold(record: SaleRecord) -> dict[str, Any]:
    return {
        "sold_at": record.sold_at,
        "currency": record.currency,
        "due_minor": record.due_minor,
        "vouchers": [
            {
                "voucher_id": one.voucher_id,
                "title": one.title,
                "off_minor": one.off_minor,
                "on_trust": one.on_trust,
                "by_pin": one.by_pin,
            }
            for one in record.vouchers
        ],
        "paid_points": record.paid_points,
        "paid_minor": record.paid_minor,
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
                LineState.PIN_SENT if row.get("pin_ref") else LineState.NO_ANSWER,
                str(row["text"]),
                int(row["voucher_id"]),
                hold_ref=Ref(row["hold_ref"]) if row.get("hold_ref") else None,
                pin_ref=Ref(row["pin_ref"]) if row.get("pin_ref") else None,
            )
            for number, row in enumerate(draft["lines"], 1)
        )
        sale_id = Ref(draft["id"]) if draft["id"] else None
        bill, pay = int(draft["bill_minor"]), paying.from_draft(draft.get("pay"))
        claim = claiming.from_draft(draft.get("claim"))
        return Sale(id=sale_id, known=known, lines=lines, bill_minor=bill, row=len(lines), pay=pay, claim=claim)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        raise ValueError(f"not a draft: {exc}") from exc


def sold_as(record: SaleRecord, sold: object) -> SaleRecord:
    """A record with what the draft knows of the sale; as it is when that is not there or makes no sense."""
    if not isinstance(sold, Mapping):
        return record
    try:
        datetime.fromisoformat(sold["sold_at"])
        vouchers = tuple(
            UsedVoucher(
                int(row["voucher_id"]),
                str(row["title"]),
                "",
                row["off_minor"],
                bool(row["on_trust"]),
                by_pin=bool(row.get("by_pin")),
            )
            for row in sold["vouchers"]
        )
        due = Money(int(sold["due_minor"]), str(sold["currency"]))
        record = replace(record, paid_points=int(sold.get("paid_points", 0)), paid_minor=int(sold.get("paid_minor", 0)))
        return replace(record, sold_at=sold["sold_at"], currency=due.currency, due_minor=due.minor, vouchers=vouchers)
    except (KeyError, TypeError, ValueError, OverflowError):
        return record
