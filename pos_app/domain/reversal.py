"""What is undone of a sale, part by part, as the till keeps it with the sale."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pos_app.domain.codes import Ref

NOT_MADE = Ref("")
"""The reference of a part that is only planned."""


class Policy(Struct, frozen=True):
    """What the shop allows. `approval`: a second person has to agree; `vouchers`: used ones are asked back."""

    allowed: bool = True
    within: timedelta = timedelta(hours=24)
    approval: bool = True
    vouchers: bool = True


class Undo(StrEnum):
    """What a part undoes. UNSENT: Perx never hears of it; the best there is."""

    UNSENT = "unsent"
    POINTS = "points"
    VOUCHER = "voucher"


class Part(Struct, frozen=True):
    """One part of a reversal, with the reference of its own command (of what was given up, for UNSENT).

    `state`, `problem` and `said` are its outbox entry's. Units: `points` is how the balance is to change, `moved` how
    Perx changed it. `back`: the state of the voucher that Perx told in the end.
    """

    ref: Ref
    what: Undo
    state: str = "waiting"
    problem: str = ""
    said: str = ""
    points: int = 0
    moved: int | None = None
    voucher_id: int = 0
    title: str = ""
    back: str = ""

    @property
    def key(self) -> tuple[Undo, int]:
        """What it is about: of these only one may be under way or done."""
        return self.what, self.voucher_id

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "refused")

    def settled(self, state: str, problem: str, said: str, answer: Mapping[str, Any]) -> Part:
        """The part after its entry changed."""
        moved, back = answer.get("points"), answer.get("state")
        return replace(
            self,
            state=state,
            problem=problem,
            said=said,
            moved=moved if isinstance(moved, int) else self.moved,
            back=back if isinstance(back, str) else self.back,
        )


class Reversal(Struct, frozen=True):
    """What was undone of a sale, by whom and why. `points_after`: the balance afterwards, None while it is not known.

    `asked_by` and `approved_by` are "" where nobody was signed on, or nobody had to agree. Units: `at` ISO 8601 UTC.
    """

    ref: Ref
    at: str
    why: str
    asked_by: str = ""
    approved_by: str = ""
    parts: tuple[Part, ...] = ()
    points_after: int | None = None

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.at).astimezone(UTC)

    @property
    def is_over(self) -> bool:
        return all(one.is_over for one in self.parts)

    def part(self, ref: str) -> Part | None:
        return next((one for one in self.parts if one.ref == ref), None)

    def with_part(self, part: Part) -> Reversal:
        """The reversal with one part as it stands now."""
        return replace(self, parts=tuple(part if one.ref == part.ref else one for one in self.parts))


def from_body(body: Mapping[str, Any]) -> Reversal:
    """The reversal that was kept; fields of a newer program are left out.

    Errors: TypeError, ValueError or KeyError when something needed is missing or makes no sense.
    """
    known, of_part = (set(kind.__struct_fields__) for kind in (Reversal, Part))
    values = {name: value for name, value in body.items() if name in known}
    values["parts"] = tuple(
        Part(**{**{name: value for name, value in row.items() if name in of_part}, "what": Undo(row["what"])})
        for row in values.get("parts", ())
    )
    return Reversal(**values)
