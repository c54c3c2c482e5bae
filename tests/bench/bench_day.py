"""A day at the counter: stalls in a rush, memory over many sales, the processor at rest, requests a customer."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench_counter import members
from bench_measure import Row, at_most, bounded

from pos_app.till.state import Phase
from pos_app.tour.hand import DisagreementError, until
from pos_app.tour.shop import Shop

EVERY_S = 0.3
FLAP_EVERY_S, DOWN_S = 20.0, 6.0
LOOK_EVERY_S = 0.005
FEWEST = {"customer with a sale": 4, "customer with a voucher used": 6}
"""The fewest requests that the contract allows: the customer, their points and their vouchers, and the sale; a voucher
held and seen used takes one each. Source: perx-api 3, 4, 5, 6."""
REST_PERCENT = 0.5


@contextmanager
def stalls() -> Iterator[list[float]]:
    """Ask the loop's thread from another one how late it is, all the time. Milliseconds."""
    loop, late = asyncio.get_running_loop(), [0.0]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_EVERY_S):
            asked = time.perf_counter()
            answered = threading.Event()

            def answer(asked: float = asked, answered: threading.Event = answered) -> None:
                late.append(1000 * (time.perf_counter() - asked))
                answered.set()

            loop.call_soon_threadsafe(answer)
            answered.wait(2)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield late
    finally:
        ended.set()
        watcher.join(3)


async def rush(folder: Path, *, quick: bool) -> list[Row]:
    """A scan every 300 ms, bills, completed sales, and a link that goes and comes."""
    lasts_s = 12.0 if quick else 600.0
    async with Shop(folder, {"perx": {"timeout_s": 2.0}}) as shop:
        await shop.hand.sees("Ready to scan")
        codes = [one["voucher_code"] or one["qr"] for one in shop.practice.announced["vouchers"]]
        with stalls() as late:
            flapping = asyncio.create_task(_flap(shop))
            end_s, number = time.monotonic() + lasts_s, 0
            while time.monotonic() < end_s:
                _act(shop, number, codes)
                number += 1
                await asyncio.sleep(EVERY_S)
            flapping.cancel()
            await asyncio.wait({flapping})
        await asyncio.to_thread(shop.practice.fault)
        if shop.state.wrong:
            raise RuntimeError("something went wrong in the rush")
    what = f"a scan every {EVERY_S:g} s for {lasts_s:g} s, the link away {DOWN_S:g} of {FLAP_EVERY_S:g} s"
    return [bounded("longest stall of the window", max(late), 50, what, "ms", len(late))]


def _act(shop: Shop, number: int, codes: list[str]) -> None:
    shop.scan(shop.known[number // 4 % len(shop.known)] if number % 4 == 0 else codes[number % len(codes)])
    with suppress(DisagreementError):  # what is not there now cannot be tapped
        if number % 4 == 2:
            shop.keys("7", "5", "00")
        elif number % 4 == 3:
            shop.hand.tap("Complete")


async def _flap(shop: Shop) -> None:
    while True:
        await asyncio.sleep(FLAP_EVERY_S - DOWN_S)
        gone = {"method": "*", "path": "/v4", "action": {"kind": "drop_before"}, "times": 100_000}
        await asyncio.to_thread(shop.practice.fault, gone)
        await asyncio.sleep(DOWN_S)
        await asyncio.to_thread(shop.practice.fault)


# ---------------------------------------------------------------- a long day


async def long_day(folder: Path, *, quick: bool) -> list[Row]:
    """Sell over and over: memory must not grow, requests must not be more than they have to."""
    sales = 60 if quick else 10_000
    sizes: list[float] = []
    async with Shop(folder) as shop:
        await shop.hand.sees("Ready to scan")
        before = len(shop.ledger["requests"])
        for number in range(sales):
            await _sell(shop, number)
            if number % max(1, sales // 40) == 0:
                sizes.append(resident_mib())
        await until(lambda: not shop.state.backlog.waiting, "the queue never became empty", 60)
        seen = shop.ledger["requests"][before:]
        rest = await _at_rest(10 if quick else 120)
    early, later = sizes[len(sizes) // 4 : len(sizes) // 2], sizes[-len(sizes) // 4 :]
    calls = Counter(f"{one['method']} {one['path']}".split("?")[0] for one in seen)
    requests = sum(calls.values()) / sales
    return [
        at_most(f"memory after {sales} sales", later, early, "the same after a third of them", 1.02, "MiB"),
        Row("requests a customer with a sale", requests, 4, "the fewest that the contract allows", requests / 4,
            "== 4", round(requests, 1) <= 4, "requests", sales, ", ".join(f"{n} {c}" for n, c in calls.most_common(6))),
        bounded("processor at rest", rest, REST_PERCENT, "of one core", "%"),
    ]  # fmt: skip


async def _sell(shop: Shop, number: int) -> None:
    shop.scan(members(shop)[number % 2])
    await until(lambda: shop.state.sale.known is not None and shop.state.sale.phase is Phase.OPEN, "nobody was found")
    shop.keys("7", "00")
    shop.hand.tap("Complete")
    await until(lambda: shop.state.sale.phase is Phase.DONE, "the sale was never done")


async def _at_rest(seconds: float) -> float:
    """The share of one core that an idle till takes, in percent."""
    await asyncio.sleep(2)
    begun, used = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    return 100 * (time.process_time() - used) / (time.monotonic() - begun)


def resident_mib() -> float:
    """This process's resident memory."""
    pages = int(Path(f"/proc/{os.getpid()}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
