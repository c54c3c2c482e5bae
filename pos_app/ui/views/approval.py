"""A decision that waits for its approval: the warning, the reasons and the people; and the card with the PIN's dots."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.domain.people import MIN_PIN
from pos_app.ui.desk import ApprovalBody, Choice, PinCard
from pos_app.ui.screen import Action
from pos_app.ui.theme import Look
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import STATE_TONE, Box, Icon, Text, h, plain, state_icon, v
from pos_app.ui.widgets.taps import Kit, Pane

_TILE_PX = 220
_DOT_PX, _STEP_PX = 20, 40


class Dots(QWidget):
    """How many digits were typed: full dots, and rings for what the shortest PIN still wants."""

    def __init__(self, look: Look, count: int) -> None:
        super().__init__()
        self.look, self.count = look, count
        self.setFixedHeight(look.px(_DOT_PX + 8))
        self.setAccessibleName(f"{count}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self.look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        total = max(MIN_PIN, self.count)
        step = min(look.px(_STEP_PX), self.width() // total)
        size = min(look.px(_DOT_PX), step - 4)
        x = (self.width() - step * (total - 1) - size) / 2
        for i in range(total):
            box = QRectF(x + i * step, (self.height() - size) / 2, size, size)
            if i < self.count:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.colour("ink"))
                painter.drawEllipse(box)
            else:
                painter.setPen(QPen(look.colour("control_line"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(box.adjusted(1, 1, -1, -1))


def pin_box(kit: Kit, card: PinCard) -> QWidget:
    """The card above the keypad: whose PIN, its dots, and what is wrong with it."""
    look = kit.look
    label = Text(look, card.label, "h2", align="centre")
    hint = Text(look, card.hint, "caption", "bad" if card.tone == "bad" else "ink2", "centre")
    parts = v(1.0, label, Dots(look, card.dots), hint, 1.0, gap=look.px(8), pad=look.px(12))
    box = Box(look, "card", parts)
    box.setAccessibleName(plain(f"{card.label}, {card.dots}, {card.hint}"))
    return box


class Tiles(QWidget):
    """Choices in as many columns as there is room for; the chosen one says so by outline, fill and a tick."""

    def __init__(self, kit: Kit, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.kit = kit
        self.taps = [self._tile(choice) for choice in choices]
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _tile(self, choice: Choice) -> Pane:
        look = self.kit.look
        behind = "select" if choice.chosen else "surface"
        lead = Icon(look, choice.icon, 26, "ink2", behind) if choice.icon else None
        tick = Icon(look, "check", 22, "focus", behind) if choice.chosen else None
        said = Text(look, choice.detail, "caption", "ink2") if choice.detail else None
        words = v(1.0, Text(look, choice.words, "strong"), said, 1.0)
        pad = (look.px(14), look.px(6), look.px(12), look.px(6))
        name = ", ".join(part for part in (choice.words, choice.detail) if part)
        pane = Pane(self.kit, h(lead, (words, 1), tick, gap=look.px(12), pad=pad), "tile", Action(name, choice.event))
        pane.chosen = choice.chosen
        pane.setAccessibleDescription(look.words.chosen if choice.chosen else "")
        pane.setParent(self)
        return pane

    def _place(self, width: int, move: bool) -> int:
        gap = self.kit.look.px(8)
        count = len(self.taps)
        most = max(1, (width + gap) // (self.kit.look.px(_TILE_PX) + gap))
        columns = -(-count // -(-count // most))  # as few rows as there must be, all of them as full
        wide = (width - gap * (columns - 1)) // columns
        y = 0
        for start in range(0, len(self.taps), columns):
            row = self.taps[start : start + columns]
            tall = max(tap.heightForWidth(wide) for tap in row)
            for i, tap in enumerate(row):
                if move:
                    tap.setGeometry(i * (wide + gap), y, wide, tall)
            y += tall + gap
        return max(0, y - gap)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(width, move=False)

    def sizeHint(self) -> QSize:
        wide = self.kit.look.px(2 * _TILE_PX)
        return QSize(wide, self.heightForWidth(wide))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place(self.width(), move=True)


class ApprovalView(QWidget):
    """The body of an approval. It pages where the glass is small."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._pages = Pages(kit, gap=kit.look.gap)
        self._actions = Zone(kit)
        self._body: ApprovalBody | None = None
        for part in (self._pages, self._actions):
            part.setParent(self)

    def put(self, body: ApprovalBody) -> None:
        """Show what is to be approved."""
        self._body = body
        first = self._intro if body.icon else self._warning
        rows = [Row("warning", (body.title, body.text), lambda: first(body))]
        if body.problem:
            rows.append(Row("problem", (body.problem, body.problem_glyph), lambda: self._problem(body)))
        for key, title, choices in (
            ("reasons", body.reasons_title, body.reasons),
            ("people", body.people_title, body.people),
        ):
            if choices:
                rows.append(Row(key, (title, choices), partial(self._choices, title, choices)))
        self._pages.put(rows)
        self._actions.put(body.actions or None, lambda: ActionBar(self.kit, body.actions))
        self._place()

    def _warning(self, body: ApprovalBody) -> QWidget:
        look = self.kit.look
        icon = v(state_icon(look, "super", 44, "wait_fill"), 1.0)
        words = v(Text(look, body.title, "h1", "wait"), Text(look, body.text), gap=look.px(3))
        return Box(look, "wait", h(icon, (words, 1), gap=look.px(14), pad=look.px(14)))

    def _intro(self, body: ApprovalBody) -> QWidget:
        look = self.kit.look
        icon = v(Icon(look, body.icon, 40, "ink2"), 1.0)
        words = v(Text(look, body.title, "h2"), Text(look, body.text, "body"), gap=look.px(3))
        return Box(look, "card", h(icon, (words, 1), gap=look.px(14), pad=look.px(14)))

    def _problem(self, body: ApprovalBody) -> QWidget:
        look, glyph = self.kit.look, body.problem_glyph
        tone = STATE_TONE[glyph]
        icon = v(state_icon(look, glyph, 28, f"{tone}_fill"), 1.0)
        return Box(look, tone, h(icon, (Text(look, body.problem, "body", tone), 1), gap=look.px(12), pad=look.px(12)))

    def _choices(self, title: str, choices: Sequence[Choice]) -> QWidget:
        look = self.kit.look
        box = QWidget()
        box.setLayout(v(Text(look, title, "h3"), Tiles(self.kit, choices), gap=look.px(6)))
        return box

    def _place(self) -> None:
        gap, wide = self.kit.look.gap, self.width()
        foot = self._actions.height_at(wide)
        self._actions.setGeometry(0, self.height() - foot, wide, foot)
        self._pages.setGeometry(0, 0, wide, self.height() - (foot + gap if foot else 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place()
