"""What must hold for every drawn screen: sizes of targets, names, nothing cut, nothing over something else."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QEvent, QRect
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QLabel, QWidget

from pos_app.ui.views.chrome import FrameOverlay, ToastBox
from pos_app.ui.widgets.surface import Figure, Text, height_of
from pos_app.ui.widgets.taps import Button, Tap
from pos_app.ui.window import TillWindow

_OVER = (FrameOverlay, ToastBox)
LONGEST = 18
"""Letters of the longest word that stands on a button or in a sentence of ours, in any language with spaces."""
_LETTERS = "[!-,.-~\u00c0-\u024f\u1e00-\u1eff]*"
_LAST, _FIRST = re.compile(f"{_LETTERS}$"), re.compile(_LETTERS)


def settle() -> None:
    """Let Qt lay out and free what was thrown away."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def findings(window: TillWindow) -> list[str]:
    """Everything that is wrong with what the window shows now."""
    out: list[str] = []
    for widget in window.findChildren(QWidget):
        if widget.isVisibleTo(window):
            out += _target(window, widget) + _text(widget) + _place(window, widget) + _overlap(window, widget)
    return out


def name(widget: QWidget) -> str:
    words = widget.accessibleName() or (widget.text() if isinstance(widget, QLabel) else "")
    return f"{type(widget).__name__} {words[:40]!r}"


def _target(window: TillWindow, widget: QWidget) -> list[str]:
    if not isinstance(widget, Tap):
        return []
    floor = window.look.mm("floor")
    out = [] if widget.accessibleName() else [f"{name(widget)} has no name"]
    if min(widget.width(), widget.height()) < floor:
        out.append(f"{name(widget)} is {widget.width()}x{widget.height()}, the floor is {floor}")
    if isinstance(widget, Button) and widget.heightForWidth(widget.width()) > widget.height() and widget.kind != "key":
        out.append(f"{name(widget)} cuts its words")
    if isinstance(widget, Button) and widget.words:
        out += _broken(widget, widget._texts(widget.width())[0])
    return out


def _broken(widget: QWidget, layout: QTextLayout) -> list[str]:
    """Words of a usual length that go on in the next line; only what is longer than any word of ours may."""
    text, found = layout.text(), []
    for line in range(layout.lineCount() - 1):
        at = layout.lineAt(line).textStart() + layout.lineAt(line).textLength()
        head, rest = _LAST.search(text[:at]), _FIRST.match(text[at:])
        whole = (head[0] + rest[0]) if head and rest and head[0] and rest[0] else ""
        if whole and "/" not in whole and len(whole) <= LONGEST:  # a path may go on anywhere
            found.append(f"{name(widget)} breaks {head[0] + rest[0]!r}")
    return found


def _text(widget: QWidget) -> list[str]:
    if not isinstance(widget, Text) or not widget.text():
        return []
    if isinstance(widget, Figure):
        need = widget.minimumSizeHint().width() - 3
        return [f"{name(widget)} needs {need} px, has {widget.width()}"] if need > widget.width() else []
    need = height_of(widget, widget.width())
    if broken := _broken(widget, widget._set(widget.width())[0]):
        return broken
    if need > widget.height() + 1:
        return [f"{name(widget)} needs {need} px of height, has {widget.height()}"]
    return [f"{name(widget)} has no width"] if widget.width() < 12 and len(widget.text()) > 1 else []


def _place(window: TillWindow, widget: QWidget) -> list[str]:
    box = QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())
    out = [] if window.rect().contains(box) else [f"{name(widget)} is outside: {box}"]
    parent = widget.parentWidget()
    if parent is not None and widget.width() and widget.height() and not parent.rect().contains(widget.geometry()):
        out.append(f"{name(widget)} is cut by {name(parent)}: {widget.geometry()} in {parent.size()}")
    return out


def _overlap(window: TillWindow, widget: QWidget) -> list[str]:
    children = [c for c in widget.children() if isinstance(c, QWidget) and c.isVisibleTo(window)]
    children = [c for c in children if not isinstance(c, _OVER) and c.width() and c.height()]
    return [
        f"{name(a)} lies over {name(b)}"
        for i, a in enumerate(children)
        for b in children[i + 1 :]
        if a.geometry().intersects(b.geometry())
    ]
