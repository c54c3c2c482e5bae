"""A run of chaos: tills that are killed again and again, their shops spoiled, and a judge at the end.

    python tests/chaos/chaos_run.py [--quick] [--seed N]

What a seed replays: for each lane and number of a life its plan, word for word: where or when the till is killed, its
customers with their vouchers, bills and double taps, what is spoiled and how often, clock jumps, outages. What it does
not replay: which request meets a fault, and how far a till has come at a drawn time, for that is up to the scheduler;
the till's own references and jitter; and how many lives it takes, since a fail-point that was not reached is tried
again, and lives follow until there are enough kills and commands.

Each lane is a shop of its own (one sandbox process, one till's data) in which life follows life; lanes run side by
side. The last line on standard output is one JSON object with every count. Exit code 0 when nothing was lost, doubled,
made up, used twice or left held, every fail-point of the form was reached, no till ended by itself, and no more went
to a person than has to; else 1.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import chaos_till
from chaos_builds import BUILDS
from chaos_check import BECAUSE, COUNTS, NO_READ_BACK, Check, Told, Verdict, read
from chaos_plan import FAIL_POINTS, SCALE, SETTLE_S, Lane, Life, drawn_points
from chaos_shop import Shop, faults_of

MOST_ATTENTION = 0.02
"""More than this share of the commands that can be looked up with a person, and the run proves nothing."""
MOST_UNREADABLE = 0.4
"""The same of the kinds that Perx offers no read-back for: only those whose answer was lost may go to a person."""
FEW_ATTENTION = 3
"""So many are no share: a short run has few commands."""


@dataclass
class Form:
    """How long a run is: until it has as many kills and commands, and every fail-point was reached; or `most_s`."""

    kills: int
    commands: int
    lanes: int
    long: bool = False
    most_s: float = 3600.0
    points: tuple[str, ...] = FAIL_POINTS


QUICK = Form(kills=100, commands=500, lanes=3, most_s=135.0)
LONG = Form(kills=1_000, commands=20_000, lanes=4, long=True)


@dataclass
class Tally:
    """What the lanes have counted so far. Thread: any, under its guard."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    kills: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)
    commands: set[str] = field(default_factory=set)
    lives: int = 0
    windows: int = 0
    visits: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    spoiled: Counter[str] = field(default_factory=Counter)


