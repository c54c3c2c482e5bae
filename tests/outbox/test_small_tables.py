"""The journal, the last known answers, and the finished sales."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from outbox_bench import START, Clock, bench, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import RedeemVoucher
from pos_app.domain.entries import EntryState
from pos_app.outbox import Facts, Journal, Sales, StoredSale


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def test_the_journal_keeps_every_line_as_it_was_written(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            journal = Journal(till.db, clock=till.clock.wall)
            await journal.note("Ann", "signed in")
            await journal.note("Ann", "sale", Ref("A"), {"total": 5})
            last, first = await journal.recent()
            assert (last.person, last.what, last.ref, last.facts, last.at) == (
                "Ann", "sale", "A", {"total": 5}, START,
            )  # fmt: skip
            assert first.what == "signed in"
            for sql in ("UPDATE journal SET person = 'Bob'", "DELETE FROM journal"):
                with pytest.raises(apsw.ConstraintError, match="append-only"):
                    await till.db.call(lambda db, sql=sql: db.execute(sql).fetchall())
            assert len(await journal.recent()) == 2

    run(scene)


def test_a_decision_by_hand_and_a_forgotten_hold_stand_in_the_journal(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            await till.put(sale("A"))
            await till.outbox.settle_by_hand(Ref("A"), EntryState.REFUSED, "Ann", "customer left")
            [note] = await Journal(till.db).recent()
            assert (note.person, note.ref) == ("Ann", "A")
            assert note.facts == {"was": "waiting", "is": "refused", "why": "customer left"}

    run(scene)


def test_the_last_answers_are_kept_with_their_time_and_bounded(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            clock = Clock()
            facts = Facts(till.db, keep=3, clock=clock.wall)
            await facts.keep("open_sale", {"lines": [1]})
            for n in range(5):
                clock.now_s += 1
                await facts.keep(f"customer:C-{n}", {"n": n})
            await facts.keep("balance:C-0", 7)
            known = [n for n in range(5) if await facts.get(f"customer:C-{n}")]
            assert known == [2, 3, 4]
            assert await facts.get("customer:C-4") == ({"n": 4}, START + timedelta(seconds=5))
            assert await facts.get("balance:C-0") == (7, START + timedelta(seconds=5))
            assert await facts.get("open_sale") == ({"lines": [1]}, START)
            await facts.keep("open_sale", None)
            assert await facts.get("open_sale") is None
            for bad in (float("nan"), "x" * 2_000_000, {1}):
                with pytest.raises(ValueError, match=r"JSON"):
                    await facts.keep("open_sale", bad)

    run(scene)


def test_a_fact_that_was_just_kept_survives_a_clock_set_back(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            clock = Clock()
            facts = Facts(till.db, keep=2, clock=clock.wall)
            for n in range(3):
                await facts.keep(f"customer:C-{n}", n)
                clock.set_by_s -= 86400
            assert (await facts.get("customer:C-2"))[0] == 2

    run(scene)


def test_finished_sales_are_found_by_reference_and_updated(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            sales = Sales(till.db)
            for n in range(3):
                await sales.keep_sale(Ref(f"A{n}"), START + timedelta(minutes=n), {"points": None})
            await sales.keep_sale(Ref("A1"), START + timedelta(hours=9), {"points": 12})
            assert await sales.sale(Ref("A1")) == StoredSale(Ref("A1"), START + timedelta(minutes=1), {"points": 12})
            assert await sales.sale(Ref("B")) is None
            assert [one.ref for one in await sales.recent_sales(2)] == ["A2", "A1"]

    run(scene)


def test_a_sale_reads_as_its_entry_stands_whatever_its_own_row_was_last_told(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            sales = Sales(till.db)
            kept = StoredSale(Ref("A"), START, {"state": "waiting", "problem": "", "said": "", "points": None})
            await till.outbox.put(sale("A"), kept)
            await till.outbox.settle_by_hand(Ref("A"), EntryState.REFUSED, "Ann", "customer left")
            await sales.update_sale(Ref("A"), {"points": 12})
            [found] = await sales.recent_sales()
            assert found == await sales.sale(Ref("A"))
            assert (found.body["state"], found.body["points"]) == ("refused", 12)

    run(scene)


def test_a_sale_is_found_although_the_entry_of_one_of_its_vouchers_cannot_be_read(path):
    def spoil(connection):
        connection.execute("UPDATE outbox SET body = '\x01', state = 'attention' WHERE ref = 'V1'")

    async def scene():
        async with bench(path, deliver=False) as till:
            vouchers = [{"voucher_id": 1, "state": "waiting"}, {"voucher_id": 2, "state": "waiting"}]
            also = [RedeemVoucher(ref=Ref(f"V{n}"), identifier="C-1", voucher_id=n, sale=Ref("A")) for n in (1, 2)]
            await till.outbox.put(sale("A"), StoredSale(Ref("A"), START, {"vouchers": vouchers}), also)
            await till.outbox.settle_by_hand(Ref("V2"), EntryState.DONE, "Ann", "Perx shows it")
            await till.db.call(spoil)
            found = await Sales(till.db).sale(Ref("A"))
            assert [one["state"] for one in found.body["vouchers"]] == ["waiting", "done"]

    run(scene)


def test_the_draft_says_that_its_sale_is_stored_from_the_same_moment_on(path):
    """Never before the command is durable, and never silent after, however the two writes of the draft fall."""
    draft = {"ref": "A", "lines": []}

    async def scene():
        async with bench(path, deliver=False) as till:
            facts = Facts(till.db)

            async def stored() -> object:
                return (await facts.get("open_sale"))[0].get("stored")

            await facts.keep("open_sale", {"ref": None, "lines": []})
            assert await stored() is None
            await facts.keep("open_sale", draft)
            assert await stored() is False
            await till.outbox.put(sale("B"), StoredSale(Ref("B"), START, {}))
            assert await stored() is False, "another sale's"
            with pytest.raises(ValueError, match="characters"):
                await till.outbox.put(sale("A" * 70_000), StoredSale(Ref("A"), START, {}))
            assert await stored() is False, "it claims what was taken back"
            await till.outbox.put(sale("A"), StoredSale(Ref("A"), START, {}))
            assert await stored() is True
            await facts.keep("open_sale", {**draft, "told": True})
            assert await stored() is True, "a draft that was made before the sale was stored, and written after"
            await till.db.call(lambda db: db.execute("DELETE FROM outbox").fetchall())
            await facts.keep("open_sale", draft)
            assert await stored() is True, "the damage took its row"
            await facts.keep("open_sale", {**draft, "ref": "C"})
            assert await stored() is False

    run(scene)
