"""Tokens: how they are asked for, shared, ended and refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from perx_loopback import SECRET, Behaviour, Loopback, Seen, Wire, answering, loopback, reply, tokens

from pos_app.perx.auth import Tokens
from pos_app.perx.call import APPLICATION, Answer, Call, user
from pos_app.perx.client import PerxClient
from pos_app.perx.errors import Facts, NotAllowed, PerxError, Refused, Unreachable
from pos_app.perx.profile import Merchant, Profile
from pos_app.perx.wire import Row

ID = "6591234821"
CUSTOMER = answering(reply(200, {"data": {"id": 253, "identifier": ID}}))
VOUCHER = answering(reply(200, {"data": {"id": 5, "state": "issued"}}))


def run(
    script: Callable[[PerxClient, Loopback], Awaitable[None]],
    behave: Behaviour = VOUCHER,
    mint: Behaviour = tokens,
    **changes: Any,
) -> Loopback:
    """Run a script against a fresh server and return what the server saw."""

    async def main() -> Loopback:
        async with loopback(behave, mint) as server:
            async with PerxClient(server.profile(**changes)) as client:
                await script(client, server)
            return server

    return asyncio.run(main())


async def refused(call: Awaitable[object], kind: type[PerxError], problem: str) -> PerxError:
    with pytest.raises(PerxError) as caught:
        await call
    assert type(caught.value) is kind
    assert caught.value.problem == problem
    return caught.value


def test_what_goes_out_for_each_grant():
    async def script(client: PerxClient, server: Loopback):
        await client.customer(ID)
        await client.balances(ID)
        await client.customer_by_phone("85291234567")

    async def behave(seen: Seen, _wire: Wire) -> bytes:
        listed = seen.path == "/v4/loyalty"
        return reply(200, {"data": [] if listed else {"id": 253, "identifier": ID}})

    server = run(script, behave, merchant=Merchant(identifier="LO-1"))
    ours = {"client_id": "till-1", "client_secret": SECRET, "grant_type": "client_credentials"}
    assert [one.body for one in server.minted] == [
        ours,
        ours | {"scope": f"user_account(identifier:{ID})", "expires_in": 300},
        ours | {"scope": "merchant_user_account", "identifier": "LO-1"},
    ]
    assert all(not one.query and "authorization" not in one.headers for one in server.minted)
    assert [one.headers["authorization"] for one in server.seen] == [
        "Bearer T-application",
        f"Bearer T-user-{ID}",
        "Bearer T-merchant",
    ]


def test_a_merchant_who_signs_in():
    async def script(client: PerxClient, server: Loopback):
        await client.customer_by_phone("85291234567")

    server = run(script, CUSTOMER, merchant=Merchant(username="Shop@Example.test", password="hunter2!"))
    assert [one.body for one in server.minted] == [
        {
            "client_id": "till-1",
            "client_secret": SECRET,
            "username": "shop@example.test",
            "password": "hunter2!",
            "scope": "merchant_credentials",
        }
    ]


def test_a_broker_needs_no_secret():
    async def main():
        async with loopback(answering(), tokens) as broker, loopback(CUSTOMER) as server:
            profile = Profile(
                server.base_url,
                "till-1",
                token_url=f"{broker.base_url}/v4/oauth/token",
                device_credential="device-7",
            )
            async with PerxClient(profile) as client:
                await client.customer(ID)
            assert not server.minted
            assert [one.body for one in broker.minted] == [{"client_id": "till-1", "grant_type": "client_credentials"}]
            assert broker.minted[0].headers["authorization"] == "Bearer device-7"
            assert server.seen[0].headers["authorization"] == "Bearer T-application"

    asyncio.run(main())


def test_fifty_at_once_ask_for_one_token():
    async def script(client: PerxClient, server: Loopback):
        found = await asyncio.gather(*(client.voucher(ID, 5) for _ in range(50)))
        assert len(found) == 50

    server = run(script)
    assert len(server.minted) == 1
    assert len(server.seen) == 50


def test_each_customer_has_a_token_of_their_own():
    async def script(client: PerxClient, server: Loopback):
        await asyncio.gather(*(client.voucher(name, 5) for name in ("anna", "ben", "anna")))

    server = run(script)
    assert sorted(one.body["scope"] for one in server.minted) == [
        "user_account(identifier:anna)",
        "user_account(identifier:ben)",
    ]


def numbered() -> Behaviour:
    count = 0

    async def mint(_seen: Seen, _wire: Wire) -> bytes:
        nonlocal count
        count += 1
        return reply(200, {"access_token": f"T-{count}", "expires_in": 300})

    return mint


@pytest.mark.fault("row 16")
def test_a_revoked_token_is_replaced_once_for_everybody():
    async def behave(seen: Seen, _wire: Wire) -> bytes:
        if seen.headers["authorization"] == "Bearer T-1":
            return reply(401, {"error": "invalid_token", "error_description": "revoked"})
        return reply(200, {"data": {"id": 5, "state": "issued"}})

    async def script(client: PerxClient, server: Loopback):
        await asyncio.gather(*(client.revert_voucher(5) for _ in range(50)))

    server = run(script, behave, numbered())
    assert len(server.minted) == 2
    assert len(server.seen) <= 100
    assert sum(one.headers["authorization"] == "Bearer T-2" for one in server.seen) == 50


@pytest.mark.fault("row 16")
def test_a_second_401_ends_it():
    async def script(client: PerxClient, server: Loopback):
        exc = await refused(client.revert_voucher(5), NotAllowed, "KEY-01")
        assert exc.status == 401

    server = run(script, answering(reply(401, {"error": "invalid_token"})), numbered())
    assert [one.headers["authorization"] for one in server.seen] == ["Bearer T-1", "Bearer T-2"]


class Clock:
    """The monotonic clock, moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.fault("row 5")
