"""A clock that is wrong, or is set while the till works: warned of, kept beside the sale, and no voucher's fault."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from fault_bench import PROGRAM, WHO, Perx
from perx_loopback import Seen, Wire, loopback, reply
from till_core import Core, core

from pos_app.domain.codes import is_ref
from pos_app.domain.commands import CreateCustomer
from pos_app.domain.entries import Entry, EntryState
from pos_app.perx.wire import stamp
from pos_app.till import events as ev
from pos_app.till.desk import DeskListed, Pile
from pos_app.till.state import LineState, Phase

OFF = [timedelta(days=365), timedelta(days=-1), timedelta(hours=1), timedelta(minutes=6), timedelta(seconds=-130)]


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(main())


class OffPerx(Perx):
    """A Perx whose clock differs from the till's, with one voucher that ends or begins in a moment of its own time."""

    off = timedelta(0)
    begins: datetime | None = None
    ends: datetime | None = None

    async def __call__(self, seen: Seen, wire: Wire) -> bytes | None:
        answer = await super().__call__(seen, wire)
        date = format_datetime(datetime.now(UTC) + self.off, usegmt=True)
        return answer and answer.replace(b"\r\n", f"\r\nDate: {date}\r\n".encode(), 1)

    def _read(self, seen: Seen) -> bytes:
        if seen.path != "/v4/vouchers":
            return super()._read(seen)
        row = self._voucher("5", self.state(5))["data"]
        row |= {"valid_from": stamp(self.begins) if self.begins else None}
        row |= {"valid_to": stamp(self.ends) if self.ends else None}
        return reply(200, {"data": [row]})


def pills(till: Core) -> str:
    return " ".join(one.words for one in till.screen.header.pills)


@pytest.mark.fault("FM-16", "row 44", "row 5")
@pytest.mark.parametrize("off", OFF, ids=str)
def test_a_wrong_clock_is_warned_of_and_kept_beside_the_sale_whose_reference_it_cannot_touch(tmp_path, off):
    async def scene():
        perx = OffPerx()
        perx.off = off
        async with loopback(perx) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            await till.serve(json.dumps({"identifier": WHO}), "5", "00")
            assert "Clock off by" in pills(till)
            till.happen(ev.CompleteTapped())
            await till.until(lambda: till.state.sale.phase is Phase.DONE and not till.state.backlog.waiting)
            await till.rest()
            [note] = [one for one in await till.journal.recent() if one.what == "completed"]
            assert abs(note.facts["clock_off_s"] - off.total_seconds()) < 5
            assert is_ref(till.state.sale.record.ref)
            assert perx.count("sale", till.state.sale.record.ref) == 1

    run(scene)


@pytest.mark.fault("FM-16", "row 44")
def test_a_clock_that_is_a_minute_off_is_nobodys_business(tmp_path):
    async def scene():
        perx = OffPerx()
        perx.off = timedelta(seconds=60)
        async with loopback(perx) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            await till.serve(json.dumps({"identifier": WHO}), "5", "00")
            assert "Clock off" not in pills(till)
            till.happen(ev.CompleteTapped())
            await till.until(lambda: till.state.sale.phase is Phase.DONE)
            await till.rest()
            [note] = [one for one in await till.journal.recent() if one.what == "completed"]
            assert "clock_off_s" not in note.facts

    run(scene)


@pytest.mark.fault("FM-16", "FM-15")
@pytest.mark.parametrize(
    ("off", "begins", "ends", "state"),
    [
        (timedelta(days=-2), None, timedelta(hours=1), LineState.HELD),  # ended only by the till's clock
        (timedelta(days=2), timedelta(hours=-1), None, LineState.HELD),  # begins later only by the till's clock
        (timedelta(days=2), None, timedelta(hours=-1), LineState.REFUSED),
        (timedelta(0), None, timedelta(hours=-1), LineState.REFUSED),
    ],
    ids=["till ahead", "till behind", "till behind, ended", "right, ended"],
)
def test_a_voucher_ends_by_the_clock_of_perx(tmp_path, off, begins, ends, state):
    async def scene():
        perx = OffPerx()
        perx.off = off
        async with loopback(perx) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            there = till.wall.now + off
            perx.begins = there + begins if begins is not None else None
            perx.ends = there + ends if ends is not None else None
            await till.serve(json.dumps({"identifier": WHO}))
            till.happen(ev.VoucherTapped(5))
            await till.until(lambda: [one.state for one in till.state.sale.lines] == [state])
            assert perx.count("hold", 5) == (state is LineState.HELD)

    run(scene)


@pytest.mark.fault("row 5", "FM-16")
@pytest.mark.parametrize("set_by", [timedelta(days=365), timedelta(days=-1), timedelta(hours=-1)], ids=str)
def test_a_clock_set_in_the_middle_neither_freezes_the_counter_nor_silences_the_till(tmp_path, set_by):
    """While a sale waits to be sent, while a message shows, and while Perx is away."""

    async def scene():
        perx = Perx()
        async with loopback(perx) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            await till.serve(json.dumps({"identifier": WHO}), "5", "00")
            till.outbox.pause(True)
            till.happen(ev.CompleteTapped(), ev.Scanned("POS:PARK"))
            await till.until(lambda: till.state.backlog.waiting == 1)
            assert till.state.sale.phase is Phase.COMMITTING
            assert till.screen.toast is not None
            await till.tick(set_by.total_seconds())
            assert till.state.sale.phase is Phase.DONE, "the counter still waits"
            assert till.screen.toast is None
            till.outbox.pause(False)
            perx.spoil = (".", hang_up)
            server.mint = hang_up
            till.happen(ev.Started())
            await till.until(lambda: not till.state.link.online)
            await till.rest()
            asked = len(server.minted)
            await till.tick(set_by.total_seconds())
            await till.tick(60)
            assert len(server.minted) > asked, "nobody asks any more whether Perx is back"

    run(scene)


async def hang_up(_seen: Seen, _wire: Wire) -> None:
    """Read it, answer nothing."""


@pytest.mark.fault("row 5")
def test_the_screen_is_drawn_for_an_entry_from_the_future(tmp_path):
    async def scene():
        async with loopback(Perx()) as server, core(tmp_path, server.profile()) as till:
            made_at = till.wall.now + timedelta(days=400)
            entry = Entry(1, CreateCustomer(ref=till.till._mint(), identifier="X"), EntryState.CHECKING, made_at)
            till.happen(ev.PanelOpened("waiting"))
            await till.rest()
            till.happen(DeskListed(Pile.OPEN, (entry,)))
            assert till.screen.body.rows[0].title

    run(scene)
