"""One sandbox for the session, reset before each test."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from sandbox_shop import DEADLINE_S, Process, Shop


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One sandbox for the whole session; its rules run at once unless a test says otherwise."""
    made = Process(tmp_path_factory.mktemp("sandbox"), "--rule-delay-s", "0")
    yield made
    assert made.close() == 0


@pytest.fixture
def shop(process: Process) -> Iterator[Shop]:
    """The demo shop as on its first day."""
    with httpx.Client(base_url=process.url, timeout=DEADLINE_S) as http:
        made = Shop(process.ready, http)
        made.control("reset")
        made.control(
            "settings",
            {
                "rule_delay_s": 0,
                "hold_minutes": None,
                "gate": False,
                "gate_calls": False,
                "reservation_lapses_s": None,
                "invoice_needs": None,
                "strict_duplicates": False,
                "expiry_field": "date",
                "reserve_timeout_unit": "ms",
                "history_finds_loyalty_reference": False,
            },
        )
        yield made
