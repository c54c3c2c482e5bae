"""What goes out and what comes back, for each verb: one file per call, over a real socket."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import asdict
from perx_loopback import Seen, answering, loopback, reply

from pos_app.domain.commands import Checkout, RecordSale
from pos_app.perx import errors
from pos_app.perx.answers import PointsHold
from pos_app.perx.client import PerxClient
from pos_app.perx.members import Details
from pos_app.perx.profile import Merchant
from pos_app.perx.rewards import RewardChoice

FIXTURES = Path(__file__).with_name("fixtures")
MAKERS = {
    "$date": date.fromisoformat,
    "$time": datetime.fromisoformat,
    "$sale": lambda fields: RecordSale(**fields),
    "$checkout": lambda fields: Checkout(**fields),
    "$hold": lambda fields: PointsHold(**fields),
    "$details": lambda fields: Details(**fields),
    "$choice": lambda fields: RewardChoice(**fields),
}


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def marks(answer: dict[str, Any]) -> list[Any]:
    return [pytest.mark.log_warnings("was left out")] if answer.get("logs") else []


def rows() -> list[Any]:
    return [
        pytest.param(fixture, answer, id=f"{path.stem}: {answer['about']}", marks=marks(answer))
        for path in sorted(FIXTURES.glob("*.json"))
        for fixture in [load(path)]
        for answer in fixture["answers"]
    ]


def made(value: Any) -> Any:
    """A fixture's argument as the client takes it."""
    if isinstance(value, dict):
        [(name, given)] = value.items()
        return MAKERS[name](given)
    return [made(one) for one in value] if isinstance(value, list) else value


def seen_as(value: Any) -> Any:
    """A result as plain JSON values, to be compared with a fixture."""
    match value:
        case Enum():
            return value.value
        case dict():
            return {name: seen_as(one) for name, one in value.items()}
        case list() | tuple():
            return [seen_as(one) for one in value]
        case None | bool() | int() | str():
            return value
        case Struct():
            return {name: seen_as(one) for name, one in asdict(value).items()}
        case _:
            return str(value)


def assert_like(result: Any, expected: Any) -> None:
    """Every field that the fixture names has the value that it names."""
    if isinstance(expected, dict):
        assert {name: result[name] for name in expected}.keys() == expected.keys()
        for name, value in expected.items():
            assert_like(result[name], value)
    elif isinstance(expected, list):
        assert len(result) == len(expected)
        for one, value in zip(result, expected, strict=True):
            assert_like(one, value)
    else:
        assert result == expected


def amounts(value: Any) -> Any:
    """`"#84.50"` in a fixture stands for the JSON number 84.50."""
    if isinstance(value, dict):
        return {name: amounts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [amounts(one) for one in value]
    return Decimal(value[1:]) if isinstance(value, str) and value.startswith("#") else value


def assert_request(request: Seen, expected: dict[str, Any]) -> None:
    assert (request.method, request.path) == (expected["method"], expected["path"])
    assert request.query == expected["query"]
    assert request.headers["authorization"] == f"Bearer T-{expected['token']}"
    assert request.headers["accept-language"] == "en"
    assert request.body == amounts(expected["body"])
    for text in expected.get("contains", ()):
        assert text in request.raw_body.decode()


@pytest.mark.parametrize(("fixture", "answer"), rows())
def test_call(fixture: dict[str, Any], answer: dict[str, Any]):
    replies = [reply(answer["status"], body) for body in answer.get("pages", [answer.get("body")])]
    expected = fixture["request"]

    async def run():
        async with loopback(answering(*replies)) as server:
            merchant = Merchant(identifier="LO-MERCHANT")
            async with PerxClient(server.profile(merchant=merchant)) as client:
                verb = getattr(client, fixture["verb"])
                call = verb(*made(fixture["args"]), **fixture.get("kwargs", {}))
                if "error" not in answer:
                    assert_like(seen_as(await call), answer["result"])
                else:
                    with pytest.raises(errors.PerxError) as caught:
                        await call
                    assert type(caught.value).__name__ == answer["error"]
                    assert caught.value.problem == answer["problem"]
                    assert answer.get("code") in (None, caught.value.code)
            assert_request(server.seen[0], expected)
            if expected["method"] != "GET":
                assert len(server.seen) == 1
            elif "error" not in answer:
                assert len(server.seen) == expected.get("calls", 1)

    asyncio.run(run())


def test_every_verb_has_a_fixture():
    spoken = {load(path)["verb"] for path in FIXTURES.glob("*.json")}
    public = {name for name in dir(PerxClient) if not name.startswith("_")}
    own = {"aclose", "ask_in", "phone_of", "probe", "profile", "searches_phones", "token_of"}
    assert public - spoken == own | {"change_language"}  # a search and an update, held against the sandbox's books
