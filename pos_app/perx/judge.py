"""What a reply means: an answer that counts, or one of the four errors."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from pos_app.perx.call import Answer, Call, Reply, Shape
from pos_app.perx.errors import Facts, NotAllowed, PerxError, Refused, Uncertain, Unreachable
from pos_app.perx.privacy import scrub
from pos_app.perx.wire import Row, Unreadable, decode, plain

LONGEST_WAIT_S = 300.0
_SHORTEST_WAIT_S = 1.0

# Source: perx-api 1.4 code catalogue, 17.4, 21. Code 40 stands for a dozen things, so it is absent here.
_BY_CODE = {
    1: "PX-001",
    **dict.fromkeys((12, 45), "PX-002"),
    **dict.fromkeys((7, 405), "PX-003"),
    13: "PX-004",
    53: "PX-006",
    4220: "PX-007",
    **dict.fromkeys((20, 21, 412, 4103, 4121, 5001), "PX-008"),
    9: "PX-009",
    **dict.fromkeys((31, 522, 800), "PX-010"),
}

# Perx's messages are English whatever language was asked for. Source: perx-api 1.4 (A-live patterns), 21.
_BY_WORDS = tuple(
    (re.compile(pattern, re.IGNORECASE), problem)
    for pattern, problem in (
        (r"\b(invalid|incorrect|wrong)\b.*\bpin\b|\bpin\b.*\b(invalid|incorrect|wrong|not match)", "PX-012"),
        (r"\bnot\b.*enough points|remaining point is already 0", "PX-005"),
        (r"user-id was not found", "PX-001"),
        (r"not permit|transition|not valid anymore|already (been )?redeemed", "PX-003"),
        (r"reservation.*expire|expire.*reservation", "PX-004"),
        (r"membership|enrolled loyalty member", "PX-006"),
        (r"user is inactive", "PX-007"),
        (r"location is not a part|price is not a part|in audience|system reward|campaign is not active", "PX-008"),
        (r"rights to this object", "PX-009"),
        (r"does not exist|is invalid", "PX-002"),
    )
)
_BY_STATUS = {404: "PX-002", 400: "PX-000", 413: "PX-010", 414: "PX-010", 415: "PX-010"}
_REPEATED = re.compile(r"already been taken|already exists|duplicate", re.IGNORECASE)


# What a token broker says of the certificate that the till showed. Source: installer/broker/pos-app-broker.conf.
_BY_BROKER = {
    "till_revoked": "KEY-04",
    "till_unknown": "KEY-04",
    "till_certificate_missing": "KEY-05",
    "till_certificate_expired": "KEY-05",
}


class _Said(NamedTuple):
    """Both error envelopes as one. Source: perx-api 1.4, A-nock."""

    code: int | None
    message: str
    slug: str = ""


def judge(reply: Reply, call: Call, secrets: tuple[str, ...], personal: tuple[str, ...] = ()) -> Answer:
    """The answer, when it is one of Perx's to this call.

    A 2xx that carries Perx's error envelope in place of data is a refusal. `secrets` are cut from what Perx says; of
    personal properties only those that are named in `personal` are let in, unless the call has to send them back.
    Errors: the whole tree of `errors`.
    """
    facts = Facts(call=call.name, status=reply.status, request_id=reply.headers.get("x-request-id", ""))
    root, broken = _document(reply, None if call.keeps_personal else personal)
    said = _said(root, secrets)
    facts = _with(facts, said)
    if 300 <= reply.status < 400:
        raise Uncertain("NET-03", facts)
    wait_s = _wait(reply.headers.get("retry-after", ""))
    # 429 is Perx's waiting room, in front of the program; a gateway's 503 does not tell whether anything was done
    if reply.status == 429 or said.code == 429:
        raise Unreachable("NET-05", _with(facts, said, wait_s))
    if reply.status >= 500:
        raise Uncertain("NET-06", _with(facts, said, wait_s))
    if broken == "NET-03" or (broken and reply.status not in (401, 403)):
        raise Uncertain(broken, facts)
    if reply.status >= 400:
        raise _refusal(reply.status, said, call, facts)
    return _accepted(reply, call, root, facts)


def _document(reply: Reply, personal: tuple[str, ...] | None) -> tuple[Row | None, str]:
    """The reply's JSON object (None when empty), and the problem when it is none."""
    body = reply.body.strip()
    if not body:
        return None, ""
    if "html" in reply.content_type or (body.startswith(b"<") and "json" not in reply.content_type):
        return None, "NET-03"
    media = reply.content_type.partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        return None, "NET-07"
    try:
        root = decode(body)
    except Unreadable:
        return None, "NET-07"
    if personal is not None:
        scrub(root, personal)
    return (Row(root), "") if isinstance(root, dict) else (None, "NET-07")


