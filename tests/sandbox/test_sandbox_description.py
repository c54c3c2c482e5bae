"""The stored description is the one that is served, and says of every call how sure it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sandbox_shop import Shop

import pos_app
from pos_app.sandbox.application import OPERATIONS
from pos_app.sandbox.openapi import describe

STORED = Path(pos_app.__file__).parent.parent / "resources" / "sandbox" / "openapi.json"


def test_the_stored_description_is_current() -> None:
    stored = json.loads(STORED.read_text("utf-8"))
    assert stored == describe(OPERATIONS), "run: python -m pos_app.sandbox.openapi > resources/sandbox/openapi.json"


def test_it_is_served(shop: Shop) -> None:
    assert shop.http.get("/_sandbox/openapi.json").json() == describe(OPERATIONS)


def test_every_operation_names_its_source_and_grade() -> None:
    for path, verbs in describe(OPERATIONS)["paths"].items():
        for verb, operation in verbs.items():
            text = operation["description"]
            assert re.match(r"Source: perx-api \d", text), (verb, path)
            assert re.search(r"A-live|A-nock|B\*?|\bC\b", text), (verb, path)


def test_the_paths_of_the_contract_are_all_there() -> None:
    paths = {operation.path for operation in OPERATIONS}
    assert len(paths) == len({re.sub(r"{\w+}", "{}", path) for path in paths})
    assert len(OPERATIONS) == len({(operation.method, operation.path) for operation in OPERATIONS})
    assert len(OPERATIONS) >= 60
