"""What holds for every test: offscreen Qt, one loop, nothing left running, no network, no stray warning.

* `async def` tests run on the one session-wide loop of Qt and asyncio (a second one crashes the process).
* A test that leaves a task, a thread or a timer of that loop behind fails. What a module's or the session's
  fixtures keep running was there before the test and does not count.
* Sockets reach this machine only. `*.invalid` is an unknown name; any other name is an error of the test.
* A WARNING or worse in the log fails the test, unless it says `@pytest.mark.log_warnings("part", ...)`.
  Without parts every warning is allowed; with parts those only, and each must appear.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import ipaddress
import itertools
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from qasync import QEventLoop

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _name in [name for name in os.environ if name.startswith("POS_APP_")]:
    del os.environ[_name]  # a developer's own settings must not decide a test

GRACE_S = 2.0
LOOP = pytest.StashKey["QEventLoop"]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare our markers and close the network."""
    config.addinivalue_line("markers", "log_warnings(*parts): this test expects warnings in the log")
    if "live" not in config.option.markexpr:
        sys.addaudithook(_refuse_network)


# --- the network -----------------------------------------------------------------------------------


class OutsideError(AssertionError):
    """A test reached for the network; no handler of OSError shall swallow that."""


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_local(address[0]):
            raise OutsideError(f"A test tried to reach {address!r}.")
    elif event == "socket.getaddrinfo" and not _is_local(arguments[0]):
        if _text(arguments[0]).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        raise OutsideError(f"A test tried to look {arguments[0]!r} up.")


def _is_local(host: object) -> bool:
    text = _text(host)
    if text in ("", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")


# --- garbage ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def garbage_between_tests_only() -> Iterator[None]:
    """Collect on the main thread between tests, as the till does between events: never inside a paint event."""
    gc.disable()
    yield
    gc.enable()


_run = itertools.count(1)


@pytest.fixture(autouse=True)
def collected(garbage_between_tests_only: None) -> Iterator[None]:
    """Collect what a test left, young objects each time and all of them now and then."""
    yield
    gc.collect(2 if next(_run) % 50 == 0 else 1)


# --- the loop --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def loop(qapp: object, request: pytest.FixtureRequest) -> Iterator[QEventLoop]:
    """Give the one loop of Qt and asyncio; sync tests use it by `loop.run_until_complete`."""
    from qasync import QEventLoop

    qapp.setQuitOnLastWindowClosed(False)  # type: ignore[attr-defined]
    with QEventLoop(qapp) as made:
        request.config.stash[LOOP] = made
        yield made
    del request.config.stash[LOOP]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an `async def` test on the session's loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    runner = pyfuncitem.config.stash[LOOP]
    names = pyfuncitem._fixtureinfo.argnames
    runner.run_until_complete(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every `async def` test the loop without naming it."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.fixturenames.insert(0, "loop")


# --- what is left behind ---------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, a task or a timer running."""
    runner = request.config.stash.get(LOOP, None)
    threads, tasks, timers = set(threading.enumerate()), _tasks(runner), _timers(runner)
    yield
    runner = request.config.stash.get(LOOP, None)

    def left() -> list[str]:
        return [
            *(f"thread {one.name}" for one in threading.enumerate() if one not in threads),
            *(f"task {one!r}" for one in _tasks(runner) - tasks),
            *(f"timer {one!r}" for one in _timers(runner) - timers),
        ]

    if not _wait_for(lambda: not left(), runner):
        pytest.fail(f"Left running: {', '.join(left())}", pytrace=False)


def _wait_for(fact: Callable[[], bool], runner: QEventLoop | None) -> bool:
    """Give what is ending a moment to end; the loop turns meanwhile."""
    end_at = time.monotonic() + GRACE_S
    while not fact():
        if time.monotonic() > end_at:
            return False
        if runner is None:
            time.sleep(0.005)
        else:
            runner.run_until_complete(asyncio.sleep(0.005))
    return True


def _tasks(runner: QEventLoop | None) -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks(runner) if not task.done()} if runner is not None else set()


def _timers(runner: QEventLoop | None) -> set[asyncio.Handle]:
    """List what the loop will still call; qasync keeps its timers in a private table."""
    if runner is None:
        return set()
    waiting = runner._timer._SimpleTimer__callbacks
    return {handle for handle in waiting.values() if not handle.cancelled()}


# --- the log ---------------------------------------------------------------------------------------


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_stray_warning(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that warns in the log without having said so."""
    collector = _Collector()
    logging.getLogger().addHandler(collector)
    yield
    logging.getLogger().removeHandler(collector)
    mark = request.node.get_closest_marker("log_warnings")
    parts: tuple[str, ...] = mark.args if mark else ()
    stray = [line for line in collector.lines if not any(part in line for part in parts)]
    if stray and not (mark and not parts):
        pytest.fail("Warnings in the log: " + " | ".join(stray), pytrace=False)
    missing = [part for part in parts if not any(part in line for line in collector.lines)]
    if missing:
        pytest.fail(f"Expected in the log, but not there: {missing}", pytrace=False)
