"""`pos-app contract` as IT runs it: a program of its own, whose exit code and words tell what came."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pos_app.practice import Practice

GOLD = "6591234821"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with Practice(tmp_path_factory.mktemp("perx"), rule_delay_s=0.05) as running:
        yield running


def config(practice: Practice, folder: Path, environment: str = "staging", more: str = "") -> Path:
    path = folder / "config.toml"
    path.write_text(
        f"""
[profile]
name = "lumen-{environment}"
environment = "{environment}"
[perx]
base_url = "{practice.base_url}"
client_id = "{practice.announced["client_id"]}"
loyalty_program_id = {practice.announced["loyalty_program_id"]}
[shop]
name = "Lumen & Oak"
till = "Till 1"
merchant_identifier = "{practice.announced["merchant"]["identifier"]}"
[money]
currency = "SGD"
{more}
""",
        encoding="utf-8",
    )
    return path


def contract(practice: Practice, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **practice.secrets}
    command = [sys.executable, "-m", "pos_app", "contract", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def written(practice: Practice) -> list[dict[str, Any]]:
    ledger = practice.ledger()
    return [*ledger["transactions"], *ledger["loyalty_transactions"], *ledger["holds"]]


def test_a_deviation_ends_with_1_until_the_profile_records_it(practice: Practice, tmp_path: Path) -> None:
    practice.ask("POST", "/_sandbox/settings", {"strict_duplicates": True})
    named = f'[wire]\ntest_customer = "{GOLD}"\n'
    path = config(practice, tmp_path, more=named)
    asked = ("--profile", "lumen-staging", "--config", str(path), "--writes")
    done = contract(practice, *asked)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("differs    sale-duplicate"))
    assert lines[at].endswith("(section 6.5, C)")
    assert "status 422, code 41" in lines[at + 1]
    assert lines[at + 2].strip() == '-> record: wire.refuses_duplicates = ["sale"]'
    assert lines[-1] == f"{len([one for one in lines if one.startswith('holds')])} hold, 2 differ, 0 not tried."

    config(practice, tmp_path, more=named + 'refuses_duplicates = ["sale", "points"]\n')
    table = tmp_path / "table.md"
    done = contract(practice, *asked, "--json", "--out", str(table))
    told = json.loads(done.stdout)
    assert (done.returncode, told["agrees"]) == (0, True)
    differing = [one["name"] for one in told["facts"] if one["status"] == "differs"]
    assert differing == ["points-duplicate", "sale-duplicate"]
    assert "differs: status 422, code 41" in table.read_text("utf-8")
    for secret in (practice.announced["client_secret"], GOLD):
        assert secret not in done.stdout + done.stderr + table.read_text("utf-8")


@pytest.mark.parametrize(
    ("environment", "words", "said"),
    [
        ("staging", ("--profile", "lumen-production"), "those of the profile lumen-staging, not lumen-production"),
        ("staging", ("--profile", "lumen-staging", "--writes"), "Writes need a test customer"),
        ("production", ("--profile", "lumen-production", "--writes", "--customer", GOLD), "--sure"),
    ],
)
def test_what_must_not_be_asked_is_refused_in_words_and_nothing_is_sent(
    practice: Practice, tmp_path: Path, environment: str, words: tuple[str, ...], said: str
) -> None:
    path = config(practice, tmp_path, environment)
    before = len(practice.ledger()["requests"])
    done = contract(practice, *words, "--config", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(practice.ledger()["requests"]) == before


def test_production_is_read_without_a_further_word_and_written_only_when_sure(
    practice: Practice, tmp_path: Path
) -> None:
    path = config(practice, tmp_path, "production")
    asked = ("--profile", "lumen-production", "--config", str(path), "--customer", GOLD)
    before = len(written(practice))
    assert contract(practice, *asked).returncode == 0
    assert len(written(practice)) == before
    contract(practice, *asked, "--writes", "--sure")
    assert len(written(practice)) > before


def test_a_perx_that_does_not_answer_ends_with_2(practice: Practice, tmp_path: Path) -> None:
    path = config(practice, tmp_path)
    path.write_text(path.read_text("utf-8").replace(practice.base_url, "http://127.0.0.1:9"), "utf-8")
    done = contract(practice, "--profile", "lumen-staging", "--config", str(path))
    assert done.returncode == 2
    assert "NET-01" in done.stderr
    assert "pos-app doctor" in done.stderr
