"""`pos-app config` and `pos-app secret`: what can be set, whether it is set well, and where secrets are."""

from __future__ import annotations

import getpass
import json
import os
import sys
from pathlib import Path

from pos_app.parts import secret_names
from pos_app.settings import Secret, Settings, SettingsError, VaultError, keep_secret, load, secret
from pos_app.settings.reading import example, keys

MAX_INPUT_CHARS = 64 * 1024


def run(action: str, config: Path | None, *, as_json: bool) -> int:
    """Do `config keys`, `config example` or `config check`."""
    if action == "keys":
        print(_keys_json() if as_json else _keys_table())
        return 0
    if action == "example":
        sys.stdout.write(example())
        return 0
    return _check(config)


def run_secret(action: str, names: list[str], config: Path | None) -> int:
    """Do `secret set NAME` or `secret check [NAME ...]`; the content of a secret is never printed."""
    try:
        if action == "set":
            keep_secret(names[0], _read_secret(names[0]))
            print(f"The vault holds {names[0]} now.")
            return 0
        return _check_secrets(names or secret_names(load(config, os.environ)))
    except (VaultError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2


def _check_secrets(names: list[str]) -> int:
    missing = 0
    for name in names:
        held = secret(name, os.environ) is not None
        missing += not held
        print(f"{name}: {'present' if held else f'missing - run `pos-app secret set {name}`'}")
    return 1 if missing else 0


def _read_secret(name: str) -> Secret:
    if sys.stdin is not None and sys.stdin.isatty():
        return Secret(getpass.getpass(f"Secret {name} (not shown): "))
    text = sys.stdin.read(MAX_INPUT_CHARS) if sys.stdin is not None else ""
    return Secret(text.rstrip("\r\n"))


def _check(config: Path | None) -> int:
    try:
        settings = load(config, os.environ)
    except SettingsError as error:
        for problem in error.problems:
            print(problem.sentence, file=sys.stderr)
        count = len(error.problems)
        print(f"{count} problem{'' if count == 1 else 's'}.", file=sys.stderr)
        return 2
    for left in _left_from_the_example(settings):
        print(f"{left}: still what the example says; put your own there.", file=sys.stderr)
    profile = settings.profile
    print(
        f"The configuration is fine: profile {profile.name} ({profile.environment}), "
        f"{settings.perx.base_url}, {settings.shop.name}, {settings.shop.till}; data in {settings.data_dir}."
    )
    return 0


def _left_from_the_example(settings: Settings) -> list[str]:
    """The required keys whose example nobody can have: a till would start with them and be refused by Perx."""
    told = {"perx.client_id": settings.perx.client_id}
    return [key.path for key in keys() if told.get(key.path) == key.default.strip('"')]


def _keys_table() -> str:
    lines = []
    for key in keys():
        default = "required" if key.is_required else f"default {key.default}"
        lines += [
            f"{key.path}  ({key.words}; {default})",
            f"    {key.sentence}",
            f"    {key.variable}",
        ]
    return "\n".join(lines)


def _keys_json() -> str:
    rows = [
        {
            "key": key.path,
            "type": key.words,
            "required": key.is_required,
            "default": None if key.is_required else key.default,
            "variable": key.variable,
            "sentence": key.sentence,
        }
        for key in keys()
    ]
    return json.dumps(rows, indent=1)
