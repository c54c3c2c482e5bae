"""Two copies of the till on one data folder: the second brings the first to the front, and they never share a queue."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from program import config, finish, run, start, wait_for

from pos_app.instance import ALREADY_OPEN, FRONT, MAX_ASKED_BYTES, Caller, Line, name_of
from pos_app.practice import Practice
from pos_app.tour.hand import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM, SIGSTOP or socket files")
Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def practice(tmp_path) -> Iterator[Practice]:
    with Practice(tmp_path / "perx") as started:
        yield started


@pytest.fixture
def begin(practice, tmp_path, qapp) -> Iterator[Begin]:
    """Start tills that are ended with the test; one that is `running` has its line open."""
    running: list[subprocess.Popen[str]] = []
    path = config(practice, tmp_path)

    def go(*, is_first: bool = True) -> subprocess.Popen[str]:
        child = start("run", "--config", path, env=practice.secrets)
        running.append(child)
        if is_first:
            wait_for(lambda: _answers(tmp_path / "data") or child.poll() is not None, "the till never came up")
        return child

    yield go
    for child in running:
        if child.poll() is None:
            child.send_signal(signal.SIGCONT)
            child.kill()
        child.communicate()


def _answers(folder) -> bool:
    caller = Caller.reach(folder)
    if caller is None:
        return False
    caller.ask(FRONT)
    caller.close()
    return True


@pytest.mark.fault("FM-02", "row 25")
def test_a_second_start_brings_the_first_to_the_front_and_ends(begin, tmp_path):
    first = begin()
    before = (tmp_path / "data" / "till.sqlite3").stat().st_mtime_ns
    code, _, said = finish(begin(is_first=False))
    assert (code, said) == (0, f"{ALREADY_OPEN}\n")
    assert (tmp_path / "data" / "till.sqlite3").stat().st_mtime_ns == before
    first.send_signal(signal.SIGTERM)
    assert finish(first)[0] == 0
    assert not os.path.exists(name_of(tmp_path / "data")), "a till that was closed left its line behind"


def test_a_second_practice_till_starts_no_second_perx(tmp_path, qapp):
    first = start("run", "--sandbox", "--data", str(tmp_path))
    try:
        wait_for(lambda: _answers(tmp_path), "the till never came up")
        code, _, said = run("run", "--sandbox", "--data", str(tmp_path))
        assert (code, said) == (0, f"{ALREADY_OPEN}\n")
    finally:
        first.send_signal(signal.SIGTERM)
        assert finish(first)[0] == 0


@pytest.mark.fault("FM-02", "row 25")
def test_two_starts_at_once_are_one_till(begin):
    both = [begin(is_first=False), begin(is_first=False)]
    wait_for(lambda: any(one.poll() is not None for one in both), "both go on")
    over = next(one for one in both if one.poll() is not None)
    code, _, said = finish(over)
    assert (code, said) == (0, f"{ALREADY_OPEN}\n")
    assert [one.poll() for one in both if one is not over] == [None]


@pytest.mark.fault("FM-02", "row 25")
def test_a_till_that_was_killed_is_no_obstacle(begin, tmp_path):
    begin().kill()
    wait_for(lambda: Caller.reach(tmp_path / "data") is None, "the killed till still answers")
    assert os.path.exists(name_of(tmp_path / "data")), "nothing was left, so nothing is tested"
    again = begin()
    assert again.poll() is None
    assert finish(begin(is_first=False))[0] == 0


@pytest.mark.fault("FM-02", "row 25")
def test_without_its_line_the_lock_alone_keeps_a_second_till_out(begin, tmp_path):
    begin()
    os.unlink(name_of(tmp_path / "data"))
    second = begin(is_first=False)
    assert "DISK-05" in second.stderr.readline()
    second.send_signal(signal.SIGTERM)
    assert finish(second)[0] == 2


def test_a_till_that_hangs_is_said_with_a_code(begin, tmp_path):
    first = begin()
    first.send_signal(signal.SIGSTOP)
    second = begin(is_first=False)
    assert "[TILL-01]" in second.stderr.readline()
    second.send_signal(signal.SIGTERM)
    assert finish(second)[0] == 2
    code, _, said = run("outbox", "list", "--data", str(tmp_path / "data"))
    assert (code, "TILL-01" in said, "Traceback" in said) == (2, True, False)


def _another_start(folder) -> subprocess.Popen[str]:
    """What a start does before anything else, as a program of its own."""
    asks = "import pathlib, sys; from pos_app.instance import *; print(brought_to_front(pathlib.Path(sys.argv[1])))"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", asks, str(folder)], stdout=pipe, stderr=pipe, text=True)


@pytest.mark.log_warnings("does not support raise")  # windows off screen have no front
async def test_the_window_comes_back_from_where_it_was(shop):
    async with shop() as s:
        s.window.showMinimized()
        assert s.window.isMinimized()
        child = start("outbox", "list", "--data", str(s.data / "till"))
        await until(lambda: child.poll() is not None, "the till does not answer")
        assert finish(child)[0] == 0
        assert s.window.isMinimized(), "only another start brings it to the front"
        child = _another_start(s.data / "till")
        await until(lambda: child.poll() is not None, "the till does not answer")
        assert finish(child) == (0, "True\n", f"{ALREADY_OPEN}\n")
        assert not s.window.isMinimized()


# ---------------------------------------------------------------- the line itself


async def _echo(ask, given):
    if ask == "bug":
        raise RuntimeError("a bug")
    return {"asked": ask, "given": dict(given)}


def _said(folder, raw: bytes) -> bytes:
    """What the line answers to raw bytes; b"" when it hangs up."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(10)
        caller.connect(name_of(folder))
        caller.sendall(raw)
        said = b""
        while not said.endswith(b"\n"):
            try:
                more = caller.recv(65536)
            except ConnectionResetError:
                break
            if not more:
                break
            said += more
        return said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"v":1,"ask":"x","given":{"a":1}}\n', b'{"v":1,"asked":"x","given":{"a":1}}\n'),
        (b'{"v":1,"ask":"x","given":[1]}\n', b'{"v":1,"asked":"x","given":{}}\n'),
        (b'{"v":2,"ask":"x"}\n', b'{"v":1,"problem":"TILL-02"}\n'),
        (b"[" * 60_000 + b"\n", b'{"v":1,"problem":"TILL-02"}\n'),
        (b"\xff\xfe\n", b'{"v":1,"problem":"TILL-02"}\n'),
        (b"x" * (MAX_ASKED_BYTES + 2), b""),
    ],
    ids=["asked", "odd", "another version", "nested", "not text", "endless"],
)
async def test_what_the_line_makes_of_bytes(tmp_path, loop, raw, said):
    with Line(tmp_path, _echo):
        assert await _elsewhere(lambda: _said(tmp_path, raw)) == said


async def test_a_bug_in_an_answer_is_reported_and_the_caller_told(tmp_path, loop):
    seen: list[object] = []
    loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
    try:
        with Line(tmp_path, _echo):
            assert (
                await _elsewhere(lambda: _said(tmp_path, b'{"v":1,"ask":"bug"}\n')) == b'{"v":1,"problem":"APP-01"}\n'
            )
    finally:
        loop.set_exception_handler(None)
    assert [type(one) for one in seen] == [RuntimeError]


async def test_a_caller_of_another_version_is_told_so(tmp_path, loop):
    async def newer(_ask, _given):
        return {"v": 2}

    with Line(tmp_path, newer):
        child = start("outbox", "list", "--data", str(tmp_path))
        await until(lambda: child.poll() is not None, "the program never ended")
    code, _, said = finish(child)
    assert (code, "TILL-02" in said) == (2, True)


async def _elsewhere(call):
    """Run a blocking call on a thread of its own, while the loop goes on."""
    told: list[object] = []
    thread = threading.Thread(target=lambda: told.append(call()))
    thread.start()
    await until(lambda: not thread.is_alive(), "the call never came back")
    thread.join()
    return told[0]


def test_a_line_has_one_name_for_one_folder_however_it_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    (tmp_path / "data").mkdir()
    assert name_of(tmp_path / "data") == name_of(tmp_path / "link") == name_of(tmp_path / "data" / ".." / "data")
    deep = tmp_path / ("d" * 200) / "data"
    assert len(os.fsencode(name_of(deep))) < 100
    assert name_of(deep) != name_of(deep.parent)
