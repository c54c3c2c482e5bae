"""Holds that nobody else would give back: they are free again as soon as the use that took them is settled."""

from __future__ import annotations

from pathlib import Path

import pytest
from outbox_bench import START, Bench, bench, checkout, hold, release, run, sale

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Kind, Refused, ReleaseVoucher
from pos_app.domain.entries import Entry, EntryState
from pos_app.outbox import Facts, StoredSale

DONE, REFUSED, WAITING = EntryState.DONE, EntryState.REFUSED, EntryState.WAITING
CHECKING, ATTENTION = EntryState.CHECKING, EntryState.ATTENTION
USED = {"vouchers": [{"voucher_id": 7, "on_trust": False}, {"voucher_id": 8, "on_trust": True}]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


async def a_spoilt_use(till: Bench, *, seen: bool = True) -> None:
    """Its answer is lost, and then its content. Of its vouchers 7 was held, and 8 is one on trust."""
    till.server.script[Ref("A")] = ["dropped"]
    till.server.look_script[Ref("A")] = ["cannot"] * 2
    await till.put(hold("H", 7), hold("H8", 8))
    await till.settled()
    await till.outbox.put(checkout("A", vouchers=(7,)), StoredSale(Ref("A"), START, USED))
    await till.settled()
    await till.db.call(lambda db: db.execute("UPDATE outbox SET body = '[1' WHERE ref = 'A'").fetchall())
    if seen:
        await till.pass_s(200)
    assert await till.state("A") is (ATTENTION if seen else CHECKING)


async def releases(till: Bench) -> list[Entry]:
    return [one for one in await till.outbox.entries() if one.command.kind is Kind.RELEASE_VOUCHER]


@pytest.mark.log_warnings("a person has to settle it")
@pytest.mark.fault("row 24")
@pytest.mark.parametrize("decision", [DONE, REFUSED])
def test_a_use_that_cannot_be_read_and_never_happened_gives_its_vouchers_back(path, decision):
    async def scene():
        async with bench(path) as till:
            await a_spoilt_use(till)
            await till.put(hold("LATER", 9))
            await till.settled()
            await till.outbox.settle_by_hand(Ref("A"), decision, "Ann", "the slip says so")
            await till.settled()
            given_back = [7] if decision is REFUSED else []
            assert [one.command.vouchers for one in await releases(till)] == [(one,) for one in given_back]
            assert all(isinstance(one.command, ReleaseVoucher) and one.state is DONE for one in await releases(till))
            assert {one.voucher_id for one in await till.outbox.holds()} == {7, 8, 9} - set(given_back)

    run(scene)


def test_a_sale_that_is_open_again_on_the_counter_keeps_its_vouchers(path):
    async def scene():
        async with bench(path) as till:
            await a_spoilt_use(till, seen=False)
            await Facts(till.db).keep("open_sale", {"ref": "A"})
            await till.outbox.settle_by_hand(Ref("A"), REFUSED, "Ann", "never happened")
            await till.settled()
            assert await releases(till) == []

    run(scene)


@pytest.mark.parametrize("how", ["by hand", "by Perx"])
def test_a_release_that_a_use_was_in_the_way_of_goes_once_that_is_settled(path, how):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("A")] = ["dropped"]
            till.server.look_script[Ref("A")] = ["person" if how == "by hand" else "cannot"]
            till.server.script[Ref("R")] = till.server.script[Ref("R2")] = [Refused("SALE-05")]
            await till.put(hold("H", 7), release("OLD", 9), hold("H9", 9))
            await till.settled()
            await till.db.call(
                lambda db: db.execute("UPDATE outbox SET state='refused', problem='SALE-05' WHERE ref='OLD'").fetchall()
            )
            await till.put(checkout("A", vouchers=(6,)))
            await till.put(release("R", 7))
            await till.settled()
            assert (await till.state("R"), len(await till.outbox.holds())) == (REFUSED, 2)
            if how == "by hand":
                await till.pass_s(2)
                await till.outbox.settle_by_hand(Ref("A"), DONE, "Ann", "seen in the console")
                await till.settled()
            else:
                await till.pass_s(70)
                assert await till.state("A") is DONE
            assert await till.state("R") is DONE
            assert till.server.sends.count(Ref("R")) == 2
            assert till.server.sends.count(Ref("OLD")) == 1, "that hold is of a later sale"
            assert [one.voucher_id for one in await till.outbox.holds()] == [9]

    run(scene)


def test_a_sale_of_another_customer_is_in_nobodys_way(path):
    async def scene():
        async with bench(path) as till:
            till.server.script[Ref("R")] = [Refused("SALE-05")]
            await till.put(hold("H", 7))
            await till.settled()
            await till.put(release("R", 7))
            await till.settled()
            await till.put(sale("B", "C-2"))
            await till.settled()
            assert (await till.state("B"), await till.state("R")) == (DONE, REFUSED)

    run(scene)
