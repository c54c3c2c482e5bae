"""What the needs-attention screens show, as frozen values: the list with one entry of it, and an approval."""

from __future__ import annotations

from msgspec import Struct

from pos_app.ui.screen import Action, Glyph, Step, Till, Tone, TypedCard


class Choice(Struct, frozen=True):
    """One of several: a list, a reason, a person."""

    words: str
    event: object
    chosen: bool = False
    detail: str = ""
    icon: str = ""


class DeskRow(Struct, frozen=True):
    """One entry in one sentence, what it is about, and where it stands."""

    key: str
    glyph: Glyph
    tone: Tone
    title: str
    meta: str
    state: str
    event: object
    chosen: bool = False


class Detail(Struct, frozen=True):
    """One entry whole. `facts` = (label, words); `problem` = why the last decision was not carried out."""

    glyph: Glyph
    tone: Tone
    title: str
    text: str
    amount: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    problem: str = ""
    acts_title: str = ""
    acts_text: str = ""
    acts: tuple[Action, ...] = ()


class DeskBody(Struct, frozen=True):
    """The list and one entry of it, side by side; a narrow screen shows the entry when it is `opened`, else the list.

    It takes the whole width: `till` has a main action only. `list_till` stands beside a list alone, `to_list` leads
    back to it.
    """

    piles: tuple[Choice, ...]
    rows: tuple[DeskRow, ...]
    empty: str
    older: Action | None
    note: str
    detail: Detail | None
    opened: bool
    actions: tuple[Action, ...]
    to_list: Action
    till: Till
    list_till: Till

    def shown_till(self, compact: bool) -> Till:
        """The main action that belongs to what is seen."""
        return self.list_till if compact and not self.opened else self.till


class PinCard(TypedCard, frozen=True):
    """The card above the keypad while a PIN is typed: how many digits, never which. `tone`: that of the hint."""

    dots: int = 0
    tone: Tone = "plain"


class ApprovalBody(Struct, frozen=True):
    """A decision that waits for its approval: what it will do, why, and who answers for it.

    With an `icon` it is a calm form of the same build: what it is about, two choices, and the figure on the keypad.
    """

    title: str
    text: str
    reasons_title: str
    reasons: tuple[Choice, ...]
    people_title: str
    people: tuple[Choice, ...]
    actions: tuple[Action, ...]
    till: Till
    problem: str = ""
    problem_glyph: Glyph = "bad"
    icon: str = ""
