"""Listens to every serial port at once until one speaks: the one that does is the scanner.

A port on which only noise comes is listened to at the next speed; one that is plugged in meanwhile joins.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial

from pos_app.devices.ports import PORT_ERRORS, SCANNER_VENDORS, ListPorts, PortInfo, list_serial_ports
from pos_app.devices.scanner import Link, Scan, Scanner, ScannerSettings
from pos_app.firstrun.steps import Garbled, Heard, HeardScan, PortsSeen

log = logging.getLogger(__name__)

BAUDS = (9600, 115200, 19200, 38400, 57600, 4800)
LOOK_EVERY_S = 2.0
_STX, _ETX = b"\x02", b"\x03"


class Listening:
    """All ports, listened to between `start` and `stop`. Thread: main; `post` is called there too."""

    def __init__(
        self,
        post: Callable[[PortsSeen | Heard | Garbled], None],
        pool: Executor,
        list_ports: ListPorts = list_serial_ports,
    ) -> None:
        self._post, self._pool, self._list_ports = post, pool, list_ports
        self._scanners: dict[str, Scanner] = {}
        self._bauds: dict[str, int] = {}
        self._usb: dict[str, str] = {}
        self._there: list[PortInfo] = []
        self._open_ports: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen; again changes nothing."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look(), name="ports")

    async def stop(self) -> None:
        """Let go of every port."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        for scanner in self._scanners.values():
            scanner.stop()
        self._scanners.clear()
        self._open_ports.clear()

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                ports = list(await loop.run_in_executor(self._pool, self._list_ports))
            except PORT_ERRORS as exc:
                log.info("serial ports could not be listed: %s", type(exc).__name__)
                ports = []
            for port in ports:
                self._usb[port.device] = _usb_of(port)
                if port.device not in self._scanners:
                    self._open(port.device)
            self._there = ports
            self._tell()
            await asyncio.sleep(LOOK_EVERY_S)

    def _tell(self) -> None:
        """Name the ports that are open: a scan on one that is not yet would be lost, and the person not told."""
        self._post(PortsSeen(tuple(one.words() for one in self._there if one.device in self._open_ports)))

    def _open(self, port: str) -> None:
        loop = asyncio.get_running_loop()
        baud = BAUDS[self._bauds.get(port, 0) % len(BAUDS)]

        def on_scan(scan: Scan) -> None:
            loop.call_soon_threadsafe(partial(self._heard, port, baud, scan))

        def on_link(link: Link) -> None:
            log.info("set-up: %s %s", port, link.state)
            loop.call_soon_threadsafe(self._linked, port, link)

        self._scanners[port] = Scanner(ScannerSettings(port=port, baud=baud, same_code_ms=0), on_scan, on_link)
        self._scanners[port].start()

    def _linked(self, port: str, link: Link) -> None:
        if port not in self._scanners:
            return
        (self._open_ports.add if link.state == "connected" else self._open_ports.discard)(port)
        self._tell()

    def _heard(self, port: str, baud: int, scan: Scan) -> None:
        if port not in self._scanners:
            return
        raw, between = scan.raw, len(scan.raw) > 2 and scan.raw[:1] == _STX and scan.raw[-1:] == _ETX
        if between:
            text = raw[1:-1].decode("utf-8", "replace")
            self._post(Heard(HeardScan(port, text, "", baud, "\x02", "\x03", self._usb.get(port, ""))))
        elif scan.fault == "not_text":
            self._bauds[port] = self._bauds.get(port, 0) + 1
            self._scanners.pop(port).stop()
            self._open(port)
            self._post(Garbled(port))
        else:
            self._post(Heard(HeardScan(port, scan.text, scan.symbology, baud, usb=self._usb.get(port, ""))))


def _usb_of(port: PortInfo) -> str:
    """The ids by which a scanner is found again, where its maker is one whose ports are scanners."""
    if port.vid is None or port.pid is None or (port.vid, None) not in SCANNER_VENDORS:
        return ""
    return f"{port.vid:04x}:{port.pid:04x}"
