"""Vouchers and rewards, as a till asks for them and uses them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.perx import answers
from pos_app.perx.answers import Reward
from pos_app.perx.call import APPLICATION, Answer, Call, user
from pos_app.perx.errors import Facts, Uncertain
from pos_app.perx.verbs import Verbs, read, same, shaped
from pos_app.perx.wire import Row

_MOST_VOUCHERS = 300
_MOST_SEARCHED = 1000
_OLD_ONES: dict[str, str | int] = {"redeemed_within": -1, "expired_within": -1}
RESERVATION_MS = 900_000


def _sorted(state: str) -> dict[str, str | int]:
    query: dict[str, str | int] = {"sort_by": "issued_date", "order": "desc"}
    return query | ({"state": state} if state else {"type": "all"})


class RewardChoice(Struct, frozen=True):
    """Which price and which outlet a reward is taken at.

    Source: perx-api 17.4: query parameters, B* for reserve, C for issue.
    """

    price_id: int | None = None
    location_id: int | None = None

    @property
    def query(self) -> dict[str, str | int]:
        named = {"price_id": self.price_id, "location_id": self.location_id}
        return {name: value for name, value in named.items() if value is not None}


AS_OFFERED = RewardChoice()


class VoucherVerbs(Verbs):
    """A customer's vouchers: seen, held, used, given back. Every answer must name the voucher and its new state."""

    async def vouchers(self, identifier: str, state: str = "issued", most: int = _MOST_VOUCHERS) -> list[Voucher]:
        """The customer's vouchers in one state, newest first; state "" is all of them.

        Source: GET /v4/vouchers, perx-api 4, A-live; old ones show only when asked for, 17.5, B*.
        """
        query = _sorted(state)
        if state != VoucherState.ISSUED:
            query |= _OLD_ONES
        call = Call("GET", "/v4/vouchers", user(identifier), query=query)
        rows, _ = await self._line.pages(call, most)
        with shaped(Facts(call=call.name)):
            found = answers.readable(rows, self._voucher)
        return list({one.id: one for one in found}.values())

    async def voucher_by_code(self, identifier: str, code: str) -> Voucher | None:
        """The customer's voucher that carries this code, old ones included; case does not matter.

        None only when all of the customer's vouchers were seen without it.
        Errors: Uncertain (NET-07) when there are more vouchers than the till reads.
        Source: GET /v4/vouchers, perx-api 4 and 17.5, A-live.
        """
        wanted = code.strip().casefold()

        def is_it(row: Row) -> bool:
            return row.text("voucher_code", limit=128).casefold() == wanted

        call = Call("GET", "/v4/vouchers", user(identifier), query=_sorted("") | _OLD_ONES)
        rows, complete = await self._line.pages(call, _MOST_SEARCHED, lambda rows: any(map(is_it, rows)))
        found = next(filter(is_it, rows), None)
        if found is None and not complete:
            raise Uncertain("NET-07", Facts(call=call.name, detail="too many vouchers"))
        with shaped(Facts(call=call.name)):
            return None if found is None else self._voucher(found)

    async def voucher(self, identifier: str, voucher_id: int) -> Voucher:
        """One voucher of the customer. Source: GET /v4/vouchers/{id}, perx-api 4, A-nock."""
        call = Call("GET", "/v4/vouchers/{id}", user(identifier), (voucher_id,))
        return self._about(await self._line.ask(call), voucher_id)

    async def hold_voucher(self, identifier: str, voucher_id: int) -> Voucher:
        """Hold a voucher: nobody else can use it until it is confirmed or given back.

        Errors: Refused (PX-003) when it is held or used already.
        Where Perx tells no end of a hold, the profile's `hold_minutes` do.
        Source: POST /v4/vouchers/{id}/redeem?confirm=false, perx-api 4, A-live.
        """
        asked_at = datetime.now(UTC)
        held = await self._redeem(identifier, voucher_id, "false", VoucherState.HELD)
        if held.held_until is None and self.profile.hold_minutes > 0:
            held = replace(held, held_until=asked_at + timedelta(minutes=self.profile.hold_minutes))
        return held

    async def confirm_voucher(self, identifier: str, voucher_id: int) -> Voucher:
        """Use a voucher, held or not. Source: POST /v4/vouchers/{id}/redeem?confirm=true, perx-api 4, A-live."""
        return await self._redeem(identifier, voucher_id, "true", VoucherState.REDEEMED)

    async def redeem_voucher(self, identifier: str, voucher_id: int, pin: str = "") -> Voucher:
        """Use a voucher in one step, with the merchant's PIN where the reward asks for one.

        Source: POST /v4/vouchers/{id}/redeem, perx-api 4, A-live; the pin B*.
        """
        return await self._redeem(identifier, voucher_id, "", VoucherState.REDEEMED, pin)

    async def revert_voucher(self, voucher_id: int) -> Voucher:
        """Give a held voucher back.

        Source: PUT /v4/pos/vouchers/{id}/revert_redemption, perx-api 4, A-live.
        """
        path = "/v4/pos/vouchers/{id}/revert_redemption"
        answer = await self._line.ask(Call("PUT", path, APPLICATION, (voucher_id,)))
        return self._about(answer, voucher_id, VoucherState.ISSUED)

    async def _redeem(
        self, identifier: str, voucher_id: int, confirm: str, expected: VoucherState, pin: str = ""
    ) -> Voucher:
        query = {"confirm": confirm} if confirm else {}
        body = {"pin": pin} if pin else {}
        path = "/v4/vouchers/{id}/redeem"
        answer = await self._line.ask(Call("POST", path, user(identifier), (voucher_id,), query, body))
        return self._about(answer, voucher_id, expected)

    def _voucher(self, row: Row) -> Voucher:
        return answers.voucher(row, self.profile)

    def _about(self, answer: Answer, voucher_id: int | None, expected: VoucherState | None = None) -> Voucher:
        found = read(answer, self._voucher)
        same(answer, voucher_id is None or found.id == voucher_id, "another voucher")
        same(answer, expected is None or found.state == expected, f"the voucher is {found.state.value}")
        return found


