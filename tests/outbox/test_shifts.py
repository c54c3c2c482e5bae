"""Shifts in the data file: what they cover, what their reports say, and that a closed one never changes."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from outbox_bench import START, run
from shift_bench import Wall, day_of, shift_bench

from pos_app.domain.codes import Ref
from pos_app.domain.commands import BurnPoints, CreateCustomer, EarnPoints, ReleaseVoucher
from pos_app.domain.sale import UsedVoucher
from pos_app.domain.shift import CashierLine, Report, ReportKind, RewardLine, Tally
from pos_app.outbox import verify
from pos_app.outbox.shifts import StillOpenError

OFF = UsedVoucher(7, "10.00 off", "EN10", 1000)
FREE = UsedVoucher(8, "Coffee", "E01", None)


def test_a_shift_counts_what_was_done_in_it(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.sell(9900)  # before the first shift: in none
            shift = await s.shifts.begin("Mai A.")
            await s.sell(5000, vouchers=(OFF, FREE), points=50, cashier="Mai A.")
            await s.sell(2000, "waiting", vouchers=(OFF,), cashier="Mai A.")
            await s.sell(700, "refused", vouchers=(OFF,))
            await s.sell(300, points=-40, cashier="Ben T.")
            await s.trust("Brunch", 800, "refused")
            await s.trust("Brunch", 800, "done")
            await s.trust("Brunch", 800, "attention")
            await s.put(ReleaseVoucher(ref=Ref("H1"), identifier="C", voucher_id=1, sale=Ref("x")))
            await s.put(ReleaseVoucher(ref=Ref("H2"), identifier="C", voucher_id=2, sale=Ref("x")), "refused")
            await s.put(CreateCustomer(ref=Ref("N1"), identifier="C"))
            await s.put(EarnPoints(ref=Ref("P1"), identifier="C", points=7))
            await s.put(BurnPoints(ref=Ref("P2"), identifier="C", points=100))
            await s.put(BurnPoints(ref=Ref("P3"), identifier="C", points=11), "waiting")
            for what in ("parked", "parked", "cancelled", "completed"):
                await s.journal.note("Mai A.", what, "x")
            await s.journal.note(
                "Ben T.", "settled by hand", "S2", {"is": "done", "why": "seen", "approved_by": "Noor H."}
            )
            await s.journal.note("Ben T.", "settled by hand", "S2", {"is": "checking", "why": "check with Perx"})
            s.wall.pass_s(60)
            report = await s.shifts.so_far(day_of(s.wall.now))
            assert (report.kind, report.number, report.opened_by, shift.number) == (ReportKind.X, 1, "Mai A.", 1)
            assert report.done == Tally(5, 5000 + 300 + 3 * 5000)
            assert report.pending == Tally(1, 2000)
            assert report.refused == Tally(1, 700)
            assert report.rewards == (
                RewardLine("10.00 off", Tally(1, 1000), Tally(1, 1000)),
                RewardLine("Brunch", Tally(1, 800), Tally(1, 800), Tally(1, 800)),
                RewardLine("Coffee", Tally(1, 0)),
            )
            points = report.points
            assert (points.given, points.about_given, points.given_sales) == (50 + 7, 20 + 3 * 50, 5)
            assert (points.spent, points.about_spent, points.spent_sales) == (40 + 100, 11, 1)
            assert report.cashiers == (
                CashierLine("", Tally(3, 15_000), 150),
                CashierLine("Ben T.", Tally(1, 300), 0),
                CashierLine("Mai A.", Tally(2, 7000), 70),
            )
            (fix,) = report.corrections
            assert (fix.outcome, fix.person, fix.approved_by, fix.why) == ("done", "Ben T.", "Noor H.", "seen")
            counts = (report.holds_returned, report.new_members, report.parked, report.cancelled)
            assert counts == (1, 1, 2, 1)
            assert (report.open.unsent, report.open.attention) == (Tally(2, 2000), Tally(1, 0))
            assert report.open.by_age[0] == Tally(2, 2000)

    run(scene)


@pytest.mark.fault("FM-06")
def test_a_closed_shift_is_kept_as_it_was_and_the_next_begins_at_zero(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.shifts.begin("Mai A.")
            late = await s.sell(5000, "waiting")
            with pytest.raises(StillOpenError) as told:
                await s.close(sure=False)
            assert told.value.report.open.unsent == Tally(1, 5000)
            assert await s.shifts.current() is not None
            z = await s.close()
            assert (z.kind, z.name, z.closed_by, z.pending) == (ReportKind.Z, "Z-0001", "Noor H.", Tally(1, 5000))
            await s.settle(late, "done")  # it is delivered after the shift
            assert await s.z(1) == z
            second = await s.shifts.begin("Ben T.")
            x = await s.shifts.so_far(day_of(s.wall.now))
            assert (second.number, x.sales, x.early, x.open.is_any) == (2, Tally(), 0, False)
            assert await s.shifts.close(1, "Ben T.", sure=True) == 1, "a closed one is closed once"
            assert (await s.shifts.current()) == second
            with pytest.raises(KeyError):
                await s.shifts.close(7, "Ben T.", sure=True)
        for change in ("UPDATE shifts SET report = '{}' WHERE number = 1", "DELETE FROM shifts WHERE number = 2"):
            connection = apsw.Connection(str(tmp_path / "till.db"))
            with pytest.raises(apsw.ConstraintError, match=r"never changed|are kept"):
                connection.execute(change)
            connection.close()
        assert verify(tmp_path / "till.db").is_sound

    run(scene)


def test_what_is_sold_between_two_shifts_counts_in_the_next_and_is_told(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.shifts.begin("")
            await s.close()
            closed_at = s.wall.now
            s.wall.pass_s(3600)
            await s.sell(1200)
            s.wall.pass_s(3600)
            await s.shifts.begin("")
            await s.sell(800)
            x = await s.shifts.so_far(day_of(s.wall.now))
            assert (x.sales, x.early, x.since) == (Tally(2, 2000), 1, closed_at)

    run(scene)


def test_a_second_opening_finds_the_first(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            both = await asyncio.gather(s.shifts.begin("Mai A."), s.shifts.begin("Ben T."))
            assert both[0] == both[1] == await s.shifts.current()

    run(scene)


def test_without_a_shift_the_day_is_counted(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.sell(500)
            s.wall.pass_s(24 * 3600)
            await s.sell(700, "waiting")
            await s.journal.note("", "parked", "x")
            day = await s.shifts.so_far(day_of(s.wall.now))
            assert (day.kind, day.name, day.sales, day.parked) == (ReportKind.DAY, "", Tally(1, 700), 1)
            assert day.open.here == day.open.unsent == Tally(1, 700)

    run(scene)


def test_looking_changes_nothing(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.shifts.begin("")
            await s.sell(500)
            before = await s.db.call(lambda db: db.total_changes())
            first, second = [await s.shifts.so_far(day_of(s.wall.now)) for _ in range(2)]
            assert first == second
            assert await s.db.call(lambda db: db.total_changes()) == before

    run(scene)


@pytest.mark.parametrize("column", ["report", "digest"])
def test_a_report_that_was_changed_from_outside_is_not_believed(tmp_path, column):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.shifts.begin("")
            await s.sell(500)
            await s.close()

            def forge(db: apsw.Connection) -> None:
                db.execute("DROP TRIGGER shifts_keep_reports")
                if column == "report":
                    db.execute("UPDATE shifts SET report = replace(report, '500', '900')")
                else:
                    db.execute("UPDATE shifts SET report = '{'")

            await s.db.call(forge)
            kept = await s.shifts.stored(1)
            assert kept is not None
            assert not kept.is_sound
            assert (kept.body is None) is (column == "digest")

    run(scene)


def test_amounts_of_another_currency_are_not_added(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.shifts.begin("")
            await s.sell(500)
            await s.sell(90_000, currency="IDR")
            x = await s.shifts.so_far(day_of(s.wall.now))
            assert (x.sales, x.other_currency, x.currency) == (Tally(1, 500), 1, "SGD")

    run(scene)


def test_a_sale_whose_record_is_damaged_counts_with_what_its_row_says(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.shifts.begin("")
            ref = await s.sell(500, vouchers=(OFF,))
            await s.db.call(lambda db: db.execute("UPDATE sales SET body = '{half' WHERE ref = ?", (ref,)).fetchall())
            await s.db.call(lambda db: db.execute("UPDATE outbox SET body = '{half' WHERE ref = ?", (ref,)).fetchall())
            x = await s.shifts.so_far(day_of(s.wall.now))
            assert (x.sales, x.rewards) == (Tally(1, 500), ())

    run(scene)


# ---------------------------------------------------------------- properties

STATES = st.sampled_from(["done", "waiting", "sending", "checking", "attention", "refused"])
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(0, 10**9), STATES),
        st.tuples(st.just("trust"), st.integers(0, 10**6), STATES),
        st.tuples(st.just("settle"), st.integers(0, 5), st.sampled_from(["done", "refused"])),
        st.just(("turn", 0, "")),
        st.just(("turn", 0, "")),
        st.tuples(st.just("time"), st.integers(-7200, 7200), st.just("")),
    ),
    max_size=25,
)


def _split(reports: list[Report]) -> tuple[object, ...]:
    """The figures that must add up, whatever became of them meanwhile: how many, and for how much."""
    sold = [one.done + one.pending + one.refused for one in reports]
    lines = [one.vouchers for one in reports]
    trusted = [line.used + line.open + line.refused for line in lines]
    return sum(sold, Tally()), sum(trusted, Tally())


@pytest.mark.fault("FM-16")
@settings(max_examples=25, deadline=None)
@given(MOVES)
def test_consecutive_shifts_add_up_to_the_whole(tmp_path_factory, moves):
    """Whatever the clock does: each sale is in exactly one Z."""

    async def scene() -> None:
        async with shift_bench(tmp_path_factory.mktemp("shifts") / "till.db", Wall(START)) as s:
            await s.shifts.begin("")
            refs, total, trusted = [], Tally(), Tally()
            for move, number, state in moves:
                match move:
                    case "sell":
                        refs.append(await s.sell(number, state))
                        total += Tally(1, number)
                    case "trust":
                        await s.trust(f"Reward {number % 3}", number, state)
                        total, trusted = total + Tally(1, 5000), trusted + Tally(1, number)
                    case "settle" if refs:
                        await s.settle(refs[number % len(refs)], state)
                    case "turn":
                        await s.close()
                        await s.shifts.begin("")
                    case "time":
                        s.wall.now += timedelta(seconds=number)
            await s.close()
            reports = [await s.z(one.number) for one in reversed(await s.shifts.closed(100))]
            assert [one.number for one in reports] == list(range(1, len(reports) + 1))
            assert _split(reports) == (total, trusted)

    run(scene)


# ---------------------------------------------------------------- a crash


def test_a_till_that_is_killed_at_any_statement_of_a_close_has_no_z_or_the_whole_z(tmp_path):
    """Before each statement, and at the end, the files are what a kill would leave; each is opened anew."""
    left: list[Path] = []

    def keep() -> None:
        left.append(tmp_path / f"{len(left)}")
        left[-1].mkdir()
        for suffix in ("", "-wal"):
            shutil.copyfile(tmp_path / f"till.db{suffix}", left[-1] / f"till.db{suffix}")

    def trace(db: apsw.Connection, *, is_on: bool) -> None:
        db.exec_trace = (lambda *_: keep() is None) if is_on else None

    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.shifts.begin("")
            await s.sell(500, "waiting")
            await s.db.outside(lambda db: trace(db, is_on=True))
            await s.close()
            await s.db.outside(lambda db: trace(db, is_on=False))
            keep()
        outcomes = [await _after_a_kill(folder / "till.db") for folder in left]
        assert outcomes == sorted(outcomes), "a Z was there and is gone again"
        assert (outcomes[0], outcomes[-1]) == (False, True)
        assert len(outcomes) > 10

    run(scene)


async def _after_a_kill(path: Path) -> bool:
    """Whether the shift is closed in this file. What it says must be whole."""
    async with shift_bench(path) as s:
        shift, kept = await s.shifts.current(), await s.shifts.stored(1)
        lines = [one.what for one in await s.journal.recent()]
        assert (shift is None) is (kept is not None) is ("shift closed" in lines)
        if kept is not None:
            assert (await s.z(1)).pending == Tally(1, 500)
    assert verify(path).is_sound
    return kept is not None


def test_a_report_survives_as_the_same_value(tmp_path):
    async def scene() -> None:
        async with shift_bench(tmp_path / "till.db") as s:
            await s.shifts.begin("Mai A.")
            await s.trust("Brunch", 800, "waiting")
            await s.journal.note("Ben T.", "sale reversed", "S1", {"why": "wrong customer"})
            x = await s.shifts.so_far(day_of(s.wall.now))
            z = await s.close()
            assert z == replace(x, kind=ReportKind.Z, closed_by="Noor H.")
            assert z.corrections[0].last_at == START

    run(scene)


@pytest.mark.log_warnings("damaged", "came back")
def test_shifts_and_their_reports_come_back_from_a_damaged_file(tmp_path):
    path = tmp_path / "till.db"

    async def scene() -> None:
        async with shift_bench(path) as s:
            await s.shifts.begin("Mai A.")
            await s.sell(500)
            z = await s.close()
            shift = await s.shifts.begin("Ben T.")
            page = await s.db.call(lambda db: db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'facts'").get)
        with path.open("r+b") as file:
            file.seek((page - 1) * 4096)
            file.write(b"\xff" * 4096)
        async with shift_bench(path) as s:
            assert s.db.salvaged is not None
            assert (await s.z(1), await s.shifts.current()) == (z, shift)
            s.made = 1  # its references go on
            await s.sell(700)
            assert (await s.close()).sales == Tally(1, 700)

    run(scene)
