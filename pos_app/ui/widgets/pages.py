"""Lists that page, panels that take turns, and zones that are never rebuilt under a finger."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.till.staff import Touched
from pos_app.ui.screen import Action
from pos_app.ui.widgets.surface import Text, height_of
from pos_app.ui.widgets.taps import Button, Kit, Segments

Panel = tuple[str, str, QWidget, Callable[[int], int]]
_MANY = 14


@dataclass(frozen=True)
class Row:
    """One row of `Pages`: rows with the same key and value are the same; `make` makes the widget when it is shown."""

    key: Hashable
    value: object
    make: Callable[[], QWidget] = field(compare=False, repr=False)
    counted: bool = True


def discard(widget: QWidget) -> None:
    """Take a widget off the screen now and free it when Qt is back in its loop."""
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()


class Zone(QWidget):
    """A place of the screen whose content is rebuilt only when its value changed, and never under a finger."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._value: object = None
        self.content: QWidget | None = None
        self.hide()

    def put(self, value: object, make: Callable[[], QWidget | None]) -> None:
        """Show a value by what `make` makes of it; None is an empty zone.

        While a target in this zone is pressed nothing happens; the window asks again after it.
        """
        if value == self._value or self.kit.finger.is_on(self):
            return
        name = focused_name(self)
        self._value = value
        if self.content is not None:
            discard(self.content)
        self.content = None if value is None else make()
        if self.content is not None:
            self.content.setParent(self)
            self.content.setGeometry(self.rect())
            self.content.show()
            refocus(self.content, name)
        self.setVisible(self.content is not None)
        self.updateGeometry()

    def height_at(self, width: int) -> int:
        """The height that the content needs at a width; 0 when the zone is empty."""
        return height_of(self.content, width) if self.content is not None else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.content is not None:
            self.content.setGeometry(self.rect())


def focused_name(widget: QWidget) -> str:
    """The accessible name of the target inside the widget that has the keyboard focus, or nothing."""
    focus = widget.window().focusWidget()
    return focus.accessibleName() if focus is not None and widget.isAncestorOf(focus) else ""


def refocus(widget: QWidget, name: str) -> None:
    """Give the keyboard focus back to the target of that name after a rebuild."""
    if not name:
        return
    for child in (widget, *widget.findChildren(QWidget)):
        if child.accessibleName() == name and child.isEnabled():
            child.setFocus()
            return


