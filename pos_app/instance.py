"""The one till of a data folder, as other programs meet it: its local line, and the system's wish that it ends.

The running till owns a line that only its own user may open. One JSON line is asked, one is answered, both
bounded and with the version of this protocol:

    {"v": 1, "ask": "outbox.list", "given": {"limit": 50}}      {"v": 1, "entries": [...]}

The line is a courtesy: it brings the till to the front and carries the command line's questions. What keeps two
programs off one queue is the lock of the database alone, so a line that is missing, stale or stolen does no harm.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PySide6.QtCore import QCoreApplication
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from pos_app.domain.problems import problem

log = logging.getLogger(__name__)

Answer = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]

PROTOCOL = 1
MAX_ASKED_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 8 * 1024 * 1024
FRONT = "front"
LEAVE = "leave"
ALREADY_OPEN = "The till is open already; it was brought to the front."
FRONT_WITHIN_S = 3.0
AWAKE_EVERY_S = 0.25

_NAME = "till.line"
_MAX_SOCKET_PATH_BYTES = 90
"""A Unix socket's path has 107 bytes at most (unix(7); 103 on macOS), and Qt makes it under a longer name first."""
_MOST_TALKS = 16
_NOBODY = (
    QLocalSocket.LocalSocketError.ServerNotFoundError,
    QLocalSocket.LocalSocketError.ConnectionRefusedError,
    QLocalSocket.LocalSocketError.SocketAccessError,
)


class LineError(Exception):
    """A till runs here, but nothing came of asking it. `problem` is its support code: TILL-01 or TILL-02."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.problem = code

    def __str__(self) -> str:
        known = problem(self.problem)
        return f"{known.happened} {known.kept} {known.do_next} [{known.code}]"


def name_of(folder: Path) -> str:
    """The line's name: the same for every spelling of one data folder, short enough for the system.

    On Windows a pipe; elsewhere a socket in the folder itself, or in the temporary folder when the path is long.
    """
    whole = os.path.normcase(folder.resolve())
    digest = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    if sys.platform == "win32":
        return f"pos-app-{digest}"
    within = f"{whole}/{_NAME}"
    if len(os.fsencode(within)) <= _MAX_SOCKET_PATH_BYTES:
        return within
    return f"{tempfile.gettempdir()}/pos-app-{digest}"


def _is_trusted(name: str) -> bool:
    """Whether the line is this user's own; in a folder that all may write to, somebody else may have made the name."""
    if sys.platform == "win32":
        return True
    try:
        owner = os.stat(name).st_uid
    except OSError:
        return False
    return os.getuid() in (owner, 0)


# ---------------------------------------------------------------- the till's end


class Line:
    """The line of the running till. `answer` gets what is asked, and may raise only what is a bug.

    Thread: main, inside the loop. Whoever opens it holds the lock of the database: a name that a killed till left
    behind is taken over.
    """

    def __init__(self, folder: Path, answer: Answer) -> None:
        self._name = name_of(folder)
        self._answer = answer
        self._talks: dict[QLocalSocket, _Talk] = {}
        self._server = QLocalServer()
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def open(self) -> None:
        """Listen. A till that cannot be asked from outside still sells, so a failure is only logged."""
        QLocalServer.removeServer(self._name)
        if not self._server.listen(self._name):
            log.warning("no local line, so no second start can find this till: %s", self._server.errorString())

    def close(self) -> None:
        """Hang up: nothing is answered any more, and what is under way is cancelled."""
        self._server.close()
        for talk in list(self._talks.values()):
            talk.end()
        self._talks.clear()
        self._server.deleteLater()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            if len(self._talks) >= _MOST_TALKS:
                socket.abort()
                socket.deleteLater()
                continue
            socket.setReadBufferSize(MAX_ASKED_BYTES)
            self._talks[socket] = talk = _Talk(socket, self._answer)
            socket.readyRead.connect(talk.on_bytes)
            socket.disconnected.connect(lambda socket=socket: self._on_gone(socket))
            talk.on_bytes()

    def _on_gone(self, socket: QLocalSocket) -> None:
        talk = self._talks.pop(socket, None)
        if talk is not None:
            talk.end()


