"""`pos-app contract`: the wire contract tried against a profile's Perx, fact by fact.

Exit codes: 0 Perx does what the contract and the profile say, 1 it differs, or something was left behind, 2 it cannot
be tried now.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from pos_app.parts import perx_profile
from pos_app.perx.contract import DIFFERS, HOLDS, UNTRIED, Found, Plan, run_blocking
from pos_app.perx.profile import Merchant, Profile
from pos_app.practice import Practice, PracticeError
from pos_app.settings import Settings, SettingsError, VaultError, load

SANDBOX = "sandbox"
_RULES_AFTER_S = 0.1


class Wish(Struct, frozen=True):
    """What was asked for."""

    profile: str
    config: Path | None = None
    writes: bool = False
    sure: bool = False
    customer: str = ""
    json: bool = False
    out: Path | None = None


class CannotError(Exception):
    """It cannot be tried; the text says why and what to do."""


def run(wish: Wish) -> int:
    """Try the contract, print what came of it and return the exit code."""
    try:
        with _perx(wish) as (profile, plan):
            say = _ignore if wish.json else _print
            found = run_blocking(profile, plan, say)
    except (CannotError, SettingsError, VaultError, PracticeError) as error:
        print(error, file=sys.stderr)
        return 2
    if found[0].status == UNTRIED:  # without an application token nothing can be asked
        print(f"Perx cannot be asked: {found[0].came}. Try: pos-app doctor.", file=sys.stderr)
        return 2
    if wish.json:
        print(json.dumps(as_json(wish.profile, found)))
    else:
        print(summary(found))
    if wish.out is not None:
        wish.out.write_text(as_markdown(wish.profile, found), encoding="utf-8", newline="\n")
    return 1 if any(one.is_surprise for one in found) else 0


@contextmanager
def _perx(wish: Wish) -> Iterator[tuple[Profile, Plan]]:
    """The Perx to ask and what may be done there; the sandbox is started for it and ended after it.

    Errors: CannotError, SettingsError, VaultError, PracticeError.
    """
    if wish.profile == SANDBOX and wish.config is None:
        with tempfile.TemporaryDirectory() as data, Practice(Path(data), rule_delay_s=_RULES_AFTER_S) as practice:
            told = practice.announced
            profile = Profile(
                practice.base_url, told["client_id"], told["client_secret"], told["loyalty_program_id"],
                currency=told["currency"], merchant=Merchant(told["merchant"]["identifier"]),
            )  # fmt: skip
            yield profile, Plan(wish.customer or told["customers"][0]["identifier"], wish.writes)
        return
    settings = load(wish.config, os.environ)
    customer = wish.customer or settings.wire.test_customer
    _check(wish, settings, customer)
    profile = perx_profile(settings, os.environ)
    known = profile.identifiers.token_of(customer)
    yield profile, Plan(known, wish.writes, transaction_type=settings.sale.transaction_type)


def _check(wish: Wish, settings: Settings, customer: str) -> None:
    told = settings.profile
    if told.name != wish.profile:
        raise CannotError(
            f"The settings here are those of the profile {told.name}, not {wish.profile}; nothing was asked. "
            "Name the file of the other one with --config."
        )
    if wish.writes and not customer:
        raise CannotError(
            "Writes need a test customer; nothing was asked. Set wire.test_customer, or name one with --customer."
        )
    if wish.writes and told.environment == "production" and not wish.sure:
        raise CannotError(
            f"{told.name} is production; nothing was asked. With --sure the test customer there is written to: "
            "each write is undone, and sales of 1.00 and -1.00 stay in the customer's list."
        )


def _ignore(_found: Found) -> None:
    pass


def _print(one: Found) -> None:
    print(line(one), flush=True)


def line(one: Found) -> str:
    """One fact for a person, with what came instead and what to write into the profile."""
    fact = one.fact
    words = [f"{one.status:<9}  {fact.name:<23} {fact.says} ({source(one)})"]
    for tail in _tails(one):
        words.append(f"{'':11}-> {tail}")
    return "\n".join(words)


def _tails(one: Found) -> Iterator[str]:
    if one.came:
        yield one.came + (", as the profile records" if one.is_recorded and one.status == DIFFERS else "")
    if one.is_recorded and one.status == HOLDS:
        yield "the profile records that it differs"
    if one.advice:
        yield one.advice
    if one.fact.offers and one.status == HOLDS:
        yield f"may be used: {one.fact.offers}"


def source(one: Found) -> str:
    """Where a fact stands and how sure it is."""
    return f"section {one.fact.section}, {one.fact.grade}"


def summary(found: list[Found]) -> str:
    """How many facts hold, differ and were not tried."""
    count = {status: sum(one.status == status for one in found) for status in (HOLDS, DIFFERS, UNTRIED)}
    known = sum(one.status == DIFFERS and one.is_recorded for one in found)
    words = f"{count[HOLDS]} hold, {count[DIFFERS]} differ, {count[UNTRIED]} not tried."
    return words + (f" {known} of the differences are recorded in the profile." if known else "")


def as_json(profile: str, found: list[Found]) -> dict[str, object]:
    """Everything for machines; `surprise` is what the exit code 1 stands for."""
    facts = [
        {
            "name": one.fact.name,
            "section": one.fact.section,
            "grade": one.fact.grade,
            "says": one.fact.says,
            "writes": one.fact.writes,
            "status": one.status,
            "came": one.came,
            "recorded": one.is_recorded,
            "surprise": one.is_surprise,
            "advice": one.advice,
        }
        for one in found
    ]
    return {"profile": profile, "agrees": not any(one.is_surprise for one in found), "facts": facts}


_HEAD = """\
# The wire contract, tried

What the till takes for true of Perx's `/v4`, fact by fact, as `pos-app contract` found it at the profile `{profile}`.
Each fact names its section of the wire contract and its grade: A-live was seen at the real Perx, A-nock pins only the
request, B* is in Perx's own programs, B in another client, C is inferred. A fact marked with w is tried by a write
to the test customer, which is undone.

    {command}

{summary}

| fact | section | grade | | at {profile} |
|---|---|---|---|---|
"""


def as_markdown(profile: str, found: list[Found]) -> str:
    """The table for the documents; without times and numbers of this run, so that it changes only with the facts."""
    command = f"pos-app contract --profile {profile} --writes --out FILE"
    head = _HEAD.format(profile=profile, command=command, summary=summary(found))
    return head + "".join(_row(one) for one in found)


def _row(one: Found) -> str:
    fact = one.fact
    came = f": {one.came}" if one.came else ""
    cells: list[str] = [fact.says, fact.section, fact.grade, "w" if fact.writes else "", f"{one.status}{came}"]
    return f"| {' | '.join(map(_escaped, cells))} |\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")
