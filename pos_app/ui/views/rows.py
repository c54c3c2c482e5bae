"""The rows of a sale: one voucher each, with its state in word, shape, colour and place."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtWidgets import QLayout, QWidget

from pos_app.ui.present.spoken import row_words
from pos_app.ui.screen import SaleRow
from pos_app.ui.theme import Look
from pos_app.ui.widgets.marks import Ring
from pos_app.ui.widgets.surface import Box, Figure, Text, bare, h, plain, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit

_WORD_TONE = {"ok": "ok", "bad": "bad", "wait": "wait", "unknown": "unknown", "train": "train", "plain": "ink2"}
_LONG_AMOUNT_PX = 150
_BESIDE_PX = 110


class RowBox(Box):
    """A row; its title is what a screen reader reads, and says all of it: a mere box has no role and is passed over."""

    def __init__(self, look: Look, kind: str, layout: QLayout, title: Text) -> None:
        super().__init__(look, kind, layout)
        self.title = title

    def name(self, row: SaleRow) -> None:
        """Say how the row stands now."""
        self.title.setAccessibleName(plain(row_words(row)))


def sale_row(kit: Kit, row: SaleRow, narrow: bool = False) -> QWidget:
    """A row: ring or glyph, title, state words, detail; amount and remove share the right edge.

    In a narrow place, or when it is long, the amount has a line of its own.
    """
    look = kit.look
    calm = row.calm or row.tone == "plain"
    kind = "card" if calm else row.tone
    ring = Ring(look, row.ring) if row.ring is not None else None
    lead = ring or state_icon(look, row.glyph, 40, "surface" if calm else f"{row.tone}_fill")
    slot = bare(v(h(1.0, lead, 1.0), 1.0))
    slot.setFixedWidth(max(look.px(52), look.mm("ring")))
    title = Text(look, row.title, "h3")
    words = [title]
    if row.words:
        words.append(Text(look, row.words, "strong", _WORD_TONE[row.tone]))
    if row.detail:
        words.append(Text(look, row.detail, "caption", "ink2" if calm else "ink"))
    remove = None
    if row.remove is not None:
        remove = Button(kit, replace(row.remove, words="", kind="quiet", name=row.remove.name or row.remove.words))
        remove.setFixedSize(remove.least_h, remove.least_h)
    figure = Figure(look, row.amount, "amount_s") if row.amount else None
    wide = figure.sizeHint().width() if figure is not None else 0
    low = narrow or wide > look.px(_LONG_AMOUNT_PX)
    above = h(1.0, figure, look.px(10)) if figure is not None and not low else None
    tail = v(above, h(1.0, remove) if remove else None, 1.0)
    is_beside = figure is not None and low and len(words) > 1 and wide <= look.px(_BESIDE_PX)
    beside = words.pop() if is_beside else None
    below = h((beside, 1) if beside else 1.0, figure, look.px(8)) if figure is not None and low else None
    middle = v(*words, below, gap=look.px(2))
    pad = (look.px(14), look.px(13), look.px(6), look.px(11))
    box = RowBox(look, kind, h(slot, (middle, 1), tail, gap=look.px(12), pad=pad), title)
    box.name(row)
    return box


def amend_row(widget: QWidget, old: object, new: object) -> bool:
    """Let a countdown step in place; True when nothing else changed."""
    if not isinstance(old, SaleRow) or not isinstance(new, SaleRow) or old.ring is None or new.ring is None:
        return False
    if replace(old, ring=None) != replace(new, ring=None):
        return False
    ring = widget.findChild(Ring)
    if ring is None:
        return False
    ring.tick(new.ring)
    if isinstance(widget, RowBox):
        widget.name(new)
    return True
