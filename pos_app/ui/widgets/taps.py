"""Everything that can be tapped. A tap posts its event once, when the finger is lifted over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct, field
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QLayout, QSizePolicy, QWidget

from pos_app.ui import glyphs, tokens
from pos_app.ui.screen import Action
from pos_app.ui.theme import Look
from pos_app.ui.widgets.finger import Finger, Target
from pos_app.ui.widgets.surface import plain, round_box

ICON_PX = 24
RING_PX = 3


class Kit(Struct, frozen=True):
    """What every part of the screen is made with: the look, the way out for events, and the finger."""

    look: Look
    emit: Callable[[object], None]
    finger: Finger = field(default_factory=Finger)


class Tap(Target):
    """A target. `kind`: main, solid, second, quiet, danger, key, row, tile, segment, member, or pill-<tone>.

    It takes the focus by keyboard only, so that the ring never follows a finger.
    """

    def __init__(self, kit: Kit, kind: str, event: object, name: str, act: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.kit, self.look, self.kind, self.meaning, self.act = kit, kit.look, kind, event, act
        self.chosen = False
        self.busy = ""
        self._is_echo = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(plain(name))
        self.clicked.connect(self._on_clicked)
        self.pressed.connect(self._on_pressed)
        self.released.connect(self._on_released)

    def _on_pressed(self) -> None:
        self.kit.finger.press(self)

    def _on_released(self) -> None:
        self.kit.finger.lift()  # connected to itself, Qt would keep a weak reference for each target that ever was

    def aim(self, at_ms: int, spot: QPointF) -> None:
        """A finger or a key is about to press it. Units: the system's time in ms, the place on the glass in px."""
        self._is_echo = self.kit.finger.is_echo(self, at_ms, spot)

    def _on_clicked(self) -> None:
        is_echo, self._is_echo = self._is_echo, False
        if is_echo:
            return
        if self.act is not None:
            self.act()
        elif self.meaning is not None:
            self.kit.emit(self.meaning)

    @property
    def ink(self) -> str:
        """The colour token of what stands on the target."""
        if self.busy == "unknown":
            return "unknown"
        if not self.isEnabled() and not self.busy:
            return "on_off"
        if self.kind in ("main", "solid") or (self.kind == "segment" and self.chosen):
            return "on_action"
        return {"danger": "bad", "member": "on_member2"}.get(self.kind, "ink")

    def _surface(self) -> tuple[str, str, int]:
        """Fill token, outline token and outline width; an empty token is nothing."""
        look, kind, line = self.look, self.kind, self.look.line_px
        if self.busy:
            tone = "unknown_fill" if self.busy == "unknown" else "action"
            return tone, "unknown" if look.contrast and self.busy == "unknown" else "", line
        if not self.isEnabled():
            flat = kind in ("row", "quiet", "member", "segment") or kind.startswith("pill")
            return ("", "", line) if flat else ("off", "on_off" if look.contrast else "", line)
        if self.chosen:
            return ("action", "", line) if kind == "segment" else ("select", "focus", 2)
        if self.isDown():
            down = {"main": "action_down", "solid": "action_down", "danger": "bad_fill", "member": "member2"}
            return down.get(kind, "key_down"), "control_line" if kind in ("key", "second", "tile") else "", line
        plain_looks: dict[str, tuple[str, str]] = {
            "main": ("action", ""),
            "solid": ("action", ""),
            "second": ("surface", "control_line"),
            "danger": ("surface", "bad_mark"),
            "key": ("key", "line"),
            "tile": ("surface", "line"),
        }
        if kind.startswith("pill-"):
            tone = kind.removeprefix("pill-")
            return ("", "", line) if tone == "plain" else (f"{tone}_fill", tone if look.contrast else "", line)
        fill, edge = plain_looks.get(kind, ("", ""))
        return fill, edge, line

    def paint_surface(self, painter: QPainter) -> None:
        """Draw the target itself: fill, outline, and the focus ring."""
        fill, edge, line = self._surface()
        radius = tokens.RADIUS["card" if self.kind == "main" else "control"]
        box, bend = QRectF(self.rect()), self.look.px(radius)
        pen = QPen(self.look.colour(edge), line) if edge else None
        round_box(painter, box, self.look.colour(fill) if fill else None, pen, bend)
        if self.hasFocus():  # a light line inside parts the ring from a fill of any colour
            round_box(painter, box, None, QPen(self.look.colour("focus"), RING_PX), bend)
            inside = box.adjusted(RING_PX, RING_PX, -RING_PX, -RING_PX)
            round_box(painter, inside, None, QPen(self.look.colour("surface"), 2), max(0, bend - RING_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paint_surface(QPainter(self))

    def hideEvent(self, event: QHideEvent) -> None:
        if self.kit.finger.tap is self:  # Qt does not say that it was released, and would leave it held for ever
            self.setDown(False)
            self.kit.finger.lift()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # some desktops let it press a button: here the window knows a hand's from a scanner's
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        window = self.window()
        if window.focusWidget() is not None and window.focusWidget() is not window:
            window.setFocus(Qt.FocusReason.MouseFocusReason)
        self.aim(event.timestamp(), event.globalPosition())
        super().mousePressEvent(event)


class Button(Tap):
    """Words, an icon, or both; a second small line says why it cannot be used now. The height grows with the words."""

    def __init__(
        self,
        kit: Kit,
        action: Action,
        size: str = "button",
        role: str = "button",
        act: Callable[[], None] | None = None,
    ) -> None:
        name = action.name or action.words
        name = name if action.enabled or not action.why else f"{name}. {action.why}"
        super().__init__(kit, action.kind, action.event, name, act)
        self.words, self.icon_name, self.role = plain(action.words, 120), action.icon, role
        self.why = plain(action.why, 160) if not action.enabled else ""
        self.setEnabled(action.enabled)
        self.least_h = kit.look.mm(size)
        self.flush = False
        self.setMinimumSize(self.least_h, self.least_h)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._cache: dict[int, tuple[QTextLayout, QTextLayout | None]] = {}

    def _lines(self, words: str, role: str, width: int) -> QTextLayout:
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout = QTextLayout(words, self.look.font(role))
        layout.setTextOption(option)
        layout.beginLayout()
        y = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, y))
            y += line.height()
        layout.endLayout()
        return layout

    def set_role(self, role: str) -> None:
        """Change the type role in place."""
        if role != self.role:
            self.role = role
            self._cache.clear()
            self.update()

    @property
    def _lead(self) -> int:
        """The room that the icon takes, in px."""
        icon = self.look.px(ICON_PX) if self.icon_name else 0
        return icon + (self.look.px(10) if self.icon_name and self.words else 0)

    @property
    def _side(self) -> int:
        return self.look.px({"key": 4, "segment": 4}.get(self.kind, 16)) if self.words else 0

    def _texts(self, width: int) -> tuple[QTextLayout, QTextLayout | None]:
        if width not in self._cache:
            if len(self._cache) > 8:
                self._cache.clear()
            room = width - self._lead - 2 * self._side
            why = self._lines(self.why, "caption", room) if self.why else None
            self._cache[width] = (self._lines(self.words, self.role, room), why)
        return self._cache[width]

    def sizeHint(self) -> QSize:
        words, why = self._texts(100_000)
        wide = max(_width(words), _width(why) if why else 0)
        width = max(int(wide) + 2 + self._lead + 2 * self._side, self.least_h)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        longest = max((_width(self._lines(w, self.role, 100_000)) for w in self.words.split()), default=0.0)
        least = min(int(longest) + 2, self.look.px(160)) + self._lead + 2 * self._side
        return QSize(max(least, self.least_h), self.least_h)

    def heightForWidth(self, width: int) -> int:
        return max(self.least_h, int(sum(_height(t) for t in self._texts(width) if t) + 0.999) + self.look.px(6))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_surface(painter)
        ink, behind = self.look.colour(self.ink), self.look.colour("surface")
        words, why = self._texts(self.width())
        block = max(_width(words), _width(why) if why else 0)
        icon = self.look.px(ICON_PX) if self.icon_name else 0
        x = max(float(self._side), (self.width() - block - self._lead) / 2)
        x = self.width() - block - self._lead if self.flush else x
        if self.icon_name:
            glyphs.draw(painter, self.icon_name, QRectF(x, (self.height() - icon) / 2, icon, icon), ink, behind)
        x += self._lead
        y = (self.height() - _height(words) - (_height(why) if why else 0)) / 2
        painter.setPen(ink)
        words.draw(painter, QPointF(x, y))
        if why:
            why.draw(painter, QPointF(x, y + _height(words)))


