"""Slips onto paper, as the settings say: one receipt, and the renderer and the route that fit the printer.

What a slip says is made on the main thread; to draw it and to send it is the printer thread's, which loads no fonts.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from PySide6.QtGui import QGuiApplication

from pos_app.devices.printer import Printer, PrinterLink, PrintError, Route
from pos_app.devices.receipts import profiles, render
from pos_app.domain.codes import RESERVED, Ref, show_ref, shown
from pos_app.domain.problems import problem
from pos_app.domain.receipt import Receipt, SlipLine
from pos_app.domain.sale import SaleRecord
from pos_app.domain.shift import Report
from pos_app.language import ENGLISH, _, speaking
from pos_app.parts import escpos_route, paper_of, shop_of
from pos_app.settings import Settings
from pos_app.till.state import Shop
from pos_app.till.step import COMMANDS
from pos_app.till.work import SlipError
from pos_app.ui.onpaper import has_letters, picture_of, print_on, state_of, system_printer
from pos_app.ui.present import receipt, report_slip
from pos_app.ui.present.slip import marks
from pos_app.ui.sheets import CommandCard, write_badge, write_commands
from pos_app.ui.slip import write_pdf
from pos_app.ui.theme import load_fonts

log = logging.getLogger(__name__)

PATIENCE_S = 120.0
"""After this time without a word from the printer's thread (a driver hangs), the slip counts as not come out."""


class Job(Struct, frozen=True):
    """A slip to print. `is_first`: none of its sale is on paper yet; the drawer opens for such a one only."""

    slip: Receipt
    is_first: bool = False


class DotRoute:
    """An ESC/POS printer: slips become its bytes here, for drawing a long one takes a while. Thread: printer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._escpos = escpos_route(settings)

    def look(self) -> PrinterLink:
        return self._escpos.look()

    def put(self, job: Job) -> PrinterLink:
        try:
            paper = paper_of(self._settings)
        except ValueError as exc:
            raise PrintError("PRN-08", str(exc)) from exc
        drawer = {"pin2": 2, "pin5": 5}.get(self._settings.receipt.drawer, 0) if job.is_first else 0
        return self._escpos.put(render(job.slip, paper, picture_of, drawer=drawer))

    def close(self) -> None:
        self._escpos.close()


class SpoolRoute:
    """A printer of the system, by its driver. The system keeps the slip and tells little. Thread: printer."""

    def __init__(self, name: str, width_mm: int) -> None:
        self._name, self._width_mm = name, width_mm

    def look(self) -> PrinterLink:
        match state_of(self._name):
            case "missing":
                which = f"called {self._name}" if self._name else "set as the usual one"
                return PrinterLink("unreachable", self._name, shown(f"This computer has no printer {which}.", 200))
            case "failed":
                return PrinterLink("failed", self._name, "The system says that the printer has stopped.")
        return PrinterLink("unknown", self._name)

    def put(self, job: Job) -> PrinterLink:
        printer = system_printer(self._name)
        if printer is None:
            raise PrintError("PRN-01", "no such printer")
        if not print_on(printer, job.slip, self._width_mm):
            raise PrintError("PRN-04", "the system refused the slip")
        return self.look()

    def close(self) -> None:
        return


class Slips:
    """Makes slips of sales. `shop`: what the till knows of the shop now."""

    def __init__(
        self, settings: Settings, shop: Callable[[], Shop], on_link: Callable[[PrinterLink], None] | None = None
    ) -> None:
        self._settings, self._shop = settings, shop
        self._printer: Printer[Job] | None = None
        route = route_of(settings)
        if route is not None:
            prepare = profiles if settings.receipt.printer == "escpos" else None
            self._printer = Printer(route, on_link or (lambda link: None), prepare=prepare)

    def start(self) -> None:
        """Begin to look at the printer."""
        if self._printer is not None:
            load_fonts()
            self._printer.start()

    async def aclose(self) -> None:
        """End in good order; a slip that is being printed gets a moment."""
        if self._printer is not None:
            self._printer.stop()

    async def put(self, record: SaleRecord) -> None:
        """Bring the slip of a sale to paper, marked as a copy if one is out already.

        Errors:  SlipError.
        """
        slip = receipt(record, self._shop(), copy=record.printed > 0)
        if self._settings.receipt.printer == "pdf":
            self._write(slip, record)
        await self.on_paper(slip, is_first=record.printed == 0)

    async def on_paper(self, slip: Receipt, *, is_first: bool = False) -> bool:
        """Bring a slip of any kind to the printer; False where there is none.

        Errors:  SlipError.
        """
        if self._printer is None:
            return False
        job = Job(slip, is_first=is_first)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.wrap_future(self._printer.print(job))
        except PrintError as exc:
            if exc.problem == "PRN-08":
                log.warning("the printer's settings are not right: %s", exc.detail)
            raise SlipError(exc.problem, is_begun=exc.is_begun) from exc
        except TimeoutError as exc:
            raise SlipError("PRN-05", is_begun=True) from exc
        return True

    async def test(self) -> bool:
        """Bring a test slip to the printer; False where there is none.

        Errors:  SlipError.
        """
        return await self.on_paper(_test_slip(self._settings))

    def _write(self, slip: Receipt, record: SaleRecord) -> None:
        told = self._settings.receipt
        folder = Path(told.pdf_dir) if told.pdf_dir else self._settings.data_dir / "slips"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_pdf(slip, folder / f"{record.ref}.pdf", told.width_mm)
        except OSError as exc:
            log.warning("a slip could not be written: %s", exc)
            raise SlipError("SLIP-01") from exc


def route_of(settings: Settings) -> Route[Job] | None:
    """The way to the printer of these settings; None when slips go to no printer."""
    told = settings.receipt
    if told.printer == "escpos":
        return DotRoute(settings)
    return SpoolRoute(told.port, told.width_mm) if told.printer == "spooler" else None


# ---------------------------------------------------------------- asked for by the command line


class Done(Struct, frozen=True):
    """What came of a command: its exit code (0 done, 1 it failed, 2 it cannot be done here) and a sentence or more."""

    code: int
    words: str


def print_test(settings: Settings) -> Done:
    """Print a test slip: the width of the paper, letters of every language, the bar code and the QR code.

    It stands on a printer that no running till holds; a serial one is held by its till.
    """
    told = settings.receipt
    route = route_of(settings)
    with_fonts()
    slip = _test_slip(settings)
    if route is None:
        if told.printer == "none":
            return Done(2, 'No printer is set up: receipt.printer is "none". See: pos-app config keys. [PRN-08]')
        return Done(0, f"The test slip is {write_test_slip(settings)}.")
    try:
        link = route.put(Job(slip))
    except PrintError as exc:
        known = problem(exc.problem)
        detail = f" ({exc.detail})" if exc.detail else ""
        return Done(
            1, f"{known.happened}{detail} {known.do_next.replace('press Print again', 'try again')} [{known.code}]"
        )
    finally:
        route.close()
    said = "The printer does not say whether it came out: look." if link.state == "unknown" else "It says it came out."
    fonts = [name for name, letters in _SAMPLES if not has_letters(letters)]
    lacks = f" This computer has no font for: {', '.join(fonts)}." if fonts else ""
    return Done(0, f"The test slip was sent to {told.port or 'the usual printer'}. {said}{lacks}")


def write_test_slip(settings: Settings) -> Path:
    """Write the test slip as a PDF, where slips go; the file. Errors: OSError."""
    told = settings.receipt
    path = (Path(told.pdf_dir) if told.pdf_dir else settings.data_dir / "slips") / "test.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_pdf(_test_slip(settings), path, told.width_mm)
    return path


def write_codes(path: Path, code: str = ENGLISH.code) -> Done:
    """Write the sheet of command codes, in the words that the buttons have in this language."""
    with_fonts()
    with speaking(code):
        words = {
            "complete": (_("Complete"), _("The same as the big button: sends the sale to Perx.")),
            "cancel": (_("Cancel sale"), _("Gives everything back and starts again.")),
            "next": (_("Next customer"), _("Leaves a finished sale.")),
            "park": (_("Park sale"), _("Puts the sale aside, to be taken up again later.")),
        }
        title = _("Codes for the counter")
    cards = [CommandCard(*words[name], f"{RESERVED}{name.upper()}") for name in COMMANDS]
    try:
        write_commands(title, cards, path)
    except OSError as exc:
        return Done(2, f"The sheet could not be written: {exc}")
    return Done(0, f"The command codes are in {path}. Print it at 100 %, and keep it where the scanner reaches.")


def write_report(report: Report, path: Path, settings: Settings | None, *, copy: bool = False) -> None:
    """Write a report as a PDF, in the shop's language and on its width of paper. Errors: OSError."""
    with_fonts()
    shop = shop_of(settings) if settings is not None else Shop(environment="production")
    with speaking(shop.language):
        slip = report_slip(report, shop, copy=copy)
    write_pdf(slip, path, settings.receipt.width_mm if settings is not None else 80)


