"""Typing a code: letters in the centre, digits on the till zone's keypad."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.screen import Action, TypeBody
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.pages import Zone
from pos_app.ui.widgets.surface import Box, Icon, Text, h, v
from pos_app.ui.widgets.taps import Button, Kit

_LINES = 4  # as many as the keypad beside them has


class LetterGrid(QWidget):
    """Letters in the rows of the keypad beside them, never under the floor for a finger."""

    def __init__(self, kit: Kit, letters: tuple[str, ...], press: Callable[[str], None]) -> None:
        super().__init__()
        self.look = kit.look
        self.keys: list[Button] = []
        words = "h2" if len(letters) <= _LINES else "button"
        for letter in letters:
            is_space = letter == "Space"
            shown = Action("␣" if is_space else letter, None, name=kit.look.words.space if is_space else letter)
            role = "key" if len(letter) == 1 or is_space else words
            key = Button(kit, shown, "floor", role, self._act(press, letter))
            key.kind = "key"
            key.setParent(self)
            self.keys.append(key)

    @staticmethod
    def _act(press: Callable[[str], None], letter: str) -> Callable[[], None]:
        return lambda: press(letter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        gap, count, least = self.look.places.gap_key, max(1, len(self.keys)), self.look.mm("floor")
        lines = _LINES
        while lines > 1 and (self.height() - (lines - 1) * gap) // lines < least:
            lines -= 1
        columns = -(-count // lines)
        while columns > 1 and (self.width() - (columns - 1) * gap) // columns < least:
            columns -= 1
        lines = -(-count // columns)
        wide = (self.width() - (columns - 1) * gap) // columns
        tall = (self.height() - (lines - 1) * gap) // lines
        for i, key in enumerate(self.keys):
            if len(key.words) > 1:  # a word on a key stays on one line
                key.set_role("button" if key.sizeHint().width() <= wide else "caption")
            key.setGeometry((i % columns) * (wide + gap), (i // columns) * (tall + gap), wide, tall)


class KeyingView(QWidget):
    """The body for typing a code."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._head = Zone(kit)
        self._grid = Zone(kit)
        self._actions = Zone(kit)
        self._body: TypeBody | None = None
        for part in (self._head, self._grid, self._actions):
            part.setParent(self)

    def _press(self, letter: str) -> None:
        if self._body is not None:
            self.kit.emit(self._body.event(letter))

    def put(self, body: TypeBody) -> None:
        """Show what is to be typed."""
        self._body = body
        self._head.put((body.title, body.text, body.icon), lambda: self._build_head(body))
        self._grid.put(body.letters or None, lambda: LetterGrid(self.kit, body.letters, self._press))
        self._actions.put(body.actions or None, lambda: ActionBar(self.kit, body.actions))
        self._place()

    def _build_head(self, body: TypeBody) -> QWidget:
        look = self.kit.look
        icon = h(1.0, Icon(look, body.icon, 52, "ink3"), 1.0)
        said = [Text(look, line, "body", "ink2", "centre") for line in body.text.split("\n") if line]
        words = v(1.0, icon, look.px(6), Text(look, body.title, "h1", align="centre"), *said, 1.0, gap=look.px(4))
        words.setContentsMargins(*(look.px(n) for n in (18, 8, 18, 8)))
        return Box(look, "card", words)

    def _place(self) -> None:
        places, gap, wide = self.kit.look.places, self.kit.look.px(12), self.width()
        foot = self._actions.height_at(wide)
        bottom = self.height() - (places.work.bottom() - places.pad.bottom())
        bottom = min(bottom, self.height() - (foot + gap if foot else 0))
        top = max(bottom - places.pad.height(), self._head.height_at(wide) + gap)
        self._head.setGeometry(0, 0, wide, top - gap)
        self._grid.setGeometry(0, top, wide, bottom - top)
        self._actions.setGeometry(0, self.height() - foot, wide, foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place()