def _said(root: Row | None, secrets: tuple[str, ...]) -> _Said:
    if root is None:
        return _Said(None, "")
    slug = root.text("error")
    message = root.text("message", "error_description", "error")
    for secret in secrets:
        message = message.replace(secret, "***")
    return _Said(root.whole("code"), message, slug)


def _with(facts: Facts, said: _Said, wait_s: float | None = None) -> Facts:
    return Facts(facts.call, facts.status, said.code, said.message, facts.request_id, wait_s)


def _accepted(reply: Reply, call: Call, root: Row | None, facts: Facts) -> Answer:
    if call.answer is Shape.NOTHING:
        if root is not None and "data" not in root and facts.code is not None:
            raise _refusal(reply.status, _Said(facts.code, facts.said), call, facts)
        return Answer(None, Row(None), facts)
    if root is None:
        raise Uncertain("NET-07", facts)
    if call.grant is None and ("access_token" in root or "bearer_token" in root):
        return Answer({name: root.raw(name) for name in _TOKEN_FIELDS}, Row(None), facts)
    data = root.raw("data")
    if data is None and facts.code is not None:
        raise _refusal(reply.status, _Said(facts.code, facts.said), call, facts)
    if call.search and data in (None, [], {}):
        raise Refused("PX-001", facts)
    if not isinstance(data, list if call.answer is Shape.LIST else dict):
        raise Uncertain("NET-07", facts)
    return Answer(data, root.row("meta"), facts)


_TOKEN_FIELDS = ("access_token", "bearer_token", "expires_in")


def _refusal(status: int, said: _Said, call: Call, facts: Facts) -> PerxError:
    """The error of a 4xx, by Perx's code, then its words, then the status.

    A write that repeats an earlier one ("already taken", 409) is Uncertain: the earlier request may be the
    one that went through, and only a look-up can tell.
    """
    if call.grant is None and status == 401 and said.slug in _BY_BROKER:
        return NotAllowed(_BY_BROKER[said.slug], facts)
    if call.writes and (status == 409 or _REPEATED.search(said.message)):
        return Uncertain("SALE-02", facts)
    if status == 408:
        return Uncertain("NET-02", facts)
    if call.search and (said.code in (1, 40) or status == 404):
        return Refused("PX-001", facts)
    by_code = _BY_CODE.get(said.code) if said.code is not None else None
    if by_code:
        return Refused(by_code, facts)
    if said.code == 44:
        return NotAllowed("KEY-03", facts)
    if status == 401:
        return NotAllowed("KEY-01", facts)
    by_words = next((problem for words, problem in _BY_WORDS if words.search(said.message)), "")
    if status == 403 and by_words != "PX-009":
        return NotAllowed("KEY-03", facts)
    if not by_words and status == 422 and "expire" in said.message.lower():
        by_words = "PX-004"
    return Refused(by_words or _BY_STATUS.get(status, "PX-000"), facts)


def _wait(header: str) -> float | None:
    """A Retry-After in seconds or as an HTTP date, clamped; None when it says nothing usable."""
    text = header.strip()[:64]
    if not text:
        return None
    try:
        wait_s = float(int(text))
    except ValueError:
        at = http_date(text)
        if at is None:
            return None
        wait_s = (at - datetime.now(UTC)).total_seconds()
    return min(max(wait_s, _SHORTEST_WAIT_S), LONGEST_WAIT_S)


def http_date(text: str) -> datetime | None:
    """An HTTP date as aware UTC; None when it is none."""
    try:
        at = parsedate_to_datetime(plain(text, 64))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
