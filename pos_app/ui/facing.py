"""What the customer's own display shows, as frozen values: result, total, points, a masked name."""

from __future__ import annotations

from msgspec import Struct

from pos_app.ui.screen import Frame, Glyph, Tone


class FacingScreen(Struct, frozen=True):
    """All that is on the customer's display. Empty words are not shown; `language` is the customer's where known."""

    place: str
    title: str
    text: str = ""
    glyph: Glyph | None = None
    tone: Tone = "plain"
    name: str = ""
    total_label: str = ""
    total: str = ""
    points_label: str = ""
    points: str = ""
    frame: Frame | None = None
    language: str = "en"
