"""The set-up's rules: the questions in their order, answers as the settings want them, nothing secret that is kept."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st_

from pos_app.firstrun import steps as st
from pos_app.firstrun.stepping import filled, from_kept, opened, step, to_kept
from pos_app.firstrun.steps import Page, Setup
from pos_app.settings import build
from pos_app.settings.writing import BEFORE, to_toml, write_config
from pos_app.ui.present.firstrun import setup_screen

SECRET = "s3cret-and-long"
ANSWERS = {
    Page.ADDRESS: "perx.example",
    Page.CLIENT: "the-client",
    Page.PROGRAM: "77",
    Page.SHOP: "Lumen & Oak, Orchard Road",
    Page.TILL: "Till 1",
    Page.CURRENCY: "sgd",
}


class Hand:
    """Somebody who answers; every state on the way is drawn."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup, self.effects = opened(setup or Setup())

    def do(self, *events: st.Event) -> list[st.Effect]:
        asked: list[st.Effect] = []
        for event in events:
            self.setup, effects = step(self.setup, event)
            setup_screen(self.setup)
            asked += effects
        self.effects += asked
        return asked

    def type(self, text: str) -> list[st.Effect]:
        return self.do(st.KeyTapped("clear"), *(st.KeyTapped(one) for one in text), st.NextTapped())

    def answer(self, until: Page) -> None:
        """Answer by hand, up to this page."""
        self.do(st.LanguageTapped("th"), st.WayTapped("type"))
        while self.setup.page is not until:
            page = self.setup.page
            if page is Page.ENVIRONMENT:
                self.do(st.ValueTapped("production"))
            elif page is Page.SECRET:
                self.type(SECRET)
                self.do(st.SecretTried())
            elif page in ANSWERS:
                self.type(ANSWERS[page])
            else:
                self.do(st.SkipTapped())
            assert self.setup.page is not page, f"{page} does not let go: {self.setup.said}"


def test_a_shop_answers_its_way_to_a_configuration_that_is_good():
    hand = Hand()
    hand.answer(Page.READY)
    [write] = [one for one in hand.do(st.NextTapped()) if isinstance(one, st.Write)]
    made = build(tomllib.loads(to_toml(write.tables)), {})
    assert (made.perx.base_url, made.perx.client_id, made.perx.loyalty_program_id) == (
        "https://perx.example",
        "the-client",
        77,
    )
    assert (made.shop.name, made.shop.till, made.shop.language) == ("Lumen & Oak, Orchard Road", "Till 1", "th")
    assert (made.profile.name, made.profile.environment, made.money.currency) == (
        "lumen-oak-orchard-road", "production", "SGD",
    )  # fmt: skip
    hand.do(st.Written("the disk is full"))
    assert not hand.setup.finished
    hand.do(st.NextTapped(), st.Written())
    assert hand.setup.finished


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (Page.ADDRESS, "http://perx.example"),
        (Page.PROGRAM, "seven"),
        (Page.PROGRAM, "0"),
        (Page.CURRENCY, "dollars"),
    ],
)
def test_an_answer_that_cannot_be_is_said_at_once(page, text):
    hand = Hand()
    hand.answer(page)
    hand.type(text)
    assert hand.setup.page is page
    assert hand.setup.said
    hand.type(ANSWERS[page])
    assert (hand.setup.page is page, hand.setup.said) == (False, "")


def test_nothing_secret_is_kept_or_written():
    hand = Hand()
    hand.answer(Page.PEOPLE)
    hand.do(st.PersonTapped("supervisor"))
    hand.type("Noor H.")
    assert hand.do(*(st.KeyTapped(one) for one in "4729"), st.NextTapped()) == []
    adding = hand.do(*(st.KeyTapped(one) for one in "4729"), st.NextTapped())
    assert adding == [st.AddPerson(hand.setup.tables, "Noor H.", "supervisor", "4729")]
    told = (
        json.dumps([one.kept for one in hand.effects if isinstance(one, st.Keep)])
        + repr(hand.setup)
        + repr(hand.effects)
    )
    assert SECRET not in told
    assert "4729" not in told
    hand.do(st.PersonAdded())
    assert hand.setup.people == (("Noor H.", "supervisor"),)


