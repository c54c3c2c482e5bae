"""Customers beside the sale, as state, events and effects: new ones, those of lately, their language, points by hand.

Their rules stand in `newcomers` and `byhand`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from pos_app.domain.codes import Ref

RECENT_STAYS = timedelta(hours=12)
"""How long a customer is offered again: the till forgets over night who was here."""


class Members(Struct, frozen=True):
    """What the shop wants of its members. `consent`: by language, what somebody agrees to who becomes one.

    `has_language`: the tenant keeps a customer's language. `by_phone`: a customer is found by their phone number;
    `phone_is_theirs`: it is their identifier too. `most_recent` customers are offered again, `most_by_hand` points
    given at once; 0: none.
    """

    consent: tuple[tuple[str, str], ...] = ()
    has_language: bool = False
    by_phone: bool = False
    phone_is_theirs: bool = False
    most_recent: int = 8
    most_by_hand: int = 1000

    @property
    def has_form(self) -> bool:
        """Whether there is more to ask of a new member than the code."""
        return bool(self.consent) or self.has_language

    def text_in(self, language: str, other: str) -> tuple[str, str]:
        """What is agreed to, and the language it is in: the customer's, else the shop's, else whichever there is."""
        told = dict(self.consent)
        code = next((one for one in (language, other, *told) if one in told), "")
        return told.get(code, ""), code


class Recent(Struct, frozen=True):
    """A customer who was at this till. `name` only as long as the program runs. Units: `at` aware UTC."""

    identifier: str
    at: datetime
    name: str = ""


class Join(Struct, frozen=True):
    """The form of a new member; the number is in the panel as it is typed.

    `text`: the code as scanned, in the number's place. `identifier`: what leaves the till, once that is known. `busy`:
    Perx is asked, or was told and has not answered; `ref` is the command then. `later`: Perx cannot be asked, and it
    can be taken down. `problem`: why the last try came to nothing.
    """

    number: int
    text: str = ""
    language: str = ""
    agreed: bool = False
    identifier: str = ""
    busy: bool = False
    ref: Ref | None = None
    later: bool = False
    problem: str = ""
    said: str = ""


# ---------------------------------------------------------------- what happens


class JoinOpened(Struct, frozen=True):
    """Somebody wants to be a member."""


class JoinLanguageTapped(Struct, frozen=True):
    code: str


class AgreedTapped(Struct, frozen=True):
    """The customer agrees; once more: does not."""


class JoinTapped(Struct, frozen=True):
    """Make the member; while Perx cannot be asked, take it down."""


class RecentTapped(Struct, frozen=True):
    identifier: str


class LanguageGiven(Struct, frozen=True):
    """The customer of this sale reads this language: a code of `pos_app.language`."""

    code: str


class PointsEntered(Struct, frozen=True):
    """The points to give by hand are typed."""


class NewcomerChecked(Struct, frozen=True):
    """What Perx says of somebody who wants to be a member. `identifier` "": the number is none.

    `problem` "": it knows them already; PX-001: it does not.
    """

    number: int
    identifier: str
    problem: str = ""
    said: str = ""


class RecentRead(Struct, frozen=True):
    """The till started: who was here in the last run."""

    recent: tuple[Recent, ...]


Tapped = JoinOpened | JoinLanguageTapped | AgreedTapped | JoinTapped | RecentTapped | LanguageGiven | PointsEntered
Event = Tapped | NewcomerChecked | RecentRead


# ---------------------------------------------------------------- what is asked for


class CheckNewcomer(Struct, frozen=True):
    """Ask Perx whether it knows them already. Not `ask`: only make what would leave the till of the text."""

    number: int
    text: str
    ask: bool = True


class KeepRecent(Struct, frozen=True):
    """Keep who was here lately, without their names."""

    recent: tuple[Recent, ...]


Effect = CheckNewcomer | KeepRecent


# ---------------------------------------------------------------- how they are kept


def to_rows(recent: tuple[Recent, ...]) -> list[list[str]]:
    """As JSON values."""
    return [[one.identifier, one.at.isoformat()] for one in recent]


def from_rows(kept: object) -> tuple[Recent, ...]:
    """What was kept, without what makes no sense."""
    found = []
    for row in kept if isinstance(kept, list) else []:
        try:
            identifier, at = row
            told = Recent(str(identifier), datetime.fromisoformat(at))
        except (TypeError, ValueError):
            continue
        if told.at.tzinfo is not None and told.identifier:
            found.append(told)
    return tuple(found)
