"""Perx's JSON: lenient on the way in, strict on the way out.

An answer is decoded whole (so NaN, numbers out of bounds and bottomless nesting are found wherever they
hide) and read field by field through `Row`. Rows and not msgspec structs: Perx sends one field as number or
text, as text or object, under an old or a new name, and a struct refuses the whole answer for one odd field
that the till does not even need.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

_BIDI = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_LARGEST_EXPONENT = 30
_MAX_WHOLE = 2**63
_SHORT_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


class Unreadable(ValueError):  # noqa: N818 - as the others in errors.py
    """An answer, or a field that the till cannot do without, makes no sense. Its text never quotes the answer."""


def plain(raw: object, limit: int = 200) -> str:
    """Text from outside as one bounded line: no control characters, no changes of writing direction."""
    if not isinstance(raw, (str, int, Decimal)) or isinstance(raw, bool):
        return ""
    kept = (
        " " if sign.isspace() else sign
        for sign in str(raw)[: limit * 8]
        if sign not in _BIDI and (sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cs"))
    )
    return " ".join("".join(kept).split())[:limit]


_MOST_MARKUP = 20_000
_UNSEEN = re.compile(r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[!?][^<>]*>")
_CUT_TAG = re.compile(r"<[a-zA-Z/!][^<>]*$")


def words(raw: object, limit: int = 200) -> str:
    """A text that somebody wrote in Perx's console, as one bounded plain line: HTML becomes the words in it.

    What is no tag stays (`5 < 10`); what follows from an entity is text and no markup. A text that is cut ends with
    an ellipsis; one that is nothing but markup is given as it is.
    Source: perx-api 20, A-live: names and descriptions are HTML, sometimes thousands of characters long.
    """
    if not isinstance(raw, str) or ("<" not in raw and "&" not in raw and len(raw) <= limit):
        return plain(raw, limit)
    seen = raw[:_MOST_MARKUP]
    if len(raw) > len(seen):
        seen = _CUT_TAG.sub("", seen)
    text = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", seen)))
    full = plain(text, _MOST_MARKUP) or plain(raw, _MOST_MARKUP)
    return full if len(full) <= limit else full[: limit - 1].rstrip() + "\u2026"


def _number(literal: str) -> Decimal:
    try:
        number = Decimal(literal)
    except InvalidOperation as exc:
        raise ValueError("not a number") from exc
    if number and abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError("a number out of bounds")
    return number


_DECODER = msgspec.json.Decoder(float_hook=_number)
_ENCODER = msgspec.json.Encoder()


def decode(body: bytes) -> Any:
    """The value of a JSON document; fractions arrive as Decimal.

    Errors: Unreadable for anything that is not strict JSON within bounds.
    """
    try:
        return _DECODER.decode(body)
    except (ValueError, RecursionError) as exc:  # msgspec's own errors are ValueErrors
        raise Unreadable(f"not JSON that can be read ({type(exc).__name__})") from None


def encode(body: Any) -> bytes:
    """A request body as JSON. Amounts leave as numbers with the decimals they have.

    Errors: TypeError for a float anywhere: no figure that matters is one.
    """
    return _ENCODER.encode(_outgoing(body))


def _outgoing(value: Any) -> Any:
    match value:
        case float():
            raise TypeError("a float never leaves the till")
        case Decimal():
            if not value.is_finite():
                raise TypeError("not a finite amount")
            return msgspec.Raw(format(value, "f").encode())
        case Mapping():
            return {name: _outgoing(one) for name, one in value.items()}
        case list() | tuple():
            return [_outgoing(one) for one in value]
        case _:
            return value


def stamp(at: datetime) -> str:
    """An instant as Perx writes it. Source: perx-api 1.2, A-live: ISO 8601 UTC, milliseconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def instant(text: str) -> datetime | None:
    """An instant as Perx writes it, with or without milliseconds; one without a zone is UTC.

    Source: perx-api 1.2, A-live.
    """
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Row:
    """One JSON object of Perx's, read leniently; its repr never shows what is in it.

    Every reader takes alternative names (Perx renames in place) and treats absent, null, "" and a value of
    another kind alike. Source: perx-api 1.2, 20, A-live.
    """

    def __init__(self, fields: object) -> None:
        self._fields: Mapping[str, Any] = fields if isinstance(fields, dict) else {}

    def __repr__(self) -> str:
        return f"Row({len(self._fields)} fields)"

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def raw(self, name: str) -> Any:
        """The field as it was decoded; None when absent."""
        return self._fields.get(name)

    def text(self, *names: str, limit: int = 200) -> str:
        """The first of these fields that holds text or a number, as one bounded plain line."""
        return next((text for name in names if (text := plain(self._fields.get(name), limit))), "")

    def words(self, *names: str, limit: int = 200) -> str:
        """The first of these fields that holds a text of the console's, without its HTML."""
        return next((text for name in names if (text := words(self._fields.get(name), limit))), "")

    def number(self, *names: str) -> Decimal | None:
        """The first of these fields that holds a plain number, also one written as text."""
        for name in names:
            raw: Any = self._fields.get(name)
            if isinstance(raw, str):
                raw = Decimal(raw.strip()) if _SHORT_NUMBER.fullmatch(raw.strip()) else None
            if isinstance(raw, (int, Decimal)) and not isinstance(raw, bool):
                number = Decimal(raw)
                if abs(number) < _MAX_WHOLE:
                    return number
        return None

    def whole(self, *names: str) -> int | None:
        """The first of these fields that holds a whole number; None when it has a fraction."""
        number = self.number(*names)
        return int(number) if number is not None and number == number.to_integral_value() else None

    def truncated(self, *names: str) -> int | None:
        """A number without its fraction, for points: never more than Perx said."""
        number = self.number(*names)
        return None if number is None else int(number)

    def at(self, *names: str) -> datetime | None:
        """The first of these fields that holds an instant, as aware UTC."""
        return next((at for name in names if (at := instant(self.text(name, limit=40)))), None)

    def day(self, *names: str) -> date | None:
        """The first of these fields that holds a date, or an instant's date as written."""
        for name in names:
            try:
                return date.fromisoformat(self.text(name, limit=40)[:10])
            except ValueError:
                continue
        return None

    def row(self, name: str) -> Row:
        """A nested object; an empty one when it is something else."""
        return Row(self._fields.get(name))

    def rows(self, name: str) -> list[Row]:
        """A nested list's objects."""
        return rows_of(self._fields.get(name))

    def need(self, *names: str) -> int:
        """A whole number without which the row means nothing. Errors: Unreadable."""
        value = self.whole(*names)
        if value is None:
            raise Unreadable(f"no usable {names[0]}")
        return value


def rows_of(raw: object) -> list[Row]:
    """The objects of a list; anything else in it is left out."""
    return [Row(one) for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []
