"""H8: a till killed again and again, over a server that commits and then drops its answer, and refuses no repeat.

Nothing acknowledged is lost and nothing doubled; the same rig with blind resends does double, so the rig sees it.
"""

from __future__ import annotations

import json
import os
import random
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

TILL = Path(__file__).with_name("killed_till.py")
ROOT = TILL.parents[2]
KILLS = 16
SALES = 250
DEADLINE_S = 30.0


class LossyServer(socketserver.ThreadingTCPServer):
    """Counts effects by reference; some requests are dropped before they count, more of them after."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.effects: Counter[str] = Counter()
        self.rng = random.Random(seed)
        self.guard = threading.Lock()

    def answer(self, op: str, ref: str) -> bool | None:
        with self.guard:
            if op == "find":
                return self.effects[ref] > 0
            luck = self.rng.random()
            if luck < 0.05:
                return None
            self.effects[ref] += 1
            return None if luck < 0.20 else True


class Exchange(socketserver.StreamRequestHandler):
    server: LossyServer

    def handle(self) -> None:
        line = self.rfile.readline()
        if not line.endswith(b"\n"):
            return
        request = json.loads(line)
        found = self.server.answer(request["op"], request["ref"])
        if found is not None:
            try:
                self.wfile.write(json.dumps({"found": found}).encode() + b"\n")
            except OSError:
                return  # the till was killed meanwhile


@pytest.fixture
def server() -> Iterator[LossyServer]:
    with LossyServer(seed=8) as lossy:
        thread = threading.Thread(target=lossy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield lossy
        lossy.shutdown()
        thread.join()


def _start(path: Path, server: LossyServer, how: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(TILL), str(path), str(server.server_address[1]), str(SALES), how],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def _killed_after(till: subprocess.Popen[bytes], lines: int, more_s: float) -> list[str]:
    """Kill -9 a moment after it has printed so many lines; what it printed in all."""
    printed = [till.stdout.readline().decode().strip() for _ in range(lines)]
    time.sleep(more_s)  # the random point of the kill, not a synchronisation
    till.kill()
    rest, _ = till.communicate()
    return printed + [line for line in rest.decode().split("\n")[:-1] if line]


@pytest.mark.fault("FM-04", "row 2")
def test_sixteen_kills_lose_nothing_and_double_nothing(tmp_path, server):
    rng = random.Random(8)
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        lines = 1 + rng.randrange(SALES * (kill + 1) // KILLS)
        acknowledged.update(_killed_after(_start(tmp_path / "till.db", server, "reads"), lines, rng.uniform(0, 0.1)))
    till = _start(tmp_path / "till.db", server, "reads")
    end_s = time.monotonic() + DEADLINE_S
    last = ""
    while not last.startswith("drained") and time.monotonic() < end_s:
        last = till.stdout.readline().decode().strip()
        acknowledged.add(last)
    till.kill()
    till.communicate()
    assert last == "drained 0"
    sales = {ref for ref in acknowledged if ref.startswith("S")}
    assert len(sales) == SALES
    lost = sales - set(server.effects)
    doubled = [ref for ref, count in server.effects.items() if count > 1]
    assert (lost, doubled) == (set(), [])


@pytest.mark.fault("row 2")
def test_the_same_rig_sees_a_blind_resend(tmp_path, server):
    for _ in range(2):
        _killed_after(_start(tmp_path / "till.db", server, "blind"), SALES, 0.3)
    assert [ref for ref, count in server.effects.items() if count > 1]
