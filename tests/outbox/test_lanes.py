"""Who goes when: lanes, urgency, pauses, poison, a full disk, and a queue that is long."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import apsw
import pytest
from outbox_bench import bench, checkout, hold, release, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import CreateCustomer
from pos_app.domain.entries import EntryState
from pos_app.domain.kinds import KINDS
from pos_app.outbox import StorageError, claims, rows

DONE, REFUSED, WAITING = EntryState.DONE, EntryState.REFUSED, EntryState.WAITING
CHECKING, ATTENTION, SENDING = EntryState.CHECKING, EntryState.ATTENTION, EntryState.SENDING


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def test_one_customers_entries_go_one_after_the_other_in_order(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            gate = till.server.gates[Ref("B")] = asyncio.Event()
            await till.put(sale("A"), sale("B"), sale("C"))
            await till.pass_s(59)
            assert till.server.sends == ["A"]
            await till.pass_s(2)
            assert till.server.sends == ["A", "A", "B"]
            gate.set()
            await till.settled()
            assert till.server.sends == ["A", "A", "B", "C"]

    run(scene)


def test_what_needs_attention_does_not_hold_up_the_later_ones_of_its_customer(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["person"]
            await till.put(sale("A"), sale("B"))
            await till.pass_s(2)
            assert (await till.state("A"), await till.state("B")) == (ATTENTION, DONE)

    run(scene)


def test_customers_go_side_by_side_and_one_place_is_kept_for_a_person(path):
    async def scene():
        async with bench(path, concurrency=4) as till:
            refs = [Ref(f"A{n}") for n in range(10)]
            for n, ref in enumerate(refs):
                till.server.gates[ref] = asyncio.Event()
                await till.put(sale(ref, f"C-{n}"))
            await till.settled()
            assert len(till.server.at_work) == 3
            await till.put(checkout("X", "C-99"))
            await till.settled()
            assert await till.state("X") is DONE
            for ref in refs:
                till.server.gates[ref].set()
            await till.settled()
            assert [await till.state(ref) for ref in refs] == [DONE] * 10
            assert till.server.most_at_work == 4

    run(scene)


@pytest.mark.fault("FM-05", "row 15")
def test_a_poisoned_entry_blocks_nobody_and_is_kept(path):
    """FM-05."""

    async def scene():
        async with bench(path) as till:
            for ref, what in (("P1", "refused"), ("P2", "boom"), ("P3", "offline")):
                till.server.script[Ref(ref)] = [what] * 1000
            await till.put(*(sale(ref, ref) for ref in ("P1", "P2", "P3", "B", "C")))
            await till.pass_s(5)
            assert (await till.state("B"), await till.state("C")) == (DONE, DONE)
            assert [await till.state(ref) for ref in ("P1", "P2", "P3")] == [REFUSED, CHECKING, WAITING]
            assert (await till.outbox.entry(Ref("P1"))).said == "no"

    run(scene)


@pytest.mark.fault("row 15", "row 24")
@pytest.mark.log_warnings("cannot be read")
def test_a_row_that_cannot_be_read_goes_to_a_person_and_blocks_nobody(path):
    async def spoil():
        async with bench(path, deliver=False) as till:
            await till.put(sale("A"), sale("B"), sale("C", "C-2"))
            await till.db.call(lambda db: db.execute("UPDATE outbox SET body = '[1' WHERE ref = 'A'").fetchall())

    async def scene():
        async with bench(path) as till:
            await till.settled()
            assert (await till.state("B"), await till.state("C")) == (DONE, DONE)
            assert (await till.outbox.backlog()).attention == 1

    run(spoil)
    run(scene)


def test_an_entry_sent_again_by_hand_goes_before_the_later_ones_of_its_customer(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["person"]
            gate = till.server.gates[Ref("B")] = asyncio.Event()
            await till.put(sale("A"), sale("B"), sale("C"))
            await till.pass_s(62)
            await till.outbox.settle_by_hand(Ref("A"), WAITING, "Ann", "it is not there")
            await till.settled()
            assert till.server.sends == ["A", "B"]
            gate.set()
            await till.settled()
            assert till.server.sends == ["A", "B", "A", "C"]

    run(scene)


def test_a_resend_by_hand_behind_another_goes_only_when_its_turn_comes(path):
    """A is sent again while B, put later, is under way: not found, it goes after B and before C, never beside B."""

    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["person"]
            gate = till.server.gates[Ref("B")] = asyncio.Event()
            await till.put(sale("A"), sale("B"), sale("C"))
            await till.pass_s(2)
            await till.outbox.settle_by_hand(Ref("A"), WAITING, "Ann", "send again")
            await till.pass_s(70)
            assert (await till.state("A"), till.server.sends) == (WAITING, ["A", "B"])
            gate.set()
            await till.settled()
            assert till.server.sends == ["A", "B", "A", "C"]

    run(scene)


def test_what_a_person_waits_for_goes_first_then_vouchers_then_earnings(path):
    async def queue():
        async with bench(path, deliver=False) as till:
            await till.put(release("R", 1), sale("A", "C-1"), sale("B", "C-2"), hold("H", 2))

    async def scene():
        async with bench(path, concurrency=1) as till:
            await till.settled()
            assert till.server.sends == ["H", "R", "A", "B"]

    run(queue)
    run(scene)


def test_while_the_link_is_down_only_what_a_person_waits_for_is_tried(path):
    async def scene():
        async with bench(path) as till:
            till.outbox.pause(True)
            till.server.script[Ref("X")] = ["offline"]
            await till.put(sale("A", "C-1"), checkout("X", "C-2"))
            await till.pass_s(600)
            assert till.server.sends == ["X"]
            assert await till.state("X") is REFUSED
            till.outbox.pause(False)
            till.outbox.kick()
            await till.pass_s(31)
            assert await till.state("A") is DONE

    run(scene)


def test_a_person_never_waits_behind_a_sale_that_cannot_be_sent(path):
    """The sale ahead in the lane gets one real try; when that fails the checkout behind is refused at once."""

    async def scene():
        async with bench(path) as till:
            till.outbox.pause(True)
            till.server.script[Ref("B")] = ["offline"]
            await till.put(sale("A"), sale("B"), checkout("X"))
            await till.settled()
            assert till.server.sends == ["A", "B"]
            refused = await till.outbox.entry(Ref("X"))
            assert (refused.state, refused.problem, refused.tries) == (REFUSED, "NET-01", 0)
            assert ("X", REFUSED) in till.told
            assert await till.state("B") is WAITING
            await till.pass_s(600)
            assert till.server.sends == ["A", "B"]

    run(scene)


def test_a_hold_refused_behind_its_release_is_let_go(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("R")] = ["offline"]
            await till.put(release("R"), hold("H"))
            await till.settled()
            assert (await till.state("R"), await till.state("H")) == (WAITING, REFUSED)
            assert await till.outbox.holds() == []
            assert till.server.sends == ["R"]

    run(scene)


def test_a_person_never_waits_behind_a_check_that_cannot_be_made(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["lost"]
            till.server.look_script[Ref("A")] = ["cannot"] * 3
            await till.put(sale("A"))
            await till.settled()
            await till.put(hold("H"), checkout("X"))
            await till.settled()
            assert (await till.state("X"), await till.state("H")) == (REFUSED, DONE)
            assert till.server.sends == ["A", "H"]

    run(scene)


@pytest.mark.fault("row 16")
@pytest.mark.parametrize("is_kicked", [True, False], ids=["a kick", "in time"])
def test_refused_credentials_stop_the_sending_but_for_one_probe_a_minute(path, is_kicked):
    """Faults 16: no item is burnt. Nobody may be there to say that the credentials are good again."""

    async def scene():
        async with bench(path, concurrency=2) as till:
            till.server.always = "stop"
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(5)))
            at_s: list[float] = []
            till.server.on_send = lambda: at_s.append(till.clock.now_s)
            await till.pass_s(3600)
            assert len(at_s) == len(till.server.sends) - 1 <= 60
            assert all(59.9 <= later - before <= 62 for before, later in pairwise(at_s)), "more than one, or none"
            till.server.always = ""
            if is_kicked:
                till.outbox.kick()
            await till.pass_s(1 if is_kicked else 62)
            assert (await till.outbox.backlog()).waiting == 0
            assert {len(at) for at in till.server.effects.values()} == {1}

    run(scene)


@pytest.mark.fault("row 13")
@pytest.mark.parametrize(("wish", "pause_s"), [("30", 30), ("1e9", 300), ("-5", 0), ("nan", 0)])
def test_a_busy_server_gets_its_pause_within_reason(path, wish, pause_s):
    """Faults 13: the whole queue waits."""

    async def scene():
        async with bench(path, concurrency=2) as till:
            till.server.script[Ref("A")] = [f"busy:{wish}"]
            await till.put(sale("A", "C-1"), sale("B", "C-2"))
            await till.settled()
            if pause_s:
                await till.pass_s(pause_s - 1)
                assert till.server.sends == ["A"]
            await till.pass_s(3)
            assert (await till.state("A"), await till.state("B")) == (DONE, DONE)

    run(scene)


def test_a_kick_makes_everything_due_now(path):
    async def scene():
        async with bench(path, retry_base_s=50, retry_cap_s=500) as till:
            till.server.always = "offline"
            await till.put(*(sale(f"A{n}", f"C-{n}") for n in range(6)))
            await till.settled()
            till.server.always = ""
            sent = len(till.server.sends)
            till.outbox.kick()
            await till.pass_s(50)
            assert len(till.server.sends) >= sent + 6 - 1
            assert (await till.outbox.backlog()).waiting == 0

    run(scene)


def _fill_disk(db: apsw.Connection) -> None:
    db.pragma("max_page_count", db.pragma("page_count"))


def _free_disk(db: apsw.Connection) -> None:
    db.pragma("max_page_count", 1_000_000)


@pytest.mark.fault("row 4")
@pytest.mark.log_warnings("nothing is sent until it can")
def test_a_full_disk_refuses_the_sale_and_sends_nothing_unrecorded(path):
    """Faults 4: a sale that is not written down is not sent, and all goes on when there is space."""

    async def scene():
        async with bench(path) as till:
            await till.put(sale("A"))
            await till.settled()
            gate = till.server.gates[Ref("B")] = asyncio.Event()
            await till.put(sale("B"))
            await till.settled()
            await till.db.call(_fill_disk)
            n = 0
            with pytest.raises(StorageError) as full:  # noqa: PT012 - until the last free page is used up
                for n in range(200):
                    await till.put(sale(f"F{n}", f"C-{n}" + "x" * 5000))
            assert full.value.problem == "DISK-01"
            assert await till.outbox.entry(Ref(f"F{n}")) is None
            sent = set(till.server.sends)
            await till.db.call(_free_disk)
            gate.set()
            await till.pass_s(120)
            assert f"F{n}" not in sent
            assert await till.state("B") is DONE
            await till.put(sale(f"F{n}"))
            await till.pass_s(120)
            assert (await till.outbox.backlog()).waiting == 0
            assert {len(at) for at in till.server.effects.values()} == {1}

    async def guarded():
        async with bench(path.with_name("other.db")) as till:
            # A commit that fails for the claim: nothing may leave the till meanwhile.
            def fail_updates(db: apsw.Connection) -> None:
                db.execute("CREATE TEMP TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT fail_full(); END")

            def raise_full() -> None:
                raise apsw.FullError("database or disk is full")

            await till.db.call(lambda db: db.create_scalar_function("fail_full", raise_full, 0))
            await till.db.call(fail_updates)
            with pytest.raises(StorageError):
                await till.put(sale("A"))
            await till.db.call(lambda db: db.execute("DROP TRIGGER full").fetchall())
            gate = till.server.gates[Ref("A")] = asyncio.Event()
            await till.put(sale("A"))
            await till.settled()
            await till.db.call(fail_updates)
            gate.set()
            await till.pass_s(30)
            assert await till.state("A") is SENDING
            await till.db.call(lambda db: db.execute("DROP TRIGGER full").fetchall())
            await till.pass_s(120)
            assert await till.state("A") is DONE
            assert till.server.sends == ["A"]

    run(scene)
    run(guarded)


def test_pages_are_newest_first_and_go_on_where_the_last_ended(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            await till.put(*(sale(f"A{n}", f"C-{n}", 100) for n in range(7)), release("R"))
            await till.outbox.settle_by_hand(Ref("A3"), REFUSED, "Ann", "never happened")
            first = await till.outbox.entries(limit=3)
            rest = await till.outbox.entries(limit=50, after=first[-1].id)
            assert [one.ref for one in first + rest] == ["R", "A6", "A5", "A4", "A3", "A2", "A1", "A0"]
            assert [one.ref for one in await till.outbox.entries([REFUSED])] == ["A3"]
            assert [one.ref for one in await till.outbox.for_sale(Ref("S"))] == ["R"]
            assert [one.ref for one in await till.outbox.for_sale(Ref("A1"))] == ["A1"]
            backlog = await till.outbox.backlog()
            assert (backlog.waiting, backlog.value_minor) == (7, 600)
            assert backlog.oldest_at == till.clock.wall()

    run(scene)


def _plan(db: apsw.Connection, sql: str, values: tuple[object, ...]) -> str:
    return " | ".join(str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values))


def _many(db: apsw.Connection, count: int) -> None:
    now = rows.Clocks(wall_ms=0, run_ms=0)
    for n in range(count):
        rows.insert(db, sale(f"A{n}", f"C-{n % 700}"), KINDS, now)


@pytest.mark.fault("row 27")
def test_a_long_queue_is_claimed_through_the_partial_index(path):
    """Faults 27: 20,000 entries of 700 customers; only the first of each is in the index of what is due."""

    async def scene():
        async with bench(path, deliver=False) as till:
            await till.db.call(_many, 20_000)
            due = await till.db.call(lambda db: db.execute("SELECT count(*) FROM outbox WHERE due_at IS NOT NULL").get)
            assert due == 700
            for preparation in ("SELECT 1", "ANALYZE"):
                await till.db.call(lambda db, sql=preparation: db.execute(sql).fetchall())
                for sql in (claims.CLAIM_SEND, claims.CLAIM_LOOK):
                    plan = await till.db.call(_plan, sql, (5, 5, 1))
                    assert "COVERING INDEX outbox_due (state=? AND rank=? AND due_at<?)" in plan
                    assert "SCAN" not in plan
                    assert "TEMP B-TREE" not in plan
                plan = await till.db.call(_plan, claims.NEXT_DUE, ("waiting", 1))
                assert "COVERING INDEX outbox_due (state=? AND rank=? AND due_at>?)" in plan
            wanted = claims.Wanted(places=3, places_for_people=4)
            claimed = await till.db.call(claims.claim, wanted, KINDS, rows.Clocks(5, 5))
            assert [work.entry.ref for work in claimed.work] == ["A0", "A1", "A2"]

    run(scene)


def test_a_customer_is_made_before_the_customers_sale(path):
    async def scene():
        async with bench(path) as till:
            gate = till.server.gates[Ref("N")] = asyncio.Event()
            await till.put(CreateCustomer(ref=Ref("N"), identifier="C-1"), sale("A"))
            await till.settled()
            assert till.server.sends == ["N"]
            gate.set()
            await till.settled()
            assert till.server.sends == ["N", "A"]

    run(scene)
