"""What each answer of the wire becomes: accepted, refused, unknown or not now; and what the screen says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from fault_bench import PROGRAM, WHO, Perx, hold, invoice, member, release, sale
from perx_loopback import Behaviour, Seen, Wire, answering, loopback, reply
from till_core import Core, core

from pos_app.domain.commands import Command, Done, NoAnswer, NotSent, Outcome, Refused
from pos_app.domain.entries import Entry, EntryState
from pos_app.perx.client import PerxClient
from pos_app.till import events as ev
from pos_app.till.deliver import Delivery
from pos_app.till.state import LineState

ACCEPTED, REFUSED, UNKNOWN, NOT_NOW = "accepted", "refused", "unknown", "not now"
KINDS: dict[type[Outcome], str] = {Done: ACCEPTED, Refused: REFUSED, NoAnswer: UNKNOWN, NotSent: NOT_NOW}
CODE = json.dumps({"identifier": WHO, "voucherId": 5})


async def hang_up(_seen: Seen, _wire: Wire) -> None:
    """Read it, answer nothing."""


async def stall(_seen: Seen, wire: Wire) -> None:
    await wire.reader.read(1)


async def half(_seen: Seen, wire: Wire) -> None:
    wire.writer.write(reply(200, {"data": {"id": 5, "pad": "x" * 50}})[:-20])
    await wire.writer.drain()


def status(code: int) -> Behaviour:
    return answering(reply(code, {"code": 0, "message": "so it is"}))


def raw(body: bytes, kind: str = "application/json") -> Behaviour:
    return answering(reply(200, body, kind))


ANSWERS: dict[str, tuple[Behaviour, str]] = {
    "hung up": (hang_up, UNKNOWN),
    "time-out": (stall, UNKNOWN),
    "cut short": (half, UNKNOWN),
    "500": (status(500), UNKNOWN),
    "502 in HTML": (answering(reply(502, b"<html>bad gateway</html>", "text/html")), UNKNOWN),
    "504": (answering(reply(504)), UNKNOWN),
    "200 in HTML": (raw(b"<html>sign in</html>", "text/html"), UNKNOWN),
    "200, broken JSON": (raw(b'{"data": {"id":'), UNKNOWN),
    "200, NaN": (raw(b'{"data": {"id": 5, "state": "issued", "points": NaN}}'), UNKNOWN),
    "200, 1e999": (raw(b'{"data": {"id": 1e999}}'), UNKNOWN),
    "200, nulls": (raw(b'{"data": null, "meta": null}'), UNKNOWN),
    "200, another one": (raw(b'{"data": {"id": 999, "transaction_reference": "another", "state": "x"}}'), UNKNOWN),
    "302": (answering(reply(302, None, Location="http://login.invalid/")), UNKNOWN),
    "401": (status(401), NOT_NOW),
    "429": (status(429), NOT_NOW),
    "403": (status(403), REFUSED),  # of this one command; the screen says that this till may not do it
    "404": (status(404), REFUSED),
    "405": (answering(reply(405, {"code": 405, "message": "not permitted"})), REFUSED),
    "409": (status(409), UNKNOWN),
    "422": (status(422), REFUSED),
    "an unknown code": (answering(reply(400, {"code": 987_654, "message": "new"})), REFUSED),
}
COMMANDS: dict[str, tuple[Command, str]] = {
    "hold": (hold("A"), "POST .*/redeem"),
    "release": (release("A"), "PUT .*/revert_redemption"),
    "sale": (sale("A"), "POST .*/transactions"),
    "invoice": (invoice("A"), "POST .*/invoices"),
    "member": (member("A"), "POST .*/user_accounts"),
}
TRANSPORT = [name for name, (_, kind) in ANSWERS.items() if kind in (UNKNOWN, NOT_NOW) and name != "409"]


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(main())


@pytest.mark.fault("FM-15", "row 7", "row 9", "row 10", "row 12", "row 13", "row 14", "row 19", "row 45")
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_to_every_write_is_one_of_four(name):
    """An invoice's items are compared only where Perx names them, so "another one" counts for all but that."""
    behave, wanted = ANSWERS[name]

    async def scene():
        found = {}
        timeout_s = 0.3 if behave is stall else 5.0
        async with loopback(Perx()) as server, PerxClient(server.profile(timeout_s=timeout_s)) as client:
            for kind, (command, place) in COMMANDS.items():
                server.behave = perx = Perx(spoil=(place, behave))
                if kind in ("release", "invoice"):
                    perx._add("hold", "5", 0)
                entry = Entry(1, command, EntryState.SENDING, datetime.now(UTC), tries=1)
                found[kind] = KINDS[type(await Delivery(client).send(entry))]
        if name == "200, another one":
            found.pop("invoice")
        assert found == dict.fromkeys(found, wanted)

    run(scene)


# ---------------------------------------------------------------- what the cashier reads


