"""The till is killed, as by a power cut, at the worst moments: nothing is lost and nothing is doubled."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from journey_faults import fault

from pos_app.practice import Practice

WAIT_S = 20


class Process:
    """A till that can be killed, and what it said last."""

    def __init__(self, practice: Practice, folder: Path) -> None:
        tables = practice.settings(folder / "till", outbox={"settle_after_s": 3.0}, scanner={"port": "off"})
        asked = folder / "asked.json"
        asked.write_text(json.dumps({"settings": tables, "env": practice.secrets}), "utf-8")
        program = [sys.executable, str(Path(__file__).with_name("till_process.py")), str(asked)]
        self._child = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._told: dict[str, Any] = {}
        self._is_new = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._child.stdout:
            with self._is_new:
                self._told = json.loads(line)
                self._is_new.notify_all()

    def act(self, **what: str) -> None:
        self._child.stdin.write(json.dumps(what) + "\n")
        self._child.stdin.flush()

    def until(self, fact: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        with self._is_new:
            assert self._is_new.wait_for(lambda: bool(self._told) and fact(self._told), WAIT_S), self._told
            return self._told

    def kill(self) -> None:
        self._child.kill()
        self._child.wait()
        self._reader.join()
        self._child.stdin.close()
        self._child.stdout.close()


@pytest.fixture
def practice(tmp_path) -> Iterator[Practice]:
    with Practice(tmp_path / "perx", rule_delay_s=0.5) as started:
        yield started


@pytest.fixture
def start(practice, tmp_path) -> Iterator[Callable[[], Process]]:
    running: list[Process] = []

    def begin() -> Process:
        running.append(Process(practice, tmp_path))
        return running[-1]

    yield begin
    for one in running:
        one.kill()


def begin_sale(till: Process, practice: Practice, *keys: str) -> None:
    till.until(lambda told: "Ready to scan" in told["said"])
    till.act(scan=practice.announced["customers"][0]["identifier"])
    till.until(lambda told: "can be used now" in told["said"])
    for key in keys:
        till.act(tap=key)


def sales(practice: Practice, ref: str) -> int:
    return sum(1 for one in practice.ledger()["transactions"] if one["reference"] == ref)


@pytest.mark.fault("FM-04", "row 3")
def test_killed_while_perx_is_working_on_the_sale(practice, start):
    till = start()
    begin_sale(till, practice, "1", "5", "Double zero")
    practice.fault(fault("POST", "/v4/pos/transactions", "delay_before", s=1.0))
    till.act(tap="Complete")
    ref = till.until(lambda told: told["entry"] == "sending")["ref"]
    till.kill()
    again = start()
    again.until(lambda told: told["phase"] == "checking" and told["ref"] == ref)
    again.until(lambda told: told["phase"] == "done" and "Perx has the sale." in told["said"])
    assert sales(practice, ref) == 1
    assert len(practice.ledger()["transactions"]) == 1


@pytest.mark.fault("FM-04", "FM-12")
def test_killed_with_a_voucher_held(practice, start):
    till = start()
    begin_sale(till, practice, "5", "6", "Double zero")
    till.act(scan="LUMEN10")
    till.until(lambda told: told["lines"] == ["held"])
    till.kill()
    again = start()
    told = again.until(lambda told: told["lines"] == ["held"] and "10.00 off from 50.00" in told["said"])
    assert told["bill"] == 5600
    again.act(tap="Complete")
    again.until(lambda told: "1 voucher used. Perx confirmed it." in told["said"])
    voucher = next(one for one in practice.ledger()["vouchers"] if one["voucher_code"] == "LUMEN10")
    assert (voucher["holds"], voucher["redemptions"]) == (1, 1)


@pytest.mark.fault("FM-03", "FM-04")
def test_killed_offline_with_a_sale_waiting(practice, start):
    till = start()
    begin_sale(till, practice, "7", "Double zero")
    practice.kill()
    till.act(scan="6591234821")
    till.until(lambda told: "Save sale" in told["said"])
    till.act(tap="Save sale")
    ref = till.until(lambda told: told["phase"] == "done" and told["waiting"] == 1)["ref"]
    till.kill()
    again = start()
    again.until(lambda told: told["waiting"] == 1)
    practice.start()
    again.until(lambda told: told["waiting"] == 0 and told["checking"] == 0)
    assert sales(practice, ref) == 1


def test_killed_after_the_next_customer_was_called_keeps_the_vouchers_of_a_sale_that_is_checked(practice, start):
    till = start()
    begin_sale(till, practice, "5", "6", "Double zero")
    till.act(scan="LUMEN10")
    till.until(lambda told: told["lines"] == ["held"])
    practice.fault(fault("POST", "/v4/pos/invoices", "drop_before"))
    till.act(tap="Complete")
    ref = till.until(lambda told: told["phase"] == "checking")["ref"]
    till.act(tap="Serve the next customer")
    till.until(lambda told: told["ref"] is None)
    till.act(scan=practice.announced["customers"][1]["identifier"])
    till.until(lambda told: "can be used now" in told["said"])
    till.kill()
    again = start()
    again.until(lambda told: told["checking"] == 1)
    again.until(lambda told: told["checking"] == 0 and told["waiting"] == 0)
    voucher = next(one for one in practice.ledger()["vouchers"] if one["voucher_code"] == "LUMEN10")
    assert (voucher["holds"], voucher["reverts"], voucher["redemptions"]) == (1, 0, 1)
    assert sales(practice, ref) == 1


def until_said(till: Process, *words: str) -> None:
    till.until(lambda told: all(one in told["said"] for one in words))


@pytest.mark.fault("FM-04", "FM-12")
def test_killed_with_points_kept_back_they_pay_after_the_start(practice, start):
    till = start()
    begin_sale(till, practice, "5", "6", "Double zero")
    till.act(tap="Use points")
    until_said(till, "100 points are worth 1.00")
    for key in ("5", "Double zero", "Keep 500 points back"):
        till.act(tap=key)
    until_said(till, "Kept back for this sale")
    till.kill()
    again = start()
    until_said(again, "Kept back for this sale", "51.00")
    again.act(tap="Complete")
    until_said(again, "The points were taken. Perx confirmed it.")
    assert [(one["points"], one["state"]) for one in practice.ledger()["holds"]] == [(-500, "consumed")]


@pytest.mark.fault("FM-04")
def test_killed_while_a_reward_is_taken_it_is_the_customers_once(practice, start):
    till = start()
    begin_sale(till, practice)
    till.act(tap="Rewards")
    until_said(till, "Can be claimed")
    till.act(tap="Coffee for 1.00")
    until_said(till, "2,480 points now, 2,380 after")
    till.act(tap="100 points")
    until_said(till, "Held for the customer: Coffee for 1.00")
    practice.fault(fault("PATCH", "/v4/vouchers", "drop_after"))
    till.act(tap="Take it")
    until_said(till, "No answer yet: Coffee for 1.00")
    till.kill()
    again = start()
    until_said(again, "Coffee for 1.00", "The customer has it")
    assert practice.ledger()["customers"][0]["points"] == 2380
    made = [one for one in practice.ledger()["vouchers"] if one["reward_id"] == 302 and one["source"] == "user"]
    assert [one["state"] for one in made] == ["issued"]
