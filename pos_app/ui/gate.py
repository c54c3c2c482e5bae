"""What the sign-on screen shows, as frozen values."""

from __future__ import annotations

from msgspec import Struct

from pos_app.ui.desk import Choice
from pos_app.ui.screen import Action, Glyph, Till, Tone


class Strip(Struct, frozen=True):
    """Something to read before one goes on: why a badge was not taken, or that a code was scanned for nothing."""

    glyph: Glyph
    tone: Tone
    text: str


class SignOnBody(Struct, frozen=True):
    """Who is at the till: the shop and its clock, a badge or a name, and the PIN on the till zone's pad.

    `kept`: what of the sale waits under it. A narrow screen leaves shop and clock out.
    """

    shop: str
    place: str
    clock: str
    day: str
    badge_title: str
    badge_text: str
    title: str
    text: str
    people: tuple[Choice, ...]
    actions: tuple[Action, ...]
    till: Till
    strip: Strip | None = None
    empty: str = ""
