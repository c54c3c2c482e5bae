"""Faults on demand: scripted rules that spoil chosen requests, and the request log.

A rule is ``{"match": {"method", "path"}, "times": n or null, "after": k, "action": {"kind": ..., ...}}``. `path` is a
prefix, or a regular expression when it begins with ``^``. Rules live in memory; a restart forgets them. Kinds:

before the call is processed   drop_before (reset), delay_before (s), delay_commit (s), html, redirect (location),
                               status (code, body, headers, process: true to process all the same)
after it is processed          drop_after (reset), truncate, slow (bytes, interval_s), nan, garbage, empty,
                               content_type (value), wrong_reference, wrong_voucher, huge (bytes, gzip)
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import os
import re
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pos_app.sandbox.refusals import invalid
from pos_app.sandbox.world import World

BEFORE = ("drop_before", "delay_before", "delay_commit", "html", "redirect", "status")
AFTER = (
    "drop_after",
    "truncate",
    "slow",
    "nan",
    "garbage",
    "empty",
    "content_type",
    "wrong_reference",
    "wrong_voucher",
    "huge",
)
CAPTIVE_PAGE = b"<!DOCTYPE html><html><head><title>Wi-Fi sign-in</title></head><body>Please sign in.</body></html>"
MOST_BYTES = 300_000_000
LONGEST_S = 600.0
CONTROL_PREFIX = "/_sandbox"
_Exchange = tuple[Scope, Receive, Send]


class ConnectionDroppedError(ConnectionError):
    """The connection was dropped on purpose, where there is no socket to close."""


@dataclass
class FaultRule:
    """One rule and how often it has struck."""

    method: str
    path: str
    action: dict[str, Any]
    times: int | None = None
    after: int = 0
    seen: int = 0
    applied: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Count a request and tell whether the rule applies to it."""
        hit = re.search(self.path, path) is not None if self.path.startswith("^") else path.startswith(self.path)
        if not hit or self.method not in ("", method) or (self.times is not None and self.applied >= self.times):
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        self.applied += 1
        return True


@dataclass
class Faults:
    """The rules in force and the sockets that they may close."""

    rules: list[FaultRule] = field(default_factory=list)
    connections: dict[tuple[str, int], asyncio.Transport] = field(default_factory=dict)
    late: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, raw: Any) -> None:
        """Add rules from a control request.

        Errors: Refusal when one of them cannot be understood; then none is added.
        """
        self.rules += [_rule(item) for item in (raw if isinstance(raw, list) else [raw])]

    def clear(self) -> None:
        """Forget all rules."""
        self.rules.clear()

    def pick(self, method: str, path: str) -> FaultRule | None:
        """Find the first rule that strikes."""
        return next((rule for rule in self.rules if rule.strikes(method, path)), None)


def _rule(raw: Any) -> FaultRule:
    if (
        not isinstance(raw, dict)
        or not isinstance(raw.get("action"), dict)
        or not isinstance(raw.get("match", {}), dict)
    ):
        raise invalid("fault rule")
    match, action = raw.get("match", {}), raw["action"]
    times, after = raw.get("times"), raw.get("after", 0)
    method, path = match.get("method") or "", match.get("path") or ""
    counts = all(isinstance(count, int) and count >= 0 for count in (0 if times is None else times, after))
    if (
        action.get("kind") not in BEFORE + AFTER
        or not counts
        or not isinstance(method, str)
        or not isinstance(path, str)
    ):
        raise invalid("fault rule")
    code = action.get("code", 500)
    if not isinstance(code, int) or not 200 <= code <= 599 or not isinstance(action.get("headers") or {}, dict):
        raise invalid("fault rule status")
    try:
        re.compile(path)
    except re.error as error:
        raise invalid("fault rule path") from error
    return FaultRule(method.upper(), path, action, times, after)


