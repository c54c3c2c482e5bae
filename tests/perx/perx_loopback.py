"""A real socket on 127.0.0.1 that records each request and answers, or misbehaves, as a test says."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pos_app.perx.profile import Profile

SECRET = "canary-secret-5f1c"
TOKEN_PATH = "/v4/oauth/token"


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    raw_body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def body(self) -> Any:
        return json.loads(self.raw_body, parse_float=Decimal) if self.raw_body else None


@dataclass
class Wire:
    """The connection under a request, for answers that are no HTTP."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def abort(self) -> None:
        """Reset the connection, without a farewell."""
        self.writer.transport.abort()


Behaviour = Callable[[Seen, Wire], Awaitable[bytes | None]]


def reply(status: int = 200, body: Any = None, kind: str = "application/json", **headers: str) -> bytes:
    """One HTTP response; a body that is not bytes becomes JSON."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, default=float).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(raw)}"]
    if raw or body is not None:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def answering(*replies: bytes) -> Behaviour:
    """Answer with these in turn; the last one again and again."""
    left = list(replies)

    async def behave(_seen: Seen, _wire: Wire) -> bytes:
        return left.pop(0) if len(left) > 1 else left[0]

    return behave


async def tokens(seen: Seen, _wire: Wire) -> bytes:
    """A token endpoint that knows everybody: the token names whose it is."""
    scope = seen.body.get("scope", "")
    if scope.startswith("user_account"):
        owner = scope.removeprefix("user_account(identifier:").removesuffix(")")
        return reply(200, {"access_token": f"T-user-{owner}", "expires_in": seen.body["expires_in"]})
    if scope.startswith("merchant"):
        return reply(200, {"bearer_token": "T-merchant", "tenant": "demo"})
    return reply(200, {"access_token": "T-application", "token_type": "bearer", "expires_in": 7200})


@dataclass
class Loopback:
    """The server: `behave` answers calls, `mint` answers token requests, `seen` and `minted` are what came."""

    behave: Behaviour
    mint: Behaviour = tokens
    seen: list[Seen] = field(default_factory=list)
    minted: list[Seen] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    scheme: str = "http"

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def profile(self, **changes: Any) -> Profile:
        given = {"client_id": "till-1", "client_secret": SECRET, "loyalty_program_id": 7, "timeout_s": 3.0}
        return Profile(self.base_url, **(given | changes))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        wire = Wire(reader, writer)
        try:
            while (seen := await _request(reader)) is not None:
                to_mint = seen.path == TOKEN_PATH
                (self.minted if to_mint else self.seen).append(seen)
                answer = await (self.mint if to_mint else self.behave)(seen, wire)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Seen | None:
    head = await reader.readline()
    if not head:
        return None
    method, target, _ = head.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Seen(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def loopback(
    behave: Behaviour, mint: Behaviour = tokens, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Loopback]:
    """A server for one test, closed with every connection that it has."""
    box = Loopback(behave, mint, scheme="https" if tls else "http")
    under_way: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        try:
            await box.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            under_way.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        for task in list(under_way):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await server.wait_closed()
