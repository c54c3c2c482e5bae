"""The cashier's guide: whole in every language, in the till's own words, small, and nothing in it is interpreted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checks import findings, settle
from illustrations import GUIDE
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from shots import PLAIN, Shot
from spoken_samples import STATES

from pos_app.language import LANGUAGES, catalogue
from pos_app.till.guide import CONTENTS, PAGES, GuideClosed, GuideOpened
from pos_app.ui.guide import Numbered, Picture, Said, folder, page, parse, words_of_the_till
from pos_app.ui.present import present

MOST_BYTES = 250_000
PICTURE = re.compile(r"\(([a-z-]+\.png)\)")


def text(language: str, name: str) -> str:
    return (folder() / language / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_page_and_no_other(language):
    files = {one.name for one in (folder() / language).iterdir()}
    assert files == {f"{one}.md" for one in PAGES} | {f"{one}.png" for one in GUIDE}
    for name in PAGES:
        mine, english = page(language, name), page("en", name)
        assert [type(one) for one in mine.blocks] == [type(one) for one in english.blocks], (language, name)
        assert language == "en" or mine.title != english.title


@pytest.mark.parametrize("name", PAGES)
def test_every_language_takes_the_same_words_from_the_till(name):
    english = words_of_the_till(text("en", name))
    for language in LANGUAGES:
        assert sorted(words_of_the_till(text(language, name))) == sorted(english), language
    for language in set(LANGUAGES) - {"en"}:
        assert set(english) <= set(catalogue(language).texts), language


def test_the_steps_of_the_pictures_are_those_of_the_pages():
    for name, part in GUIDE.items():
        steps = [one.number for one in page("en", name).blocks if isinstance(one, Numbered)]
        assert not part.steps or len(part.steps) == len(steps), name
    for name in PAGES:
        numbers = [one.number for one in page("en", name).blocks if isinstance(one, Numbered)]
        assert numbers == list(range(1, len(numbers) + 1))


def test_the_pictures_are_there_and_the_guide_is_small(qapp):
    for language in LANGUAGES:
        for name in PAGES:
            for one in page(language, name).blocks:
                if isinstance(one, Picture):
                    assert not QImage(str(one.file)).isNull(), one.file
                    assert one.file.stem == name
    assert sum(one.stat().st_size for one in folder().rglob("*.*")) < MOST_BYTES


def test_nothing_in_a_page_is_interpreted():
    nasty = (
        "# <b>T</b>\n\n[a](https://example.org)\n\n![x](http://example.org/a.png)\n\n![x](../../a.png)\n\n<img src=x>"
    )
    made = parse(nasty, Path("/nowhere"))
    assert made.title == "<b>T</b>"
    assert [type(one) for one in made.blocks] == [Said] * 4, "what names another place is words"
    with pytest.raises(ValueError, match="title"):
        parse("no title", Path())


def test_a_language_without_a_page_reads_english():
    assert page("xx", "sale") == page("en", "sale")


@pytest.mark.parametrize("state", sorted(set(STATES) - {"service-colour", "service-glass"}))  # these test the glass
def test_help_is_on_every_screen_and_is_closed_by_one_tap_or_escape(open_window, state):
    window = open_window(Shot("", PLAIN, 100, "light", "en").look)
    heard: list[object] = []
    window.happened.connect(heard.append)
    window.render(present(STATES[state]("en")))
    settle()
    [button] = [one for one in window.targets() if one.meaning == GuideOpened()]
    assert button.accessibleName() == "Help with this screen"
    assert min(button.width(), button.height()) >= window.look.mm("floor")


def test_the_open_guide_is_closed_by_escape_and_takes_no_key(open_window):
    window = open_window(Shot("", PLAIN, 100, "light", "en").look)
    heard: list[object] = []
    window.happened.connect(heard.append)
    window.render(present(replace(STATES["sale"]("en"), guide="vouchers")))
    settle()
    assert findings(window) == []
    assert any(one.accessibleName().startswith("Close help") for one in window.targets())
    QTest.keyClick(window, Qt.Key.Key_Escape)
    QTest.keyClick(window, Qt.Key.Key_9)
    next(one for one in window.targets() if one.accessibleName() == "All topics").click()
    assert [one for one in heard if isinstance(one, GuideOpened | GuideClosed)] == [
        GuideClosed(),
        GuideOpened(CONTENTS),
    ]
