"""The shop as its till needs it: what the configuration says."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field

from pos_app.domain.codes import Rule
from pos_app.domain.offline import NO_TRUST, Limits, Trust
from pos_app.domain.reversal import Policy as ReversalPolicy
from pos_app.till.customers import Members
from pos_app.till.staff import Policy


class Shop(Struct, frozen=True):
    """What the configuration says, as far as the till's rules and words need it. Never changes while running."""

    name: str = ""
    till: str = ""
    environment: str = "sandbox"
    profile: str = ""
    currency: str = "SGD"
    locale: str = ""  # "": figures are written as the language that is read writes them
    language: str = "en"
    merchant_identifier: str = ""
    transaction_type: str = "purchase"
    record_with: str = "auto"
    properties: tuple[tuple[str, str], ...] = ()
    code_rules: tuple[Rule, ...] | None = None
    limits: Limits = field(default_factory=Limits)
    trust: Trust = NO_TRUST
    settle_after_s: float = 60.0
    shift_required: bool = False
    shift_close_approval: bool = False
    reversal: ReversalPolicy = field(default_factory=ReversalPolicy)
    header_lines: tuple[str, ...] = ()
    footer_lines: tuple[str, ...] = ()
    kiosk: bool = False
    people: Policy = field(default_factory=Policy)
    point_value: Decimal | None = None  # what one point is worth, major units; None: as Perx tells it
    members: Members = field(default_factory=Members)
    sounds: bool = True
    sound_of_holds: bool = False
    slip_qr: str = ""
