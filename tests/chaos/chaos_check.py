"""The judge: the till's own file and what its cashier was told, against what the shop's ledger says really happened.

It shares no rule with the till: it counts rows. A sale is known by its reference and by its bill, which no other sale
of the lane has, so that a sale completed twice under two references is found as well.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from chaos_cashier import FIRST_VOUCHER
from chaos_purse import FIRST_PIN_VOUCHER

MADE_AFTER = 10**9
COUNTS = ("lost", "doubled", "phantom", "vouchers_used_twice", "holds_leaked")
SALES = ("record_sale", "checkout")
REWARDS = ("reserve_reward", "confirm_reward", "release_reward")
MOVES = {"earn_points": 1, "burn_points": -1, "reverse_points": -1}
NO_READ_BACK = ("earn_points", "burn_points", "hold_points", "reverse_points")
BECAUSE = {
    "earn_points": "a row of exact points may carry no reference, so that no row proves nothing",
    "burn_points": "a row of exact points may carry no reference, so that no row proves nothing",
    "reverse_points": "a row of exact points may carry no reference, so that no row proves nothing",
    "hold_points": "Perx tells a hold's number once, and that answer was lost",
    "revert_voucher": "Perx was not told when the voucher was used, so that a lost answer tells nothing",
    "redeem_pin": "a clock that was set meanwhile makes the till's own use look older than it is",
    "redeem_voucher": "another till used it meanwhile, and the customer had its value here",
}
"""Why these go to a person although the till did all that it could; anything else of these kinds is not set apart."""


@dataclass
class Verdict:
    """What was found: one sentence for each fault of the till's, and what went to a person, with what became of it."""

    found: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COUNTS})
    attention: list[dict[str, Any]] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    sales_in_ledger: int = 0
    journal_ahead: int = 0

    @property
    def commands(self) -> int:
        return sum(self.kinds.values())


@dataclass
class Told:
    """What left the till's process before it died: the last word on every entry and on every sale."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    sales: dict[str, dict[str, Any]] = field(default_factory=dict)

    def hear(self, what: dict[str, Any]) -> None:
        if "entry" in what:
            self.entries[what["entry"]] = what
        elif "phase" in what and what["phase"] in ("done", "checking"):
            self.sales[what["sale"]] = what


@dataclass(frozen=True)
class Book:
    """The till's file: its commands by reference, its sales, its holds, its journal."""

    entries: dict[str, dict[str, Any]]
    sales: set[str]
    holds: list[int]
    completed: set[str]


