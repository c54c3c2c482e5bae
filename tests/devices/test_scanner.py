"""The scanner on real pseudo-terminals and sockets: codes, unplugging, other programs, ending."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time

import pytest
import serial
from urlhandlers import protocol_broken

from pos_app.devices.ports import PortInfo
from pos_app.devices.scanner import Finding, Link, Scan, Scanner, ScannerSettings

HOLDER = """
import sys, serial
port = serial.Serial(sys.argv[1], exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.fault("FM-09", "row 29", "row 33")
@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"ABC\r", ["ABC"]),
        (b"ABC\n", ["ABC"]),
        (b"ABC\r\n", ["ABC"]),
        (b"ABC", ["ABC"]),
        (b"ABC\rDEF\r", ["ABC", "DEF"]),
        (b"Q" * 500 + b"\r", ["Q" * 500]),
        ("é漢🎁\r".encode(), ["é漢🎁"]),
        (b"]Q1{}\r]C0123\r", ["{}", "123"]),
        (b"\r\n]C1\r\r", []),
    ],
)
def test_codes_arrive_whatever_ends_them(plug, start, seen, data, texts):
    pty = plug()
    start(pty.path)
    seen.wait_link("connected")
    pty.send(data + (b"" if data == b"ABC" else b"END\r"))
    seen.wait_scans(len(texts) + (data != b"ABC"))
    assert seen.texts() == texts + ["END"] * (data != b"ABC")
    assert seen.threads == {"scanner"}


@pytest.mark.fault("row 29", "row 30", "row 31")
def test_hostile_bytes_get_a_fault_or_stay_text(plug, start, seen, caplog):
    caplog.set_level(logging.DEBUG)
    pty = plug()
    start(pty.path)
    seen.wait_link("connected")
    rows = {
        b"1": "",
        b"x" * 10_000: "too_long",
        b"A\x00B": "not_text",
        b"\x1b[2J": "not_text",
        b"\xff\x80": "not_text",
        b"01\x1d02": "",
        "\u202eABC".encode(): "",
        b"<table><tr><td>" * 20: "",
        b"<img src=//host/share/x>": "",
        b"'; DROP TABLE x; --": "",
        b"..\\..\\CON": "",
        b"=cmd|' /C calc'!A0": "",
        b"%s%n{0}": "",
    }
    for data in rows:
        pty.send(data + b"\r")
    scans = seen.wait_scans(len(rows))
    assert [scan.fault for scan in scans] == list(rows.values())
    assert max(len(scan.raw) for scan in scans) <= 512
    assert not any("DROP" in record.getMessage() for record in caplog.records)


@pytest.mark.fault("FM-09", "row 33")
def test_a_code_may_be_spread_over_reads(plug, start, seen):
    pty = plug()
    scanner = start(pty.path, idle_gap_ms=5000)
    seen.wait_link("connected")
    for count, piece in enumerate((b"AB", b"CD", b"EF\r"), start=1):
        pty.send(piece)
        until(lambda count=count: sum(len(t.data) for t in scanner.trace() if t.kind == "bytes") >= 2 * count)
    assert seen.wait_scans(1)[0].text == "ABCDEF"


@pytest.mark.fault("FM-09", "row 33")
def test_prefix_and_suffix_come_from_the_settings(plug, start, seen):
    pty = plug()
    start(pty.path, prefix=b"\x02", suffix=b"\x03")
    seen.wait_link("connected")
    pty.send(b"\x02ABC\x03\x02DEF\x02GHI\x03")
    seen.wait_scans(3)
    assert seen.texts() == ["ABC", "DEF", "GHI"]


@pytest.mark.fault("row 20")
def test_the_same_code_at_once_is_dropped_and_later_is_not(plug, start, seen):
    pty = plug()
    scanner = start(pty.path, same_code_ms=300)
    seen.wait_link("connected")
    pty.send(b"ABC\rABC\rXYZ\rABC\r")
    seen.wait_scans(2)
    until(lambda: [t.kind for t in scanner.trace()].count("dropped") == 2)
    first_at = seen.scans[0].at
    until(lambda: time.monotonic() - first_at > 0.3)
    pty.send(b"ABC\r")
    seen.wait_scans(3)
    assert seen.texts() == ["ABC", "XYZ", "ABC"]


@pytest.mark.fault("row 33")
@pytest.mark.log_warnings("noise on the line")
def test_noise_does_not_flood_the_till(plug, start, seen):
    pty = plug()
    scanner = start(pty.path)
    seen.wait_link("connected")
    for number in range(400):
        pty.send(f"{number}\r".encode())
    until(lambda: any("noise" in entry.note for entry in scanner.trace()))
    until(lambda: any(entry.data == b"399" for entry in scanner.trace()))
    assert len(seen.scans) == 256


