"""What may be asked of a till from outside its screen: its queue listed, shown, checked, settled, exported, compared.

One module for both ways, over the line of a running till and on the data file when none runs, so that the two
cannot answer differently. Questions and answers are plain JSON values; an answer with a `problem` is a failure.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct, field, to_builtins

from pos_app.domain import codes
from pos_app.domain.attention import explain, may
from pos_app.domain.codes import Ref
from pos_app.domain.commands import CannotTell, Command, Found, Spoilt, to_body
from pos_app.domain.day import Custom, Day, local_day, today
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.money import Money
from pos_app.domain.people import Denied
from pos_app.domain.problems import problem
from pos_app.outbox.claims import TooEarlyError
from pos_app.outbox.database import StorageError
from pos_app.outbox.people import People
from pos_app.outbox.sales import Sales
from pos_app.outbox.shifts import Shifts
from pos_app.perx.client import PerxClient
from pos_app.till.dayend import Books, DayEnd
from pos_app.till.deliver import Delivery
from pos_app.till.reconcile import Compared, Difference, reference, sentence
from pos_app.till.report import Report
from pos_app.till.shiftoffice import ShiftOffice

Approve = Callable[[str, str], Awaitable[Denied | None]]
"""Asked before a decision: the name and the PIN that was typed; None approves."""

ASKED_BY = "the command line"
MOST_ENTRIES = 500
MOST_CHARS = 1_000_000
"""A page of entries ends when it has so many characters, so that no answer grows past what the line carries."""

OPEN = tuple(state for state in EntryState if state not in (EntryState.DONE, EntryState.REFUSED))
DECISIONS = (EntryState.DONE, EntryState.REFUSED, EntryState.WAITING)

_NUMBERS = re.compile(r"\S*(?:\d{5}|@)\S*")

# What of a command may be told without its customer. A field that is not named here is masked.
_OF_SALES = {"sold_at", "amount_minor", "currency", "transaction_type", "merchant_identifier", "properties"}
_PLAIN_FIELDS = {"ref", "sale", "voucher_id", "voucher_ids", "points", "program_id", *_OF_SALES}


class Unanswered(Exception):  # noqa: N818 - it is an answer, too
    """The question cannot be answered; `problem` is the support code, `more` what else is told with it."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.problem = code
        self.more = more


def approval(people: People) -> Approve:
    """Decisions are approved by a supervisor's name and PIN."""

    async def approve(name: str, pin: str) -> Denied | None:
        verdict = await people.approve(name, pin)
        return verdict if isinstance(verdict, Denied) else None

    return approve


async def nobody_may(_name: str, _pin: str) -> Denied | None:
    """Approve no decision: what a till without people says."""
    return Denied("PIN-04")


class Papers(Struct, frozen=True):
    """What the answers are made from. `perx` is None where Perx cannot be asked. `approve` guards decisions.

    `close_by_two`: a shift is closed only with such an approval.
    """

    books: Books
    sales: Sales
    perx: PerxClient | None = None
    custom: Custom = field(default_factory=Custom)
    approve: Approve = nobody_may
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    shifts: Shifts | None = None
    close_by_two: bool = False

    def day_end(self) -> DayEnd:
        """One who compares days; each compares one at a time."""
        return DayEnd(self.books, self.perx, self.custom, self.clock)


