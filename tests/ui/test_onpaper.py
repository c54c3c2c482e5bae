"""Lines drawn for printers without the letters, slips through the system's printing, badges: read back from paper."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys

import pytest
from msgspec.structs import replace
from paper import needs_zbar, printed, scanned
from PySide6.QtPrintSupport import QPrinter
from samples import REFERENCE, SLIP
from test_receipts import QR, REF

from pos_app.devices.receipts import Paper, render
from pos_app.domain.receipt import SlipLine
from pos_app.printing import write_badge_sheet
from pos_app.ui.onpaper import has_letters, picture_of, print_on, state_of, system_printer
from pos_app.ui.slip import write_pdf
from pos_app.ui.theme import load_fonts

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed (poppler-utils)")


@pytest.fixture(autouse=True)
def fonts(qapp):
    load_fonts()


def ink(picture) -> list[int]:
    """How many dots each row has."""
    return [int.from_bytes(row, "big").bit_count() for row in picture.rows]


@pytest.mark.parametrize("dots", [384, 512, 576])
@pytest.mark.parametrize("words", ["ใบเสร็จ แต้มสะสม ขอบคุณค่ะ", "Tiếng Việt: điểm thưởng", "Bill"])
def test_a_line_is_drawn_as_wide_as_the_paper(qapp, dots, words):
    picture = picture_of(SlipLine(words, "1,256.00"), dots)
    assert (picture.width, {len(row) for row in picture.rows}) == (dots, {dots // 8})
    assert sum(ink(picture)) > 200
    last = [int.from_bytes(row, "big") & 0xFF for row in picture.rows]
    assert any(last), "the figure stands at the right end"
    assert has_letters(words)


def test_other_words_and_bold_words_give_other_pictures_and_long_ones_more_lines(qapp):
    plain = picture_of(SlipLine("แต้มสะสม"), 384)
    assert picture_of(SlipLine("แต้ม"), 384) != plain
    assert sum(ink(picture_of(SlipLine("แต้มสะสม", bold=True), 384))) > sum(ink(plain))
    assert len(picture_of(SlipLine("แต้มสะสม " * 20), 384).rows) > 3 * len(plain.rows)


def test_thai_marks_above_and_below_are_inside_the_picture(qapp):
    """Tone marks over vowels, and vowels below, are what a line of usual height would cut."""
    rows = ink(picture_of(SlipLine("ที่ปู่ ฐู ญี่ปุ่น น้ำ"), 384))
    assert rows[0] == rows[-1] == 0


@needs_zbar
def test_a_slip_with_drawn_lines_is_read_whole(qapp, tmp_path):
    slip = replace(QR, lines=(*QR.lines, SlipLine("ขอบคุณค่ะ", centre=True), SlipLine("Cảm ơn quý khách", centre=True)))
    for width_mm, dots in ((58, 384), (80, 576)):
        read = printed(b"".join(render(slip, Paper(width_mm), picture_of)), dots)
        assert read.pictures >= 2
        assert read.scanned(tmp_path) == [f"CODE-128:{REF}", f"QR-Code:https://slips.example/{REF}"]


@needs_zbar
@needs_poppler
@pytest.mark.parametrize("width_mm", [58, 80])
def test_a_slip_through_the_system_has_the_width_of_the_paper_and_its_codes_are_read(qapp, tmp_path, width_mm):
    path = tmp_path / "out.pdf"
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    slip = replace(SLIP, mark="TRAINING - VOID - COPY", qr="https://slips.example/1")
    assert print_on(printer, slip, width_mm)
    said = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    size = next(line for line in said.splitlines() if line.startswith("Page size:")).split()
    assert "Pages:           1" in said
    assert abs(float(size[2]) / 72 * 25.4 - width_mm) < 1
    words = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    assert {"TRAINING", "VOID", "COPY"} <= set(words.split())
    subprocess.run(["pdftoppm", "-r", "203", "-png", "-singlefile", path, tmp_path / "page"], check=True)
    assert scanned(tmp_path / "page.png") == [f"CODE-128:{REFERENCE}", "QR-Code:https://slips.example/1"]


@needs_zbar
@needs_poppler
def test_the_pdf_slip_has_the_qr_code_too(qapp, tmp_path):
    write_pdf(replace(SLIP, qr="https://slips.example/2"), tmp_path / "slip.pdf", 58)
    command = ["pdftoppm", "-r", "203", "-png", "-singlefile", tmp_path / "slip.pdf", tmp_path / "page"]
    subprocess.run(command, check=True)
    assert scanned(tmp_path / "page.png") == [f"CODE-128:{REFERENCE}", "QR-Code:https://slips.example/2"]


def test_a_printer_that_the_system_does_not_have_is_none(qapp):
    assert state_of("No such printer") == "missing"
    assert system_printer("No such printer") is None


@needs_zbar
@needs_poppler
def test_a_badge_is_read_back_has_no_code_in_letters_and_is_its_owners_file(qapp, tmp_path):
    path = tmp_path / "badge.pdf"
    write_badge_sheet("Noor H.", "supervisor", "90817263548576930412", path)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    subprocess.run(["pdftoppm", "-r", "300", "-png", "-singlefile", path, tmp_path / "card"], check=True)
    assert scanned(tmp_path / "card.png") == ["CODE-128:POS:STAFF:90817263548576930412"]
    words = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "Noor H." in words
    assert "9081" not in words
    with pytest.raises(FileExistsError):
        write_badge_sheet("Noor H.", "supervisor", "90817263548576930412", path)
