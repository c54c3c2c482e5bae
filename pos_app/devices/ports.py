"""Serial ports: which one to open, opening it, and saying in words why it did not work.

Knows pyserial and the operating systems' ways to refuse; nothing here knows what a scan is.
"""

import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

import serial
from msgspec import Struct

from pos_app.domain.codes import shown

LinkState = Literal["connected", "missing", "held", "denied", "failed", "searching", "off"]
UsbId = tuple[int, int | None]
"""USB vendor and product; None stands for every product of the vendor."""

SCANNER_VENDORS: Final[tuple[UsbId, ...]] = ((0x05E0, None), (0x0C2E, None), (0x05F9, None))
"""Zebra, Honeywell, Datalogic. Source: general knowledge; a settings file can name others."""

# termios.error is no OSError. TypeError, ValueError and AttributeError are how pyserial fails when a port
# goes away under it, or how it refuses settings.
_termios_error: tuple[type[Exception], ...] = ()
if sys.platform != "win32":
    import termios

    _termios_error = (termios.error,)
PORT_ERRORS: Final[tuple[type[Exception], ...]] = (
    OSError,
    TypeError,
    ValueError,
    AttributeError,
    ImportError,
    *_termios_error,
)

_LIST_REST: Final = 20  # listing ports can take seconds (Bluetooth) and stall everybody: rest 20 times as long
_EAGAIN, _EBUSY, _EPERM, _EACCES = 11, 16, 1, 13
_ABSENT_ERRNO: Final = frozenset({2, 5, 6, 19, 20})  # ENOENT, EIO, ENXIO, ENODEV, ENOTDIR
_ABSENT_WINERROR: Final = frozenset({2, 3, 21, 31, 433, 1167})
_HELD_WINERROR: Final = frozenset({5, 32, 170})  # Windows says "access denied" for a port in use
_TIMEOUT_WINERROR: Final = 1460
_log = logging.getLogger(__name__)


class PortInfo(Struct, frozen=True):
    """A serial port that the system lists; the ids are None unless it is on USB."""

    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    description: str = ""

    @property
    def usb(self) -> tuple[int, int, str | None] | None:
        """The identity that stays when the port gets another name."""
        return (self.vid, self.pid, self.serial_number) if self.vid is not None and self.pid is not None else None

    def words(self) -> str:
        """Name the port for a person who has to choose."""
        usb = f", USB {self.vid:04X}:{self.pid:04X}" if self.vid is not None and self.pid is not None else ""
        return shown(f"{self.device} ({self.description}{usb})", 120)


ListPorts = Callable[[], Sequence[PortInfo]]


def list_serial_ports() -> list[PortInfo]:
    """List the ports of this computer; may block for seconds where Bluetooth ports exist."""
    # Imported late: under Wine the import itself fails (a missing function of cfgmgr32).
    from serial.tools.list_ports import comports

    return [PortInfo(p.device, p.vid, p.pid, p.serial_number, shown(p.description or "")) for p in sorted(comports())]


class Line(Struct, frozen=True):
    """The line settings of a port; a USB virtual port ignores them."""

    baud: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: float = 1


