"""Contrast as it is drawn: the colour that a text is meant to have against the ground that the picture shows there."""

from __future__ import annotations

from collections import Counter

from checks import name
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from pos_app.ui import tokens
from pos_app.ui.views.chrome import ToastBox
from pos_app.ui.widgets.surface import Figure, Icon, Text
from pos_app.ui.widgets.taps import Button, Tap
from pos_app.ui.window import TillWindow

TEXT, STRONG, CONTROL = 4.5, 7.0, 3.0
STATES = frozenset(["ok", "bad", "wait", "unknown", "train"])
OUTLINED = frozenset(["main", "solid", "second", "danger"])
_SEEN = 0.5
"""A thin letter is half as far from its ground as its colour at least; less means that something lies over it."""


def low(window: TillWindow, picture: QImage) -> list[str]:
    """Every text, amount, icon and control that stands out too little, in words. `picture`: of the window, 32 bits."""
    ratio = picture.width() / window.width()
    out: list[str] = []
    toast = window.findChild(ToastBox)
    covered = QRect(toast.mapTo(window, QPoint()), toast.size()) if toast and toast.isVisibleTo(window) else QRect()
    for widget in window.findChildren(QWidget):
        if not widget.isVisibleTo(window) or not widget.width() or not widget.height():
            continue
        box = QRect(widget.mapTo(window, QPoint()), widget.size())
        if box.intersects(covered) and not toast.isAncestorOf(widget):
            continue
        if isinstance(widget, Text) and widget.text().strip():
            out += _words(widget, widget.look.colour(widget.tone), _floor(widget), _crop(picture, box, ratio))
        elif isinstance(widget, Button) and (widget.words or widget.icon_name):
            inside = box.adjusted(4, 4, -4, -4)
            out += _words(widget, widget.look.colour(widget.ink), TEXT, _crop(picture, inside, ratio))
        elif isinstance(widget, Icon):
            out += _words(widget, widget.look.colour(widget.tone), CONTROL, _crop(picture, box, ratio), thin=True)
        if isinstance(widget, Tap) and widget.kind in OUTLINED and widget.isEnabled():
            out += _edge(widget, picture, box, ratio)
    return out


def _floor(text: Text) -> float:
    return STRONG if (isinstance(text, Figure) and text.tone == "ink") or text.tone in STATES else TEXT


def _crop(picture: QImage, box: QRect, ratio: float) -> Counter[int]:
    """How often each colour is there."""
    scaled = QRect(
        round(box.x() * ratio), round(box.y() * ratio), round(box.width() * ratio), round(box.height() * ratio)
    )
    part = picture.copy(scaled.intersected(picture.rect()))
    return Counter(memoryview(part.constBits()).cast("I"))


def _words(widget: QWidget, ink: QColor, floor: float, seen: Counter[int], *, thin: bool = False) -> list[str]:
    if not seen:
        return []
    ground = QColor(seen.most_common(1)[0][0])
    if thin and _far(ground, ink) < 30:  # a full glyph is its own ground
        return []
    found = tokens.contrast(ink.name(), ground.name())
    if found < floor:
        return [f"{name(widget)} has a contrast of {found}, the floor is {floor}"]
    least, behind = _SEEN * _far(ground, ink), ground.rgb()
    is_seen = thin or any(_apart(behind, one) >= least for one in seen)
    return [] if is_seen else [f"{name(widget)} is not to be seen"]


def _far(one: QColor, other: QColor) -> int:
    return _apart(one.rgb(), other.rgb())


def _apart(a: int, b: int) -> int:
    """How far two colours are apart, 0 to 765."""
    return sum(abs((a >> shift & 255) - (b >> shift & 255)) for shift in (0, 8, 16))


def _edge(tap: Tap, picture: QImage, box: QRect, ratio: float) -> list[str]:
    """Whether fill or outline parts a control from what is round it."""
    fill, line, _ = tap._surface()
    outside = QPoint(round((box.x() - 3) * ratio), round(box.center().y() * ratio))
    if not picture.rect().contains(outside):
        return []
    ground = picture.pixelColor(outside).name()
    best = max((tokens.contrast(tap.look.colour(one).name(), ground) for one in (fill, line) if one), default=21.0)
    return [f"{name(tap)} stands out by {best}, the floor is {CONTROL}"] if best < CONTROL else []
