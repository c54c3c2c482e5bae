"""The points card: what Perx gave, or what we only estimate."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from pos_app.ui.screen import Points
from pos_app.ui.widgets.surface import Box, Figure, Part, Rule, Text, chip, h, state_icon, v
from pos_app.ui.widgets.taps import Kit


def points_card(kit: Kit, points: Points) -> QWidget:
    """The points of a sale. An estimate has its own glyph and a second tone; a final figure has Perx's word."""
    look = kit.look
    glyph, tone = ("ok", "ok") if points.final else ("estimate", "ink2")
    figure = Figure(look, points.figure, "amount_l", "ink" if points.final else "ink2")
    said = Text(look, points.label, "strong" if points.final else "body", tone)
    head = h(Text(look, points.title, "h3"), 1.0, chip(look, points.chip_glyph, points.chip), gap=look.px(8))
    main = h(state_icon(look, glyph, 22), said, 1.0, figure, gap=look.px(10))
    text = Text(look, points.text, "caption", "ink2") if points.text else None
    further: list[Part] = []
    for line in points.lines:
        amount = Figure(look, line.amount, "amount_s", "ink" if line.strong else "ink2")
        row = h(Text(look, line.label, "body", "ink2"), 1.0, amount, gap=look.px(8))
        further += [look.px(3), Rule(look), look.px(3), row]
    pad = (look.px(16), look.px(10), look.px(16), look.px(10))
    return Box(look, "card", v(head, look.px(2), main, text, *further, gap=look.px(2), pad=pad))