def read(path: Path) -> Book:
    """Read a till's file, with nothing of the till's."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        rows = db.execute("SELECT ref, kind, state, body, problem, tries, lost FROM outbox ORDER BY id").fetchall()
        names = ("ref", "kind", "state", "body", "problem", "tries", "lost")
        entries = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
        for entry in entries.values():
            entry["body"] = json.loads(entry["body"])
        sales = {row[0] for row in db.execute("SELECT ref FROM sales")}
        holds = [row[0] for row in db.execute("SELECT voucher_id FROM holds")]
        completed = {row[0] for row in db.execute("SELECT ref FROM journal WHERE what = 'completed'")}
    finally:
        db.close()
    return Book(entries, sales, holds, completed)


def _is_open(entry: dict[str, Any]) -> bool:
    return entry["kind"] in REWARDS and entry["state"] == "attention"


class Check:
    """One lane's comparison. Errors: none; everything that does not fit is a sentence in the verdict."""

    def __init__(self, book: Book, told: Told, ledger: dict[str, Any], elsewhere: Iterable[int] = ()) -> None:
        self._book, self._told, self._elsewhere = book, told, frozenset(elsewhere)
        self._sold: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in ledger["transactions"]:
            self._sold[str(row["reference"])].append(row)
        by_id = {row["id"]: row for row in ledger["vouchers"]}
        self._vouchers = {number: row for number, row in by_id.items() if FIRST_VOUCHER <= number < MADE_AFTER}
        self._pinned = {n: row for n, row in by_id.items() if FIRST_PIN_VOUCHER <= n < FIRST_VOUCHER}
        self._claimed = {number: row for number, row in by_id.items() if number > MADE_AFTER}
        self._members = {row["identifier"] for row in ledger["customers"]}
        self._invoices = ledger["invoices"]
        self._moved: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in ledger["loyalty_transactions"]:
            if row["customer_identifier"].startswith("65"):
                self._moved[str(row["reference"])].append(row)
        self._kept = [row for row in ledger["holds"] if row["customer_identifier"].startswith("65")]
        self.verdict = Verdict()

    def run(self) -> Verdict:
        verdict = self.verdict
        verdict.sales_in_ledger = sum(map(len, self._sold.values()))
        verdict.journal_ahead = len(self._book.completed - set(self._book.entries))
        for entry in self._book.entries.values():
            verdict.kinds[entry["kind"]] += 1
            verdict.states[entry["state"]] += 1
            self._entry(entry)
        self._what_was_told()
        self._what_was_not_asked()
        self._sold_twice()
        self._used_vouchers()
        self._held_vouchers()
        self._points_moved()
        self._points_kept_back()
        self._rewards_claimed()
        self._used_by_pin()
        return verdict

    def _say(self, count: str, what: str) -> None:
        self.verdict.found[count].append(what)

    def _had_effect(self, entry: dict[str, Any]) -> bool:
        """Whether the ledger shows what this command asked for."""
        body, kind = entry["body"], entry["kind"]
        if kind in SALES:
            return entry["ref"] in self._sold
        if kind == "create_customer":
            return body["identifier"] in self._members
        if kind in MOVES:
            return entry["ref"] in self._moved
        if kind == "hold_points":
            return bool(self._kept_for(entry))
        if kind == "release_points":
            return self._kept_as(body["hold_id"]) != "held"
        if kind in REWARDS:
            return self._has_reward(entry)
        if kind in ("redeem_pin", "revert_voucher"):
            row = self._pinned.get(body["voucher_id"], {"redemptions": 0, "reverts": 0})
            return bool(row["redemptions"] if kind == "redeem_pin" else row["reverts"] or not row["redemptions"])
        voucher = self._vouchers.get(body["voucher_id"], {"holds": 0, "state": "", "redemptions": 0})
        if kind == "redeem_voucher":
            return bool(voucher["redemptions"]) and body["voucher_id"] not in self._elsewhere
        return bool(voucher["holds"] if kind == "hold_voucher" else voucher["state"] != "redemption_in_progress")

    def _has_reward(self, entry: dict[str, Any]) -> bool:
        """Whether a claimed reward came as far as this command asked. A reservation carries no reference of ours."""
        if entry["kind"] == "reserve_reward":
            return any(row["customer_identifier"] == entry["body"]["identifier"] for row in self._claimed.values())
        state = self._claimed.get(entry["body"]["voucher_id"], {}).get("state", "not there")
        return state in ("issued", "redeemed") if entry["kind"] == "confirm_reward" else state != "reserved"

    def _kept_for(self, entry: dict[str, Any]) -> list[dict[str, Any]]:
        """What the ledger keeps back for this hold: it has no reference, but no other visit asks for as many points."""
        who, points = entry["body"]["identifier"], entry["body"]["points"]
        return [row for row in self._kept if (row["customer_identifier"], -row["points"]) == (who, points)]

    def _kept_as(self, hold_id: str) -> str:
        return next((str(row["state"]) for row in self._kept if str(row["id"]) == hold_id), "not there")

    def _because(self, entry: dict[str, Any], effect: bool) -> str:
        """Why this had to go to a person; "" when the till could have known."""
        kind = entry["kind"]
        if kind == "redeem_voucher":
            is_told = entry["body"]["voucher_id"] in self._elsewhere and entry["problem"]
            return BECAUSE[kind] if is_told else ""
        if kind == "redeem_pin":
            return BECAUSE[kind] if entry["lost"] and entry["problem"] == "SALE-04" else ""
        if kind == "revert_voucher":
            return BECAUSE[kind] if entry["lost"] and not entry["body"].get("used_at") else ""
        if kind not in NO_READ_BACK or not entry["lost"]:
            return ""
        # exact points that are there are found by their properties; what was not kept back is no rise
        return BECAUSE[kind] if effect is (kind == "hold_points") else ""

    def _entry(self, entry: dict[str, Any]) -> None:
        name, effect = f"{entry['kind']} {entry['ref']}", self._had_effect(entry)
        if entry["state"] == "done" and not effect:
            self._say("lost", f"{name} is done, and the ledger has nothing of it")
        elif (
            entry["state"] == "refused"
            and effect
            and entry["kind"] in (*SALES, *MOVES, "redeem_voucher", "confirm_reward")
        ):
            self._say("phantom", f"{name} is refused ({entry['problem']}), and the ledger has it")
        elif entry["state"] == "attention":
            short = {name: entry[name] for name in ("ref", "kind", "problem", "tries", "lost")}
            self.verdict.attention.append({**short, "had_effect": effect, "because": self._because(entry, effect)})
        elif entry["state"] not in ("done", "refused"):
            self._say("lost", f"{name} is still {entry['state']} after everything was quiet")
        if (
            entry["state"] == "done"
            and entry["kind"] == "release_points"
            and self._kept_as(hold := entry["body"]["hold_id"]) == "consumed"
        ):
            self._say("lost", f"{name} is done, and the points of the hold {hold} were taken")
        if entry["state"] == "done" and entry["kind"] == "checkout":
            unused = [one for one in entry["body"]["voucher_ids"] if not self._redemptions(one)]
            if unused:
                self._say("lost", f"{name} is done, and its vouchers {unused} were not used")

    def _redemptions(self, voucher_id: int) -> int:
        return int(self._vouchers.get(voucher_id, {"redemptions": 0})["redemptions"])

    def _what_was_told(self) -> None:
        """Nothing that the cashier was told of may be gone, or have become something else."""
        for ref, what in self._told.entries.items():
            row = self._book.entries.get(ref)
            if row is None:
                self._say("lost", f"{what['kind']} {ref} was told as {what['state']}, and the file has nothing of it")
            elif what["state"] in ("done", "refused") and row["state"] != what["state"]:
                self._say("lost", f"{what['kind']} {ref} was told as {what['state']} and is {row['state']}")
        for ref, what in self._told.sales.items():
            if ref not in self._book.sales:
                self._say("lost", f"sale {ref} was told as {what['phase']}, and the file has no such sale")

    def _what_was_not_asked(self) -> None:
        for ref in self._sold:
            if ref not in self._book.entries:
                self._say("phantom", f"the ledger has a sale {ref} that the till knows nothing of")
        asked = {one["body"]["identifier"] for one in self._book.entries.values()}
        for member in sorted(self._members):
            if member.startswith("66") and member not in asked:
                self._say("phantom", f"the ledger has a member {member} whom the till never made")

    def _sold_twice(self) -> None:
        bills: dict[str, set[str]] = defaultdict(set)
        for ref, rows in self._sold.items():
            if len(rows) > 1:
                self._say("doubled", f"{len(rows)} sales in the ledger have the reference {ref}")
            bills[str(rows[0]["amount"])].add(ref)
        for amount, refs in bills.items():
            if len(refs) > 1:
                self._say("doubled", f"the bill over {amount} is in the ledger as {sorted(refs)}")

    def _used_vouchers(self) -> None:
        items = Counter(
            item["item_id"]
            for row in self._invoices
            for item in row["invoice_items"]
            if item["item_type"] == "Reward::Transaction"
        )
        ours = {
            one
            for entry in self._book.entries.values()
            if entry["kind"] == "checkout" and entry["ref"] in self._sold
            for one in entry["body"]["voucher_ids"]
        }
        given = Counter(
            entry["body"]["voucher_id"]
            for entry in self._book.entries.values()
            if entry["kind"] == "redeem_voucher" and entry["state"] != "refused"
        )
        for voucher_id, row in self._vouchers.items():
            uses = row["redemptions"] + (voucher_id in self._elsewhere and self._is_called_used(voucher_id))
            if uses > 1 or items[voucher_id] > 1:
                self._say("vouchers_used_twice", f"voucher {voucher_id} was used {uses} times")
            if given[voucher_id] + (voucher_id in ours) > 1:
                self._say("vouchers_used_twice", f"voucher {voucher_id} was given its value for more than one sale")
            if row["redemptions"] and row["state"] != "redeemed":
                self._say("vouchers_used_twice", f"voucher {voucher_id} was used and is {row['state']} again")
            if row["redemptions"] and voucher_id not in {*ours, *given, *self._elsewhere}:
                self._say("phantom", f"voucher {voucher_id} was used for no sale of this till's")

    def _is_called_used(self, voucher_id: int) -> bool:
        """Whether the till takes another till's use for its own."""
        return any(
            entry["state"] == "done" and voucher_id == entry["body"].get("voucher_id")
            for entry in self._book.entries.values()
            if entry["kind"] == "redeem_voucher"
        )

    def _points_moved(self) -> None:
        """Each correction once; it is known by its reference and by its points, which no other has."""
        amounts: dict[int, set[str]] = defaultdict(set)
        for ref, rows in self._moved.items():
            entry = self._book.entries.get(ref)
            amounts[rows[0]["points"]].add(ref)
            if len(rows) > 1:
                self._say("doubled", f"{len(rows)} rows of points in the ledger have the reference {ref}")
            if entry is None:
                self._say("phantom", f"the ledger has points {ref} that the till knows nothing of")
            elif rows[0]["points"] != MOVES[entry["kind"]] * entry["body"]["points"]:
                self._say("phantom", f"{entry['kind']} {ref} moved {rows[0]['points']} points")
        for points, refs in amounts.items():
            if len(refs) > 1:
                self._say("doubled", f"{points} points are in the ledger as {sorted(refs)}")

    def _points_kept_back(self) -> None:
        """Each hold once, and taken by its sale, let go, or with a person."""
        asked = {
            entry["body"]["points"]: entry for entry in self._book.entries.values() if entry["kind"] == "hold_points"
        }
        waiting = [entry for entry in self._book.entries.values() if entry["state"] == "attention"]
        with_a_person = {str(entry["body"].get(name)) for entry in waiting for name in ("hold_id", "points_hold")}
        for points, count in Counter(row["points"] for row in self._kept).items():
            if count > 1:
                self._say("doubled", f"{-points} points were kept back {count} times")
        for row in self._kept:
            entry = asked.get(-row["points"])
            if entry is None:
                self._say("phantom", f"the ledger keeps {row['points']} points back that the till never asked for")
            elif row["state"] == "held" and entry["state"] != "attention" and str(row["id"]) not in with_a_person:
                self._say("holds_leaked", f"{-row['points']} points (hold {row['id']}) are kept back for nobody")
        for entry in self._book.entries.values():
            hold = entry["body"].get("points_hold")
            if hold and entry["state"] == "done" and self._kept_as(hold) != "consumed":
                self._say("lost", f"checkout {entry['ref']} is done, and its points were not taken")

    def _rewards_claimed(self) -> None:
        """Each reward that Perx gave was taken by one command of ours; none is held for nobody."""
        taken = Counter(
            entry["body"]["voucher_id"]
            for entry in self._book.entries.values()
            if entry["kind"] == "confirm_reward" and entry["state"] in ("done", "attention")
        )
        with_a_person = {one["body"].get("identifier") for one in self._book.entries.values() if _is_open(one)}
        for voucher_id, row in self._claimed.items():
            if row["state"] in ("issued", "redeemed") and taken[voucher_id] != 1:
                self._say("phantom", f"reward {voucher_id} was given, and the till took it {taken[voucher_id]} times")
            if row["state"] == "reserved" and row["customer_identifier"] not in with_a_person:
                self._say("holds_leaked", f"reward {voucher_id} is held for nobody")

    def _used_by_pin(self) -> None:
        """Each use by PIN is a sale's, was asked back, or is with a person; none is two sales'."""
        uses: Counter[int] = Counter()
        for entry in self._book.entries.values():
            if entry["kind"] in SALES and entry["ref"] in self._sold:
                uses.update(entry["body"].get("spent", {}).values())
        back = {one["body"]["voucher_id"] for one in self._book.entries.values() if one["kind"] == "revert_voucher"}
        waits = {one["body"].get("voucher_id") for one in self._book.entries.values() if one["state"] == "attention"}
        for voucher_id, row in self._pinned.items():
            if row["redemptions"] - row["reverts"] > 1 or uses[voucher_id] > row["redemptions"]:
                self._say("vouchers_used_twice", f"voucher {voucher_id} with a PIN was used {uses[voucher_id]} times")
            is_used = row["state"] == "redeemed"
            if is_used and not uses[voucher_id] and voucher_id not in {*back, *waits}:
                self._say("phantom", f"voucher {voucher_id} was used by PIN for no sale of this till's")
            if not is_used and uses[voucher_id]:
                self._say("lost", f"voucher {voucher_id} was used by PIN for a sale, and is {row['state']} again")

    def _held_vouchers(self) -> None:
        with_a_person = {
            one
            for entry in self._book.entries.values()
            if entry["state"] == "attention" and entry["body"].get("was_held", True)
            for one in entry["body"].get("voucher_ids", [entry["body"].get("voucher_id")])
        }
        for voucher_id, row in self._vouchers.items():
            if row["state"] == "redemption_in_progress" and voucher_id not in with_a_person:
                self._say("holds_leaked", f"voucher {voucher_id} is held for nobody")
        for voucher_id in self._book.holds:
            if voucher_id not in with_a_person:
                self._say("holds_leaked", f"the till still counts voucher {voucher_id} as held")