class Pages(QWidget):
    """Rows of any height, as many as fit, with big arrows for the rest. Rows are made when they are first shown.

    `amend` may change a row's widget in place (widget, old value, new value) and says whether it could. `follow`: the
    page of a row that has come is turned to, as on a sale; without it a list that is another one begins at its top.
    """

    def __init__(
        self,
        kit: Kit,
        amend: Callable[[QWidget, object, object], bool] = lambda widget, old, new: False,
        gap: int = 0,
        between: Callable[[], QWidget] | None = None,
        follow: bool = True,
    ) -> None:
        super().__init__()
        self.kit, self.gap = kit, gap
        self._follow = follow
        self._amend, self._between = amend, between
        self._rows: list[Row] = []
        self._made: dict[Hashable, tuple[object, QWidget]] = {}
        self._rules: list[QWidget] = []
        self._start = 0
        self._starts: list[int] = [0]
        words = kit.look.words
        self._back = self._arrow("chevron-left", words.previous_page, self._previous)
        self._next = self._arrow("chevron-right", words.next_page, self._forward)
        self._where = Text(kit.look, "", "caption", "ink2", "centre")
        self._where.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        policy.setHeightForWidth(False)
        self.setSizePolicy(policy)

    def _arrow(self, icon: str, name: str, act: Callable[[], None]) -> Button:
        arrow = Button(self.kit, Action("", None, icon, name=name), "pager", act=act)
        arrow.setParent(self)
        return arrow

    def put(self, rows: Sequence[Row]) -> None:
        """Show rows; those with the same key and value stay as they are."""
        if list(rows) == self._rows or self.kit.finger.is_on(self):
            return
        name = focused_name(self)
        fresh = {row.key: row.value for row in rows}
        old_keys = {row.key for row in self._rows}
        for key in list(self._made):
            value, widget = self._made[key]
            if key in fresh and (value == fresh[key] or self._amend(widget, value, fresh[key])):
                self._made[key] = (fresh[key], widget)
            else:
                discard(widget)
                del self._made[key]
        self._rows = list(rows)
        came = [i for i, row in enumerate(self._rows) if row.key not in old_keys]
        if not self._follow and old_keys.isdisjoint(fresh):
            self._start = 0
        self._arrange(reveal=came[-1] if came and old_keys and self._follow else None)
        refocus(self, name)
        self.updateGeometry()

    def _widget(self, index: int) -> QWidget:
        row = self._rows[index]
        if row.key not in self._made:
            widget = row.make()
            widget.setParent(self)
            self._made[row.key] = (row.value, widget)
        return self._made[row.key][1]

    def full_height(self, width: int) -> int:
        """The height that shows every row without a pager. Long lists answer with a very large one."""
        if len(self._rows) > _MANY:
            return 100_000
        heights = [height_of(self._widget(i), width) for i in range(len(self._rows))]
        return sum(heights) + self._gaps(len(heights))

    def _gaps(self, rows: int) -> int:
        line = self.kit.look.line_px if self._between else 0
        return max(0, rows - 1) * (self.gap + line)

    def _fits(self, start: int, room: int) -> int:
        """The number of rows from `start` that fit in `room` px; at least one while there is one."""
        used = count = 0
        while start + count < len(self._rows):
            tall = height_of(self._widget(start + count), self.width())
            extra = tall + (self._gaps(2) if count else 0)
            if count and used + extra > room:
                break
            used += extra
            count += 1
            if used > room:
                break
        return count

    def _arrange(self, reveal: int | None = None) -> None:
        if self.width() < 20 or self.height() < 20:
            return
        pager_h = self.kit.look.mm("pager")
        whole = self._fits(0, self.height())
        paged = whole < len(self._rows) or (whole == 1 and height_of(self._widget(0), self.width()) > self.height())
        paged = paged and len(self._rows) > 1
        room = self.height() - (pager_h + self.kit.look.px(8) if paged else 0)
        target = self._start if reveal is None else reveal
        starts = [0]
        while (after := starts[-1] + max(1, self._fits(starts[-1], room))) <= min(target, len(self._rows) - 1):
            starts.append(after)
        self._starts, self._start = starts, starts[-1]
        self._show(self._fits(self._start, room), room, paged)

    def _show(self, count: int, room: int, paged: bool) -> None:
        for rule in self._rules:
            discard(rule)
        self._rules = []
        shown = range(self._start, self._start + count)
        visible = {self._rows[i].key for i in shown}
        for key, (_, widget) in self._made.items():
            if key not in visible:
                widget.hide()
        y = 0
        for i in shown:
            widget = self._widget(i)
            if i > self._start and self._between:
                y = self._line(y)
            tall = (
                min(height_of(widget, self.width()), max(room - y, 1))
                if i == self._start
                else height_of(widget, self.width())
            )
            widget.setGeometry(0, y, self.width(), tall)
            widget.show()
            y += tall + self.gap
        self._place_pager(count, paged)

    def _line(self, y: int) -> int:
        rule = self._between() if self._between else QWidget()
        rule.setParent(self)
        rule.setGeometry(0, y, self.width(), self.kit.look.line_px)
        rule.show()
        self._rules.append(rule)
        return y + self.kit.look.line_px

    def _place_pager(self, count: int, paged: bool) -> None:
        size = self.kit.look.mm("pager")
        y = self.height() - size
        self._back.setGeometry(0, y, size, size)
        self._next.setGeometry(self.width() - size, y, size, size)
        self._where.setGeometry(size, y, self.width() - 2 * size, size)
        last = self._start + count
        total = sum(row.counted for row in self._rows)
        first, shown = min(self._start + 1, total), min(last, total)
        words = self.kit.look.words.rows_shown if shown > first else self.kit.look.words.row_shown
        self._where.say(words.format(first=first, last=shown, count=total))
        self._back.setEnabled(self._start > 0)
        self._next.setEnabled(last < len(self._rows))
        for part in (self._back, self._next, self._where):
            part.setVisible(paged)
        self._count = count

    def _previous(self) -> None:
        self.kit.emit(Touched())
        self._start = self._starts[-2] if len(self._starts) > 1 else 0
        self._arrange()

    def _forward(self) -> None:
        self.kit.emit(Touched())
        self._start = min(self._start + self._count, len(self._rows) - 1)
        self._arrange()

    def sizeHint(self) -> QSize:
        width = max(self.width(), 100)
        return QSize(width, min(self.full_height(width), 4000))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, min(self.kit.look.mm("row"), 4000))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()


