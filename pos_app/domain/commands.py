"""What the till asks of Perx: every write, as a value that can be stored before its first byte is sent.

Each command has our own reference, minted once. Fields are plain JSON values, so that a stored row reads
back to the same command. What is known of each kind (what to do offline, which hold it takes or frees,
how it is found again after a lost answer, what "not found" means) stands in `kinds.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct, field, to_builtins

from pos_app.domain.codes import Ref
from pos_app.domain.kindnames import Kind as Kind
from pos_app.domain.outcomes import CannotTell as CannotTell
from pos_app.domain.outcomes import Done as Done
from pos_app.domain.outcomes import Finding as Finding
from pos_app.domain.outcomes import Found as Found
from pos_app.domain.outcomes import NoAnswer as NoAnswer
from pos_app.domain.outcomes import NotFound as NotFound
from pos_app.domain.outcomes import NotSent as NotSent
from pos_app.domain.outcomes import Outcome as Outcome
from pos_app.domain.outcomes import Refused as Refused

NO_SALE = Ref("")


class _OfVoucher(Struct, frozen=True, kw_only=True):
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


class _OfCustomer(Struct, frozen=True, kw_only=True):
    """What is asked about one customer; such commands go in the order in which they were made."""

    ref: Ref
    identifier: str

    @property
    def lane(self) -> str:
        return f"customer:{self.identifier}"

    @property
    def vouchers(self) -> tuple[int, ...]:
        return ()


class HoldVoucher(_OfVoucher, frozen=True, kw_only=True):
    """Hold one voucher for a sale. Source: POST /v4/vouchers/{id}/redeem?confirm=false, perx-api 4, A-live."""

    kind: ClassVar[Kind] = Kind.HOLD_VOUCHER


class ReleaseVoucher(_OfVoucher, frozen=True, kw_only=True):
    """Give a held voucher back. Source: PUT /v4/pos/vouchers/{id}/revert_redemption, perx-api 4, A-live."""

    kind: ClassVar[Kind] = Kind.RELEASE_VOUCHER


class RedeemVoucher(_OfVoucher, frozen=True, kw_only=True):
    """Use a voucher that a customer was given the value of while Perx was away: provisional until Perx says yes.

    `was_held`: this till held it at Perx before the link went. `amount_minor` is what it took off, in minor units.
    Source: POST /v4/vouchers/{id}/redeem?confirm=true, held or not, perx-api 4, A-live.
    """

    kind: ClassVar[Kind] = Kind.REDEEM_VOUCHER
    was_held: bool = False
    title: str = ""
    amount_minor: int = 0
    currency: str = ""


class RedeemPin(_OfVoucher, frozen=True, kw_only=True):
    """Use a voucher by the shop's PIN, which is never written down. Source: POST .../redeem, perx-api 4 and 9, B*."""

    kind: ClassVar[Kind] = Kind.REDEEM_PIN
    title: str = ""


class _OfSale(_OfCustomer, frozen=True, kw_only=True):
    """A sale. Units: `amount_minor` in minor units of `currency`; `sold_at` ISO 8601 UTC.

    `deferred`: the counter was told that it is sent later, so that a refusal has to find a person by itself. `spent`:
    the vouchers that were used by PIN for it, by the reference of that use.
    """

    perx_id: int | None = None
    amount_minor: int
    currency: str
    sold_at: str
    transaction_type: str = "purchase"
    properties: dict[str, str] = field(default_factory=dict)
    deferred: bool = False
    spent: dict[str, int] = field(default_factory=dict)

    @property
    def ends(self) -> tuple[str, ...]:
        """The commands whose loose end this one takes up, once it is done: what they bound at Perx is used by it."""
        return tuple(self.spent)


class RecordSale(_OfSale, frozen=True, kw_only=True):
    """Tell Perx of a sale so that its rules give points. Source: POST /v4/pos/transactions, perx-api 6.1, A-nock."""

    kind: ClassVar[Kind] = Kind.RECORD_SALE


class Checkout(_OfSale, frozen=True, kw_only=True):
    """Commit a sale with held vouchers and points in one invoice.

    `points_hold` is the number of a reservation at Perx, `points` how many it keeps back; "" and 0 without one.
    `points_ref`: our reference of that reservation.
    Source: POST /v4/pos/invoices, perx-api 6.4, A-live.
    """

    kind: ClassVar[Kind] = Kind.CHECKOUT
    merchant_identifier: str = ""
    voucher_ids: list[int] = field(default_factory=list)
    points_hold: str = ""
    points: int = 0
    points_ref: str = ""

    @property
    def vouchers(self) -> tuple[int, ...]:
        return tuple(self.voucher_ids)

    @property
    def ends(self) -> tuple[str, ...]:
        return (*self.spent, self.points_ref) if self.points_ref else tuple(self.spent)


class CreateCustomer(_OfCustomer, frozen=True, kw_only=True):
    """Make a member of an identifier that Perx does not know. Source: POST /v4/pos/user_accounts, perx-api 3, B.

    `language`: what the tenant keeps as theirs, "" for none. `consent`: the digest of the text that they agreed to.
    """

    kind: ClassVar[Kind] = Kind.CREATE_CUSTOMER
    language: str = ""
    consent: str = ""


class JoinLater(CreateCustomer, frozen=True, kw_only=True):
    """The same, taken down while Perx cannot be asked: no member yet, and told to Perx once it can be."""

    kind: ClassVar[Kind] = Kind.JOIN_LATER


class UpdateCustomer(_OfCustomer, frozen=True, kw_only=True):
    """Change what Perx keeps of a customer. Source: PUT /v4/pos/user_accounts/update_user, perx-api 3, B."""

    kind: ClassVar[Kind] = Kind.UPDATE_CUSTOMER
    language: str


