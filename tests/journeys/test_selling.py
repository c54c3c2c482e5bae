"""The main job at the counter, as a cashier does it."""

from __future__ import annotations

import json

import pytest

from pos_app.tour.hand import press, until


def qr(shop, code: str) -> str:
    """What the customer's phone shows for a voucher."""
    row = next(one for one in shop.practice.announced["vouchers"] if one["voucher_code"] == code)
    return json.dumps({"identifier": row["customer_identifier"], "voucherId": row["id"]})


async def test_a_voucher_first_finds_its_customer_and_is_held(shop):
    async with shop() as s:
        s.scan(qr(s, "LUMEN10"))
        await s.hand.sees("4821", "2,480", "Held for this sale")
        assert s.voucher("LUMEN10")["state"] == "redemption_in_progress"
        s.keys("8", "0", "00")
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.", "70.00")
        assert s.voucher("LUMEN10")["redemptions"] == 1
        assert float(s.sale(s.record.ref)["amount"]) == 70


async def test_bare_codes_in_either_order_find_customer_and_voucher(shop):
    async with shop() as s:
        s.scan("CAFE01")
        await s.hand.sees("Perx knows no member with this code")
        s.scan(s.known[0])
        await s.hand.sees("4821", "Held for this sale", "Code ends FE01")
        s.hand.tap("Cancel sale")
        await until(lambda: s.voucher("CAFE01")["state"] == "issued", "the voucher was not given back")
        s.line.send(b"CAFE01\r" + s.known[0].encode() + b"\r")
        await s.hand.sees("4821", "Held for this sale")
        assert s.voucher("CAFE01")["holds"] == 2


@pytest.mark.fault("FM-11")
async def test_ten_taps_on_complete_are_one_sale(shop):
    async with shop() as s:
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.keys("1", "5", "00")
        s.practice.fault({"match": {"method": "POST", "path": "/v4/pos"}, "action": {"kind": "delay_before", "s": 1.5}})
        main = next(tap for tap in s.hand.window.targets() if tap.accessibleName().startswith("Complete"))
        for _ in range(10):
            press(main)
        assert "Sending" in s.hand.said(), "busy has to be on the screen before anything is waited for"
        await s.hand.sees("Perx has the sale.")
        s.practice.fault()
        assert len(s.ledger["transactions"]) == 1
        await s.hand.sees("Perx gave")


@pytest.mark.fault("FM-11")
async def test_an_unknown_code_becomes_a_member_once(shop):
    async with shop() as s:
        s.scan("NEW-MEMBER-77")
        await s.hand.sees("Perx knows no member with this code", "NEW-MEMBER-77", "New member")
        main = next(tap for tap in s.hand.window.targets() if tap.accessibleName().startswith("New member"))
        press(main)
        press(main)
        await s.hand.sees("ER-77"[-4:], "Vouchers")
        await until(lambda: s.state.sale.known is not None, "the new member is not on the sale")
        made = [one for one in s.ledger["customers"] if one["identifier"] == "NEW-MEMBER-77"]
        assert len(made) == 1
        posts = [
            one for one in s.ledger["requests"] if (one["method"], one["path"]) == ("POST", "/v4/pos/user_accounts")
        ]
        assert len(posts) == 1


@pytest.mark.fault("FM-15")
async def test_each_refusal_says_its_reason_and_holds_nothing(shop):
    async with shop() as s:
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        for code, said in {
            "CAFE02": "Refused: already used on",
            "SWEET9": "Refused: ended on",
            "LUMEN12": "Not yet: from",
            "JUICE8": "Refused: held at another till or on a phone",
            "NOSUCH1": "Not known: no voucher of this member",
        }.items():
            before = {one["id"]: one["holds"] for one in s.ledger["vouchers"]}
            s.scan(code)
            await s.hand.sees(said)
            assert {one["id"]: one["holds"] for one in s.ledger["vouchers"]} == before
            row = s.state.sale.lines[-1]
            s.hand.tap(f"Remove {row.voucher.name if row.voucher else row.text}")
            await until(lambda: not s.state.sale.lines, "the row stays")


