"""`pos-app upkeep`: what the setup asks before it changes anything, and the copy of the data that it makes first.

Every data folder of this machine counts: those below the folder of all profiles, and the one that the configuration
names. The practice till's entries are worth nothing and never wait.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pos_app.outbox.disk import StorageError
from pos_app.outbox.upkeep import Standing, copy_before_update, standing
from pos_app.settings import SettingsError, data_root, load
from pos_app.settings.tree import DATABASE

FREE, FAILED, OPEN, NEWER, WAITS, UNFINISHED = 0, 1, 10, 11, 12, 19
PRACTICE = "sandbox"


def run(action: str, data: Path | None, *, settled: bool = False, finished: bool = False, as_json: bool) -> int:
    """Do one action and return its exit code: 0 nothing stands in the way, 1 it failed, 10 open, 11 newer.

    `settled`: entries that wait, and a file that cannot be read, stand in the way as well (12). `finished`: so do a
    sale and a shift that are open (19).
    """
    seen = [standing(path) for path in _files(data)]
    code = OPEN if any(one.open for one in seen) else NEWER if any(one.is_newer for one in seen) else FREE
    told: dict[str, Any] = {
        "result": {FREE: "free", OPEN: "open", NEWER: "newer"}[code],
        "waiting": sum(one.waiting for one in seen if not _is_practice(one)),
        "unread": sum(bool(one.trouble) for one in seen),
        "sales": sum(one.sale_open for one in seen if not _is_practice(one)),
        "shifts": sum(one.shift_open for one in seen if not _is_practice(one)),
        "data": [_told(one) for one in seen],
    }
    if settled and code == FREE and (told["waiting"] or told["unread"]):
        told["result"], code = "waits", WAITS
    if finished and code == FREE and (told["sales"] or told["shifts"]):
        told["result"], code = "unfinished", UNFINISHED
    if action == "copy" and code == FREE:
        try:
            told["copies"] = [str(copy_before_update(one.path)) for one in seen if not one.trouble and one.version]
        except StorageError as error:
            told |= {"result": "failed", "why": str(error)}
            code = FAILED
    print(json.dumps(told) if as_json else _words(told))
    return code


def _files(data: Path | None) -> Iterator[Path]:
    folders = [data] if data is not None else [*sorted(_below(data_root())), *_configured()]
    for folder in dict.fromkeys(folders):
        if (folder / DATABASE).exists():
            yield folder / DATABASE


def _below(root: Path) -> list[Path]:
    try:
        return [one for one in root.iterdir() if one.is_dir()]
    except OSError:
        return []


def _configured() -> list[Path]:
    try:
        return [load(None, os.environ).data_dir]
    except SettingsError as error:  # a till that is not configured has no data elsewhere
        sys.stderr.write(f"No data folder is configured: {error.problems[0].code}\n")
        return []


def _is_practice(one: Standing) -> bool:
    return one.path.parent.name == PRACTICE


def _told(one: Standing) -> dict[str, Any]:
    return {
        "folder": str(one.path.parent),
        "open": one.open,
        "version": one.version,
        "known": one.known,
        "waiting": one.waiting,
        "sale_open": one.sale_open,
        "shift_open": one.shift_open,
        "trouble": one.trouble,
    }


def _words(told: dict[str, Any]) -> str:
    lines = [f"{told['result']}; {told['waiting']} entries wait for Perx."]
    for one in told["data"]:
        state = "a till is open" if one["open"] else f"version {one['version']}, {one['waiting']} waiting"
        state += ", a sale is open" * one["sale_open"] + ", a shift is open" * one["shift_open"]
        lines.append(f"  {one['folder']}: {one['trouble'] or state}")
    lines += [f"  copied to {path}" for path in told.get("copies", [])]
    return "\n".join([*lines, *([str(told["why"])] if "why" in told else [])])
