"""`pos-app print test`, `codes`, the printer in `doctor`, and a badge on a sheet, as real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from paper import needs_zbar, scanned
from paper_lines import TcpPrinter
from test_cli_people import PEPPER, on_the_till

from pos_app.outbox.people import People

ROOT = Path(__file__).resolve().parent.parent
WAIT_S = 60
needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed (poppler-utils)")


@pytest.fixture
def till(tmp_path):
    """Run one command of a till with these lines under [receipt]."""

    def run(*words: str, receipt: str = "", stdin: str = "") -> subprocess.CompletedProcess[str]:
        config = tmp_path / "config.toml"
        data = (tmp_path / "data").as_posix()
        config.write_text(
            '[profile]\nname = "paper"\n[perx]\nbase_url = "http://127.0.0.1:9"\nclient_id = "x"\n'
            "loyalty_program_id = 1\n"
            '[shop]\nname = "Shop"\ntill = "Till 1"\n[money]\ncurrency = "SGD"\n[scanner]\nport = "off"\n'
            f'[data]\ndir = "{data}"\n[receipt]\n{receipt}\n',
            "utf-8",
        )
        command = [sys.executable, "-m", "pos_app", *words]
        command += [] if words[0] == "codes" else ["--config", str(config)]
        bare = {key: value for key, value in os.environ.items() if key not in ("QT_QPA_PLATFORM", "DISPLAY")}
        env = {**bare, "PYTHONPATH": str(ROOT), **PEPPER}
        kept = {"capture_output": True, "text": True, "timeout": WAIT_S}
        return subprocess.run(command, cwd=tmp_path, env=env, input=stdin, **kept)

    return run


@needs_zbar
def test_a_test_slip_comes_out_and_says_what_the_printer_can(till, tmp_path):
    with TcpPrinter() as desk:
        told = f'printer = "escpos"\nport = "{desk.port}"\nqr = "{{ref}}"\ndrawer = "pin2"'
        done = till("print", "test", receipt=told)
        assert (done.returncode, done.stderr) == (0, "")
        assert "It says it came out." in done.stdout
        [slip] = desk.head.slips
        assert slip.words[0].strip() == "STAGING - VOID - TEST"
        assert "1234567890" * 4 + "12345678" in slip.words, "the ruler shows the width"
        assert slip.pictures >= 3, "Thai, Vietnamese and Chinese are drawn"
        assert slip.scanned(tmp_path) == ["CODE-128:" + "0" * 24, "QR-Code:" + "0" * 24]
        assert desk.head.kicks == []
        desk.set(is_out=True)
        failed = till("print", "test", receipt=told)
        assert failed.returncode == 1
        assert failed.stdout == ""
        assert "out of paper" in failed.stderr
        assert "[PRN-02]" in failed.stderr
        assert "try again" in failed.stderr


@pytest.mark.parametrize(
    ("receipt", "code", "says"),
    [('printer = "none"', 2, "No printer is set up"),
     ('printer = "escpos"\nport = "tcp://127.0.0.1:9"', 1, "[PRN-01]"),
     ('printer = "escpos"\nport = "tcp://127.0.0.1:9"\ncodepage = "CP9999"', 1, "[PRN-08]"),
     ('printer = "spooler"\nport = "No such printer"', 1, "[PRN-01]"),
     ('printer = "escpos"\nwidth_mm = 70', 2, "expected 58 or 80"),
     ('printer = "escpos"\nqr = "https://slips.example/"', 2, "{ref}")],
)  # fmt: skip
def test_a_test_slip_that_cannot_come_out_says_why(till, receipt, code, says):
    done = till("print", "test", receipt=receipt)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_test_slip_of_a_till_with_pdf_is_a_file(till, tmp_path):
    done = till("print", "test", receipt='printer = "pdf"')
    assert done.returncode == 0
    assert (tmp_path / "data" / "slips" / "test.pdf").stat().st_size > 1000


def test_doctor_asks_the_printer(till):
    def said(receipt: str) -> dict[str, str]:
        findings = json.loads(till("doctor", "--json", receipt=receipt).stdout)["findings"]
        [found] = [one for one in findings if one["probe"] == "printer"]
        return found

    with TcpPrinter() as desk:
        told = f'printer = "escpos"\nport = "{desk.port}"'
        assert said(told)["what"] == f"The slip printer on {desk.port} is ready."
        desk.set(is_open=True)
        assert (said(told)["level"], said(told)["fix"], said(told)["code"]) == ("bad", "Close it.", "DOC-010")
    assert said(told)["level"] == "bad"
    assert said('printer = "none"')["level"] == "ok"
    wrong = said('printer = "escpos"\nport = "COM7"\nprofile = "TM-None"')
    assert (wrong["level"], wrong["code"]) == ("bad", "PRN-08")


@needs_zbar
@needs_poppler
def test_a_new_badge_is_printed_when_it_is_made_and_approves(till, tmp_path):
    sheet = tmp_path / "noor.pdf"
    words = ("people", "add", "Noor H.", "--role", "supervisor", "--badge", "--sheet", str(sheet))
    done = till(*words, stdin="8306\n")
    assert (done.returncode, done.stderr) == (0, "")
    subprocess.run(["pdftoppm", "-r", "300", "-png", "-singlefile", sheet, tmp_path / "card"], check=True)
    [code] = scanned(tmp_path / "card.png")
    badge = code.removeprefix("CODE-128:POS:STAFF:")
    assert len(badge) == 20
    assert badge not in done.stdout
    config = tmp_path / "config.toml"
    approved = on_the_till(config, lambda database: People(database, b"a pepper of the test").approve_badge(badge))
    assert getattr(approved, "name", "") == "Noor H."


def test_nobody_is_added_when_the_badge_cannot_be_written_and_no_badge_is_left_of_nobody(till, tmp_path):
    (tmp_path / "noor.pdf").write_text("something of mine")
    words = ("people", "add", "Noor H.", "--role", "supervisor", "--badge", "--sheet", str(tmp_path / "noor.pdf"))
    done = till(*words, stdin="8306\n")
    assert done.returncode == 2
    assert "Nobody was added." in done.stderr
    assert (tmp_path / "noor.pdf").read_text() == "something of mine"
    weak = till(*words[:-1], str(tmp_path / "weak.pdf"), stdin="1234\n")
    assert weak.returncode == 2
    assert not (tmp_path / "weak.pdf").exists()
    assert "Nobody is known" in till("people", "list").stdout


def test_a_sheet_of_codes_that_cannot_be_written_says_so(till, tmp_path):
    assert till("codes", "--out", str(tmp_path / "codes.pdf")).returncode == 0
    done = till("codes", "--out", str(tmp_path / "codes.pdf" / "inside.pdf"))
    assert done.returncode == 2
    assert "could not be written" in done.stderr
