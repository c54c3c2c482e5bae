"""Sales and points: what is written to Perx, and how it is found again.

Nothing here may be sent twice: Perx takes a repeated reference for a second sale.
Source: perx-api 6.5, C (strong).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pos_app.domain.commands import Checkout, RecordSale
from pos_app.domain.customers import Movement, RecordedSale
from pos_app.domain.money import Money, Points
from pos_app.perx import answers
from pos_app.perx.answers import Invoice, PointsHold, PointsMove
from pos_app.perx.call import APPLICATION, Call, Shape, checked, user
from pos_app.perx.errors import Facts, Uncertain, Unreachable
from pos_app.perx.members import MemberVerbs
from pos_app.perx.verbs import Verbs, read, same, shaped
from pos_app.perx.wire import Row, stamp

_MOST_SALES = 1000
VOUCHER_ITEM = "Reward::Transaction"
POINTS_ITEM = "StoredValue::Transaction"


class SaleVerbs(MemberVerbs):
    """Recording sales, and reading back what Perx made of them."""

    async def record_transaction(self, sale: RecordSale) -> RecordedSale:
        """Tell Perx of a sale so that its rules give points, some seconds later.

        The points in the immediate answer are not final and are not read.
        Source: POST /v4/pos/transactions, perx-api 6.1, A-nock.
        """
        deadline = self._line.deadline()
        perx_id = sale.perx_id
        if perx_id is None:
            perx_id = await self._perx_id(sale.identifier)
        data: dict[str, Any] = {
            "transaction_type": sale.transaction_type,
            "transaction_reference": sale.ref,
            "amount": Money(sale.amount_minor, sale.currency).decimal,
            "currency": sale.currency,
            "transaction_date": stamp(datetime.fromisoformat(sale.sold_at)),
            "properties": dict(sale.properties),
        }
        body = {"user_account_id": perx_id, "transaction_data": data}
        call = Call("POST", "/v4/pos/transactions", APPLICATION, body=body)
        answer = await self._line.ask(call, deadline)
        made = read(answer, answers.recorded_sale)
        same(answer, made.ref in ("", sale.ref), "another sale")
        return made

    async def invoice(self, checkout: Checkout, holds: Iterable[PointsHold] = ()) -> Invoice:
        """Commit a sale: its held vouchers and points are used, all of it in one call.

        Source: POST /v4/pos/invoices, perx-api 6.4, A-live: one item per sale line and per used item.
        """
        held = list(holds)
        used = [{"item_id": one, "item_type": VOUCHER_ITEM} for one in checkout.voucher_ids]
        used += [{"item_id": _item_id(one.id), "item_type": POINTS_ITEM} for one in held]
        body = {
            "user_account": {"identifier": checked(checkout.identifier)},
            "transaction_data": [dict(self.profile.invoice_fields) | _sale_line(checkout, held)],
            "used_items": used,
        }
        answer = await self._line.ask(Call("POST", "/v4/pos/invoices", APPLICATION, body=body))
        made = read(answer, answers.invoice)
        wanted = {(str(one["item_type"]), str(one["item_id"])) for one in used}
        same(answer, not made.items or wanted <= set(made.items), "other items")
        return made

    async def find_sale(self, identifier: str, ref: str) -> RecordedSale | None:
        """The sale of our reference; None only when all of the customer's sales were seen without it.

        Errors: Uncertain (NET-07) when there are more sales than the till reads.
        Source: GET /v4/transactions, perx-api 5 and 6.5, B*.
        """

        def is_ours(row: Row) -> bool:
            return row.text("transaction_reference", limit=64) == ref

        call = Call("GET", "/v4/transactions", user(identifier))
        rows, complete = await self._line.pages(call, _MOST_SALES, lambda rows: any(map(is_ours, rows)))
        found = next(filter(is_ours, rows), None)
        if found is None and not complete:
            raise Uncertain("NET-07", Facts(call=call.name, detail="too many sales"))
        with shaped(Facts(call=call.name)):
            return None if found is None else answers.recorded_sale(found)

    async def sales_since(self, identifier: str, since: datetime) -> list[RecordedSale]:
        """Every sale of the customer that Perx made at or after `since`, and perhaps older ones.

        Reading ends early only when the rows themselves show that they run from new to old.
        Errors: Uncertain (NET-07) when there are more sales than the till reads.
        Source: GET /v4/transactions, perx-api 5 and 6.5, B*; an order is nowhere promised.
        """

        def is_past(rows: list[Row]) -> bool:
            made = [row.at("created_at") or since for row in rows]
            return made[0] > made[-1] < since and made == sorted(made, reverse=True)

        call = Call("GET", "/v4/transactions", user(identifier))
        rows, complete = await self._line.pages(call, _MOST_SALES, is_past)
        if not complete and not is_past(rows):
            raise Uncertain("NET-07", Facts(call=call.name, detail="too many sales"))
        with shaped(Facts(call=call.name)):
            found = answers.readable(rows, lambda row: answers.recorded_sale(row, self.profile.currency))
        return list({one.id: one for one in found}.values())  # a new sale moves rows to the next page meanwhile

    async def movements(self, identifier: str, ref: str = "", most: int = 50) -> list[Movement]:
        """The customer's points history, newest first; with `ref` every row of that sale and no other.

        Errors: Uncertain (NET-07) when a reference was not found among as many rows as the till reads.
        Source: GET /v4/loyalty/transactions_history, perx-api 5 and 6.5: the filter A-nock, so rows are
        compared here as well.
        """
        query: dict[str, str | int] = {"sort_by": "id", "order_by": "desc"}
        if ref:
            query["transaction_reference"] = ref
        call = Call("GET", "/v4/loyalty/transactions_history", user(identifier), query=query)
        rows, complete = await self._line.pages(call, _MOST_SALES if ref else most)
        with shaped(Facts(call=call.name)):
            found = answers.readable(rows, answers.movement)
        if not ref:
            return found
        ours = [one for one in found if one.ref == ref]
        if not ours and not complete:
            raise Uncertain("NET-07", Facts(call=call.name, detail="too many rows"))
        return ours

    async def _perx_id(self, identifier: str) -> int:
        """The customer's number, needed before a sale can be sent: a failure here means that none was."""
        try:
            perx_id = (await self.customer(identifier)).perx_id
        except Uncertain as exc:
            raise Unreachable(exc.problem, exc.facts) from exc
        if perx_id is None:
            raise Unreachable("NET-07", Facts(detail="a customer without an id"))
        return perx_id


