"""The wire contract: the same suite that IT runs against a tenant, here against the sandbox and what it can pretend."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pos_app.cli.contract import as_json, as_markdown
from pos_app.perx.contract import DIFFERS, FACTS, HOLDS, UNTRIED, Found, Plan, run_contract
from pos_app.perx.profile import Merchant, Profile
from pos_app.practice import Practice
from pos_app.settings.reading import keys

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "resources" / "docs" / "contract.md"
GOLD = "6591234821"
STRICT = {"refuses_duplicates": ("sale", "points")}
SWITCHES: dict[str, Any] = {"strict_duplicates": False, "hold_minutes": None, "invoice_needs": None}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with Practice(tmp_path_factory.mktemp("perx"), rule_delay_s=0.05) as practice:
        yield practice


@pytest.fixture
def practice(running: Practice) -> Practice:
    """The shop as it was planted, with no deviation."""
    running.fault()
    running.ask("POST", "/_sandbox/settings", SWITCHES)
    running.ask("POST", "/_sandbox/reset", {})
    return running


def profile(practice: Practice, **changes: Any) -> Profile:
    told = practice.announced
    known = {name: told[name] for name in ("base_url", "client_id", "client_secret", "loyalty_program_id", "currency")}
    return Profile(**known | {"merchant": Merchant(told["merchant"]["identifier"])} | changes)


def tried(practice: Practice, *, writes: bool = True, customer: str = GOLD, **changes: Any) -> dict[str, Found]:
    """The suite's findings by the name of the fact."""
    plan = Plan(customer, writes=writes, wait_s=5)
    return {one.fact.name: one for one in asyncio.run(run_contract(profile(practice, **changes), plan))}


def state(practice: Practice) -> dict[str, Any]:
    """What the customer has: points, holds and the states of the vouchers that can be used."""
    ledger = practice.ledger()
    return {
        "points": {one["identifier"]: (one["points"], one["held_points"]) for one in ledger["customers"]},
        "vouchers": {one["id"]: one["state"] for one in ledger["vouchers"] if one["state"] != "released"},
        "holds": [one for one in ledger["holds"] if one["state"] == "held"],
    }


def test_every_fact_holds_at_the_sandbox_is_undone_and_stands_in_the_document(practice: Practice) -> None:
    before = state(practice)
    found = tried(practice)
    assert {name: one.came for name, one in found.items() if one.status != HOLDS} == {}
    assert state(practice) == before
    sales = practice.ledger()["transactions"]
    assert sales
    assert sum(float(one["amount"]) for one in sales) == 0
    assert DOCUMENT.read_text("utf-8") == as_markdown("sandbox", list(found.values())), (
        "run: pos-app contract --profile sandbox --writes --out resources/docs/contract.md"
    )


def test_each_fact_has_its_own_name_its_section_and_its_grade() -> None:
    assert len({fact.name for fact in FACTS}) == len(FACTS)
    assert {fact.grade for fact in FACTS} <= {"A-live", "A-nock", "B*", "B", "C"}
    assert all(fact.section.replace(".", "").isdigit() and fact.says.endswith(".") for fact in FACTS)


def test_what_a_fact_tells_to_record_is_a_key_of_the_settings() -> None:
    known = {key.path for key in keys()}
    told = [text for fact in FACTS for text in (fact.record, fact.offers) if text]
    assert len(told) >= 4
    assert {text.split(" ")[0] for text in told} <= known
    for text in told:
        if "=" in text:
            tomllib.loads(text)


def test_nothing_is_written_unless_it_is_asked_for(practice: Practice) -> None:
    found = tried(practice, writes=False)
    requests = [one for one in practice.ledger()["requests"] if one["path"] != "/v4/oauth/token"]
    assert {one["method"] for one in requests} == {"GET"}
    skipped = {name for name, one in found.items() if one.status == UNTRIED}
    assert {fact.name for fact in FACTS if fact.writes} <= skipped
    assert not any(one.is_surprise for one in found.values())


def test_without_a_test_customer_only_what_needs_none_is_tried(practice: Practice) -> None:
    found = tried(practice, customer="", writes=False)
    assert found["token-application"].status == HOLDS
    assert found["customer-unknown"].status == HOLDS
    assert found["points-program"].came == "no test customer is named"
    assert not any(one.status == DIFFERS for one in found.values())


