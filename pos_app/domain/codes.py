"""What a scanned or typed text means: a voucher, a customer, our own receipt, a command, or nothing of use.

`route` asks three questions in this order: is it JSON (what Perx's own apps show), does a rule of the table
match, and if neither, it is a bare code. The table is data: a tenant's or a supervisor's rules go in front of
`DEFAULT_RULES`, and the first match wins. No text makes `route` raise.

`POS:` (in either case) is reserved for the till. A text that begins so is one of our commands, a staff badge
or `Unreadable`, and is never looked up as a customer or a voucher; hence no customer datum can act as a
command by accident, and a misread command cannot become a customer.
"""

import json
import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final, Literal, NewType, get_args

from msgspec import Struct

from pos_app.domain.phone import is_phone
from pos_app.domain.records import Discreet

Ref = NewType("Ref", str)
"""Our own reference: 24 ASCII digits, the last two of them check digits."""

Kind = Literal["customer", "voucher", "reward", "bare", "receipt", "command", "staff", "reject"]
Charset = Literal["any", "digits", "hex", "alnum"]
Reason = Literal[
    "empty",
    "too_long",
    "not_text",  # control or invisible characters where a code should be
    "bad_json",  # cut short, doubled keys, NaN, absurd numbers, nested too deep
    "hostile",  # claims a fact that only the server may state
    "no_identifier",  # JSON of some other system
    "bad_identifier",
    "bad_id",
    "unknown_command",
    "link",  # a web address; it may carry a token, so only its host is shown
    "not_accepted",  # a rule of the table says no
]

MAX_TEXT: Final = 512
MAX_IDENTIFIER: Final = 255
RESERVED: Final = "POS:"
COMMANDS: Final = ("complete", "cancel", "park", "next")

_MAX_ID: Final = 2**63 - 1
_MAX_DEPTH: Final = 9
_BLANK: Final = " \t\r\n\ufeff"  # not str.strip(): that would eat GS, which GS1 needs
_REF_RANDOM: Final = 22
_GS: Final = "\x1d"
_ODD: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, invisible, half, line separators


class VoucherCode(Struct, frozen=True):
    """A voucher by its Perx id, with its owner's identifier where the code says it."""

    voucher_id: int
    identifier: str | None


class CustomerCode(Struct, frozen=True):
    """A customer by the tenant's identifier; `perx_id` is only what the code claims."""

    identifier: str
    perx_id: int | None


class BareCode(Struct, frozen=True):
    """A code without structure: sought among the loaded customer's vouchers, then tried as an identifier."""

    text: str


class ReceiptCode(Struct, frozen=True):
    """The reference of one of our own slips."""

    ref: Ref


class CommandCode(Struct, frozen=True):
    """A command from the printed sheet, one of `COMMANDS`."""

    command: str


class StaffCode(Discreet, frozen=True):
    """A staff badge; the badge text is a secret and must not be shown or logged."""

    HIDDEN = ("badge",)
    badge: str


class RewardCode(Struct, frozen=True):
    """A reward that the customer wants at the counter."""

    reward_id: int
    identifier: str | None


class Unreadable(Struct, frozen=True):
    """A text that leads nowhere: why, and a bounded plain rendering of it."""

    reason: Reason
    shown: str


Code = VoucherCode | CustomerCode | BareCode | ReceiptCode | CommandCode | StaffCode | RewardCode | Unreadable


class Rule(Struct, frozen=True):
    """One row of the routing table.

    Units:   lengths in characters of the whole text, prefix included; `charset` concerns what follows it.
    Shape:   what becomes the code is the text less `strip_start` and `strip_end` characters.
    Errors:  ValueError for a row that could never match or that strips everything.
    """

    kind: Kind
    prefix: str = ""
    min_length: int = 1
    max_length: int = MAX_TEXT
    charset: Charset = "any"
    symbologies: tuple[str, ...] = ()
    strip_start: int = 0
    strip_end: int = 0
    ignore_case: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or self.charset not in get_args(Charset):
            raise ValueError(f"unknown kind or charset: {self.kind!r}, {self.charset!r}")
        if not 1 <= self.min_length <= self.max_length <= MAX_TEXT or len(self.prefix) > self.max_length:
            raise ValueError(f"lengths must satisfy 1 <= min <= max <= {MAX_TEXT} and leave room for the prefix")
        if min(self.strip_start, self.strip_end) < 0 or self.strip_start + self.strip_end >= self.max_length:
            raise ValueError("a rule must not strip the whole text")

    def matches(self, text: str, symbology: str) -> bool:
        """Tell whether this row applies to a text of that symbology ("" when unknown)."""
        start, prefix = text[: len(self.prefix)], self.prefix
        if self.ignore_case:
            start, prefix = start.casefold(), prefix.casefold()
        return (
            start == prefix
            and self.min_length <= len(text) <= self.max_length
            and (not self.symbologies or symbology in self.symbologies)
            and _CHARSETS[self.charset].fullmatch(text[len(self.prefix) :]) is not None
        )