@dataclass
class _Reply:
    """An answer that was caught on its way out."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def catch(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        else:
            self.body += message.get("body", b"")

    def set_body(self, body: bytes, content_type: str | None = None) -> None:
        old = dict(self.headers).get(b"content-type", b"application/json")
        kept = [pair for pair in self.headers if pair[0] not in (b"content-length", b"content-type")]
        self.headers = [
            *kept,
            (b"content-type", content_type.encode("latin-1", "replace") if content_type else old),
            (b"content-length", str(len(body)).encode()),
        ]
        self.body = body


class FaultMiddleware:
    """Spoils what the rules say and writes the request log; the control calls are left alone."""

    def __init__(self, app: ASGIApp, world: World, faults: Faults) -> None:
        self._app, self._world, self._faults = app, world, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        rule = self._faults.pick(scope["method"], scope["path"])
        if rule is None:
            await self._app(scope, receive, self._logging(scope, send, None))
            return
        kind, action = rule.action["kind"], rule.action
        body = await _read_all(receive)
        if kind in BEFORE:
            await self._spoil_before(action, body, (scope, receive, send))
            return
        reply = _Reply()
        await self._app(scope, _replay(body), reply.catch)
        if kind == "drop_after":
            self._log(scope, reply.status, kind)
            await self._drop(scope, receive, reset=bool(action.get("reset")))
        else:
            await self._spoil_reply(action, reply, (scope, receive, send))

    async def _spoil_before(self, action: dict[str, Any], body: bytes, exchange: _Exchange) -> None:
        kind, (scope, receive, send) = action["kind"], exchange
        if kind == "delay_before":
            await asyncio.sleep(_seconds(action))
            await self._app(scope, _replay(body), self._logging(scope, send, kind))
            return
        if kind in ("drop_before", "delay_commit"):
            if kind == "delay_commit":
                task = asyncio.create_task(self._commit_late(dict(scope), body, _seconds(action)))
                self._faults.late.add(task)
                task.add_done_callback(self._faults.late.discard)
            self._log(scope, None, kind)
            await self._drop(scope, receive, reset=bool(action.get("reset")))
            return
        reply = _Reply()
        if action.get("process"):
            await self._app(scope, _replay(body), reply.catch)
        reply = _instead(kind, action)
        await _send(reply, self._logging(scope, send, kind))

    async def _commit_late(self, scope: Scope, body: bytes, after_s: float) -> None:
        """Process the request after its client has been left alone; a killed process never does."""
        await asyncio.sleep(after_s)
        reply = _Reply()
        await self._app(scope, _replay(body), reply.catch)
        self._log(scope, reply.status, "late_commit")

    async def _spoil_reply(self, action: dict[str, Any], reply: _Reply, exchange: _Exchange) -> None:
        kind, (scope, receive, send) = action["kind"], exchange
        logged = self._logging(scope, send, kind)
        if kind == "truncate":
            await logged({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
            await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
            await self._drop(scope, receive, flush=True)
        elif kind == "slow":
            step, interval_s = max(1, int(action.get("bytes", 1))), _seconds(action, "interval_s", 0.5)
            await logged({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
            for start in range(0, len(reply.body), step):
                await send({"type": "http.response.body", "body": reply.body[start : start + step], "more_body": True})
                await asyncio.sleep(interval_s)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            _rewrite(kind, action, reply)
            await _send(reply, logged)

    async def _drop(self, scope: Scope, receive: Receive, *, reset: bool = False, flush: bool = False) -> None:
        """Close the TCP connection without (more of) an answer."""
        transport = self._faults.connections.get(tuple(scope.get("client") or ("", 0)))
        if transport is None:
            raise ConnectionDroppedError("the sandbox dropped this connection on purpose")
        if reset:
            layout = "hh" if os.name == "nt" else "ii"
            linger = transport.get_extra_info("socket")
            linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(layout, 1, 0))
        if flush:
            transport.close()
        else:
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    def _logging(self, scope: Scope, send: Send, fault: str | None) -> Send:
        async def log_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log(scope, message["status"], fault)
            await send(message)

        return log_and_send

    def _log(self, scope: Scope, status: int | None, fault: str | None) -> None:
        """Write one line of the log: no query, no header and no body, so no secret."""
        customer = scope.get("state", {}).get("customer")
        self._world.insert(
            "requests",
            at=self._world.now_text(),
            method=scope["method"],
            path=scope["path"][:500],
            status=status,
            fault=fault,
            customer=customer,
        )


def _instead(kind: str, action: dict[str, Any]) -> _Reply:
    if kind == "html":
        reply = _Reply(200)
        reply.set_body(CAPTIVE_PAGE, "text/html; charset=utf-8")
    elif kind == "redirect":
        reply = _Reply(
            302, [(b"location", str(action.get("location", "http://captive.invalid/login")).encode("ascii"))]
        )
        reply.set_body(b"", "text/html; charset=utf-8")
    else:
        headers = {str(name).lower(): str(value) for name, value in (action.get("headers") or {}).items()}
        reply = _Reply(int(action.get("code", 500)))
        body = action.get("body", "")
        text = body if isinstance(body, str) else json.dumps(body)
        reply.set_body(
            text.encode(), headers.pop("content-type", "text/html" if isinstance(body, str) else "application/json")
        )
        reply.headers += [(name.encode(), value.encode()) for name, value in headers.items()]
    return reply


def _rewrite(kind: str, action: dict[str, Any], reply: _Reply) -> None:
    if kind == "garbage":
        reply.set_body(b"\x00\xff{]garbage" * 20)
    elif kind == "empty":
        reply.set_body(b"")
    elif kind == "content_type":
        reply.set_body(reply.body, str(action.get("value", "text/plain")))
    elif kind == "huge":
        size = min(int(action.get("bytes", 20_000_000)), MOST_BYTES)
        body = b'{"data": {"padding": "' + b"x" * size + b'"}}'
        if action.get("gzip"):
            reply.headers.append((b"content-encoding", b"gzip"))
            body = gzip.compress(body, 1)
        reply.set_body(body)
    else:
        twist = {"nan": _nan, "wrong_reference": _wrong_reference, "wrong_voucher": _wrong_voucher}[kind]
        reply.set_body(json.dumps(twist(json.loads(reply.body or b"null"))).encode())


def _nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_nan(inner) for inner in value]
    return math.nan if isinstance(value, int | float) and not isinstance(value, bool) else value


def _wrong_reference(value: Any) -> Any:
    if isinstance(value, dict):
        wrong = "transaction_reference"
        return {
            key: "not-the-reference-you-sent" if key == wrong else _wrong_reference(inner)
            for key, inner in value.items()
        }
    return [_wrong_reference(inner) for inner in value] if isinstance(value, list) else value


def _wrong_voucher(value: Any) -> Any:
    body = value.get("data") if isinstance(value, dict) else None
    for thing in body if isinstance(body, list) else [body]:
        if isinstance(thing, dict) and isinstance(thing.get("id"), int):
            thing |= {"id": thing["id"] + 1, "voucher_code": "OTHER"}
    return value


def _seconds(action: dict[str, Any], name: str = "s", default: float = 1.0) -> float:
    value = action.get(name, default)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return min(LONGEST_S, max(0.0, float(value))) if good else default


async def _read_all(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(reply: _Reply, send: Send) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})
