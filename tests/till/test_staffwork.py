"""What looks at PINs and badges always answers: a sign-on screen that waits for ever would be a till that is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pos_app.domain.attention import Act
from pos_app.domain.people import Denied, Role
from pos_app.outbox import Database
from pos_app.outbox.people import People
from pos_app.till import approve, staff
from pos_app.till.staffwork import StaffWork


def ask(not_by: str = "") -> approve.Ask:
    return approve.Ask(number=2, subject=approve.SettleEntry("1", Act.DONE), not_by=not_by)


def worked(path: Path, *effects: staff.Effect) -> list[staff.Event]:
    """What is answered on a till that knows a cashier and a supervisor."""

    async def scene() -> list[staff.Event]:
        told: list[staff.Event] = []
        database = await Database.open(path)
        people = People(database, b"pepper")
        await people.add("Mai A.", Role.CASHIER, "5917", "MAIS-BADGE-1")
        await people.add("Noor H.", Role.SUPERVISOR, "4729", "NOORS-BADGE")
        work = StaffWork(people, told.append)
        try:
            for effect in effects:
                await work.do(effect)
        finally:
            await database.aclose()
        return told

    return asyncio.run(scene())


def verdicts(events: list[staff.Event]) -> list[str]:
    return [one.verdict.problem if isinstance(one.verdict, Denied) else one.verdict.name for one in events]


def test_signing_on_takes_anybody_and_an_approval_only_who_may_and_did_not_ask(tmp_path):
    told = worked(
        tmp_path / "till.db",
        approve.Prove(1, "Mai A.", "5917"),
        approve.Prove(1, badge="MAIS-BADGE-1"),
        approve.Prove(1, badge="NOBODYS-BADGE"),
        approve.Prove(2, "Mai A.", "5917", ask=ask()),
        approve.Prove(2, badge="MAIS-BADGE-1", ask=ask()),
        approve.Prove(2, "Noor H.", "4729", ask=ask()),
        approve.Prove(2, "Noor H.", "4729", ask=ask("Noor H.")),
        approve.Prove(2, badge="NOORS-BADGE", ask=ask("Noor H.")),
    )
    assert verdicts(told) == ["Mai A.", "Mai A.", "PIN-14", "PIN-11", "PIN-03", "Noor H.", "PIN-13", "PIN-13"]
    assert [one.number for one in told] == [1, 1, 1, 2, 2, 2, 2, 2]


def test_the_people_are_listed_by_name(tmp_path):
    [listed] = worked(tmp_path / "till.db", staff.ListPeople())
    assert [one.name for one in listed.people] == ["Mai A.", "Noor H."]


def test_what_breaks_while_a_pin_is_looked_at_is_an_answer_too(tmp_path):
    told: list[staff.Event] = []

    class Broken(People):
        async def known(self, name: str, pin: str):
            raise RuntimeError("nobody foresaw this")

    async def scene() -> None:
        database = await Database.open(tmp_path / "till.db")
        try:
            await StaffWork(Broken(database, b"pepper"), told.append).do(approve.Prove(7, "Mai A.", "5917"))
        finally:
            await database.aclose()

    with pytest.raises(RuntimeError):
        asyncio.run(scene())
    assert told == [approve.Proved(7, Denied("APP-01"))]
