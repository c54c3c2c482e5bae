"""The wire contract as a suite: every fact that the till relies on, tried against any Perx, each with its grade.

The same suite runs in the tests against the sandbox, so what the sandbox pretends and what the till expects are one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
from msgspec import Struct

from pos_app.perx.contract import goods, holding, people, points, signing, writing
from pos_app.perx.contract.bench import Bench, Differs, Fact, Plan, Untried
from pos_app.perx.errors import PerxError, Uncertain
from pos_app.perx.exchange import Line
from pos_app.perx.profile import Profile
from pos_app.perx.wire import Unreadable

_BOOKS = (signing.BOOK, people.BOOK, goods.BOOK, points.BOOK, holding.BOOK, writing.BOOK, people.LATE)
FACTS: tuple[Fact, ...] = tuple(fact for book in _BOOKS for fact in book.facts)
_MOST_TOLD = 5
HOLDS, DIFFERS, UNTRIED = "holds", "differs", "not tried"
UNDONE = Fact(
    "undone", "6", "-", "What the suite wrote is undone; points and held points are as before.",
    points.nothing, writes=True,
)  # fmt: skip


__all__ = ["DIFFERS", "FACTS", "HOLDS", "UNTRIED", "Found", "Plan", "run_blocking", "run_contract"]


class Found(Struct, frozen=True):
    """What became of one fact. `came`: what came instead, or why it was not tried.

    `is_recorded`: the profile says that this tenant's Perx differs here, and the till works accordingly.
    """

    fact: Fact
    status: str
    came: str = ""
    is_recorded: bool = False

    @property
    def is_surprise(self) -> bool:
        """Whether Perx and the profile disagree: a difference that is not recorded, or a record without one."""
        return self.status != UNTRIED and (self.status == DIFFERS) != self.is_recorded

    @property
    def advice(self) -> str:
        """What to write into the profile, or to take out of it."""
        if not self.is_surprise or not self.fact.record:
            return ""
        return f"{'take out' if self.is_recorded else 'record'}: {self.fact.record}"


async def run_contract(
    profile: Profile,
    plan: Plan,
    *,
    told: Callable[[Found], None] = lambda _found: None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> list[Found]:
    """Try every fact, one after another, and tell of each as it is known.

    What was written is undone after each fact, and compared at the end with how it was. Never raises a PerxError.
    """
    line = Line(profile, None, transport)
    bench = Bench(line, plan)
    found: list[Found] = []

    def tell(one: Found) -> None:
        found.append(one)
        told(one)

    try:
        before = await _purse(bench)
        for fact in FACTS:
            tell(await _try(bench, fact))
        tell(await _is_undone(bench, before))
    finally:
        await line.aclose()
    return found


async def _try(bench: Bench, fact: Fact) -> Found:
    recorded = fact.is_recorded(bench.profile)
    if fact.writes and not bench.plan.writes:
        return Found(fact, UNTRIED, "it writes: --writes", recorded)
    status, came = HOLDS, ""
    try:
        await fact.check(bench)
    except (Differs, Unreadable) as exc:
        status, came = DIFFERS, str(exc)
    except TimeoutError:
        status, came = DIFFERS, f"not seen within {bench.plan.wait_s:g} s"
    except Untried as exc:
        status, came = UNTRIED, str(exc)
    except PerxError as exc:
        status, came = UNTRIED, f"no answer ({exc.problem})"
        if fact.writes and isinstance(exc, Uncertain):
            bench.left.append(f"{fact.name}: {came}")
    bench.left += [f"{fact.name}: {one}" for one in await bench.clear()]
    return Found(fact, status, came, recorded)


async def _purse(bench: Bench) -> points.Purse | None:
    """How the test customer stands before anything is written; None when nothing will be, or it cannot be read."""
    if not bench.plan.writes:
        return None
    try:
        return await points.purse(bench)
    except (Differs, Untried, Unreadable, PerxError):
        return None


async def _is_undone(bench: Bench, before: points.Purse | None) -> Found:
    if not bench.made:
        return Found(UNDONE, UNTRIED, "nothing was written")
    if before is None:
        return Found(UNDONE, DIFFERS, "how it was before is not known")
    try:
        await writing.put_back(bench, before)
    except (Differs, Untried, Unreadable) as exc:
        bench.left.append(str(exc))
    except TimeoutError:
        bench.left.append(f"sales are pending after {bench.plan.wait_s:g} s")
    except PerxError as exc:
        bench.left.append(f"no answer ({exc.problem})")
    more = len(bench.left) - _MOST_TOLD
    told = [*bench.left[:_MOST_TOLD], *([f"and {more} more"] if more > 0 else [])]
    return Found(UNDONE, DIFFERS if bench.left else HOLDS, "; ".join(told))


def run_blocking(profile: Profile, plan: Plan, told: Callable[[Found], None]) -> list[Found]:
    """`run_contract` for a command line. Thread: one without a running loop."""
    return asyncio.run(run_contract(profile, plan, told=told))
