"""What one till is started with: its settings, and for practice a Perx of its own. One that is open is not started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from pos_app.instance import brought_to_front
from pos_app.practice import COUNTER, Practice
from pos_app.settings import Problem, Settings, SettingsError, build, data_root, load

NOTHING: Mapping[str, dict[str, Any]] = MappingProxyType({})


class Begun(Struct, frozen=True):
    """What one till is started with.

    `shared`: what a training till has of a real one's settings. `from_till`: that one waits for it to be left.
    `trouble`: a support code to say first.
    """

    settings: Settings
    env: Mapping[str, str]
    practice: Practice | None = None
    shared: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    from_till: bool = False
    trouble: str = ""


def configured_till(config: Path | None) -> Begun | None:
    """The till that the settings describe; None when it is open already and was brought to the front.

    Errors: SettingsError; LineError when it is open and does not answer.
    """
    settings = load(config, os.environ)
    return None if brought_to_front(settings.data_dir) else Begun(settings, os.environ)


def practice_till(data: Path | None, stack: ExitStack, shared: Mapping[str, dict[str, Any]] = NOTHING) -> Begun | None:
    """The practice till on this data, with its Perx until the stack ends; None when it is open already.

    `shared`: tables of settings over its own.
    Errors: PracticeError; SettingsError when the folder cannot be made; LineError when it is open and does not answer.
    """
    data = data or data_root() / "sandbox"
    if brought_to_front(data):
        return None
    try:
        (data / "perx").mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        why = f"the folder {data} cannot be used: {exc.strerror}."
        raise SettingsError([Problem("CFG-007", "--data", "", why, "Name another.")]) from exc
    practice = stack.enter_context(Practice(data / "perx"))
    env = {**os.environ, **practice.secrets}
    return Begun(build(practice.settings(data, **{**COUNTER, **shared}), env), env, practice, shared)
