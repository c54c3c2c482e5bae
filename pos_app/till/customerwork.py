"""Does what customers beside the sale ask for: asks Perx who somebody is, keeps who was here lately."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pos_app.domain.customers import Customer
from pos_app.domain.phone import is_phone
from pos_app.outbox.facts import Facts
from pos_app.perx import errors
from pos_app.perx.client import PerxClient
from pos_app.till.customers import CheckNewcomer, Effect, KeepRecent, NewcomerChecked, RecentRead, from_rows, to_rows

RECENT = "recent"
NO_PHONE, NOBODY = "CUS-01", "CUS-03"


class CustomerWork:
    """The hands of customers beside the sale. Errors: StorageError."""

    def __init__(self, perx: PerxClient, facts: Facts, post: Callable[[Any], None]) -> None:
        self._perx = perx
        self._facts = facts
        self._post = post

    async def do(self, effect: Effect) -> None:
        """Do one effect."""
        match effect:
            case CheckNewcomer():
                self._post(await self._check(effect))
            case KeepRecent():
                await self._facts.keep(RECENT, to_rows(effect.recent) or None)

    async def restore(self) -> None:
        """Tell who was here in the last run."""
        kept = await self._facts.get(RECENT)
        self._post(RecentRead(from_rows(kept[0] if kept is not None else None)))

    async def _check(self, effect: CheckNewcomer) -> NewcomerChecked:
        identifier = self._perx.token_of(effect.text)
        if not identifier:
            return NewcomerChecked(effect.number, "", NO_PHONE)
        if not effect.ask:
            return NewcomerChecked(effect.number, identifier, "NET-01")
        try:
            await self._perx.customer(identifier)
        except errors.PerxError as exc:
            return NewcomerChecked(effect.number, identifier, exc.problem, exc.said)
        return NewcomerChecked(effect.number, identifier)


async def searched(perx: PerxClient, raw: str) -> Customer:
    """The customer of a phone number that Perx itself searches for. Errors: PerxError; NotFoundError with its code."""
    try:
        return await perx.customer_by_phone(raw)
    except errors.Refused as exc:
        raise NotFoundError(NOBODY if exc.problem == "PX-001" else exc.problem) from exc


class NotFoundError(Exception):
    """There is nobody to be found; `problem` is the support code."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


async def identifier_of(perx: PerxClient, raw: str, *, ask: bool) -> str:
    """What Perx knows somebody by: made of what was scanned or typed, or, for a phone number, searched for.

    Errors: NotFoundError (CUS-01 no phone number, CUS-03 nobody has it, or what Perx refused); PerxError.
    """
    if is_phone(raw) and perx.searches_phones:
        number = perx.phone_of(raw)
        if not number:
            raise NotFoundError(NO_PHONE)
        if not ask:
            raise errors.Unreachable("NET-01")
        return (await searched(perx, number)).identifier
    identifier = perx.token_of(raw)
    if not identifier:
        raise NotFoundError(NO_PHONE)
    return identifier
