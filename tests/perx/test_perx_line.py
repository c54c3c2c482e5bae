"""What each way of failing means: one row per failure, over a real socket, once for a write and once for a read."""

from __future__ import annotations

import asyncio
import gzip
import socket
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from msgspec.structs import replace
from perx_loopback import Behaviour, Loopback, Seen, Wire, answering, loopback, reply

from pos_app.domain.codes import Ref
from pos_app.domain.commands import RecordSale
from pos_app.perx.call import APPLICATION, Call, Exchange
from pos_app.perx.client import PerxClient
from pos_app.perx.errors import NotAllowed, PerxError, Refused, Uncertain, Unreachable
from pos_app.perx.profile import Profile

ID = "6591234821"
VOUCHER = {"data": {"id": 5, "name": "Tea", "state": "issued", "user_account": {"identifier": ID}}}
GOOD = reply(200, VOUCHER)
SHORT_S = 0.5
LONGEST_S = 3.0


async def close(_seen: Seen, _wire: Wire) -> None:
    """Read the request, then hang up."""


async def reset(_seen: Seen, wire: Wire) -> None:
    wire.abort()


async def stall(_seen: Seen, wire: Wire) -> None:
    await wire.reader.read(1)  # until the till gives up


async def drip(_seen: Seen, wire: Wire) -> None:
    for byte in GOOD:
        wire.writer.write(bytes([byte]))
        await wire.writer.drain()
        await asyncio.sleep(0.2)


async def half(_seen: Seen, wire: Wire) -> None:
    wire.writer.write(GOOD[:-10])
    await wire.writer.drain()


def body(raw: bytes, kind: str = "application/json", **headers: str) -> Behaviour:
    return answering(reply(200, raw, kind, **headers))


HTML = b"<html><body>Welcome to Mall Wi-Fi</body></html>"


def padded(size: int) -> bytes:
    """A voucher that would be fine, were it not so large."""
    return b'{"data": {"id": 5, "state": "issued", "pad": "' + b"0" * size + b'"}}'


