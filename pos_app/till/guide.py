"""The cashier's guide as state and events: it lies over whatever is on the screen. Its rules stand in `guided`.

The till's state holds which page is open, "" when none is; what the pages say stands in `resources/guide`.
"""

from __future__ import annotations

from msgspec import Struct

PAGES = (
    "sale",
    "customer",
    "vouchers",
    "done",
    "no-answer",
    "offline",
    "waiting",
    "earlier",
    "people",
    "shift",
    "devices",
)
"""The pages, in the order of a cashier's day."""
CONTENTS = "contents"


class GuideOpened(Struct, frozen=True):
    """Open the guide; without a page, at the one that fits what is on the screen."""

    page: str = ""


class GuideClosed(Struct, frozen=True):
    pass


Event = GuideOpened | GuideClosed
