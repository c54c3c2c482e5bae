"""Ways to a printer: a network address, a serial port, a device file, or the system's spooler taking raw bytes.

All that differs between them is here; what is said over them is not.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import time
from typing import Final, Protocol
from urllib.parse import urlsplit

import serial

from pos_app.devices.ports import PORT_ERRORS, close_port, open_port
from pos_app.devices.ports import Line as SerialSettings

LINE_ERRORS: Final[tuple[type[Exception], ...]] = (*PORT_ERRORS, subprocess.SubprocessError)
RAW_PORT: Final = 9100
CONNECT_S: Final = 3.0
WRITE_S: Final = 5.0
_SPOOL_S: Final = 20.0
_SERIAL_BYTES: Final = 512
_JOB_NAME: Final = "Slip"


class Line(Protocol):
    """One opened way to a printer. Every call may raise one of LINE_ERRORS and blocks for a bounded time.

    `answers`: whether the printer can answer at all. `stays`: whether it is kept open between slips.
    `is_held_back`: nothing is on its way to paper before `finish` has come back.
    """

    answers: bool
    stays: bool
    is_held_back: bool

    def write(self, data: bytes) -> None: ...
    def read(self, wait_s: float) -> bytes:
        """What has arrived, or what arrives first within a time; empty when nothing does."""

    def finish(self) -> None:
        """The job is complete: hand it over."""

    def close(self) -> None: ...


def open_line(port: str, baud: int) -> Line:
    """Open the way to a printer by its name in the settings.

    Shape:   tcp://host:9100, a serial port (COM7, /dev/ttyUSB0, a pySerial URL), a device file (/dev/usb/lp0), and
             else the name of a printer of the system.
    Errors:  one of LINE_ERRORS.    Thread: blocks for seconds; not for the main thread.
    """
    if port.startswith("tcp://"):
        return _Network(port)
    if "://" in port or re.fullmatch(r"(?i)(\\\\\.\\)?com\d+", port):
        return _Serial(port, baud)
    if port.startswith("/dev/"):
        is_device = re.match(r"/dev/(usb/)?lp", port)
        return _DeviceFile(port) if is_device else _Serial(port, baud)
    if os.path.sep in port and os.path.exists(port):  # a link to a serial port
        return _Serial(port, baud)
    return _Spooler(port)


class _Network:
    """A connection for each slip: other tills print on the same printer."""

    answers, stays, is_held_back = True, False, False

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or RAW_PORT), CONNECT_S)

    def write(self, data: bytes) -> None:
        self._socket.settimeout(WRITE_S)
        self._socket.sendall(data)

    def read(self, wait_s: float) -> bytes:
        self._socket.settimeout(max(0.001, wait_s))
        try:
            data = self._socket.recv(256)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionResetError("the printer ended the connection")
        return data

    def finish(self) -> None:
        return

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()


class _Serial:
    answers, stays, is_held_back = True, True, False

    def __init__(self, name: str, baud: int) -> None:
        self._port = open_port(name, SerialSettings(baud), 0.1)
        self._port.write_timeout = WRITE_S

    def write(self, data: bytes) -> None:
        for start in range(0, len(data), _SERIAL_BYTES):  # each within its time, however slow the line is
            self._port.write(data[start : start + _SERIAL_BYTES])
            self._port.flush()

    def read(self, wait_s: float) -> bytes:
        self._port.timeout = wait_s
        try:
            first = bytes(self._port.read(1))
            return first + bytes(self._port.read(min(self._port.in_waiting, 256))) if first else b""
        except serial.SerialException as error:
            if "returned no data" in str(error):  # a port that is gone says so on every read
                raise ConnectionResetError("the printer's port went away") from error
            raise

    def finish(self) -> None:
        return

    def close(self) -> None:
        close_port(self._port)


class _DeviceFile:
    """A printer that the system shows as a file, for example /dev/usb/lp0; it may be shared, so it is not kept."""

    stays = is_held_back = False

    def __init__(self, path: str) -> None:
        flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            self._fd = os.open(path, os.O_RDWR | flags)
            self.answers = True
        except PermissionError:
            raise
        except OSError:
            self._fd = os.open(path, os.O_WRONLY | flags)
            self.answers = False

    def write(self, data: bytes) -> None:
        end = time.monotonic() + WRITE_S
        while data:
            _, ready, _ = select.select([], [self._fd], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the printer takes nothing")
            data = data[os.write(self._fd, data) :]

    def read(self, wait_s: float) -> bytes:
        end = time.monotonic() + wait_s
        while True:
            ready, _, _ = select.select([self._fd], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return b""
            data = os.read(self._fd, 256)
            if data:
                return data
            if time.monotonic() >= end:
                return b""
            time.sleep(0.01)  # usblp gives nothing at once where a serial port would wait

    def finish(self) -> None:
        return

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._fd)


class _Spooler:
    """A printer of the system that takes the bytes as they are. It never answers; the system keeps the job."""

    answers, stays, is_held_back = False, False, True

    def __init__(self, name: str) -> None:
        self._name = name
        self._job = bytearray()
        if sys.platform != "win32" and shutil.which("lp") is None:
            raise FileNotFoundError(2, f"there is no printer system (lp) for {name}")

    def write(self, data: bytes) -> None:
        self._job += data

    def read(self, wait_s: float) -> bytes:
        return b""

    def finish(self) -> None:
        job, self._job = bytes(self._job), bytearray()
        if not job:
            return
        if sys.platform == "win32":
            from pos_app.devices.winspool import print_raw

            print_raw(self._name, _JOB_NAME, job)
        else:
            self._lp(job)

    def _lp(self, job: bytes) -> None:
        lp = shutil.which("lp") or "lp"
        done = subprocess.run(  # noqa: S603 - the system's own program; the name is one argument
            [lp, "-d", self._name, "-o", "raw", "-t", _JOB_NAME, "-s"], input=job, capture_output=True,
            timeout=_SPOOL_S, check=False,
        )  # fmt: skip
        if done.returncode:
            raise OSError(done.stderr.decode("utf-8", "replace").strip()[:200] or "lp refused the slip")

    def close(self) -> None:
        return
