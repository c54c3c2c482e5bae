"""Times, texts and plain values as the database holds them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any


def to_ms(moment: datetime) -> int:
    """Whole milliseconds UTC of an aware time."""
    return int(moment.timestamp() * 1000)


LAST_MS = 32_503_680_000_000
"""The year 3000: no system that a till runs on can say a later time."""


def is_time(ms: Any) -> bool:
    """Whether this can be a time that a till wrote. A flipped bit makes a year before Christ of one, or no number."""
    return isinstance(ms, int) and 0 <= ms <= LAST_MS


def from_ms(ms: int) -> datetime:
    """The aware UTC time of whole milliseconds; of a damaged number the nearest that is a time."""
    return datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, UTC)


def plain(text: str, limit: int) -> str:
    """Text from outside as SQLite can hold it: bounded, and without lone surrogates."""
    return text[:limit].encode("utf-8", "replace").decode("utf-8")


def to_json(value: Any, limit: int) -> str:
    """A plain JSON value as text. Errors: ValueError when it is no JSON or longer than `limit`."""
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except TypeError as exc:
        raise ValueError(str(exc)) from exc
    if len(text) > limit:
        raise ValueError(f"{len(text)} characters of JSON, at most {limit} are kept")
    return text
