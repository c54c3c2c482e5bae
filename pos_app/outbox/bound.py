"""What this till has bound at Perx, to be asked: for the start, and before more is bound."""

from __future__ import annotations

from pos_app.domain.commands import Kind
from pos_app.domain.entries import Entry
from pos_app.outbox import ties
from pos_app.outbox.database import Database


class Bound:
    """What is bound at Perx. Errors: StorageError.   Thread: main."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def loose(self) -> list[Entry]:
        """What this till has bound, or may have, and nothing under way brings to an end, oldest first."""
        return await self._db.call(ties.loose)

    async def is_ending(self) -> bool:
        """Whether something is still to be brought to an end by itself."""
        return await self._db.call(ties.is_ending)

    async def is_any(self, kind: Kind, identifier: str) -> bool:
        """Whether this till has, or may have, something of this kind bound for a customer."""
        return await self._db.call(ties.bound, kind.value, identifier)
