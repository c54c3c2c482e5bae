"""A shop's network that looks into what passes: a proxy, and TLS by an authority of its own in front of Perx."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HOST = "perx.shop.example"
"""The name that Perx has in this network; nobody but the proxy knows where it is."""
_KEY = ["-newkey", "rsa:2048", "-nodes"]


class Inspected:
    """The network until its block is left. `behind` is Perx's own port; `asked` is what the proxy was asked for."""

    def __init__(self, folder: Path, behind: int) -> None:
        self._folder = folder
        self._behind = behind
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self.asked: list[str] = []
        self.root = folder / "root.der"
        self.port = 0
        self._front = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        context = self._made_certificate()
        self._thread.start()
        self._front = self._served(asyncio.start_server(self._inspect, "127.0.0.1", 0, ssl=context))
        self.port = self._served(asyncio.start_server(self._connect, "127.0.0.1", 0))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    def _served(self, starting: Coroutine[Any, Any, asyncio.Server]) -> int:
        server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        return int(server.sockets[0].getsockname()[1])

    def _made_certificate(self) -> ssl.SSLContext:
        """Make the authority, whose certificate is `root`, and what it lets Perx's name show."""

        def openssl(*words: str) -> None:
            subprocess.run(["openssl", *words], cwd=self._folder, check=True, capture_output=True)

        (self._folder / "names").write_text(f"subjectAltName=DNS:{HOST}\n", "ascii")
        openssl("req", "-x509", *_KEY, "-days", "30", "-subj", "/CN=Network of the shop", "-keyout", "ca.key",
                "-out", "ca.pem")  # fmt: skip
        openssl("x509", "-in", "ca.pem", "-outform", "der", "-out", self.root.name)
        openssl("req", *_KEY, "-subj", f"/CN={HOST}", "-keyout", "server.key", "-out", "server.csr")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "30", "-extfile", "names", "-out", "server.pem")  # fmt: skip
        # With the authority's own certificate: Wine, unlike Windows, takes a chain that ends before any authority.
        chain = (self._folder / "server.pem").read_text("ascii") + (self._folder / "ca.pem").read_text("ascii")
        (self._folder / "chain.pem").write_text(chain, "ascii")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "chain.pem", self._folder / "server.key")
        return context

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """The proxy: CONNECT to the one host that it knows."""
        asked = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode("latin-1")
        self.asked.append(asked)
        if asked.startswith(f"CONNECT {HOST}:443 "):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _through(reader, writer, self._front)
        else:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            writer.close()

    async def _inspect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """What stands for Perx in this network; whoever does not trust it has hung up before."""
        await _through(reader, writer, self._behind)


async def _through(reader: StreamReader, writer: StreamWriter, port: int) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_pour(reader, back), _pour(there, writer))


async def _pour(source: StreamReader, target: StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
