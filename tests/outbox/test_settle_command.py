"""`pos-app outbox` on the data of a closed till: how long a PIN waits, what stays free meanwhile, what it says."""

from __future__ import annotations

import asyncio
import io
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from outbox_bench import bench, run, sale

from pos_app.cli import outbox as command
from pos_app.cli.asking import Asked
from pos_app.domain.codes import Ref
from pos_app.domain.commands import EarnPoints
from pos_app.domain.entries import EntryState
from pos_app.domain.people import Role
from pos_app.outbox import Database, Outbox
from pos_app.outbox.people import People
from pos_app.parts import PIN_PEPPER

NAME, PIN, WRONG = "Noor H.", "4729", "9174"
PEPPER = "a-pepper-for-tests"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A closed till: one sale waits for a person, its supervisor and a cashier are known."""
    monkeypatch.setenv("POS_APP_SECRET_" + PIN_PEPPER.upper().replace("-", "_"), PEPPER)
    path = tmp_path / "till.sqlite3"

    async def scene() -> None:
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["person"]
            await till.put(sale("A"))
            await till.pass_s(2)
            people = People(till.db, PEPPER.encode())
            await people.add(NAME, Role.SUPERVISOR, PIN)
            await people.add("Mai A.", Role.CASHIER, "3816")

    run(scene)
    return tmp_path


@pytest.fixture
def ask(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Ask as the command line does: the exit code, what was printed, and what was said."""
    # No till runs here; looking for its line would make a Qt application of this whole test run.
    monkeypatch.setattr(command.Caller, "reach", staticmethod(lambda _folder: None))

    def asked(action: str, pin: str = PIN, *, sleep=time.sleep, **more):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{pin}\n" if pin else ""))
        given = {"ref": "A", "state": "done", "by": NAME, "reason": "seen", "json": True, **more}
        code = command.run(Asked(action, data=folder, **given), sleep)
        told = capsys.readouterr()
        return code, json.loads(told.out), told.err

    return asked


def never(seconds: float) -> None:
    raise AssertionError(f"it sits {seconds} s out")


@pytest.mark.fault("row 41")
def test_after_wrong_pins_it_says_how_long_and_ends_at_once(ask):
    told = [ask("settle", WRONG, sleep=never) for _ in range(3)]
    assert [(code, one["problem"]) for code, one, _ in told] == [(1, "PIN-01"), (1, "PIN-01"), (2, "PIN-02")]
    assert told[2][1]["wait_s"] == 30
    code, one, said = ask("settle", PIN, sleep=never)
    assert (code, one["problem"], one["wait_s"]) == (2, "PIN-02", 30)
    assert "in 30 s" in said
    assert "--wait" in said


@pytest.mark.fault("row 41")
@pytest.mark.parametrize(("short_s", "wait"), [(5, False), (0, True)], ids=["a short one", "as asked for"])
def test_a_wait_is_sat_out_with_the_data_closed(ask, folder, monkeypatch, short_s, wait):
    monkeypatch.setattr("pos_app.outbox.people.wait_after", lambda wrong: 1 if wrong >= 3 else 0)
    monkeypatch.setattr(command, "SHORT_WAIT_S", short_s)
    slept: list[float] = []

    async def till_starts() -> None:
        database = await Database.open(folder / "till.sqlite3")
        assert (await Outbox(database).entry(Ref("A"))).state is EntryState.ATTENTION
        await database.aclose()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        began = time.monotonic()
        asyncio.run(till_starts())
        time.sleep(max(0.0, began + seconds - time.monotonic()))  # the wait itself is real

    for _ in range(3):
        ask("settle", WRONG, sleep=never)
    code, told, said = ask("settle", PIN, sleep=sleep, wait=wait)
    assert (code, told["entry"]["state"], slept) == (0, "done", [1])
    assert "looked at in 1 s" in said


def test_a_pin_that_was_wrong_is_not_tried_again_after_the_wait(ask, monkeypatch):
    monkeypatch.setattr("pos_app.outbox.people.wait_after", lambda wrong: 1 if wrong >= 3 else 0)
    for _ in range(2):
        ask("settle", WRONG, sleep=never)
    code, told, _ = ask("settle", WRONG, sleep=never, wait=True)
    assert (code, told["problem"]) == (2, "PIN-02")


@pytest.mark.parametrize("name", ["Noor", "Mai A.", "nobody"])
def test_a_name_that_may_not_approve_is_not_called_a_wrong_pin(ask, name):
    for _ in range(5):
        code, told, said = ask("settle", PIN, by=name, sleep=never)
        assert (code, told["problem"]) == (1, "PIN-11")
        assert "people list" in said
    code, _, _ = ask("settle", PIN, sleep=never)
    assert code == 0, "a try was counted"


