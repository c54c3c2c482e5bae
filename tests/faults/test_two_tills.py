"""Two tills and one voucher, against the sandbox: one wins, the other says so, and the voucher is used once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest
from till_core import Core, core

from pos_app.perx.profile import Profile
from pos_app.practice import Practice
from pos_app.till import events as ev
from pos_app.till.state import LineState, Phase


def states(till: Core) -> list[LineState]:
    return [line.state for line in till.state.sale.lines]


@pytest.mark.fault("row 21", "FM-12")
def test_two_tills_at_once_on_one_voucher(tmp_path):
    async def scene(practice: Practice) -> None:
        told = practice.announced
        profile = Profile(practice.base_url, told["client_id"], told["client_secret"], told["loyalty_program_id"])
        voucher = next(one for one in practice.ledger()["vouchers"] if one["voucher_code"] == "LUMEN10")
        code = json.dumps({"identifier": voucher["customer_identifier"], "voucherId": voucher["id"]})
        async with core(tmp_path / "one", profile) as one, core(tmp_path / "two", profile) as two:
            for till in (one, two):
                till.wall.now = datetime.now(UTC)  # the sandbox's own time
                await till.serve(json.dumps({"identifier": voucher["customer_identifier"]}), "8", "0", "00")
            for till in (one, two):
                till.happen(ev.Scanned(code))
            for till in (one, two):
                await till.until(lambda till=till: states(till) in ([LineState.HELD], [LineState.REFUSED]))
            winner, loser = (one, two) if states(one) == [LineState.HELD] else (two, one)
            assert states(loser) == [LineState.REFUSED]
            row = loser.screen.body.rows[0]
            assert row.words == "Refused: The voucher is not free: it is used or held elsewhere"
            assert "PX-003" in row.detail
            for till in (loser, winner):
                till.happen(ev.CompleteTapped())
                await till.until(lambda till=till: till.state.sale.phase is Phase.DONE)
            ledger = practice.ledger()
            now = next(one for one in ledger["vouchers"] if one["id"] == voucher["id"])
            assert (now["holds"], now["redemptions"]) == (1, 1)
            assert sorted(float(one["amount"]) for one in ledger["transactions"]) == [70, 80]
            await asyncio.gather(one.rest(), two.rest())

    with Practice(tmp_path / "perx", rule_delay_s=0.05) as practice:
        asyncio.run(asyncio.wait_for(scene(practice), 20))