@pytest.mark.parametrize(
    ("switch", "value", "fact", "came", "recorded"),
    [
        ("strict_duplicates", True, "sale-duplicate", "status 422, code 41", STRICT),
        (
            "strict_duplicates",
            True,
            "points-duplicate",
            '"Transaction reference has already been taken"',
            STRICT,
        ),
        ("hold_minutes", 15, "voucher-hold-open", "it ends after 15 minutes", {"hold_minutes": 15.0}),
        ("invoice_needs", "outlet", "invoice-bare", "Parameter outlet", {"invoice_fields": (("outlet", "4101"),)}),
    ],
)
def test_a_deviation_is_told_with_what_came_and_is_none_any_more_once_it_is_recorded(
    practice: Practice, switch: str, value: Any, fact: str, came: str, recorded: dict[str, Any]
) -> None:
    practice.ask("POST", "/_sandbox/settings", {switch: value})
    before = state(practice)
    one = tried(practice)[fact]
    assert (one.status, one.is_surprise) == (DIFFERS, True)
    assert came in one.came
    assert one.advice == f"record: {one.fact.record}"
    known = tried(practice, **recorded)
    assert {name for name, one in known.items() if one.is_surprise} == set()
    assert known[fact].status == DIFFERS
    assert known["invoice-items"].status == HOLDS  # with the fields that it asks for
    assert state(practice) == before


def test_a_record_that_perx_does_not_keep_to_is_a_surprise(practice: Practice) -> None:
    one = tried(practice, refuses_duplicates=("sale",))["sale-duplicate"]
    assert (one.status, one.is_surprise) == (HOLDS, True)
    assert one.advice == f"take out: {one.fact.record}"


def test_what_could_not_be_undone_is_told(practice: Practice) -> None:
    practice.fault(
        {"match": {"method": "PUT", "path": "^/v4/pos/vouchers/"}, "action": {"kind": "status", "code": 500}}
    )
    one = tried(practice)["undone"]
    assert (one.status, one.is_surprise) == (DIFFERS, True)
    assert one.came.startswith("voucher-hold: status 500")


def test_a_write_whose_answer_is_lost_is_no_success_and_its_points_come_back(practice: Practice) -> None:
    before = state(practice)
    path = "^/v4/pos/loyalty_transactions$"
    practice.fault({"match": {"method": "POST", "path": path}, "times": 1, "action": {"kind": "drop_after"}})
    found = tried(practice)
    assert (found["points-move"].status, found["points-move"].came) == (UNTRIED, "no answer (NET-02)")
    assert found["undone"].is_surprise
    assert found["undone"].came == "points-move: no answer (NET-02)"
    assert state(practice) == before


def test_an_odd_answer_is_told_by_its_kinds_and_never_by_its_values(practice: Practice) -> None:
    planted = {"data": {"id": "S1234567D", "identifier": GOLD, "phone": "+65 9123 4821", "personal_properties": "Mei"}}
    path = "^/v4/pos/user_accounts/search"
    practice.fault({"match": {"path": path}, "action": {"kind": "status", "code": 200, "body": planted}})
    found = tried(practice)
    assert (found["customer-search"].status, found["customer-search"].came) == (DIFFERS, "id is text")
    refusal = {"code": 40, "message": f"User {GOLD} (S1234567D, 91234821) " + "x" * 500}
    practice.fault()
    practice.fault({"match": {"path": path}, "action": {"kind": "status", "code": 400, "body": refusal}})
    found |= {f"{name} again": one for name, one in tried(practice).items()}
    told = json.dumps(as_json("sandbox", list(found.values()))) + as_markdown("sandbox", list(found.values()))
    assert "status 400, code 40" in told
    for secret in (GOLD, "91234821", "9123 4821", "1234567", "Mei", practice.announced["client_secret"]):
        assert secret not in told
    assert max(len(one.came) for one in found.values()) < 900


def test_a_perx_that_is_not_there_leaves_every_fact_untried(practice: Practice) -> None:
    gone = replace(profile(practice), base_url="http://127.0.0.1:9")
    found = asyncio.run(run_contract(gone, Plan(GOLD)))
    assert {one.status for one in found} == {UNTRIED}
    assert found[0].came == "no answer (NET-01)"
