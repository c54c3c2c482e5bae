"""The one list of the till's screens: a name, and what brings the till there in a language.

To have a new screen drawn and checked at every size, in every theme and language, add a line to
`gallery_states.GALLERY` (or to `STATES` of samples.py and spoken_samples.py): its name and a state, made by the till's
own steps or of the state's own parts. `SCREENS` is all of them; test_shots.py compares it with what the till can show.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gallery_states import GALLERY, SCANNERS
from msgspec.structs import replace
from samples import SCREENS as SAMPLES
from samples import STATES as PLAIN
from samples import WRITTEN
from spoken_samples import STATES as SPOKEN

from pos_app.domain.problems import PROBLEMS as KNOWN
from pos_app.language import speaking
from pos_app.till.state import State, Trouble
from pos_app.ui.present import present, stopped
from pos_app.ui.screen import Screen

Bring = Callable[[str], Screen]


def states(code: str) -> dict[str, State]:
    """Every state that is shown, in a language."""
    return {name: made(code) for name, made in _STATES.items()}


def _spoken(state: State, code: str) -> State:
    return replace(state, language=code, shop=replace(state.shop, language=code))


def _trouble(problem: str, code: str) -> State:
    state = SPOKEN["sale-empty"](code)
    return replace(state, sale=replace(state.sale, trouble=Trouble(problem, "", "8850999320014")))


def _stopped(code: str) -> Screen:
    with speaking(code):
        return replace(
            stopped("The configuration is not complete.", ("perx.base_url is missing.",), "CFG-01"), language=code
        )


_STATES: dict[str, Callable[[str], State]] = {
    **{f"real-{name}": made for name, made in SPOKEN.items()},
    **{f"real-{name}": made for name, made in GALLERY.items()},
    **{f"case-{name}": partial(_spoken, state) for name, state in PLAIN.items()},
}
PROBLEMS: dict[str, Bring] = {
    f"problem-{code}": lambda language, code=code: present(_trouble(code, language)) for code in KNOWN
}
"""Every sentence of the table of problems, as the notice that says it."""
_ALIKE = ("real-hint-", *(f"real-scanner-{state}" for state in SCANNERS))
WORDS = frozenset([*PROBLEMS, *(name for name in _STATES if name.startswith(_ALIKE))])
"""Screens that differ from others in a sentence only."""
MAIN = frozenset(
    [
        *(f"real-{name}" for name in SPOKEN if name not in ("done-refused", "done-attention", "approval-nobody")),
        *(name for name in _STATES if name.startswith("real-showcase")),
        *(f"real-{name}" for name in ("parked", "sounds", "sale-saved", "guide-sale", "guide-contents", "stopped")),
        *(f"case-{name}" for name in ("60-history", "64-sale", "66-reverse", "70-partly-reversed")),
        *(f"case-{name}" for name in ("80-shift-x", "84-shift-closing", "85-shift-closed", "88-shift-past")),
    ]
)
"""The screens that a day at the counter brings: drawn at every size, in every theme and in every language."""
WORST: dict[str, Bring] = {f"worst-{name}": lambda code, name=name: SAMPLES[name] for name in WRITTEN}
"""Written by hand with worse texts than a state brings; in English only."""
SCREENS: dict[str, Bring] = {
    **{name: lambda code, made=made: present(made(code)) for name, made in _STATES.items()},
    "real-stopped": _stopped,
    **PROBLEMS,
    **WORST,
}
