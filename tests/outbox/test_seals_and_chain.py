"""What proves itself: a sealed row is sent as it was put in or not at all; a journal shows every change made to it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from outbox_bench import START, Clock, Server, bench, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.entries import EntryState
from pos_app.domain.problems import PROBLEMS
from pos_app.outbox import Backups, Database, Journal, verify
from pos_app.outbox.checksums import connect
from pos_app.outbox.disk import beside
from pos_app.outbox.seals import line_text, link

ATTENTION, DONE = EntryState.ATTENTION, EntryState.DONE
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.sqlite3"


# ---------------------------------------------------------------- rows

CHANGES = {
    "amount in the body": "body = replace(body, '1000', '9000')",
    "amount": "amount_minor = 9000",
    "reference": "ref = 'A9'",
    "kind": "kind = 'create_customer'",
    "no UTF-8": "body = CAST(x'7bff7d' AS TEXT)",
    "seal": "seal = ''",
}


@pytest.mark.fault("row 24")
@pytest.mark.log_warnings("a person has to settle it")
@pytest.mark.parametrize("change", CHANGES)
def test_a_row_that_was_changed_is_never_sent_and_goes_to_a_person(path, change):
    async def spoil() -> None:
        async with bench(path, deliver=False) as till:
            await till.put(sale("A"), sale("B"), sale("C", "C-2"))
            sql = f"UPDATE outbox SET {CHANGES[change]} WHERE ref = 'A'"  # noqa: S608 - from the table above
            await till.db.call(lambda db: db.execute(sql).fetchall())

    async def scene() -> None:
        async with bench(path) as till:
            await till.pass_s(100)
            assert sorted(till.server.sends) == ["B", "C"]
            assert not till.server.looks
            assert (await till.outbox.backlog()).attention == 1
            problems = await till.db.call(lambda db: db.execute("SELECT problem FROM outbox WHERE id = 1").get)
            assert problems == "DISK-06"
            if change not in ("no UTF-8", "kind"):  # the others can be shown
                assert ATTENTION in [state for _, state in till.told]

    run(spoil)
    run(scene)
    assert "not sent" in PROBLEMS["DISK-06"].kept


@pytest.mark.log_warnings("a person has to settle it")
def test_a_row_that_was_changed_is_not_looked_up_either_and_a_person_cannot_send_it(path):
    clock = Clock()
    server = Server(clock)

    async def first() -> None:
        async with bench(path, clock, server) as till:
            server.script[Ref("A")] = ["dropped"]
            server.look_script[Ref("A")] = ["cannot"] * 3
            await till.put(sale("A"))
            await till.settled()
            await till.db.call(lambda db: db.execute("UPDATE outbox SET amount_minor = 1").fetchall())
            await till.pass_s(100)
            assert await till.state("A") is ATTENTION
            for wish in (EntryState.WAITING, EntryState.CHECKING):
                with pytest.raises(ValueError, match="can only be closed"):
                    await till.outbox.settle_by_hand(Ref("A"), wish, "Ann", "try")
            await till.pass_s(100)
            assert await till.state("A") is ATTENTION
            assert (server.sends, server.looks) == (["A"], [])
            await till.outbox.settle_by_hand(Ref("A"), DONE, "Ann", "seen in the console")

    run(first)


# ---------------------------------------------------------------- the journal


def written(path: Path, lines: int = 6) -> None:
    async def scene() -> None:
        async with bench(path, deliver=False) as till:
            journal = Journal(till.db, clock=till.clock.wall)
            for n in range(lines):
                await journal.note("Ann", "sale", f"A{n}", {"total": n})

    run(scene)


def edit(path: Path, *statements: str) -> None:
    """Change the file as somebody with its program's own libraries could."""
    db = connect(path)
    db.execute("DROP TRIGGER journal_keeps_rows; DROP TRIGGER journal_keeps_words")
    for sql in statements:
        db.execute(sql)
    db.close()


def test_a_sound_journal_is_told_to_be_sound(path):
    written(path)
    verdict = verify(path)
    assert (verdict.is_sound, verdict.lines) == (True, 6)


