"""The sandbox as a process of its own: one JSON line when it is ready, then it serves until it is ended."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pos_app.sandbox import seed
from pos_app.sandbox.application import build
from pos_app.sandbox.faults import Faults
from pos_app.sandbox.world import World

HOST = "127.0.0.1"
WORLD_FILE = "sandbox.sqlite3"
GRACE_S = 1


class _Server(uvicorn.Server):
    """A server that tells when it really listens, and that ends with exit code 0 when asked to end."""

    def __init__(self, config: uvicorn.Config, ready: dict[str, Any]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(json.dumps(self._ready) + "\n")
        sys.stdout.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # the signal is not remembered: the base class would raise it again after a clean end
        self.end()

    def end(self) -> None:
        self.should_exit = True


def run(
    port: int, data: Path, *, planted: str = "demo", rule_delay_s: float = 2.0, exit_with_stdin: bool = False
) -> None:
    """Serve the world kept in a folder until a signal, or the end of the standard input if so asked.

    Units: the delay of the rules in seconds; port 0 takes a free one.
    Errors: OSError when the port is taken or the folder cannot be written.
    Thread: main; it starts one more only to watch the standard input.
    """
    data.mkdir(parents=True, exist_ok=True)
    listener = _listen(port)
    world = World(data / WORLD_FILE, rule_delay_s=rule_delay_s)
    try:
        faults = Faults()
        app = build(world, faults, planted=planted)
        config = uvicorn.Config(
            app,
            http=_protocol(faults),
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        server = _Server(config, seed.describe(world, f"http://{HOST}:{listener.getsockname()[1]}"))
        if exit_with_stdin:
            threading.Thread(target=_watch_stdin, args=(server,), name="stdin", daemon=True).start()
        server.run(sockets=[listener])
    finally:
        listener.close()
        world.close()


def _listen(port: int) -> socket.socket:
    # named as TCP: asyncio switches Nagle off only then, and a stalled keep-alive request costs 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name != "nt":  # on Windows this option would let two programs share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


def _protocol(faults: Faults) -> type[H11Protocol]:
    """Make the HTTP protocol that lets the faults reach the socket of a request."""

    class ReachableProtocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            faults.connections[transport.get_extra_info("peername")[:2]] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            faults.connections.pop(self.transport.get_extra_info("peername")[:2], None)
            super().connection_lost(exc)

    return ReachableProtocol


def _watch_stdin(server: _Server) -> None:
    """End the server when the standard input ends.

    Read past `sys.stdin`: a thread that waits inside its lock makes the interpreter abort at exit.
    """
    try:
        while os.read(0, 1024):
            pass
    except OSError:
        sys.stderr.write("The standard input cannot be read; the sandbox ends.\n")
    server.end()


def main(argv: list[str] | None = None) -> int:
    """Run the sandbox from the command line."""
    parser = argparse.ArgumentParser(
        prog="pos-app sandbox", description="A pretend Perx for demos, training and tests."
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the shop across restarts")
    parser.add_argument("--seed", choices=seed.SEEDS, default="demo", help="what a new folder is filled with")
    parser.add_argument("--rule-delay-s", type=float, default=2.0, help="seconds until a sale has earned its points")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when the standard input is closed")
    asked = parser.parse_args(argv)
    if not 0 <= asked.port <= 65535 or not 0 <= asked.rule_delay_s <= 86_400:
        parser.error("--port must be 0 to 65535 and --rule-delay-s 0 to 86400")
    try:
        run(
            asked.port,
            asked.data,
            planted=asked.seed,
            rule_delay_s=asked.rule_delay_s,
            exit_with_stdin=asked.exit_with_stdin,
        )
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot start: {error}\n")
        return 1
    return 0