class PortSearch:
    """Decides which names are worth opening, best first, and remembers the device that worked.

    Thread:  scanner. Call `candidates` only while no port is open.
    """

    def __init__(self, port: str, usb: Iterable[UsbId], list_ports: ListPorts) -> None:
        self._port = port
        self._usb = frozenset(usb)
        self._list_ports = list_ports
        self._listed: tuple[PortInfo, ...] = ()
        self._list_next_at = 0.0
        self._known: tuple[int, int, str | None] | None = None

    @property
    def listed(self) -> tuple[PortInfo, ...]:
        """The ports as listed last."""
        return self._listed

    def candidates(self) -> list[str]:
        """Name the ports to try: the device that worked before, wherever it is, then the configured name."""
        if "://" in self._port:
            return [self._port]
        self._refresh()
        known = [p.device for p in self._listed if self._known is not None and p.usb == self._known]
        if self._port != "auto":
            return known if any(_is_same(self._port, device) for device in known) else [*known, self._port]
        others = [p.device for p in self._listed if self._is_allowed(p) and p.device not in known]
        return known + others

    def remember(self, name: str) -> None:
        """Take note that the port of this name works, so that it is found again under another name."""
        for port in self._listed:
            if port.usb is not None and _is_same(port.device, name):
                self._known = port.usb

    def _is_allowed(self, port: PortInfo) -> bool:
        return port.vid is not None and bool(self._usb & {(port.vid, port.pid), (port.vid, None)})

    def _refresh(self) -> None:
        began_at = time.monotonic()
        if began_at < self._list_next_at:
            return
        try:
            self._listed = tuple(self._list_ports())
        except PORT_ERRORS as error:
            _log.info("serial ports could not be listed: %s", shown(str(error), 200))
            self._listed = ()
        ended_at = time.monotonic()
        self._list_next_at = ended_at + _LIST_REST * (ended_at - began_at)


def _is_same(one: str, other: str) -> bool:
    if os.name == "nt":
        return one.removeprefix("\\\\.\\").upper() == other.removeprefix("\\\\.\\").upper()
    return os.path.realpath(one) == os.path.realpath(other)


def open_port(name: str, line: Line, read_timeout_s: float) -> serial.Serial:
    """Open a port, or a pyserial URL, for this program alone.

    Errors:  one of PORT_ERRORS; `explain` puts it into words.
    Thread:  blocks, up to 5 s for a socket:// that does not answer.
    """
    port = serial.serial_for_url(
        name,
        do_not_open=True,
        baudrate=line.baud,
        bytesize=line.bytesize,
        parity=line.parity,
        stopbits=line.stopbits,
        timeout=read_timeout_s,
        exclusive=True,
    )
    port.open()
    try:
        _ = port.in_waiting  # a port that went away may still open on Windows; asking it something shows it
    except PORT_ERRORS:
        close_port(port)
        raise
    return port


def read_some(port: serial.Serial) -> bytes:
    """Read what is there, or wait up to the port's time-out for a first byte; empty when none came.

    Errors:  one of PORT_ERRORS when the port is gone.
    """
    try:
        return bytes(port.read(max(1, min(port.in_waiting, 4096))))
    except serial.SerialException as error:
        # WORKAROUND for Wine, where a read that times out raises instead of giving nothing.
        if _winerror(error) == _TIMEOUT_WINERROR:
            return b""
        raise


def close_port(port: serial.Serial) -> None:
    """Close a port that may be gone already."""
    try:
        port.close()
    except PORT_ERRORS as error:
        _log.info("port did not close cleanly: %s", shown(str(error), 200))


def explain(error: Exception, name: str) -> tuple[LinkState, str]:
    """Put into words why a port could not be opened, with what to do about it.

    pyserial hides Windows' own error code in the text of its exception; it is the last number there, in every
    language of Windows.
    """
    port = shown(name, 60)
    number, winerror = getattr(error, "errno", None), _winerror(error)
    if number in (_EAGAIN, _EBUSY) or winerror in _HELD_WINERROR:
        return "held", (
            f"{port} is in use by another program. Close that program or choose another port; "
            "if there is none, unplug the scanner and plug it in again."
        )
    if number in (_EACCES, _EPERM):
        return "denied", (
            f"This account may not open {port}. Add it to the group dialout "
            "(sudo usermod -aG dialout <account>), then sign in again."
        )
    if number in _ABSENT_ERRNO or winerror in _ABSENT_WINERROR:
        return "missing", f"{port} is not there. Is the scanner plugged in and switched on?"
    return "failed", f"{port} cannot be opened: {shown(str(error), 160)}"


def _winerror(error: Exception) -> int | None:
    found = re.findall(r", None, (\d+)\)", str(error))
    return int(found[-1]) if found else None
