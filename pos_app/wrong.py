"""The log, the one handler of what nobody foresaw (a traceback for the log, one sentence for the cashier), the end."""

from __future__ import annotations

import asyncio
import logging
import os
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


def end_in_time(code: int, within_s: float) -> int:
    """The exit code of a program whose data is all on disk: a look-up that hangs in the system may not hold it up."""
    last = threading.Timer(within_s, os._exit, (code,))
    last.daemon = True
    last.start()
    return code


class _OneLine(logging.Formatter):
    """One line for each event: a text from outside cannot forge another. Only a traceback of ours has lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, a name of logging
        line = super().formatMessage(record)
        return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)


class _LogFile(RotatingFileHandler):
    """The log's file. When it cannot be written that is said once, and selling goes on."""

    _is_told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, a name of logging
        if not self._is_told:
            self._is_told = True
            _say_no_log(sys.exc_info()[1])


def _say_no_log(exc: BaseException | None) -> None:
    if sys.stderr is not None:  # a windowed program on Windows has none
        sys.stderr.write(f"The log cannot be written ({exc}). Selling goes on without it; tell IT. [LOG-01]\n")


def write_log(folder: Path, level: str, most_bytes: int = 2_000_000) -> bool:
    """Write the log into this folder: rotated, one line for each event. False, and told, when that is impossible."""
    root = logging.getLogger()
    root.setLevel(level)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(folder / "till.log", maxBytes=most_bytes, backupCount=5, encoding="utf-8")
    except OSError as exc:
        _say_no_log(exc)
        return False
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    return True
