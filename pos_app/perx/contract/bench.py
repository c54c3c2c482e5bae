"""What a fact of the wire contract is, and the bench on which it is tried: raw replies, checks of shapes, undoing.

What came is told by status, code, Perx's own bounded words and the kinds of fields; never by a value of a customer's.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from pos_app.perx.call import APPLICATION, MERCHANT, Call, Grant, Reply, user
from pos_app.perx.errors import PerxError, Refused
from pos_app.perx.exchange import Line
from pos_app.perx.profile import Profile
from pos_app.perx.wire import Row, Unreadable, decode, plain, rows_of

MOST_CAME = 160


class Differs(Exception):  # noqa: N818 - an outcome, not a fault
    """Perx does something else than the fact says; the text is what came."""


class Untried(Exception):  # noqa: N818 - an outcome, not a fault
    """The fact could not be tried; the text says what is missing."""


class Plan(Struct, frozen=True):
    """What one run may do. `customer`: the test customer as Perx knows them; without one only tokens and refusals
    are tried. `writes`: what changes that customer is tried as well, and undone. `wait_s`: how long Perx's rules may
    take to give points for a sale. `transaction_type`: the type of its sales, as the till's own.
    """

    customer: str = ""
    writes: bool = False
    wait_s: float = 20.0
    transaction_type: str = "purchase"


class Seen(Struct, frozen=True):
    """One reply of Perx's, as it came."""

    status: int
    is_json: bool
    root: Row

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def data(self) -> Any:
        return self.root.raw("data")

    @property
    def row(self) -> Row:
        return Row(self.data)

    @property
    def rows(self) -> list[Row]:
        return rows_of(self.data)

    @property
    def meta(self) -> Row:
        return self.root.row("meta")

    @property
    def code(self) -> int | None:
        return self.root.whole("code")

    @property
    def said(self) -> str:
        return self.root.text("message", "error_description", "error", limit=200)


Check = Callable[["Bench"], Awaitable[None]]


class Fact(Struct, frozen=True):
    """One sentence of the wire contract. `section` and `grade` say where it stands in perx-api.md and how sure it is.

    `writes`: trying it changes the test customer. `record`: the setting that makes the till work where the fact does
    not hold; `is_recorded` tells whether a profile has it. `offers`: the setting that may be used because it holds.
    """

    name: str
    section: str
    grade: str
    says: str
    check: Check
    writes: bool = False
    record: str = ""
    is_recorded: Callable[[Profile], bool] = lambda _profile: False
    offers: str = ""