async def test_minimum_spend_decides_whether_a_held_voucher_counts(shop):
    async with shop() as s:
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.scan("LUMEN10")
        await s.hand.sees("Held for this sale")
        s.keys("3", "0", "00")
        await s.hand.sees("Not yet: 20.00 more to spend")
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.")
        await until(lambda: s.voucher("LUMEN10")["state"] == "issued", "the voucher that did not count was kept")
        assert float(s.sale(s.record.ref)["amount"]) == 30
        assert s.voucher("LUMEN10")["redemptions"] == 0


@pytest.mark.fault("FM-12", "row 21")
async def test_two_tills_cannot_hold_one_voucher(shop):
    async with shop() as s:
        other = next(one for one in s.ledger["vouchers"] if one["voucher_code"] == "LUMEN10")
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        token = s.practice.ask(
            "POST",
            "/v4/oauth/token",
            {
                "client_id": s.practice.announced["client_id"],
                "client_secret": s.practice.announced["client_secret"],
                "grant_type": "client_credentials",
                "scope": f"user_account(identifier:{s.known[0]})",
            },
        )["access_token"]
        held = s.practice.ask(
            "POST", f"/v4/vouchers/{other['id']}/redeem?confirm=false", {}, {"Authorization": f"Bearer {token}"}
        )
        assert held["data"]["state"] == "redemption_in_progress"
        s.scan("LUMEN10")
        await s.hand.sees("Refused")
        assert s.voucher("LUMEN10")["holds"] == 1
        s.hand.tap("Cancel sale")
        await s.hand.sees("Ready to scan")
        assert s.voucher("LUMEN10")["state"] == "redemption_in_progress", "the other till's hold was taken away"


@pytest.mark.fault("FM-12", "row 22")
async def test_cancel_and_exit_give_held_vouchers_back(shop):
    async with shop() as s:
        await s.close()
        await s.open(give_back=True)
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.scan("LUMEN10")
        await s.hand.sees("Held for this sale")
        s.hand.tap("Cancel sale")
        await until(lambda: s.voucher("LUMEN10")["state"] == "issued", "cancel did not give the voucher back")
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.scan("CAFE01")
        await s.hand.sees("Held for this sale")
        await s.close()
        assert s.voucher("CAFE01")["state"] == "issued", "exit did not give the voucher back"


async def test_our_slip_finds_its_sale_and_a_foreign_one_says_so(shop):
    async with shop() as s:
        s.scan(s.known[1])
        await s.hand.sees("can be used now")
        s.keys("9", "00")
        s.hand.tap("Complete")
        await s.hand.sees("Perx gave")
        ref = s.record.ref
        s.hand.tap("Next customer")
        s.scan(ref)
        await s.hand.sees("Sale of", "9.00", "5402")
        s.hand.tap("Back")
        s.scan(("1" * 22 + "00")[:22] + f"{98 - int('1' * 22 + '00') % 97:02d}")
        await s.hand.sees("No sale of this till has that slip")


async def test_an_identifier_leaves_the_till_only_as_a_token(shop):
    env_key = "POS_APP_SECRET_IDENTIFIER_KEY"
    tables = {"identifiers": {"scheme": "hmac-sha256", "spelling": "digits"}}
    from pos_app.practice import Practice

    plain = Practice.secrets
    Practice.secrets = property(lambda self: {**plain.fget(self), env_key: "the-tenants-own-key"})  # type: ignore[method-assign]
    try:
        async with shop(**tables) as s:
            s.scan("+65 9123 4821")
            await s.hand.sees("Perx knows no member with this code")
            s.hand.tap("New member")
            await until(lambda: s.state.sale.known is not None, "no member was made")
            made = s.ledger["customers"][-1]["identifier"]
            assert len(made) == 64
            assert "91234821" not in json.dumps(s.ledger["requests"])
            await s.hand.sees("•••• 4821")
    finally:
        Practice.secrets = plain  # type: ignore[method-assign]
