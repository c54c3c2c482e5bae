"""What the till asks of Perx: every write, as a value that can be stored before its first byte is sent.

Each command has our own reference, minted once. Fields are plain JSON values, so that a stored row reads
back to the same command. What is known of each kind (what to do offline, which hold it takes or frees,
how it is found again after a lost answer, what "not found" means) stands in `kinds.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar

from pos_app.domain.codes import Ref

NO_SALE = Ref("")


class Kind(StrEnum):
    """The kinds of command; the value is what the database holds."""

    HOLD_VOUCHER = "hold_voucher"
    RELEASE_VOUCHER = "release_voucher"
    REDEEM_VOUCHER = "redeem_voucher"
    CHECKOUT = "checkout"
    RECORD_SALE = "record_sale"
    EARN_POINTS = "earn_points"
    BURN_POINTS = "burn_points"
    HOLD_POINTS = "hold_points"
    RELEASE_POINTS = "release_points"
    CREATE_CUSTOMER = "create_customer"
    REVERSE_POINTS = "reverse_points"
    REVERT_VOUCHER = "revert_voucher"
    JOIN_LATER = "join_later"
    UPDATE_CUSTOMER = "update_customer"


@dataclass(frozen=True, kw_only=True)
class _OfVoucher:
    """What is asked about one voucher of a sale; such commands go in the order in which they were made."""

    ref: Ref
    identifier: str
    voucher_id: int
    sale: Ref

    @property
    def lane(self) -> str:
        return f"voucher:{self.voucher_id}"

    @property
    def vouchers(self) -> tuple[int, ...]:
        return (self.voucher_id,)


@dataclass(frozen=True, kw_only=True)
class _OfCustomer:
    """What is asked about one customer; such commands go in the order in which they were made."""

    ref: Ref
    identifier: str

    @property
    def lane(self) -> str:
        return f"customer:{self.identifier}"

    @property
    def vouchers(self) -> tuple[int, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class HoldVoucher(_OfVoucher):
    """Hold one voucher for a sale. Source: POST /v4/vouchers/{id}/redeem?confirm=false, perx-api 4, A-live."""

    kind: ClassVar[Kind] = Kind.HOLD_VOUCHER


@dataclass(frozen=True, kw_only=True)
class ReleaseVoucher(_OfVoucher):
    """Give a held voucher back. Source: PUT /v4/pos/vouchers/{id}/revert_redemption, perx-api 4, A-live."""

    kind: ClassVar[Kind] = Kind.RELEASE_VOUCHER


@dataclass(frozen=True, kw_only=True)
class RedeemVoucher(_OfVoucher):
    """Use a voucher that a customer was given the value of while Perx was away: provisional until Perx says yes.

    `was_held`: this till held it at Perx before the link went. `amount_minor` is what it took off, in minor units.
    Source: POST /v4/vouchers/{id}/redeem?confirm=true, held or not, perx-api 4, A-live.
    """

    kind: ClassVar[Kind] = Kind.REDEEM_VOUCHER
    was_held: bool = False
    title: str = ""
    amount_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class _OfSale(_OfCustomer):
    """A sale. Units: `amount_minor` in minor units of `currency`; `sold_at` ISO 8601 UTC.

    `deferred`: the counter was told that it is sent later, so that a refusal has to find a person by itself.
    """

    perx_id: int | None = None
    amount_minor: int
    currency: str
    sold_at: str
    transaction_type: str = "purchase"
    properties: dict[str, str] = field(default_factory=dict)
    deferred: bool = False


@dataclass(frozen=True, kw_only=True)
class RecordSale(_OfSale):
    """Tell Perx of a sale so that its rules give points. Source: POST /v4/pos/transactions, perx-api 6.1, A-nock."""

    kind: ClassVar[Kind] = Kind.RECORD_SALE


@dataclass(frozen=True, kw_only=True)
class Checkout(_OfSale):
    """Commit a sale with held vouchers and points in one invoice.

    `points_hold` is the number of a reservation at Perx, `points` how many it keeps back; "" and 0 without one.
    Source: POST /v4/pos/invoices, perx-api 6.4, A-live.
    """

    kind: ClassVar[Kind] = Kind.CHECKOUT
    merchant_identifier: str = ""
    voucher_ids: list[int] = field(default_factory=list)
    points_hold: str = ""
    points: int = 0

    @property
    def vouchers(self) -> tuple[int, ...]:
        return tuple(self.voucher_ids)


@dataclass(frozen=True, kw_only=True)
class CreateCustomer(_OfCustomer):
    """Make a member of an identifier that Perx does not know. Source: POST /v4/pos/user_accounts, perx-api 3, B.

    `language`: what the tenant keeps as theirs, "" for none. `consent`: the digest of the text that they agreed to.
    """

    kind: ClassVar[Kind] = Kind.CREATE_CUSTOMER
    language: str = ""
    consent: str = ""


@dataclass(frozen=True, kw_only=True)
class JoinLater(CreateCustomer):
    """The same, taken down while Perx cannot be asked: no member yet, and told to Perx once it can be."""

    kind: ClassVar[Kind] = Kind.JOIN_LATER


@dataclass(frozen=True, kw_only=True)
class UpdateCustomer(_OfCustomer):
    """Change what Perx keeps of a customer. Source: PUT /v4/pos/user_accounts/update_user, perx-api 3, B."""

    kind: ClassVar[Kind] = Kind.UPDATE_CUSTOMER
    language: str


@dataclass(frozen=True, kw_only=True)
class _OfPoints(_OfCustomer):
    """Points of a customer's, always as a positive figure. `sale` names the sale that they belong to, if any."""

    points: int
    sale: Ref = NO_SALE


