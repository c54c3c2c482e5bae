"""The export of the outbox: JSON lines, page by page, and at the end the counts and a digest of all lines before.

{"export": "pos-app outbox", "version": 1}
{"id": 1, "ref": "...", "state": "done", ...}
{"end": true, "entries": 1, "by_state": {"done": 1}, "unreadable": 0, "sha256": "..."}
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

VERSION = 1

Page = Callable[[int], Mapping[str, Any]]
"""The rows after an id, and the id of the last of them under `next`; None when there is none."""


class ExportError(Exception):
    """The file could not be written. Whatever stood at its place is untouched.

    `problem` is the support code, `detail` names the file and, where the system gave one, the reason.
    """

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail

    @classmethod
    def of(cls, path: Path, exc: OSError) -> ExportError:
        """What the system said, in its words."""
        return cls("OUT-05", f"{path}: {exc.strerror or type(exc).__name__}.")


def write_export(path: Path, page: Page, *, replace: bool = False) -> dict[str, Any]:
    """Write every row that the pages give, and put the whole file in its place at once. Returns its last line.

    A file that is there already is left alone, unless it is to be replaced. A row that changes meanwhile stands as it
    was when its page was read. Only one page is in memory.
    Errors: ExportError; what `page` raises.
    """
    if path.exists() and not replace:
        raise ExportError("OUT-10", f"{path}")
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as exc:
        raise ExportError.of(path, exc) from exc
    try:
        with os.fdopen(number, "wb") as file:
            told = _write(file, page)
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and not replace:
            raise ExportError("OUT-10", f"{path}")
        os.replace(name, path)
    except OSError as exc:
        raise ExportError.of(path, exc) from exc
    finally:
        with suppress(OSError):  # it is in its place by now, or must not stay
            os.unlink(name)
    return told


def _write(file: IO[bytes], page: Page) -> dict[str, Any]:
    digest, states, unreadable, after = hashlib.sha256(), Counter[str](), 0, 0

    def line(values: Mapping[str, Any]) -> None:
        written = json.dumps(values, separators=(",", ":")).encode() + b"\n"
        digest.update(written)
        file.write(written)

    line({"export": "pos-app outbox", "version": VERSION})
    while True:
        told = page(after)
        for row in told["rows"]:
            line(row)
            states[str(row["state"])] += 1
            unreadable += bool(row.get("unreadable"))
        if told["next"] is None:
            break
        after = told["next"]
    end = {
        "end": True,
        "entries": states.total(),
        "by_state": dict(sorted(states.items())),
        "unreadable": unreadable,
        "sha256": digest.hexdigest(),
    }
    line(end)
    return end
