"""Phone numbers as people say them, made into the one way of writing that stands for them everywhere: E.164."""

from __future__ import annotations

from typing import Literal

import phonenumbers
from msgspec import Struct

from pos_app.domain.phone import PHONE, is_phone

Way = Literal["off", "digits", "e164", "search"]


class Phones(Struct, frozen=True):
    """How customers are found by their phone number.

    `way`: off; digits or e164: the number, so written, is their identifier at Perx (before it is hashed, where the
    tenant wants that); search: Perx is asked for the number itself. `country`: ISO 3166, of numbers without a plus.
    Errors: ValueError for an unknown way or country.
    """

    way: Way = "off"
    country: str = ""

    def __post_init__(self) -> None:
        if self.way not in ("off", "digits", "e164", "search"):
            raise ValueError(f"identifiers: phone is off, digits, e164 or search, not {self.way!r}")
        if self.country and self.country not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"shop: country is an ISO 3166 code such as SG, not {self.country!r}")

    def e164(self, text: str) -> str:
        """The number as +6591234821, "" when it cannot be one: too short, too long, or of no numbering plan."""
        told = text[len(PHONE) :] if is_phone(text) else text
        if len(told) > 40:
            return ""
        try:
            number = phonenumbers.parse(told, self.country or None)
        except phonenumbers.NumberParseException:
            return ""
        if not phonenumbers.is_valid_number(number):
            return ""
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def identifier(self, text: str) -> str:
        """The number as the tenant's identifier of its owner, not yet hashed; "" when it cannot be one."""
        number = self.e164(text)
        return number.removeprefix("+") if self.way != "e164" else number
