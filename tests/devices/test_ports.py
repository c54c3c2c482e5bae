"""Which port to open, and why it did not: the systems' refusals in words."""

import errno
import os
import sys
import time

import pytest
import serial

from pos_app.devices.ports import (
    SCANNER_VENDORS,
    Line,
    PortInfo,
    PortSearch,
    explain,
    list_serial_ports,
    open_port,
    read_some,
)

ZEBRA = PortInfo("/dev/ttyACM0", 0x05E0, 0x1701, "S1", "Symbol Scanner")
ZEBRA_ELSEWHERE = PortInfo("/dev/ttyACM3", 0x05E0, 0x1701, "S1", "Symbol Scanner")
OTHER_ZEBRA = PortInfo("/dev/ttyACM1", 0x05E0, 0x1701, "S2", "Symbol Scanner")
PRINTER = PortInfo("/dev/ttyUSB0", 0x04B8, 0x0202, "P1", "Receipt printer")
ON_BOARD = PortInfo("/dev/ttyS0")


@pytest.mark.fault("FM-10", "row 34")
@pytest.mark.parametrize(
    ("error", "state", "word"),
    [
        (serial.SerialException(errno.ENOENT, "could not open port"), "missing", "plugged in"),
        (serial.SerialException(errno.EIO, "could not open port"), "missing", "plugged in"),
        (serial.SerialException(errno.ENODEV, "could not open port"), "missing", "plugged in"),
        (serial.SerialException(errno.EAGAIN, "Could not exclusively lock port"), "held", "another program"),
        (serial.SerialException(errno.EBUSY, "could not open port"), "held", "another program"),
        (serial.SerialException(errno.EACCES, "could not open port"), "denied", "dialout"),
        (
            serial.SerialException("could not open port 'COM7': FileNotFoundError(2, 'Nicht gefunden', None, 2)"),
            "missing",
            "plugged in",
        ),
        (
            serial.SerialException("could not open port 'COM7': PermissionError(13, 'Zugriff verweigert', None, 5)"),
            "held",
            "another program",
        ),
        (
            serial.SerialException("could not open port 'COM7': OSError(22, 'No such device', None, 433)"),
            "missing",
            "plugged in",
        ),
        (
            serial.SerialException("could not open port 'COM7': OSError(22, 'The semaphore …', None, 121)"),
            "failed",
            "semaphore",
        ),
        (ValueError("Not a valid baudrate: 'x'"), "failed", "baudrate"),
        (TypeError("<b>x</b>\x1b[2J" + "y" * 5000), "failed", "<b>x</b>␛"),
    ],
)
def test_every_refusal_has_its_words(error, state, word):
    found, words = explain(error, "PORT\x00" + "x" * 500)
    assert found == state
    assert word in words
    assert words.isprintable()
    assert len(words) < 400


def test_auto_takes_known_vendors_only():
    search = PortSearch("auto", SCANNER_VENDORS, lambda: [PRINTER, ON_BOARD, ZEBRA, OTHER_ZEBRA])
    assert search.candidates() == [ZEBRA.device, OTHER_ZEBRA.device]


def test_auto_takes_exact_products_too():
    search = PortSearch("auto", [(0x04B8, 0x0202), (0x05E0, 0x9999)], lambda: [PRINTER, ZEBRA])
    assert search.candidates() == [PRINTER.device]


@pytest.mark.parametrize(("port", "first"), [("auto", OTHER_ZEBRA.device), (OTHER_ZEBRA.device, OTHER_ZEBRA.device)])
def test_the_device_that_worked_is_preferred(port, first):
    listed = [ZEBRA, OTHER_ZEBRA]
    search = PortSearch(port, SCANNER_VENDORS, lambda: listed)
    assert OTHER_ZEBRA.device in search.candidates()
    search.remember(OTHER_ZEBRA.device)
    assert search.candidates()[0] == first


def test_a_named_port_is_followed_to_another_name_before_its_old_name_is_tried():
    listed = [ZEBRA]
    search = PortSearch(ZEBRA.device, SCANNER_VENDORS, lambda: listed)
    assert search.candidates() == [ZEBRA.device]
    search.remember(ZEBRA.device)
    listed = [PortInfo(ZEBRA.device, 0x04B8, 0x0202, "P1"), ZEBRA_ELSEWHERE]
    assert search.candidates() == [ZEBRA_ELSEWHERE.device, ZEBRA.device]


def test_ports_off_usb_are_never_confused_with_each_other():
    search = PortSearch("/dev/ttyS0", (), lambda: [ON_BOARD, PortInfo("/dev/ttyS1")])
    search.candidates()
    search.remember("/dev/ttyS0")
    assert search.candidates() == ["/dev/ttyS0"]


def test_a_url_needs_no_list():
    def list_ports() -> list[PortInfo]:
        raise AssertionError("not needed")

    assert PortSearch("socket://127.0.0.1:1", (), list_ports).candidates() == ["socket://127.0.0.1:1"]


@pytest.mark.fault("row 34")
def test_listing_that_is_slow_rests_and_one_that_fails_is_survived():
    calls: list[float] = []

    def slow() -> list[PortInfo]:
        calls.append(time.monotonic())
        time.sleep(0.05)  # a listing that takes long is the subject
        raise OSError(22, "Bluetooth")

    search = PortSearch("COM7", (), slow)
    assert [search.candidates() for _ in range(5)] == [["COM7"]] * 5
    assert len(calls) == 1


def test_this_computers_ports_can_be_listed():
    assert all(isinstance(port, PortInfo) and port.device for port in list_serial_ports())


def test_a_port_is_named_for_a_person():
    assert ZEBRA.words() == "/dev/ttyACM0 (Symbol Scanner, USB 05E0:1701)"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may open everything; no ptys on Windows")
def test_a_port_without_permission_is_denied(plug):
    path = plug().path
    os.chmod(path, 0)
    with pytest.raises(OSError, match="Permission") as caught:
        open_port(path, Line(), 0.1)
    assert explain(caught.value, path)[0] == "denied"


def test_a_read_that_times_out_under_wine_is_an_empty_read():
    class Port(serial.SerialBase):
        in_waiting = 0
        text = "GetOverlappedResult failed (OSError(22, 'Timeout.', None, 1460))"

        def read(self, size: int = 1) -> bytes:
            raise serial.SerialException(self.text)

        def close(self) -> None:
            pass

    port = Port()
    assert read_some(port) == b""
    port.text = "GetOverlappedResult failed (OSError(22, 'Gone.', None, 995))"
    with pytest.raises(serial.SerialException):
        read_some(port)