BOMB = gzip.compress(padded(50_000_000))
NO_ID = body(b'{"data": {"id": ' + b"9" * 30 + b"}}")
FAILURES: list[tuple[str, Behaviour, type[PerxError], str]] = [
    ("read, then closed", close, Uncertain, "NET-02"),
    ("read, then reset", reset, Uncertain, "NET-02"),
    ("no answer", stall, Uncertain, "NET-02"),
    ("one byte each 0.2 s", drip, Uncertain, "NET-02"),
    ("truncated", half, Uncertain, "NET-02"),
    ("garbage instead of a status line", answering(b"HTP/9 whatever\r\n\r\n"), Uncertain, "NET-02"),
    ("408", answering(reply(408, {"message": "timeout"})), Uncertain, "NET-02"),
    ("500 in JSON", answering(reply(500, {"code": 0, "message": "oops"})), Uncertain, "NET-06"),
    ("502 in HTML", answering(reply(502, HTML, "text/html")), Uncertain, "NET-06"),
    ("503 without a word", answering(reply(503)), Uncertain, "NET-06"),
    ("504", answering(reply(504)), Uncertain, "NET-06"),
    ("503 with Retry-After", answering(reply(503, Retry_After="7")), Uncertain, "NET-06"),
    ("429", answering(reply(429, HTML, "text/html")), Unreachable, "NET-05"),
    ("200 in HTML", body(HTML, "text/html; charset=utf-8"), Uncertain, "NET-03"),
    ("HTML that calls itself nothing", body(HTML, ""), Uncertain, "NET-03"),
    ("403 in HTML", answering(reply(403, HTML, "text/html")), Uncertain, "NET-03"),
    ("302", answering(reply(302, None, Location="http://login.invalid/")), Uncertain, "NET-03"),
    ("307", answering(reply(307, None, Location="/v4/elsewhere")), Uncertain, "NET-03"),
    ("JSON under another type", body(b'{"data": {"id": 5}}', "text/plain"), Uncertain, "NET-07"),
    ("HTML under JSON's type", body(HTML), Uncertain, "NET-07"),
    ("half a document", body(b'{"data": {"id": 5'), Uncertain, "NET-07"),
    ("no object", body(b"[1, 2]"), Uncertain, "NET-07"),
    ("nothing", answering(reply(200)), Uncertain, "NET-07"),
    ("data of another kind", body(b'{"data": "ok"}'), Uncertain, "NET-07"),
    ("NaN", body(b'{"data": {"id": 5, "x": NaN}}'), Uncertain, "NET-07"),
    ("Infinity", body(b'{"data": {"id": 5, "x": -Infinity}}'), Uncertain, "NET-07"),
    ("1e999", body(b'{"data": {"id": 5, "x": 1e999}}'), Uncertain, "NET-07"),
    ("1e99999999999999999999", body(b'{"data": {"x": 1e99999999999999999999}}'), Uncertain, "NET-07"),
    ("a number of 5000 digits", body(b'{"data": {"x": ' + b"9" * 5000 + b"}}"), Uncertain, "NET-07"),
    ("an id beyond all ids", NO_ID, Uncertain, "NET-07"),
    ("bottomless nesting", body(b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}"), Uncertain, "NET-07"),
    ("invalid UTF-8", body(b'{"data": {"id": 5, "name": "\xff\xfe"}}'), Uncertain, "NET-07"),
    ("too large", body(padded(1_100_000)), Uncertain, "NET-07"),
    ("gzip bomb", body(BOMB, Content_Encoding="gzip"), Uncertain, "NET-07"),
    ("gzip cut short", body(gzip.compress(GOOD)[:-9], Content_Encoding="gzip"), Uncertain, "NET-07"),
    ("no gzip at all", body(b"{}", Content_Encoding="gzip"), Uncertain, "NET-07"),
    ("packed in a way not asked for", body(b"{}", Content_Encoding="br"), Uncertain, "NET-07"),
    ("another voucher", body(b'{"data": {"id": 6, "state": "issued"}}'), Uncertain, "NET-08"),
    ("401 again after a new token", answering(reply(401, {"message": "no"})), NotAllowed, "KEY-01"),
    ("401 in plain words", answering(reply(401, b"Access denied.", "text/plain")), NotAllowed, "KEY-01"),
    ("403", answering(reply(403, {"message": "forbidden"})), NotAllowed, "KEY-03"),
    ("404", answering(reply(404, {"code": 45, "message": "no"})), Refused, "PX-002"),
    ("422", answering(reply(422, {"code": 0, "message": "no"})), Refused, "PX-000"),
    ("413", answering(reply(413)), Refused, "PX-010"),
]


async def outcome(client: PerxClient, write: bool) -> PerxError | None:
    call = client.revert_voucher(5) if write else client.voucher(ID, 5)
    try:
        await call
    except PerxError as exc:
        return exc
    return None


@pytest.mark.fault("FM-15", "row 7", "row 9", "row 10", "row 11", "row 12", "row 14", "row 19", "row 45")
@pytest.mark.parametrize("write", [True, False], ids=["write", "read"])
@pytest.mark.parametrize(("behave", "kind", "problem"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_failure(behave: Behaviour, kind: type[PerxError], problem: str, write: bool):
    async def run():
        seen: list[Exchange] = []
        async with loopback(behave) as server:
            slow = behave in (stall, drip)
            profile = server.profile(timeout_s=SHORT_S if slow else LONGEST_S)
            async with PerxClient(profile, on_exchange=seen.append) as client:
                started_s = time.monotonic()
                exc = await outcome(client, write)
                took_s = time.monotonic() - started_s
            assert type(exc) is kind
            assert exc.problem == problem
            assert took_s < LONGEST_S
            sent = len(server.seen)
            assert sent == (2 if problem == "KEY-01" else 1) if write else sent <= 2
            if seen[-1].problem or (problem != "NET-08" and behave is not NO_ID):  # judged after the exchange
                assert seen[-1].problem == problem
                assert seen[-1].ok == (kind in (Refused, NotAllowed))

    asyncio.run(run())


def test_closed_before_the_request_is_read():
    async def run():
        async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
            writer.transport.abort()

        door = await asyncio.start_server(slam, "127.0.0.1", 0)
        async with door, loopback(answering(GOOD)) as server:
            base = f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}"
            profile = server.profile(token_url=f"{server.base_url}/v4/oauth/token")
            async with PerxClient(moved(profile, base)) as client:
                exc = await outcome(client, write=True)
        assert isinstance(exc, Uncertain)
        assert exc.problem == "NET-02"

    asyncio.run(run())


def moved(profile: Profile, base_url: str) -> Profile:
    return replace(profile, base_url=base_url)


@pytest.mark.fault("row 6")
@pytest.mark.parametrize("write", [True, False])
def test_nobody_listens(write: bool):
    async def run():
        async with loopback(answering(GOOD)) as server:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                base = f"http://127.0.0.1:{free.getsockname()[1]}"
            profile = moved(server.profile(token_url=f"{server.base_url}/v4/oauth/token"), base)
            async with PerxClient(profile) as client:
                exc = await outcome(client, write)
        assert isinstance(exc, Unreachable)
        assert exc.problem == "NET-01"

    asyncio.run(run())


@pytest.mark.fault("row 6")
def test_unknown_host():
    async def run():
        async with loopback(answering(GOOD)) as server:
            profile = moved(server.profile(), "https://perx.invalid")
            async with PerxClient(profile) as client:
                exc = await outcome(client, write=True)
        assert isinstance(exc, Unreachable)
        assert exc.problem == "NET-01"

    asyncio.run(run())


@pytest.mark.fault("row 6")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses where Linux lets wait")
def test_connection_that_is_never_made():
    async def run():
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            address = deaf.getsockname()
            fillers = [socket.socket() for _ in range(4)]
            for one in fillers:
                one.setblocking(False)
                one.connect_ex(address)
            async with loopback(answering(GOOD)) as server:
                profile = server.profile(token_url=f"{server.base_url}/v4/oauth/token", timeout_s=SHORT_S)
                async with PerxClient(moved(profile, f"http://127.0.0.1:{address[1]}")) as client:
                    exc = await outcome(client, write=True)
            for one in fillers:
                one.close()
        assert isinstance(exc, Unreachable)
        assert exc.problem == "NET-01"

    asyncio.run(run())


def test_no_free_connection_sends_nothing():
    async def run():
        async with loopback(stall) as server, PerxClient(server.profile(timeout_s=10)) as client:
            first = [asyncio.create_task(outcome(client, write=True)) for _ in range(10)]
            await arrived(server, 10)
            call = Call("PUT", "/v4/pos/vouchers/{id}/revert_redemption", APPLICATION, (5,))
            with pytest.raises(Unreachable) as caught:
                await client._line.ask(call, asyncio.get_running_loop().time() + 0.2)
            assert caught.value.problem == "NET-01"
            assert len(server.seen) == 10
            for task in first:
                task.cancel()
            await asyncio.gather(*first, return_exceptions=True)

    asyncio.run(run())


@pytest.mark.fault("row 8")
def test_plain_text_where_tls_is_due():
    async def run():
        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        door = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with door, loopback(answering(GOOD)) as server:
            base = f"https://127.0.0.1:{door.sockets[0].getsockname()[1]}"
            profile = moved(server.profile(token_url=f"{server.base_url}/v4/oauth/token"), base)
            async with PerxClient(profile) as client:
                exc = await outcome(client, write=True)
        assert isinstance(exc, Unreachable)
        assert exc.problem == "NET-04"

    asyncio.run(run())


@pytest.mark.fault("row 13")
@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("0", 1, 1),
        ("-5", 1, 1),
        ("99999999", 300, 300),
        ("in 100 seconds", 50, 101),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 1, 1),
        ("soon", None, None),
    ],
)
def test_retry_after_is_read_and_clamped(header: str, low: float | None, high: float | None):
    if header == "in 100 seconds":  # as a date, made when the test runs
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    async def run():
        behave = answering(reply(429, {"message": "queue"}, Retry_After=header))
        async with loopback(behave) as server, PerxClient(server.profile()) as client:
            exc = await outcome(client, write=True)
        assert isinstance(exc, Unreachable)
        if low is None or high is None:
            assert exc.retry_after_s is None
        else:
            assert exc.retry_after_s is not None
            assert low <= exc.retry_after_s <= high

    asyncio.run(run())


