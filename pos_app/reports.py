"""Reports onto paper and into files: `reports/` in the till's data folder, one name a report."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from pos_app.domain.receipt import Receipt
from pos_app.domain.shift import Report, ReportKind
from pos_app.settings import Settings
from pos_app.till.reportfile import csv_of
from pos_app.till.shiftwork import ReportError
from pos_app.till.state import Shop
from pos_app.till.work import SlipError
from pos_app.ui.present import report_slip
from pos_app.ui.slip import write_pdf

log = logging.getLogger(__name__)


class Reports:
    """Prints and saves reports. `shop`: what the till knows of the shop now; `on_paper`: the slip printer's way in.

    Thread: main, after QApplication.
    """

    def __init__(
        self, settings: Settings, shop: Callable[[], Shop], on_paper: Callable[[Receipt], Awaitable[bool]]
    ) -> None:
        self._folder = settings.data_dir / "reports"
        self._width_mm = settings.receipt.width_mm
        self._shop, self._on_paper = shop, on_paper

    async def put(self, report: Report, copy: bool) -> tuple[Path, ...]:
        """Print a report as a long slip; where there is no printer, as a PDF, which is named. Errors: ReportError."""
        try:
            if await self._on_paper(report_slip(report, self._shop(), copy=copy)):
                return ()
        except SlipError as exc:
            raise ReportError(exc.problem, is_begun=exc.is_begun) from exc
        return (self._pdf(report, copy=copy),)

    async def save(self, report: Report, copy: bool) -> tuple[Path, ...]:
        """Write a report as PDF and as CSV; the files. Errors: ReportError."""
        path = self._path(report, ".csv")
        draft = path.with_name(f".{path.name}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(csv_of(report), "utf-8-sig", newline="")  # spreadsheets know UTF-8 by its mark
            os.replace(draft, path)
        except OSError as exc:
            log.warning("a report could not be saved: %s", exc)
            raise ReportError("SHF-02") from exc
        return self._pdf(report, copy=copy), path

    def _pdf(self, report: Report, *, copy: bool) -> Path:
        path = self._path(report, "-copy.pdf" if copy else ".pdf")
        try:
            write_pdf(report_slip(report, self._shop(), copy=copy), path, self._width_mm)
        except OSError as exc:
            log.warning("a report could not be written: %s", exc)
            raise ReportError("SHF-02") from exc
        return path

    def _path(self, report: Report, ending: str) -> Path:
        """A Z report has one name for ever; the others are named after their moment."""
        at = report.until.astimezone()
        if report.kind is ReportKind.Z:
            return self._folder / f"{report.name}{ending}"
        return self._folder / f"{report.name or 'day'}-{at:%Y%m%d-%H%M%S}{ending}"