_CHARSETS: Final[dict[str, re.Pattern[str]]] = {
    "any": re.compile(r".*", re.DOTALL),
    "digits": re.compile(r"[0-9]*"),
    "hex": re.compile(r"[0-9A-Fa-f]*"),
    "alnum": re.compile(r"[0-9A-Za-z]*"),
}

DEFAULT_RULES: Final[tuple[Rule, ...]] = (
    Rule("staff", prefix=f"{RESERVED}STAFF:", ignore_case=True, strip_start=len(RESERVED) + 6),
    Rule("command", prefix=RESERVED, ignore_case=True, strip_start=len(RESERVED)),
    Rule("receipt", min_length=24, max_length=48),
)


def route(text: str, symbology: str = "", rules: tuple[Rule, ...] = DEFAULT_RULES) -> Code:
    """Say what a scanned or typed text is; every text has an answer.

    Errors:  none; what cannot be used is `Unreadable`.
    Source:  perx-api 9, B: JSON with voucherId, JSON with identifier, bare code, in this order. A text of
             digits alone is never treated as JSON.
    """
    if len(text) > MAX_TEXT:
        return _unreadable("too_long", text)
    text = text.strip(_BLANK)
    if not text:
        return _unreadable("empty", text)
    if text.startswith("{"):
        return _route_json(text)
    if not _is_plain(text.replace(_GS, "").replace("\t", "")):
        return _unreadable("not_text", text)
    if is_phone(text):
        return CustomerCode(text, None)
    is_ours = text.upper().startswith(RESERVED)
    for rule in rules:
        if rule.matches(text, symbology) and (not is_ours or rule.prefix.upper().startswith(RESERVED)):
            body = text[rule.strip_start : len(text) - rule.strip_end].strip(_BLANK)
            code = _CODE_OF[rule.kind](body, text) if body else _unreadable("not_accepted", text)
            if code is not None:
                return code
    if is_ours:
        return _unreadable("unknown_command", text)
    if link := _LINK.match(text):
        host = link["authority"].rpartition("@")[2]
        return _unreadable("link", f"{link['scheme']}://{host}/…")
    return BareCode(text)


_LINK: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#\\]*)")


def _unreadable(reason: Reason, text: str) -> Unreadable:
    return Unreadable(reason, shown(text))


def _is_plain(text: str) -> bool:
    return not any(unicodedata.category(char) in _ODD for char in text)


def _customer(body: str, text: str) -> Code | None:
    return CustomerCode(body, None) if _is_identifier(body) else _unreadable("bad_identifier", text)


def _numbered(make: type[VoucherCode] | type[RewardCode]) -> Callable[[str, str], Code]:
    def code(body: str, text: str) -> Code:
        number = _id_from(body)
        return make(number, None) if number is not None else _unreadable("bad_id", text)

    return code


def _receipt(body: str, text: str) -> Code | None:
    """Give the receipt, or None so that later rules are asked: other codes are as long as ours."""
    return ReceiptCode(_ref_digits(body)) if is_ref(body) else None


def _command(body: str, text: str) -> Code | None:
    word = body.casefold()
    return CommandCode(word) if word in COMMANDS else _unreadable("unknown_command", text)


_CODE_OF: Final[dict[Kind, Callable[[str, str], Code | None]]] = {
    "customer": _customer,
    "voucher": _numbered(VoucherCode),
    "reward": _numbered(RewardCode),
    "bare": lambda body, text: BareCode(body),
    "receipt": _receipt,
    "command": _command,
    "staff": lambda body, text: StaffCode(body),
    "reject": lambda body, text: _unreadable("not_accepted", text),
}


def _route_json(text: str) -> Code:
    """Read the JSON of Perx's apps.

    Source:  perx-api 9, B: `voucherId` is a number or a numeric string, `identifier` may come with it;
             `rewardId` without `voucherId` asks for a reward; `verifiedUser` is hostile.
    """
    try:
        content = _DECODER.decode(text)
        if _depth(content) > _MAX_DEPTH:
            return _unreadable("bad_json", text)
    except (ValueError, RecursionError):
        return _unreadable("bad_json", text)
    return _unreadable("hostile", text) if _has_key(content, "verifiedUser") else _route_object(content, text)


