"""Lost answers, dead networks, full disks, hostile codes: what the cashier reads, and what Perx's ledger says."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from journey_faults import fault

from pos_app.domain.codes import Ref
from pos_app.outbox import StorageError
from pos_app.tour.hand import until
from pos_app.ui.present import present

PLAIN_SALE = "/v4/pos/transactions"


async def begin(s, *codes: str, customer: int = 0) -> None:
    """A customer on the counter, and vouchers held."""
    s.scan(s.known[customer])
    await s.hand.sees("can be used now")
    for code in codes:
        s.scan(code)
        await until(
            lambda code=code: any(
                line.state == "held" and line.voucher and line.voucher.code == code for line in s.state.sale.lines
            ),
            f"{code} was never held",
        )


@pytest.mark.fault("FM-01")
@pytest.mark.parametrize("losses", [1, 2])
async def test_a_lost_reply_to_a_sale_is_looked_up_and_never_doubled(shop, losses):
    async with shop() as s:
        await begin(s, customer=1)
        s.keys("1", "2", "00")
        s.practice.fault(fault("POST", PLAIN_SALE, "drop_after", losses))
        s.hand.tap("Complete")
        await s.hand.sees("No answer yet", "Say to the customer")
        await s.hand.sees("Perx has the sale.")
        s.sale(s.record.ref)
        assert len(s.ledger["transactions"]) == 1


@pytest.mark.fault("FM-01", "row 18")
async def test_a_sale_that_perx_commits_long_after_our_time_out_is_not_sent_again(shop):
    async with shop(perx={"timeout_s": 1.0}) as s:
        await begin(s, customer=1)
        s.keys("1", "2", "00")
        s.practice.fault(fault("POST", PLAIN_SALE, "delay_commit", s=2.5))
        s.hand.tap("Complete")
        await s.hand.sees("No answer yet")
        await s.hand.sees("Perx has the sale.")
        s.sale(s.record.ref)
        assert len(s.ledger["transactions"]) == 1


async def test_a_lost_request_is_sent_again_after_the_wait(shop):
    async with shop() as s:
        await begin(s, customer=1)
        s.keys("1", "2", "00")
        s.practice.fault(fault("POST", PLAIN_SALE, "drop_before"))
        s.hand.tap("Complete")
        await s.hand.sees("No answer yet")
        await s.hand.sees("Perx has the sale.")
        s.sale(s.record.ref)


@pytest.mark.fault("FM-01", "FM-12")
async def test_a_lost_reply_to_an_invoice_uses_the_voucher_once(shop):
    async with shop() as s:
        await begin(s, "LUMEN10")
        s.keys("5", "6", "00")
        s.practice.fault(fault("POST", "/v4/pos/invoices", "drop_after"))
        s.hand.tap("Complete")
        await s.hand.sees("No answer yet", "May or may not be used", "Give the discount once.")
        await s.hand.sees("1 voucher used. Perx confirmed it.")
        assert s.voucher("LUMEN10")["redemptions"] == 1
        assert len(s.ledger["invoices"]) == 1


@pytest.mark.fault("FM-01", "FM-12")
async def test_a_lost_reply_to_a_hold_is_our_own_hold(shop):
    async with shop() as s:
        await begin(s)
        s.practice.fault(fault("POST", "^/v4/vouchers/.*/redeem", "drop_after"))
        s.scan("LUMEN10")
        await s.hand.sees("No answer: may or may not be held")
        await s.hand.sees("Held for this sale")
        assert s.voucher("LUMEN10")["holds"] == 1


@pytest.mark.fault("FM-12")
async def test_a_hold_that_comes_true_after_its_row_was_removed_is_given_back(shop):
    async with shop() as s:
        await begin(s)
        s.practice.fault(fault("POST", "^/v4/vouchers/.*/redeem", "drop_after"))
        s.scan("LUMEN10")
        await s.hand.sees("No answer: may or may not be held")
        s.hand.tap("Remove 10.00 off")
        await until(
            lambda: s.voucher("LUMEN10")["reverts"] == 1 and s.voucher("LUMEN10")["state"] == "issued",
            "the hold leaked",
        )


@pytest.mark.fault("FM-07", "FM-15", "row 7")
async def test_a_captive_portal_is_an_outage_and_not_a_bad_member(shop):
    async with shop() as s:
        s.practice.fault(fault("", "/v4", "html", None))
        s.scan(s.known[0])
        await s.hand.sees("Offline", "Something between the till and Perx answered instead")
        assert "does not know" not in s.hand.said()
        s.practice.fault()
        await s.hand.sees("All ready")


def links(s) -> list[bool]:
    """Whether the till is online, as the window is told of each new state from now on."""
    turns: list[bool] = []

    def hear(state) -> None:
        turns.append(state.link.online)
        s.window.render(present(state))

    s.counter.till.listen(hear)
    return turns


@pytest.mark.fault("FM-07")
async def test_one_list_that_is_broken_at_perx_for_ever_is_no_outage(shop):
    async with shop() as s:
        turns = links(s)
        s.practice.fault(fault("GET", "^/v4/vouchers", "status", None, status=500))
        for customer in (0, 1, 0, 1):
            s.scan(s.known[customer])
            await until(lambda: s.state.sale.known is not None and s.state.sale.known.detailed, "never looked up")
            s.keys("1", "2", "00")
            await until(
                lambda: any(one.accessibleName().startswith("Complete") for one in s.window.targets()),
                "the sale cannot be completed",
            )
            s.hand.tap("Complete")
            await s.hand.sees("Perx has the sale.")
            s.hand.tap("Next customer")
        assert all(turns), "the till went offline for one broken list"
        assert len(s.ledger["transactions"]) == 4


@pytest.mark.fault("FM-07")
async def test_tokens_without_anything_else_are_an_outage_that_does_not_flap(shop):
    async with shop() as s:
        turns = links(s)
        s.practice.fault(fault("", "^/v4/(?!oauth)", "status", None, status=503))
        s.scan(s.known[0])
        await s.hand.sees("Offline")
        asked = s.state.link.probes
        await until(lambda: s.state.link.probes > asked + 1, "Perx is not asked whether it is back")
        assert not s.state.link.online
        s.practice.fault()
        await until(lambda: s.state.link.online, "the till never came back")
        assert sum(was != now for was, now in pairwise(turns)) == 2


@pytest.mark.fault("row 10", "row 45")
@pytest.mark.parametrize("kind", ["nan", "truncate", "garbage", "empty", "content_type"])
async def test_an_unreadable_answer_never_counts_as_one(shop, kind):
    more = {"value": "text/plain"} if kind == "content_type" else {}
    async with shop() as s:
        await begin(s, customer=1)
        s.keys("1", "2", "00")
        s.practice.fault(fault("POST", PLAIN_SALE, kind, **more))
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.")
        s.sale(s.record.ref)
        assert len(s.ledger["transactions"]) == 1


@pytest.mark.fault("row 14")
async def test_a_refused_invoice_keeps_the_sale_and_says_why(shop):
    body = {"code": 7, "message": "Voucher state transition failed"}
    async with shop() as s:
        await begin(s, "LUMEN10")
        s.keys("5", "6", "00")
        s.practice.fault(fault("POST", "/v4/pos/invoices", "status", code=400, body=body))
        s.hand.tap("Complete")
        await s.hand.sees("The voucher is not free", "PX-003", "Back to the sale")
        s.hand.tap("Back to the sale")
        await s.hand.sees("56.00", "Held for this sale")
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.")
        assert len(s.ledger["invoices"]) == 1


@pytest.mark.fault("row 16", "row 17")
async def test_wrong_credentials_are_named_and_sales_are_kept(shop):
    async with shop() as s:
        await begin(s, customer=1)
        s.practice.ask("POST", "/_sandbox/tokens/revoke", {})
        s.practice.fault(fault("POST", "/v4/oauth/token", "status", None, code=401, body={"error": "invalid_client"}))
        s.keys("1", "2", "00")
        s.hand.tap("Complete")
        await s.hand.sees("Perx does not accept this till's credentials.", "Saved")
        s.practice.fault()
        await until(lambda: not s.state.backlog.waiting, "the sale was never delivered")
        assert len(s.ledger["transactions"]) == 1


@pytest.mark.fault("row 4")
@pytest.mark.log_warnings("could not be stored")
async def test_a_full_disk_keeps_the_sale_on_the_screen_and_sends_nothing(shop):
    async with shop() as s:
        await begin(s, customer=1)
        s.keys("1", "2", "00")
        await until(lambda: not s.counter.till.is_busy, "the till never came to rest")
        database = s.counter.outbox._db
        pages = await database.call(lambda connection: connection.pragma("page_count"))
        await database.call(lambda connection: connection.pragma("max_page_count", pages))
        await fill(s.counter.sales)
        s.hand.tap("Complete")
        await s.hand.sees("The till's disk is full.", "What you typed is still on the screen", "DISK-01")
        assert not s.ledger["transactions"]
        await database.call(lambda connection: connection.pragma("max_page_count", 1_000_000))
        s.hand.tap("Back to the sale")
        await s.hand.sees("12.00")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.")
        assert len(s.ledger["transactions"]) == 1


async def fill(sales) -> None:
    """Fill the last pages of the sales, so that the next one needs a new page."""
    with suppress(StorageError):
        for number in range(100_000):
            await sales.keep_sale(Ref(f"{number:024d}"), datetime.now(UTC), {"x": "y" * 100})


@pytest.mark.fault("row 29", "row 30")
@pytest.mark.parametrize(
    "code",
    ["A" * 10_000, "<table><tr><td>" * 30, "<img src=//host/share>", '{"identifier": NaN}', "\u202eevil\u2066", "]C1"],
    ids=["10 kB", "tables", "image", "NaN", "bidi", "only prefix"],
)
async def test_a_hostile_code_is_shown_bounded_and_plain(shop, code):
    async with shop() as s:
        s.scan(code)
        await until(
            lambda: bool(s.state.sale.trouble or s.state.sale.offer) or code == "]C1", "nothing was said of the code"
        )
        longest = max((len(line) for line in s.hand.said().splitlines()), default=0)
        assert longest < 200
        assert "\u202e" not in s.hand.said()
        s.scan(s.known[0])
        await s.hand.sees("4821")


@pytest.mark.fault("row 30")
async def test_html_in_a_vouchers_name_is_read_as_text(shop):
    async with shop() as s:
        await begin(s, "SWEET6")
        assert "Free dessert" in s.hand.said()


@pytest.mark.fault("FM-09")
@pytest.mark.parametrize("panel", ["menu", "typing", "waiting", "what_to_do", "service"])
async def test_a_scan_is_taken_on_every_screen_and_lands_in_no_field(shop, panel):
    from pos_app.till.events import KeyTapped, PanelOpened

    async with shop() as s:
        s.counter.till.post(PanelOpened(panel))
        if panel == "typing":
            s.counter.till.post(KeyTapped("7"))
        s.scan(s.known[0])
        await s.hand.sees("4821", "2,480")
        assert s.state.panel is None
        assert s.state.sale.bill_minor == 0


@pytest.mark.fault("FM-08", "row 23")
async def test_offline_the_member_is_remembered_and_a_voucher_waits(shop):
    async with shop() as s:
        await begin(s)
        s.hand.tap("Cancel sale")
        s.practice.kill()
        s.scan(s.known[0])
        await s.hand.sees("Offline", "4821", "2,480", "Using vouchers")
        s.scan("LUMEN10")
        await s.hand.sees("Not now: needs Perx")
        s.scan(json.dumps({"identifier": "6500000000"}))
        s.keys("5", "00")
        s.hand.tap("Save sale")
        await s.hand.sees("Saved", "1 waiting")


async def test_offline_the_member_is_remembered_with_the_points_of_the_last_sale(shop):
    async with shop() as s:
        await begin(s)
        s.keys("2", "0", "00")
        s.hand.tap("Complete")
        await s.hand.sees("New balance")
        after = s.record.points_after
        assert after > 2480
        s.practice.kill()
        s.scan(s.known[0])
        await s.hand.sees("Offline", "4821", f"{after:,}")
        assert s.state.sale.known.balance.points == after


async def test_staging_cannot_be_overlooked(shop):
    async with shop(profile={"environment": "staging"}) as s:
        await s.hand.sees("Staging: no real points")


@pytest.mark.fault("FM-12", "row 19")
async def test_a_voucher_that_somebody_else_used_is_no_proof_of_our_sale(shop):
    async with shop() as s:
        await begin(s, "LUMEN10")
        s.keys("5", "6", "00")
        announced, number = s.practice.announced, s.voucher("LUMEN10")["id"]
        asked = {key: announced[key] for key in ("client_id", "client_secret")} | {"grant_type": "client_credentials"}
        till = s.practice.ask("POST", "/v4/oauth/token", asked)["access_token"]
        asked["scope"] = f"user_account(identifier:{s.known[0]})"
        phone = s.practice.ask("POST", "/v4/oauth/token", asked)["access_token"]
        give_back, use = f"/v4/pos/vouchers/{number}/revert_redemption", f"/v4/vouchers/{number}/redeem"
        s.practice.ask("PUT", give_back, {}, {"Authorization": f"Bearer {till}"})
        s.practice.ask("POST", use, {}, {"Authorization": f"Bearer {phone}"})
        s.practice.fault(fault("POST", "/v4/pos/invoices", "drop_after"))
        s.hand.tap("Complete")
        await s.hand.sees("No answer yet")
        settled = ("attention", "refused", "done")
        await until(
            lambda: s.state.sale.record is None or s.state.sale.record.state in settled, "the sale was never settled"
        )
        record = s.state.sale.record
        assert record is None or record.state == "attention", f"{record.state}, though Perx has no such sale"
        assert not s.ledger["transactions"]
