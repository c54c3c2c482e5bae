"""Rules for the sandbox's faults, as the journeys use them."""

from __future__ import annotations

from typing import Any


def fault(method: str, path: str, kind: str, times: int | None = 1, **more: Any) -> dict[str, Any]:
    """One rule for the sandbox: spoil these requests, so often, in this way."""
    return {"match": {"method": method, "path": path}, "times": times, "action": {"kind": kind, **more}}
