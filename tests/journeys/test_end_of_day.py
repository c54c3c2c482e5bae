"""The end of the day against the real sandbox: every planted difference is found, and nothing that is only late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from journey_faults import fault
from test_outbox_command import SALES, ask, put

from pos_app.domain.entries import EntryState
from pos_app.till.events import CompareTapped
from pos_app.tour.hand import until
from pos_app.tour.shop import SETTLE_AFTER_S

MARKED = {"sale": {"properties": {"till": "{till}", "shop": "{shop}", "channel": "counter"}}}
MARK = {"till": "Till 2", "shop": "Lumen & Oak, Riverside"}


@dataclass(frozen=True)
class Other:
    """Another program that writes to the same Perx."""

    s: object

    def bearer(self, scope: str = "") -> dict[str, str]:
        announced = self.s.practice.announced
        asked = {key: announced[key] for key in ("client_id", "client_secret")} | {"grant_type": "client_credentials"}
        token = self.s.practice.ask("POST", "/v4/oauth/token", asked | ({"scope": scope} if scope else {}))
        return {"Authorization": f"Bearer {token['access_token']}"}

    def sells(self, customer: int, amount: float, reference: str, **properties: str) -> None:
        row = self.s.customer(customer)
        sale = {"transaction_reference": reference, "amount": amount, "currency": "SGD", "properties": properties}
        body = {"user_account_id": row["id"], "transaction_data": sale}
        self.s.practice.ask("POST", "/v4/pos/transactions", body, self.bearer())

    def tampers(self, **what: object) -> None:
        self.s.practice.ask("POST", "/_sandbox/tamper", what)


async def sell(s, customer: int, *keys: str, voucher: str = "") -> str:
    """One sale at the counter, to its end."""
    s.scan(s.known[customer])
    await s.hand.sees("can be used now")
    if voucher:
        s.scan(voucher)
        await s.hand.sees("Held for this sale")
    s.keys(*keys)
    s.hand.tap("Complete")
    await s.hand.sees("Perx has the sale." if not voucher else "Perx confirmed it")
    ref = s.record.ref
    s.hand.tap("Next customer")
    return ref


async def grown_old(s) -> None:
    """Wait until nothing is too young to be missed any more."""
    newest = max(entry.settled_at or entry.made_at for entry in await s.counter.outbox.entries(limit=5))
    until_at = newest + timedelta(seconds=SETTLE_AFTER_S)
    await until(lambda: s.state.now > until_at, "the clock stands still", 2 * SETTLE_AFTER_S + 5)


async def compared(s) -> None:
    """Press the way to the comparison, and wait for its end."""
    s.hand.tap("Menu")
    s.hand.tap("End of day")
    await s.hand.sees("Sales that Perx has")
    s.hand.tap("Compare with Perx")
    await until(lambda: s.state.day.report is not None and not s.state.day.comparing, "the comparison never ended")


async def test_nothing_differs_after_an_ordinary_day(shop):
    async with shop(**MARKED) as s:
        await sell(s, 0, "5", "6", "00", voucher="LUMEN10")
        await sell(s, 1, "1", "2", "00")
        s.practice.fault(fault("POST", "/v4/pos/transactions", "drop_after"))
        await put(s, 300, EntryState.DONE)
        s.practice.fault(fault(*SALES, code=400, body={"code": 40, "message": "no"}))
        await put(s, 400, EntryState.REFUSED)
        s.practice.fault()
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.scan("CAFE01")
        await s.hand.sees("Held for this sale")
        Other(s).sells(1, 5.0, "somebody else's", till="Till 1")
        await grown_old(s)
        await compared(s)
        await s.hand.sees("Nothing differs", "2 of 2 customers compared", "61.00", "1 more was refused")
        code, told = await ask(s, "reconcile")
        assert (code, told["differences"], told["customers"], told["on_the_way"]) == (0, [], 2, 0)
        assert told["figures"]["sales"] == 3
        assert told["figures"]["vouchers"] == 1


@pytest.mark.fault("FM-06")
async def test_every_difference_is_found_on_the_screen_and_by_the_command(shop):
    async with shop(**MARKED) as s:
        other = Other(s)
        used = await sell(s, 0, "5", "6", "00", voucher="LUMEN10")
        missing, amount, doubled = [await put(s, minor, EntryState.DONE) for minor in (1100, 1200, 1300)]
        s.practice.fault(fault(*SALES, code=400, body={"code": 40, "message": "no"}))
        refused = await put(s, 1400, EntryState.REFUSED)
        s.practice.fault(fault(*SALES, None, code=429, headers={"Retry-After": "300"}))
        waiting = await put(s, 1500, EntryState.WAITING)
        given_up, unsent = [await put(s, minor) for minor in (1600, 1700)]  # behind it, of the same customer
        await s.counter.outbox.settle_by_hand(given_up, EntryState.REFUSED, "Mai A.", "the customer left")
        other.tampers(forget_sale=s.sale(missing)["id"])
        other.tampers(sale=s.sale(amount)["id"], amount=12.5)
        s.practice.fault()  # the till goes on waiting, as it was asked to
        for reference, value in ((doubled, 13.0), (refused, 14.0), (waiting, 15.0), (given_up, 16.0)):
            other.sells(1, value, reference, **MARK)
        other.sells(1, 99.0, "4" * 24, **MARK)
        other.sells(1, 98.0, "another till's", till="Till 1", shop=MARK["shop"])
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.scan("CAFE01")
        await s.hand.sees("Held for this sale")
        other.tampers(voucher=s.voucher("LUMEN10")["id"], state="issued")
        other.tampers(voucher=s.voucher("CAFE01")["id"], state="redeemed")
        await grown_old(s)
        code, told = await ask(s, "reconcile")
        assert (code, told["compared"], told["stopped"], told["not_sent"]) == (1, 2, "", 1)
        found = {(one["what"], one["ref"]) for one in told["differences"]}
        held = next(entry.ref for entry in await s.counter.outbox.entries([EntryState.DONE], limit=1))
        assert found == {
            ("missing", missing), ("amount", amount), ("doubled", doubled), ("not_ours", refused),
            ("not_ours", waiting), ("not_ours", given_up), ("foreign", "4" * 24), ("not_used", used), ("used", held),
        }  # fmt: skip
        said = " ".join(one["sentence"] for one in told["differences"])
        for words in ("SGD 11.00 is done here", "is SGD 12.00 here, and SGD 12.5", "SGD 13.00 2 times",
                      "here it was refused", "here it still waits to be sent", "here it was given up",
                      "SGD 99", "per our slip", "as used, but no sale"):  # fmt: skip
            assert words in said, words
        await compared(s)
        await s.hand.sees("9 differences", "2 of 2 customers compared")
        assert {one.ref for one in s.state.day.report.found.differences} == {ref for _, ref in found}
        assert unsent not in {ref for _, ref in found}


async def test_rows_that_perx_shows_late_are_no_differences(shop):
    async with shop(outbox={"settle_after_s": 60.0}, **MARKED) as s:
        s.practice.ask("POST", "/_sandbox/settings", {"sales_show_after_s": 600, "rule_delay_s": 600})
        await put(s, 1100, EntryState.DONE)
        code, told = await ask(s, "reconcile")
        assert (code, told["differences"], told["on_the_way"], told["compared"]) == (0, [], 1, 1)
        await compared(s)
        await s.hand.sees("Nothing differs", "Still on their way")


@pytest.mark.fault("FM-06")
async def test_what_was_not_sent_is_counted_whatever_day_it_is_from(shop):
    async with shop() as s:
        s.practice.fault(fault(*SALES, None, code=429, headers={"Retry-After": "300"}))
        await put(s, 1500, EntryState.WAITING)
        code, told = await ask(s, "reconcile", "--day", "2020-02-29")
        assert (code, told["day"], told["customers"]) == (0, "2020-02-29", 0)
        assert (told["figures"]["sales"], told["figures"]["backlog"]["waiting"]) == (0, 1)
        assert told["figures"]["backlog"]["oldest_at"]
        s.hand.tap("Menu")
        s.hand.tap("End of day")
        await s.hand.sees("Still to be sent", "Of any day.")


async def test_a_comparison_that_perx_cuts_short_says_how_far_it_came_and_goes_on(shop):
    async with shop() as s:
        for customer in (0, 1):
            await sell(s, customer, "1", "2", "00")
        s.practice.kill()
        await compared(s)
        await s.hand.sees(
            "0 of 2 customers compared", "Perx cannot be reached.", "[NET-01]", "Go on when Perx answers."
        )
        s.practice.start()
        await until(lambda: s.state.link.online, "the till never came back")
        s.hand.tap("Go on comparing")
        await s.hand.sees("Nothing differs", "2 of 2 customers compared")


async def test_a_second_tap_compares_once(shop):
    async with shop() as s:
        await sell(s, 0, "1", "2", "00")
        s.hand.tap("Menu")
        s.hand.tap("End of day")
        before = _reads(s)
        for _ in range(2):
            s.counter.till.post(CompareTapped())
        await until(lambda: s.state.day.report is not None and not s.state.day.comparing, "it never ended")
        assert _reads(s) - before == 1


def _reads(s) -> int:
    return sum(1 for one in s.ledger["requests"] if (one["method"], one["path"]) == ("GET", "/v4/transactions"))
