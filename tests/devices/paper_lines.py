"""The printer of paper.py behind a real line: a TCP socket, or a pseudo-terminal. Cables can be pulled at any byte."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from paper import Head


class _Desk:
    """What both have: a thread that serves the head, a lock, and a way to wait for what is on paper."""

    def __init__(self, head: Head | None = None) -> None:
        self.head = head or Head()
        self.changed = threading.Condition()
        self.cut_after: int | None = None  # pull the cable once so many bytes have come
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="test printer")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(5)
        self.close()
        assert not self._thread.is_alive()

    def close(self) -> None: ...
    def _serve(self) -> None: ...
    def pull(self) -> None: ...

    def wait(self, fact: Callable[[], object], within_s: float = 10.0) -> None:
        with self.changed:
            assert self.changed.wait_for(fact, within_s), (self.head.slips, self.head.slip.words)

    def set(self, **facts: object) -> None:
        with self.changed:
            for name, value in facts.items():
                setattr(self.head, name, value)

    def take(self, data: bytes) -> bytes:
        """Errors: ConnectionError when the cable is pulled at this byte."""
        with self.changed:
            limit = self.cut_after
            if limit is not None and self.head.bytes_taken + len(data) > limit:
                self.head.feed(data[: limit - self.head.bytes_taken])
                self.cut_after = None
                self.changed.notify_all()
                raise ConnectionAbortedError
            said = self.head.feed(data)
            self.changed.notify_all()
            return said

    def resume(self) -> None:
        with self.changed:
            self.head.resume()
            self.changed.notify_all()


class TcpPrinter(_Desk):
    """A network printer: raw bytes on a port of its own."""

    def __init__(self, head: Head | None = None) -> None:
        super().__init__(head)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.number = self._server.getsockname()[1]
        self.port = f"tcp://127.0.0.1:{self.number}"
        self.is_deaf = False  # powered, connected, and silent
        self._plugged = threading.Event()
        self._plugged.set()

    def pull(self) -> None:
        """Take it off the network; `plug` brings it back."""
        self._plugged.clear()
        self.wait(lambda: self._server.fileno() < 0)

    def plug(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.number))
        self._plugged.set()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            if not self._plugged.is_set():
                with self.changed:
                    self._server.close()
                    self.changed.notify_all()
                self._plugged.wait(0.05)
                continue
            with suppress(OSError, ValueError):
                if select.select([self._server], [], [], 0.05)[0]:
                    self._talk(self._server.accept()[0])

    def _talk(self, client: socket.socket) -> None:
        with client:
            while not self._stopping.is_set() and self._plugged.is_set():
                if not select.select([client], [], [], 0.05)[0]:
                    continue
                data = client.recv(4096)
                if not data:
                    return
                try:
                    said = self.take(data)
                except ConnectionAbortedError:
                    self._plugged.clear()
                    return
                if said and not self.is_deaf:
                    client.sendall(said)


class PtyPrinter(_Desk):
    """A printer on a serial port. `port` is a link whose name stays when it is pulled out and plugged in again."""

    def __init__(self, link: Path, head: Head | None = None) -> None:
        super().__init__(head)
        self.port = str(link)
        self._master = -1
        self.plug()

    def plug(self) -> None:
        import tty

        master, slave = os.openpty()
        tty.setraw(slave)
        link = Path(self.port)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(slave))
        os.close(slave)
        with self.changed:
            self._master = master

    def pull(self) -> None:
        with self.changed:
            if self._master >= 0:
                Path(self.port).unlink(missing_ok=True)
                os.close(self._master)
                self._master = -1

    def close(self) -> None:
        self.pull()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            with self.changed:
                master = self._master
                ready = master >= 0 and select.select([master], [], [], 0)[0]
                data = b""
                if ready:
                    with suppress(OSError):  # nobody has the port open
                        data = os.read(master, 4096)
            if not data:
                self._stopping.wait(0.01)
                continue
            try:
                said = self.take(data)
            except ConnectionAbortedError:
                self.pull()
                continue
            with suppress(OSError):
                os.write(master, said)
