"""A report: tiles on top, tables and remarks under them. It pages; it never scrolls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from pos_app.ui.report import FactsCard, Note, Part, Remark, ReportBody, Table, Tile
from pos_app.ui.theme import Look
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import Box, Figure, Rule, Text, bare, h, height_of, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit

_TOGETHER = 4
"""Rows of a table that stay together; a longer one may go on on the next page."""

_TILES_PX = 500

_TONE = {"ok": "ok", "bad": "bad", "wait": "wait", "unknown": "unknown", "train": "train", "plain": "ink2"}


def tile_box(kit: Kit, tile: Tile) -> QWidget:
    """One figure with its label above and its meaning below."""
    look = kit.look
    label = Text(look, tile.short if look.compact else tile.label, "caption", "ink2")
    head = h(state_icon(look, tile.glyph, 22) if tile.glyph and not look.compact else None, (label, 1), gap=look.px(8))
    figure = Figure(look, tile.figure, "amount_m", align="left")
    pad = (look.px(12), look.px(9), look.px(8), look.px(9))
    box = Box(look, "card", v(head, figure, Text(look, tile.detail, "caption", "ink2"), 1.0, gap=look.px(1), pad=pad))
    box.setAccessibleName(", ".join((tile.label, tile.figure, tile.detail)))
    return box


def _tiles(kit: Kit, tiles: Sequence[Tile]) -> QWidget:
    """All beside each other; two and two on a narrow screen, or where a figure would not stay on its line."""
    look = kit.look
    whole = look.places.work.width()
    room = (whole - look.px(12) * (len(tiles) - 1)) // max(1, len(tiles)) - look.px(22)
    metrics = QFontMetrics(look.font("caption"))
    longest = max((metrics.horizontalAdvance(word) for one in tiles for word in one.detail.split()), default=0)
    size = len(tiles) if whole >= look.px(_TILES_PX) and longest <= room else 2
    rows = [tiles[start : start + size] for start in range(0, len(tiles), size)]
    gap = look.px(12)
    return bare(v(*[h(*[(tile_box(kit, one), 1) for one in row], gap=gap) for row in rows], gap=gap))


def table_box(kit: Kit, table: Table) -> QWidget:
    """A table: words left, figures right, the last one strong."""
    look = kit.look
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(look.px(10))
    grid.setVerticalSpacing(look.px(4))
    grid.setColumnStretch(0, 10)
    last = len(table.columns) - 1
    for column, words in enumerate(table.columns):
        grid.addWidget(Text(look, words, "caption", "ink2", "right" if column else "left"), 0, column)
        if column > 0:
            grid.setColumnStretch(column, 4 if column == last else 3)
    line = 1
    total = [table.total] if table.total else []
    for row in (*table.rows, *total):
        grid.addWidget(Rule(look), line, 0, 1, last + 1)
        is_total = row is table.total
        for column, words in enumerate(row):
            grid.addWidget(_cell(look, words, column, last, strong=is_total), line + 1, column)
        line += 2
    pad = (look.px(16), look.px(8), look.px(16), look.px(8))
    box = Box(look, "card", v(grid, pad=pad))
    told = [", ".join(part for part in row if part) for row in (table.columns, *table.rows, *total)]
    box.setAccessibleName(". ".join(told))
    return box


def _cell(look: Look, words: str, column: int, last: int, *, strong: bool) -> QWidget:
    if not column:
        return Text(look, words, "strong" if strong else "body")
    if column == last:
        return Figure(look, words, "h3" if look.compact else "amount_s")
    return Figure(look, words, "strong", "ink3" if words in ("0", "") else "ink")


def note_box(kit: Kit, note: Note) -> QWidget:
    """A title and lines under it."""
    look = kit.look
    lines = [Text(look, line, "body", "ink2") for line in note.lines]
    pad = (look.px(16), look.px(10), look.px(16), look.px(10))
    box = Box(look, "card", v(Text(look, note.title, "strong"), *lines, gap=look.px(3), pad=pad))
    box.setAccessibleName(". ".join((note.title, *note.lines)))
    return box


def remark_box(kit: Kit, remark: Remark) -> QWidget:
    """Something to know, with what can be done beside it."""
    look, plain = kit.look, remark.tone == "plain"
    fill = "surface" if plain or remark.tone == "ok" else f"{remark.tone}_fill"
    words = v(
        Text(look, remark.title, "strong", "ink" if plain else _TONE[remark.tone]),
        Text(look, remark.text, "body", "ink2" if plain or remark.tone == "ok" else "ink") if remark.text else None,
        gap=look.px(2),
    )
    icon = v(state_icon(look, remark.glyph, 28, fill), 1.0)
    tap = v(1.0, Button(kit, remark.action), 1.0) if remark.action is not None else None
    pad = (look.px(14), look.px(9), look.px(12), look.px(9))
    kind = "card" if plain or remark.tone == "ok" else remark.tone
    box = Box(look, kind, h(icon, (words, 1), tap, gap=look.px(14), pad=pad))
    box.setAccessibleName(". ".join(part for part in (remark.title, remark.text) if part))
    return box


def _rows(kit: Kit, parts: Sequence[Part]) -> Iterator[Row]:
    """The parts as rows of pages; a long table and a long note in pieces."""
    for number, part in enumerate(parts):
        match part:
            case Table():
                for n, piece in enumerate(_pieces(part)):
                    yield Row((number, n), piece, partial(table_box, kit, piece))
            case Note():
                for n in range(0, len(part.lines), _TOGETHER):
                    piece_of = replace(part, lines=part.lines[n : n + _TOGETHER])
                    yield Row((number, n), piece_of, partial(note_box, kit, piece_of))
            case Remark():
                yield Row((number, part.title), part, partial(remark_box, kit, part))


def _pieces(table: Table) -> Iterator[Table]:
    count = len(table.rows)
    size = count if count <= _TOGETHER + 1 else _TOGETHER
    for start in range(0, count, size or 1):
        is_last = start + size >= count
        yield replace(table, rows=table.rows[start : start + size], total=table.total if is_last else ())


class ReportView(QWidget):
    """The body of a report."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._head = Zone(kit)
        self._pages = Pages(kit, gap=kit.look.gap, follow=False)
        self._actions = Zone(kit)
        self._body: ReportBody | None = None
        for part in (self._head, self._pages, self._actions):
            part.setParent(self)

    def put(self, body: ReportBody) -> None:
        """Show a report."""
        self._body = body
        head = (body.tiles, body.said)
        self._head.put(head if any(head) else None, lambda: self._build_head(body))
        empty = Row("empty", body.empty, partial(note_box, self.kit, Note(body.empty, ())))
        self._pages.put(list(_rows(self.kit, body.parts)) or [empty])
        self._actions.put(body.actions or None, lambda: ActionBar(self.kit, body.actions, "button"))
        self._place()

    def _build_head(self, body: ReportBody) -> QWidget:
        tiles = _tiles(self.kit, body.tiles) if body.tiles else None
        said = remark_box(self.kit, body.said) if body.said is not None else None
        return bare(v(tiles, said, gap=self.kit.look.gap))

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


