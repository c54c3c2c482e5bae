"""What the test of the screen shows, as frozen values: fields to touch over the whole glass, then plain colours."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from pos_app.ui.screen import Action, Till


class GlassBody(Struct, frozen=True):
    """It covers the whole window. `colour` "": fields are touched; else the whole glass has it (#RRGGBB).

    `event(number)` makes the event of a field, numbered from the top left; `name` is a field's accessible name with
    {n}. `next` ends this part; where there are fields, it stands on a card in place of some of
    them, which moves away once the others are touched.
    """

    columns: int
    rows: int
    hit: frozenset[int]
    colour: str
    text: str
    name: str
    event: Callable[[int], object]
    next: Action
    till: Till
