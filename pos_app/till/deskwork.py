"""Does what the desk asks for: reads entries, and carries an approved decision out."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pos_app.domain.attention import Act
from pos_app.outbox.claims import TooEarlyError
from pos_app.outbox.database import StorageError
from pos_app.outbox.journal import Journal, Note
from pos_app.outbox.outbox import Outbox
from pos_app.till import desk

log = logging.getLogger(__name__)

PAGE = 40
ASKED_BY = "the till"
"""Who asks for a decision while nobody signs on: it came from this till's screen."""

SETTLED = "settled by hand"


class DeskWork:
    """The desk's hands. Answers are posted as events; what comes too late is an answer too."""

    def __init__(self, outbox: Outbox, journal: Journal, post: Callable[[desk.Event], None]) -> None:
        self._outbox = outbox
        self._journal = journal
        self._post = post

    async def do(self, effect: desk.Effect) -> None:
        """Do one effect. Errors: StorageError, where the desk does not wait for an answer."""
        match effect:
            case desk.ListDesk():
                self._post(await self._list(effect))
            case desk.ReadEntry():
                entry = await self._outbox.entry(effect.ref)
                if entry is not None:
                    lines = await self._journal.of_ref(effect.ref)
                    told = tuple(_told(line) for line in lines if line.what == SETTLED)
                    self._post(desk.EntryRead(entry, told))
            case desk.LookAgain():
                decided = desk.Decide(0, effect.ref, Act.CHECK, "check with Perx", "", effect.asked_by)
                self._post(await self._settle(decided))
            case desk.Decide():
                self._post(await self._settle(effect))

    async def _list(self, effect: desk.ListDesk) -> desk.DeskListed:
        entries = await self._outbox.entries(effect.pile.states, PAGE + 1, effect.after)
        return desk.DeskListed(effect.pile, tuple(entries[:PAGE]), len(entries) > PAGE, effect.after)

    async def _settle(self, effect: desk.Decide) -> desk.Decided:
        by, leads_to = effect.asked_by or ASKED_BY, effect.act.leads_to
        try:
            entry = await self._outbox.settle_by_hand(effect.ref, leads_to, by, effect.reason, effect.approved_by)
        except StorageError as exc:
            log.error("a decision could not be written down: %s", exc)
            return desk.Decided(effect.number, problem=exc.problem)
        except TooEarlyError:
            return desk.Decided(effect.number, await self._outbox.entry(effect.ref), problem="ATT-02")
        except (KeyError, ValueError):  # it was settled, or is being sent, since the screen showed it
            return desk.Decided(effect.number, await self._outbox.entry(effect.ref), problem="ATT-01")
        return desk.Decided(effect.number, entry)


def _told(line: Note) -> desk.Told:
    facts = line.facts
    return desk.Told(
        line.at,
        str(facts.get("was", "")),
        str(facts.get("is", "")),
        line.person,
        str(facts.get("approved_by", "")),
        str(facts.get("why", "")),
    )
