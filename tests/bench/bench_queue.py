"""The durable queue: putting against three known queues, draining against a bare loop, and growth against itself."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import diskcache
import httpx
import litequeue
import persistqueue
from bench_measure import Row, at_least, at_most
from long_queue import fill, put_for_real
from outbox_bench import sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import RecordSale
from pos_app.domain.entries import EntryState
from pos_app.domain.kinds import KINDS
from pos_app.outbox import Database, Outbox, Pace, claims, reading, tally, values
from pos_app.outbox.rows import Change, Clocks, apply
from pos_app.parts import perx_profile
from pos_app.perx.client import PerxClient
from pos_app.practice import Practice
from pos_app.settings import build
from pos_app.till.deliver import Delivery

BLOCK = 50
CUSTOMERS = 40
SIZES = (100, 10_000, 100_000)


# ---------------------------------------------------------------- putting


async def putting(folder: Path, *, quick: bool) -> list[Row]:
    """Put rows of the same size, in blocks by turns; every one is on the disk when its put returns."""
    blocks = 4 if quick else 40
    body = json.dumps(
        {"ref": "R" * 24, "kind": "record_sale", "identifier": "C-1", "amount_minor": 1000, "note": "x" * 300}
    )
    db = await Database.open(folder / "ours.db")
    outbox = Outbox(db)
    numbers = itertools.count()

    async def ours() -> None:
        await outbox.put(sale(f"B{next(numbers):020d}", f"C-{next(numbers) % 200}"))

    peers = _peers(folder, body)
    took: dict[str, list[float]] = {name: [] for name in ("ours", *peers)}
    for _ in range(blocks):
        begun = time.perf_counter()
        for _ in range(BLOCK):
            await ours()
        took["ours"].append(1000 * (time.perf_counter() - begun) / BLOCK)
        for name, put in peers.items():
            begun = time.perf_counter()
            for _ in range(BLOCK):
                put()
            took[name].append(1000 * (time.perf_counter() - begun) / BLOCK)
    await outbox.aclose()
    await db.aclose()
    whats = {name: f"{name}, its file in WAL with synchronous FULL" for name in peers}
    return [at_most(f"durable put, against {name}", took["ours"], took[name], whats[name], 1.0) for name in peers]


def _peers(folder: Path, body: str) -> dict[str, Callable[[], Any]]:
    """Three queues that people use, each told to be as durable as ours."""
    persist = persistqueue.SQLiteQueue(str(folder / "persist"), auto_commit=True, multithreading=True)
    persist._conn.execute("PRAGMA synchronous = FULL")
    persist._putter.execute("PRAGMA synchronous = FULL")
    lite = litequeue.LiteQueue(str(folder / "lite.db"))
    lite.conn.execute("PRAGMA synchronous = FULL")
    cached = diskcache.Deque(directory=str(folder / "cache"))
    cached._cache.reset("sqlite_synchronous", 2)
    for connection in (persist._putter, lite.conn, cached._cache._con):
        _must_be_full(connection)
    return {
        "persist-queue": lambda: persist.put(body),
        "litequeue": lambda: lite.put(body),
        "diskcache": lambda: cached.append(body),
    }


def _must_be_full(connection: sqlite3.Connection) -> None:
    mode, level = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous"))
    if (mode, level) != ("wal", 2):
        raise RuntimeError(f"a peer is not as durable as it was told to be: {mode}, {level}")


# ---------------------------------------------------------------- draining


async def draining(folder: Path, *, quick: bool) -> list[Row]:
    """Deliver queued sales to the sandbox; then the same bodies by a bare loop, as many at once, in the same order."""
    count, turns = (150, 1) if quick else (1000, 3)
    took: dict[str, list[float]] = {"ours": [], "bare": []}
    with Practice(folder / "perx") as practice:
        settings = build(practice.settings(folder / "till"), practice.secrets)
        async with PerxClient(perx_profile(settings, practice.secrets)) as perx:
            known = [await perx.create_customer(f"BENCH-{number}") for number in range(CUSTOMERS)]
            for turn in range(turns):
                sales = [_earning(turn, number, known[number % len(known)]) for number in range(count)]
                took["ours"].append(count / await _drain(folder / f"{turn}.db", perx, sales))
                _assert_order(practice, sales)
                took["bare"].append(count / await _bare(practice, sales))
    what = f"a bare httpx loop, {Pace().concurrency} at once, order per customer kept"
    return [at_least(f"drain of {count} queued earnings", took["ours"], took["bare"], what, 0.9, "a second")]


def _earning(turn: int, number: int, customer: Any) -> RecordSale:
    at = datetime.now(UTC).isoformat()
    ref = Ref(f"D{turn}-{number:05d}")
    return RecordSale(
        ref=ref, identifier=customer.identifier, perx_id=customer.perx_id, amount_minor=1000 + number, currency="SGD",
        sold_at=at,
    )  # fmt: skip


async def _drain(path: Path, perx: PerxClient, sales: list[RecordSale]) -> float:
    """The seconds from the first claim to the last entry that is done."""
    db = await Database.open(path)
    left = len(sales)
    done = asyncio.Event()

    def on_change(entry: Any) -> None:
        nonlocal left
        left -= entry.state is EntryState.DONE
        if not left:
            done.set()

    outbox = Outbox(db, on_change=on_change)
    for one in sales:
        await outbox.put(one)
    delivery = Delivery(perx)
    begun = time.perf_counter()
    runner = asyncio.create_task(outbox.run(delivery.send, delivery.read_back))
    async with asyncio.timeout(600):
        await done.wait()
    seconds = time.perf_counter() - begun
    await outbox.aclose()
    await asyncio.wait({runner})
    await db.aclose()
    return seconds


def _assert_order(practice: Practice, sales: list[RecordSale]) -> None:
    """Each customer's sales must have come in the order in which they were put, each once."""
    wanted = {one.ref for one in sales}
    came: dict[int, list[str]] = {}
    for row in practice.ledger()["transactions"]:
        if row["reference"] in wanted:
            came.setdefault(row["customer_id"], []).append(row["reference"])
    if sorted(itertools.chain(*came.values())) != sorted(wanted) or any(refs != sorted(refs) for refs in came.values()):
        raise RuntimeError("the drain lost, doubled or turned round a sale")


