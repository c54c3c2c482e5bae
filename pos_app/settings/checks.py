"""Checks of single values that take more than a line: what was expected instead, or None when one is fine."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any], str | None]
"""Returns what was expected instead, or None when the value is fine."""


def like(pattern: str, expected: str) -> Check:
    """A text of this shape."""
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else expected


def each(check: Check) -> Check:
    """Every one of a list."""
    return lambda values: next((wrong for wrong in map(check, values) if wrong), None)


def one_of(*choices: str) -> Check:
    """One of these words."""
    return lambda value: None if value in choices else f"expected one of {', '.join(choices)}."


def between(low: float, high: float) -> Check:
    """A number within these."""
    return lambda value: None if low <= value <= high else f"expected a number from {low:g} to {high:g}."


def optional(check: Check) -> Check:
    """Empty, or what the check wants."""
    return lambda value: check(value) if value else None


def country_code(text: str) -> str | None:
    """A country whose phone numbers are known."""
    import phonenumbers  # here, for a command line that needs no countries starts sooner

    return None if text in phonenumbers.SUPPORTED_REGIONS else "expected an ISO 3166 code such as SG."


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address(value: str) -> str | None:
    """Accept https anywhere and http on this machine only: tokens must not cross a network in the clear."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port  # reading the port checks it
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        return "expected an address such as https://api.example.com, without a name, password, ? or #."
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return None
    return "expected an address that starts with https:// (http:// only for this machine itself)."


def locale_name(value: str) -> str | None:
    """Accept a locale that numbers and dates can be written in; an unknown one would fail with the first figure."""
    from babel import Locale, UnknownLocaleError  # late: only a check needs it here

    expected = "expected a locale of the CLDR, e.g. en_SG."
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Za-z0-9]{2,4}){0,2}", value):
        return expected
    try:
        Locale.parse(value)
    except (ValueError, UnknownLocaleError):
        return expected
    return None


def dots_of_a_line(value: int) -> str | None:
    fits = value == 0 or (200 <= value <= 832 and value % 8 == 0)
    return None if fits else "expected 0, or a number from 200 to 832 that eight divides."
