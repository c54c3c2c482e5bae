"""Points, rewards and PINs in the model of the till: the moves, the answers, and the promises that they keep."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from till_bench import BALANCE, VOUCHERS, Bench, voucher

from pos_app.domain.commands import (
    Checkout,
    Command,
    ConfirmReward,
    HoldPoints,
    RecordSale,
    RedeemPin,
    ReleasePoints,
    ReleaseReward,
    ReserveReward,
    RevertVoucher,
)
from pos_app.domain.entries import EntryState
from pos_app.domain.money import Money, Points
from pos_app.domain.rewards import Price, Reward
from pos_app.till import claiming, paying, pinning
from pos_app.till import events as ev
from pos_app.till.paying import Chip

POINT = Decimal("0.01")
WITH_PIN = voucher(4, minimum=None, redemption="pin")
REWARDS = (
    Reward(1, "Mug", (Price(11, Points(300)),)),
    Reward(2, "Table", (Price(21, Points(2000)), Price(22, Points(800), Money(1500, "SGD")))),
    Reward(3, "Free"),
    Reward(4, "Gone", left=0),
)
TAPS = st.one_of(
    st.sampled_from([paying.PayTapped(), paying.PayEntered(), paying.PayEntered()]),
    st.builds(paying.ChipTapped, st.sampled_from(Chip)),
    st.just(ev.LineRemoved(paying.ROW)),
    st.sampled_from([claiming.ShelfTapped(), claiming.TakeTapped(), claiming.LetGoTapped(), claiming.ShelfLeft()]),
    st.sampled_from([claiming.UseTapped(), claiming.KeepTapped(), ev.LineRemoved(claiming.ROW)]),
    st.builds(claiming.RewardTapped, st.integers(1, 5)),
    st.builds(claiming.PriceTapped, st.sampled_from([None, 11, 21, 22, 99])),
    st.just(ev.VoucherTapped(4)),
    st.sampled_from([pinning.PinTapped(), pinning.PinEntered(), pinning.PinEntered()]),
    st.builds(pinning.PinKey, st.sampled_from(["1", "4", "delete", "clear", "x"])),
)
ANSWERS = (
    "alone",
    "balance",
    "less",
    "no balance",
    "rewards",
    "no rewards",
    "with a PIN",
    "paying",
    "claiming",
    "by PIN",
)
CARRIED_OUT = {"kept back": "paying", "held": "claiming", "spent": "by PIN"}
"""Moves that end with Perx's yes, by what comes before it."""
MOVES = st.one_of(TAPS, st.sampled_from(ANSWERS), st.sampled_from([*ANSWERS[-3:], *CARRIED_OUT]))
OFTEN = st.sampled_from(
    [
        *(*CARRIED_OUT, *CARRIED_OUT, *ANSWERS[-3:], "alone", "alone"),
        *(claiming.TakeTapped(), ev.CompleteTapped(), ev.CompleteTapped(), ev.CancelTapped(), ev.NextTapped()),
    ]
)


def happen(bench: Bench, move: str) -> None:
    """An answer, or some steps at once that chance alone seldom gets to."""
    sale, panel = bench.state.sale, bench.state.panel
    ask = sale.pay.ask if sale.pay is not None and sale.pay.ask else "nothing"
    shelf = panel.shelf.ask if panel is not None and panel.shelf is not None else "nothing"
    match move:
        case "alone":
            bench.happen(ev.CancelTapped(), ev.NextTapped())
            bench.customer(())
            bench.happen(ev.KeyTapped("8"), ev.KeyTapped("00"))
        case "balance":
            bench.happen(paying.PointsRead(ask, BALANCE))
        case "less":
            bench.happen(paying.PointsRead(ask, BALANCE.__class__(77, points=Points(10))))
        case "no balance":
            bench.happen(paying.PointsRead(ask, None, "NET-01"))
        case "rewards":
            bench.happen(claiming.RewardsSeen(shelf, REWARDS, BALANCE))
        case "no rewards":
            bench.happen(claiming.RewardsSeen(shelf, None, None, "NET-06"))
        case "with a PIN":
            found = sale.known.found if sale.known else 0
            bench.happen(ev.CustomerDetailed(found, BALANCE, (*VOUCHERS, WITH_PIN)))
        case "paying":
            bench.happen(paying.PayTapped(), ev.KeyTapped("4"), ev.KeyTapped("00"), paying.PayEntered())
            happen(bench, "balance")
        case "claiming":
            bench.happen(claiming.ShelfTapped())
            happen(bench, "rewards")
            bench.happen(claiming.RewardTapped(1), claiming.PriceTapped(11))
        case _:
            happen(bench, "with a PIN")
            bench.happen(ev.PanelClosed(), ev.VoucherTapped(4), pinning.PinTapped(), pinning.PinKey("4"))
            bench.happen(pinning.PinEntered())


