"""Every sample screen at every size: targets, names, nothing cut or covered, the till zone in its place."""

from __future__ import annotations

import pytest
from checks import findings, settle
from msgspec.structs import replace
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics
from samples import CANCEL, SCREENS, act

from pos_app.ui import tokens
from pos_app.ui.theme import Look, sample_looks
from pos_app.ui.views.till import KeypadBox
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.surface import tied
from pos_app.ui.widgets.taps import Kit

LOOKS = sample_looks()
# The worst amounts (twelve digits, three lines, a long estimate) do not fit the smallest glass without a smaller type.
TOO_SMALL = {("13-nasty", "1280-10in"), ("13-nasty", "0960-200pc")}


@pytest.mark.parametrize("size", LOOKS)
@pytest.mark.parametrize("mirror", [False, True], ids=["right-hand", "left-hand"])
def test_nothing_is_cut_and_everything_can_be_hit(open_window, size, mirror):
    look = replace(LOOKS[size], mirror=mirror)
    wrong = {}
    for name, screen in SCREENS.items():
        if (name, size) in TOO_SMALL:
            continue
        window = open_window(look)
        window.render(screen)
        settle()
        bad = findings(window)
        if bad:
            wrong[name] = bad
    assert wrong == {}


@pytest.mark.parametrize("theme", ["dark", "contrast"])
def test_other_themes_fit_as_well(open_window, theme):
    for name, screen in SCREENS.items():
        window = open_window(replace(LOOKS["1024"], theme=theme))
        window.render(screen)
        settle()
        assert findings(window) == [], name


@pytest.mark.parametrize("size", LOOKS)
def test_the_till_zone_never_moves(open_window, size):
    window = open_window(LOOKS[size])
    places = window.look.places
    seen = set()
    for name, screen in SCREENS.items():
        window.render(screen)
        settle()
        till = window._till
        seen.add(tuple(QRect(p.geometry()).getRect() for p in (till.card, till.main)))
        pad = till.pad.content
        if isinstance(pad, KeypadBox):
            assert till.pad.geometry() == places.pad, name
            assert pad.geometry() == till.pad.rect(), name
    assert seen == {(places.card.getRect(), places.main.getRect())}


@pytest.mark.parametrize("size", ["1024", "1280", "1366", "1920"])
def test_the_tab_of_a_frame_covers_nothing(open_window, size):
    window = open_window(LOOKS[size])
    for name, screen in SCREENS.items():
        window.render(replace(screen, frame=SCREENS["12-training"].frame))
        settle()
        bar, font = window._header.content, window.look.font("strong")
        tab = QFontMetrics(font).horizontalAdvance("Training: nothing here is real") + window.look.px(22 + 9 + 32)
        assert bar.free().width() >= tab, name


def test_what_ends_the_sale_stands_alone_in_the_last_row(qapp):
    kit = Kit(LOOKS["1024"], lambda event: None)
    actions = (CANCEL, act("Type a code", "keyboard"), act("Use points", "coins"), act("Park", "pause"))
    for width in (300, 400, 500, 700):
        bar = ActionBar(kit, actions)
        bar.resize(width, bar.heightForWidth(width))
        rows = bar._rows(width)
        assert [t.words for row in rows for t in row if t.kind == "danger"] == [rows[-1][0].words]
        assert sorted(t.words for row in rows for t in row) == sorted(a.words for a in actions)
        for row in rows:
            assert sum(t.sizeHint().width() for t in row) <= width
        bar.deleteLater()


def test_a_short_last_word_does_not_stand_alone():
    assert tied("1 voucher used. Perx confirmed it.") == "1 voucher used. Perx confirmed\u00a0it."
    assert tied("To collect") == "To collect"
    assert tied("Give it to Donaudampfschifffahrt please") == "Give it to Donaudampfschifffahrt please"
    assert tied("") == ""


def test_the_left_hand_mirror_keeps_the_heights():
    for look in LOOKS.values():
        here, there = look.places, replace(look, mirror=True).places
        for part in ("card", "pad", "main", "work", "till"):
            a, b = getattr(here, part), getattr(there, part)
            assert (a.y(), a.size()) == (b.y(), b.size())
            assert a.x() + a.width() == look.width - b.x()


def test_the_frame_moves_nothing(open_window):
    window = open_window(LOOKS["1024"])
    window.render(replace(SCREENS["02-sale"]))
    settle()
    before = {(t.accessibleName(), t.mapTo(window, t.rect().topLeft()).toTuple()) for t in window.targets()}
    window.render(replace(SCREENS["02-sale"], frame=SCREENS["12-training"].frame))
    settle()
    after = {(t.accessibleName(), t.mapTo(window, t.rect().topLeft()).toTuple()) for t in window.targets()}
    header = {"Menu", "All ready"}
    assert {t for t in before if t[0] not in header} == {t for t in after if t[0] not in header}


def test_a_resized_window_keeps_its_screen(open_window):
    window = open_window(LOOKS["1024"])
    window.render(SCREENS["02-sale"])
    window.resize(1366, 768)
    settle()
    assert window.look.wide is False or window.look.width == 1366
    assert window._till.main.geometry() == window.look.places.main
    assert "Complete, 1 voucher, 46.00" in {t.accessibleName() for t in window.targets()}


@pytest.mark.parametrize("theme", tokens.THEMES)
def test_every_pair_of_colours_has_its_contrast(theme):
    colours = tokens.THEMES[theme]
    low = [
        (text, ground, ratio)
        for text, ground, floor, _ in tokens.PAIRS
        if (ratio := tokens.contrast(colours[text], colours[ground])) < floor
    ]
    assert low == []


def test_millimetres_are_never_rounded_down():
    for look in LOOKS.values():
        for size in tokens.MM.values():
            assert look.mm(size) * 25.4 / look.ppi >= size - 1e-3


def test_sizes_follow_the_glass():
    assert Look().places.key_h == 68
    assert Look().places.main.height() == 84
    assert LOOKS["1366"].places.main.width() == 322
    assert LOOKS["0819"].places.till.width() == 243
