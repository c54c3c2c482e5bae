"""The machine under the till: its log, unforeseen errors, a resolver that hangs, and what must never be written."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fault_bench import PROGRAM, WHO, Perx
from perx_loopback import SECRET, Seen, Wire, loopback, reply
from PySide6.QtCore import QTimer, qWarning
from till_core import core

from pos_app.practice import Practice
from pos_app.till import events as ev
from pos_app.till.state import Phase
from pos_app.wrong import Wrong, write_log

ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/full and signals are Linux's")
TOKEN, PIN = "canary-token-77aa", "canary-pin-4711"
EXIT_WITHIN_S = 5.0


@pytest.fixture
def till_log(tmp_path: Path) -> Iterator[Path]:
    """The till's own log, in a folder of this test; the handlers of other parts stay."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield tmp_path / "log"
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


# ---------------------------------------------------------------- the log


@pytest.mark.fault("row 42", "row 29")
@pytest.mark.log_warnings("scanned")
def test_one_event_is_one_line_whatever_text_is_in_it(till_log):
    assert write_log(till_log, "INFO")
    forged = "ABC\r\n2026-01-01 00:00:00 ERROR pos_app: PAID\x1b[2J\u2028\u0085end"
    logging.getLogger("pos_app.test").warning("scanned %s", forged)
    lines = (till_log / "till.log").read_bytes().decode("utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].isprintable()
    assert "ABC" in lines[0]
    assert lines[0].endswith("end")


@pytest.mark.fault("row 42")
@ON_LINUX
@pytest.mark.log_warnings("x")
def test_a_full_disk_under_the_log_is_said_once_and_stops_nothing(till_log, capfd):
    till_log.mkdir()
    (till_log / "till.log").symlink_to("/dev/full")
    assert write_log(till_log, "INFO")
    for _ in range(5):
        logging.getLogger("pos_app.test").error("x" * 20_000)
    said = capfd.readouterr().err
    assert "Traceback" not in said
    assert said.count("LOG-01") == 1


@pytest.mark.fault("row 42")
def test_a_log_that_cannot_be_opened_is_told_and_the_till_goes_on(till_log, capfd):
    till_log.write_text("a file where the folder should be", "utf-8")
    assert not write_log(till_log, "INFO")
    assert "LOG-01" in capfd.readouterr().err


@pytest.mark.fault("row 42")
@pytest.mark.log_warnings("entry")
def test_the_log_is_rotated(till_log):
    assert write_log(till_log, "INFO", most_bytes=20_000)
    for number in range(900):
        logging.getLogger("pos_app.test").warning("entry %d %s", number, "y" * 100)
    files = sorted(till_log.iterdir())
    assert 2 <= len(files) <= 6
    assert max(one.stat().st_size for one in files) <= 20_000


# ---------------------------------------------------------------- unforeseen errors


@pytest.mark.fault("row 37")
@pytest.mark.log_warnings("unforeseen", "a Qt warning")
@pytest.mark.qt_no_exception_capture
async def test_errors_of_slots_tasks_threads_and_qt_are_written_down_and_told_in_words(till_log):
    assert write_log(till_log, "INFO")
    told = []
    loop = asyncio.get_running_loop()
    with Wrong(lambda: told.append("APP-01")).everywhere(loop):

        def slot() -> None:
            raise LookupError("in a slot")

        async def task() -> None:
            raise LookupError("in a task")

        def thread() -> None:
            raise LookupError("in a thread")

        QTimer.singleShot(0, slot)
        loop.call_soon(slot)
        one = loop.create_task(task())
        other = threading.Thread(target=thread)
        other.start()
        other.join()
        await asyncio.wait({one})
        del one, task
        qWarning("a Qt warning")
        async with asyncio.timeout(5):
            while len(told) < 4:
                await asyncio.sleep(0.01)
                gc.collect()  # a task that nobody waits for is told of when it is thrown away
    text = (till_log / "till.log").read_text("utf-8")
    for where in ("in a slot", "in a task", "in a thread", "a Qt warning"):
        assert where in text


# ---------------------------------------------------------------- secrets


async def chatty_token(seen: Seen, _wire: Wire) -> bytes:
    return reply(200, {"access_token": TOKEN, "expires_in": 300})


@pytest.mark.fault("row 43", "row 17")
@pytest.mark.log_warnings
def test_no_secret_is_in_any_file_of_the_till(tmp_path, till_log):
    """After a sale, a refusal, an outage and an unforeseen error, with the log at its most talkative."""

    async def scene():
        perx = Perx()

        async def behave(seen: Seen, wire: Wire) -> bytes | None:
            if seen.path == "/v4/vouchers/9":
                said = f"Bearer {TOKEN} of {SECRET} may not, pin {PIN}"
                return reply(400, {"code": 40, "message": said, "error_params": {"pin": PIN}})
            return await perx(seen, wire)

        async with (
            loopback(behave, chatty_token) as server,
            core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till,
        ):
            await till.serve(json.dumps({"identifier": WHO}), "5", "00")
            till.happen(ev.Scanned(json.dumps({"identifier": WHO, "voucherId": 9})))
            await till.rest()
            perx.script = ["lost"]
            till.happen(ev.CompleteTapped())
            await till.until(lambda: till.state.sale.phase is Phase.DONE)
            await till.rest()
            server.mint = hang_up
            till.happen(ev.Started(), ev.Started())
            await till.rest()
            Wrong(lambda: None)(LookupError(repr(till.perx.profile)))

    assert write_log(till_log, "DEBUG")
    asyncio.run(scene())
    logging.shutdown([logging.weakref.ref(one) for one in logging.getLogger().handlers])
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert {one.name for one in files} >= {"till.sqlite3", "till.log"}
    for canary in (SECRET, TOKEN, PIN):
        found = [one.name for one in files if canary.encode() in one.read_bytes()]
        assert not found, canary[:12]


async def hang_up(_seen: Seen, _wire: Wire) -> None:
    """Read it, answer nothing."""


# ---------------------------------------------------------------- the program itself


@contextmanager
def started(program: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The till's own program; it does not outlive the test."""
    with subprocess.Popen(program, env=env, stderr=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


SLOW_NAMES = """
import socket, sys, time
real = socket.getaddrinfo
def slow(host, *rest, **more):
    if b"perx.invalid" in (host if isinstance(host, bytes) else str(host).encode()):
        sys.stderr.write("asked for a name\\n")
        time.sleep(20)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return real(host, *rest, **more)
socket.getaddrinfo = slow
"""


@ON_LINUX
@pytest.mark.fault("row 6", "row 39")
def test_a_resolver_that_hangs_does_not_keep_the_till_from_ending(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SLOW_NAMES, "utf-8")
    config = tmp_path / "config.toml"
    config.write_text(
        "profile = { name = 'x', environment = 'sandbox' }\n"
        "perx = { base_url = 'https://perx.invalid', client_id = 'x', loyalty_program_id = 7 }\n"
        "shop = { name = 'Shop', till = 'Till 1' }\nmoney = { currency = 'SGD' }\nscanner = { port = 'off' }\n"
        f"data = {{ dir = '{tmp_path / 'data'}' }}\n",
        "utf-8",
    )
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    env = {**os.environ, "PYTHONPATH": paths, "POS_APP_SECRET_PERX_CLIENT": "s", "QT_QPA_PLATFORM": "offscreen"}
    program = [sys.executable, "-m", "pos_app", "run", "--config", str(config)]
    with started(program, env) as child:
        assert "asked for a name" in child.stderr.readline()
        began_s = time.monotonic()
        child.send_signal(signal.SIGTERM)
        child.wait(30)
        assert time.monotonic() - began_s < EXIT_WITHIN_S
        assert child.returncode == 0
        assert "Traceback" not in child.stderr.read()


@pytest.mark.fault("row 42")
@ON_LINUX
def test_the_program_starts_although_its_log_cannot_be_written(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "log").write_text("in the way", "utf-8")
    with Practice(tmp_path / "perx") as practice:
        config = tmp_path / "config.toml"
        config.write_text(
            "profile = { name = 'x', environment = 'sandbox' }\nscanner = { port = 'off' }\n"
            f"perx = {{ base_url = '{practice.base_url}', client_id = '{practice.announced['client_id']}',"
            " loyalty_program_id = 77 }\nshop = { name = 'Shop', till = 'Till 1' }\nmoney = { currency = 'SGD' }\n"
            f"data = {{ dir = '{tmp_path / 'data'}' }}\n",
            "utf-8",
        )
        program = [sys.executable, "-m", "pos_app", "run", "--config", str(config)]
        env = {**os.environ, **practice.secrets, "QT_QPA_PLATFORM": "offscreen"}
        with started(program, env) as child:
            assert "LOG-01" in child.stderr.readline()
            end_s = time.monotonic() + 20
            while not practice.ledger()["requests"]:
                assert time.monotonic() < end_s, "the till never asked Perx"
                time.sleep(0.05)
            child.send_signal(signal.SIGTERM)
            child.wait(20)
            assert child.returncode == 0
            assert "Traceback" not in child.stderr.read()
