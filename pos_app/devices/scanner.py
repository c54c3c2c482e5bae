"""The barcode scanner on a serial port: one thread that reads, and finds the port again whenever it is lost.

The thread is the only one to touch the port: nothing cancels a read or closes the port from outside, because
pyserial cannot bear it. It ends by itself within one read time-out of `stop`.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, TypeVar

import serial
from msgspec import Struct

from pos_app.devices.framing import Framer, Framing, Scan
from pos_app.devices.ports import (
    PORT_ERRORS,
    SCANNER_VENDORS,
    Line,
    LinkState,
    ListPorts,
    PortSearch,
    UsbId,
    close_port,
    explain,
    list_serial_ports,
    open_port,
    read_some,
)
from pos_app.domain.codes import shown

__all__ = ["Finding", "Link", "Scan", "Scanner", "ScannerSettings", "Trace"]

BACKOFF_S: Final = (0.5, 1.0, 2.0)
_STEADY_S: Final = 5.0  # a port that held this long starts again at the shortest wait
_READ_TIMEOUT_S: Final = 0.1
_TRACE_LENGTH: Final = 200
_TRACE_BYTES: Final = 512
_RECENT_LIMIT: Final = 256  # different codes within same_code_ms; more is noise, not a cashier
_WORST_FIRST: Final[tuple[LinkState, ...]] = ("held", "denied", "failed", "missing")
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Link(Struct, frozen=True):
    """How the till stands with its scanner; `detail` is bounded plain text for a person.

    Shape:   "searching": no scanner was found yet. "missing": its port is not there, or it went away. "held":
             another program has the port. "denied": this account may not open it. "failed": anything else.
             "off": switched off. "connected" has a detail only when something looks wrong.
    """

    state: LinkState
    port: str = ""
    detail: str = ""


class ScannerSettings(Struct, frozen=True):
    """Where the scanner is and how it speaks.

    Units:   `baud` in bit/s; `same_code_ms` is how long the same bytes count as the same scan, 0 for never.
    Shape:   `port` is "auto" (the first USB port of `usb`), "off", a name such as COM7 or /dev/ttyACM0, or a
             URL of pyserial such as socket://127.0.0.1:7000. The framing fields are those of `Framing`.
    Errors:  ValueError for values that could never work.
    """

    port: str = "auto"
    baud: int = 9600
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O", "M", "S"] = "N"
    stopbits: Literal[1, 2] = 1
    prefix: bytes = b""
    suffix: bytes = b""
    idle_gap_ms: int = 60
    max_bytes: int = 512
    encoding: str = "auto"
    same_code_ms: int = 1500
    usb: tuple[UsbId, ...] = SCANNER_VENDORS

    def __post_init__(self) -> None:
        self.framing()
        if not self.port or self.baud <= 0 or not 0 <= self.same_code_ms <= 60_000:
            raise ValueError("port must be named, baud be positive and same_code_ms be 0 to 60000")

    def framing(self) -> Framing:
        """Give the part that the framing needs."""
        return Framing(self.prefix, self.suffix, self.idle_gap_ms, self.max_bytes, self.encoding)

    def line(self) -> Line:
        """Give the part that the port needs."""
        return Line(self.baud, self.bytesize, self.parity, self.stopbits)


class Trace(Struct, frozen=True):
    """One line of what went on at the scanner, for the service screen.

    Units:   `at` in seconds of the monotonic clock.
    Shape:   `kind` "bytes": what arrived in one go; "scan": handed on; "dropped": not handed on, the note
             says why; "link": a change of the link. `data` holds customers' codes: show it, never log it.
    """

    at: float
    kind: Literal["bytes", "scan", "dropped", "link"]
    data: bytes = b""
    note: str = ""


class Finding(NamedTuple):
    """One result of a check: how bad, what was found, what to do about it."""

    level: Literal["ok", "warn", "fail"]
    what: str
    how_to_fix: str = ""


class Scanner:
    """Reads a scanner for ever and reports its scans and its link.

    Thread:  both callbacks run on the thread named "scanner", never after `stop` has returned True. An
             exception in one is logged, and reading goes on.
    """

    def __init__(
        self,
        settings: ScannerSettings,
        on_scan: Callable[[Scan], None],
        on_link: Callable[[Link], None],
        *,
        list_ports: ListPorts = list_serial_ports,
        backoff_s: tuple[float, ...] = BACKOFF_S,
    ) -> None:
        self._settings = settings
        self._on_scan = on_scan
        self._on_link = on_link
        self._list_ports = list_ports
        self._backoff_s = backoff_s
        self._search = PortSearch(settings.port, settings.usb, list_ports)
        # A read must not outlast the silence that ends a code, or codes without an ending come late.
        self._read_timeout_s = min(_READ_TIMEOUT_S, settings.idle_gap_ms / 1000)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._link = Link("off")
        self._recent: dict[bytes, float] = {}
        self._has_noise = False
        self._trace: deque[Trace] = deque(maxlen=_TRACE_LENGTH)
        self._trace_lock = threading.Lock()

    def start(self) -> None:
        """Begin to read; returns at once.

        Errors:  RuntimeError when it runs already, or could not be stopped.
        """
        if self._thread is not None and self._thread.is_alive():
            raise RuntimeError("the scanner thread runs already")
        self._stopping.clear()
        self._link = Link("off")
        # A daemon, because an open that hangs in a driver must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the thread and free the port; False when it did not end in time (a driver hangs).

        Thread:  any; from a callback it returns at once and the thread ends after the callback.
        """
        self._stopping.set()
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout_s)
        if thread.is_alive():
            _log.warning("the scanner thread did not end within %.1f s", timeout_s)
        return not thread.is_alive()

    def trace(self) -> list[Trace]:
        """Give the last happenings, oldest first."""
        with self._trace_lock:
            return list(self._trace)

    def probe(self) -> list[Finding]:
        """Check the scanner: its link while it runs, else by opening its port for a moment.

        Thread:  blocks while it looks for ports; not for the main thread.
        """
        if self._thread is not None and self._thread.is_alive():
            return [_finding(self._link)]
        if self._settings.port == "off":
            return [_finding(Link("off"))]
        search = PortSearch(self._settings.port, self._settings.usb, self._list_ports)
        port, link = self._open_first(search)
        if port is not None:
            close_port(port)
        listed = [Finding("ok", f"Serial port {listed.words()}") for listed in search.listed]
        return [_finding(link), *listed]

    # -- scanner thread --

    def _run(self) -> None:
        if self._settings.port == "off":
            self._report(Link("off", "", "The scanner is switched off in the settings."))
            return
        attempt = 0
        while not self._stopping.is_set():
            began_at = time.monotonic()
            try:
                self._session()
            except Exception as error:  # noqa: BLE001 - the thread outlives everything; the error is logged whole
                _log.exception("scanner: unforeseen error")
                self._report(Link("failed", self._link.port, shown(f"{type(error).__name__}: {error}", 200)))
            attempt = 0 if time.monotonic() - began_at > _STEADY_S else attempt
            self._stopping.wait(self._backoff_s[min(attempt, len(self._backoff_s) - 1)])
            attempt += 1

    def _session(self) -> None:
        """Open a port and read it until it is lost or the scanner is stopped."""
        if self._link.state == "off":
            self._report(Link("searching", "", "Looking for the scanner."))
        port, link = self._open_first(self._search)
        if port is None:
            self._report(link)
            return
        self._search.remember(link.port)
        self._report(link)
        try:
            self._read(port, link.port)
        except PORT_ERRORS as error:
            self._note("link", note=shown(f"{type(error).__name__}: {error}", 200))
            self._report(
                Link(
                    "missing",
                    link.port,
                    f"The scanner on {shown(link.port, 60)} went away. Plug it in again.",
                )
            )
        finally:
            close_port(port)

    def _open_first(self, search: PortSearch) -> tuple[serial.Serial | None, Link]:
        """Open the first candidate that can be; else say what stands in the way, the most telling first."""
        troubles: list[Link] = []
        for name in search.candidates():
            try:
                port = open_port(name, self._settings.line(), self._read_timeout_s)
            except PORT_ERRORS as error:
                state, words = explain(error, name)
                troubles.append(Link(state, name, words))
                continue
            return port, Link("connected", name)
        if troubles:
            return None, min(troubles, key=lambda link: _WORST_FIRST.index(link.state))
        return None, self._nothing_found(search)

    def _nothing_found(self, search: PortSearch) -> Link:
        if self._link.state == "missing":
            return self._link
        seen = "; ".join(port.words() for port in search.listed)
        words = f"None of these is a known scanner: {seen}" if seen else "No scanner is plugged in."
        return Link("searching", "", shown(words, 300))

    def _read(self, port: serial.Serial, name: str) -> None:
        framer = Framer(self._settings.framing(), name)
        while not self._stopping.is_set():
            data = read_some(port)
            at = time.monotonic()
            if data:
                self._note_bytes(data, at)
            for scan in framer.feed(data, at) if data else framer.idle(at):
                self._deliver(scan)
            hint = "Codes arrive without their ending. Scan the reset sheet." if framer.has_lost_endings else ""
            self._report(Link("connected", name, hint))

    def _deliver(self, scan: Scan) -> None:
        """Hand a scan on unless it is the one that was handed on a moment ago.

        The time counts from the scan that was handed on, so a cashier who keeps trying is heard again.
        """
        window_s = self._settings.same_code_ms / 1000
        self._recent = {raw: at for raw, at in self._recent.items() if scan.at - at < window_s}
        if scan.raw in self._recent:
            self._note("dropped", scan.raw, "same code again")
            return
        if len(self._recent) >= _RECENT_LIMIT:
            self._note("dropped", scan.raw, "too many codes: noise on the line")
            if not self._has_noise:
                _log.warning("scanner: noise on the line, codes are being dropped")
            self._has_noise = True
            return
        self._has_noise = False
        self._recent[scan.raw] = scan.at
        self._note("scan", scan.raw, scan.fault or scan.symbology)
        self._call(self._on_scan, scan)

    def _report(self, link: Link) -> None:
        """Tell the world of a changed link, once."""
        if link == self._link:
            return
        if link.state != self._link.state:
            _log.info("scanner: %s %s", link.state, shown(link.port, 60))
        self._link = link
        self._note("link", note=f"{link.state} {shown(link.port, 60)} {link.detail}".strip())
        self._call(self._on_link, link)

    def _call(self, callback: Callable[[_T], None], value: _T) -> None:
        if self._stopping.is_set():
            return
        try:
            callback(value)
        except Exception:  # noqa: BLE001 - whatever the callback does wrong, scanning must go on
            _log.exception("scanner: a callback failed")

    # -- trace --

    def _note(self, kind: Literal["scan", "dropped", "link"], data: bytes = b"", note: str = "") -> None:
        with self._trace_lock:
            self._trace.append(Trace(time.monotonic(), kind, data[:_TRACE_BYTES], note))

    def _note_bytes(self, data: bytes, at: float) -> None:
        """Keep raw bytes; what follows closely is one line, since a port may give single bytes."""
        with self._trace_lock:
            last = self._trace[-1] if self._trace else None
            if last and last.kind == "bytes" and at - last.at < 0.1 and len(last.data) + len(data) <= _TRACE_BYTES:
                self._trace[-1] = Trace(at, "bytes", last.data + data)
            else:
                self._trace.append(Trace(at, "bytes", data[:_TRACE_BYTES]))


def _finding(link: Link) -> Finding:
    """Put a link into a finding for doctor and the service screen."""
    if link.state == "connected":
        what = f"The scanner on {shown(link.port, 60)} is connected."
        return Finding("warn", what, link.detail) if link.detail else Finding("ok", what)
    if link.state == "off":
        return Finding("ok", "The scanner is switched off in the settings.")
    fix = "Plug the scanner in, or set its port in the settings (scanner.port)."
    return Finding("warn" if link.state == "searching" else "fail", link.detail, fix)
