"""People and their approvals on a real file: what is kept, what a guesser is told, and how long they wait."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from outbox_bench import Clock, run

from pos_app.domain.people import Denied, Person, Role
from pos_app.outbox import Database, Journal
from pos_app.outbox.people import People, PeopleError

DYING = Path(__file__).with_name("killed_approval.py")
NOOR = Person("Noor H.", Role.SUPERVISOR, has_badge=True)
PIN, BADGE, WRONG = "4729", "NOORS-BADGE-1", "9174"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


@asynccontextmanager
async def people(path: Path, clock: Clock | None = None, pepper: bytes = b"pepper"):
    """One run of the till, as far as it knows people."""
    clock = clock or Clock()
    database = await Database.open(path)
    try:
        yield People(database, pepper, monotonic=clock.monotonic, wall=clock.wall)
    finally:
        await database.aclose()


async def guess(who: People, count: int) -> list[Denied]:
    return [await who.approve(NOOR.name, WRONG) for _ in range(count)]


def test_a_supervisor_approves_by_pin_and_by_badge_and_a_cashier_does_not(path):
    async def scene():
        async with people(path) as who:
            assert await who.add("  Noor   H. ", Role.SUPERVISOR, PIN, BADGE) == NOOR
            await who.add("Mai A.", Role.CASHIER, "3816", "MAIS-BADGE-1")
            assert await who.everyone() == [Person("Mai A.", Role.CASHIER, True), NOOR]
            assert await who.approve("Noor H.", PIN) == NOOR
            assert await who.approve("noor h.", PIN) == NOOR
            assert await who.approve_badge(BADGE) == NOOR
            assert await who.approve("Mai A.", "3816") == Denied("PIN-11")
            assert await who.approve("Nobody", PIN) == Denied("PIN-11")
            assert await who.approve(NOOR.name, "12") == Denied("PIN-01")
            assert await who.approve_badge("MAIS-BADGE-1") == Denied("PIN-03")
            assert await who.approve_badge("") == Denied("PIN-03")
            await who.remove("Noor H.")
            assert await who.approve_badge(BADGE) == Denied("PIN-03")
            assert await who.approve("Noor H.", PIN) == Denied("PIN-11")

    run(scene)


def test_anybody_who_works_here_signs_on_and_only_some_approve(path):
    async def scene():
        async with people(path) as who:
            mai = await who.add("Mai A.", Role.CASHIER, "3816", "MAIS-BADGE-1")
            assert await who.known("mai a.", "3816") == mai
            assert await who.known_badge("MAIS-BADGE-1") == mai
            assert await who.known("Mai A.", WRONG) == Denied("PIN-01")
            assert await who.known("Nobody", "3816") == Denied("PIN-01")
            assert await who.known_badge("NOBODYS-BADGE") == Denied("PIN-14")
            assert await who.known("Mai A.", WRONG) == Denied("PIN-01")
            assert await who.known("Mai A.", WRONG) == Denied("PIN-02", 30)
            assert await who.known("Mai A.", "3816") == Denied("PIN-02", 30)
            assert await who.known_badge("MAIS-BADGE-1") == mai

    run(scene)


def test_a_badge_is_given_changed_and_taken_away_and_the_pin_stays(path):
    async def scene():
        told: list[str] = []
        async with people(path) as who:
            who._on_change = lambda: told.append("changed")
            await who.add(NOOR.name, Role.SUPERVISOR, PIN)
            await who.add("Mai A.", Role.CASHIER, "3816", "MAIS-BADGE-1")
            assert await who.give_badge("noor h.", BADGE) == NOOR
            assert await who.known_badge(BADGE) == NOOR
            assert (await who.give_badge(NOOR.name, "NOORS-BADGE-2")).has_badge
            assert await who.known_badge(BADGE) == Denied("PIN-14"), "a lost badge opens nothing"
            for name, badge, code in (
                (NOOR.name, "SHORT", "PIN-09"), (NOOR.name, "MAIS-BADGE-1", "PIN-07"), ("Nobody", BADGE, "PIN-08"),
            ):  # fmt: skip
                with pytest.raises(PeopleError, match=code):
                    await who.give_badge(name, badge)
            assert not (await who.give_badge(NOOR.name, "")).has_badge
            assert await who.known_badge("NOORS-BADGE-2") == Denied("PIN-14")
            assert (await who.known(NOOR.name, PIN)).name == NOOR.name
            lines = [(line.person, line.what) for line in await Journal(who._db).recent(3)]
            assert lines == [(NOOR.name, "badge taken away"), (NOOR.name, "badge given"), (NOOR.name, "badge given")]
        assert len(told) == 5

    run(scene)


@pytest.mark.fault("row 41")
def test_wrong_pins_cost_ever_more_time_and_a_right_one_ends_that(path):
    async def scene():
        clock = Clock()
        async with people(path, clock) as who:
            await who.add(NOOR.name, Role.SUPERVISOR, PIN, BADGE)
            assert await guess(who, 3) == [Denied("PIN-01"), Denied("PIN-01"), Denied("PIN-02", 30)]
            clock.now_s += 20.5
            assert await who.approve(NOOR.name, PIN) == Denied("PIN-02", 10), "the right one waits as well"
            assert await who.approve_badge(BADGE) == NOOR, "a badge is no guess"
            clock.now_s += 10
            assert await guess(who, 1) == [Denied("PIN-02", 60)]
            clock.now_s += 61
            assert await guess(who, 1) == [Denied("PIN-02", 120)]
            clock.now_s += 121
            assert await who.approve(NOOR.name, PIN) == NOOR
            assert await guess(who, 1) == [Denied("PIN-01")]

    run(scene)


@pytest.mark.fault("row 5", "row 41")
@pytest.mark.parametrize("set_by_s", [0, 86_400, -86_400], ids=["as it was", "set forward", "set back"])
def test_neither_a_restart_nor_a_changed_clock_shortens_the_wait(path, set_by_s):
    async def scene():
        clock = Clock()
        async with people(path, clock) as who:
            await who.add(NOOR.name, Role.SUPERVISOR, PIN)
            await guess(who, 3)
            clock.now_s += 25
            clock.set_by_s += set_by_s
            assert await who.approve(NOOR.name, PIN) == Denied("PIN-02", 5)
        async with people(path, clock) as who:
            assert await who.approve(NOOR.name, PIN) == Denied("PIN-02", 30), "what another run saw does not count"
            clock.now_s += 31
            assert (await who.approve(NOOR.name, PIN)).name == NOOR.name

    run(scene)


@pytest.mark.fault("row 41")
@pytest.mark.parametrize("somebody_tries", [False, True], ids=["alone", "beside another"])
def test_time_that_a_program_sat_out_with_the_data_closed_counts_only_for_the_wait_that_it_began(path, somebody_tries):
    """Else a guesser would start a hundred programs that wait side by side, and have a hundred tries for one wait."""

    async def scene():
        clock = Clock()
        async with people(path, clock) as who:
            await who.add(NOOR.name, Role.SUPERVISOR, PIN)
            assert await who.wait_of("Nobody") is None
            await guess(who, 3)
        async with people(path, clock) as who:
            clock.now_s += 1
            assert await who.approve("noor h.", PIN) == Denied("PIN-02", 29)
            wait = await who.wait_of("noor h.")
        if somebody_tries:
            async with people(path, clock) as who:
                clock.now_s += 30
                assert await guess(who, 1) == [Denied("PIN-02", 60)]
        clock.now_s += 29
        async with people(path, clock) as who:
            await who.go_on(wait)
            told = await who.approve(NOOR.name, PIN)
            assert told == Denied("PIN-02", 60) if somebody_tries else told.name == NOOR.name

    run(scene)


@pytest.mark.fault("row 41")
def test_a_kill_makes_no_try_free(path):
    async def know():
        async with people(path) as who:
            await who.add(NOOR.name, Role.SUPERVISOR, PIN)

    async def then():
        async with people(path) as who:
            assert await who.approve(NOOR.name, PIN) == Denied("PIN-02", 30)

    run(know)
    for _ in range(3):
        ended = subprocess.run(
            [sys.executable, str(DYING), str(path), NOOR.name, WRONG], capture_output=True, text=True
        )
        assert (ended.returncode, ended.stderr) == (9, "")
    run(then)


@pytest.mark.fault("row 43")
def test_nothing_secret_stands_in_the_file_the_journal_or_a_message(path):
    async def scene():
        async with people(path) as who:
            await who.add(NOOR.name, Role.SUPERVISOR, PIN, BADGE)
            await guess(who, 2)
            lines = await Journal(who._db).recent()
            assert [(line.person, line.what) for line in lines] == [
                (NOOR.name, "wrong PIN"), (NOOR.name, "wrong PIN"), (NOOR.name, "person added"),
            ]  # fmt: skip
            stored = await who._db.call(lambda db: db.execute("SELECT pin, badge FROM people").fetchall())
            assert stored[0][0].startswith("$argon2id$v=19$m=19456,t=3,p=1$")
            said = f"{who!r} {lines} {stored} {NOOR}"
            assert not [secret for secret in (PIN, WRONG, BADGE, "pepper") if secret in said]

    run(scene)
    kept = b"".join(one.read_bytes() for one in path.parent.iterdir())
    assert BADGE.encode() not in kept
    assert NOOR.name.encode() in kept


@pytest.mark.parametrize("pepper", [b"", b"another"], ids=["none", "another"])
def test_without_its_pepper_no_approval_is_given_and_no_try_is_counted(path, pepper):
    async def know():
        async with people(path) as who:
            await who.add(NOOR.name, Role.SUPERVISOR, PIN, BADGE)

    async def scene():
        async with people(path, pepper=pepper) as who:
            for _ in range(4):
                assert await who.approve(NOOR.name, PIN) == Denied("PIN-05")
            assert await who.approve_badge(BADGE) == Denied("PIN-03" if pepper else "PIN-05")
            if not pepper:
                with pytest.raises(PeopleError, match="PIN-05"):
                    await who.add("Ravi K.", Role.SUPERVISOR, "8306")

    async def after():
        async with people(path) as who:
            assert await who.approve(NOOR.name, PIN) == NOOR

    run(know)
    run(scene)
    run(after)


@pytest.mark.parametrize(
    ("name", "pin", "badge", "code"),
    [
        ("Ravi K.", "1234", "", "PIN-06"),
        ("Ravi K.", "83061", "SHORT", "PIN-09"),
        (" ", "8306", "", "PIN-09"),
        ("R" * 41, "8306", "", "PIN-09"),
        ("Ravi\x00K.", "8306", "", "PIN-09"),
        ("NOOR H.", "8306", "", "PIN-07"),
        ("Ravi K.", "8306", BADGE, "PIN-07"),
        ("Ravi K.", "830", "", "PIN-12"),
        ("Ravi K.", "٨٣٠٦", "", "PIN-12"),
    ],
)
def test_who_cannot_be_made_known(path, name, pin, badge, code):
    async def scene():
        async with people(path) as who:
            await who.add(NOOR.name, Role.SUPERVISOR, PIN, BADGE)
            with pytest.raises(PeopleError, match=code):
                await who.add(name, Role.SUPERVISOR, pin, badge)
            assert await who.everyone() == [NOOR]
            with pytest.raises(PeopleError, match="PIN-08"):
                await who.remove("Ravi K.")

    run(scene)


def test_two_tries_at_once_count_as_two(path):
    async def scene():
        async with people(path) as who:
            await who.add(NOOR.name, Role.SUPERVISOR, PIN)
            denied = await asyncio.gather(*(who.approve(NOOR.name, WRONG) for _ in range(3)))
            assert Denied("PIN-02", 30) in denied
            assert await who.approve(NOOR.name, PIN) == Denied("PIN-02", 30)

    run(scene)
