#!/usr/bin/env python3
"""`make installer-check`: installs the setup into a fresh Wine prefix and proves it by the installed program.

Leaves pictures, times and a report in build/installer/check; ends with 1 at the first step that fails.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time

from making import setup
from making.places import OUT, WINE, say
from proving.counter import Counter
from proving.display import Display, ProofError
from proving.proof import Proof
from proving.setups import Machine
from proving.steps import STEPS
from wine.prefix import Prefix, WineError

FOLDER = OUT / "check"


def main() -> int:
    """Prove it; 0 every step is as it must be, 1 one is not."""
    began_s = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with Display(FOLDER / "pictures") as display:
        prefix = Prefix(WINE / "check", display.name)
        say("Making a fresh Wine prefix ...")
        prefix.create()
        counter = Counter(prefix, display, FOLDER)
        counter.perx.start()
        proof = Proof(FOLDER, prefix, display, Machine(prefix, FOLDER), counter)
        try:
            report = _walk(proof)
        finally:
            counter.perx.stop()
            prefix.stop()
    told = {
        "ok": all(one["ok"] for one in report),
        "setup_bytes": setup.setup_file().stat().st_size,
        "seconds": round(time.monotonic() - began_s),
        "times": proof.times,
        "steps": report,
    }
    (FOLDER / "report.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    say(f"{'Proved' if told['ok'] else 'FAILED'} in {told['seconds']} s; pictures and report in {FOLDER}.")
    return 0 if told["ok"] else 1


def _walk(proof: Proof) -> list[dict[str, object]]:
    report: list[dict[str, object]] = []
    for name, step in STEPS:
        began_s = time.monotonic()
        try:
            detail, is_fine = step(proof), True
        except (ProofError, WineError, subprocess.TimeoutExpired, OSError, KeyError, StopIteration) as exc:
            detail, is_fine = f"{type(exc).__name__}: {exc}", False
        took_s = round(time.monotonic() - began_s, 1)
        report.append({"name": name, "ok": is_fine, "detail": detail, "seconds": took_s})
        say(f"{'ok  ' if is_fine else 'FAIL'} {took_s:6.1f} s  {name}: {detail}")
        if not is_fine:
            proof.display.picture("failed")
            break
    return report


if __name__ == "__main__":
    sys.exit(main())
