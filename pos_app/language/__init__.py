"""The words of the screen and of slips in the language of whoever reads them.

    _("Back to the sale")                                   one text
    ngettext("{n} voucher", "{n} vouchers", n).format(n=n)  one that counts
    N_("Perx cannot be reached.")                           marks a text that is translated where it is shown

English is what stands in the source; the other languages are catalogues beside this file (`th.po`). They are read
when they are first spoken, so that a look-up costs a dict and a till that speaks English reads none. Nothing speaks
another language than English outside of `speaking`: the command line, the log and what is stored stay English.
`make words` brings the catalogues up to date with the source.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from msgspec import Struct, field

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
_FIELD = re.compile(r'^(msgid|msgid_plural|msgstr)(?:\[(\d)\])? ((?:".*"\n?)+)', re.MULTILINE)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


class Language(Struct, frozen=True):
    """A language that the till speaks. `name`: its own; `locale`: the CLDR's; `perx`: what Perx is asked in.

    Source of `perx`: Accept-Language is a bare language code, perx-api 21, B*.
    """

    code: str
    name: str
    locale: str
    perx: str


LANGUAGES = {
    one.code: one
    for one in (
        Language("en", "English", "en_SG", "en"),
        Language("th", "ไทย", "th_TH", "th"),
        Language("id", "Bahasa Indonesia", "id_ID", "id"),
        Language("vi", "Tiếng Việt", "vi_VN", "vi"),
        Language("zh_CN", "简体中文", "zh_Hans_CN", "zh"),
    )
}
ENGLISH = LANGUAGES["en"]


class Catalogue(Struct, frozen=True):
    """The texts of one language: by the English text, and by the English singular for those that count.

    A language has one form for every number, or two as English has: one, and any other number.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    counted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_NONE = Catalogue()
_spoken: ContextVar[Catalogue] = ContextVar("spoken", default=_NONE)


def _(text: str) -> str:
    """The text in the language that is spoken now; English where it has no translation."""
    return _spoken.get().texts.get(text, text)


def ngettext(one: str, many: str, n: int) -> str:
    """The text for this number in the language that is spoken now."""
    forms = _spoken.get().counted.get(one) or (one, many)
    return forms[0] if n == 1 or len(forms) == 1 else forms[1]


def N_(text: str) -> str:  # noqa: N802, as in every program that is translated
    """Mark a text for translation, and leave it as it is."""
    return text


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language inside the block, in this thread and task; an unknown one is English."""
    token = _spoken.set(catalogue(code))
    try:
        yield
    finally:
        _spoken.reset(token)


def named(tag: str) -> str:
    """The code of the language that a tag from outside means (th, th-TH, zh_Hans, ZH); "" when it is none of ours."""
    if tag in LANGUAGES:
        return tag
    main = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    return next((code for code in LANGUAGES if re.split("_", code)[0] == main), "")


def language(code: str) -> Language:
    """The language of a code; an unknown one is English."""
    return LANGUAGES.get(code, ENGLISH)


@cache
def catalogue(code: str) -> Catalogue:
    """The catalogue of a language, read once. One that cannot be read is logged, and English is spoken."""
    if code not in LANGUAGES or code == ENGLISH.code:
        return _NONE
    try:
        return parsed((FOLDER / f"{code}.po").read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        log.error("the words of %s cannot be read, English is spoken: %s", code, exc)
        return _NONE


def parsed(text: str) -> Catalogue:
    """The translations of a PO file. Its header, what is not translated and what is commented out are left out."""
    texts: dict[str, str] = {}
    counted: dict[str, tuple[str, ...]] = {}
    english, many = "", False
    for kind, form, quoted in _FIELD.findall(text):
        words = _unquoted(quoted)
        if kind == "msgid":
            english, many = words, False
        elif kind == "msgid_plural":
            many = True
        elif english and words and many:
            counted[english] = (*counted.get(english, ()), words) if form != "0" else (words,)
        elif english and words:
            texts[english] = words
    return Catalogue(texts, counted)


def _unquoted(quoted: str) -> str:
    joined = "".join(line.strip()[1:-1] for line in quoted.splitlines())
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), joined) if "\\" in joined else joined
