"""The rows of a sale: one voucher each, with its state in word, shape, colour and place."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from pos_app.ui.screen import SaleRow
from pos_app.ui.widgets.marks import Ring
from pos_app.ui.widgets.surface import Box, Figure, Text, bare, h, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit

_WORD_TONE = {"ok": "ok", "bad": "bad", "wait": "wait", "unknown": "unknown", "train": "train", "plain": "ink2"}
_LONG_AMOUNT_PX = 150
_BESIDE_PX = 110


def row_name(row: SaleRow, left: str = "") -> str:
    """The row as it is read aloud: title, state, time left, amount."""
    return ", ".join(part for part in (row.title, row.words, left, row.amount, row.detail) if part)


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
    words = [Text(look, row.title, "h3")]
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
    box = Box(look, kind, h(slot, (middle, 1), tail, gap=look.px(12), pad=pad))
    box.setAccessibleName(row_name(row, ring.accessibleName() if ring else ""))
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
    widget.setAccessibleName(row_name(new, ring.accessibleName()))
    return True
