"""The judge of `make chaos`, and what its short form comes to: each fault that it is there to find is found, once."""

from __future__ import annotations

from typing import Any

import pytest
from chaos_cashier import FIRST_VOUCHER, identifier
from chaos_check import MADE_AFTER, Book, Check, Told, Verdict
from chaos_plan import FAIL_POINTS, KINDS, drawn_points
from chaos_purse import FIRST_PIN_VOUCHER

WHO = identifier(1)
VOUCHER = FIRST_VOUCHER + 4
HELD = {"id": 9, "customer_identifier": WHO, "points": -50, "state": "held"}
USED = {"id": VOUCHER, "state": "redeemed", "redemptions": 1, "holds": 0}


def entry(ref: str, kind: str, state: str = "done", *, lost: int = 0, **body: Any) -> dict[str, Any]:
    """One row of the till's file."""
    problem = "" if state == "done" else "NET-02"
    row = {"ref": ref, "kind": kind, "state": state, "problem": problem, "tries": 1, "lost": lost}
    return row | {"body": {"identifier": WHO} | body}


def judged(*entries: dict[str, Any], elsewhere: tuple[int, ...] = (), **ledger: Any) -> Verdict:
    """What the judge says of these entries and this ledger."""
    nothing: dict[str, list[Any]] = {
        name: [] for name in ("transactions", "vouchers", "customers", "invoices", "loyalty_transactions", "holds")
    }
    book = Book({one["ref"]: one for one in entries}, set(), [], set())
    return Check(book, Told(), nothing | ledger, elsewhere).run()


def found(verdict: Verdict) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: len(whats) for name, whats in verdict.found.items() if whats}


def moved(ref: str, points: int) -> dict[str, Any]:
    return {"customer_identifier": WHO, "reference": ref, "points": points}


EARN = entry("1", "earn_points", points=50)
HOLD = entry("2", "hold_points", points=50)
RELEASE = entry("3", "release_points", points=50, hold_id="9")
PAID = entry("4", "checkout", points_hold="9", voucher_ids=[])
TRUSTED = entry("5", "redeem_voucher", voucher_id=VOUCHER)
SOLD = {"reference": "4", "amount": "1.0"}


