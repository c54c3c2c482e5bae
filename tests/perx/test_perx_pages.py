"""Lists that come page by page: read to the end, or said not to be."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from perx_loopback import answering, loopback, reply

from pos_app.perx.client import PerxClient
from pos_app.perx.errors import Uncertain

ID = "6591234821"


@pytest.mark.fault("FM-19")
def test_a_reference_is_not_called_missing_before_everything_was_read():
    async def run():
        rows = [{"id": n, "transaction_reference": f"other-{n}"} for n in range(50)]
        behave = answering(reply(200, {"data": rows, "meta": {"total_pages": 10_000}}))
        async with loopback(behave) as server, PerxClient(server.profile()) as client:
            with pytest.raises(Uncertain):
                await client.find_sale(ID, "mine")
            assert len(server.seen) == 20

    asyncio.run(run())


def test_sales_are_read_to_the_end_when_their_order_does_not_tell_that_the_rest_is_older():
    since = datetime(2026, 11, 24, tzinfo=UTC)
    old, new = "2026-11-20T08:00:00Z", "2026-11-24T08:00:00Z"

    def page(*rows: tuple[int, str]) -> bytes:
        made = [{"id": n, "transaction_reference": f"r{n}", "created_at": at} for n, at in rows]
        return reply(200, {"data": made, "meta": {"total_pages": 3}})

    async def run():
        pages = page((1, old), (2, old)), page((3, new), (2, old)), page((4, new))
        async with loopback(answering(*pages)) as server, PerxClient(server.profile()) as client:
            found = await client.sales_since(ID, since)
            assert [one.id for one in found] == ["1", "2", "3", "4"], "a row that is on two pages counts once"
            assert len(server.seen) == 3
        endless = answering(reply(200, {"data": [{"id": 1, "created_at": new}] * 50, "meta": {"total_pages": 10_000}}))
        async with loopback(endless) as server, PerxClient(server.profile()) as client:
            with pytest.raises(Uncertain):
                await client.sales_since(ID, since)
            assert len(server.seen) == 20

    asyncio.run(run())
