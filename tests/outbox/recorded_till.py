"""A till at work on a disk that remembers: every write, truncation, sync and deletion of its data file, in order.

Arguments: data file, where to write the record (pickle), PRAGMA synchronous, seed. The recorder is the system's VFS
for this process, so that the checksum VFS of the real code stands on top of it and what is recorded is what a disk
would get. Between the operations stand the acknowledgements: what the till had been told was durable by then.
"""

from __future__ import annotations

import asyncio
import pickle
import random
import sys
from pathlib import Path
from typing import Any

import apsw
from outbox_bench import START, hold, sale

from pos_app.domain.codes import Ref
from pos_app.domain.entries import EntryState
from pos_app.domain.kinds import KINDS
from pos_app.outbox import Backups, Database, Facts, Journal, Outbox, StoredSale, claims, freeing, rows
from pos_app.outbox.transitions import Change

RECORD: list[tuple[Any, ...]] = []
SYSTEM = apsw.vfs_names()[0]
PARTS = ("", "-wal", "-journal", "-shm")


class Recorder(apsw.VFS):
    """The system's own VFS, whose files tell what is done to them."""

    def __init__(self, watched: Path) -> None:
        self._names = {str(watched) + part: watched.name + part for part in PARTS}
        super().__init__("recorder", SYSTEM, makedefault=True)

    def part(self, name: str | apsw.URIFilename | None) -> str | None:
        return self._names.get(name.filename() if isinstance(name, apsw.URIFilename) else name or "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        part = self.part(name)
        return apsw.VFSFile(SYSTEM, name, flags) if part is None else RecordedFile(part, name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(name, syncdir)
        if self.part(name):
            RECORD.append(("delete", self.part(name), syncdir))


class RecordedFile(apsw.VFSFile):
    """One of the data file's parts."""

    def __init__(self, part: str, name: Any, flags: list[int]) -> None:
        super().__init__(SYSTEM, name, flags)
        self._part = part
        RECORD.append(("open", part))

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        RECORD.append(("write", self._part, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        super().xTruncate(size)
        RECORD.append(("truncate", self._part, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        RECORD.append(("sync", self._part))


class Till:
    """Does what a shop does, and says what was acknowledged after each step."""

    def __init__(self, path: Path, synchronous: str, rng: random.Random) -> None:
        self.path, self.synchronous, self.rng = path, synchronous, rng
        self.states: dict[str, str] = {}
        self.lines = 0
        self.noted = 0
        self.run_ms = 1000

    def ack(self) -> None:
        RECORD.append(("ack", dict(self.states), self.lines, self.noted))

    async def day(self, steps: int) -> None:
        db = await Database.open(self.path)
        await db.outside(lambda connection: connection.pragma("synchronous", self.synchronous))
        await db.outside(lambda connection: connection.pragma("wal_autocheckpoint", 60))
        if not self.states:
            rows_there = await db.call(
                lambda connection: connection.execute("SELECT ref, state FROM outbox").fetchall()
            )
            self.states = {str(ref): str(state) for ref, state in rows_there}
            self.lines = await db.call(lambda connection: connection.execute("SELECT count(*) FROM journal").get)
        self.ack()
        for _ in range(steps):
            what = self.rng.choice([self.put, self.put, self.put, self.deliver, self.deliver, self.note, self.decide])
            await what(db)
            self.ack()
        assert not (await Backups(db).back_up()).trouble
        await db.aclose()
        self.ack()

    async def put(self, db: Database) -> None:
        number = len(self.states)
        one = hold(f"N{number}", number) if number % 7 == 3 else sale(f"N{number}", f"C-{number % 5}", 100 + number)
        kept = StoredSale(one.ref, START, {"points": None}) if number % 7 != 3 else None
        await Outbox(db).put(one, kept)
        self.states[one.ref] = "waiting"

    async def deliver(self, db: Database) -> None:
        self.run_ms += 100
        now = rows.Clocks(self.run_ms, 4 * 10**12)
        claimed = await db.call(claims.claim, claims.Wanted(look_ranks=(), places=1), KINDS, now)
        for work in claimed.work:
            self.states[work.entry.ref] = "sending"
            self.ack()
            state = self.rng.choice([EntryState.DONE, EntryState.DONE, EntryState.CHECKING])
            change = Change(state, lost=1, lost_ms=0, answer={"points": 5})
            await db.call(freeing.apply, work, change, KINDS, now)
            self.states[work.entry.ref] = state.value

    async def note(self, db: Database) -> None:
        self.noted += 1
        await Facts(db).keep("counter", self.noted)
        self.ack()
        await Journal(db).note("Ann", "sale", "", {"n": self.noted})
        self.lines += 1

    async def decide(self, db: Database) -> None:
        checking = [ref for ref, state in self.states.items() if state == "checking"]
        if checking:
            await Outbox(db).settle_by_hand(Ref(checking[0]), EntryState.DONE, "Ann", "seen")
            self.states[checking[0]] = "done"
            self.lines += 1


async def main(path: Path, synchronous: str, seed: int) -> None:
    recorder = Recorder(path)
    till = Till(path, synchronous, random.Random(seed))
    await till.day(40)
    await till.day(25)
    recorder.unregister()


asyncio.run(main(Path(sys.argv[1]), sys.argv[3], int(sys.argv[4])))
Path(sys.argv[2]).write_bytes(pickle.dumps(RECORD))