@dataclass(frozen=True, kw_only=True)
class EarnPoints(_OfPoints):
    """Give exactly these points. Source: POST /v4/pos/loyalty_transactions, perx-api 6.2, A-live."""

    kind: ClassVar[Kind] = Kind.EARN_POINTS
    properties: dict[str, str] = field(default_factory=dict)
    deferred: bool = False


@dataclass(frozen=True, kw_only=True)
class BurnPoints(_OfPoints):
    """Take exactly these points. Source: as for earning, with negative points, perx-api 6.2, A-live."""

    kind: ClassVar[Kind] = Kind.BURN_POINTS
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class HoldPoints(_OfPoints):
    """Keep points back for a sale. Source: POST /v4/pos/loyalty_transactions/reserve, perx-api 6.3, A-live.

    `held_before` is what Perx kept back for this customer already: the only trace that a lost hold leaves is the rise.
    """

    kind: ClassVar[Kind] = Kind.HOLD_POINTS
    held_before: int


@dataclass(frozen=True, kw_only=True)
class ReleasePoints(_OfPoints):
    """Let held points go. Source: PUT /v4/pos/loyalty_transactions/{id}/revert_redemption, perx-api 6.3, A-live."""

    kind: ClassVar[Kind] = Kind.RELEASE_POINTS
    hold_id: str


@dataclass(frozen=True, kw_only=True)
class ReversePoints(_OfPoints):
    """Undo what a sale did to the points, by exactly so many the other way. `gives_back`: the sale had taken them.

    No call of Perx's undoes a completed earning. Of the two ways that are known, exact points with reason properties
    (a merchant's own client, A-nock; the call itself A-live with both signs, at once) are attested better than a sale
    of a type such as `reversal` (seen in one captured row, C): that one rests on a rule of the tenant's, and fails
    late and quietly. Source: POST /v4/pos/loyalty_transactions, perx-api 6.1 to 6.3.
    """

    kind: ClassVar[Kind] = Kind.REVERSE_POINTS
    gives_back: bool = False
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RevertVoucher(_OfVoucher):
    """Ask Perx to take back that a voucher was used. Whether it does so for a used one is unknown, so a no is usual.

    `used_at`: when Perx says that it was used, in Perx's own words (ISO 8601 UTC), by which this use is told from a
    later one; "" when Perx names no time. Source: PUT /v4/pos/vouchers/{id}/revert_redemption, perx-api 4: A-live for
    held ones, unknown for used ones.
    """

    kind: ClassVar[Kind] = Kind.REVERT_VOUCHER
    used_at: str = ""
    title: str = ""


