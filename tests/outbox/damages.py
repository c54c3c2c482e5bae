"""Data files with a sale in every phase, ways to damage them, and what must be true of the start that follows.

Run it by hand for as long as wanted: `python tests/outbox/damages.py SECONDS [SEED]`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from outbox_bench import Clock, Server, sale
from till_bench import BALANCE, SOMCHAI, VOUCHERS

from pos_app.domain.codes import Ref, ref_from_digits
from pos_app.domain.entries import EntryState
from pos_app.domain.sale import SaleRecord
from pos_app.outbox import Backups, Database, Facts, Journal, Outbox, Pace, Sales, StorageError, StoredSale, Timepieces
from pos_app.outbox.bound import Bound
from pos_app.outbox.people import People
from pos_app.outbox.shifts import Place, Shifts
from pos_app.till import events as ev
from pos_app.till.shiftwork import Desk
from pos_app.till.state import Phase, State
from pos_app.till.till import Till
from pos_app.till.work import Tools

PAGE = 4096
BILL, OTHER_BILL = 5600, 7700
PHASES = (
    "open", "sending", "checking", "lost", "attention", "done", "refused", "given up", "saved", "next", "sold again",
)  # fmt: skip
SOLD = {"sending", "checking", "lost", "attention", "done", "given up", "saved", "next", "sold again"}
"""The phases in which the first bill must not be open again: it was stored, and the customer knows it as sold."""


class Here:
    """Perx for questions only: it knows one customer."""

    def token_of(self, text: str) -> str:
        return text

    async def customer(self, identifier: str) -> Any:
        return SOMCHAI

    async def balance(self, identifier: str) -> Any:
        return BALANCE

    async def vouchers(self, identifier: str) -> Any:
        return list(VOUCHERS)

    async def voucher(self, identifier: str, voucher_id: int) -> Any:
        return next(one for one in VOUCHERS if one.id == voucher_id)

    async def movements(self, identifier: str, ref: str) -> list[Any]:
        return []

    async def probe(self, **_how: object) -> None:
        return None


@dataclass
class Running:
    """One till that runs without a window or a network."""

    till: Till
    outbox: Outbox
    db: Database
    server: Server
    clock: Clock

    async def settled(self) -> None:
        quiet = 0
        while quiet < 4:
            before = (self.clock.sleeps, len(self.server.sends), len(self.server.looks), self.till.state)
            await self.db.call(lambda connection: None)
            for _ in range(6):
                await asyncio.sleep(0)
            after = (self.clock.sleeps, len(self.server.sends), len(self.server.looks), self.till.state)
            quiet = quiet + 1 if before == after else 0

    async def pass_s(self, seconds: float) -> None:
        end_s = self.clock.now_s + seconds
        await self.settled()
        while (at_s := self.clock.next_at_s()) is not None and at_s <= end_s:
            self.clock.move_to(max(at_s, self.clock.now_s))
            await self.settled()
        self.clock.move_to(end_s)
        await self.settled()

    async def basket(self, bill: str, voucher: bool) -> None:
        self.till.post(ev.Scanned(json.dumps({"identifier": SOMCHAI.identifier})))
        await self.settled()
        if voucher:
            self.till.post(ev.VoucherTapped(2))
            await self.settled()
        for key in bill:
            self.till.post(ev.KeyTapped(key))
        await self.settled()


@asynccontextmanager
async def counter(folder: Path, clock: Clock, server: Server, first_ref: int) -> AsyncIterator[Running]:
    minted = iter(range(first_ref, first_ref + 10_000))
    wrong: list[BaseException] = []
    till = Till(
        State(clock.wall()),
        clock=clock.wall,
        mint=lambda: ref_from_digits(f"{next(minted):022d}"),
        on_wrong=wrong.append,
    )
    db = await Database.open(folder / "till.db")
    outbox = Outbox(
        db,
        pace=Pace(rng=random.Random(7)),
        on_change=lambda entry: till.post(ev.EntryChanged(entry)),
        timepieces=Timepieces(clock.wall, clock.monotonic, clock.sleep),
    )

    async def print_slip(record: SaleRecord) -> None:
        return None

    runner = None
    try:
        kept = outbox, Facts(db, clock=clock.wall), Journal(db, clock=clock.wall), Sales(db), People(db, b"pepper")
        await till.start(
            Tools(cast(Any, Here()), *kept, print_slip, cast(Any, None), Desk(Shifts(db, Place())), Bound(db), ())
        )
        runner = asyncio.create_task(outbox.run(server.send, server.read_back))
        yield Running(till, outbox, db, server, clock)
    finally:
        await till.aclose()
        await outbox.aclose()
        if runner is not None:
            await asyncio.wait({runner})
        await db.aclose()
    assert not wrong, wrong


@dataclass
class Snapshot:
    """What a till that was killed (or closed) left in its folder, and what Perx had by then."""

    name: str
    phase: str
    folder: Path
    effects: dict[Ref, list[float]]
    entries: dict[str, str]
    at_s: float
    sold: bool
    first_ref: int = 5000


async def serve(one: Running, phase: str) -> None:
    """Bring a sale to its phase; the answers of the server are set by it."""
    server, till = one.server, one.till
    await one.basket("5600", voucher=True)
    if phase == "open":
        return
    if phase == "saved":
        till.post(ev.ExchangeSeen(False, "NET-01"))
        till.post(ev.ExchangeSeen(False, "NET-01"))
        await one.settled()
    says = {"sending": "hang_done", "checking": "dropped", "lost": "lost", "attention": "lost", "given up": "dropped"}
    server.always = says.get(phase, "refused" if phase in ("refused", "sold again") else "ok")
    till.post(ev.CompleteTapped())
    record = till.state.sale.record
    assert record is not None
    if phase in ("attention", "given up"):
        server.look_script[record.ref] = ["person"]
    await one.settled()
    if phase in ("attention", "given up"):
        await one.pass_s(10)
    if phase == "given up":
        assert (await one.outbox.entry(record.ref)).state is EntryState.ATTENTION
        await one.outbox.settle_by_hand(record.ref, EntryState.REFUSED, "Noor", "customer left", "Noor")
        await one.settled()
    if phase == "sold again":
        server.always = "ok"
        till.post(ev.NoticeClosed())
        till.post(ev.CompleteTapped())
        await one.settled()
    if phase in ("next", "sold again"):
        till.post(ev.NextTapped())
        await one.settled()
    if phase == "next":
        await one.basket("7700", voucher=False)


async def snapshot(work: Path, phase: str, history: int, *, backup: bool, closed: bool) -> Snapshot:
    """A day with some sales, and one more in its phase; killed, or closed in good order."""
    name = f"{phase}, {'backup' if backup else 'no backup'}, {'closed' if closed else 'killed'}"
    folder, kept = work / "live" / name, work / "kept" / name
    clock = Clock()
    server = Server(clock)
    async with counter(folder, clock, server, 1) as one:
        for n in range(history):
            made = sale(f"D{n}", f"C-{n}", 100 + n)
            await one.outbox.put(
                made, StoredSale(made.ref, clock.wall(), {"ref": made.ref, "due": 100 + n, "note": "x" * 300})
            )
        await one.settled()
        if backup:  # with an open sale in it, which is completed or given up since
            await one.basket("5600", voucher=True)
            assert not (await Backups(one.db, clock=clock.wall).back_up()).trouble
            one.till.post(ev.CancelTapped())
            await one.settled()
        await serve(one, phase)
        entries = await one.db.call(lambda db: dict(db.execute("SELECT ref, state FROM outbox").fetchall()))
        if not closed:
            shutil.copytree(folder, kept)
        effects = {ref: list(at) for ref, at in server.effects.items()}
    if closed:
        shutil.copytree(folder, kept)
    return Snapshot(name, phase, kept, effects, entries, clock.now_s, phase in SOLD)


# ---------------------------------------------------------------- damages


def zeroed(path: Path, rng: random.Random) -> str:
    data = bytearray(path.read_bytes())
    pages = [rng.randrange(len(data) // PAGE) for _ in range(rng.choice((1, 1, 1, 2, 3, 8)))]
    for page in pages:
        data[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    path.write_bytes(data)
    return f"pages {[page + 1 for page in pages]} zeroed"


def first_pages(path: Path, rng: random.Random) -> str:
    """The pages on which everything hangs: the first, the schema's, the roots."""
    data = bytearray(path.read_bytes())
    pages = [rng.randrange(min(24, len(data) // PAGE)) for _ in range(rng.choice((1, 1, 2)))]
    for page in pages:
        data[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    path.write_bytes(data)
    return f"pages {[page + 1 for page in pages]} zeroed"


def flipped(path: Path, rng: random.Random) -> str:
    data = bytearray(path.read_bytes())
    places = [rng.randrange(len(data)) for _ in range(rng.choice((1, 1, 2, 5, 40)))]
    for place in places:
        data[place] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return f"bits at {places[:5]} flipped"


def truncated(path: Path, rng: random.Random) -> str:
    data = path.read_bytes()
    left = rng.randrange(len(data))
    path.write_bytes(data[:left])
    return f"{left} of {len(data)} bytes left"


def exchanged(path: Path, rng: random.Random) -> str:
    """Two pages have changed their places: each is sound by itself."""
    data = bytearray(path.read_bytes())
    a, b = (rng.randrange(len(data) // PAGE) * PAGE for _ in range(2))
    data[a : a + PAGE], data[b : b + PAGE] = data[b : b + PAGE], data[a : a + PAGE]
    path.write_bytes(data)
    return f"pages {a // PAGE + 1} and {b // PAGE + 1} exchanged"


Damage = Callable[[Path, random.Random], str]
MAIN: dict[str, Damage] = {
    "zeroed pages": zeroed,
    "first pages": first_pages,
    "flipped bits": flipped,
    "truncated": truncated,
    "exchanged": exchanged,
}


NOT_ALWAYS_TOLD = ("log of another", "flipped bits in the log")
"""A spoilt last transaction looks like one that was cut off, and a log of a till with the same history fits."""


def damage(folder: Path, rng: random.Random, others: list[Snapshot]) -> tuple[str, str]:
    """Do one damage; its kind, and what it was."""
    path = folder / "till.db"
    log = folder / "till.db-wal"
    has_log = log.exists() and log.stat().st_size > PAGE
    kinds = [*MAIN, *(["log gone", "log of another", "flipped bits in the log"] if has_log else [])]
    kind = rng.choice(kinds)
    told = ""
    if kind in MAIN:
        told = MAIN[kind](path, rng)
    elif kind == "log gone":
        log.unlink()
    elif kind == "flipped bits in the log":
        told = flipped(log, rng)
    else:
        other = rng.choice([one for one in others if (one.folder / "till.db-wal").exists()])
        told = other.name
        shutil.copyfile(other.folder / "till.db-wal", log)
    if rng.random() < 0.2:
        (folder / "till.db.frame").unlink(missing_ok=True)
        told += ", without its frame"
    return kind, told


# ---------------------------------------------------------------- what must be true


@dataclass
class Tally:
    runs: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    salvaged: int = 0
    unnoticed: int = 0
    twice: int = 0
    rows_lost: int = 0
    whole: int = 0
    wrong: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    """What followed from a log that nobody can tell from a sound one (delivery.md, A6)."""


async def start_after(snap: Snapshot, folder: Path, tally: Tally, *, is_second: bool = False) -> list[str]:
    """Start on a damaged folder, and let everything be delivered; what is wrong.

    A damage that only shows when a page is read stops the till once, with the words to start it again.
    """
    clock = Clock()
    clock.now_s = snap.at_s + 5
    server = Server(clock)
    for ref, at in snap.effects.items():
        server.effects[ref] = list(at)
    wrong = []
    try:
        async with counter(folder, clock, server, snap.first_ref) as one:
            told = one.db.salvaged
            there = await one.db.call(lambda db: dict(db.execute("SELECT ref, state FROM outbox").fetchall()))
            missing = set(snap.entries) - set(there)
            tally.salvaged += told is not None
            tally.unnoticed += told is None
            tally.rows_lost += len(missing)
            tally.whole += not missing
            if missing and told is None:
                wrong.append(f"{len(missing)} vanished unseen: {sorted(missing)[:3]}")
            if told is not None and not told.is_uncertain and len(missing) > told.may_be_missing:
                wrong.append(f"{len(missing)} are missing, {told.may_be_missing} were told")
            await one.settled()
            state = one.till.state.sale
            if state.phase is Phase.OPEN and state.bill_minor == BILL and snap.sold:
                wrong.append("a sale that was stored is open again")
            await one.pass_s(400)
            doubled = [ref for ref, at in server.effects.items() if len(at) > 1]
            if doubled:
                wrong.append(f"doubled: {doubled}")
    except StorageError as exc:
        if exc.problem == "DISK-03" and not is_second:
            tally.twice += 1
            return await start_after(snap, folder, tally, is_second=True)
        wrong.append(f"the till did not start: {exc}")
    return wrong


async def make(work: Path, history: int = 60) -> list[Snapshot]:
    made = []
    for phase in PHASES:
        for backup in (False, True):
            for closed in (False, True):
                made.append(await snapshot(work, phase, history, backup=backup, closed=closed))
    return made


async def fuzz(work: Path, snaps: list[Snapshot], seed: int, *, seconds: float = 0, runs: int = 0) -> Tally:
    tally, ends_s = Tally(), time.monotonic() + seconds
    number = 0
    while number < runs or time.monotonic() < ends_s:
        rng = random.Random(f"{seed} {number}")
        snap = snaps[number % len(snaps)]
        folder = work / "now"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(snap.folder, folder)
        kind, told = damage(folder, rng, snaps)
        unnoticed = tally.unnoticed
        try:
            wrong = await start_after(snap, folder, tally)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the till did not live on
            wrong = [f"{type(exc).__name__}: {exc}"]
        tally.runs += 1
        tally.kinds[kind] += 1
        lines = [f"run {number} [{snap.name}] {kind} ({told}): {one}" for one in wrong]
        if kind in NOT_ALWAYS_TOLD and tally.unnoticed > unnoticed:
            tally.beyond += lines
        else:
            tally.wrong += lines
        number += 1
    return tally


def disk() -> str | None:
    """A folder in memory where there is one: these starts need no real syncs."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def main() -> None:
    logging.disable(logging.CRITICAL)
    seconds, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1

    async def all_of_it() -> Tally:
        with tempfile.TemporaryDirectory(dir=disk()) as folder:
            return await fuzz(Path(folder), await make(Path(folder)), seed, seconds=seconds)

    tally = asyncio.run(all_of_it())
    for line in (*tally.wrong, *tally.beyond):
        print(line)  # noqa: T201
    figures = {name: value for name, value in vars(tally).items() if name not in ("wrong", "beyond")}
    print(json.dumps({"seed": seed, **figures, "wrong": len(tally.wrong), "beyond": len(tally.beyond)}))  # noqa: T201


if __name__ == "__main__":
    main()
