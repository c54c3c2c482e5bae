"""The service screen as state, events and effects: what somebody looks at who finds out what is wrong with a till.

Its rules stand in `serviced`, the text for support in `supporttext`. The scanner's bytes hold customers' codes: they
are shown to whoever may see them, and neither kept nor part of the text for support.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from pos_app.domain.records import Discreet


class Page(StrEnum):
    """What of the service screen is shown: its rows, the line to Perx, the scanner, the text for support, the glass."""

    ROWS = "rows"
    LINK = "link"
    SCANNER = "scanner"
    SUPPORT = "support"
    GLASS = "glass"


class Exchanged(Struct, frozen=True):
    """One exchange with Perx. Units: `ms` how long it took; `at` aware UTC, when it ended."""

    at: datetime
    ok: bool
    call: str
    ms: int = 0
    problem: str = ""


class Traced(Discreet, frozen=True):
    """One line of what went on at the scanner. `kind`, `note`: as the scanner says them; `data`: the raw bytes."""

    HIDDEN = ("data",)
    at: datetime
    kind: str
    data: bytes = b""
    note: str = ""


class Found(Struct, frozen=True):
    """One finding about this machine, as `pos-app doctor` prints it. `level`: ok, warn, bad."""

    level: str
    what: str
    fix: str = ""
    code: str = ""


COLUMNS, FIELDS = 8, 48
COLOURS = ("#000000", "#FFFFFF", "#FF0000", "#00FF00", "#0000FF")


class Glass(Struct, frozen=True):
    """The test of the screen: fields to touch, then plain colours. `idle_s`: seconds without a touch.

    `colour` is None while fields are touched, then the number of the colour in `COLOURS`.
    """

    hit: frozenset[int] = frozenset()
    colour: int | None = None
    idle_s: int = 0


class Service(Struct, frozen=True):
    """What the service screen shows. `examining`: the findings are being made. `print_state`: "", printing, printed,
    saved, failed (with `problem`). `copied`: where the text for support was put: "", clipboard, or a file's name.
    """

    page: Page = Page.ROWS
    exchanges: tuple[Exchanged, ...] = ()
    trace: tuple[Traced, ...] = ()
    findings: tuple[Found, ...] | None = None
    print_state: str = ""
    problem: str = ""
    copied: str = ""
    glass: Glass = Glass()

    def anew(self) -> Service:
        """As it is opened: at its rows, with nothing of the last visit."""
        return Service(exchanges=self.exchanges)


# ---------------------------------------------------------------- what happens


class PageTapped(Struct, frozen=True):
    """Another page of the service screen."""

    page: Page


class SlipTestTapped(Struct, frozen=True):
    """Print a test slip."""


class CopyTapped(Struct, frozen=True):
    """Put the text for support where it can be taken from: the clipboard and a file."""


class FieldTouched(Struct, frozen=True):
    """A field of the screen test was touched."""

    number: int


class ColourTouched(Struct, frozen=True):
    """The next colour, after the last one back."""


class TraceRead(Struct, frozen=True):
    """What went on at the scanner lately, oldest first."""

    trace: tuple[Traced, ...]


class Examined(Struct, frozen=True):
    """This machine was looked over."""

    findings: tuple[Found, ...]


class SlipTested(Struct, frozen=True):
    """What came of the test slip: a support code or "". `saved`: there is no printer, it is this file instead."""

    problem: str = ""
    saved: str = ""


class Copied(Struct, frozen=True):
    """The text for support was put somewhere; `place` "": nowhere."""

    place: str


Tapped = PageTapped | SlipTestTapped | CopyTapped | FieldTouched | ColourTouched
Event = Tapped | TraceRead | Examined | SlipTested | Copied


# ---------------------------------------------------------------- what is asked for


class ReadTrace(Struct, frozen=True):
    pass


class Examine(Struct, frozen=True):
    pass


class PrintTest(Struct, frozen=True):
    pass


class CopyText(Struct, frozen=True):
    """Put this where it can be taken from; it holds no secret and nobody's name."""

    text: str


Effect = ReadTrace | Examine | PrintTest | CopyText