@pytest.mark.parametrize(
    ("stated", "good_s", "over_s"),
    [(300, 269.0, 271.0), (7200, 7169.0, 7171.0), (20, 17.9, 18.1), ("300", 269.0, 271.0), (None, 269.0, 271.0)],
)
def test_a_token_ends_a_margin_before_its_time(stated: object, good_s: float, over_s: float):
    minted = 0

    async def send(_call: Call) -> Answer:
        nonlocal minted
        minted += 1
        data = {"access_token": f"T-{minted}", "bearer_token": None, "expires_in": stated}
        return Answer(data, Row(None), Facts())

    async def main():
        clock = Clock()
        held = Tokens(Profile("http://127.0.0.1", "a", "b"), send, clock)
        assert await held.bearer(APPLICATION) == "T-1"
        clock.now_s = 1000 + good_s
        assert await held.bearer(APPLICATION) == "T-1"
        clock.now_s = 1000 + over_s
        assert await held.bearer(APPLICATION) == "T-2"
        await held.aclose()

    asyncio.run(main())


def test_a_cancelled_waiter_does_not_end_the_others():
    async def main():
        gate = asyncio.Event()

        async def send(_call: Call) -> Answer:
            await gate.wait()
            data = {"access_token": "T", "bearer_token": None, "expires_in": 60}
            return Answer(data, Row(None), Facts())

        held = Tokens(Profile("http://127.0.0.1", "a", "b"), send)
        first, second = (asyncio.create_task(held.bearer(APPLICATION)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        gate.set()
        assert await second == "T"
        assert first.cancelled()
        await held.aclose()

    asyncio.run(main())


def test_closing_ends_a_token_request_under_way():
    async def main():
        async def send(_call: Call) -> Answer:
            await asyncio.Event().wait()
            raise AssertionError

        held = Tokens(Profile("http://127.0.0.1", "a", "b"), send)
        waiting = asyncio.create_task(held.bearer(user(ID)))
        await asyncio.sleep(0)
        await held.aclose()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())


UNAUTHORIZED = reply(401, {"error": "invalid_client", "error_description": "Client authentication failed"})


@pytest.mark.fault("FM-15")
def test_an_unknown_identifier_is_told_from_bad_credentials():
    async def unknown_user(seen: Seen, wire: Wire) -> bytes:
        return UNAUTHORIZED if "scope" in seen.body else await tokens(seen, wire)

    async def script(client: PerxClient, server: Loopback):
        await refused(client.voucher("nobody", 5), Refused, "PX-001")

    assert not run(script, VOUCHER, unknown_user).seen

    async def script_bad(client: PerxClient, server: Loopback):
        await refused(client.voucher(ID, 5), NotAllowed, "KEY-01")
        await refused(client.revert_voucher(5), NotAllowed, "KEY-01")
        await refused(client.probe(), NotAllowed, "KEY-01")

    assert not run(script_bad, VOUCHER, answering(UNAUTHORIZED)).seen


async def hang_up(_seen: Seen, _wire: Wire) -> None:
    return None


@pytest.mark.fault("row 16")
@pytest.mark.parametrize(
    ("mint", "kind", "problem"),
    [
        (hang_up, Unreachable, "NET-02"),
        (answering(reply(500)), Unreachable, "NET-06"),
        (answering(reply(429, {"message": "wait"}, Retry_After="9")), Unreachable, "NET-05"),
        (answering(reply(200, b"<html>log in</html>", "text/html")), Unreachable, "NET-03"),
        (answering(reply(302, None, Location="http://login.invalid")), Unreachable, "NET-03"),
        (answering(reply(200, {"token_type": "bearer"})), Unreachable, "NET-07"),
        (answering(reply(200, {"access_token": 7})), Unreachable, "NET-07"),
        (answering(reply(200, {"access_token": "a\r\nX-Evil: 1"})), Unreachable, "NET-07"),
        (answering(reply(404, {"code": 45, "message": "no"})), Unreachable, "NET-08"),
        (answering(reply(200, {"code": 40, "message": "Invalid credentials"})), NotAllowed, "KEY-01"),
        (answering(reply(400, {"error": "invalid_grant"})), NotAllowed, "KEY-01"),
        (answering(reply(403, {"message": "no"})), NotAllowed, "KEY-03"),
    ],
)
def test_without_a_token_nothing_is_sent(mint: Behaviour, kind: type[PerxError], problem: str):
    async def script(client: PerxClient, server: Loopback):
        await refused(client.revert_voucher(5), kind, problem)

    assert not run(script, VOUCHER, mint).seen


def test_a_token_that_does_not_come_in_time():
    async def stall(_seen: Seen, wire: Wire) -> None:
        await wire.reader.read(1)

    async def script(client: PerxClient, server: Loopback):
        await refused(client.revert_voucher(5), Unreachable, "NET-01")

    assert not run(script, VOUCHER, stall, timeout_s=0.4).seen


@pytest.mark.fault("row 17")
def test_no_credentials_at_all():
    async def script(client: PerxClient, server: Loopback):
        await refused(client.revert_voucher(5), NotAllowed, "KEY-02")
        await refused(client.customer_by_phone("85291234567"), NotAllowed, "KEY-02")

    server = run(script, VOUCHER, client_secret="")
    assert not server.seen
    assert not server.minted
    assert not run(script_merchant, CUSTOMER).minted


async def script_merchant(client: PerxClient, server: Loopback) -> None:
    await refused(client.customer_by_phone("85291234567"), NotAllowed, "KEY-02")


def test_a_probe_asks_for_a_fresh_token_each_time():
    async def script(client: PerxClient, server: Loopback):
        await client.probe()
        await client.probe()

    assert len(run(script).minted) == 2