async def rows(till: Core) -> list[LineState]:
    """The rows of the sale once nothing is asked any more."""
    busy = (LineState.LOOKING, LineState.HOLDING, LineState.WAITING)
    await till.until(
        lambda: bool(till.state.sale.lines) and all(line.state not in busy for line in till.state.sale.lines)
    )
    return [line.state for line in till.state.sale.lines]


PLACES = {
    "the voucher is read": ("GET .*/vouchers/5", CODE),
    "the voucher is held": ("POST .*/redeem", CODE),
    "the code is looked for": ("GET .*/vouchers$", "NOSUCH"),
    "the code is tried as a member": ("GET .*/search", "NOSUCH"),
}


@pytest.mark.fault("FM-15", "FM-19")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", [*TRANSPORT, "403"])
def test_no_fault_of_the_line_or_of_our_credentials_is_called_a_bad_voucher(tmp_path, place, name):
    where, code = PLACES[place]
    if (place, name) == ("the code is tried as a member", "200, nulls"):
        pytest.skip("this is how Perx says that there is no such member")
    perx = Perx()

    async def scene():
        async with (
            loopback(perx) as server,
            core(tmp_path, server.profile(loyalty_program_id=PROGRAM, timeout_s=0.4)) as till,
        ):
            await till.serve(json.dumps({"identifier": WHO}))
            perx.spoil = (where, ANSWERS[name][0])
            till.happen(ev.Scanned(code))
            [state] = await rows(till)
            assert state in (LineState.NOT_NOW, LineState.NO_ANSWER)
            said = " ".join((till.screen.body.rows[0].words, till.screen.body.rows[0].detail))
            assert not {"Refused", "Not known", "belongs"} & set(said.replace(":", "").split())

    run(scene)


@pytest.mark.fault("FM-15")
@pytest.mark.parametrize(("name", "words"), [("404", "Not known"), ("405", "Refused"), ("422", "Refused")])
def test_a_refusal_of_a_hold_is_said_with_its_reason_and_code(tmp_path, name, words):
    async def scene():
        perx = Perx(spoil=("POST .*/redeem", ANSWERS[name][0]))
        async with loopback(perx) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            await till.serve(json.dumps({"identifier": WHO}))
            till.happen(ev.Scanned(CODE))
            assert await rows(till) == [LineState.REFUSED]
            row = till.screen.body.rows[0]
            assert row.words.startswith(words)
            assert "(PX-0" in row.detail or name == "404"

    run(scene)


@pytest.mark.fault("FM-15", "FM-12")
@pytest.mark.parametrize("is_done", [True, False], ids=["Perx holds it", "it never came"])
def test_an_unknown_hold_is_looked_up_before_anything_else_can_be_tried(tmp_path, is_done):
    async def scene():
        perx = Perx(script=["lost" if is_done else "dropped"])
        async with loopback(perx) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            await till.serve(json.dumps({"identifier": WHO}))
            seen = len(server.seen)
            till.happen(ev.Scanned(CODE))
            await till.until(lambda: [one.state for one in till.state.sale.lines] == [LineState.NO_ANSWER])
            assert till.screen.body.rows[0].words == "No answer: may or may not be held"
            till.happen(ev.Scanned(CODE))  # the cashier tries again: the same hold, not another one
            wanted = LineState.HELD if is_done else LineState.NOT_NOW
            await till.until(lambda: [one.state for one in till.state.sale.lines] == [wanted])
            asked = [f"{one.method} {one.path.rsplit('/', 1)[-1]}" for one in server.seen[seen:]]
            assert asked.count("POST redeem") == 1
            assert perx.count("hold", 5) == is_done
            if not is_done:
                till.happen(ev.Scanned(CODE))
                await till.until(lambda: [one.state for one in till.state.sale.lines] == [LineState.HELD])

    run(scene)


@pytest.mark.fault("FM-19")
def test_a_voucher_beyond_the_first_pages_is_found_and_an_endless_list_is_not_called_unknown(tmp_path):
    async def scene():
        perx, pages = Perx(), {"count": 8}

        async def listed(seen: Seen, wire: Wire) -> bytes | None:
            page, size = int(seen.query["page"]), int(seen.query["size"])
            first = (page - 1) * size
            data = [
                {"id": n, "name": "Tea", "state": "issued", "voucher_code": f"CODE{n}"}
                for n in range(first, first + size)
            ]
            return reply(200, {"data": data, "meta": {"total_pages": pages["count"]}})

        perx.spoil = ("GET .*/vouchers$", listed)
        async with loopback(perx) as server, core(tmp_path, server.profile(loyalty_program_id=PROGRAM)) as till:
            await till.serve(json.dumps({"identifier": WHO}))
            till.happen(ev.Scanned("CODE390"))
            assert await rows(till) == [LineState.HELD]
            pages["count"] = 10_000
            till.happen(ev.Scanned("CODE999999"))
            assert await rows(till) == [LineState.HELD, LineState.NOT_NOW]

    run(scene)
