"""Does what `speech` asks for: Perx is asked in another language, and who reads which is kept."""

from __future__ import annotations

from pos_app.language import language
from pos_app.outbox.facts import Facts
from pos_app.perx.client import PerxClient
from pos_app.till import speech

SPOKEN = "languages"


async def speak(perx: PerxClient, facts: Facts, effect: speech.Effect) -> None:
    """Do one effect. Errors: StorageError."""
    match effect:
        case speech.AskIn():
            perx.ask_in(language(effect.code).perx)
        case speech.KeepLanguages():
            await facts.keep(SPOKEN, [list(one) for one in effect.chosen])


async def spoken_before(facts: Facts) -> speech.LanguagesRead:
    """What was chosen in earlier runs. Errors: StorageError."""
    kept = await facts.get(SPOKEN)
    return speech.LanguagesRead(speech.chosen_of(kept[0] if kept is not None else None))
