"""What a setup is told of the data: open, waiting, newer, unreadable; and the copy that it makes first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from outbox_bench import START

from pos_app.cli import upkeep
from pos_app.domain.codes import ref_from_digits
from pos_app.domain.commands import RecordSale
from pos_app.outbox import Database, Outbox, StorageError
from pos_app.outbox.checksums import connect
from pos_app.outbox.facts import Facts
from pos_app.outbox.opensale import DRAFT
from pos_app.outbox.shifts import Place, Shifts
from pos_app.outbox.upkeep import copy_before_update, standing


def sale(number: int) -> RecordSale:
    ref = ref_from_digits(f"{number:022d}")
    return RecordSale(ref=ref, identifier="6591234821", sold_at=START.isoformat(), amount_minor=1200, currency="SGD")


async def fill(path, count: int) -> None:
    """Make a data file with entries that wait."""
    database = await Database.open(path)
    outbox = Outbox(database)
    for number in range(count):
        await outbox.put(sale(number))
    await outbox.aclose()
    await database.aclose()


async def test_a_closed_till_tells_how_much_waits(tmp_path):
    await fill(tmp_path / "till.sqlite3", 2)
    seen = standing(tmp_path / "till.sqlite3")
    assert (seen.open, seen.waiting, seen.is_newer, seen.trouble) == (False, 2, False, "")


async def test_an_open_till_is_left_alone_and_told_as_open(tmp_path, capsys):
    database = await Database.open(tmp_path / "till.sqlite3")
    try:
        assert standing(tmp_path / "till.sqlite3").open
        assert upkeep.run("copy", tmp_path, settled=False, as_json=True) == upkeep.OPEN
        assert json.loads(capsys.readouterr().out)["result"] == "open"
    finally:
        await database.aclose()
    assert not (tmp_path / "before-update").exists()


async def test_entries_that_wait_stop_an_end_and_no_update(tmp_path, capsys):
    await fill(tmp_path / "till.sqlite3", 1)
    assert upkeep.run("check", tmp_path, settled=False, as_json=True) == upkeep.FREE
    assert upkeep.run("check", tmp_path, settled=True, as_json=True) == upkeep.WAITS
    assert [json.loads(line)["waiting"] for line in capsys.readouterr().out.splitlines()] == [1, 1]


async def test_an_open_sale_and_an_open_shift_stop_an_update_until_they_are_finished(tmp_path, capsys):
    def checked() -> tuple[int, dict]:
        code = upkeep.run("check", tmp_path, finished=True, as_json=True)
        assert upkeep.run("check", tmp_path, as_json=True) == upkeep.FREE
        return code, json.loads(capsys.readouterr().out.splitlines()[0])

    async def left(draft: dict, *, shift_closes: bool) -> None:
        database = await Database.open(tmp_path / "till.sqlite3")
        await Facts(database).keep(DRAFT, draft)
        shifts = Shifts(database, Place("Shop", "Till 1", "SGD"))
        shift = await shifts.begin("Mai A.")
        if shift_closes:
            await shifts.close(shift.number, "Mai A.", sure=True)
        await database.aclose()

    await fill(tmp_path / "till.sqlite3", 1)
    assert checked()[0] == upkeep.FREE
    for draft, shift_closes, wanted in (
        ({"identifier": "6591234821", "ref": None}, True, (upkeep.UNFINISHED, 1, 0)),
        ({}, False, (upkeep.UNFINISHED, 0, 1)),
        ({}, True, (upkeep.FREE, 0, 0)),
        ({"identifier": "6591234821", "ref": sale(0).ref}, True, (upkeep.FREE, 0, 0)),
        ({"identifier": "6591234821", "ref": sale(7).ref}, True, (upkeep.UNFINISHED, 1, 0)),
    ):
        await left(draft, shift_closes=shift_closes)
        code, told = checked()
        assert (code, told["sales"], told["shifts"]) == wanted, draft


async def test_the_practice_till_stops_no_update(tmp_path, capsys):
    folder = tmp_path / "sandbox"
    folder.mkdir()
    database = await Database.open(folder / "till.sqlite3")
    await Shifts(database, Place("Shop", "Till 1", "SGD")).begin("Mai A.")
    await database.aclose()
    assert upkeep.run("check", folder, settled=True, finished=True, as_json=True) == upkeep.FREE
    assert json.loads(capsys.readouterr().out)["data"][0]["shift_open"]


def test_a_file_of_the_second_version_is_read_without_what_came_later(tmp_path):
    for suffix in ("", "-wal", "-shm"):
        shutil.copy(Path(__file__).parent / "old" / f"version-2.db{suffix}", tmp_path / f"till.sqlite3{suffix}")
    seen = standing(tmp_path / "till.sqlite3")
    assert (seen.version, seen.trouble, seen.sale_open, seen.shift_open) == (2, "", True, False)


async def test_newer_data_is_named_so(tmp_path, capsys):
    await fill(tmp_path / "till.sqlite3", 1)
    connection = connect(tmp_path / "till.sqlite3")
    connection.pragma("user_version", 99)
    connection.close()
    assert upkeep.run("check", tmp_path, settled=False, as_json=True) == upkeep.NEWER
    assert json.loads(capsys.readouterr().out)["data"][0]["version"] == 99


async def test_the_copy_holds_everything_and_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "till.sqlite3"
    await fill(path, 3)
    before = path.read_bytes()
    copy = copy_before_update(path)
    assert path.read_bytes() == before
    assert [one.name for one in copy.parent.iterdir()] == [copy.name]
    assert standing(copy).waiting == 3


async def test_a_damaged_file_is_never_copied_as_if_it_were_whole(tmp_path, capsys):
    path = tmp_path / "till.sqlite3"
    await fill(path, 3)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size - 3000)
        file.write(b"\xff" * 200)
    with pytest.raises(StorageError) as failed:
        copy_before_update(path)
    assert failed.value.problem == "DISK-03"
    assert upkeep.run("copy", tmp_path, settled=False, as_json=True) == upkeep.FAILED


def test_what_is_no_data_file_counts_as_waiting(tmp_path, capsys):
    """Nobody can tell what is in it, so an uninstaller must keep it."""
    (tmp_path / "till.sqlite3").write_bytes(b"not a database at all" * 100)
    assert upkeep.run("check", tmp_path, settled=True, as_json=True) == upkeep.WAITS
    assert json.loads(capsys.readouterr().out)["unread"] == 1
