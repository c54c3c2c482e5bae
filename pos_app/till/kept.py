"""What earlier runs kept beside the open sale, read once at the start."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pos_app.outbox.facts import Facts
from pos_app.outbox.opensale import PARKED
from pos_app.outbox.salvage import SALVAGE_FACT
from pos_app.till import events as ev
from pos_app.till.parking import ParkedRead, from_rows
from pos_app.till.speechwork import spoken_before
from pos_app.till.training import from_kept

TRAINING = "training"


async def kept_before(facts: Facts) -> AsyncIterator[ev.Event]:
    """What came of a damaged file, the languages, the guided shift, the parked sales. Errors: StorageError."""
    salvage = await facts.get(SALVAGE_FACT)
    if salvage is not None and isinstance(salvage[0], dict):
        counts = {name: salvage[0].get(name) or 0 for name in ("came_back", "may_be_missing")}
        yield ev.SalvageTold(**counts, is_uncertain=bool(salvage[0].get("is_uncertain")))
    yield await spoken_before(facts)
    progress = await facts.get(TRAINING)
    read = from_kept(progress[0]) if progress is not None else None
    if read is not None:
        yield read
    yield ParkedRead(from_rows(await facts.get(PARKED)))
