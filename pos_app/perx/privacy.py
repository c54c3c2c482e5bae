"""What Perx says of a person and the till has no use for is dropped when it arrives, before anybody reads it."""

from __future__ import annotations

from collections.abc import Collection

DUMPS = frozenset(["error_params"])
"""Fields that hold dumps of Perx's own records, the customer's whole record among them. Source: perx-api 21."""


def scrub(document: object, allowed: Collection[str]) -> None:
    """Take out of a decoded answer, wherever it stands: dumps, and personal properties that are not allowed.

    A loop with a list and no recursion: an answer may be nested as deep as its reader allows.
    Source: perx-api 20 (the bag can hold national ids and addresses) and 21, A-live.
    """
    left = [document]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            for name in list(value):
                folded = str(name).casefold()
                if folded in DUMPS:
                    del value[name]
                elif folded == "personal_properties":
                    bag = value[name]
                    value[name] = {key: bag[key] for key in bag if key in allowed} if isinstance(bag, dict) else {}
            left += value.values()
        elif isinstance(value, list):
            left += value