def _width(layout: QTextLayout) -> float:
    return max((layout.lineAt(i).naturalTextWidth() for i in range(layout.lineCount())), default=0.0)


def _height(layout: QTextLayout) -> float:
    return sum(layout.lineAt(i).height() for i in range(layout.lineCount()))


class Pane(Tap):
    """A target that holds a layout: a list row, a tile, a pill. The action's words are its accessible name."""

    def __init__(self, kit: Kit, layout: QLayout, kind: str, action: Action, least: str = "row") -> None:
        super().__init__(kit, kind, action.event, action.words)
        self.setLayout(layout)
        self._inner = layout
        self.setEnabled(action.enabled)
        self.least_h = kit.look.mm(least)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        hint = self._inner.sizeHint()
        return QSize(max(hint.width(), self.least_h), max(hint.height(), self.least_h))

    def minimumSizeHint(self) -> QSize:
        hint = self._inner.minimumSize()
        return QSize(max(hint.width(), self.least_h), max(hint.height(), self.least_h))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self._inner
        needed = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
        return max(needed, self.least_h)


class Segments(QWidget):
    """A row of choices, one of which is chosen and says so by fill, weight and place."""

    def __init__(self, kit: Kit, words: Sequence[str], choose: Callable[[int], None]) -> None:
        super().__init__()
        self.kit = kit
        self.taps: list[Button] = []
        for i, text in enumerate(words):
            tap = Button(kit, Action(text, None, kind="quiet"), role="strong", act=partial(choose, i))
            tap.kind = "segment"
            tap.setParent(self)
            self.taps.append(tap)

    def choose(self, chosen: int) -> None:
        """Show another choice as the chosen one."""
        for i, tap in enumerate(self.taps):
            tap.chosen = i == chosen
            tap.setAccessibleDescription(self.kit.look.words.chosen if tap.chosen else "")
            tap.update()

    def _widths(self, width: int) -> list[int]:
        """The width of each choice: the same for all, unless its words need more. Units: px."""
        even, wishes = width // max(1, len(self.taps)), [tap.sizeHint().width() for tap in self.taps]
        if max(wishes, default=0) <= even:
            return [even] * len(self.taps)
        if sum(wishes) > width:  # not on one line: the longest word of each counts
            wishes = [tap.minimumSizeHint().width() for tap in self.taps]
        return [wish * width // sum(wishes) for wish in wishes]

    def height_at(self, width: int) -> int:
        """The height that shows every word at a width, in a smaller type where that keeps them on one line."""
        for role in ("strong", "caption"):
            for tap in self.taps:
                tap.set_role(role)
            if sum(tap.sizeHint().width() for tap in self.taps) <= width:
                break
        return max([t.heightForWidth(w) for t, w in zip(self.taps, self._widths(width), strict=True)], default=0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        x = 0
        for tap, wide in zip(self.taps, self._widths(self.width()), strict=True):
            last = tap is self.taps[-1]
            tap.setGeometry(x, 0, self.width() - x if last else wide, self.height())
            x += wide

    def paintEvent(self, event: QPaintEvent) -> None:
        look = self.kit.look
        edge = QPen(look.colour("line"), 2) if look.contrast else None
        round_box(QPainter(self), QRectF(self.rect()), look.colour("sunken"), edge, look.px(12))
