"""How the bench measures: alternating runs, medians and high percentiles, and one table of ratios."""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure against its floor or peer, both of this run. `limit` and `spread` are words for the table."""

    name: str
    ours: float
    against: float
    what: str
    ratio: float
    limit: str
    ok: bool
    unit: str = "ms"
    runs: int = 1
    spread: str = ""


def at_most(
    name: str, ours: Sequence[float], against: Sequence[float], what: str, times: float, unit: str = "ms"
) -> Row:
    """A row whose median may be so many times that of its floor."""
    mine, floor = statistics.median(ours), statistics.median(against)
    ratio = mine / floor if floor else 0.0
    return Row(name, mine, floor, what, ratio, f"<= {times}x", ratio <= times, unit, len(ours), spread(ours))


def at_least(name: str, ours: Sequence[float], against: Sequence[float], what: str, times: float, unit: str) -> Row:
    """A row of throughputs: the median must reach so many times that of its peer."""
    mine, peer = statistics.median(ours), statistics.median(against)
    ratio = mine / peer if peer else 0.0
    return Row(name, mine, peer, what, ratio, f">= {times}x", ratio >= times, unit, len(ours), spread(ours))


def over(name: str, ours: Sequence[float], against: Sequence[float], what: str, most_ms: float) -> Row:
    """A row of milliseconds: the 99th percentile may lie so much over the floor's."""
    mine, floor = percentile(ours, 99), percentile(against, 99)
    return Row(
        name, mine, floor, what, mine / floor if floor else 0.0, f"<= floor + {most_ms:g} ms", mine - floor <= most_ms,
        "ms p99", len(ours), spread(ours),
    )  # fmt: skip


def bounded(name: str, ours: float, most: float, what: str, unit: str, runs: int = 1) -> Row:
    """A row with a bound of its own: the ratio is the share of it that is used."""
    return Row(name, ours, most, what, ours / most, f"< {most:g} {unit}", ours < most, unit, runs)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def spread(values: Sequence[float]) -> str:
    """The middle half of all runs."""
    return f"{percentile(values, 25):.4g} .. {percentile(values, 75):.4g}"


def machine() -> dict[str, object]:
    """What the figures were taken on; no name of it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": len(models) or None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": [round(one, 2) for one in _load()],
    }


def _load() -> tuple[float, ...]:
    said = subprocess.run(["uptime"], capture_output=True, text=True, check=False).stdout.rpartition(":")[2]
    return tuple(float(one) for one in said.replace(",", " ").split())


def table(rows: Sequence[Row]) -> str:
    """All rows for a terminal, the limits and what was missed with them."""
    lines = [("what", "ours", "against", "ratio", "limit", "", "of what, runs, middle half")]
    for row in rows:
        told = f"{row.what}; {row.runs} runs{'; ' + row.spread if row.spread else ''} [{row.unit}]"
        lines.append(
            (row.name, f"{row.ours:.4g}", f"{row.against:.4g}", f"{row.ratio:.2f}", row.limit,
             "ok" if row.ok else "MISSED", told)
        )  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join("  ".join([*(t.ljust(w) for t, w in zip(line, widths, strict=False)), line[6]]) for line in lines)


def write(path: Path, rows: Sequence[Row], around: dict[str, object]) -> None:
    """Write the same as JSON, for a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"machine": around, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
