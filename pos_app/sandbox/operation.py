"""One served call: its declaration, what reaches its handler, and how the answer leaves.

A handler is a plain function from a `Call` to an `Answer`. It runs inside one transaction: a refusal changes nothing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pos_app.sandbox import rules
from pos_app.sandbox.refusals import Refusal, forbidden, invalid, no_record, refuse, refuse_oauth, user_not_found
from pos_app.sandbox.schema import Schema
from pos_app.sandbox.world import Row, World

Token = Literal["application", "user", "merchant"]
MAX_BODY_BYTES = 1_000_000
MAX_DEPTH = 40
LARGEST_NUMBER = 10**12


class Answer(Struct, frozen=True):
    """What goes back: a body to be written as JSON, or nothing at all."""

    body: Any = None
    status: int = 200


class Operation(Struct, frozen=True):
    """The declaration of one call: what the router, the guard and the description read."""

    method: str
    path: str
    handler: Callable[[Call], Answer]
    answer: Schema | None
    source: str
    token: tuple[Token, ...] = ()
    status: int = 200
    query: tuple[str, ...] = ()
    body: Schema | None = None

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]


@dataclass
class Call:
    """One request as a handler sees it: checked text, parsed body, known caller."""

    world: World
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    token_kind: str | None
    customer_row: Row | None
    merchant_user: Row | None
    authorization: str = field(default="", repr=False)

    @property
    def customer(self) -> Row:
        """The customer whom the token, or the merchant's ``user-id`` header, stands for.

        Errors: Refusal 404 code 1 when there is none.
        Source: perx-api 1.1 (user-id header), B*.
        """
        if self.customer_row is None:
            raise user_not_found()
        return self.customer_row

    def path_id(self, name: str = "id") -> int:
        """Read a numeric id out of the path; whatever is not one names no record."""
        number = to_id(self.path[name])
        if number is None:
            raise no_record()
        return number

    def record(self, table: str, name: str = "id") -> Row:
        """Fetch the row that the path names.

        Errors: Refusal 404 code 45.
        """
        row = self.world.get(table, self.path_id(name))
        if row is None:
            raise no_record()
        return row

    def fields(self) -> dict[str, Any]:
        """Take the body as an object; an absent or null body is an empty one."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise invalid("body")
        return self.body


def to_id(value: Any) -> int | None:
    """Read an id that may come as a number or as a string of digits.

    Source: perx-api 1.1 (user_account_id), A-nock and B*.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        value = int(value)
    return value if isinstance(value, int) and 0 < value < 10**15 else None


def to_number(value: Any, name: str) -> Decimal:
    """Read a number that may come as a numeric string.

    Source: perx-api 1.2 ("points as a numeric string is accepted"), B.
    """
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise invalid(name)
    number = Decimal(str(value))
    if abs(number) > LARGEST_NUMBER:
        raise invalid(name)
    return number


def to_whole(value: Any, name: str) -> int:
    """Read a whole number that may come as a numeric string."""
    number = to_number(value, name)
    if number != int(number):
        raise invalid(name)
    return int(number)


def to_text(value: Any, name: str, *, limit: int = 255) -> str | None:
    """Read a text that may be null; numbers are taken as their digits, as Rails does."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > limit:
        raise invalid(name)
    return value


def to_object(value: Any, name: str) -> dict[str, Any]:
    """Read an object that may be null."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(name)
    return value


async def serve(world: World, operation: Operation, request: Request) -> Response:
    """Read one request, run its handler in one transaction and write the answer."""
    try:
        raw = await _read(request)
    except ClientDisconnect:  # killed half-way: it asked for nothing, and nobody reads the answer
        return Response(status_code=400)
    try:
        with world.transaction():
            rules.settle(world)
        with world.transaction():
            if world.switches["gate_calls"] and operation.token and not operation.path.endswith("gatekeep_token"):
                raise refuse(429, "Too many people, please wait", 429)
            call = _to_call(world, operation, request, raw)
            if call.customer_row is not None:
                request.scope.setdefault("state", {})["customer"] = call.customer_row["identifier"]
            answer = operation.handler(call)
    except Refusal as refusal:
        return json_response(refusal.body, refusal.status, refusal.headers)
    if answer.body is None:
        return Response(status_code=answer.status)
    return json_response(answer.body, answer.status)


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Write a body as JSON."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    return Response(text.encode(), status, headers, "application/json; charset=utf-8")


async def _read(request: Request) -> bytes | None:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MAX_BODY_BYTES else None


def _to_call(world: World, operation: Operation, request: Request, raw: bytes | None) -> Call:
    query = dict(request.query_params)
    _check_text([*query, *query.values(), *request.path_params.values()])
    authorization = request.headers.get("authorization", "")
    call = Call(world, dict(request.path_params), query, None, None, None, None, authorization)
    if operation.token:
        _identify(call, operation.token, request.headers.get("user-id"))
    call.body = _parse(raw, request.headers.get("content-type", ""))
    return call


def _identify(call: Call, allowed: tuple[Token, ...], user_id: str | None) -> None:
    """Find out who calls.

    Source: perx-api 1 (bearer), 1.1 (user-id), 21 (401 bad bearer, 403 missing right), B.
    """
    world = call.world
    scheme, _, token = call.authorization.partition(" ")
    row = world.row("SELECT * FROM tokens WHERE token = ?", token.strip()) if scheme.lower() == "bearer" else None
    if row is None or row["expires_at"] <= world.now_text():
        reason = "The access token is invalid" if row is None else "The access token expired"
        raise refuse_oauth("invalid_token", reason)
    if row["kind"] not in allowed:
        raise forbidden()
    call.token_kind = row["kind"]
    if row["kind"] == "user":
        call.customer_row = world.get("customers", row["customer_id"])
    elif row["kind"] == "merchant":
        call.merchant_user = world.get("merchant_users", row["merchant_user_id"])
        call.customer_row = world.row("SELECT * FROM customers WHERE identifier = ?", user_id or "")


def _parse(raw: bytes | None, content_type: str) -> Any:
    if raw is None:
        raise refuse(40, "Request body is too large", 413)
    if not raw.strip():
        return None
    try:
        text = raw.decode()
        if content_type.startswith("application/x-www-form-urlencoded"):
            value: Any = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200))
        else:
            value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refuse(40, "Error occurred while parsing request parameters") from error
    _check_text(value)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _check_text(value: Any, depth: int = 0) -> None:
    """Refuse what cannot be stored or sent back: NUL, lone surrogates, numbers out of range, bottomless nesting."""
    if depth > MAX_DEPTH:
        raise invalid("nesting")
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise invalid("text")
    elif (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, int) and abs(value) > 2**53):
        raise invalid("number")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check_text(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check_text(inner, depth + 1)
