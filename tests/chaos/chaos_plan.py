"""What a run of chaos does, as data drawn from one seed: lives of a till, how each ends, what is spoiled meanwhile.

Nothing here looks at a clock: the same seed, form and lane give the same lives, word for word.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

SCALE = 20
"""One factor for all times: a second of the till's and the sandbox's world is 1/20 s of the machine's."""

SETTLE_S, TIMEOUT_S, RULE_DELAY_S = 60.0, 10.0, 2.0
"""In the till's own seconds. The time-out is the shortest that the settings allow (0.5 s of the machine's)."""

CUSTOMERS = 120
VOUCHERS_EACH = 4
"""So many vouchers in a row belong to one customer."""

VOUCHERS_A_LIFE = 5 * VOUCHERS_EACH
VOUCHERS_LAST = 20
"""For so many lives a voucher can be used; then it ends. A shop that grows slower with every life proves less."""


REWARD = 901
"""The reward that is claimed, at one price."""

PINS_A_LIFE = 6
"""So many vouchers that are used by PIN are planted for each life."""


def pin_owner(number: int) -> int:
    """The number of the customer who has this voucher with a PIN."""
    return number % CUSTOMERS


def owner(voucher: int) -> int:
    """The number of the customer whose voucher this is."""
    return voucher // VOUCHERS_EACH % CUSTOMERS


# ---------------------------------------------------------------- where a till is killed

SALES_KINDS = ("record_sale", "checkout", "hold_voucher", "release_voucher", "create_customer")
POINTS_KINDS = ("earn_points", "burn_points", "hold_points", "release_points", "reverse_points")
REWARD_KINDS = ("reserve_reward", "confirm_reward", "release_reward", "redeem_pin", "revert_voucher")
KINDS = (*SALES_KINDS, *POINTS_KINDS, *REWARD_KINDS, "redeem_voucher")
STORE = ("before", "inside", "after")
SEND = ("begun", "first_byte", "left", "answered", "told")
LOOK = ("begun", "left", "answered", "told")
NOTHING_ASKED = ("release_points",)
"""Kinds whose look-up asks Perx nothing."""

FAIL_POINTS: tuple[str, ...] = (
    # a command's row: before it is handed over, inside its transaction, durable and nobody told
    *(f"store:{kind}:{at}" for kind in KINDS for at in STORE),
    # `sending` is durable and nothing sent; the first byte; the request left; the answer's head is here; not yet `done`
    *(f"send:{kind}:{at}" for kind in KINDS for at in SEND),
    # the same of a look-up
    *(f"look:{kind}:{at}" for kind in KINDS for at in LOOK if kind not in NOTHING_ASKED or at in ("begun", "told")),
    # what became of a send is written
    *(f"settle:{state}:{at}" for state in ("done", "refused", "waiting", "checking", "attention") for at in STORE),
    # an entry is claimed
    *(f"claim:{at}" for at in ("inside", "after")),
    # the start: what was being sent becomes something to look for; the open sale is read back
    *(f"recover:{at}" for at in STORE),
    "start:restored",
    # the open sale's own row
    *(f"draft:{at}" for at in STORE),
    # between a hold and its checkout; between the tap and the row; a proper end that does not get to its end
    "counter:held",
    "counter:points_held",
    "counter:reward_held",
    "counter:pin_used",
    "counter:completed",
    "close:begun",
    "close:outbox",
)


OF_EACH = {"store": 1, "send": 2, "look": 1}


def drawn_points(seed: int) -> tuple[str, ...]:
    """What a short run comes to: some fail-points of each step of each kind, and all that belong to no kind."""
    draw = random.Random(f"points {seed}")
    steps: dict[str, list[str]] = {}
    for point in FAIL_POINTS:
        step = point.rpartition(":")[0]
        steps.setdefault(step if step.split(":")[-1] in KINDS else point, []).append(point)
    wanted: set[str] = set()
    for step, points in steps.items():
        wanted.update(draw.sample(points, min(OF_EACH.get(step.partition(":")[0], 1), len(points))))
    return tuple(point for point in FAIL_POINTS if point in wanted)


