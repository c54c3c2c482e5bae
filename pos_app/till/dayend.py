"""The end of a day: its figures, and the till's entries held against Perx's lists, customer by customer.

Perx has no list of a till's sales, only each customer's own (perx-api 5), so every customer of the day is read with
their own token, a few at a time and with pauses: below the cadence that Perx's own pages keep (perx-api 21, B*).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Kind
from pos_app.domain.day import Custom, Day, Figures
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox.inquiry import Inquiry
from pos_app.outbox.outbox import Outbox
from pos_app.perx import errors
from pos_app.perx.client import PerxClient
from pos_app.till.reconcile import UNDER_WAY, Compared, Sold, Theirs, View, compare, foreign
from pos_app.till.report import Report

AT_A_TIME = 3
PAUSE_S = 0.3
CLOCKS_DIFFER = timedelta(hours=1)
"""Perx's own clock may be behind ours: its list is read from so much earlier."""
_TOO_MUCH = "NET-07"


class Books(Struct, frozen=True):
    """What the till has written down."""

    outbox: Outbox
    inquiry: Inquiry


@dataclass
class _Agenda:
    """The customers of a day, in order, each with the references of their entries."""

    on: date
    customers: dict[str, list[Ref]]


class DayEnd:
    """The end of a day. Thread: main; each wait leaves the counter free. `perx` None: only figures can be had."""

    def __init__(
        self,
        books: Books,
        perx: PerxClient | None,
        custom: Custom,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._books = books
        self._perx = perx
        self._custom = custom
        self._clock = clock
        self._agenda: _Agenda | None = None

    async def figures(self, day: Day) -> Figures:
        """The day in figures. What has not been sent yet is counted whatever day it is from. Errors: StorageError."""
        told = Figures(day, self._clock(), backlog=await self._books.outbox.backlog())
        for row in await self._books.inquiry.sold(day.start, day.end):
            if row.state == EntryState.DONE:
                told = replace(told, sales=row.sales, value_minor=row.value_minor, vouchers=row.vouchers)
            elif row.state == EntryState.REFUSED:
                told = replace(told, refused=row.sales)
        undone = await self._books.inquiry.undone(day.start, day.end)
        return replace(
            told,
            reversed_sales=undone.sales,
            reversed_minor=undone.value_minor,
            points_taken=undone.points_taken,
            points_returned=undone.points_returned,
        )

    async def compare(self, day: Day, so_far: Report | None = None) -> Report:
        """Compare the next few customers; without `so_far`, the first. One that stopped goes on where it stopped.

        Errors: StorageError. Perx's own failures are in the report.
        """
        agenda = await self._read(day, afresh=so_far is None)
        so_far = so_far or Report(day, self._clock())
        todo = [one for one in sorted(agenda.customers) if one > so_far.after][:AT_A_TIME]
        if so_far.after and todo:
            await asyncio.sleep(PAUSE_S)
        if self._perx is None:
            raise ValueError("there is no way to Perx here")
        asked = (self._customer(self._perx, day, one, agenda.customers[one]) for one in todo)
        results = await asyncio.gather(*asked)
        report = replace(so_far, customers=len(agenda.customers), as_of=self._clock(), stopped="")
        for identifier, result in zip(todo, results, strict=True):
            if isinstance(result, Compared):
                report = replace(report, compared=report.compared + 1, found=report.found + result, after=identifier)
            elif isinstance(result, errors.Refused) or result.problem == _TOO_MUCH:
                unread = (*report.unread, (identifier, result.problem))
                report = replace(report, unread=unread, after=identifier)
            else:
                return replace(report, stopped=result.problem)
        return report

    async def _read(self, day: Day, *, afresh: bool) -> _Agenda:
        if self._agenda is None or self._agenda.on != day.on or afresh:
            customers: dict[str, list[Ref]] = {}
            async for entry in self._books.inquiry.made(day.start, day.end):
                if entry.command.kind not in (Kind.CREATE_CUSTOMER, Kind.JOIN_LATER, Kind.UPDATE_CUSTOMER):
                    customers.setdefault(entry.command.identifier, []).append(entry.ref)
            self._agenda = _Agenda(day.on, customers)
        return self._agenda

    async def _customer(
        self, perx: PerxClient, day: Day, identifier: str, refs: Sequence[Ref]
    ) -> Compared | errors.PerxError:
        read = self._books.inquiry.entries
        try:
            theirs = await _theirs(perx, identifier, day.start - CLOCKS_DIFFER, await read(refs))
        except errors.PerxError as exc:
            return exc
        ours = await read(refs)  # again, and last: what was sent meanwhile must not look like a difference
        custom = self._custom
        view = View(self._clock(), day.start, day.end, custom.young, custom.mark)
        strangers = [one.ref for one in foreign(ours, theirs, view)]
        known = await self._books.inquiry.known(strangers) if strangers else frozenset()
        found = compare(ours, theirs, replace(view, known=known))
        by_hand = await self._by_hand(found)
        told = (replace(one, by_hand=one.ref in by_hand, identifier=identifier) for one in found.differences)
        return replace(found, differences=tuple(told))

    async def _by_hand(self, found: Compared) -> set[Ref]:
        refs = [one.ref for one in found.differences]
        return await self._books.inquiry.settled_by_hand(refs) if refs else set()


async def _theirs(perx: PerxClient, identifier: str, since: datetime, ours: Sequence[Entry]) -> Theirs:
    """What Perx shows of a customer, as far as it bears on these entries. Errors: PerxError."""
    sales = await perx.sales_since(identifier, since)
    listed = {one.ref for one in sales}
    refs: set[str] = set()
    for entry in ours:
        if isinstance(entry.command, Sold) and entry.tries and entry.ref not in listed and entry.state not in UNDER_WAY:
            refs |= {one.ref for one in await perx.movements(identifier, entry.ref)}
    wanted = {voucher_id for entry in ours for voucher_id in entry.command.vouchers}
    vouchers = {one.id: one for one in await perx.vouchers(identifier, state="")} if wanted else {}
    for voucher_id in wanted - vouchers.keys():
        vouchers[voucher_id] = await perx.voucher(identifier, voucher_id)
    return Theirs(tuple(sales), frozenset(refs), vouchers)