class Book:
    """The facts of one area, in the order in which they are written down."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def fact(self, name: str, section: str, grade: str, says: str, **more: Any) -> Callable[[Check], Check]:
        """Write a fact down with the function that tries it."""

        def keep(check: Check) -> Check:
            self.facts.append(Fact(name, section, grade, says, check, **more))
            return check

        return keep


class Bench:
    """Carries the requests of one fact after another, and remembers how to undo what they did."""

    def __init__(self, line: Line, plan: Plan) -> None:
        self._line = line
        self.plan = plan
        self._undo: dict[str, Callable[[], Awaitable[Seen]]] = {}
        self._remembered = 0
        self.sold: list[str] = []
        self.made = 0
        self.left: list[str] = []

    @property
    def profile(self) -> Profile:
        return self._line.profile

    @property
    def user(self) -> Grant:
        """The test customer's token. Errors: Untried without one."""
        if not self.plan.customer:
            raise Untried("no test customer is named")
        try:
            return user(self.plan.customer)
        except Refused:
            raise Untried("the test customer's identifier cannot be one") from None

    @property
    def account(self) -> dict[str, str]:
        """The test customer as a request body names them. Source: perx-api 1.1, A-nock and B*."""
        return {"identifier": self.user.identifier}

    @property
    def merchant(self) -> Grant:
        """The merchant's token. Errors: Untried without credentials."""
        if self.profile.merchant is None:
            raise Untried("no merchant is set")
        return MERCHANT

    async def ask(self, call: Call, bearer: str | None = None) -> Seen:
        """One request and its reply, whatever it is. Errors: PerxError when none came or no token was given."""
        return _seen(await self._line.raw(call, bearer))

    async def get(self, path: str, *at: str | int, grant: Grant | None = None, **query: str | int) -> Seen:
        """Read as the test customer unless `grant` is another's. Errors: Differs when Perx does not give it."""
        return self.ok(await self.ask(Call("GET", path, grant or self.user, at, query)))

    async def app(self, path: str, **query: str | int) -> Seen:
        """Read as the application."""
        return self.ok(await self.ask(Call("GET", path, APPLICATION, query=query)))

    def ok(self, seen: Seen) -> Seen:
        """The reply, when it is a success in JSON. Errors: Differs."""
        if not seen.is_ok or not seen.is_json:
            raise Differs(self.brief(seen))
        return seen

    def refused(self, seen: Seen, pattern: str = "") -> Seen:
        """The reply, when it is a refusal of Perx's, and says so in these words. Errors: Differs."""
        fits = 400 <= seen.status < 500 and seen.is_json
        if not fits or not re.search(pattern, seen.said, re.IGNORECASE):
            raise Differs(self.brief(seen))
        return seen

    def brief(self, seen: Seen) -> str:
        """A reply in a few words: status, code and message, without whom it is about."""
        words = [f"status {seen.status}"]
        if not seen.is_json:
            words.append("not JSON")
        if seen.code is not None:
            words.append(f"code {seen.code}")
        if seen.said and not seen.is_ok:
            words.append(f'"{self.clean(seen.said)}"')
        return ", ".join(words)

    def clean(self, text: str) -> str:
        """Words of Perx's without the customer's identifier, secrets or long numbers."""
        for hidden in (self.plan.customer, *self.profile.secrets):
            if hidden:
                text = text.replace(hidden, "***")
        return re.sub(r"\d{5,}", "***", plain(text, MOST_CAME))

    def undo(self, act: Callable[[], Awaitable[Seen]], what: str = "") -> None:
        """Remember how what was just done is undone; the last one is undone first. `what`: its name for `over`."""
        self._remembered += 1
        self._undo[what or f"{self._remembered}"] = act

    def over(self, seen: Seen, what: str) -> Seen:
        """The reply; when it is a success, what has this name needs no undoing any more."""
        if seen.is_ok:
            self._undo.pop(what, None)
        return seen

    async def clear(self) -> list[str]:
        """Undo everything that is left and say what could not be."""
        left = []
        while self._undo:
            _, act = self._undo.popitem()
            try:
                seen = await act()
            except (Differs, Unreadable, PerxError) as exc:
                left.append(str(exc))
                continue
            if not seen.is_ok:
                left.append(self.brief(seen))
        return left


def _seen(reply: Reply) -> Seen:
    try:
        root = decode(reply.body) if reply.body.strip() else None
    except Unreadable:
        return Seen(reply.status, False, Row(None))
    return Seen(reply.status, root is None or isinstance(root, dict), Row(root))


def kind(value: object) -> str:
    """What a value of JSON is, in a word."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "a number"


_KINDS = {"text": "text", "number": "a number", "null": "null", "list": "a list", "object": "an object",
          "bool": "true or false"}  # fmt: skip


def fields(row: Row, told: str) -> None:
    """Check fields against a line such as `id number, name text|null`; a name without kinds must only be there.

    Errors: Differs, naming the first field that is something else.
    """
    for part in told.split(","):
        name, _, kinds = part.strip().partition(" ")
        if name not in set(row):
            raise Differs(f"no {name}")
        came = kind(row.raw(name))
        if kinds and came not in [_KINDS[one] for one in kinds.split("|")]:
            raise Differs(f"{name} is {came}")


def first(rows: list[Row], what: str) -> Row:
    """The first row. Errors: Untried when there is none to look at."""
    if not rows:
        raise Untried(f"the test customer has no {what}" if what else "the list is empty")
    return rows[0]


def want(holds: bool, came: str) -> None:
    """Errors: Differs, with what came, unless it holds."""
    if not holds:
        raise Differs(came)
