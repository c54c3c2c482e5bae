"""A page of the cashier's guide: its picture and its words. It pages; it never scrolls."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import guide
from pos_app.ui.guide import GuideBody
from pos_app.ui.theme import Look
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import Box, Text, bare, h, plain, round_box, state_icon, v
from pos_app.ui.widgets.taps import Kit

_SHARE, _SHARE_LOW = 0.45, 0.34
"""A picture takes no more of the height than this, on a low screen less: the words are what is read."""


class PictureBox(QWidget):
    """A picture of the guide, as large as there is room for, never larger than it is."""

    def __init__(self, look: Look, picture: guide.Picture, most: int) -> None:
        super().__init__()
        self.look = look
        self._pixels = QPixmap(str(picture.file))
        self._most = most
        self.setAccessibleName(plain(picture.words))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _shown(self, width: int) -> QSize:
        whole = self._pixels.size() * max(1.0, self.look.unit)
        return whole.scaled(min(width, whole.width()), min(self._most, whole.height()),
                            Qt.AspectRatioMode.KeepAspectRatio)  # fmt: skip

    def sizeHint(self) -> QSize:
        return self._shown(self._pixels.width())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._shown(width).height()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._shown(self.width())
        box = QRectF((self.width() - size.width()) / 2, 0, size.width(), size.height())
        painter.drawPixmap(box, self._pixels, QRectF(self._pixels.rect()))
        round_box(painter, box, None, QPen(self.look.colour("control_line"), self.look.line_px), 0)


def _number(look: Look, number: int) -> QWidget:
    """The number of a step, as it stands in the picture."""
    side = look.px(30)
    text = Text(look, str(number), "strong", "on_action", "centre")
    box = Box(look, "toast", h(text))
    box.setFixedSize(side, side)
    return box


def _block(kit: Kit, block: guide.Block, most: int) -> QWidget:
    look = kit.look
    pad = (look.px(14), look.px(7), look.px(14), look.px(7))
    match block:
        case guide.Picture():
            return PictureBox(look, block, most)
        case guide.Numbered():
            words = v(look.px(3), Text(look, block.words), 1.0)
            return bare(h(v(_number(look, block.number), 1.0), (words, 1), gap=look.px(14), pad=pad))
        case guide.Meaning():
            told = v(Text(look, block.words, "strong"), Text(look, block.text, "body", "ink2"), gap=look.px(1))
            return bare(h(v(state_icon(look, block.glyph, 30, "canvas"), 1.0), (told, 1), gap=look.px(14), pad=pad))
    if block.is_remark:
        return Box(look, "card", v(Text(look, block.words), pad=look.px(14)))
    return bare(v(Text(look, block.words), pad=pad))


class GuideView(QWidget):
    """The body of a page of the guide."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._head = Zone(kit)
        self._pages = Pages(kit, gap=kit.look.px(4), follow=False)
        self._body: GuideBody | None = None
        for part in (self._head, self._pages):
            part.setParent(self)

    def put(self, body: GuideBody) -> None:
        """Show a page."""
        self._body = body
        look = self.kit.look
        self._head.put(body.title, lambda: bare(v(Text(look, body.title, "h1"), pad=(look.px(14), 0, look.px(14), 0))))
        most = round(self.height() * (_SHARE_LOW if look.compact else _SHARE))
        rows = [
            Row((body.title, n), (block, most), partial(_block, self.kit, block, most))
            for n, block in enumerate(body.blocks)
        ]
        self._pages.put(rows)
        self._place()

    def _place(self) -> None:
        gap, wide = self.kit.look.gap, self.width()
        head = self._head.height_at(wide)
        self._head.setGeometry(0, 0, wide, head)
        self._pages.setGeometry(0, head + gap, wide, self.height() - head - gap)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place()