class Race:
    """The lives of one lane, one after the other. Thread: the lane's own."""

    def __init__(self, lane: Lane, folder: Path, build: str, tally: Tally) -> None:
        self.lane, self.folder, self.tally = lane, folder, tally
        self.told = Told()
        self.shop = Shop(folder)
        self._asked = {
            "settings": self.shop.settings(folder / "till"),
            "env": self.shop.practice.secrets,
            "build": build,
            "log": str(folder / "till.log"),
        }
        kind = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._context = multiprocessing.get_context(kind)

    def live(self, life: Life) -> None:
        """One life, from its start to its end."""
        self.shop.prepare(life)
        ears, mouth = self._context.Pipe(duplex=False)
        process = self._context.Process(target=chaos_till.live, args=(life, self._asked, mouth))
        with _starting:
            process.start()
        mouth.close()
        world = threading.Thread(target=self._spoil, args=(life, process.sentinel))
        world.start()
        dies, closed = self._hear(life, ears, process)
        process.join()
        world.join()
        ears.close()
        self._count(life, process.exitcode, dies, closed)
        process.close()

    def verdict(self) -> tuple[Verdict, dict[str, int]]:
        """End the shop and compare. To be called once, after the last life."""
        ledger = self.shop.close()
        spoiled = faults_of(ledger)
        spoiled |= {"sandbox_killed": self.shop.kills, "token_revoked": self.shop.revocations}
        spoiled |= {"line_cut": self.shop.cuts, "voucher_used_elsewhere": len(self.shop.elsewhere)}
        book = read(self.folder / "till" / "till.sqlite3")
        return Check(book, self.told, ledger, self.shop.elsewhere).run(), spoiled

    def _hear(self, life: Life, ears: Connection, process: Any) -> tuple[str, bool]:
        """Listen until the till is gone, and kill it when its time has come."""
        end_s = time.monotonic() + life.after_s
        dies, closed, ended = "", False, False
        with (self.folder / "told.jsonl").open("ab") as book:
            while True:
                if not ended and time.monotonic() > end_s:
                    process.kill()
                    ended = True
                if not ears.poll(0.01 if not ended else 5.0):
                    continue
                try:
                    line = ears.recv_bytes()
                except EOFError:
                    return dies, closed
                book.write(line + b"\n")
                what = json.loads(line)
                self.told.hear(what)
                if what.get("line") == "cut":
                    self.shop.cut(what["trusted"], what["elsewhere"])
                elif what.get("line") == "back":
                    self.shop.mend(life)
                with self.tally.guard:
                    if "entry" in what:
                        self.tally.commands.add(what["entry"])
                    self.tally.visits += "visit" in what
                    self.tally.steps.update([what["step"]] if "step" in what else [])
                    self.tally.spoiled.update([what["spoiled"]] if "spoiled" in what else [])
                dies, closed = what.get("dies", dies), closed or "closed" in what

    def _spoil(self, life: Life, gone: int) -> None:
        """What happens to the shop while the till lives: an outage, tokens that are good no more."""
        began_s = time.monotonic()

        def wait(until_s: float) -> None:
            multiprocessing.connection.wait([gone], max(0.0, began_s + until_s - time.monotonic()))

        if life.revoked_s is not None:
            wait(life.revoked_s)
            self.shop.revoke()
        if life.outage is not None:
            wait(life.outage[0])
            self.shop.outage()
            wait(sum(life.outage))
            self.shop.back()

    def _count(self, life: Life, code: int | None, dies: str, closed: bool) -> None:
        tally = self.tally
        with tally.guard:
            tally.lives += 1
            tally.windows += life.window
            if closed and code == 0:
                if life.ends == "point":
                    tally.missed.append(life.point)
                return
            # 255: the server of forks could not tell how it ended; then its own last word counts
            killed = -getattr(signal, "SIGKILL", signal.SIGTERM)
            if code != killed and not (code == 255 and (dies or life.ends == "time")) and os.name != "nt":
                tally.died.append(f"life {life.number}, {life.ends} {life.point}: exit code {code}, see {self.folder}")
            elif life.ends == "drain":
                tally.died.append(f"the last life did not come to rest, see {self.folder}")
            elif dies:
                tally.kills[dies] += 1
            else:
                tally.kills["time" if life.ends == "time" else "time, before its point or end"] += 1
        if life.ends == "point" and not dies:
            self.lane.not_reached(life.point)


_starting = threading.Lock()


def run_lane(race: Race, form: Form, began_s: float) -> None:
    """First every fail-point of the lane, then lives at random until the run is long enough, then the quiet end."""
    tally, lane = race.tally, race.lane
    draw = random.Random(f"mix {lane.seed}")
    while time.monotonic() - began_s < form.most_s:
        with tally.guard:
            is_enough = sum(tally.kills.values()) >= form.kills and len(tally.commands) >= form.commands
        if not lane.left and is_enough:
            break
        # fail-points and drawn lives alternate, so that a point is met in a shop that has been through something
        race.live(lane.at_point() if lane.left and draw.random() < 0.8 else lane.at_random())
    race.live(lane.drain())


def run(seed: int, form: Form, build: str, folder: Path) -> dict[str, Any]:
    """One whole run. Shape: the JSON object of the last line."""
    began_s = time.monotonic()
    tally = Tally()
    lanes = [Lane(seed * 100 + n, form.points[n :: form.lanes], form.long) for n in range(form.lanes)]
    races = [Race(lane, folder / f"lane{n}", build, tally) for n, lane in enumerate(lanes)]
    threads = [threading.Thread(target=run_lane, args=(race, form, began_s)) for race in races]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(20)
            _progress(tally, began_s)
    ran_s = time.monotonic() - began_s
    return _report(seed, build, tally, [race.verdict() for race in races], form, ran_s)


