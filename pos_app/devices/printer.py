"""The slip printer: one thread that prints, and that asks the printer how it is whenever nothing is printed.

A slip is sent once. Whatever goes wrong is told to whoever asked for it, with whether some of it may have come out;
nothing is printed again unless somebody asks.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Generic, Protocol, TypeVar

from msgspec import Struct

from pos_app.devices.scanner import Finding
from pos_app.devices.status import PrinterState
from pos_app.domain.codes import shown

POLL_S: Final = 5.0
POLL_AGAIN_S: Final = 2.0
"""Seconds between looks at a printer that is well, and at one that is not."""

_log = logging.getLogger(__name__)
_Job = TypeVar("_Job")
_TakenJob = TypeVar("_TakenJob", contravariant=True)


class PrinterLink(Struct, frozen=True):
    """How the till stands with its printer; `detail` is bounded plain text for a person.

    Shape:   "off": none is set up. "searching": not asked yet. "unknown": it takes slips and does not answer. "failed":
             it says that something else is wrong. "ready" has a detail only when the roll ends soon.
    """

    state: PrinterState
    port: str = ""
    detail: str = ""


class PrintError(Exception):
    """A slip did not come out whole. `problem` is its support code; `is_begun`: some of it, or all, may be on paper."""

    def __init__(self, problem: str, detail: str = "", *, is_begun: bool = False) -> None:
        super().__init__(f"{problem} {detail}".strip())
        self.problem, self.detail, self.is_begun = problem, detail, is_begun


class Route(Protocol[_TakenJob]):
    """A way in which slips come onto paper. All of it is called on the printer's thread, and blocks there."""

    def look(self) -> PrinterLink:
        """How the printer is. Never raises what is foreseen: a lost line is a state."""

    def put(self, job: _TakenJob) -> PrinterLink:
        """Print one slip and return how the printer is then.

        Errors:  PrintError.
        """

    def close(self) -> None: ...


class Printer(Generic[_Job]):
    """Prints slips one after the other and reports the printer's state.

    Thread:  `on_link` runs on the thread named "printer", never after `stop` has returned True.
    """

    def __init__(
        self,
        route: Route[_Job],
        on_link: Callable[[PrinterLink], None],
        *,
        poll_s: tuple[float, float] = (POLL_S, POLL_AGAIN_S),
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self._route, self._on_link, self._poll_s = route, on_link, poll_s
        self._prepare = prepare
        self._jobs: queue.Queue[tuple[_Job, Future[None]] | None] = queue.Queue()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._link = PrinterLink("searching")

    def start(self) -> None:
        """Begin to look at the printer; returns at once."""
        if self._thread is not None:
            raise RuntimeError("the printer thread runs already")
        # A daemon, because a write that hangs in a driver must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the thread after the slip that is being printed; slips behind it are given up. False: it still hangs."""
        self._stopping.set()
        self._jobs.put(None)
        thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        if thread.is_alive():
            _log.warning("the printer thread did not end within %.1f s", timeout_s)
        return not thread.is_alive()

    def print(self, job: _Job) -> Future[None]:
        """Have a slip printed; the future ends when it is on paper, or with a PrintError. Returns at once."""
        future: Future[None] = Future()
        self._jobs.put((job, future))
        return future

    # -- printer thread --

    def _run(self) -> None:
        if self._prepare is not None:
            self._guarded(self._prepare)
        wait_s = 0.0
        while not self._stopping.is_set():
            try:
                asked = self._jobs.get(timeout=wait_s) if wait_s else self._jobs.get_nowait()
            except queue.Empty:
                self._guarded(lambda: self._report(self._route.look()))
            else:
                if asked is not None:
                    self._print(*asked)
            wait_s = self._poll_s[0 if self._link.state in ("ready", "unknown", "off") else 1]
        self._guarded(self._route.close)
        while not self._jobs.empty():
            left = self._jobs.get_nowait()
            if left is not None:
                left[1].cancel()

    def _print(self, job: _Job, future: Future[None]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            link = self._route.put(job)
        except PrintError as error:
            _log.info("printer: a slip did not come out: %s", error)
            future.set_exception(error)
            self._guarded(lambda: self._report(self._route.look()))
        except Exception as error:  # noqa: BLE001 - the thread outlives everything; the error is logged whole
            _log.exception("printer: unforeseen error")
            future.set_exception(PrintError("PRN-04", type(error).__name__, is_begun=True))
        else:
            future.set_result(None)
            self._report(link)

    def _guarded(self, task: Callable[[], object]) -> None:
        try:
            task()
        except Exception as error:  # noqa: BLE001 - the thread outlives everything; the error is logged whole
            _log.exception("printer: unforeseen error")
            self._report(PrinterLink("failed", self._link.port, shown(f"{type(error).__name__}: {error}", 200)))

    def _report(self, link: PrinterLink) -> None:
        if link == self._link or self._stopping.is_set():
            return
        if link.state != self._link.state:
            _log.info("printer: %s %s", link.state, shown(link.port, 60))
        self._link = link
        try:
            self._on_link(link)
        except Exception:  # noqa: BLE001 - whatever the callback does wrong, printing must go on
            _log.exception("printer: a callback failed")


def printer_finding(link: PrinterLink) -> Finding:
    """Put a link into a finding for doctor and the service screen."""
    where = f" on {shown(link.port, 60)}" if link.port else ""
    match link.state:
        case "off":
            return Finding("ok", "No slip printer is set up (receipt.printer).")
        case "ready":
            what = f"The slip printer{where} is ready."
            return Finding("warn", what, link.detail) if link.detail else Finding("ok", what)
        case "unknown" | "searching":
            fix = "Print a test slip: pos-app print test."
            return Finding("warn", f"The slip printer{where} takes slips and does not say how it is.", fix)
        case "no_paper":
            return Finding("fail", f"The slip printer{where} is out of paper.", "Put a new roll in.")
        case "cover_open":
            return Finding("fail", f"The cover of the slip printer{where} is open.", "Close it.")
        case "failed":
            fix = "Look for jammed paper, switch it off and on, then print a test slip."
            return Finding("fail", link.detail or f"The slip printer{where} reports a fault.", fix)
    return Finding("fail", link.detail or f"The slip printer{where} cannot be reached.",
                   "Check its cable and power, and receipt.port in the settings.")  # fmt: skip