Command = (
    HoldVoucher
    | ReleaseVoucher
    | RedeemVoucher
    | Checkout
    | RecordSale
    | EarnPoints
    | BurnPoints
    | HoldPoints
    | ReleasePoints
    | CreateCustomer
    | JoinLater
    | UpdateCustomer
    | ReversePoints
    | RevertVoucher
)


@dataclass(frozen=True, kw_only=True)
class Spoilt:
    """A stored command whose content cannot be read, or is not what was put in: what is still known of it.

    It is never sent or looked for; only a person can close it. `kind` is None when the row's own word for it,
    `kind_name`, is none of ours. `amount_minor` in minor units, as the row says.
    """

    ref: Ref
    kind: Kind | None
    kind_name: str
    lane: str
    amount_minor: int = 0

    @property
    def identifier(self) -> str:
        return self.lane.removeprefix("customer:") if self.lane.startswith("customer:") else ""

    @property
    def vouchers(self) -> tuple[int, ...]:
        number = self.lane.removeprefix("voucher:")
        is_number = number != self.lane and number.isascii() and number.isdigit() and len(number) < 19
        return (int(number),) if is_number else ()


_TYPES: dict[Kind, type[Command]] = {
    cls.kind: cls
    for cls in (
        HoldVoucher,
        ReleaseVoucher,
        RedeemVoucher,
        Checkout,
        RecordSale,
        EarnPoints,
        BurnPoints,
        HoldPoints,
        ReleasePoints,
        CreateCustomer,
        JoinLater,
        UpdateCustomer,
        ReversePoints,
        RevertVoucher,
    )
}


def to_body(command: Command) -> dict[str, Any]:
    """The command's fields as plain JSON values, without its kind."""
    return asdict(command)


def from_body(kind: str, body: Mapping[str, Any]) -> Command:
    """The command that was stored. Unknown fields are left out, so that an older program can read a newer row.

    Errors: ValueError for an unknown kind or a missing field.
    """
    try:
        cls = _TYPES[Kind(kind)]
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in body.items() if name in known})
    except (KeyError, TypeError) as exc:
        raise ValueError(f"not a {kind} command: {exc}") from exc


# ---------------------------------------------------------------- what came of it


@dataclass(frozen=True)
class Done:
    """Perx answered that it happened. `answer` is what is worth keeping (plain JSON values)."""

    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """Perx said no; nothing happened. `problem` is our support code, `said` Perx's own bounded words."""

    problem: str
    said: str = ""


@dataclass(frozen=True)
class NotSent:
    """Nothing reached Perx: keep it and try later. `stop` = our credentials: do not try the others either."""

    problem: str
    retry_after_s: float | None = None
    stop: bool = False


@dataclass(frozen=True)
class NoAnswer:
    """It may have happened. It is looked up before anything is sent again.

    Units: `retry_after_s` is the pause that a server which is down asked for; the others wait too.
    """

    problem: str
    retry_after_s: float | None = None


Outcome = Done | Refused | NotSent | NoAnswer


@dataclass(frozen=True)
class Found:
    """The look-up shows that the command took effect."""

    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NotFound:
    """The look-up worked and shows no trace yet; a late request may still take effect."""


@dataclass(frozen=True)
class CannotTell:
    """The look-up itself failed, or shows something that only a person can judge (`person`)."""

    problem: str
    person: bool = False
    retry_after_s: float | None = None


Finding = Found | NotFound | CannotTell
