"""The card of the guided first shift, as frozen values: the next thing to do, and how far it is."""

from __future__ import annotations

from msgspec import Struct

from pos_app.ui.screen import Action


class LessonCard(Struct, frozen=True):
    """`count` is how far it is (3 of 10), `title` what to do, `text` how. The first action does it where it can."""

    count: str
    title: str
    text: str
    actions: tuple[Action, ...]
