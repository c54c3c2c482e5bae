"""A part of a list that is too long to be handed to the screen whole. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stretch:
    """Which part of a long list the rows are: `before` stand before them, of `total`; events bring the next parts."""

    before: int
    total: int
    newer: object = None
    older: object = None