async def _bare(practice: Practice, sales: list[RecordSale]) -> float:
    sent = _bodies(sales)
    at_once = asyncio.Semaphore(Pace().concurrency)
    lanes: dict[int, list[dict[str, Any]]] = {}
    for body in sent:
        lanes.setdefault(body["user_account_id"], []).append(body)
    token = practice.ask(
        "POST",
        "/v4/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": practice.announced["client_id"],
            "client_secret": practice.announced["client_secret"],
        },
    )["access_token"]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:

        async def lane(bodies: list[dict[str, Any]]) -> None:
            for body in bodies:
                async with at_once:
                    answer = await client.post(f"{practice.base_url}/v4/pos/transactions", json=body)
                    answer.raise_for_status()

        await lane(next(iter(lanes.values()))[:1])  # warm
        begun = time.perf_counter()
        await asyncio.gather(*(lane(bodies) for bodies in lanes.values()))
        return time.perf_counter() - begun


def _bodies(sales: list[RecordSale]) -> list[dict[str, Any]]:
    return [
        {
            "user_account_id": one.perx_id,
            "transaction_data": {
                "transaction_type": one.transaction_type,
                "transaction_reference": f"bare-{one.ref}",
                "amount": one.amount_minor / 100,
                "currency": one.currency,
                "transaction_date": one.sold_at,
                "properties": {},
            },
        }
        for one in sales
    ]


# ---------------------------------------------------------------- growth


async def growth(folder: Path, *, quick: bool) -> list[Row]:
    """What each step costs with so many waiting, against the same with a hundred."""
    sizes = SIZES[:2] if quick else SIZES
    turns = 60 if quick else 400
    took: dict[tuple[str, int], list[float]] = {}
    async with _files(folder, sizes) as files:
        numbers = itertools.count()
        for _ in range(turns):
            for size, db in files.items():
                for name, step in _STEPS.items():
                    took.setdefault((name, size), []).append(await db.call(_timed, step, next(numbers)))
    found = []
    for name, size in itertools.product(_STEPS, sizes[1:]):
        against = took[name, sizes[0]]
        found.append(at_most(f"{name} at {size:,} waiting", took[name, size], against, f"the same at {sizes[0]}", 1.2))
    return found


@asynccontextmanager
async def _files(folder: Path, sizes: tuple[int, ...]) -> AsyncIterator[dict[int, Database]]:
    files = {}
    for size in sizes:
        files[size] = await Database.open(folder / f"{size}.db")
        await files[size].call(fill, datetime.now(UTC), size)
    try:
        yield files
    finally:
        for db in files.values():
            await db.aclose()


def _now() -> Clocks:
    now_ms = values.to_ms(datetime.now(UTC))
    return Clocks(now_ms, now_ms)


def _timed(db: Any, step: Callable[[Any, int], object], number: int) -> float:
    begun = time.perf_counter()
    step(db, number)
    return 1000 * (time.perf_counter() - begun)


def _claim(db: Any, _number: int) -> object:
    taken = claims.claim(db, claims.Wanted(), KINDS, _now()).work
    for work in taken:  # back to where it was, so that the queue stays as long as it is
        apply(db, work, Change(EntryState.WAITING, _now().run_ms), KINDS, _now())
    return taken


def _deliver(db: Any, number: int) -> None:
    for work in claims.claim(db, claims.Wanted(), KINDS, _now()).work:
        apply(db, work, Change(EntryState.DONE), KINDS, _now())
    put_for_real(db, sale(f"N{number:020d}", f"N-{number}"), _now())


_STEPS: dict[str, Callable[[Any, int], object]] = {
    "enqueue": lambda db, number: put_for_real(db, sale(f"E{number:020d}", f"E-{number}"), _now()),
    "next due": _claim,
    "drain step": _deliver,
    "figures on the screen": lambda db, _number: tally.backlog(db),
    "first page of the list": lambda db, _number: reading.page(db, [EntryState.WAITING], 41, None),
}
