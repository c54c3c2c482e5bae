"""What a disk may hold after a power cut, and whether the till lives on from it.

A crash may come after any recorded step. Of what was not synced by then everything may be there, nothing, or each
512-byte sector by itself; a file that was never synced may be absent, a deletion may not have happened.
After the published study of faults.md, M3.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from pos_app.outbox import Database, verify
from pos_app.outbox.seals import seal

SECTOR = 512
FATES = ("kept", "dropped", "torn", "torn again")

Step = tuple[Any, ...]


@dataclass
class File:
    """One file: what surely is on the disk, and what was done since its last sync."""

    durable: bytes | None = None  # None: its name may not be on the disk yet
    ghost: bytes | None = None  # what a deletion that was not synced may bring back
    pending: list[Step] = field(default_factory=list)

    def do(self, step: Step) -> None:
        match step:
            case ("write" | "truncate", *_):
                self.pending.append(step)
            case ("sync", _):
                self.durable = self.after("kept", random.Random(0)) or b""
                self.pending, self.ghost = [], None
            case ("delete", _, is_synced):
                self.ghost = None if is_synced else self.after("kept", random.Random(0))
                self.durable, self.pending = None, []

    def after(self, fate: str, rng: random.Random) -> bytes | None:
        """Its content after a crash, or None when it is not there."""
        if self.durable is None and not self.pending:
            return self.ghost if fate == "dropped" or (fate != "kept" and rng.random() < 0.5) else None
        data = bytearray(self.durable or b"")
        for step in self.pending:
            if fate == "dropped":
                break
            match step:
                case ("write", _, offset, written):
                    for start, end in _sectors(offset, len(written)):
                        if fate == "kept" or rng.random() < 0.5:
                            data.extend(bytes(max(0, end - len(data))))
                            data[start:end] = written[start - offset : end - offset]
                case ("truncate", _, size) if fate == "kept" or rng.random() < 0.5:
                    del data[size:]
        return None if self.durable is None and not data else bytes(data)


def _sectors(offset: int, length: int) -> Iterator[tuple[int, int]]:
    start = offset
    while start < offset + length:
        end = min(offset + length, (start // SECTOR + 1) * SECTOR)
        yield start, end
        start = end


@dataclass(frozen=True)
class Crash:
    """One state of the disk: what is in each file, what had been acknowledged, and what was acknowledged next."""

    place: str
    files: dict[str, bytes]
    acknowledged: Step
    following: Step


def crashes(record: list[Step], before: dict[str, bytes], wanted: set[tuple[int, str]]) -> Iterator[Crash]:
    """The states of the wanted (step, fate) pairs, in the order of the steps."""
    files: dict[str, File] = {name: File(durable=data) for name, data in before.items()}
    acks = [number for number, step in enumerate(record) if step[0] == "ack"]
    nothing: Step = ("ack", {}, 0, 0)
    last = nothing
    for number, step in enumerate(record):
        if step[0] == "ack":
            last = step
        else:
            file = files.setdefault(step[1], File())
            if step[0] == "sync" and file.durable is None:
                # The first sync of a new file is one of its folder too (UNIXFILE_DIRSYNC), so of every deletion there.
                for one in files.values():
                    one.ghost = None
            file.do(step)
        for fate in FATES:
            if (number, fate) in wanted:
                rng = random.Random(f"{number} {fate}")
                left = {name: data for name, file in files.items() if (data := file.after(fate, rng)) is not None}
                following = next((record[at] for at in acks if at > number), last)
                yield Crash(f"step {number} {step[:2]}, unsynced writes {fate}", left, last, following)


def every_state(record: list[Step]) -> list[tuple[int, str]]:
    return [(number, fate) for number in range(len(record)) for fate in FATES]


def _lay_out(crash: Crash, folder: Path) -> None:
    for old in folder.iterdir():
        old.unlink()
    for part, data in crash.files.items():
        (folder / part).write_bytes(data)


async def lives_on(crash: Crash, folder: Path, name: str) -> str:
    """Open what the crash left with the real code; what is wrong with it, or ""."""
    _lay_out(crash, folder)
    database = await Database.open(folder / name)
    try:
        if database.salvaged:
            return f"taken for damaged: {database.salvaged.why}"
        trouble = await database.call(_trouble, crash)
    finally:
        await database.aclose()
    verdict = verify(folder / name)
    return trouble or "".join(f"journal line {number}: {what}" for number, what in verdict.breaks)


def _trouble(db: apsw.Connection, crash: Crash) -> str:
    if (verdict := db.execute("PRAGMA integrity_check").get) != "ok":
        return f"corrupt: {verdict}"
    _, states, lines, noted = crash.acknowledged
    _, next_states, next_lines, next_noted = crash.following
    found = {}
    for ref, state, kind, body, amount_minor, sealed in db.execute(
        "SELECT ref, state, kind, body, amount_minor, seal FROM outbox"
    ):
        found[ref] = state
        if sealed != seal(ref, kind, body, amount_minor):
            return f"the seal of {ref} does not fit"
    for ref in states.keys() | next_states.keys():
        if found.get(ref) not in (states.get(ref), next_states.get(ref)):
            return f"lost: {ref} was {states.get(ref)} and is {found.get(ref)}"
    if not lines <= db.execute("SELECT count(*) FROM journal").get <= next_lines:
        return "lost: a line of the journal"
    if not noted <= int(db.execute("SELECT value FROM facts WHERE key = 'counter'").get or 0) <= next_noted:
        return "lost: a fact"
    return ""
