"""What came of a sale: the result in words, the paper, and the points."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.domain.receipt import Receipt
from pos_app.ui.screen import DoneBody
from pos_app.ui.slip import SlipView
from pos_app.ui.views.points import points_card
from pos_app.ui.views.rows import amend_row, sale_row
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import STATE_TONE, Box, Text, bare, h, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit


def printed_line(kit: Kit, body: DoneBody, on: str) -> QWidget:
    """Whether the slip is printed, and the way to print it again."""
    look = kit.look
    tone = STATE_TONE[body.printed_glyph]
    words = Text(look, body.printed, "strong", tone)
    again = Button(kit, body.print_again, "button_big" if look.compact else "button")
    icon = state_icon(look, body.printed_glyph, 22, on)
    return bare(h(icon, (words, 1), v(1.0, again, 1.0), gap=look.px(8)))


class SlipTray(Box):
    """The slip as a picture of paper, with what is said of the paper below it."""

    def __init__(self, kit: Kit, slip: Receipt, below: QWidget) -> None:
        super().__init__(kit.look, "sunken")
        self._slip = SlipView(kit.look, slip)
        self._below = below
        for part in (self._slip, below):
            part.setParent(self)

    def heightForWidth(self, width: int) -> int:
        pad = self.look.px(14)
        below = self._below.heightForWidth(width - 2 * pad)
        return self._slip.wish(width - 2 * pad) + below + pad * 2 + self.look.px(8)

    def hasHeightForWidth(self) -> bool:
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        pad = self.look.px(14)
        wide = self.width() - 2 * pad
        foot = self._below.heightForWidth(wide)
        y = self.height() - pad - foot
        self._below.setGeometry(pad, y, wide, foot)
        self._slip.setGeometry(pad, pad, wide, y - self.look.px(8) - pad)


class DoneView(QWidget):
    """The body after a sale. The slip's picture needs a column; a narrow screen leaves it out."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._pages = Pages(kit, amend_row, gap=kit.look.gap)
        self._tray = Zone(kit)
        self._foot = Zone(kit)
        self._body: DoneBody | None = None
        for part in (self._pages, self._tray, self._foot):
            part.setParent(self)

    def put(self, body: DoneBody) -> None:
        """Show the result."""
        self._body = body
        compact, narrow = self.kit.look.compact, not self.kit.look.compact and not self.kit.look.wide
        hero = (body.glyph, body.tone, body.title, body.text)
        rows = [Row("hero", hero, lambda: self._hero(body))]
        if compact and body.points is not None:
            rows.append(Row("points", body.points, partial(points_card, self.kit, body.points)))
        rows += [Row(("row", row.key), row, partial(sale_row, self.kit, row, narrow)) for row in body.rows]
        self._pages.put(rows)
        paper = (body.slip, body.printed, body.printed_glyph, body.print_again)
        self._tray.put(None if compact else paper, lambda: self._build_tray(body))
        self._foot.put((body.actions, paper if compact else None), lambda: self._build_foot(body))
        self._place()

    def _hero(self, body: DoneBody) -> QWidget:
        look, glyph, tone, title, text = self.kit.look, body.glyph, body.tone, body.title, body.text
        kind, ink = ("chip-plain", "ink") if tone == "plain" else (tone, tone)
        on = "sunken" if tone == "plain" else f"{tone}_fill"
        if look.compact:
            words = v(Text(look, title, "h1", ink), Text(look, text), gap=look.px(2))
            return Box(look, kind, h(state_icon(look, glyph, 56, on), (words, 1), gap=look.px(16), pad=look.px(14)))
        icon = h(state_icon(look, glyph, 72, on), 1.0)
        words = v(icon, look.px(8), Text(look, title, "hero", ink), Text(look, text, "h3"), gap=look.px(4))
        words.setContentsMargins(*(look.px(n) for n in (22, 20, 18, 20)))
        return Box(look, kind, words)

    def _build_tray(self, body: DoneBody) -> QWidget:
        return SlipTray(self.kit, body.slip, printed_line(self.kit, body, "sunken"))

    def _build_foot(self, body: DoneBody) -> QWidget | None:
        actions = body.actions
        bar = ActionBar(self.kit, actions) if actions else None
        if not self.kit.look.compact:
            return bar
        line = printed_line(self.kit, body, "canvas")
        if bar is None:
            return line
        beside = bar.sizeHint().width() + line.sizeHint().width() <= self.kit.look.places.work.width()
        if beside and len(actions) == 1:
            return bare(h(Button(self.kit, actions[0], "button_big"), 1.0, line, gap=self.kit.look.px(8)))
        return bare(v(line, bar, gap=self.kit.look.px(8)))

    def _place(self) -> None:
        look, gap = self.kit.look, self.kit.look.px(12)
        tray = 0 if look.compact else min(look.px(400), max(look.px(350), self.width() // 3))
        wide = self.width() - (tray + gap if tray else 0)
        left, right = (tray + gap, 0) if look.mirror else (0, wide + gap)
        if not tray:
            left = 0
        foot = self._foot.height_at(wide)
        self._foot.setGeometry(left, self.height() - foot, wide, foot)
        self._pages.setGeometry(left, 0, wide, self.height() - (foot + gap if foot else 0))
        tall = min(self._tray.height_at(tray), self.height()) if tray else 0
        self._tray.setGeometry(right, 0, tray, tall)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place()
