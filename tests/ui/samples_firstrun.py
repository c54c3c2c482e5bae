"""The set-up to draw: every page, with the longest that it can say."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.firstrun import steps as st
from pos_app.firstrun.stepping import opened
from pos_app.firstrun.steps import Page, Setup
from pos_app.ui.present.firstrun import setup_screen
from pos_app.ui.screen import Screen

LONG = "/media/somebody/A USB STICK WITH A LONG NAME/a folder/of/the/shop/in/orchard/road"
TABLES = {
    "perx": {"base_url": "https://api.of-a-tenant-with-a-long-name.perxtech.io", "client_id": "c" * 64},
    "profile": {"environment": "production"},
    "shop": {"name": "Lumen & Oak, Orchard Road, Basement 2, next to the lift", "till": "Till 1"},
}
FILES = tuple(st.FoundFile(f"{LONG}/till-{n}.toml", LONG) for n in range(9))
PORT = "/dev/serial/by-id/usb-Zebra_Technologies_Symbol_Bar_Code_Scanner-if00"
HEARD = st.HeardScan(PORT, '{"identifier":"6591234821","voucherId":7101}', "QR", 115200)
PRINTERS = tuple(st.PrinterChoice("spooler", name, name) for name in ("EPSON TM-T20III Receipt", "Office printer on 3"))
PEOPLE = (("Noor H.", "supervisor"), ("Maximilian-Alexander von und zu Hohenstau", "cashier"))
BASE = Setup(
    tables=TABLES, files=FILES, ports=(PORT, "COM1 (Communications Port)"), printers=PRINTERS, people=PEOPLE,
    name="Maximilian-Alexander von und zu Hohenstau",
)  # fmt: skip
MORE: dict[str, dict[str, object]] = {
    "secret-refused": {"page": Page.SECRET, "problem": "KEY-01"},
    "secret-offline": {"page": Page.SECRET, "problem": "NET-03", "unchecked": True},
    "scanner-garbled": {"page": Page.SCANNER, "garbled": PORT},
    "scanner-heard": {"page": Page.SCANNER, "heard": HEARD},
    "printer-out": {"page": Page.PRINTER, "tried": PRINTERS[0], "problem": "PRN-02"},
    "printer-sent": {"page": Page.PRINTER, "tried": PRINTERS[0]},
    "shop-wrong": {"page": Page.SHOP, "said": f"expected a text of 1 to 200 characters. Found {'x' * 80}."},
    "large": {"page": Page.NAME, "caps": True},
    "signs": {"page": Page.ADDRESS, "signs": True},
}
STATES: dict[str, Setup] = {one.value: opened(replace(BASE, page=one))[0] for one in Page}
STATES |= {name: opened(replace(BASE, **more))[0] for name, more in MORE.items()}  # type: ignore[arg-type]
STATES["secret-typed"] = replace(STATES["secret"], typed="a-secret-of-some-length-that-goes-on")
FIRST_RUNS: dict[str, Screen] = {f"80-setup-{name}": setup_screen(one) for name, one in STATES.items()}
