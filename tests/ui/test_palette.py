"""The practice shop's codes: a tap scans, and the bars are read by an independent reader, from glass and paper."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from PySide6.QtCore import QRect, QSize, QSizeF
from PySide6.QtGui import QImage

from pos_app.ui.palette import BARS_PX, MOST_BARRED, Palette, PracticeCode, side_by_side, write_sheet
from pos_app.ui.slip import QUIET_MODULES, modules
from pos_app.ui.theme import Look
from pos_app.ui.widgets.taps import Tap

CODES = [
    PracticeCode("Member Somchai P.", "Gold, active", "6591234821"),
    PracticeCode("<b>Free</b> dessert", "issued", "SWEET6"),
    PracticeCode("Free dessert", "issued, as on a phone", '{"identifier":"6591234821","voucherId":7101}'),
    PracticeCode("Command: complete", "", "POS:COMPLETE"),
]
BARRED = {"6591234821", "SWEET6", "POS:COMPLETE"}
needs_reader = pytest.mark.skipif(
    not (shutil.which("zbarimg") and shutil.which("pdftoppm")), reason="zbarimg and pdftoppm read the bars"
)


def read_codes(*pictures) -> set[str]:
    said = subprocess.run(["zbarimg", "-q", "--raw", *map(str, pictures)], capture_output=True, text=True)
    return set(said.stdout.split())


def test_a_tap_scans_the_code_and_every_row_is_a_target(qtbot):
    scanned: list[str] = []
    palette = Palette(Look(), CODES, scanned.append)
    qtbot.addWidget(palette)
    palette.show()
    rows = [tap for tap in palette.findChildren(Tap) if tap.accessibleName().startswith("Scan ")]
    assert [row.accessibleName().split(",")[0] for row in rows][1] == "Scan <b>Free</b> dessert"
    for row in rows:
        assert min(row.width(), row.height()) >= Look().mm("floor")
        row.click()
    assert scanned == [code.text for code in CODES]


@needs_reader
@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 1.75])
def test_the_bars_are_read_from_the_glass_at_any_scale_of_the_desktop(qtbot, tmp_path, scale):
    palette = Palette(Look(), CODES, print)
    qtbot.addWidget(palette)
    palette.show()
    glass = QImage((QSizeF(palette.size()) * scale).toSize(), QImage.Format.Format_RGB32)
    glass.setDevicePixelRatio(scale)
    palette.render(glass)
    assert glass.save(str(tmp_path / "palette.png"))
    assert read_codes(tmp_path / "palette.png") == BARRED


def test_the_longest_code_has_room_for_its_quiet_zones():
    longest = PracticeCode("", "", "W" * MOST_BARRED)
    assert longest.has_bars
    assert len(modules(longest.text)) + 2 * QUIET_MODULES <= BARS_PX[0]


@pytest.mark.parametrize("size", [(1920, 1040), (1366, 728), (1280, 680), (1259, 654)])
def test_till_and_codes_stand_side_by_side_on_a_usual_desk(size):
    desk = QRect(60, 20, *size)
    till, codes = side_by_side(desk, QSize(1024, 768))
    assert not till.intersects(codes)
    assert desk.contains(till)
    assert desk.contains(codes)
    assert till.height() <= desk.height() - 40
    assert (till.width() >= 819, till.height() >= 614, codes.width() >= 440) == (True, True, True)


def test_on_a_tiny_desk_the_codes_stay_on_the_glass():
    till, codes = side_by_side(QRect(0, 0, 1024, 768), QSize(1024, 768))
    assert codes.right() == 1023
    assert till.size() == QSize(819, 728)


@needs_reader
def test_the_bars_are_read_from_paper(qapp, tmp_path):
    many = [PracticeCode(f"Code {number}", "issued", f"CODE{number:04d}") for number in range(40)]
    write_sheet([*CODES, *many], tmp_path / "sheet.pdf")
    subprocess.run(["pdftoppm", "-r", "150", "-png", tmp_path / "sheet.pdf", tmp_path / "page"], check=True)
    assert read_codes(*tmp_path.glob("page*.png")) == BARRED | {code.text for code in many}
