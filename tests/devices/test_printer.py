"""The printer's thread on a real socket and a real pseudo-terminal: its state, what becomes of a slip, never two."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import CancelledError
from contextlib import contextmanager

import pytest
from msgspec.structs import replace
from paper import Head, needs_zbar
from paper_lines import PtyPrinter, TcpPrinter
from test_receipts import LATIN, QR, REF, draw

from pos_app.devices import escpos
from pos_app.devices.escpos import EscposRoute, Pace
from pos_app.devices.lines import _DeviceFile, open_line
from pos_app.devices.printer import Printer, PrinterLink, PrintError, printer_finding
from pos_app.devices.receipts import Paper, render
from pos_app.devices.status import read_answers

QUICK = Pace(answer_s=0.5, finish_s=1.0, look_s=0.05, busy_s=0.2)
SLIP = render(QR, Paper(80), draw)
LONG = render(replace(QR, lines=LATIN.lines * 30), Paper(80), draw)
LENGTH = sum(map(len, SLIP))
ON_PTY = pytest.param("pty", marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pty"))


class Seen:
    """The links that the printer reports."""

    def __init__(self) -> None:
        self.links: list[PrinterLink] = []
        self.threads: set[str] = set()
        self._changed = threading.Condition()

    def __call__(self, link: PrinterLink) -> None:
        with self._changed:
            self.links.append(link)
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()

    def wait(self, state: str, within_s: float = 10.0) -> PrinterLink:
        with self._changed:
            is_so = self._changed.wait_for(lambda: self.links and self.links[-1].state == state, within_s)
            assert is_so, (state, self.links[-3:])
            return self.links[-1]


@pytest.fixture(params=["tcp", ON_PTY])
def desk(request, tmp_path):
    with TcpPrinter() if request.param == "tcp" else PtyPrinter(tmp_path / "printer") as made:
        yield made


@contextmanager
def running(port: str, pace: Pace = QUICK):
    seen = Seen()
    printer = Printer(EscposRoute(port, pace=pace), seen, poll_s=(0.05, 0.05))
    printer.start()
    try:
        yield printer, seen
    finally:
        assert printer.stop(5)


def fails(printer: Printer, job, problem: str, *, is_begun: bool) -> None:
    with pytest.raises(PrintError) as caught:
        printer.print(job).result(15)
    assert (caught.value.problem, caught.value.is_begun) == (problem, is_begun)


@needs_zbar
def test_a_slip_comes_out_once_and_is_told_when_it_is_on_paper(desk, tmp_path):
    with running(desk.port) as (printer, seen):
        assert seen.wait("ready").port == desk.port
        printer.print(SLIP).result(10)
        assert len(desk.head.slips) == 1, "told before it was on paper"
    assert len(desk.head.slips) == 1
    assert desk.head.slips[0].scanned(tmp_path) == [f"CODE-128:{REF}", f"QR-Code:https://slips.example/{REF}"]
    assert seen.threads == {"printer"}


@pytest.mark.fault("FM-18")
@pytest.mark.parametrize(
    ("facts", "state", "problem"),
    [({"is_out": True}, "no_paper", "PRN-02"), ({"is_open": True}, "cover_open", "PRN-03"),
     ({"is_broken": True}, "failed", "PRN-04"), ({"is_open": True, "is_out": True}, "cover_open", "PRN-03")],
)  # fmt: skip
def test_a_printer_that_cannot_print_gets_nothing_and_says_so_at_once(desk, facts, state, problem):
    with running(desk.port) as (printer, seen):
        seen.wait("ready")
        desk.set(**facts)
        seen.wait(state)
        fails(printer, SLIP, problem, is_begun=False)
        desk.set(**dict.fromkeys(facts, False))
        desk.resume()
        seen.wait("ready")
        assert not desk.head.slips, "it was printed by itself"
        printer.print(SLIP).result(10)
        assert len(desk.head.slips) == 1


@pytest.mark.fault("FM-18")
@pytest.mark.parametrize("trouble", ["paper", "cover"])
def test_a_slip_that_stops_part_way_is_told_and_its_rest_does_not_come_out_later(desk, trouble):
    with running(desk.port) as (printer, seen):
        seen.wait("ready")
        desk.set(rows_left=600)
        if trouble == "cover":
            desk.set(rows_left=None)
            opens_late(desk, 600)
        fails(printer, LONG, "PRN-05", is_begun=True)
        seen.wait("no_paper" if trouble == "paper" else "cover_open")
        half = len(desk.head.slip.rows)
        desk.set(is_out=False, is_open=False)
        desk.resume()
        seen.wait("ready")
        assert (len(desk.head.slips), len(desk.head.slip.rows)) == (0, half), "the rest came out by itself"
        printer.print(SLIP).result(10)
        assert len(desk.head.slips) == 1
        assert desk.head.slips[0].words[-1].strip() == QR.barcode_words


def opens_late(desk, rows: int) -> None:
    """Somebody opens the cover once so many rows are out."""
    taken = desk.head._rows

    def counting(more) -> None:
        taken(more)
        if len(desk.head.slip.rows) >= rows:
            desk.head.is_open, desk.head._rows = True, taken

    desk.head._rows = counting


@pytest.mark.fault("FM-18")
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99])
def test_a_cable_that_is_lost_in_the_middle_of_a_slip(desk, share):
    with running(desk.port) as (printer, seen):
        seen.wait("ready")
        desk.cut_after = desk.head.bytes_taken + 30 + int(LENGTH * share)
        fails(printer, SLIP, "PRN-05", is_begun=True)
        seen.wait("unreachable")
        fails(printer, SLIP, "PRN-01", is_begun=False)
        assert len(desk.head.slips) <= 1
        before = len(desk.head.slips)
        desk.plug()
        seen.wait("ready")
        assert len(desk.head.slips) == before, "it was printed again by itself"
        printer.print(SLIP).result(10)
        assert len(desk.head.slips) == before + 1


def test_a_printer_that_is_switched_off_and_on_again_is_found(desk):
    with running(desk.port) as (printer, seen):
        seen.wait("ready")
        desk.pull()
        assert printer_finding(seen.wait("unreachable")).level == "fail"
        fails(printer, SLIP, "PRN-01", is_begun=False)
        desk.plug()
        seen.wait("ready")


def test_a_network_printer_that_is_busy_with_another_till_is_waited_for():
    with TcpPrinter() as desk, running(desk.port, replace(QUICK, busy_s=10)) as (printer, seen):
        seen.wait("ready")
        desk.pull()
        seen.wait("unreachable")
        future = printer.print(SLIP)
        assert not future.done()
        desk.plug()
        future.result(10)
        assert len(desk.head.slips) == 1


def test_one_refused_look_is_no_lost_printer():
    with TcpPrinter() as desk:
        route = EscposRoute(desk.port, pace=QUICK)
        assert route.look().state == "ready"
        desk.pull()
        assert route.look().state == "ready"
        assert route.look().state == "unreachable"
        desk.plug()
        assert route.look().state == "ready"


def test_a_printer_that_never_answers_is_unknown_and_gets_its_slips(desk):
    desk.set(has_answers=False)
    with running(desk.port, replace(QUICK, answer_s=0.1)) as (printer, seen):
        seen.wait("unknown")
        printer.print(SLIP).result(10)
        desk.wait(lambda: len(desk.head.slips) == 1)
        assert seen.links[-1].state == "unknown"


def test_a_printer_that_falls_silent_gets_nothing_more(desk):
    with running(desk.port, replace(QUICK, answer_s=0.2)) as (printer, seen):
        seen.wait("ready")
        desk.set(has_answers=False)
        seen.wait("unreachable")
        fails(printer, SLIP, "PRN-01", is_begun=False)
        assert not desk.head.slips


def test_a_printer_that_does_not_tell_when_it_is_done_keeps_nobody_waiting_twice(desk):
    desk.set(confirms=False)
    with running(desk.port) as (printer, seen):
        seen.wait("ready")
        printer.print(SLIP).result(10)
        printer.print(SLIP).result(0.9)
        assert len(desk.head.slips) == 2


def test_a_roll_that_ends_soon_is_told_and_still_prints(desk):
    desk.set(is_low=True)
    with running(desk.port) as (printer, seen):
        link = seen.wait("ready")
        assert printer_finding(link).level == "warn"
        assert "roll" in link.detail
        printer.print(SLIP).result(10)


def test_slips_come_out_in_order_and_those_behind_the_end_are_given_up(desk):
    with running(desk.port) as (printer, seen):
        seen.wait("ready")
        jobs = [render(replace(LATIN, mark=f"NUMBER {n}"), Paper(80), draw) for n in range(5)]
        for future in [printer.print(job) for job in jobs]:
            future.result(10)
    assert [slip.words[0].strip() for slip in desk.head.slips] == [f"NUMBER {n}" for n in range(5)]


def test_a_stopped_printer_gives_up_what_waits():
    class Stuck:
        def __init__(self) -> None:
            self.go, self.has_begun = threading.Event(), threading.Event()

        def look(self) -> PrinterLink:
            return PrinterLink("ready")

        def put(self, job: object) -> PrinterLink:
            self.has_begun.set()
            self.go.wait(10)
            return PrinterLink("ready")

        def close(self) -> None: ...

    route = Stuck()
    printer = Printer(route, lambda link: None)
    printer.start()
    first, second = printer.print("one"), printer.print("two")
    route.has_begun.wait(5)
    threading.Timer(0.05, route.go.set).start()
    assert printer.stop(5)
    first.result(0)
    with pytest.raises(CancelledError):
        second.result(0)


@pytest.mark.log_warnings("unforeseen error")
def test_the_thread_outlives_what_nobody_foresaw():
    class Broken:
        looks = 0

        def look(self) -> PrinterLink:
            self.looks += 1
            if self.looks < 2:
                raise ZeroDivisionError
            return PrinterLink("ready")

        def put(self, job: object) -> PrinterLink:
            raise ZeroDivisionError

        def close(self) -> None: ...

    seen = Seen()
    printer = Printer(Broken(), seen, poll_s=(0.02, 0.02))
    printer.start()
    try:
        seen.wait("ready")
        fails(printer, "slip", "PRN-04", is_begun=True)
        seen.wait("ready")
    finally:
        assert printer.stop(5)


@pytest.mark.parametrize(
    ("answers", "state"),
    [(b"\x16\x12\x12\x12", "ready"), (b"\x1a\x16\x12\x12", "cover_open"), (b"\x1a\x32\x12\x7e", "no_paper"),
     (b"\x12\x12\x12\x72", "no_paper"), (b"\x1a\x52\x1a\x12", "failed"), (b"\x1a\x12\x12\x12", "failed"),
     (b"\x1a\x1a\x12\x12", "ready"), (b"\x12", "ready")],
)  # fmt: skip
def test_what_the_answers_mean(answers, state):
    assert read_answers(answers).state == state


@pytest.mark.skipif(sys.platform == "win32", reason="a device file of Linux")
def test_a_device_file_prints_and_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(escpos, "open_line", lambda port, baud: _DeviceFile(port))
    with PtyPrinter(tmp_path / "lp0") as desk:
        route = EscposRoute(desk.port, pace=QUICK)
        assert route.look().state == "ready"
        assert route.put(LONG).state == "ready"
        assert len(desk.head.slips) == 1
        desk.set(is_out=True)
        with pytest.raises(PrintError, match="PRN-02"):
            route.put(SLIP)
        desk.pull()
        assert route.look().state == "unreachable"


@pytest.mark.skipif(sys.platform == "win32", reason="lp is a program of Linux")
def test_the_systems_spooler_takes_the_same_bytes(tmp_path, monkeypatch):
    spool = tmp_path / "spooled"
    lp = tmp_path / "bin" / "lp"
    lp.parent.mkdir()
    refuse = '[ "$2" = Gone ] && { echo "lp: no Gone" >&2; exit 1; }'
    lp.write_text(f'#!/bin/sh\n{refuse}\necho "$@" >{spool}.args\ncat >{spool}\n')
    lp.chmod(0o755)
    monkeypatch.setenv("PATH", f"{lp.parent}{os.pathsep}{os.environ['PATH']}")
    route = EscposRoute("Front desk; rm -rf /")
    assert route.look().state == "unknown"
    route.put(SLIP)
    assert spool.read_bytes() == b"".join(SLIP)
    assert "-d Front desk; rm -rf / -o raw" in (tmp_path / "spooled.args").read_text()
    with pytest.raises(PrintError, match="PRN-01 lp: no Gone") as caught:
        EscposRoute("Gone").put(SLIP)
    assert not caught.value.is_begun, "the system refused all of it"


def test_a_port_that_is_held_or_missing_has_a_code_of_its_own(tmp_path):
    if sys.platform == "win32":
        pytest.skip("Windows has no pty")
    with PtyPrinter(tmp_path / "printer") as desk:
        other = open_line(desk.port, 9600)
        try:
            route = EscposRoute(desk.port)
            assert "in use" in route.look().detail
            with pytest.raises(PrintError, match="PRN-06"):
                route.put(SLIP)
        finally:
            other.close()
    with pytest.raises(PrintError, match="PRN-01"):
        EscposRoute("/dev/usb/lp-none").put(SLIP)


def test_the_program_that_prints_ends_although_a_printer_hangs(tmp_path):
    """A driver that never comes back must not keep the till's process."""
    code = (
        "import threading\n"
        "from pos_app.devices.printer import *\n"
        "class Hung:\n"
        "    def look(self): threading.Event().wait()\n"
        "    close = put = look\n"
        "p = Printer(Hung(), print); p.start(); assert not p.stop(0.1)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20, capture_output=True)


def test_the_head_of_these_tests_refuses_a_question_inside_a_command():
    head = Head()
    head.feed(b"\x1dv0\x00\x48\x00\x02\x00" + bytes(10))
    with pytest.raises(AssertionError, match="inside another command"):
        head.feed(b"\x10\x04\x01")
