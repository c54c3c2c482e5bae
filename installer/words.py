"""Bring the catalogues of pos_app/language up to date with the source: `make words`.

Texts are found where the source calls `_`, `ngettext` or `N_`, and in the domain's tables of sentences. A text that
is new is added without a translation, one that is gone is dropped; nothing is guessed. Prints what is to be translated.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from pos_app.domain import attention, problems
from pos_app.language import ENGLISH, FOLDER, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
_VOLATILE = tuple(
    f'"{name}'
    for name in (
        "Project-Id",
        "Report-Msgid",
        "POT-Creation",
        "PO-Revision",
        "Generated",
        "Last-Trans",
        "Language-Team",
    )
)
KEYWORDS = {"_": 1, "N_": 1, "ngettext": 2}


def template() -> Catalog:
    """Everything that the till may say, as the source says it, with the files that say it."""
    found = Catalog(charset="utf-8")
    for path in sorted((ROOT / "pos_app").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        for text in marked(ast.parse(path.read_text("utf-8"))):
            found.add(text, locations=[(place, 0)])
    tables = {
        "pos_app/domain/attention.py": list(attention.sentences()),
        "pos_app/domain/problems.py": [
            text for one in problems.PROBLEMS.values() for text in (one.happened, one.kept, one.do_next)
        ],
    }
    for place, texts in tables.items():
        for text in filter(None, texts):
            found.add(text, locations=[(place, 0)])
    return found


def marked(tree: ast.AST) -> Iterator[str | tuple[str, ...]]:
    """The texts that a source file marks, also those inside of f-strings, which Babel's own extractor overlooks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            args = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            wanted = KEYWORDS[node.func.id]
            if len(args) >= wanted:
                yield args[0] if wanted == 1 else tuple(args[:wanted])


def read(code: str) -> Catalog:
    """The catalogue of a language as it is stored."""
    with (FOLDER / f"{code}.po").open("rb") as stored:
        return read_po(stored, locale=code)


def store(code: str, catalogue: Catalog) -> None:
    """Write a catalogue under the head that its file has: sorted, and without what changes by itself (dates, lines)."""
    path = FOLDER / f"{code}.po"
    written = BytesIO()
    write_po(written, catalogue, width=0, sort_output=True, include_lineno=False, ignore_obsolete=True)
    head = path.read_text("utf-8").partition('msgid ""')[0]
    body = written.getvalue().decode().partition('msgid ""')
    lines = [line for line in f"{head}{body[1]}{body[2]}".splitlines() if not line.startswith(_VOLATILE)]
    path.write_text("\n".join(lines).rstrip() + "\n", "utf-8", newline="\n")


def update(code: str, found: Catalog) -> list[str]:
    """Bring one catalogue up to date. Returns the texts that have no translation."""
    catalogue = read(code)
    catalogue.update(found, no_fuzzy_matching=True)
    store(code, catalogue)
    return [str(one.id) for one in catalogue if one.id and not all(texts(one.string))]


def texts(words: object) -> tuple[str, ...]:
    """The forms of a translation, or the one that it has."""
    return tuple(str(one or "") for one in (words if isinstance(words, list | tuple) else (words,)))


def main() -> int:
    """Update every catalogue; 1 when something has no translation yet."""
    found, missing = template(), 0
    for code in LANGUAGES:
        if code == ENGLISH.code:
            continue
        left = update(code, found)
        missing += len(left)
        for text in left:
            print(f"{code}: {text}")
    print(f"{len(found)} texts; {missing} translations are missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