def test_a_pin_is_typed_twice_and_not_one_that_is_guessed():
    hand = Hand()
    hand.answer(Page.PEOPLE)
    hand.do(st.PersonTapped("cashier"))
    hand.type("Mai A.")
    hand.do(*(st.KeyTapped(one) for one in "1234"), st.NextTapped())
    assert (hand.setup.page, hand.setup.problem) == (Page.PIN, "PIN-06")
    hand.do(*(st.KeyTapped(one) for one in "5917"), st.NextTapped())
    hand.do(*(st.KeyTapped(one) for one in "5918"), st.NextTapped())
    assert (hand.setup.page, hand.setup.said, hand.setup.first_pin) == (Page.PIN, "pins_differ", "")


def test_a_wrong_secret_stays_and_one_that_cannot_be_tried_may_be_kept():
    hand = Hand()
    hand.answer(Page.SECRET)
    asked = hand.type("wrong")
    assert [one.ask for one in asked if isinstance(one, st.TrySecret)] == [True]
    hand.do(st.SecretTried("KEY-01"))
    assert (hand.setup.page, hand.setup.problem) == (Page.SECRET, "KEY-01")
    assert not hand.do(st.SkipTapped()), "a secret that Perx refuses is not kept"
    hand.type(SECRET)
    hand.do(st.SecretTried("NET-01", is_line=True))
    [kept] = [one for one in hand.do(st.SkipTapped()) if isinstance(one, st.TrySecret)]
    assert (kept.ask, kept.secret) == (False, SECRET)


def test_the_scanner_that_speaks_is_kept_with_its_framing():
    hand = Hand()
    hand.answer(Page.SCANNER)
    assert st.Listen(True) in hand.effects
    heard = st.HeardScan("COM7", "6591234821", "CODE128", 115200, "\x02", "\x03")
    asked = hand.do(st.Garbled("COM7"), st.Heard(heard), st.NextTapped())
    assert st.Listen(False) in asked
    made = build(filled(tomllib.loads(to_toml(hand.setup.tables))), {}).scanner
    assert (made.port, made.baud, made.prefix, made.suffix) == ("COM7", 115200, "\x02", "\x03")


def test_a_scanner_on_usb_is_found_again_under_any_name():
    hand = Hand()
    hand.answer(Page.SCANNER)
    hand.do(st.Heard(st.HeardScan("COM7", "1", usb="05e0:1900")), st.NextTapped())
    made = build(filled(hand.setup.tables), {}).scanner
    assert (made.port, made.usb_ids) == ("auto", ((0x05E0, 0x1900),))


def test_what_a_file_answers_is_not_asked_again():
    tables = tomllib.loads(
        to_toml(filled({"perx": {"base_url": "https://a.example"}, "profile": {"environment": "staging"}}))
    )
    hand = Hand()
    hand.do(st.LanguageTapped("vi"), st.WayTapped("file"), st.FilesFound((st.FoundFile("/x/till.toml", "/x"),)))
    assert st.ReadFile("/x/till.toml") in hand.do(st.FileTapped("/x/till.toml"))
    hand.do(st.FileRead({}, "this is not TOML"))
    assert (hand.setup.page, hand.setup.said) == (Page.FILES, "this is not TOML")
    hand.do(st.FileTapped("/x/till.toml"), st.FileRead(tables))
    assert hand.setup.page is Page.SECRET
    hand.type(SECRET)
    hand.do(st.SecretTried())
    assert hand.setup.page is Page.SCANNER


def test_a_printer_that_prints_nothing_is_not_taken():
    hand = Hand()
    hand.answer(Page.PRINTER)
    choice = st.PrinterChoice("escpos", "/dev/usb/lp0", "lp0")
    hand.do(st.PrintersFound((choice,)), st.PrinterTapped(choice), st.PrinterTried("PRN-02"))
    assert (hand.setup.page, hand.setup.problem) == (Page.PRINTER, "PRN-02")
    hand.do(st.PrinterTapped(choice), st.PrinterTried(), st.NextTapped())
    assert hand.setup.page is Page.PEOPLE
    assert build(filled(hand.setup.tables), {}).receipt.port == "/dev/usb/lp0"


