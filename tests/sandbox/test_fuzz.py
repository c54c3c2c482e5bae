"""Schema-driven fuzzing of the running sandbox: never a 5xx, never an answer outside its description."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from sandbox_shop import GOLD, Process, Shop
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import pos_app

STORED = Path(pos_app.__file__).parent.parent / "resources" / "sandbox" / "openapi.json"
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 24
IDS = {
    "vouchers": 7101,
    "rewards": 302,
    "campaigns": 901,
    "stamp_transactions": 1703,
    "stamp_cards": 1501,
    "loyalty": 77,
    "customers": 501,
    "user_accounts": 501,
    "loyalty_transactions": 31001,
    "merchants": 41,
    "catalogs": 211,
    "app_triggers": 11,
    "settings": "wordpress",
}

schema = schemathesis.openapi.from_path(STORED)


@pytest.fixture(scope="module")
def doors(process: Process) -> dict[str, dict[str, str]]:
    """Headers that get past the guard, by the kind of token that a call wants."""
    with httpx.Client(base_url=process.url) as http:
        shop = Shop(process.ready, http)
        shop.control("reset")
        made = {"application": shop.app(), "user": shop.user(), "merchant": shop.merchant(GOLD)}
        return {kind: door.headers for kind, door in made.items()} | {"": {}}


@schema.given(is_real=st.booleans())
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_answer_outside_the_description(
    case: schemathesis.Case, process: Process, doors: dict[str, dict[str, str]], is_real: bool
) -> None:
    security = case.operation.definition.raw.get("security") or [{"": []}]
    headers = doors[next(iter(security[0]))]
    if is_real:  # past the first check, into the rules
        _point_at_real_things(case)
    case.call_and_validate(base_url=process.url, headers=headers, checks=CHECKS)


def _point_at_real_things(case: schemathesis.Case) -> None:
    for name in case.path_parameters or {}:
        parts = case.operation.path.split("/")
        case.path_parameters[name] = str(IDS[parts[parts.index("{" + name + "}") - 1]])
    body: Any = case.body
    if isinstance(body, dict):
        for name, value in (("user_account", {"id": 501}), ("user_account_id", 501), ("loyalty_program_id", 77)):
            if name in body:
                body[name] = value
