"""One walk of the tour: each step tried, told and pictured."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pos_app.tour.hand import DisagreementError
from pos_app.tour.shop import Shop

Walk = Callable[[Shop], Awaitable[str]]


async def walk(out: Path, as_json: bool, steps: Sequence[tuple[str, Walk]]) -> int:
    """Walk all steps; a step that fails is told, and the next is tried. Exit code 0 when all are fine."""
    told: list[dict[str, object]] = []
    async with Shop(out / "data") as shop:
        for name, step in steps:
            row = await _try(shop, name, step)
            told.append(row)
            picture = out / f"{len(told):02d}-{name.replace(',', '').replace(' ', '-')}.png"
            shop.window.grab().save(str(picture))
            if not as_json:
                mark = "ok  " if row["ok"] else "FAIL"
                sys.stdout.write(f"{mark} {row['ms']:6} ms  {name}: {row['detail']}\n")
                sys.stdout.flush()
        ledger = _ledger(shop)
    if as_json:
        sys.stdout.write(json.dumps({"steps": told, "ledger": ledger}) + "\n")
    else:
        sys.stdout.write(f"{sum(1 for row in told if row['ok'])} of {len(told)} steps ok; pictures in {out}\n")
    return 0 if all(row["ok"] for row in told) else 1


async def _try(shop: Shop, name: str, step: Walk) -> dict[str, object]:
    began = time.monotonic()
    try:
        detail, ok = await step(shop), True
    except (DisagreementError, OSError) as exc:
        detail, ok = str(exc), False
    return {"name": name, "ok": ok, "detail": detail, "ms": round((time.monotonic() - began) * 1000)}


def _ledger(shop: Shop) -> dict[str, object] | None:
    try:
        return shop.ledger
    except OSError:
        return None
