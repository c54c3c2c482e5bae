"""The language of whoever works at the till: chosen in the menu or by signing on, at any moment, without a restart."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pos_app.language import LANGUAGES
from pos_app.till.state import PanelKind, State


@dataclass(frozen=True)
class LanguageChosen:
    """The screen shall speak this language: a code of `pos_app.language`. One that is none of ours changes nothing."""

    code: str


@dataclass(frozen=True)
class AskIn:
    """Ask Perx in this language from now on: names of vouchers and rewards follow it. `code`: as `LanguageChosen`."""

    code: str


def on_chosen(state: State, event: LanguageChosen) -> tuple[State, list[AskIn]]:
    """Speak another language; the screen that offers them closes, everything else stays as it is."""
    if event.code not in LANGUAGES:
        return state, []
    offers = state.panel is not None and state.panel.kind is PanelKind.LANGUAGE
    panel = None if offers else state.panel
    asked = [AskIn(event.code)] if event.code != state.language else []
    return replace(state, language=event.code, panel=panel), asked