def _progress(tally: Tally, began_s: float) -> None:
    with tally.guard:
        counts = f"{sum(tally.kills.values())} kills, {len(tally.commands)} commands, {tally.visits} customers served"
    _say(f"{time.monotonic() - began_s:6.0f} s: {counts}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _report(
    seed: int, build: str, tally: Tally, ends: list[tuple[Verdict, dict[str, int]]], form: Form, ran_s: float
) -> dict[str, Any]:
    verdicts = [verdict for verdict, _ in ends]
    found = {name: [what for verdict in verdicts for what in verdict.found[name]] for name in COUNTS}
    for name, whats in found.items():
        for what in whats[:20]:
            _say(f"{name}: {what}")
    for what in tally.died:
        _say(f"died: {what}")
    commands = sum(verdict.commands for verdict in verdicts)
    kinds = sum((verdict.kinds for verdict in verdicts), Counter[str]())
    attention = [one for verdict in verdicts for one in verdict.attention]
    apart = Counter(one["kind"] for one in attention if one["because"])
    unreadable = sum(apart[kind] for kind in NO_READ_BACK)
    attention = [one for one in attention if not one["because"]]
    for one in attention:
        _say(f"with a person: {json.dumps(one)}")
    not_reached = [point for point in form.points if not tally.kills[point]]
    of_unreadable = sum(kinds[kind] for kind in NO_READ_BACK)
    share, unreadable_share = len(attention) / max(1, commands - of_unreadable), unreadable / max(1, of_unreadable)
    counts = {name: len(whats) for name, whats in found.items()}
    is_borne = share <= MOST_ATTENTION or len(attention) <= FEW_ATTENTION
    is_borne = is_borne and (unreadable_share <= MOST_UNREADABLE or unreadable <= FEW_ATTENTION)
    is_good = not any(counts.values()) and not tally.died and not not_reached and is_borne
    return {
        "ok": is_good,
        **counts,
        "seed": seed,
        "build": build,
        "duration_s": round(ran_s, 1),
        "scale": SCALE,
        "settle_s": SETTLE_S,
        "lanes": form.lanes,
        "kills": sum(tally.kills.values()),
        "kills_by_point": dict(sorted(tally.kills.items())),
        "points_not_reached": not_reached,
        "lives": tally.lives,
        "lives_with_window": tally.windows,
        "died": len(tally.died),
        "customers_served": tally.visits,
        "points_steps": dict(sorted(tally.steps.items())),
        "commands": commands,
        "commands_by_kind": dict(kinds),
        "commands_by_state": dict(sum((verdict.states for verdict in verdicts), Counter())),
        "sales_in_ledger": sum(verdict.sales_in_ledger for verdict in verdicts),
        "attention": len(attention),
        "attention_share": round(share, 5),
        "attention_with_effect": sum(one["had_effect"] for one in attention),
        "attention_apart": dict(sorted(apart.items())),
        "attention_apart_because": BECAUSE,
        "attention_apart_share": round(unreadable_share, 5),
        "journal_lines_without_a_command": sum(verdict.journal_ahead for verdict in verdicts),
        "faults": dict(sorted(sum((Counter(faults) for _, faults in ends), tally.spoiled).items())),
    }


def main() -> int:
    """Read what is asked from the command line and from QUICK and SEED; run; print.

    The quick form comes to some fail-points of each step of each kind, drawn by its seed; the long form to all.
    """
    parser = argparse.ArgumentParser(description="Kill tills until something breaks.")
    parser.add_argument("--quick", action="store_true", default=os.environ.get("QUICK", "") not in ("", "0"))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(10**6)))
    parser.add_argument("--build", choices=BUILDS, default="right", help="a till that is broken on purpose")
    parser.add_argument("--points", default="*", help="only the fail-points of this pattern")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--commands", type=int)
    parser.add_argument("--lanes", type=int)
    parser.add_argument("--most-s", type=float, help="end after so many seconds, whatever was reached")
    parser.add_argument("--keep", type=Path, help="a folder for the data of the run; it stays there")
    asked = parser.parse_args()
    form = QUICK if asked.quick else LONG
    more = {
        name: value for name in ("kills", "commands", "lanes", "most_s") if (value := getattr(asked, name)) is not None
    }
    of_form = drawn_points(asked.seed) if asked.quick and asked.points == "*" else FAIL_POINTS
    points = tuple(one for one in of_form if any(fnmatch.fnmatch(one, part) for part in asked.points.split(",")))
    form = Form(**{**vars(form), **more, "points": points})
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="chaos-"))
    _say(f"seed {asked.seed}; data in {folder}")
    report = run(asked.seed, form, asked.build, folder)
    if asked.keep is None and report["ok"]:
        shutil.rmtree(folder)
    _say(json.dumps(report))
    return 0 if report["ok"] else 1


def _preload() -> None:
    """Let every life start from a process that has the till's modules in memory: that saves a second for each.

    The server of forks looks for modules in PYTHONPATH only. Windows has no such server; there each life starts cold.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    multiprocessing.set_forkserver_preload(["chaos_till"])


if __name__ == "__main__":
    _preload()
    sys.exit(main())
