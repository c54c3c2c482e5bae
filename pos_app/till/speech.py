"""The language of whoever works at the till: chosen in the menu or by signing on, at any moment, without a restart.

What somebody chose is kept by name, "" for a till that nobody signs on to, and holds again after a restart.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from pos_app.language import LANGUAGES
from pos_app.till.approve import Proved
from pos_app.till.state import PanelKind, State

MOST = 200
"""People whose choice is kept; beyond that the oldest choice is forgotten."""

Chosen = tuple[tuple[str, str], ...]
"""Who reads which language: name and code, the latest choice last."""


class LanguageChosen(Struct, frozen=True):
    """The screen shall speak this language: a code of `pos_app.language`. One that is none of ours changes nothing."""

    code: str


class LanguagesRead(Struct, frozen=True):
    """What was chosen in earlier runs."""

    chosen: Chosen


class AskIn(Struct, frozen=True):
    """Ask Perx in this language from now on: names of vouchers and rewards follow it. `code`: as `LanguageChosen`."""

    code: str


class KeepLanguages(Struct, frozen=True):
    """Keep who reads which language."""

    chosen: Chosen


Event = LanguageChosen | LanguagesRead
Effect = AskIn | KeepLanguages


def on_event(state: State, event: Event, who: str = "") -> tuple[State, list[Effect]]:
    """Speak another language; the screen that offers them closes, everything else stays as it is."""
    if isinstance(event, LanguagesRead):
        chosen = tuple(one for one in event.chosen if one[1] in LANGUAGES)
        return spoken_to(replace(state, languages=chosen), who)
    if event.code not in LANGUAGES:
        return state, []
    offers = state.panel is not None and state.panel.kind is PanelKind.LANGUAGE
    chosen = (*(one for one in state.languages if one[0] != who), (who, event.code))[-MOST:]
    state, effects = spoken_to(replace(state, languages=chosen, panel=None if offers else state.panel), who)
    return state, [*effects, KeepLanguages(chosen)]


def followed(old: State, new: State, event: object) -> tuple[State, list[Effect]]:
    """The state in the language of whoever is there after this step.

    On the sign-on screen that is the one chosen there, which becomes that of whoever signs on with it.
    """
    was, now = old.staff.gate, new.staff.gate
    said = was.language if was is not None else ""
    if said and now is None and isinstance(event, Proved):
        return on_event(new, LanguageChosen(said), new.staff.name)
    if now is not None and now.language:
        return _speaking(new, now.language)
    if said or new.staff.name != old.staff.name:
        return spoken_to(new, new.staff.name)
    return new, []


def spoken_to(state: State, who: str) -> tuple[State, list[Effect]]:
    """The state in the language that this person chose once, else in the shop's."""
    return _speaking(state, dict(state.languages).get(who, state.shop.language))


def _speaking(state: State, code: str) -> tuple[State, list[Effect]]:
    return replace(state, language=code), [AskIn(code)] if code != state.language else []


def chosen_of(kept: object) -> Chosen:
    """Who reads which language, of what was kept as JSON; what makes no sense is left out."""
    rows = kept if isinstance(kept, list) else []
    pairs = [tuple(one) for one in rows if isinstance(one, list) and len(one) == 2]
    return tuple((who, code) for who, code in pairs if isinstance(who, str) and isinstance(code, str))