def once_then_good(first: Behaviour) -> Behaviour:
    count = 0

    async def behave(seen: Seen, wire: Wire) -> bytes | None:
        nonlocal count
        count += 1
        return await first(seen, wire) if count == 1 else GOOD

    return behave


@pytest.mark.fault("row 12")
@pytest.mark.parametrize("first", [close, reset, half, answering(reply(500))], ids=["close", "reset", "half", "500"])
def test_a_read_is_repeated_once_a_write_never(first: Behaviour):
    async def run():
        async with loopback(once_then_good(first)) as server, PerxClient(server.profile()) as client:
            assert (await client.voucher(ID, 5)).name == "Tea"
            assert len(server.seen) == 2
        async with loopback(once_then_good(first)) as server, PerxClient(server.profile()) as client:
            assert isinstance(await outcome(client, write=True), Uncertain)
            assert len(server.seen) == 1

    asyncio.run(run())


@pytest.mark.parametrize("behave", [answering(reply(302)), answering(reply(429)), body(HTML, "text/html")])
def test_a_read_is_not_repeated_where_that_cannot_help(behave: Behaviour):
    async def run():
        async with loopback(behave) as server, PerxClient(server.profile()) as client:
            await outcome(client, write=False)
            assert len(server.seen) == 1

    asyncio.run(run())


@pytest.mark.fault("row 11")
def test_a_bomb_is_not_unpacked():
    async def run():
        async with (
            loopback(body(BOMB, Content_Encoding="gzip")) as server,
            PerxClient(server.profile()) as client,
        ):
            await client.probe()
            tracemalloc.start()
            try:
                assert isinstance(await outcome(client, write=True), Uncertain)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert peak < 8_000_000

    asyncio.run(run())


