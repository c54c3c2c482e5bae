"""Start: a cold process to its first usable screen, against a bare window of the same Qt; also with a long queue."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench_measure import Row, at_most
from long_queue import fill

from pos_app.outbox import Database
from pos_app.practice import Practice

HERE = Path(__file__).parent
CHILD = HERE / "bench_child.py"


def rows(folder: Path, *, quick: bool) -> list[Row]:
    """Measure in turn: bare, ours empty, ours with 100,000 waiting."""
    runs, entries = (3, 10_000) if quick else (15, 100_000)
    with Practice(folder / "perx") as practice:
        configs = {}
        for name, count in (("empty", 0), ("long", entries)):
            data = folder / name / "data"
            data.mkdir(parents=True)
            if count:
                asyncio.run(_fill(data / "till.db", count))
            configs[name] = _config(practice, folder / name)
        took: dict[str, list[float]] = {"bare": [], "empty": [], "long": []}
        for number in range(runs + 1):  # the first of each fills the caches of the system
            for name in took:
                words = ["bare"] if name == "bare" else ["till", str(configs[name])]
                ms, _rss = child(words, practice.secrets)
                if number:
                    took[name].append(ms)
    one = at_most("start to first usable screen", took["empty"], took["bare"], "a bare QWidget window", 1.6)
    two = at_most(f"start with {entries:,} waiting", took["long"], took["empty"], "the same with an empty queue", 1.05)
    return [one, two]


def memory(folder: Path, *, quick: bool) -> list[Row]:
    """Resident memory at the first usable screen, against the bare window."""
    with Practice(folder / "perx") as practice:
        config = _config(practice, folder)
        ours = [child(["till", str(config)], practice.secrets)[1] for _ in range(3)]
        bare = [child(["bare"], {})[1] for _ in range(3)]
    return [at_most("memory at rest", ours, bare, "a bare QWidget window", 2.0, "MiB")]


def child(words: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Run one process: milliseconds from before its start to its first usable screen, and its memory there in MiB."""
    around = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **env}
    around.pop("PYTHONDONTWRITEBYTECODE", None)  # the installed program has its modules compiled
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(CHILD), *words], env=around, capture_output=True, text=True, timeout=60, check=False
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("READY ")]
    if not told:
        raise RuntimeError(f"the child {words} never got ready: {done.stderr[-2000:]}")
    _, at_s, rss_kib = told[0].split()
    return 1000 * (float(at_s) - begun), int(rss_kib) / 1024


async def _fill(path: Path, entries: int) -> None:
    db = await Database.open(path)
    await db.call(fill, datetime.now(UTC), entries)
    await db.aclose()


def _config(practice: Practice, folder: Path) -> Path:
    from program import config  # the journeys' own

    (folder / "data").mkdir(parents=True, exist_ok=True)
    return Path(config(practice, folder, '[people]\nsign_on = "off"\n[sound]\non = false\n'))
