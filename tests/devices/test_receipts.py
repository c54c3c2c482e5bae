"""Slips as ESC/POS bytes: goldens, and what a printer of another make reads in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from paper import needs_zbar, printed

from pos_app.devices.receipts import DOTS, Paper, in_columns, profiles, render
from pos_app.domain.receipt import Picture, Receipt, SlipLine

GOLDENS = Path(__file__).parent / "goldens"
REF = "481516234200998877665544"
LATIN = Receipt(
    (
        SlipLine("Lumen & Oak, Orchard Road", bold=True, centre=True),
        SlipLine("14:32  30 Jun 2026  Till 1", centre=True),
        SlipLine(),
        SlipLine("Bill", "1,256.00"),
        SlipLine("Café crème, two for one, on weekdays …7781", "−10.00"),
        SlipLine("To pay SGD", "1,246.00", bold=True),
        SlipLine(),
        SlipLine("Member", "•••• 4417"),
        SlipLine("Points earned", "+46"),
    ),
    REF,
    "4815 1623 4200 9988 7766 5544",
)
THAI = replace(LATIN, lines=(*LATIN.lines[:3], SlipLine("ยอดรวม", "1,256.00"), SlipLine("ขอบคุณค่ะ", centre=True)))
CHINESE = replace(LATIN, lines=(*LATIN.lines[:3], SlipLine("合计", "1,256.00"), SlipLine("谢谢光临", centre=True)))
UNSURE = replace(
    LATIN, lines=(*LATIN.lines, SlipLine("  not confirmed by Perx yet")), mark="STAGING - VOID - ON TRUST - COPY"
)
QR = replace(LATIN, qr=f"https://slips.example/{REF}")
SLIPS = {"latin": LATIN, "thai": THAI, "chinese": CHINESE, "copy": replace(LATIN, mark="COPY"),
         "void": replace(LATIN, mark="STAGING - VOID"), "training": replace(LATIN, mark="TRAINING - VOID"),
         "on-trust": UNSURE, "qr": QR}  # fmt: skip


def draw(line: SlipLine, dots: int) -> Picture:
    """A drawing that no font decides: each letter is a block of its own number's bits."""
    letters = (line.left + " " + line.right).encode("utf-16-be")
    rows = [letters.ljust(dots // 8, b"\0")[: dots // 8]] * 3
    return Picture(dots, (bytes(dots // 8), *rows, bytes(dots // 8)))


def data_of(slip: Receipt, paper: Paper, **options) -> bytes:
    return b"".join(render(slip, paper, draw, **options))


@pytest.mark.parametrize("width_mm", [58, 80])
@pytest.mark.parametrize("name", sorted(SLIPS))
def test_the_bytes_are_those_that_were_looked_at(name, width_mm):
    data = data_of(SLIPS[name], Paper(width_mm))
    golden = GOLDENS / f"{name}-{width_mm}.bin"
    if os.environ.get("WRITE_GOLDENS"):  # look at them with printed() before they are committed
        golden.write_bytes(data)
    assert data == golden.read_bytes()


@pytest.mark.parametrize("width_mm", [58, 80])
def test_a_printer_reads_the_words_of_the_slip(width_mm):
    slip = printed(data_of(UNSURE, Paper(width_mm)), DOTS[width_mm])
    wide = DOTS[width_mm] // 12
    assert slip.words[0].strip() == "STAGING - VOID - ON TRUST - COPY"
    assert f"Bill{'1,256.00'.rjust(wide - 4)}" in slip.words
    assert f"To pay SGD{'1,246.00'.rjust(wide - 10)}" in slip.words
    assert "Café crème" in slip.text, "a letter of a code page"
    assert "  not confirmed by Perx yet" in slip.words
    assert slip.bold == ["STAGING - VOID - ON TRUST - COPY", "Lumen & Oak, Orchard Road",
                         f"To pay SGD{'1,246.00'.rjust(wide - 10)}"]  # fmt: skip
    assert (slip.pictures, slip.was_cut) == (0, True)


@pytest.mark.parametrize("slip", [THAI, CHINESE], ids=["thai", "chinese"])
def test_only_lines_without_a_code_page_are_drawn_and_stand_in_their_place(slip):
    read = printed(data_of(slip, Paper(80)))
    assert read.pictures == 2
    assert "Lumen & Oak, Orchard Road" in read.text
    drawn = draw(slip.lines[3], 576)
    assert [f"{int.from_bytes(row, 'big'):0576b}" for row in drawn.rows] == read.rows[90:95]


def test_every_line_is_drawn_where_the_settings_say_so_and_a_named_page_is_used():
    assert printed(data_of(LATIN, Paper(80, codepage="raster"))).pictures == 9 - 2 + 1
    thai = printed(data_of(THAI, Paper(80, codepage="CP874")))
    assert thai.pictures == 0
    assert "ขอบคุณค่ะ" in thai.text


@needs_zbar
@pytest.mark.parametrize("profile", ["default", "simple"])
@pytest.mark.parametrize(("width_mm", "dots"), [(58, 0), (80, 0), (80, 512)])
def test_another_reader_reads_the_bar_code_and_the_qr_code(tmp_path, width_mm, dots, profile):
    read = printed(data_of(QR, Paper(width_mm, dots, profile=profile)), dots or DOTS[width_mm])
    assert read.scanned(tmp_path) == [f"CODE-128:{REF}", f"QR-Code:https://slips.example/{REF}"]


def test_what_comes_from_outside_cannot_command_the_printer():
    evil = SlipLine("free coffee\x1bp\x00\x32\x32\x1dV\x00\n\x10\x04\x01", "\x1b@1.00")
    data = data_of(replace(LATIN, lines=(evil,)), Paper(80))
    read = printed(data)
    assert b"\x1bp" not in data
    assert data.count(b"\x1b@") == 1
    assert "free coffee" in read.text


def test_a_picture_holds_no_real_time_command():
    rows = (b"\x10\x04\x01\x10\x14\x08\x10\x05".ljust(72, b"\0"),)
    parts = render(THAI, Paper(80), lambda line, dots: Picture(dots, rows))
    assert not any(start in part for part in parts for start in (b"\x10\x04", b"\x10\x14", b"\x10\x05"))
    assert b"\x18\x04\x01\x18\x14\x08\x18\x05" in b"".join(parts)


def test_no_part_ends_inside_a_command_and_the_drawer_opens_first():
    parts = render(replace(QR, lines=LATIN.lines * 9), Paper(58), draw, drawer=5)
    assert len(parts) > 3
    for end in range(1, len(parts) + 1):
        printed(b"".join(parts[:end]), 384)
    assert parts[0].startswith(b"\x1b@\x1bp\x01")
    assert b"\x1bp" not in b"".join(render(QR, Paper(58), draw))


def test_without_a_cutter_the_slip_is_only_moved_out():
    assert not printed(data_of(LATIN, Paper(58, cut=False)), 384).was_cut


@pytest.mark.parametrize(("wrong", "says"), [({"codepage": "CP9999"}, "CP9999"), ({"profile": "TM-None"}, "TM-T20II")])
def test_a_page_or_a_profile_that_does_not_exist_is_refused_with_what_there_is(wrong, says):
    with pytest.raises(ValueError, match=says):
        Paper(80, **wrong)


def test_the_library_leaves_nothing_behind(tmp_path, monkeypatch):
    from escpos import capabilities

    assert "TM-T20II" in profiles()
    assert not Path(capabilities.pickle_dir).exists()


@settings(max_examples=200, deadline=None)
@given(
    left=st.text(st.characters(codec="cp437", exclude_categories=["Cc"]), max_size=120),
    right=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60),
    columns=st.sampled_from([32, 42, 48]),
)
def test_a_line_always_fits_and_loses_no_word(left, right, columns):
    lines = in_columns(SlipLine(left, right.strip()), columns)
    assert all(len(line) <= columns for line in lines)
    said = "".join("".join(lines).split())
    assert sorted(said) == sorted("".join((left + right).split()))
