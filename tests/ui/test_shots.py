"""The list of screens leaves nothing out, every screen is sound at a selection of sizes, and what is not is found."""

from __future__ import annotations

import json
from typing import get_args

import pytest
import shots
from checks import findings, settle
from contrast import low
from gallery import MAIN, SCREENS, WORDS, WORST, states
from msgspec.structs import replace
from PySide6.QtWidgets import QLabel
from shots import PLAIN, Shot

from pos_app.domain.problems import PROBLEMS
from pos_app.domain.vouchers import Why as NoWhy
from pos_app.language import LANGUAGES
from pos_app.till import approve, desk, guide, shifting, staff
from pos_app.till.state import HintKind, LineState, PanelKind, Phase, State
from pos_app.ui import tokens
from pos_app.ui.widgets.surface import Text
from pos_app.ui.widgets.taps import Button
from pos_app.ui.window import _VIEWS


@pytest.fixture(scope="module")
def shown() -> list[State]:
    return list(states("en").values())


# ---------------------------------------------------------------- nothing is left out


def test_every_kind_of_body_is_drawn():
    assert {type(made("en").body) for made in SCREENS.values()} == set(_VIEWS)


def test_every_side_screen_is_drawn(shown):
    assert {one.panel.kind for one in shown if one.panel is not None} == set(PanelKind)


def test_every_stand_of_a_sale_and_of_its_vouchers_is_drawn(shown):
    assert {one.sale.phase for one in shown} == set(Phase)
    lines = [line for one in shown for line in one.sale.lines]
    assert {line.state for line in lines} == set(LineState)
    assert {line.no.why for line in lines if line.no is not None} == set(NoWhy)
    assert {record.state for one in shown if (record := one.last)} >= {"done", "waiting", "refused", "attention"}


def test_every_message_is_drawn(shown):
    assert {one.hint.kind for one in shown if one.hint is not None} == set(HintKind)


def test_every_problem_is_drawn():
    assert {name for name in SCREENS if name.startswith("problem-")} == {f"problem-{code}" for code in PROBLEMS}


def test_every_sign_on_approval_list_and_page_is_drawn(shown):
    assert {one.staff.gate.why for one in shown if one.staff.gate is not None} == set(staff.Why)
    asks = [one.panel.ask for one in shown if one.panel is not None and one.panel.ask is not None]
    assert {type(ask.subject) for ask in asks} == set(get_args(approve.Subject))
    assert {one.panel.desk.pile for one in shown if one.panel and one.panel.desk} == set(desk.Pile)
    assert {one.shift.page for one in shown if one.panel and one.panel.kind is PanelKind.SHIFT} == set(shifting.Page)
    assert {one.guide for one in shown} == {"", guide.CONTENTS, *guide.PAGES}


def test_every_state_of_link_scanner_and_printer_is_drawn(shown):
    scanners = {"connected", "searching", "missing", "held", "denied", "failed", "off"}
    assert {one.scanner.state for one in shown} == scanners
    assert {(one.link.online, one.link.manual, bool(one.link.keys)) for one in shown} >= {
        (True, False, False), (False, False, False), (False, True, False), (True, False, True)
    }  # fmt: skip
    assert {one.printer.state for one in shown} >= {"off", "ready", "no_paper", "cover_open", "failed", "unreachable"}


# ---------------------------------------------------------------- what is made of it


