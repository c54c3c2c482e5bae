"""The service screen as state, events and effects: what somebody looks at who finds out what is wrong with a till.

Its rules stand in `serviced`, the text for support in `supporttext`. The scanner's bytes hold customers' codes: they
are shown to whoever may see them, and neither kept nor part of the text for support.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Page(StrEnum):
    """What of the service screen is shown: its rows, the line to Perx, the scanner, the text for support, the glass."""

    ROWS = "rows"
    LINK = "link"
    SCANNER = "scanner"
    SUPPORT = "support"
    GLASS = "glass"


@dataclass(frozen=True)
class Exchanged:
    """One exchange with Perx. Units: `ms` how long it took; `at` aware UTC, when it ended."""

    at: datetime
    ok: bool
    call: str
    ms: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Traced:
    """One line of what went on at the scanner. `kind`, `note`: as the scanner says them; `data`: the raw bytes."""

    at: datetime
    kind: str
    data: bytes = field(default=b"", repr=False)
    note: str = ""


@dataclass(frozen=True)
class Found:
    """One finding about this machine, as `pos-app doctor` prints it. `level`: ok, warn, bad."""

    level: str
    what: str
    fix: str = ""
    code: str = ""


COLUMNS, FIELDS = 8, 48
COLOURS = ("#000000", "#FFFFFF", "#FF0000", "#00FF00", "#0000FF")


@dataclass(frozen=True)
class Glass:
    """The test of the screen: fields to touch, then plain colours. `idle_s`: seconds without a touch.

    `colour` is None while fields are touched, then the number of the colour in `COLOURS`.
    """

    hit: frozenset[int] = frozenset()
    colour: int | None = None
    idle_s: int = 0


@dataclass(frozen=True)
class Service:
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
    glass: Glass = field(default_factory=Glass)

    def anew(self) -> Service:
        """As it is opened: at its rows, with nothing of the last visit."""
        return Service(exchanges=self.exchanges)


# ---------------------------------------------------------------- what happens


@dataclass(frozen=True)
class PageTapped:
    """Another page of the service screen."""

    page: Page


@dataclass(frozen=True)
class SlipTestTapped:
    """Print a test slip."""


@dataclass(frozen=True)
class CopyTapped:
    """Put the text for support where it can be taken from: the clipboard and a file."""


@dataclass(frozen=True)
class FieldTouched:
    """A field of the screen test was touched."""

    number: int


@dataclass(frozen=True)
class ColourTouched:
    """The next colour, after the last one back."""


@dataclass(frozen=True)
class TraceRead:
    """What went on at the scanner lately, oldest first."""

    trace: tuple[Traced, ...]


@dataclass(frozen=True)
class Examined:
    """This machine was looked over."""

    findings: tuple[Found, ...]


@dataclass(frozen=True)
class SlipTested:
    """What came of the test slip: a support code or "". `saved`: there is no printer, it is this file instead."""

    problem: str = ""
    saved: str = ""


@dataclass(frozen=True)
class Copied:
    """The text for support was put somewhere; `place` "": nowhere."""

    place: str


Tapped = PageTapped | SlipTestTapped | CopyTapped | FieldTouched | ColourTouched
Event = Tapped | TraceRead | Examined | SlipTested | Copied


# ---------------------------------------------------------------- what is asked for


@dataclass(frozen=True)
class ReadTrace:
    pass


@dataclass(frozen=True)
class Examine:
    pass


@dataclass(frozen=True)
class PrintTest:
    pass


@dataclass(frozen=True)
class CopyText:
    """Put this where it can be taken from; it holds no secret and nobody's name."""

    text: str


Effect = ReadTrace | Examine | PrintTest | CopyText
