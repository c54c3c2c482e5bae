"""The till's sounds, each beside its visible twin, to be heard on the service screen."""

from __future__ import annotations

from pos_app.domain.chimes import Chime
from pos_app.language import _
from pos_app.till.events import ChimeTapped
from pos_app.ui.screen import Glyph, ListRow, Tone


def sound_text(*, is_on: bool) -> str:
    """What stands above the sounds."""
    if is_on:
        return _("Tap one to hear it. Each is also seen, by its shape and its words.")
    return _("Sounds are switched off in the settings (sound.on).")


def sound_rows(*, is_on: bool) -> tuple[ListRow, ...]:
    """Every sound, and what it means; a tap lets it be heard."""
    table: dict[Chime, tuple[Glyph, Tone, str, str]] = {
        Chime.ACCEPTED: ("ok", "ok", _("Done"), _("High and short: Perx has it")),
        Chime.REFUSED: ("bad", "bad", _("Refused"), _("Low and long: the reason is on the screen")),
        Chime.NOT_NOW: ("notyet", "wait", _("Not now"), _("Low: it stays good for later")),
        Chime.NO_ANSWER: ("unknown", "unknown", _("No answer"), _("Twice the same: the till is finding out")),
        Chime.WAITING: ("wait", "wait", _("Waiting to send"), _("Short: it is kept on this till")),
        Chime.SUPERVISOR: ("super", "plain", _("Needs a supervisor"), _("Two notes that rise")),
        Chime.HOLD_ENDS: ("held", "wait", _("A hold ends soon"), _("One tick: a minute is left")),
    }
    return tuple(
        ListRow(glyph, title, detail, "", tone, ChimeTapped(one) if is_on else None)
        for one, (glyph, tone, title, detail) in table.items()
    )
