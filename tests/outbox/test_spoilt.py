"""An entry whose content cannot be read: seen as such, never sent, in nobody's way, and closed by a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from outbox_bench import bench, checkout, hold, run, sale

from pos_app.domain.attention import Act, explain, may
from pos_app.domain.codes import Ref
from pos_app.domain.commands import Kind, RedeemVoucher, Spoilt
from pos_app.domain.entries import EntryState
from pos_app.outbox import Journal

DONE, REFUSED, WAITING = EntryState.DONE, EntryState.REFUSED, EntryState.WAITING
CHECKING, ATTENTION = EntryState.CHECKING, EntryState.ATTENTION

TOLD = pytest.mark.log_warnings("a person has to settle it")

DAMAGE = {
    "no JSON": "body = '[1'",
    "no UTF-8": "body = CAST(x'7bff7d' AS TEXT)",
    "very deep": "body = replace(hex(zeroblob(30000)), '0', '[')",
    "changed": "body = replace(body, '1000', '9000')",
    "another amount": "amount_minor = 9000",
    "a kind of a later program": "kind = 'fly'",
    "a kind that is no text": "kind = CAST(x'ff' AS TEXT)",
    "another lane": "lane = 'customer:C-9'",
    "a lane that is no text": "lane = CAST(x'ff' AS TEXT)",
    "a reference that is no text": "ref = CAST(x'41ff' AS TEXT)",
    "no seal": "seal = ''",
    "a seal that is no text": "seal = CAST(x'ff' AS TEXT)",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def redeem(ref: str, voucher_id: int = 7) -> RedeemVoucher:
    return RedeemVoucher(
        ref=Ref(ref), identifier="C-1", voucher_id=voucher_id, sale=Ref("S"), amount_minor=500, currency="SGD"
    )


async def damage(till, what: str = "no JSON", row: int = 1) -> None:
    sql = f"UPDATE outbox SET {DAMAGE[what]} WHERE id = {row}"  # noqa: S608 - from the table above
    await till.db.call(lambda db: db.execute(sql).fetchall())


@TOLD
@pytest.mark.fault("FM-05", "row 24")
@pytest.mark.parametrize("what", DAMAGE)
@pytest.mark.parametrize("decision", [DONE, REFUSED])
def test_it_is_listed_never_sent_and_closed_by_a_person(path, what, decision):
    async def queue():
        async with bench(path, deliver=False) as till:
            await till.put(sale("A"), sale("B"), sale("C", "C-2"))
            await damage(till, what)
            before = (await till.outbox.entries())[-1]
            assert (before.is_spoilt, before.state) == (True, WAITING), "it is hidden until somebody tries to send it"

    async def scene():
        async with bench(path) as till:
            await till.pass_s(100)
            assert sorted(till.server.sends) == ["B", "C"]
            listed = await till.outbox.entries([ATTENTION])
            assert len(listed) == (await till.outbox.backlog()).attention == 1
            [entry] = listed
            assert isinstance(entry.command, Spoilt)
            assert entry.made_at == till.clock.wall().replace(minute=0, second=0)
            assert "cannot be read" in explain(entry).happened
            assert may(entry) == (Act.DONE, Act.GIVE_UP)
            assert await till.outbox.entry(entry.ref) == entry
            for never in (WAITING, CHECKING):
                with pytest.raises(ValueError, match="can only be closed"):
                    await till.outbox.settle_by_hand(entry.ref, never, "Ann", "try")
            closed = await till.outbox.settle_by_hand(entry.ref, decision, "the till", "the slip says so", "Noor H.")
            assert (closed.state, await till.state(entry.ref)) == (decision, decision)
            assert till.told[-1] == (entry.ref, decision)
            [note] = await Journal(till.db).of_ref(entry.ref)
            assert (note.facts["is"], note.facts["approved_by"]) == (decision.value, "Noor H.")
            assert (await till.outbox.backlog()).attention == 0
            with pytest.raises(ValueError, match="cannot be made"):
                await till.outbox.settle_by_hand(entry.ref, DONE, "Ann", "again")
        assert till.problems == []

    run(queue)
    run(scene)


@TOLD
@pytest.mark.fault("FM-05")
def test_a_voucher_on_trust_that_cannot_be_read_counts_until_a_person_closes_it(path):
    """It stays within the cap, and its voucher counts as used; closed, both end."""

    async def scene():
        async with bench(path) as till:
            till.outbox.pause(True)
            await till.put(redeem("R"))
            await damage(till)
            till.outbox.pause(False)
            await till.pass_s(100)
            [entry] = await till.outbox.unsettled("voucher:7")
            assert (entry.is_spoilt, entry.command.kind, entry.command.vouchers) == (True, Kind.REDEEM_VOUCHER, (7,))
            assert "on trust" in explain(entry).told
            assert (await till.outbox.backlog()).unconfirmed.count == 1
            assert [one.ref for one in await till.outbox.uses("C-1", [7])] == ["R"]
            await till.outbox.settle_by_hand(Ref("R"), REFUSED, "Ann", "the shop carries it")
            assert (await till.outbox.backlog()).unconfirmed.count == 0
            assert await till.outbox.unsettled("voucher:7") == []
            assert till.server.sends == []

    run(scene)


@TOLD
@pytest.mark.parametrize(("decision", "held"), [(DONE, 0), (REFUSED, 1)])
def test_a_use_that_cannot_be_read_ends_its_hold_when_it_is_done(path, decision, held):
    async def scene():
        async with bench(path) as till:
            await till.put(hold("H"))
            await till.settled()
            till.outbox.pause(True)
            await till.put(redeem("R"))
            await damage(till, row=2)
            till.outbox.pause(False)
            await till.pass_s(100)
            await till.outbox.settle_by_hand(Ref("R"), decision, "Ann", "the slip says so")
            assert len(await till.outbox.holds()) == held

    run(scene)


def test_one_that_cannot_be_read_behind_another_leaves_nothing_being_sent(path):
    """The sale ahead cannot be sent, so what a person waits for behind it is refused, readable or not."""

    async def scene():
        async with bench(path) as till:
            till.outbox.pause(True)
            till.server.script[Ref("B")] = ["offline"]
            await till.put(sale("A"))
            await till.settled()
            await till.put(sale("B"))
            await till.db.call(lambda db: db.execute("UPDATE outbox SET due_at = NULL").fetchall())
            await till.put(checkout("X"))
            await damage(till, row=3)
            await till.db.call(lambda db: db.execute("UPDATE outbox SET state = 'done' WHERE ref = 'A'").fetchall())
            await till.db.call(lambda db: db.execute("UPDATE outbox SET due_at = 0 WHERE ref = 'B'").fetchall())
            till.outbox.pause(False)
            await till.settled()
            assert await till.state("B") is WAITING, "it is being sent for ever"
            assert (await till.state("X"), ("X", REFUSED) in till.told) == (REFUSED, True)
            assert till.problems == []

    run(scene)


def test_a_reference_that_is_stored_already_but_cannot_be_read_is_not_stored_again(path):
    async def scene():
        async with bench(path, deliver=False) as till:
            await till.put(sale("A"))
            await damage(till)
            again = await till.outbox.put(sale("A"))
            assert (again.is_spoilt, len(await till.outbox.entries())) == (True, 1)

    run(scene)


@TOLD
def test_what_was_on_its_way_when_the_till_died_and_cannot_be_read_says_that_perx_may_have_it(path):
    async def first():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["hang_done"]
            await till.put(sale("A"))
            await till.settled()
            await damage(till)

    async def scene():
        async with bench(path) as till:
            await till.pass_s(100)
            entry = await till.outbox.entry(Ref("A"))
            assert (entry.state, entry.tries, entry.was_lost) == (ATTENTION, 1, True)
            assert "may have reached Perx" in explain(entry).happened
            assert till.server.sends == []

    run(first)
    run(scene)
