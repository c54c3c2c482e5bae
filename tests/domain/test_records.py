"""What a record keeps out of logs: the names in HIDDEN are fields, and no secret field is left out of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from msgspec import Struct

import pos_app
from pos_app.domain.records import Discreet

SECRET = {
    *("badge", "bearer", "client_secret", "device_credential", "first_pin", "passphrase", "password", "pin", "secret"),
}
NO_SECRET = {"Panel.pin", "Wish.badge", "Drawing.badge"}  # parts that are discreet themselves, and a yes or no


def records(kind: type[Struct]) -> Iterator[type[Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from records(one)


@pytest.fixture(scope="module", autouse=True)
def everything_is_loaded() -> None:
    for one in pkgutil.walk_packages(pos_app.__path__, "pos_app."):
        if not one.name.endswith("__main__"):
            importlib.import_module(one.name)


class Badge(Discreet, frozen=True):
    HIDDEN = ("code",)
    name: str
    code: str = ""


def test_what_is_hidden_is_not_said_and_what_is_not_is():
    assert repr((Badge("Mai", "4711"),)) == "(Badge(name='Mai'),)"
    assert Badge("Mai", "4711") != Badge("Mai", "4712")


def test_every_hidden_name_is_a_field():
    found = [one for one in records(Discreet) if one.HIDDEN]
    assert len(found) > 20
    assert [one for one in found if not set(one.HIDDEN) <= set(one.__struct_fields__)] == []


def test_no_secret_field_is_said():
    said = {
        f"{one.__name__}.{name}"
        for one in records(Struct)
        if one.__module__.startswith("pos_app.")
        for name in SECRET & set(one.__struct_fields__)
        if name not in getattr(one, "HIDDEN", ())
    }
    assert said == NO_SECRET
