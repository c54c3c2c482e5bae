"""The seal of an outbox row and the chain of the journal: plain digests, as Python and as SQL functions.

A seal covers what decides what is sent: reference, kind, body, amount. It is checked before each send and look-up,
so that a row which was changed behind SQLite's back (a bad disk, a stray tool) is never sent. It has no key: it
proves damage, not the absence of a forger who knows this file.

Both are stored, so neither may ever be computed in another way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import apsw

SEAL_BYTES = 16


def seal(ref: str, kind: str, body: str, amount_minor: int) -> str:
    """The seal of one outbox row, 32 hexadecimal digits."""
    return _digest(b"pos-app outbox 1", ref, kind, body, amount_minor)


def link(before: str, number: int, at_ms: int, line: str) -> str:
    """The digest of one journal line: of the one before (empty for the first), its number, time and content."""
    return _digest(b"pos-app journal1", before, number, at_ms, line)


def line_text(person: str, what: str, ref: str, facts: str) -> str:
    """The content of a journal line as one text in which no part can run into the next."""
    return json.dumps([person, what, ref, facts], ensure_ascii=False, separators=(",", ":"))


def teach(connection: apsw.Connection) -> None:
    """Give a connection the functions that the migrations use: `seal`, `link` and `line_text`."""
    functions: dict[str, Callable[..., str]] = {"seal": seal, "link": link, "line_text": line_text}
    for name, function in functions.items():
        connection.create_scalar_function(name, function, 4, deterministic=True)


def _digest(person: bytes, *parts: str | int) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=SEAL_BYTES, person=person).hexdigest()
