"""The slip on the screen and as a PDF says the same, and an independent reader reads both bar codes."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QImage
from samples import NASTY_DONE, REFERENCE, SLIP

from pos_app.ui.slip import SlipView, modules, write_pdf
from pos_app.ui.theme import Look, load_fonts

needs_zbar = pytest.mark.skipif(
    shutil.which("zbarimg") is None, reason="zbarimg is not installed (apt install zbar-tools)"
)
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="pdftoppm is not installed (apt install poppler-utils)"
)


def read_bars(picture) -> list[str]:
    done = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Scode128.enable", str(picture)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def drawn(receipt, width: int, theme: str, height: int = 0) -> QImage:
    load_fonts()
    view = SlipView(Look(theme=theme), receipt)
    view.resize(width, height or view.wish(width))
    return view.grab().toImage()


@needs_zbar
@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("width", [240, 322, 400])
def test_the_slip_on_the_screen_can_be_scanned(qapp, tmp_path, theme, width):
    picture = tmp_path / "slip.png"
    assert drawn(SLIP, width, theme).save(str(picture))
    assert read_bars(picture) == [REFERENCE]


@needs_zbar
def test_a_long_slip_is_drawn_smaller_and_still_scans(qapp, tmp_path):
    picture = tmp_path / "slip.png"
    assert drawn(NASTY_DONE.slip, 322, "light", 560).save(str(picture))
    assert read_bars(picture) == [REFERENCE]


@needs_zbar
@needs_poppler
@pytest.mark.parametrize("width_mm", [58, 80])
def test_the_pdf_can_be_scanned_and_has_the_width_of_the_paper(qapp, tmp_path, width_mm):
    path = tmp_path / "out" / "slip.pdf"
    write_pdf(SLIP, path, width_mm)
    dots_in_inch = 203
    subprocess.run(["pdftoppm", "-r", str(dots_in_inch), "-png", "-singlefile", path, tmp_path / "page"], check=True)
    page = QImage(str(tmp_path / "page.png"))
    assert abs(page.width() - width_mm / 25.4 * dots_in_inch) <= 4
    assert read_bars(tmp_path / "page.png") == [REFERENCE]


@needs_poppler
def test_the_pdf_is_as_long_as_the_slip_and_holds_its_words(qapp, tmp_path):
    lengths = []
    for number, receipt in enumerate((SLIP, NASTY_DONE.slip, replace(SLIP, barcode="", barcode_words=""))):
        path = tmp_path / f"{number}.pdf"
        write_pdf(receipt, path)
        said = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
        assert "Pages:           1" in said
        size = next(line for line in said.splitlines() if line.startswith("Page size:"))
        lengths.append(float(size.split()[4]))
        words = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
        assert "To pay SGD" in words
        assert "Lumen & Oak, Riverside" in words
    assert lengths[1] > lengths[0] > lengths[2]


def test_bars_are_code_128_c_for_digits():
    assert len(modules(REFERENCE)) == 11 * (1 + 12 + 1) + 13


def test_a_place_that_cannot_be_written_is_an_error(qapp, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="file"):
        write_pdf(SLIP, tmp_path / "file" / "slip.pdf")