class PointsVerbs(Verbs):
    """Points moved, held and let go, and the tenant's triggers."""

    async def move_points(
        self,
        identifier: str,
        points: int,
        ref: str,
        program_id: int | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> PointsMove:
        """Give (positive) or take (negative) exactly these points, now.

        The reference also travels in the properties: Perx may not show it otherwise.
        Source: POST /v4/pos/loyalty_transactions, perx-api 6.2, A-live; 6.5 for the properties, C.
        """
        program = self.profile.loyalty_program_id if program_id is None else program_id
        body = {
            "user_account": {"identifier": checked(identifier)},
            "loyalty_program_id": program,
            "points": points,
            "properties": {**(properties or {}), "transaction_reference": ref},
            "transaction_reference": ref,
        }
        answer = await self._line.ask(Call("POST", "/v4/pos/loyalty_transactions", APPLICATION, body=body))
        row = answer.row
        with shaped(answer.facts):
            made = PointsMove(str(row.need("id")), Points(row.need("points")), row.at("transacted_at"))
        same(answer, row.whole("loyalty_program_id") in (None, program), "another programme")
        same(answer, made.points == points, "other points")
        return made

    async def hold_points(self, identifier: str, points: int, program_id: int | None = None) -> PointsHold:
        """Keep points back for a sale; the balance itself does not change until the invoice.

        Errors: Refused (PX-005) when there are not enough.
        Source: POST /v4/pos/loyalty_transactions/reserve, perx-api 6.3, A-live: they come back negative.
        """
        program = self.profile.loyalty_program_id if program_id is None else program_id
        body = {
            "user_account": {"identifier": checked(identifier)},
            "amount_to_deduct": points,
            "loyalty_program_id": program,
        }
        path = "/v4/pos/loyalty_transactions/reserve"
        answer = await self._line.ask(Call("POST", path, APPLICATION, body=body))
        row = answer.row
        with shaped(answer.facts):
            held = PointsHold(str(row.need("id")), Points(abs(row.need("points"))))
        same(answer, row.whole("loyalty_program_id") in (None, program), "another programme")
        same(answer, held.points == points, "other points")
        return held

    async def release_points(self, identifier: str, hold_id: str) -> None:
        """Let held points go.

        Source: PUT /v4/pos/loyalty_transactions/{id}/revert_redemption, perx-api 6.3, A-live: the id
        comes back as text.
        """
        body = {"user_account": {"identifier": checked(identifier)}}
        path = "/v4/pos/loyalty_transactions/{id}/revert_redemption"
        answer = await self._line.ask(Call("PUT", path, APPLICATION, (hold_id,), body=body))
        same(answer, answer.row.text("id", limit=64) == hold_id, "another hold")

    async def fire_trigger(self, identifier: str, trigger_id: str) -> None:
        """Tell the tenant's automation that this customer did something. An answer does not say what it gave.

        Source: PUT /v4/app_triggers/{id}, perx-api 16, A-live: success carries no payload.
        """
        path = "/v4/app_triggers/{id}"
        call = Call("PUT", path, user(identifier), (trigger_id,), answer=Shape.NOTHING)
        await self._line.ask(call)


def _sale_line(checkout: Checkout, holds: list[PointsHold]) -> dict[str, Any]:
    """Source: perx-api 6.4, A-live: what was used is repeated in the properties."""
    properties = dict(checkout.properties)
    if checkout.voucher_ids:
        applied = [*checkout.voucher_ids, *checkout.spent.values()]
        properties["applied_vouchers"] = ",".join(map(str, applied))
    if holds:
        properties["applied_points"] = str(sum(one.points for one in holds))
    line: dict[str, Any] = {
        "transaction_type": checkout.transaction_type,
        "collected_amount": Money(checkout.amount_minor, checkout.currency).decimal,
        "transaction_reference": checkout.ref,
        "currency": checkout.currency,
    }
    if checkout.merchant_identifier:
        line["merchant_identifier"] = checkout.merchant_identifier
    return line | {"properties": properties}


def _item_id(hold_id: str) -> int | str:
    return int(hold_id) if hold_id.isascii() and hold_id.isdigit() else hold_id
