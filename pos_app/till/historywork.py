"""Does what earlier sales ask for: reads them, sees what there is to undo, and writes a reversal down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.sale import SaleRecord, from_body
from pos_app.domain.vouchers import Voucher
from pos_app.outbox.database import StorageError
from pos_app.outbox.outbox import Outbox
from pos_app.outbox.sales import Sales, StoredSale, Wanted
from pos_app.outbox.undoing import TooLateError, Undoing
from pos_app.perx import errors
from pos_app.perx.client import PerxClient
from pos_app.till import history
from pos_app.till.deskwork import ASKED_BY

log = logging.getLogger(__name__)

PAGE = 40


class HistoryWork:
    """The hands of earlier sales. Answers are posted as events; what comes too late is an answer too."""

    def __init__(self, perx: PerxClient, outbox: Outbox, sales: Sales, post: Callable[[Any], None]) -> None:
        self._perx = perx
        self._outbox = outbox
        self._sales = sales
        self._post = post

    async def do(self, effect: history.Effect) -> None:
        """Do one effect. Errors: StorageError, where nothing is to be written."""
        match effect:
            case history.ListSales():
                self._post(await self._list(effect))
            case history.LookInto():
                self._post(await self._look_into(effect))
            case history.Reverse():
                self._post(await self._reverse(effect))
            case history.SeeBalance():
                self._post(history.BalanceSeen(effect.ref, await self._balance(effect.identifier)))

    async def _list(self, effect: history.ListSales) -> history.Listed:
        query, last = effect.query, effect.after
        digits = query.text.replace(" ", "").replace("-", "")
        identifier = query.identifier or (self._perx.token_of(query.text) if query.text else "")
        wanted = Wanted(either=(identifier, digits if digits.isdigit() else ""))
        before = after = None
        if query.day is not None:
            wanted = Wanted(query.day.start, query.day.end)
            before, after = map(_day, await self._sales.beside(query.day.start, query.day.end))
        follows = StoredSale(last.ref, last.sold, {}) if last is not None else None
        rows = await self._sales.page(wanted, PAGE + 1, follows)
        records = tuple(from_body(row.body) for row in rows[:PAGE])
        return history.Listed(query, records, len(rows) > PAGE, last.ref if last else None, before, after)

    async def _look_into(self, effect: history.LookInto) -> history.ReversalSeen:
        record = await self._record(effect.ref)
        if record is None:
            return history.ReversalSeen(effect.ref, None, history.Seen())
        entries = tuple(await self._outbox.for_sale(effect.ref))
        seen = history.Seen(entries, problem="" if effect.ask else "NET-01")
        return history.ReversalSeen(effect.ref, record, await self._asked(record, seen) if effect.ask else seen)

    async def _asked(self, record: SaleRecord, seen: history.Seen) -> history.Seen:
        """What Perx says of the sale's points and vouchers. One voucher that it does not know hides no other."""
        try:
            if record.state == "done":
                seen = await self._with_points(record, seen)
            vouchers = [await self._voucher(record, one.voucher_id) for one in record.vouchers]
        except errors.PerxError as exc:
            return replace(seen, problem=exc.problem)
        return replace(seen, vouchers=tuple(one for one in vouchers if one is not None))

    async def _with_points(self, record: SaleRecord, seen: history.Seen) -> history.Seen:
        rows = await self._perx.movements(record.identifier, record.ref)
        if rows:
            return replace(seen, points=sum(int(row.points) for row in rows if not row.error), decided=True)
        sale = await self._perx.find_sale(record.identifier, record.ref)
        points = None if sale is None or sale.points is None else int(sale.points)
        return replace(seen, points=points, decided=sale is not None and sale.state == "processed")

    async def _voucher(self, record: SaleRecord, voucher_id: int) -> Voucher | None:
        try:
            return await self._perx.voucher(record.identifier, voucher_id)
        except errors.Refused:
            return None

    async def _reverse(self, effect: history.Reverse) -> history.Reversed:
        made = effect.reversal
        undoing = Undoing(
            effect.sale,
            made.when,
            to_builtins(made),
            made.asked_by or ASKED_BY,
            made.why,
            made.approved_by,
            effect.give_up,
        )
        problem = ""
        try:
            await self._outbox.put(None, undoing, effect.commands)
        except TooLateError:
            problem = "REV-07"
        except StorageError as exc:
            log.error("a reversal could not be written down: %s", exc)
            problem = exc.problem
        return history.Reversed(effect.sale, await self._record(effect.sale), problem)

    async def _record(self, ref: Ref) -> SaleRecord | None:
        kept = await self._sales.sale(ref)
        return None if kept is None else from_body(kept.body)

    async def _balance(self, identifier: str) -> int | None:
        try:
            return int((await self._perx.balance(identifier)).points)
        except errors.PerxError:
            return None


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.astimezone().date()
