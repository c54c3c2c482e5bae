"""Vouchers used on trust: the tenant signed, Perx is away; in the end each is used once, or a person knows why not."""

from __future__ import annotations

from pos_app.domain.entries import EntryState
from pos_app.tour.hand import until

SIGNED = {
    "offline": {"redemption": "provisional", "redemption_signed_by": "H. Tan, 2026-05-04", "redemption_max_count": 2},
}


async def begin(s) -> None:
    """The member is on the counter, then the cable is out."""
    s.scan(s.known[0])
    await s.hand.sees("4821", "2,480", "10.00 off from 50.00")
    s.practice.kill()
    s.scan("4006381333931")  # anything that has to be asked for shows the outage
    await until(lambda: not s.state.link.online, "the outage was not noticed")


async def save(s) -> str:
    """The voucher is used on trust, the sale saved; its reference."""
    s.scan("LUMEN10")
    await s.hand.sees("On trust: Perx decides later")
    s.keys("5", "6", "00")
    await s.hand.sees("46.00", "1 on trust, sent later")
    s.hand.tap("Save sale")
    await s.hand.sees("Saved", "Used on trust, not confirmed yet", "not confirmed by Perx yet")
    return s.record.ref


async def test_a_voucher_on_trust_is_used_once_when_perx_is_back_also_after_a_crash(shop):
    async with shop(**SIGNED) as s:
        await begin(s)
        ref = await save(s)
        await until(lambda: s.state.backlog.unconfirmed.count == 1, "it was not counted")
        await s.close()
        await s.open()
        await s.hand.sees("Used on trust, not confirmed yet")
        s.practice.start()
        await until(lambda: s.voucher("LUMEN10")["state"] == "redeemed", "the voucher was never used")
        await s.hand.sees("Used on trust, confirmed by Perx")
        await until(lambda: not s.state.backlog.waiting, "something still waits")
        assert float(s.sale(ref)["amount"]) == 46
        assert s.voucher("LUMEN10")["redemptions"] == 1
        assert s.state.backlog.attention == 0
        first = (await s.counter.outbox.for_sale(ref))[-1]
        assert first.state is EntryState.DONE
        assert not await s.counter.outbox.holds()


async def test_a_voucher_that_was_used_elsewhere_meanwhile_finds_a_supervisor(shop):
    async with shop(**SIGNED) as s:
        await begin(s)
        ref = await save(s)
        voucher = next(one for one in s.practice.announced["vouchers"] if one["voucher_code"] == "LUMEN10")
        await s.close()
        s.practice.start()
        use_elsewhere(s, voucher["id"])
        await s.open()
        await until(lambda: s.state.backlog.attention == 1, "nobody was told")
        await s.hand.sees("Used on trust, refused by Perx")
        await until(lambda: not s.state.backlog.waiting, "the sale itself waits")
        assert s.voucher("LUMEN10")["redemptions"] == 1
        assert float(s.sale(ref)["amount"]) == 46


async def test_more_than_was_signed_for_is_not_taken(shop):
    tables = {"offline": {**SIGNED["offline"], "redemption_max_count": 1}}
    async with shop(**tables) as s:
        await begin(s)
        await save(s)
        s.scan(s.known[0])
        await s.hand.sees("4821", "2,480")
        s.scan("JUICE5")
        await s.hand.sees("Too many wait for Perx already")


async def test_a_voucher_that_waits_for_perx_is_not_taken_on_trust_again_also_after_a_restart(shop):
    """One outage, several sales: each voucher is given once."""
    async with shop(**SIGNED) as s:
        await begin(s)
        await save(s)
        await not_taken(s)
        await s.close()
        await s.open()
        s.scan(s.known[0])
        await until(lambda: not s.state.link.online, "the outage was not noticed")
        await not_taken(s)


async def test_a_voucher_that_this_till_used_online_is_not_taken_on_trust_afterwards(shop):
    """What the till remembers of a customer is older than what it did itself."""
    async with shop(**SIGNED) as s:
        s.scan(s.known[0])
        await s.hand.sees("4821", "2,480", "10.00 off from 50.00")
        s.scan("LUMEN10")
        await until(lambda: [one.state.value for one in s.state.sale.lines] == ["held"], "not held")
        s.keys("5", "6", "00")
        s.hand.tap("Complete")
        await until(lambda: s.voucher("LUMEN10")["state"] == "redeemed", "not used")
        await until(lambda: s.state.sale.phase.value == "done", "not done")
        s.practice.kill()
        s.scan(s.known[0])
        await until(lambda: not s.state.link.online, "the outage was not noticed")
        await not_taken(s)


async def not_taken(s) -> None:
    """The member comes again, and the voucher is refused at once."""
    s.scan(s.known[0])
    await until(lambda: s.state.sale.known is not None and s.state.sale.known.detailed, "the member is not known")
    s.scan("LUMEN10")
    await s.hand.sees("Refused: already used")
    assert [one.state.value for one in s.state.sale.lines] == ["refused"]


def use_elsewhere(s, voucher_id: int) -> None:
    """Another till uses the voucher."""
    who = {"grant_type": "client_credentials", "scope": f"user_account(identifier:{s.known[0]})"}
    who |= {name: s.practice.announced[name] for name in ("client_id", "client_secret")}
    token = s.practice.ask("POST", "/v4/oauth/token", who)["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    s.practice.ask("POST", f"/v4/vouchers/{voucher_id}/redeem", {}, bearer)
