"""Starting without a network, or on what an earlier run left damaged: the counter is there and says what is missing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import apsw
import pytest
from fault_bench import PROGRAM, WHO, Perx, hold, invoice, queue
from perx_loopback import loopback, tokens
from till_core import Core, core

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Kind, RedeemVoucher
from pos_app.domain.entries import EntryState
from pos_app.domain.kinds import KINDS
from pos_app.outbox import Database, StorageError, facts, rows
from pos_app.outbox.facts import Facts
from pos_app.outbox.opensale import PARKED
from pos_app.till import events as ev
from pos_app.till.parking import ParkTapped, RecallTapped
from pos_app.till.state import LineState, Phase
from pos_app.till.till import Till

KNOWN = {"customer": {"identifier": WHO, "perx_id": 253, "name": "Somchai P.", "state": "active"}}


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(main())


async def gone(_seen, _wire) -> None:
    """Nobody is there."""


async def spoil_fact(till: Core, key: str, text: str) -> None:
    await Facts(till.database).keep(key, {"x": 1})
    update = "UPDATE facts SET value = ? WHERE key = ?"
    await till.database.call(lambda db: db.execute(update, (text, key)).fetchall())


@pytest.mark.fault("FM-08", "row 23")
def test_a_cold_start_without_a_network_is_ready_and_earning_is_queued(tmp_path):
    async def scene():
        async with loopback(gone, gone) as server:
            began_s = time.monotonic()
            async with core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
                till.happen(ev.Started())
                assert till.screen.body.ready is not None
                assert time.monotonic() - began_s < 5
                await till.until(lambda: not till.state.link.online)
                till.happen(ev.Scanned(json.dumps({"identifier": WHO, "voucherId": 5})), ev.KeyTapped("00"))
                await till.until(lambda: till.state.sale.known is not None)
                till.happen(ev.KeyTapped("7"), ev.KeyTapped("00"))
                [row] = till.screen.body.rows
                assert (row.words, row.detail) == ("Not now: needs Perx", "Not used. It stays good.")
                till.happen(ev.CompleteTapped())
                await till.until(lambda: till.state.sale.phase is Phase.DONE)
                perx = Perx()
                server.behave, server.mint = perx, tokens
                ref = till.state.sale.record.ref
                await till.until(lambda: till.state.backlog.waiting == 1)
                for _ in range(30):
                    await till.tick()
                    if not till.state.backlog.waiting:
                        break
                await till.until(lambda: perx.count("sale", ref) == 1)
                assert perx.count("hold", 5) == 0

    run(scene)


@pytest.mark.fault("FM-08")
@pytest.mark.log_warnings("cannot be read")
@pytest.mark.parametrize(
    "text", ["{", "", "[]", '{"x": 1}', "null", json.dumps({**KNOWN, "vouchers": [{"id": "x"}]}), '{"customer": 7}']
)
def test_a_damaged_memory_of_a_customer_is_said_and_the_code_is_taken_on_trust(tmp_path, text):
    async def scene():
        async with loopback(gone, gone) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            await spoil_fact(till, f"customer:{WHO}", text)
            till.happen(ev.Scanned(json.dumps({"identifier": WHO})))
            await till.until(lambda: till.state.sale.known is not None)
            assert not till.state.sale.known.checked
            assert not till.state.wrong

    run(scene)


@pytest.mark.fault("FM-08")
def test_without_a_memory_of_the_customer_the_code_is_taken_on_trust(tmp_path):
    async def scene():
        async with loopback(gone, gone) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            till.happen(ev.Scanned(json.dumps({"identifier": WHO})))
            await till.until(lambda: till.state.sale.known is not None)
            assert till.screen.body.customer.note == "Not checked: Perx cannot be asked"

    run(scene)


@pytest.mark.fault("FM-08")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", marks=pytest.mark.log_warnings("cannot be read")),
        pytest.param("[1", marks=pytest.mark.log_warnings("cannot be read")),
        "[]",
        '{"id": 7}',
        '{"lines": 3}',
        "7",
    ],
)
def test_a_damaged_draft_of_the_open_sale_does_not_keep_the_till_from_starting(tmp_path, text):
    async def scene():
        async with loopback(Perx()) as server:
            async with core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
                await spoil_fact(till, "open_sale", text)
            async with core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
                await till.serve(json.dumps({"identifier": WHO}), "5", "00")
                assert till.state.sale.bill_minor == 500
                assert till.state.sale.lines == ()

    run(scene)


@pytest.mark.log_warnings
@pytest.mark.parametrize(("failures", "phase"), [(1, Phase.DONE), (100, Phase.OPEN)])
def test_a_sale_whose_draft_could_not_be_written_is_not_sold_twice(tmp_path, monkeypatch, failures, phase):
    """Without its reference in the draft the next start would open it again; so it is stored after the draft only."""
    keep, left = Facts.keep_all, [failures]

    async def failing(self: Facts, values: dict[str, Any]) -> None:
        if values.get("open_sale", {}).get("ref") and left[0]:
            left[0] -= 1
            raise StorageError("DISK-02", "the disk did not take this one write")
        await keep(self, values)

    async def scene():
        perx = Perx()
        async with loopback(perx) as server:
            profile = server.profile(loyalty_program_id=PROGRAM)
            async with core(tmp_path, profile) as till:
                await till.serve(WHO, "5", "6", "00")
                monkeypatch.setattr(Facts, "keep_all", failing)
                till.happen(ev.CompleteTapped())
                await till.until(lambda: till.state.sale.phase is phase)
                assert (till.state.sale.trouble is None) == (phase is Phase.DONE)
            left[0] = 0
            async with core(tmp_path, profile) as till:
                assert till.state.sale.phase is phase
                await till.until(lambda: phase is Phase.DONE or till.state.sale.known.detailed)
                till.happen(ev.CompleteTapped())
                await till.until(lambda: till.state.sale.phase is Phase.DONE)
                await till.rest()
            assert [one.what for one in perx.effects].count("sale") == 1

    run(scene)


@pytest.mark.fault("row 24")
@pytest.mark.log_warnings
@pytest.mark.parametrize("left", ["draft only", "draft and sale"])
def test_a_sale_whose_rows_a_damage_took_is_shown_to_a_supervisor_and_found_at_perx(tmp_path, left):
    """The draft alone knows that the sale was stored: it is not open again, and its entry is there to be settled."""

    async def scene():
        perx = Perx()
        async with loopback(perx) as server:
            profile = server.profile(loyalty_program_id=PROGRAM)
            async with core(tmp_path, profile) as till:
                await till.serve(WHO, "5", "6", "00")
                till.happen(ev.CompleteTapped())
                await till.until(lambda: till.state.sale.phase is Phase.DONE)
                await till.rest()
                ref = till.state.sale.record.ref
                queries = ["DELETE FROM outbox WHERE ref = ?"]
                if left == "draft only":
                    queries.append("DELETE FROM sales WHERE ref = ?")
                else:  # as it was stored, before anything came of it
                    queries.append("UPDATE sales SET body = json_set(body, '$.state', 'waiting') WHERE ref = ?")
                for query in queries:
                    await till.database.call(lambda db, query=query: db.execute(query, (ref,)).fetchall())
            for _ in range(2):
                async with core(tmp_path, profile) as till:
                    await till.rest()
                    assert (till.state.sale.phase, till.state.sale.record.state) == (Phase.DONE, "attention")
                    assert (await till.outbox.entry(ref)).state is EntryState.ATTENTION
                    assert (await till.sales.sale(ref)).body["due_minor"] == 5600
            async with core(tmp_path, profile) as till:
                till.happen(ev.NextTapped())
                await till.outbox.settle_by_hand(ref, EntryState.CHECKING, "Noor", "check with Perx")
                await till.until(lambda: till.state.backlog.attention + till.state.backlog.checking == 0)
                assert (await till.outbox.entry(ref)).state is EntryState.DONE
            assert [one.what for one in perx.effects].count("sale") == 1

    run(scene)


@pytest.mark.log_warnings("is damaged", "came back", "what is stored of the last sale")
def test_the_till_starts_although_the_entry_of_the_last_sale_cannot_be_read(tmp_path):
    """The damaged file is salvaged, and the sale, which Perx has, is shown and not opened again."""

    async def scene():
        async with loopback(Perx()) as server:
            profile = server.profile(loyalty_program_id=PROGRAM)
            async with core(tmp_path, profile) as till:
                await till.serve(WHO, "5", "6", "00")
                till.happen(ev.CompleteTapped())
                await till.until(lambda: till.state.sale.phase is Phase.DONE)
                await till.rest()
                ref = till.state.sale.record.ref
            path = tmp_path / "till.sqlite3"
            data = bytearray(path.read_bytes())
            at = data.index(b'{"ref":"' + ref.encode() + b'","identifier"')
            data[at + 1 : at + 40] = bytes(39)
            path.write_bytes(data)
            async with core(tmp_path, profile) as till:
                assert till.state.salvaged is not None
                assert till.state.sale.phase is Phase.DONE
                assert (till.state.sale.record.ref, till.state.sale.record.state) == (ref, "done")

    run(scene)


@pytest.mark.fault("FM-03")
def test_what_waits_survives_a_restart_with_other_settings(tmp_path):
    """Another name of the shop, another spelling of identifiers, other time-outs: the queue is the same."""

    async def scene():
        async with loopback(gone, gone) as server:
            profile = server.profile(loyalty_program_id=PROGRAM)
            async with core(tmp_path, profile) as till:
                till.happen(ev.Started())
                await till.until(lambda: not till.state.link.online)
                for number in range(3):
                    till.happen(ev.Scanned(json.dumps({"identifier": f"650000000{number}"})))
                    await till.until(lambda: till.state.sale.known is not None)
                    till.happen(ev.KeyTapped("5"), ev.KeyTapped("00"), ev.CompleteTapped())
                    await till.until(lambda number=number: till.state.backlog.waiting == number + 1)
                    await till.until(lambda: till.state.sale.phase is Phase.DONE)
                    till.happen(ev.NextTapped())
                refs = [one.ref for one in await till.outbox.entries()]
            perx = Perx()
            server.behave, server.mint = perx, tokens
            other = server.profile(loyalty_program_id=PROGRAM, timeout_s=9.0, language="th", currency="THB")
            async with core(tmp_path, other) as till:
                await till.until(lambda: all(perx.count("sale", ref) == 1 for ref in refs))
                await till.until(lambda: till.state.backlog.waiting == 0)
                records = await till.sales.recent_sales(10)
                assert {one.body["currency"] for one in records} == {"SGD"}
                assert LineState.HELD not in {one.state for one in till.state.sale.lines}

    run(scene)


@pytest.mark.fault("FM-12")
@pytest.mark.log_warnings("cannot be read")
@pytest.mark.parametrize("what", ["redeem", "checkout"])
def test_a_voucher_whose_use_cannot_be_read_is_not_given_back_at_a_start_until_a_person_has_closed_it(tmp_path, what):
    """Free, it could be used a second time: the customer may have had its value."""
    use = RedeemVoucher(ref=Ref("U"), identifier=WHO, voucher_id=5, sale=Ref("S2"), was_held=True)
    command = use if what == "redeem" else invoice("U", 5)

    async def scene():
        perx = Perx()
        async with loopback(perx) as server:
            profile = server.profile(loyalty_program_id=PROGRAM)
            async with queue(tmp_path / "till.sqlite3", perx, server) as till:
                await till.outbox.put(hold("H", 5))
                await till.until("H", EntryState.DONE)
            file = await Database.open(tmp_path / "till.sqlite3")
            await file.call(rows.insert, command, KINDS, rows.Clocks(1, 1))
            await file.call(lambda db: db.execute("UPDATE outbox SET body = '[1' WHERE ref = 'U'").fetchall())
            await file.aclose()
            for closed, releases in ((False, 0), (True, 1)):
                async with core(tmp_path, profile) as till:
                    await till.rest()
                    assert len(await till.outbox.holds()) == 1
                    found = await till.outbox.entries()
                    assert sum(one.command.kind is Kind.RELEASE_VOUCHER for one in found) == releases
                    if not closed:
                        await till.outbox.settle_by_hand(Ref("U"), EntryState.REFUSED, "Ann", "never happened")
                        await till.rest()

    run(scene)


@pytest.mark.fault("FM-13")
@pytest.mark.parametrize("hand", [ev.KeyTapped("7"), ev.Scanned('{"identifier": "777"}'), ev.CancelTapped()])
def test_a_tap_or_a_scan_while_the_till_reads_what_the_last_run_left_takes_nothing_away(tmp_path, monkeypatch, hand):
    """The disk is slow, or the tap waited in the queue: the sale of the last run comes back as it was."""
    real = Till.start

    async def start(till, tools):
        asyncio.get_running_loop().call_soon(till.post, hand)
        await real(till, tools)

    async def scene():
        async with loopback(Perx()) as server:
            profile = server.profile(loyalty_program_id=PROGRAM)
            async with core(tmp_path, profile) as till:
                await till.serve(json.dumps({"identifier": WHO}), "5", "6", "00")
                await till.rest()
            monkeypatch.setattr(Till, "start", start)
            for _ in range(2):  # and what is kept of it is as it was, too
                async with core(tmp_path, profile) as till:
                    await till.rest()
                    sale = till.state.sale
                    assert (sale.bill_minor, sale.known and sale.known.identifier) == (5600, WHO)

    run(scene)


@pytest.mark.fault("row 1")
@pytest.mark.log_warnings
@pytest.mark.parametrize("what", ["park", "cancel", "take up"])
def test_a_sale_that_is_put_aside_or_taken_up_is_in_one_place_whenever_the_power_goes(tmp_path, monkeypatch, what):
    real, is_broken = facts._keep, False

    def keep(connection, key, *rest):
        if is_broken and key == PARKED:
            raise apsw.FullError("the power goes here")
        real(connection, key, *rest)

    monkeypatch.setattr(facts, "_keep", keep)

    async def scene():
        nonlocal is_broken
        async with loopback(Perx()) as server:
            profile = server.profile(loyalty_program_id=PROGRAM)
            async with core(tmp_path, profile) as till:
                await till.serve(json.dumps({"identifier": WHO}), "5", "6", "00")
                await till.rest()
                if what == "take up":
                    till.happen(ParkTapped())
                    await till.rest()
                is_broken = True
                events = {"park": ParkTapped(), "cancel": ev.CancelTapped()}
                till.happen(events.get(what) or RecallTapped(till.state.parked[0].id))
                await till.rest()
            is_broken = False
            async with core(tmp_path, profile) as till:
                await till.rest()
                there = (till.state.sale.bill_minor, [one.bill_minor for one in till.state.parked])
                assert there == ((0, [5600]) if what == "take up" else (5600, []))

    run(scene)
