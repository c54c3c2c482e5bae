"""No answer yet: what is known, what is being done, and what to say to the customer."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.screen import CheckingBody, Say
from pos_app.ui.views.customer import member_card
from pos_app.ui.views.rows import amend_row, sale_row
from pos_app.ui.widgets.marks import Steps
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import Box, Icon, Text, bare, h, height_of, state_icon, v
from pos_app.ui.widgets.taps import Kit


def say_box(kit: Kit, say: Say) -> QWidget:
    """What the cashier can read out."""
    look = kit.look
    words = v(Text(look, say.title, "caption", "ink2"), Text(look, say.text, "h3"), gap=look.px(3))
    hand = Icon(look, "hand", 28, "ink2", "sunken")
    return Box(look, "sunken", h(v(hand, 1.0), (words, 1), gap=look.px(14), pad=look.px(14)))


class CheckingView(QWidget):
    """The body while an answer is looked for. On a narrow screen its parts page."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._left = Zone(kit)
        self._pages = Pages(kit, amend_row, gap=kit.look.gap)
        self._body: CheckingBody | None = None
        for part in (self._left, self._pages):
            part.setParent(self)

    def put(self, body: CheckingBody) -> None:
        """Show what is known."""
        self._body = body
        compact = self.kit.look.compact
        self._left.put(None if compact else (body.customer, body.say), lambda: self._build_left(body))
        rows = [Row("panel", (body.title, body.text), lambda: self._panel(body))]
        rows += [Row(("row", row.key), row, partial(sale_row, self.kit, row)) for row in body.rows]
        if body.steps:
            rows.append(Row("steps", (body.steps_title, body.steps), lambda: self._steps(body)))
        if compact:
            rows.append(Row("say", body.say, lambda: say_box(self.kit, body.say)))
        self._pages.put(rows)
        self._place()

    def _build_left(self, body: CheckingBody) -> QWidget:
        card = member_card(self.kit, body.customer) if body.customer is not None else None
        return bare(v(card, say_box(self.kit, body.say), 1.0, gap=self.kit.look.px(12)))

    def _steps(self, body: CheckingBody) -> QWidget:
        look = self.kit.look
        pad = (look.px(18), look.px(12), look.px(18), look.px(8))
        title = Text(look, body.steps_title, "h3")
        return Box(look, "card", v(title, look.px(4), Steps(look, body.steps), pad=pad))

    def _panel(self, body: CheckingBody) -> QWidget:
        look = self.kit.look
        icon = state_icon(look, "unknown", 52, "unknown_fill")
        words = v(Text(look, body.title, "h1", "unknown"), Text(look, body.text), gap=look.px(3))
        return Box(look, "unknown", h(v(icon, 1.0), (words, 1), gap=look.px(16), pad=look.px(16)))

    def _place(self) -> None:
        look = self.kit.look
        if look.compact:
            self._left.setGeometry(0, 0, 0, 0)
            self._pages.setGeometry(0, 0, self.width(), self.height())
            return
        gap = look.px(12)
        wide = look.px(320) if look.wide else min(look.px(340), max(look.px(272), self.width() * 2 // 5))
        if self._left.content is None or height_of(self._left.content, wide) <= 0:
            wide = 0
        rest = self.width() - (wide + gap if wide else 0)
        left_x, rest_x = (rest + gap, 0) if look.mirror else (0, wide + gap if wide else 0)
        self._left.setGeometry(left_x, 0, wide, self.height())
        self._pages.setGeometry(rest_x, 0, rest, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place()
