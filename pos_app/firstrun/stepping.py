"""The rules of the set-up: which question comes next, what an answer must be, what is kept. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from pos_app.domain.people import MAX_NAME, MAX_PIN, MIN_PIN, Role, is_pin, is_weak
from pos_app.firstrun import steps as st
from pos_app.firstrun.steps import FIELDS, MAY_SKIP, ORDER, TYPED, Page, Setup, Tables
from pos_app.language import LANGUAGES
from pos_app.settings import SettingsError, build
from pos_app.settings.reading import keys

MOST_TYPED = 200
CAPS, SIGNS = "ABC", "#@/"
_PEOPLE = (Page.NAME, Page.PIN, Page.PIN_AGAIN)

Step = tuple[Setup, list[st.Effect]]


def step(setup: Setup, event: st.Event) -> Step:
    """The next question, and what is to be done. Never raises for any event on any page."""
    if isinstance(event, st.Answered):
        new, effects = _answered(setup, event)
    elif setup.busy:
        return setup, []
    else:
        new, effects = _tapped(replace(setup, problem="", said=""), event)
    if new.page is not setup.page:
        new = replace(new, typed=_typed_at(new), signs=False, caps=new.page in (Page.SHOP, Page.TILL, Page.NAME))
        effects = [*effects, *_asked_at(new.page, setup.page)]
    kept = to_kept(new)
    return new, [*effects, st.Keep(kept)] if kept != to_kept(setup) else effects


def _tapped(setup: Setup, event: st.Tapped) -> Step:
    match event:
        case st.KeyTapped():
            return _keyed(setup, event.key), []
        case st.LanguageTapped() if event.code in LANGUAGES:
            tables = _set(setup.tables, ("shop", "language"), event.code)
            return _next(replace(setup, language=event.code, tables=tables)), []
        case st.WayTapped(way):
            return replace(setup, page=Page.FILES if way == "file" else Page.ADDRESS, from_file=False), []
        case st.FileTapped() if setup.page is Page.FILES:
            return replace(setup, busy="reading"), [st.ReadFile(event.path)]
        case st.ValueTapped() if setup.page in FIELDS:
            return _value(setup, event.value), []
        case st.PrinterTapped() if setup.page is Page.PRINTER:
            return _printer(setup, event.choice)
        case st.PersonTapped() if setup.page is Page.PEOPLE and event.role in {one.value for one in Role}:
            return replace(setup, page=Page.NAME, role=event.role, name="", first_pin=""), []
        case st.NextTapped():
            return _on_next(setup)
        case st.BackTapped():
            return _back(setup), []
        case st.SkipTapped():
            return _skip(setup)
    return setup, []


def _on_next(setup: Setup) -> Step:
    page, typed = setup.page, setup.typed.strip()
    if page in TYPED:
        return (_value(setup, typed) if typed else _skip(setup)[0]), []
    match page:
        case Page.SECRET if setup.typed.strip():
            return replace(setup, busy="trying", unchecked=False), [st.TrySecret(setup.tables, setup.typed.strip())]
        case Page.SECRET if setup.has_secret:
            return _next(setup), []
        case Page.SCANNER if setup.heard is not None:
            return _next(replace(setup, tables=_with_scanner(setup.tables, setup.heard))), []
        case Page.PRINTER if setup.tried is not None:
            return _next(setup), []
        case Page.PEOPLE:
            return _next(setup), []
        case Page.NAME if 0 < len(typed) <= MAX_NAME:
            return replace(setup, page=Page.PIN, name=typed), []
        case Page.PIN | Page.PIN_AGAIN:
            return _pin(setup)
        case Page.READY:
            return replace(setup, busy="writing"), [st.Write(setup.tables)]
    return setup, []


def _pin(setup: Setup) -> Step:
    typed = setup.typed
    if setup.page is Page.PIN:
        problem = "PIN-12" if not is_pin(typed) else "PIN-06" if is_weak(typed) else ""
        if problem:
            return replace(setup, problem=problem, typed=""), []
        return replace(setup, page=Page.PIN_AGAIN, first_pin=typed), []
    if typed != setup.first_pin:
        return replace(setup, page=Page.PIN, first_pin="", said="pins_differ"), []
    adding = st.AddPerson(setup.tables, setup.name, setup.role, typed)
    return replace(setup, busy="adding", typed="", first_pin=""), [adding]


def _answered(setup: Setup, event: st.Answered) -> Step:
    match event:
        case st.FilesFound():
            return replace(setup, files=event.files), []
        case st.FileRead():
            return _read(replace(setup, busy=""), event), []
        case st.SecretTried():
            return _secret(replace(setup, busy=""), event), []
        case st.PortsSeen():
            return replace(setup, ports=event.ports), []
        case st.Heard() if setup.page is Page.SCANNER:
            return replace(setup, heard=event.scan, garbled=""), []
        case st.Garbled() if setup.page is Page.SCANNER:
            return replace(setup, garbled=event.port), []
        case st.PrintersFound():
            return replace(setup, printers=event.printers), []
        case st.PrinterTried():
            return replace(setup, busy="", problem=event.problem), []
        case st.PersonAdded():
            return _added(replace(setup, busy=""), event), []
        case st.Written():
            return replace(setup, busy="", said=event.said, finished=not event.said), []
    return setup, []


def _read(setup: Setup, event: st.FileRead) -> Setup:
    if event.said:
        return replace(setup, said=event.said)
    tables = {name: dict(table) for name, table in event.tables.items()}
    tables.setdefault("shop", {}).setdefault("language", setup.language)
    return _next(replace(setup, tables=tables, from_file=True, page=Page.WAY))


def _secret(setup: Setup, event: st.SecretTried) -> Setup:
    if event.problem or event.said:
        return replace(setup, problem=event.problem, said=event.said, unchecked=event.is_line)
    return _next(replace(setup, has_secret=True, unchecked=False, typed=""))


def _added(setup: Setup, event: st.PersonAdded) -> Setup:
    if event.problem or event.said:
        return replace(setup, page=Page.NAME, problem=event.problem, said=event.said)
    return replace(setup, page=Page.PEOPLE, people=(*setup.people, (setup.name, setup.role)), name="")


# ---------------------------------------------------------------- answers


def _value(setup: Setup, text: str) -> Setup:
    """The setup with an answer, on to the next page; or on the same one with why it is not one."""
    where = FIELDS[setup.page]
    value: Any = text
    if setup.page is Page.PROGRAM:
        value = int(text) if text.isascii() and text.isdigit() else text
    elif setup.page is Page.CURRENCY:
        value = text.upper()
    elif setup.page is Page.ADDRESS and "://" not in text:
        value = f"https://{text}"
    tables = _set(setup.tables, where, value)
    expected = wrong(tables, where)
    if expected:
        return replace(setup, said=expected)
    if setup.page is Page.SHOP and not tables.get("profile", {}).get("name"):
        tables = _set(tables, ("profile", "name"), _slug(text))
    return _next(replace(setup, tables=tables))


def wrong(tables: Tables, where: tuple[str, str]) -> str:
    """Why this setting cannot be as it is, in the words of the settings; "" when it can."""
    try:
        build(filled(tables), {})
    except SettingsError as exc:
        return next((one.expected for one in exc.problems if one.key == ".".join(where)), "")
    return ""


def filled(tables: Tables) -> dict[str, dict[str, Any]]:
    """The tables with an example in place of each answer that is still missing, so that the others can be checked."""
    full = {name: dict(table) for name, table in tables.items()}
    for key in keys():
        if key.is_required and key.name not in full.get(key.section, {}):
            full.setdefault(key.section, {})[key.name] = key.about.metadata["example"]
    return full


def _slug(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    return words if words and not wrong({"profile": {"name": words}}, ("profile", "name")) else "shop"


def _printer(setup: Setup, choice: st.PrinterChoice) -> Step:
    receipt = {**setup.tables.get("receipt", {}), "printer": choice.printer, "port": choice.port}
    tables = {**setup.tables, "receipt": receipt}
    if choice.printer == "none":
        return _next(replace(setup, tables=tables, tried=choice)), []
    return replace(setup, tables=tables, tried=choice, busy="printing"), [st.TryPrinter(tables, choice)]


def _with_scanner(tables: Tables, heard: st.HeardScan) -> Tables:
    """The scanner as it spoke; one on USB is found again under any name by its ids."""
    section = {**tables.get("scanner", {}), "baud": heard.baud, "prefix": heard.prefix, "suffix": heard.suffix}
    section.update({"port": "auto", "usb": [heard.usb]} if heard.usb else {"port": heard.port})
    return {**tables, "scanner": section}


def _set(tables: Tables, where: tuple[str, str], value: Any) -> Tables:
    section, key = where
    return {**tables, section: {**tables.get(section, {}), key: value}}


# ---------------------------------------------------------------- the way


def _next(setup: Setup) -> Setup:
    """On to the next question; what a file has answered already is not asked again."""
    at = ORDER.index(setup.page) if setup.page in ORDER else 0
    for page in ORDER[at + 1 :]:
        answered = page in FIELDS and setup.from_file and setup.value(page) not in (None, "")
        if not answered and not (page is Page.OUTLET and setup.from_file):
            return replace(setup, page=page)
    return setup


def _back(setup: Setup) -> Setup:
    if setup.page in _PEOPLE:
        return replace(setup, page=Page.PEOPLE if setup.page is Page.NAME else Page.NAME, first_pin="")
    if setup.page is Page.FILES:
        return replace(setup, page=Page.WAY)
    return replace(setup, page=ORDER[max(0, ORDER.index(setup.page) - 1)])


def _skip(setup: Setup) -> Step:
    if setup.page is Page.SECRET and setup.unchecked and setup.typed.strip():
        return replace(setup, busy="trying"), [st.TrySecret(setup.tables, setup.typed.strip(), ask=False)]
    return (_next(setup) if setup.page in MAY_SKIP else setup), []


def _asked_at(page: Page, before: Page) -> list[st.Effect]:
    """What a page needs to know when it is opened."""
    effects: list[st.Effect] = [st.Listen(False)] if before is Page.SCANNER else []
    match page:
        case Page.FILES:
            effects.append(st.FindFiles())
        case Page.SCANNER:
            effects.append(st.Listen(True))
        case Page.PRINTER:
            effects.append(st.FindPrinters())
    return effects


def opened(setup: Setup) -> Step:
    """The set-up as it is begun, or gone on with: what its page needs is asked for."""
    return replace(setup, typed=_typed_at(setup)), _asked_at(setup.page, setup.page)


def _typed_at(setup: Setup) -> str:
    """What stands in the card of a page when it is opened: the answer that was given before."""
    if setup.page is Page.NAME:
        return setup.name
    value = setup.value(setup.page) if setup.page in TYPED else None
    return "" if value is None else str(value)


def _keyed(setup: Setup, key: str) -> Setup:
    typed = setup.typed
    if setup.page in (Page.PIN, Page.PIN_AGAIN):
        if key == "delete":
            return replace(setup, typed=typed[:-1])
        fits = key.isascii() and key.isdigit() and len(typed) + len(key) <= MAX_PIN
        return replace(setup, typed=typed + key if fits else typed)
    match key:
        case "delete":
            return replace(setup, typed=typed[:-1])
        case "clear":
            return replace(setup, typed="")
        case "ABC" | "abc":
            return replace(setup, caps=key == "ABC", signs=False)
        case "#@/":
            return replace(setup, signs=True)
    key = " " if key == "Space" else key
    if len(key) > 2 or not key.isprintable() or len(typed) + len(key) > MOST_TYPED:
        return setup
    return replace(setup, typed=typed + key, caps=setup.caps and len(key) != 1)


def may_go_on(setup: Setup) -> bool:
    """Whether the main action does something now."""
    if setup.busy:
        return False
    match setup.page:
        case Page.PIN | Page.PIN_AGAIN:
            return MIN_PIN <= len(setup.typed) <= MAX_PIN
        case Page.SECRET:
            return bool(setup.typed.strip()) or setup.has_secret
        case Page.SCANNER:
            return setup.heard is not None
        case Page.PRINTER:
            return setup.tried is not None and not setup.problem
        case Page.OUTLET | Page.PEOPLE | Page.READY:
            return True
    return bool(setup.typed.strip())


# ---------------------------------------------------------------- over a power cut


def to_kept(setup: Setup) -> dict[str, Any]:
    """What was answered so far, as JSON values; no secret and no PIN."""
    page = Page.PEOPLE if setup.page in _PEOPLE else setup.page
    return {
        "page": page.value,
        "language": setup.language,
        "tables": {name: dict(table) for name, table in setup.tables.items()},
        "from_file": setup.from_file,
        "people": [list(one) for one in setup.people],
    }


def from_kept(kept: object) -> Setup | None:
    """The set-up that was broken off; None when it makes no sense."""
    if not isinstance(kept, Mapping) or not isinstance(kept.get("tables"), Mapping):
        return None
    try:
        page, tables = Page(str(kept.get("page"))), kept["tables"]
        people = tuple((str(name), str(role)) for name, role in kept.get("people") or ())
    except (ValueError, TypeError):
        return None
    if not all(isinstance(one, Mapping) for one in tables.values()) or kept.get("language") not in LANGUAGES:
        return None
    read = {str(name): dict(table) for name, table in tables.items()}
    return Setup(page, str(kept["language"]), read, from_file=bool(kept.get("from_file")), people=people)
