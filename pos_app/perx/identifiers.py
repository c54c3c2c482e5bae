"""What leaves the till in place of what was scanned or typed: the identifier itself, or a keyed hash of it."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Literal

from msgspec import field

from pos_app.domain.phone import is_phone
from pos_app.domain.records import Discreet
from pos_app.perx.phones import Phones

Scheme = Literal["raw", "hmac-sha256"]
Spelling = Literal["as-is", "lower", "upper", "digits"]


class Identifiers(Discreet, frozen=True):
    """How the tenant names its customers to Perx.

    `spelling` is applied before the hash, so that one customer has one token however the code was typed.
    Errors: ValueError for an unknown scheme or spelling, or a hash without a key.
    """

    HIDDEN = ("key",)
    scheme: Scheme = "raw"
    spelling: Spelling = "as-is"
    key: bytes = b""
    phones: Phones = field(default_factory=Phones)

    def __post_init__(self) -> None:
        if self.scheme not in ("raw", "hmac-sha256"):
            raise ValueError(f"identifiers: the scheme is raw or hmac-sha256, not {self.scheme!r}")
        if self.spelling not in ("as-is", "lower", "upper", "digits"):
            raise ValueError(f"identifiers: spelling is as-is, lower, upper or digits, not {self.spelling!r}")
        if self.scheme == "hmac-sha256" and not self.key:
            raise ValueError("identifiers: hmac-sha256 needs the tenant's key")

    def token_of(self, raw_identifier: str) -> str:
        """What Perx knows this customer by: normalised text, or its HMAC-SHA256 in hexadecimal.

        "" for what was given as a phone number (`tel:`) and is none, or where nobody is found by one.
        """
        if is_phone(raw_identifier):
            found = self.phones.identifier(raw_identifier) if self.phones.way in ("digits", "e164") else ""
            return self._hashed(found) if found else ""
        text = unicodedata.normalize("NFC", raw_identifier).strip()
        match self.spelling:
            case "lower":
                text = text.lower()
            case "upper":
                text = text.upper()
            case "digits":
                text = "".join(sign for sign in text if sign in "0123456789")
            case _:
                pass
        return self._hashed(text)

    def _hashed(self, text: str) -> str:
        if self.scheme == "raw" or not text:
            return text
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