@pytest.mark.usefixtures("ask")
def test_the_pin_is_typed_before_the_data_is_opened(folder, monkeypatch):
    opened: list[str] = []

    class Slow(io.StringIO):
        def readline(self, *_: int) -> str:
            asyncio.run(self.open())
            return PIN

        async def open(self) -> None:
            await (await Database.open(folder / "till.sqlite3")).aclose()
            opened.append("while somebody types")

    monkeypatch.setattr("sys.stdin", Slow())
    asked = Asked("settle", data=folder, ref="A", state="done", by=NAME, reason="seen")
    assert (command.run(asked, never), opened) == (0, ["while somebody types"])


def test_no_pin_is_said_and_counts_for_nothing(ask):
    code, told, _ = ask("settle", "", sleep=never)
    assert (code, told["problem"]) == (2, "PIN-10")


@pytest.mark.log_warnings("cannot be read")
@pytest.mark.parametrize(("state", "code"), [("done", "ATT-03"), ("refused", "ATT-04")])
def test_an_entry_that_cannot_be_read_is_listed_shown_and_closed(ask, folder, state, code):
    async def spoil() -> None:
        async with bench(folder / "till.sqlite3") as till:
            await till.put(sale("B"))
            sql = "UPDATE outbox SET body = '[1', state = 'waiting', due_at = 0"
            await till.db.call(lambda db: db.execute(sql).fetchall())
            await till.pass_s(70)

    run(spoil)
    exit_code, told, _ = ask("list", state="open")
    assert exit_code == 0
    assert [(one["ref"], one["unreadable"], one["kind"]) for one in told["entries"]] == [
        (ref, True, "record_sale") for ref in "BA"
    ]
    assert all("cannot be read" in one["meaning"] for one in told["entries"])
    exit_code, told, _ = ask("show")
    assert (exit_code, told["entry"]["may"], told["entry"]["command"]) == (0, ["done", "give_up"], {})
    assert told["entry"]["made_at"].startswith("2026-03-01T12:00")
    exit_code, told, _ = ask("check")
    assert (exit_code, told["problem"]) == (2, "OUT-08")
    exit_code, told, _ = ask("settle", state="waiting", sleep=never)
    assert (exit_code, told["problem"]) == (1, "OUT-02")
    exit_code, told, _ = ask("settle", state=state, sleep=never)
    assert (exit_code, told["entry"]["state"], told["entry"]["problem"]) == (0, state, code)
    _, told, _ = ask("show")
    [note] = [one for one in told["journal"] if one["what"] == "settled by hand"]
    assert (note["facts"]["approved_by"], note["facts"]["why"]) == (NAME, "seen")


def test_sending_again_too_early_is_said_with_how_long(ask, folder):
    """Points may leave no trace, so a person has to look for them, and not before all of them would show."""

    async def lose() -> None:
        async with bench(folder / "till.sqlite3") as till:
            till.server.script[Ref("E")] = ["dropped"]
            till.server.look_script[Ref("E")] = ["person"]
            await till.put(EarnPoints(ref=Ref("E"), identifier="C-1", points=5))
            await till.pass_s(2)

    run(lose)
    code, told, said = ask("settle", ref="E", state="waiting", sleep=never)
    assert (code, told["problem"]) == (2, "ATT-02"), "a closed till cannot know since when the answer is lost"
    assert "too early" in said
    _, told, _ = ask("show", ref="E")
    assert (told["entry"]["state"], told["journal"]) == ("attention", [])


def test_an_export_names_its_file_and_the_reason_and_replaces_nothing_unasked(ask, folder, tmp_path):
    there = tmp_path / "outbox.jsonl"
    there.write_text("an earlier export", "utf-8")
    code, told, said = ask("export", file=there)
    assert (code, told["problem"], there.read_text("utf-8")) == (1, "OUT-10", "an earlier export")
    assert str(there) in said
    code, told, _ = ask("export", file=there, replace=True)
    assert (code, told["entries"]) == (0, 1)
    nowhere = tmp_path / "no such folder" / "x"
    code, told, said = ask("export", file=nowhere)
    assert (code, told["problem"]) == (2, "OUT-05")
    assert str(nowhere) in told["sentence"]
    assert "No such file or directory" in said


def test_a_day_that_has_not_begun_is_not_compared(ask):
    tomorrow = (datetime.now(UTC).astimezone() + timedelta(days=1)).date()
    code, told, said = ask("reconcile", day=tomorrow)
    assert (code, told["problem"]) == (2, "OUT-11")
    assert "has not begun" in said
