"""Who reads what in which language: the screen in the cashier's, the slip in the customer's, Perx is asked alike."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from perx_loopback import answering, loopback, reply
from till_bench import START, Bench
from till_core import core

from pos_app import language
from pos_app.domain.attention import REASONS, Act, consequence, explain
from pos_app.domain.codes import Ref
from pos_app.domain.commands import Kind, Spoilt
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.money import Money, exponent
from pos_app.domain.people import Person, Role
from pos_app.domain.problems import PROBLEMS
from pos_app.domain.sale import SaleRecord
from pos_app.language import _, named, ngettext, speaking
from pos_app.perx.client import PerxClient
from pos_app.till.approve import Proved
from pos_app.till.speech import (
    MOST,
    AskIn,
    KeepLanguages,
    LanguageChosen,
    LanguagesRead,
    chosen_of,
    on_event,
    spoken_to,
)
from pos_app.till.staff import Gate, SignOffTapped, Why
from pos_app.till.state import Panel, PanelKind, Shop
from pos_app.ui.present import present, receipt, sentences
from pos_app.ui.present.words import MINUS, Words, span
from pos_app.ui.screen import ListBody

ROOT = Path(__file__).resolve().parents[2]
CODES = list(language.LANGUAGES)
CURRENCIES = ["JPY", "SGD", "THB", "IDR", "VND", "CNY", "KWD"]


# ---------------------------------------------------------------- words


def test_a_language_is_spoken_inside_its_block_only():
    assert _("All ready") == "All ready"
    with speaking("th"):
        assert _("All ready") == "พร้อมทุกอย่าง"
        with speaking("vi"):
            assert _("All ready") == "Sẵn sàng"
        assert _("All ready") == "พร้อมทุกอย่าง"
        heard = []
        other = threading.Thread(target=lambda: heard.append(_("All ready")))
        other.start()
        other.join()
        assert heard == ["All ready"], "another thread spoke Thai"
    assert _("All ready") == "All ready"


def test_what_has_no_translation_and_what_is_unknown_is_english():
    with speaking("th"):
        assert _("Nobody translated this.") == "Nobody translated this."
        assert ngettext("{n} goose", "{n} geese", 2) == "{n} geese"
    with speaking("klingon"):
        assert _("All ready") == "All ready"


@pytest.mark.parametrize(("n", "text"), [(0, "0 vouchers"), (1, "1 voucher"), (2, "2 vouchers"), (11, "11 vouchers")])
def test_english_counts(n, text):
    assert ngettext("{n} voucher", "{n} vouchers", n).format(n=n) == text
    with speaking("th"):
        assert ngettext("{n} voucher", "{n} vouchers", n).format(n=n) == f"คูปอง {n} ใบ"


def test_two_forms_are_told_apart():
    two = 'msgid ""\nmsgstr ""\n"x\\n"\n\nmsgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "een"\nmsgstr[1] "meer"\n'
    assert language.parsed(two).counted == {"{n} day": ("een", "meer")}
    assert language.parsed('#, fuzzy\nmsgid "a"\n"b\\"c"\nmsgstr "d\\n"\n"e"\n').texts == {'ab"c': "d\ne"}


@pytest.mark.parametrize(
    ("tag", "code"),
    [("th", "th"), ("th-TH", "th"), ("TH", "th"), ("zh", "zh_CN"), ("zh-hans", "zh_CN"), ("zh_CN", "zh_CN"),
     ("en_SG", "en"), (" vi ", "vi"), ("ja", ""), ("", ""), ("thai", ""), ("<b>", "")],
)  # fmt: skip
def test_a_tag_from_outside_is_one_of_ours_or_none(tag, code):
    assert named(tag) == code


@pytest.mark.log_warnings("cannot be read, English is spoken")
def test_a_catalogue_that_cannot_be_read_leaves_the_till_in_english(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    language.catalogue.cache_clear()
    try:
        with speaking("th"):
            assert _("All ready") == "All ready"
        assert "cannot be read" in caplog.text
    finally:
        language.catalogue.cache_clear()


# ---------------------------------------------------------------- the screen


@pytest.mark.parametrize("code", CODES)
def test_choosing_a_language_changes_the_words_and_nothing_of_the_sale(code):
    bench = Bench()
    bench.customer()
    bench.hold(2)
    bench.bill("5", "6", "00")
    sale = bench.state.sale
    bench.state = replace(bench.state, panel=Panel(PanelKind.LANGUAGE))
    asked = bench.happen(LanguageChosen(code))
    assert asked == [*([] if code == "en" else [AskIn(code)]), KeepLanguages((("", code),))]
    assert (bench.state.sale, bench.state.panel, bench.state.language) == (sale, None, code)
    screen = present(bench.state)
    with speaking(code):
        assert (screen.language, screen.body.till.main.words) == (code, _("Complete"))
    assert _("Complete") == "Complete"


def test_a_language_that_is_none_changes_nothing_and_signing_on_closes_no_screen():
    bench = Bench()
    bench.state = replace(bench.state, panel=Panel(PanelKind.SERVICE))
    before = bench.state
    assert bench.happen(LanguageChosen("../../etc")) == []
    assert bench.state == replace(before, now=bench.state.now, staff=bench.state.staff)
    bench.happen(LanguageChosen("th"))
    assert bench.state.panel == Panel(PanelKind.SERVICE)


def test_each_reads_their_own_language_and_who_chose_none_the_shops():
    state = Bench().state
    state = replace(state, shop=Shop(language="id"), language="id")
    state, _asked = on_event(state, LanguageChosen("th"), "Mai A.")
    state, asked = spoken_to(state, "Noor H.")
    assert (state.language, asked) == ("id", [AskIn("id")])
    state, asked = spoken_to(state, "Mai A.")
    assert (state.language, asked) == ("th", [AskIn("th")])
    assert spoken_to(state, "Mai A.")[1] == []
    for number in range(MOST + 5):
        state, _asked = on_event(state, LanguageChosen("vi"), f"Somebody {number}")
    assert len(state.languages) == MOST
    assert spoken_to(state, "Mai A.")[0].language == "id"
    state, _asked = on_event(state, LanguagesRead((("", "zh_CN"), ("x", "klingon"))))
    assert (state.language, state.languages) == ("zh_CN", (("", "zh_CN"),))


def test_signing_on_brings_ones_own_language_and_signing_off_the_shops():
    bench = Bench()
    mai, ben = Person("Mai A.", Role.CASHIER), Person("Ben T.", Role.CASHIER)
    bench.happen(LanguagesRead((("Mai A.", "th"), ("Ben T.", "vi"))))
    for who, code in ((mai, "th"), (ben, "vi")):
        gate = Gate(number=7, names=(who.name,), why=Why.SWITCH)
        bench.state = replace(bench.state, staff=replace(bench.state.staff, people=(mai, ben), gate=gate))
        asked = bench.happen(Proved(7, who))
        assert (bench.state.staff.name, bench.state.language) == (who.name, code)
        assert AskIn(code) in asked
    assert KeepLanguages((("Mai A.", "th"), ("Ben T.", "id"))) in bench.happen(LanguageChosen("id"))
    bench.happen(SignOffTapped())
    assert (bench.state.staff.name, bench.state.language) == ("", "en")


@pytest.mark.parametrize("kept", [None, 7, {}, [], [["a"]], [["", 5]], [None, ["a", "b", "c"]]])
def test_what_was_kept_and_makes_no_sense_is_left_out(kept):
    assert chosen_of(kept) == ()
    assert chosen_of([["", "th"], kept]) == (("", "th"),)


def test_the_menu_leads_to_the_languages_each_by_its_own_name():
    bench = Bench()
    bench.happen(LanguageChosen("vi"))
    bench.state = replace(bench.state, panel=Panel(PanelKind.MENU))
    assert "Tiếng Việt" in [row.detail for row in present(bench.state).body.rows]
    bench.state = replace(bench.state, panel=Panel(PanelKind.LANGUAGE))
    body = present(bench.state).body
    assert isinstance(body, ListBody)
    assert [row.title for row in body.rows] == ["English", "ไทย", "Bahasa Indonesia", "Tiếng Việt", "简体中文"]
    assert [row.event for row in body.rows] == [LanguageChosen(code) for code in CODES]
    assert [bool(row.state) for row in body.rows] == [code == "vi" for code in CODES]


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_every_sentence_of_the_domain_is_said_in_the_language(code):
    with speaking(code):
        for known in PROBLEMS.values():
            said = sentences.problem(known.code)
            assert said.code == known.code
            assert not {said.happened, said.kept, said.do_next} & {known.happened, known.kept, known.do_next}
        for reason in {one for usual in REASONS.values() for one in usual}:
            assert sentences.reason(reason) != reason
        assert sentences.reason("Done") == "Done", "what was typed stays as it was typed"
    command = type("Odd", (), {"kind": "record_sale", "identifier": "1", "vouchers": ()})()
    entry = Entry(1, command, EntryState.ATTENTION, START, problem="NET-05")
    with speaking(code):
        said, plain = sentences.explain(entry), explain(entry)
        assert said.what in said.happened
        assert said.cause in said.happened
        assert said.happened != plain.happened
        assert (said.may, bool(said.cause)) == (plain.may, True)


@pytest.mark.parametrize("state", EntryState)
def test_whatever_stands_about_an_entry_is_translated(state):
    texts = language.catalogue("th").texts
    made = [type("One", (), {"kind": kind, "vouchers": ()})() for kind in Kind]
    for tries, code in itertools.product((0, 1), ("", *PROBLEMS)):
        for command in (*made, Spoilt(ref=Ref("1" * 24), kind=None, kind_name="odd", lane="customer:1")):
            entry = Entry(1, command, state, START, problem=code, tries=tries)
            said = explain(entry)
            pieces = {said.title, said.what, said.cause, said.told, said.who}
            pieces |= {consequence(entry, act) for act in Act}
            assert pieces - {""} <= texts.keys()


def test_no_screen_takes_a_sentence_from_the_domain_past_the_languages():
    past = re.compile(r"domain\.problems import .*\bproblem\b|attention import .*(explain|consequence)")
    for path in (ROOT / "pos_app" / "ui").rglob("*.py"):
        text = path.read_text("utf-8")
        assert "gettext import" not in text.replace("ngettext", ""), path
        assert path.name == "sentences.py" or not past.search(text), path


# ---------------------------------------------------------------- figures and dates


@pytest.mark.parametrize("code", CODES)
@given(minor=st.integers(-(10**11), 10**11), currency=st.sampled_from(CURRENCIES))
def test_an_amount_reads_back_as_what_it_is_in_every_language(code, minor, currency):
    words, amount = Words.of("", code), Money(minor, currency)
    shown = words.money(amount).replace(MINUS, "-")
    assert parse_decimal(shown, locale=words.locale) == amount.decimal
    places = exponent(currency)
    sign = "," if code in ("id", "vi") else "."
    tail = shown.rpartition(sign)[2] if places else ""
    assert (len(tail), tail.isdigit() or not places) == (places, True)
    assert Decimal(re.sub(r"\D", "", shown) or 0) == abs(minor)


def test_the_shop_fixes_how_figures_are_written_and_months_stay_in_the_language():
    amount = Money(1_256_000, "SGD")
    assert Words.of("", "id").money(amount) == "12.560,00"
    assert Words.of("en_SG", "id").money(amount) == "12,560.00"
    days = {code: Words.of("en_SG", code).day(START, START.date()).replace("\u00a0", " ") for code in CODES}
    assert days == {"en": "1 Jun", "th": "1 มิ.ย.", "id": "1 Jun", "vi": "1 thg 6", "zh_CN": "6月1日"}
    assert Words.of("en_US", "en").day(START, START.date()) == "Jun\u00a01"


def test_a_span_counts_its_days():
    from datetime import timedelta

    assert [span(timedelta(hours=hours)) for hours in (0, 50, 73)] == ["just now", "2\u00a0days", "3\u00a0days"]


# ---------------------------------------------------------------- the slip, and Perx

RECORD = SaleRecord("0" * 24, "2026-06-01T06:32:05Z", "SGD", 5600, 4600, "6591234821", points=58, state="done")


@pytest.mark.parametrize(
    ("customers", "shops", "member", "due"),
    [("", "en", "Member", "46.00"), ("th-TH", "en", "สมาชิก", "46.00"), ("", "zh_CN", "会员", "46.00"),
     ("ja", "vi", "Thành viên", "46,00"), ("en", "th", "Member", "46.00"), ("id", "th", "Member", "46,00")],
)  # fmt: skip
def test_a_slip_is_in_the_customers_language_else_in_the_shops(customers, shops, member, due):
    slip = receipt(replace(RECORD, language=customers), Shop(language=shops))
    left, right = {line.left for line in slip.lines}, {line.right for line in slip.lines}
    assert member in left
    assert due in right
    assert not any("\u200b" in line.left + line.right for line in slip.lines)


def test_a_slip_on_a_thai_screen_is_the_shops_english():
    bench = Bench()
    bench.happen(LanguageChosen("th"))
    with speaking("th"):
        slip = receipt(RECORD, bench.state.shop)
    assert "Member" in {line.left for line in slip.lines}


def test_perx_is_asked_in_the_cashiers_language_from_the_choice_on(tmp_path):
    async def scene():
        found = reply(200, {"data": {"id": 501, "identifier": "6591234821", "personal_properties": {"lang": "th"}}})
        async with loopback(answering(found)) as server:
            async with core(tmp_path, server.profile(language_field="lang")) as till:
                till.happen(LanguageChosen("zh_CN"))
                await till.rest()
                customer = await till.perx.customer("6591234821")
                assert customer.language == "th"
                assert server.seen[-1].headers["accept-language"] == "zh"
            async with core(tmp_path, server.profile()) as till:
                await till.rest()
                assert till.state.language == "zh_CN", "the choice did not outlive the program"
                await till.perx.customer("6591234821")
                assert server.seen[-1].headers["accept-language"] == "zh"
            async with PerxClient(server.profile(language="id", language_fixed=True)) as client:
                client.ask_in("th")
                assert (await client.customer("6591234821")).language == ""
                assert server.seen[-1].headers["accept-language"] == "id"

    asyncio.run(scene())
