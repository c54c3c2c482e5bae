"""Sample screens of points that pay, of rewards, and of PINs that are typed, as the till's own state makes them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace
from staff_samples import NOW, ON

from pos_app.domain.codes import Ref
from pos_app.domain.customers import Balance, Customer, Expiring
from pos_app.domain.money import Money, Points
from pos_app.domain.rewards import Price, Reward, TierNeed
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.till.claiming import Claim, ClaimState, Shelf
from pos_app.till.paying import Pay, PayState
from pos_app.till.pinning import Typing
from pos_app.till.state import Known, Line, LineState, Panel, PanelKind, Sale, State

LONG = "Anniversary tasting for our most loyal friends of the house, on weekdays after three"
BALANCE = Balance(
    77,
    points=Points(12480),
    held=Points(500),
    tier="Gold",
    next_tier="Platinum",
    to_next_tier=Points(7520),
    expiring=(Expiring(Points(120), NOW.date()), Expiring(Points(300), NOW.date() + timedelta(days=60))),
)
MINE = Known(Customer("6591234821", 501, "Somchai P."), BALANCE, as_of=NOW, detailed=True)
REWARDS = (
    Reward(1, "Enamel mug", (Price(1, Points(300)),)),
    Reward(2, LONG, (Price(2, Points(2000)), Price(3, Points(800), Money(1500, "SGD")), Price(4, Points(20_000)))),
    Reward(3, "Tote bag", left=0),
    Reward(4, "Platinum tasting", tiers=(TierNeed("Platinum", attained=False),)),
    Reward(5, "Birthday cake", blocked="No rewards available for this account. " * 4),
    Reward(6, "Autumn blend", sells_from=NOW + timedelta(days=9)),
    Reward(7, "Grand tour", (Price(7, Points(99_000)),)),
)
REFILL = Voucher(7, "Free refill of any drink", VoucherState.ISSUED, "6591234821", "REFILL7", redemption="pin")


def of(sale: Sale, panel: Panel | None = None, **more: object) -> State:
    """A sale of 56.00 with this customer."""
    return replace(ON, shop=replace(ON.shop, point_value=Decimal("0.01")), sale=sale, panel=panel, **more)


def paying(typed: str) -> State:
    """The points' screen with so much typed."""
    return of(SALE, Panel(PanelKind.POINTS, typed))


def row(state: PayState, **values: object) -> Pay:
    return Pay(500, state, 500, "0.01", hold_ref=Ref("1"), hold_id="31", **values)  # type: ignore[arg-type]


def claimed(state: ClaimState, **values: object) -> State:
    """A reward that is being claimed."""
    claim = Claim(2, LONG, state, 12000, 3, 1500, "SGD", Ref("1"), voucher_id=9, **values)  # type: ignore[arg-type]
    return of(replace(SALE, claim=claim), Panel(PanelKind.REWARDS, shelf=Shelf(Ref("1"), REWARDS)))


SALE = Sale(id=Ref("1"), known=MINE, bill_minor=5600)
UNTIL = {"reserved_at": NOW, "until": NOW + timedelta(minutes=14)}
NEEDS = Line("row1", LineState.NEEDS_PIN, "REFILL7", 7, REFILL)
SPENT = Line("row1", LineState.USED, "REFILL7", 7, REFILL, pin_ref=Ref("4"))
PIN = Panel(PanelKind.PIN, pin=Typing("row1", "482", NOW))
BUSY = Claim(1, "Enamel mug", ClaimState.RESERVED, 300, 1, reserve_ref=Ref("1"), voucher_id=9, **UNTIL)

POINTS_STATES = {
    "60-points": paying(""),
    "61-points-typed": paying("500"),
    "62-points-short": paying("99000"),
    "63-points-offline": of(SALE, Panel(PanelKind.POINTS, "500"), link=replace(ON.link, online=False)),
    "64-points-held": of(replace(SALE, pay=row(PayState.HELD), claim=BUSY, lines=(SPENT,))),
    "65-points-refused": of(replace(SALE, pay=row(PayState.REFUSED, problem="PX-013"), lines=(NEEDS,))),
    "66-points-lost": of(replace(SALE, pay=row(PayState.NO_ANSWER))),
    "67-points-too-many": of(replace(SALE, bill_minor=300, pay=row(PayState.HELD))),
    "68-shelf": of(SALE, Panel(PanelKind.REWARDS, shelf=Shelf(Ref("1"), REWARDS))),
    "69-shelf-offline": of(SALE, Panel(PanelKind.REWARDS, shelf=Shelf(Ref("1"), None, "NET-01"))),
    "70-prices": of(SALE, Panel(PanelKind.REWARDS, shelf=Shelf(Ref("1"), REWARDS, chosen=2))),
    "71-reserved": claimed(ClaimState.RESERVED, **UNTIL),
    "72-taking-lost": claimed(ClaimState.CONFIRMING, is_lost=True),
    "73-issued": claimed(ClaimState.ISSUED),
    "74-not-claimed": claimed(ClaimState.REFUSED, problem="PX-008", said="No voucher code available"),
    "75-pin": of(replace(SALE, lines=(NEEDS,)), PIN),
    "76-pin-wrong": of(replace(SALE, lines=(replace(NEEDS, problem="PX-012"),)), replace(PIN, pin=Typing("row1"))),
}
