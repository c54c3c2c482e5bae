"""What the screen of a shift shows, as frozen values: figures, tables, and the facts beside them."""

from __future__ import annotations

from msgspec import Struct

from pos_app.ui.screen import Action, Glyph, Till, Tone, TypedCard


class Tile(Struct, frozen=True):
    """One of the figures on top. `short` is its label on a narrow screen."""

    label: str
    short: str
    figure: str
    detail: str
    glyph: Glyph | None = None


class Table(Struct, frozen=True):
    """A table: the words of its columns, its rows, and a last row that sums them up. The first column is words."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()


class Remark(Struct, frozen=True):
    """Something to know about the report, with what can be done."""

    glyph: Glyph
    tone: Tone
    title: str
    text: str
    action: Action | None = None


class Note(Struct, frozen=True):
    """A title and lines under it."""

    title: str
    lines: tuple[str, ...]


Part = Table | Remark | Note


class FactsCard(TypedCard, frozen=True):
    """The card of the till zone when it tells facts: `label` is its title, `hint` stands under it."""

    facts: tuple[tuple[str, str], ...] = ()


class ReportBody(Struct, frozen=True):
    """A report: tiles on top, then its parts, as many as fit on a page. `said`: what came of the last tap."""

    tiles: tuple[Tile, ...]
    parts: tuple[Part, ...]
    empty: str
    actions: tuple[Action, ...]
    till: Till
    said: Remark | None = None
