"""The service screen to draw: as `present` makes it, with the longest that it can say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from pos_app.domain.entries import Backlog
from pos_app.till.servicing import FIELDS, Exchanged, Found, Glass, Page, Service, Traced
from pos_app.till.state import Link, Panel, PanelKind, ScannerLink, Shop, State

NOW = datetime(2026, 6, 1, 14, 32, tzinfo=UTC)
SHOP = Shop("Lumen & Oak, Orchard Road", "Till 1", profile="lumen-staging", environment="sandbox")
EXCHANGES = tuple(
    Exchanged(NOW - timedelta(seconds=60 - n), n % 3 != 2, "customer balance", 120 + 700 * n, ("", "", "NET-03")[n % 3])
    for n in range(12)
)  # fmt: skip
TRACE = (
    Traced(NOW, "link", note="connected /dev/ttyACM0"),
    Traced(NOW, "bytes", b"]C06591234821\r"),
    Traced(NOW, "scan", b"]C06591234821", "CODE128"),
    Traced(NOW, "bytes", b'{"type":"loyalty","identifier":"6591234821","voucher":"' + b"7" * 300),
    Traced(NOW, "dropped", b"\x02\x00\xff\xfe binary \x1d", "same code again"),
    Traced(NOW, "scan", b"\x02\x00\xff\xfe", "not_text"),
)
LONG = "/home/of/a/user/with/a/very/long/name/.local/share/pos-app/lumen-and-oak-orchard-road/log/support.txt"
FOUND = (
    Found("ok", "Python 3.11.2, PySide6 6.11.3."),
    Found("bad", f"{LONG} cannot be written (Permission denied).", "Let the user of the till write there.", "DOC-005"),
)
DRIFTED = Link(True, (), drift_s=-312.4)
BASE = State(
    NOW, SHOP, link=DRIFTED, scanner=ScannerLink("connected", "/dev/ttyACM0", ""), panel=Panel(PanelKind.SERVICE)
)


def page(which: Page, **more: object) -> State:
    """The service screen with a page open."""
    return replace(BASE, service=Service(which, EXCHANGES, TRACE, **more))  # type: ignore[arg-type]


STATES: dict[str, State] = {
    "rows": replace(page(Page.ROWS, print_state="failed", problem="PRN-02"), backlog=Backlog(6, 1, 1, 31_240)),
    "slip-saved": page(Page.ROWS, print_state="saved", problem=LONG),
    "link": page(Page.LINK),
    "scanner": page(Page.SCANNER),
    "support": page(Page.SUPPORT, findings=FOUND, copied=LONG),
    "glass": page(Page.GLASS, glass=Glass(frozenset(range(0, FIELDS, 3)))),
    "colour": page(Page.GLASS, glass=Glass(colour=2)),
}
SERVICES = {f"60-service-{name}": state for name, state in STATES.items()}
