"""Every word that the till may say is translated in every language, as the source says it now."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from PySide6.QtGui import QFont, QRawFont

from pos_app import language
from pos_app.settings import SettingsError, build
from pos_app.ui.theme import FONT_FILES
from pos_app.ui.theme import resources as resource_folder

ROOT = Path(__file__).resolve().parents[2]
CODES = [code for code in language.LANGUAGES if code != "en"]
# Names and words that a language takes over as they are.
SAME = {
    *("Perx", "PIN", "Menu", "Member", "Voucher", "Vouchers", "Offline", "Supervisor", "Final", "Printer"),
    *("minus", "ms", "{n} ms"),
    *(
        "Voucher {id}",
        "{what}: {why}",
        "{n} voucher",
        "{act}?",
        "{offline}: {cause}",
        "Offline {since}",
        "Barcode {words}",
    ),
}

spec = importlib.util.spec_from_file_location("words_tool", ROOT / "installer" / "words.py")
tool = importlib.util.module_from_spec(spec)
sys.modules["words_tool"] = tool
spec.loader.exec_module(tool)


def stored(code: str):
    """The catalogue as Babel reads it: a reader of another make than the till's own."""
    with (language.FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def english(message) -> tuple[str, ...]:
    return tool.texts(message.id)


def fields(text: str) -> list[str]:
    return sorted(re.findall(r"\{[^}]*\}", text))


def test_every_language_has_a_catalogue_and_no_other_lies_there():
    assert sorted(path.stem for path in language.FOLDER.glob("*.po")) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_has_every_text_of_the_source_and_no_other(code):
    """`make words` mends this; the new texts are then to be translated."""
    wanted = {english(one) for one in tool.template() if one.id}
    has = {english(one) for one in stored(code) if one.id}
    assert (wanted - has, has - wanted) == (set(), set())


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated_and_nothing_is_guessed(code):
    catalogue = stored(code)
    assert not [one.id for one in catalogue if one.id and not all(map(str.strip, tool.texts(one.string)))]
    assert not [one.id for one in catalogue if one.id and one.fuzzy]
    assert not catalogue.obsolete
    assert catalogue.num_plurals == 1, "the till's own reader knows languages with one form or two"
    same = {one.id for one in catalogue if one.id and one.id == one.string}
    assert same <= SAME, "these stand there in English"


@pytest.mark.parametrize("code", CODES)
def test_what_is_filled_in_and_the_edges_are_those_of_the_english(code):
    wrong = []
    for one in stored(code):
        if not one.id:
            continue
        for text in tool.texts(one.string):
            same = fields(text) == fields(english(one)[-1])
            edges = (text[:1].isspace(), text[-1:].isspace()) == (english(one)[0][:1].isspace(), False)
            if not same or not edges or "\n" in text:
                wrong.append((one.id, text))
    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_the_till_reads_a_catalogue_as_babel_does(code):
    read = language.catalogue(code)
    messages = [one for one in stored(code) if one.id]
    assert read.texts == {one.id: one.string for one in messages if isinstance(one.id, str)}
    assert read.counted == {one.id[0]: tool.texts(one.string) for one in messages if not isinstance(one.id, str)}
    assert len(read.texts) > 500
    assert len(read.counted) > 10


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_begins_with_its_glossary(code):
    head = (language.FOLDER / f"{code}.po").read_text("utf-8").partition('msgid ""')[0]
    for word in ("voucher", "points", "member", "redeem", "held", "bill", "slip", "supervisor", "offline"):
        assert re.search(rf"^#   .*\b{word}\b.* = \S", head, re.MULTILINE), word


@pytest.mark.parametrize("code", CODES)
def test_updating_changes_nothing_where_nothing_is_new(code, tmp_path, monkeypatch):
    path = tmp_path / f"{code}.po"
    path.write_bytes((language.FOLDER / f"{code}.po").read_bytes())
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    assert tool.update(code, tool.template()) == []
    assert path.read_text("utf-8") == (language.FOLDER / f"{code}.po").read_text("utf-8")


def test_texts_inside_of_f_strings_are_found_and_what_is_no_text_is_left():
    source = """f"{a}, {_('inside')} {ngettext('{n} one', '{n} many', n)}"; _(known); N_("mark"); other("no")"""
    assert list(tool.marked(ast.parse(source))) == ["mark", "inside", ("{n} one", "{n} many")]


def test_a_new_text_is_added_untranslated_and_one_that_is_gone_is_dropped(tmp_path, monkeypatch):
    path = tmp_path / "th.po"
    path.write_bytes((language.FOLDER / "th.po").read_bytes())
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    found = tool.template()
    found.add("A wholly new text")
    found.delete("All ready")
    assert tool.update("th", found) == ["A wholly new text"]
    read = language.parsed(path.read_text("utf-8"))
    assert "All ready" not in read.texts
    assert "A wholly new text" not in read.texts, "an empty translation is English, not nothing"


@pytest.mark.parametrize("code", CODES)
def test_the_fonts_that_come_with_the_till_have_every_character(code, qapp):
    folder = resource_folder() / "fonts"
    for weight in (("Inter-Regular", "NotoSansThai-Regular", "NotoSansCJKsc-Regular"),
                   ("Inter-SemiBold", "NotoSansThai-Bold", "NotoSansCJKsc-Bold")):  # fmt: skip
        names = [name for name in FONT_FILES if name.partition(".")[0] in weight]
        assert len(names) == 3
        fonts = [QRawFont(str(folder / name), 16, QFont.HintingPreference.PreferNoHinting) for name in names]
        said = {char for one in stored(code) if one.id for text in tool.texts(one.string) for char in text}
        said |= set(language.LANGUAGES[code].name)
        assert not {char for char in said if not any(font.supportsCharacter(ord(char)) for font in fonts)}


def test_every_font_has_its_licence_beside_it():
    folder = resource_folder() / "fonts"
    for name in FONT_FILES:
        family = re.match(r"Inter|NotoSansThai|NotoSansCJK", name)[0]
        assert "SIL OPEN FONT LICENSE" in (folder / f"OFL-{family}.txt").read_text("utf-8").upper()


def test_a_wheel_carries_the_catalogues():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert '"pos_app.language" = ["*.po"]' in text
    assert Path(language.__file__).parent == language.FOLDER


def test_the_settings_know_the_languages():
    tables = {
        "profile": {"name": "a"},
        "perx": {"base_url": "https://perx.example", "client_id": "c", "loyalty_program_id": 1},
        "shop": {"name": "Shop", "till": "1", "language": "zh_CN"},
        "money": {"currency": "SGD"},
    }
    assert build(tables, {}).shop.language == "zh_CN"
    tables["shop"]["language"] = "klingon"
    with pytest.raises(SettingsError, match="th, id, vi, zh_CN"):
        build(tables, {})
