"""The whole till on a file with 100,000 waiting entries: window, delivery and a sandbox over a socket; no stall."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
from long_queue import ENTRIES, fill

from pos_app.domain.codes import Ref
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox import Database
from pos_app.settings import build
from pos_app.tour.hand import DisagreementError, until
from pos_app.tour.shop import Shop

MOST_WORK_S = 0.25
MOST_LATE_S = 1.5
EVERY_S = 0.005


class LongShop(Shop):
    """A shop whose till was offline for a very long time; the customers of the sandbox come first."""

    async def fill(self) -> None:
        path = build(self.practice.settings(self.data / "till"), self.practice.secrets).database
        database = await Database.open(path)
        await database.call(fill, datetime.now(UTC), ENTRIES, self.known)
        await database.aclose()


class Lags:
    """The longest turn of the window's loop in each part of the story. Units: seconds.

    `work` is what the main thread itself did in it, whatever else the machine is busy with; `late` is how late the
    loop came back, on the clock.
    """

    def __init__(self) -> None:
        self.work: dict[str, float] = {}
        self.late: dict[str, float] = {}
        self.part = ""

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        while True:
            at, worked = time.monotonic(), time.thread_time()
            await asyncio.sleep(EVERY_S)
            for worst, took in (
                (self.work, time.thread_time() - worked),
                (self.late, time.monotonic() - at - EVERY_S),
            ):
                worst[self.part] = round(max(took, worst.get(self.part, 0.0)), 3)


@pytest.mark.fault("row 27")
async def test_the_window_never_stalls_while_a_hundred_thousand_wait(tmp_path, qapp):
    shop, lags = LongShop(tmp_path), Lags()
    shop.window.show()
    try:
        shop.practice.start()
        shop.known = [one["identifier"] for one in shop.practice.announced["customers"]]
        shop.line.open()
        await shop.fill()
        async with lags.watched():
            await _story(shop, lags)
    finally:
        await shop.close()
        shop.window.close()
        shop.window.deleteLater()
        shop.line.close()
        shop.practice.stop()
    assert max(lags.work.values()) <= MOST_WORK_S, lags.work
    assert max(lags.late.values()) <= MOST_LATE_S, lags.late


def _listed(shop: Shop) -> tuple[Entry, ...]:
    """The entries that the list holds; it is read on, and never whole."""
    panel = shop.state.panel
    return (panel.desk.entries or ()) if panel is not None and panel.desk is not None else ()


async def _story(shop: Shop, lags: Lags) -> None:
    lags.part = "start"
    await shop.open()
    await shop.hand.sees("Ready to scan")
    backlog = shop.state.backlog
    assert ENTRIES - 1000 < backlog.waiting <= ENTRIES + len(shop.known)

    lags.part = "list"
    shop.hand.tap("Menu")
    shop.hand.tap("Needs attention")
    await shop.hand.sees("1 to ", " of 40")  # how many fit depends on what Perx has said of them by now
    await until(lambda: f"{shop.state.backlog.waiting} waiting" in shop.hand.said(), "it does not say how many")
    for _ in range(3):
        while "Show older ones" not in shop.hand.said():
            with suppress(DisagreementError):  # no such button while the page is read anew: Perx answers meanwhile
                shop.hand.tap("Next page")
            await asyncio.sleep(EVERY_S)  # one tap a turn
        listed = len(_listed(shop))
        shop.hand.tap("Show older ones")
        await until(lambda listed=listed: listed < len(_listed(shop)) <= listed + 40, "no older ones came")
    for _ in range(3):
        shop.hand.tap("Previous page")
    shop.hand.tap("Back")

    lags.part = "sale"
    shop.scan(shop.known[0])
    await shop.hand.sees("can be used now")
    shop.keys("1", "5", "00")
    shop.hand.tap("Complete")
    await shop.hand.sees("Perx has the sale.")
    shop.hand.tap("Next customer")

    lags.part = "drain"
    before = shop.state.backlog.waiting
    await until(lambda: shop.state.backlog.waiting < before - 200, "the queue does not drain", 60)
    assert shop.counter is not None
    sold = Counter(one["reference"] for one in shop.ledger["transactions"])
    for number in range(len(shop.known)):
        entry = await shop.counter.outbox.entry(Ref(f"F{number}"))
        assert entry is not None
        assert sold[entry.ref] == (entry.state is EntryState.DONE), entry
    assert set(sold.values()) == {1}