def _route_object(content: dict[str, Any], text: str) -> Code:
    raw_identifier = content.get("identifier")
    if isinstance(raw_identifier, int) and not isinstance(raw_identifier, bool):
        raw_identifier = str(raw_identifier)
    identifier = raw_identifier.strip(_BLANK) if isinstance(raw_identifier, str) else None
    if raw_identifier is not None and identifier is None:
        return _unreadable("bad_identifier", text)
    if identifier and not _is_identifier(identifier):
        return _unreadable("bad_identifier", text)
    for key, code_type in (("voucherId", VoucherCode), ("rewardId", RewardCode)):
        if content.get(key) is not None:
            number = _id_from(content[key])
            return code_type(number, identifier or None) if number is not None else _unreadable("bad_id", text)
    if not identifier:
        return _unreadable("no_identifier", text)
    return CustomerCode(identifier, _id_from(content.get("id")))


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("number too long")
    return int(digits)


def _finite(number: str) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError("number too large")
    return value


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key occurs twice")
    return content


_DECODER: Final = json.JSONDecoder(
    parse_constant=_refuse, parse_int=_whole, parse_float=_finite, object_pairs_hook=_single_keys
)


def _children(content: Any) -> list[Any]:
    if isinstance(content, dict):
        return list(content.values())
    return content if isinstance(content, list) else []


def _depth(content: Any) -> int:
    return 1 + max(map(_depth, _children(content)), default=0)


def _has_key(content: Any, key: str) -> bool:
    return (isinstance(content, dict) and key in content) or any(_has_key(c, key) for c in _children(content))


def _id_from(raw: Any) -> int | None:
    """Read a Perx id from a number or a numeric string; None when it cannot be one."""
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,19}", raw):
        raw = int(raw)
    is_id = isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw <= _MAX_ID
    return raw if is_id else None


def _is_identifier(text: str) -> bool:
    return len(text) <= MAX_IDENTIFIER and _is_plain(text)


def ref_from_digits(random22: str) -> Ref:
    """Make a reference of 22 random digits by adding two check digits, so that the whole is 1 modulo 97.

    This is ISO 7064 MOD 97-10, as in an IBAN: one wrong digit and two swapped neighbours are always noticed.
    Digits, because a till has a numeric keypad and Code 128 packs two into one symbol.
    Errors:  ValueError unless there are exactly 22 ASCII digits.
    """
    if re.fullmatch(rf"[0-9]{{{_REF_RANDOM}}}", random22) is None:
        raise ValueError("a reference is made of 22 digits")
    return Ref(f"{random22}{98 - int(random22) * 100 % 97:02d}")


def is_ref(text: str) -> bool:
    """Tell whether a text is a reference of ours, as printed or as typed with spaces or dashes."""
    digits = _ref_digits(text)
    is_long = re.fullmatch(rf"[0-9]{{{_REF_RANDOM + 2}}}", digits) is not None
    return is_long and digits == ref_from_digits(digits[:_REF_RANDOM])


def _ref_digits(text: str) -> Ref:
    return Ref(text.replace(" ", "").replace("-", ""))


def show_ref(ref: Ref) -> str:
    """Write a reference in groups of four, as it stands on the slip."""
    return " ".join(ref[i : i + 4] for i in range(0, len(ref), 4))


def short_ref(ref: Ref) -> str:
    """The last four digits, for speaking about a sale."""
    return ref[-4:]


def shown(text: str, limit: int = 80) -> str:
    """Render any outside text as one bounded plain line.

    Control characters and line separators become pictures; invisible formatting (bidi overrides among it) is
    removed; half characters become U+FFFD. The result is still text, not markup: show it as plain text.
    """
    visible = "".join(map(_visible, text[: 4 * max(limit, 0) + 1]))
    if len(visible) <= limit and len(text) <= 4 * limit + 1:
        return visible
    return f"{visible[: limit - 1]}…" if limit > 0 else ""


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category not in _ODD:
        return char
    if category == "Cf":
        return ""
    if category in ("Zl", "Zp"):
        return "␤"
    return chr(0x2400 + ord(char)) if char < " " else "␡" if char == "\x7f" else "\ufffd"


def mask(identifier: str) -> str:
    """Write an identifier so that a bystander learns little: its last four characters, fewer if short."""
    plain = shown(identifier, max(len(identifier), 1))
    keep = 4 if len(plain) >= 8 else 2 if len(plain) >= 5 else 0
    return f"•••• {plain[-keep:]}" if keep else "••••"
