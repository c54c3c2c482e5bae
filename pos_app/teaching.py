"""Training as a till of its own: what its shop supplies, how the real till is left for it, and the way back."""

from __future__ import annotations

import dataclasses
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pos_app.practice import Practice, PracticeError
from pos_app.settings import Settings, SettingsError, load
from pos_app.start import Begun, practice_till
from pos_app.till.training import Code, Supplies
from pos_app.ui.palette import Palette, PracticeCode, side_by_side, write_sheet
from pos_app.ui.window import TillWindow

log = logging.getLogger(__name__)

_SHARED = ("scanner", "screen", "sound", "receipt")
"""Sections of the real till's settings that hold in training too: the same scanner, glass, sounds and printer."""


def supplies(practice: Practice, *, from_till: bool) -> Supplies:
    """What the training shop has: every code worth scanning, its people, and where to begin."""
    told = practice.announced
    member = next((one["identifier"] for one in told["customers"]), "")
    mine = (one for one in told["vouchers"] if one["customer_identifier"] == member)
    voucher = next((one["voucher_code"] for one in mine if one["voucher_code"] and one["state"] == "issued"), "")
    people = tuple((name, role, pin) for name, role, pin, _badge in practice.staff())
    return Supplies(tuple(Code(*row) for row in practice.codes()), people, member, voucher, from_till)


def training_till(config: Path | None, data: Path | None, stack: ExitStack) -> Begun | None:
    """The training till with this machine's own scanner, printer and screen, where it has settings.

    Errors: PracticeError; SettingsError when the folder cannot be made; LineError when it is open and does not answer.
    """
    try:
        like: Settings | None = load(config, os.environ)
    except SettingsError as exc:
        log.info("training has the usual scanner and screen: %s", exc)
        like = None
    return practice_till(data, stack, _shared(like) if like is not None else {"screen": {"full_screen": True}})


def next_till(goes_to: str, home: Begun, now: Begun, stack: ExitStack) -> Begun:
    """The till that comes after this one was left: the training one, the same anew, or the one that waits at home.

    What cannot be opened leaves everything as it was, and says so by its support code.
    """
    if now.practice is not None and now is not home:
        now.practice.stop()
    if goes_to == "till":
        return home
    try:
        if goes_to == "again" and now.practice is not None:
            now.practice.stop()
            _as_on_the_first_day(now.settings.data_dir)
        shared = _shared(home.settings) if home.practice is None else now.shared
        begun = practice_till(None if home.practice is None else home.settings.data_dir, stack, shared)
    except (PracticeError, SettingsError) as exc:
        log.warning("training could not be opened: %s", exc)
        return replace(home, trouble="TRN-01")
    if begun is None:
        return home  # another window has it open already, and stands in front now
    return replace(begun, from_till=home.practice is None)


@contextmanager
def codes_beside(begun: Begun, window: TillWindow, scan: Callable[[str], None]) -> Iterator[None]:
    """Show the practice shop's codes beside a till that leaves room for them, and write them as a sheet to print."""
    screen, practice = begun.settings.screen, begun.practice
    if practice is None:
        yield
        return
    codes = [PracticeCode(*row) for row in practice.codes()]
    sheet = begun.settings.data_dir / "codes-to-scan.pdf"
    write_sheet(codes, sheet)
    log.info("the codes to scan are in %s", sheet)
    if sys.stderr is not None:
        sys.stderr.write(f"Codes to scan, also as a sheet to print: {sheet}\n")
    if screen.full_screen or screen.kiosk:
        yield
        return
    palette, before = Palette(window.look, codes, scan), window.geometry()
    places = side_by_side(window.screen().availableGeometry(), window.size())
    for one, place in zip((window, palette), places, strict=True):
        one.move(place.topLeft())
        one.resize(place.size())
    palette.show()
    try:
        yield
    finally:
        palette.close()
        palette.deleteLater()
        window.setGeometry(before)


def _shared(settings: Settings) -> dict[str, dict[str, Any]]:
    """The tables of the real till's settings that hold in training too. No drawer opens, and slips stay with it."""
    tables = {name: _table(getattr(settings, name)) for name in _SHARED}
    receipt = tables["receipt"]
    receipt.update(drawer="none", pdf_dir="", qr="", language_property="")
    if receipt["printer"] == "none":
        receipt["printer"] = "pdf"
    tables["shop"] = {"name": settings.shop.name, "till": settings.shop.till, "language": settings.shop.language}
    return tables


def _table(section: Any) -> dict[str, Any]:
    values = {one.name: getattr(section, one.name) for one in dataclasses.fields(section)}
    return {
        name: list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }


def _as_on_the_first_day(folder: Path) -> None:
    """Forget what was done in the training shop: its Perx, and its till's data."""
    shutil.rmtree(folder / "perx", ignore_errors=True)
    for file in folder.glob("till.sqlite3*"):
        file.unlink(missing_ok=True)