@pytest.mark.fault("row 32")
def test_lost_endings_are_told(plug, start, seen):
    pty = plug()
    scanner = start(pty.path, idle_gap_ms=10)
    seen.wait_link("connected")
    pty.send(b"ONE\r")
    seen.wait_scans(1)
    for count, code in enumerate((b"TWO", b"THREE"), start=2):
        pty.send(code)
        seen.wait_scans(count)
    seen.wait(lambda: "reset sheet" in seen.links[-1].detail)
    assert seen.links[-1].state == "connected"
    assert scanner.probe() == [Finding("warn", f"The scanner on {pty.path} is connected.", seen.links[-1].detail)]


@pytest.mark.fault("FM-10", "row 34")
@pytest.mark.parametrize("is_mid_read", [False, True])
def test_unplugged_and_back_on_the_same_name(plug, start, seen, tmp_path, is_mid_read):
    name = tmp_path / "scanner"
    pty = plug()
    name.symlink_to(pty.path)
    scanner = start(name, backoff_s=(0.5, 1.0, 2.0), idle_gap_ms=5000)
    seen.wait_link("connected")
    if is_mid_read:
        pty.send(b"HALF")
        until(lambda: any(entry.data == b"HALF" for entry in scanner.trace()))
    pty.unplug()
    assert "Plug it in" in seen.wait_link("missing", timeout_s=2.0).detail
    name.unlink()
    new = plug()
    name.symlink_to(new.path)
    seen.wait_link("connected", timeout_s=5.0)
    new.send(b"WHOLE\r")
    seen.wait_scans(1)
    assert seen.texts() == ["WHOLE"]


@pytest.mark.fault("FM-10", "row 34")
def test_back_under_another_name_is_found_by_its_usb_identity(plug, start, seen):
    pty = plug()
    listed = [PortInfo(pty.path, 0x05E0, 0x1701, "S1")]
    start(pty.path, list_ports=lambda: listed)
    seen.wait_link("connected")
    holes = [plug() for _ in range(2)]  # so that the old name is not given out again
    pty.unplug()
    seen.wait_link("missing", timeout_s=2.0)
    listed = [PortInfo(holes[0].path, 0x05E0, 0x1701, "S2"), PortInfo(holes[1].path, 0x05E0, 0x1701, "S1")]
    assert seen.wait_link("connected", timeout_s=5.0).port == holes[1].path
    holes[1].send(b"HERE\r")
    assert seen.wait_scans(1)[0].port == holes[1].path


@pytest.mark.fault("row 34")
def test_auto_searches_until_a_known_scanner_is_plugged_in(plug, start, seen):
    printer, pty = plug(), plug()
    listed = [PortInfo(printer.path, 0x04B8, 0x0202, "P1", "Receipt printer")]
    start("auto", list_ports=lambda: listed)
    seen.wait(lambda: seen.links and "Receipt printer" in seen.links[-1].detail)
    assert {link.state for link in seen.links} == {"searching"}
    listed = [*listed, PortInfo(pty.path, 0x0C2E, 0x0B6A)]
    assert seen.wait_link("connected").port == pty.path
    pty.unplug()
    listed = listed[:1]
    seen.wait_link("missing")


@pytest.mark.fault("FM-10", "row 34")
def test_a_port_held_by_another_program_is_named_so_and_taken_when_free(plug, start, seen):
    pty = plug()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, pty.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        scanner = start(pty.path)
        link = seen.wait_link("held")
        assert "another program" in link.detail
        assert scanner.probe()[0] == Finding("fail", link.detail, scanner.probe()[0].how_to_fix)
        holder.stdin.close()
        holder.wait(10)
    seen.wait_link("connected")
    with pytest.raises(serial.SerialException, match="lock"):  # and now it is ours alone
        serial.Serial(pty.path, exclusive=True)


@pytest.mark.fault("FM-10", "row 34")
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts file descriptors in /proc, which Linux has")
def test_two_hundred_unpluggings_leak_nothing(plug, start, seen, tmp_path):
    name = tmp_path / "scanner"
    start(name)
    before, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for number in range(200):
        pty = plug()
        name.symlink_to(pty.path)
        seen.wait_link("connected")
        pty.send(f"{number}\r".encode())
        seen.wait_scans(number + 1)
        name.unlink()
        pty.unplug()
        seen.wait_link("missing", timeout_s=2.0)
        until(lambda: len(os.listdir("/proc/self/fd")) <= before)
        assert threading.active_count() == threads
    assert seen.texts() == [str(number) for number in range(200)]


# What follows needs no pseudo-terminal and runs everywhere.


def test_a_scanner_behind_a_socket_goes_and_comes_back(start, seen):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        start(f"socket://127.0.0.1:{server.getsockname()[1]}")
        for text in ("ABC", "DEF"):
            connection, _ = server.accept()
            with connection:
                seen.wait_link("connected")
                connection.sendall(text.encode() + b"\r\n")
                seen.wait(lambda text=text: text in seen.texts())
            seen.wait(lambda: any(link.state == "missing" for link in seen.links))
    assert seen.texts() == ["ABC", "DEF"]


@pytest.fixture
def broken(monkeypatch):
    monkeypatch.setattr(serial, "protocol_handler_packages", ["urlhandlers"])
    protocol_broken.Serial.reset()
    yield protocol_broken.Serial
    protocol_broken.Serial.reset()


