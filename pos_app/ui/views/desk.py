"""Needs attention: the list and one entry of it side by side; a narrow screen shows one or the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.desk import DeskBody, DeskRow, Detail
from pos_app.ui.screen import Action
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.marks import Steps
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import Box, Figure, Icon, Rule, Text, bare, h, height_of, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit, Pane, Segments

_TONE = {"ok": "ok", "bad": "bad", "wait": "wait", "unknown": "unknown", "train": "train", "plain": "ink2"}
_LIST_PX, _LIST_WIDE_PX, _LABEL_PX = 372, 460, 132


def desk_row(kit: Kit, row: DeskRow) -> QWidget:
    """One entry of the list, in one sentence; the whole row opens it."""
    look = kit.look
    words = v(
        Text(look, row.title, "strong"),
        Text(look, row.meta, "caption", "ink2"),
        Text(look, row.state, "caption", _TONE[row.tone]),
        gap=look.px(3),
    )
    lead = v(state_icon(look, row.glyph, 32, "select" if row.chosen else "surface"), 1.0)
    pad = (look.px(14), look.px(10), look.px(10), look.px(10))
    inner = h(lead, (words, 1), Icon(look, "chevron-right", 22, "ink3"), gap=look.px(14), pad=pad)
    pane = Pane(kit, inner, "tile", Action(f"{row.title} {row.meta}, {row.state}", row.event))
    pane.chosen = row.chosen
    pane.setAccessibleDescription(look.words.chosen if row.chosen else "")
    return pane


def note_line(kit: Kit, words: str) -> QWidget:
    """The promise that stands below the list."""
    look = kit.look
    lock = v(1.0, Icon(look, "lock", 20, "ink3", "canvas"), 1.0)
    return bare(h(lock, (Text(look, words, "caption", "ink2"), 1), gap=look.px(10), pad=(look.px(4), 0, 0, 0)))


class DeskFoot(QWidget):
    """What stands left of the main action: the note below the list, and the ways back below the entry."""

    def __init__(self, kit: Kit, body: DeskBody) -> None:
        super().__init__()
        self.kit = kit
        compact = kit.look.compact
        actions = (body.to_list, *body.actions) if compact and body.opened else () if compact else body.actions
        self._bar = ActionBar(kit, actions) if actions else None
        self._note = note_line(kit, body.note) if not (compact and body.opened) else None
        for part in (self._bar, self._note):
            if part is not None:
                part.setParent(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        look, wide, tall = self.kit.look, self.width(), self.height()
        column = wide if look.compact else list_width(self.kit, look.places.work.united(look.places.till).width())
        column = min(column, wide)
        rest = wide - column - look.px(12)
        left, right = (0, column + look.px(12)) if not look.mirror else (rest + look.px(12), 0)
        if self._note is not None:
            high = min(height_of(self._note, column), tall)
            self._note.setGeometry(left, tall - high, column, high)
        if self._bar is not None:
            x, width = (0, wide) if self._note is None else (right, rest)
            high = min(self._bar.heightForWidth(width), tall)
            self._bar.setGeometry(x, tall - high, width, high)


def list_width(kit: Kit, whole: int) -> int:
    """The width of the list beside an entry. Units: px."""
    return min(kit.look.px(_LIST_WIDE_PX if kit.look.wide else _LIST_PX), whole * 2 // 5)


class DetailPane(QWidget):
    """One entry: what happened, what was told, who settles it; below it what a supervisor may do."""

    def __init__(self, kit: Kit, detail: Detail) -> None:
        super().__init__()
        self.kit, self._shown = kit, detail
        self._acts = self._build_acts() if detail.acts else None
        self._card: QWidget | None = None
        if self._acts is not None:
            self._acts.setParent(self)

    def _build_acts(self) -> QWidget:
        look, detail = self.kit.look, self._shown
        said = v(Text(look, detail.acts_title, "h3"), Text(look, detail.acts_text, "caption", "ink2"), gap=look.px(1))
        head = h(v(state_icon(look, "super", 30, "sunken"), 1.0), (said, 1), gap=look.px(12))
        taps = h(*[(Button(self.kit, act), 1) for act in detail.acts], gap=look.px(12))
        pad = (look.px(16), look.px(9), look.px(16), look.px(12))
        return Box(look, "sunken", v(head, taps, gap=look.px(8), pad=pad))

    def _parts(self) -> list[Callable[[], QWidget]]:
        """What makes the parts of the card: head, what went wrong, facts, steps."""
        detail = self._shown
        problem = [partial(self._problem, detail.problem)] if detail.problem else []
        return [self._head, *problem, self._facts, lambda: Steps(self.kit.look, detail.steps)]

    def _head(self) -> QWidget:
        look, detail = self.kit.look, self._shown
        icon = v(state_icon(look, detail.glyph, 44), 1.0)
        said = v(Text(look, detail.title, "h1"), Text(look, detail.text, "body", "ink2"), gap=look.px(2))
        figure = v(Figure(look, detail.amount, "amount_m"), 1.0) if detail.amount else None
        return bare(h(icon, (said, 1), figure, gap=look.px(14)))

    def _problem(self, words: str) -> QWidget:
        look = self.kit.look
        icon = v(state_icon(look, "notyet", 24, "wait_fill"), 1.0)
        return Box(look, "wait", h(icon, (Text(look, words, "body", "wait"), 1), gap=look.px(10), pad=look.px(10)))

    def _facts(self) -> QWidget:
        return bare(v(*[self._fact(*fact) for fact in self._shown.facts], gap=self.kit.look.px(6)))

    def _fact(self, label: str, words: str) -> QWidget:
        look = self.kit.look
        name = Text(look, label, "caption", "ink2")
        name.setFixedWidth(look.px(_LABEL_PX))
        return bare(h(v(name, 1.0), (v(Text(look, words), 1.0), 1), gap=look.px(8)))

    def _build_card(self, wide: int, room: int) -> QWidget:
        """All on one card where it fits; else the parts page."""
        look = self.kit.look
        head, *middle, steps = [make() for make in self._parts()]
        line, gap, pad = bare(v(look.px(9), Rule(look), look.px(9))), look.px(8), look.px(18)
        card = Box(look, "card", v(head, line, *middle, gap, steps, 1.0, gap=look.px(2), pad=(pad, pad, pad, gap)))
        if height_of(card, wide) <= room:
            return card
        card.deleteLater()
        pages = Pages(self.kit, gap=gap)
        pages.put([Row(i, i, partial(self._boxed, make)) for i, make in enumerate(self._parts())])
        return pages

    def _boxed(self, make: Callable[[], QWidget]) -> QWidget:
        look, part = self.kit.look, make()
        inset = (look.px(16), look.px(10), look.px(16), look.px(10))
        return part if isinstance(part, Box) else Box(look, "card", v(part, pad=inset))

    def resizeEvent(self, event: QResizeEvent) -> None:
        gap, wide = self.kit.look.px(12), self.width()
        foot = height_of(self._acts, wide) if self._acts is not None else 0
        room = self.height() - (foot + gap if foot else 0)
        if self._acts is not None:
            self._acts.setGeometry(0, self.height() - foot, wide, foot)
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
        self._card = self._build_card(wide, room)
        self._card.setParent(self)
        self._card.setGeometry(0, 0, wide, room)
        self._card.show()


class DeskView(QWidget):
    """The body of the list and its entry."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._segments = Zone(kit)
        self._pages = Pages(kit, gap=kit.look.px(10), follow=False)  # the list moves on by itself all day
        self._detail = Zone(kit)
        self._body: DeskBody | None = None
        for part in (self._segments, self._pages, self._detail):
            part.setParent(self)

    def put(self, body: DeskBody) -> None:
        """Show the list, and the entry that is looked at."""
        self._body = body
        words = tuple((pile.words, pile.chosen) for pile in body.piles)
        self._segments.put(words, lambda: self._build_segments(body))
        rows = [Row(row.key, row, partial(desk_row, self.kit, row)) for row in body.rows]
        if body.older is not None:
            rows.append(Row("older", body.older, partial(Button, self.kit, body.older), counted=False))
        self._pages.put(rows or [Row("empty", body.empty, partial(self._empty, body.empty))])
        detail = body.detail
        self._detail.put(detail, lambda: DetailPane(self.kit, detail) if detail is not None else None)
        self._place()

    def _build_segments(self, body: DeskBody) -> QWidget:
        segments = Segments(self.kit, [pile.words for pile in body.piles], self._choose)
        segments.choose(next((i for i, pile in enumerate(body.piles) if pile.chosen), 0))
        return segments

    def _choose(self, index: int) -> None:
        if self._body is not None:
            self.kit.emit(self._body.piles[index].event)

    def _empty(self, words: str) -> QWidget:
        look = self.kit.look
        return Box(look, "card", v(Text(look, words, "body", "ink2", "centre"), pad=look.px(28)))

    def _place(self) -> None:
        body, look, gap = self._body, self.kit.look, self.kit.look.px(12)
        if body is None or self.width() < 100:
            return
        alone = look.compact or body.detail is None
        shows_list = not (look.compact and body.opened)
        column = list_width(self.kit, self.width()) if not look.compact else self.width()
        rest = self.width() - column - gap
        left, right = (rest + gap, 0) if look.mirror and not look.compact else (0, column + gap)
        if shows_list:
            content = self._segments.content
            top = content.height_at(column) if isinstance(content, Segments) else 0
            self._segments.setGeometry(left, 0, column, top)
            self._pages.setGeometry(left, top + look.px(10), column, self.height() - top - look.px(10))
        self._segments.setVisible(shows_list)
        self._pages.setVisible(shows_list)
        if look.compact:
            self._detail.setGeometry(0, 0, self.width(), self.height())
        else:
            self._detail.setGeometry(right, 0, rest, self.height())
        self._detail.setVisible(body.detail is not None and not (alone and shows_list))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()
