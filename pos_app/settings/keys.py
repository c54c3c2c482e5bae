"""How one key of the settings is declared: with its default, a sentence and a check."""

from __future__ import annotations

from dataclasses import MISSING, field
from types import MappingProxyType
from typing import Any

from pos_app.settings.checks import Check, like

FILLED = like(r"(?s)\S.{0,199}", "expected a text of 1 to 200 characters.")


def item(default: Any, sentence: str, check: Check | None = None, example: Any = None) -> Any:
    """Declare one key; MISSING as default makes it required, and then the example shows one."""
    meta = {"sentence": sentence, "check": check, "example": example}
    if isinstance(default, dict):
        return field(default_factory=lambda: MappingProxyType(dict(default)), metadata=meta)
    return field(metadata=meta) if default is MISSING else field(default=default, metadata=meta)
