"""What the steps of the proof work on, and how they say that something is not as it must be."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wine.prefix import Prefix

from proving.counter import Counter
from proving.display import Display, ProofError
from proving.setups import Machine

TILL_OPEN, DATA_NEWER, CONFIG_WRONG, NO_PREVIOUS, UNFINISHED, WAITS = 10, 11, 12, 17, 19, 20


@dataclass
class Proof:
    """What the steps work on. `times` are measured, in seconds."""

    folder: Path
    prefix: Prefix
    display: Display
    machine: Machine
    counter: Counter
    times: dict[str, float] = field(default_factory=dict)


def agree(fact: object, otherwise: str) -> None:
    """Errors: ProofError with `otherwise` when this is not so."""
    if not fact:
        raise ProofError(otherwise)


def exits(found: int, wanted: int, proof: Proof) -> None:
    """Errors: ProofError with the end of the setup's log when an exit code is not the wanted one."""
    if found != wanted:
        log = proof.machine.log.read_text("utf-8", "replace")[-1500:] if proof.machine.log.exists() else "no log"
        raise ProofError(f"it ended with {found}, not with {wanted}:\n{log}")
