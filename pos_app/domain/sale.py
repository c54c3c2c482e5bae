"""A finished sale, as the till keeps it: enough to print its slip again and to say what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from pos_app.domain import reversal
from pos_app.domain.codes import Ref
from pos_app.domain.money import Money
from pos_app.domain.reversal import Reversal


class UsedVoucher(Struct, frozen=True):
    """One voucher of a finished sale. Units: `off_minor` minor units, None when the tenant names no figure.

    `on_trust`: used while Perx could not be asked; then `state` is the word of its own outbox entry. `by_pin`: used at
    once by the shop's PIN, before the sale was made.
    """

    voucher_id: int
    title: str
    tail: str = ""
    off_minor: int | None = None
    on_trust: bool = False
    state: str = ""
    by_pin: bool = False

    @property
    def is_unconfirmed(self) -> bool:
        """Perx has not said yet whether it counts, or a person has to settle it."""
        return self.on_trust and self.state != "done"


class SaleRecord(Struct, frozen=True):
    """What the till knows of one sale.

    `state` is the word of its outbox entry (waiting, sending, checking, done, refused, attention).
    `points` is what Perx gave in the end, None while it has not said; `points_error` its sentence when a
    rule failed late. `points_before` is the balance that was shown, None when it was not known. `language` is the
    customer's, as Perx told it. `cashier`: who was signed on, "" when nobody was. `reversal`: what was undone of it.
    `paid_points` were kept back to pay `paid_minor` of it.
    `by_hand`: why its `points` were given by hand; then nothing was sold, and `points` are what was asked for.
    Units: amounts in minor units of `currency`; `sold_at` ISO 8601 UTC.
    """

    ref: Ref
    sold_at: str
    currency: str
    bill_minor: int
    due_minor: int
    identifier: str
    name: str = ""
    state: str = "waiting"
    problem: str = ""
    said: str = ""
    vouchers: tuple[UsedVoucher, ...] = ()
    points_before: int | None = None
    points_after: int | None = None
    estimate: int | None = None
    points: int | None = None
    points_error: str = ""
    printed: int = 0
    till: str = ""
    language: str = ""
    cashier: str = ""
    by_hand: str = ""
    reversal: Reversal | None = None
    paid_points: int = 0
    paid_minor: int = 0

    @property
    def paid(self) -> Money:
        """What points pay of it."""
        return Money(self.paid_minor, self.currency)

    @property
    def off(self) -> Money:
        """What the vouchers take off."""
        return Money(self.bill_minor - self.due_minor - self.paid_minor, self.currency)

    @property
    def bill(self) -> Money:
        return Money(self.bill_minor, self.currency)

    @property
    def due(self) -> Money:
        return Money(self.due_minor, self.currency)

    @property
    def sold(self) -> datetime:
        return datetime.fromisoformat(self.sold_at).astimezone(UTC)

    def settled(self, state: str, problem: str = "", said: str = "") -> SaleRecord:
        """The record after its outbox entry changed."""
        return replace(self, state=state, problem=problem, said=said)

    def voucher_settled(self, voucher_id: int, state: str) -> SaleRecord:
        """The record after the entry of a voucher that was used on trust changed."""
        vouchers = tuple(replace(one, state=state) if one.voucher_id == voucher_id else one for one in self.vouchers)
        return replace(self, vouchers=vouchers)

    def to_body(self) -> dict[str, Any]:
        """Plain JSON values."""
        body: dict[str, Any] = to_builtins(self)
        return body


def from_body(body: Mapping[str, Any]) -> SaleRecord:
    """The record that was kept; fields of a newer program are left out.

    Errors: ValueError when a needed field is missing.
    """
    known = set(SaleRecord.__struct_fields__)
    values = {name: value for name, value in body.items() if name in known}
    used = set(UsedVoucher.__struct_fields__)
    try:
        values["vouchers"] = tuple(
            UsedVoucher(**{name: value for name, value in row.items() if name in used})
            for row in values.get("vouchers", ())
        )
        undone = values.get("reversal")
        values["reversal"] = reversal.from_body(undone) if undone is not None else None
        return SaleRecord(**values)
    except (TypeError, AttributeError, KeyError) as exc:
        raise ValueError(f"not a sale record: {exc}") from exc
