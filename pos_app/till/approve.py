"""An approval by a second person, with a reason: one part for whatever a cashier may not decide alone. Pure.

What it is about is a `Subject`. To let something else be approved: add its class here with its usual reasons, its
words to `ui/present/approval`, and what follows to `step`. The approval itself knows none of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from pos_app.domain.attention import MAX_REASON, REASONS, Act
from pos_app.domain.codes import Ref
from pos_app.domain.people import Denied, Person
from pos_app.domain.records import Discreet
from pos_app.language import N_
from pos_app.till import proof
from pos_app.till.history import Plan
from pos_app.till.proof import Proof
from pos_app.till.servicing import Page


class SettleEntry(Struct, frozen=True):
    """Settle an entry of the queue by hand."""

    ref: Ref
    act: Act

    @property
    def reasons(self) -> tuple[str, ...]:
        return REASONS[self.act]


class TypedMember(Discreet, frozen=True):
    """Take a member's number that was typed and not scanned. `text` is the typed code."""

    HIDDEN = ("text",)
    text: str

    @property
    def reasons(self) -> tuple[str, ...]:
        return N_("The code cannot be read"), N_("The customer has no code here"), N_("The scanner does not work")


class ReverseSale(Struct, frozen=True):
    """Undo a finished sale, as planned."""

    plan: Plan
    reasons: ClassVar[tuple[str, ...]] = (
        N_("The customer brought it back"),
        N_("It was rung up wrongly"),
        N_("It was another customer's"),
    )


class CloseTill(Struct, frozen=True):
    """Close a till that stands as a kiosk. It decides no sale, so a supervisor who is signed on may do it alone."""

    reasons: ClassVar[tuple[str, ...]] = (
        N_("The day is over"),
        N_("The till is to be started again"),
        N_("Somebody works on the till"),
    )


class OpenService(Struct, frozen=True):
    """See a page of the service screen that shows customers' codes, or what a till is set up with."""

    page: Page
    reasons: ClassVar[tuple[str, ...]] = (
        N_("The scanner does not work"),
        N_("IT asked for it"),
        N_("Somebody works on the till"),
    )


class CloseShift(Struct, frozen=True):
    """Close the open shift, where the shop lets only a supervisor do so. It decides no sale either."""

    number: int
    reasons: ClassVar[tuple[str, ...]] = (
        N_("The shift is over"),
        N_("Another person takes over"),
        N_("The day is over"),
    )


class RecentMember(Discreet, frozen=True):
    """Take a customer of lately again, who has shown no code now; as a typed number, where that needs an approval."""

    HIDDEN = ("identifier",)
    identifier: str
    reasons: ClassVar[tuple[str, ...]] = (
        N_("The customer came back"),
        N_("The customer has no code here"),
        N_("The scanner does not work"),
    )


class GivePoints(Discreet, frozen=True):
    """Give points by hand."""

    HIDDEN = ("identifier",)
    identifier: str
    points: int
    reasons: ClassVar[tuple[str, ...]] = (
        N_("Points of an earlier sale are missing"),
        N_("To make up for a mistake"),
        N_("A promise of the shop"),
    )


Subject = RecentMember | GivePoints | SettleEntry | TypedMember | ReverseSale | CloseTill | CloseShift | OpenService


class Ask(Proof, frozen=True, kw_only=True):
    """A decision that waits for its reason and its approval. `typing`: a reason of one's own is being typed.

    `not_by`: who may not approve it, because they ask for it.
    """

    subject: Subject
    not_by: str = ""
    reason: str = ""
    other: str = ""
    typing: bool = False

    def lacks(self, now: datetime) -> str:
        """What is missing before it can be approved, as a key; "" when nothing is."""
        missing = super().lacks(now)
        return "reason" if not self.reason and missing not in ("busy", "nobody") else missing


# ---------------------------------------------------------------- what happens


class ReasonTapped(Struct, frozen=True):
    reason: str


class OtherTapped(Struct, frozen=True):
    """A reason of one's own."""


class OtherEntered(Struct, frozen=True):
    pass


class ApproverTapped(Struct, frozen=True):
    name: str


class ApproveTapped(Struct, frozen=True):
    pass


class AskLeft(Struct, frozen=True):
    """Back from the approval, or from typing its reason."""


class Proved(Struct, frozen=True):
    """What came of a proof: who it is, or why it is not taken. `ask` is the approval that it was given for, if any."""

    number: int
    verdict: Person | Denied
    ask: Ask | None = None


Tapped = ReasonTapped | OtherTapped | OtherEntered | ApproverTapped | ApproveTapped | AskLeft


# ---------------------------------------------------------------- what is asked for


class Prove(Discreet, frozen=True):
    """Look whether a PIN or a badge is good: of anybody who works here, or for an approval of who may approve it."""

    HIDDEN = ("pin", "badge")
    number: int
    name: str = ""
    pin: str = ""
    badge: str = ""
    ask: Ask | None = None


Step = tuple[Ask | None, list[Prove]]


# ---------------------------------------------------------------- the rules


def opened(number: int, subject: Subject, people: tuple[Person, ...], not_by: str) -> Ask:
    """An approval that is asked for; the only one who may give it is chosen already."""
    names = tuple(one.name for one in people if one.role.may_approve and one.name != not_by)
    only = names[0] if len(names) == 1 else ""
    return Ask(number=number, names=names, name=only, subject=subject, not_by=not_by)


def on_tapped(ask: Ask, event: Tapped, now: datetime) -> Step:
    """A tap that belongs to the approval. None: it was left, and nothing is changed."""
    match event:
        case AskLeft() if ask.typing:
            return replace(ask, typing=False), []
        case AskLeft() if not ask.busy:
            return None, []
    if ask.busy:  # it is decided by now; to say that nothing changes would be a lie
        return ask, []
    match event:
        case ReasonTapped() if event.reason in ask.subject.reasons:
            return replace(ask, reason=event.reason), []
        case OtherTapped():
            return replace(ask, typing=True, pin=""), []
        case OtherEntered() if ask.typing and ask.other.strip():
            return replace(ask, typing=False, reason=ask.other.strip()), []
        case ApproverTapped():
            return proof.named(ask, event.name), []
        case ApproveTapped() if not ask.typing and not ask.lacks(now):
            given = proof.handed_over(ask)
            return given, [Prove(ask.number, ask.name, ask.pin, ask=given)]
    return ask, []


def on_key(ask: Ask, key: str, now: datetime) -> Ask:
    """A key: a letter of the reason that is being typed, or a digit of the PIN."""
    if not ask.typing:
        return proof.keyed(ask, key, now)
    return replace(ask, other=proof.typed(ask.other, " " if key == "Space" else key, MAX_REASON))


def on_badge(ask: Ask, badge: str) -> Step:
    """A staff badge was scanned: it approves at once, when there is a reason for it."""
    if ask.busy or ask.typing or not ask.reason:
        return ask, []
    given = proof.handed_over(ask)
    return given, [Prove(ask.number, badge=badge, ask=given)]
