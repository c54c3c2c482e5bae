"""The printer's troubles to draw: as `present` makes them, with the longest sentences that it can say."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.till.state import Panel, PanelKind, Phase, PrinterLink, Printing, Sale, Shop, State

NOW = datetime(2026, 6, 1, 14, 32, tzinfo=UTC)
REF = Ref("482100017739205518264093")
USED = UsedVoucher(7101, "Free cup of coffee", "7Q2K", 450)
RECORD = SaleRecord(
    REF, NOW.isoformat(), "SGD", 5600, 5150, "6591234821", state="done", vouchers=(USED,), points=58, points_after=2538
)
SHOP = Shop("Lumen & Oak, Orchard Road", "Till 1", slip_qr="https://slips.example/{ref}")
DONE = State(NOW, SHOP, Sale(phase=Phase.DONE, record=RECORD))


def failed(problem: str, printer: str, shop: Shop = SHOP) -> State:
    return replace(
        DONE, shop=shop, printing=Printing(REF, "failed", problem), printer=PrinterLink(printer, "tcp://10.0.0.12:9100")
    )


LONG_PORT = "/dev/serial/by-id/usb-EPSON_TM-T20III_583434503030" + "0" * 40
LOST = "The printer on COM7 is in use by another program, or its cable came loose while a slip was being printed. " * 3
PAPERS: dict[str, State] = {
    "40-no-paper": failed("PRN-02", "no_paper"),
    "41-stopped-part-way": failed("PRN-05", "cover_open", replace(SHOP, environment="staging")),
    "42-printer-fault": failed("PRN-04", "failed", replace(SHOP, environment="production")),
    "43-printer-lost": replace(
        DONE, printer=PrinterLink("unreachable", LONG_PORT, LOST), panel=Panel(PanelKind.SERVICE)
    ),
    "44-paper-ends": replace(
        DONE, printer=PrinterLink("ready", "COM7", "The paper roll ends soon."), panel=Panel(PanelKind.SERVICE)
    ),
}
