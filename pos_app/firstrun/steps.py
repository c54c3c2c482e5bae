"""The set-up as state, events and effects: what was answered so far, and which question is asked. Rules: `stepping`.

The answers are the tables of the configuration file that is written at the end; the secret goes into the vault at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from pos_app.domain.records import Discreet

Tables = Mapping[str, Mapping[str, Any]]


class Page(StrEnum):
    """The questions, in their order; the values are what is kept over a power cut."""

    LANGUAGE = "language"
    WAY = "way"
    FILES = "files"
    ADDRESS = "address"
    ENVIRONMENT = "environment"
    CLIENT = "client"
    PROGRAM = "program"
    SECRET = "secret"  # noqa: S105 - the name of a page
    SHOP = "shop"
    TILL = "till"
    CURRENCY = "currency"
    OUTLET = "outlet"
    SCANNER = "scanner"
    PRINTER = "printer"
    PEOPLE = "people"
    NAME = "name"
    PIN = "pin"
    PIN_AGAIN = "pin_again"
    READY = "ready"


ORDER = tuple(one for one in Page if one not in (Page.FILES, Page.NAME, Page.PIN, Page.PIN_AGAIN))
FIELDS: dict[Page, tuple[str, str]] = {
    Page.ADDRESS: ("perx", "base_url"),
    Page.ENVIRONMENT: ("profile", "environment"),
    Page.CLIENT: ("perx", "client_id"),
    Page.PROGRAM: ("perx", "loyalty_program_id"),
    Page.SHOP: ("shop", "name"),
    Page.TILL: ("shop", "till"),
    Page.CURRENCY: ("money", "currency"),
    Page.OUTLET: ("shop", "merchant_identifier"),
}
"""Which setting a page asks for."""
MAY_SKIP = (Page.OUTLET, Page.SCANNER, Page.PRINTER, Page.PEOPLE)
TYPED = (Page.ADDRESS, Page.CLIENT, Page.PROGRAM, Page.SHOP, Page.TILL, Page.CURRENCY, Page.OUTLET)


class FoundFile(Struct, frozen=True):
    """A configuration file that was found: its path, and where it lies in words."""

    path: str
    where: str


class HeardScan(Struct, frozen=True):
    """What a scanner said, and how it speaks: its port, speed, and what stands round its codes."""

    port: str
    text: str
    symbology: str = ""
    baud: int = 9600
    prefix: str = ""
    suffix: str = ""
    usb: str = ""


class PrinterChoice(Struct, frozen=True):
    """A way for slips: the settings `printer` and `port`, and its name."""

    printer: str
    port: str
    name: str


class Setup(Discreet, frozen=True):
    """What is answered so far. `typed` may be a secret or a PIN: it is neither kept nor shown in a log.

    `busy`: what is waited for. `problem`: a support code; `said`: the words of whoever refused, for what has no code.
    `unchecked`: the secret could not be tried because Perx cannot be reached, and may be kept all the same.
    """

    HIDDEN = ("typed", "first_pin")
    page: Page = Page.LANGUAGE
    language: str = "en"
    tables: Tables = field(default_factory=dict)
    typed: str = ""
    first_pin: str = ""
    caps: bool = False
    signs: bool = False
    busy: str = ""
    problem: str = ""
    said: str = ""
    unchecked: bool = False
    has_secret: bool = False
    from_file: bool = False
    files: tuple[FoundFile, ...] | None = None
    ports: tuple[str, ...] = ()
    heard: HeardScan | None = None
    garbled: str = ""
    printers: tuple[PrinterChoice, ...] | None = None
    tried: PrinterChoice | None = None
    people: tuple[tuple[str, str], ...] = ()
    role: str = "supervisor"
    name: str = ""
    finished: bool = False

    def value(self, page: Page) -> Any:
        """The answer to a page, None when there is none yet."""
        section, key = FIELDS[page]
        return self.tables.get(section, {}).get(key)


# ---------------------------------------------------------------- what happens


class KeyTapped(Discreet, frozen=True):
    """A key: one character, or "delete", "clear", "Space", and the words that turn the keyboard over."""

    HIDDEN = ("key",)  # it may be a digit of a PIN
    key: str


class LanguageTapped(Struct, frozen=True):
    code: str


class WayTapped(Struct, frozen=True):
    """How the till is set up: "type" or "file"."""

    way: str


class FileTapped(Struct, frozen=True):
    path: str


class ValueTapped(Struct, frozen=True):
    """One of several answers to the page."""

    value: str


class PrinterTapped(Struct, frozen=True):
    choice: PrinterChoice


class PersonTapped(Struct, frozen=True):
    """Somebody is to be made known, in this role."""

    role: str


class NextTapped(Struct, frozen=True):
    pass


class BackTapped(Struct, frozen=True):
    pass


class SkipTapped(Struct, frozen=True):
    """Go on without an answer; for a secret: without having tried it."""


class FilesFound(Struct, frozen=True):
    files: tuple[FoundFile, ...]


class FileRead(Struct, frozen=True):
    """What the file says, or why it cannot be used."""

    tables: Tables
    said: str = ""


class SecretTried(Struct, frozen=True):
    """What came of the secret: "" Perx takes it and the vault keeps it, else a support code and words."""

    problem: str = ""
    said: str = ""
    is_line: bool = False


class PortsSeen(Struct, frozen=True):
    ports: tuple[str, ...]


class Heard(Struct, frozen=True):
    scan: HeardScan


class Garbled(Struct, frozen=True):
    """Something came that is no code: the port is listened to at another speed now."""

    port: str


class PrintersFound(Struct, frozen=True):
    printers: tuple[PrinterChoice, ...]


class PrinterTried(Struct, frozen=True):
    problem: str = ""


class PersonAdded(Struct, frozen=True):
    problem: str = ""
    said: str = ""


class Written(Struct, frozen=True):
    """The configuration file is there and good, or why not."""

    said: str = ""


Tapped = (
    KeyTapped | LanguageTapped | WayTapped | FileTapped | ValueTapped | PrinterTapped | PersonTapped
    | NextTapped | BackTapped | SkipTapped
)  # fmt: skip
Answered = (
    FilesFound | FileRead | SecretTried | PortsSeen | Heard | Garbled | PrintersFound | PrinterTried | PersonAdded
    | Written
)  # fmt: skip
Event = Tapped | Answered


# ---------------------------------------------------------------- what is asked for


class FindFiles(Struct, frozen=True):
    pass


class ReadFile(Struct, frozen=True):
    path: str


class TrySecret(Discreet, frozen=True):
    """Ask Perx whether it takes this secret, then keep it in the vault. Not `ask`: only keep it."""

    HIDDEN = ("secret",)
    tables: Tables
    secret: str
    ask: bool = True


class Listen(Struct, frozen=True):
    """Listen to every serial port (True), or to none any more."""

    on: bool


class FindPrinters(Struct, frozen=True):
    pass


class TryPrinter(Struct, frozen=True):
    tables: Tables
    choice: PrinterChoice


class AddPerson(Discreet, frozen=True):
    HIDDEN = ("pin",)
    tables: Tables
    name: str
    role: str
    pin: str


class Write(Struct, frozen=True):
    """Write the configuration file, whole or not at all."""

    tables: Tables


class Keep(Struct, frozen=True):
    """Keep what was answered so far, without secrets, so that a power cut loses no answer."""

    kept: Mapping[str, Any]


Effect = FindFiles | ReadFile | TrySecret | Listen | FindPrinters | TryPrinter | AddPerson | Write | Keep