# ---------------------------------------------------------------- what is spoiled

WRITES = {
    "record_sale": ("POST", "/v4/pos/transactions"),
    "checkout": ("POST", "/v4/pos/invoices"),
    "hold_voucher": ("POST", r"^/v4/vouchers/\d+/redeem"),
    "release_voucher": ("PUT", "/v4/pos/vouchers"),
    "create_customer": ("POST", "^/v4/pos/user_accounts$"),
    "earn_points": ("POST", "^/v4/pos/loyalty_transactions$"),
    "burn_points": ("POST", "^/v4/pos/loyalty_transactions$"),
    "reverse_points": ("POST", "^/v4/pos/loyalty_transactions$"),
    "hold_points": ("POST", "/v4/pos/loyalty_transactions/reserve"),
    "release_points": ("PUT", "/v4/pos/loyalty_transactions"),
    "redeem_voucher": ("POST", r"^/v4/vouchers/\d+/redeem"),
    "reserve_reward": ("POST", r"^/v4/rewards/\d+/reserve"),
    "confirm_reward": ("PATCH", r"^/v4/vouchers/\d+/confirm"),
    "release_reward": ("PATCH", r"^/v4/vouchers/\d+/release"),
    "redeem_pin": ("POST", r"^/v4/vouchers/\d+/redeem"),
    "revert_voucher": ("PUT", "/v4/pos/vouchers"),
}
READS = (
    ("POST", "/v4/oauth/token"),
    ("GET", "/v4/pos/user_accounts"),
    ("GET", "/v4/vouchers"),
    ("GET", "/v4/transactions"),
    ("GET", "/v4/loyalty"),
)
DROPPED: dict[str, Any] = {"kind": "drop_after"}
TURNED_AWAY: dict[str, Any] = {"kind": "status", "code": 429, "headers": {"Retry-After": "2"}}

# Units: seconds of the shop's world; `scaled` makes them the machine's.
SPOILS: tuple[dict[str, Any], ...] = (
    DROPPED,
    {"kind": "drop_after", "reset": True},
    {"kind": "drop_before"},
    {"kind": "drop_before", "reset": True},
    {"kind": "delay_commit", "s": 0},
    {"kind": "delay_commit", "s": 2},
    {"kind": "delay_commit", "s": 30},
    {"kind": "delay_before", "s": 2},
    {"kind": "delay_before", "s": 30},
    {"kind": "delay_before", "s": 60},
    {"kind": "status", "code": 500},
    {"kind": "status", "code": 502, "process": True},
    {"kind": "status", "code": 503, "headers": {"Retry-After": "5"}},
    {"kind": "status", "code": 504, "process": True},
    TURNED_AWAY,
    {"kind": "html"},
    {"kind": "redirect"},
    {"kind": "slow", "bytes": 1, "interval_s": 2},
    {"kind": "truncate"},
    {"kind": "empty"},
    {"kind": "garbage"},
    {"kind": "nan"},
    {"kind": "wrong_reference"},
    {"kind": "wrong_voucher"},
)
JUMPS_S = (-86_400.0, -3_600.0, -90.0, 90.0, 3_600.0, 31_536_000.0)


def scaled(action: dict[str, Any]) -> dict[str, Any]:
    """A fault's action in the machine's seconds. Retry-After stays: the till counts it in its own."""
    return {name: value / SCALE if name in ("s", "interval_s") else value for name, value in action.items()}


def rule(place: tuple[str, str], action: dict[str, Any], times: int = 1, after: int = 0) -> dict[str, Any]:
    """One rule for the sandbox."""
    match = {"method": place[0], "path": place[1]}
    return {"match": match, "times": times, "after": after, "action": scaled(action)}


# ---------------------------------------------------------------- what a cashier does