def test_the_plan_holds_each_main_screen_at_each_size_in_each_theme_and_language():
    made = {(one.screen, one.size, one.scale, one.theme, one.language) for one in shots.plan()}
    assert made >= {
        (screen, *place, theme, language)
        for screen in MAIN
        for place in shots.PLACES
        for theme in shots.THEMES
        for language in LANGUAGES
    }
    for screen in SCREENS:
        mine = [one for one in made if one[0] == screen]
        if screen not in WORDS:
            missing = {place for place in shots.PLACES if screen in shots.TOO_MUCH and place[1] > 100}
            assert {one[1:3] for one in mine} == set(shots.PLACES) - missing
            assert {one[3] for one in mine} == set(shots.THEMES), screen
        assert {one[4] for one in mine} == ({"en"} if screen in WORST else set(LANGUAGES)), screen
    sizes = {"1024x0768", "1366x0768", "1280x0800", "1920x1080", "0768x1024", "1080x1920", "0819x0614"}
    assert {size for size, _ in shots.PLACES} == sizes
    assert {scale for _, scale in shots.PLACES} == {100, 125, 150, 200}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_selection_is_without_findings(qapp, language):
    picked = [one for one in shots.plan("quick") if one.language == language]
    assert {one.screen for one in shots.plan("quick")} == set(SCREENS)
    rows = shots.make(picked, None, jobs=1)
    assert {row["file"]: row["findings"] for row in rows if row["findings"]} == {}


def test_the_index_tells_of_every_picture(qapp, tmp_path, capsys):
    code = shots.main(["--out", str(tmp_path / "shots"), "--extent", "quick", "--only", "real-showcase", "--jobs", "1"])
    rows = json.loads((tmp_path / "shots" / "index.json").read_text("utf-8"))
    assert code == 0
    assert {"real-showcase", "real-showcase-offline", "real-showcase-done"} <= {row["screen"] for row in rows}
    for row in rows:
        assert set(row) == {"screen", "size", "scale", "theme", "language", "hand", "file", "findings"}
        assert (tmp_path / "shots" / row["file"]).read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "shots" / "index.html").read_text("utf-8")
    assert all(row["file"] in page for row in rows)
    assert f"{len(rows)} pictures" in capsys.readouterr().out


def test_a_scaled_picture_has_the_dots_of_its_glass(qapp, tmp_path):
    [row, *_] = shots.session([Shot("real-showcase", "1920x1080", 150, "light", "en")], tmp_path)
    data = (tmp_path / row["file"]).read_bytes()
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (1920, 1080)


# ---------------------------------------------------------------- a fault that is planted is found


@pytest.fixture
def window(open_window):
    made = open_window(Shot("", PLAIN, 100, "light", "en").look)
    made.render(SCREENS["real-showcase"]("en"))
    settle()
    assert findings(made) == low(made, shots.draw(made, 1.0)) == []
    return made


def _text(window) -> Text:
    return next(one for one in window.findChildren(Text) if one.text() == "This sale")


def test_faint_words_are_found(window):
    _text(window).paint_as("line")
    assert any("This sale" in one and "contrast" in one for one in low(window, shots.draw(window, 1.0)))


def test_words_that_something_lies_over_are_found(window):
    text = _text(window)
    over = QLabel(text.parentWidget())
    over.setStyleSheet("background: #f3f1ec")
    over.setGeometry(text.geometry())
    over.show()
    settle()
    assert any("This sale" in one and "not to be seen" in one for one in low(window, shots.draw(window, 1.0)))
    assert any("lies over" in one for one in findings(window))


def test_cut_words_and_small_targets_are_found(window):
    button = next(one for one in window.findChildren(Button) if one.words == "Cancel sale")
    button.setMinimumHeight(0)
    button.resize(button.width(), window.look.mm("floor") - 1)
    text = _text(window)
    text.resize(text.width(), 6)
    found = findings(window)
    assert any("Cancel sale" in one and "the floor is" in one for one in found)
    assert any("This sale" in one and "px of height" in one for one in found)


def test_a_control_that_does_not_stand_out_is_found(window, monkeypatch):
    light = dict(tokens.THEMES["light"], control_line=tokens.THEMES["light"]["surface"])
    monkeypatch.setitem(tokens.THEMES, "light", light)
    from pos_app.ui import theme

    theme._colour.cache_clear()
    try:
        window.dress(replace(window.look, width=window.width()))
        settle()
        found = low(window, shots.draw(window, 1.0))
    finally:
        monkeypatch.undo()
        theme._colour.cache_clear()
    assert any("stands out by" in one for one in found)
