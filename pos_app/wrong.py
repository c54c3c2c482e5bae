"""The log, and the one handler of what nobody foresaw: the log gets the traceback, the cashier one sentence."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger(__name__)

_QT_LEVELS = {
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Wrong:
    """Takes every exception that nothing else took. `tell` puts a sentence on the screen."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    def __call__(self, exc: BaseException) -> None:
        log.error("unforeseen", exc_info=exc)
        self._tell()

    @contextmanager
    def everywhere(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """While the block runs, slots, threads, tasks and Qt itself all report here.

        Thread: main; what other threads raise is brought over.
        """

        def on_hook(kind: type[BaseException], exc: BaseException, trace: TracebackType | None) -> None:
            self(exc)

        def on_thread(args: threading.ExceptHookArgs) -> None:
            if args.exc_value is not None:
                loop.call_soon_threadsafe(self, args.exc_value)

        def on_loop(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
            exc = context.get("exception")
            self(exc if isinstance(exc, BaseException) else RuntimeError(str(context.get("message"))))

        hooks = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = on_hook, on_thread
        loop.set_exception_handler(on_loop)
        before = qInstallMessageHandler(_on_qt)
        try:
            yield
        finally:
            sys.excepthook, threading.excepthook = hooks
            loop.set_exception_handler(None)
            qInstallMessageHandler(before)


def _on_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    log.log(_QT_LEVELS.get(kind, logging.DEBUG), "Qt: %s", message)


def write_log(folder: Path, level: str) -> None:
    """Write the log into this folder: rotated, one line for each event.

    Errors: OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / "till.log", maxBytes=2_000_000, backupCount=5, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
