"""The outbox: every write that Perx is asked for is durable first, sent once, and looked for before a resend.

    put -> waiting -> sending -> done | refused | waiting (not sent) | checking (no answer)
    checking -> done (found) | waiting or refused (not found, late enough) | attention (a person must judge)

Perx refuses no duplicate reference, so a send whose answer was lost is never repeated blindly.
Source: perx-api 6.5, C.

All waiting is measured on the run's own timeline: the wall clock at the start plus the monotonic clock since.
Nobody can set it, so a changed clock neither resends early nor waits for ever.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import (
    Command,
    Finding,
    Kind,
    Outcome,
)
from pos_app.domain.entries import Backlog, Entry, EntryState, Hold
from pos_app.domain.kinds import KINDS
from pos_app.outbox import claims, freeing, putting, reading, rows, tally, values
from pos_app.outbox.database import Database, StorageError
from pos_app.outbox.pacing import Blindness, Throttle
from pos_app.outbox.putting import Sold
from pos_app.outbox.transitions import Change, Pace, Work, after_look, after_send, has_left

log = logging.getLogger(__name__)

T = TypeVar("T")
Send = Callable[[Entry], Awaitable[Outcome]]
ReadBack = Callable[[Entry, float], Awaitable[Finding]]

_LONGEST_NAP_S = 60.0
_UNKNOWN_S = 1e12


class _Ways(Struct, frozen=True):
    """How to reach the server during one run."""

    send: Send
    read_back: ReadBack


class Timepieces(Struct, frozen=True):
    """Where the outbox takes its time from. Units: `wall` aware UTC, `monotonic` seconds, `sleep` takes seconds."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class _Timeline:
    """The run's own time: the wall clock at its start plus the monotonic clock since."""

    def __init__(self, pieces: Timepieces) -> None:
        self._clock = pieces.wall
        self.monotonic = pieces.monotonic
        self.sleep = pieces.sleep
        self.restart()

    def restart(self) -> None:
        self._wall_at_start_ms = values.to_ms(self._clock())
        self._started_s = self.monotonic()

    def ms(self) -> int:
        return self._wall_at_start_ms + int(1000 * (self.monotonic() - self._started_s))

    def now(self) -> rows.Clocks:
        return rows.Clocks(wall_ms=values.to_ms(self._clock()), run_ms=self.ms())

    async def nap(self, until_ms: int | None, wake: asyncio.Event) -> None:
        """Wait until then, or until something happens."""
        nap_s = _LONGEST_NAP_S
        if until_ms is not None:
            nap_s = min(nap_s, max(0.0, (until_ms - self.ms()) / 1000))
        woken = asyncio.ensure_future(wake.wait())
        rested = asyncio.ensure_future(self.sleep(nap_s))
        try:
            await asyncio.wait({woken, rested}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            rested.cancel()


class _Disk:
    """How often in a row it could not be written, and how long to wait for that."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self.failures = 0

    def failed(self, exc: StorageError) -> int:
        """Say it once, and give the milliseconds to wait."""
        if self.failures == 0:
            log.error("the outbox cannot write (%s); nothing is sent until it can", exc)
        self.failures += 1
        return 100 + self._pace.back_off_ms(self.failures)


class Outbox:
    """The queue of commands, and the one that delivers them.

    Errors: StorageError from everything that touches the file.   Thread: main (one event loop).
    """

    def __init__(
        self,
        db: Database,
        *,
        pace: Pace | None = None,
        on_change: Callable[[Entry], None] | None = None,
        rules: rows.Rules = KINDS,
        timepieces: Timepieces | None = None,
    ) -> None:
        self._db = db
        self._rules = rules
        self._time = _Timeline(timepieces or Timepieces())
        self._pace = pace or Pace()
        self._on_change = on_change
        self._wake = asyncio.Event()
        self._runner: asyncio.Task[Any] | None = None
        self._busy = 0
        self._is_closed = False
        self._kicked = False
        self._throttle = Throttle(self._pace)
        self._blindness = Blindness()
        self._disk = _Disk(self._pace)
        self._has_recovered = False
        self._owed: dict[Ref, Command] = {}

    # ---------------------------------------------------------------- the queue

    async def put(
        self, command: Command | None, sale: Sold = None, also: Sequence[Command] = (), *, lost: bool = False
    ) -> Entry:
        """Store a command, the sale that it completes or undoes, and what goes with it; durable when this returns.

        The same reference again gives the first entry. When it fails nothing was stored or sent; the same command,
        with the same reference, may be put again. While Perx answers, what is put now goes ahead of what waits.
        A sale that was never sent is undone without a command of its own: then the entry that was given up is returned.
        `lost`: it was stored before and a damage took it; it may have been sent, so it is for a person to settle.
        What only gives back may use the room that is kept for what is under way; without any the run puts it again.
        Errors: StorageError; ValueError: too large, or its row cannot be read; TooLateError: it is undone already.
        """
        commands = (command, *also) if command is not None else tuple(also)
        gives_back = command if sale is None and not also and isinstance(command, putting.ONLY_FREES) else None
        submit = self._db.submit if gives_back else self._db.submit_new
        insert = putting.insert_lost if lost else putting.insert
        future = submit(insert, commands, sale, self._rules, putting.Now(self._time.now(), self._throttle.is_open))
        future.add_done_callback(self._on_put)
        try:
            return (await asyncio.shield(future))[0][0]
        except StorageError:
            if gives_back is not None and gives_back.ref not in self._owed:
                self._owed[gives_back.ref] = gives_back
                self._wake.set()  # the ballast was let go: there may be room by now
            raise

    async def entry(self, ref: Ref) -> Entry | None:
        """The entry of a reference, or None. One that cannot be read has a `Spoilt` command."""
        return await self._db.call(reading.by_ref, ref)

    async def entries(
        self, states: Sequence[EntryState] | None = None, limit: int = 50, after: int | None = None
    ) -> list[Entry]:
        """A page of entries in these states, newest first. `after` is the id of the previous page's last entry."""
        return await self._db.call(reading.page, tuple(states or EntryState), limit, after)

    async def for_sale(self, sale_ref: Ref) -> list[Entry]:
        """All commands of one sale, oldest first."""
        return await self._db.call(reading.of_sale, sale_ref)

    async def unsettled(self, lane: str) -> list[Entry]:
        """What is not done or refused yet of one lane, a person's matters included, oldest first."""
        return await self._db.call(reading.unsettled, lane)

    async def uses(self, identifier: str, voucher_ids: Iterable[int]) -> list[Entry]:
        """What this till did, or is still to do, to use these vouchers of a customer; refused ones are left out."""
        return await self._db.call(reading.uses, [f"customer:{identifier}", *(f"voucher:{one}" for one in voucher_ids)])

    async def backlog(self) -> Backlog:
        """The queue in figures."""
        return await self._db.call(tally.backlog)

    async def holds(self) -> list[Hold]:
        """What this till holds at Perx, or may hold, oldest first."""
        return await self._db.call(reading.held)

    async def asked_hold(self, voucher_id: int, after: int = 0) -> bool:
        """Whether this till holds a voucher, or may, by an entry with a number above `after` that was sent."""
        return await self._db.call(reading.asked_hold, voucher_id, after)

    async def free_hold(self, voucher_id: int, why: str) -> None:
        """Forget a hold that Perx is known not to have any more (it ended there by itself); journalled."""
        await self._db.call(claims.let_go, voucher_id, why, self._time.now())

    async def settle_by_hand(self, ref: Ref, state: EntryState, who: str, why: str, approved_by: str = "") -> Entry:
        """Do what a person decided of an entry that needs attention, is being checked, or waits; journalled.

        WAITING sends it again (once its quiet time is over), CHECKING looks it up again and never resends, DONE and
        REFUSED close it. `who` asked, `approved_by` answers for it.
        Errors: KeyError; ValueError when the entry is being sent or is settled, or without name and reason;
        TooEarlyError, which is one, when only a person can say whether it happened, and nobody can yet.
        """
        # Before a run has begun its quiet times anew, nobody knows how long an answer has been lost.
        quiet_s = self._pace.settle_after_s if self._has_recovered else _UNKNOWN_S
        decision = claims.Decision(ref, state, who, why, int(1000 * quiet_s), approved_by)
        future = self._db.submit(claims.settle, decision, self._rules, self._time.now())
        future.add_done_callback(self._on_settled)
        return await asyncio.shield(future)

    # ---------------------------------------------------------------- steering

    def kick(self) -> None:
        """Try again now, with a little jitter: the link or the credentials are back."""
        self._kicked = True
        self._throttle.forgive(self._time.ms())
        self._wake.set()

    def pause(self, paused: bool) -> None:
        """Whether the link is down: what can wait is not sent then; what a person waits for is tried once."""
        self._throttle.pause(paused, self._time.monotonic(), self._time.ms())
        self._wake.set()

    async def aclose(self) -> None:
        """End the run for good. What is being sent stays so in the file, and is looked up at the next start."""
        self._is_closed = True
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait({self._runner})

    # ---------------------------------------------------------------- the run

    async def run(self, send: Send, read_back: ReadBack) -> None:
        """Deliver for ever, until cancelled. `read_back` also gets the seconds since the entry's answer was lost.

        An unforeseen error of `send` counts as no answer, one of `read_back` as cannot tell; both are reported
        to the loop's exception handler. A disk that cannot be written stops all sending until it can.
        """
        if self._runner is not None:
            raise RuntimeError("the outbox is running already")
        if self._is_closed:
            return
        self._runner = asyncio.current_task()
        self._busy = 0
        self._time.restart()
        self._throttle.restart()
        ways = _Ways(send, read_back)
        try:
            latest_ms = self._time.ms() + int(1000 * self._pace.retry_cap_s)
            self._announce(await self._insist(claims.recover, latest_ms, self._rules))
            self._has_recovered = True
            async with asyncio.TaskGroup() as group:
                while True:
                    self._wake.clear()
                    taken, next_due_ms = await self._claim()
                    for work in taken:
                        self._busy += 1
                        group.create_task(_guarded(self._serve(work, ways)))
                    await self._time.nap(next_due_ms, self._wake)
        finally:
            self._runner = None

    async def _claim(self) -> tuple[list[Work], int | None]:
        with suppress(StorageError):  # it stays owed
            for ref in list(self._owed):
                await self.put(self._owed[ref])
                del self._owed[ref]
        if self._kicked:
            self._kicked = False
            spread_ms = int(1000 * self._pace.retry_base_s)
            await self._insist(claims.hasten, spread_ms, self._pace.rng.randrange(2**20))
        now = self._time.now()
        claimed = await self._insist_on_claim(self._throttle.wanted(self._busy, now.run_ms))
        self._announce([*(work.entry for work in claimed.work), *claimed.spoilt])
        quiet_until_ms = self._throttle.quiet_until_ms(now.run_ms)
        if quiet_until_ms is not None:
            return claimed.work, min(quiet_until_ms, claimed.next_due_ms or quiet_until_ms)
        return claimed.work, claimed.next_due_ms

    async def _insist_on_claim(self, wanted: claims.Wanted) -> claims.Claimed:
        try:
            claimed = await self._db.call(claims.claim, wanted, self._rules, self._time.now())
        except StorageError as exc:
            # Not recorded, so not sent. The next turn asks afresh what may be sent by then.
            return claims.Claimed([], [], self._time.ms() + self._disk.failed(exc))
        self._disk.failures = 0
        return claimed

    async def _serve(self, work: Work, ways: _Ways) -> None:
        try:
            change = await self._ask(work, ways)
        finally:  # its place is free: the next one is claimed in the commit that writes this one's answer down
            self._busy -= 1
            self._wake.set()
        changed, now_ms = await self._insist(freeing.apply, work, change, self._rules), self._time.now().wall_ms
        unheard = [one.id for one in changed if one.id != work.entry.id and _has_left(one, self._rules, now_ms)]
        kept = await self._insist(claims.put_back, unheard, self._rules) if unheard else []
        self._announce([*(one for one in changed if one.id not in unheard), *kept])
        self._wake.set()

    async def _ask(self, work: Work, ways: _Ways) -> Change:
        rule = self._rules[Kind(str(work.entry.command.kind))]
        if work.entry.state is EntryState.SENDING:
            work = replace(work, stalled_ms=self._time.ms() - work.claimed_ms)
            self._blindness.forget(work.entry.id)
            outcome = await _guarded(_called(ways.send, work.entry))
            self._throttle.learn(outcome, self._time.ms())
            return after_send(work, outcome, rule, self._time.ms(), self._pace)
        age_s = (self._time.ms() - work.lost_ms) / 1000
        finding = await _guarded(_called(ways.read_back, work.entry, age_s))
        if rule.wait:  # else it is not looked for at all, and Perx has said nothing
            self._throttle.learn(finding, self._time.ms())
        blind_ms = self._blindness.after(work.entry.id, finding, self._throttle.open_ms(self._time.ms()))
        work = replace(work, blind_ms=blind_ms)
        return after_look(work, finding, rule, self._time.ms(), self._pace)

    # ---------------------------------------------------------------- the disk

    async def _insist(self, fn: Callable[..., T], *args: Any) -> T:
        """Write it, however long the disk refuses: what is known of a send must not be lost while we live."""
        while True:
            try:
                result = await self._db.call(fn, *args, self._time.now())
            except StorageError as exc:
                await self._time.sleep(self._disk.failed(exc) / 1000)
            else:
                self._disk.failures = 0
                return result

    # ---------------------------------------------------------------- news

    def _on_put(self, future: asyncio.Future[list[tuple[Entry, bool]]]) -> None:
        if future.cancelled() or future.exception() is not None:
            return
        self._wake.set()
        self._announce([entry for entry, is_new in future.result() if is_new])

    def _on_settled(self, future: asyncio.Future[Entry]) -> None:
        if not future.cancelled() and future.exception() is None:
            self._wake.set()
            self._announce([future.result()])

    def _announce(self, changed: Sequence[Entry]) -> None:
        """Tell of durable changes, each in a turn of its own: a listener's error must not end the delivery."""
        if self._on_change is not None:
            loop = asyncio.get_running_loop()
            for entry in changed:
                loop.call_soon(self._on_change, entry)


async def _called(fn: Callable[..., Awaitable[T]], *args: Any) -> T:
    return await fn(*args)


def _has_left(refused: Entry, rules: rows.Rules, wall_ms: int) -> bool:
    """Whether the counter had moved on from an entry by the time that its refusal was written: a disk may stall."""
    rule = rows.rule_of(rules, refused.command.kind)
    return rule is not None and has_left(rule, refused.tries, wall_ms - values.to_ms(refused.made_at))


async def _guarded(what: Awaitable[T]) -> T | None:
    """Await it; an unforeseen error goes to the loop's exception handler, and the result is None."""
    [result] = await asyncio.gather(what, return_exceptions=True)
    if not isinstance(result, BaseException):
        return result
    asyncio.get_running_loop().call_exception_handler(
        {"message": "an error in the delivery of an entry", "exception": result}
    )
    return None