class BackOffice:
    """Answers questions about one till. Thread: main."""

    def __init__(self, desk: Papers) -> None:
        self._papers = desk
        self._questions: dict[str, Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]] = {
            "outbox.list": self._list,
            "outbox.show": self._show,
            "outbox.check": self._check,
            "outbox.settle": self._settle,
            "outbox.page": self._page,
            "day.figures": self._figures,
            "day.compare": self._compare,
        }
        if desk.shifts is not None:
            self._questions |= ShiftOffice(desk.shifts, desk.clock, desk.approve, by_two=desk.close_by_two).questions()
        self._day_end = desk.day_end()
        self._reports: dict[date, Report] = {}

    async def answer(self, ask: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one question; what cannot be answered says so with a support code under `problem`."""
        question = self._questions.get(ask)
        if question is None:
            return {"problem": "OUT-07"}
        try:
            return await question(given)
        except Unanswered as exc:
            return {"problem": exc.problem, **exc.more}
        except StorageError as exc:
            return {"problem": exc.problem}

    # ---------------------------------------------------------------- the queue

    async def _list(self, given: Mapping[str, Any]) -> dict[str, Any]:
        states = _states(str(given.get("state") or "open"))
        limit = min(max(_whole(given, "limit", 50), 1), MOST_ENTRIES)
        after = _whole(given, "after", 0) or None
        entries = await self._papers.books.outbox.entries(states, limit, after)
        told = _bounded([(entry.id, summary(entry)) for entry in entries])
        is_all = len(told) == len(entries) and len(entries) < limit
        backlog = await self._papers.books.outbox.backlog()
        return {
            "entries": [row for _, row in told],
            "next": None if is_all or not told else told[-1][0],
            "backlog": to_builtins(backlog, builtin_types=(datetime,)) | {"oldest_at": _iso(backlog.oldest_at)},
        }

    async def _show(self, given: Mapping[str, Any]) -> dict[str, Any]:
        entry = await self._entry(given)
        full = given.get("full") is True
        sale_ref = Ref(str(getattr(entry.command, "sale", "") or entry.ref))
        stored = await self._papers.sales.sale(entry.ref)
        others = [one for one in await self._papers.books.outbox.for_sale(sale_ref) if one.ref != entry.ref]
        notes = await self._papers.books.inquiry.notes(tuple({entry.ref, sale_ref}))
        return {
            "entry": whole(entry, full=full),
            "sale": None if stored is None else _sale(stored.body, full=full),
            "same_sale": [row for _, row in _bounded([(one.id, summary(one)) for one in others])],
            "journal": [
                {"at": _iso(one.at), "person": one.person, "what": one.what, "facts": one.facts} for one in notes
            ],
        }

    async def _check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Look for the entry's trace at Perx. Nothing is written: the till's own look-ups decide what follows."""
        entry = await self._entry(given)
        if entry.is_spoilt:
            raise Unanswered("OUT-08")
        if self._papers.perx is None:
            raise Unanswered("OUT-09")
        since_s = (self._papers.clock() - (entry.sent_at or entry.made_at)).total_seconds()
        finding = await Delivery(self._papers.perx).read_back(entry, max(0.0, since_s))
        told: dict[str, Any] = {"ref": entry.ref, "state": entry.state.value, "said": "", "answer": {}}
        match finding:
            case Found(answer):
                return told | {"found": "yes", "answer": answer, "said": "Perx shows that it took effect."}
            case CannotTell(code, person=True):
                said = f"Only a person can judge this: {problem(code).happened}"
                return told | {"found": "unclear", "code": code, "said": said}
            case CannotTell(code):
                raise Unanswered(code)
        return told | {"found": "no", "said": "Perx shows no trace of it now."}

    async def _settle(self, given: Mapping[str, Any]) -> dict[str, Any]:
        entry = await self._entry(given)
        who, why = str(given.get("by") or "").strip(), str(given.get("reason") or "").strip()
        wanted = str(given.get("state"))
        if wanted not in DECISIONS:
            raise Unanswered("OUT-07")
        if not who or not why:
            raise Unanswered("OUT-03")
        if EntryState(wanted) not in {act.leads_to for act in may(entry) if act.needs_approval}:
            raise Unanswered("OUT-02")
        denied = await self._papers.approve(who, str(given.get("pin") or ""))
        if denied is not None:
            raise Unanswered(denied.problem, wait_s=denied.wait_s, was_wrong=denied.was_wrong)
        try:
            outbox = self._papers.books.outbox
            settled = await outbox.settle_by_hand(entry.ref, EntryState(wanted), ASKED_BY, why, approved_by=who)
        except TooEarlyError as exc:
            raise Unanswered("ATT-02", wait_s=exc.wait_s) from exc
        except (KeyError, ValueError) as exc:
            raise Unanswered("OUT-02") from exc
        return {"was": entry.state.value, "entry": summary(settled)}

    async def _page(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Rows for the export, oldest first: everything, without what names a customer."""
        rows = await self._papers.books.inquiry.page(_whole(given, "after", 0))
        told = _bounded([(row.id, whole(row)) for row in rows])
        return {"rows": [row for _, row in told], "next": told[-1][0] if told else None}

    async def _entry(self, given: Mapping[str, Any]) -> Entry:
        ref = Ref("".join(str(given.get("ref") or "").split()))
        entry = await self._papers.books.outbox.entry(ref)
        if entry is None:
            raise Unanswered("OUT-01")
        return entry

    # ---------------------------------------------------------------- the day

    async def _figures(self, given: Mapping[str, Any]) -> dict[str, Any]:
        day = self._day(given)
        told = await self._day_end.figures(day)
        counts: dict[str, Any] = to_builtins(told, builtin_types=(datetime,))
        counts["backlog"]["oldest_at"] = _iso(told.backlog.oldest_at)
        day_told = _of_day(day)
        return counts | day_told | {"as_of": _iso(told.as_of), "currency": self._papers.custom.currency}

    async def _compare(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Compare the next few customers; `first` begins anew. `more` says whether there are others."""
        if self._papers.perx is None:
            raise Unanswered("OUT-09")
        day = self._day(given)
        so_far = None if given.get("first") else self._reports.get(day.on)
        report = await self._day_end.compare(day, so_far)
        more = not report.is_whole and not report.stopped
        self._reports = {day.on: report} if more or report.stopped else {}
        return _of_day(day) | {
            "as_of": _iso(report.as_of),
            "customers": report.customers,
            "compared": report.compared,
            "more": more,
            "stopped": report.stopped,
            **_found(report.found),
            "unread": [{"customer": codes.mask(one), "problem": code} for one, code in report.unread],
        }

    def _day(self, given: Mapping[str, Any]) -> Day:
        asked = given.get("day")
        now = today(self._papers.clock())
        if not asked:
            return now
        try:
            day = local_day(date.fromisoformat(str(asked)))
        except (ValueError, OverflowError, OSError) as exc:
            raise Unanswered("OUT-07") from exc
        if day.on > now.on:
            raise Unanswered("OUT-11")
        return day


# ---------------------------------------------------------------- entries as JSON values


def summary(entry: Entry) -> dict[str, Any]:
    """One entry in a list; its customer is masked."""
    command = entry.command
    return {
        "id": entry.id,
        "ref": entry.ref,
        "kind": _kind(command),
        "state": entry.state.value,
        "customer": codes.mask(command.identifier),
        "amount_minor": getattr(command, "amount_minor", None),
        "currency": getattr(command, "currency", None),
        "made_at": _iso(entry.made_at),
        "tries": entry.tries,
        "problem": entry.problem,
        "said": _without(entry.said, command.identifier),
        "meaning": explain(entry).happened,
    } | ({"unreadable": True} if entry.is_spoilt else {})


def _kind(command: Command | Spoilt) -> str:
    """The kind; of one that cannot be read, what its row calls it."""
    return codes.shown(command.kind_name, 40) if isinstance(command, Spoilt) else command.kind.value


def whole(entry: Entry, *, full: bool = False) -> dict[str, Any]:
    """Everything of one entry. Without `full`, what could name its customer is masked."""
    body = {} if isinstance(entry.command, Spoilt) else to_body(entry.command)
    times = {name: _iso(getattr(entry, name)) for name in ("sent_at", "due_at", "settled_at")}
    told = summary(entry) | times | {"looks": entry.looks, "answer": entry.answer}
    said = explain(entry)
    told |= {"title": said.title, "told": said.told, "who": said.who, "may": [act.value for act in said.may]}
    told["command"] = body if full else {name: _masked(name, value) for name, value in body.items()}
    return told | {"customer": entry.command.identifier, "said": entry.said} if full else told


def _masked(name: str, value: Any) -> Any:
    if name in _PLAIN_FIELDS or value is None or isinstance(value, bool):
        return value
    return codes.mask(value) if isinstance(value, str) else "left out"


def _without(text: str, identifier: str) -> str:
    """Perx's words without the customer, and without whatever else in them may be a number of somebody's."""
    known = text.replace(identifier, codes.mask(identifier)) if identifier else text
    return _NUMBERS.sub(lambda found: codes.mask(found[0]), known)


def _sale(body: Mapping[str, Any], *, full: bool) -> dict[str, Any]:
    if full:
        return dict(body)
    identifier = str(body.get("identifier") or "")
    hidden = {"identifier": codes.mask(identifier), "name": "left out"}
    return dict(body) | hidden | {"said": _without(str(body.get("said") or ""), identifier)}


def _bounded(rows: Sequence[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    """As many rows as an answer has room for, and at least one."""
    kept: list[tuple[int, dict[str, Any]]] = []
    chars = 0
    for row in rows:
        chars += len(str(row[1]))
        if kept and chars > MOST_CHARS:
            break
        kept.append(row)
    return kept


def _states(word: str) -> tuple[EntryState, ...]:
    if word in ("open", "all"):
        return OPEN if word == "open" else tuple(EntryState)
    if word not in set(EntryState):
        raise Unanswered("OUT-07")
    return (EntryState(word),)


def _whole(given: Mapping[str, Any], name: str, otherwise: int) -> int:
    value = given.get(name, otherwise)
    if value is None:
        return otherwise
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise Unanswered("OUT-07")
    return value


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ---------------------------------------------------------------- a day as JSON values


def _of_day(day: Day) -> dict[str, Any]:
    return {"day": day.on.isoformat(), "zone": day.zone, "from": _iso(day.start), "to": _iso(day.end)}


def _amount(money: Money) -> str:
    return f"{money.currency} {money.decimal}"


def _found(found: Compared) -> dict[str, Any]:
    return {
        "differences": [_difference(one) for one in found.differences[:MOST_ENTRIES]],
        "differ": len(found.differences),
        "not_sent": len(found.not_sent),
        "not_sent_refs": found.not_sent[:MOST_ENTRIES],
        "on_the_way": len(found.on_the_way),
        "on_the_way_refs": found.on_the_way[:MOST_ENTRIES],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "what": one.what.value,
        "sentence": sentence(one, _amount),
        "ref": one.ref,
        "short_ref": reference(one),
        "customer": codes.mask(one.identifier),
        "ours": None if one.ours is None else str(one.ours.decimal),
        "perx": None if one.perx is None else str(one.perx.decimal),
        "voucher_id": one.voucher_id,
        "state": one.state,
        "times": one.times,
        "at": _iso(one.at),
    }
