"""What must hold for every drawn screen: sizes of targets, names, nothing cut, nothing over something else."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QRect
from PySide6.QtWidgets import QLabel, QWidget

from pos_app.ui.views.chrome import FrameOverlay, ToastBox
from pos_app.ui.widgets.surface import Figure, Text, height_of
from pos_app.ui.widgets.taps import Button, Tap
from pos_app.ui.window import TillWindow

_OVER = (FrameOverlay, ToastBox)


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
    return out


def _text(widget: QWidget) -> list[str]:
    if not isinstance(widget, Text) or not widget.text():
        return []
    if isinstance(widget, Figure):
        need = widget.minimumSizeHint().width() - 3
        return [f"{name(widget)} needs {need} px, has {widget.width()}"] if need > widget.width() else []
    need = height_of(widget, widget.width())
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