class Visit(Struct, frozen=True):
    """One customer at the counter. `number` makes the bill, which no other visit of the lane has: it names the sale.

    `customer` None: somebody new. `vouchers`: numbers of planted vouchers of this customer.
    `ends`: complete, cancel, take_out (a voucher, then complete), walk_away (the customer is taken off), leave.
    `points`: a supervisor's correction (earn, burn), those of a reversed sale (reverse), or points that are kept back,
    and then pay for a sale (pay), are let go (release), or are forgotten at the counter (forget); a reward that is
    taken (claim) or let go (unclaim); a voucher that is used by PIN for a sale (pin) or for none (unpin).
    `on_trust`: the line is cut, and the vouchers are used on trust: held before, or not (unheld). `elsewhere`: those
    of them that another till uses meanwhile.
    """

    number: int
    customer: int | None
    vouchers: tuple[int, ...] = ()
    ends: str = "complete"
    twice: bool = False
    voucher_first: bool = False
    jump_s: float = 0.0
    points: str = ""
    on_trust: str = ""
    elsewhere: tuple[int, ...] = ()

    @property
    def bill_minor(self) -> int:
        """What the register shows; a voucher takes one minor unit off, so that no other visit's can be the same."""
        return 100 + 10 * self.number

    @property
    def points_moved(self) -> int:
        """How many points this visit is about; no other visit's are as many."""
        return 1_000_000 + self.number


class Life(Struct, frozen=True):
    """One process of a till, from its start to its end.

    `ends`: point (at the `nth` time that `point` is passed), time (`after_s` after its start), close (properly, after
    so many visits), drain (no fault any more, everything is settled, closed properly).
    Units: machine seconds. `full`: from which to which visit the disk takes no more.
    """

    number: int
    seed: int
    ends: str
    point: str = ""
    nth: int = 1
    after_s: float = 4.0
    visits: int = 10_000
    window: bool = False
    faults: tuple[dict[str, Any], ...] = ()
    jump_s: float = 0.0
    full: tuple[int, int] | None = None
    outage: tuple[float, float] | None = None
    revoked_s: float | None = None
    first: str = ""

    @property
    def planted(self) -> range:
        """The numbers of the vouchers that are planted for this life."""
        return range(self.number * VOUCHERS_A_LIFE, (self.number + 1) * VOUCHERS_A_LIFE)


def visits(life: Life) -> Iterator[Visit]:
    """The customers of one life. Those that a wanted kind of command needs come first."""
    draw = random.Random(life.seed)
    fresh = list(life.planted[::VOUCHERS_EACH])
    draw.shuffle(fresh)
    for count in itertools.count():
        number = life.number * 1000 + count
        if life.first and count < 4:
            yield _wanted(life.first, number, draw, fresh)
        else:
            yield _drawn(number, draw, fresh)


_MOVES = {
    "earn_points": "earn",
    "burn_points": "burn",
    "hold_points": "pay",
    "release_points": "release",
    "reverse_points": "reverse",
    "reserve_reward": "claim",
    "confirm_reward": "claim",
    "release_reward": "unclaim",
    "redeem_pin": "pin",
    "revert_voucher": "unpin",
}
_STEPS = {"earn": 14, "burn": 8, "pay": 24, "release": 8, "forget": 8, "reverse": 8} | {
    "claim": 12, "unclaim": 6, "pin": 12, "unpin": 6}  # fmt: skip


def pin_of(visit: Visit) -> int:
    """The number of the voucher with a PIN that this visit is about."""
    return visit.number // 1000 * PINS_A_LIFE + visit.number % 1000 % PINS_A_LIFE


def _besides(number: int, customer: int, points: str, *, twice: bool = False, jump_s: float = 0.0) -> Visit:
    """A visit about points, a reward or a PIN; a voucher with a PIN has its owner."""
    visit = Visit(number, customer, twice=twice, jump_s=jump_s, points=points)
    # a use is told from another's by its time, so that no clock is set just before one
    return replace(visit, customer=pin_owner(pin_of(visit)), jump_s=0.0) if points in ("pin", "unpin") else visit


