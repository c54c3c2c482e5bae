"""While offline: what works now, what waits for Perx, and how much waits."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from pos_app.ui.screen import MeterLine, Works
from pos_app.ui.views.customer import glyph_words
from pos_app.ui.widgets.marks import Meter
from pos_app.ui.widgets.pages import Pages, Row
from pos_app.ui.widgets.surface import Box, Rule, Text, bare, chip, h, v
from pos_app.ui.widgets.taps import Kit


class LinesCard(Box):
    """A card of lines that pages when it is too long."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit.look, "card")
        self.kit = kit
        self.pages = Pages(kit, gap=kit.look.px(3))
        self.setLayout(v((self.pages, 1), pad=kit.look.px(14)))

    def wish(self, width: int) -> int:
        """The height that shows every line."""
        pads = 2 * self.kit.look.px(14)
        return self.pages.full_height(width - pads) + pads


def _rule(kit: Kit) -> QWidget:
    return bare(v(kit.look.px(4), Rule(kit.look), kit.look.px(4)))


def works_rows(kit: Kit, works: Works) -> list[Row]:
    """What waits for Perx and what works now, each under its title."""
    rows: list[Row] = []
    for title, good in ((works.waits_title, False), (works.works_title, True)):  # what cannot be done is seen first
        lines = [line for line in works.lines if line.works is good]
        if lines and rows:
            rows.append(Row("rule", None, partial(_rule, kit)))
        if lines:
            rows.append(Row(("title", good), title, partial(Text, kit.look, title, "h3")))
        rows += [Row((good, i), w, partial(glyph_words, kit, w.works, w.text)) for i, w in enumerate(lines)]
    return rows


def meter_rows(kit: Kit, works: Works) -> list[Row]:
    """How much waits to be sent, against its limits."""
    rows = [Row("head", (works.meters_title, works.count), partial(_meters_head, kit, works))]
    rows += [Row(i, meter, partial(_meter, kit, meter)) for i, meter in enumerate(works.meters)]
    if works.note:
        rows.append(Row("note", works.note, partial(Text, kit.look, works.note, "caption", "ink2")))
    return rows


def _meters_head(kit: Kit, works: Works) -> QWidget:
    look = kit.look
    count = chip(look, "wait", works.count) if works.count else None
    return bare(h(Text(look, works.meters_title, "h3"), 1.0, count, gap=look.px(8)))


def _meter(kit: Kit, line: MeterLine) -> QWidget:
    gap = kit.look.px(4)
    return bare(v(Meter(kit.look, line), pad=(0, gap, 0, gap)))
