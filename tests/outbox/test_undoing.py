"""A reversal is one write that happens once; and earlier sales are found by index, a page at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import to_builtins
from outbox_bench import START, bench, run, sale

from pos_app.domain.codes import Ref, ref_from_digits
from pos_app.domain.commands import RedeemVoucher, ReversePoints, RevertVoucher
from pos_app.domain.entries import EntryState
from pos_app.domain.reversal import Part, Reversal, Undo
from pos_app.domain.sale import SaleRecord, UsedVoucher, from_body
from pos_app.outbox import Journal, Sales, StoredSale
from pos_app.outbox.database import StorageError
from pos_app.outbox.sales import Wanted
from pos_app.outbox.undoing import TooLateError, Undoing

SOLD = Ref("A")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def record(ref: str = "A", identifier: str = "C-1", **more) -> StoredSale:
    at = more.pop("at", START)
    made = SaleRecord(Ref(ref), at.isoformat(), "SGD", 5600, 4600, identifier, **more)
    return StoredSale(Ref(ref), at, made.to_body())


def points(ref: str) -> ReversePoints:
    return ReversePoints(ref=Ref(ref), identifier="C-1", points=58, sale=SOLD)


def voucher(ref: str, number: int = 7) -> RevertVoucher:
    return RevertVoucher(ref=Ref(ref), identifier="C-1", voucher_id=number, sale=SOLD)


def undoing(*parts: Part, give_up: tuple[str, ...] = ()) -> Undoing:
    mark = Reversal(Ref("R"), START.isoformat(), "brought back", "Mai", "Noor", parts)
    return Undoing(SOLD, START, to_builtins(mark), "Mai", "brought back", "Noor", tuple(map(Ref, give_up)))


def of_points(ref: str) -> Part:
    return Part(Ref(ref), Undo.POINTS, points=-58)


async def kept(till, ref: str = "A") -> SaleRecord:
    return from_body((await Sales(till.db).sale(Ref(ref))).body)


@pytest.mark.fault("FM-13")
def test_however_often_it_is_asked_for_each_part_is_undone_once(path):
    async def scene():
        async with bench(path) as till:
            await till.outbox.put(sale("A"), record(printed=1))
            await till.pass_s(1)
            parts = (of_points("p1"), Part(Ref("v1"), Undo.VOUCHER, voucher_id=7))
            await till.outbox.put(None, undoing(*parts), (points("p1"), voucher("v1")))
            for again in ((points("p2"),), (voucher("v2"),), (points("p3"), voucher("v3"))):
                with pytest.raises(TooLateError):
                    await till.outbox.put(None, undoing(of_points("p2")), again)
            await till.pass_s(5)
            assert sorted(till.server.sends) == ["A", "p1", "v1"]
            found = await kept(till)
            told = [(one.ref, one.state, one.moved) for one in found.reversal.parts]
            assert told == [("p1", "done", 5), ("v1", "done", 5)]
            assert found.printed == 0
            lines = [one for one in await Journal(till.db).of_ref("A") if one.what == "sale reversed"]
            assert [(one.person, one.facts["approved_by"], one.facts["why"]) for one in lines] == [
                ("Mai", "Noor", "brought back")
            ]

    run(scene)
    run_again(path)


def run_again(path: Path) -> None:
    async def scene():
        async with bench(path) as till:
            with pytest.raises(TooLateError):
                await till.outbox.put(None, undoing(of_points("p9")), (points("p9"),))

    run(scene)


@pytest.mark.fault("FM-11", "FM-13")
def test_two_that_ask_at_the_same_moment_undo_once(path):
    async def scene():
        async with bench(path) as till:
            await till.outbox.put(sale("A"), record())
            await till.pass_s(1)
            both = [till.outbox.put(None, undoing(of_points(f"p{n}")), (points(f"p{n}"),)) for n in range(5)]
            results = await asyncio.gather(*both, return_exceptions=True)
            assert sum(isinstance(one, TooLateError) for one in results) == 4
            await till.pass_s(5)
            assert len([ref for ref in till.server.sends if ref.startswith("p")]) == 1

    run(scene)


@pytest.mark.fault("FM-13")
def test_a_sale_that_waits_is_given_up_whole_and_never_sent(path):
    async def scene():
        async with bench(path) as till:
            till.outbox.pause(True)
            used = (UsedVoucher(7, "Ten off", on_trust=True),)
            also = [RedeemVoucher(ref=Ref("T"), identifier="C-1", voucher_id=7, sale=SOLD)]
            await till.outbox.put(sale("A"), record(vouchers=used), also)
            parts = (Part(SOLD, Undo.UNSENT, "done"), Part(Ref("T"), Undo.UNSENT, "done", voucher_id=7))
            given_up = await till.outbox.put(None, undoing(*parts, give_up=("A", "T")))
            assert (given_up.ref, given_up.state) == ("A", EntryState.REFUSED)
            till.outbox.pause(False)
            await till.pass_s(300)
            assert till.server.sends == []
            found = await kept(till)
            assert (found.state, [one.state for one in found.reversal.parts]) == ("refused", ["done", "done"])
            with pytest.raises(TooLateError):
                await till.outbox.put(None, undoing(*parts, give_up=("A", "T")))

    run(scene)


@pytest.mark.fault("FM-13")
def test_what_left_meanwhile_is_not_given_up_and_nothing_is_half_done(path):
    async def scene():
        async with bench(path) as till:
            await till.outbox.put(sale("A"), record())
            await till.pass_s(1)
            parts = (Part(SOLD, Undo.UNSENT, "done"), of_points("p"))
            with pytest.raises(TooLateError):
                await till.outbox.put(None, undoing(*parts, give_up=("A",)), (points("p"),))
            found = await kept(till)
            assert (found.state, found.reversal) == ("done", None)
            assert await till.outbox.entry(Ref("p")) is None
            with pytest.raises(TooLateError):
                await till.outbox.put(None, Undoing(Ref("none"), START, {}, "Mai", "x"), (points("p"),))

    run(scene)


def test_a_part_that_was_refused_can_be_asked_for_again_unless_it_may_have_happened(path):
    async def scene():
        async with bench(path) as till:
            await till.outbox.put(sale("A"), record())
            await till.pass_s(1)
            till.server.script[Ref("p1")] = ["refused"]
            till.server.script[Ref("p2")] = ["dropped"]
            await till.outbox.put(None, undoing(of_points("p1")), (points("p1"),))
            await till.pass_s(1)
            assert (await kept(till)).reversal.parts[0].state == "refused"
            await till.outbox.put(None, undoing(of_points("p2")), (points("p2"),))
            await till.pass_s(120)
            assert await till.state("p2") is EntryState.ATTENTION
            await till.outbox.settle_by_hand(Ref("p2"), EntryState.REFUSED, "Ann", "nobody knows", "Noor")
            with pytest.raises(TooLateError):
                await till.outbox.put(None, undoing(of_points("p3")), (points("p3"),))

    run(scene)


@pytest.mark.log_warnings
@pytest.mark.parametrize("how", ["DELETE FROM outbox", "UPDATE outbox SET body = '\x01'"])
def test_a_part_whose_entry_a_damage_took_is_a_persons_matter_and_not_asked_for_again(path, how):
    async def scene():
        async with bench(path, deliver=False) as till:
            await till.outbox.put(sale("A"), record())
            await till.outbox.put(None, undoing(of_points("p1")), (points("p1"),))
            await till.db.call(lambda db: db.execute(f"{how} WHERE ref = 'p1'").fetchall())
            if how.startswith("DELETE"):
                assert (await kept(till)).reversal.parts[0].state == "attention"
            with pytest.raises(TooLateError):
                await till.outbox.put(None, undoing(of_points("p2")), (points("p2"),))

    run(scene)


def test_a_disk_that_cannot_be_written_reverses_nothing(path, monkeypatch):
    async def scene():
        async with bench(path, deliver=False) as till:
            await till.outbox.put(sale("A"), record())
            monkeypatch.setattr(till.db._ballast, "has_room", lambda: False)
            with pytest.raises(StorageError):
                await till.outbox.put(None, undoing(of_points("p1")), (points("p1"),))
            monkeypatch.undo()
            assert (await kept(till)).reversal is None

    run(scene)


# ---------------------------------------------------------------- finding


def test_earlier_sales_are_found_by_day_customer_and_part_of_a_reference(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            sales = Sales(till.db)
            refs = [ref_from_digits(f"{n:022d}") for n in range(30)]
            for n, ref in enumerate(refs):
                at = START + timedelta(hours=n)
                await sales.keep_sale(ref, at, record(ref, f"C-{n % 3}", at=at).body)
            await till.db.call(lambda db: db.execute("INSERT INTO sales VALUES ('broken', 5, '\x01')").fetchall())

            async def found(wanted: Wanted, limit: int = 50, after=None) -> list[int]:
                return [refs.index(one.ref) for one in await sales.page(wanted, limit, after)]

            day = Wanted(START, START + timedelta(hours=10))
            assert await found(day) == list(range(9, -1, -1))
            assert await found(Wanted(either=("C-1", ""))) == list(range(28, 0, -3))
            assert await found(Wanted(either=("C-1", ""), start=START + timedelta(hours=20))) == [28, 25, 22]
            first = await sales.page(day, 4)
            assert await found(day, 4, first[-1]) == [5, 4, 3, 2]
            for digits in (refs[7][-4:], refs[7][-9:], refs[7]):
                assert 7 in await found(Wanted(either=("", digits)))
            assert await found(Wanted(either=("", "0000"))) == list(range(29, -1, -1))
            assert await found(Wanted(either=("C-1", refs[9][-4:]))) == [28, 25, 22, 19, 16, 13, 10, 9, 7, 4, 1]
            for nothing in (("", "123"), ("", "12%4"), ("nobody", ""), ("", "９９９９")):
                assert await found(Wanted(either=nothing)) == []
            assert await sales.beside(START, START + timedelta(hours=10)) == (
                START.fromtimestamp(0.005, START.tzinfo),
                START + timedelta(hours=10),
            )
            assert await sales.beside(START + timedelta(hours=20), START + timedelta(days=9)) == (
                START + timedelta(hours=19),
                None,
            )

    run(scene)


def test_each_way_of_finding_is_a_seek_in_an_index(path):
    """However long a till has sold: a scan of all sales would take seconds by then."""

    async def scene():
        async with bench(path, deliver=False) as till:
            plans: list[str] = []

            def traced(connection):
                real = connection.execute
                statements: list[tuple] = []

                class Spy:
                    def execute(self, sql, given=()):
                        statements.append((sql, given))
                        return real(sql, given)

                from pos_app.outbox import sales

                for wanted in (
                    Wanted(START, START + timedelta(days=1)),
                    Wanted(either=("C-1", "1234")),
                ):
                    sales._page(Spy(), wanted, 41, None)
                for sql, given in statements:
                    plans.extend(str(row[3]) for row in real(f"EXPLAIN QUERY PLAN {sql}", given))

            await till.db.call(traced)
            looks = [plan for plan in plans if " s" in plan and ("SCAN" in plan or "SEARCH" in plan)]
            assert not [plan for plan in looks if plan.startswith("SCAN s") and "INDEX" not in plan], plans
            assert any("sales_customer" in plan for plan in plans), plans
            assert any("sales_short" in plan for plan in plans), plans

    run(scene)