def write_badge_sheet(name: str, role: str, badge: str, path: Path) -> None:
    """Write the badge of one person into a new file. It holds a secret: only its owner may read it.

    Errors:  OSError when it cannot be written, or is there already.
    """
    with_fonts()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    write_badge(CommandCard(shown(name, 40), shown(role.capitalize(), 40), f"{RESERVED}STAFF:{badge}"), path)


def with_fonts() -> None:
    """Make Qt draw without a window; on Linux also where there is no display."""
    if QGuiApplication.instance() is None:
        args = ["pos-app"] if sys.platform == "win32" else ["pos-app", "-platform", "offscreen"]
        _qt.append(QGuiApplication(args))
    load_fonts()


_qt: list[QGuiApplication] = []
_SAMPLES = (
    ("Thai", "ภาษาไทย ใบเสร็จ แต้มสะสม"),
    ("Vietnamese", "Tiếng Việt: điểm thưởng"),
    ("Chinese", "简体中文 积分 小票"),
)
_TEST_REF = "000000000000000000000000"


def _test_slip(settings: Settings) -> Receipt:
    told = settings.receipt
    ruler = "1234567890" * 5
    lines = [
        SlipLine(settings.shop.name, bold=True, centre=True),
        SlipLine(settings.shop.till, centre=True),
        SlipLine(),
        SlipLine(_("Paper"), f"{told.width_mm} mm"),
        SlipLine(ruler[: 32 if told.width_mm == 58 else 48]),
        SlipLine("Latin", "é ñ ü € £ ¥"),
        *(SlipLine(name, letters) for name, letters in _SAMPLES),
        SlipLine(_("A line in bold"), "1,234.50", bold=True),
    ]
    qr = told.qr.replace("{ref}", _TEST_REF)
    mark = marks(shop_of(settings), _("TEST"), copy=False)
    return Receipt(tuple(lines), _TEST_REF, show_ref(Ref(_TEST_REF)), mark, qr)
