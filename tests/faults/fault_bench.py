"""A till's queue on a bench for faults: real HTTP, a real file, a small Perx that counts every effect, a fast clock."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from perx_loopback import Behaviour, Loopback, Seen, Wire, loopback, reply

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Checkout, CreateCustomer, HoldVoucher, RecordSale, ReleaseVoucher
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox import Database, Outbox, Pace, Timepieces
from pos_app.perx.client import PerxClient
from pos_app.till.deliver import Delivery

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DEADLINE_S = 20.0
WHO, PERX_ID, PROGRAM = "6591234821", 253, 7


class FastClock:
    """Time that passes two thousand times as fast, for the outbox and for the server's late rows alike."""

    def __init__(self, rate: float = 2000.0) -> None:
        self.rate = rate
        self._started_s = time.monotonic()

    def monotonic(self) -> float:
        return 1000.0 + (time.monotonic() - self._started_s) * self.rate

    def wall(self) -> datetime:
        return START + timedelta(seconds=self.monotonic() - 1000.0)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.rate)


class Effect(Struct, frozen=True):
    """Something that happened at Perx: what, to which reference, voucher or member, and when it shows."""

    what: str
    key: str
    shows_at_s: float


@dataclass
class Perx:
    """A small Perx. It counts every write; a `strict` one refuses a reference or a member that it has already.

    `script` spoils the coming writes, `reads` the coming looks at what a write left behind: "ok", "dropped" (nothing
    done), "lost" (done, no answer; "lost:30" = shows 30 s later), or a status. `poison` answers every request whose
    body has that text, `spoil` every one whose "METHOD path" matches. `goes_dark`: after a spoilt write no look at
    what it left behind is answered either.
    """

    clock: FastClock = field(default_factory=FastClock)
    strict: bool = False
    script: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    poison: dict[str, bytes] = field(default_factory=dict)
    spoil: tuple[str, Behaviour] | None = None
    poisoned_at_s: float = 0.0
    goes_dark: bool = False
    is_dark: bool = False
    effects: list[Effect] = field(default_factory=list)

    def count(self, what: str, key: object) -> int:
        return sum(1 for one in self.effects if (one.what, one.key) == (what, str(key)))

    async def __call__(self, seen: Seen, wire: Wire) -> bytes | None:
        if self.spoil and re.search(self.spoil[0], f"{seen.method} {seen.path}"):
            return await self.spoil[1](seen, wire)
        for text, answer in self.poison.items():
            if text.encode() in seen.raw_body:
                self.poisoned_at_s = self.clock.monotonic()
                return answer
        if self.is_dark:
            return None
        is_trace = re.search(r"/vouchers/\d+$|/v4/transactions|transactions_history", seen.path)
        script = self.script if seen.method != "GET" else self.reads if is_trace else []
        what, _, figure = (script.pop(0) if script else "ok").partition(":")
        self.is_dark = self.goes_dark and seen.method != "GET" and what != "ok"
        if what == "dropped":
            return None
        if what.isdigit():
            return reply(int(what), {"code": 0, "message": "spoiled"})
        answer = self._read(seen) if seen.method == "GET" else self._write(seen, float(figure or 0))
        return None if what == "lost" else answer

    # ------------------------------------------------------------ writes

    def _write(self, seen: Seen, late_s: float) -> bytes:
        number = re.search(r"/vouchers/(\d+)/", seen.path)
        match seen.path.rsplit("/", 1)[-1]:
            case "transactions":
                return self._sell([seen.body["transaction_data"]["transaction_reference"]], [], late_s)
            case "invoices":
                used = [str(one["item_id"]) for one in seen.body["used_items"]]
                return self._sell([one["transaction_reference"] for one in seen.body["transaction_data"]], used, late_s)
            case "user_accounts":
                return self._happen("member", seen.body["identifier"], late_s, self._member(seen.body["identifier"]))
            case "redeem" if number and self.state(number[1]) == "issued":
                self._add("hold", number[1], late_s)
                return reply(200, self._voucher(number[1], "redemption_in_progress"))
            case "revert_redemption" if number and self.state(number[1]) == "redemption_in_progress":
                self._add("revert", number[1], late_s)
                return reply(200, self._voucher(number[1], "issued"))
        return reply(400, {"code": 7, "message": "Voucher state transition failed"})

    def _sell(self, refs: list[str], used: list[str], late_s: float) -> bytes:
        if any(self.state(number) != "redemption_in_progress" for number in used):
            return reply(400, {"code": 7, "message": "Voucher state transition failed"})
        data = {"id": len(self.effects) + 1, "transaction_reference": refs[0], "state": "pending"}
        answer = self._happen("sale", refs[0], late_s, data)
        for number in used:
            self._add("use", number, late_s)
        return answer

    def _happen(self, what: str, key: str, late_s: float, data: dict[str, Any]) -> bytes:
        if self.strict and self.count(what, key):
            now_s = self.clock.monotonic()  # what was refused as a repeat has come to light by then
            self.effects = [replace(one, shows_at_s=now_s) if one.key == key else one for one in self.effects]
            return reply(422, {"code": 41, "message": "It has already been taken"})
        self._add(what, key, late_s)
        return reply(201, {"data": data})

    def _add(self, what: str, key: str, late_s: float) -> None:
        self.effects.append(Effect(what, key, self.clock.monotonic() + late_s))

    # ------------------------------------------------------------ reads

    def _shown(self) -> list[Effect]:
        now_s = self.clock.monotonic()
        return sorted((one for one in self.effects if one.shows_at_s <= now_s), key=lambda one: one.shows_at_s)

    def state(self, number: object) -> str:
        """A voucher's state, as far as it shows."""
        ends = {"hold": "redemption_in_progress", "revert": "issued", "use": "redeemed"}
        return next((ends[one.what] for one in reversed(self._shown()) if one.key == str(number)), "issued")

    def _read(self, seen: Seen) -> bytes:
        number = re.search(r"/vouchers/(\d+)$", seen.path)
        if number:
            return reply(200, self._voucher(number[1], self.state(number[1])))
        match seen.path:
            case "/v4/pos/user_accounts/search":
                wanted = seen.query["identifier"]
                known = wanted.startswith("65") or any(one.key == wanted for one in self._shown())
                return reply(200, {"data": self._member(wanted) if known else None})
            case "/v4/transactions":
                refs = [one.key for one in self._shown() if one.what == "sale"]
                return reply(200, {"data": [{"id": n, "transaction_reference": ref} for n, ref in enumerate(refs)]})
            case "/v4/loyalty/7":
                return reply(200, {"data": {"id": PROGRAM, "points_balance": 2480}})
        return reply(200, {"data": []})

    def _member(self, identifier: str) -> dict[str, Any]:
        return {"id": PERX_ID, "identifier": identifier, "state": "active"}

    def _voucher(self, number: str, state: str) -> dict[str, Any]:
        return {"data": {"id": int(number), "name": "Tea", "state": state, "user_account": {"identifier": WHO}}}