def _wanted(kind: str, number: int, draw: random.Random, fresh: list[int]) -> Visit:
    customer = draw.randrange(CUSTOMERS)
    if kind == "record_sale":
        return Visit(number, customer)
    if kind == "create_customer":
        return Visit(number, None)
    if kind in _MOVES:
        return _besides(number, customer, _MOVES[kind])
    voucher = fresh.pop()
    if kind == "redeem_voucher":
        return Visit(number, owner(voucher), (voucher,), on_trust="unheld" if number % 3 else "held")
    return Visit(number, owner(voucher), (voucher,), "cancel" if kind == "release_voucher" else "complete")


def _drawn(number: int, draw: random.Random, fresh: list[int]) -> Visit:
    jump_s = draw.choice(JUMPS_S) if draw.random() < 0.05 else 0.0
    twice = draw.random() < 0.3
    chance = draw.random()
    if chance < 0.3:
        customer = None if chance < 0.06 else draw.randrange(CUSTOMERS)
        return Visit(number, customer, twice=twice, jump_s=jump_s)
    if chance < 0.5:
        points = draw.choices([*_STEPS], [*_STEPS.values()])[0]
        return _besides(number, draw.randrange(CUSTOMERS), points, twice=twice, jump_s=jump_s)
    if chance < 0.58 and fresh:
        return _on_trust(number, draw, fresh, twice=twice)
    return _with_vouchers(number, draw, fresh, twice=twice, jump_s=jump_s)


def _with_vouchers(number: int, draw: random.Random, fresh: list[int], *, twice: bool, jump_s: float) -> Visit:
    """Somebody with vouchers: mostly with new ones, sometimes with those that were used or left before."""
    groups = number // 1000 * VOUCHERS_A_LIFE // VOUCHERS_EACH
    old = draw.randrange(max(0, groups - VOUCHERS_LAST * 4), max(1, groups)) * VOUCHERS_EACH
    first = fresh.pop() if fresh and draw.random() < 0.8 else old
    vouchers = tuple(draw.sample(range(first, first + VOUCHERS_EACH), draw.choice((1, 1, 2, 3, 4))))
    if draw.random() < 0.1:
        vouchers += vouchers[:1]
    ends = draw.choices(("complete", "cancel", "take_out", "walk_away", "leave"), (50, 28, 9, 9, 4))[0]
    return Visit(number, owner(first), vouchers, ends, twice, draw.random() < 0.3, jump_s)


def _on_trust(number: int, draw: random.Random, fresh: list[int], *, twice: bool) -> Visit:
    """Somebody whose vouchers are used while Perx is away; what another till used meanwhile was not held here."""
    first = fresh.pop()
    vouchers = tuple(draw.sample(range(first, first + VOUCHERS_EACH), draw.choice((1, 1, 2))))
    how = draw.choice(("held", "unheld", "unheld"))
    elsewhere = vouchers[:1] if how == "unheld" and draw.random() < 0.4 else ()
    return Visit(number, owner(first), vouchers, twice=twice, on_trust=how, elsewhere=elsewhere)


# ---------------------------------------------------------------- a lane: one shop, life after life


@dataclass
class Lane:
    """The lives of one shop. A fail-point that a life did not come to is tried again, up to `tries` times."""

    seed: int
    points: tuple[str, ...]
    long: bool = False
    tries: int = 5
    number: int = 0
    left: list[str] = field(init=False)
    missed: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.left = list(self.points)
        random.Random(self.seed).shuffle(self.left)

    def at_point(self) -> Life:
        """A life that is to end at the next fail-point."""
        life = aimed(self.seed, self.number, self.left.pop(0))
        self.number += 1
        return life

    def at_random(self) -> Life:
        """A life that ends at a drawn point, at a drawn time, or properly."""
        life = drawn(self.seed, self.number, self.points, long=self.long)
        self.number += 1
        return life

    def drain(self) -> Life:
        """The last life: nothing is spoiled, and everything is settled."""
        life = Life(self.number, self.seed, "drain", visits=0, after_s=120.0)
        self.number += 1
        return life

    def not_reached(self, point: str) -> None:
        """The life ended before its fail-point: try again at the end."""
        self.missed[point] = self.missed.get(point, 0) + 1
        if self.missed[point] < self.tries and point not in self.left:
            self.left.append(point)


