"""Customers and their points, as a till asks for them."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct

from pos_app.domain.customers import Balance, Customer, Expiring
from pos_app.perx import answers
from pos_app.perx.call import APPLICATION, MERCHANT, Call, Shape, checked, user
from pos_app.perx.errors import Facts, Refused, Uncertain
from pos_app.perx.verbs import Verbs, read, same, shaped
from pos_app.perx.wire import Row

_MOST_PROGRAMS = 50
_MOST_DATES = 500


class Details(Struct, frozen=True):
    """What a till may write about a customer; an empty field is left as it is."""

    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    state: str = ""
    language: str = ""

    def body(self, identifier: str, language_field: str = "") -> dict[str, Any]:
        """The fields as Perx takes them; `language` goes where the tenant keeps it. Source: perx-api 3, B."""
        top = {"first_name": self.first_name, "last_name": self.last_name, "state": self.state}
        bag = {name: text for name, text in (("phone", self.phone), ("email", self.email)) if text}
        bag |= {language_field: self.language} if language_field and self.language else {}
        body: dict[str, Any] = {"identifier": checked(identifier)}
        body |= {name: text for name, text in top.items() if text}
        return body | {"personal_properties": bag} if bag else body


class NotReadError(Exception):
    """What had to be read before a change gave no answer; nothing was sent. `problem`: its support code."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class MemberVerbs(Verbs):
    """Finding, making and changing customers; reading their points."""

    def _customer(self, row: Row) -> Customer:
        return answers.customer(row, self.profile.language_field)

    async def customer(self, identifier: str) -> Customer:
        """The customer whom Perx knows by this identifier.

        Errors: Refused (PX-001) when there is none.
        Source: GET /v4/pos/user_accounts/search, perx-api 3, B.
        """
        query = {"identifier": checked(identifier)}
        path = "/v4/pos/user_accounts/search"
        answer = await self._line.ask(Call("GET", path, APPLICATION, query=query, search=True))
        found = read(answer, self._customer)
        same(answer, _is_same(found.identifier, identifier), "another customer")
        return found

    async def customer_by_id(self, perx_id: int) -> Customer:
        """The customer of a Perx id. Source: GET /v4/pos/user_accounts/{id}, perx-api 3, A-live."""
        call = Call("GET", "/v4/pos/user_accounts/{id}", APPLICATION, (perx_id,), search=True)
        answer = await self._line.ask(call)
        found = read(answer, self._customer)
        same(answer, found.perx_id == perx_id, "another customer")
        return found

    async def customer_by_phone(self, phone: str) -> Customer:
        """The customer of a phone number, country code first; needs a merchant's credentials.

        Source: GET /v4/merchant_admin/user_accounts/search, perx-api 3, B*: digits only, no plus.
        """
        digits = "".join(sign for sign in phone if sign in "0123456789")
        if not 5 <= len(digits) <= 20:
            raise Refused("PX-001", Facts(detail="not a phone number"))
        path = "/v4/merchant_admin/user_accounts/search"
        answer = await self._line.ask(Call("GET", path, MERCHANT, query={"phone": digits}, search=True))
        return read(answer, self._customer)

    async def create_customer(self, identifier: str, details: Details | None = None) -> Customer:
        """Make a member of an identifier.

        Errors: Uncertain (SALE-02) when Perx has it already: an earlier request may have made it.
        Source: POST /v4/pos/user_accounts, perx-api 3, B.
        """
        body = {"state": "active"} | (details or Details()).body(identifier, self.profile.language_field)
        answer = await self._line.ask(Call("POST", "/v4/pos/user_accounts", APPLICATION, body=body))
        made = read(answer, self._customer)
        same(answer, _is_same(made.identifier, identifier), "another customer")
        return made

    async def update_customer(self, identifier: str, details: Details) -> None:
        """Change a customer. Source: PUT /v4/pos/user_accounts/update_user, perx-api 3, B."""
        path, body = "/v4/pos/user_accounts/update_user", details.body(identifier)
        await self._line.ask(Call("PUT", path, APPLICATION, body=body, answer=Shape.NOTHING))

    async def change_language(self, identifier: str, language: str) -> None:
        """Keep the customer's language where the tenant keeps it; what else Perx keeps there is sent back as it was.

        Whether an update merges the personal properties or replaces them is unknown (perx-api 25), so they are read
        first. Errors: NotReadError when that gave no answer, so that nothing was sent; as any write else.
        """
        query, field = {"identifier": checked(identifier)}, self.profile.language_field
        try:
            path = "/v4/pos/user_accounts/search"
            call = Call("GET", path, APPLICATION, query=query, search=True, keeps_personal=True)
            answer = await self._line.ask(call)
            found = read(answer, self._customer)
            same(answer, _is_same(found.identifier, identifier), "another customer")
        except Uncertain as exc:
            raise NotReadError(exc.problem) from exc
        if not field:
            raise Refused("PX-010", Facts(detail="the tenant keeps no language"))
        if found.language == language:
            return
        kept = answer.row.row("personal_properties")
        bag = {name: kept.raw(name) for name in kept}
        body = {"identifier": query["identifier"], "personal_properties": {**bag, field: language}}
        await self._line.ask(
            Call("PUT", "/v4/pos/user_accounts/update_user", APPLICATION, body=body, answer=Shape.NOTHING)
        )

    async def balances(self, identifier: str) -> list[Balance]:
        """What every loyalty programme says of the customer. Source: GET /v4/loyalty, perx-api 5, A-live."""
        call = Call("GET", "/v4/loyalty", user(identifier))
        rows, _ = await self._line.pages(call, _MOST_PROGRAMS)
        with shaped(Facts(call=call.name)):
            return answers.readable(rows, answers.balance)

    async def balance(self, identifier: str, program_id: int | None = None) -> Balance:
        """What one programme says of the customer; the profile's own unless another is named.

        Source: GET /v4/loyalty/{program_id}, perx-api 5, A-live.
        """
        program = self.profile.loyalty_program_id if program_id is None else program_id
        answer = await self._line.ask(Call("GET", "/v4/loyalty/{id}", user(identifier), (program,)))
        found = read(answer, answers.balance)
        same(answer, found.program_id == program, "another programme")
        return found

    async def expiring(self, identifier: str, start: date, end: date, program_id: int | None = None) -> list[Expiring]:
        """The customer's points by the date on which they end.

        Source: GET /v4/pos/loyalty/aggregated_expiry, perx-api 5, B.
        """
        query: dict[str, str | int] = {
            "user_identifier": checked(identifier),
            "loyalty_program_id": self.profile.loyalty_program_id if program_id is None else program_id,
            "start_date": start.isoformat(),
            "end_date": end.isoformat(),
        }
        call = Call("GET", "/v4/pos/loyalty/aggregated_expiry", APPLICATION, query=query)
        rows, complete = await self._line.pages(call, _MOST_DATES)
        if not complete:
            raise Uncertain("NET-07", Facts(call=call.name, detail="too many dates"))
        return answers.expiring(rows)


def _is_same(answered: str, asked: str) -> bool:
    return answered.casefold() == asked.casefold()
