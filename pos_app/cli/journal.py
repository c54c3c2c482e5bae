"""`pos-app journal verify`: whether what people did on this till still stands as it was written."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from pos_app.outbox import CannotVerifyError, Verdict, verify
from pos_app.settings import SettingsError, load
from pos_app.settings.tree import DATABASE

SOUND, CANNOT, BROKEN = 0, 1, 2


def run(config: Path | None, data: Path | None, *, as_json: bool) -> int:
    """Walk the journal of the data folder that is named, or configured, and tell what was found."""
    try:
        verdict = verify(data / DATABASE if data is not None else load(config, os.environ).database)
    except (CannotVerifyError, SettingsError) as error:
        if as_json:
            print(json.dumps({"result": "cannot", "why": str(error)}))
        else:
            print(error, file=sys.stderr)
        return CANNOT
    if as_json:
        breaks = [{"line": number, "what": what} for number, what in verdict.breaks]
        result = "sound" if verdict.is_sound else "broken"
        print(json.dumps({"result": result, "lines": verdict.lines, "breaks": breaks}))
    else:
        print(_words(verdict))
    return SOUND if verdict.is_sound else BROKEN


def _words(verdict: Verdict) -> str:
    if verdict.is_sound:
        return f"The journal is sound: {verdict.lines} lines, each proves the one before."
    first, *others = verdict.breaks
    words = f"The journal is broken at line {first[0]}: {first[1]}."
    return words + "".join(f"\nAlso at line {number}: {what}." for number, what in others)