@pytest.mark.parametrize(
    ("statements", "line", "words"),
    [
        (["UPDATE journal SET person = 'Bob' WHERE id = 3"], 3, "changed"),
        (["UPDATE journal SET facts = '{\"total\":9}' WHERE id = 1"], 1, "changed"),
        (["UPDATE journal SET at = at + 1 WHERE id = 6"], 6, "changed"),
        (["DELETE FROM journal WHERE id = 4"], 5, "missing before it: 4"),
        (["DELETE FROM journal WHERE id < 3"], 3, "missing before it: 1 to 2"),
        (["DELETE FROM journal WHERE id > 4"], 5, "cut off"),
        (["DELETE FROM journal"], 1, "cut off"),
        (
            [
                "UPDATE journal SET id = 100 WHERE id = 2",
                "UPDATE journal SET id = 2 WHERE id = 3",
                "UPDATE journal SET id = 3 WHERE id = 100",
            ],
            2,
            "changed, moved",
        ),
        (
            [
                "UPDATE journal SET id = -id WHERE id > 3",
                "INSERT INTO journal VALUES (4, 5, 'Bob', 'sale', '', '{}', 'ab')",
                "UPDATE journal SET id = 1 - id WHERE id < 0",
            ],
            4,
            "put in",
        ),
    ],
    ids=["person", "facts", "time", "removed", "head removed", "tail cut", "emptied", "reordered", "inserted"],
)
def test_every_change_of_the_journal_is_found_at_its_line(path, statements, line, words):
    written(path)
    edit(path, *statements)
    verdict = verify(path)
    assert verdict.breaks[0][0] == line
    assert words in verdict.breaks[0][1]


CUT = "DELETE FROM journal WHERE id > 4"
COUNTER = "UPDATE sqlite_sequence SET seq = 4 WHERE name = 'journal'"
HEAD = "UPDATE meta SET value = (SELECT id || ' ' || digest FROM journal WHERE id = 4) WHERE key = 'journal_head'"


def test_a_cut_tail_is_known_in_four_places(path):
    """Each of them alone notices it; with all of them forged nothing does, as `chain` says."""
    written(path)

    async def back_up() -> None:
        async with bench(path, deliver=False) as till:
            assert not (await Backups(till.db, clock=lambda: START).back_up()).trouble

    run(back_up)
    forged = path.with_name("forged.sqlite3")
    for statements, who in (
        ([CUT, COUNTER], "own head"),
        ([CUT, HEAD], "counter"),
        ([CUT, COUNTER, HEAD], "backup of 2026-03-01"),
    ):
        shutil.copyfile(path, forged)
        edit(forged, *statements)
        assert who in verify(forged).breaks[0][1]
    beside(path, ".heads").replace(beside(forged, ".heads"))
    shutil.rmtree(path.parent / "backup")
    assert "beside" in verify(forged).breaks[0][1]
    beside(forged, ".heads").unlink()
    assert verify(forged).is_sound


def test_a_journal_that_was_written_anew_is_known_by_the_backup(path):
    written(path)

    async def back_up() -> None:
        async with bench(path, deliver=False) as till:
            await Backups(till.db, clock=lambda: START).back_up()

    run(back_up)
    db = connect(path)
    db.execute("DROP TRIGGER journal_keeps_words; UPDATE journal SET person = 'Bob' WHERE id = 2")
    before = ""
    for number, at_ms, *words in db.execute("SELECT id, at, person, what, ref, facts FROM journal").fetchall():
        before = link(before, number, at_ms, line_text(*words))
        db.execute("UPDATE journal SET digest = ? WHERE id = ?", (before, number))
    db.execute("UPDATE meta SET value = ? WHERE key = 'journal_head'", (f"6 {before}",))
    db.close()
    assert "not the line that" in verify(path).breaks[0][1]


def pos_app(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pos_app", "journal", "verify", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_the_command_says_it_in_words_and_in_json(path):
    at = ("--data", str(path.parent))
    nothing = pos_app(*at)
    assert (nothing.returncode, nothing.stderr.startswith("There is no data file")) == (1, True)
    written(path)
    sound = pos_app(*at)
    assert (sound.returncode, sound.stdout) == (0, "The journal is sound: 6 lines, each proves the one before.\n")
    before = path.read_bytes()
    assert json.loads(pos_app(*at, "--json").stdout) == {"result": "sound", "lines": 6, "breaks": []}
    assert path.read_bytes() == before
    edit(path, "UPDATE journal SET person = 'Bob' WHERE id = 3")
    broken = pos_app(*at)
    assert (broken.returncode, "broken at line 3: changed" in broken.stdout) == (2, True)
    told = json.loads(pos_app(*at, "--json").stdout)
    assert (told["result"], told["breaks"][0]["line"]) == ("broken", 3)
    path.write_bytes(b"not a database at all" * 500)
    damaged = pos_app(*at)
    assert (damaged.returncode, "DISK-03" in damaged.stderr, "Traceback" in damaged.stderr) == (1, True, False)


def test_the_command_leaves_a_running_till_alone(path):
    async def scene() -> None:
        database = await Database.open(path)
        told = pos_app("--data", str(path.parent))
        assert (told.returncode, told.stderr.startswith("The till is running")) == (1, True)
        await database.aclose()

    run(scene)


def test_a_line_costs_the_same_however_long_the_journal_is(path):
    written(path, 3)
    db = apsw.Connection(str(path))
    for sql in (
        "SELECT digest FROM journal ORDER BY id DESC LIMIT 1",
        "SELECT seq FROM sqlite_sequence WHERE name = 'journal'",
    ):
        plan = " ".join(str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert "TEMP B-TREE" not in plan
    db.close()