class Shelf(QWidget):
    """Panels in one column: all of them when they fit, else one at a time under segments.

    Shape: `put` takes (key, title, widget, wish) where wish(width) is the height that the panel would like. The last
    panel takes what is left, unless its key is in `snug`.
    """

    def __init__(self, kit: Kit, always_tabs: bool = False, snug: Sequence[str] = ()) -> None:
        super().__init__()
        self.kit, self.always_tabs, self.snug = kit, always_tabs, snug
        self._panels: list[Panel] = []
        self._chosen = ""
        self._segments: Segments | None = None
        self._titles: list[str] = []

    def put(self, panels: list[Panel]) -> None:
        """Show panels; the chosen one stays chosen while it is there."""
        widgets = [p[2] for p in panels]
        for _, _, widget, _ in self._panels:
            if widget not in widgets:
                widget.hide()
        for widget in widgets:
            if widget.parentWidget() is not self:
                widget.setParent(self)
        self._panels = panels
        keys = [p[0] for p in panels]
        if self._chosen not in keys:
            self._chosen = keys[0] if keys else ""
        self._arrange()

    def choose(self, key: str) -> None:
        """Bring a panel to the front."""
        if key in [p[0] for p in self._panels] and key != self._chosen:
            self._chosen = key
            self._arrange()

    def _tabbed(self) -> bool:
        if len(self._panels) < 2:
            return False
        wish = sum(p[3](self.width()) for p in self._panels) + self.kit.look.gap * (len(self._panels) - 1)
        return self.always_tabs or wish > self.height()

    def _arrange(self) -> None:
        if self.width() < 20 or self.height() < 20:
            return
        tabbed = self._tabbed()
        self._retitle([p[1] for p in self._panels] if tabbed else [])
        y, gap = 0, self.kit.look.gap
        if self._segments is not None:
            y = self._segments.height_at(self.width())
            self._segments.setGeometry(0, 0, self.width(), y)
            y += gap
        last = len(self._panels) - 1
        for i, (key, _, widget, wish) in enumerate(self._panels):
            if tabbed:
                tall = min(wish(self.width()), self.height() - y) if key in self.snug else self.height() - y
                widget.setGeometry(0, y, self.width(), tall)
                widget.setVisible(key == self._chosen)
                continue
            fills = i == last and key not in self.snug
            tall = self.height() - y if fills else min(wish(self.width()), self.height() - y)
            widget.setGeometry(0, y, self.width(), tall)
            widget.show()
            y += tall + gap

    def _retitle(self, titles: list[str]) -> None:
        chosen = next((i for i, p in enumerate(self._panels) if p[0] == self._chosen), 0)
        pressed = self._segments is not None and self.kit.finger.is_on(self._segments)
        if titles != self._titles and not pressed:
            if self._segments is not None:
                discard(self._segments)
            self._titles = titles
            self._segments = Segments(self.kit, titles, self._on_chosen) if titles else None
            if self._segments is not None:
                self._segments.setParent(self)
                self._segments.show()
        if self._segments is not None:
            self._segments.choose(chosen)

    def _on_chosen(self, index: int) -> None:
        self.kit.emit(Touched())
        self.choose(self._panels[index][0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
