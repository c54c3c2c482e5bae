"""Does what concerns people: lists them, and looks whether a PIN or a badge is good."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pos_app.domain.people import Denied, Person
from pos_app.outbox.database import StorageError
from pos_app.outbox.people import People
from pos_app.till import approve, staff

log = logging.getLogger(__name__)


class StaffWork:
    """Answers are posted as events; what is denied is an answer too."""

    def __init__(self, people: People, post: Callable[[staff.Event], None]) -> None:
        self._people = people
        self._post = post

    async def do(self, effect: staff.Effect) -> None:
        """Do one effect. Errors: StorageError, where nobody waits for an answer."""
        match effect:
            case staff.ListPeople():
                self._post(staff.PeopleListed(tuple(await self._people.everyone())))
            case approve.Prove():
                verdict: Person | Denied = Denied("APP-01")
                try:
                    verdict = await self._verdict(effect)
                finally:  # whatever nobody foresaw, the till must not wait for it for ever behind a shut gate
                    self._post(approve.Proved(effect.number, verdict, effect.ask))

    async def _verdict(self, effect: approve.Prove) -> Person | Denied:
        try:
            person = await self._look(effect)
        except StorageError as exc:
            log.error("a PIN or a badge could not be looked at: %s", exc)
            return Denied(exc.problem)
        not_by = effect.ask.not_by if effect.ask is not None else ""
        return Denied("PIN-13") if isinstance(person, Person) and person.name == not_by else person

    async def _look(self, effect: approve.Prove) -> Person | Denied:
        people, is_approval = self._people, effect.ask is not None
        if effect.badge:
            return await (people.approve_badge if is_approval else people.known_badge)(effect.badge)
        return await (people.approve if is_approval else people.known)(effect.name, effect.pin)
