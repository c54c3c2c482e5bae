"""The till zone while somebody proves who they are: the card with the PIN's dots, its pad, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

from pos_app.domain import codes
from pos_app.domain.people import MIN_PIN, Role
from pos_app.language import _, ngettext
from pos_app.till.events import KeyTapped
from pos_app.till.proof import Proof
from pos_app.ui.desk import PinCard
from pos_app.ui.screen import Keypad, Main

ON_THE_CARD = ("PIN-01", "PIN-02")
"""What is said under the dots; anything else that a proof is denied for wants a place of its own."""


def pin_card(proof: Proof, now: datetime, hint: str) -> PinCard:
    """Whose PIN, how many digits, and what was wrong with the last one; else `hint`."""
    tone = "plain"
    if proof.denied is not None and proof.denied.problem in ON_THE_CARD:
        wait_s = proof.wait_s(now)
        tone, hint = "bad", _("That PIN is not right.")
        if wait_s:
            hint = _("Too many wrong PINs. Wait {wait}.").format(wait=_span(wait_s))
        elif proof.denied.problem == "PIN-02":
            tone, hint = "plain", _("You can try again now.")
    name = codes.shown(proof.name, 40)
    label = _("PIN for {name}").format(name=name) if name else _("PIN")
    return PinCard(label, "", "", hint=hint, dots=len(proof.pin), tone="bad" if tone == "bad" else "plain")


def pin_pad(proof: Proof, now: datetime) -> Keypad:
    """The keypad, with a key that clears where the bill has one for two noughts."""
    can_type = bool(proof.name) and not proof.busy and not proof.wait_s(now)
    return Keypad(_pin_keys(_("Clear")), enabled=can_type, left_key=_("Clear"))


@cache
def _pin_keys(clear: str) -> Callable[[str], KeyTapped]:
    """What the keys mean: they are tapped when nobody speaks, so the word on the key is taken along."""
    return lambda key: KeyTapped("clear" if key == clear else key)


def pin_main(proof: Proof, now: datetime, words: str, missing: dict[str, str], event: object) -> Main:
    """The main action; `missing` says by key what lacks, besides the PIN and the wait. "" is said when nothing does."""
    lacks = proof.lacks(now)
    detail = missing.get(lacks) or _lacks(lacks, proof.wait_s(now), len(proof.pin))
    busy = proof.busy
    return Main(
        words,
        detail,
        enabled=not lacks,
        busy="action" if busy else "",
        share=0.4 if busy else 0.0,
        icon="shield-check",
        event=event,
    )


def _lacks(lacks: str, wait_s: int, typed: int) -> str:
    if lacks == "wait":
        return _("Wait {wait}").format(wait=_span(wait_s))
    if lacks != "pin":
        return ""
    more = MIN_PIN - typed
    return ngettext("{n} more digit", "{n} more digits", more).format(n=more) if typed else _("Type the PIN")


def _span(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def role_words(role: Role) -> str:
    """What somebody is in the shop."""
    return {Role.CASHIER: _("Cashier"), Role.SUPERVISOR: _("Supervisor"), Role.DEPLOYER: _("Set-up and service")}[role]
