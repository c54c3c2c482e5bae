"""A collector for what a scanner reports, and a scanner of pseudo-terminals that can be unplugged."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_app.devices.scanner import Link, Scan, Scanner, ScannerSettings

FAST = (0.02,)


class Collector:
    """Keeps what the scanner thread reports, and lets a test wait for it."""

    def __init__(self) -> None:
        self.scans: list[Scan] = []
        self.links: list[Link] = []
        self.threads: set[str] = set()
        self._changed = threading.Condition()

    def on_scan(self, scan: Scan) -> None:
        with self._changed:
            self.threads.add(threading.current_thread().name)
            self.scans.append(scan)
            self._changed.notify_all()

    def on_link(self, link: Link) -> None:
        with self._changed:
            self.threads.add(threading.current_thread().name)
            self.links.append(link)
            self._changed.notify_all()

    def wait(self, is_so: Callable[[], object], timeout_s: float = 5.0) -> None:
        with self._changed:
            assert self._changed.wait_for(is_so, timeout_s), (self.scans[-3:], self.links[-3:])

    def wait_link(self, state: str, timeout_s: float = 5.0) -> Link:
        self.wait(lambda: self.links and self.links[-1].state == state, timeout_s)
        return self.links[-1]

    def wait_scans(self, count: int, timeout_s: float = 5.0) -> list[Scan]:
        self.wait(lambda: len(self.scans) >= count, timeout_s)
        return self.scans

    def texts(self) -> list[str]:
        return [scan.text for scan in self.scans]


class Pty:
    """A pseudo-terminal whose master end plays the barcode scanner."""

    def __init__(self) -> None:
        import tty

        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)
        self._is_open = True

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data) :]

    def unplug(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self._master)


@pytest.fixture
def seen() -> Collector:
    return Collector()


@pytest.fixture
def plug() -> Iterator[Callable[[], Pty]]:
    """Plug in another scanner; all are unplugged at the end."""
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminals")
    ptys: list[Pty] = []

    def another() -> Pty:
        ptys.append(Pty())
        return ptys[-1]

    yield another
    for pty in ptys:
        pty.unplug()


@pytest.fixture
def start(seen: Collector) -> Iterator[Callable[..., Scanner]]:
    """Start a scanner that reports to `seen`; every one must end quickly at the end of the test."""
    scanners: list[Scanner] = []

    def run(port: str | Path, *, list_ports=list, backoff_s=FAST, on_scan=None, on_link=None, **values) -> Scanner:
        scanner = Scanner(
            ScannerSettings(port=str(port), **values),
            on_scan or seen.on_scan,
            on_link or seen.on_link,
            list_ports=list_ports,
            backoff_s=backoff_s,
        )
        scanners.append(scanner)
        scanner.start()
        return scanner

    yield run
    for scanner in scanners:
        assert scanner.stop()
    assert "scanner" not in {thread.name for thread in threading.enumerate()}