class RewardVerbs(VoucherVerbs):
    """The catalogue, and the ways from a reward to a voucher."""

    async def rewards(self, identifier: str, affordable: bool = False, most: int = 100) -> list[Reward]:
        """The rewards that this customer sees; `affordable` asks Perx for those their points reach.

        Source: GET /v4/rewards, perx-api 17.1, A-live; filter_by_points_balance B.
        """
        query = {"filter_by_points_balance": "true"} if affordable else {}
        call = Call("GET", "/v4/rewards", user(identifier), query=query)
        rows, _ = await self._line.pages(call, most)
        with shaped(Facts(call=call.name)):
            return answers.readable(rows, self._reward)

    async def reward(self, identifier: str, reward_id: int) -> Reward:
        """One reward as this customer sees it. Source: GET /v4/rewards/{id}, perx-api 17.1, A-nock."""
        answer = await self._line.ask(Call("GET", "/v4/rewards/{id}", user(identifier), (reward_id,)))
        found = read(answer, self._reward)
        same(answer, found.id == reward_id, "another reward")
        return found

    async def issue_reward(self, identifier: str, reward_id: int, choice: RewardChoice = AS_OFFERED) -> Voucher:
        """Turn a reward into a voucher at once; its points leave now.

        Source: POST /v4/rewards/{id}/issue, perx-api 4 and 17.4, A-live.
        """
        call = Call("POST", "/v4/rewards/{id}/issue", user(identifier), (reward_id,), choice.query)
        return self._of(await self._line.ask(call), reward_id, VoucherState.ISSUED)

    async def reserve_reward(self, identifier: str, reward_id: int, choice: RewardChoice = AS_OFFERED) -> Voucher:
        """Hold a reward; asking again while it is held returns the same hold.

        Source: POST /v4/rewards/{id}/reserve, perx-api 4 and 17.4, A-live; the unit of timeout is C.
        """
        query = {"timeout": RESERVATION_MS} | choice.query
        call = Call("POST", "/v4/rewards/{id}/reserve", user(identifier), (reward_id,), query)
        return self._of(await self._line.ask(call), reward_id, VoucherState.RESERVED)

    async def confirm_reservation(self, identifier: str, voucher_id: int) -> Voucher:
        """Make a held reward a voucher. Source: PATCH /v4/vouchers/{id}/confirm, perx-api 4, A-live."""
        call = Call("PATCH", "/v4/vouchers/{id}/confirm", user(identifier), (voucher_id,))
        return self._about(await self._line.ask(call), voucher_id, VoucherState.ISSUED)

    async def release_reservation(self, identifier: str, voucher_id: int) -> Voucher:
        """Let a held reward go. Source: PATCH /v4/vouchers/{id}/release, perx-api 4, A-live."""
        call = Call("PATCH", "/v4/vouchers/{id}/release", user(identifier), (voucher_id,))
        return self._about(await self._line.ask(call), voucher_id, VoucherState.RELEASED)

    def _reward(self, row: Row) -> Reward:
        return answers.reward(row, self.profile)

    def _of(self, answer: Answer, reward_id: int, expected: VoucherState) -> Voucher:
        made = self._about(answer, None, expected)
        same(answer, made.reward_id in (None, reward_id), "another reward")
        return made
