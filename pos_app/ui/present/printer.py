"""The slip printer on the screen: its state as a word, a shape and a colour, in the header and in Service."""

from __future__ import annotations

from pos_app.domain import codes
from pos_app.language import _
from pos_app.till.events import PanelOpened
from pos_app.till.state import PanelKind, PrinterLink
from pos_app.ui.screen import Glyph, ListRow, Pill, Tone

_BAD = ("no_paper", "cover_open", "failed", "unreachable")


def printer_word(printer: PrinterLink) -> str:
    """The state in a word or two."""
    if printer.state == "ready":
        return _("Paper ends soon") if printer.detail else _("Ready")
    return {
        "off": _("None set up"),
        "no_paper": _("Out of paper"),
        "cover_open": _("Cover open"),
        "failed": _("Not working"),
        "unreachable": _("Cannot be reached"),
        "unknown": _("Does not say"),
    }.get(printer.state, _("Looking for it"))


def printer_look(printer: PrinterLink) -> tuple[Glyph, Tone]:
    """The state as a shape and a colour."""
    if printer.state in _BAD:
        return "bad", "bad"
    if printer.state == "ready" and not printer.detail:
        return "ok", "ok"
    return ("unknown", "plain") if printer.state == "unknown" else ("notyet", "wait")


def printer_pill(printer: PrinterLink) -> Pill | None:
    """What the header says of the printer; nothing while there is nothing to do about it."""
    words, short = {
        "no_paper": (_("Printer: no paper"), _("No paper")),
        "cover_open": (_("Printer: cover open"), _("Cover open")),
        "failed": (_("Printer: not working"), _("Printer")),
        "unreachable": (_("No printer"), _("No printer")),
    }.get(printer.state, ("", ""))
    if printer.state == "ready" and printer.detail:
        words = short = _("Paper ends soon")
    return Pill(printer_look(printer)[0], words, short, PanelOpened(PanelKind.SERVICE)) if words else None


def printer_row(printer: PrinterLink) -> ListRow:
    """The printer's row on the service screen."""
    glyph, tone = printer_look(printer)
    where = ": ".join(part for part in (codes.shown(printer.port, 60), codes.shown(printer.detail, 120)) if part)
    if printer.state == "off":
        where = _("Slips are shown on the screen.")
    return ListRow(glyph, _("Printer"), where or _("the system's usual one"), printer_word(printer), tone)