def test_what_is_just_small_enough_is_read():
    async def run():
        async with loopback(body(padded(900_000))) as server, PerxClient(server.profile()) as client:
            assert (await client.voucher(ID, 5)).id == 5

    asyncio.run(run())


def test_gzip_is_read():
    async def run():
        packed = gzip.compress(GOOD.partition(b"\r\n\r\n")[2])
        behave = answering(reply(200, packed, Content_Encoding="gzip"))
        async with loopback(behave) as server, PerxClient(server.profile()) as client:
            assert (await client.voucher(ID, 5)).id == 5

    asyncio.run(run())


@pytest.mark.fault("FM-16", "row 44")
def test_clock_drift_is_told():
    async def run():
        seen: list[Exchange] = []
        date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        behave = answering(reply(200, VOUCHER, Date=date))
        async with (
            loopback(behave) as server,
            PerxClient(server.profile(), on_exchange=seen.append) as client,
        ):
            await client.voucher(ID, 5)
        assert [one.call for one in seen] == ["token", "GET /v4/vouchers/{id}"]
        assert all(one.ok and not one.problem and one.ms >= 0 for one in seen)
        assert seen[0].drift_s is None
        assert seen[1].drift_s == pytest.approx(3600, abs=30)

    asyncio.run(run())


@pytest.mark.fault("row 31")
@pytest.mark.parametrize("identifier", ["", "a)b", "x" * 129, "a\nb", "a\x00", " a", "\u202eabc"])
def test_what_cannot_be_an_identifier_never_leaves(identifier: str):
    async def run():
        async with loopback(answering(GOOD)) as server, PerxClient(server.profile()) as client:
            for call in (client.voucher(identifier, 5), client.customer(identifier), client.hold_points(identifier, 1)):
                with pytest.raises(Refused) as caught:
                    await call
                assert caught.value.problem == "PX-001"
            assert not server.seen
            assert not server.minted

    asyncio.run(run())


@pytest.mark.fault("row 31")
@pytest.mark.parametrize("trigger", ["../me", "a/b", "a?b=1", "", "x" * 65, "a#b", "%2e%2e"])
def test_a_path_takes_ids_only(trigger: str):
    async def run():
        async with loopback(answering(GOOD)) as server, PerxClient(server.profile()) as client:
            with pytest.raises(Refused) as caught:
                await client.fire_trigger(ID, trigger)
            assert caught.value.problem == "PX-002"
            assert not server.seen

    asyncio.run(run())


def test_a_search_that_fails_before_a_sale_means_that_no_sale_was_sent():
    sale = RecordSale(
        ref=Ref("1" * 22), identifier=ID, amount_minor=100, currency="SGD", sold_at="2026-11-23T09:00:00+00:00"
    )

    async def run():
        async def behave(seen: Seen, _wire: Wire) -> bytes:
            return reply(500) if seen.method == "GET" else reply(201, {"data": {"id": 1}})

        async with loopback(behave) as server, PerxClient(server.profile()) as client:
            with pytest.raises(Unreachable) as caught:
                await client.record_transaction(sale)
            assert caught.value.problem == "NET-06"
            assert {one.method for one in server.seen} == {"GET"}

    asyncio.run(run())


def test_a_cancelled_call_leaves_the_client_usable():
    async def run():
        async with loopback(stall) as server, PerxClient(server.profile()) as client:
            task = asyncio.create_task(client.voucher(ID, 5))
            await arrived(server)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            server.behave = answering(GOOD)
            assert (await client.voucher(ID, 5)).id == 5

    asyncio.run(run())


async def test_on_the_loop_that_the_till_runs_on():
    async with loopback(answering(GOOD)) as server, PerxClient(server.profile()) as client:
        assert (await client.voucher(ID, 5)).id == 5
    async with loopback(stall) as server, PerxClient(server.profile(timeout_s=SHORT_S)) as client:
        assert isinstance(await outcome(client, write=True), Uncertain)


async def arrived(server: Loopback, many: int = 1) -> None:
    async with asyncio.timeout(5):
        while len(server.seen) < many:  # noqa: ASYNC110 - the fact lies in another task's list
            await asyncio.sleep(0.005)


@pytest.mark.fault("FM-01", "row 14")
def test_a_conflict_is_uncertain_only_for_a_write():
    async def run():
        behave = answering(reply(409, {"code": 0, "message": "conflict"}))
        async with loopback(behave) as server, PerxClient(server.profile()) as client:
            found = [await outcome(client, write) for write in (True, False)]
        assert [(type(one), one.problem) for one in found if one] == [(Uncertain, "SALE-02"), (Refused, "PX-000")]

    asyncio.run(run())