def facts_box(kit: Kit, card: FactsCard) -> QWidget:
    """The card of the till zone that tells what the report is about: as many facts as there is room for."""
    place = kit.look.places.card
    for count in range(len(card.facts), 0, -1):
        box = _facts_box(kit, replace(card, facts=card.facts[:count]))
        if height_of(box, place.width()) <= place.height():
            return box
        box.deleteLater()
    return _facts_box(kit, replace(card, facts=(), hint=""))


def _facts_box(kit: Kit, card: FactsCard) -> QWidget:
    look, gap = kit.look, kit.look.px(8)
    facts = [
        bare(h(v(Text(look, label, "caption", "ink2"), 1.0), (Text(look, words, "caption", align="right"), 1), gap=gap))
        for label, words in card.facts
    ]
    pad = (look.px(14), look.px(10), look.px(14), look.px(8))
    title = v(
        Text(look, card.label, "h3"), Text(look, card.hint, "caption", "ink2") if card.hint else None, gap=look.px(1)
    )
    rule = v(look.px(6), Rule(look), look.px(5)) if facts else None
    box = Box(look, "card", v(title, rule, *facts, 1.0, gap=look.px(1), pad=pad))
    box.setAccessibleName(
        ". ".join((*filter(None, (card.label, card.hint)), *(", ".join(fact) for fact in card.facts)))
    )
    return box
