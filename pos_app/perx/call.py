"""One call to Perx as a value: what is asked with whose token, what came back, what it told the till."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from msgspec import Struct, field

from pos_app.domain.records import Discreet
from pos_app.perx.errors import Facts, Refused
from pos_app.perx.wire import Row, rows_of

_SEGMENT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_IDENTIFIER = 128


class Holder(StrEnum):
    """Whose token a call needs. Source: perx-api 2, A-live."""

    APPLICATION = "application"
    USER = "user"
    MERCHANT = "merchant"


class Grant(Discreet, frozen=True):
    """One token's key: the holder and, for a customer, the identifier."""

    HIDDEN = ("identifier",)
    holder: Holder
    identifier: str = ""


APPLICATION = Grant(Holder.APPLICATION)
MERCHANT = Grant(Holder.MERCHANT)


def user(identifier: str) -> Grant:
    """The token of one customer.

    Errors: Refused (PX-001) for a text that cannot be an identifier; it would be written into the scope
    `user_account(identifier:...)`, so a bracket or a control character never leaves the till.
    """
    return Grant(Holder.USER, checked(identifier))


def checked(identifier: str) -> str:
    """The identifier, when it can be one. Errors: Refused (PX-001)."""
    fits = 0 < len(identifier) <= _MAX_IDENTIFIER and identifier.isprintable()
    if not fits or identifier.strip() != identifier or any(sign in "()" for sign in identifier):
        raise Refused("PX-001", Facts(detail="not an identifier"))
    return identifier


class Shape(StrEnum):
    """What `data` must be for an answer to count."""

    OBJECT = "object"
    LIST = "list"
    NOTHING = "nothing"


class Call(Discreet, frozen=True):
    """One request. `path` is a template; `at` fills its gaps. `grant` None = a token request.

    `search`: an unknown customer is an ordinary answer of this call. `answer` says what must come back.
    `keeps_personal`: the customer's personal properties are needed whole, because they are sent back at once.
    """

    HIDDEN = ("at", "query", "body")
    method: str
    path: str
    grant: Grant | None
    at: tuple[str | int, ...] = ()
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Any = None
    answer: Shape = Shape.OBJECT
    search: bool = False
    keeps_personal: bool = False

    @property
    def name(self) -> str:
        """The verb and the template: fit for a log, for it names nobody."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method != "GET" and self.grant is not None

    def url(self, base_url: str) -> str:
        """The address, with each gap filled by one harmless path segment.

        Errors: Refused (PX-002) for a value that is no id.
        """
        path = self.path
        for value in self.at:
            if not _SEGMENT.fullmatch(str(value)):
                raise Refused("PX-002", Facts(call=self.name, detail="not an id"))
            path = re.sub(r"\{\w+\}", quote(str(value), safe=""), path, count=1)
        return base_url.rstrip("/") + path


class Reply(Discreet, frozen=True):
    """What came over the wire: bounded, not yet judged."""

    HIDDEN = ("body",)
    status: int
    content_type: str
    headers: Mapping[str, str]
    body: bytes


class Answer(Discreet, frozen=True):
    """An answer that counts."""

    HIDDEN = ("data",)
    data: Any
    meta: Row
    facts: Facts

    @property
    def row(self) -> Row:
        return Row(self.data)

    @property
    def rows(self) -> list[Row]:
        return rows_of(self.data)


TOKEN, CUSTOMER = "token", "customer"


class Exchange(Struct, frozen=True):
    """One request and what became of it, for the link's state and the clock check.

    `ok`: a real answer of Perx's came, refusals included. `call`: which call it was, as a log names it; TOKEN
    and CUSTOMER for those on which everything else rests. Units: `drift_s` is Perx's clock minus ours.
    """

    ok: bool
    problem: str
    ms: int
    drift_s: float | None
    call: str