class _OfPoints(_OfCustomer, frozen=True, kw_only=True):
    """Points of a customer's, always as a positive figure. `sale` names the sale that they belong to, if any."""

    points: int
    sale: Ref = NO_SALE


class EarnPoints(_OfPoints, frozen=True, kw_only=True):
    """Give exactly these points. Source: POST /v4/pos/loyalty_transactions, perx-api 6.2, A-live."""

    kind: ClassVar[Kind] = Kind.EARN_POINTS
    properties: dict[str, str] = field(default_factory=dict)
    deferred: bool = False


class BurnPoints(_OfPoints, frozen=True, kw_only=True):
    """Take exactly these points. Source: as for earning, with negative points, perx-api 6.2, A-live."""

    kind: ClassVar[Kind] = Kind.BURN_POINTS
    properties: dict[str, str] = field(default_factory=dict)


class HoldPoints(_OfPoints, frozen=True, kw_only=True):
    """Keep points back for a sale. Source: POST /v4/pos/loyalty_transactions/reserve, perx-api 6.3, A-live.

    `held_before` is what Perx kept back for this customer already: the only trace that a lost hold leaves is the rise.
    """

    kind: ClassVar[Kind] = Kind.HOLD_POINTS
    held_before: int


class ReleasePoints(_OfPoints, frozen=True, kw_only=True):
    """Let the held points of `hold_ref` go. Source: PUT .../{id}/revert_redemption, perx-api 6.3, A-live."""

    kind: ClassVar[Kind] = Kind.RELEASE_POINTS
    hold_id: str
    hold_ref: str = ""

    @property
    def ends(self) -> tuple[str, ...]:
        return (self.hold_ref,) if self.hold_ref else ()


class ReversePoints(_OfPoints, frozen=True, kw_only=True):
    """Undo what a sale did to the points, by exactly so many the other way. `gives_back`: the sale had taken them.

    No call of Perx's undoes a completed earning. Of the two ways that are known, exact points with reason properties
    (a merchant's own client, A-nock; the call itself A-live with both signs, at once) are attested better than a sale
    of a type such as `reversal` (seen in one captured row, C): that one rests on a rule of the tenant's, and fails
    late and quietly. Source: POST /v4/pos/loyalty_transactions, perx-api 6.1 to 6.3.
    """

    kind: ClassVar[Kind] = Kind.REVERSE_POINTS
    gives_back: bool = False
    properties: dict[str, str] = field(default_factory=dict)


class RevertVoucher(_OfVoucher, frozen=True, kw_only=True):
    """Ask Perx to take back that a voucher was used. Whether it does so for a used one is unknown, so a no is usual.

    `used_at`: when Perx says that it was used, in Perx's own words (ISO 8601 UTC), by which this use is told from a
    later one; "" when Perx names no time. `pin_ref`: it was used by PIN for a sale that was not made; nobody waits at
    the counter then (`deferred`). Source: PUT /v4/pos/vouchers/{id}/revert_redemption, perx-api 4: A-live for held
    ones, unknown for used ones.
    """

    kind: ClassVar[Kind] = Kind.REVERT_VOUCHER
    used_at: str = ""
    title: str = ""
    pin_ref: str = ""
    deferred: bool = False

    @property
    def ends(self) -> tuple[str, ...]:
        return (self.pin_ref,) if self.pin_ref else ()


class ReserveReward(_OfCustomer, frozen=True, kw_only=True):
    """Hold a reward of the catalogue for a customer, at one price; no points leave yet. `price_id` None: it is free.

    Source: POST /v4/rewards/{id}/reserve, perx-api 4 and 17.4, A-live; the price in the query B*.
    """

    kind: ClassVar[Kind] = Kind.RESERVE_REWARD
    reward_id: int
    sale: Ref = NO_SALE
    price_id: int | None = None
    points: int = 0
    title: str = ""


class _OfReserved(_OfCustomer, frozen=True, kw_only=True):
    """What becomes of a held reward. `voucher_id`: the reservation's number; `reserve_ref`: our reference of it."""

    voucher_id: int
    reserve_ref: str
    sale: Ref = NO_SALE
    points: int = 0
    title: str = ""

    @property
    def ends(self) -> tuple[str, ...]:
        return (self.reserve_ref,)


class ConfirmReward(_OfReserved, frozen=True, kw_only=True):
    """Make a held reward a voucher; its points leave. Source: PATCH /v4/vouchers/{id}/confirm, perx-api 4, A-live."""

    kind: ClassVar[Kind] = Kind.CONFIRM_REWARD


class ReleaseReward(_OfReserved, frozen=True, kw_only=True):
    """Let a held reward go. Source: PATCH /v4/vouchers/{id}/release, perx-api 4, A-live."""

    kind: ClassVar[Kind] = Kind.RELEASE_REWARD


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
    | RedeemPin
    | ReserveReward
    | ConfirmReward
    | ReleaseReward
)


class Spoilt(Struct, frozen=True, kw_only=True):
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
        RedeemPin,
        ReserveReward,
        ConfirmReward,
        ReleaseReward,
    )
}


def to_body(command: Command) -> dict[str, Any]:
    """The command's fields as plain JSON values, without its kind."""
    body: dict[str, Any] = to_builtins(command)
    return body


def from_body(kind: str, body: Mapping[str, Any]) -> Command:
    """The command that was stored. Unknown fields are left out, so that an older program can read a newer row.

    Errors: ValueError for an unknown kind or a missing field.
    """
    try:
        cls = _TYPES[Kind(kind)]
        known = set(cls.__struct_fields__)
        return cls(**{name: value for name, value in body.items() if name in known})
    except (KeyError, TypeError) as exc:
        raise ValueError(f"not a {kind} command: {exc}") from exc
