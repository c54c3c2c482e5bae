"""The line to Perx: one call out, one checked answer in, within one deadline.

Everything that HTTP can do to a till ends here: tokens, deadlines, size limits, broken and foreign answers,
the one repetition of a read. A write goes out once, except after a 401, which says that it was not done.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pos_app.perx.auth import TOKEN_PATH, Tokens
from pos_app.perx.call import CUSTOMER, TOKEN, Answer, Call, Exchange, Grant, Reply, Shape
from pos_app.perx.errors import Facts, NotAllowed, PerxError, Refused, Uncertain, Unreachable
from pos_app.perx.judge import http_date, judge
from pos_app.perx.profile import Profile, is_loopback
from pos_app.perx.wire import Row, encode, plain

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)
for _noisy in ("httpx", "httpcore"):  # httpx logs whole addresses at INFO
    logging.getLogger(_noisy).setLevel(logging.WARNING)

MAX_BODY_BYTES = 1_000_000
# A connection that the server closed meanwhile fails exactly like a request that was carried out, so idle
# connections are dropped before any server would.
_KEEPALIVE_S = 4.0
_MOST_CONNECTIONS = 10
_PAUSE_BEFORE_REPEAT_S = 0.1
_WORTH_REPEATING = frozenset(("NET-01", "NET-02", "NET-06", "NET-07"))
_PAGE = 50


class Line:
    """Carries calls for one profile. One HTTP client, made inside the running loop at the first call."""

    def __init__(
        self,
        profile: Profile,
        on_exchange: Callable[[Exchange], None] | None,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self.profile = profile
        self.language = profile.language
        self.tokens = Tokens(profile, self._token_request)
        self._on_exchange = on_exchange
        self._transport = transport
        self._http: dict[bool, httpx.AsyncClient] = {}

    async def aclose(self) -> None:
        """End token requests, close every connection, forget every token."""
        await self.tokens.aclose()
        clients, self._http = self._http, {}
        for http in clients.values():
            await http.aclose()

    def deadline(self) -> float:
        """When a call that starts now must be over. Units: seconds on the loop's clock."""
        return asyncio.get_running_loop().time() + self.profile.timeout_s

    async def ask(self, call: Call, deadline: float | None = None) -> Answer:
        """The answer to a call. A read is repeated once when that can help and there is time.

        Errors: Refused, Unreachable, Uncertain, NotAllowed.
        """
        deadline = self.deadline() if deadline is None else deadline
        try:
            return await self._with_token(call, deadline)
        except (Unreachable, Uncertain) as exc:
            late = asyncio.get_running_loop().time() + _PAUSE_BEFORE_REPEAT_S >= deadline
            if call.method != "GET" or late or exc.problem not in _WORTH_REPEATING:
                raise
        await asyncio.sleep(_PAUSE_BEFORE_REPEAT_S)
        return await self._with_token(call, deadline)

    async def pages(
        self,
        call: Call,
        most: int,
        enough: Callable[[list[Row]], bool] = lambda _rows: False,
        deadline: float | None = None,
    ) -> tuple[list[Row], bool]:
        """The rows of a list, page by page, and whether that was all of them; `enough` stops early.

        Units: at most `most` rows. Source: perx-api 1.3, A-live: 1-based pages, two shapes of meta.
        """
        deadline = self.deadline() if deadline is None else deadline
        found: list[Row] = []
        size = min(_PAGE, most)
        page = 1
        while True:
            query = {**call.query, "page": page, "size": size}
            one = Call(call.method, call.path, call.grant, call.at, query, answer=Shape.LIST)
            answer = await self.ask(one, deadline)
            found += answer.rows
            pages = answer.meta.whole("total_pages")
            last = not answer.rows or (len(answer.rows) < size if pages is None else page >= pages)
            if last or enough(found):
                return found[:most], last and len(found) <= most
            if len(found) >= most:
                return found[:most], False
            page += 1

    async def raw(self, call: Call, bearer: str | None = None) -> Reply:
        """One request and its reply, unjudged and never repeated; `bearer` instead of the token that the call needs.

        Errors: PerxError when there is no token, or no reply.
        """
        deadline = self.deadline()
        if bearer is None:
            if call.grant is None:
                bearer = self.profile.device_credential
            else:
                bearer = await self._bearer(call, call.grant, deadline)
        return await self._carry(call, bearer, deadline)

    async def _with_token(self, call: Call, deadline: float) -> Answer:
        if call.grant is None:
            raise ValueError("a token request is the tokens' own business")
        bearer = await self._bearer(call, call.grant, deadline)
        try:
            return await self._send(call, bearer, deadline)
        except NotAllowed as exc:
            if exc.status != 401:
                raise
        self.tokens.forget(call.grant, bearer)
        bearer = await self._bearer(call, call.grant, deadline)
        return await self._send(call, bearer, deadline)

    async def _bearer(self, call: Call, grant: Grant, deadline: float) -> str:
        try:
            async with asyncio.timeout_at(deadline):
                return await self.tokens.bearer(grant)
        except TimeoutError:
            raise Unreachable("NET-01", Facts(call=call.name, detail="no token in time")) from None

    async def _token_request(self, call: Call) -> Answer:
        return await self._send(call, self.profile.device_credential, self.deadline())

    async def _send(self, call: Call, bearer: str, deadline: float) -> Answer:
        """One request and its judgement, reported to whoever watches the link."""
        started_s = time.monotonic()
        reply: Reply | None = None
        try:
            reply = await self._carry(call, bearer, deadline)
            secrets = (*self.profile.secrets, *([bearer] if bearer else []))
            answer = judge(reply, call, secrets, self.profile.personal)
        except PerxError as exc:
            self._report(call, started_s, reply, exc)
            raise
        self._report(call, started_s, reply, None)
        return answer

    def _report(self, call: Call, started_s: float, reply: Reply | None, exc: PerxError | None) -> None:
        ms = round((time.monotonic() - started_s) * 1000)
        problem = exc.problem if exc else ""
        unheard = isinstance(exc, NotAllowed) and reply is None
        ok = exc is None or problem == "SALE-02" or (isinstance(exc, (Refused, NotAllowed)) and not unheard)
        log.debug("%s: %s in %d ms %s", call.name, reply.status if reply else "-", ms, problem)
        if self._on_exchange:
            drift_s = _drift_s(reply) if reply and ok else None
            self._on_exchange(Exchange(ok, problem, ms, drift_s, _told(call)))

    async def _carry(self, call: Call, bearer: str, deadline: float) -> Reply:
        """One request over the wire.

        Errors: Unreachable when it is certain that nothing was sent; else Uncertain.
        """
        import httpx  # the first picture does not wait for it

        request = self._request(call, bearer)
        left = _Departure(told=self._transport is None)
        request.extensions["trace"] = left.note
        facts = Facts(call=call.name)
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._client(call).send(request, stream=True, follow_redirects=False)
                try:
                    body = await _body(response, facts)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise Unreachable("NET-01", facts) if left.impossible else Uncertain("NET-02", facts) from None
        except (httpx.TransportError, ssl.SSLError) as exc:  # an alert after the handshake comes as it is
            facts = Facts(call=call.name, detail=type(exc).__name__)
            raise _not_carried(exc, facts, is_broker=bool(self._broker_of(call))) from exc
        kept = ("retry-after", "date", "x-request-id")
        headers = {name: plain(response.headers[name], 100) for name in kept if name in response.headers}
        media = plain(response.headers.get("content-type", ""), 100).lower()
        return Reply(response.status_code, media, headers, body)

    def _request(self, call: Call, bearer: str) -> httpx.Request:
        profile = self.profile
        url = self._broker_of(call) or call.url(profile.base_url)
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Accept-Language": self.language,
        }
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        content = None
        if call.method != "GET":
            headers["Content-Type"] = "application/json"
            content = encode({} if call.body is None else call.body)
        return self._client(call).build_request(
            call.method, url, params=call.query or None, headers=headers, content=content
        )

    def _broker_of(self, call: Call) -> str:
        """The token broker's address for a call that goes to it; else empty."""
        to_mint = call.grant is None and call.path == TOKEN_PATH
        return (self.profile.token_url or "") if to_mint else ""

    def _client(self, call: Call) -> httpx.AsyncClient:
        """The client for a call. The broker has one of its own, since the till's certificate is for it alone.

        Errors: NotAllowed (KEY-05) when that certificate cannot be used.
        """
        broker = self._broker_of(call)
        found = self._http.get(bool(broker))
        if found is None:
            import httpx

            at = urlsplit(broker or self.profile.base_url)
            roots = _roots(at.scheme == "https")
            if broker and self.profile.certificate:
                self.profile.certificate.show(roots)
            found = self._http[bool(broker)] = httpx.AsyncClient(
                transport=self._transport,
                verify=roots,
                timeout=self.profile.timeout_s,
                limits=httpx.Limits(max_connections=_MOST_CONNECTIONS, keepalive_expiry=_KEEPALIVE_S),
                trust_env=not is_loopback(at.hostname or ""),
                headers={"User-Agent": "pos-app"},
            )
        return found


