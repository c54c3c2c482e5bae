"""The scanner's end of a serial line, for the tour and the journeys: real bytes into the real scanner code.

A pseudo-terminal behind a link whose name stays, so that unplugging and plugging in again is what the system
shows for a USB device. Windows has no pseudo-terminals: there it is a loopback socket under the same face.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path


class SerialLine:
    """One scanner's cable. `port` is what the till's settings name."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._end = _SocketEnd() if sys.platform == "win32" else _PtyEnd(link)

    @property
    def port(self) -> str:
        return self._end.port

    def open(self) -> None:
        """Plug in."""
        self._end.open()

    def send(self, data: bytes) -> None:
        """What the scanner sends for one code, ending included."""
        self._end.send(data)

    def unplug(self) -> None:
        """Pull the cable: the device and its name are gone."""
        self._end.close()

    close = unplug


if sys.platform != "win32":
    import tty

    class _PtyEnd:
        def __init__(self, link: Path) -> None:
            self._link = link
            self._master = -1

        @property
        def port(self) -> str:
            return str(self._link)

        def open(self) -> None:
            self._master, slave = os.openpty()
            tty.setraw(slave)
            name = os.ttyname(slave)
            os.close(slave)
            self._link.parent.mkdir(parents=True, exist_ok=True)
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(name)

        def send(self, data: bytes) -> None:
            os.write(self._master, data)

        def close(self) -> None:
            if self._master >= 0:
                self._link.unlink(missing_ok=True)
                os.close(self._master)
                self._master = -1


class _SocketEnd:
    def __init__(self) -> None:
        self._server: socket.socket | None = None
        self._till: socket.socket | None = None
        self._number = 0

    @property
    def port(self) -> str:
        return f"socket://127.0.0.1:{self._number}"

    def open(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self._number))
        self._number = self._server.getsockname()[1]

    def send(self, data: bytes) -> None:
        if self._till is None and self._server is not None:
            self._till, _ = self._server.accept()
        if self._till is not None:
            self._till.sendall(data)

    def close(self) -> None:
        for end in (self._till, self._server):
            if end is not None:
                end.close()
        self._till = self._server = None