class _Talk:
    """One caller: questions are answered in turn, one at a time."""

    def __init__(self, socket: QLocalSocket, answer: Answer) -> None:
        self._socket = socket
        self._answer = answer
        self._heard = bytearray()
        self._task: asyncio.Task[Mapping[str, Any]] | None = None
        self._is_over = False

    def on_bytes(self) -> None:
        """Something was said, or the last question has been answered."""
        if self._is_over:
            return
        self._heard += self._socket.read(MAX_ASKED_BYTES + 1 - len(self._heard)).data()
        line, end, rest = self._heard.partition(b"\n")
        if not end and len(line) > MAX_ASKED_BYTES:
            self._socket.abort()
        elif end and self._task is None:
            self._heard = rest
            self._task = asyncio.get_running_loop().create_task(_answered(bytes(line), self._answer), name="line")
            self._task.add_done_callback(self._on_answered)

    def _on_answered(self, task: asyncio.Task[Mapping[str, Any]]) -> None:
        self._task = None
        if task.cancelled() or self._is_over:
            return
        exc = task.exception()
        if exc is not None:
            asyncio.get_running_loop().call_exception_handler({"message": "an answer failed", "exception": exc})
        said = {"problem": "APP-01"} if exc is not None else task.result()
        line = _line({"v": PROTOCOL, **said})
        self._socket.write(line if len(line) <= MAX_ANSWER_BYTES else _line({"v": PROTOCOL, "problem": "TILL-02"}))
        self._socket.flush()
        self.on_bytes()

    def end(self) -> None:
        """The caller is gone, or the till closes."""
        if self._is_over:
            return
        self._is_over = True
        if self._task is not None:
            self._task.cancel()
        self._socket.abort()
        self._socket.deleteLater()


async def _answered(line: bytes, answer: Answer) -> Mapping[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict) or asked.get("v") != PROTOCOL:
        return {"problem": "TILL-02"}
    given = asked.get("given")
    return await answer(str(asked.get("ask")), given if isinstance(given, dict) else {})


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


# ---------------------------------------------------------------- the caller's end


class Caller:
    """Asks the till that runs on a data folder. Blocking: for programs that have nothing else to do."""

    def __init__(self, socket: QLocalSocket) -> None:
        self._socket = socket
        self._heard = bytearray()

    @classmethod
    def reach(cls, folder: Path, within_s: float = 2.0) -> Caller | None:
        """The line of the till that runs on this folder; None when nobody owns one.

        Errors: LineError (TILL-01) when somebody does, and does not pick up.
        """
        if QCoreApplication.instance() is None:
            cls._program = QCoreApplication(sys.argv[:1])  # kept for as long as the process lives
        name = name_of(folder)
        if not _is_trusted(name):
            return None
        socket = QLocalSocket()
        socket.connectToServer(name)
        if socket.waitForConnected(int(1000 * within_s)):
            return cls(socket)
        if socket.error() in _NOBODY:
            return None
        raise LineError("TILL-01")

    _program: QCoreApplication

    def ask(self, what: str, given: Mapping[str, Any] | None = None, within_s: float = 10.0) -> dict[str, Any]:
        """The answer to one question.

        Errors: LineError: TILL-01 for none in time, TILL-02 for one that this program does not understand.
        """
        end_s = time.monotonic() + within_s
        self._socket.write(_line({"v": PROTOCOL, "ask": what, "given": given or {}}))
        self._socket.flush()
        while b"\n" not in self._heard:
            left_ms = int(1000 * (end_s - time.monotonic()))
            if left_ms <= 0 or not self._socket.waitForReadyRead(left_ms):
                raise LineError("TILL-01")
            self._heard += self._socket.readAll().data()
            if len(self._heard) > MAX_ANSWER_BYTES:
                raise LineError("TILL-02")
        line, _, self._heard = self._heard.partition(b"\n")
        try:
            said = json.loads(line)
        except ValueError as exc:
            raise LineError("TILL-02") from exc
        if not isinstance(said, dict) or said.pop("v", None) != PROTOCOL:
            raise LineError("TILL-02")
        return said

    def close(self) -> None:
        """Hang up."""
        self._socket.abort()


def brought_to_front(folder: Path) -> bool:
    """Whether a till runs on this folder already; then it is asked to come to the front, and that is said.

    Errors: LineError when it runs and does not answer.
    """
    caller = Caller.reach(folder)
    if caller is None:
        return False
    _let_others_take_the_front()
    caller.ask(FRONT, within_s=FRONT_WITHIN_S)
    caller.close()
    if sys.stderr is not None:  # a windowed program on Windows has none
        sys.stderr.write(f"{ALREADY_OPEN}\n")
    return True


def _let_others_take_the_front() -> None:
    """Windows lets a program raise its window only when the one that the user has just started allows it.

    Source: AllowSetForegroundWindow in Microsoft's Win32 reference; ASFW_ANY is -1.
    """
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)


# ---------------------------------------------------------------- the system


async def _awake() -> None:
    """A loop that waits inside Qt runs no Python, so a signal is heard only when something wakes it."""
    while True:  # noqa: ASYNC110 - nothing is waited for
        await asyncio.sleep(AWAKE_EVERY_S)


@contextmanager
def asked_to_end(closed: asyncio.Event) -> Iterator[None]:
    """Ctrl-C, and a system that shuts down, close the till in good order: held vouchers are given back."""
    loop = asyncio.get_running_loop()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {
        name: signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(closed.set)) for name in names
    }
    awake = asyncio.ensure_future(_awake())
    try:
        yield
    finally:
        awake.cancel()
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