@pytest.mark.fault("FM-10", "row 34")
@pytest.mark.parametrize(
    "failure",
    [
        *map(serial.SerialException, protocol_broken.WINDOWS_FAILURES.values()),
        OSError(5, "Input/output error"),
        TypeError("'NoneType' object cannot be interpreted as an integer"),
        AttributeError("hEvent"),
        pytest.param(ZeroDivisionError("nobody"), marks=pytest.mark.log_warnings("unforeseen error")),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_every_way_that_a_port_breaks_is_survived(start, seen, broken, failure):
    start("broken://scanner")
    seen.wait_link("connected")
    broken.open_failure = serial.SerialException("could not open port: PermissionError(13, 'x', None, 5)")
    broken.failure = failure
    seen.wait(lambda: any(link.state in ("missing", "failed") for link in seen.links), 2.0)
    seen.wait_link("held")  # Windows refuses to open a port that went away until it lets go of it
    assert broken.opened == broken.closed
    broken.failure = broken.open_failure = None
    seen.wait_link("connected")
    broken.inbox += b"BACK\r"
    assert seen.wait_scans(1)[0].text == "BACK"


@pytest.mark.log_warnings("a callback failed")
def test_a_callback_that_fails_does_not_stop_the_scanner(start, seen, broken, caplog):
    def failing_scan(scan: Scan) -> None:
        seen.on_scan(scan)
        raise LookupError("in on_scan")

    def failing_link(link: Link) -> None:
        seen.on_link(link)
        raise LookupError("in on_link")

    start("broken://scanner", on_scan=failing_scan, on_link=failing_link)
    seen.wait_link("connected")
    broken.inbox += b"ONE\rTWO\r"
    seen.wait_scans(2)
    assert [r.exc_info[0] for r in caplog.records if r.levelno == logging.ERROR][:2] == [LookupError] * 2


@pytest.mark.parametrize("port", ["off", "auto", "/dev/no-such-port", "nonsense://x", "broken://x"])
def test_stopping_is_quick_in_every_state(start, seen, broken, port):
    scanner = start(port, backoff_s=(60.0,))
    seen.wait(lambda: seen.links and (seen.links[-1].state != "searching" or "No scanner" in seen.links[-1].detail))
    began_at = time.monotonic()
    assert scanner.stop()
    assert time.monotonic() - began_at < 0.5
    count = len(seen.links)
    scanner.start()  # and it can begin again
    assert scanner.stop()
    assert len(seen.links) >= count
    assert broken.opened == broken.closed


def test_stopping_from_a_callback_does_not_hang(start, seen, broken):
    def stop_at_once(scan: Scan) -> None:
        seen.on_scan(scan)
        scanner.stop()

    scanner = start("broken://scanner", on_scan=stop_at_once)
    seen.wait_link("connected")
    broken.inbox += b"ONE\rTWO\r"
    until(lambda: broken.closed == 1)
    assert seen.texts() == ["ONE"]


def test_it_cannot_be_started_twice(start, seen, broken):
    scanner = start("broken://scanner")
    with pytest.raises(RuntimeError, match="already"):
        scanner.start()


def test_the_state_of_the_link_is_told_once(start, seen):
    start("/dev/no-such-port", backoff_s=(0.001,))
    seen.wait_link("missing" if sys.platform != "win32" else "failed")
    assert len(seen.links) == len(set(seen.links))


@pytest.mark.parametrize(
    ("port", "level", "word"),
    [
        ("off", "ok", "switched off"),
        ("auto", "warn", "None of these"),
        ("broken://x", "ok", "connected"),
        ("nonsense://x", "fail", "nonsense"),
    ],
)
def test_the_probe_of_a_scanner_that_does_not_run(broken, port, level, word):
    listed = [PortInfo("COM3", 0x1A86, 0x7523, None, "USB-SERIAL CH340")]
    scanner = Scanner(ScannerSettings(port=port), print, print, list_ports=lambda: listed)
    first, *others = scanner.probe()
    assert first.level == level
    assert word in first.what
    assert first.how_to_fix or level == "ok"
    assert [other.what for other in others] == ["Serial port COM3 (USB-SERIAL CH340, USB 1A86:7523)"] * (port == "auto")
    assert broken.opened == broken.closed


def test_the_trace_is_bounded(start, seen, broken):
    scanner = start("broken://scanner", same_code_ms=0)
    seen.wait_link("connected")
    for number in range(300):
        broken.inbox += f"{number}\r".encode()
    seen.wait_scans(300)
    trace = scanner.trace()
    assert len(trace) == 200
    assert max(len(entry.data) for entry in trace) <= 512


@pytest.mark.parametrize("values", [{"port": ""}, {"baud": 0}, {"same_code_ms": -1}, {"max_bytes": 1}])
def test_settings_that_cannot_work_are_refused(values):
    with pytest.raises(ValueError, match=r"port|max_bytes"):
        ScannerSettings(**values)


def until(is_so, timeout_s: float = 5.0) -> None:
    """Wait for a fact that nobody announces."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)
