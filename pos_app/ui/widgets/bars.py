"""Groups of actions: a bar at the foot, a column in a card; and the dashed place that only hints."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLayout, QSizePolicy, QWidget

from pos_app.ui.screen import Action
from pos_app.ui.theme import Look
from pos_app.ui.widgets.surface import height_of
from pos_app.ui.widgets.taps import Button, Kit


class ActionBar(QWidget):
    """A bar of actions. What ends something stands alone at the start of the last row, far from the others."""

    def __init__(self, kit: Kit, actions: Sequence[Action], size: str = "button_big", centred: bool = False) -> None:
        super().__init__()
        self.look, self.centred = kit.look, centred
        self.taps = [Button(kit, a, size if a.words else "button") for a in actions]
        for tap in self.taps:
            tap.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _rows(self, width: int) -> list[list[Button]]:
        ending = [tap for tap in self.taps if tap.kind == "danger"]
        if not ending:
            return self._filled(self.taps, width, 0)
        gap = self.look.px(8)
        taken = sum(min(tap.sizeHint().width(), width) + gap for tap in ending) - gap + self.look.mm("gap_danger")
        rest = [tap for tap in reversed(self.taps) if tap.kind != "danger"]
        rows = [row[::-1] for row in reversed(self._filled(rest, width, taken))]
        rows[-1] = ending + rows[-1]
        return rows

    def _filled(self, taps: Sequence[Button], width: int, taken: int) -> list[list[Button]]:
        """Rows of at most a width; the first has `taken` px less."""
        rows: list[list[Button]] = [[]]
        for tap in taps:
            wide = min(tap.sizeHint().width(), width)
            if taken and taken + wide > width:
                rows.append([])
                taken = 0
            taken += wide + self.look.px(8)
            rows[-1].append(tap)
        return rows

    def _place(self, width: int, move: bool) -> int:
        gap, y = self.look.px(8), 0
        ending = any(t.kind == "danger" for t in self.taps)
        for row in self._rows(width) if self.taps else []:
            widths = [min(t.sizeHint().width(), width) for t in row]
            tall = max(t.heightForWidth(w) for t, w in zip(row, widths, strict=True))
            spare = width - sum(widths) - gap * (len(row) - 1)
            lead = sum(1 for t in row if t.kind == "danger")
            x = spare // 2 if self.centred else spare if ending and not lead else 0
            for i, (tap, wide) in enumerate(zip(row, widths, strict=True)):
                if i == lead and lead and not self.centred:
                    x += spare
                if move:
                    tap.setGeometry(QRect(x, y, wide, tall))
                x += wide + gap
            y += tall + gap
        return max(0, y - gap)

    def sizeHint(self) -> QSize:
        width = sum(t.sizeHint().width() + self.look.px(8) for t in self.taps)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(max((t.minimumSizeHint().width() for t in self.taps), default=0), 0)

    def heightForWidth(self, width: int) -> int:
        return self._place(width, move=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place(self.width(), move=True)


class ActionColumn(QWidget):
    """Actions one below the other, each as wide as the column."""

    def __init__(self, kit: Kit, actions: Sequence[Action]) -> None:
        super().__init__()
        self.look = kit.look
        self.taps = [Button(kit, a, "button_big" if a.kind != "quiet" else "button") for a in actions]
        for tap in self.taps:
            tap.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        width = max((t.sizeHint().width() for t in self.taps), default=0)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(max((t.minimumSizeHint().width() for t in self.taps), default=0), 0)

    def heightForWidth(self, width: int) -> int:
        gaps = self.look.px(6) * max(0, len(self.taps) - 1)
        return sum(height_of(t, width) for t in self.taps) + gaps

    def resizeEvent(self, event: QResizeEvent) -> None:
        y = 0
        for tap in self.taps:
            tall = height_of(tap, self.width())
            tap.setGeometry(0, y, self.width(), tall)
            y += tall + self.look.px(6)


class DashedHint(QWidget):
    """A dashed place that says what may come into it. Not a target."""

    def __init__(self, look: Look, layout: QLayout) -> None:
        super().__init__()
        self.look = look
        self.setLayout(layout)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.look.colour("control_line"), 1.5)
        pen.setDashPattern([5, 5])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 14, 14)
