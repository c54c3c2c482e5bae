"""`make bench`: every figure a ratio against a floor or a peer of the same run; one table, and build/bench.json.

    python tests/bench/bench_run.py [--quick] [--only NAME ...]

QUICK keeps the bench alive in CI: few runs, short queues; its ratios are noisy and nobody is stopped by them. Exit code
0 when every row was measured, also when a limit was missed: the table says so.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
os.environ["PYTHONPATH"] = str(ROOT)  # the processes that are started measure this tree
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / name) for name in ("bench", "outbox", "journeys"))]

from bench_measure import Row, machine, table, write  # noqa: E402 - the folders of the tests come first

Part = Callable[[Path, bool], list[Row]]


def _start(folder: Path, quick: bool) -> list[Row]:
    import bench_start

    return [*bench_start.rows(folder / "start", quick=quick), *bench_start.memory(folder / "memory", quick=quick)]


def _on_qt(module: str, name: str, folder: Path, quick: bool) -> list[Row]:
    """Run a part on the one loop of Qt and asyncio."""
    import importlib

    from PySide6.QtWidgets import QApplication
    from qasync import QEventLoop

    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication([])
    app.setQuitOnLastWindowClosed(False)  # type: ignore[attr-defined]
    part = getattr(importlib.import_module(module), name)
    with QEventLoop(app) as loop:
        rows: list[Row] = loop.run_until_complete(part(folder, quick=quick))
        return rows


def _on_asyncio(module: str, name: str, folder: Path, quick: bool) -> list[Row]:
    import importlib

    part = getattr(importlib.import_module(module), name)
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = asyncio.run(part(folder, quick=quick))
    return rows


PARTS: dict[str, Part] = {
    "start": _start,
    "counter": partial(_on_qt, "bench_counter", "rows"),
    "putting": partial(_on_asyncio, "bench_queue", "putting"),
    "draining": partial(_on_asyncio, "bench_queue", "draining"),
    "growth": partial(_on_asyncio, "bench_queue", "growth"),
    "rush": partial(_on_qt, "bench_day", "rush"),
    "long_day": partial(_on_qt, "bench_day", "long_day"),
}


def main(words: list[str]) -> int:
    """Measure, each part in a process of its own, and write what was found."""
    asked = argparse.ArgumentParser(prog="make bench")
    asked.add_argument("--quick", action="store_true", default=bool(os.environ.get("QUICK")))
    asked.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    args = asked.parse_args(words)
    around, rows = machine(), []
    with tempfile.TemporaryDirectory(prefix="pos-app-bench-") as folder:
        for name in args.only:
            begun = time.monotonic()
            rows += _apart(PARTS[name], Path(folder) / name, args.quick)
            sys.stderr.write(f"{name}: {time.monotonic() - begun:.0f} s\n")
    write(ROOT / "build" / "bench.json", rows, around)
    sys.stdout.write(table(rows) + "\n")
    return 0


def _apart(part: Part, folder: Path, quick: bool) -> list[Row]:
    from multiprocessing import get_context

    with get_context("spawn").Pool(1) as pool:
        return pool.apply(part, (folder, quick))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
