"""Writes down the open sale and what is put aside, newest state only, both in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pos_app.outbox.facts import Facts
from pos_app.outbox.opensale import DRAFT, PARKED
from pos_app.till.effects import KeepDraft
from pos_app.till.parking import to_row


class Coalesced:
    """Runs a job; calls that come while it runs make it run once more, however many they are."""

    def __init__(self, job: Callable[[], Awaitable[None]]) -> None:
        self._job = job
        self._is_wanted = False
        self._is_running = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def idle(self) -> None:
        """Wait until everything that was wanted so far has been done."""
        await self._idle.wait()

    async def run(self) -> None:
        self._is_wanted = True
        if self._is_running:
            return
        self._is_running = True
        self._idle.clear()
        try:
            while self._is_wanted:
                self._is_wanted = False
                await self._job()
        finally:
            self._is_running = False
            self._idle.set()


class Keeper:
    """Keeps the counter's draft. Many changes in a row are written once, as they are in the end.   Thread: main."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._wanted: KeepDraft | None = None
        self._kept: KeepDraft | None = None
        self._write = Coalesced(self._write_now)

    async def keep(self, wanted: KeepDraft) -> None:
        """Write this, or what is newer by then. Errors: StorageError."""
        self._wanted = wanted
        await self._write.run()

    async def kept(self) -> None:
        """Return once the newest draft is durable; one that could not be written is tried once more here."""
        await self._write.idle()
        while self._kept is not self._wanted:
            await self._write.run()
            await self._write.idle()

    async def _write_now(self) -> None:
        wanted, kept = self._wanted, self._kept
        if wanted is None:
            return
        values: dict[str, Any] = {DRAFT: wanted.draft or {}}
        if kept is None or kept.parked != wanted.parked:
            values[PARKED] = [to_row(one) for one in wanted.parked] or None
        await self._facts.keep_all(values)
        self._kept = wanted
