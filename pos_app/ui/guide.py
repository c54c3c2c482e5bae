"""The cashier's guide: its pages read from the program's own files, and as a body of the screen. No Qt.

A page is `resources/guide/LANGUAGE/PAGE.md`, in a few signs of Markdown, each block one paragraph long:

    # Title               ![what it shows](picture.png)     1. a step
    a paragraph           - [glyph] Words: what they mean   > a remark

`{Words}` stand for a button's or a state's words, as the till itself says them in that language. Nothing else is
interpreted: no address is opened, nothing is loaded from anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import get_args

from msgspec import Struct

from pos_app.language import _, speaking
from pos_app.settings import resources
from pos_app.ui.screen import Action, Glyph, Till

GLYPHS: tuple[str, ...] = get_args(Glyph)
_PICTURE = re.compile(r"!\[(.*)\]\(([a-z-]+\.png)\)")
_STEP = re.compile(r"(\d+)\. (.*)")
_STATE = re.compile(r"- \[([a-z]+)\] ([^:：]+)[:：] ?(.*)")
_WORDS = re.compile(r"\{([^}]*)\}")


class Picture(Struct, frozen=True):
    file: Path
    words: str


class Numbered(Struct, frozen=True):
    """A step; its number stands in the picture too, where it is done."""

    number: int
    words: str


class Meaning(Struct, frozen=True):
    """A state as the screen shows it, and what it means."""

    glyph: Glyph
    words: str
    text: str


class Said(Struct, frozen=True):
    """A paragraph; `is_remark`: set apart."""

    words: str
    is_remark: bool = False


Block = Picture | Numbered | Meaning | Said


class Page(Struct, frozen=True):
    title: str
    blocks: tuple[Block, ...]


class GuideBody(Struct, frozen=True):
    """One page of the guide; the picture stands first."""

    title: str
    blocks: tuple[Block, ...]
    actions: tuple[Action, ...]
    till: Till


def folder() -> Path:
    """Where the guide lies."""
    return resources() / "guide"


@lru_cache(maxsize=128)
def page(language: str, name: str) -> Page:
    """A page in a language, in English where that has none.

    Raises:  OSError when the program's own file is missing, ValueError when it has no title.
    """
    place = folder() / language
    if not (place / f"{name}.md").exists():
        place, language = folder() / "en", "en"
    with speaking(language):
        return parse((place / f"{name}.md").read_text("utf-8"), place)


def parse(text: str, place: Path) -> Page:
    """The blocks of a page. Raises ValueError when it does not begin with a title."""
    head, *blocks = [" ".join(one.split()) for one in re.split(r"\n\s*\n|\n(?=\d+\. |- \[|> )", text.strip())]
    if not head.startswith("# "):
        raise ValueError("a page of the guide begins with its title")
    return Page(head.removeprefix("# "), tuple(_blocks(blocks, place)))


def _blocks(lines: list[str], place: Path) -> Iterator[Block]:
    for line in lines:
        if found := _PICTURE.fullmatch(line):
            yield Picture(place / found[2], _filled(found[1]))
        elif found := _STEP.fullmatch(line):
            yield Numbered(int(found[1]), _filled(found[2]))
        elif (found := _STATE.fullmatch(line)) and found[1] in GLYPHS:
            yield Meaning(found[1], _filled(found[2]), _filled(found[3]))  # type: ignore[arg-type]
        else:
            yield Said(_filled(line.removeprefix("> ")), line.startswith("> "))


def _filled(words: str) -> str:
    """The words with the till's own in their places."""
    return _WORDS.sub(lambda found: _(found[1]), words)


def words_of_the_till(text: str) -> list[str]:
    """The words that a page takes from the till, in English."""
    return _WORDS.findall(text)
