"""Who stands at the till, as state, events and effects: sign-on, the lock, and what is hidden. Rules: `signon`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from pos_app.domain.people import Person, Role
from pos_app.till import approve
from pos_app.till.proof import Proof


class Policy(Struct, frozen=True):
    """What the shop wants of its people. `sign_on`: auto (once a cashier is known), off, required. Units: seconds.

    `service`: who may see the guarded pages of the service screen, supervisor or anyone.
    """

    sign_on: str = "auto"
    hide_after_s: float = 60.0
    lock_after_s: float = 300.0
    two_persons: bool = True
    approve_typed_customer: bool = False
    service: str = "supervisor"

    def demands(self, people: tuple[Person, ...]) -> bool:
        """Whether somebody has to be signed on."""
        if self.sign_on == "auto":
            return any(one.role is Role.CASHIER for one in people)
        return self.sign_on == "required"


class Why(StrEnum):
    """Why the sign-on screen is there: nobody is signed on, the till is locked, or somebody wants to sign on."""

    SIGN_ON = "sign_on"
    LOCKED = "locked"
    SWITCH = "switch"


class Gate(Proof, frozen=True, kw_only=True):
    """The sign-on screen. `scanned`: a code was scanned that opens nothing.

    `choosing`: the languages are offered; `language`: the one that was chosen here, by whoever signs on next.
    """

    why: Why = Why.SIGN_ON
    scanned: bool = False
    choosing: bool = False
    language: str = ""

    @property
    def is_shut(self) -> bool:
        """Nothing else can be done before somebody signs on."""
        return self.why is not Why.SWITCH


class Staff(Struct, frozen=True):
    """The people of this till, and who of them is signed on.

    `hidden`: what names a customer is not shown. `unseen`: a result came, and nobody has touched the till since.
    `idle_s` counts the seconds since the last touch, scan or call that ended; `touched_at` is when that was. `proofs`
    numbers what is proved.
    """

    people: tuple[Person, ...] = ()
    on: Person | None = None
    gate: Gate | None = None
    hidden: bool = False
    unseen: bool = False
    idle_s: int = 0
    touched_at: datetime | None = None
    proofs: int = 0

    @property
    def name(self) -> str:
        """Who is signed on; "" when nobody is."""
        return self.on.name if self.on is not None else ""

    @property
    def is_shut(self) -> bool:
        return self.gate is not None and self.gate.is_shut


# ---------------------------------------------------------------- what happens


class PeopleChanged(Struct, frozen=True):
    """Somebody was added or removed; the list has to be read again."""


class PeopleListed(Struct, frozen=True):
    people: tuple[Person, ...]


class SwitchTapped(Struct, frozen=True):
    """Somebody wants to sign on: nobody has to, or another one is signed on."""


class PersonTapped(Struct, frozen=True):
    name: str


class ProveTapped(Struct, frozen=True):
    """The PIN is typed."""


class GateLeft(Struct, frozen=True):
    """Back from the sign-on screen, where nobody has to sign on."""


class LanguagesTapped(Struct, frozen=True):
    """Offer the languages on the sign-on screen."""


class LockTapped(Struct, frozen=True):
    pass


class SignOffTapped(Struct, frozen=True):
    pass


class ShowTapped(Struct, frozen=True):
    """Show what was hidden."""


class Touched(Struct, frozen=True):
    """The glass was touched where it means nothing: somebody is there."""


class Closing(Struct, frozen=True):
    """The till is being closed: what the open sale holds is given back, whoever is signed on."""


_AtGate = PersonTapped | ProveTapped | GateLeft | LanguagesTapped
Tapped = SwitchTapped | _AtGate | LockTapped | SignOffTapped | ShowTapped | Touched
Event = Tapped | PeopleChanged | PeopleListed | Closing | approve.Tapped | approve.Proved


# ---------------------------------------------------------------- what is asked for


class ListPeople(Struct, frozen=True):
    pass


Effect = ListPeople | approve.Prove