KEYS = [*"aZ09./ ", "00", "Space", "ABC", "abc", "#@/", "delete", "clear", "\x00", "x" * 300]
COM1, NONE = st.PrinterChoice("escpos", "COM1", "COM1"), st.PrinterChoice("none", "", "")
EVENTS = st_.one_of(
    st_.builds(st.KeyTapped, st_.sampled_from(KEYS)),
    st_.builds(st.LanguageTapped, st_.sampled_from(["en", "th", "klingon"])),
    st_.builds(st.WayTapped, st_.sampled_from(["type", "file"])),
    st_.builds(st.ValueTapped, st_.sampled_from(["production", "moon"])),
    st_.builds(st.PersonTapped, st_.sampled_from(["cashier", "king"])),
    st_.sampled_from(
        [
            *[st.NextTapped()] * 4, st.BackTapped(), st.SkipTapped(), st.FileTapped("/x"), st.FilesFound(()),
            st.FileRead({}), st.FileRead({"perx": {"nope": 1}}), st.FileRead({}, "no"), st.SecretTried(),
            st.SecretTried("KEY-01"), st.SecretTried("NET-01", is_line=True), st.SecretTried(said="no vault"),
            st.PortsSeen(("COM7",)), st.Heard(st.HeardScan("COM7", "x")), st.Garbled("COM7"),
            st.PrintersFound((COM1,)), st.PrinterTried("PRN-01"), st.PrinterTapped(COM1), st.PrinterTapped(NONE),
            st.PrinterTried(), st.PersonAdded(), st.PersonAdded("PIN-07"), st.Written("no"),
        ]
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st_.lists(EVENTS, max_size=60))
def test_any_sequence_can_be_drawn_kept_and_gone_on_with(events):
    hand = Hand()
    for event in events:
        hand.do(event)
        again = from_kept(json.loads(json.dumps(to_kept(hand.setup))))
        assert again is not None
        assert to_kept(again) == to_kept(hand.setup)
        assert setup_screen(opened(again)[0]).body is not None


JUNK = st_.recursive(
    st_.none() | st_.booleans() | st_.text() | st_.integers(), lambda x: st_.lists(x) | st_.dictionaries(st_.text(), x)
)


@given(JUNK, JUNK)
def test_a_spoilt_draft_is_left_out(one, other):
    for junk in (
        one,
        {"page": one, "tables": other},
        {"page": "shop", "language": "en", "tables": {"a": one}, "people": other},
    ):
        setup = from_kept(junk)
        assert setup is None or setup_screen(setup).body is not None


TEXT = st_.text(st_.characters(exclude_categories=("Cs",)), max_size=40)
NUMBERS = st_.integers(-(2**63), 2**63 - 1) | st_.floats(allow_nan=False, allow_infinity=False)
VALUES = TEXT | st_.booleans() | NUMBERS | st_.lists(TEXT) | st_.dictionaries(TEXT, TEXT)


@given(st_.dictionaries(st_.from_regex("[a-z_]{1,10}", fullmatch=True), st_.dictionaries(TEXT, VALUES, min_size=1)))
def test_whatever_is_written_is_read_as_it_was(tables):
    assert tomllib.loads(to_toml(tables)) == tables


def test_the_file_that_was_there_is_kept_beside_it(tmp_path):
    path = tmp_path / "deep" / "config.toml"
    write_config(path, {"shop": {"name": "One"}})
    write_config(path, {"shop": {"name": "Two"}})
    assert tomllib.loads(path.read_text("utf-8"))["shop"]["name"] == "Two"
    assert tomllib.loads(path.with_name(path.name + BEFORE).read_text("utf-8"))["shop"]["name"] == "One"
    assert sorted(one.name for one in path.parent.iterdir()) == ["config.toml", "config.toml.before"]
