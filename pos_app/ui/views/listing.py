"""A plain list: the menu, recent sales, what waits. It pages; it never scrolls."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.screen import Action, ListBody, ListRow
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import Box, Icon, Text, bare, h, plain, state_icon, v
from pos_app.ui.widgets.taps import Kit, Pane

_TONE = {"ok": "ok", "bad": "bad", "wait": "wait", "unknown": "unknown", "train": "train", "plain": "ink2"}


def list_row(kit: Kit, row: ListRow) -> QWidget:
    """One row; it is a target when it has an event."""
    look = kit.look
    title = Text(look, row.title, "strong")
    words = v(
        title,
        Text(look, row.detail, "caption", "ink2") if row.detail else None,
        gap=look.px(2),
    )
    state = Text(look, row.state, "strong", _TONE[row.tone], "right") if row.state else None
    more = Icon(look, "chevron-right", 22, "ink3") if row.event is not None else None
    pad = (look.px(14), look.px(9), look.px(12), look.px(9))
    lead = Icon(look, row.icon, 28, "ink2") if row.icon else state_icon(look, row.glyph, 30)
    inner = h(lead, (words, 2), (state, 1) if state else None, more, gap=look.px(14), pad=pad)
    name = ", ".join(part for part in (row.title, row.detail, row.state) if part)
    if row.event is not None:
        return Pane(kit, inner, "tile", Action(name, row.event))
    title.setAccessibleName(plain(name))  # a mere box has no role and is passed over
    return Box(look, "card", inner)


class ListView(QWidget):
    """The body of a list."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._head = Zone(kit)
        self._pages = Pages(kit, gap=kit.look.gap, follow=False)
        self._actions = Zone(kit)
        self._body: ListBody | None = None
        for part in (self._head, self._pages, self._actions):
            part.setParent(self)

    def put(self, body: ListBody) -> None:
        """Show a list."""
        self._body = body
        head = (body.title, body.text)
        self._head.put(head if any(head) else None, lambda: self._build_head(*head))
        rows = [Row((i, row.title), row, partial(list_row, self.kit, row)) for i, row in enumerate(body.rows)]
        self._pages.put(rows or [Row("empty", body.empty, lambda: self._empty(body.empty))])
        self._actions.put(body.actions or None, lambda: ActionBar(self.kit, body.actions))
        self._place()

    def _build_head(self, title: str, text: str) -> QWidget:
        look = self.kit.look
        heading = Text(look, title, "h2") if title else None
        words = v(heading, Text(look, text, "body", "ink2") if text else None, gap=look.px(2))
        words.setContentsMargins(look.px(4), 0, look.px(4), 0)
        return bare(words)

    def _empty(self, words: str) -> QWidget:
        look = self.kit.look
        return Box(look, "card", v(Text(look, words, "body", "ink2", "centre"), pad=look.px(28)))

    def _place(self) -> None:
        gap, wide = self.kit.look.gap, self.width()
        head, foot = self._head.height_at(wide), self._actions.height_at(wide)
        top = head + gap if head else 0
        self._head.setGeometry(0, 0, wide, head)
        self._actions.setGeometry(0, self.height() - foot, wide, foot)
        self._pages.setGeometry(0, top, wide, self.height() - top - (foot + gap if foot else 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place()
