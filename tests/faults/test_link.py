"""Whether Perx is there: from real answers only, its cause named, without flapping; whom the till trusts."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

import pytest
from certificates import KINDS, NEEDS_OPENSSL, Authority
from fault_bench import PROGRAM, WHO, Perx
from msgspec.structs import replace
from perx_loopback import Seen, Wire, loopback, reply, tokens
from till_core import Core, core

from pos_app.perx.client import PerxClient
from pos_app.perx.errors import Unreachable
from pos_app.till import events as ev

HTML = reply(200, b"<html>Mall Wi-Fi: sign in</html>", "text/html")


async def swallowed(_seen: Seen, wire: Wire) -> None:
    """The request arrives; nothing ever comes back (one-way loss, or six seconds where one is too long)."""
    await wire.reader.read(1)


def answer(raw: bytes) -> Callable[[Seen, Wire], Awaitable[bytes | None]]:
    async def behave(_seen: Seen, _wire: Wire) -> bytes | None:
        return raw or None

    return behave


BEHAVIOURS = {
    "captive portal": (answer(HTML), "NET-03"),
    "redirect to a log-in page": (answer(reply(302, None, Location="http://login.invalid/")), "NET-03"),
    "503": (answer(reply(503)), "NET-06"),
    "no answer in time": (swallowed, "NET-02"),
    "hung up": (answer(b""), "NET-02"),
    "garbage": (answer(b"HTP/9\r\n\r\n"), "NET-02"),
    "JSON of something else": (answer(reply(200, {"hello": "printer"})), "NET-07"),
}


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(main())


def banner(till: Core) -> str:
    return till.screen.banner.title if till.screen.banner else ""


def pills(till: Core) -> str:
    return " ".join(one.words for one in till.screen.header.pills)


async def goes_down(till: Core, problem: str) -> None:
    """One failure makes the till ask again; with the second it says that it is offline, and why."""
    till.happen(ev.Started())
    await till.until(lambda: not till.state.link.online)
    await till.rest()
    assert till.state.link.problem == problem
    assert "Offline" in pills(till)
    assert banner(till).startswith("Offline: ")


async def comes_up(till: Core) -> None:
    """One good answer is not enough, two are; the till asks by itself."""
    before = banner(till)
    ups = []
    till.till.listen(lambda state: ups.append(([one.ok for one in state.link.recent[-1:]], state.link.online)))
    for _ in range(40):
        await till.tick()
        if till.state.link.online:
            break
    assert till.state.link.online
    assert ([True], False) in ups, "one good answer was believed"
    assert before != banner(till) == ""


@pytest.mark.fault("FM-07", "row 7", "row 9", "row 12")
@pytest.mark.parametrize("cause", BEHAVIOURS)
def test_each_wrong_belief_about_being_online_is_named_and_ends_by_itself(tmp_path, cause):
    bad, problem = BEHAVIOURS[cause]
    timeout_s = 0.3 if bad is swallowed else 5.0

    async def scene():
        async with (
            loopback(bad, bad) as server,
            core(tmp_path, server.profile(loyalty_program_id=PROGRAM, timeout_s=timeout_s)) as till,
        ):
            await goes_down(till, problem)
            server.behave, server.mint = Perx(), tokens
            await comes_up(till)

    run(scene)


@pytest.mark.fault("FM-07", "row 6")
@pytest.mark.parametrize("how", ["cable out", "unknown name", "blackhole"])
def test_a_perx_that_cannot_be_reached_is_named_within_the_deadline(tmp_path, how):
    async def scene():
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(loopback(Perx()))
            address = await stack.enter_async_context(unreachable(how))
            profile = replace(server.profile(timeout_s=0.4), base_url=address)
            async with core(tmp_path, profile) as till:
                began_s = asyncio.get_running_loop().time()
                await goes_down(till, "NET-01")
                assert asyncio.get_running_loop().time() - began_s < 8
                till.happen(ev.Scanned(f'{{"identifier": "{WHO}"}}'), ev.KeyTapped("5"), ev.KeyTapped("00"))
                await till.until(lambda: till.state.sale.known is not None)
                till.happen(ev.CompleteTapped())
                await till.until(lambda: till.state.backlog.waiting == 1)
                assert not server.seen

    run(scene)


@asynccontextmanager
async def unreachable(how: str):
    """An address where nobody listens, one without a name, or one that lets every connection wait."""
    if how == "unknown name":
        yield "https://perx.invalid"
        return
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        if how == "cable out":
            yield address
            return
        if sys.platform == "win32":
            pytest.skip("Windows refuses where Linux lets wait")
        deaf.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for one in fillers:
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        yield address
        for one in fillers:
            one.close()


@pytest.mark.fault("FM-07")
def test_an_alternating_fault_of_thirty_seconds_does_not_flap_and_its_cause_stays_named(tmp_path):
    good, count = Perx(), 0

    async def alternating(seen: Seen, wire: Wire) -> bytes | None:
        nonlocal count
        count += 1
        return HTML if count % 2 else await tokens(seen, wire)

    async def scene():
        async with loopback(good, alternating) as server, core(tmp_path, server.profile()) as till:
            beliefs, causes = [], set()

            def note(state) -> None:
                beliefs.append(state.link.online)
                causes.update({banner(till)} if not state.link.online else ())

            till.till.listen(note)
            for _ in range(30):
                till.happen(ev.Started())  # a probe each second, as a busy counter asks Perx
                await till.rest()
                await till.tick()
        changes = sum(one != other for one, other in pairwise(beliefs))
        assert changes <= 1
        assert beliefs[-1] is False
        assert len(causes) == 1, causes
        assert "something between" in causes.pop().lower()

    run(scene)


# ---------------------------------------------------------------- certificates


@NEEDS_OPENSSL
@pytest.mark.fault("row 8", "FM-07")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trusted", [True, False], ids=["in the system's store", "unknown authority"])
def test_only_a_good_certificate_of_a_trusted_authority_is_believed(tmp_path, monkeypatch, kind, trusted):
    """An intercepting proxy is an unknown authority; where IT put it into the store it is let through."""
    authority = Authority(tmp_path)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    if trusted:
        if sys.platform in ("win32", "darwin"):
            pytest.skip("the store of this system is not a test's to write")
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))

    async def scene():
        async with loopback(Perx(), tls=authority.server(kind)) as server:
            async with PerxClient(server.profile()) as client:
                if kind == "good" and trusted:
                    assert (await client.customer(WHO)).identifier == WHO
                    return
                with pytest.raises(Unreachable) as caught:
                    await client.customer(WHO)
            assert caught.value.problem == "NET-04"
            assert not server.seen
            assert not server.minted, "a request went out over a line that is not trusted"

    run(scene)


@NEEDS_OPENSSL
@pytest.mark.fault("FM-07", "row 8")
def test_a_bad_certificate_takes_the_till_offline_by_name(tmp_path):
    authority = Authority(tmp_path)

    async def scene():
        async with (
            loopback(Perx(), tls=authority.server("expired")) as server,
            core(tmp_path, server.profile(timeout_s=1)) as till,
        ):
            await goes_down(till, "NET-04")
            assert "secure connection" in banner(till)

    run(scene)
