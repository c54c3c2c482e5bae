"""Canaries: no secret, token, PIN or personal record shows in a log, a repr, an exception or a result."""

from __future__ import annotations

import asyncio
import logging
import traceback

import pytest
from perx_loopback import SECRET, Seen, Wire, loopback, reply

from pos_app.perx.call import APPLICATION, Answer, Call, Exchange, Reply, user
from pos_app.perx.client import PerxClient
from pos_app.perx.errors import Facts, PerxError
from pos_app.perx.identifiers import Identifiers
from pos_app.perx.profile import Merchant
from pos_app.perx.wire import Row

ID = "6591234821"
TOKEN = "canary-token-88ab"
PASSWORD = "canary-password-17"
DEVICE = "canary-device-4"
PIN = "canary-9911"
CITIZEN = "canary-citizen-1-2345"
KEY = b"canary-key-3"
CANARIES = (SECRET, TOKEN, PASSWORD, DEVICE, PIN, CITIZEN, "canary-key-3", ID)


async def mint(seen: Seen, _wire: Wire) -> bytes:
    return reply(200, {"access_token": TOKEN, "expires_in": 300})


async def echo(seen: Seen, _wire: Wire) -> bytes | None:
    """A server that says too much, and then misbehaves."""
    said = f"bearer {TOKEN}, secret {SECRET}, device {DEVICE}"
    match seen.path.rsplit("/", 1)[-1]:
        case "5":
            return b"HTTP/1.1 banana " + said.encode() + b"\r\n\r\n"
        case "6":
            return None
        case "redeem":
            return reply(400, {"code": 40, "message": said, "error_params": CITIZEN})
        case "revert_redemption":
            return reply(200, {"data": {"id": CITIZEN, "pin": PIN}})
        case _:
            return reply(200, b'{"data": {"citizen": "' + CITIZEN.encode(), Content_Type="application/json")


@pytest.mark.fault("row 17", "row 43")
def test_canaries(caplog: pytest.LogCaptureFixture):
    shown: list[str] = []

    async def run():
        async with loopback(echo, mint) as server:
            profile = server.profile(
                merchant=Merchant(username="m", password=PASSWORD),
                device_credential=DEVICE,
                identifiers=Identifiers("hmac-sha256", key=KEY),
            )
            seen: list[Exchange] = []
            async with PerxClient(profile, on_exchange=seen.append) as client:
                calls = [client.voucher(ID, 5), client.voucher(ID, 6), client.redeem_voucher(ID, 7, PIN)]
                calls += [client.revert_voucher(8), client.voucher(ID, 9)]
                for call in calls:
                    with pytest.raises(PerxError) as caught:
                        await call
                    exc = caught.value
                    shown.extend((str(exc), repr(exc), repr(exc.facts), exc.said, repr(vars(exc))))
                    shown.extend(traceback.format_exception_only(exc))
                shown.extend((repr(client), repr(profile), str(profile), repr(profile.merchant), repr(seen)))

    with caplog.at_level(logging.DEBUG):
        asyncio.run(run())
    text = "\n".join([caplog.text, *shown])
    assert "POST /v4/vouchers/{id}/redeem" in caplog.text
    assert "PX-000" in text
    assert [canary for canary in CANARIES if canary in text] == []


def test_values_of_a_call_keep_their_content_to_themselves():
    call = Call("POST", "/x/{id}", user(ID), (ID,), {"identifier": ID}, {"pin": PIN})
    answer = Answer({"citizen": CITIZEN}, Row({"x": CITIZEN}), Facts())
    text = repr((call, answer, Reply(200, "", {}, CITIZEN.encode()), APPLICATION))
    assert [canary for canary in CANARIES if canary in text] == []


def test_a_failed_rules_parameters_are_dropped_on_arrival():
    row = {
        "id": 12,
        "amount": -22,
        "properties": {"error_message": "You do not have enough points", "error_params": {"c": CITIZEN}},
        "transaction_details": {"data": {"properties": {"error_params": CITIZEN}, "user": {"phone": ID}}},
    }

    async def history(_seen: Seen, _wire: Wire) -> bytes:
        return reply(200, {"data": [row]})

    async def run():
        async with loopback(history, mint) as server, PerxClient(server.profile()) as client:
            [found] = await client.movements(ID)
        assert found.error == "You do not have enough points"
        assert CITIZEN not in repr(found)
        assert ID not in repr(found)

    asyncio.run(run())


@pytest.mark.fault("row 43")
def test_httpx_never_logs_addresses():
    assert logging.getLogger("httpx").getEffectiveLevel() >= logging.WARNING
    assert logging.getLogger("httpcore.http11").getEffectiveLevel() >= logging.WARNING