@pytest.mark.parametrize(
    ("entries", "ledger", "expected"),
    [
        ([EARN], {"loyalty_transactions": [moved("1", 50)]}, {}),
        ([EARN], {}, {"lost": 1}),
        ([EARN], {"loyalty_transactions": [moved("1", 50)] * 2}, {"doubled": 1}),
        ([EARN, entry("6", "earn_points", points=50)], {"loyalty_transactions": [moved("1", 50), moved("6", 50)]},
         {"doubled": 1}),
        ([], {"loyalty_transactions": [moved("1", 50)]}, {"phantom": 1}),
        ([entry("1", "burn_points", points=50)], {"loyalty_transactions": [moved("1", 50)]}, {"phantom": 1}),
        ([entry("1", "reverse_points", points=50)], {"loyalty_transactions": [moved("1", -50)] * 2}, {"doubled": 1}),
        ([entry("1", "burn_points", "refused", points=50)], {"loyalty_transactions": [moved("1", -50)]},
         {"phantom": 1}),
        ([HOLD], {}, {"lost": 1}),
        ([HOLD], {"holds": [HELD]}, {"holds_leaked": 1}),
        ([HOLD], {"holds": [HELD | {"state": "reverted"}, HELD | {"id": 10}]}, {"doubled": 1, "holds_leaked": 1}),
        ([], {"holds": [HELD | {"state": "reverted"}]}, {"phantom": 1}),
        ([HOLD, RELEASE], {"holds": [HELD]}, {"lost": 1, "holds_leaked": 1}),
        ([HOLD, RELEASE], {"holds": [HELD | {"state": "reverted"}]}, {}),
        ([HOLD, RELEASE], {"holds": [HELD | {"state": "consumed"}]}, {"lost": 1}),
        ([HOLD, PAID], {"holds": [HELD | {"state": "consumed"}], "transactions": [SOLD]}, {}),
        ([HOLD, PAID], {"holds": [HELD | {"state": "reverted"}], "transactions": [SOLD]}, {"lost": 1}),
        ([TRUSTED], {"vouchers": [USED]}, {}),
        ([TRUSTED], {"vouchers": [USED | {"state": "issued", "redemptions": 0}]}, {"lost": 1}),
        ([TRUSTED], {"vouchers": [USED | {"redemptions": 2}]}, {"vouchers_used_twice": 1}),
        ([TRUSTED], {"vouchers": [USED | {"state": "issued"}]}, {"vouchers_used_twice": 1}),
        ([TRUSTED, TRUSTED | {"ref": "6", "state": "attention"}], {"vouchers": [USED]}, {"vouchers_used_twice": 1}),
        ([TRUSTED | {"state": "refused"}], {"vouchers": [USED]}, {"phantom": 2}),
        ([], {"vouchers": [USED]}, {"phantom": 1}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_points_and_vouchers_on_trust_is_counted(entries, ledger, expected):
    assert found(judged(*entries, **ledger)) == expected


RESERVE = entry("10", "reserve_reward", reward_id=901)
TAKE = entry("11", "confirm_reward", voucher_id=MADE_AFTER + 1, reserve_ref="10")
LET_GO = entry("12", "release_reward", voucher_id=MADE_AFTER + 1, reserve_ref="10")
BY_PIN = entry("13", "redeem_pin", voucher_id=FIRST_PIN_VOUCHER)
BACK = entry("14", "revert_voucher", voucher_id=FIRST_PIN_VOUCHER)
WITH_IT = entry("4", "record_sale", spent={"13": FIRST_PIN_VOUCHER})
GIVEN = {
    "id": MADE_AFTER + 1,
    "customer_identifier": WHO,
    "state": "issued",
    "redemptions": 0,
    "holds": 0,
    "reverts": 0,
}
PINNED = {"id": FIRST_PIN_VOUCHER, "state": "redeemed", "redemptions": 1, "holds": 0, "reverts": 0}
GOOD_AGAIN = PINNED | {"state": "issued", "reverts": 1}


@pytest.mark.parametrize(
    ("entries", "ledger", "expected"),
    [
        ([RESERVE, TAKE], {"vouchers": [GIVEN]}, {}),
        ([RESERVE, TAKE], {"vouchers": [GIVEN | {"state": "reserved"}]}, {"lost": 1, "holds_leaked": 1}),
        ([RESERVE], {"vouchers": [GIVEN | {"state": "reserved"}]}, {"holds_leaked": 1}),
        ([RESERVE], {"vouchers": [GIVEN]}, {"phantom": 1}),
        ([RESERVE], {}, {"lost": 1}),
        ([RESERVE, TAKE | {"state": "refused"}], {"vouchers": [GIVEN]}, {"phantom": 2}),
        ([RESERVE, TAKE, TAKE | {"ref": "15"}], {"vouchers": [GIVEN]}, {"phantom": 1}),
        ([RESERVE, LET_GO], {"vouchers": [GIVEN | {"state": "released"}]}, {}),
        ([RESERVE, LET_GO], {"vouchers": [GIVEN | {"state": "reserved"}]}, {"lost": 1, "holds_leaked": 1}),
        ([BY_PIN, WITH_IT], {"vouchers": [PINNED], "transactions": [SOLD]}, {}),
        ([BY_PIN], {"vouchers": [PINNED]}, {"phantom": 1}),
        ([BY_PIN], {}, {"lost": 1}),
        ([BY_PIN, BACK], {"vouchers": [GOOD_AGAIN]}, {}),
        ([BY_PIN, BACK], {"vouchers": [PINNED]}, {"lost": 1}),
        ([BY_PIN, WITH_IT], {"vouchers": [GOOD_AGAIN], "transactions": [SOLD]}, {"lost": 1}),
        ([BY_PIN, WITH_IT, WITH_IT | {"ref": "5"}],
         {"vouchers": [PINNED], "transactions": [SOLD, SOLD | {"reference": "5", "amount": "2.0"}]},
         {"vouchers_used_twice": 1}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_rewards_and_pins_is_counted(entries, ledger, expected):
    assert found(judged(*entries, **ledger)) == expected


def test_a_voucher_that_was_used_elsewhere_is_nobodys_fault_unless_the_till_calls_the_use_its_own():
    told = judged(TRUSTED | {"state": "attention", "problem": "SALE-04"}, elsewhere=(VOUCHER,), vouchers=[USED])
    assert found(told) == {}
    assert [bool(one["because"]) for one in told.attention] == [True]
    own = judged(TRUSTED, elsewhere=(VOUCHER,), vouchers=[USED])
    assert found(own) == {"lost": 1, "vouchers_used_twice": 1}


@pytest.mark.parametrize(
    ("kind", "lost", "has_effect", "is_apart"),
    [
        ("earn_points", 1, False, True),
        ("earn_points", 1, True, False),  # the look-up finds it
        ("earn_points", 0, False, False),  # nothing was in doubt
        ("burn_points", 1, False, True),
        ("reverse_points", 1, False, True),
        ("hold_points", 1, True, True),
        ("hold_points", 1, False, False),  # no rise, so nobody has to judge it
    ],
)
def test_only_what_nobody_could_look_up_is_set_apart(kind, lost, has_effect, is_apart):
    one = entry("1", kind, "attention", lost=lost, points=50)
    sign = 1 if kind == "earn_points" else -1
    there = {"holds": [HELD]} if kind == "hold_points" else {"loyalty_transactions": [moved("1", sign * 50)]}
    verdict = judged(one, **(there if has_effect else {}))
    assert found(verdict) == {}
    assert [bool(told["because"]) for told in verdict.attention] == [is_apart]


def test_the_short_form_comes_to_every_kind_and_all_seeds_to_every_point():
    reached: set[str] = set()
    for seed in range(200):
        points = drawn_points(seed)
        reached.update(points)
        for step in ("store", "send", "look"):
            assert {point.split(":")[1] for point in points if point.startswith(step)} == set(KINDS)
    assert reached == set(FAIL_POINTS)