@dataclass
class Queue:
    """One run of the queue against that Perx."""

    outbox: Outbox
    perx: Perx
    server: Loopback
    told: list[tuple[str, str]]

    async def entry(self, ref: str) -> Entry:
        found = await self.outbox.entry(Ref(ref))
        assert found is not None, ref
        return found

    async def until(self, ref: str, *states: EntryState) -> Entry:
        """Wait until an entry is in one of these states."""
        async with asyncio.timeout(DEADLINE_S):
            while (entry := await self.entry(ref)).state not in states:  # noqa: ASYNC110 - a fact of the file
                await asyncio.sleep(0.002)
        return entry


@asynccontextmanager
async def queue(path: Path, perx: Perx, server: Loopback, **pace: Any) -> AsyncIterator[Queue]:
    """Deliver from this file, in the till's own way, until the block is left (as a crash would)."""
    database = await Database.open(path)
    told: list[tuple[str, str]] = []
    outbox = Outbox(
        database,
        pace=Pace(rng=random.Random(7), **pace),
        on_change=lambda entry: told.append((entry.ref, entry.state.value)),
        timepieces=Timepieces(perx.clock.wall, perx.clock.monotonic, perx.clock.sleep),
    )
    async with PerxClient(server.profile(loyalty_program_id=PROGRAM)) as client:
        delivery = Delivery(client, outbox.asked_hold, outbox.unsettled)
        runner = asyncio.create_task(outbox.run(delivery.send, delivery.read_back))
        try:
            yield Queue(outbox, perx, server, told)
        finally:
            await outbox.aclose()
            await asyncio.wait({runner})
            await database.aclose()


def run(scene: Callable[[Perx, Loopback], Awaitable[None]], perx: Perx) -> None:
    """Run one scene against that Perx, within the deadline."""

    async def main() -> None:
        async with asyncio.timeout(DEADLINE_S), loopback(perx) as server:
            await scene(perx, server)

    asyncio.run(main())


def sale(ref: str, who: str = WHO) -> RecordSale:
    return RecordSale(
        ref=Ref(ref), identifier=who, perx_id=PERX_ID, amount_minor=1250, currency="SGD", sold_at=START.isoformat()
    )


def invoice(ref: str, voucher_id: int = 5) -> Checkout:
    return Checkout(
        ref=Ref(ref),
        identifier=WHO,
        amount_minor=1250,
        currency="SGD",
        sold_at=START.isoformat(),
        voucher_ids=[voucher_id],
    )


def hold(ref: str, voucher_id: int = 5) -> HoldVoucher:
    return HoldVoucher(ref=Ref(ref), identifier=WHO, voucher_id=voucher_id, sale=Ref("S"))


def release(ref: str, voucher_id: int = 5) -> ReleaseVoucher:
    return ReleaseVoucher(ref=Ref(ref), identifier=WHO, voucher_id=voucher_id, sale=Ref("S"))


def member(ref: str) -> CreateCustomer:
    return CreateCustomer(ref=Ref(ref), identifier="NEW-1")
