"""The card of the guided first shift, above the body."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from pos_app.ui.lesson import LessonCard
from pos_app.ui.widgets.surface import Box, Text, h, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit


def lesson_box(kit: Kit, card: LessonCard) -> QWidget:
    """What to do next, how far it is, and what helps with it."""
    look = kit.look
    tight = look.compact
    count = Text(look, card.count, "caption", "train")
    title = Text(look, card.title, "strong" if tight else "h3", "train")
    text = Text(look, card.text, "caption" if tight else "body", "ink") if card.text else None
    words = v(h((title, 1), count, gap=look.px(8)), text, gap=look.px(1))
    buttons = [v(1.0, Button(kit, one, "floor" if tight else "button"), 1.0) for one in card.actions]
    icon = None if tight else state_icon(look, "train", 32, "train_fill")
    pad = (look.px(14), look.px(8), look.px(8), look.px(8))
    return Box(look, "train", h(icon, (words, 1), *buttons, gap=look.px(10), pad=pad))