class _Departure:
    """Whether a byte of the request can have left, as httpcore's own events tell it.

    Waiting for a connection and building one send nothing. A foreign transport tells nothing, which proves nothing.
    """

    def __init__(self, told: bool) -> None:
        self.impossible = told

    async def note(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.impossible = False


def _roots(needed: bool) -> ssl.SSLContext:
    """The operating system's trusted roots; a context that trusts nobody when no https address is used."""
    import truststore

    return (truststore.SSLContext if needed else ssl.SSLContext)(ssl.PROTOCOL_TLS_CLIENT)


def _told(call: Call) -> str:
    if call.grant is None:
        return TOKEN
    return CUSTOMER if call.search else call.name


def _not_carried(exc: Exception, facts: Facts, *, is_broker: bool) -> PerxError:
    """What a broken line means: nothing was sent, or nobody knows, or a broker does not let this till in."""
    import httpx

    tls = _tls_cause(exc)
    if is_broker and tls is not None and _is_of_our_certificate(tls):
        return NotAllowed("KEY-04", facts)
    if isinstance(exc, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)):
        return Unreachable("NET-04" if tls is not None else "NET-01", facts)
    return Uncertain("NET-02", facts)


def _tls_cause(exc: BaseException) -> ssl.SSLError | None:
    cause: BaseException | None = exc
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause


def _is_of_our_certificate(tls: ssl.SSLError) -> bool:
    """Whether the server broke the connection off over the certificate that this till showed, or did not show.

    Source: RFC 8446, 6.2; OpenSSL names such a message of the other side ALERT.
    """
    reason = tls.reason or ""
    return "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason)


async def _body(response: httpx.Response, facts: Facts) -> bytes:
    """The body, unpacked, never more than the limit in memory.

    Errors: Uncertain (NET-07) for one that is too large, packed another way than asked, or cut short.
    """
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("gzip", "x-gzip", "identity", ""):
        raise Uncertain("NET-07", facts)
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in packing else None
    body = bytearray()
    taken = 0
    try:
        async for chunk in response.aiter_raw():
            taken += len(chunk)
            body += unpack.decompress(chunk, MAX_BODY_BYTES + 1) if unpack else chunk
            if len(body) > MAX_BODY_BYTES or taken > MAX_BODY_BYTES:
                raise Uncertain("NET-07", facts)
    except zlib.error as exc:
        raise Uncertain("NET-07", facts) from exc
    if unpack and taken and not unpack.eof:
        raise Uncertain("NET-07", facts)
    return bytes(body)


def _drift_s(reply: Reply) -> float | None:
    at = http_date(reply.headers.get("date", ""))
    return None if at is None else (at - datetime.now(UTC)).total_seconds()