def answer_of(command: Command) -> dict[str, Any]:
    """What Perx answers to a command that it carries out."""
    if isinstance(command, HoldPoints):
        return {"hold_id": f"h{command.ref}"}
    if isinstance(command, ReserveReward):
        return {"voucher_id": 9000 + int(str(command.ref)[:-2]) % 1000, "until": None}
    return {"used_at": ""} if isinstance(command, RedeemPin) else {}


def check(bench: Bench, settled: dict[str, EntryState]) -> None:
    """What Perx keeps back, holds or has used for a sale stands in it, is taken by it, or is brought to an end."""
    done = [one for one in bench.stored() if settled.get(one.ref) is EntryState.DONE]
    sales = [one for one in bench.stored() if isinstance(one, Checkout | RecordSale)]
    standing = [one for one in sales if settled.get(one.ref) is not EntryState.REFUSED]
    _check_points(bench, done, standing)
    _check_rewards(bench, settled, done)
    _check_pins(bench, done, standing)


def _check_points(bench: Bench, done: list[Command], standing: list[Checkout | RecordSale]) -> None:
    pay = bench.state.sale.pay
    live = {pay.hold_ref} if pay is not None and (pay.may_be_held or pay.state is paying.PayState.USED) else set()
    ended = {one.hold_ref for one in bench.stored(ReleasePoints)}
    taken = [one.points_ref for one in standing if isinstance(one, Checkout) and one.points_ref]
    held = {one.ref for one in done if isinstance(one, HoldPoints)}
    assert held <= {*live, *ended, *taken}, "points are kept back for nobody"
    assert len(taken) == len(set(taken)), "points pay twice"
    assert not set(taken) & ended, "points of a sale that stands were let go"


def _check_rewards(bench: Bench, settled: dict[str, EntryState], done: list[Command]) -> None:
    claim = bench.state.sale.claim
    live = {claim.reserve_ref} if claim is not None and claim.is_live else set()
    confirms = bench.stored(ConfirmReward)
    asked = [one.reserve_ref for one in confirms if settled.get(one.ref) is not EntryState.REFUSED]
    assert len(asked) == len(set(asked)), "a reward is taken twice"
    ended = {one.reserve_ref for one in bench.stored(ReleaseReward)}
    held = {one.ref for one in done if isinstance(one, ReserveReward)}
    assert held <= {*live, *ended, *asked}, "a reward is held for nobody"


def _check_pins(bench: Bench, done: list[Command], standing: list[Checkout | RecordSale]) -> None:
    live = {line.pin_ref for line in bench.state.sale.lines}
    spent = [ref for one in standing for ref in one.spent]
    back = {one.pin_ref for one in bench.stored(RevertVoucher)}
    used = {one.ref for one in done if isinstance(one, RedeemPin)}
    assert used <= {*live, *spent, *back}, "a voucher was used by PIN for nobody"
    assert len(spent) == len(set(spent)), "a voucher that was used by PIN pays twice"
    assert not set(spent) & back, "what a sale that stands has used was asked back"
