"""What was reversed stands apart: in the shift's report, in the day's figures, in the CSV and in the PDF."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from program import config, finish, start
from test_shift import figures, pages, to_shift

from pos_app.tour.hand import until

NOOR = "POS:STAFF:PRACTICE-NOOR"


def letters(text: str) -> str:
    """Letters and figures only: a PDF's text has lost its dashes and colons."""
    return " ".join(re.findall(r"\w+", text))


async def sell_and_reverse(s) -> None:
    """Two sales of Somchai's, 12.00 and 20.00; the second one is brought back."""
    for keys in (("1", "2", "00"), ("2", "0", "00")):
        s.scan(s.known[0])
        await s.hand.sees("can be used now")
        s.keys(*keys)
        s.hand.tap("Complete")
        await s.hand.sees("Perx has the sale.")
        await until(lambda: s.record.points is not None, "the points never came")
        ref, given = s.record.ref, s.record.points
        s.hand.tap("Next customer")
    s.scan(ref)
    await s.hand.sees("Reverse")
    s.hand.tap("Reverse")
    await s.hand.sees("Reverse the sale?")
    s.hand.tap("The customer brought it back")
    s.scan(NOOR)
    await s.hand.sees("Perx confirmed each part", within_s=40)
    await until(lambda: s.state.panel.record.reversal.is_over, "it was never reversed")
    assert given > 0
    s.hand.tap("Back")


async def test_reversals_stand_apart_in_every_report(shop):
    async with shop() as s:
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001")
        s.hand.tap("Back to the sale")
        await sell_and_reverse(s)
        await to_shift(s)
        report = s.state.shift.report
        assert (report.sales.minor, report.reversed.minor, report.kept.minor) == (3200, 2000, 1200)
        said = await pages(s)
        for words in ("All but refused, 2, 32.00", "Reversed, −1, −20.00", "Left after reversals, 1, 12.00"):
            assert words in said, words
        s.hand.tap("Save files")
        await s.hand.sees("Saved in the folder reports")
        [table] = (s.data / "till" / "reports").glob("*.csv")
        assert figures(table)["sales", "reversed", "worth"] == "20.00"
        assert int(figures(table)["points", "taken_back", "points"]) == report.points.taken_back > 0
        s.hand.tap("Back to the sale")
        s.hand.tap("Menu")
        s.hand.tap("End of day")
        await s.hand.sees("Their value, SGD, 32.00", "Reversed, not taken off above, 1 sale", "−20.00")
        assert s.state.day.figures.points_taken == report.points.taken_back


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)")
async def test_it_gets_a_report_as_pdf_from_the_command_line(shop):
    async with shop() as s:
        await to_shift(s)
        s.hand.tap("Open a shift")
        await s.hand.sees("X-0001")
        s.hand.tap("Back to the sale")
        await sell_and_reverse(s)
        where = ["--config", config(s.practice, s.data), "--data", str(s.data / "till")]

        async def ask(*words: str) -> tuple[int, str, str]:
            child = start("shift", *words, *where, env=s.practice.secrets)
            await until(lambda: child.poll() is not None, f"shift {words[0]} never ended")
            return finish(child)

        def words_of(name: str) -> str:
            told = subprocess.run(["pdftotext", "-layout", s.data / name, "-"], check=True, capture_output=True)
            return letters(told.stdout.decode())

        code, out, err = await ask("x", "--pdf", str(s.data / "x.pdf"))
        assert (code, err) == (0, "")
        assert "Reversed: 1, SGD 20.00; left 1, SGD 12.00" in out
        for words in ("X report X-0001", "TRAINING - VOID", "Reversed −1 −20.00", "Left after reversals 1 12.00"):
            assert letters(words) in words_of("x.pdf"), words
        code, out, err = await ask("z", "--by", "Noor H.", "--pdf", str(s.data / "x.pdf"))
        assert (code, "[OUT-10]" in err) == (1, True)
        assert s.state.shift.open is not None, "a shift is not closed for a file that cannot be written"
        code, out, err = await ask("z", "--by", "Noor H.", "--pdf", str(s.data / "z.pdf"), "--json")
        assert (code, json.loads(out)["report"]["reversed"]) == (0, {"count": 1, "minor": 2000})
        assert letters("Z report Z-0001") in words_of("z.pdf")
        assert (await ask("show", "1", "--pdf", str(s.data / "again.pdf")))[0] == 0
        assert words_of("again.pdf") == words_of("z.pdf")
        assert (await ask("show", "1", "--pdf", str(s.data / "x.pdf" / "such.pdf")))[0] == 2
        assert not list(s.data.glob("*.new"))
