"""The rules of conftest.py, each tried on a test that breaks it."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parent / "conftest.py"


@pytest.fixture
def outcome(pytester: pytest.Pytester) -> object:
    """Run one small test file in a process of its own under our conftest."""

    def run(source: str, **expected: int) -> pytest.RunResult:
        pytester.makeconftest(CONFTEST.read_text("utf-8").replace("GRACE_S = 2.0", "GRACE_S = 0.2"))
        pytester.makepyfile(source)
        result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-p", "no:schemathesis")
        result.assert_outcomes(**expected)
        return result

    return run


async def test_async_tests_run_on_the_loop() -> None:
    await asyncio.sleep(0)
    assert type(asyncio.get_running_loop()).__module__.startswith("qasync")


def test_the_network_ends_at_this_machine() -> None:
    with pytest.raises(AssertionError, match="look 'example"):
        socket.create_connection(("example.com", 80), timeout=1)
    with pytest.raises(socket.gaierror):
        socket.create_connection(("nowhere.invalid", 80), timeout=1)
    with socket.socket() as one, pytest.raises(AssertionError, match="reach"):
        one.connect(("192.0.2.1", 80))
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()


def test_what_is_left_behind_fails(outcome) -> None:
    result = outcome(
        """
        import asyncio, threading

        stop = threading.Event()

        def test_thread():
            threading.Thread(target=stop.wait, name="orphan", daemon=True).start()

        async def test_task():
            test_task.kept = asyncio.create_task(asyncio.sleep(60), name="forgotten")

        async def test_timer():
            asyncio.get_running_loop().call_later(60, print)

        async def test_clean():
            await asyncio.create_task(asyncio.sleep(0))
        """,
        passed=4,
        errors=3,
    )
    result.stdout.fnmatch_lines(["*thread orphan*", "*forgotten*", "*timer*"])


def test_a_stray_warning_fails_and_an_expected_one_must_come(outcome) -> None:
    outcome(
        """
        import logging, pytest

        def test_stray():
            logging.getLogger("x").warning("link lost")

        @pytest.mark.log_warnings("link lost")
        def test_expected():
            logging.getLogger("x").warning("link lost")

        @pytest.mark.log_warnings("link lost")
        def test_absent():
            pass

        @pytest.mark.log_warnings
        def test_any():
            logging.getLogger("x").error("whatever")
        """,
        passed=4,
        errors=2,
    )
