"""Faults 4, on a file system that is really full: nothing new is taken on, and what was sent is still written down."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from outbox_bench import bench, hold, release, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import ReleaseVoucher
from pos_app.domain.entries import EntryState
from pos_app.outbox import Database, Facts, StorageError
from pos_app.outbox.ballast import BALLAST_BYTES, Ballast

DONE, SENDING = EntryState.DONE, EntryState.SENDING
SIZE_MB = 6


def mount(place: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(place)]
    return sys.platform == "linux" and subprocess.run(command, capture_output=True, check=False).returncode == 0


def unmount(place: Path) -> None:
    subprocess.run(["umount", str(place)], check=True)


def may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        if not mount(Path(folder)):
            return False
        unmount(Path(folder))
        return True


MAY_MOUNT = may_mount()
needs_mount = pytest.mark.skipif(not MAY_MOUNT, reason="a small file system cannot be mounted; see the last test")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of six megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    assert mount(place)
    yield place
    unmount(place)


def fill_up(place: Path) -> Path:
    """Leave not one byte."""
    filler = place / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"x")
    assert shutil.disk_usage(place).free == 0
    return filler


@pytest.mark.fault("row 4")
@needs_mount
@pytest.mark.log_warnings("nothing is sent until it can")
def test_what_was_sent_is_marked_and_what_is_new_is_refused_until_there_is_room(small_disk):
    path = small_disk / "till.db"

    async def scene() -> None:
        async with bench(path) as till:
            refs = [f"S{n}" for n in range(3)]
            for ref in refs:
                till.server.gates[Ref(ref)] = asyncio.Event()
            await till.put(*(sale(ref, f"C-{ref}") for ref in refs), *(sale(f"W{n}", f"C-{n}") for n in range(30)))
            await till.settled()
            assert await till.state("S0") is SENDING
            filler = fill_up(small_disk)
            for new in (lambda: till.put(sale("N")), lambda: Facts(till.db).keep("customer:C-1", {"x": "y" * 3000})):
                with pytest.raises(StorageError) as refused:
                    await new()
                assert refused.value.problem == "DISK-01"
            assert await till.outbox.entry(Ref("N")) is None
            for ref in refs:
                till.server.gates[Ref(ref)].set()
            await till.pass_s(120)
            states = [await till.state(ref) for ref in refs] + [await till.state(f"W{n}") for n in range(30)]
            assert states == [DONE] * 33, "a mark did not get its room"
            with pytest.raises(StorageError):
                await till.put(sale("N"))
            filler.unlink()
            await till.put(sale("N"))
            assert (small_disk / "till.db.ballast").stat().st_size == BALLAST_BYTES
            await till.pass_s(5)
            assert await till.state("N") is DONE
            assert {len(at) for at in till.server.effects.values()} == {1}

    run(scene)


@pytest.mark.fault("row 4")
def test_what_only_gives_back_has_the_kept_room_and_is_tried_again_until_there_is_some(tmp_path, monkeypatch):
    """A sale is cancelled or put aside on a full disk: its vouchers go back, and it is not on the counter again."""

    async def scene() -> None:
        async with bench(tmp_path / "till.db") as till:
            facts = Facts(till.db)
            await till.put(hold("H", 7), hold("H8", 8))
            await facts.keep("open_sale", {"ref": "A"})
            await till.settled()
            monkeypatch.setattr(Ballast, "has_room", lambda self: False)
            for new in (
                till.outbox.put(sale("N")),
                facts.keep("open_sale", {"ref": "B"}),
                facts.keep("customer:C-1", {}),
            ):
                with pytest.raises(StorageError):
                    await new
            await till.put(release("R", 7))
            await facts.keep("open_sale", {})
            await facts.keep("parked_sales", [{"id": "A"}])
            await till.settled()
            assert [one.voucher_id for one in await till.outbox.holds()] == [8]

            await till.db.call(lambda db: db.pragma("max_page_count", db.pragma("page_count")))
            big = ReleaseVoucher(ref=Ref("BIG"), identifier="C" * 20_000, voucher_id=8, sale=Ref("S"))
            with pytest.raises(StorageError) as refused:
                await till.put(big)
            assert refused.value.problem == "DISK-01"
            await till.pass_s(61)
            assert await till.outbox.entry(Ref("BIG")) is None
            await till.db.call(lambda db: db.pragma("max_page_count", 2**30))
            await till.pass_s(61)
            assert await till.state("BIG") is DONE
            assert await till.outbox.holds() == []
            assert till.problems == []

    run(scene)


@pytest.mark.fault("row 4")
@needs_mount
def test_a_till_starts_on_a_full_disk_and_takes_on_nothing(small_disk):
    path = small_disk / "till.db"

    async def first() -> None:
        async with bench(path, deliver=False) as till:
            await till.put(sale("A"))

    async def second() -> None:
        filler = fill_up(small_disk)
        async with bench(path) as till:
            await till.pass_s(100)
            assert await till.state("A") is DONE
            with pytest.raises(StorageError) as refused:
                await till.put(sale("B"))
            assert refused.value.problem == "DISK-01"
        filler.unlink()
        database = await Database.open(path)
        assert database.salvaged is None
        await database.aclose()

    run(first)
    run(second)


@needs_mount
def test_a_first_start_on_a_full_disk_is_a_sentence(small_disk):
    fill_up(small_disk)
    with pytest.raises(StorageError) as refused:
        asyncio.run(Database.open(small_disk / "till.db"))
    assert refused.value.problem in ("DISK-01", "DISK-02")


@needs_mount
@pytest.mark.log_warnings("is damaged", "came back")
def test_a_damaged_file_on_a_full_disk_waits_for_room_as_it_is(small_disk):
    path = small_disk / "till.db"

    async def first() -> None:
        async with bench(path, deliver=False) as till:
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(300)))

    run(first)
    path.with_name("till.db.ballast").unlink()
    data = bytearray(path.read_bytes())
    data[5 * 4096 + 7] ^= 1
    path.write_bytes(data)
    filler = fill_up(small_disk)
    with pytest.raises(StorageError) as refused:
        asyncio.run(Database.open(path))
    assert refused.value.problem == "DISK-01"
    assert path.read_bytes() == bytes(data)
    filler.unlink()

    async def second() -> None:
        database = await Database.open(path)
        assert database.salvaged is not None
        assert await database.call(lambda db: db.execute("SELECT count(*) FROM outbox").get) == 300
        await database.aclose()

    run(second)


def test_the_ballast_is_real_room_and_is_made_once(tmp_path):
    ballast = Ballast(tmp_path / "till.db")
    assert ballast.has_room()
    made = tmp_path / "till.db.ballast"
    stamp = made.stat()
    if sys.platform != "win32":
        assert stamp.st_blocks * 512 >= BALLAST_BYTES, "it takes up no room"
    assert Ballast(tmp_path / "till.db").has_room()
    assert made.stat().st_mtime_ns == stamp.st_mtime_ns
    assert ballast.let_go()
    assert not made.exists()
    assert not ballast.let_go()
    assert ballast.has_room()
    assert made.exists()


@pytest.mark.skipif(
    MAY_MOUNT or sys.platform != "linux", reason="the small disk was mounted above, or this is not Linux"
)
def test_without_root_the_small_disk_is_mounted_in_a_namespace():
    command = ["unshare", "-Urm", sys.executable, "-m", "pytest", __file__, "-q", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if "unshare:" in done.stderr:
        pytest.skip(f"no namespace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout
