"""The main screens in every language, and in one that is longer than all of them: nothing is cut or covered."""

from __future__ import annotations

import pytest
from checks import findings, settle
from spoken_samples import PSEUDO, pseudo, pseudo_spoken, spoken

from pos_app.language import LANGUAGES
from pos_app.ui.present import present
from pos_app.ui.screen import TypeBody
from pos_app.ui.theme import sample_looks

LOOKS = sample_looks()
SMALL = ("0819", "1024")
# While it is sent, the longest words stand beside the amount, and four pills with words fill a narrow header.
TOO_LONG = {
    ("sending", "0819", PSEUDO),
    ("sending", "0960-200pc", PSEUDO),
    ("what-to-do", "0768-portrait", PSEUDO),
}


def wrong(open_window, size: str, code: str) -> dict[str, list[str]]:
    out = {}
    window = open_window(LOOKS[size])
    for name, screen in spoken(code).items():
        window.render(screen)
        settle()
        bad = findings(window)
        if bad and (name, size, code) not in TOO_LONG:
            out[name] = bad
        assert window.look.lang == code
    return out


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_cut_in_any_language(open_window, size, code):
    assert wrong(open_window, size, code) == {}


@pytest.mark.parametrize("size", LOOKS)
def test_nothing_is_cut_when_every_word_is_a_third_longer(open_window, size):
    with pseudo_spoken():
        assert wrong(open_window, size, PSEUDO) == {}


def test_the_pseudo_language_is_longer_and_keeps_what_is_filled_in():
    said = pseudo("{n} vouchers used. {used}")
    assert len(said) >= 1.3 * len("{n} vouchers used. {used}")
    assert said.startswith("{n} vóúçhérš úšéd. {used}")


OUTSIDE = ("Voucher", "English", "Bahasa", "Coffee", "ABC", "abc", "Member Somchai", "till-", "/")


def test_every_word_on_the_screens_goes_through_the_languages(open_window):
    """In the pseudo language every word has an accent or comes from outside: a name, a code, a figure."""
    with pseudo_spoken():
        window = open_window(LOOKS["1024"])
        plain = set()
        for screen in spoken(PSEUDO).values():
            window.render(screen)
            settle()
            plain |= {tap.accessibleName() for tap in window.targets() if tap.accessibleName().isascii()}
    known = {"Noor H., Súpérvíšór", "Noor H.", "Ravi K."}
    ours = {name for name in plain if any(map(str.isalpha, name)) and len(name) > 1}
    assert not {name for name in ours if name not in known and not name.startswith(OUTSIDE)}


def test_another_language_dresses_the_window_anew_and_keeps_the_screen(open_window):
    window = open_window(LOOKS["1024"])
    english, thai = spoken("en")["sale"], spoken("th")["sale"]
    window.render(english)
    settle()
    window.render(thai)
    settle()
    names = {tap.accessibleName() for tap in window.targets()}
    assert window.accessibleName() == "เครื่องขาย"
    assert {"ศูนย์สองตัว", "ลบตัวเลขสุดท้าย"} <= names
    assert not {"Double zero", "Delete last digit"} & names
    window.render(english)
    settle()
    assert "Double zero" in {tap.accessibleName() for tap in window.targets()}


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_pin_pad_clears_in_every_language(code):
    from spoken_samples import STATES

    keypad = present(STATES["approval"](code)).body.till.keypad
    assert keypad.event(keypad.left_key).key == "clear"
    assert keypad.event("7").key == "7"
    assert keypad == present(STATES["approval"](code)).body.till.keypad, "the pad would be drawn anew every second"
    assert isinstance(present(STATES["typing"](code)).body, TypeBody)
