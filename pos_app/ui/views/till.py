"""The till zone: amount card, keypad or what stands in its place, and the one main action. It never moves."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.desk import PinCard
from pos_app.ui.report import FactsCard
from pos_app.ui.screen import Action, AmountLine, Keypad, Main, Points, Till, TypedCard
from pos_app.ui.views.approval import pin_box
from pos_app.ui.views.points import points_card
from pos_app.ui.views.report import facts_box
from pos_app.ui.widgets.bars import ActionColumn
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import Box, Figure, Icon, Part, Rule, Text, bare, h, height_of, plain, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit, Tap

_KEYS = ("7", "8", "9", "4", "5", "6", "1", "2", "3")


class TypedFigure(Figure):
    """The figure that the keypad writes into, with a caret where the next key goes."""

    def __init__(self, kit: Kit, card: TypedCard, role: str) -> None:
        self.caret = card.caret
        super().__init__(kit.look, card.typed, role)
        self.setAccessibleName(plain(f"{card.label} {card.typed} {card.unit}"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self.look
        font = self.fitting(self.width() - look.px(10))
        painter.setFont(font)
        painter.setPen(look.colour(self.tone))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        room = QRectF(self.rect()).adjusted(0, 0, -look.px(9) if self.caret else 0, 0)
        painter.drawText(room, int(flags), self.text())
        if self.caret:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("focus"))
            cap = QFontMetricsF(font).capHeight()
            painter.drawRoundedRect(QRectF(self.width() - 3, (self.height() - cap) / 2 - 3, 3, cap + 6), 1.5, 1.5)


class AmountCard(Box):
    """What is typed and what follows from it. Drawn as large as the place allows; figures change in place."""

    def __init__(self, kit: Kit, card: TypedCard, level: int) -> None:
        super().__init__(kit.look, "card")
        look = kit.look
        roles = ("amount_xl", "amount_xl", "amount_m", "amount_s") if card.unit else ("code_l",) * 4
        self.typed = TypedFigure(kit, card, roles[level])
        self.figures: list[Figure] = []
        clear = Button(kit, replace(card.clear, kind="quiet"), "floor") if card.clear else None
        if clear is not None:
            clear.flush = True
            clear.setMinimumWidth(clear.sizeHint().width())  # the label beside it may take two lines, this word may not
        label = Text(look, card.label, "strong", "ink2")
        top = h(label, Text(look, card.unit, "caption", "ink3"), 1.0, clear, gap=look.px(8))
        top.addStrut(look.mm("floor") if level < 2 or clear else 0)
        tall = look.places.card.height() > look.px(360)
        loose: int | float = look.px(14) if tall else 1.0  # on a tall card the figures stay together
        hint = Text(look, card.hint, "caption", "ink2", "left" if card.caret else "right") if card.hint else None
        lines = [self._line(kit, line, level) for line in card.lines]
        guess = None
        if card.estimate:
            icon = state_icon(look, "estimate", 20)
            guess = h(icon, (Text(look, card.estimate, "caption", "ink2"), 1), gap=look.px(8))
        tight = level > 0 or look.compact or look.wide
        pad = (look.px(14), look.px(4), look.px(14), look.px(6)) if tight else (16, 8, 16, 12)
        rule: list[Part] = [loose, Rule(look), loose] if lines else []
        under, below = (None, hint) if card.caret else (hint, None)  # said of the figure, or of the keys below the card
        foot: list[Part] = [loose, guess, below, 1.0] if tall else [1.0, guess, below, look.px(6) if below else None]
        self.setLayout(v(top, self.typed, under, *rule, *lines, *foot, gap=1, pad=pad))

    def _line(self, kit: Kit, line: AmountLine, level: int) -> QWidget:
        look = kit.look
        role = "h3" if level > 1 and not line.strong else "amount_m" if line.strong and level < 1 else "amount_s"
        figure = Figure(look, line.amount, role)
        self.figures.append(figure)
        strong = "h3" if level < 2 else "strong"
        label = Text(look, line.label, strong if line.strong else "body", "ink" if line.strong else "ink2")
        return bare(h(label, 1.0, figure, gap=look.px(8)))

    def amend(self, card: TypedCard) -> None:
        """Change the figures in place."""
        self.typed.say(card.typed)
        self.typed.setAccessibleName(plain(f"{card.label} {card.typed} {card.unit}"))
        for figure, line in zip(self.figures, card.lines, strict=True):
            figure.say(line.amount)


def _shape(card: TypedCard) -> TypedCard:
    """The card without what changes in place."""
    return replace(card, typed="", lines=tuple(replace(line, amount="") for line in card.lines))


class KeypadBox(QWidget):
    """Twelve keys of 20 mm. Digits fill from the right, so there is no decimal key."""

    def __init__(self, kit: Kit, keypad: Keypad) -> None:
        super().__init__()
        self.kit, self.keypad = kit, keypad
        words = kit.look.words
        names = {"delete": words.delete_digit, "00": words.double_zero}
        self.keys: dict[str, Button] = {}
        for key in (*_KEYS, keypad.left_key, "0", "delete"):
            if not key:
                continue
            icon = "delete" if key == "delete" else ""
            action = Action("" if icon else key, None, icon, name=names.get(key, key))
            button = Button(kit, action, "floor", "key" if len(key) < 3 or icon else "button", self._press(key))
            button.kind = "key"
            button.setParent(self)
            self.keys[key] = button
        self.amend(keypad)

    def _press(self, key: str) -> Callable[[], None]:
        return lambda: self.kit.emit(self.keypad.event(key))

    def amend(self, keypad: Keypad) -> None:
        """Take over another meaning of the keys, and whether they work."""
        self.keypad = keypad
        for button in self.keys.values():
            button.setEnabled(keypad.enabled)

    def resizeEvent(self, event: QResizeEvent) -> None:
        places = self.kit.look.places
        gap, tall = places.gap_key, places.key_h
        wide = (self.width() - 2 * gap) // 3
        order = (*_KEYS, self.keypad.left_key, "0", "delete")
        for i, key in enumerate(order):
            if key in self.keys:
                self.keys[key].setGeometry((i % 3) * (wide + gap), (i // 3) * (tall + gap), wide, tall)


_LOW_PX = 62


class MainAction(Tap):
    """The one main action: names the act, carries the amount. Busy: it ignores taps and shows the share of the wait."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, "main", None, "")
        self.setObjectName("main-action")
        look = kit.look
        self._icon: Icon | None = None
        self._words = Text(look, "", "h2", "on_action")
        self._detail = Text(look, "", "body", "on_action2")
        self._amount = Figure(look, "", "amount_m", "on_action")
        for part in (self._words, self._detail, self._amount):
            part.setParent(self)
        self._main: Main | None = None

    def put(self, main: Main) -> None:
        """Show a main action, in place. A press that has begun keeps what it began with."""
        if main == self._main or self.kit.finger.is_on(self):
            return
        if self._main is None or main.icon != self._main.icon:
            if self._icon is not None:
                self._icon.setParent(None)
                self._icon.deleteLater()
            self._icon = Icon(self.look, main.icon, 28, "on_action", "action") if main.icon else None
            if self._icon is not None:
                self._icon.setParent(self)
                self._icon.show()
        self._main, self.meaning, self.busy = main, main.event, main.busy
        self.setEnabled(main.enabled and not main.busy)
        self.setAccessibleName(plain(", ".join(t for t in (main.words, main.detail, main.amount) if t)))
        self._words.say(main.words)
        self._detail.say(main.detail)
        self._amount.say(main.amount)
        ink, second = self.ink, self.ink if self.ink != "on_action" else "on_action2"
        self._words.paint_as(ink)
        self._amount.paint_as(ink)
        self._detail.paint_as(second)
        if self._icon is not None:
            self._icon.paint_as(ink, "action" if ink == "on_action" else "off")
        self._place()
        self.update()

    @property
    def is_ready(self) -> bool:
        """True when Enter may press it."""
        return self.isEnabled() and self._main is not None

    def _place(self) -> None:
        if self._main is None or self.width() < 40:
            return
        look, side = self.look, self.look.px(20)
        bottom = look.px(15) if self.busy else look.px(4)
        top = look.px(3)
        if self.busy and self._is_low:  # two lines of Thai stand over the line of the wait
            top, bottom = 0, look.px(9)
        room = QRect(side, top, self.width() - 2 * side, self.height() - top - bottom)
        if self._icon is not None:
            self._icon.move(side, room.y() + (room.height() - self._icon.height()) // 2)
            room.setLeft(side + self._icon.width() + look.px(14))
        self._amount.set_role("amount_m" if len(self._main.amount) <= 7 else "amount_s")
        figure = self._amount.sizeHint()
        words = self._words.natural_width
        beside = figure.width() + look.px(12) + min(words, room.width() // 2) <= room.width()
        self._amount.setVisible(bool(self._main.amount))
        self._detail.setVisible(bool(self._main.detail))
        whole = QRect(room)
        if self._main.amount and beside:
            self._amount.setGeometry(room.right() + 1 - figure.width(), room.y(), figure.width(), room.height())
            room.setWidth(room.width() - figure.width() - look.px(12))
        elif self._main.amount:
            room = self._amount_below(room)
        if not self._stack(room) and self._main.amount and beside:
            self._detail_across(whole)

    def _detail_across(self, room: QRect) -> None:
        """A detail that is too long beside the amount takes a line of its own under both."""
        low = height_of(self._detail, room.width())
        amount = self._amount.geometry()
        upper = QRect(room.x(), room.y(), amount.x() - room.x() - self.look.px(12), room.height() - low)
        self._words.setGeometry(upper)
        self._amount.setGeometry(amount.x(), upper.y(), amount.width(), upper.height())
        self._detail.setGeometry(room.x(), upper.bottom() + 1, room.width(), low)

    def _amount_below(self, room: QRect) -> QRect:
        """A long amount takes the second line; returns what is left above it."""
        tall = min(self._amount.sizeHint().height(), room.height() * 3 // 5)
        self._amount.setGeometry(room.x(), room.bottom() + 1 - tall, room.width(), tall)
        return QRect(room.x(), room.y(), room.width(), room.height() - tall)

    def _stack(self, room: QRect) -> bool:
        """Words over detail, in the largest type that fits; whether one did."""
        for words, detail in (("h2", "body"), ("h3", "caption"), ("strong", "caption"), ("caption", "caption")):
            self._words.set_role(words)
            self._detail.set_role(detail)
            if self._main is not None and self._main.detail and room.height() < self.look.font_px("caption") * 2.3:
                wide = min(self._words.natural_width, room.width() // 2)
                self._words.setGeometry(room.x(), room.y(), wide, room.height())
                rest = QRect(room.x() + wide + 8, room.y(), room.width() - wide - 8, room.height())
                self._detail.setGeometry(rest)
                return True
            if words == "caption" and self._beside(room):
                return True
            upper = height_of(self._words, room.width())
            lower = height_of(self._detail, room.width()) if self._main is not None and self._main.detail else 0
            if upper + lower <= room.height() or words == "caption":
                y = room.y() + max(0, (room.height() - upper - lower) // 2)
                self._words.setGeometry(room.x(), y, room.width(), upper)
                self._detail.setGeometry(room.x(), y + upper, room.width(), lower)
                return upper + lower <= room.height()
        return False

    @property
    def _is_low(self) -> bool:
        return self.height() < self.look.px(_LOW_PX)

    def _beside(self, room: QRect) -> bool:
        """Words and detail on one line, where two are too high and one is wide enough; whether it is."""
        need = height_of(self._words, room.width()) + height_of(self._detail, room.width())
        wide, gap = self._words.natural_width, self.look.px(8)
        if need <= room.height() or not self._detail.text() or wide + gap + self._detail.natural_width > room.width():
            return False
        self._words.setGeometry(room.x(), room.y(), wide, room.height())
        self._detail.setGeometry(room.x() + wide + gap, room.y(), room.width() - wide - gap, room.height())
        return True

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and not self.isEnabled():  # a disabled button swallows a press unheard
            self.kit.finger.drum(event.timestamp())
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_surface(painter)
        if not self.busy or self._main is None:
            return
        side = self.look.px(20)
        low = self.look.px(7 if self._is_low else 14)
        track = QRectF(side, self.height() - low, self.width() - 2 * side, self.look.px(5))
        colour = self.look.colour("unknown_mark" if self.busy == "unknown" else "on_action")
        faint = colour.toRgb()
        faint.setAlpha(60)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint)
        painter.drawRoundedRect(track, 2.5, 2.5)
        track.setWidth(track.width() * min(1.0, max(0.0, self._main.share)))
        painter.setBrush(colour)
        painter.drawRoundedRect(track, 2.5, 2.5)


class TillZone:
    """The three parts of the till zone on a window; they have the same pixels for every body of one size."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        self.kit = kit
        self.card = Zone(kit)
        self.pad = Zone(kit)
        self.main = MainAction(kit)
        self.till: Till | None = None
        places = kit.look.places
        for part, place in ((self.main, places.main), (self.card, places.card), (self.pad, places.pad)):
            part.setParent(parent)
            part.setGeometry(place)
        self.main.show()  # an empty zone hides itself

    def put(self, till: Till, points: Points | None) -> None:
        """Show the till zone. `points` stand in the keypad's place where the screen has no other place for them."""
        self.till = till
        shown = till.card.label or till.card.typed or till.card.hint
        self.card.put(_shape(till.card) if shown else None, lambda: self._build_card(till.card))
        if isinstance(self.card.content, AmountCard) and len(self.card.content.figures) == len(till.card.lines):
            self.card.content.amend(till.card)
        if till.keypad is not None:
            keypad = till.keypad
            self.pad.put(("keypad", keypad.left_key), lambda: KeypadBox(self.kit, keypad))
            if isinstance(self.pad.content, KeypadBox) and not self.kit.finger.is_on(self.pad):
                self.pad.content.amend(keypad)
        else:
            below = (till.below_title, till.below_text, till.below, points)
            self.pad.put(below, lambda: _below(self.kit, till, points) if any(below) else None)
        self.main.put(till.main)

    def _build_card(self, card: TypedCard) -> QWidget:
        if isinstance(card, PinCard):
            return pin_box(self.kit, card)
        if isinstance(card, FactsCard):
            return facts_box(self.kit, card)
        place = self.kit.look.places.card
        for level in range(3):
            box = AmountCard(self.kit, card, level)
            if height_of(box, place.width()) <= place.height():
                return box
            box.deleteLater()
        return AmountCard(self.kit, card, 3)


def _below(kit: Kit, till: Till, points: Points | None) -> QWidget:
    """What stands in the keypad's place: the points of a sale, and actions under a title. It pages when it must."""
    look = kit.look
    place = look.places.pad
    title, text, actions = till.below_title, till.below_text, till.below
    parts: list[QWidget] = [points_card(kit, points)] if points is not None else []
    if title or text or actions:
        heading = Text(look, title, "h3") if title else None
        words = Text(look, text, "body", "ink2") if text else None
        gap = look.px(10) if heading or words else 0
        column = ActionColumn(kit, actions) if actions else None
        pad = look.px(12 if look.compact else 16)
        parts.append(Box(look, "card", v(heading, words, gap if column else None, column, gap=look.px(4), pad=pad)))
    need = sum(height_of(p, place.width()) for p in parts) + look.px(12) * (len(parts) - 1)
    if need <= place.height():
        return bare(v(*parts, 1.0, gap=look.px(12)))
    for part in parts:
        part.deleteLater()
    pages = Pages(kit, gap=look.px(8))
    rows: list[Row] = []
    if points is not None:
        rows.append(Row("points", points, lambda: points_card(kit, points)))
    if title or text:
        rows.append(
            Row("words", (title, text), lambda: bare(v(Text(look, title, "h3"), Text(look, text, "body", "ink2"))))
        )
    rows += [Row(i, a, lambda a=a: Button(kit, a, "button_big")) for i, a in enumerate(actions)]  # type: ignore[misc]
    pages.put(rows)
    return pages