def aimed(seed: int, number: int, point: str, nth: int = 1) -> Life:
    """A life that is led to one fail-point: by its first customers, and by what is spoiled first."""
    own = random.Random(f"{seed}:{number}")
    part, _, rest = point.partition(":")
    kind = rest.partition(":")[0]
    faults: list[dict[str, Any]] = []
    first = kind if kind in KINDS else ""
    if part == "look":
        faults = [rule(WRITES[kind], DROPPED, times=2)]
    elif point.startswith("settle:refused"):
        first, faults = "hold_voucher", [rule(WRITES["hold_voucher"], TURNED_AWAY, times=2)]
    elif point.startswith("settle:waiting"):
        first, faults = "record_sale", [rule(WRITES["record_sale"], TURNED_AWAY)]
    elif point.startswith("settle:checking"):
        first, faults = "record_sale", [rule(WRITES["record_sale"], DROPPED)]
    elif point.startswith("settle:attention"):
        first, faults = "hold_points", [rule(WRITES["hold_points"], DROPPED, times=2)]
    elif part == "counter":
        first = {"points_held": "hold_points", "reward_held": "reserve_reward", "pin_used": "redeem_pin"}.get(
            rest, "checkout"
        )
    ends = 3 if part == "close" else 10_000
    return Life(
        number,
        own.randrange(2**31),
        "point",
        point,
        nth,
        after_s=5.0,
        visits=ends,
        window=own.random() < 0.1,
        faults=tuple(faults),
        # what was seen before the clock was set is too old, or not seen yet, to be trusted
        jump_s=own.choice(JUMPS_S) if own.random() < 0.2 and first not in ("redeem_voucher", "redeem_pin") else 0.0,
        first=first,
    )


def drawn(seed: int, number: int, points: tuple[str, ...], *, long: bool = False) -> Life:
    """A life with a bad network, that ends anywhere; `long` ones serve a good ten customers, the others a few."""
    own = random.Random(f"{seed}:{number}")
    chance = own.random()
    point, nth, led = "", 1, aimed(seed, number, "draft:after")
    if chance < 0.45:
        point = own.choice(points)
        nth = 1 if point.startswith(("close", "recover", "start")) else own.randint(1, 20 if long else 3)
        led = aimed(seed, number, point, nth)
    ends = "point" if point else "time" if chance < 0.95 else "close"
    after_s = {"point": 12.0 if long else 6.0, "close": 20.0}.get(ends) or _time(own, long=long)
    full_from = own.randrange(1, 8)
    return replace(
        led,
        ends=ends,
        point=point,
        after_s=after_s,
        visits=own.randrange(2, 8) if ends == "close" else led.visits,
        faults=(*(led.faults if own.random() < 0.7 else ()), *_spoiled(own)),
        full=(full_from, full_from + own.randrange(1, 3)) if own.random() < 0.08 else None,
        outage=(own.uniform(0.3, 2.0), own.uniform(0.0, 1.0)) if own.random() < 0.04 else None,
        revoked_s=own.uniform(0.2, 2.0) if own.random() < 0.06 else None,
    )


def _time(own: random.Random, *, long: bool) -> float:
    """When a till is killed without a point. Some live longer than the quiet time, so that it ends in them."""
    if own.random() < 0.12:
        return own.uniform(SETTLE_S / SCALE + 1.0, SETTLE_S / SCALE + 4.0)
    return own.uniform(0.05, 9.0 if long else 2.5)


def _spoiled(own: random.Random) -> list[dict[str, Any]]:
    places = [*WRITES.values(), *WRITES.values(), *READS]
    count = own.choice((0, 1, 2, 3, 4, 6))
    return [rule(own.choice(places), own.choice(SPOILS), own.choice((1, 1, 2)), own.randrange(6)) for _ in range(count)]
