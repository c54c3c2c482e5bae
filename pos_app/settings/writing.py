"""Writing a configuration file: the tables as TOML, whole or not at all, the file that was there kept beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BEFORE = ".before"


def to_toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Tables of plain values as TOML.

    Shape:   texts, numbers, booleans, lists of texts and mappings of texts, as the settings know them.
    """
    sections = (
        "\n".join([f"[{name}]", *(f"{_text(key)} = {_value(value)}" for key, value in table.items())])
        for name, table in tables.items()
        if table
    )
    return "\n\n".join(sections) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a power cut leaves the old one or the new one, never half of it.

    Errors:  OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def write_config(path: Path, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the configuration file; one that was there is kept under its name with `.before` at the end.

    Errors:  OSError.
    """
    if path.exists():
        write_whole(path.with_name(path.name + BEFORE), path.read_text("utf-8", errors="replace"))
    write_whole(path, to_toml(tables))


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_text(k)} = {_value(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """A basic string of TOML: JSON's, but for one character that TOML does not take bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
