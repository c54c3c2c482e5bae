"""Facts of sales and invoices. What rules gave for a sale is taken back at the end.

A sale cannot be deleted at Perx: it is undone by one of the opposite amount, so both stay in the list of sales.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pos_app.perx.call import APPLICATION, Call
from pos_app.perx.contract.bench import Bench, Book, Seen, fields, want
from pos_app.perx.contract.points import Purse, can_spare, fresh_ref, held, moved, purse, unless_unique
from pos_app.perx.sales import POINTS_ITEM
from pos_app.perx.wire import Row, stamp

BOOK = Book()
_AMOUNT = Decimal(1)
_LOOK_EVERY_S = 0.25


# --- sales -----------------------------------------------------------------------------------------


async def _perx_id(bench: Bench) -> int:
    return (await bench.app("/v4/pos/user_accounts/search", **bench.account)).row.need("id")


async def _sell(bench: Bench, ref: str, amount: Decimal = _AMOUNT) -> Seen:
    data = {
        "transaction_type": bench.plan.transaction_type,
        "transaction_reference": ref,
        "amount": amount,
        "currency": bench.profile.currency,
        "transaction_date": stamp(datetime.now(UTC)),
        "properties": {"contract": "check"},
    }
    body = {"user_account_id": await _perx_id(bench), "transaction_data": data}
    bench.made += 1
    seen = await bench.ask(Call("POST", "/v4/pos/transactions", APPLICATION, body=body))
    if seen.is_ok:
        bench.sold.append(ref)
        if amount > 0:
            bench.undo(lambda: _sell(bench, fresh_ref(), -amount))
    return seen


@BOOK.fact("sale", "6.1", "A-nock", "A sale is taken for the customer's number and tells our reference.", writes=True)
async def sale(bench: Bench) -> None:
    ref = fresh_ref()
    row = bench.ok(await _sell(bench, ref)).row
    fields(row, "id number, transaction_type text, amount number, points_earned number|null")
    want(row.text("transaction_reference", limit=64) == ref, "another reference came")


@BOOK.fact("sale-status", "6.1", "C", "It is answered by 201.", writes=True)
async def sale_status(bench: Bench) -> None:
    seen = bench.ok(await _sell(bench, fresh_ref()))
    want(seen.status == 201, bench.brief(seen))


@BOOK.fact("sale-listed", "6.5", "B*", "It is found in the customer's sales by its reference.", writes=True)
async def sale_listed(bench: Bench) -> None:
    ref = fresh_ref()
    bench.ok(await _sell(bench, ref))
    await _until(bench, lambda rows: any(row.text("transaction_reference", limit=64) == ref for row in rows))


@BOOK.fact(
    "sale-duplicate", "6.5", "C", "A second sale with the same reference is a second sale.", **unless_unique("sale")
)
async def sale_twice(bench: Bench) -> None:
    ref = fresh_ref()
    bench.ok(await _sell(bench, ref))
    bench.ok(await _sell(bench, ref))


async def _until(bench: Bench, holds: Callable[[list[Row]], bool]) -> None:
    """Wait until the customer's newest sales are so. Errors: TimeoutError when they are not in time."""
    async with asyncio.timeout(bench.plan.wait_s):
        while True:
            if holds((await bench.get("/v4/transactions", page=1, size=50)).rows):
                return
            await asyncio.sleep(_LOOK_EVERY_S)


# --- invoices --------------------------------------------------------------------------------------


async def _invoice(bench: Bench, extra: dict[str, Any], hold_id: str = "") -> Seen:
    merchant = bench.profile.merchant
    line: dict[str, Any] = {"transaction_type": bench.plan.transaction_type, "collected_amount": _AMOUNT}
    line |= {"properties": {"contract": "check"}} | extra
    if merchant and merchant.identifier:
        line["merchant_identifier"] = merchant.identifier
    used = [{"item_id": int(hold_id) if hold_id.isdigit() else hold_id, "item_type": POINTS_ITEM}] if hold_id else []
    body = {"user_account": bench.account, "transaction_data": [line], "used_items": used}
    bench.made += 1
    seen = await bench.ask(Call("POST", "/v4/pos/invoices", APPLICATION, body=body))
    if seen.is_ok:
        bench.undo(lambda: _sell(bench, fresh_ref(), -_AMOUNT))
        if hold_id:
            bench.over(seen, f"hold {hold_id}")
            bench.undo(lambda: moved(bench, 1, fresh_ref(), undo=False))
    return seen


@BOOK.fact(
    "invoice-bare",
    "6.4",
    "A-live",
    "An invoice needs no more of a line than its type and amount.",
    writes=True,
    record='wire.invoice_fields = { FIELD = "VALUE" }',
    is_recorded=lambda profile: bool(profile.invoice_fields),
)
async def invoice_bare(bench: Bench) -> None:
    bench.ok(await _invoice(bench, {}))


def _own_fields(bench: Bench) -> dict[str, Any]:
    return dict(bench.profile.invoice_fields)


@BOOK.fact("invoice-items", "6.4", "A-live", "It has an item for each sale line and each used item.", writes=True)
async def invoice_items(bench: Bench) -> None:
    await can_spare(bench)
    number = bench.ok(await held(bench, 1)).row.text("id", limit=64)
    row = bench.ok(await _invoice(bench, _own_fields(bench), number)).row
    items = row.rows("invoice_items")
    want(len(items) == 2, f"{len(items)} items came for 1 line and 1 hold")
    kinds = sorted(one.text("item_type") for one in items)
    want(kinds == [POINTS_ITEM, "Transaction"], "other types came")


@BOOK.fact("invoice-confirms", "6.4", "A-live", "It takes the points that were held for it.", writes=True)
async def invoice_confirms(bench: Bench) -> None:
    before = await can_spare(bench)
    number = bench.ok(await held(bench, 1)).row.text("id", limit=64)
    bench.ok(await _invoice(bench, _own_fields(bench), number))
    after = await purse(bench)
    want(after.held == before.held, "the points are held still")


@BOOK.fact("invoice-reference", "6.4", "B*", "A line's reference is found in the customer's sales.", writes=True)
async def invoice_reference(bench: Bench) -> None:
    ref = fresh_ref()
    extra = {"transaction_reference": ref, "currency": bench.profile.currency}
    bench.ok(await _invoice(bench, _own_fields(bench) | extra))
    await _until(bench, lambda rows: any(row.text("transaction_reference", limit=64) == ref for row in rows))


# --- as it was before ------------------------------------------------------------------------------


async def put_back(bench: Bench, before: Purse) -> None:
    """Wait for the rules of our sales, then take back what they gave, and compare.

    Errors: Differs when the customer stands otherwise than before.
    """
    refs = set(bench.sold)

    def is_over(rows: list[Row]) -> bool:
        ours = [row for row in rows if row.text("transaction_reference", limit=64) in refs]
        return all(row.text("state") != "pending" for row in ours)

    await _until(bench, is_over)
    surplus = (await purse(bench)).points - before.points
    if surplus:
        bench.ok(await moved(bench, -surplus, fresh_ref(), undo=False))
    after = await purse(bench)
    want(after == before, f"points {after.points - before.points:+}, held {after.held - before.held:+}")
