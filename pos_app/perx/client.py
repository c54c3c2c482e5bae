"""The Perx client: every verb that the till needs, and nothing of HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from pos_app.perx.call import APPLICATION, Exchange
from pos_app.perx.errors import Refused
from pos_app.perx.exchange import Line
from pos_app.perx.profile import Profile
from pos_app.perx.rewards import RewardVerbs
from pos_app.perx.sales import PointsVerbs, SaleVerbs

if TYPE_CHECKING:
    import httpx

NOBODY = "till-sign-of-life"
"""An identifier that no customer has: Perx must look for it and say so."""


class PerxClient(SaleVerbs, RewardVerbs, PointsVerbs):
    """One tenant's Perx. Every verb ends within the profile's deadline with a value or a PerxError.

    Identifiers are what Perx knows (`token_of` makes them). Reads may be repeated once; a write goes out once.
    `on_exchange` hears of every request. Thread: the event loop's; connections are made at the first call.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        on_exchange: Callable[[Exchange], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._line = Line(profile, on_exchange, transport)

    def token_of(self, raw_identifier: str) -> str:
        """What Perx knows a scanned or typed customer by. The till applies it before any other verb."""
        return self.profile.identifiers.token_of(raw_identifier)

    @property
    def searches_phones(self) -> bool:
        """Whether somebody is found by a phone number that Perx is told, and not by an identifier made of it."""
        return self.profile.identifiers.phones.way == "search"

    def phone_of(self, raw_identifier: str) -> str:
        """A phone number as E.164, "" when it is none."""
        return self.profile.identifiers.phones.e164(raw_identifier)

    def ask_in(self, language: str) -> None:
        """Ask in this language from the next request on, unless the profile fixes one.

        Source: Accept-Language is a bare language code, which names and titles follow, perx-api 21, B*.
        """
        if not self.profile.language_fixed:
            self._line.language = language

    async def probe(self, *, deep: bool = False) -> None:
        """Prove that Perx is there and takes our credentials, by asking for a fresh application token.

        `deep`: look a customer up too, one whom nobody is, for tokens may be given while nothing else answers.

        Errors: Unreachable, Uncertain, NotAllowed.
        """
        self._line.tokens.forget(APPLICATION)
        await self._line.tokens.bearer(APPLICATION)
        if deep:
            with suppress(Refused):
                await self.customer(NOBODY)

    async def aclose(self) -> None:
        """Close every connection and forget every token."""
        await self._line.aclose()

    async def __aenter__(self) -> PerxClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
